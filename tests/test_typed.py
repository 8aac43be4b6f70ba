import asyncio
import json
import math
import subprocess
import sys
from collections import Counter, OrderedDict, namedtuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solverlearner.case2code.literals import read_literal, write_literal
from solverlearner.case2code.values import decode, encode, same
from solverlearner.execution.executor import Executor
from solverlearner.execution.sandbox.typed_values import _TAGS as TAGS

NAN, INF = float("nan"), float("inf")
ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=8)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from([*TAGS])
)  # fmt: skip
HASHABLE = st.recursive(ATOMS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=6)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner) | st.tuples() | st.sets(HASHABLE, max_size=4)
        | st.frozensets(HASHABLE, max_size=4) | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.dictionaries(st.sampled_from([*TAGS, "a"]), inner, max_size=2)
    ),
    max_leaves=12,
)  # fmt: skip


def exactly(value):
    """A value with its types as text, floats to the bit."""
    return json.dumps(encode(value))


@given(VALUES)
def test_a_value_survives_json_with_all_its_types(value):
    back = decode(json.loads(json.dumps(encode(value))))
    assert same(value, back)
    assert exactly(back) == exactly(value)
    assert type(back) is type(value)


@given(VALUES)
def test_a_literal_that_is_written_is_read_back(value):
    back = read_literal(write_literal(value))
    assert exactly(back) == exactly(value)


@given(VALUES, VALUES)
def test_same_is_symmetric_and_never_fails(one, other):
    assert same(one, other) == same(other, one)
    assert same([one, other], [one, other])


@settings(max_examples=25, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=20))
def test_values_survive_a_program(executor, values):
    run, opened = executor
    outcomes = run(opened.run("def solver(x):\n    return x\n", [(encode(value),) for value in values], True))
    assert [outcome.status for outcome in outcomes] == ["ok"] * len(values)
    assert [json.dumps(outcome.value) for outcome in outcomes] == [exactly(value) for value in values]


@pytest.fixture(scope="module")
def executor():
    with asyncio.Runner() as runner:
        opened = Executor(workers=1)
        runner.run(opened.__aenter__())
        yield runner.run, opened
        runner.run(opened.aclose())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1), (1, 1.0), (False, 0), (0, None), ("1", 1), ([1], (1,)), ({1}, frozenset({1})), ({1}, {True}),
        ({1}, {1.0}), ({1: 2}, {True: 2}), ({1: 2}, {1: 2.0}), ("a", b"a"), ({"a": 1}, [("a", 1)]), ([1, 2], [1]),
        (1.0, 1.0 + 2e-9), (NAN, 0.0), (INF, -INF), ([1, [True]], [1, [1]]), ({1.0}, {1.0 + 1e-12}), ({}, set()),
    ],
)  # fmt: skip
def test_other_types_and_values_are_not_the_same(one, other):
    assert not same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NAN, float("nan")), ([NAN], [NAN]), ({NAN}, {float("nan")}), (0.1 + 0.2, 0.3), (INF, INF), (0.0, -0.0),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}), ({3, "x", (1,)}, {(1,), 3, "x"}), ({(1,): 0.3}, {(1,): 0.1 + 0.2}),
        (1e-13, 0.0), (1e20, 1e20 + 16384),
    ],
)  # fmt: skip
def test_what_differs_only_in_order_or_rounding_is_the_same(one, other):
    assert same(one, other)


def test_subclasses_count_as_what_they_hold():
    point = namedtuple("point", "x y")
    assert decode(encode(point(1, 2))) == (1, 2)
    for value in (Counter("aab"), OrderedDict(b=1, a=2)):
        assert type(decode(encode(value))) is dict


NOT_PLAIN = [object(), 1j, ..., bytearray(b"a"), 10**5000, "\ud800", [print], {1: range(3)}]


@pytest.mark.parametrize("value", NOT_PLAIN, ids=type)
def test_what_is_no_plain_value_is_refused(value):
    with pytest.raises(ValueError, match="not a plain value"):
        encode(value)


def test_depth_and_size_are_limited():
    deep = []
    for _ in range(150):
        deep = [deep]
    with pytest.raises(ValueError, match="nested deeper"):
        encode(deep)
    with pytest.raises(ValueError, match="too large"):
        encode("x" * 2**21)


@pytest.mark.parametrize(
    "stored",
    [
        {"__set__": [[1]]}, {"__set__": 3}, {"__dict__": [[1]]}, {"__dict__": [[[], 1]]}, {"__bytes__": "xy"},
        {"__bytes__": 1}, {"__float__": "x"}, {"__tuple__": None}, {"__frozenset__": [{"a": 1}]},
    ],
)  # fmt: skip
def test_a_tag_that_holds_something_else_is_an_error(stored):
    with pytest.raises(ValueError, match="__"):
        decode([stored])


