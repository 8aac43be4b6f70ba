"""Bring `results/reference` and `docs/results.md` up to date with real runs.

    python docs/refresh.py [DIR …]     (or: make reference FROM="DIR …")

Every complete run under the named directories is copied to `results/reference`, its rows and replies compressed.
Every `summary.json` is made again from its rows. Then the tables and the figure of the whole are made by
`python -m solverlearner tables`, and each table is put after its mark `<!-- table: TITLE -->` in the document. The
words between the tables are the author's: read them again when numbers have moved.
"""

import argparse
import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "results" / "reference"
DOCUMENT = ROOT / "docs" / "results.md"
FIGURE = "comparison_syntax.png"
# A mark, and the lines of the table that now stands after it.
MARKED = re.compile(r"<!-- table: (?P<title>.+) -->\n\n(?:\|.*\n)*")


def main() -> None:
    """Take in the named runs, then refresh the document and its figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="*", type=Path, metavar="DIR", help="a directory of runs to take in first")
    for directory in parser.parse_args().runs:
        for run in sorted(path.parent for path in directory.glob("*/manifest.json")):
            print("took in" if take_in(run, REFERENCE) else "left out, not complete:", run.name)
    with tempfile.TemporaryDirectory() as made:
        summaries(REFERENCE)
        DOCUMENT.write_text(refreshed(DOCUMENT.read_text(), tables(Path(made), "[md,png]")))
        shutil.copy(Path(made) / FIGURE, ROOT / "docs" / "figures" / FIGURE)


def take_in(run: Path, reference: Path) -> bool:
    """Copy a run that is complete; compressed without a time of day, so that the same run gives the same bytes."""
    if json.loads((run / "manifest.json").read_text())["state"] != "complete" or not (run / "summary.json").exists():
        return False
    kept = reference / run.name
    kept.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "manifest.json", "summary.json"):
        shutil.copy(run / name, kept / name)
    for name in ("rows.jsonl", "replies.jsonl"):
        (kept / f"{name}.gz").write_bytes(gzip.compress((run / name).read_bytes(), 9, mtime=0))
    return True


def summaries(reference: Path) -> None:
    """Write the statistics of every summary.json again from the run's rows; its costs stay."""
    from solverlearner.analysis.kept_runs import kept_runs
    from solverlearner.analysis.summary import as_record, summarise

    for run in kept_runs([str(reference)], print):
        with run.rows(print) as rows:
            made = as_record(summarise(rows.read(*rows.settings), run.config))
        path = run.path / "summary.json"
        old = json.loads(path.read_text())
        path.write_text(json.dumps(made | {key: old[key] for key in old if key not in made}, indent=2) + "\n")


def tables(out: Path, formats: str = "md") -> dict[str, str]:
    """The reference results' tables in Markdown, by title, as the command makes them."""
    options = [f"results={REFERENCE}", f"out={out}", f"format={formats}"]
    subprocess.run(
        [sys.executable, "-m", "solverlearner", "tables", *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    parts = re.split(r"^## ", (out / "tables.md").read_text(), flags=re.MULTILINE)[1:]
    titled = (part.partition("\n") for part in parts)
    return {title: "".join(re.findall(r"^\|.*\n", body, re.MULTILINE)) for title, _, body in titled}


def refreshed(document: str, made: dict[str, str]) -> str:
    """The document with every marked table as it was made. KeyError names a mark that no table answers to."""
    return MARKED.sub(lambda mark: f"<!-- table: {mark['title']} -->\n\n{made[mark['title']]}", document)


if __name__ == "__main__":
    main()
