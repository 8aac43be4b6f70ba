"""For random programs of a small generator, the executor and plain `exec` agree on values and exceptions."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solverlearner.execution.executor import Executor, Limits

INPUTS = [("12", "57"), ("", "8"), (3, "x"), ([1, 2], {"k": 4})]
NAMES = ["a", "b", "_c", "xs", "d", "text"]

names = st.sampled_from(NAMES)
atoms = st.one_of(
    st.integers(-20, 20).map(str), names, st.sampled_from(["n1", "n2"]),
    st.sampled_from(["''", "'ab'", "'7'", "None", "True", "1.5", "[]", "[3, 1, 2]", "{}"]),
)  # fmt: skip


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one, two = st.tuples(inner), st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from("+ - * // % / < == != and or in is".split()), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})" if t[1] != "*" else f"({t[0]} * small({t[2]}))"
        ),
        one.map(lambda t: f"len({t[0]})"), one.map(lambda t: f"str({t[0]})"), one.map(lambda t: f"sorted({t[0]})"),
        names.map(lambda n: f"f'{{{n}!r:>5}}'"), one.map(lambda t: f"(not {t[0]})"), one.map(lambda t: f"[*{t[0]}]"),
        one.map(lambda t: f"{t[0]}.upper()"), one.map(lambda t: f"'{{}}-{{0}}'[2:].format({t[0]})"),
        two.map(lambda t: f"{t[0]}[{t[1]}]"), two.map(lambda t: f"[x for x in {t[0]} if x != {t[1]}]"),
        two.map(lambda t: f"({t[0]} if {t[1]} else 0)"), two.map(lambda t: f"{{'k': {t[0]}, str({t[1]}): 1}}"),
        two.map(lambda t: f"apply(lambda y: [y, {t[0]}], {t[1]})"), two.map(lambda t: f"Box({t[0]}).add({t[1]})"),
        two.map(lambda t: f"int({t[0]}, base={t[1]})"), one.map(lambda t: f"type({t[0]}).__name__"),
    )  # fmt: skip


expressions = st.recursive(atoms, _compound, max_leaves=6)


def _block(lines: list[str]) -> str:
    return "\n".join("    " + line for text in lines for line in text.split("\n"))


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map(_block)
    return st.one_of(
        st.tuples(expressions, body, body).map(lambda t: f"if {t[0]}:\n{t[1]}\nelse:\n{t[2]}"),
        st.tuples(names, expressions, body).map(lambda t: f"for {t[0]} in few({t[1]}):\n{t[2]}"),
        st.tuples(body, names).map(lambda t: f"try:\n{t[0]}\nexcept (TypeError, KeyError) as e:\n    {t[1]} = str(e)"),
        st.tuples(body, names).map(lambda t: f"try:\n{t[0]}\nexcept:\n    {t[1]} = 0\nfinally:\n    xs = xs or [1]"),
        st.tuples(expressions, body).map(
            lambda t: (
                f"match {t[0]}:\n    case int(a) | [a, *_]:\n        b = a\n    case {{'k': d}}:\n        pass\n"
                f"    case _:\n{_block([t[1]])}"
            )
        ),
    )


statements = st.recursive(
    st.one_of(
        st.tuples(names, expressions).map(" = ".join),
        st.tuples(names, st.sampled_from("+ - //".split()), expressions).map(lambda t: f"{t[0]} {t[1]}= {t[2]}"),
        st.tuples(names, expressions, expressions).map(lambda t: f"{t[0]}[{t[1]}] = {t[2]}"),
        st.tuples(names, names, expressions).map(lambda t: f"{t[0]}, *{t[1]} = {t[2]}"),
        expressions.map(lambda e: f"b: object = {e}"), expressions.map(lambda e: f"print({e}, sep='')"),
        expressions.map(lambda e: f"assert {e}, 'no'"), expressions.map(lambda e: f"if (_c := {e}): d = _c"),
    ),
    _nested, max_leaves=5,
)  # fmt: skip

PRELUDE = """
class Box:
    count = 0
    def __init__(self, value):
        self._value = value
        Box.count += 1
    def add(self, other):
        self._value += other
        return self._value
def apply(f, x): return f(x)
def few(xs): return list(xs)[:4]
def small(x): return min(x, 5) if isinstance(x, int) else x
def solver(n1, n2):
    a, b, _c, xs, d, text = 0, 1, 2, [1, 2], {"k": 1}, "t"
"""
programs = st.tuples(st.lists(statements, min_size=1, max_size=6), expressions).map(
    lambda t: PRELUDE + _block(t[0]) + f"\n    return [{t[1]}, a, b, _c, xs, d, text]\n"
)


def _plain(program: str) -> list[tuple[str, Any]]:
    space: dict[str, Any] = {"__name__": "program", "print": lambda *a, **k: None}
    try:
        exec(compile(program, "<program>", "exec", dont_inherit=True), space)
    except SyntaxError:  # `0.upper()`
        return [("error", "SyntaxError")] * len(INPUTS)
    found: list[tuple[str, Any]] = []
    for arguments in json.loads(json.dumps(INPUTS)):
        try:
            found.append(("ok", json.loads(json.dumps(space["solver"](*arguments)))))
        except Exception as error:
            found.append(("error", type(error).__name__))
    return found


@pytest.fixture(scope="module")
def run() -> Iterator[Any]:
    runner, executor = asyncio.Runner(), Executor(Limits(call_s=5), workers=1)
    yield lambda program: runner.run(executor.run(program, INPUTS))
    runner.run(executor.aclose())
    runner.close()


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=programs)
def test_the_executor_and_plain_exec_agree(program: str, run: Any) -> None:
    found = [
        (outcome.status, outcome.value if outcome.status == "ok" else outcome.message.partition(":")[0])
        for outcome in run(program)
    ]
    expected = _plain(program)
    for (status, value), outcome in zip(expected, found, strict=True):
        if outcome == ("error", "not a plain value"):  # a dict with other keys than strings, which json.dumps changes
            continue
        assert outcome == (status, value)
