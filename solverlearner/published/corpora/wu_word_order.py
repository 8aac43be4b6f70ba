"""Wu et al. 2023, syntax: sentences of a language with another word order, to be put into English order."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from solverlearner.published.corpora.wu_files import ORIGIN, lines_of
from solverlearner.published.formats import after_label
from solverlearner.published.published_reply import Arm, PublishedReply, Unusable
from solverlearner.task import Item
from solverlearner.tasks.syntax import Syntax

_FILE = re.compile(r"(?:control-)?([svo]{3})-reconstruct_(std|cot)-(.+)\.tsv")
_SENTENCE = re.compile(r"^Sentence: (.+?)\.?\s*$", re.MULTILINE)
_PROVIDER = re.compile(r"^(?:openai|models|anthropic)-")


class WuWordOrder:
    """Word order (`reconstruct`), with and without thought. Verdicts are none by row."""

    name = "wu2023-syntax"
    origin = ORIGIN
    about = "made sentences in six word orders (Wu et al. 2023)"
    files = ("syntax/model_interactions/*reconstruct_*.tsv",)

    def read(self, source: Path, files: list[Path]) -> Iterator[PublishedReply | Unusable]:
        """Every sentence. Its gold must be what our rule gives."""
        for path in files:
            name = path.relative_to(source).as_posix()
            if (found := _FILE.fullmatch(path.name)) is None:
                yield Unusable(name, "has no word order and no model in its name")
                continue
            gold = _gold(source / f"syntax/data/synthetic_data/{found[1]}/test.csv")
            arm, model = Arm("steps" if found[2] == "cot" else "free"), _PROVIDER.sub("", found[3])
            for episode, line in enumerate(lines_of(source, path)):
                yield line if isinstance(line, Unusable) else _reply(model, arm, found[1], gold, episode, *line)

    def answer(self, text: str) -> str | None:
        """The line behind "Original sentence:"."""
        return after_label(text, "riginal sentence:")


@cache
def _task(order: str) -> Syntax:
    return Syntax(order, shown="standard")


def _gold(path: Path) -> dict[str, str]:
    """The original sentence of each reordered one, without its stop; empty where the file is not there."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["reordered_sent"].rstrip("."): row["original_sent"].rstrip(".") for row in csv.DictReader(file)}


def _reply(
    model: str, arm: Arm, order: str, gold: dict[str, str], episode: int, place: str, prompt: str, text: str
) -> PublishedReply | Unusable:
    if (sentence := _SENTENCE.search(prompt)) is None:
        return Unusable(place, 'has no line "Sentence: …" in its prompt')
    task = _task(order)
    expected = task.rule.apply((sentence[1],))
    if expected is None:
        return Unusable(place, f"is no sentence of three words: {sentence[1][:60]}")
    if (theirs := gold.get(sentence[1], expected)) != expected:
        return Unusable(place, f"the original sentence is {theirs!r} in test.csv, and {expected!r} by the word order")
    item = Item((sentence[1],), expected)
    return PublishedReply(model, task, "zero_shot", item, text, place, episode=episode, arm=arm, prompt=prompt)
