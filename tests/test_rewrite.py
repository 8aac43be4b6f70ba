"""Rewriting held against definitions, Python's `re` and enumerations, which share no code with the task."""

import re
from itertools import product

import pytest

from solverlearner.design.episode import draw_episodes
from solverlearner.task import Item, UsageError
from solverlearner.tasks.cascade_task import Cascade
from solverlearner.tasks.cascades import Step, all_steps, drawn_cascade, rewritten
from solverlearner.tasks.local_learner import characteristic_sample, learn
from solverlearner.tasks.local_task import Rewriting
from solverlearner.tasks.regular import automaton, joined, languages, one_letter, repeated
from solverlearner.tasks.regular_task import Matching
from solverlearner.tasks.rewrite import Rewrites
from solverlearner.tasks.string_functions import LOCAL, Local, drawn_function, one_change

ABC = "abc"


def words(letters, most, least=0):
    return ["".join(each) for length in range(least, most + 1) for each in product(letters, repeat=length)]


def by_definition(function, text):
    """The output, worked out from the changes as they are stated."""
    before, changes = function.before, dict(function.changes)
    if function.side == "isl":
        places = [(rf"(?<={w[:before]}){w[before]}(?={w[before + 1 :]})", written) for w, written in changes.items()]
        return "".join(
            next((out for place, out in places if re.compile(place).match(text, i)), text[i]) for i in range(len(text))
        )
    if not text:
        return ""
    if function.side == "losl":
        so_far = by_definition(function, text[:-1])
        hit = [out for w, out in changes.items() if w[-1] == text[-1] and so_far.endswith(w[:-1])]
        return so_far + (hit[0] if hit else text[-1])
    so_far = by_definition(function, text[1:])
    hit = [out for w, out in changes.items() if w[0] == text[0] and so_far.startswith(w[1:])]
    return (hit[0] if hit else text[0]) + so_far


SOME = [(side, k, n) for side in LOCAL for k, n in ((2, 0), (2, 1), (3, 2))]
some_functions = pytest.mark.parametrize(("side", "k", "number"), SOME)


def some(side, k, number):
    return drawn_function(side, k, ABC, 1 + number, f"test/{number}")


@some_functions
def test_a_function_does_what_its_changes_say(side, k, number):
    function = some(side, k, number)
    assert [function.rewrite(w) for w in words(ABC, 5)] == [by_definition(function, w) for w in words(ABC, 5)]


@some_functions
def test_a_function_is_strictly_local_by_the_definition_of_its_class(side, k, number):
    """Equal tails after equal k − 1 last letters, of the input or of the output (Chandlee et al. 2014 and 2015)."""
    function = some(side, k, number)
    turn = (lambda w: w[::-1]) if side == "rosl" else (lambda w: w)

    def apply(word):
        return turn(function.rewrite(turn(word)))

    def shared(outputs):
        return next(
            low[:i] for low in [min(outputs)] for i in range(len(low), -1, -1) if all(o[:i] == low[:i] for o in outputs)
        )

    endings, seen = words(ABC, 3), {}
    for word in words(ABC, 4):
        outputs = [apply(word + ending) for ending in endings]
        common = shared(outputs)
        state = (word if side == "isl" else common)[-(k - 1) :]
        tails = [output[len(common) :] for output in outputs]
        assert seen.setdefault(state, tails) == tails


@some_functions
def test_the_learner_finds_the_function_from_its_characteristic_sample_and_whatever_else_it_is_shown(side, k, number):
    function = some(side, k, number)
    sample = [(w, by_definition(function, w)) for w in characteristic_sample(function, ABC)]
    found = learn(side, k, ABC, sample)
    assert [found.rewrite(w) for w in words(ABC, 6)] == [function.rewrite(w) for w in words(ABC, 6)]
    assert learn(side, k, ABC, [*sample, *((w, function.rewrite(w)) for w in words(ABC, 4, 4))]) == found
    scope = {}
    exec(found.program, scope)
    assert [scope["solver"](w) for w in words(ABC, 4)] == [function.rewrite(w) for w in words(ABC, 4)]


@pytest.mark.parametrize("side", LOCAL)
def test_one_function_alone_fits_a_characteristic_sample_and_all_listed_ones_differ(side):
    rules = one_change(side, 2, "ab")
    for some_rules in (rules, one_change(side, 3, "ab")):
        outputs = [tuple(rule.apply((w,)) for w in words("ab", 7)) for rule in some_rules]
        assert len(set(outputs)) == len(some_rules)
    for rule in rules[::7]:
        window, written = re.fullmatch(r"\w+ (.*)=(.*)", rule.name).groups()
        function = Local(
            side, window.index("("), len(window) - window.index(")") - 1, ((re.sub("[()]", "", window), written),)
        )
        sample = [(w, function.rewrite(w)) for w in characteristic_sample(function, "ab")]
        assert [each.name for each in rules if all(each.apply((x,)) == y for x, y in sample)] == [rule.name]


