"""`export inspect`, read with inspect_ai's own functions."""

import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile

import pytest
from kept import CALL, row, unanswered, write_run
from test_cli import solverlearner

from solverlearner.analysis.intervals import accuracy, wilson
from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.design.setting import SETTINGS

without = importlib.util.find_spec("inspect_ai") is None


@pytest.mark.skipif(not without, reason="inspect_ai is installed")
def test_without_the_package_one_line_names_the_extra(tmp_path):
    write_run(tmp_path / "results" / "a", [row()])
    done = solverlearner("export", "inspect", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("solverlearner: export inspect: needs inspect_ai: pip install 'solverlearner[inspect]'\n")
    assert not (tmp_path / "results" / "inspect").exists()


@pytest.fixture
def logs(tmp_path):
    """Exports rows as a run and reads its logs: by setting."""
    log = pytest.importorskip("inspect_ai.log", reason="the extra [inspect]")
    from solverlearner.reporting.export.inspect_log import write_logs

    def export(rows, **manifest):
        write_run(tmp_path / "r" / "arith-1234", rows, **manifest)
        to = tmp_path / "to"
        to.mkdir()
        write_logs(kept_runs([str(tmp_path / "r")], print), to, print)
        read = [log.read_eval_log(info) for info in log.list_eval_logs(str(to))]
        return {each.eval.task_args["setting"]: each for each in read}

    return export


def test_a_run_is_a_log_a_setting(logs):
    found = logs([row(setting, episode, query) for setting in SETTINGS for episode in range(3) for query in range(2)])
    assert {*found} == {*SETTINGS}
    log = found["zero_shot"]
    assert (log.status, log.eval.task, log.eval.model) == ("success", "arith-base-9-zero_shot", "some-model")
    assert (log.eval.dataset.name, log.eval.dataset.samples, log.eval.config.epochs) == ("arith-base-9", 6, 1)
    assert (log.eval.run_id, log.eval.revision.commit, log.eval.revision.dirty) == ("arith-1234", "0123abc", True)
    assert (log.eval.model_generate_config.max_tokens, log.eval.task_args["base"]) == (100, 9)
    assert (log.stats.started_at, log.stats.completed_at) == ("2026-11-21T08:00:00+00:00", "2026-11-21T08:10:00+00:00")
    assert [step.solver for step in log.plan.steps] == ["generate"]
    assert [step.solver for step in found["code_mf"].plan.steps] == ["generate", "execute"]
    assert [sample.id for sample in log.samples] == ["0-0", "0-1", "1-0", "1-1", "2-0", "2-1"]


def test_a_sample_says_what_was_asked_what_came_and_what_became_of_it(logs):
    first = row(program="def …", reasoning="so", value=[1, 2], expected={"a": "b"}, recited=False)
    (sample,) = logs([first])["io"].samples
    assert [(message.role, message.text) for message in sample.messages] == [
        ("user", "57+27? 0"),
        ("assistant", "\\boxed{85}"),
    ]
    assert (sample.target, sample.choices, sample.epoch) == ('{"a": "b"}', None, 1)
    assert sample.output.choices[0].message.content[0].reasoning == "so"
    assert sample.output.completion == "\\boxed{85}"
    usage = sample.output.usage
    assert (usage.input_tokens, usage.input_tokens_cache_read, usage.output_tokens) == (20, 10, 8)
    assert (usage.reasoning_tokens, usage.total_tokens, sample.output.time) == (5, 38, 0.5)
    score = sample.scores["solverlearner"]
    assert (score.value, score.answer, score.explanation) == ("C", "[1, 2]", "right")
    assert (sample.metadata["program"], sample.metadata["variant"]) == ("def …", "base-9")
    assert json.loads(sample.metadata["input"]) == ["57", "27"]


@pytest.mark.parametrize(
    ("more", "value", "explanation"),
    [
        ({"value": "86"}, "I", "wrong"),
        ({"value": "84", "recited": True}, "I", "wrong: the default world's answer"),
        ({"status": "no_answer", "value": None}, "N", "no_answer"),
        ({"status": "error", "value": None, "message": "line 2: KeyError"}, "I", "error: line 2: KeyError"),
        ({"status": "no_program", "value": None, "reply_state": "truncated"}, "N", "no_program (reply truncated)"),
    ],
)
def test_a_score_says_why_it_failed(logs, more, value, explanation):
    (sample,) = logs([row(correct=False, **more)])["io"].samples
    score = sample.scores["solverlearner"]
    assert (score.value, score.explanation) == (value, explanation)
    assert score.answer == more.get("value")


@pytest.mark.parametrize(
    ("state", "reason"),
    [("ok", "stop"), ("truncated", "max_tokens"), ("filtered", "content_filter"), ("null", "unknown")],
)
def test_reply_states_are_stop_reasons(logs, state, reason):
    (sample,) = logs([row(reply_state=state)])["io"].samples
    assert sample.output.stop_reason == reason


def test_unanswered_queries_are_errors_and_in_no_accuracy(logs):
    verdicts = [[True, True], [True, False], [False, False]]
    rows = [row("io", e, q, correct=right) for e, pair in enumerate(verdicts) for q, right in enumerate(pair)]
    found = logs([*rows, unanswered("io", 3, 0), unanswered("io", 3, 1), unanswered("zero_shot")], state="incomplete")
    log = found["io"]
    gone = log.samples[-1]
    assert (gone.error.message, gone.scores, gone.output.choices) == ("unanswered: HTTP 503", None, [])
    assert (log.status, log.results.total_samples, log.results.completed_samples) == ("success", 8, 6)
    (score,) = log.results.scores
    assert (score.scored_samples, score.unscored_samples) == (6, 2)
    ours = accuracy(verdicts)
    assert {name: metric.value for name, metric in score.metrics.items()} == {
        "accuracy": ours.value,
        "ci95_low": ours.low,
        "ci95_high": ours.high,
    }
    assert found["zero_shot"].results.scores[0].metrics == {}


def test_zero_shot_queries_are_independent_as_in_our_summary(logs):
    rows = [row("zero_shot", e, q, correct=e < 2) for e in range(4) for q in range(3)]
    metrics = logs(rows)["zero_shot"].results.scores[0].metrics
    assert metrics["ci95_low"].value == wilson(6, 12).low


def test_tokens_of_a_program_count_once_an_episode(logs):
    rows = [row(setting, e, q) for setting in ("io", "solverlearner") for e in range(2) for q in range(3)]
    usage = {name: log.stats.model_usage["some-model"] for name, log in logs(rows).items()}
    assert (usage["io"].output_tokens, usage["solverlearner"].output_tokens) == (6 * 8, 2 * 8)


def test_samples_of_a_query_are_epochs(logs):
    log = logs([row(sample=sample, query=query) for sample in range(3) for query in range(2)])["io"]
    assert (log.eval.config.epochs, log.eval.dataset.samples, log.results.total_samples) == (3, 2, 6)
    assert [(sample.id, sample.epoch) for sample in log.samples] == [(f"0-{q}", e) for e in (1, 2, 3) for q in (0, 1)]


def test_more_samples_than_are_held_at_once_come_in_order(logs):
    rows = [row(query=query, reply=f"a\ud800 {query}") for query in range(450)]
    samples = logs(rows)["io"].samples
    assert [sample.id for sample in samples] == [f"0-{query:03}" for query in range(450)]
    assert [sample.output.completion for sample in samples] == [f"a\ufffd {query}" for query in range(450)]


def test_a_run_that_has_not_ended_is_no_success(logs):
    found = logs([row(**dict.fromkeys(CALL))], state="running", ended=None)
    assert (found["io"].status, found["io"].stats.completed_at) == ("cancelled", "")
    assert found["io"].samples[0].output.usage is None


def test_a_later_export_replaces_the_earlier_one_and_leaves_other_files(tmp_path, logs):
    found = logs([row()])
    (name,) = [file.name for file in (tmp_path / "to").iterdir()]
    assert name == f"2026-11-21T08-00-00+00-00_arith-base-9-io_{found['io'].eval.task_id}.eval"
    assert "header.json" in zipfile.ZipFile(tmp_path / "to" / name).namelist()
    (tmp_path / "to" / "other.eval").write_text("mine")
    manifest = tmp_path / "r" / "arith-1234" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("T08:00", "T09:00"))  # a further session of the run
    done = solverlearner("export", "inspect", f"results={tmp_path}/r", f"to={tmp_path}/to")
    assert done.returncode == 0, done.stderr
    assert "1 logs of 1 runs, 1 samples, 0 of them unanswered" in done.stdout
    later = name.replace("T08-00", "T09-00")
    assert sorted(file.name for file in (tmp_path / "to").iterdir()) == [later, "other.eval"]


def test_runs_of_one_name_in_two_folders_are_two_logs(tmp_path, logs):
    logs([row()])
    write_run(tmp_path / "other" / "arith-1234", [row()])
    done = solverlearner("export", "inspect", f"results=[{tmp_path}/r,{tmp_path}/other]", f"to={tmp_path}/to")
    assert (done.returncode, len([*(tmp_path / "to").iterdir()])) == (0, 2)


def test_inspect_view_lists_them(tmp_path, logs):
    logs([row(), row("solverlearner")])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "inspect_ai", "view", "--log-dir", str(tmp_path / "to"), "--port", str(port)]
    with subprocess.Popen([*command, "--host", "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as view:
        try:
            listed = fetched(f"http://127.0.0.1:{port}/api/logs", view)
        finally:
            view.terminate()
    assert {file["task"] for file in listed["files"]} == {"arith-base-9-io", "arith-base-9-solverlearner"}


def fetched(url, process):
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.2)
    raise AssertionError(process.stdout.read())
