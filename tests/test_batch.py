import asyncio
import base64
import json
import re
import zlib
from itertools import count

import pytest
from batch_endpoint import serve_batches
from endpoint import serve
from running import ONCE

from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.setting import parse_settings
from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.loop import run
from solverlearner.evaluation.row_file import read_rows
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.execution.executor import Executor
from solverlearner.inference.batch import batch_files as batch_file
from solverlearner.inference.batch import batch_model as batch
from solverlearner.inference.batch.batch_api import BatchAPI
from solverlearner.inference.batch.batch_job import BatchJob
from solverlearner.inference.batch.batch_model import engine_of
from solverlearner.inference.reply_cache import opened_cache
from solverlearner.inference.request_options import Counts, RequestOptions
from solverlearner.models.openai import OpenAIModel
from solverlearner.tasks.arith import Arith

PLAN = Plan(
    Arith(9), parse_settings(["zero_shot", "io", "code_mf", "solverlearner"]), 3, 4, 3, 0, "domain", checks=True
)
PROGRAM = "```python\ndef solver(x, y):\n    return x\n```"


class Killed(Exception):
    pass


def answer(prompt):
    return PROGRAM if "def " in prompt or "rogram" in prompt else rf"\boxed{{{zlib.crc32(prompt.encode()) % 80}}}"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(batch, "_FIRST_PAUSE_S", 0.01)


def rows_of(results, url, *, plan=PLAN, asking=ONCE, store=True, stop_after=None, **options):
    model = OpenAIModel("m", url, proxied=False, **{"batch": True, "key_required": False, **options})

    async def go():
        async with Executor(workers=1) as executor:
            with open_folder(results, "run", {}, derivation="") as folder, opened_cache(results, wanted=store) as kept:
                counts = Counts(plan.calls)
                missing = (call for call in draw_calls(plan) if not folder.is_scored(call))
                engine = engine_of(model, folder.log, missing, counts, asking, kept)
                if stop_after:
                    asyncio.get_running_loop().call_later(stop_after, engine.rate_limit.stop)
                try:
                    await run(draw_calls(plan), plan.seed, engine, folder, executor)
                except ExceptionGroup as group:
                    raise group.exceptions[0] from None
                finally:
                    await engine.model.aclose()
                return counts, folder.log.usage

    counts, totals = asyncio.run(go())
    rows = list(read_rows(results / "run"))
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows], counts, totals


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with serve(answer) as endpoint:
        return rows_of(tmp_path_factory.mktemp("live"), endpoint.url, batch=False)[0]


def test_a_run_by_batch_equals_the_run_live_and_sends_nothing_twice(tmp_path, live):
    with serve_batches(answer) as endpoint:
        rows, counts, totals = rows_of(tmp_path, endpoint.url)
        assert rows == live
        # The program of code_mf is asked with the same prompt in every episode: once is enough.
        assert (counts.asked, counts.reused, counts.unanswered) == (PLAN.calls - 2, 2, 0)
        assert (totals.attempts, totals.prompt_tokens, totals.latency()) == (PLAN.calls - 2, 7 * (PLAN.calls - 2), {})
        assert len(endpoint.asked) == len(set(endpoint.asked)) == PLAN.calls - 2
        before = len(endpoint.seen)
        assert rows_of(tmp_path, endpoint.url)[0] == live
        assert len(endpoint.seen) == before  # not even the status
    assert sorted(path.name for path in (tmp_path / "run" / "batch").iterdir()) == [
        "001.input.jsonl", "001.json", "001.output.jsonl",
    ]  # fmt: skip


def test_without_the_store_every_call_goes_out(tmp_path, live):
    with serve_batches(answer) as endpoint:
        rows, counts, _ = rows_of(tmp_path, endpoint.url, store=False)
        assert (rows, counts.asked, len(endpoint.asked)) == (live, PLAN.calls, PLAN.calls)


def test_replies_of_other_runs_are_not_asked_for(tmp_path):
    few = Plan(Arith(9), parse_settings(["zero_shot"]), 3, 4, 3, 0, "domain")
    with serve_batches(answer) as endpoint:
        rows_of(tmp_path, endpoint.url, plan=few)
        (tmp_path / "run").rename(tmp_path / "other")
        _, counts, _ = rows_of(tmp_path, endpoint.url)
        assert (counts.reused, len(endpoint.asked)) == (9 + 2, PLAN.calls - 2)


