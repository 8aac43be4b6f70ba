import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import packages_distributions
from random import Random

import pytest
from endpoint import serve
from test_cli import ROOT, SMALL, solverlearner

JOBLIB = "hydra-joblib-launcher" in packages_distributions().get("hydra_plugins", [])
CELLS = ["run", "-m", *SMALL, "base=8,9", "settings=[io],[solverlearner]"]


@pytest.fixture
def command(tmp_path):
    return lambda *words, **environment: solverlearner(*words, cwd=tmp_path, **environment)


def rows(results):
    return {file.parent.name: file.read_text() for file in sorted(results.glob("*/rows.jsonl"))}


def calls_asked(results):
    journals = (
        (file.parent.name, json.loads(line)) for file in results.glob("*/replies.jsonl") for line in file.open()
    )
    return [(folder, record["id"]) for folder, record in journals if "id" in record]


def test_a_sweep_says_what_it_will_do_and_a_line_a_cell(command, tmp_path):
    done = command(*CELLS)
    first, *cells, last = done.stdout.partition("\nNext:\n")[0].splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert first == "4 runs: 0 finished, 4 to do · 12 calls to make"
    assert cells[0].startswith("1/4 base=8 settings=[io]: io 1.000; 4 calls; arith-base-8-scripted-ideal-")
    assert len(cells) == 4
    assert last == "4 of 4 runs were finished now · 12 calls were made"
    assert not list((tmp_path / "results/.sweep").iterdir())


def test_finished_cells_are_left_out_and_a_run_is_the_same_cell(command, tmp_path):
    assert command("run", *SMALL, "base=8", "settings=[io]").returncode == 0
    first = rows(tmp_path / "results")
    assert command(*CELLS).stdout.startswith("4 runs: 1 finished, 3 to do · 8 calls to make\n1")
    again = command(*CELLS)
    assert again.stdout.startswith("4 runs: 4 finished, 0 to do · 0 calls to make\nNext:\n")
    assert rows(tmp_path / "results").items() >= first.items()


def test_cells_that_are_the_same_run_are_run_once(command, tmp_path):
    done = command("run", "-m", *SMALL, "settings=[io]", "concurrency=1,2", "base=9,9")
    assert done.stdout.startswith("1 run: 0 finished, 1 to do · 3 more are the same run as one of these · 4 calls")
    assert len(rows(tmp_path / "results")) == 1


def test_bad_cells_stop_the_sweep_before_it_begins_and_are_all_named(command, tmp_path):
    done = command("run", "-m", *SMALL, "base=8,99,9", "shots=4,many")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "solverlearner: 4 of 6 runs cannot start: shots=many: must be a whole number (base=8 shots=many, "
        "base=99 shots=many, base=9 shots=many); base=99: must be between 2 and 36 (base=99 shots=4); "
        "none was started\n"
    )
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["-m", "task=arith,nope"], "task=nope: must be one of arith, base_conversion, case2code, "),
        (["-m", "base=8,9", "bas=9"], "bas: no such option; did you mean base?"),
        (["-m", "base=interval(1,3)"], "base=interval(1,3): must list its values"),
        (["-m", "experiment=shots,hint"], "experiment=shots,hint: is one experiment a sweep"),
        (["-m", "results=a,b"], "results=a,b: is one folder a sweep"),
        (
            ["experiment=nope"],
            "experiment=nope: must be one of digits, dynamicqa, hint, learners, models, noise, paper, persuasion, "
            "rule_form, samples, shots, symbols, temperature, thought, wording, worlds",
        ),
        (["experiment=paper", "task=nope"], "task=nope: must be one of arith"),
        (["-cd", "nowhere"], "Additional config directory"),
        (["-m", "results=/proc/none"], "results=/proc/none: cannot write"),
        (["-m", "base=8,9", "budget=1"], "2 of 2 runs cannot start: budget=1: the price of scripted-ideal is not "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_does_wrong_is_one_line_and_exit_code_2(command, words, line):
    done = command("run", *words, *SMALL)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"solverlearner: {line}")


@pytest.mark.skipif(JOBLIB, reason="the launcher is installed")
def test_a_launcher_that_is_not_installed_is_named_with_its_extra(command):
    done = command(*CELLS, "hydra/launcher=joblib")
    fix = "pip install 'solverlearner[joblib]'"
    assert (done.returncode, done.stderr) == (2, f"solverlearner: hydra/launcher=joblib: is not installed: {fix}\n")


def test_an_experiment_is_a_grid_that_typed_words_change(command):
    done = command("run", "experiment=paper", "task=arith,cipher", "settings=[io]", *SMALL)
    assert done.stdout.startswith("8 runs: 0 finished, 8 to do · 32 calls to make\n1/8 task=arith base=8: io 1.000")
    assert "8/8 task=cipher cipher=morse: io" in done.stdout


def test_a_users_own_experiment_lies_in_a_folder_of_theirs(command, tmp_path):
    (tmp_path / "mine/experiment").mkdir(parents=True)
    grids = "[{task: arith, base: '8,9'}, {task: cipher, shift: 3, settings: '[io]'}]"
    text = f"# @package _global_\nhydra:\n  mode: MULTIRUN\n  sweeper:\n    grids: {grids}\n"
    (tmp_path / "mine/experiment/own.yaml").write_text(text)
    done = command("run", "-cd", "mine", "experiment=own", *SMALL)
    assert done.stdout.startswith("3 runs: ")
    assert "3/3 task=cipher shift=3 settings=[io]: io 1.000" in done.stdout


