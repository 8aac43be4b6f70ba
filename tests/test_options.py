"""The options that change what a run's shots are and what is asked besides, as a person gives them."""

import json
import re
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from hydra import compose, initialize_config_module
from test_cli import solverlearner

from solverlearner.analysis.conditions import condition, of_queries, plain_variant
from solverlearner.cli.help import help_text
from solverlearner.cli.hydra_app import plain_options
from solverlearner.design.learner_options import LearnerOptions
from solverlearner.design.plan import Plan
from solverlearner.design.setting import parse_settings
from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import answers_follow_from
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.run_options import ExecutorOptions, Part, RunOptions, known_options, options_of
from solverlearner.execution.executor import Limits
from solverlearner.inference.request_options import RequestOptions
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

SMALL = ["model=scripted", "episodes=2", "queries=2"]


def test_a_run_with_all_of_them_says_so_and_records_it(tmp_path):
    words = ["task=spatial", "data=wu2023", "noise=0.25", "noise_kind=random", "noise_told=true", "identifiable=true"]
    done = solverlearner("run", *words, "checks=true", "details=true", *SMALL, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"\n +check +1\.000 \[0\.207, 1\.000\]\n", done.stdout)
    assert "1 question\n" in done.stdout
    assert "Noise: 4 of all 16 shots show a wrong output." in done.stdout
    (folder,) = (tmp_path / "results").glob("spatial-r90-wu2023-scripted-ideal-*")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    assert [row["setting"] for row in rows].count("check") == 1
    assert {row["corrupted"] for row in rows} == {2}
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["checks"]["queries"], summary["shots_corrupted"]) == (1, 4)
    assert any("wrong" in row["prompt"][0]["content"] for row in rows if row["setting"] == "io")


def test_show_prints_the_checks_alone_and_beside_the_settings(tmp_path):
    alone = solverlearner("show", "setting=check", cwd=tmp_path).stdout
    assert re.findall(r"^--- (\w+):", alone, re.MULTILINE) == ["check", "expected"] * 2
    assert "What is the next number after 38?" in alone
    assert "--- expected: 40\n" in alone
    beside = solverlearner("show", "checks=true", "settings=[io]", cwd=tmp_path).stdout
    assert re.findall(r"^--- (\w+):", beside, re.MULTILINE) == [
        "io",
        "expected",
        "check",
        "expected",
        "check",
        "expected",
    ]
    assert alone in beside


@pytest.mark.parametrize("command", ["data", "score"])
def test_the_new_commands_have_help_and_are_listed(command):
    assert f"\n  {command} " in solverlearner().stdout
    text = solverlearner(command, "--help").stdout
    assert text.startswith(f"python -m solverlearner {command} [OPTION=VALUE ...]\n")
    assert {"data": "  format=jsonl", "score": "  replies=…"}[command] in text
    assert "task=syntax" in text
    assert "model=gguf" not in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["run", "noise=much"], "noise=much: must be a number"),
        (["run", "checks=maybe"], "checks=maybe: must be true or false"),
        (
            ["run", "task=syntax", "data=wu2023"],
            "data: no such option; it belongs to task=arith, task=case2code",
        ),
        (["run", "shots=0", "identifiable=true"], "identifiable=true: 0 shots of arith base-9 do not pin the rule"),
        (["data", "format=xml"], "format=xml: must be one of jsonl, csv, wu2023, wu2023_few_shot"),
        (["data", "format=wu2023"], "format=wu2023: is there for task=arith data=wu2023 and task=spatial data=wu2023"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_does_wrong_is_one_line_and_exit_code_2(tmp_path, words, line):
    done = solverlearner(*words, *(SMALL if words[0] == "run" else []), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"solverlearner: {line}")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"noise": 1.5}, "noise=1.5: must be between 0 and 1"),
        ({"noise": -0.1}, "noise=-0.1: must be between 0 and 1"),
        ({"noise_kind": "white"}, "noise_kind=white: must be one of default, random"),
    ],
)
def test_values_out_of_range_are_named(change, line):
    with pytest.raises(UsageError, match=re.escape(line)):
        Plan(Arith(), parse_settings(["io"]), 1, 1, 1, 0, "domain", **change)


def composed(*words):
    with initialize_config_module("solverlearner.conf", version_base="1.3"):
        return plain_options(compose("run", [*words]))


def test_an_option_is_one_field_with_default_help_and_what_it_belongs_to():
    known = options_of(RunOptions)
    options = composed("model=scripted")
    assert {each.name: each.default for each in known if each.name != "settings"} == {
        key: value for key, value in options.items() if key in known_options() and key != "settings"
    }
    assert options["executor"] | {"modules": ()} == {each.name: each.default for each in options_of(ExecutorOptions)}
    text = help_text("run", ["--help=all"], width=1_000)
    for each in known:
        assert f"  {each.name}={each.default_text} " in text
        assert each.help in text
        assert f"\n{each.part.title}:\n" in text


