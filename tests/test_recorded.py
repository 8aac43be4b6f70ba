"""Recorded completions: a model that answers from run folders, with nothing opened and nothing asked."""

import asyncio
import dataclasses
import gzip
import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from kept import whole_row
from runs import grid

from solverlearner.analysis.recorded_square import recorded_square
from solverlearner.analysis.summary import summarise
from solverlearner.api.composition import composed_options
from solverlearner.cli.commands import run
from solverlearner.design.setting import SETTINGS
from solverlearner.errors import UsageError
from solverlearner.evaluation.options import run_spec_of
from solverlearner.files import read_json
from solverlearner.models.llamacpp import LocalModel
from solverlearner.models.recorded import OURS, Recorded
from solverlearner.pipeline import carry_out_spec
from solverlearner.reporting.first_look import percent

ROOT = Path(__file__).resolve().parents[1]
QWEN = "qwen2.5-coder-1.5b-instruct-q4_k_m"


def spec(results, **options):
    task = options.pop("task", "syntax")
    given = {**({"order": "vso"} if task == "syntax" else {}), "results": str(results), **options}
    return run_spec_of(composed_options(task, "recorded", given))


@pytest.fixture
def no_network(monkeypatch):
    connect = socket.socket.connect

    def refuse(self, address):
        if self.family != socket.AF_UNIX:  # the executor's own
            raise AssertionError(f"a connection was opened: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_recorded_completions_give_the_numbers_of_the_recorded_runs(tmp_path, no_network):
    engine, summary = carry_out_spec(spec(tmp_path))
    for folder in OURS.glob(f"syntax-vso-{QWEN}-*"):
        (setting,) = read_json(folder / "config.json")["settings"]
        recorded = read_json(folder / "summary.json")["settings"][setting]["accuracy"]["value"]
        assert summary.estimate(setting).value == pytest.approx(recorded), setting
    assert (engine.counts.asked, engine.counts.unanswered, len(summary.settings)) == (160, 0, 5)


def test_one_limit_holds_for_all_settings_of_base_9(tmp_path, no_network):
    """The largest under which all of them are recorded; the limit that is typed holds as it is."""
    cell = spec(tmp_path, task="arith", base=9)
    assert (cell.max_tokens, cell.kept["max_tokens"], cell.model.max_tokens) == (1000, 1000, 1000)
    engine, summary = carry_out_spec(cell)
    found = {name: round(summary.estimate(name).value, 2) for name in SETTINGS if name in summary.settings}
    assert found == {"zero_shot": 0.5, "io_mf": 0.92, "io": 0.0, "code_mf": 0.0, "solverlearner": 0.0}
    assert engine.model.dates == "2026-11-22 to 2026-11-29"
    assert spec(tmp_path, task="arith", base=9, max_tokens=400).max_tokens == 400


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        ({"base": 8}, 400),
        ({"base": 8, "settings": ["zero_shot", "code_mf"]}, 1000),
        ({"base": 9, "temperature": 0.7}, 400),
        ({"base": 9, "seed": 5}, 400),
    ],
)
def test_the_limit_is_the_largest_with_which_most_settings_are_recorded(options, limit):
    assert spec("results", task="arith", **options).max_tokens == limit


def test_no_other_model_leaves_its_limit_open():
    with pytest.raises(UsageError, match="max_tokens=0: must be between 1"):
        run_spec_of(composed_options("arith", "gguf", {"path": __file__, "max_tokens": 0}))


def test_the_manifest_tells_date_and_weights(tmp_path):
    cell = spec(tmp_path, settings=["code_mf"])
    engine, _ = carry_out_spec(cell)
    told = read_json(cell.path / "manifest.json")["model"]
    assert (told["name"], told["sha256"][:8], told["recorded"][:8]) == (QWEN, "cc324af0", "2026-11-")
    assert f"Recorded on {told['recorded']}, weights cc324af070c2…" in engine.model.remark


