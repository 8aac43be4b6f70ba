"""Which rule a program carries out: on probe inputs, in rows of runs, and in rows that were stored before."""

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from solverlearner.api.composition import composed_options
from solverlearner.cli.main import main
from solverlearner.design.episode import draw_episodes
from solverlearner.evaluation.diagnosed_rows import diagnose_run
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.run_owner import owned
from solverlearner.evaluation.shot_table import node_count, stores_pieces, stores_shots
from solverlearner.evaluation.which_rule import Probes, probes_of, rule_found
from solverlearner.execution.executor import DEFAULT_LIMITS, Executor, Limits
from solverlearner.pipeline import carry_out_spec
from solverlearner.reporting.first_look import first_look
from solverlearner.task import Item
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.colours import Colours
from solverlearner.tasks.linear import Linear
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

TASKS = [Arith(9), Cipher("caesar"), Colours(500), Linear(3, 4), Spatial("nswe"), Syntax("sov")]
COLUMNS = ("found", "found_rule", "found_agreement", "program_nodes", "rule_nodes")


def found(task, *programs, right=8, limits=DEFAULT_LIMITS):
    """What programs do that were written from the eight shots of the first episode, and get so many of them right."""
    (episode,) = draw_episodes(task, seed=0, episodes=1, shots=8, queries=1)

    async def every():
        async with Executor(limits, workers=1) as executor:
            return [await rule_found(task, p, episode.shots, right, episode.fitting, executor) for p in programs]

    return asyncio.run(every())


def table_of(task, otherwise):
    """A program that stores the shots whole and does something else for other inputs."""
    (episode,) = draw_episodes(task, seed=0, episodes=1, shots=8, queries=1)
    cases = "".join(f"    if args == {shot.input!r}: return {shot.expected!r}\n" for shot in episode.shots)
    return f"{otherwise}\nelse_ = solver\ndef solver(*args):\n{cases}    return else_(*args)\n"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_program_is_told_by_what_it_does(task):
    other = next(rule for rule in task.family()[::-1] if rule.name != task.rule.name)
    default = task.default_world or other
    failing = "def solver(*args):\n    raise ValueError"
    programs = [task.rule.program, default.program, other.program, failing, table_of(task, default.program)]
    hidden, by_default, another, fails, table = found(task, *programs, right=0)
    assert (hidden.found, hidden.found_rule, hidden.found_agreement) == ("hidden", task.rule.name, 1.0)
    assert hidden.program_nodes == hidden.rule_nodes  # the shots pin the rule
    assert by_default.found == ("default_world" if task.default_world else "another")
    assert by_default.found_rule == default.name
    assert (another.found, another.found_agreement) == ("another", 1.0)
    assert (fails.found, fails.found_rule) == ("fails", None)
    assert table.found == "shot_table"


def test_a_rule_on_most_probes_is_named_with_its_share():
    half = "    return 'x' if a[0] in '12' else rule(a, b)"
    partly, hardly = found(
        Arith(9), f"{Arith(9).rule.program}\nrule = solver\ndef solver(a, b):\n{half}",
        f"{Arith(9).rule.program}\nrule = solver\ndef solver(a, b):\n{half.replace('12', '1234567')}",
    )  # fmt: skip
    assert partly.found == "hidden"
    assert 0.5 < partly.found_agreement < 1
    assert (hardly.found, hardly.found_rule) == ("fits_shots", "base 9")
    assert hardly.found_agreement < 0.5


def test_a_table_that_knows_the_rule_is_the_rule():
    (both,) = found(Arith(9), table_of(Arith(9), Arith(9).rule.program))
    assert both.found == "hidden"


def test_an_endless_program_costs_the_first_probes_only(monkeypatch):
    asked, run = [], Executor.run

    def counted(self, program, calls, *how):
        asked.append(len(calls))
        return run(self, program, calls, *how)

    monkeypatch.setattr(Executor, "run", counted)
    endless = "def solver(x):\n    while x != 99: pass\n    return 13"
    (told,) = found(Linear(3, 4), endless, right=0, limits=Limits(call_s=0.1))
    assert told.found == "fails"
    assert asked == [2]  # of 33 probes


def test_probes_are_the_same_for_each_run_and_none_of_the_shots():
    task = Arith(9)
    assert Probes(task).inputs == probes_of(Arith(9)).inputs
    assert len(Probes(task).inputs) == 200
    assert len(Probes(Linear(3, 4)).inputs) == 41  # every input that there is
    (episode,) = draw_episodes(Linear(3, 4), seed=0, episodes=1, shots=8, queries=1)
    assert len(Probes(Linear(3, 4)).places(episode.shots)) == 41 - 8


def test_a_family_without_end_is_compared_as_far_as_the_limit(monkeypatch):
    monkeypatch.setattr("solverlearner.evaluation.which_rule.MOST_RULES", 3)

    class Endless(Arith):
        def family(self):
            rules = super().family()
            return _Endless(rules[0])

    assert [kind for kind, _ in Probes(Endless(9)).rules()] == ["hidden", "default_world"]


class _Endless:
    def __init__(self, rule):
        self._rule = rule

    def __getitem__(self, index):
        return self._rule


SHOTS = [Item(("unhsnh",), "picnic"), Item(("rzyzfq",), "mutual"), Item(("xrnqj",), "smile")]


