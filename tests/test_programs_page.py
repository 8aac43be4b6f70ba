"""docs/programs.md lists what a program may use as the executor has it, and each refusal as it comes out."""

import asyncio
import importlib.util
import re
from pathlib import Path

import pytest

from solverlearner.execution.executor import Executor

SCRIPT = Path(__file__).parents[1] / "docs" / "programs.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="the source distribution has no docs/")

NAMES = "import {module}\ndef solver():\n    return [name for name in dir({module}) if name[0] != '_']"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("programs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcomes(programs, *arguments, typed=False):
    """The outcome of one call of each program."""

    async def run():
        async with Executor(workers=1) as executor:
            return [(await executor.run(program, [arguments], typed))[0] for program in programs]

    return asyncio.run(run())


def test_the_page_is_what_the_code_says(script):
    page = script.PAGE.read_text(encoding="utf-8")
    assert page.count("<!-- made: ") == len(dict(script.tables()))
    assert script.refreshed(page) == page
    for row in ("| `io` | only ", "| one call | 1 s", "| `open('data.txt')` |"):
        assert script.refreshed(page.replace(row, f"{row}else ", 1)) == page != page.replace(row, f"{row}else ", 1)
    with pytest.raises(KeyError, match="no such table"):
        script.refreshed("<!-- made: no such table -->\n\n")


def test_each_refusal_comes_out_as_the_page_says(script):
    found = outcomes([each.program for each in script.REFUSED], 1)
    assert [(each.status, each.message) for each in found] == [(each.status, each.message) for each in script.REFUSED]


def test_values_that_only_typed_tasks_may_have_come_through_there(script):
    programs = [each.program for each in script.REFUSED if "typed tasks" in each.reason]
    assert len(programs) == 4
    assert {each.status for each in outcomes(programs, 1, typed=True)} == {"ok"}


def test_a_program_finds_the_names_that_the_page_lists(script):
    rows = re.findall(r"^\| (`.+?`) \| (only|all public names but) (.+) \|$", dict(script.tables())["modules"], re.M)
    assert len(rows) > 15
    found = outcomes(NAMES.format(module=module.strip("`")) for module, _, _ in rows)
    for (module, kind, listed), outcome in zip(rows, found, strict=True):
        names = set(re.findall(r"`(\w+)`", listed))
        assert outcome.status == "ok", (module, outcome)
        assert set(outcome.value) == names if kind == "only" else not names & set(outcome.value), module


def test_every_module_of_the_page_can_be_imported(script):
    table = dict(script.tables())["modules"]
    modules = {name for row in re.findall(r"^\| (`.+?`) \|", table, re.M) for name in re.findall(r"`([\w.]+)`", row)}
    assert len(modules) > 45
    lines = [f"import {name}" for name in sorted(modules - {"__future__"})] + ["from __future__ import annotations"]
    found = outcomes(f"{line}\ndef solver():\n    return 1" for line in lines)
    assert [line for line, each in zip(lines, found, strict=True) if each.value != 1] == []
