"""What every task promises, whatever it is: one test a promise, over all tasks, the paper's variants and more."""

import asyncio
import hashlib
import json
from importlib.resources import files
from random import Random

import pytest
from omegaconf import OmegaConf

from solverlearner.design.episode import draw_episodes
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.evaluation.instantiate import instance
from solverlearner.evaluation.loop import score_call
from solverlearner.execution.executor import Executor
from solverlearner.task import Task
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.base_conversion import BaseConversion
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.colours import Colours
from solverlearner.tasks.linear import LinearFunctions
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

# A new task is here by its YAML; the variants below are those of the paper, and what each option adds.
DEFAULTS = [
    task
    for file in sorted((files("solverlearner.conf") / "task").iterdir(), key=str)
    if file.name.endswith(".yaml")
    and isinstance(task := instance(OmegaConf.to_container(OmegaConf.load(file), resolve=True)["task"]), Task)
]  # case2code is another task in each episode, and has tests of its own
VARIANTS = [
    *(Arith(base) for base in (8, 10, 11, 16, 2, 36)),
    *(Arith(8, op="sub"), Arith(9, 3, "mul"), Arith(9, query_digits=4), Arith(8, data="wu2023")),
    *(Syntax(order) for order in ("svo", "vso", "vos", "ovs", "osv")),
    *(Syntax("ovs", "disjoint"), Syntax(complexity=3), Syntax("vso", shown="standard"), Syntax(query_complexity=2)),
    *(Spatial(name) for name in ("default", "swap_ns", "swap_we", "r180", "r270", "random", "nwse")),
    *(Spatial("r90", "centroid"), Spatial(query_objects=5), Spatial("swap_ns", data="wu2023")),
    *(Cipher(name) for name in "sorted morse atbash keyword substitution vigenere permuted_morse".split()),
    *(LinearFunctions(3, -2).of_episode(0, 0), Colours(500), BaseConversion(16, 2), BaseConversion(10, 36, 10**6)),
    *(Cipher("sorted", words=2), Cipher("caesar", 0), Cipher("caesar", 13, letters=6, query_letters=8)),
]
TASKS = {f"{task.name}-{task.variant}": task for task in [*DEFAULTS, *VARIANTS]}
MOST_PROGRAMS = 120  # of one family; the larger ones give every n-th of theirs
every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def sizes(task):
    # Base 2 has three hard pairs of two digits.
    few = isinstance(task, Arith) and task.base == 2
    return {"episodes": 2, "shots": 1 if few else 8, "queries": 1 if few else 4}


def episodes(task, seed=0, **changes):
    return list(draw_episodes(task, seed=seed, **{**sizes(task), **changes}))


async def _rows(task, behaviour, executor):
    plan = Plan(task, parse_settings(tuple(SETTINGS)), seed=0, hint="domain", **sizes(task))
    model = Scripted(behaviour)
    rows = []
    for call in draw_calls(plan):
        rows += await score_call(0, model.name, call, await model.ask(call), executor)
    return rows


async def _program_values(programs, executor):
    async def values(program, inputs):
        return [outcome.value for outcome in await executor.run(program, inputs)]

    return dict(zip(programs, await asyncio.gather(*(values(p, xs) for p, xs in programs.items())), strict=True))


