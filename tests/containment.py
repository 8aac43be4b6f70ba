"""Whether a hostile program is contained: the judge of the tests and of `benchmarks/executor_layers.py`.

Contained (../shared/hostile/README.md) is a program that leaks no secret, touches no canary or listener, leaves no
process, lets the judge live within its memory and its time, gets no wrong value counted right, and leaves a worker on
which a plain program gives its right answers.
"""

import asyncio
import contextlib
import ctypes
import os
import resource
import secrets
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from solverlearner.execution.executor import Executor, ExecutorError, Limits

LIMITS = Limits(call_s=0.25, program_s=3.0, memory_mb=128)
_ROOT = Path(__file__).resolve().parent.parent
_PR_SET_CHILD_SUBREAPER = 36

_CONTROL = """
import collections, decimal, fractions, math, re, string
def control_solver(n1, n2):
    c = collections.Counter(n1 + n2)
    f = fractions.Fraction(len(c), 7).limit_denominator(3)
    return [sorted(map(int, n1)), c.most_common(1)[0][1], str(f), str(decimal.Decimal(1) / 7), math.gcd(12, 18),
            re.sub("1", "x", n1), string.digits]
solver = control_solver
"""


def shared(kind: str) -> list[Path]:
    """The programs of ../shared/<kind> when there, and our own."""
    folder = Path(os.environ.get("SOLVERLEARNER_SHARED", _ROOT.parent / "shared")) / kind
    return sorted(folder.glob("*.py")) + sorted((_ROOT / "tests" / "programs" / kind).glob("*.py"))


def modules_of(path: Path) -> tuple[str, ...]:
    """The further modules (`executor.modules`) that a program asks for in a line `# modules: NAME …` at its head."""
    for line in path.read_text(errors="surrogateescape").splitlines()[:3]:
        if line.startswith("# modules:"):
            return tuple(line.partition(":")[2].replace(",", " ").split())
    return ()


class Canary:
    """A folder with a secret, and listeners; counts who touches them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="canary"))
        self.folder.chmod(0o755)
        self.secret = "SECRET-" + secrets.token_hex(12)
        (self.folder / "secret.txt").write_text(self.secret)
        (self.folder / "pwn").mkdir()
        (self.folder / "pwn").chmod(0o777)
        os.environ["A3_SECRET_ENV"] = self.secret
        self.touched: list[str] = []
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets = [
            self._listen("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 45991)),
            self._listen("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 45992)),
            self._listen("unix", socket.AF_UNIX, socket.SOCK_STREAM, str(self.folder / "u.sock")),
        ]

    def _listen(self, name: str, family: int, kind: int, address: Any) -> socket.socket:
        server = socket.socket(family, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for _ in range(3000):  # the ports are fixed, so another process of these tests may have them
            with contextlib.suppress(OSError):
                server.bind(address)
                break
            time.sleep(0.2)
        if family == socket.AF_UNIX:
            Path(address).chmod(0o777)
        if kind == socket.SOCK_STREAM:
            server.listen(16)

        def serve() -> None:
            while not self._closed.is_set():
                with contextlib.suppress(TimeoutError):
                    server.recvfrom(100) if kind == socket.SOCK_DGRAM else server.accept()[0].close()
                    self.touched.append(name)

        server.settimeout(0.1)
        self._threads.append(threading.Thread(target=serve, daemon=True))
        self._threads[-1].start()
        return server

    def found(self) -> list[str]:
        """What was touched since the last look."""
        touched, self.touched = self.touched, []
        for path in (self.folder / "pwn").iterdir():
            touched.append(f"created {path.name}")
            path.unlink()
        return touched

    def close(self) -> None:
        """Take it away."""
        self._closed.set()
        for thread in self._threads:
            thread.join()
        for server in self._sockets:
            server.close()
        shutil.rmtree(self.folder)


def _parents() -> dict[int, int]:
    """The parent of every process that has not ended."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] != "Z":
                    found[int(entry.name)] = int(fields[1])
    return found


def adopt_orphans() -> None:
    """Let processes whose parent has ended become this one's children, so that `leftovers` finds them."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def leftovers(workers: list[int]) -> list[int]:
    """Descendants of this process beside the workers and the one compiler that each of them has."""
    parents = _parents()
    found, compilers = [], set()
    for pid, parent in parents.items():
        ancestor = pid
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor]
        if ancestor != os.getpid() or pid in (ancestor, *workers):
            continue
        if parent in workers and parent not in compilers:
            compilers.add(parent)
        else:
            found.append(pid)
    return found


class Judge:
    """Runs hostile programs on one pool and tells what each one got away with."""

    def __init__(self, limits: Limits = LIMITS, **options: Any) -> None:
        adopt_orphans()
        self._limits = limits
        self._canary = Canary()
        self._before = set(_parents())
        self._runner = asyncio.Runner()
        self.executor = Executor(limits, workers=1, **options)
        self._control = self._run(_CONTROL, [("12", "57")])

    def _run(self, program: str, inputs: list[tuple[str, str]]) -> Any:
        trial = self._runner.run(self.executor.trial(program, inputs))
        return [(outcome.status, outcome.value, outcome.message) for outcome in trial.outcomes], trial.printed

    def problems(self, path: Path) -> list[str]:
        """How the program was not contained; empty when it was."""
        program = path.read_text(errors="surrogateescape").replace("@CANARY@", str(self._canary.folder))
        answers = [f"ANSWER-{secrets.token_hex(4)}" for _ in range(3)]
        memory, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        try:
            outcomes, printed = self._run(program, [("12", "57"), ("8", "1"), ("3", "4")])
        except ExecutorError as error:
            return [f"the executor failed: {error}"]
        problems = self._canary.found()
        if time.monotonic() - started > self._limits.program_s + 2:
            problems.append(f"took {time.monotonic() - started:.1f} s")
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory > 100 * 1024:
            problems.append("the judge's memory grew")
        text = repr((outcomes, printed))
        if self._canary.secret in text or "ANSWER-" in text:
            problems.append("leaked a secret")
        problems += [
            "a wrong value counted right" for answer, outcome in zip(answers, outcomes, strict=True)
            if outcome[1] == answer
        ]  # fmt: skip
        if self._run(_CONTROL, [("12", "57")]) != self._control:
            problems.append("a later program was spoilt")
        if leftovers(self.executor.worker_pids):
            time.sleep(0.2)  # a process that was killed may need a moment to go
        for pid in set(leftovers(self.executor.worker_pids)) - self._before:
            problems.append("left a process")
            os.kill(pid, 9)
        return problems

    def close(self) -> None:
        """End the pool and the canary."""
        self._runner.run(self.executor.aclose())
        self._runner.close()
        self._canary.close()
