"""An Incomplete Loop (Liu et al. 2024, arXiv 2404.03028): linear functions, and a language of colours.

The same queries were asked from examples, from the stated rule and examples, from a rule that the model itself had
stated and examples, and from examples with thought. Of five stated rules one was chosen by a score; "ground_truth"
means that an oracle chose it.
"""

import ast
import csv
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from solverlearner.published.formats import after_label
from solverlearner.published.published_reply import Arm, PublishedReply, Unusable
from solverlearner.task import Item, Task
from solverlearner.tasks import colours
from solverlearner.tasks.linear import Linear

ORIGIN = "https://github.com/nightingal3/rule_induction"
_PAIR = re.compile(r"^\s*Input: *(.+?)\s*\n\s*Output: *(.+?)\s*$", re.MULTILINE)
_QUERY = re.compile(r"^\s*Input: *(\S.*?)(?:\s+Output:)?\s*$", re.MULTILINE)
_CHOSEN = re.compile(r"_num_hyps_\d+_(\w+)$")
_REPEAT = re.compile(r"(\d+)_start_")
_OUTPUT = "utput:"


class _Loop:
    """What both sets have in common: the folders, which say the arm, and the columns of the files."""

    origin = ORIGIN
    folder: str

    @property
    def files(self) -> tuple[str, ...]:
        """All logs but those of the stated rules."""
        return (f"logs/{self.folder}/*/**/*_start_*.csv",)

    def read(self, source: Path, files: list[Path]) -> Iterator[PublishedReply | Unusable]:
        """Every reply."""
        for path in files:
            if path.stem.endswith("HYPSFILE"):
                continue
            name = path.relative_to(source).as_posix()
            _, _, model, kind, *_ = path.relative_to(source).parts
            repeat = int(found[1]) if (found := _REPEAT.match(path.name)) else 0
            for number, row in _rows(path):
                if row is None:
                    yield Unusable(f"{name}:{number}", "lacks one of the columns inputs, outputs, answer, correct")
                else:
                    told = _Told(model, kind, repeat, number, f"{name}:{number}")
                    yield self.reply(told, _arm(kind, path.stem), row)

    def answer(self, text: str) -> str | None:
        """The line behind the last "Output:", else a reply of one line."""
        lines = text.strip().splitlines()
        return after_label(text, _OUTPUT) or (lines[0] if len(lines) == 1 else None)

    def reply(self, told: "_Told", arm: Arm, row: Mapping[str, str]) -> PublishedReply | Unusable:
        """One line of a log."""
        raise NotImplementedError


class _Told:
    """What a file's name and a line's number say."""

    def __init__(self, model: str, kind: str, repeat: int, number: int, place: str) -> None:
        self.model, self.repeat, self.number, self.place = model, repeat, number, place
        self.setting = "io_mf" if kind == "full_grammar" else "io"


class Functions(_Loop):
    """40 linear functions with five queries each, asked three times. The function is the cluster."""

    name = "loop-functions"
    about = "linear functions from examples and from rules (Liu et al. 2024)"
    folder = "functions"

    def reply(self, told: _Told, arm: Arm, row: Mapping[str, str]) -> PublishedReply | Unusable:
        """One query; its function stands in the column `task_id`."""
        try:
            slope, intercept = ast.literal_eval(row.get("task_id") or "")
            task = _linear(int(slope), int(intercept))
        except (ValueError, SyntaxError, TypeError):
            return Unusable(told.place, "has no function in its column task_id")
        index = told.number - 1
        return _published(told, arm, row, task, int, (index // 5, index % 5, told.repeat))


class Colours(_Loop):
    """200 sentences of the language, each with shots of its own, asked three times with other shots."""

    name = "loop-colours"
    about = "a language of colours from examples and from rules (Liu et al. 2024)"
    folder = "colours"

    def reply(self, told: _Told, arm: Arm, row: Mapping[str, str]) -> PublishedReply | Unusable:
        """One sentence. Its number is the cluster, with all three draws of shots."""
        return _published(told, arm, row, _language(), str, (told.number - 1, told.repeat, 0))


@cache
def _linear(slope: int, intercept: int) -> Linear:
    return Linear(slope, intercept, drawn=True)


@cache
def _language() -> colours.Colours:
    return colours.Colours()


def _arm(kind: str, stem: str) -> Arm:
    if kind != "grammar_induction":
        return Arm("steps" if kind == "zs-cot" else "free")
    return Arm("free", found[1] if (found := _CHOSEN.search(stem)) else "unknown")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str] | None]]:
    csv.field_size_limit(2**27)
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            whole = all(isinstance(row.get(key), str) for key in ("inputs", "outputs", "answer", "correct"))
            yield number, row if whole else None


def _published(
    told: _Told, arm: Arm, row: Mapping[str, str], task: Task, value: Callable[[str], str | int],
    place: tuple[int, int, int],
) -> PublishedReply | Unusable:  # fmt: skip
    prompt = row["inputs"]
    queries = _QUERY.findall(prompt)
    try:
        query = (value(queries[-1]),)
        pairs = [((value(x),), value(y)) for x, y in _PAIR.findall(prompt)[-5:]]
        theirs = value(row["answer"].strip())
    except (ValueError, IndexError):
        return Unusable(told.place, "has no query, no examples or no answer that are values of the task")
    if (expected := task.rule.apply(query)) is None or expected != theirs:
        return Unusable(told.place, f"the answer is {theirs!r}, but {task.rule.name} gives {expected!r} for {query[0]}")
    episode, number, sample = place
    shots = tuple(Item(x, y) for x, y in pairs if task.rule.apply(x) == y)
    verdict = row["correct"] == "True"
    return PublishedReply(
        told.model, task, told.setting, Item(query, expected), row["outputs"], told.place, verdict, None,
        episode, number, None, sample, arm, shots, prompt,
    )  # fmt: skip
