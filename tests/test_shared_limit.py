"""One rate limit for several processes, through a file."""

import asyncio
import fcntl
import struct
import subprocess
import sys
import time
from io import FileIO

import pytest

from solverlearner.errors import RunStopped, UsageError
from solverlearner.inference import shared_limit
from solverlearner.inference.rate_limit import RateLimit
from solverlearner.inference.request_options import RequestOptions
from solverlearner.inference.shared_limit import SharedLimit


def turns(limit, count, tokens=0.0):
    """The times at which so many calls of one process may begin."""

    async def go():
        async def one():
            await limit.acquire(tokens)
            return time.time()

        return await asyncio.gather(*(one() for _ in range(count)))

    return asyncio.run(go())


PROCESS = """
import asyncio, sys, time
from pathlib import Path
from solverlearner.inference.rate_limit import RateLimit
async def go():
    limit = RateLimit(4, rpm=1200, shared=Path(sys.argv[1]))
    async def one():
        async with limit.turn(0):
            print(time.time(), flush=True)
    await asyncio.gather(*(one() for _ in range(8)))
asyncio.run(go())
"""


def test_processes_share_one_limit(tmp_path):
    command = [sys.executable, "-c", PROCESS, tmp_path / "limit"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    began = sorted(float(line) for each in running for line in each.communicate()[0].splitlines())
    assert len(began) == 16
    assert began[-1] - began[0] > 15 * 0.05 - 0.03  # 1,200 a minute are one each 50 ms


def test_a_process_takes_no_more_turns_than_calls_that_it_may_have_under_way(tmp_path):
    async def go():
        ours = RateLimit(1, rpm=600, shared=tmp_path / "limit")

        async def one():
            async with ours.turn(0):
                await asyncio.sleep(0.2)

        waiting = [asyncio.create_task(one()) for _ in range(50)]
        await asyncio.sleep(0.02)
        began = time.monotonic()
        await SharedLimit(tmp_path / "limit", 600, None).acquire(0)
        for each in waiting:
            each.cancel()
        return time.monotonic() - began

    assert asyncio.run(go()) < 0.5  # behind 50 turns it would be 5 s


def test_a_minute_of_tokens_may_go_at_once_and_no_more(tmp_path):
    limit = SharedLimit(tmp_path / "limit", None, 600)
    start = time.time()
    assert max(turns(limit, 6, tokens=100)) - start < 0.1
    (next_one,) = turns(limit, 1, tokens=3)
    assert next_one - start == pytest.approx(0.3, abs=0.15)


@pytest.mark.parametrize("content", [b"half", b"\xff" * 2000, struct.pack("<dd", 9.9e17, 9.9e17) + bytes(2000)])
def test_a_damaged_file_or_a_wrong_clock_is_begun_anew(tmp_path, content):
    (tmp_path / "limit").write_bytes(content)
    start = time.time()
    assert max(turns(SharedLimit(tmp_path / "limit", 6000, None), 3)) - start < 0.2


def test_a_lock_that_is_never_freed_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_limit, "_LOCKED_S", 0.05)
    limit = SharedLimit(tmp_path / "limit", 60, None)
    with FileIO(tmp_path / "limit", "r+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RunStopped, match=r"another process has held its lock for 0\.05 s; end it; the"):
            turns(limit, 1)


def test_a_file_that_cannot_be_written_or_shares_nothing_is_one_line(tmp_path):
    with pytest.raises(UsageError, match=r"shared_limit=.*cannot be written: No such file"):
        RateLimit(1, rpm=1, shared=tmp_path / "none" / "limit")
    with pytest.raises(UsageError, match=r"shared_limit=x: shares rpm and tpm; give the account's, as rpm=500"):
        RequestOptions(shared_limit="x")


def test_a_disk_that_keeps_locks_to_each_machine_is_told(tmp_path):
    file = tmp_path / "limit"
    ours = SharedLimit(file, 60_000, None)
    turns(ours, 3)
    before = file.read_bytes()
    turns(ours, 1)
    file.write_bytes(before)  # of another machine, which read it before our turn
    turns(SharedLimit(file, 60_000, None), 1)
    with pytest.raises(RunStopped, match=r"limit: another machine has overwritten a turn, so this disk keeps locks to"):
        turns(ours, 1)


def test_many_turns_of_others_and_a_file_begun_anew_are_no_loss(tmp_path):
    file = tmp_path / "limit"
    ours, other = SharedLimit(file, 1e6, None), SharedLimit(file, 1e6, None)
    for others in (1, 127, 128, 300):
        turns(ours, 1)
        turns(other, others)
    file.write_bytes(b"")
    turns(other, 2)
    turns(ours, 1)
