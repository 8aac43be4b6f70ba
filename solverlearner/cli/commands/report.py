"""report: write one HTML file of all runs in a folder: the square, tables, charts, and every episode to read."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra

from solverlearner.analysis.cells import pool
from solverlearner.analysis.labels import counted
from solverlearner.analysis.run_folders import home
from solverlearner.analysis.runs import read_runs
from solverlearner.cli.hydra_app import hydra_command, job, listed
from solverlearner.errors import UsageError, warn
from solverlearner.files import whole_file
from solverlearner.reporting.html.overview import overview
from solverlearner.reporting.html.page import render_page
from solverlearner.reporting.progress_bar import watched


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="report")
@job
def report_main(options: dict[str, Any]) -> None:
    """`report`: write the page, and say where it is and what it leaves out. Raises: UsageError."""
    places = listed(options["results"])
    warnings: list[str] = []

    def note(line: str) -> None:
        warnings.append(line)
        warn(line)

    runs = read_runs(places, note, watched)
    file = Path(str(options["file"] or home(places[0]) / "report.html")).expanduser()
    found = overview(runs, pool(runs, note))  # its cells, most of the memory, are gone when episodes are read
    text, left = render_page(runs, found, warnings)
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
    if options["open"]:
        print(opened(file))


def opened(file: Path) -> str:
    """Open a page in the browser of this desktop; gives what to print: where there is none, the address to open."""
    import webbrowser

    address = file.resolve().as_uri()
    desktop = sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))
    if desktop and webbrowser.open(address):
        return f"Opened {address}"
    return f"There is no browser here. Open {address}"


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(report_main, words)
