"""Nothing that a person types is taken in silence: a wrong word is one line, exit code 2, and nothing is written."""

import json

import pytest
from test_cli import SMALL, solverlearner

from solverlearner.cli.conf_files import folders
from solverlearner.cli.declared import DeclaredOptions
from solverlearner.cli.main import commands
from solverlearner.cli.words import elements, prepared
from solverlearner.errors import UsageError

RUN = ["run", *SMALL, "settings=io"]
WITH_OPTIONS = [name for name in commands() if (folders()[0] / f"{name}.yaml").is_file()]
TEXTS = [(c, key) for c in WITH_OPTIONS for key, each in DeclaredOptions(c).own.items() if each.kind == "text"]


@pytest.mark.parametrize(("name", "key"), TEXTS)
@pytest.mark.parametrize(
    "text", ["2026_11_29", "007", "1e3", "0x1F", "true", "off", "nan", "a=b", "ü (1)", "-", "it's"]
)
def test_a_text_option_stays_text(name, key, text):
    """Hydra's parser gives back what was typed, whatever it looks like."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    words = prepared(name, [f"{key}={text}"])
    (override,) = OverridesParser.create().parse_overrides(words)
    value = override.value()
    value = value[0] if isinstance(value, list) else value
    assert getattr(value, "text", value) == text
    assert isinstance(getattr(value, "text", value), str)


@pytest.mark.parametrize("name", WITH_OPTIONS)
def test_no_option_of_any_command_may_be_empty_or_taken_away(name):
    for key in DeclaredOptions(name).names:
        for word, problem in ((f"{key}=", "is empty"), (f"~{key}", "cannot be taken away"), (key, "OPTION=VALUE")):
            with pytest.raises(UsageError, match=problem):
                prepared(name, [word])


@pytest.mark.parametrize("name", WITH_OPTIONS)
def test_every_option_of_ours_has_a_kind(name):
    mixed = {"wording"}  # a number or a word; `Plan` says what it takes
    assert {key for key, each in DeclaredOptions(name).own.items() if each.kind == "other"} <= mixed


def test_the_elements_of_a_value_stand_between_commas_outside_of_brackets_and_quotes():
    assert elements("a,[b,c],'d,e',{f:1,g:2},h\\,i") == ["a", "[b,c]", "'d,e'", "{f:1,g:2}", "h\\,i"]
    assert elements("") == [""]


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["settings=io,zero_shot"], ["settings=[io,zero_shot]"]),
        (["settings=io"], ["settings=[io]"]),
        (["settings=[io,zero_shot]"], ["settings=[io,zero_shot]"]),
        (["-m", "settings=io,zero_shot"], ["-m", "settings=[io,zero_shot]"]),
        (["-m", "settings=[io],zero_shot"], ["-m", "settings=[io],[zero_shot]"]),
        (["executor.modules=hashlib,numpy"], ["executor.modules=[hashlib,numpy]"]),
        (["base=8", "-m"], ["-m", "base=8"]),
        (["model=gguf", "path=~/a b.gguf"], ["model=gguf", "path='~/a b.gguf'"]),
        (["model=openai", "name=4", "model.name=5"], ["model=openai", "name='4'", "model.name='5'"]),
        (["-m", "model=openai", "name=4,'5,6',gpt-4o"], ["-m", "model=openai", "name='4','5,6',gpt-4o"]),
        (["task=cipher", "key=007"], ["task=cipher", "key='007'"]),
        (["task=case2code", "data=2026_11"], ["task=case2code", "data='2026_11'"]),
        (["task=case2code", "described=true"], ["task=case2code", "described=true"]),
        (["query_digits=3", "prices=null", "price_in=.5"], ["query_digits=3", "prices=null", "price_in=.5"]),
        (["+base=8", "++seed=1"], ["base=8", "seed=1"]),
        (["results=${oc.env:HOME}/r"], ["results=${oc.env:HOME}/r"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_words_become_what_hydra_reads(words, written):
    assert prepared("run", words) == written


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["results="], "results=: is empty; give it a value, or leave it out"),
        (["results= "], "results=: is empty"),
        (["results=null"], "results=null: must have a value"),
        (["results=[a,b]"], "results=[a,b]: must be one word and no list"),
        (["results={a:1}"], "results={a:1}: must be one word and no list"),
        (["+foo=1"], "foo: no such option; `python -m solverlearner run --help=all` lists them"),
        (["++foo=1"], "foo: no such option"),
        (["+foo/bar=x"], "foo/bar: no such option"),
        (["+shift=3"], "shift: no such option; it belongs to task=cipher"),
        (["executor.modules=[os]"], "executor.modules=os: reaches files, processes, the network or the interpreter"),
        (["executor.modules=http.client"], "executor.modules=http.client: reaches files"),
        (["temperature=hot"], "temperature=hot: must be a number"),
        (["temperature=true"], "temperature=true: must be a number"),
        (["temperature=nan"], "temperature=nan: must be a number"),
        (["temperature=3"], "temperature=3.0: must be between 0 and 2"),
        (["executor=2.5"], "executor=2.5: must be one of default"),
        (["experiment=null"], "experiment=null: is so without the word"),
        (["checks=yes"], "checks=yes: must be true or false"),
        (["offline=1"], "offline=1: must be true or false"),
        (["~seed"], "~seed: an option cannot be taken away"),
        (["~task"], "~task: an option cannot be taken away"),
        (["task=null"], "task=null: must be one of arith"),
        (["task=[arith]"], "task=[arith]: must be one of arith"),
        (["model=3"], "model=3: must be one of compatible"),
        (["executor=null"], "executor=null: must be one name"),
        (["task=arit"], "; did you mean arith?"),
        (["hint=stong"], "hint=stong: must be one of none, domain, strong; did you mean strong?"),
        (["settings=solver_learner"], "did you mean solverlearner?"),
        (["--task", "arith"], "--task: options have no dashes: task=arith"),
        (["--base=9"], "--base=9: options have no dashes: base=9"),
        (["--max-tokens=9"], "--max-tokens=9: options have no dashes: max_tokens=9"),
        (["--multrun"], "--multrun: no such flag; did you mean --multirun?"),
        (["base=8,9"], "base=8,9: is several values; `run -m base=8,9` runs each of them"),
        (["settings=[io],[zero_shot]"], "is several lists; `run -m settings=[io],[zero_shot]` runs each of them"),
        (["arith"], "arith: cannot be read as OPTION=VALUE; did you mean task=arith?"),
        (["model.foo=1"], "model.foo: no such option"),
        (["+model.foo=1"], "foo: no such option; there are behaviour"),
        (["-m", "+foo=1,2"], "foo: no such option"),
        (["-m", "results=a,b"], "results=a,b: is one folder a sweep"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_was_taken_in_silence_is_one_line(tmp_path, words, line):
    done = solverlearner(*RUN, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr
    assert [*tmp_path.iterdir()] == []


def test_a_folder_named_like_a_number_is_that_folder(tmp_path):
    assert solverlearner(*RUN, "results=2026_11_29", cwd=tmp_path).returncode == 0
    assert solverlearner(*RUN, "-m", "base=8,9", "results=1e3", cwd=tmp_path).returncode == 0
    assert solverlearner("tables", "results=2026_11_29,1e3", "out=0x1F", "format=csv", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0x1F", "1e3", "2026_11_29"]


def test_a_home_folder_is_found_in_every_path(tmp_path):
    done = solverlearner(*RUN, "results=~/r", cwd=tmp_path, HOME=str(tmp_path / "home"))
    assert done.returncode == 0
    (config,) = (tmp_path / "home/r").glob("*/config.json")
    assert json.loads(config.read_text())["results"] == str(tmp_path / "home/r")
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("results: 2026_11_29", "results=20261129: must be text; in a YAML file write it in quotes"),
        ("foo: 1", "foo: no such option"),
        ("shift: 3", "shift: no such option; it belongs to task=cipher"),
        ("temperature: hot", "temperature=hot: must be a number"),
        ("executor: {modules: [1]}", "executor.modules=[1]: must be a list of words"),
        ("results: ''", "results=: is empty"),
        ("hydra: {mode: MULTIRUN, sweeper: {params: {results: 2026_11_29}}}", "results: 20261129: in hydra.sweeper"),
        ("hydra: {mode: MULTIRUN, sweeper: {params: {foo: '1,2'}}}", "foo: no such option"),
        ("hydra: {mode: MULTIRUN, sweeper: {params: {base: '8,9'}}}\nfoo: 1", "foo: no such option"),
    ],
)
def test_an_experiment_is_held_to_the_same(tmp_path, content, line):
    (tmp_path / "mine/experiment").mkdir(parents=True)
    (tmp_path / "mine/experiment/own.yaml").write_text(f"# @package _global_\n# mine\n{content}\n")
    done = solverlearner(*RUN, "-cd", "mine", "experiment=own", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_users_own_task_brings_its_own_options(tmp_path):
    (tmp_path / "mine/task").mkdir(parents=True)
    text = "# @package _global_\n# arithmetic in base 5\ndefaults:\n  - arith\n  - _self_\nbase: 5\nremark: none\n"
    (tmp_path / "mine/task/five.yaml").write_text(text)
    words = [*RUN, "-cd", "mine", "task=five", "digits=3", "remark=2026_11_29"]
    assert solverlearner(*words, cwd=tmp_path).returncode == 0
    (config,) = tmp_path.glob("results/arith-base-5-*/config.json")
    assert json.loads(config.read_text())["remark"] == "2026_11_29"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["tables", "foo=bar"], "foo: no such option; `python -m solverlearner tables --help` lists them"),
        (["tables", "-m", "results=a,b"], "-m: only `run` carries out several runs, `tables` none; leave it out"),
        (["show", "base=8,9", "--multirun"], "--multirun: only `run` carries out several runs"),
        (["tables", "base=9"], "base: no such option; it belongs to `run`; `python -m solverlearner tables --help`"),
        (["tables", "out=a,b"], "out=a,b: is several values, and `tables` takes one"),
        (["report", "file="], "file=: is empty"),
        (["synth", "source=.", "model=null"], "model=null: is so without the word"),
        (["show", "why=maybe"], "why=maybe: must be true or false"),
        (["synth", "source=.", "compress=1"], "compress=1: must be true or false"),
        (["export", "hf", "resluts=x"], "resluts: no such option; did you mean results?"),
        (["score", "replies=[a]"], "replies=[a]: must be one word and no list"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_command_names_its_own_help(tmp_path, words, line):
    done = solverlearner(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("file", [".", "/", "results"])
def test_a_report_cannot_take_the_place_of_a_folder(tmp_path, file):
    assert solverlearner(*RUN, cwd=tmp_path).returncode == 0
    done = solverlearner("report", f"file={file}", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"solverlearner: file={file}: cannot be written: is a folder; name a file\n"
