"""Wu et al. 2023, arithmetic: two-digit additions in bases 8, 9, 10, 11 and 16, the rule given."""

import re
from collections.abc import Iterator
from pathlib import Path

from solverlearner.published.corpora.wu_files import ORIGIN, lines_of
from solverlearner.published.published_reply import Arm, PublishedReply, Unusable
from solverlearner.task import Item
from solverlearner.tasks.arith import Arith

_ASKED = re.compile(r"base-(\d+) where the digits are \"[0-9A-Z]+\", what is ([0-9A-Z]+)\+([0-9A-Z]+)\?")
_FILE = re.compile(r"(.+)_base\d+\.tsv")


class WuArithmetic:
    """Additions, with and without thought. Verdicts are none by row: the authors give their reader and totals."""

    name = "wu2023-arith"
    origin = ORIGIN
    about = "additions in bases 8 to 16 (Wu et al. 2023)"
    files = ("arithmetic/model_interactions/0shot*/with*_0cot/*_base*.tsv",)

    def read(self, source: Path, files: list[Path]) -> Iterator[PublishedReply | Unusable]:
        """Every addition."""
        for path in files:
            arm = Arm("steps" if path.parent.name == "with_0cot" else "free")
            model = found[1] if (found := _FILE.fullmatch(path.name)) else path.stem
            for episode, line in enumerate(lines_of(source, path)):
                yield line if isinstance(line, Unusable) else _reply(model, arm, episode, *line)

    def answer(self, text: str) -> str | None:
        """None: the prompts ask for a box."""
        return None


def _reply(model: str, arm: Arm, episode: int, place: str, prompt: str, text: str) -> PublishedReply | Unusable:
    if (asked := _ASKED.search(prompt)) is None:
        return Unusable(place, "asks for no addition in a stated base")
    task = Arith(int(asked[1]), max(len(asked[2]), len(asked[3])))
    expected = task.rule.apply(x := (asked[2], asked[3]))
    if expected is None:
        return Unusable(place, f"{asked[2]} or {asked[3]} is no numeral of base {asked[1]}")
    return PublishedReply(
        model, task, "zero_shot", Item(x, expected), text, place, episode=episode, arm=arm, prompt=prompt
    )
