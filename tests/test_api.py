"""The Python API: runs by names and by objects of a user's own, their results, and programs in the executor."""

import asyncio
import doctest
import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

import solverlearner as sl
from solverlearner.analysis import results
from solverlearner.analysis.tables.build import TABLE_KINDS
from solverlearner.api import functions
from solverlearner.design.learner import Learner
from solverlearner.design.scripted import Scripted
from solverlearner.evaluation.own_objects import GivenObject, class_code, recorded
from solverlearner.evaluation.row_schema import COLUMNS
from solverlearner.task import Rule, Task
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.syntax import Syntax

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "results" / "reference"
SMALL = {"episodes": 2, "queries": 3}


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def command_line(*words):
    command = [sys.executable, "-m", "solverlearner", "run", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=env)


class Echo:
    """A model of a user's own: no dataclass, and nothing of it is inherited."""

    def __init__(self, answer="42", slow=0.0, **more):
        self.answer = answer
        self._slow = slow
        self._asked = 0
        self.__dict__.update(more)

    name = "echo"
    remark = None
    identity = property(lambda self: {"answer": self.answer})

    async def open(self):
        pass

    async def aclose(self):
        pass

    def request(self, call):
        return None

    async def ask(self, call):
        self._asked += 1
        await asyncio.sleep(self._slow)
        return sl.Reply(rf"\boxed{{{self.answer}}}", completion_tokens=3)


@dataclass(frozen=True)
class Shift(Task):
    """A task of a user's own: adds a number."""

    name = "shift"
    role = "a mathematician"
    by: int = 3
    signature = "solver(n: int) -> int"

    @property
    def variant(self):
        return f"by-{self.by}"

    @property
    def rule(self):
        return _shifts(self.by)

    @property
    def default_world(self):
        return _shifts(0)

    def family(self):
        return [_shifts(by) for by in range(10)]

    def draw(self, rng, split):
        return (int(rng.random() * 1000),)

    def framing(self, told):
        return f"Add {self.by} to the number." if told == "rule" else "A rule turns a number into another one."

    def show(self, x, told):
        return str(x[0])

    def read(self, text):
        found = text.rpartition("\\boxed{")[2].partition("}")[0]
        return int(found) if found.isdigit() else None

    def contract(self, told):
        return "`n` is a number; return a number."


def _shifts(by):
    return Rule(f"adds {by}", lambda x: x[0] + by, f"def solver(n):\n    return n + {by}\n")


# Names, options and the run that they are


def test_a_call_and_a_command_are_the_same_run():
    options = {"base": 11, "shots": 4, "hint": "none", "seed": 5, "executor": {"workers": 1}, **SMALL}
    words = ["base=11", "shots=4", "hint=none", "seed=5", "executor.workers=1", "episodes=2", "queries=3"]
    done = command_line("task=arith", "model=scripted", "settings=[io,code_mf]", *words)
    assert done.returncode == 0, done.stderr
    (folder,) = [path for path in Path("results").iterdir() if path.is_dir()]
    stored = json.loads((folder / "config.json").read_text())
    r = sl.evaluate("arith", "scripted", ["io", "code_mf"], **options)
    assert r.path == folder
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["calls"]["asked_now"] == 0
    assert json.loads((folder / "config.json").read_text()) == stored
    done = command_line("task=arith", "model=scripted", "settings=[io,code_mf]", *words)
    assert "8 of 8 replies were there already" in done.stdout


@pytest.mark.parametrize("given", [Arith(base=11, digits=3), Syntax(order="vos", shown="standard")])
def test_an_object_of_a_class_of_ours_is_the_run_of_its_name(given):
    values = {"shown": "show"}
    options = {values.get(each.name, each.name): getattr(given, each.name) for each in fields(given) if each.init}
    named = sl.evaluate(given.name, "scripted", ["io"], behaviour="recite", **options, **SMALL)
    assert sl.evaluate(given, Scripted("recite"), ["io"], **SMALL).path == named.path


