import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solverlearner.errors import UsageError
from solverlearner.tasks.sentences import ADJECTIVES, ADVERBS, PEOPLE, PREPOSITIONS, segment
from solverlearner.tasks.syntax import Syntax
from solverlearner.tasks.word_order import ORDERS

# By hand: "John sees Mary" as each order says it.
SENTENCES = {
    "svo": "John sees Mary",
    "sov": "John Mary sees",
    "vso": "sees John Mary",
    "vos": "sees Mary John",
    "ovs": "Mary sees John",
    "osv": "Mary John sees",
}
LONG = [
    ("subject", "verb", "object"),
    ("subject", "object", "verb"),
    ("verb", "subject", "object"),
    ("verb", "object", "subject"),
    ("object", "verb", "subject"),
    ("object", "subject", "verb"),
]
ROLES = {"subject": "John", "verb": "sees", "object": "Mary"}
TASKS = [
    Syntax(order, vocabulary, complexity, shown)
    for order in ORDERS
    for vocabulary in ("shared", "disjoint")
    for complexity in (0, 1, 2, 3)
    for shown in ("roles", "standard")
]


def solve(program, sentence):
    namespace = {}
    exec(program, namespace)
    return namespace["solver"](sentence)


def draw(task, count, seed=0, split="shots"):
    rng = Random(seed)
    return [task.draw(rng, split)[0] for _ in range(count)]


@pytest.mark.parametrize("order", SENTENCES)
def test_each_order_by_hand(order):
    sentence = SENTENCES[order]
    assert Syntax(order).rule.apply((sentence,)) == ROLES
    assert solve(Syntax(order).rule.program, sentence) == ROLES
    standard = Syntax(order, shown="standard").rule
    assert standard.apply((sentence,)) == solve(standard.program, sentence) == "John sees Mary"


@pytest.mark.parametrize("order", SENTENCES)
def test_long_parts_by_hand(order):
    parts = {"s": "old John from the village", "v": "never sees", "o": "funny Mary near the river"}
    sentence = " ".join(parts[role] for role in order)
    expected = {"subject": parts["s"], "verb": parts["v"], "object": parts["o"]}
    task = Syntax(order, complexity=3)
    assert task.rule.apply((sentence,)) == solve(task.rule.program, sentence) == expected


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.variant)
def test_every_program_of_the_family_computes_its_rule(task):
    for sentence in draw(task, 20):
        for rule in task.family():
            assert solve(rule.program, sentence) == rule.apply((sentence,))
            assert rule.apply((sentence,)) is not None


@pytest.mark.parametrize("sentence", ["", "John sees", "John sees Mary Bob", "old John sees near the river"])
def test_what_has_not_three_parts_has_no_roles(sentence):
    for task in (Syntax("svo"), Syntax("svo", complexity=3)):
        if sentence or task.complexity == 0:
            assert solve(task.rule.program, sentence) is None
        assert task.rule.apply((sentence,)) is None


def test_the_family_is_the_six_orders_with_english_first():
    names = [rule.name for rule in Syntax("osv").family()]
    assert names == ["SVO", "SOV", "VSO", "VOS", "OVS", "OSV"]
    assert Syntax("osv").default_world.name == "SVO"
    assert Syntax("osv").rule.name == "OSV"


@pytest.mark.parametrize("vocabulary", ["shared", "disjoint"])
@pytest.mark.parametrize("complexity", [0, 1, 2, 3])
def test_all_orders_say_the_same_sentences_and_one_of_them_pins_the_order(vocabulary, complexity):
    tasks = [Syntax(order, vocabulary, complexity) for order in ORDERS]
    for sentences in zip(*(draw(task, 50) for task in tasks), strict=True):
        meanings = [task.rule.apply((sentence,)) for task, sentence in zip(tasks, sentences, strict=True)]
        assert all(meaning == meanings[0] for meaning in meanings)
        assert len(set(sentences)) == 6
        fitting = [rule.name for rule in tasks[0].family() if rule.apply((sentences[3],)) == meanings[0]]
        assert fitting == ["VOS"]


def test_drawn_sentences_stay_what_they_are():
    assert draw(Syntax("svo"), 3, seed=7) == ["Alice likes Noah", "Mary finds Jim", "Mary finds John"]
    assert draw(Syntax("sov", "disjoint"), 3, seed=7) == ["Mary apples kicks", "Sue Ava sees", "Tim apples sees"]
    assert draw(Syntax("osv", complexity=3), 2, seed=7) == [
        "funny Noah from the bridge famous Alice from the market likes",
        "pretty Olivia beside the village Bob often hates",
    ]


def test_each_complexity_adds_its_kind_to_every_sentence_and_no_deeper_one():
    kinds = [set(), set(ADJECTIVES), set(ADVERBS), set(PREPOSITIONS)]
    for complexity in range(4):
        for sentence in draw(Syntax("vso", complexity=complexity), 200):
            words = set(sentence.split())
            assert complexity == 0 or words & kinds[complexity]
            assert not any(words & deeper for deeper in kinds[complexity + 1 :])
            assert len(segment(sentence)) == 3


