"""Whole programs: ordinary ones give exactly what Python gives, hostile ones are contained."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from containment import Judge, shared

from solverlearner.execution.executor import Executor, Limits

INPUTS = [("12", "57"), ("8", "1")]


def plain(program: str, inputs: list[Any]) -> list[Any]:
    """What Python itself gives; a failing self-test at the end of the module does not count."""
    module = ModuleType("program")
    sys.modules["program"] = module
    try:
        exec(compile(program, "<program>", "exec", dont_inherit=True), module.__dict__)
    except (AssertionError, EOFError, OSError):  # pytest's standard input gives OSError
        assert "solver" in module.__dict__
    return [json.loads(json.dumps(module.__dict__["solver"](*arguments))) for arguments in inputs]


def _cases(path: Path) -> tuple[list[Any], list[Any]]:
    stored = path.with_suffix(".json")
    if stored.exists():
        cases = json.loads(stored.read_text())
        return cases["inputs"], cases["expected"]
    return INPUTS, plain(path.read_text(), INPUTS)


@pytest.mark.parametrize("path", shared("benign"), ids=lambda path: path.stem)
def test_ordinary_programs_give_what_python_gives(path: Path, pool: Any) -> None:
    inputs, expected = _cases(path)
    outcomes = pool.run(path.read_text(), inputs)
    assert [(outcome.status, outcome.value) for outcome in outcomes] == [("ok", value) for value in expected]


@pytest.fixture(scope="module")
def pool() -> Iterator[Any]:
    class Pool:
        runner = asyncio.Runner()
        executor = Executor(Limits(call_s=2), workers=1)

        def run(self, program: str, inputs: list[Any]) -> Any:
            return self.runner.run(self.executor.run(program, inputs))

    found = Pool()
    yield found
    found.runner.run(found.executor.aclose())
    found.runner.close()


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    found = Judge()
    yield found
    found.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's layers and the judge's /proc are Linux's")
@pytest.mark.parametrize("turn", ["first", "again"])
@pytest.mark.parametrize("path", shared("hostile"), ids=lambda path: path.stem)
def test_hostile_programs_are_contained(path: Path, turn: str, judge: Judge) -> None:
    assert judge.problems(path) == []
