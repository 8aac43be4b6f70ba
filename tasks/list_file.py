"""List file: functions of lists that are known by examples, in the forms in which they are published.

Read are BIG-bench's `task.json` with `examples` (Srivastava et al. 2022, arXiv 2206.04615), items of
reasoning-gym with a question and an answer (Stojanovski et al. 2025, arXiv 2505.24760), and lines with `train` and
`test` pairs (Qiu et al. 2024, arXiv 2310.08559).
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from solverlearner.task import JSON, Input, UsageError

from .example_sets import ExampleSet, ExampleSets, Stamped, example_set, json_values, read_sets, stamped

WORDS = 'give it in words, as "rule": "…" beside the examples'
"""How a file can tell its rule."""

_TASK, _README = "task.json", "README.md"
_FORM = (
    'must have "examples" with "input" and "target" (or "output") as BIG-bench, "question" and "answer" as '
    'reasoning-gym, or "train" and "test" with "input" and "output"'
)
_SHOWN = re.compile(r"^Input \d+: *(.+)\n+Output \d+: *(.+)$", re.MULTILINE)
_ASKED = re.compile(r"^Input: *(.+)$", re.MULTILINE)
_THAT_IS = re.compile(r"\(i\.e\.,? ((?:[^()]|\([^()]*\))+)\)")
"""The rule in the texts of BIG-bench: "a single function (i.e., insert an 8 as element 2)"."""

_LARGEST = 10**9

Pairs = list[tuple[Input, JSON]]


def read_list_sets(path: str) -> ExampleSets:
    """The functions of a file, or of a folder: of its files `task.json`, or else of all JSON files and JSON lines.

    Raises: UsageError that names the file for anything that is no function of lists.
    """
    found = _read(path, stamped(path, (".json", ".jsonl"), _TASK))
    if not found.sets:
        raise UsageError(f"data={path}", f"has no function; a file {_FORM}")
    return found


@lru_cache(maxsize=8)
def _read(path: str, files: Stamped) -> ExampleSets:
    return read_sets(path, files, partial(_sets, path))


def _sets(path: str, file: Path, text: str) -> Iterator[ExampleSet]:
    name = file.parent.name if file.name == _TASK else file.stem
    values = [each for value in json_values(path, file, text) for each in _items(value)]
    for number, value in enumerate(values, 1):
        own = name if len(values) == 1 else f"{name}-{number}"
        if not isinstance(value, dict):
            raise UsageError(f"data={path}", f"{own} {_FORM}")
        if "examples" in value:
            words = _words(value) or _that_is(file.with_name(_README) if file.name == _TASK else None)
            yield _undivided(path, own, value["examples"], words)
        elif "train" in value and "test" in value:
            train, test = (_pairs(path, f"{own}, {part}", value[part]) for part in ("train", "test"))
            yield example_set(path, own, train, test, _words(value))
        elif "question" in value:
            yield _question(path, own, value)
        elif "canary" not in value:  # BIG-bench's task.json above those of the functions has no examples
            raise UsageError(f"data={path}", f"{own} {_FORM}")


def _items(value: Any) -> list[Any]:
    """The items of a file: those of a list, those of an evaluation of reasoning-gym, or the only one."""
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        return [*value["results"]]
    return value if isinstance(value, list) else [value]


def _words(value: dict[str, Any]) -> str:
    """The rule in words: `rule` or `function`, or what a description says behind "i.e."."""
    given = next((value[key] for key in ("rule", "function") if isinstance(value.get(key), str)), "")
    found = _THAT_IS.search(str(value.get("description", "")))
    return given or (found[1] if found else "")


def _that_is(readme: Path | None) -> str:
    """What the text beside a task of BIG-bench says behind "i.e."; "" where there is no such text."""
    if readme is None or not readme.is_file():
        return ""
    found = _THAT_IS.search(readme.read_text(encoding="utf-8", errors="replace"))
    return " ".join(found[1].split()) if found else ""


def _undivided(path: str, name: str, examples: Any, words: str) -> ExampleSet:
    made = example_set(path, name, _pairs(path, name, examples), [], words)
    if len(made.shown) < 2:
        raise UsageError(f"data={path}", f"{name} needs two different examples or more, one to show and one to ask")
    return made


def _question(path: str, name: str, value: dict[str, Any]) -> ExampleSet:
    """The examples and the query that a question of reasoning-gym has as text."""
    text, answer = str(value["question"]), value.get("answer", value.get("expected_answer"))
    shown, asked = _SHOWN.findall(text), _ASKED.findall(text)
    if not shown or not asked:
        problem = 'its question has no lines "Input 1: […]" and "Output 1: […]", and at its end "Input: […]"'
        raise UsageError(f"data={path}", f"{name}: {problem}")
    pairs = [{"input": x, "output": y} for x, y in (*shown, (asked[-1], answer))]
    read = _pairs(path, name, pairs)
    return example_set(path, name, read[:-1], read[-1:], _words(value))


def _pairs(path: str, name: str, examples: Any) -> Pairs:
    """Inputs and outputs; the latter are called `target` by BIG-bench and `output` elsewhere."""
    if not isinstance(examples, list) or not examples or not all(isinstance(each, dict) for each in examples):
        raise UsageError(f"data={path}", f"{name} has no list of examples; it {_FORM}")
    found: Pairs = []
    for number, each in enumerate(examples, 1):
        output = "target" if "target" in each else "output"
        if lacking := [key for key in ("input", output) if key not in each]:
            raise UsageError(f"data={path}", f'{name}: example {number} has no "{lacking[0]}"; it {_FORM}')
        x, y = _value(each["input"]), _value(each[output])
        if not isinstance(x, list) or y is None:
            wrong, what = ("input", "a list") if not isinstance(x, list) else (output, "a list or a number")
            problem = f"the {wrong} of example {number} must be {what} of whole numbers, as [4, 0, 2] or its text"
            raise UsageError(f"data={path}", f"{name}: {problem}; it is {str(each[wrong])[:40]!r}")
        found.append(((x,), y))
    if len({isinstance(y, list) for _, y in found}) > 1:
        raise UsageError(f"data={path}", f"{name}: some outputs are lists and some are numbers; a function gives one")
    return found


def _value(given: Any) -> JSON:
    """A list of whole numbers or a whole number, given as itself or as its text; None for anything else."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return None
    if isinstance(given, list):
        return [*given] if all(map(_is_number, given)) else None
    return given if _is_number(given) else None


def _is_number(value: object) -> bool:
    return type(value) is int and abs(value) < _LARGEST
