import gzip
import json

import pytest

from solverlearner.case2code.cases import cases_of
from solverlearner.case2code.triples import Triple, line_of_triple, read_triples, triple_of
from solverlearner.errors import UsageError

CODE = "def half(n, up=False):\n    return (n // 2 + up, {n})\n"
LINE = {
    "code": CODE,
    "func_name": "half",
    "example_inputs": [{"n": 4}, {"n": 5, "up": True}],
    "example_outputs": [{"__tuple__": [2, {"__set__": [4]}]}, {"__tuple__": [3, {"__set__": [5]}]}],
}
# As Shao et al. released them: values as repr in JSON in JSON, errors, and further examples as source.
RELEASED = {
    "code": "def first(s):\n    return s[0]\n",
    "func_name": "first",
    "example_inputs": ["\"{'s': 'ab'}\"", "\"{'s': ''}\"", "\"{'s': <object object at 0x7f>}\"", "\"{'s': (1, {2})}\""],
    "example_outputs": [
        {"return": "\"'a'\""},
        {"error": "<|EXCEPTION|> \"<class 'IndexError'>: string index out of range\""},
        {"return": '"<object object at 0x7f>"'},
        {"trace": "[]", "return": '"1"'},
        {"return": "\"b'x'\""},
        {"return": '"None"'},
    ],
    "example_str": "examples = [\n    dict(s='ab'), dict(s=''), dict(s=object()), dict(s=(1, {2}))\n]\n"
    "examples += [dict(s=[b'x']), # a comment\n  {'s': [None]}]",
    "choosed_example_idx": [3, 1, 0],
    "prompt": "Function: first",
    "exec_status": True,
    "id": "abc_0",
}


def written(tmp_path, *lines, name="triples.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_a_triple_comes_back_from_its_line(tmp_path):
    triple = Triple(
        CODE, "half", ({"n": 4}, {"n": 5, "up": True}), ((2, {4}), (3, frozenset({b"\xff", None}))), (1,), "asked",
        "id-1", "Half of n.", "test", "package", "file.py:3", "MIT",
    )  # fmt: skip
    path = tmp_path / "triples.jsonl"
    path.write_text(2 * line_of_triple(triple), encoding="utf-8")
    assert [*read_triples(path)] == [triple, triple]
    packed = tmp_path / "triples.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert [*read_triples(packed)] == [triple, triple]


def test_plain_json_and_lists_of_arguments_are_read():
    plain = triple_of({**LINE, "example_inputs": [[4], [5, True]], "example_outputs": [[1, {"a": None}], "x"]})
    assert plain.inputs == ({"n": 4}, {"n": 5, "up": True})
    assert plain.outputs == ([1, {"a": None}], "x")
    assert plain.chosen is None


def test_the_released_form_is_read_without_exceptions_and_objects():
    triple = triple_of(RELEASED)
    assert triple.inputs == ({"s": "ab"}, {"s": (1, {2})}, {"s": [b"x"]}, {"s": [None]})
    assert triple.outputs == ("a", 1, b"x", None)
    assert triple.chosen == (1, 0)
    assert triple.left_out == 2
    assert (triple.id, triple.prompt) == ("abc_0", "Function: first")


def test_without_a_source_that_fits_only_the_first_examples_count():
    for source in (None, "examples = [", "examples = [dict(s=1)]", "x" * 10):
        assert len(triple_of({**RELEASED, "example_str": source}).inputs) == 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "must be an object"),
        ({}, 'has no "code"'),
        ({"code": CODE}, 'has no "func_name"'),
        ({**LINE, "code": 3}, '"code" must be text'),
        ({**LINE, "code": "def half(:"}, '"code" is not Python'),
        ({**LINE, "code": "\0"}, '"code" is not Python'),
        ({**LINE, "code": "(" * 5000}, '"code" is not Python'),
        ({**LINE, "func_name": "whole"}, 'defines no function "whole" at its top level'),
        ({**LINE, "example_inputs": None}, 'has no list "example_inputs"'),
        ({**LINE, "example_outputs": {}}, '"example_outputs" must be a list'),
        ({**LINE, "example_outputs": [1]}, "2 example_inputs and 1 example_outputs"),
        ({**LINE, "example_inputs": [1, 2]}, "an object of arguments by name"),
        ({**LINE, "example_inputs": [[1, 2, 3], [1]]}, r"3 arguments; the function takes \(n, up\)"),
        ({**LINE, "example_inputs": [{"m": 1}, {"n": 1}]}, 'argument "m"; the function takes'),
        ({**LINE, "example_inputs": [{"up": True}, {"n": 1}]}, 'has no argument "n"'),
        ({**LINE, "example_outputs": [1, {"__set__": [[]]}]}, '"example_outputs" 1: __set__'),
        ({**LINE, "example_outputs": [1, "\ud800"]}, "lone surrogate"),
        ({**LINE, "choosed_example_idx": [2]}, "places from 0 to 1"),
        ({**LINE, "choosed_example_idx": [True]}, "places from 0 to 1"),
        ({**LINE, "choosed_example_idx": "0"}, "places from 0 to 1"),
        ({**LINE, "description": 1}, '"description" must be text'),
        ({**RELEASED, "example_outputs": []}, "4 example_inputs and only 0"),
    ],
    ids=str,
)
def test_a_bad_line_is_said_in_one_line_with_its_number(tmp_path, line, problem):
    path = written(tmp_path, LINE, "", line)
    with pytest.raises(UsageError, match=problem) as told:
        list(read_triples(path))
    assert str(told.value).startswith(f"data={path}: line 3: ")
    assert "\n" not in str(told.value)


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(b"\n" * 10_000)[:30])
    text = tmp_path / "latin.jsonl"
    text.write_bytes(b'{"code": "\xe9"}\n')
    for path, problem in (
        (tmp_path / "none", "No such file"),
        (broken, "cannot be read"),
        (text, "line 1: is not JSON"),
    ):
        with pytest.raises(UsageError, match=problem):
            list(read_triples(path))


def test_cases_are_arguments_in_order_with_their_defaults_each_once():
    code = "def f(a, b=(1, 2), *, c=None, d=print, **more):\n    return a\n"
    inputs = (
        {"a": 1},
        {"c": {3}, "a": 2},
        {"a": 1, "b": (1, 2), "c": None},
        {"a": 4, "x": 5},
        {"x": 5, "a": 4, "c": 1},
    )
    cases = cases_of(Triple(code, "f", inputs, (1, None, 7, 4, 5), chosen=(4, 1)))
    assert cases.parameters == ("a", "b", "c", "x")
    assert cases.inputs == ((4, {"__tuple__": [1, 2]}, None, 5), (4, {"__tuple__": [1, 2]}, 1, 5))
    assert cases.shown == (1,)
    without = cases_of(Triple(code, "f", inputs[:3], (1, None, 7), chosen=(2, 1)))
    assert without.parameters == ("a", "b", "c")
    assert without.outputs == (1, {"__none__": True})  # the third has the arguments of the first
    assert without.shown == (0, 1)


def test_a_parameter_whose_default_is_no_literal_is_given_in_every_case_or_in_none():
    code = "def f(a, key=len):\n    return a\n"
    assert cases_of(Triple(code, "f", ({"a": 1}, {"a": 2}), (1, 2))).parameters == ("a",)
    assert len(cases_of(Triple(code, "f", ({"a": 1}, {"a": 2, "key": 3}), (1, 2)))) == 1
