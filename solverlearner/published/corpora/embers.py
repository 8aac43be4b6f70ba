"""Embers of Autoregression (McCoy et al. 2023, arXiv 2309.13638): the Caesar cipher with each of its 25 shifts."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from solverlearner.files import read_json
from solverlearner.published.formats import after_label
from solverlearner.published.published_reply import Arm, PublishedReply, Unusable
from solverlearner.task import Item
from solverlearner.tasks.cipher import Cipher

_FILE = re.compile(r"shift(cot)?_(\d+)_(.+?)_temp=[\d.]+_n=\d+\.json")
_TEXT = re.compile(r'text: "(.*?)"\s*(?:\n|$)')
_INTRODUCED = re.compile(r'[^"]{0,120}:\s*"([^"]*)"')
_DEMONSTRATION = "Stay here!"
_LISTS = ("prompts", "gts", "res")


class Embers:
    """Sentences to decipher; the prompt gives the rule and one example. With thought there is no usable verdict.

    The stored verdicts compare the whole reply with the sentence, so with thought all are wrong: they are left out.
    """

    name = "embers-caesar"
    origin = "https://github.com/tommccoy1/embers-of-autoregression"
    about = "Caesar ciphers with 25 shifts (McCoy et al. 2023)"
    files = ("logs/shift_*_temp=*_n=*.json", "logs/shiftcot_*_temp=*_n=*.json")

    def read(self, source: Path, files: list[Path]) -> Iterator[PublishedReply | Unusable]:
        """Every sentence."""
        for path in files:
            name = path.relative_to(source).as_posix()
            found, log = _FILE.fullmatch(path.name), _log(path)
            if found is None or not 1 <= int(found[2]) <= 25 or log is None:
                yield Unusable(name, "is no log of a shift from 1 to 25 with the lists prompts, gts and res")
                continue
            arm = Arm("steps" if found[1] else "free")
            for index in range(len(log["prompts"])):
                yield _reply(found[3], arm, int(found[2]), log, index, f"{name}:{index}")

    def answer(self, text: str) -> str | None:
        """The line behind "Original text:", else what an introduction ends with, else the whole reply."""
        if found := after_label(text, "riginal text:") or after_label(text, "riginal text is:"):
            return found
        introduced = _INTRODUCED.fullmatch(text.strip())
        return introduced[1] if introduced else text.strip()


def _log(path: Path) -> Mapping[str, Any] | None:
    log = read_json(path)
    if any(not isinstance(log.get(key), list) for key in _LISTS):
        return None
    return log if len({len(log[key]) for key in _LISTS}) == 1 else None


@cache
def _task(shift: int) -> Cipher:
    return Cipher("caesar", shift)


def _reply(
    model: str, arm: Arm, shift: int, log: Mapping[str, Any], index: int, place: str
) -> PublishedReply | Unusable:
    prompt, gold, text = (log[key][index] for key in _LISTS)
    asked = _TEXT.findall(prompt) if isinstance(prompt, str) else []
    if len(asked) < 2 or not isinstance(gold, str) or not isinstance(text, str | None):
        return Unusable(place, "has no text to decipher, no original or no reply")
    task = _task(shift)
    expected = task.rule.apply((asked[-1],))
    if not isinstance(expected, str) or expected != gold.strip('"'):
        return Unusable(place, f"the original is {gold[:40]}, but shift {shift} gives {str(expected)[:40]}")
    shot = Item((asked[0],), task.rule.apply((asked[0],)))
    if shot.expected != _DEMONSTRATION:
        return Unusable(place, f"the demonstration is no text with shift {shift}: {asked[0][:40]}")
    verdicts = log.get("accs")
    known = isinstance(verdicts, list) and len(verdicts) == len(log["prompts"]) and arm.thought == "free"
    verdict = bool(verdicts[index]) if known and isinstance(verdicts, list) else None
    item = Item((asked[-1],), expected)
    return PublishedReply(
        model,
        task,
        "io_mf",
        item,
        text,
        place,
        verdict,
        episode=index,
        cluster=expected,
        arm=arm,
        shots=(shot,),
        prompt=prompt,
    )