@pytest.mark.parametrize("cls", [Plan, RequestOptions, LearnerOptions, Limits])
def test_what_takes_an_option_has_the_same_default(cls):
    known = {each.name: each.default for each in (*options_of(RunOptions), *options_of(ExecutorOptions))}
    given = {each.name: each.default for each in fields(cls) if each.default is not MISSING}
    given |= {each.name: None for each in fields(cls) if each.default is MISSING}
    assert len({*given} & {*known}) >= 2
    for name in {*given} & {*known} - {"prompts", "learner"}:  # of a plan these are objects
        assert given[name] in (None, known[name]), name


@pytest.mark.parametrize("part", Part)
def test_what_names_a_run_and_what_separates_runs_follow_from_the_part(part):
    for known in (each for each in options_of(RunOptions) if each.part is part):
        options = {"model": {}, known.name: "another"}
        assert (known.name in answers_follow_from(options)) == part.names_run
        assert (known.name in condition({**options, "noise": 1}, {})) == (part.separates or known.name == "noise")
    assert part.names_run or not part.separates


def test_a_later_option_at_its_default_leaves_names_as_they_are():
    for known in options_of(RunOptions):
        if known.part.names_run:
            at_default = answers_follow_from({"model": {}, known.name: known.default})
            assert (known.name in at_default) == known.always_named
    later = {each.name for each in options_of(RunOptions) if each.part.names_run and not each.always_named}
    assert {"refine", "hypothesis"} <= later


@pytest.mark.parametrize("words", [["store=off"], ["-m", "base=8,9", "store=off"], ["experiment=shots", "store=on"]])
def test_an_option_of_an_earlier_name_is_told_its_name_of_today(tmp_path, words):
    done = solverlearner("run", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "solverlearner: store: is called cache now: give cache=…\n"


def test_the_config_of_an_earlier_version_names_the_same_run_under_the_same_condition():
    options = composed("model=scripted")
    old = {"store" if key == "cache" else key: value for key, value in options.items()}
    assert answers_follow_from(old) == answers_follow_from(options)
    assert condition(old, {}) == condition(options, {})


@pytest.mark.parametrize("value", ["on", "off", "true", "false"])
def test_the_cache_is_switched_on_and_off(value):
    assert run_spec_of(composed("model=scripted", f"cache={value}")).cache is (value in ("on", "true"))


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("prices=1e3", "a number"),
        ("results=2.50", "a number"),
        ("results=true", "true or false"),
        ("hint=1.0", "a num"),
    ],
)
def test_text_that_reads_as_another_kind_is_refused(word, read):
    key = word.partition("=")[0]
    with pytest.raises(UsageError, match=rf"^{key}=\S+: is read as {read}.* put quotes into the word, {key}='"):
        run_spec_of(composed("model=scripted", word))
    assert run_spec_of(composed("model=scripted", "results='1e3'")).results == Path("1e3")


QUERY_OPTIONS = [
    (Arith, {"query_digits": 4}),
    (Cipher, {"query_letters": 8, "letters": 6}),
    (Spatial, {"query_objects": 5}),
    (Syntax, {"query_complexity": 2}),
]


@pytest.mark.parametrize(("cls", "options"), QUERY_OPTIONS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_task_says_which_of_its_options_vary_the_queries_alone(cls, options):
    (name,) = cls.query_options
    plain = cls(**{key: value for key, value in options.items() if key != name})
    draws = [[task.draw(Random("x"), "shots") for task in (plain, cls(**options))] for _ in range(3)]
    assert all(one == other for one, other in draws)
    assert plain.rule.name == cls(**options).rule.name
    config = {"task": {"_target_": f"{cls.__module__}.{cls.__name__}", **options}, "model": {}}
    assert plain_variant(config, cls(**options).variant) == plain.variant
    assert condition(config, {}) == {name: options[name]}
    at_default = {"task": config["task"] | {name: getattr(plain, name)}}
    assert plain_variant(at_default, plain.variant) == plain.variant
    assert condition(at_default, {}) == {}
    assert of_queries(name)


@dataclass(frozen=True)
class Own(Arith):
    """A user's task, whose option has another kind of name and another kind of variant."""

    harder: bool = False
    query_options: ClassVar[tuple[str, ...]] = ("harder",)

    @property
    def variant(self):
        return f"own{self.base}" + ("!" if self.harder else "")


def test_a_users_task_says_so_too_and_one_that_is_not_here_keeps_its_variant():
    own = {"_target_": f"{Own.__module__}.Own", "base": 9, "harder": True}
    assert plain_variant({"task": own}, "own9!") == "own9"
    assert condition({"task": own}, {}) == {"harder": True}
    gone = {"_target_": "no_such_module.Task", "query_digits": 4}
    assert plain_variant({"task": gone}, "base-9-query-digits-4") == "base-9-query-digits-4"