def programs():
    """Every program of every family with a few inputs that its rule covers, and what the rule makes of them."""
    wanted = {}
    for task in TASKS.values():
        inputs = [task.draw(Random(n), "queries") for n in range(3)]
        family = task.family()
        for rule in family[:: 1 + len(family) // MOST_PROGRAMS]:
            if covered := [x for x in inputs if rule.apply(x) is not None]:
                wanted.setdefault(rule.program, (rule, covered))
    return wanted


@pytest.fixture(scope="module")
def world():
    """One executor runs everything once: the rows of the scripted models, and the families' programs."""

    async def go():
        async with Executor(workers=2) as executor:
            both = [(name, behaviour) for name in TASKS for behaviour in ("ideal", "recite")]
            rows = await asyncio.gather(*(_rows(TASKS[name], behaviour, executor) for name, behaviour in both))
            values = await _program_values({p: xs for p, (_, xs) in programs().items()}, executor)
            return dict(zip(both, rows, strict=True)), values

    return asyncio.run(go())


@every_task
def test_the_ideal_model_is_right_where_the_rule_is_given_or_pinned(world, task):
    rows = world[0][f"{task.name}-{task.variant}", "ideal"]
    assert len({row.setting for row in rows}) == 5
    wrong = [row for row in rows if not row.correct]
    assert all(row.ambiguity > 1 and not SETTINGS[row.setting].rule_given for row in wrong)
    assert len({(row.setting, row.correct) for row in rows if row.correct}) == 5
    assert all(row.status == "ok" and not row.recited for row in rows if row.correct)


def north_up(room, objects):
    at = {"north": (250, 0), "south": (250, 500), "east": (500, 250), "west": (0, 250)}
    return [{"name": name, "x": at[side][0], "y": at[side][1]} for name, side in objects]


def recites_right(task, x, expected):
    """Whether the default world's answer is right, worked out without any of the task's rules."""
    match task:
        case Arith():
            carry_out = {"add": int.__add__, "sub": int.__sub__, "mul": int.__mul__}[task.op]
            return all(map(str.isdecimal, x)) and str(carry_out(*map(int, x))) == expected
        case Syntax():
            return task.order == "svo"
        case Spatial():
            return north_up(*x) == expected
        case BaseConversion():
            return task.target == 10 or (task.source == 10 and task.target == 2)
        case Cipher():
            return task.cipher == "morse" or (task.cipher != "permuted_morse" and x[0] == expected)


@pytest.mark.parametrize(
    "task",
    [task for task in TASKS.values() if "centroid" not in task.variant and task.default_world],
    ids=lambda task: f"{task.name}-{task.variant}",
)
def test_the_reciting_model_scores_the_default_worlds_overlap(world, task):
    rows = world[0][f"{task.name}-{task.variant}", "recite"]
    assert [row.correct for row in rows] == [recites_right(task, row.input, row.expected) for row in rows]
    assert all(row.default_world_correct is row.correct for row in rows)
    answered = [row for row in rows if row.status == "ok"]
    assert all(row.recited is not row.correct for row in answered)


def test_every_program_of_every_family_does_in_the_executor_what_its_rule_says(world):
    wanted = programs()
    assert len(wanted) > 150
    different = [rule.name for p, (rule, xs) in wanted.items() if world[1][p] != [rule.apply(x) for x in xs]]
    assert different == []


@every_task
def test_a_seed_gives_the_same_items_and_another_seed_others(task):
    assert episodes(task) == episodes(task)
    if sizes(task)["shots"] > 1:
        assert [e.shots for e in episodes(task, 1)] != [e.shots for e in episodes(task)] or task.published()


# A change here changes what every seed means: only with a new version, and a line in the changelog.
DIGESTS = {
    "arith-base-9": "9ee9638c7bd11a42",
    "cipher-caesar-5": "a7e5dadeb61074ed",
    "spatial-r90": "153b0240d1fe2545",
    "syntax-sov": "33d48342adfc65f8",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_the_items_are_those_of_this_version_on_any_machine(name):
    items = [[[list(i.input), i.expected] for i in (*e.shots, *e.queries)] for e in episodes(TASKS[name], 7)]
    assert hashlib.blake2b(json.dumps(items).encode(), digest_size=8).hexdigest() == DIGESTS[name]


@every_task
def test_no_item_comes_twice_in_an_episode(task):
    for episode in episodes(task, 3):
        keys = [task.key(item.input) for item in (*episode.shots, *episode.queries)]
        assert len(set(keys)) == len(keys) == sizes(task)["shots"] + sizes(task)["queries"]


@every_task
def test_items_survive_json(task):
    for episode in episodes(task):
        for item in (*episode.shots, *episode.queries):
            stored, expected = json.loads(json.dumps([list(item.input), item.expected]))
            assert task.load(stored) == item.input
            assert task.rule.apply(task.load(stored)) == item.expected == expected


@every_task
def test_what_a_reply_says_is_read_and_counts_as_right_and_another_value_as_wrong(task):
    first, second = [query for episode in episodes(task) for query in episode.queries][:2]
    assert task.read(f"So.\n{task.reply(first.expected)}") == first.expected
    assert task.equal(first.expected, task.read(task.reply(first.expected)))
    if second.expected != first.expected:
        assert not task.equal(first.expected, second.expected)
    assert task.read("I do not know.") is None
    assert not any(task.equal(first.expected, value) for value in (None, True, [], {}, 0.5))


@every_task
def test_checks_are_asked_and_read_in_their_own_format(task):
    checks = task.checks(Random(0))
    assert checks
    for check in checks:
        assert check.equal(check.expected, check.read(f"Well: {check.reply(check.expected)}"))
        assert check.read("I do not know.") is None
        assert not check.equal(check.expected, "x y z")


@every_task
def test_the_family_holds_the_rule_once_and_the_default_world(task):
    names = [rule.name for rule in task.family()]
    assert names.count(task.rule.name) == 1
    assert task.default_world is None or task.default_world.name in names
    assert len(set(names)) == len(names)


@every_task
@pytest.mark.parametrize("name", ["io", "solverlearner"])
def test_an_inductive_prompt_neither_states_the_rule_nor_answers_the_query(task, name):
    for hint in ("none", "domain", "strong"):
        plan = Plan(task, parse_settings([name]), seed=0, hint=hint, **sizes(task))
        for call in draw_calls(plan):
            text = call.messages[0]["content"]
            assert task.framing("rule") not in text
            assert (task.question(call.items[0].input, hint) in text) is (name == "io")
            if call.query is None:
                shown = {task.show(shot.input, hint) for shot in call.episode.shots}
                assert not shown & {task.show(item.input, hint) for item in call.items}
