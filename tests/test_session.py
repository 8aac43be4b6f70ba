import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from endpoint import serve

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ANSWER = r"\boxed{12}"


def start(folder, endpoint, *words, **environment):
    words = ["model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[io]", "cache=off", *words]
    command = [sys.executable, "-m", "solverlearner", "run", *words]
    env = os.environ | {"PYTHONPATH": ROOT} | environment
    # A process group of its own, which gets the signal whole, as from a terminal.
    return subprocess.Popen(command, cwd=folder, env=env, stdout=-1, stderr=-1, text=True, start_new_session=True)


def when_asked(endpoint, calls):
    deadline = time.monotonic() + 60
    while len(endpoint.bodies) < calls and time.monotonic() < deadline:
        time.sleep(0.02)


def attempts(folder):
    (journal,) = (folder / "results").glob("*/replies.jsonl")
    return [record for record in map(json.loads, journal.read_text().splitlines()) if "id" in record]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_lets_what_is_under_way_end(tmp_path, number):
    def slow(prompt):
        time.sleep(0.3)
        return ANSWER

    with serve(slow) as endpoint:
        running = start(tmp_path, endpoint, "concurrency=3")
        when_asked(endpoint, 5)
        os.killpg(running.pid, number)
        out, err = running.communicate(timeout=60)
        asked = len(endpoint.bodies)
    assert (running.returncode, out) == (130, "")
    assert "3 calls are under way and will be kept" in err
    assert len(attempts(tmp_path)) == asked
    assert f"stopped. {asked} of 100 replies are kept" in err


def test_the_second_signal_stops_at_once(tmp_path):
    def very_slow(prompt):
        time.sleep(20)
        return ANSWER

    with serve(very_slow) as endpoint:
        running = start(tmp_path, endpoint, "concurrency=2")
        when_asked(endpoint, 2)
        os.killpg(running.pid, signal.SIGINT)
        time.sleep(0.5)
        began = time.monotonic()
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=30)
        assert time.monotonic() - began < 10
    assert running.returncode == 130
    assert "stopped. 0 of 100 replies are kept" in err


def test_killed_again_and_again_nothing_is_lost_and_nothing_twice(tmp_path):
    refused = set()

    def answer(prompt):
        time.sleep(0.02)
        fails = len(prompt) % 3 == 0 and prompt not in refused
        refused.add(prompt)
        return 503 if fails else ANSWER

    with serve(answer) as endpoint:
        words = ["concurrency=4", "queries=20"]
        for kills in range(3):
            running = start(tmp_path, endpoint, *words)
            when_asked(endpoint, 30 * (kills + 1))
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
        running = start(tmp_path, endpoint, *words)
        _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    answered = [record["id"] for record in attempts(tmp_path) if "state" in record]
    assert len(answered) == len(set(answered)) == 200
    (rows,) = (tmp_path / "results").glob("*/rows.jsonl")
    keys = [(row["episode"], row["query"]) for row in map(json.loads, rows.read_text().splitlines())]
    assert keys == sorted({(episode, query) for episode in range(10) for query in range(20)})
    # What the kills cost is at most what was under way.
    faults = sum(len(prompt) % 3 == 0 for prompt in refused)
    assert faults > 0
    assert len(endpoint.bodies) - faults - 200 <= 3 * 4
    totals = json.loads(next((tmp_path / "results").glob("*/summary.json")).read_text())["cost"]
    assert totals["attempts"] == len(attempts(tmp_path))
    assert totals["completion_tokens"] == 3 * 200


def test_a_second_process_on_the_same_run_is_refused(tmp_path):
    def slow(prompt):
        time.sleep(0.2)
        return ANSWER

    with serve(slow) as endpoint:
        first = start(tmp_path, endpoint, "concurrency=1")
        when_asked(endpoint, 1)
        second = start(tmp_path, endpoint, "concurrency=1")
        out, err = second.communicate(timeout=60)
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
    assert (second.returncode, out) == (2, "")
    assert re.fullmatch(r"solverlearner: results=\S+: another process is writing this run; .*\n", err)


def test_a_hang_ends_at_the_time_out_and_is_no_answer(tmp_path):
    def hangs_once(prompt):
        if "74+78" in prompt.splitlines()[-1]:
            time.sleep(5)
        return ANSWER

    with serve(hangs_once) as endpoint:
        running = start(tmp_path, endpoint, "timeout=1.5", "attempts=2", "episodes=1")
        _, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "did not reply within 1.5 s" in err
    failed = [record for record in attempts(tmp_path) if "error" in record]
    assert [record["attempt"] for record in failed] == [1, 2]
    (rows,) = (tmp_path / "results").glob("*/rows.jsonl")
    states = [(row["status"], row["correct"], row["reply_state"]) for row in map(json.loads, rows.open())]
    assert states.count(("unanswered", None, "api_error")) == 1
    assert len(states) == 10


def test_progress_says_what_is_waited_for(tmp_path):
    from solverlearner.design.scripted import Scripted
    from solverlearner.evaluation.run_folder import open_folder
    from solverlearner.inference.engine import Counts, Engine, RequestOptions
    from solverlearner.inference.progress import progress_line
    from solverlearner.inference.usage import Price

    with open_folder(tmp_path, "run", {}, "") as folder:
        counts = Counts(1000, stored=100, reused=50, asked=350)
        engine = Engine(Scripted(), folder.log, counts, RequestOptions(concurrency=8))
        folder.log.usage.prompt_tokens, folder.log.usage.completion_tokens = 2_000_000, 45_600
        assert progress_line(engine, Price(1.0, 10.0), 4.0) == (
            "500 of 1000 calls, about 2 min 5 s left; 4.0 calls/s · 0 in flight · 100 from disk · 50 from other runs · "
            "2.0M + 45.6k tokens · $2.46"
        )
        assert "left; 2.1 calls/min · 0 in flight" in progress_line(engine, None, 0.035)
        assert progress_line(engine, None, 0).startswith(
            "500 of 1000 calls; no reply yet · 0 in flight · 100 from disk"
        )
        engine.counts.repeated = 20
        assert "· 30 from other runs · 20 from the same prompt of this run ·" in progress_line(engine, None, 4.0)
        engine.counts.asked, engine.counts.programs = 850, 12
        # Programs may go on after the last call: then no time is said to be left and no call to be in flight.
        assert progress_line(engine, None, 4.0).startswith("1000 of 1000 calls; 12 programs run or wait · 100 from")
        engine.counts.asked, engine.counts.programs = 350, 0
        engine.rate_limit.limited(time.monotonic())
        engine.rate_limit.backing_off, engine.last_failure = 3, "503: busy"
        engine.counts.unanswered, engine.counts.last_error = 1, "400: too long"
        engine.rate_limit._open_at = time.monotonic() + 12.2
        shown = progress_line(engine, None, 4.0)
    assert "endpoint closed for 12 s" in shown
    assert "3 wait to try again (503: busy)" in shown
    assert "1 unanswered: 400: too long" in shown
    assert "$" not in shown
