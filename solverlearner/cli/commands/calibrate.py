"""calibrate: score published replies of large models with the readers of a live run."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra

from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import counted
from solverlearner.cli.hydra_app import hydra_command, job
from solverlearner.errors import RunStopped
from solverlearner.published.agreement import Agreement
from solverlearner.published.calibration import AGREEMENTS, calibrate, chosen
from solverlearner.reporting.aligned import columns

_MOST_NAMED = 5


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="calibrate")
@job
def calibrate_main(options: dict[str, Any]) -> None:
    """`calibrate`: score the corpora, print the agreement. Raises: UsageError, RunStopped."""
    results = Path(str(options["results"]))
    unusable = 0
    for corpus, source in chosen(str(options["corpus"]), Path(str(options["source"])).expanduser()):
        agreement = calibrate(corpus, source, results)
        print("\n".join(_lines(agreement, bool(options["details"]))), end="\n\n", flush=True)
        unusable += agreement.unusable_count
    print(f"Run folders: {results}   All disagreements: {results / AGREEMENTS}")
    print(f"Next: python -m solverlearner tables results={results}")
    print(f"      python -m solverlearner report results={results}")
    if unusable:
        raise RunStopped(f"source={options['source']}: {counted(unusable, 'line')} could not be scored, see above")


def _lines(agreement: Agreement, details: bool) -> Iterator[str]:
    yield f"{agreement.corpus.name}: {agreement.corpus.about}"
    yield f"{agreement.replies:,} replies in {counted(agreement.runs, 'run')} (a model on a variant)"
    yield from _agreed(agreement)
    if agreement.unusable_count:
        yield f"{counted(agreement.unusable_count, 'line')} could not be scored:"
        yield from (f"  {line.place}: {line.reason}" for line in agreement.unusable[:_MOST_NAMED])
    if gaps := agreement.gaps():
        yield f"{counted(len(gaps), 'variant')} of some model have fewer replies than of another:"
        yield from (f"  {gap}" for gap in gaps[:_MOST_NAMED])
    yield from ["", *_accuracies(agreement)]
    if agreement.effects():
        yield from ["", "Differences in percentage points, paired on the same items:", *_effects(agreement)]
    if details:
        yield from ["", *_variants(agreement)]


def _accuracies(agreement: Agreement) -> Iterator[str]:
    lines = agreement.lines()
    head = ("model", "task", "setting", "variants", "n", "right, ours", "theirs", "unread")
    rows = [
        (
            line.model,
            line.task,
            line.column.label,
            str(line.variants),
            str(line.n),
            _percent(line.ours),
            _share(line.theirs),
            str(line.unread),
        )
        for line in lines
    ]
    return columns([head, *rows])


def _effects(agreement: Agreement) -> Iterator[str]:
    head = ("model", "task", "difference", "items", "clusters", "points [95 % interval]")
    rows = [
        (each.model, each.task, f"{each.first.label} − {each.second.label}", str(each.n), str(each.clusters),
         _points(each.estimate))
        for each in agreement.effects()
    ]  # fmt: skip
    return columns([head, *rows])


def _variants(agreement: Agreement) -> Iterator[str]:
    rows = [
        (cell.model, cell.task, cell.variant, cell.column.label, str(n), f"{100 * right / n:.1f} %")
        for cell, (n, right) in agreement.cells.items()
    ]
    return columns([("model", "task", "variant", "setting", "n", "right"), *rows])


def _agreed(agreement: Agreement) -> Iterator[str]:
    if not agreement.judged:
        yield "The corpus has no verdicts by reply, so only accuracies can be compared."
        return
    share = 100 * agreement.agreed / agreement.judged
    yield f"Agreement with published verdicts: {agreement.agreed:,} of {agreement.judged:,} ({share:.2f} %)."
    yield from (f"  {count:>5}  {cause}" for cause, count in agreement.causes.most_common())


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f} % [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def _points(estimate: Estimate) -> str:
    return f"{100 * estimate.value:+.1f} [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(calibrate_main, words)
