"""Ray: a worker outlives the sweep that started it, and ends by itself. `tests/cluster/ray.sh` has a real cluster."""

import sys
import threading
from types import SimpleNamespace

import pytest

from solverlearner.cli.sweep import ray_launcher


@pytest.fixture
def ended(monkeypatch):
    """Set once the worker has ended itself."""
    over = threading.Event()
    context = SimpleNamespace(current_actor="this one")

    def kill(actor, no_restart):
        assert (actor, no_restart) == ("this one", True)
        over.set()

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(kill=kill, get_runtime_context=lambda: context))
    monkeypatch.setattr(ray_launcher, "_ASKED_S", 0.1)
    monkeypatch.setattr(ray_launcher, "_TAKEN_S", 0.1)
    return over


def test_a_worker_that_is_asked_for_nothing_ends(ended):
    ray_launcher._Worker()
    assert ended.wait(5)


@pytest.mark.parametrize("fails", [False, True])
def test_a_worker_ends_after_its_run_and_not_before(ended, monkeypatch, fails):
    def carried_out(*args):
        assert not ended.wait(0.3)
        return {"fails": fails}[args[0]]

    monkeypatch.setattr(ray_launcher, "_carried_out", carried_out)
    worker = ray_launcher._Worker()
    if fails:
        with pytest.raises(KeyError):
            worker.carry_out("", None, [], 0)
    else:
        assert worker.carry_out("fails", None, [], 0) is False
    assert ended.wait(5)