def test_a_cell_that_fails_is_said_twice_and_the_others_run(command, tmp_path):
    with serve(lambda prompt: r"\boxed{12}") as first, serve(lambda prompt: r"\boxed{12}") as last:
        urls = f"base_url={first.url},http://127.0.0.1:9/v1,{last.url}"
        words = ["run", "-m", "model=compatible", "name=m", "settings=[io]", "episodes=1", "queries=2", urls]
        done = command(*words, "retry_s=2")
        assert len(first.bodies) == len(last.bodies) == 2
    assert done.returncode == 2
    waiting = "solverlearner: waiting for the endpoint"
    at_once, title, at_the_end = [line for line in done.stderr.splitlines() if not line.startswith(waiting)]
    problem = r"base_url=http://127.0.0.1:9/v1: model=m: .*cannot be reached.*"
    assert re.fullmatch(rf"solverlearner: 2/3 {problem}", at_once)
    assert title == "solverlearner: 1 of 3 runs failed; the same command tries again:"
    assert re.fullmatch(rf"  {problem}", at_the_end)
    assert "2 of 3 runs were finished now" in done.stdout


def test_a_budget_stops_the_sweep_where_it_is_reached_and_a_larger_one_goes_on(command, tmp_path):
    with serve(lambda prompt: r"\boxed{12}") as endpoint:
        words = ["run", "-m", "model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[io]", "episodes=1"]
        # A reply says 3 tokens, though max_tokens=1 promises fewer: $0.30 a call, where $0.10 at most are foreseen.
        words += ["max_tokens=1", "model.price_in=0", "model.price_out=100000", "concurrency=1", "base=8,9"]
        refused = command(*words, "budget=1")
        assert (refused.returncode, len(endpoint.bodies)) == (2, 0)
        assert "budget=1: 20 calls may cost $2.0000; nothing was started" in refused.stderr
        stopped = command(*words, "budget=4")
        assert "20 calls to make · at most about $2.00" in stopped.stdout
        assert "14 calls were made · $4.2000 spent in all" in stopped.stdout
        assert (stopped.returncode, len(endpoint.bodies)) == (1, 14)
        assert stopped.stderr == (
            "solverlearner: budget=4: is reached; 1 of 2 runs are not finished; "
            "the same command with a larger budget goes on from there\n"
        )
        assert command(*words, "budget=9").returncode == 0
        assert len(endpoint.bodies) == 20


def test_a_single_run_keeps_to_its_budget(command):
    with serve(lambda prompt: r"\boxed{12}") as endpoint:
        words = ["run", "model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[io]", "episodes=1"]
        words += ["max_tokens=1", "price_in=0", "price_out=100000", "concurrency=1"]
        assert "budget=0.5: 10 calls may cost $1.0000; nothing" in command(*words, "budget=0.5").stderr
        stopped = command(*words, "budget=1.1")
        assert (stopped.returncode, len(endpoint.bodies)) == (1, 4)
        assert "budget=1.1: is reached, $1.2000 are spent; the same command with a larger" in stopped.stderr


def test_ctrl_c_ends_a_sweep_after_what_is_under_way(tmp_path):
    def slow(prompt):
        time.sleep(0.1)
        return r"\boxed{12}"

    with serve(slow) as endpoint:
        words = ["model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[io]", "episodes=2", "base=8,9,10"]
        command = [sys.executable, "-m", "solverlearner", "run", "-m", "concurrency=1", *words]
        running = subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": ROOT}, stdout=-1, stderr=-1, text=True
        )
        deadline = time.monotonic() + 60
        while len(endpoint.bodies) < 25 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "1/3 base=8: io" in out
    assert err.splitlines()[-1] == (
        "solverlearner: stopped. 2 of 3 runs are not finished; the same command goes on from there"
    )
    assert len(calls_asked(tmp_path / "results")) < 40


def test_a_sweep_that_is_killed_again_and_again_ends_with_the_rows_of_one_that_is_not(tmp_path):
    words = [*CELLS, "base=8,9,10,11"]
    command = [sys.executable, "-m", "solverlearner", *words]
    env = os.environ | {"PYTHONPATH": ROOT}
    rng = Random(6)
    for _ in range(4):
        running = subprocess.Popen([*command, "results=killed"], cwd=tmp_path, env=env, stdout=subprocess.DEVNULL)
        time.sleep(1 + 2 * rng.random())
        running.kill()
        running.wait()
    for results in ("killed", "undisturbed"):
        assert solverlearner(*words, f"results={results}", cwd=tmp_path).returncode == 0
    assert rows(tmp_path / "killed") == rows(tmp_path / "undisturbed")
    assert len(rows(tmp_path / "killed")) == 8
    asked = calls_asked(tmp_path / "killed")
    assert len(asked) == len(set(asked)) == len(calls_asked(tmp_path / "undisturbed"))


@pytest.mark.skipif(not JOBLIB, reason="the launcher is an extra: pip install 'solverlearner[joblib]'")
def test_joblib_gives_the_same_rows(command, tmp_path):
    assert command(*CELLS, "results=alone").returncode == 0
    done = command(*CELLS, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "results=beside")
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 of 4 runs were finished now · 12 calls were made" in done.stdout
    assert rows(tmp_path / "beside") == rows(tmp_path / "alone")
