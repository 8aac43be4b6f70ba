"""Budget: the dollars that a run may spend."""

from dataclasses import dataclass

from solverlearner.errors import UsageError, check_range
from solverlearner.inference.usage import Price, Usage


@dataclass
class Budget:
    """Dollars that may be spent, over all sessions; `elsewhere` is what other runs of the same sweep have spent."""

    usd: float
    price: Price
    elsewhere: float = 0.0

    def problem(self, usage: Usage) -> str:
        """Why no further call may begin; empty while one may. Calls in flight are still paid."""
        if usage.untold:
            return f"budget={self.usd:g}: the endpoint does not report its tokens, so the cost is not known"
        spent = self.elsewhere + (usage.money(self.price) or 0.0)
        return "" if spent < self.usd else f"budget={self.usd:g}: is reached, ${spent:,.4f} are spent"


def check_budget(budget: float | None, price: Price | None, model: str) -> Budget | None:
    """The budget of a run. Raises: UsageError, also where the price of its model is not known."""
    if budget is None:
        return None
    check_range("budget", budget, 0, 1_000_000_000)
    if price is None:
        problem = f"the price of {model} is not known: give price_in and price_out, US dollars a million tokens"
        raise UsageError(f"budget={budget:g}", problem)
    return Budget(budget, price)