STEPS = [
    (BatchAPI, "upload"), (BatchAPI, "create"), (BatchAPI, "status"), (BatchAPI, "download"), (BatchJob, "save"),
    (batch_file.Came, "add"), (batch_file.Came, "find"),
]  # fmt: skip


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("owner", "step"), STEPS, ids=[step for _, step in STEPS])
def test_killed_at_any_step_the_same_command_goes_on_and_submits_nothing_twice(tmp_path, live, owner, step, late):
    """Killed at the first, second, … time that it comes to a step, until one run comes through."""
    original, times = getattr(owner, step), count()
    with serve_batches(lambda prompt: 400 if "39" in prompt else answer(prompt), polls=3) as endpoint:
        for fatal in range(100):
            done = count()

            def dying(self, *args, done=done, fatal=fatal, **named):
                dies = next(done) == fatal
                if dies and not late:
                    raise Killed
                came = original(self, *args, **named)
                if not dies:
                    return came
                if asyncio.iscoroutine(came):
                    return killed_after(came)
                raise Killed

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(owner, step, dying)
                try:
                    rows_of(tmp_path, endpoint.url)
                except Killed:
                    next(times)
                    continue
                break
        assert next(times) > 0
        endpoint.answer = answer
        assert rows_of(tmp_path, endpoint.url)[0] == live  # those that failed are answered now
        failed = [call_id for call_id in endpoint.asked if endpoint.asked.count(call_id) > 1]
        sent = [json.loads(line) for line in (tmp_path / "run/batch/001.input.jsonl").read_text().splitlines()]
        assert set(failed) == {line["custom_id"] for line in sent if "39" in line["body"]["messages"][-1]["content"]}


async def killed_after(coroutine):
    await coroutine
    raise Killed


def test_items_that_failed_are_unanswered_and_go_out_again(tmp_path, live):
    def failing(prompt):
        return 400 if zlib.crc32(prompt.encode()) % 3 == 0 else answer(prompt)

    with serve_batches(failing) as endpoint:
        _, counts, totals = rows_of(tmp_path, endpoint.url)
        assert counts.unanswered > 0
        assert counts.last_error == "400: item says 400"
        assert totals.errors == {"400": totals.failed}
        first = len(endpoint.asked)
        endpoint.answer = answer
        rows, counts, _ = rows_of(tmp_path, endpoint.url)
        assert (rows, counts.unanswered) == (live, 0)
        assert sorted(endpoint.asked[first:]) == sorted(set(endpoint.asked[first:]))
        assert set(endpoint.asked[first:]) < set(endpoint.asked[:first])
        assert len(endpoint.batches) == 2


@pytest.mark.parametrize("ending", ["expired", "cancelled", "failed"])
def test_what_came_of_a_batch_that_did_not_complete_is_used(tmp_path, live, ending):
    def partly(prompt):
        return answer(prompt) if "+" in prompt and zlib.crc32(prompt.encode()) % 2 else None

    with serve_batches(partly, ending=ending, words="24 hours are over") as endpoint:
        _, counts, _ = rows_of(tmp_path, endpoint.url)
        assert (counts.asked > 0, counts.unanswered > 10) == (True, True)
        assert counts.last_error == f"batch_1 {ending}: 24 hours are over"
        endpoint.answer, endpoint.ending = answer, "completed"
        rows, counts, _ = rows_of(tmp_path, endpoint.url)
        assert (rows, counts.unanswered) == (live, 0)
        again = (tmp_path / "run/batch/002.input.jsonl").read_text().splitlines()
        assert len(endpoint.asked) == PLAN.calls - 2 + len(again)


def test_a_large_run_goes_out_in_several_files(tmp_path, live, monkeypatch):
    monkeypatch.setattr(batch_file, "MOST_LINES", 7)
    with serve_batches(answer) as endpoint:
        assert rows_of(tmp_path, endpoint.url)[0] == live
        assert {len(content.splitlines()) for content in endpoint.files.values()} <= {7, (PLAN.calls - 2) % 7}
        assert len(endpoint.asked) == PLAN.calls - 2
    monkeypatch.setattr(batch_file, "BATCH_BYTES", 3_000)
    with serve_batches(answer) as endpoint:
        assert rows_of(tmp_path / "second", endpoint.url)[0] == live
        assert max(map(len, endpoint.files.values())) <= 3_500


def test_ctrl_c_leaves_the_batch_which_is_waited_for_again(tmp_path, live):
    with serve_batches(answer, ending="in_progress") as endpoint:
        _, counts, _ = rows_of(tmp_path, endpoint.url, stop_after=1.0)
        assert (counts.done, counts.awaits) == (0, "batch_1 in_progress, 0 of 28 answered")
        endpoint.ending = "completed"
        assert rows_of(tmp_path, endpoint.url)[0] == live
        assert len(endpoint.batches) == 1


def test_faults_of_the_endpoint_are_waited_out(tmp_path, live):
    faults = {
        "POST /files": [500, 429],
        "POST /batches": [503, 429],
        "GET /batches/batch_1": [500],
        "GET /batches": [502],
    }
    with serve_batches(answer, refused=faults) as endpoint:
        asking = RequestOptions(concurrency=4, attempts=3)
        assert rows_of(tmp_path, endpoint.url, asking=asking)[0] == live
        assert len(endpoint.batches) == 1
        assert not any(endpoint.refused.values())


