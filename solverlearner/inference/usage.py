"""Usage: tokens, seconds and money of all attempts of a run, over all of its sessions."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from solverlearner.errors import UsageError, check_range
from solverlearner.inference.journal import Record

_MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """US dollars a million tokens. `cached_in`: prompt tokens that the provider had cached; None: as any others.

    `batch` is the share of it that a reply by the batch API costs.
    """

    price_in: float
    price_out: float
    cached_in: float | None = None
    batch: float = 1.0

    def of(self, prompt: int, cached: int, completion: int) -> float:
        """Dollars for so many tokens, of which `cached` are among the prompt's."""
        at_cached = self.price_in if self.cached_in is None else self.cached_in
        return ((prompt - cached) * self.price_in + cached * at_cached + completion * self.price_out) / _MILLION


@dataclass
class Usage:
    """Everything that was asked for and paid; replies taken from other runs are counted as `reused` alone."""

    attempts: int = 0
    failed: int = 0
    reused: int = 0
    states: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    by_batch: Counter[str] = field(default_factory=Counter)
    """Of these tokens, the ones of replies that came by a batch."""
    untold: int = 0
    """Replies whose tokens the endpoint did not tell."""
    wall_s: float = 0.0
    """Seconds from the beginning of each session to its last attempt."""
    latencies: "array[float]" = field(default_factory=lambda: array("f"), repr=False)
    _at: float = field(default=0.0, repr=False)

    def add(self, record: Record) -> None:
        """Count a line of the journal."""
        if "session" in record:
            self._at = record["session"]
            return
        self.wall_s += max(0.0, record["at"] - self._at)
        self._at = max(self._at, record["at"])
        if "from" in record:
            self.reused += 1
            return
        self.attempts += 1
        if "error" in record:
            self.failed += 1
            self.errors[str(record["status"] or "no response")] += 1
            return
        self.states[record["state"]] += 1
        self.untold += "completion_tokens" not in record
        self.prompt_tokens += record.get("prompt_tokens", 0)
        self.cached_tokens += record.get("cached_tokens", 0)
        self.completion_tokens += record.get("completion_tokens", 0)
        self.reasoning_tokens += record.get("reasoning_tokens", 0)
        if "batch" not in record:
            self.latencies.append(record.get("seconds", 0.0))
            return
        for name in ("prompt_tokens", "cached_tokens", "completion_tokens"):  # the time of a single reply is not known
            self.by_batch[name] += record.get(name, 0)

    def money(self, price: Price | None) -> float | None:
        """US dollars; None where the price is not known."""
        if price is None:
            return None
        batch = self.by_batch
        by_batch = price.of(batch["prompt_tokens"], batch["cached_tokens"], batch["completion_tokens"])
        return price.of(self.prompt_tokens, self.cached_tokens, self.completion_tokens) - (1 - price.batch) * by_batch

    def latency(self) -> dict[str, float]:
        """Seconds a reply took: median, 90th and 99th percentile, longest; empty without replies."""
        ordered = sorted(self.latencies)
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
        return {name: round(ordered[round(share * (len(ordered) - 1))], 3) for name, share in shares.items() if ordered}

    def record(self, price: Price | None) -> dict[str, Any]:
        """As plain values, for `summary.json`."""
        names = (
            "attempts", "failed", "reused", "prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens",
        )  # fmt: skip
        money = self.money(price)
        return {
            **{name: getattr(self, name) for name in names},
            "replies_without_token_counts": self.untold,
            "failures": dict(sorted(self.errors.items())),
            "latency_s": self.latency(),
            "wall_s": round(self.wall_s, 1),
            "usd": None if money is None else round(money, 6),
        }


def price_of(model: str, price_in: float | None, price_out: float | None, table: str | None) -> Price | None:
    """The price that is given, else the one of the user's YAML `table`, else of ours; None if neither has it.

    Raises: UsageError.
    """
    if (price_in is None) != (price_out is None):
        raise UsageError("price_in, price_out", "must be given together, in US dollars a million tokens")
    if price_in is not None and price_out is not None:
        check_range("price_in", price_in, 0, 1_000_000)
        check_range("price_out", price_out, 0, 1_000_000)
        return Price(price_in, price_out)
    return {**_ours(), **(_own(table) if table else {})}.get(model)


@cache
def _ours() -> dict[str, Price]:
    content = yaml.safe_load((files("solverlearner") / "prices.yaml").read_text(encoding="utf-8"))
    return _prices("prices.yaml", content)


def _own(table: str) -> dict[str, Price]:
    try:
        content = yaml.safe_load(Path(table).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = getattr(error, "strerror", None) or "is no YAML"
        raise UsageError(f"prices={table}", f"cannot be read: {problem}") from error
    return _prices(table, content)


def _prices(table: str, content: Any) -> dict[str, Price]:
    wanted = "must map each model's name to `in` and `out` (and `cached_in`, `batch`), US dollars a million tokens"
    if not isinstance(content, Mapping):
        raise UsageError(f"prices={table}", wanted)
    prices = {}
    for name, entry in content.items():
        try:
            numbers = {str(key): float(value) for key, value in entry.items()}
            ends = numbers.pop("in"), numbers.pop("out")
            prices[str(name)] = Price(*ends, numbers.pop("cached_in", None), numbers.pop("batch", 1.0))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise UsageError(f"prices={table}", f"{name}: {wanted}") from None
        if numbers:
            raise UsageError(f"prices={table}", f"{name}: {', '.join(numbers)}: {wanted}")
    return prices
