"""List functions: values worked out by hand, the family, drawn functions, readers of replies, options."""

import json
import re
from random import Random

import pytest

from solverlearner.design.episode import draw_episodes
from solverlearner.design.setting import ASKABLE, SETTINGS
from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import folder_name
from solverlearner.task.relabelled import relabelled
from solverlearner.tasks.list_functions import drawn_from, family, function, functions, random_list
from solverlearner.tasks.list_operations import CHANGES, NUMBERS
from solverlearner.tasks.list_task import numbers_in
from solverlearner.tasks.lists import CONCEPTS, ListFunctions

BY_HAND = [
    ("sort.take2", [5, 1, 4], [1, 4]),
    ("evens.reverse", [2, 3, 8, 4], [4, 8, 2]),
    ("running_sums.last", [1, 2, 3], 6),
    ("longer3?twice:rotate", [7, 8, 9], [8, 9, 7]),
    ("longer3?twice:rotate", [1, 2, 3, 4], [1, 2, 3, 4, 1, 2, 3, 4]),
    ("gaps.max", [1, 9, 4], 8),
    ("swap_ends.doubled_items", [1, 2, 3], [3, 3, 2, 2, 1, 1]),
    ("unique.above3.count", [5, 5, 3, 9, 3], 2),
    ("without5.first_is3", [5, 6, 5], [3, 6]),
    ("rising?sum:min", [4, 6], 10),
    ("rising?sum:min", [6, 4], 4),
    ("item3", [8, 9], 0),
    ("drop_last2.mirror", [1, 2, 3, 4], [1, 2, 2, 1]),
    ("every_second.times3", [1, 2, 3, 4], [6, 12]),
    ("rotate_back.take_last1", [1, 2, 3], [2]),
]


@pytest.mark.parametrize(("name", "given", "expected"), BY_HAND)
def test_values_by_hand(name, given, expected):
    assert function(name).apply(given) == expected


def test_words_and_program_of_a_condition():
    made = function("longer3?sort.take2:reverse")
    assert made.words == (
        "If the list has more than 3 numbers: sort the list, the smallest first; then keep the first 2 numbers only. "
        "Otherwise: reverse the list."
    )
    found = {}
    exec(made.program, found)
    assert found["solver"]([4, 3, 9, 1]) == [1, 3]
    assert found["solver"]([4, 3]) == [3, 4]


def test_no_two_functions_of_the_family_are_one_and_none_is_missing():
    listed = functions(2)
    rng = Random(1)
    lists = [random_list(rng, 0, 12) for _ in range(200)]
    values = {tuple(map(repr, map(each.apply, lists))): each for each in listed}
    assert len(values) == len(listed)
    for first in CHANGES[:15]:
        for second in (*CHANGES[:15], *NUMBERS[:6]):
            made = function(f"{first.name}.{second.name}")
            own = tuple(map(repr, map(made.apply, lists)))
            assert own in values or own == tuple(map(repr, lists)) or len({*own}) == 1, made.name


def test_the_family_holds_the_hidden_rule_once_and_larger_rules_are_less_plausible():
    own = "drop1.sort.unique.sum"
    rules = family(3, True, own)
    assert sum(rule.name == own for rule in rules) == 1
    assert [rule.weight for rule in rules] == sorted((rule.weight for rule in rules), reverse=True)
    assert {each.size for each in drawn_from(3)} == {3}


def test_more_shots_raise_the_ideal_learners_probability():
    tasks = ListFunctions(size=2)
    means = []
    for shots in (0, 1, 4, 12):
        episodes = [*draw_episodes(tasks, seed=0, episodes=6, shots=shots, queries=3)]
        found = [episode.posterior(item) for episode in episodes for item in episode.queries]
        means.append(sum(found) / len(found))
    assert means == sorted(means)
    assert means[0] < 0.2
    assert means[-1] > 0.9


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (r"\boxed{[1, 2]}", [1, 2]),
        (r"So \boxed{1, 2}.", [1, 2]),
        (r"\boxed{[]}", []),
        (r"$\boxed{[1, 2, 3]}$ and then $\boxed{\left[3\right]}$", [3]),
        (r"\boxed{[1,2] = [4, 5]}", [4, 5]),
        (r"\boxed{none}", "none"),
        ("[1, 2]", None),
    ],
)
def test_replies_are_read(reply, expected):
    task = ListFunctions(concept="reversed").of_episode(0, 0)
    assert task.read(reply) == expected


