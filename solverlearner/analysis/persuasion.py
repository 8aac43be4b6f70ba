"""Persuasion: whether what a model is told moves its answers, and towards which answer.

For one question there are draws `closed` (nothing told) and draws under another setting. `target` is the answer that
the other setting argues for: the hidden rule's, or the one in the context. Answers are numbers of meanings, as
`meaning_groups.regrouped` makes them over the draws of both settings.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

Outcome = Literal["persuaded", "stubborn", "elsewhere"]


def moved(closed: Sequence[bool], told: Sequence[bool]) -> float:
    """The share of draws with the target under a setting, minus their share with nothing told: −1 to 1.

    Each list says of every draw whether it has the target.

    >>> moved([False, False], [True, False])
    0.5
    """
    return sum(told) / len(told) - sum(closed) / len(closed)


def mode(answers: Sequence[int]) -> int:
    """The most frequent answer; of equally frequent ones the one that was drawn first.

    >>> mode([2, 1, 1, 2])
    2
    """
    return Counter(answers).most_common(1)[0][0]


def outcome(closed: Sequence[int], told: Sequence[int], target: int | None) -> Outcome | None:
    """What became of a question: its most frequent answer is the target's, still the closed one, or another.

    `target` is the number of the target's meaning, None where no draw has it. The result is None where the closed
    answer is the target already, so that nothing could be moved.
    """
    before, after = mode(closed), mode(told)
    if before == target:
        return None
    if after == target:
        return "persuaded"
    return "stubborn" if after == before else "elsewhere"
