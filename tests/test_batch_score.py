"""Batches as a person meets them: a run from the command line, Ctrl-C, and the scores of a batch's output file."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from batch_endpoint import serve_batches
from test_batch import answer
from test_cli import ROOT, solverlearner

PLANNED = ["episodes=3", "queries=2", "seed=5", "checks=true"]
DRAWN = PLANNED[:3]


def words(endpoint, *more):
    model = ["model=compatible", "name=gpt-4o", f"base_url={endpoint.url}", "temperature=0"]
    return ["run", "task=spatial", *model, *PLANNED, "model.batch=true", *more]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A run, its folder, and the output file of its batch."""
    folder = tmp_path_factory.mktemp("ran")
    with serve_batches(answer) as endpoint:
        done = solverlearner(*words(endpoint, "rpm=1"), cwd=folder)  # which is no limit for replies that are here
    (run,) = (folder / "results").glob("spatial-*")
    return done, run, run / "batch" / "001.output.jsonl"


def rows_in(folder, *without):
    (run,) = (folder / "results").glob("spatial-*-output-*")
    rows = map(json.loads, (run / "rows.jsonl").read_text().splitlines())
    return [{name: value for name, value in row.items() if name not in without} for row in rows]


def test_a_run_by_batch_from_the_command_line(ran):
    done, run, output = ran
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^Cost: 23 calls, 161 \+ 69 tokens, \$0\.0005\.$", done.stdout, re.MULTILINE)
    assert output.exists()
    assert json.loads((run / "summary.json").read_text())["cost"]["usd"] == round(
        (161 * 2.5 + 69 * 10) / 2 / 1e6, 6
    )  # half
    batches = {json.loads(line).get("batch") for line in (run / "replies.jsonl").read_text().splitlines()}
    assert batches >= {"batch_1"}