def test_executor_options_are_taken_dotted_too():
    assert sl.evaluate("arith", "scripted", ["code_mf"], **{"executor.workers": 1}, **SMALL).accuracy


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: sl.evaluate("arit", "scripted"), "task=arit: must be one of arith, "),
        (lambda: sl.evaluate("arith", "gpt-4o"), "model=gpt-4o: must be one of compatible, "),
        (lambda: sl.evaluate("arith", "openai"), "name: must be given"),
        (lambda: sl.evaluate("arith", "scripted", episode=3), "episode: no such option; did you mean episodes?"),
        (lambda: sl.evaluate("arith", "scripted", order="sov"), "order: no such option; it belongs to another task"),
        (lambda: sl.evaluate("arith", "scripted", task_={}), "task_: no such option"),
        (lambda: sl.evaluate("arith", "scripted", executor={"worker": 1}), "executor.worker: no such option"),
        (lambda: sl.evaluate("arith", "scripted", executor=3), "executor=3: must be"),
        (lambda: sl.evaluate("arith", "scripted", shots=print), "shots: must be a plain value"),
        (lambda: sl.evaluate("arith", "scripted", shots="four"), "shots=four: must be a whole number"),
        (lambda: sl.evaluate("arith", "scripted", "io"), "settings=io: must be a list"),
        (lambda: sl.evaluate("arith", "scripted", ["oi"]), "settings=[oi]: must be some of"),
        (lambda: sl.evaluate("arith", "scripted", base=40), "base=40: must be between"),
        (lambda: sl.evaluate(Arith(base=9), "scripted", base=8), "base=8: the Arith that was given has 9"),
        (lambda: sl.evaluate(Shift(), "scripted", base=8), "base: no such option; it belongs to another task"),
        (lambda: sl.evaluate("arith", "scripted", max_tokens=None), "max_tokens=None: must be a whole number"),
        (lambda: sl.load_results("nowhere"), "results=nowhere: no such folder"),
        (lambda: sl.run_programs("def solver(): pass", [()]), "programs: must be a list"),
        (lambda: sl.run_programs(["def solver(x): pass"], ["x"]), "inputs[0]='x': must be the tuple"),
        (lambda: sl.run_programs([], [], workers=0), "workers=0: must be"),
    ],
)
def test_a_wrong_argument_is_one_line_that_names_it(call, line):
    with pytest.raises(sl.UsageError) as raised:
        call()
    assert str(raised.value).startswith(line)
    assert "\n" not in str(raised.value)
    assert not Path("results").exists()


# Objects of a user's own


def test_a_model_and_a_task_of_a_users_own_make_a_run_that_goes_on():
    model = Echo("7")
    r = sl.evaluate(Shift(by=5), model, ["zero_shot", "io"], **SMALL)
    assert r.path.name.startswith("shift-by-5-echo-")
    assert model._asked == 12
    again = sl.evaluate(Shift(by=5), Echo("7"), ["zero_shot", "io"], **SMALL)
    assert again.path == r.path
    assert json.loads((r.path / "manifest.json").read_text())["calls"]["asked_now"] == 0
    assert sl.evaluate(Shift(by=5), "scripted", **SMALL).accuracy["solverlearner"].value == 1.0
    frame = again.to_pandas()
    assert (frame.by == 5).all()
    assert (frame.answer == "7").all()


def test_other_options_are_another_run_and_the_state_of_a_model_is_none():
    def name(model, task="arith", **options):
        return sl.evaluate(task, model, ["zero_shot"], episodes=1, queries=1, **options).name

    used = Echo()
    assert name(used) == name(used) == name(Echo())
    others = [Echo("8"), Echo(slow=0.001), Echo(batch=2), Echo(top_p=0.5), Echo(stop=("a", "b")), Echo(extra={"k": 1})]
    assert len({name(model) for model in [Echo(), *others]}) == 7
    assert len({name("scripted", Shift(by)) for by in range(1, 4)}) == 3