@pytest.mark.parametrize("side", LOCAL)
def test_a_characteristic_sample_pins_the_rule_and_the_learned_rule_is_the_ideal(side):
    task = Rewrites(side, sample="characteristic")
    for episode in draw_episodes(task, seed=3, episodes=5, shots=24, queries=8):
        assert (episode.ideal.name, episode.ambiguity, episode.uncovered) == (episode.task.rule.name, 1, "")
        first = {x[0] for x in episode.task.first_shots()}
        assert first == {shot.input[0] for shot in episode.shots[: len(first)]}
        assert not first & {query.input[0] for query in episode.queries}
        assert episode.task.learned(episode.shots[:-1][len(first) :]) is None  # the rest alone says too little


def test_a_learner_that_was_misled_is_another_rule_under_its_own_name():
    task = Rewrites(sample="characteristic").of_episode(0, 0)
    sample = [Item(x, task.rule.apply(x)) for x in task.first_shots()]
    assert task.learned(sample).name == task.rule.name
    other = Local("isl", 1, 0, (("ab", "cc"),))
    misled = task.learned([Item((w,), other.rewrite(w)) for w in characteristic_sample(other, ABC)])
    assert misled.name == "learned"
    assert [misled.apply((w,)) for w in words(ABC, 5)] == [other.rewrite(w) for w in words(ABC, 5)]


def test_uncovered_names_the_windows_that_no_right_shot_shows():
    task = Rewriting(
        function=Local("isl", 1, 0, (("ab", "c"), ("bb", ""))), letters="ab", longest=7, query_length=None, named="x"
    )
    shots = [Item((w,), task.rule.apply((w,))) for w in ("aab", "ba")]
    assert task.uncovered(shots) == "bb;"
    assert task.uncovered([*shots, Item(("abb",), "wrong")]) == "bb;"


# --- cascades


def by_re(steps, text):
    for step in steps:
        before = "(?<![a-z])" if step.before == "#" else f"(?<={step.before})"
        after = "(?![a-z])" if step.after == "#" else f"(?={step.after})"
        text = re.sub(before + step.letter + after, step.becomes, text)
    return text


@pytest.mark.parametrize("steps", [1, 4, 25])
def test_a_cascade_carries_out_its_steps_in_order_as_lookarounds_do(steps):
    cascade = drawn_cascade("aitk", steps, "test")
    assert [rewritten(cascade, w) for w in words("aitk", 5)] == [by_re(cascade, w) for w in words("aitk", 5)]


def test_every_step_differs_from_all_others():
    outputs = [tuple(step.rewrite(w) for w in words("ait", 4)) for step in all_steps("ait")]
    assert len(set(outputs)) == len(outputs) == 3 * 3 * 8 - 3


def test_a_longer_cascade_changes_the_texts_more_often():
    def changes(steps):
        task = Rewrites("cascade", rules=steps)
        return [
            sum(
                rewritten(e.task.steps[:n], str(q.input[0])) != rewritten(e.task.steps[: n + 1], str(q.input[0]))
                for n in range(steps)
            )
            for e in draw_episodes(task, seed=0, episodes=6, shots=0, queries=5)
            for q in e.queries
        ]

    few, many = changes(4), changes(16)
    assert sum(many) > 2 * sum(few)


def test_uncovered_numbers_the_steps_that_no_shot_needs():
    steps = (Step("a", "i", "", "t"), Step("i", "k", "t", ""))
    task = Cascade(steps=steps, letters="aitk", longest=7, query_length=None, named="x")
    assert task.uncovered([Item(("kat",), "kit")]) == "2;"
    assert task.uncovered([Item(("kat",), "kit"), Item(("ti",), "tk")]) == ""


# --- regular expressions


def test_every_language_is_there_once_and_matches_as_python_does():
    every = [each for size in range(1, 6) for each in languages("ab", size)]
    table = {pattern: tuple(bool(re.fullmatch(pattern, w)) for w in words("ab", 8)) for pattern, _ in every}
    assert [tuple(machine.matches(w) for w in words("ab", 8)) for _, machine in every] == [*table.values()]
    assert len(set(table.values())) == len(every)


def test_no_expression_is_left_out():
    """All expressions of up to 5 letters and operators, built without leaving any out."""
    of_size = {1: [one_letter(letter) for letter in "ab"]}
    for size in range(2, 5):
        of_size[size] = [repeated(each, sign) for each in of_size[size - 1] for sign in "*+?"] + [
            joined(one, two, either)
            for left in range(1, size - 1)
            for one in of_size[left]
            for two in of_size[size - 1 - left]
            for either in (True, False)
        ]
    known = {machine for size in range(1, 5) for _, machine in languages("ab", size)}
    assert {automaton(each, "ab") for expressions in of_size.values() for each in expressions} == known


