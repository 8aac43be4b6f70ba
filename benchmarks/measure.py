"""Shared parts of the engine's benchmarks: servers in other processes, our command, the cost of a command."""

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
    """The cost of a command: CPU seconds of its process tree; `rss` is the peak memory of its largest process in MB."""

    code: int
    wall: float
    cpu: float
    rss: float
    started: float
    output: str


def start(command: list[str], folder: Path, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a command in its own process group, with its output in a file of the folder."""
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
    """Send SIGKILL to the whole group of a command."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def measured(command: list[str], folder: Path, env: Mapping[str, str] | None = None, limit: float = 600) -> Cost:
    """Run a command to its end. After `limit` seconds it is killed, and its code is -9."""
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
    """The environment of our runs: this checkout, and a cache in the results folder."""
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}  # compiled files, as installed packages have
    return {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(results / "cache"), **compiled}


def rows_of(results: Path) -> Iterator[dict[str, Any]]:
    """The rows of the only run in a results folder, one by one: a child's peak memory begins with its parent's."""
    (path,) = results.glob("*/rows.jsonl")
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def ours(url: str, results: Path, *options: str, episodes: int = 200, queries: int = 10) -> list[str]:
    """The command of our run, with six digits, so that no prompt occurs twice."""
    asked = ["task=arith", "base=9", "digits=6", "settings=[zero_shot]", f"queries={queries}", f"episodes={episodes}"]
    model = ["model=compatible", "name=m", f"base_url={url}/v1", "concurrency=64", f"results={results}"]
    return [sys.executable, "-m", "solverlearner", "run", *asked, *model, *options]


def free_port() -> int:
    """A free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def get(url: str) -> Any:
    """Get JSON from the endpoint."""
    with _DIRECT.open(url, timeout=10) as reply:
        return json.load(reply)


@contextmanager
def server(*command: str) -> Iterator[str]:
    """Start a server; yields the first line that it prints."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


@contextmanager
def endpoint() -> Iterator[str]:
    """Start our endpoint; yields its URL without /v1."""
    with server(str(ROOT / "benchmarks" / "endpoint.py")) as port:
        yield f"http://127.0.0.1:{port}"


def local_server(weights: str, *, slots: int, context: int, threads: int | None = None) -> Any:
    """A server of llama.cpp in this process, on a GGUF. It ends with the value."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_parallel, params.kv_unified, params.n_ctx = slots, slots > 1, context
    if threads:
        params.cpuparams.n_threads = threads
    params.verbosity, params.ui, params.warmup = -1, False, False
    return xllamacpp.Server(params)