def test_plain_json_is_read_as_it_is():
    plain = {"a": [1, 2.5, None, True, {"__x__": 1, "b": {}}], "__tuple__": [1], "$set": {"x": 1}}
    assert decode(plain) == plain


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "1 +", "f(1)", "__import__('os')", "[i for i in (1,)]", "{[]: 1}", "{[1]}", "1 + 2j", "...", "f'{1}'",
        "{**{}}", "set(1)", "float('x')", "frozenset([[]])", "-'a'", "[" * 5000, "9" * 5000, "'" + "a" * 70_000 + "'",
        "-" * 3000 + "1", "\0",
    ],
)  # fmt: skip
def test_what_is_no_literal_is_refused(text):
    with pytest.raises(ValueError, match=r"literal|longer|digits"):
        read_literal(text)


@given(st.text(alphabet="[](){}',\"\\bf0 1:.-sNonet") | st.text())
def test_no_text_makes_the_reader_fail(text):
    try:
        value = read_literal(text)
    except ValueError:
        return
    assert same(decode(encode(value)), value)


@pytest.mark.parametrize("text", ["set()", "frozenset()", "frozenset({1})", "set([1])", "float('nan')", "-inf", " 1 "])
def test_what_has_no_display_is_read_too(text):
    expected = eval(text.strip(), {"nan": NAN, "inf": INF})
    assert same(read_literal(text), expected)


def test_a_set_is_written_in_one_order_whatever_the_hashes():
    program = (
        "from solverlearner.case2code.literals import write_literal\n"
        "from solverlearner.case2code.values import encode\n"
        "value = {'b', 'a', 'c', (1, 'x'), None, frozenset({'q', 'r', 's'}), frozenset({'q'})}\n"
        "mixed = {79, '79', 7.5, '7.5'}\n"
        "print(write_literal(value), write_literal({3, 1.5, True}), write_literal(mixed), encode(value))"
    )
    told = {
        subprocess.run([sys.executable, "-c", program], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
                       capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2", "3", "4")
    }  # fmt: skip
    assert len(told) == 1
    (text,) = told
    assert "{True, 1.5, 3} {7.5, '7.5', 79, '79'}" in text


HOSTILE = """
class Liar(set):
    def __iter__(self): raise ValueError
    def __len__(self): return 0
    def __eq__(self, other): return True
    def __hash__(self): return 1
class Keys(dict):
    def items(self): return [("stolen", 1)]
class Bytes(bytes):
    def hex(self): return "00"
    def __len__(self): return 0
class Text(str):
    def __str__(self): return "lie"
def solver(kind):
    if kind == 0: return Liar([1, 2])
    if kind == 1: return Keys({(1, 2): 3})
    if kind == 2: return Bytes(b"ab")
    if kind == 3: return {Text("a"): Text("b")}
    if kind == 4: return object()
    if kind == 5: return {b"x" * 100_000}
    if kind == 6: return solver
    if kind == 7: return 10 ** 5000
    if kind == 8: return [{"__set__": [[]]}, {"__none__": 1}]
    loop = []
    loop.append(loop)
    return loop
"""


def test_lying_and_hostile_values_come_out_as_what_they_are_or_as_an_error(executor):
    run, opened = executor
    found = run(opened.run(HOSTILE, [(kind,) for kind in range(10)], True))
    assert [decode(outcome.value) for outcome in found[:4]] == [{1, 2}, {(1, 2): 3}, b"ab", {"a": "b"}]
    assert [outcome.status for outcome in found[4:]] == ["error"] * 4 + ["ok", "error"]
    assert decode(found[8].value) == [{"__set__": [[]]}, {"__none__": 1}]
    assert all("plain value" in outcome.message for outcome in found[4:8])


def test_without_typed_a_tuple_is_a_list_and_a_set_an_error(executor):
    run, opened = executor
    listed, refused = run(opened.run("def solver(x):\n    return (1, 2) if x else {1}\n", [(1,), (0,)]))
    assert (listed.value, refused.status) == ([1, 2], "error")


def test_a_program_cannot_change_another_calls_arguments(executor):
    run, opened = executor
    program = "def solver(x):\n    x.add(9)\n    return x\n"
    found = run(opened.run(program, [(encode({1}),), (encode({1}),)], True))
    assert [decode(outcome.value) for outcome in found] == [{1, 9}, {1, 9}]


def test_nan_is_written_as_json_that_others_read():
    assert json.loads(json.dumps(encode([NAN, INF]), allow_nan=False)) == [{"__float__": "nan"}, {"__float__": "inf"}]
    assert math.isnan(decode({"__float__": "nan"}))