class Slotted:
    __slots__ = ("_hidden", "size")

    def __init__(self, size, hidden=1):
        self.size, self._hidden = size, hidden


@dataclass
class Made:
    size: int
    inner: object = None
    how: object = None
    secret_key: str = "x"
    _private: int = 1
    seen: int = field(default=0, init=False)


class Named:
    kind = "ours"


class Below(Named):
    pass


def test_an_object_is_recorded_by_its_kind_and_what_it_was_made_from():
    here = __name__
    assert recorded(Slotted(3, 4)) == {"object": f"{here}.Slotted", "size": 3, "hidden": 4}
    assert recorded(Made(1, Path("a"))) == {
        "object": f"{here}.Made", "size": 1, "inner": "a", "how": None, "_private": 1
    }  # fmt: skip
    assert recorded(Made(1, Slotted(1)))["size"] == 1
    assert recorded(Named()) == {"object": "ours"}
    assert recorded(Below())["object"] == f"{here}.Below"
    one, other = ({"how": recorded(Made(1, how=how))["how"]} for how in (lambda x: x + 1, lambda x: x + 2))
    assert one != other
    nested, changed = (recorded(Made(1, Made(2, how=how))) for how in ("a", "b"))
    assert nested != changed


def test_credentials_of_an_object_are_not_stored():
    r = sl.evaluate("arith", Echo(api_key="sk-1", token="sk-2", max_new_tokens=5), ["io"], **SMALL)
    stored = "".join(path.read_text() for path in r.path.glob("*.json*"))
    assert "sk-" not in stored
    assert "max_new_tokens" in stored


def test_how_a_model_samples_is_taken_from_it():
    r = sl.evaluate("arith", Echo(temperature=0.7, max_tokens=99), ["io"], samples=2, **SMALL)
    assert (r.options["temperature"], r.options["max_tokens"]) == (0.7, 99)
    with pytest.raises(sl.UsageError, match=r"temperature=0.5: the Echo that was given has 0.7"):
        sl.evaluate("arith", Echo(temperature=0.7), ["io"], temperature=0.5)


def without(part, **others):
    members = {name: value for name, value in vars(Echo).items() if name != part and not name.startswith("__")}
    return type("Own", (), {**members, **others, "answer": "1", "_slow": 0, "_asked": 0})()


async def nothing(self, *call):
    return None


async def said(self, call):
    return ""


@pytest.mark.parametrize("part", ["name", "ask"])
def test_what_a_model_lacks_is_named(part):
    with pytest.raises(sl.UsageError, match=rf"^model=Own: lacks {part}; a model has a name and async def ask"):
        sl.evaluate("arith", without(part), ["io"], **SMALL)


class Least:
    """The least that a model is: no dataclass, no base class."""

    def __init__(self, answer):
        self.name, self.answer = f"least-{answer}", answer

    async def ask(self, call):
        return sl.Reply(rf"\boxed{{{self.answer}}}")


def test_a_model_is_any_class_with_a_name_and_ask():
    one, two = (sl.evaluate("arith", Least(answer), ["io"], **SMALL) for answer in (1, 2))
    assert one.name != two.name


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (Echo, "model=Echo: is a class; give an object of it: Echo(…)"),
        (None, "model=NoneType: lacks name, ask; "),
        (
            type("S", (Least,), {"ask": said})(1),
            "model=S: ask must return a Reply, and returned an object of str",
        ),
        (
            type("T", (Least,), {"ask": lambda self: 1})(1),
            "model=T: ask must be def ask(self, call), and does not take",
        ),
        (type("U", (Least,), {"open": True})(1), "model=U: open must be a method, def open(self), and is an object of"),
        (without("ask", ask=nothing), "model=Own: ask must return a Reply, and returned None"),
        (without("ask", ask=lambda self, call: sl.Reply("")), "model=Own: ask must be a coroutine: async def ask"),
        (without("open", open=lambda self: None), "model=Own: open must be a coroutine: async def open"),
        (without("request", request=lambda self, call: {}), "model=Own: request must return a Request or None"),
        (without("name", name=3), "model=Own: name must be text"),
        (without("identity", identity="me"), "model=Own: identity must be a mapping"),
    ],
)
def test_a_wrong_part_of_a_model_is_named(model, line):
    with pytest.raises(sl.UsageError) as raised:
        sl.evaluate("arith", model, ["io"], **SMALL)
    assert str(raised.value).startswith(line)