def matching(pattern, output="yes_no", size=5):
    return Matching(pattern=pattern, size=size, output=output, letters=ABC, longest=7, query_length=None, named="x")


def test_the_longest_part_is_the_first_of_the_longest_that_python_matches():
    for rule in matching("a", "part", 4).family()[::9]:
        for text in words(ABC, 5, 5)[::7]:
            parts = [text[i:j] for i in range(5) for j in range(i + 1, 6) if re.fullmatch(rule.name, text[i:j])]
            assert rule.apply((text,)) == max(parts, key=len, default="")


def test_a_query_keeps_its_length_and_half_of_the_texts_match():
    queries = [
        q
        for e in draw_episodes(Rewrites("regex", query_letters=11), seed=1, episodes=10, shots=4, queries=10)
        for q in e.queries
    ]
    assert {len(query.input[0]) for query in queries} == {11}
    assert 25 <= sum(query.expected == "yes" for query in queries) <= 75


def test_languages_that_differ_in_the_empty_text_alone_are_one_rule_of_parts():
    names = {output: [rule.name for rule in matching("a+", output, 2).family()] for output in ("yes_no", "part")}
    assert {"a", "a*", "a+", "a?"} <= {*names["yes_no"]}
    assert [name for name in names["part"] if "a" in name] == ["a", "a*"]


# --- by hand


def shape(side, *changes):
    before, after = (1, 0) if side != "rosl" else (0, 1)
    return Rewriting(function=Local(side, before, after, changes), letters=ABC, longest=7, query_length=None, named="x")


ISL = shape("isl", ("ba", "c"), ("aa", ""))
LOSL = shape("losl", ("ab", "a"), ("bc", "cb"))
ROSL = shape("rosl", ("ab", "b"), ("ca", "ac"))
SOUNDS = Cascade(
    steps=(Step("a", "i", "", "t"), Step("t", "k", "i", ""), Step("k", "", "", "#")),
    letters="aitk", longest=7, query_length=None, named="x",
)  # fmt: skip
HAND = {
    "isl": (ISL, "ba bc, baa bc, aaa a, abab abcb, cbab cbcb"),
    "losl": (LOSL, "ab aa, abb aaa, bc bcb, abc aac, bcb bcbb"),
    "rosl": (ROSL, "ab bb, aab bbb, ca aca, cca acaca, cab cbb"),
    "cascade": (SOUNDS, "at i, kat ki, ata ika, tak ta, tatk tik"),
    "regex": (matching("(b?c)+"), "c yes, bc yes, bb no, cbc yes, cb no"),
    "part": (matching("ab*", "part"), "ab ab, cabbb abbb, aab ab, bca a, abcab ab"),
}


@pytest.mark.parametrize("kind", HAND)
def test_five_items_of_each_kind_solved_by_hand(kind):
    task, items = HAND[kind]
    pairs = [item.split() for item in items.split(", ")]
    assert [task.rule.apply((x,)) for x, _ in pairs] == [y for _, y in pairs]


# --- words, readers, options


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        (r"\boxed{abba}", "abba"),
        (r"The result is \boxed{\text{abba}}.", "abba"),
        (r'\boxed{"abba"}', "abba"),
        (r"\boxed{a b b a}", "abba"),
        (r"\boxed{a-b-b-a}", "abba"),
        (r"$\boxed{\texttt{ABBA}}$", "ABBA"),
        (r"abcb → \boxed{abcb \to abba}", "abba"),
        ("no box: abba", None),
    ],
)
def test_texts_are_read_as_models_write_them(reply, read):
    assert ISL.read(reply) == read


@pytest.mark.parametrize(
    ("reply", "read"),
    [(r"\boxed{yes}", "yes"), (r"\boxed{\text{No}}", "no"), (r"\boxed{Yes, it matches}", "yes"), ("yes", None)],
)
def test_yes_and_no_are_read_as_models_write_them(reply, read):
    assert matching("(b?c)+").read(reply) == read


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"function": "osl"}, "kind=osl"),
        ({"function": "cascade", "sample": "characteristic"}, "sample=characteristic"),
        ({"k": 4, "alphabet": 6}, "alphabet=6"),
        ({"function": "regex", "rules": 3}, "rules=3"),
        ({"function": "regex", "alphabet": 5}, "alphabet=5"),
    ],
)
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        Rewrites(**options)


def test_a_number_is_one_rule_for_the_whole_run_and_null_is_another_in_each_episode():
    for kind in ("isl", "cascade", "regex"):
        names = [
            [t.of_episode(seed, i).rule.name for seed in (0, 1) for i in range(3)]
            for t in (Rewrites(kind, number=5), Rewrites(kind))
        ]
        assert len(set(names[0])) == 1
        assert len(set(names[1])) == 6