def test_a_number_is_read_with_and_without_brackets():
    task = ListFunctions(concept="total").of_episode(0, 0)
    assert [task.read(rf"\boxed{{{text}}}") for text in ("12", "[12]", "3 + 9 = 12", "12.0", "1, 2")] == [12] * 4 + [
        "1, 2"
    ]
    assert task.equal(12, 12.0)
    assert not task.equal(1, True)


def test_numbers_in_a_text():
    assert numbers_in("(1, -2)") == [1, -2]
    assert numbers_in("") is None


def test_queries_have_the_length_that_is_asked_for():
    (episode,) = draw_episodes(ListFunctions(query_length=20), seed=0, episodes=1, shots=4, queries=5)
    assert {len(item.input[0]) for item in episode.queries} == {20}
    assert max(len(item.input[0]) for item in episode.shots) <= 8


@pytest.mark.parametrize("name", CONCEPTS)
def test_concepts_have_functions(name):
    task = ListFunctions(concept=name).of_episode(0, 0)
    assert task.variant == name
    assert task.rule.apply(([3, 7, 7, 2, 8],)) is not None


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"concept": "sort.take9"}, "concept=sort.take9: there is no operation take9; there are reverse, sort"),
        ({"concept": "sum.sort"}, "concept=sum.sort: only the last operation may give a number"),
        ({"concept": "longer3?sort"}, "a condition needs two functions"),
        ({"concept": "longer3?sort:sum"}, "must give a list, or both a number"),
        ({"size": 5}, "size=5: must be"),
    ],
)
def test_bad_options_are_one_line(options, line):
    with pytest.raises(UsageError, match=line.replace("?", r"\?")):
        ListFunctions(**options)


# --- functions of a file

QUESTION = (
    "You are an expert.\nExamples:\nInput 1: [4, 95, 36]\nOutput 1: [4, 36, 95]\nInput 2: [18, 9]\nOutput 2: [9, 18]\n"
    "\n\nInput: [72, 26, 92]\nOutput:\n"
)
PAIRS = [([5, 1], [1, 5]), ([], []), ([3], [3]), ([9, 12, 4], [4, 9, 12]), ([2, 2, 0], [0, 2, 2]), ([5, 1], [1, 5])]
BIG_BENCH = {
    "name": "c900",
    "canary": "…",
    "description": "…",
    "examples": [{"input": str(x), "target": str(y)} for x, y in PAIRS],
}
QIU = {"idx": 0, "train": [{"input": "[1]", "output": "[]"}], "test": [{"input": [2, 3], "output": [3]}]}


def written(folder, value, name="lists.json"):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return str(file)


def drawn(data, **sizes):
    tasks = ListFunctions(data=data)
    return [*draw_episodes(tasks, **{"seed": 0, "episodes": tasks.most_episodes, "shots": 8, "queries": 8, **sizes})]


def test_big_benchs_examples_are_divided_and_more_shots_keep_the_queries(tmp_path):
    data = written(tmp_path, BIG_BENCH)
    (few,), (more,) = drawn(data, shots=1), drawn(data, shots=3)
    assert [shot.input for shot in more.shots[:1]] == [shot.input for shot in few.shots]
    assert few.queries == more.queries
    assert (len(few.shots), len(more.shots), len(more.queries)) == (1, 3, 2)  # of five different examples
    for episode in (few, more):
        assert all(item.expected == sorted(item.input[0]) for item in (*episode.shots, *episode.queries))


def test_a_folder_of_big_bench_has_a_function_a_task_and_its_rule_in_the_text_beside_it(tmp_path):
    written(tmp_path, {"name": "list_functions", "canary": "…"}, "task.json")
    written(tmp_path, BIG_BENCH, "c001/task.json")
    written(tmp_path, {"scores": []}, "results/scores.json")
    written(tmp_path, "tests a function (i.e., sort (the smallest\nfirst)), and more (i.e., no).", "c001/README.md")
    tasks = ListFunctions(data=str(tmp_path))
    task = tasks.of_episode(0, 0)
    assert task.framing("rule").endswith("a list of numbers. It does this: sort (the smallest first).")
    tasks.check_settings([*SETTINGS.values()])
    assert not task.invertible
    before = tasks.data_hash
    (tmp_path / "c001" / "README.md").write_text("tests (i.e., order it)", "utf-8")
    written(tmp_path, BIG_BENCH | {"extra": 1}, "c001/task.json")
    assert ListFunctions(data=str(tmp_path)).data_hash != before