@dataclass(frozen=True)
class AskTwice(Learner):
    """Asks again without a hint."""

    words: str = "Write another one."
    most_calls = 2

    def next(self, known, tried):
        return [*tried[-1].sent, {"role": "user", "content": self.words}]


def test_a_learner_of_a_users_own_is_given_as_an_object_or_a_class():
    def run(learner):
        r = sl.evaluate("arith", "scripted", ["solverlearner"], behaviour="revise", learner=learner, **SMALL)
        return r.name, r.to_pandas().calls.unique().tolist(), r.accuracy["solverlearner"].value

    names = {}
    for learner in (AskTwice(), AskTwice("Again."), AskTwice, "at_once"):
        names[run(learner)[0]], calls, accuracy = None, *run(learner)[1:]
        assert (calls, accuracy) == ([1], 0.0) if learner == "at_once" else ([2], 1.0)
    assert len(names) == 4
    with pytest.raises(
        sl.UsageError, match=r"^learner=Alien: lacks fewest_shots, states_rule, most_calls, first, next"
    ):
        run(Alien())


class Alien:
    name = "alien"
    variant = "x"


class NoRole(Shift):
    role = property()


@pytest.mark.parametrize(
    ("task", "line"),
    [
        (Shift, "task=Shift: is a class"),
        (Alien(), "task=Alien: is no Task: derive the class from solverlearner.task.Task; it lacks contract, "),
        (NoRole(), "task=NoRole: lacks role"),
        (type("Many", (Shift,), {"of_episode": lambda *_: 3})(), "task=Many: of_episode must return a Task"),
    ],
)
def test_a_wrong_part_of_a_task_is_named(task, line):
    with pytest.raises(sl.UsageError) as raised:
        sl.evaluate(task, "scripted", ["io"], **SMALL)
    assert str(raised.value).startswith(line)


def test_a_mistake_in_a_users_own_model_is_shown_as_it_is():
    async def wrong(self, call):
        raise KeyError("own mistake")

    with pytest.raises(KeyError, match="own mistake"):
        sl.evaluate("arith", without("ask", ask=wrong), ["io"], **SMALL)


CELL = """
from dataclasses import dataclass
from solverlearner.tasks.arith import Arith

@dataclass(frozen=True)
class Own(Arith):
    name = "own"
    def read(self, text):
        return {read}
"""


def test_a_class_of_a_notebook_is_known_by_what_its_methods_do():
    def code(read):
        cell = {"__name__": "__main__"}
        exec(CELL.format(read=read), cell)
        return class_code(cell["Own"])

    assert code("None") == code("None  # the same")
    assert code("None") != code("'1'")
    assert code("text in {'a', 'b', 'c'}") == code("text in {'c', 'b', 'a'}")


# Results


def test_results_of_a_run():
    r = sl.evaluate("arith", "scripted", behaviour="recite", checks=True, seed=2, **SMALL)
    assert [*r.accuracy] == ["zero_shot", "io_mf", "io", "code_mf", "solverlearner", "check"]
    estimate = r.accuracy["io"]
    assert isinstance(estimate, sl.Estimate)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert r.effects["interaction"].value == 0.0
    written = json.loads((r.path / "summary.json").read_text())
    assert r.summary == {key: value for key, value in written.items() if key != "cost"}
    assert r.unanswered == 0
    assert "solverlearner" in repr(r)
    assert "<table>" in r._repr_html_()
    assert r.name in r._repr_html_()


