"""Test the engine against faults of a server, a dead endpoint, and twenty kills of one run.

    python benchmarks/engine_faults.py [part …] [option=value …]

The parts are kinds, dead, outages, kills and second; all of them by default. Options hold for the runs of `kinds`. It
needs mock_server.py in SOLVERLEARNER_SHARED, by default ../shared beside the checkout. Good replies hold a wrong first
guess and then the right answer, so a wrong verdict comes from a fault. It may come from a reply that was cut and is
counted as truncated. Any other wrong verdict is "silently wrong".

- kinds: 200 items per kind, 10 % of the requests fail, 64 at a time, `timeout=3` (seconds per attempt). No run may
  crash, hang or be silently wrong. Queries without a reply must be unanswered, or counted under another state.
- dead: no server listens, with `retry_s=10`. A line must say so, and the run must end by itself within 30 s.
- outages: 4,000 items, 16 at a time, a reply in 50 ms. The server gives status 503 for 5, 40 and 120 s, or is killed
  and started again after 30 s, or is started 60 s after the run. No call may be lost or paid twice. A run may take at
  most 10 s longer than an undisturbed run and the outage together.
- kills: 2,000 items, 10 % faults of five kinds, 20 SIGKILLs at seeded moments, also during the start. No query may be
  lost or doubled, and the rows must equal those of an undisturbed run. At most the replies that were in flight at the
  kills may be paid twice. The same run once more must ask nothing.
- second: another process on the folder of a running run must refuse with one line.

The exit code is 1 if any of these checks fails.
"""

import json
import os
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from measure import ROOT, Cost, free_port, get, kill, measured, our_environment, ours, rows_of, server, start

KINDS = (
    "429 500 503 408 400 401 reset close hang slow malformed truncated html empty null blank length filter error200 "
    "nousage nochoices"
).split()
OWN_STATE = {"null": "null", "filter": "filtered", "length": "truncated"}
MIXED = ("500:0.02", "429:0.02", "reset:0.02", "malformed:0.02", "empty:0.02")
KILLS, ITEMS = 20, 2000
_TIMED = {"seconds", "attempts"}
failures: list[str] = []


def expect(fine: bool, what: str) -> None:
    """Note a check that failed."""
    if not fine:
        failures.append(what)


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """Start the mock server with our hook; yields its URL without /v1."""
    shared = Path(os.environ.get("SOLVERLEARNER_SHARED", ROOT.parent / "shared"))
    port, hook = free_port(), f"{ROOT / 'benchmarks' / 'endpoint.py'}:reply"
    with server(str(shared / "mock_server.py"), "--port", str(port), "--hook", hook, *options):
        yield f"http://127.0.0.1:{port}"


def run(url: str, results: Path, *options: str, episodes: int = 20, limit: float = 120) -> Cost:
    """Do one run of ours, with ten items per episode."""
    results.mkdir(exist_ok=True)
    return measured(ours(url, results, *options, episodes=episodes), results, our_environment(results), limit)


def sound(cost: Cost, name: str, codes: tuple[int, ...] = (0, 1)) -> None:
    """Check that a run neither crashed nor hung."""
    expect(cost.code in codes, f"{name}: exit code {cost.code}: {cost.output[-300:]}")
    expect("Traceback" not in cost.output, f"{name}: a traceback")


def _kind(kind: str, folder: Path, options: list[str]) -> list[object]:
    """The cells of the table's line for one kind of fault."""
    with mock("--fault", f"{kind}:0.1", "--slow-s", "1") as url:
        cost = run(url, folder / kind, *options)
        stats, asked = get(f"{url}/stats"), get(f"{url}/counts")
    rows = list(rows_of(folder / kind))
    states = Counter(str(row["reply_state"]) for row in rows)
    right, failed = (sum(row["correct"] is value for row in rows) for value in (True, None))
    wrong, silent = Counter(row["status"] for row in rows if row["correct"] is False), 0
    for row in rows:
        silent += row["correct"] is False and row["reply_state"] == "ok" and (kind != "blank" or bool(row["reply"]))
    sound(cost, kind)
    expect(not silent, f"{kind}: {silent} silently wrong")
    expect(set(states) <= {"ok", "None", "api_error", OWN_STATE.get(kind)}, f"{kind}: states {dict(states)}")
    expect((cost.code == 0) == (right + sum(wrong.values()) == 200), f"{kind}: exit code {cost.code}")
    faults = sum(count for name, count in stats["faults"].items() if name != "client_gone")
    counts = [stats["total"], faults, max(count for count, _ in asked.values()), right, wrong["ok"], wrong["no_answer"]]
    kept = " ".join(f"{state} {count}" for state, count in states.items())
    said = "" if cost.code == 0 else cost.output.strip().splitlines()[-1][:100]
    return [kind, *counts, failed, 200 - len(rows), kept, silent, cost.code, f"{cost.wall:.1f}", said]


