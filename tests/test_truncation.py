"""Replies that a limit of tokens cut: which of them matter, what is said of them, and no alarm without need."""

import pytest
from kept import whole_row
from runs import grid, row, write_run

from solverlearner.__main__ import main
from solverlearner.analysis.summary import summarise
from solverlearner.analysis.truncation import cut_kind
from solverlearner.inference.token_limit import limit_warning, reasons

SOLVER = "def solver(a, b):\n    return a + b\n"
PROSE = "First we add the units of both numbers and carry what is too large, then the next column, which holds "
LOOP = "and so on, and so on " * 60


@pytest.mark.parametrize(
    ("status", "reply", "program", "kind"),
    [
        ("no_answer", PROSE, None, "before"),
        ("no_answer", "", None, "before"),
        ("no_answer", LOOP, None, "repeating"),
        ("ok", r"\boxed{12}. To check this, we", None, "after"),
        ("no_program", PROSE, None, "before"),
        ("ok", f"```python\n{SOLVER}```\nIt adds the two", SOLVER, "after"),
        ("error", f"```python\n{SOLVER}```\nIt adds the two", SOLVER, "after"),
        ("ok", f"```python\n{SOLVER}\nprint(solver(1, 2))\nprint(", f"{SOLVER}\nprint(solver(1, 2))\n", "after"),
        ("ok", f"```python\n{SOLVER}", SOLVER, "before"),
        ("error", f"```python\n{SOLVER}print(sol(", f"{SOLVER}print(sol(", "before"),
        ("error", "```python\ndef solver(a):\n    if a ==", "def solver(a):\n    if a ==", "before"),
        ("error", f"def solver(a):\n    x = '{LOOP}", f"def solver(a):\n    x = '{LOOP}", "repeating"),
    ],
)
def test_where_a_reply_was_cut(status, reply, program, kind):
    assert cut_kind("truncated", status, reply, program) == kind
    assert cut_kind("ok", status, reply, program) == ""


def cut_rows(count, reply=PROSE, setting="zero_shot", of=10, **more):
    """Rows of which the first `count` were cut without an answer, and every other one is right."""
    lost = {
        "correct": False,
        "status": "no_answer",
        "value": None,
        "reply_state": "truncated",
        "reply": reply,
        "completion_tokens": 100,
    }
    told = [lost | more if query < count else {"correct": query % 2 == 0} for query in range(of)]
    return [row(setting, query=query, **each) for query, each in enumerate(told)]


def lines(rows, model="some-model", **options):
    return summarise(map(whole_row, rows)).cut_lines(model, {"max_tokens": 100} | options)


def test_a_lower_bound_names_the_limit_the_bounds_and_what_to_raise():
    first, effect, remedy = lines(cut_rows(4))
    assert first == "Cut at max_tokens=100 before an answer: zero_shot 40 % of queries, 30 % right and 70 % at most."
    assert "lower bounds" in effect
    assert "max_tokens=400 instead of 100" in remedy


@pytest.mark.parametrize("rows", [cut_rows(0), cut_rows(1), cut_rows(2, of=50)])
def test_a_few_cut_replies_are_no_alarm(rows):
    assert lines(rows) == []


def test_what_a_higher_limit_does_not_mend_is_said_apart():
    assert lines(cut_rows(4, LOOP)) == [
        "Replies that repeat themselves until the limit, which a higher one would hardly mend: 4 of zero_shot."
    ]
    rows = [row(query=n, reply_state="truncated", reply=r"\boxed{1}. To check") for n in range(5)]
    assert lines(rows) == ["Replies that were cut after their answer, which counts as it is: 5 of io."]


def test_a_program_is_one_reply_however_many_queries_it_has():
    program = {"program": SOLVER, "reply": SOLVER, "status": "ok", "completion_tokens": 100}
    rows = cut_rows(10, setting="solverlearner", **program)
    assert lines(rows) == []
    assert lines(rows + [each | {"episode": 1} for each in rows])[0].startswith("Cut at max_tokens=100")


