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
SMALL = ["model=scripted", "episodes=2", "queries=2"]


def solverlearner(*words, cwd=None, **environment):
    command = [sys.executable, "-m", "solverlearner", *words]
    env = {key: value for key, value in os.environ.items() if not key.endswith("_API_KEY")}
    env["PYTHONPATH"] = ROOT
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env | environment, timeout=120)


@pytest.fixture
def command(tmp_path):
    return lambda *words, **environment: solverlearner(*words, cwd=tmp_path, **environment)


def test_alone_it_lists_its_commands(command):
    done = command()
    assert done.returncode == 0
    assert re.search(r"^  run +\S", done.stdout, re.MULTILINE)
    assert re.search(r"^  show +\S", done.stdout, re.MULTILINE)


def test_help_lists_tasks_models_and_options_as_typed(command):
    text = command("run", "--help").stdout
    for word in ("task=arith", "base=9", "model=smollm2", "episodes=3", "model=openai", "--help=all"):
        assert word in text
    for option in "shots queries max_tokens temperature concurrency".split():
        assert re.search(rf"^  {option}=\S+ +\w", text, re.MULTILINE), option


def test_a_run_prints_the_square_and_leaves_a_folder(command, tmp_path):
    done = command("run", "task=arith", "base=9", *SMALL, "details=true")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"model executes +zero_shot +1\.000 \[.*\] +io +1\.000 \[", done.stdout)
    assert "default world  0.000" in done.stdout
    (folder,) = (tmp_path / "results").glob("arith-base-9-scripted-ideal-*")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    assert len(rows) == 5 * 2 * 2
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["state"] == "complete"
    assert manifest["calls"]["answered"] == 2 * (3 * 2 + 2)
    assert "seccomp" in manifest["executor"]["protections"] or sys.platform != "linux"
    assert json.loads((folder / "config.json").read_text())["base"] == 9
    assert json.loads((folder / "summary.json").read_text())["settings"]["io"]["accuracy"]["value"] == 1.0
    assert not (tmp_path / "outputs").exists()


def test_a_run_without_programs_starts_no_executor(command, tmp_path):
    done = command("run", *SMALL, "settings=[zero_shot,io]")
    assert (done.returncode, "Programs ran behind" in done.stdout) == (0, False)
    (manifest,) = (tmp_path / "results").glob("*/manifest.json")
    assert json.loads(manifest.read_text())["executor"]["protections"] == []


def test_a_second_run_asks_nothing_and_gives_the_same_rows(command, tmp_path):
    command("run", *SMALL)
    (rows,) = (tmp_path / "results").glob("*/rows.jsonl")
    first = rows.read_bytes()
    done = command("run", *SMALL)
    assert "16 of 16 replies were there already, 0 came from other calls; 0 were asked for now." in done.stdout
    assert rows.read_bytes() == first


def test_a_sweep_runs_every_cell(command, tmp_path):
    done = command("run", "-m", *SMALL, "base=8,9", "settings=[io],[solverlearner]")
    assert done.returncode == 0
    assert len(list((tmp_path / "results").glob("arith-*/rows.jsonl"))) == 4


