"""Symbols: the same items in other signs, paired with their usual twins, stated well and read well."""

import asyncio
import itertools
import json
import re
from dataclasses import dataclass
from random import Random

import pytest

import solverlearner as sl
from solverlearner.design.episode import draw_episodes
from solverlearner.design.plan import draw_calls
from solverlearner.design.setting import SETTINGS
from solverlearner.errors import UsageError
from solverlearner.evaluation.instantiate import instance
from solverlearner.evaluation.options import tasks_of
from solverlearner.execution.executor import Executor
from solverlearner.task import Task, Tasks
from solverlearner.task.relabelled import USUAL_INPUT, Relabelled, RelabelledTasks, relabelled
from solverlearner.task.symbols import NOVEL_LETTERS, NOVEL_WORDS, Symbols
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.base_conversion import BaseConversion
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.colours import Colours
from solverlearner.tasks.grids import Grids
from solverlearner.tasks.linear import LinearFunctions
from solverlearner.tasks.lists import ListFunctions
from solverlearner.tasks.rewrite import Rewrites
from solverlearner.tasks.sentences import CONTENT
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax
from solverlearner.tasks.words import words
from solverlearner.testing import PROMISES, TaskTrial, check_task, names_are_written_in_signs, scripted_rows

LEVELS = ("permuted", "novel")
LINEAR = LinearFunctions(3, -2).of_episode(0, 0)
TASKS = [
    *(Arith(9), Arith(16), Arith(10), Arith(8, op="sub"), BaseConversion(8, 9), BaseConversion(16, 2), LINEAR),
    *(Spatial(), Spatial("default"), Syntax("vos"), Syntax("svo", complexity=3), Syntax("vso", shown="standard")),
    *(Cipher(name) for name in ("caesar", "sorted", "morse", "substitution", "vigenere", "keyword", "atbash")),
    *(Colours(500), Cipher("caesar", 0), Spatial("r180", "centroid")),
    *(Rewrites(kind).of_episode(0, 0) for kind in ("isl", "cascade", "regex")),
    *(ListFunctions().of_episode(0, 0), Grids().of_episode(0, 0)),
]
every = pytest.mark.parametrize(
    ("task", "level"), [*itertools.product(TASKS, LEVELS)], ids=lambda each: getattr(each, "variant", each)
)
SIZES = {"seed": 0, "episodes": 2, "shots": 6, "queries": 4}


@every
def test_items_are_the_usual_ones_under_the_bijection(task, level):
    written = relabelled(task, level, 0)
    for usual, other in zip(draw_episodes(task, **SIZES), draw_episodes(written, **SIZES), strict=True):
        for item, twin in zip((*usual.shots, *usual.queries), (*other.shots, *other.queries), strict=True):
            assert tuple(map(written.signs.unwrite, twin.input)) == item.input
            assert written.signs.unwrite(twin.expected) == item.expected
            assert written.item_facts(twin.input)[USUAL_INPUT] == list(item.input)
            assert written.key(twin.input) == task.key(item.input)


@every
def test_a_relabelled_task_keeps_the_promises_of_every_task(task, level):
    trial = TaskTrial(relabelled(task, level, 1), shots=6, queries=2, episodes=1)
    assert [line for promise in PROMISES for line in promise(trial)] == []


def test_check_task_looks_at_other_symbols_too():
    check_task(Syntax("svo", complexity=3), shots=6, queries=3)


USUAL = {
    "arith": r"[0-9]|(?<![a-z])[A-Z](?![a-z])",
    "linear": r"[0-9]",
    "lists": r"[0-9]",
    "grids": r"[0-9]",
    "base_conversion": r"[0-9]",
    "cipher": r'"[a-z]+(?: [a-z]+)*"|(?<!\w)[b-hj-z](?!\w)',
    "rewrite": r'"[a-dk-npt]{1,12}"(?<!"no")|(?<!\w)[b-hj-z](?!\w)',
    "spatial": r"\b(?i:north|south|east|west)\b",
    "colours": r"\b(?i:blue|green|red|yellow)\b",
    "syntax": rf"\b(?i:subject|verb|object|{'|'.join(itertools.chain(*CONTENT))})\b",
}
"""What no prompt in novel signs holds: usual digits and letters, and as words the usual names."""

PROSE = re.compile(
    r"base[- ]\d+|from 2 to 36|\bn[12]?\b|def solver.*|shift of \d+|\d+ places|by \d+|\d \"[-.]+\"|'s\b|"
    r"```python|f\(x\)|ax \+ b|\bA hidden"
)
"""Digits and letters that name no symbol: a base, a shift, the parameters of `solver`, the article."""


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.variant)
@pytest.mark.parametrize("hint", ["none", "domain", "strong"])
def test_no_usual_symbol_is_in_a_prompt_with_novel_signs(task, hint):
    trial = TaskTrial(relabelled(task, "novel", 3), shots=2, queries=1, episodes=1)
    for call in draw_calls(trial.plan(["zero_shot", "io", "code_mf", "solverlearner"], hint)):
        text = PROSE.sub("", call.messages[0]["content"])
        assert re.findall(USUAL[task.name], text) == []