class Failing(Echo):
    name = "<b>failing</b>"

    async def ask(self, call):
        if call.place.startswith("io/1/"):
            raise sl.ProviderError("overloaded")
        return await super().ask(call)


def test_unanswered_queries_stop_the_call_unless_they_may_be_and_are_nan():
    with pytest.raises(sl.RunStopped, match=r"3 of 6 calls are unanswered \(overloaded\).*load_results\('results"):
        sl.evaluate("arith", Failing(), ["io"], **SMALL)
    r = sl.evaluate("arith", Failing(), ["io"], max_unanswered=3, **SMALL)
    assert (r.unanswered, r.state) == (3, "incomplete")
    frame = r.to_pandas()
    assert frame.correct.isna().sum() == frame.completion_tokens.isna().sum() == 3
    assert math.isclose(frame.correct.mean(), r.accuracy["io"].value)
    assert "<b>" not in r._repr_html_()
    assert "3 unanswered" in repr(r)


def test_a_setting_without_an_answer_is_nan():
    class Dead(Echo):
        async def ask(self, call):
            if call.setting.name == "io":
                raise sl.ProviderError("no", alone=True)
            return await super().ask(call)

    r = sl.evaluate("arith", Dead(), ["io", "zero_shot"], max_unanswered=6, **SMALL)
    assert math.isnan(r.accuracy["io"].value)
    assert not math.isnan(r.accuracy["zero_shot"].value)


def test_the_columns_are_those_that_are_documented():
    r = sl.evaluate("arith", "scripted", ["io", "solverlearner"], **SMALL)
    frame = r.to_pandas(texts=True)
    rows = [{"shots": "program_shots", "shots_right": "program_shots_right"}.get(name, name) for name in COLUMNS]
    options = [{"wording": "option_wording"}.get(key, key) for key in r.options if key != "seed"]
    assert [*frame.columns] == ["run", *rows, *options]
    assert {"base", "digits", "shots", "hint", "temperature", "max_tokens", "behaviour"} <= {*r.options}
    assert not {"concurrency", "cache", "results", "derivation", "executor"} & {*r.options}
    assert (len(frame), frame.run.unique().tolist()) == (12, [r.name])
    light = r.to_pandas()
    texts = {*frame} - {*light}
    assert texts == {"prompt", "reply", "reasoning", "program", "own_rule"}
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in texts | {"run", "program_shots", "program_shots_right"})
    assert str(light.correct.dtype) == str(light.seconds.dtype) == "float64"


def test_attributes_that_are_called_like_columns_or_each_other_are_kept_apart():
    task = type("Odd", (Shift,), {"__init__": lambda self, **all: self.__dict__.update(all)})(by=2, size=1, value=8)
    frame = sl.evaluate(task, Echo(size=2, shots=99), ["io"], **SMALL).to_pandas()
    assert frame[["by", "size", "option_value", "model_size", "model_shots", "shots"]].iloc[0].tolist() == [
        2,
        1,
        8,
        2,
        99,
        8,
    ]
    assert frame.value.tolist() == ["42"] * 6


