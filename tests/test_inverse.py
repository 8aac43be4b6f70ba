"""Inputs asked for (settings invert and invert_code): any input counts that the rule turns into the output."""

import asyncio
import json
import re
from itertools import product

import pytest

from solverlearner.case2code.cases import cases_of
from solverlearner.case2code.triples import Triple
from solverlearner.design.episode import Episode, draw_episodes
from solverlearner.design.inverse import Inverse, asked_task
from solverlearner.design.plan import Plan, check_settings, draw_calls, setting_calls
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import ASKABLE, parse_settings
from solverlearner.errors import UsageError
from solverlearner.evaluation.loop import score_call
from solverlearner.execution.executor import Executor
from solverlearner.models.base import Reply
from solverlearner.task import Item
from solverlearner.task.argument_reader import is_like, read_arguments
from solverlearner.task.relabelled import relabelled
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.base_conversion import BaseConversion
from solverlearner.tasks.boxed_arguments import arguments_in
from solverlearner.tasks.case2code import Case2Code
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.colours import Colours
from solverlearner.tasks.grids import PLANE, Grids
from solverlearner.tasks.linear import LinearFunctions
from solverlearner.tasks.lists import ListFunctions
from solverlearner.tasks.real_function import RealFunction
from solverlearner.tasks.rewrite import Rewrites
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

BOTH = ["invert", "invert_code"]
TASKS = [
    *(Arith(9), Arith(16, op="sub"), Arith(9, query_digits=4), BaseConversion(16, 2), LinearFunctions(), Colours(500)),
    *(Spatial(), Spatial("r180", "centroid"), Syntax("vos", complexity=3), Syntax("vso", shown="standard")),
    *(Cipher("sorted"), Cipher("morse"), Cipher("vigenere"), Cipher("caesar", 0), Rewrites("regex", output="part")),
    *(ListFunctions(), relabelled(ListFunctions(), "novel", 0), relabelled(ListFunctions(), "permuted", 0)),
    *(Grids("mirror"), Grids("denoising_mc"), Grids(PLANE, size=3), relabelled(Grids("fill"), "novel", 0)),
    *(Rewrites(kind) for kind in ("isl", "losl", "rosl", "cascade")),
    *(relabelled(task, "novel", 0) for task in (Arith(9), LinearFunctions(3, -2), Cipher("caesar"), Spatial())),
    *(relabelled(Arith(9), "permuted", 0), relabelled(Rewrites("cascade"), "novel", 0)),
]
every = pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.name}-{task.variant}")


def plan(task, settings=BOTH, **options):
    sizes = {"episodes": 2, "shots": 2, "queries": 5, "seed": 0, "hint": "domain"}
    return Plan(task, parse_settings(settings), **{**sizes, **options})


def inverse(task, **options):
    episode = next(draw_episodes(task, **{"seed": 0, "episodes": 1, "shots": 0, "queries": 6, **options}))
    return asked_task(episode, ASKABLE["invert"])


@pytest.fixture(scope="module")
def scored():
    async def go():
        async with Executor(workers=2) as executor:
            rows = {}
            for number, task in enumerate(TASKS):
                for behaviour in ("ideal", "recite", "garbage"):
                    model = Scripted(behaviour)
                    rows[number, behaviour] = [
                        row
                        for call in draw_calls(plan(task))
                        for row in await score_call(0, model.name, call, await model.ask(call), executor)
                    ]
            return rows

    return asyncio.run(go())


@every
def test_the_ideal_model_is_right_in_both_settings_and_others_are_wrong(scored, task):
    number = TASKS.index(task)
    rows = scored[number, "ideal"]
    assert [(row.setting, row.correct, row.status) for row in rows] == 2 * (
        5 * [("invert", True, "ok")] + 5 * [("invert_code", True, "ok")]
    )
    assert all((row.ideal, row.posterior, row.default_world, row.found) == (None, None, None, None) for row in rows)
    for behaviour in ("recite", "garbage"):
        assert not any(row.correct for row in scored[number, behaviour])


