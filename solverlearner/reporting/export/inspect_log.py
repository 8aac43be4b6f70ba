"""Log: runs as Inspect's `.eval` files, one a run and setting. Imports inspect_ai, the extra `[inspect]`."""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalMetric,
    EvalPlan,
    EvalPlanStep,
    EvalResults,
    EvalRevision,
    EvalScore,
    EvalSpec,
    EvalStats,
    EvalStatus,
    condense_sample,
)

# Private, and the only way to write a log sample by sample: the public write_eval_log wants all of them in memory, and
# its time grows with the square of their number (4,000 samples: 34 s against 13 s).
from inspect_ai.log._recorders import create_recorder_for_format
from inspect_ai.model import GenerateConfig, ModelUsage

from solverlearner.analysis.kept_runs import KeptRows, KeptRun
from solverlearner.analysis.row_facts import is_drawn
from solverlearner.analysis.setting_counts import SettingCounts
from solverlearner.analysis.summary import Summary
from solverlearner.design.setting import CHECK, Setting, setting_named
from solverlearner.errors import UsageError, Warn
from solverlearner.reporting.export.inspect_sample import SCORER, sample_of, usage_of

_FLUSH_EVERY = 200  # samples that the recorder holds whole; of all others it holds summaries


@dataclass(frozen=True)
class _Log:
    """The subject of one log: a run's rows in one setting, and the first of them."""

    run: KeptRun
    setting: Setting
    rows: KeptRows
    first: Mapping[str, Any]

    @cached_property
    def id(self) -> str:
        """The same for the same folder and setting. Folders of one name may lie in several results folders."""
        return hashlib.blake2b(f"{self.run.path.resolve()}/{self.setting.name}".encode(), digest_size=8).hexdigest()

    @cached_property
    def task(self) -> str:
        return f"{self.first['task']}-{self.first['variant']}-{self.setting.name}"

    @cached_property
    def started(self) -> datetime:
        """When the run's last session began; the file's time where the manifest does not say."""
        said = self.run.manifest.get("started")
        if isinstance(said, str):
            return datetime.fromisoformat(said).astimezone(UTC)
        return datetime.fromtimestamp(self.run.rows_file.stat().st_mtime, UTC)

    @property
    def file_name(self) -> str:
        """As Inspect names its logs, so that it knows time, task and id without opening them: no further "_"."""
        return f"{self.started:%Y-%m-%dT%H-%M-%S+00-00}_{re.sub(r'[^a-zA-Z0-9.]+', '-', self.task)}_{self.id}.eval"

    def call(self, row: Mapping[str, Any]) -> tuple[int, int, int]:
        """The call that the row comes from: a program's serves all queries of its episode."""
        return row["episode"], -1 if self.setting.writes_program else row["query"], row["sample"]


def write_logs(runs: Sequence[KeptRun], to: Path, warn: Warn) -> str:
    """Write a log a run and setting to the folder `to`; gives a line that says what was written.

    A log of an earlier export of the same run and setting is replaced; other files stay. Raises: UsageError where
    the runs have no rows, OSError where `to` cannot be written.
    """
    logs = samples = unanswered = 0
    for run in runs:
        with run.rows(warn) as rows:
            for name in rows.settings:
                first = next(rows.read(name), None)
                if first:
                    counts = _write_log(_Log(run, setting_named(name) or CHECK, rows, first), to)
                    logs, samples = logs + 1, samples + counts.queries
                    unanswered += counts.unanswered
    if not logs:
        raise UsageError("results", "these runs have no rows yet")
    told = f"{logs} logs of {len(runs)} runs, {samples} samples, {unanswered} of them unanswered"
    return f"{told}: {to}\ninspect view --log-dir {to}"


def _write_log(log: _Log, to: Path) -> SettingCounts:
    with tempfile.TemporaryDirectory(dir=to, prefix=".part-") as parts:
        part = Path(parts) / log.file_name
        counts = asyncio.run(_record(log, part))
        for old in to.glob(f"*_{log.id}.eval"):
            old.unlink()
        part.replace(to / log.file_name)
    return counts


