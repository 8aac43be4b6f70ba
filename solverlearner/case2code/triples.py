"""Triples: programs with inputs and outputs, as JSON lines (Case2Code: Shao et al. 2024, arXiv 2407.12504)."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solverlearner.case2code.released import released_cases
from solverlearner.case2code.signature import function_of
from solverlearner.case2code.values import Value, decode, encode
from solverlearner.errors import UsageError

Inputs = Mapping[str, Value]
"""The arguments of one case, by the names of their parameters."""

_TEXTS = ("id", "description", "split", "package", "origin", "licence", "prompt")


@dataclass(frozen=True)
class Triple:
    """A program P with inputs x and outputs y = P(x).

    `code` defines the function `func_name`. `inputs` and `outputs` have the same length. `chosen` holds the indices of
    the cases that a learner is shown, or None if the data leaves the choice open; the other cases are held out.
    `description` describes the function in words, `origin` names its file and line, `split` is train or test.
    `left_out` counts further cases of the line that have an exception or a value that is not plain.
    """

    code: str
    func_name: str
    inputs: tuple[Inputs, ...]
    outputs: tuple[Value, ...]
    chosen: tuple[int, ...] | None = None
    prompt: str | None = None
    id: str | None = None
    description: str | None = None
    split: str | None = None
    package: str | None = None
    origin: str | None = None
    licence: str | None = None
    left_out: int = field(default=0, compare=False)


def read_triples(path: Path) -> Iterator[Triple]:
    """The triples of a JSON-lines file, gzip or not, one by one.

    Values are typed JSON (see `typed_values.py`); plain JSON is typed JSON too. The arguments of a case are an object
    by name or a list in order. Lines in the format of Shao et al., with values as `repr` in JSON texts, are read too.
    Raises: UsageError that names the file, the line and its fault.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _read(path, number, line)
    except (OSError, EOFError, zlib.error) as error:
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise UsageError(f"data={path}", problem) from error


def line_of_triple(triple: Triple) -> str:
    """A triple as one JSON line, with its newline; `triple_of` reads it. Raises: ValueError if a value is not plain."""
    record: dict[str, Any] = {name: getattr(triple, name) for name in ("id", "func_name", "code")}
    record["example_inputs"] = [{name: encode(value) for name, value in x.items()} for x in triple.inputs]
    record["example_outputs"] = [*map(encode, triple.outputs)]
    record["choosed_example_idx"] = None if triple.chosen is None else [*triple.chosen]
    record |= {name: getattr(triple, name) for name in _TEXTS[1:]}
    return json.dumps({key: value for key, value in record.items() if value is not None}, ensure_ascii=False) + "\n"


def triple_of(record: Mapping[str, Any]) -> Triple:
    """The triple of one line's object. Raises: ValueError that names its fault."""
    code, func_name = _text(record, "code"), _text(record, "func_name")
    if code is None or func_name is None:
        raise ValueError(f'has no "{"func_name" if code else "code"}"')
    function = function_of(code, func_name)
    inputs, outputs = (_list(record, key) for key in ("example_inputs", "example_outputs"))
    if any(isinstance(x, str) for x in inputs):
        found = released_cases(inputs, outputs, record.get("example_str"))
    elif len(inputs) == len(outputs):
        found = [
            (function.named(_decoded(x, "example_inputs", place)), _decoded(y, "example_outputs", place))
            for place, (x, y) in enumerate(zip(inputs, outputs, strict=True))
        ]
    else:
        raise ValueError(f"has {len(inputs)} example_inputs and {len(outputs)} example_outputs; give one each")
    kept = [place for place, case in enumerate(found) if case is not None]
    cases = [case for case in found if case is not None]
    for x, _ in cases:
        function.check(x)
    texts = {name: _text(record, name) for name in _TEXTS}
    return Triple(
        code, func_name, tuple(x for x, _ in cases), tuple(y for _, y in cases), _chosen(record, len(found), kept),
        left_out=len(found) - len(kept), **texts,
    )  # fmt: skip


def _read(path: Path, number: int, line: bytes) -> Triple:
    try:
        return triple_of(_record(line))
    except ValueError as error:
        raise UsageError(f"data={path}", f"line {number}: {error}") from None


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(record, dict):
        raise ValueError('must be an object with "code", "func_name", "example_inputs" and "example_outputs"')
    return record


def _text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if not isinstance(value, str | None):
        raise ValueError(f'"{key}" must be text, not {json.dumps(value)[:40]}')
    return value or None


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    if not isinstance(value, list):
        raise ValueError(f'has no list "{key}"' if value is None else f'"{key}" must be a list')
    return value


def _decoded(stored: Any, key: str, place: int) -> Any:
    try:
        value = decode(stored)
        encode(value)  # refuses values that a program cannot take or return, while the line is known
    except ValueError as error:
        raise ValueError(f'"{key}" {place}: {error}') from None
    return value


def _chosen(record: Mapping[str, Any], cases: int, kept: list[int]) -> tuple[int, ...] | None:
    """The chosen indices, counted among the cases that were kept."""
    chosen = record.get("choosed_example_idx")
    if chosen is None:
        return None
    if not isinstance(chosen, list) or not all(type(index) is int and 0 <= index < cases for index in chosen):
        raise ValueError(f'"choosed_example_idx" must be a list of places from 0 to {cases - 1}')
    now = {place: index for index, place in enumerate(kept)}
    return tuple(dict.fromkeys(now[place] for place in chosen if place in now))
