"""Manifest: what has to be known to trust a run's rows, and to make them again."""

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import solverlearner
from solverlearner.inference.request_options import Counts
from solverlearner.models.base import Model
from solverlearner.task import JSON

_PACKAGES = ("openai", "hydra-core", "jinja2", "markdown-it-py", "restrictedpython")


def now() -> str:
    """This moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def manifest(
    model: Mapping[str, JSON],
    executor: Mapping[str, Any],
    counts: Counts,
    started: str,
    state: str,
) -> dict[str, Any]:
    """Versions, commit, the model's identity, the executor's protections and limits, times, counts.

    `state` is "running", "complete", "incomplete" (queries unanswered) or "stopped".
    """
    return {
        "state": state,
        "started": started,
        "ended": None if state == "running" else now(),
        "solverlearner": solverlearner.__version__,
        "commit": commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": _versions(),
        "model": dict(model),
        "executor": dict(executor),
        "calls": {
            "planned": counts.total,
            "answered": counts.done - counts.unanswered,
            "asked_now": counts.asked,
            "from_other_runs": counts.reused,
            "unanswered": counts.unanswered,
            "last_error": counts.last_error or None,
        },
    }


def model_facts(model: Model, reported: Iterable[str]) -> dict[str, JSON]:
    """The identity of an open model, and the names that its endpoint called it by in the replies."""
    return {**model.identity, "reported": [*sorted(reported)]}


@cache
def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


@cache
def commit() -> str | None:
    """The checkout's commit, with "+" where files differ from it; None for an installed package."""
    root = Path(solverlearner.__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        head, changes = (
            subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout.strip()
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        )
    except (OSError, subprocess.CalledProcessError):  # no git, or a repository that it does not trust
        return None
    return head + ("+" if changes else "")