@every
def test_a_prompt_states_rule_and_output_and_holds_no_input(task):
    for call in draw_calls(plan(task)):
        text = call.messages[0]["content"]
        forward = call.episode.task
        assert forward.framing("rule") in text
        assert "Any input with this output is right." in text
        if call.query is not None:
            query = call.episode.queries[call.query]
            shown, told = re.escape(forward.show(query.input, "none")), text.replace(forward.framing("rule"), "")
            assert query.input == (query.expected,) or not re.search(rf"(?<!\w){shown}(?!\w)", told)
            assert forward.input_question(query.expected) in text


@every
def test_replies_are_read_and_wrong_values_are_wrong(task):
    backwards = inverse(task)
    for x, item in zip(backwards._items, map(backwards.asked, backwards._items), strict=True):
        assert json.loads(json.dumps(item.expected)) == item.expected
        read = backwards.read(f"So:\n{backwards.reply(item.expected)}")
        assert backwards.equal(item.expected, read), (read, item.expected)
        for wrong in (None, True, [], {}, 0.5, "?", ["?", "?"], [[]], 10**400, "9" * 10**6, [x.expected, x.expected]):
            assert not backwards.equal(item.expected, wrong)
    assert backwards.read("I do not know.") is None


# --- any input that has the output


def test_every_row_that_becomes_the_output_counts_and_no_other_does():
    backwards = inverse(Grids("denoising_1c"))
    x, y = backwards._items[0].input[0], backwards._items[0].expected
    rows = [[*x[0][:-4], *ending] for ending in product(range(3), repeat=4)]
    rule = backwards.forward.rule
    right = [row for row in rows if backwards.equal(x, [row])]
    assert right == [row for row in rows if rule.apply(([row],)) == y and [row] != y]
    assert not backwards.equal(x, [*x, *x])  # two rows, where the rule takes one
    for written in (rf"\boxed{{{x}}}", f"\\boxed{{{' '.join(map(str, x[0]))}}}", rf"$\boxed{{\text{{{x}}}}}$"):
        assert backwards.read(written) == x


def test_every_pair_with_the_sum_counts_and_no_other_does():
    backwards = inverse(Arith(9))
    x = backwards._items[0].input
    total = int(x[0], 9) + int(x[1], 9)
    pairs = [(a, b) for a in range(81) for b in range(81)]
    for a, b in pairs:
        one, two = (f"{n // 9}{n % 9}" for n in (a, b))
        assert backwards.equal([*x], [one, two]) is (a + b == total and a >= 9 and b >= 9)
    assert not backwards.equal([*x], [backwards._items[0].expected, "0"])


def test_the_output_itself_is_no_answer_but_any_other_input_is():
    backwards = inverse(Cipher("sorted"))
    x, y = backwards._items[0].input[0], backwards._items[0].expected
    assert not backwards.equal(x, y)
    assert backwards.equal(x, x[::-1])
    assert "The output itself does not count." in backwards.question((y,), "rule")
    assert "itself" not in inverse(LinearFunctions(3, -2)).question((1,), "rule")
    unchanged = inverse(Cipher("caesar", 0))
    assert unchanged.equal("word", "word")


def test_all_preimages_of_a_rewritten_text_count():
    backwards = inverse(Rewrites("isl"))
    rule, (item, *_) = backwards.forward.rule, backwards._items
    words = ["".join(each) for n in range(1, len(item.input[0]) + 2) for each in product("abc", repeat=n)]
    right = [w for w in words if backwards.equal(item.input[0], w)]
    assert right == [w for w in words if rule.apply((w,)) == item.expected != w]
    assert item.input[0] in right