@pytest.mark.parametrize(
    ("program", "whole", "pieces"),
    [
        ("def solver(t):\n    return {'unhsnh': 'picnic', 'rzyzfq': 'mutual'}.get(t, t)", True, False),
        ("def solver(t):\n  if t == 'unhsnh':\n    return 'picnic'\n  elif t == 'xrnqj': return 'smile'", True, False),
        ("def solver(t):\n    return ''.join({'u': 'p', 'n': 'i', 'h': 'c'}[c] for c in t)", False, True),
        ("def solver(t):\n  m = {}\n  m['u'] = 'p'\n  m['n'] = 'i'\n  m['h'] = 'c'\n  return m[t]", False, True),
        ("def solver(t):\n    return t\n\nassert solver('unhsnh') == 'picnic'\nassert solver('xrnqj') == 'smile'",
         False, False),
        ("def solver(t):\n  '''unhsnh picnic'''\n  return t\nif __name__ == '__main__':\n  print('unhsnh', 'picnic')",
         False, False),
        ("def solver(t):\n    return 0x" + "f" * 5000, False, False),
        ("def solver(t) return", False, False),
    ],
)  # fmt: skip
def test_what_a_program_stores(program, whole, pieces):
    assert stores_shots(program, SHOTS) is whole
    assert stores_pieces(program, SHOTS) is pieces


def test_the_size_of_a_program_leaves_out_what_it_does_not_need():
    bare = "def solver(x):\n    return x + 1\n"
    told = 'def solver(x):\n    """Add one."""\n    # so\n    return x + 1\n\nprint(solver(1))\n'
    assert node_count(told) == node_count(bare)
    assert node_count("def solver(x) return") is None


def a_run(folder, *words):
    options = ["task=arith", "base=9", "model=scripted", "behaviour=recite", "settings=[io,code_mf,solverlearner]"]
    assert main(["run", *options, "episodes=2", "queries=2", f"results={folder}", *words]) == 0
    (rows,) = Path(folder).glob("*/rows.jsonl")
    return rows


def without_columns(rows):
    """The rows as an earlier version wrote them."""
    old = [json.loads(line) for line in rows.read_bytes().splitlines()]
    return "".join(json.dumps({k: v for k, v in row.items() if k not in COLUMNS}) + "\n" for row in old).encode()


def test_stored_rows_get_what_the_rows_of_a_run_have(tmp_path, capsys):
    rows = a_run(tmp_path)
    written = [json.loads(line) for line in rows.read_bytes().splitlines()]
    assert {row["found"] for row in written if row["setting"] == "io"} == {None}
    assert {row["found"] for row in written if row["setting"] == "solverlearner"} == {"default_world"}
    old = without_columns(rows)
    damaged = b'{"setting": "solverlearner", "episo\n'
    packed = rows.with_name("rows.jsonl.gz")
    packed.write_bytes(gzip.compress(old + damaged))
    rows.unlink()
    capsys.readouterr()
    assert main(["diagnose", f"results={tmp_path}"]) == 0
    assert "4  the default world's rule" in capsys.readouterr().out
    *again, kept = gzip.decompress(packed.read_bytes()).splitlines(keepends=True)
    assert [{**dict.fromkeys(COLUMNS), **json.loads(line)} for line in again] == written
    assert kept == damaged
    before = packed.read_bytes()
    assert main(["diagnose", f"results={tmp_path}"]) == 0
    assert packed.read_bytes() == before


def test_what_cannot_be_examined_is_said_in_a_line(tmp_path, capsys):
    rows = a_run(tmp_path)
    before = rows.read_bytes()
    config = json.loads(rows.with_name("config.json").read_text())
    with owned(rows.parent):
        assert main(["diagnose", f"results={tmp_path}"]) == 1
    assert "another process is writing this run" in capsys.readouterr().err
    for other, told in (({"seed": 1}, "rows left as they are"), ({"task": {"_target_": "no.Such"}}, "left as it is")):
        rows.with_name("config.json").write_text(json.dumps(config | other))
        main(["diagnose", f"results={tmp_path}"])
        assert told in capsys.readouterr().err
    assert rows.read_bytes() == before
    assert main(["diagnose", f"results={tmp_path}/none"]) == 2
    assert main(["diagnose", f"results={tmp_path}", "workers=0"]) == 2


def test_replies_that_were_stored_without_shots_are_compared_with_the_rules(tmp_path):
    rows = a_run(tmp_path)
    rows.write_bytes(without_columns(rows))
    config = json.loads(rows.with_name("config.json").read_text())
    for name in ("episodes", "shots", "queries"):
        del config[name]

    async def diagnosed():
        async with Executor(workers=1) as executor:
            return await diagnose_run(rows, config, executor)

    assert [each.found for each in asyncio.run(diagnosed()).found] == ["default_world"] * 4


def test_a_summary_says_what_programs_carry_out(tmp_path):
    options = {"results": str(tmp_path), "episodes": 2, "behaviour": "recite", "settings": ["solverlearner"]}
    spec = run_spec_of(composed_options("arith", "scripted", options | {"base": 9}))
    _, summary = carry_out_spec(spec)
    assert summary.programs == {"solverlearner": {"default_world": 2}}
    told = json.loads((spec.path / "summary.json").read_text())
    assert told["programs"] == {"solverlearner": {"default_world": 2}}
    text = first_look(summary, variant="base-9", model="m", shots=8, default_world="base 10")
    assert "Programs of solverlearner by the rule that they carry out: 2 the default world's rule." in text
