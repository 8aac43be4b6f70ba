"""Wording: which of our ways to say every prompt a run or an episode takes (option `wording`)."""

import json
from random import Random
from typing import Final, Literal, TypeAlias

from solverlearner.errors import UsageError
from solverlearner.task import shuffled

WORDINGS: Final = 6
"""How many there are. 0 is that of the paper; the others have templates of their own in `prompts/wordings/`."""

Wording: TypeAlias = int | Literal["all"]
"""One of them for all episodes, or all of them, each in as many episodes as any other."""


def wording_named(value: object) -> Wording:
    """The wording that an option names: a number from 0, or "all". Raises: UsageError."""
    if value == "all":
        return "all"
    text = str(value)
    if text.isdecimal() and text.isascii() and int(text) < WORDINGS:
        return int(text)
    typed = value if isinstance(value, str) else json.dumps(value, default=str)
    raise UsageError(f"wording={typed}", f"must be a whole number from 0 to {WORDINGS - 1}, or all")


def wording_in(wording: Wording, seed: int, episode: int) -> int:
    """The wording of one episode, the same in all of its settings.

    With "all", every run of `WORDINGS` episodes from episode 0 on has each wording once, in an order that the seed
    gives. So wordings and items are crossed as evenly as the number of episodes lets them be, and more episodes begin
    with the fewer ones.

    >>> sorted(wording_in("all", 0, episode) for episode in range(6))
    [0, 1, 2, 3, 4, 5]
    """
    if wording != "all":
        return wording
    block, place = divmod(episode, WORDINGS)
    return shuffled(Random(f"wording/{seed}/{block}"), range(WORDINGS))[place]