def test_many_runs():
    for base in (9, 10):
        for behaviour in ("ideal", "recite"):
            sl.evaluate("arith", "scripted", ["zero_shot", "solverlearner"], base=base, behaviour=behaviour, **SMALL)
    rs = sl.load_results("results")
    assert [run.name for run in rs] == sorted(run.name for run in rs)
    assert rs[rs[1].name].path == rs[1].path == rs[1:][0].path
    assert len(sl.load_results([rs[0].path, Path("results")])) == 4
    with pytest.raises(KeyError):
        rs["no such run"]
    frame = rs.to_pandas()
    assert frame.groupby(["base", "behaviour"]).size().tolist() == [12] * 4
    assert "4 runs" in repr(rs)
    assert "4 runs" in rs._repr_html_()

    found = rs.compare(model=("scripted-ideal", "scripted-recite"), setting="zero_shot")
    assert found.level.tolist() == ["all", "variant", "variant", "pair", "pair"]
    assert found.n.tolist() == [2 * found.n[1], *found.n[1:]]
    assert found.difference[0] == pytest.approx(found.difference[1:3].mean())
    assert found.isna().variant.tolist() == [True, *[False] * 4]
    found = found[found.level == "pair"]
    assert found.variant.tolist() == ["base-9", "base-10"]
    assert found.difference.tolist()[0] > 0.5
    assert found.difference.tolist()[1] == 0
    assert found[["first", "second"]].iloc[0].tolist() == ["scripted-ideal", "scripted-recite"]
    both = rs.compare(setting=["zero_shot", "solverlearner"], variant="base-9", model="scripted-ideal")
    assert both.n.tolist() == [6, 6]


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        ({}, "compare: needs one pair"),
        ({"model": "a"}, "compare: needs one pair"),
        ({"model": ("a", "b", "c")}, "compare: needs one pair"),
        ({"model": ("scripted-ideal", "b")}, "model=b: no run has this; there are scripted-ideal"),
        ({"colour": ("a", "b")}, "colour=a: none has it; there are "),
        ({"base": (9, 77)}, "base=77: no run has this; there are 9"),
        ({"setting": ("io", "zero_shot")}, "setting=zero_shot: no run has this; there are io"),
    ],
)
def test_what_cannot_be_compared_is_said(wanted, line):
    sl.evaluate("arith", "scripted", ["io"], **SMALL)
    with pytest.raises(sl.UsageError) as raised:
        sl.load_results().compare(**wanted)
    assert str(raised.value).startswith(line)


def test_the_tables_are_those_of_the_command():
    sl.evaluate("arith", "scripted", checks=True, **SMALL)
    rs = sl.load_results()
    assert rs.table("square").contrast.tolist()[0] == "induction effect, model executes"
    assert rs.table("recitation").empty or "table" in rs.table("recitation")
    for kind in TABLE_KINDS:
        assert [*rs.table(kind).columns][:1] in ([], ["table"])
    with pytest.raises(sl.UsageError, match="kind=cube: must be one of family, comparison, square"):
        rs.table("cube")


def test_a_broken_run_is_left_out_with_a_warning():
    kept = sl.evaluate("arith", "scripted", ["io"], **SMALL)
    broken = sl.evaluate("arith", "scripted", ["io"], seed=1, **SMALL)
    (broken.path / "config.json").write_text("{")
    with pytest.warns(UserWarning, match=broken.name):
        rs = sl.load_results()
    assert [run.path for run in rs] == [kept.path]


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no reference runs")
def test_every_reference_run_can_be_read():
    rs = sl.load_results(REFERENCE)
    assert len(rs) >= 212
    for run in [*rs][::20]:
        frame = run.to_pandas()
        means = frame[frame.setting != "check"].groupby("setting").correct.mean()
        for setting, mean in means.items():
            assert math.isclose(mean, run.accuracy[setting].value) or math.isnan(mean)


# Where it runs


def test_it_works_inside_a_running_loop():
    async def notebook():
        r = sl.evaluate("arith", "scripted", ["io", "code_mf"], **SMALL)
        ((outcome,),) = sl.run_programs(["def solver(x):\n    return x * 2"], [(4,)], workers=1)
        return r.accuracy["io"].value, outcome.value

    assert asyncio.run(notebook()) == (1.0, 8)