async def _record(log: _Log, path: Path) -> SettingCounts:
    """Write the log sample by sample; gives the counts of its rows."""
    summary, usage, counted = Summary(drawn=is_drawn(log.run.config)), ModelUsage(), set[tuple[int, int, int]]()
    episode, query, sample = map(max, zip(*log.rows.places(log.setting.name), strict=True))
    recorder, spec = create_recorder_for_format("eval", str(path.parent)), _spec(log, sample + 1)
    await recorder.log_init(spec, str(path))
    await recorder.log_start(spec, _plan(log))
    for row in log.rows.read(log.setting.name):
        # Names are sorted as text, hence the zeros.
        name = f"{row['episode']:0{len(str(episode))}}-{row['query']:0{len(str(query))}}"
        await recorder.log_sample(spec, condense_sample(sample_of(row, name)))
        summary.add_row(row)
        if log.call(row) not in counted:
            counted.add(log.call(row))
            usage += usage_of(row) or ModelUsage()
        if summary.counts[log.setting.name].queries % _FLUSH_EVERY == 0:
            await recorder.flush(spec)
    status: EvalStatus = "success" if log.run.manifest.get("state") in ("complete", "incomplete") else "cancelled"
    stats = EvalStats(
        started_at=log.started.isoformat(),
        completed_at=log.run.manifest.get("ended") or "",
        model_usage={log.first["model"]: usage},
    )
    await recorder.log_finish(spec, status, stats, _results(log.setting, summary), None, header_only=True)
    return summary.counts[log.setting.name]


def _spec(log: _Log, epochs: int) -> EvalSpec:
    items = len({place[:2] for place in log.rows.places(log.setting.name)})
    config, manifest = log.run.config, log.run.manifest
    options = {key: value for key, value in config.get("task", {}).items() if key != "_target_"}
    model, commit = manifest.get("model", {}), manifest.get("commit")
    return EvalSpec(
        eval_id=log.id,
        run_id=log.run.path.name,
        task_id=log.id,
        created=log.started.isoformat(),
        task=log.task,
        task_args={"setting": log.setting.name, **options},
        dataset=EvalDataset(name=f"{log.first['task']}-{log.first['variant']}", samples=items, shuffled=False),
        model=log.first["model"],
        model_base_url=model.get("base_url"),
        model_generate_config=_generation(config),
        config=EvalConfig(epochs=epochs, fail_on_error=False),
        revision=EvalRevision(type="git", origin="", commit=commit.rstrip("+"), dirty="+" in commit)
        if commit
        else None,
        packages={"solverlearner": str(manifest.get("solverlearner")), **manifest.get("packages", {})},
        tags=[log.first["task"], log.first["variant"], log.setting.name],
        metadata={"run": log.run.path.name, "config": config, "manifest": manifest},
    )


def _generation(config: Mapping[str, Any]) -> GenerateConfig:
    return GenerateConfig(temperature=config.get("temperature"), max_tokens=config.get("max_tokens"))


def _plan(log: _Log) -> EvalPlan:
    """The steps of a sample: the prompt, the model, and where it writes a program the interpreter."""
    steps = [EvalPlanStep(solver="generate", params={"setting": log.setting.name, "is": log.setting.title})]
    if log.setting.writes_program:
        steps.append(EvalPlanStep(solver="execute", params=log.run.manifest.get("executor", {})))
    return EvalPlan(name="solverlearner", steps=steps, config=_generation(log.run.config))


def _results(setting: Setting, summary: Summary) -> EvalResults:
    """Accuracy over the answered samples with our 95 % interval; no metrics where none was answered."""
    counts, estimate = summary.counts[setting.name], summary.estimate(setting.name)
    found = {"accuracy": estimate.value, "ci95_low": estimate.low, "ci95_high": estimate.high} if estimate else {}
    score = EvalScore(
        name=SCORER,
        scorer=SCORER,
        scored_samples=counts.answered,
        unscored_samples=counts.unanswered,
        metrics={name: EvalMetric(name=name, value=value) for name, value in found.items()},
        metadata={"clusters": len(counts.answered_episodes), "outcomes": dict(counts.statuses)},
    )
    return EvalResults(total_samples=counts.queries, completed_samples=counts.answered, scores=[score])
