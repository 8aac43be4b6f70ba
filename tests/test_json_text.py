"""The bytes and the values of `json_text` are those of Python's `json`, whatever a run keeps."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kept import row
from test_any_text import TEXT, VALUES

from solverlearner.evaluation.row_schema import Row, row_line
from solverlearner.json_text import canonical, line_of, messages_text, parsed


class Word(str):
    """A text that is more than a text, as a task of a user's may give it."""


def by_json(value, **options):
    text = json.dumps(value, ensure_ascii=False, **options)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, **options).encode()


@given(st.dictionaries(TEXT, VALUES, max_size=3))
@example({"a": (1e16, -1e16, 1e-5, -9e-5, 1e-4, 9.9e15, 0.0, -0.0, 2**64, -(2**63) - 1), "b": Word("x"), "": [[], {}]})
def test_a_line_is_as_json_writes_it(record):
    assert line_of(record) == by_json(record) + b"\n"
    compact = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical(record) == compact.encode("utf-8", "surrogatepass")
    kept = row(value=record, message=Word("x"))
    assert row_line(kept) == by_json({name: getattr(kept, name) for name in Row.__struct_fields__}) + b"\n"


@pytest.mark.parametrize("value", [b"x", {1}, object()])
def test_a_value_that_json_has_not_is_no_line(value):
    with pytest.raises(TypeError, match="not JSON serializable"):
        line_of({"x": [value]})
    with pytest.raises(TypeError, match="not JSON serializable"):
        row_line(row(meaning=value))


@given(st.lists(st.fixed_dictionaries({"role": TEXT, "content": TEXT}), max_size=3))
@example([{"role": "user"}])
@example([{"role": "user", "content": None}])
@example([{"content": "x", "role": "user"}])
@example([{"role": "user", "content": "x", "name": "y"}])
def test_messages_are_as_json_writes_them(messages):
    assert messages_text(messages) == json.dumps(messages).encode()


@given(VALUES)
def test_a_text_is_read_as_json_reads_it(value):
    for text in (by_json(value), json.dumps(value).encode()):
        assert repr(parsed(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", [b"1e400", b"-1e400", b"NaN", b'{"a": 1, "a": 2}', b'["\\ud83d", "\\ud83d\\ude00"]'])
def test_odd_texts_are_read_as_json_reads_them(text):
    assert repr(parsed(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", [b"", b"{", b"{} {}", b'"\xff"', b"[1,]", b"1" * 5000])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        parsed(text)
