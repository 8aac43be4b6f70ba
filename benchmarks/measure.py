"""What the engine's benchmarks share: servers in processes of their own, our command, the cost of a whole command."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Cost:
    """A finished command. CPU seconds are those of its process tree; `rss` is its largest process's peak, in MB."""

    code: int
    wall: float
    cpu: float
    rss: float
    started: float
    output: str


def start(command: list[str], folder: Path, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """A command in a process group of its own, its output in a file of the folder."""
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to a command's whole group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def measured(command: list[str], folder: Path, env: Mapping[str, str] | None = None, limit: float = 600) -> Cost:
    """Run a command to its end; after `limit` seconds it is killed, and the code is -9."""
    started = time.monotonic()
    process = start(command, folder, env)
    timer = threading.Timer(limit, kill, [process])
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
    except BaseException:
        kill(process)
        raise
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    output = (folder / "output.txt").read_text(encoding="utf-8", errors="replace")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(process.returncode, wall, cpu, usage.ru_maxrss / 1024, started, output)


def our_environment(results: Path) -> dict[str, str]:
    """For a run of ours from anywhere: this checkout, and whatever it keeps between runs in the results folder."""
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}  # as installed packages are
    return {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(results / "cache"), **compiled}


def rows_of(results: Path) -> Iterator[dict[str, Any]]:
    """The rows of the one run in a results folder, lazily: a process's peak memory begins with that of its parent."""
    (path,) = results.glob("*/rows.jsonl")
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def ours(url: str, results: Path, *options: str, episodes: int = 200, queries: int = 10) -> list[str]:
    """The command of our own run: six digits, so that no prompt comes twice."""
    asked = ["task=arith", "base=9", "digits=6", "settings=[zero_shot]", f"queries={queries}", f"episodes={episodes}"]
    model = ["model=compatible", "name=m", f"base_url={url}/v1", "concurrency=64", f"results={results}"]
    return [sys.executable, "-m", "solverlearner", "run", *asked, *model, *options]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def get(url: str) -> Any:
    """JSON from the endpoint."""
    with _DIRECT.open(url, timeout=10) as reply:
        return json.load(reply)


@contextmanager
def server(*command: str) -> Iterator[str]:
    """A server's process; yields the first line that it prints."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


@contextmanager
def endpoint() -> Iterator[str]:
    """Our endpoint; yields its URL without /v1."""
    with server(str(ROOT / "benchmarks" / "endpoint.py")) as port:
        yield f"http://127.0.0.1:{port}"
