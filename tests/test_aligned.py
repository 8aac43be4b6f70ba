"""Tables of a run fit the terminal, and stay as they are in a file or a pipe."""

import pytest
from kept import whole_row
from runs import grid

from solverlearner.analysis.summary import summarise
from solverlearner.reporting.aligned import columns, sentences
from solverlearner.reporting.first_look import first_look
from solverlearner.reporting.terminal import render_summary

ROWS = [("setting", "accuracy", "about")]
ROWS += [("solverlearner", "0.500 [0.250, 0.750]", "it says so in several plain words")]


@pytest.fixture
def summary():
    return summarise(map(whole_row, grid(lambda setting, episode, query: query == 1)))


def terminal(monkeypatch, width):
    """Let standard output be a terminal of so many columns."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))


def test_a_narrow_terminal_breaks_sentences_and_no_interval(monkeypatch):
    terminal(monkeypatch, 60)
    assert [*columns(ROWS)] == [
        "  setting        accuracy              about",
        "  solverlearner  0.500 [0.250, 0.750]  it says so in several",
        "                                       plain words",
    ]
    terminal(monkeypatch, 20)  # no column gets narrower than its longest word
    lines = [*columns(ROWS)]
    assert any("[0.250, 0.750]" in line for line in lines)
    assert max(map(len, lines)) < 45


@pytest.mark.parametrize("width", [80, 100])
def test_all_of_a_summary_fits_the_terminal(monkeypatch, summary, width):
    terminal(monkeypatch, width)
    long = render_summary(summary, shots=8, default_world="base 10")
    short = first_look(summary, variant="arith base-9", model="some-model", shots=8, default_world="base 10")
    for text in (long, short):
        assert [line for line in text.splitlines() if len(line) > width] == []


def test_a_file_is_not_broken_into_lines(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert len([*columns(ROWS)]) == 2
    assert sentences(["word " * 60]) == ["word " * 60]
    assert max(map(len, sentences(["word " * 60], 80))) < 80
