"""The policy alone, without a protection by the kernel, contains programs that each know another way past it."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from containment import Judge, modules_of, shared

PROGRAMS = [path for path in shared("hostile") if path.stem.startswith("z")]
NUMPY = ("numpy",) if find_spec("numpy") else ()

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the judge's /proc is Linux's")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    found = Judge(without=("rlimits", "seccomp", "landlock", "uid"), require="policy", modules=NUMPY)
    assert found.executor.policy_alone
    yield found
    found.close()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_way_past_the_policy_is_closed(path: Path, judge: Judge) -> None:
    if not {*modules_of(path)} <= {*NUMPY}:
        pytest.skip("numpy is not installed")
    assert judge.problems(path) == []
