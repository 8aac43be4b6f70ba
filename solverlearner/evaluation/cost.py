"""Cost: what a run has spent, what it will at most spend, and the budget that it must keep to."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from solverlearner.design.call import Call
from solverlearner.design.plan import Plan, plan_episodes, setting_calls
from solverlearner.errors import UsageError
from solverlearner.inference.journal import record_of
from solverlearner.inference.usage import Price, Usage
from solverlearner.models.question import prompt_tokens


@dataclass(frozen=True)
class Cost:
    """Calls that were answered and have yet to be made, and dollars for them; None where nobody knows the price."""

    answered: int = 0
    ahead: int = 0
    spent: float | None = 0.0
    at_most: float | None = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        spent = None if self.spent is None or other.spent is None else self.spent + other.spent
        at_most = None if self.at_most is None or other.at_most is None else self.at_most + other.at_most
        return Cost(self.answered + other.answered, self.ahead + other.ahead, spent, at_most)


@dataclass
class SoFar:
    """What a run folder holds already, read without opening it for writing."""

    places: set[str] = field(default_factory=set)
    usage: Usage = field(default_factory=Usage)


def so_far(folder: Path) -> SoFar:
    """The replies that earlier sessions got; lines that cannot be read are the run's own to report."""
    found = SoFar()
    with contextlib.suppress(OSError), (folder / "replies.jsonl").open("rb") as journal:
        for line in journal:
            record = record_of(line)
            with contextlib.suppress(KeyError, TypeError):
                found.usage.add(record)
                if "state" in record:
                    found.places.add(record["id"].rpartition("/")[0])
    return found


def cost_of(plan: Plan, price: Price | None, max_tokens: int, folder: Path) -> Cost:
    """What a run has spent and may still spend: prompts by their length, its replies as long as they may get.

    The first episode stands for all. Calls that other runs kept a reply to are counted as well. A later round sends
    all that was said before, and at most as much again as the first prompt.
    """
    found, calls = so_far(folder), plan.calls
    ahead = max(0, calls - len(found.places))
    if price is None:
        return Cost(len(found.places), ahead, None, None)
    at_most = price.of(round(ahead * _prompt_tokens(plan, max_tokens)), 0, ahead * max_tokens)
    return Cost(len(found.places), ahead, found.usage.money(price), at_most)


def _prompt_tokens(plan: Plan, max_tokens: int) -> float:
    """The mean of the first episode's prompts, where replies are as long as they may get."""
    calls: dict[str, Call] = {}
    for setting in plan.settings:
        for call in setting_calls(plan, setting, next(plan_episodes(plan))):
            calls |= {each.place: each for each in (call.needs, call) if each}
    tokens = []
    for call in calls.values():
        first = prompt_tokens(call) + (max_tokens if call.needs else 0)
        tokens += [first * (1 + number) + max_tokens * number for number in range(call.rounds)]
    return sum(tokens) / len(tokens)


def within_budget(budget: float | None, cost: Cost) -> None:
    """Refuse to start what may cost more than the budget. Raises: UsageError."""
    if budget is None or cost.spent is None or cost.at_most is None or cost.spent + cost.at_most <= budget:
        return
    spent = f"${cost.spent:,.4f} are spent and " if cost.spent else ""
    problem = f"{spent}{cost.ahead:,} calls may cost ${cost.at_most:,.4f}; nothing was started"
    raise UsageError(f"budget={budget:g}", f"{problem}; raise it, ask for less, or give a smaller max_tokens")