@pytest.mark.parametrize(
    ("task", "row"),
    [
        (Arith(9), "| 8 | 8 | 10 |"),
        (Spatial("default"), "| north | 250 | 0 |"),
        (Syntax("sov"), "| first | subject |"),
        (Cipher(), "| f | a |"),
        (Cipher("morse"), "| .- | a |"),
        (Colours(), "| dax | green |"),
        (BaseConversion(16, 2), "| f | 15 |"),
    ],
)
def test_the_rule_as_a_table_is_in_signs(task, row):
    signs = (written := relabelled(task, "novel", 0)).signs
    cells = row.split(" | ")
    kept = {"15", "250", "0", "first", ".-"} if not isinstance(task, Arith) else set()
    assert " | ".join(cell if cell.strip("| ") in kept else signs(cell) for cell in cells) in written.rule_table()
    assert row in task.rule_table()


@pytest.mark.parametrize("level", LEVELS)
def test_each_sign_is_another_symbols_and_of_another_kind(level):
    verbs = {*CONTENT[2]}
    for seed in range(20):
        signs = Syntax().symbols.signs(level, Random(seed))
        assert {*signs.table.values()} == {*signs.table}
        assert all(signs(word) != word and signs(word) not in verbs for word in verbs)
        assert all(signs(signs.back(word)) == word for word in signs.table)
    assert (signs("subject") == "subject") is (level == "permuted")


@pytest.mark.parametrize("level", LEVELS)
def test_programs_and_answers_of_one_who_knows_the_rule_are_right(level):
    half = TASKS[LEVELS.index(level) :: 2]
    trials = [TaskTrial(relabelled(task, level, 1), shots=6, queries=2, episodes=1) for task in half]

    async def go():
        async with Executor(workers=2) as executor:
            return [row for trial in trials for row in await scripted_rows(trial, "ideal", executor)]

    rows = asyncio.run(go())
    assert {row.setting for row in rows} == {*SETTINGS}
    assert all(row.correct for row in rows if SETTINGS[row.setting].rule_given or row.ambiguity == 1)


def test_another_seed_draws_other_signs_and_the_same_seed_the_same():
    tables = [relabelled(Arith(), "permuted", seed).signs.table for seed in (0, 0, 1)]
    assert tables[0] == tables[1] != tables[2]


def test_novel_signs_are_new():
    assert len({*NOVEL_LETTERS}) == len(NOVEL_LETTERS) >= 36
    assert all(sign.isalpha() and sign.upper() == sign for sign in NOVEL_LETTERS)
    assert not {*NOVEL_WORDS} & {*words()}
    assert len({*NOVEL_WORDS}) == len(NOVEL_WORDS)
    with pytest.raises(ValueError, match="more than"):
        Symbols((tuple(map(str, range(100))),)).signs("novel", Random(0))


def test_permuted_signs_are_recited_in_their_usual_meaning_and_novel_ones_in_none():
    permuted = relabelled(Arith(9), "permuted", 0)
    assert permuted.default_answer(("57", "48")) == "105"
    assert permuted.world == "base 10, signs as usual"
    novel = relabelled(Spatial(), "novel", 0)
    assert novel.world == "default"
    up = novel.signs("north")
    assert novel.default_answer(("room", [["bed", up]])) == [{"name": "bed", "x": 250, "y": 0}]


@pytest.mark.parametrize("name", ["default", "r90", "r180", "r270", "swap_ns", "random"])
def test_permuted_sides_are_no_way_back_to_the_default_world(name):
    for seed in range(10):
        task = relabelled(Spatial(name), "permuted", seed)
        x = ("room", [[side, side] for side in ("north", "south", "east", "west")])
        assert task.rule.apply(x) != task.default_answer(x)


@pytest.mark.parametrize("level", LEVELS)
def test_replies_are_read_in_signs(level):
    for task, text, expected in [
        (Arith(9), r"It is \boxed{{S_9}}.", "116"),
        (Arith(9), r"\boxed{{S \text{{ (base 9)}}}}", "116"),
        (Arith(16), r"\boxed{{result}} = S", "1F"),
        (BaseConversion(8, 9), r"$$\boxed{{S}}$$", "116"),
        (LINEAR, r"f = \boxed{{-S}}", 25),
        (Cipher(), r"\boxed{{\text{{S}}}}", "hello"),
        (Colours(), r"\boxed{{S, S}}", "red"),
    ]:
        written = relabelled(task, level, 0)
        reply = text.replace("{{", "{").replace("}}", "}").replace("S", written.signs(str(expected)))
        wanted = {LINEAR: -25}.get(task, f"{expected} {expected}" if isinstance(task, Colours) else expected)
        assert written.equal(written.signs.write(wanted), written.read(reply)), reply


