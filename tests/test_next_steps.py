"""What commands say at their end: what to do next, in words that work as they stand."""

import shlex
from pathlib import Path

import pytest

from solverlearner.cli.commands.report import opened
from solverlearner.cli.main import main
from solverlearner.cli.next_steps import two_sides
from solverlearner.errors import set_log

SMALL = ["model=scripted", "episodes=2", "queries=2"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    yield
    set_log("info")


def told(capsys, *words):
    assert main([*words]) == 0
    return capsys.readouterr().out


def next_commands(text):
    lines = text.partition("\nNext:\n")[2].splitlines()
    return [shlex.split("python -m solverlearner" + line.partition("python -m solverlearner")[2])[3:] for line in lines
            if "python -m" in line]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sides"),
    [
        (["base=8,9"], ["zero_shot", "solverlearner"]),
        (["behaviour=ideal,recite"], ["scripted-ideal", "scripted-recite"]),
        (["shots=3,4", "settings=[io]"], ["shots=3", "shots=4"]),
    ],
    ids=str,
)
def test_the_end_of_a_sweep_names_commands_that_work(capsys, words, sides):
    text = told(capsys, "run", "-m", *SMALL, *words, "results=my runs")
    tables, report, compare = next_commands(text)
    assert (tables[0], report[0], compare[:3]) == ("tables", "report", ["compare", *sides])
    for each in (tables, report, compare) if "settings=[io]" in words else (compare,):  # figures take seconds
        told(capsys, *each)
    assert next_commands(told(capsys, "run", "-m", *SMALL, *words, "results=my runs")) == [tables, report, compare]


def test_a_run_ends_with_the_command_that_opens_its_own_report(capsys):
    text = told(capsys, "run", *SMALL, "results=my runs")
    assert "\n\n\n" not in text
    report = shlex.split(text.splitlines()[-1].partition("browser: ")[2])[3:]
    assert (report[0], report[-1]) == ("report", "open=true")
    shown = told(capsys, *report)
    assert "1 run," in shown
    assert "There is no browser here. Open file:///" in shown


def test_a_report_is_opened_where_there_is_a_desktop(monkeypatch, tmp_path):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.open", lambda address: address.endswith("/a%20b.html"))
    assert opened(tmp_path / "a b.html").startswith("Opened file:///")
    assert opened(tmp_path / "c.html").startswith("There is no browser here.")


def test_sides_are_what_differs():
    one = {"model": "a", "settings": ["io"], "shots": 8, "results": "x", "concurrency": 1}
    assert two_sides([one]) is None
    assert two_sides([one, one | {"results": "y", "concurrency": 2}]) is None
    assert two_sides([one, one | {"noise": 0.5}, one | {"noise": 0.1}]) is None  # only options that the first run has
    assert two_sides([one | {"noise": 0}, one | {"noise": 0.5, "model": "b"}]) == ("a", "b")
    assert two_sides([one | {"settings": ["io", "io_mf"]}]) == ("io", "io_mf")


@pytest.mark.parametrize(("log", "lines"), [("quiet", 0), ("info", 1), ("debug", 5)])
def test_log_decides_what_standard_error_gets(capsys, log, lines):
    options = ["run", *SMALL, "settings=[zero_shot]", "results=r"]
    assert main([*options, "log=info"]) == 0
    journal = next(Path("r").glob("*/replies.jsonl"))
    journal.write_text("damaged\n")  # a warning, and every call again
    capsys.readouterr()
    assert main([*options, f"log={log}"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert len(said) >= lines if log == "debug" else len(said) == lines, said
    assert sum(" attempt 1: ok in " in line for line in said) == (4 if log == "debug" else 0)


def test_a_log_that_is_none_is_one_line(capsys):
    assert main(["run", *SMALL, "log=loud"]) == 2
    assert capsys.readouterr().err == "solverlearner: log=loud: must be one of quiet, info, debug\n"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            '{"prompt": "57+27"}\n',
            'line 1: has no "input"; it begins «{"prompt": "57+27"}»; looked for one JSON object',
        ),
        ("57+27\n86\n", "line 1: is no JSON: Extra data at position 3; it begins «57+27» (1 more lines are refused"),
        ('{"custom_id": 5}\n', "none of its 1 lines answers a call that these options draw (line 1: "),
    ],
)
def test_score_says_what_it_looked_for_and_shows_a_line_that_it_could_not_read(capsys, tmp_path, lines, words):
    (tmp_path / "a.jsonl").write_text(lines)
    assert main(["score", "replies=a.jsonl", "setting=zero_shot"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("solverlearner: replies=a.jsonl: " + words), told
    assert 'with "input" and "response"' in told
    assert 'with "custom_id"' in told


def test_a_line_that_is_refused_among_others_is_shown(capsys, tmp_path):
    good = '{"input": ["57", "27"], "response": "\\\\boxed{85}"}\n'
    (tmp_path / "a.jsonl").write_text(good + '{"in": 1}\n')
    assert main(["score", "replies=a.jsonl", "setting=zero_shot"]) == 1
    out, error = capsys.readouterr()
    assert '  line 2: has no "input"; it begins «{"in": 1}»\n' in out
    assert "Looked for: one JSON object a line" in out
    assert "the first is line 2" in error


FUNCTION = '''
def spread(values: list[int]) -> int:
    """The difference between the largest and the smallest value."""
    if not values:
        return 0
    largest = smallest = values[0]
    for value in values:
        if value > largest:
            largest = value
        if value < smallest:
            smallest = value
    return largest - smallest
'''


def test_synth_of_one_package_says_why_a_split_is_empty(capsys, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "a.py").write_text(FUNCTION)
    shown = told(capsys, "synth", "source=pack", "to=out", "processes=1")
    assert "The test split is empty: a package is in one split as a whole, and the one package is in train." in shown
    assert "The " not in told(capsys, "synth", "source=pack", "to=out", "processes=1", "test=0").partition("Calls")[0]
    assert main(["run", "model=scripted", "task=case2code", "data=out/train.jsonl"]) == 2
    assert capsys.readouterr().err == (
        "solverlearner: data=out/train.jsonl: is a training split, and its functions are never asked; give the test "
        "split beside it, as data=out/test.jsonl\n"
    )