def test_an_endpoints_own_limit_is_not_blamed_on_max_tokens():
    (*_, remedy) = lines(cut_rows(4, completion_tokens=60))
    assert "replies ended at 60 tokens, below max_tokens=100" in remedy
    assert "instead of" not in remedy


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        (cut_rows(4, "", reasoning_tokens=100, completion_tokens=100), {}),
        (cut_rows(4), {"reasoning_effort": "low"}),
        (cut_rows(4), {"model": "openai/o3-mini"}),
    ],
)
def test_a_model_that_thinks_gets_room_for_it(rows, more):
    (*_, remedy) = lines(rows, **more)
    assert "max_tokens=16384 instead of 100" in remedy


THINKING = (
    "o1 o3-mini-2025-01-31 openai/o4-mini gpt-5 gpt-5.1 openai/gpt-oss-120b deepseek-r1 deepseek/deepseek-r1:free "
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B deepseek-reasoner Qwen/QwQ-32B Qwen/Qwen3-8B qwen3:8b kimi-k2-thinking "
    "qwen3-235b-a22b-thinking-2507 magistral-small phi-4-reasoning google/gemini-2.5-flash grok-3-mini grok-4 glm-4.6 "
    "anthropic/claude-3.7-sonnet:thinking"
)
PLAIN = (
    "gpt-4o gpt-4.1 gpt-5-chat-latest qwen2.5-coder-1.5b-instruct-q4_k_m qwen3-coder-30b qwen3-4b-instruct-2507 phi-4 "
    "grok-4-fast-non-reasoning gemini-2.0-flash llama-3.1-8b kimi-k2-instruct deepseek-v3 deepseek-chat olmo-1b foo1 "
    "SmolLM2-135M-Instruct scripted-ideal o2 grok-3 foo3-r10 claude-sonnet-4"
)


@pytest.mark.parametrize(("names", "expected"), [(THINKING, True), (PLAIN, False)])
def test_names_of_models_that_think(names, expected):
    assert [name for name in names.split() if reasons(name, {}) is not expected] == []


def test_a_warning_before_the_run_and_none_without_need():
    line = limit_warning("o3-mini", 1024, {})
    assert line.startswith("max_tokens=1024: o3-mini is a reasoning model by its name.")
    assert line.endswith("max_tokens=16384 leaves room.")
    assert "reasoning_effort=low is set" in limit_warning("some-model", 1024, {"reasoning_effort": "low"})
    for name, limit, options in (
        ("o3-mini", 8192, {}),
        ("gpt-5.1", 1024, {"reasoning_effort": "none"}),
        ("Qwen/Qwen3-8B", 1024, {"extra": {"chat_template_kwargs": {"enable_thinking": False}}}),
        ("gpt-4o", 1024, {}),
    ):
        assert limit_warning(name, limit, options) is None


def test_tables_mark_the_number_and_name_the_remedy(tmp_path):
    write_run(tmp_path / "cut", cut_rows(4))
    write_run(tmp_path / "whole", grid(lambda *place: True, settings=("zero_shot",), model="another"))
    assert main(["tables", f"results={tmp_path}", "format=[md,csv,latex]"]) == 0
    text = (tmp_path / "tables" / "tables.md").read_text()
    assert "| zero\\_shot | 30.0↑<br>" in text
    assert "100.0↑" not in text
    assert "↑ A lower bound" in text
    assert "To let them end: some-model: max\\_tokens=400 instead of 100." in text
    assert "| zero\\_shot | 10 | 3 | 3 | 0 | 4 | 4 | 4 |" in text
    assert r"30.0$\uparrow$" in (tmp_path / "tables" / "family_arith.tex").read_text()


def test_a_damaged_reply_is_no_crash(tmp_path, capsys):
    rows = cut_rows(3)
    rows[0]["reply"], rows[1]["reply"] = 12, ["odd"]
    write_run(tmp_path / "run", rows)
    assert main(["tables", f"results={tmp_path}", "format=md"]) == 0
    assert "Traceback" not in capsys.readouterr().err
