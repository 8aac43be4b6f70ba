"""Dataset: runs as a folder that `datasets.load_dataset` opens. JSON lines in shards and a card; needs no package."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from solverlearner.analysis.kept_runs import KeptRun
from solverlearner.errors import UsageError, Warn
from solverlearner.reporting.export.hf_card import ROWS, RUNS, Feature, card
from solverlearner.task import JSON

_SHARD_BYTES = 256 * 2**20


def write_dataset(runs: Sequence[KeptRun], to: Path, warn: Warn, shard_bytes: int = _SHARD_BYTES) -> str:
    """Write all rows of the runs to the folder `to`; gives a line that says what was written.

    A shard ends with the row that reaches `shard_bytes`. An earlier export is replaced when everything is written.
    Raises: UsageError where `to` holds anything else, or the runs have no rows; OSError.
    """
    data = to / "data"
    if any(not each.name.startswith(".") for each in to.iterdir()) and not (data / "runs.jsonl").is_file():
        raise UsageError(f"to={to}", "is neither empty nor an earlier export; name another folder")
    records: list[dict[str, JSON]] = []
    with tempfile.TemporaryDirectory(dir=to, prefix=".part-") as parts:
        part = Path(parts)
        _write_shards(_row_lines(runs, records, warn), part, shard_bytes)
        if not records:
            raise UsageError("results", "these runs have no rows yet")
        (part / "runs.jsonl").write_text("".join(map(_line, records)), encoding="utf-8")
        (part / "README.md").write_text(card(records), encoding="utf-8")
        data.mkdir(exist_ok=True)
        for old in data.glob("rows-*.jsonl"):
            old.unlink()
        for file in sorted(part.glob("*.jsonl")):
            file.replace(data / file.name)
        (part / "README.md").replace(to / "README.md")
    rows, unanswered = (sum(int(str(record[name])) for record in records) for name in ("rows", "unanswered"))
    return f"{rows} rows of {len(records)} runs, {unanswered} of them unanswered: {to}"


def _write_shards(lines: Iterator[str], folder: Path, limit: int) -> None:
    """Write the lines to files of about so many bytes."""
    for number in count():
        first = next(lines, None)
        if first is None:
            return
        with (folder / f"rows-{number:05}.jsonl").open("wb") as file:
            size = file.write(first.encode())
            while size < limit and (line := next(lines, "")):
                size += file.write(line.encode())


def _row_lines(runs: Sequence[KeptRun], records: list[dict[str, JSON]], warn: Warn) -> Iterator[str]:
    """The rows of all runs as lines; `records` gets a record of each run that has some."""
    for run in runs:
        counts: Counter[str] = Counter()
        with run.rows(warn) as rows:
            for row in rows.read(*rows.settings):
                counts[row["status"]] += 1
                yield _line(_typed(ROWS, {"run": run.path.name, **row}))
        if counts:
            records.append(_run_record(run, counts))


def _run_record(run: KeptRun, counts: Counter[str]) -> dict[str, JSON]:
    manifest, model = run.manifest, run.manifest.get("model", {})
    facts = {name: manifest.get(name) for name in ("state", "started", "ended", "solverlearner", "commit")}
    who = {"model": model.get("name"), "weights_sha256": model.get("sha256"), "base_url": model.get("base_url")}
    size = {"rows": counts.total(), "unanswered": counts["unanswered"]}
    return _typed(RUNS, {"run": run.path.name, **who, **facts, **size, "config": run.config, "manifest": manifest})


def _typed(columns: Sequence[Feature], values: Mapping[str, Any]) -> dict[str, JSON]:
    """The columns of a record, all of them, in their order; those of a later version are null."""
    found = {column.name: values.get(column.name) for column in columns}
    for column in columns:
        if column.kind == "json" and found[column.name] is not None:
            found[column.name] = json.dumps(found[column.name], ensure_ascii=False)
    return found


def _line(record: Mapping[str, JSON]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