def test_a_program_from_outputs_to_inputs_is_run_and_checked_by_the_rule():
    program = """```python
def solver(output):
    total = int(output, 9)
    def numeral(n):
        return str(n // 9) + str(n % 9)
    one = max(9, total - 80)
    return numeral(one), numeral(total - one)
```"""

    async def go():
        async with Executor(workers=1) as executor:
            (call,) = draw_calls(plan(Arith(9), ["invert_code"], episodes=1))
            return await score_call(0, "x", call, Reply(program), executor)

    rows = asyncio.run(go())
    assert [row.correct for row in rows] == 5 * [True]
    assert any(row.value != row.expected for row in rows)


# --- readers


@pytest.mark.parametrize(
    ("reply", "like", "read"),
    [
        (r"\boxed{57, 48}", ("1", "2"), ("57", "48")),
        (r"\boxed{'57', '48'}", ("1", "2"), ("57", "48")),
        (r"\boxed{(\text{57}, \text{48})}", ("1", "2"), ("57", "48")),
        (r'\boxed{solver("57", "48")}', ("1", "2"), ("57", "48")),
        (r"\boxed{n1 = '57', n2 = '48'}", ("1", "2"), ("57", "48")),
        (r"\boxed{1A \text{ and } 2B}", ("1", "2"), ("1A", "2B")),
        (r"\boxed{x = -3}", (5,), (-3,)),
        (r"\boxed{-3}", (5,), (-3,)),
        (r"\boxed{f(5)}", (1,), (5,)),
        (r"\boxed{[1, 2, 3]}", ([4],), ([1, 2, 3],)),
        (r"\boxed{[[1, 0], [0, 1]]}", ([[4]],), ([[1, 0], [0, 1]],)),
        (r'\boxed{"bedroom", [["bed", "north"]]}', ("room", [["a", "b"]]), ("bedroom", [["bed", "north"]])),
        (r"\boxed{\text{Alice Ethan saw}}", ("word",), ("Alice Ethan saw",)),
        (r"\boxed{.- -...}", (".",), (".- -...",)),
        (r"\boxed{n1, n2}", (1, 2), None),
        (r"\boxed{57}", ("1", "2"), None),
        ("57, 48", ("1", "2"), None),
        (r"\boxed{" + "(" * 3000 + "}", (1,), None),
    ],
)
def test_inputs_are_read_as_models_write_them(reply, like, read):
    assert read_arguments(reply, like) == read


def test_a_sum_is_read_as_its_two_numbers():
    backwards = inverse(Arith(9))
    for written in (r"\boxed{57 + 48}", r"\boxed{57_9 + 48_9}", r"\boxed{57+48}"):
        assert backwards.read(written) == ["57", "48"]


def test_an_input_may_be_longer_but_not_without_end():
    assert is_like(("a" * 100,), ("ab",))
    assert not is_like(("a" * 10**6,), ("ab",))
    assert not is_like(([[1]] * 10**5,), ([[1]],))
    assert not is_like((10**10_000,), (5,))
    assert not is_like((True,), (5,))


@pytest.mark.parametrize("task", [Rewrites("regex")], ids=lambda task: task.variant)
@pytest.mark.parametrize("setting", BOTH)
def test_a_task_without_a_question_for_inputs_is_refused_in_one_line(task, setting):
    with pytest.raises(UsageError, match=rf"settings=\[{setting}\]: {task.name} .* has no question for an input"):
        check_settings(plan(task, [setting]))


def test_the_other_settings_ask_the_task_itself():
    episode = next(draw_episodes(Arith(9), seed=0, episodes=1, shots=1, queries=1))
    asked = {name for name, setting in ASKABLE.items() if isinstance(asked_task(episode, setting), Inverse)}
    assert asked == {*BOTH}


# --- real functions, whose program tells what an input becomes


def real(code, name, inputs, outputs):
    triple = Triple(code, name, tuple(inputs), tuple(outputs), id=name, description=f"Computes {name}.")
    return RealFunction(triple, cases_of(triple), name, "test", "stream")


