"""Until: the rule by which a run stops before all of its episodes, when its intervals are narrow enough."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solverlearner.design.plan import Plan
from solverlearner.design.setting import Effect, Setting, all_effects
from solverlearner.errors import UsageError, did_you_mean

FIRST, GROWTH = 30, 1.25
"""Episodes before the first look, and how many times as many there are at each further one."""


@dataclass(frozen=True)
class Until:
    """Stop when 95 % intervals are at most `width` wide: of all accuracies, or of one effect.

    >>> str(Until(0.1, None))
    'width:0.1'
    """

    width: float
    effect: Effect | None

    def __str__(self) -> str:
        return f"effect:{effect_word(self.effect)}:{self.width:g}" if self.effect else f"width:{self.width:g}"


def effect_word(effect: Effect) -> str:
    """An effect's name on a command line: its formula without spaces, as "io-zero_shot"."""
    return effect.formula.replace(" ", "").replace("−", "-")


def until_of(text: str, plan: Plan) -> Until:
    """The rule that a text gives: `width:0.1`, or `effect:NAME:0.05`, for a run of this plan. Raises: UsageError."""
    kind, *more = text.split(":")
    if kind == "width" and len(more) == 1:
        found = Until(_width(text, more[0], 1), None)
    elif kind == "effect" and len(more) == 2:
        found = Until(_width(text, more[1], 2), _effect(text, more[0], plan.settings))
    else:
        problem = "must be width:W or effect:NAME:W, as until=width:0.1; W is the width of an interval"
        raise UsageError(f"until={text}", problem)
    if plan.episodes <= FIRST:
        problem = f"looks first after {FIRST} episodes: give the most that may be asked, as episodes=300"
        raise UsageError(f"until={text} episodes={plan.episodes}", problem)
    return found


def _width(text: str, word: str, most: int) -> float:
    try:
        width = float(word)
    except ValueError:
        width = math.nan
    if not 0.005 <= width < most:
        kind = "an effect" if most > 1 else "an accuracy"
        raise UsageError(f"until={text}", f"the width of {kind}'s interval must be from 0.005 to below {most}")
    return width


def _effect(text: str, name: str, settings: Sequence[Setting]) -> Effect:
    asked = {setting.name for setting in settings}
    there = [effect for effect in all_effects() if asked.issuperset(effect.settings)]
    for effect in there:
        if name in (effect_word(effect), effect.title):
            return effect
    words = [*map(effect_word, there)]
    if not words:
        problem = "these settings have no effect; ask two that an effect compares, as 'settings=[zero_shot,io]'"
        raise UsageError(f"until={text}", problem)
    raise UsageError(f"until={text}", f"no such effect; there are {', '.join(words)}{did_you_mean(name, words)}")


def looks(most: int) -> Iterator[int]:
    """The numbers of episodes after which a run looks at its intervals, the last of them `most`.

    >>> [*looks(200)]
    [30, 38, 48, 60, 75, 94, 118, 148, 185, 200]
    """
    episodes = FIRST
    while episodes < most:
        yield episodes
        episodes = math.ceil(episodes * GROWTH)
    yield most