def test_it_is_quiet_unless_progress_is_asked_for(capfd):
    sl.evaluate("arith", "scripted", ["io"], **SMALL)
    assert capfd.readouterr() == ("", "")
    sl.evaluate("arith", "scripted", ["io"], seed=1, progress=True, **SMALL)
    out, err = capfd.readouterr()
    assert (out, err.rpartition("\r")[2].startswith("6 of 6 calls")) == ("", True)


def test_a_budget_that_is_too_small_is_refused_before_anything_is_asked():
    with pytest.raises(sl.UsageError, match="nothing was started"):
        sl.evaluate("arith", Echo(), ["io"], budget=0.0001, price_in=1000, price_out=1000, **SMALL)


INTERRUPTED = """
import asyncio, sys
sys.path.insert(0, {tests!r})
import solverlearner as sl
from test_api import Echo
print("asking", flush=True)
def go():
    try:
        sl.evaluate("arith", Echo(slow={slow}), ["zero_shot"], episodes=20, queries=10, concurrency=2)
    except KeyboardInterrupt as stopped:
        print("kept", stopped, flush=True)
async def cell():
    go()
{how}
"""


@pytest.mark.parametrize("how", ["go()", "asyncio.run(cell())"])
def test_ctrl_c_ends_what_is_under_way_and_keeps_what_came(how):
    code = INTERRUPTED.format(tests=str(ROOT / "tests"), slow=0.1, how=how)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True, env=env)
    wait_for_replies(5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "2 calls are under way and will be kept" in err
    kept = int(out.partition("kept ")[2].partition(" of 200")[0])
    assert 5 <= kept < 200
    (frame,) = [run.to_pandas() for run in sl.load_results()]
    assert frame.correct.notna().sum() == kept


def test_ctrl_c_twice_stops_at_once():
    code = INTERRUPTED.format(tests=str(ROOT / "tests"), slow=0.1, how="go()").replace(
        "Echo(slow=0.1)",
        "type('Stuck', (Echo,), {'ask': lambda s, c: Echo(slow=0 if c.episode.index < 2 else 999).ask(c)})()",
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True, env=env)
    wait_for_replies(20)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "kept 20 of 200 replies are kept" in out


def wait_for_replies(count):
    for _ in range(1_200):  # two minutes, for a loaded machine
        time.sleep(0.1)
        if sum(path.read_text().count('"state"') for path in Path("results").glob("*/replies.jsonl")) >= count:
            return
    raise AssertionError("no replies")


def test_programs_in_the_executor():
    programs = [
        "def solver(a, b):\n    return a + b",
        "def solver(a, b):\n    return eval('a')",
        "def solver(a, b):\n    while True: pass",
    ]
    limits = sl.Limits(call_s=0.1, program_s=0.5)
    found = sl.run_programs(programs, [(1, 2), ["x", "y"]], limits=limits, workers=2)
    assert [[outcome.status for outcome in each] for each in found] == [
        ["ok", "ok"], ["rejected"] * 2, ["timeout"] * 2
    ]  # fmt: skip
    assert [outcome.value for outcome in found[0]] == [3, "xy"]


# Packaging


def test_the_names_are_listed_and_typed():
    assert {*sl.__all__} <= {*dir(sl)}
    assert {*sl.__all__} - {"__version__"} == {*functions.__all__}
    assert all(getattr(sl, name) is getattr(functions, name) for name in functions.__all__)
    assert (Path(sl.__file__).parent / "py.typed").exists()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sl.nothing


def test_importing_the_package_imports_nothing_of_the_api():
    code = "import sys, solverlearner; dir(solverlearner); print('solverlearner.api.functions' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(("module", "fewest"), [(functions, 11), (results, 18)])
def test_the_examples_of_the_docstrings_run(module, fewest):
    ran = doctest.testmod(module)
    assert ran.attempted >= fewest
    assert ran.failed == 0


def test_a_given_object_stands_for_its_record():
    model = Echo("1")
    given = GivenObject(model)
    assert given.made is model
    assert given == recorded(model)
