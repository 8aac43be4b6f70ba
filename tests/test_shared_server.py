"""One server for all runs of a machine that give the same command: whoever is killed, it serves the others and ends."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from asking import a_call
from test_server import SERVER, is_gone, run

from solverlearner.errors import UsageError
from solverlearner.models import server_watch
from solverlearner.models.base import OpenedIn, ProviderError
from solverlearner.models.server_model import ServerModel


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(server_watch, "LINGER_S", 0.3)


def user(tmp_path, name, *words):
    (tmp_path / name).mkdir(exist_ok=True)
    model = ServerModel(" ".join([SERVER, "--slots 2", *words]), shared=True)
    model.opened_in = OpenedIn(tmp_path / name, print)
    return model


async def asked(model):
    """The reply or the failure for good, as the engine gets it by further attempts."""
    for _ in range(50):
        try:
            return (await model.ask(a_call())).text
        except ProviderError as error:
            if error.permanent:
                return error
        await asyncio.sleep(0.1)
    raise AssertionError("no reply")


def starts(tmp_path):
    return sum(file.read_text().count("serving\n") for file in tmp_path.glob("*/server.log"))


def servers(tmp_path):
    """The processes of servers that serve a folder of this test."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if f"--users {tmp_path}/" in line and "served.py" in line]


def end_in_time(tmp_path):
    until = time.monotonic() + 20
    while time.monotonic() < until and not all(map(is_gone, servers(tmp_path))):
        time.sleep(0.05)
    assert all(map(is_gone, servers(tmp_path)))


def test_runs_share_a_server_that_ends_after_the_last_of_them(tmp_path):
    async def go():
        first, second = user(tmp_path, "first"), user(tmp_path, "second")
        await asyncio.gather(first.open(), second.open())
        replies = [await first.ask(a_call()), await second.ask(a_call())]
        await first.aclose()
        await asyncio.sleep(0.8)
        replies.append(await second.ask(a_call()))
        assert len(servers(tmp_path)) == 1
        await second.aclose()
        return replies

    assert {reply.text for reply in asyncio.run(go())} == {"\\boxed{85}"}
    assert starts(tmp_path) == 1
    assert "the server of another run is shared; its log: " in "".join(
        (tmp_path / name / "server.log").read_text() for name in ("first", "second")
    )
    end_in_time(tmp_path)


STARTER = """
import asyncio, sys, tempfile, time
from pathlib import Path
from solverlearner.models import server_watch
from solverlearner.models.base import OpenedIn
from solverlearner.models.server_model import ServerModel
folder = Path(sys.argv[1])
tempfile.tempdir = str(folder.parent)
server_watch.LINGER_S = 0.3
model = ServerModel(sys.argv[2], shared=True)
model.opened_in = OpenedIn(folder, print)
async def go():
    await model.open()
    print("open", flush=True)
    await asyncio.sleep(60)
asyncio.run(go())
"""


def test_a_killed_starter_leaves_the_server_to_the_others(tmp_path):
    (tmp_path / "starter").mkdir()
    model = user(tmp_path, "second")

    async def go():
        await model.open()
        starter.kill()
        await asyncio.sleep(0.8)
        reply = await model.ask(a_call())
        await model.aclose()
        return reply.text

    command = [sys.executable, "-c", STARTER, tmp_path / "starter", model.command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        try:
            while "open" not in starter.stdout.readline():
                assert starter.poll() is None
            assert asyncio.run(go()) == "\\boxed{85}"
        finally:
            starter.kill()
    assert starts(tmp_path) == 1
    end_in_time(tmp_path)


def test_a_server_that_was_ended_with_its_job_is_started_again(tmp_path):
    async def go():
        first, second = user(tmp_path, "first"), user(tmp_path, "second")
        for each in (first, second):
            await each.open()
            await each.ask(a_call())
        (watch,) = servers(tmp_path)
        os.kill(watch, signal.SIGKILL)
        replies = await asyncio.gather(*map(asked, (first, second)))
        for each in (first, second):
            await each.aclose()
        return replies

    assert asyncio.run(go()) == ["\\boxed{85}"] * 2
    assert starts(tmp_path) == 2
    end_in_time(tmp_path)


@pytest.mark.parametrize("words", [[], ["--loads", "1"]], ids=["before its first call", "as it loads"])
def test_a_server_of_another_run_that_ends_is_no_reason_to_stop(tmp_path, words):
    async def go():
        first, second = user(tmp_path, "first", *words), user(tmp_path, "second", *words)
        opening = [asyncio.create_task(first.open())]
        while not servers(tmp_path):
            await asyncio.sleep(0.02)
        opening.append(asyncio.create_task(second.open()))
        if words:
            while not (tmp_path / "second/server.log").exists():
                await asyncio.sleep(0.02)
        else:
            await asyncio.gather(*opening)
        os.kill(min(servers(tmp_path)), signal.SIGKILL)  # its watch; the other one is the server
        failed, _ = await asyncio.gather(*opening, return_exceptions=True)
        reply = await asked(second)
        for each in (first, second):
            await each.aclose()
        return failed, reply

    failed, reply = asyncio.run(go())
    assert reply == "\\boxed{85}"
    if words:
        assert "the shared server has ended" in str(failed)  # of its own it could be the command's fault
    end_in_time(tmp_path)


def test_a_run_goes_on_with_another_server_and_says_nothing_of_it(tmp_path):
    engine, _ = run(tmp_path, "--slots", "2", "--dies", "9", episodes=2, queries=6, shared=True)
    assert engine.counts.unanswered == 0
    end_in_time(tmp_path)


def test_a_server_that_never_answers_a_call_is_not_started_again(tmp_path):
    async def go():
        model = user(tmp_path, "first", "--dies", "1")
        await model.open()
        failure = await asked(model)
        await model.aclose()
        return str(failure)

    assert re.match(r"the shared server has ended; .*out of memory", asyncio.run(go()))


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    (tmp_path / f"solverlearner-servers-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="belongs to another user; remove it, or set TMPDIR"):
        asyncio.run(user(tmp_path, "first").open())