def kinds(folder: Path, options: list[str]) -> None:
    """Print the table of the kinds of faults."""
    head = (
        "fault, requests, faults, most for an item, right, wrong, no answer, unanswered, no row, reply states, silently"
    )
    print("\n|", f"{head} wrong, exit, seconds, last line".replace(",", " |"), "|\n|" + "---|" * 14)
    for kind in KINDS:
        print("|", " | ".join(map(str, _kind(kind, folder, options))), "|", flush=True)


def dead(folder: Path) -> None:
    """Run against an endpoint at which no server listens."""
    cost = run(f"http://127.0.0.1:{free_port()}", folder / "dead", "retry_s=10")
    sound(cost, "dead", (1, 2))
    expect(cost.wall < 30, f"dead: {cost.wall:.0f} s")
    expect("waiting for the endpoint" in cost.output, "dead: does not say that it waits")
    print(f"\ndead endpoint: exit code {cost.code} after {cost.wall:.1f} s: {cost.output.strip()[-200:]}")


def _config(url: str, **values: object) -> None:
    """Change the behaviour of the mock server from now on."""
    request = urllib.request.Request(f"{url}/config", json.dumps(values).encode(), method="POST")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10):
        pass


@contextmanager
def _mock_at(port: int, log: Path) -> Iterator[str]:
    """Start the mock server on this port. It notes its requests in a file, to add up those of two servers."""
    shared = Path(os.environ.get("SOLVERLEARNER_SHARED", ROOT.parent / "shared"))
    hook = f"{ROOT / 'benchmarks' / 'endpoint.py'}:reply"
    words = ["--port", str(port), "--hook", hook, "--latency", "0.05", "--log", str(log), "--retry-after", ""]
    with server(str(shared / "mock_server.py"), *words):
        yield f"http://127.0.0.1:{port}"


def _wait_for(url: str, requests: int) -> None:
    until = time.monotonic() + 60
    while get(f"{url}/stats")["total"] < requests and time.monotonic() < until:
        time.sleep(0.02)


def _errors(port: int, log: Path, seconds: float) -> None:
    with _mock_at(port, log) as url:
        _wait_for(url, 1000)
        _config(url, faults=["503:1"])
        time.sleep(seconds)
        _config(url, faults=[])
        _CALM.wait()


def _restart(port: int, log: Path, seconds: float) -> None:
    with _mock_at(port, log) as url:
        _wait_for(url, 1000)
    time.sleep(seconds)
    with _mock_at(port, log):
        _CALM.wait()


def _late(port: int, log: Path, seconds: float) -> None:
    time.sleep(seconds)
    with _mock_at(port, log):
        _CALM.wait()


_CALM = threading.Event()
"""Set after the end of the run, so that its server may end."""
_OUTAGES: list[tuple[str, Callable[[int, Path, float], None], float]] = [
    ("none", _late, 0.0), ("status 503", _errors, 5.0), ("status 503", _errors, 40.0), ("status 503", _errors, 120.0),
    ("killed, started again", _restart, 30.0), ("refused at the start", _late, 60.0),
]  # fmt: skip
_OUTAGE_ITEMS = 4000


def outages(folder: Path) -> None:
    """Run against endpoints that are away for a while."""
    print(
        "\n| outage | seconds | exit | calls lost | paid twice | requests | run, s | over an undisturbed run and it |"
    )
    print("|---|---|---|---|---|---|---|---|")
    calm = 0.0
    for number, (name, happens, seconds) in enumerate(_OUTAGES):
        results, log, port = folder / f"outage-{number}", folder / f"outage-{number}.jsonl", free_port()
        _CALM.clear()
        endpoint = threading.Thread(target=happens, args=(port, log, seconds))
        endpoint.start()
        if name == "none":
            time.sleep(1)
        try:
            url, episodes = f"http://127.0.0.1:{port}", _OUTAGE_ITEMS // 10
            cost = run(url, results, "concurrency=16", episodes=episodes, limit=400)
        finally:
            _CALM.set()
            endpoint.join()
        calm = cost.wall if name == "none" else calm
        good = Counter(line["id"] for line in map(json.loads, log.open()) if line["kind"] is None)
        requests = sum(1 for _ in log.open())
        answered = sum(row["correct"] is not None for row in rows_of(results)) if cost.code == 0 else 0
        lost, twice = _OUTAGE_ITEMS - answered, sum(count - 1 for count in good.values())
        over = cost.wall - calm - seconds
        sound(cost, f"{name} {seconds:.0f} s", (0,))
        expect(lost == twice == 0, f"{name} {seconds:.0f} s: {lost} lost, {twice} paid twice")
        expect(over < 10, f"{name} {seconds:.0f} s: {over:.1f} s over the outage")
        values = [name, f"{seconds:.0f}", cost.code, lost, twice, requests, f"{cost.wall:.1f}", f"{over:.1f}"]
        print("|", " | ".join(map(str, values)), "|", flush=True)
        print("\n".join(f"    {line}" for line in cost.output.splitlines() if "endpoint" in line)[:600], flush=True)


