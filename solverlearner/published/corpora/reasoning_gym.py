"""reasoning-gym's published evaluations (Stojanovski et al. 2025, arXiv 2505.24760), as far as our settings reach.

All models were told to think step by step and to answer between the tags <answer> and </answer>.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from solverlearner.files import read_json
from solverlearner.published.given_item import GivenItem
from solverlearner.published.published_reply import Arm, PublishedReply, Unusable
from solverlearner.task import Item, Task
from solverlearner.tasks.base_conversion import BaseConversion
from solverlearner.tasks.cipher import Cipher

_ANSWER = re.compile(r"<answer>\s*(.*?)\s*</answer>", re.DOTALL)
_BASES = re.compile(
    r"convert the (base-\d+|binary|octal|hexadecimal) number (\w+) to (base-\d+|binary|octal|hexadecimal)"
)
_NAMED_BASES = {"binary": 2, "octal": 8, "hexadecimal": 16}
_CIPHER = re.compile(r"cipher text: (.+?)\. Provide only", re.DOTALL)
_STAMP = re.compile(r"_\d{8}_\d{6}$")
STEPS = Arm("steps")
_GIVEN = ("list_functions", "arc_1d", "number_sequence", "acre")
_KNOWN = ("caesar_cipher", "base_conversion", *_GIVEN)


class ReasoningGym:
    """Base conversion and Caesar ciphers as tasks of ours; list functions, 1D-ARC, sequences, ACRE as given items."""

    name = "reasoning-gym"
    origin = "https://github.com/open-thought/reasoning-gym-eval"
    about = "base conversion, Caesar, list functions, 1D-ARC, sequences, ACRE (Stojanovski et al. 2025)"
    files = tuple(f"reasoninggym-paper-experiments/**/{name}.json" for name in _KNOWN)

    def read(self, source: Path, files: list[Path]) -> Iterator[PublishedReply | Unusable]:
        """Every completion of every question."""
        for path in files:
            name = path.relative_to(source).as_posix()
            log = _log(path)
            if log is None:
                yield Unusable(name, "is no evaluation with a list of results")
                continue
            model, difficulty = _STAMP.sub("", path.parent.parent.name), path.parent.parent.parent.name
            for index, result in enumerate(log):
                yield from _replies(model, path.stem, difficulty, index, result, f"{name}:{index}")

    def answer(self, text: str) -> str | None:
        """What stands between the last answer tags; a reply without tags as it is."""
        found = _ANSWER.findall(text)
        return found[-1] if found else None


def _log(path: Path) -> list[Any] | None:
    results = read_json(path).get("results")
    return results if isinstance(results, list) else None


def _replies(
    model: str, kind: str, difficulty: str, index: int, result: Any, place: str
) -> Iterator[PublishedReply | Unusable]:
    try:
        question, answer = str(result["question"]), str(result["expected_answer"])
        completions: list[Mapping[str, Any]] = list(result["completions"])
    except (KeyError, TypeError):
        yield Unusable(place, "has no question, no expected answer or no completions")
        return
    made = _task(kind, question, answer)
    if made is None or made[1].expected is None:
        yield Unusable(place, f"asks for no {kind} that we know")
        return
    task, item = made
    if isinstance(task, BaseConversion) and item.expected != answer:
        yield Unusable(place, f"the answer is {answer!r}, but {task.rule.name} gives {item.expected!r}")
        return
    setting = "zero_shot" if kind == "base_conversion" else "io"
    for sample, each in enumerate(completions):
        text, score = each.get("full_model_response"), each.get("score")
        verdict = score == 1 if isinstance(score, int | float) else None
        where = f"{place}.{sample}"
        yield PublishedReply(
            model,
            task,
            setting,
            item,
            text or None,
            where,
            verdict,
            difficulty,
            index,
            0,
            None,
            sample,
            STEPS,
            (),
            question,
        )


def _task(kind: str, question: str, answer: str) -> tuple[Task, Item] | None:
    """The task and the item of a question; None for a question of another form."""
    if kind in _GIVEN:
        return GivenItem(kind, answer, question), Item((question,), answer)
    if kind == "caesar_cipher":
        if (found := _CIPHER.search(question)) is None:
            return None
        shift = next((n for n in range(26) if Cipher("caesar", n).rule.apply((found[1],)) == answer), None)
        return None if shift is None else (Cipher("caesar", shift), Item((found[1],), answer))
    if (found := _BASES.search(question)) is None:
        return None
    task = BaseConversion(*(_NAMED_BASES.get(each) or int(each.removeprefix("base-")) for each in found.group(1, 3)))
    return task, Item((found[2],), task.rule.apply((found[2],)))