def test_the_output_file_scores_as_the_run_did(ran, tmp_path):
    _, run, output = ran
    (tmp_path / "output.jsonl.gz").write_bytes(gzip.compress(output.read_bytes()))
    done = solverlearner("score", "task=spatial", "replies=output.jsonl.gz", *DRAWN, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "23 of 23 lines answer 25 of the 25 calls" in done.stdout
    assert "2 calls have the reply to the same prompt in another episode." in done.stdout
    rows = [json.loads(line) for line in (run / "rows.jsonl").read_text().splitlines()]
    of_file = ("model", "seconds")
    assert rows_in(tmp_path, *of_file) == [
        {name: value for name, value in row.items() if name not in of_file} for row in rows
    ]


def test_only_what_the_file_has_is_scored_and_failures_are_unanswered(ran, tmp_path):
    records = [json.loads(line) for line in ran[2].read_text().splitlines()]
    kept = sorted((record for record in records if record["custom_id"].startswith("io/")), key=lambda r: r["custom_id"])
    kept[0] = {"custom_id": kept[0]["custom_id"], "response": None, "error": {"message": "batch expired"}}
    (tmp_path / "output.jsonl").write_text("".join(json.dumps(record) + "\n" for record in [*kept[:4], {"x": 1}]))
    done = solverlearner("score", "task=spatial", "replies=output.jsonl", *DRAWN, cwd=tmp_path)
    assert done.returncode == 1
    assert '1 of 5 lines are refused, the first is line 5: has no "custom_id"' in done.stderr
    assert "4 of 5 lines answer 4 of the 6 calls that these options draw in its settings" in done.stdout
    assert 'line 5: has no "custom_id"' in done.stdout
    assert "1 calls failed in the batch and are unanswered." in done.stdout
    assert [row["status"] == "unanswered" for row in rows_in(tmp_path)] == [True, False, False, False]


def test_options_of_another_run_are_said(ran, tmp_path):
    done = solverlearner("score", "task=arith", f"replies={ran[2]}", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "none of its 23 lines answers a call that these options draw; task, episodes, shots, " in done.stderr
    done = solverlearner("score", "task=spatial", f"replies={ran[2]}", *DRAWN[:2], "seed=6", cwd=tmp_path)
    assert re.search(r"^\d+ lines answer none: are episodes, shots, seed and the others", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("custom_id", ["request-1", "io/x/y", "io", ""])
def test_a_file_of_another_program_is_one_line(tmp_path, custom_id):
    (tmp_path / "other.jsonl").write_text(json.dumps({"custom_id": custom_id, "response": {"body": {}}}) + "\n")
    done = solverlearner("score", "replies=other.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "none of its 1 lines answers a call" in done.stderr


def test_ctrl_c_says_that_the_batch_stays(tmp_path):
    environment = os.environ | {"PYTHONPATH": ROOT}
    with serve_batches(answer, ending="in_progress") as endpoint:
        command = [sys.executable, "-m", "solverlearner", *words(endpoint)]
        run = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        while not any(batch["polls"] for batch in endpoint.batches.values()):
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, stderr = run.communicate(timeout=60)
    assert run.returncode == 130
    assert re.search(r"no batch is lost \(batch_1 \w+, 0 of 23 answered\); the same command goes on", stderr)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["model=compatible", "name=m", "base_url=http://127.0.0.1:9/v1", "batch=soon"], "batch=soon: must be true"),
        (["model=scripted", "batch=true"], "batch: no such option; it belongs to model=compatible and model=openai"),
        (["model=openai", "name=m", "batch=true"], "OPENAI_API_KEY: no API key"),
        (
            ["model=compatible", "name=m", "base_url=http://127.0.0.1:9/v1", "batch=true", "retry_s=1"],
            "model=m: http://127.0.0.1:9",
        ),
    ],
)
def test_what_a_user_does_wrong_is_one_line(tmp_path, options, line):
    done = solverlearner("run", *options, "episodes=1", cwd=tmp_path)
    *waits, last = done.stderr.splitlines()
    assert (done.returncode, done.stdout, last[: 15 + len(line)]) == (2, "", f"solverlearner: {line}")
    assert all("waiting for the endpoint" in each for each in waits)


def test_no_line_of_a_batch_is_lost_in_silence(ran, tmp_path):
    lines = [line for line in ran[2].read_text().splitlines() if '"custom_id": "io/' in line]
    other = json.dumps({**json.loads(lines[0]), "custom_id": "io/99/0/0123456789abcdef"})
    text = "\ufeff{torn\r\n\r\n" + "\r\n".join([*lines, lines[0], other]) + "\r\n5\n"
    (tmp_path / "output.jsonl").write_text(text, encoding="utf-8", newline="")
    done = solverlearner("score", "task=spatial", "replies=output.jsonl", *DRAWN, cwd=tmp_path)
    assert done.returncode == 1
    count = len(lines)
    assert f"{count} of {count + 4} lines answer" in done.stdout
    assert "1 lines answer none" in done.stdout
    assert "1 lines are about a call that another line answers" in done.stdout
    assert f"2 of {count + 4} lines are refused, the first is line 1: is no JSON" in done.stderr
    assert f"line {count + 5}: must be an object" in done.stdout


def test_a_file_of_prompts_of_the_users_own_scores_with_the_same_prompts_only(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "framing.jinja").write_text("Listen. {{ framing }}")
    own = ["prompts=mine", "system=You are terse."]
    with serve_batches(answer) as endpoint:
        done = solverlearner(*words(endpoint, *own), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = (tmp_path / "results").glob("spatial-*")
    output = run / "batch" / "001.output.jsonl"
    done = solverlearner("score", "task=spatial", f"replies={output}", "results=scored", *DRAWN, *own, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "23 of 23 lines answer 25 of the 25 calls" in done.stdout
    (scored,) = (tmp_path / "scored").glob("spatial-*")
    config, asked = (json.loads((path / "config.json").read_text()) for path in (scored, run))
    assert [config[key] for key in ("prompts", "system")] == [asked[key] for key in ("prompts", "system")]
    for less in (own[:1], own[1:], []):
        done = solverlearner("score", "task=spatial", f"replies={output}", *DRAWN, *less, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "prompts, system must be those of the run that wrote it" in done.stderr
    (tmp_path / "other.jsonl").write_text('{"input": "1", "response": "2"}\n')
    done = solverlearner("score", "replies=other.jsonl", *own[1:], cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "system=You are terse.: only the completions of a batch's output file are found by their prompts" in done.stderr
    )