def _disturb(url: str, results: Path, rng: Random) -> int:
    """Start the run and kill it after some seconds or requests. Returns the calls in flight just before."""
    goal = get(f"{url}/stats")["total"] + rng.randint(1, 150)
    process = start(ours(url, results, episodes=ITEMS // 10), results, our_environment(results))
    until = time.monotonic() + (rng.uniform(0, 1.5) if rng.random() < 0.2 else 60)
    while get(f"{url}/stats")["total"] < goal and time.monotonic() < until and process.poll() is None:
        time.sleep(rng.uniform(0.001, 0.01))
    flying = get(f"{url}/stats")["inflight"]
    expect(process.poll() is None, "kills: a run was over before its kill")
    kill(process)
    process.wait()
    return int(flying)


def _comparable(results: Path) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in _TIMED} for row in rows_of(results)]


def kills(folder: Path) -> None:
    """Kill one run twenty times and compare it with an undisturbed run."""
    rng, calm, wild = Random(0), folder / "calm", folder / "wild"
    wild.mkdir()
    options = [word for fault in MIXED for word in ("--fault", fault)]
    with mock("--latency", "0.05", "--retry-after", "0.2", *options) as url:
        sound(run(url, calm, episodes=ITEMS // 10, limit=300), "undisturbed")
    with mock("--latency", "0.05", "--retry-after", "0.2", *options) as url:
        flying = [_disturb(url, wild, rng) for _ in range(KILLS)]
        cost = run(url, wild, episodes=ITEMS // 10, limit=300)
        stats = get(f"{url}/stats")
        sound(cost, "after the kills", (0,))
        again = run(url, wild, episodes=ITEMS // 10)
        asked = get(f"{url}/stats")["total"] - stats["total"]
    faults = sum(count for name, count in stats["faults"].items() if name != "client_gone")
    repeated = stats["extra_requests"] - faults  # also requests whose run was killed before the reply
    expect(repeated <= 64 * KILLS, f"kills: {repeated} asked twice")
    one, other = _comparable(calm), _comparable(wild)
    places = Counter((row["setting"], row["episode"], row["query"]) for row in other)
    lost, doubled = ITEMS - len(places), sum(count - 1 for count in places.values())
    expect(lost == doubled == 0, f"kills: {lost} lost, {doubled} doubled")
    expect(one == other, f"kills: {sum(a != b for a, b in zip(one, other, strict=False))} rows differ")
    expect(stats["paid_twice"] <= sum(flying), f"kills: {stats['paid_twice']} paid twice")
    expect(asked == 0 and again.code == 0, f"kills: the same run again asked {asked}, exit code {again.code}")
    print(f"\n{KILLS} kills: {lost} lost, {doubled} doubled, rows {'equal' if one == other else 'DIFFER'}, paid twice")
    print(f"{stats['paid_twice']} with {sum(flying)} in flight at the kills; {stats['total']} requests in all, faults")
    print(f"{json.dumps(stats['faults'])}; the same run again asked {asked}; asked twice {repeated} (64 at once)")


def second(folder: Path) -> None:
    """Start two processes on one run folder."""
    results = folder / "two"
    results.mkdir()
    with mock("--latency", "0.5") as url:
        first = start(ours(url, results, episodes=50), results, our_environment(results))
        try:
            while not get(f"{url}/stats")["total"] and first.poll() is None:
                time.sleep(0.01)
            cost = measured(ours(url, results, episodes=50), folder, our_environment(results))
        finally:
            kill(first)
            first.wait()
    expect(cost.code == 2 and len(cost.output.strip().splitlines()) == 1, f"second process: {cost.output[-300:]}")
    print(f"\na second process on the folder: exit code {cost.code}: {cost.output.strip()[-200:]}")


def main() -> None:
    """Run the named parts, or all of them."""
    options = [word for word in sys.argv[1:] if "=" in word] or ["timeout=3"]
    works: dict[str, Callable[[Path], None]] = {
        "kinds": partial(kinds, options=options),
        "dead": dead,
        "outages": outages,
        "kills": kills,
        "second": second,
    }
    with tempfile.TemporaryDirectory() as temporary:
        for part in [word for word in sys.argv[1:] if "=" not in word] or works:
            works[part](Path(temporary))
    print("\n" + ("\n".join(f"FAILED {what}" for what in failures) or "all as it must be"))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