def test_the_place_of_a_word_does_not_tell_its_part_where_parts_are_long():
    lengths = {tuple(len(part.split()) for part in segment(s)) for s in draw(Syntax("svo", complexity=3), 500)}
    assert len(lengths) == (4 * 4 - 2 * 2) * 2  # nouns: 1, 2, 4 or 5 words, one with a phrase; verb: 1 or 2


def test_harder_queries_leave_the_shots_as_they_are():
    easy, hard = Syntax("ovs"), Syntax("ovs", query_complexity=3)
    assert draw(easy, 20) == draw(hard, 20)
    assert draw(Syntax("ovs", complexity=3), 20) == draw(hard, 20, split="queries")
    assert hard.variant == "ovs-query-complexity-3"
    for sentence in draw(hard, 20, split="queries"):
        assert solve(hard.rule.program, sentence) == hard.rule.apply((sentence,))


def test_with_one_pool_a_name_can_be_subject_and_object_and_with_two_it_cannot():
    for vocabulary, both in (("shared", True), ("disjoint", False)):
        roles = [Syntax("svo").rule.apply((s,)) for s in draw(Syntax("svo", vocabulary), 500)]
        subjects, objects = ({each[role] for each in roles} for role in ("subject", "object"))
        assert bool(subjects & objects) is both
        assert all(each["subject"] != each["object"] for each in roles)
    assert subjects == set(PEOPLE)


@given(st.sampled_from(TASKS), st.integers(0, 10**6))
def test_reader_reads_what_the_writer_wrote(task, seed):
    for sentence in draw(task, 3, seed):
        expected = task.rule.apply((sentence,))
        assert task.read(task.reply(expected)) == expected
        assert task.read(f"I think so.\n{task.reply(expected)}") == expected
        assert json.loads(json.dumps([sentence, expected])) == [sentence, expected]


def test_case_and_spacing_do_not_matter_and_everything_else_does():
    task = Syntax("ovs")
    assert task.equal(ROLES, {"object": " mary", "subject": "JOHN", "verb": "sees."})
    assert not task.equal(ROLES, {"subject": "Mary", "verb": "sees", "object": "John"})
    assert not task.equal(ROLES, {"subject": "John", "verb": "sees"})
    assert not task.equal(ROLES, {"subject": ["John"], "verb": "sees", "object": "Mary"})
    assert not task.equal(ROLES, "John sees Mary")
    assert not task.equal("John sees Mary", ROLES)
    assert task.equal("John sees Mary", "john  sees Mary.")
    assert not task.equal("John sees Mary", None)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.variant)
def test_only_the_stated_rule_names_the_order(task):
    names = [f"{first}-{second}-{third}" for first, second, third in LONG]
    mine = names[ORDERS.index(task.order)]
    assert mine in task.framing("rule")
    assert task.order != "svo" or "same as English" in task.framing("rule")
    for told in ("none", "domain"):
        text = task.framing(told).replace("standard English (subject-verb-object order)", "")
        assert not any(name in text for name in names)
    assert all(name in task.framing("strong") for name in names)
    assert task.framing("strong") == Syntax("vos", task.vocabulary, task.complexity, task.shown).framing("strong")


def test_without_a_hint_nothing_but_the_items_speaks_of_language():
    for shown in ("roles", "standard"):
        task = Syntax("sov", shown=shown)
        x = ("John Mary sees",)
        assert task.framing("none") == "A hidden rule turns one input into one output."
        assert task.question(x, "none") == 'What is the output for "John Mary sees"?'
        assert task.show(x, "none") == "John Mary sees"


def test_the_stated_rule_lists_the_words_that_a_program_needs():
    for complexity, words in ((1, ADJECTIVES), (2, ADJECTIVES + ADVERBS), (3, ADJECTIVES + ADVERBS + PREPOSITIONS)):
        text = Syntax("sov", complexity=complexity).framing("rule")
        assert all(word in text for word in words)
    assert "adjective" not in Syntax("sov").framing("rule")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.variant)
def test_checks_ask_for_the_other_form_and_read_their_own_reply(task):
    (check,) = task.checks(Random(3))
    sentence = check.question.split('"')[1]
    other = Syntax(task.order, task.vocabulary, task.complexity, "standard" if task.shown == "roles" else "roles")
    assert check.expected == other.rule.apply((sentence,))
    assert check.equal(check.expected, check.read(check.reply(check.expected)))
    wrong = other.family()[-1 if task.order == "svo" else 0].apply((sentence,))
    assert not check.equal(check.expected, check.read(check.reply(wrong)))


def test_variants_have_names_of_their_own():
    names = [task.variant for task in TASKS]
    assert len(set(names)) == len(names)
    assert Syntax().variant == "sov"
    assert (
        Syntax("vos", "disjoint", 2, "standard", 3).variant == "vos-disjoint-standard-complexity-2-query-complexity-3"
    )


@pytest.mark.parametrize(
    "options",
    [{"order": "SVO"}, {"vocabulary": "x"}, {"complexity": 4}, {"shown": "words"}, {"query_complexity": -1}],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(UsageError):
        Syntax(**options)
