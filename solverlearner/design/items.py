"""Items: the episodes of a task, or the published file of its items, as text for use in other programs."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from solverlearner.design.episode import Episode
from solverlearner.design.plan import Plan, plan_episodes
from solverlearner.errors import UsageError, check_choice
from solverlearner.task import JSON, Item, Task

ITEM_FORMATS = ("jsonl", "csv", "wu2023", "wu2023_few_shot")

_COLUMNS = (
    "task", "variant", "seed", "episode", "rule", "split", "number", "input", "expected", "default_world",
    "ambiguity", "uncovered", "corrupted",
)  # fmt: skip


def export(plan: Plan, form: str) -> Iterable[str]:
    """The lines of the plan's items in one of `ITEM_FORMATS`, each with its newline.

    jsonl: one line per episode. csv: one line per item, inputs and outputs as JSON. wu2023, wu2023_few_shot: the whole
    published file, independent of the plan's episodes. Raises: UsageError if the task has no such file.
    """
    check_choice("format", form, ITEM_FORMATS)
    if form == "jsonl":
        return (json.dumps(_record(plan, episode), ensure_ascii=False) + "\n" for episode in plan_episodes(plan))
    if form == "csv":
        return _csv_lines(plan)
    task = plan.task
    lines = task.published_file(few_shot=form == "wu2023_few_shot") if isinstance(task, Task) else None
    if lines is None:
        problem = "is there for task=arith data=wu2023"
        raise UsageError(f"format={form}", problem + (" and task=spatial data=wu2023" if form == "wu2023" else ""))
    return lines


def _record(plan: Plan, episode: Episode) -> dict[str, JSON]:
    return {
        "task": plan.task.name,
        "variant": plan.task.variant,
        "seed": plan.seed,
        "episode": episode.index,
        "rule": episode.task.rule.name,
        "shots": [_item(episode.task, item) for item in episode.shots],
        "queries": [_item(episode.task, item) for item in episode.queries],
        "ambiguity": episode.ambiguity,
        "uncovered": episode.uncovered,
        "corrupted": episode.corrupted,
    }


def _item(task: Task, item: Item) -> dict[str, JSON]:
    return {
        "input": list(item.input),
        "expected": item.expected,
        "default_world": task.default_answer(item.input),
    }


def _csv_lines(plan: Plan) -> Iterator[str]:
    yield _csv_line(_COLUMNS)
    for episode in plan_episodes(plan):
        record = _record(plan, episode)
        for split in ("shots", "queries"):
            items = episode.shots if split == "shots" else episode.queries
            for number, item in enumerate(items):
                values = {
                    key: json.dumps(value, ensure_ascii=False) for key, value in _item(episode.task, item).items()
                }
                row = record | values | {"split": split, "number": number}
                yield _csv_line([row[column] for column in _COLUMNS])


def _csv_line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