def test_labels_of_roles_are_read_in_signs_in_any_case():
    task = relabelled(Syntax(), "novel", 0)
    parts = {"subject": "John", "verb": "sees", "object": "Mary"}
    lines = [f"**{task.signs(role).capitalize()}**: {task.signs(word).upper()}" for role, word in parts.items()]
    assert task.equal(task.signs.write(parts), task.read("\n".join(lines)))
    assert task.read("subject: John, verb: sees, object: Mary") is None


def test_usual_symbols_are_wrong_answers_where_signs_are_novel():
    task = relabelled(Arith(9), "novel", 0)
    expected = task.signs.write("116")
    assert task.equal(expected, task.read(task.reply(expected)))
    assert not task.equal(expected, task.read(r"\boxed{116}"))
    assert not task.equal(expected, "116")
    assert not task.equal(expected, 116)
    linear = relabelled(LINEAR, "novel", 0)
    assert linear.signature == "solver(x: str) -> str"
    assert not linear.equal(linear.signs.write(25), 25)
    assert linear.equal(linear.signs.write(25), linear.signs("25"))


def test_a_number_with_permuted_digits_stays_a_number():
    task = relabelled(LINEAR, "permuted", 0)
    assert task.signature == "solver(x: int) -> int"
    for n in range(-420, 421):
        assert isinstance(task.signs.write(n), int)
        assert task.signs.unwrite(task.signs.write(n)) == n
    assert not task.equal(task.signs.write(25), str(task.signs.write(25)))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"symbols": "foo"}, "symbols=foo: must be one of usual, permuted, novel"),
        ({"symbols": "novel", "task": "case2code"}, "symbols=novel: task=case2code has no symbols"),
        ({"symbols": "permuted", "data": "wu2023"}, "symbols=permuted: published items are in usual symbols"),
        ({"symbols": "novel", "persuasion": True}, "no question that can be asked with nothing told"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(options, told):
    task = options.pop("task", "arith")
    with pytest.raises(UsageError) as error:
        sl.evaluate(task, "scripted", episodes=1, **options)
    assert told in str(error.value)


def test_runs_in_other_symbols_are_paired_with_the_usual_one(tmp_path):
    for level in ("usual", *LEVELS):
        asked = [*SETTINGS, "invert", "invert_code"]
        sl.evaluate("arith", "scripted", asked, symbols=level, episodes=3, queries=3, results=tmp_path)
    runs = sl.load_results(tmp_path)
    assert len({run.name for run in runs}) == 3
    for level in LEVELS:
        found = runs.compare(symbols=("usual", level), model="scripted-ideal").query("level == 'pair'")
        assert (found.n == 9).all()
        assert len(found) == 7
        assert (found.accuracy_first == 1).all()
        assert (found.accuracy_second == 1).all()
    rows = [json.loads(line) for line in (runs[-1].path / "rows.jsonl").read_text().splitlines()]
    assert {row["variant"] for row in rows} == {"base-9"}


def test_every_part_of_a_task_is_handed_on():
    public = {name for name in {*vars(Tasks), *vars(Task)} if not name.startswith("_")}
    own = {
        "signs",
        "written_with",
        "default_answer",
        "read_boxed",
        "kind",
        "published",
        "published_file",
    }  # made of parts that are handed on
    handed_on = {*vars(Relabelled), *vars(RelabelledTasks)}
    assert public - own - {"query_options", "later_options"} <= handed_on  # asked of the class


def test_stored_options_give_the_tasks_of_a_run_in_its_symbols():
    stored = {"task": {"_target_": "solverlearner.tasks.arith.Arith", "base": 8}, "symbols": "novel", "seed": 3}
    assert tasks_of(stored).signs.table == relabelled(Arith(8), "novel", 3).signs.table
    assert tasks_of({"task": stored["task"]}) == Arith(8)


def test_usual_symbols_are_the_task_itself():
    task = instance({"_target_": "solverlearner.tasks.arith.Arith"})
    assert relabelled(task, "usual", 0) is task


@dataclass(frozen=True)
class Lamps(Colours):
    """Colours whose author forgot to write the names by `signs`."""

    def contract(self, told):
        return super().contract(told) + " There is green."


def test_a_task_that_forgets_its_signs_is_told_so():
    (line,) = names_are_written_in_signs(TaskTrial(relabelled(Lamps(), "novel", 0), shots=2, queries=1))
    assert line.startswith("contract('rule'): must write 'green' as self.signs('green')")
    for task in (Spatial(), Syntax(complexity=3), Colours()):
        assert not [*names_are_written_in_signs(TaskTrial(relabelled(task, "novel", 0), shots=2, queries=1))]