@pytest.mark.parametrize("typed", [QWEN, "qwen2.5-coder-1.5b", "QWEN"])
def test_the_beginning_of_a_name_is_enough(typed):
    assert Recorded(typed).name == QWEN


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"seed": 3}, r"zero_shot \(call 0/0\) of qwen.* is not recorded .*shots=8 seed=0 .*syntax vso"),
        ({"max_tokens": 401}, "the same prompt is recorded with max_tokens=400 temperature=0"),
        ({"temperature": 0.5}, "the same prompt is recorded with max_tokens=400 temperature=0"),
        ({"name": "gpt-4o"}, "name=gpt-4o: is not recorded in .*recorded are SmolLM2.*qwen"),
    ],
)
def test_what_is_not_recorded_is_one_line_that_says_what_is(tmp_path, options, told):
    with pytest.raises(UsageError, match=told) as caught:
        carry_out_spec(spec(tmp_path, settings=["zero_shot"], **options))
    assert "\n" not in str(caught.value)


def test_an_installed_package_says_where_the_recordings_are(monkeypatch, tmp_path):
    monkeypatch.setattr("solverlearner.models.recorded.OURS", tmp_path / "none")
    with pytest.raises(UsageError, match=r"model=recorded: the recordings are in the repository.*recordings=DIR"):
        Recorded("qwen")
    assert Recorded("qwen", recordings=str(OURS)).name == QWEN


def test_recordings_may_be_plain_or_packed_and_of_another_folder(tmp_path):
    (source,) = [each for each in OURS.glob(f"syntax-vso-{QWEN}-*") if "code_mf" in (each / "config.json").read_text()]
    copy = shutil.copytree(source, tmp_path / "own" / source.name)
    packed = copy / "replies.jsonl.gz"
    (copy / "replies.jsonl").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    cell = spec(tmp_path / "new", settings=["code_mf"], recordings=str(tmp_path / "own"))
    _, summary = carry_out_spec(cell)
    assert summary.estimate("code_mf").value == 0
    assert Recorded("qwen", recordings=str(tmp_path / "own")).identity["sha256"] is None


