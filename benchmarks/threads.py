"""Measure the embedded model: threads n − 1 against n, waiting asleep or spinning, on an idle and on a loaded machine.

    python benchmarks/threads.py GGUF [--rounds 3] [--tokens 40] [--busy 0 2] [--sides 1/default 2/passive 2/spin-1000]

A side is a number of threads and the way in which they wait for each other: `passive` (OMP_WAIT_POLICY=passive: asleep
at once), `default` (libgomp spins for a while), or `spin-N` (GOMP_SPINCOUNT=N: N turns of a loop, then asleep). Every
side runs in a process of its own, because the library reads its environment once. Every round measures every side
once, in turn, so that other load on the machine affects all alike; `--busy` starts so many busy loops beside them. The
table gives medians over the rounds: written and read tokens a second, written tokens a CPU second, ratios of written
tokens a second to the first side (of the same round), and whether all replies are the same.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from measure import local_server

PROMPTS = (
    "Write a Python function that adds two numbers in base 9, digit by digit, and explain each step.",
    "Explain how to sort a list with merge sort, with an example of five numbers.",
)
_OF_OPENMP = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


class Side(NamedTuple):
    """A number of threads and how they wait."""

    threads: int
    wait: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which its threads wait so."""
        inherited = {name: value for name, value in os.environ.items() if name not in _OF_OPENMP}
        if self.wait == "passive":
            return {**inherited, "OMP_WAIT_POLICY": "passive"}
        return {**inherited, "GOMP_SPINCOUNT": self.wait.split("-")[1]} if "-" in self.wait else inherited


def measured(threads: int, weights: str, tokens: int) -> dict[str, Any]:
    """In a process of its own: the speeds of one server on these weights, and a hash of its replies."""
    server = local_server(weights, slots=1, context=2048, threads=threads)
    url = f"{server.listening_address}/v1/chat/completions"
    _asked(url, "hi", 1)
    cpu, replies = time.process_time(), [_asked(url, prompt, tokens) for prompt in PROMPTS]
    cpu = time.process_time() - cpu
    text = "".join(reply["choices"][0]["message"]["content"] for reply in replies)
    times = [reply["timings"] for reply in replies]
    written, read = (sum(time[f"{kind}_n"] for time in times) for kind in ("predicted", "prompt"))
    return {
        "written/s": written / sum(time["predicted_ms"] for time in times) * 1000,
        "read/s": read / sum(time["prompt_ms"] for time in times) * 1000,
        "written/CPU s": written / cpu,
        "replies": hashlib.sha256(text.encode()).hexdigest()[:8],
    }


def _asked(url: str, prompt: str, tokens: int) -> Any:
    body = {"messages": [{"role": "user", "content": prompt}], "temperature": 0, "max_tokens": tokens, "seed": 1}
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=600) as response:
        return json.load(response)


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """So many processes that compute as long as the body runs."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()


def table(weights: str, sides: list[Side], loops: int, rounds: int, tokens: int) -> None:
    """Print the medians of every side under this load, and every single measurement as it comes."""
    found: dict[Side, list[dict[str, Any]]] = defaultdict(list)
    with busy(loops):
        for number in range(rounds):
            for side in sides:
                command = [sys.executable, __file__, weights, "--child", str(side.threads), "--tokens", str(tokens)]
                done = subprocess.run(command, env=side.environment, stdout=subprocess.PIPE, text=True, check=True)
                found[side].append(json.loads(done.stdout))
                load = os.getloadavg()[0]
                print(f"# round {number + 1} busy {loops} load {load:.1f} {side} {done.stdout.strip()}", flush=True)
    columns = ("written/s", "read/s", "written/CPU s")
    print(f"\n{loops} busy loops, medians of {rounds} rounds, {tokens} tokens a reply")
    print(f"{'side':24}" + "".join(f"{name:>15}" for name in columns) + f"{'written, ratio':>16}  replies")
    for side in sides:
        medians = [statistics.median(each[name] for each in found[side]) for name in columns]
        pairs = zip(found[side], found[sides[0]], strict=True)
        ratio = statistics.median(each["written/s"] / first["written/s"] for each, first in pairs)
        same = {each["replies"] for each in found[side]} == {found[sides[0]][0]["replies"]}
        label = f"{side.threads} threads, {side.wait}"
        print(f"{label:24}" + "".join(f"{each:15.2f}" for each in medians) + f"{ratio:16.2f}  "
              + ("the same" if same else "other"), flush=True)  # fmt: skip
    print()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=40)
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 2])
    parser.add_argument("--sides", nargs="+", help="THREADS/WAIT, the first one is what the others are compared to")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    weights = str(Path(given.weights).expanduser())
    if given.child:
        print(json.dumps(measured(given.child, weights, given.tokens)), flush=True)
        os._exit(0)  # without waiting for the server's threads
    cores = len(os.sched_getaffinity(0))
    usual = [f"{threads}/{wait}" for wait in ("default", "passive") for threads in (cores - 1, cores) if threads]
    typed = [each.split("/") for each in given.sides or usual]
    sides = [Side(int(threads), wait) for threads, wait in typed]
    for loops in given.busy:
        table(weights, sides, loops, given.rounds, given.tokens)


if __name__ == "__main__":
    main()