SQUARE = real("def square(n, add=0):\n    return n * n + add", "square", [{"n": 2}, {"n": 3, "add": 1}], [4, 10])
FIRST = real("def first(x):\n    return x[0] if x else None", "first", [{"x": (1, 2)}, {"x": None}], [1, None])


def verdicts(task, setting, reply):
    """What a reply in a setting scores for each query of the task."""
    episode = Episode(task, 0, (), tuple(Item(x, task.rule.apply(x)) for x in task.cases.inputs), None, None, None)
    at = {"episodes": 1, "shots": 0, "queries": len(episode.queries), "seed": 0, "hint": "domain"}
    one = Plan(Case2Code(), parse_settings([setting]), **at)

    async def go():
        async with Executor(workers=1) as executor:
            calls = [*setting_calls(one, ASKABLE[setting], episode)]
            return [row for call in calls for row in await score_call(0, "m", call, Reply(reply), executor)]

    return [(row.correct, row.status, row.on_target) for row in asyncio.run(go())]


@pytest.mark.parametrize(
    ("task", "reply", "right"),
    [
        (SQUARE, r"\boxed{2, 0}", [True, False]),
        (SQUARE, r"\boxed{n=-2, add=0}", [True, False]),
        (SQUARE, r"\boxed{rule(add=6, n=2)}", [False, True]),
        (SQUARE, r"\boxed{(0, 4)}", [True, False]),
        (SQUARE, r"\boxed{2.0, 0}", [False, False]),  # gives 4.0
        (SQUARE, r"\boxed{'a', 'b'}", [False, False]),  # raises
        (SQUARE, r"\boxed{10}", [False, False]),
        (FIRST, r"\boxed{[1]}", [True, False]),
        (FIRST, r"\boxed{\{1: 2\}}", [False, False]),
        (FIRST, r"\boxed{()}", [False, True]),
        (FIRST, r"\boxed{None}", [False, True]),
    ],
)
def test_any_arguments_count_with_which_the_program_gives_the_output(task, reply, right):
    assert [correct for correct, *_ in verdicts(task, "invert", reply)] == right


def test_a_program_that_goes_back_is_checked_by_the_program_that_is_given():
    back = "```python\ndef solver(output):\n    return (0, output)\n```"
    assert verdicts(SQUARE, "invert_code", back) == [(True, "ok", True)] * 2
    wrong = "```python\ndef solver(output):\n    return [output]\n```"
    assert verdicts(SQUARE, "invert_code", wrong) == [(False, "ok", False)] * 2
    assert [correct for correct, *_ in verdicts(FIRST, "invert_code", wrong)] == [True, True]  # [None] gives None
    endless = "def f(n):\n    while n > 2:\n        pass\n    return n"
    slow = real(endless, "f", [{"n": 1}, {"n": 2}], [1, 2])
    assert verdicts(slow, "invert", r"\boxed{9}") == [(False, "ok", False)] * 2


def test_the_output_itself_is_no_argument_and_prompts_say_so():
    same = real("def same(x):\n    return str(x)", "same", [{"x": 1}, {"x": 22}], ["1", "22"])
    assert [correct for correct, *_ in verdicts(same, "invert", r"\boxed{'1'}")] == [False, False]
    episode = Episode(same, 0, (), (Item((1,), "1"),), None, None, None)
    asked = asked_task(episode, ASKABLE["invert"])
    assert "The output itself does not count." in asked.question(("1",), "rule")
    assert "def rule(x)" in asked.framing("rule")
    assert "solver returns x such that the rule returns output" in asked.contract("rule")


@pytest.mark.parametrize(
    "text", [r"\boxed{1, 2, 3}", r"\boxed{n=1, m=2}", r"\boxed{f(g(1), 2)}", "(1, 2)", r"\boxed{1, 2"]
)
def test_other_arguments_are_no_input(text):
    assert arguments_in(text, ["n", "add"]) is None
