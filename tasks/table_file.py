"""Table file: a CSV file or JSON lines with one example a line, read and checked once."""

import csv
import hashlib
import io
import json
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from solverlearner.task import JSON, Input, UsageError

_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?([eE]-?\d{1,2})?")
"""A number in a CSV file. Anything else, such as "007" and "+1", is text, so that nothing is lost."""


@dataclass(frozen=True)
class TableFile:
    """The examples of a file. `parameters` are the input columns as names of Python, `kinds` their types by name.

    A kind is "str", "int", "float", "bool", "list" or "dict", and empty where a column has several. `named`: whether
    the columns have names of the file's own.
    """

    columns: tuple[str, ...]
    output: str
    inputs: tuple[Input, ...]
    outputs: Mapping[str, JSON]
    kinds: tuple[str, ...]
    output_kind: str
    named: bool
    sha256: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The input columns as parameters of `solver`."""
        names = [re.sub(r"\W+", "_", column.lower()).strip("_") for column in self.columns]
        fit = [name if name.isidentifier() and not keyword.iskeyword(name) else f"x{name}" for name in names]
        return tuple(fit) if len({*fit}) == len(fit) else tuple(f"x{number}" for number, _ in enumerate(fit, 1))

    @property
    def texts(self) -> frozenset[JSON]:
        """The outputs of a table whose outputs are text."""
        return frozenset(value for value in self.outputs.values() if isinstance(value, str))


def read_table(path: str, output: str | None) -> TableFile:
    """The examples of a file whose column `output`, or else the last one, is the output.

    Raises: UsageError that names the line for anything that is no table.
    """
    file = Path(path).expanduser()
    try:
        stamp = file.stat()
        return _read(path, file, output, stamp.st_mtime_ns, stamp.st_size)
    except OSError as error:
        raise UsageError(f"data={path}", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"data={path}", "is no UTF-8 text") from error


def text_hash(*texts: str) -> str:
    """A hash of texts."""
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@lru_cache(maxsize=8)
def _read(path: str, file: Path, output: str | None, stamp: int, size: int) -> TableFile:
    text = file.read_text(encoding="utf-8-sig")
    is_json = file.suffix.lower() in _JSON_ENDINGS
    rows = [*(_json_rows(path, text) if is_json else _csv_rows(path, text))]
    if not rows:
        raise UsageError(f"data={path}", "has no example")
    columns = [*rows[0][1]]
    named = columns[:-1] != [str(number) for number in range(1, len(columns))]
    place = _place(path, columns, output)
    inputs, outputs = _examples(path, rows, columns, place)
    kinds = [_kind([x[at] for x in inputs]) for at in range(len(columns) - 1)]
    others = tuple(column for column in columns if column != columns[place])
    return TableFile(
        others if named else tuple(f"x{number}" for number in others), columns[place], tuple(inputs), outputs,
        tuple(kinds), _kind([*outputs.values()]), named, text_hash(json.dumps([inputs, [*outputs.values()]])),
    )  # fmt: skip


def _place(path: str, columns: Sequence[str], output: str | None) -> int:
    if len(columns) < 2:
        hint = "; a CSV file begins with a line of names, as word,plural"
        raise UsageError(f"data={path}", f"needs a column of inputs and one of outputs, and has {columns}{hint}")
    if output is None:
        return len(columns) - 1
    if output not in columns:
        raise UsageError(f"output={output}", f"must be a column of {path}: {', '.join(columns)}")
    return columns.index(output)


def _examples(
    path: str, rows: Sequence[tuple[int, Mapping[str, JSON]]], columns: Sequence[str], place: int
) -> tuple[list[Input], dict[str, JSON]]:
    """The inputs, each once, and the outputs by them. Raises: UsageError for an input with two outputs."""
    inputs, outputs, lines = list[Input](), dict[str, JSON](), dict[str, int]()
    for line, row in rows:
        if {*row} != {*columns}:
            raise UsageError(f"data={path}", f"line {line} has {', '.join(row)}, and the first {', '.join(columns)}")
        values = [row[column] for column in columns]
        y = values.pop(place)
        if y is None or y == "":
            raise UsageError(f"data={path}", f"line {line} has no output in {columns[place]!r}")
        x = tuple(values)
        if repr(x) in outputs and json.dumps(outputs[repr(x)]) != json.dumps(y):
            problem = (
                f"lines {lines[repr(x)]} and {line} have one input and two outputs, {outputs[repr(x)]!r} and {y!r}"
            )
            raise UsageError(f"data={path}", f"{problem}; a rule gives one")
        if repr(x) not in outputs:
            inputs.append(x)
            outputs[repr(x)], lines[repr(x)] = y, line
    return inputs, outputs


def _csv_rows(path: str, text: str) -> Iterator[tuple[int, dict[str, JSON]]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise UsageError(f"data={path}", f"cannot be read as CSV: {error}") from error
    if not lines:
        return
    (_, names), *rest = lines
    if len({*names}) < len(names) or not all(names):
        raise UsageError(f"data={path}", f"must begin with a line of names, each once: {', '.join(names)}")
    for line, cells in rest:
        if len(cells) != len(names):
            problem = f'line {line} has {len(cells)} columns, and the first {len(names)}; a comma in a text needs "…"'
            raise UsageError(f"data={path}", problem)
    columns = [_typed([cells[at] for _, cells in rest]) for at in range(len(names))]
    for at, (line, _) in enumerate(rest):
        yield line, {name: column[at] for name, column in zip(names, columns, strict=True)}


def _typed(cells: Sequence[str]) -> Sequence[JSON]:
    """A column of a CSV file as whole numbers or numbers where all its cells are such, else as text."""
    if not all(map(_NUMBER.fullmatch, cells)):
        return cells
    return [float(cell) if {*cell} & {*".eE"} else int(cell) for cell in cells]


def _json_rows(path: str, text: str) -> Iterator[tuple[int, dict[str, JSON]]]:
    for number, content in _json_lines(path, text):
        if not isinstance(content, dict) or not content:
            problem = 'must be an object, as {"inputs": ["cat"], "output": "cats"} or {"word": "cat", "plural": "cats"}'
            raise UsageError(f"data={path}", f"line {number} {problem}")
        yield number, _flat(content)


def _json_lines(path: str, text: str) -> Iterator[tuple[int, Any]]:
    try:
        whole = json.loads(text)
        yield from enumerate(whole if isinstance(whole, list) else [whole], 1)
        return
    except ValueError:  # so it is one object a line
        pass
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise UsageError(f"data={path}", f"line {number} is no JSON: {error}") from error


def _flat(content: Mapping[str, Any]) -> dict[str, JSON]:
    """An example as columns: `inputs` is a list, an object by name, or one value."""
    key = next((name for name in ("inputs", "input") if name in content), None)
    if key is None or {*content} != {key, "output"}:
        return dict(content)
    given = content[key]
    if isinstance(given, dict):
        return {**given, "output": content["output"]}
    values = given if isinstance(given, list) and key == "inputs" else [given]
    return {**{str(number): value for number, value in enumerate(values, 1)}, "output": content["output"]}


def _kind(values: Sequence[JSON]) -> str:
    """The type of all values, by name; "float" for whole and other numbers; empty for several types."""
    kinds = {type(value).__name__ for value in values}
    return "float" if kinds == {"int", "float"} else kinds.pop() if len(kinds) == 1 else ""
