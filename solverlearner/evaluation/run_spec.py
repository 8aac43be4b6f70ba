"""Run spec: one run as it will be carried out, with nothing opened yet."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from solverlearner.design.plan import Plan
from solverlearner.evaluation.cost import Cost, cost_of
from solverlearner.evaluation.until import Until
from solverlearner.execution.executor import Executor
from solverlearner.files import read_json
from solverlearner.inference.budget import Budget
from solverlearner.inference.request_options import RequestOptions
from solverlearner.inference.usage import Price
from solverlearner.models.base import Model


@dataclass(frozen=True)
class RunSpec:
    """One run, of which nothing is opened yet: what it asks, whom, at what price, and the folder that it lands in."""

    plan: Plan
    request_options: RequestOptions
    model: Model
    executor: Executor
    price: Price | None
    budget: Budget | None
    max_tokens: int
    cache: bool
    results: Path
    name: str
    derivation: str
    kept: dict[str, Any] = field(repr=False)
    """The options, as `config.json` keeps them."""
    log: str = "info"
    rows: str = "jsonl"
    """The format of its rows once it has ended, one of `row_parquet.FORMATS`."""
    until: Until | None = None
    """The rule by which it stops before all of its episodes."""

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.results / self.name

    def cost(self, *, finished: bool = False) -> Cost:
        """What it has spent and may still spend; of a finished cell the summary tells."""
        if not finished:
            return cost_of(self.plan, self.price, self.max_tokens, self.path)
        calls = read_json(self.path / "manifest.json")["calls"]["answered"]
        told = read_json(self.path / "summary.json").get("cost", {})
        tokens = [told.get(f"{kind}_tokens", 0) for kind in ("prompt", "cached", "completion")]
        if self.price is None:
            return Cost(calls, 0, None, None)
        usd = told.get("usd")  # with what batches and the prices of then made of it
        return Cost(calls, 0, self.price.of(*tokens) if usd is None else usd, 0.0)

    def finished(self) -> bool:
        """Whether every call is answered and scored, by this very code, and summarised."""
        manifest, config = read_json(self.path / "manifest.json"), read_json(self.path / "config.json")
        if manifest.get("state") != "complete" or config.get("derivation") != self.derivation:
            return False
        calls = manifest["calls"]
        summary = self.path / "summary.json"  # written last, so an older one is of an earlier session
        told = read_json(summary).get("until") if self.until else None
        plan = replace(self.plan, episodes=told["stopped_after"]) if told and told["met"] else self.plan
        if not plan.calls - plan.spared <= calls["answered"] == calls["planned"] <= plan.calls:
            return False
        return summary.exists() and summary.stat().st_mtime_ns >= (self.path / "manifest.json").stat().st_mtime_ns
