"""`python -m solverlearner report`: every run under a results folder as one HTML file."""

from pathlib import Path
from typing import Any

import hydra

from solverlearner.entry import job, listed
from solverlearner.errors import UsageError, warn
from solverlearner.labels import counted
from solverlearner.report.overview import overview
from solverlearner.report.page import render
from solverlearner.run_folders import home
from solverlearner.tables.cells import pool
from solverlearner.tables.runs import read_runs
from solverlearner.whole_file import whole_file


@hydra.main(version_base="1.3", config_path="../conf", config_name="report")
@job
def report_main(options: dict[str, Any]) -> None:
    """`report`: write the page, and say where it is and what it leaves out. Raises: UsageError."""
    places = listed(options["results"])
    warnings: list[str] = []

    def note(line: str) -> None:
        warnings.append(line)
        warn(line)

    runs = read_runs(places, note)
    file = Path(str(options["file"] or home(places[0]) / "report.html")).expanduser()
    text, left = render(runs, overview(runs, pool(runs, note)), warnings)
    try:
        with whole_file(file) as page:  # who has the page open never reloads half of it
            page.write(text.encode())
    except OSError as error:
        raise UsageError(f"file={file}", f"cannot be written: {error.strerror or error}") from error
    if left.episodes:
        warn(str(left))
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    shown = f"{left.of_rows - left.rows:,} of {left.of_rows:,} rows to read" if left.rows else f"{left.of_rows:,} rows"
    print(f"{counted(len(runs), 'run')}, {shown}, {size}: {file}")
