"""A server for the length of a run, on loopback: started, awaited, asked, ended, whatever happens."""

import asyncio
import re
import shlex
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from asking import a_call

from solverlearner.api.composition import composed_options
from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.options import run_spec_of
from solverlearner.models.base import OpenedIn
from solverlearner.models.server_model import ServerModel
from solverlearner.models.server_process import Command
from solverlearner.pipeline import carry_out_spec

SERVER = f"{shlex.quote(sys.executable)} -I {Path(__file__).with_name('served.py')} --port {{port}}"


def serve(tmp_path, *words, calls=1, before="", **options):
    """The replies of a server with these options, and the model; it is closed whatever happens."""

    async def go():
        model.opened_in = OpenedIn(tmp_path, told.append)
        try:
            await model.open()
            return [await model.ask(a_call()) for _ in range(calls)]
        finally:
            await model.aclose()

    told = []
    model = ServerModel(" ".join([before, SERVER, *words]), **options)
    return asyncio.run(go()), model, told


def log_of(tmp_path):
    return (tmp_path / "server.log").read_text()


def is_gone(process):
    """Whether a process has ended; one that nobody waits for counts as ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    return True


def child_in(log):
    return int(log.split("\nchild ")[1].split()[0])


def test_a_server_is_started_awaited_asked_and_ended_with_its_processes(tmp_path):
    (reply,), model, told = serve(tmp_path, "--loads", "2", "--slots", "5", "--child")
    assert reply.text == "\\boxed{85}"
    assert re.fullmatch(r"the server starts \(\d s; server.log tells more\)", told[0])
    assert model.identity["at_once"] == 5
    assert model.identity["served"] == "what-it-serves"  # nobody named another
    assert "serving" in log_of(tmp_path)
    assert is_gone(child_in(log_of(tmp_path)))


def test_the_name_and_the_key_come_from_where_they_are_given(tmp_path, monkeypatch):
    monkeypatch.setenv("OWN_KEY", "k-1234567890")
    (reply,), model, _ = serve(tmp_path, "--no-health", "--api-key", "$OWN_KEY", served="mine", key_env="OWN_KEY")
    assert reply.reported_model.startswith("mine ")
    assert "k-1234567890" not in log_of(tmp_path) + str(model.identity)


def test_a_request_is_the_same_for_every_port_and_start(tmp_path):
    _, first, _ = serve(tmp_path)
    before = ServerModel(first.command)
    assert first.request(a_call()).key == before.request(a_call()).key
    assert "{port}" in before.request(a_call()).endpoint


@pytest.mark.parametrize(
    ("words", "options", "line"),
    [
        (
            ["--fails"],
            {},
            r"ended with exit code 1; its log .*server.log ends: error: cannot load \| the model 'x",
        ),
        (["--silent"], {"start_s": 1.0}, "did not answer within 1 s; its log .*server.log is empty"),
    ],
)
def test_a_server_that_never_serves_is_one_line_with_the_end_of_its_log(tmp_path, words, options, line):
    with pytest.raises(UsageError, match=line):
        serve(tmp_path, *words, **options)


def run(tmp_path, *words, **options):
    command = " ".join([SERVER, *words])
    given = {"base": 9, "settings": ["io"], "results": str(tmp_path), "command": command, **options}
    return carry_out_spec(run_spec_of(composed_options("arith", "server", given)))


@pytest.mark.parametrize(
    ("words", "options", "at_once"),
    [
        (["--slots", "3"], {}, 3),
        (["--slots", "3"], {"concurrency": 2}, 2),
        ([], {}, 16),
    ],
)
def test_a_run_picks_the_concurrency_that_the_server_takes(tmp_path, words, options, at_once):
    engine, _ = run(tmp_path, *words, episodes=4, queries=6, **options)
    assert engine.rate_limit.most == at_once
    seen = max(int(name.split("most=")[1].split()[0]) for name in engine.log.reported)
    assert 1 < seen <= at_once
    assert (engine.log.path / "server.log").exists()


def test_a_run_whose_server_ends_stops_with_the_end_of_its_log(tmp_path):
    with pytest.raises(RunStopped, match=r"has ended with exit code 3; .*out of memory; the same command goes on"):
        run(tmp_path, "--dies", "5", episodes=4, queries=6, concurrency=1)


def test_a_server_ends_even_if_its_run_is_killed(tmp_path):
    program = f"""
import asyncio, time
from pathlib import Path
from solverlearner.models.base import OpenedIn
from solverlearner.models.server_model import ServerModel
model = ServerModel({SERVER + " --child"!r})
model.opened_in = OpenedIn(Path({str(tmp_path)!r}), lambda words: None)
asyncio.run(model.open())
print(model._server._watch.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as harness:
        try:
            watch = int(harness.stdout.readline())
            server = int(Path(f"/proc/{watch}/task/{watch}/children").read_text().split()[0])
            child = child_in(log_of(tmp_path))
        finally:
            harness.kill()
    until = time.monotonic() + 20
    while time.monotonic() < until and not all(map(is_gone, (watch, server, child))):
        time.sleep(0.05)
    assert all(map(is_gone, (watch, server, child)))


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("", "must name a program"),
        ("A=1 B=2", "must name a program"),
        ("llama-server -m x.gguf", r"must hold \{port\}"),
        ("llama-server 'x --port {port}", "cannot be read: No closing quotation"),
        ("vllm serve m --port {port} --api-key secret", r"holds a key, and is stored; write --api-key \$NAME"),
    ],
)
def test_what_is_no_command_is_one_line(command, line):
    with pytest.raises(UsageError, match=line):
        ServerModel(command)


def test_a_program_that_is_not_there_is_one_line(tmp_path):
    model = ServerModel("no-such-server --port {port}")
    model.opened_in = OpenedIn(tmp_path, print)
    with pytest.raises(UsageError, match="there is no program no-such-server; install it, or give its path"):
        asyncio.run(model.open())


def test_a_command_says_what_it_serves_how_and_how_much_at_once():
    ollama = Command("OLLAMA_HOST=127.0.0.1:{port} OLLAMA_NUM_PARALLEL=4 ollama serve")
    assert (ollama.words, ollama.variables["OLLAMA_HOST"]) == (["ollama", "serve"], "127.0.0.1:{port}")
    assert (ollama.model, ollama.at_once) == ("ollama", 4)
    assert Command("/opt/llamafile --port {port} a/tiny.q4.gguf").model == "tiny.q4"
    vllm = Command("vllm serve Qwen/Qwen2.5-7B --port {port} --max-num-seqs=64")
    assert (vllm.model, vllm.at_once) == ("Qwen/Qwen2.5-7B", 64)
    llama = Command("llama-server -m ~/m/qwen.gguf -np 8 --port {port}")
    assert (llama.model, llama.at_once) == ("qwen", 8)
    assert llama.words[2] == str(Path.home() / "m/qwen.gguf")