def test_questions_of_reasoning_gym_and_lines_with_train_and_test_are_read(tmp_path):
    item = {"question": QUESTION, "answer": "[26, 72, 92]", "metadata": {"source_dataset": "list_functions"}}
    lines = written(tmp_path, f"{json.dumps(item)}\n\n{json.dumps(QIU)}\n", "items.jsonl")
    evaluation = written(tmp_path, {"results": [{"question": QUESTION, "expected_answer": "[26, 72, 92]"}]}, "log.json")
    read = {e.task.rule.name: ([s.input[0] for s in e.shots], e.queries[0].expected) for e in drawn(lines)}
    sort = ([[4, 95, 36], [18, 9]], [26, 72, 92])
    assert read == {"items-1": sort, "items-2": ([[1]], [3])}
    assert [([s.input[0] for s in e.shots], e.queries[0].expected) for e in drawn(evaluation)] == [sort]


def test_examples_may_call_what_comes_out_output(tmp_path):
    own = {"examples": [{"input": x, "output": y} for x, y in PAIRS]}
    (here,), (there,) = (drawn(written(tmp_path, value)) for value in (own, BIG_BENCH))
    assert [s.input for s in here.shots] == [s.input for s in there.shots]


def test_settings_that_state_a_rule_which_the_file_does_not_tell_are_refused_in_one_line(tmp_path):
    tasks = ListFunctions(data=written(tmp_path, [BIG_BENCH, BIG_BENCH | {"rule": "Sort the list."}]))
    for setting in (each for each in ASKABLE.values() if each.rule_given):
        with pytest.raises(
            UsageError, match=r"does not tell of lists-1; 1 of 2 rules lack it: ask .*, or give it in w"
        ):
            tasks.check_settings([setting])
    tasks.check_settings([SETTINGS["io"], SETTINGS["solverlearner"]])


def test_functions_of_a_file_are_written_in_other_symbols(tmp_path):
    tasks = relabelled(ListFunctions(data=written(tmp_path, BIG_BENCH | {"rule": "put 8 first"})), "permuted", 0)
    (episode,) = draw_episodes(tasks, seed=0, episodes=1, shots=3, queries=2)
    signs = tasks.signs
    assert f"put {signs('8')} first" in episode.task.framing("rule")
    assert all(signs.unwrite(q.expected) == sorted(signs.unwrite(q.input[0])) for q in episode.queries)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("{", "lists.json is no JSON: "),
        ("[1]", 'lists must have "examples" with "input" and "target" (or "output")'),
        ({"a": 1}, 'lists must have "examples"'),
        ({"canary": "…"}, "has no function"),
        ({"examples": []}, "lists has no list of examples"),
        ({"examples": [{"input": "[1]", "target": "[2]"}]}, "lists needs two different examples"),
        ({"examples": [{"input": "7", "target": "[2]"}]}, "the input of example 1 must be a list of whole numbers"),
        ({"examples": [{"input": "[1.5]", "target": "[2]"}]}, "the input of example 1 must be a list"),
        ({"examples": [{"input": "[1]"}]}, 'example 1 has no "output"; it must have "examples" with'),
        ({"examples": [{"target": "[1]"}]}, 'example 1 has no "input"'),
        ({"examples": [{"input": "[1]", "target": "a"}]}, "the target of example 1 must be a list or a number of"),
        ({"examples": [{"input": [1], "output": None}]}, "the output of example 1 must be a list or a number of"),
        ({"examples": [{"input": "[1]", "target": "7"}, {"input": "[2]", "target": "[7]"}]}, "some outputs are lists"),
        ({"examples": [{"input": "[1]", "target": y} for y in "78"]}, "one input with two outputs, 7 and 8"),
        ({"question": "What?", "answer": "[1]"}, 'its question has no lines "Input 1: […]"'),
    ],
)
def test_a_file_that_holds_no_function_is_refused_in_one_line(tmp_path, value, problem):
    with pytest.raises(UsageError, match=re.escape(problem)) as error:
        ListFunctions(data=written(tmp_path, value))
    assert "\n" not in str(error.value)


def test_options_of_our_functions_are_refused_beside_a_file(tmp_path):
    with pytest.raises(UsageError, match=r"has lists of its own; leave out concept"):
        ListFunctions(data=written(tmp_path, BIG_BENCH), concept="reversed")


def test_an_option_that_came_later_names_no_run_at_its_default():
    task = {"_target_": "solverlearner.tasks.lists.ListFunctions", "size": 2}
    assert folder_name({"task": task | {"data": None}}, "x") == folder_name({"task": task}, "x")
    assert folder_name({"task": task | {"data": "f"}}, "x") != folder_name({"task": task}, "x")
