"""A run's folder is named by kinds of tasks and models: moving a module renames no run."""

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module

from solverlearner.cli.composed import checked
from solverlearner.cli.declared import DeclaredOptions
from solverlearner.cli.hydra_app import plain_options
from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import TARGET, answers_follow_from, class_at, folder_name
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.same_numbers import with_same_numbers

REFERENCE = Path(__file__).resolve().parent.parent / "results" / "reference"
CONFIGS = sorted(REFERENCE.glob("*/config.json"))


def config_of(path):
    return {key: value for key, value in json.loads(path.read_text()).items() if key != "derivation"}


def test_there_are_reference_runs():
    assert len(CONFIGS) >= 212


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parent.name)
def test_a_reference_run_keeps_its_name(path):
    name = path.parent.name
    assert folder_name(answers_follow_from(config_of(path)), name.rpartition("-")[0]) == name


OLD = {
    "solverlearner.local_model.LocalModel": "llamacpp",
    "solverlearner.openai_model.OpenAIModel": "openai",
    "solverlearner.scripted.Scripted": "scripted",
    "solverlearner.tasks.arith.Arith": "arith",
    "solverlearner.tasks.case2code.Case2Code": "case2code",
    "solverlearner.tasks.cipher.Cipher": "cipher",
    "solverlearner.tasks.spatial.Spatial": "spatial",
    "solverlearner.tasks.syntax.Syntax": "syntax",
}


@pytest.mark.parametrize("path", OLD)
def test_a_path_of_an_earlier_version_still_finds_its_class_and_names_the_same_run(path):
    cls = class_at(path)
    assert vars(cls)["kind"] == OLD[path]
    today = f"{cls.__module__}.{cls.__qualname__}"
    names = {folder_name({"model": {TARGET: target, "temperature": 0.0}}, "x") for target in (path, today)}
    assert len(names) == 1


class Own:
    """A class of a user's."""


class Named(Own):
    """One that says its kind."""

    kind = "named"


class Moved(Own):
    """The same, after its user moved it."""

    kind = "named"


class Below(Named):
    """One that inherits a kind and has none of its own."""


def test_a_class_of_a_users_own_is_known_by_its_kind_or_else_by_its_path():
    def name_of(cls, **options):
        return folder_name({"task": {TARGET: f"{cls.__module__}.{cls.__qualname__}", **options}}, "x")

    assert len({name_of(Own), name_of(Named), name_of(Below), name_of(Named, base=9)}) == 4
    assert name_of(Moved) == name_of(Named)


def test_a_class_that_is_not_there_is_refused_with_its_path():
    with pytest.raises(UsageError, match="no_such_module"):
        folder_name({"task": {TARGET: "no_such_module.Task"}}, "x")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("", "arith-base-9-SmolLM2-135M-Instruct-d77e41b0"),
        ("model=openai name=gpt-4o temperature=1 samples=4", "arith-base-9-gpt-4o-b99814d9"),
        (
            "model=compatible name=m base_url=http://u:p@127.0.0.1:1/v1 timeout=3 batch=true extra={top_p:0.9,seed:1}"
            " budget=3 price_in=1 price_out=2 cache=off rpm=3 executor.batch=2 results=elsewhere",
            "arith-base-9-m-58a3c334",
        ),
        ("model=scripted settings=[io,solverlearner] refine=2", "arith-base-9-scripted-ideal-4657e67a"),
        (
            "model=scripted noise=0.25 noise_kind=random noise_told=true checks=true identifiable=true seed=4 hint=none"
            " shots=3",
            "arith-base-9-scripted-ideal-b9383784",
        ),
        ("task=arith query_digits=4 model=scripted", "arith-base-9-query-digits-4-scripted-ideal-e3902db3"),
    ],
    ids=lambda value: value[:30],
)
def test_options_as_typed_name_the_run_that_they_always_named(words, name):
    with initialize_config_module("solverlearner.conf", version_base="1.3"):
        assert run_spec_of(plain_options(compose("run", words.split()))).name == name


@pytest.mark.parametrize("letter", ["a", "é", "字"])
def test_a_long_model_name_makes_a_name_that_a_file_can_have(letter):
    model = f"/mnt/{letter * 300}/step_1200/hf"
    names = {folder_name({"model": {"name": model + end}}, f"arith-base-9-{model}{end}") for end in ("", "-2")}
    assert len(names) == 2
    assert all(len(name.encode()) <= 240 and "step_1200-hf" in name for name in names)


class Rated:
    """A model of a user's, which is no dataclass."""

    def __init__(self, rate: float | None = None, temperature: "float" = 0.0, size: int = 3) -> None:
        self.name = "rated"

    async def ask(self, call):
        """Ask nothing."""


@pytest.mark.parametrize(
    "words",
    [
        ["temperature=0", "noise=0", "retry_s=600"],
        ["temperature=0", "model=openai", "name=x"],
        ["model=openai", "name=x", "model.timeout_s=600", "price_in=1", "price_out=2", "executor.call_s=1"],
    ],
)
def test_a_whole_number_and_the_same_number_as_a_float_are_one_run(words):
    floats = [f"{word}.0" if word.rpartition("=")[2].isdigit() else word for word in words]
    with initialize_config_module("solverlearner.conf", version_base="1.3"):
        whole, same = (
            run_spec_of(plain_options(compose("run", ["model=scripted", *each]))) for each in (words, floats)
        )
    assert (whole.name, whole.derivation) == (same.name, same.derivation)
    assert json.dumps(whole.kept) == json.dumps(same.kept)


def test_so_are_options_of_a_model_under_another_name():
    declared, chosen = DeclaredOptions("run", ["model=openai"]), {"task": "arith", "model": "openai"}
    found = checked({"timeout": 600, "task": {}, "model": {}}, chosen, declared)
    assert json.dumps(found["timeout"]) == "600.0"


def test_so_are_those_of_a_class_of_a_users_own():
    def typed(rate, temperature, size):
        model = {TARGET: f"{__name__}.Rated", "rate": rate, "temperature": temperature, "size": size}
        return json.dumps(with_same_numbers({"temperature": temperature, "rate": rate, "size": size, "model": model}))

    assert typed(1, 0, 2) == typed(1.0, 0.0, 2)
    assert typed(1, 0, 2) != typed(1, 0, 2.0)
    assert typed(None, 0, 2) != typed(0, 0, 2)