def test_a_broken_recording_is_one_line(tmp_path):
    source = next(OURS.glob(f"syntax-vso-{QWEN}-*"))
    copy = shutil.copytree(source, tmp_path / source.name)
    (copy / "replies.jsonl.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(UsageError, match=r"replies\.jsonl\.gz cannot be read"):
        asyncio.run(Recorded("qwen", recordings=str(tmp_path)).open())


def test_other_fields_of_a_request_are_another_request(tmp_path):
    """A completion that was asked for with top_p must not answer a call without it."""
    source = next(each for each in OURS.glob(f"syntax-vso-{QWEN}-*") if "code_mf" in (each / "config.json").read_text())
    copy = shutil.copytree(source, tmp_path / "own" / source.name)
    lines = gzip.decompress((copy / "replies.jsonl.gz").read_bytes()).decode().splitlines()
    records = [json.loads(line) for line in lines]
    for record in records:
        if "request" in record:
            record["request"]["top_p"] = 0.5
    (copy / "replies.jsonl.gz").unlink()
    (copy / "replies.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    with pytest.raises(UsageError, match="is not recorded"):
        carry_out_spec(spec(tmp_path / "new", settings=["code_mf"], recordings=str(tmp_path / "own")))


def command(*words, cwd):
    line = [sys.executable, "-m", "solverlearner", *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=cwd, timeout=120, check=False)


def test_other_commands_work_on_its_folder(tmp_path):
    options = {"settings": ["io", "solverlearner"]}
    carry_out_spec(spec(tmp_path / "results", **options))
    for words in (["tables"], ["report"], ["compare", "io", "solverlearner"]):
        done = command(*words, "results=results", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    again, _ = carry_out_spec(spec(tmp_path / "results", **options))
    assert again.counts.asked == 0


def test_the_beginning_of_a_name_is_the_same_run_and_offline_is_fine(tmp_path):
    short, full = (spec(tmp_path, settings=["code_mf"], name=name, offline=True) for name in ("qwen2.5", QWEN))
    assert short.name == full.name
    engine, _ = carry_out_spec(short)
    assert engine.counts.asked == 5
    assert read_json(short.path / "config.json")["name"] == QWEN


def test_show_says_whether_a_prompt_is_recorded(tmp_path):
    words = ("show", "--why", "model=recorded", "task=syntax", "order=vso", "setting=io")
    assert "--- reply: recorded in " in command(*words, cwd=tmp_path).stdout
    other = command(*words, "max_tokens=7", cwd=tmp_path).stdout
    assert "is not recorded with max_tokens=7" in other
    assert "the same prompt is recorded with max_tokens=400" in other


def test_the_demo_prints_what_the_readme_shows(tmp_path):
    done = command("demo", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    head, _, *rest = done.stdout.splitlines()
    assert head.startswith(f"syntax vso · {QWEN} · 5 episodes")
    shown = (ROOT / "README.md").read_text("utf-8").partition("It prints this")[2].partition("\n\n")[2]
    assert dedent(shown.partition("\n\n**How to read it.**")[0]).splitlines() == rest[: rest.index("Next:") - 1]
    assert "Told the rule, it is right on 22 % when it answers itself and 0 % when a program of its own does.\n" in (
        done.stdout
    )
    assert "Shown examples instead, it is right on 90 % when it answers itself and 0 %" in done.stdout
    assert "Of the 50 wrong values of programs from examples, 50 follow habit (SVO)" in done.stdout
    assert re.search(r"model executes +zero_shot +22 % \[12, 36\] of 50 +io +90 % \[66, 98\] of 50\n", done.stdout)
    assert "Recorded on 2026-11-" in done.stdout
    assert len(done.stdout.partition("\nNext:\n")[2].splitlines()) == 3
    assert "Queries by outcome" not in done.stdout


def test_the_demo_takes_the_options_of_run(tmp_path):
    done = command("demo", "task=cipher", "cipher=morse", "settings=[code_mf]", "details=true", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Queries by outcome" in done.stdout
    assert "code_mf 50 " in " ".join(done.stdout.split())
    assert command("demo", "--help", cwd=tmp_path).stdout.startswith("python -m solverlearner demo")
    wrong = command("demo", "ordr=vso", cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("value", "queries", "shown"), [(2 / 9, 9, "22"), (2 / 9, 999, "22"), (2 / 9, 9000, "22.2"), (1.0, 2, "100")]
)
def test_percentages_have_no_more_digits_than_their_queries_allow(value, queries, shown):
    assert percent(value, queries) == shown


def test_a_recorded_square_is_of_the_same_items_and_of_one_limit():
    kept = spec("results").kept
    there = recorded_square(OURS, QWEN, kept)
    assert {name: (round(estimate.value, 2), n) for name, (estimate, n, _) in there.items()} == {
        "zero_shot": (0.22, 50), "io_mf": (0.88, 50), "io": (0.9, 50),
        "code_mf": (0.0, 100), "solverlearner": (0.0, 100),
    }  # fmt: skip
    for key, value in {"shots": 4, "seed": 1, "hint": "none", "noise": 0.25}.items():
        assert recorded_square(OURS, QWEN, kept | {key: value}) == {}
    assert recorded_square(OURS, QWEN, kept | {"task": kept["task"] | {"complexity": 1}}) == {}


def test_a_smoke_model_is_shown_beside_the_recorded_one():
    model = LocalModel()
    cell = dataclasses.replace(spec("results"), model=model)
    row = grid(lambda *_: False, settings=("zero_shot",), episodes=1, queries=2)
    text = run.result_text(cell, summarise(map(whole_row, row)))
    live, _, recorded = text.partition("For comparison, the recorded completions of qwen")
    assert "zero_shot       0 % [0, 66] of 2" in live
    assert "io             90 % [66, 98] of 50" in recorded