def test_show_prints_the_exact_prompt_and_calls_nothing(command, tmp_path):
    done = command("show", "task=arith", "base=9", "setting=io", "shots=2", "model=openai", "name=any")
    assert done.returncode == 0
    assert "Input: 77+44\nOutput: 132\nInput: 51+43\nOutput: 104\n\nWhat is 74+78?" in done.stdout
    assert "--- expected: 163" in done.stdout
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["run", "base=99"], "base=99: must be between 2 and 36"),
        (
            ["run", "bas=9"],
            "bas: no such option; did you mean base? `python -m solverlearner run --help=all` lists them",
        ),
        (["run", "task=unknown"], "task=unknown: must be one of "),
        (["run", "model=unknown"], "model=unknown: must be one of compatible, gguf, hf, hub, openai, qwen, recorded, "),
        (["run", "task._target_=collections.Counter"], "task._target_=collections.Counter: is no Task: derive "),
        (["run", "model=gguf", "path=/nope"], "path=/nope: no such file"),
        (["run", "model=gguf", "path=/etc/passwd"], "path=/etc/passwd: is not a GGUF file"),
        (["run", "model=gguf"], "path: must be given"),
        (["run", "model=compatible", "name=x"], "base_url: must be given"),
        (["run", "model=compatible", "name=x", "base_url=localhost"], "base_url=localhost: must begin with http"),
        (["run", "model=openai", "name=x"], "OPENAI_API_KEY: no API key in this environment variable"),
        (["run", "shots=-1"], "shots=-1: must be between 0 and 1000"),
        (["run", "shots=many"], "shots=many: must be a whole number"),
        (["run", "episodes=0"], "episodes=0: must be between 1 and"),
        (["run", "temperature=3"], "temperature=3.0: must be between 0 and 2"),
        (["run", "settings=[nope]"], "settings=[nope]: must be some of zero_shot, io_mf"),
        (["run", "hint=much"], "hint=much: must be one of none, domain, strong"),
        (["run", "behaviour=odd", "model=scripted"], "behaviour=odd: must be one of ideal"),
        (["run", "path=/x", "model=scripted"], "path: no such option"),
        (["run", "base=2"], "arith base-2 has too few distinct items"),
        (["run", "executor.call_s=soon"], "executor.call_s=soon: must be a number"),
        (["run", "results=/proc/none", "model=scripted"], "results=/proc/none: cannot write"),
        (["run", "seed"], "seed: cannot be read as OPTION=VALUE"),
        (["run", "base=[1"], "base=[1: cannot be read as OPTION=VALUE"),
        (["show", "episode=99"], "episode=99: must be between 0 and"),
        (["fly"], "fly: no such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_does_wrong_is_one_line_and_exit_code_2(command, words, line):
    done = command(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("solverlearner: ")
    assert done.stderr.count("\n") == 1
    assert line in done.stderr


def test_an_endpoint_that_is_down_is_one_line(command):
    down = command(
        "run", "model=compatible", "name=x", "base_url=http://me:secret@127.0.0.1:9/v1", "episodes=1", "retry_s=2"
    )
    assert down.returncode == 2
    *waiting, last = down.stderr.splitlines()
    assert "http://127.0.0.1:9/v1 cannot be reached" in last
    assert "secret" not in down.stderr
    assert all("wait" in line for line in waiting)


def test_a_key_is_used_and_stored_nowhere(command, tmp_path):
    with serve(lambda prompt: r"\boxed{12}") as endpoint:
        words = ["run", "model=compatible", "name=served", f"base_url={endpoint.url}", "settings=[io]", "episodes=1"]
        done = command(*words, COMPATIBLE_API_KEY="sk-very-secret")
    assert done.returncode == 0
    assert endpoint.keys == {"Bearer sk-very-secret"}
    files = [path.read_bytes() for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert files
    assert not any(b"very-secret" in text for text in [*files, done.stdout.encode(), done.stderr.encode()])


@pytest.mark.parametrize("flags", [["--cfg", "job"], ["--cfg=all"], ["-c", "job"], ["--info", "config"]])
def test_credentials_in_an_address_are_in_no_printed_configuration(command, flags):
    done = command("run", *flags, "model=compatible", "name=m", "base_url='https://me:secret@host/v1?key=private'")
    assert "base_url" in done.stdout
    assert "secret" not in done.stdout + done.stderr
    assert "private" not in done.stdout + done.stderr


def test_an_incomplete_run_says_so_and_ends_with_1(command, tmp_path):
    def answer(prompt):
        return 400 if "74+78" in prompt else r"\boxed{12}"

    with serve(answer) as endpoint:
        words = ["run", "model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[zero_shot]", "episodes=1"]
        done = command(*words)
        assert done.returncode == 1
        assert (
            "1 of 10 calls are unanswered (400: server says 400); the same command asks only for those" in done.stderr
        )
        endpoint.answer = lambda prompt: r"\boxed{12}"
        endpoint.bodies.clear()
        assert command(*words).returncode == 0
        assert len(endpoint.bodies) == 1


def test_ctrl_c_keeps_what_was_answered_and_says_how_to_go_on(tmp_path):
    def slow(prompt):
        time.sleep(0.1)
        return r"\boxed{12}"

    with serve(slow) as endpoint:
        words = ["model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[io]", "concurrency=2"]
        command = [sys.executable, "-m", "solverlearner", "run", *words]
        env = os.environ | {"PYTHONPATH": ROOT}
        running = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=-1, stderr=-1, text=True)
        deadline = time.monotonic() + 60
        while len(endpoint.bodies) < 6 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    first, last = err.strip().splitlines()
    assert "2 calls are under way and will be kept; Ctrl-C again stops at once" in first
    assert re.fullmatch(r"solverlearner: stopped\. (\d+) of 100 replies are kept in \S+; the same command .*", last)
    (rows,) = (tmp_path / "results").glob("*/rows.jsonl")
    assert len(rows.read_text().splitlines()) >= 4


def test_a_refused_run_leaves_no_folder_behind(command, tmp_path):
    words = ["run", "model=compatible", "name=m", "base_url=http://127.0.0.1:9/v1", "episodes=1", "retry_s=2"]
    assert command(*words).returncode == 2
    assert [*tmp_path.iterdir()] == []
    assert command("run", *SMALL).returncode == 0
    before = sorted((tmp_path / "results").iterdir())
    assert command(*words).returncode == 2
    assert sorted((tmp_path / "results").iterdir()) == before
    assert command("tables", "format=[csv]").stderr == ""