@pytest.mark.parametrize(
    ("refused", "error", "line"),
    [
        ({"POST /files": [404]}, UsageError, r"^batch=true: http://\S+ has no batch API, as it seems \(404: s"),
        ({"POST /batches": [404]}, UsageError, r"^batch=true: http://\S+ has no batch API, as it seems \(404: s"),
        ({"POST /files": [401]}, UsageError, r"^model=m: 401: server says 401$"),
        ({"POST /batches": [400]}, RunStopped, r"^400: server says 400; the same command goes on from there$"),
        ({"GET /batches/batch_1": [404]}, RunStopped, r"^batch_1: 404: server says 404; the same command goes on"),
    ],
    ids=str,
)  # fmt: skip
def test_an_endpoint_that_takes_no_batches_is_one_line(tmp_path, live, refused, error, line):
    with serve_batches(answer, refused=refused) as endpoint:
        with pytest.raises(error, match=line):
            rows_of(tmp_path, endpoint.url)
        assert rows_of(tmp_path, endpoint.url)[0] == live
        assert len(endpoint.asked) == PLAN.calls - 2


def test_a_batch_waits_for_an_endpoint_that_is_not_there_yet(tmp_path, live, capsys, monkeypatch):
    async def at_once(seconds):
        pauses.append(seconds)
        await really(0)

    really, pauses = asyncio.sleep, []
    monkeypatch.setattr(batch.asyncio, "sleep", at_once)
    with serve_batches(answer, refused={"POST /files": [503] * 9, "GET /batches/batch_1": [502] * 9}) as endpoint:
        assert rows_of(tmp_path, endpoint.url, asking=RequestOptions(attempts=2))[0] == live
        assert not any(endpoint.refused.values())
    assert "waiting for the endpoint: 503: server says 503; goes on by itself, gives up at" in capsys.readouterr().err
    assert sum(pauses) > 100


def test_a_batch_gives_up_when_it_may_wait_no_longer(tmp_path):
    with pytest.raises(UsageError, match=r"^model=m: http://127\.0\.0\.1:9/v1 cannot be reached"):
        rows_of(tmp_path, "http://127.0.0.1:9/v1", asking=RequestOptions(retry_s=0.1))


def test_nothing_is_sent_offline_or_without_a_key(tmp_path, monkeypatch):
    monkeypatch.delenv("NO_KEY", raising=False)
    with serve_batches(answer) as endpoint:
        with pytest.raises(UsageError, match=r"^offline=true"):
            rows_of(tmp_path, endpoint.url, asking=RequestOptions(offline=True))
        with pytest.raises(UsageError, match=r"^NO_KEY: no API key"):
            rows_of(tmp_path, endpoint.url, key_env="NO_KEY", key_required=True)
        assert endpoint.seen == []


def test_a_batch_that_may_be_there_is_never_submitted_again_unasked(tmp_path, live):
    with serve_batches(answer, refused={"POST /batches": [500], "GET /batches": [404]}) as endpoint:
        line = r"^its batches cannot be listed \(404: server says 404\), so it is not known whether 001\.input"
        with pytest.raises(RunStopped, match=line):
            rows_of(tmp_path, endpoint.url, asking=RequestOptions(attempts=2))
        assert endpoint.asked == []
        (tmp_path / "run" / "batch" / "001.json").unlink()
        assert rows_of(tmp_path, endpoint.url)[0] == live
        assert (tmp_path / "run" / "batch" / "002.output.jsonl").exists()


def test_what_an_address_carries_goes_with_every_request_and_is_told_to_nobody(tmp_path, live):
    with serve_batches(answer) as endpoint:
        url = endpoint.url.replace("http://", "http://me:p%40ss@") + "?version=se7cret"
        assert rows_of(tmp_path, url)[0] == live
        assert endpoint.credentials == {(f"Basic {base64.b64encode(b'me:p@ss').decode()}", "version=se7cret")}
    for path in (tmp_path / "run" / "batch").iterdir():
        assert not re.search("p%40ss|p@ss|se7cret", path.read_text())


def test_what_waits_is_said(tmp_path):
    lines = set()
    with serve_batches(answer, polls=3) as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "_SHOWN", 1)
        patch.setattr(batch_file, "MOST_LINES", 20)
        shown = batch.BatchModel._show
        patch.setattr(batch.BatchModel, "_show", lambda self, jobs: (shown(self, jobs), lines.add(self.counts.awaits)))
        _, counts, _ = rows_of(tmp_path, endpoint.url)
    assert lines == {
        "001.input.jsonl is being sent; and 1 more", "batch_1 validating, 0 of 20 answered; and 1 more",
        "batch_1 in_progress, 0 of 20 answered; and 1 more", "batch_1 finalizing, 0 of 20 answered; and 1 more", "",
    }  # fmt: skip
    assert counts.awaits == ""
