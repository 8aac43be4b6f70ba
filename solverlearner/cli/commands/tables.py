"""tables: make tables and figures of all runs in a folder, as CSV, Markdown, LaTeX, HTML, PDF, SVG and PNG."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra

from solverlearner.analysis.cells import Cell, main_cells, pool
from solverlearner.analysis.labels import counted
from solverlearner.analysis.run_folders import home
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.tables.ablations import Ablation, find_ablations
from solverlearner.analysis.tables.build import TABLE_KINDS, build_tables
from solverlearner.analysis.tables.draw_tables import scatters
from solverlearner.analysis.tables.table import Table
from solverlearner.cli.hydra_app import hydra_command, job, listed
from solverlearner.errors import UsageError, check_choice, warn
from solverlearner.reporting.documents import TEXT_FORMATS, render_all, render_table
from solverlearner.reporting.progress_bar import watched

FIGURE_FORMATS = ("pdf", "svg", "png")
_DOCUMENTS = {"md": "svg", "latex": "pdf", "html": "svg"}  # with the figures' format that each shows best


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="tables")
@job
def tables_main(options: dict[str, Any]) -> None:
    """`tables`: write all tables and figures that the runs have something for. Raises: UsageError."""
    places, formats = listed(options["results"]), listed(options["format"])
    kinds = listed(options["only"]) or [*TABLE_KINDS]
    for key, given, choices in (("format", formats, (*TEXT_FORMATS, *FIGURE_FORMATS)), ("only", kinds, TABLE_KINDS)):
        for each in given:
            check_choice(key, each, choices)
    if not formats:
        raise UsageError("format=[]", f"must be some of {', '.join((*TEXT_FORMATS, *FIGURE_FORMATS))}")
    pictures = _drawable(formats)
    runs = read_runs(places, warn, watched)
    cells = of_models(pool(runs, warn), listed(options["models"]))
    for cell in watched(cells, "conditions are counted"):
        cell.summarise()
    folder = Path(str(options["out"] or home(places[0]) / "tables"))
    ablations = find_ablations(cells)
    tables = list(build_tables(cells, ablations, kinds))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        figures = dict(_draw(cells, ablations, kinds, pictures, folder))
        _write(tables, figures, formats, folder)
    except OSError as error:
        raise UsageError(f"out={folder}", f"cannot be written: {error.strerror or error}") from error
    drawn = f" and {counted(len(figures), 'figure')}" if figures else ""
    print(f"{counted(len(tables), 'table')}{drawn} of {counted(len(runs), 'run')}: {folder}")


def of_models(cells: Sequence[Cell], models: Sequence[str]) -> list[Cell]:
    """The cells of these models; all where none is named. Raises: UsageError for a name that no run has."""
    there = sorted({cell.model for cell in cells})
    for name in models:
        if name not in there:
            raise UsageError(f"models=[{','.join(models)}]", f"no run of {name}; there are {', '.join(there)}")
    return [cell for cell in cells if not models or cell.model in models]


def _drawable(formats: Sequence[str]) -> list[str]:
    """The formats of figures that are asked for; none, with a line, without matplotlib."""
    pictures = [each for each in FIGURE_FORMATS if each in formats]
    if pictures and importlib.util.find_spec("matplotlib") is None:
        problem = "figures need matplotlib: pip install 'solverlearner[figures]'"
        if len({*formats}) == len(pictures):
            raise UsageError(f"format=[{','.join(formats)}]", problem)
        warn(f"{problem}; the tables are written without")
        return []
    return pictures


def _draw(
    cells: Sequence[Cell], ablations: Sequence[Ablation], kinds: Sequence[str], pictures: Sequence[str], folder: Path
) -> Iterator[tuple[str, str]]:
    """Draw what these kinds of tables have figures for; gives names with titles."""
    if not pictures:
        return
    from solverlearner.reporting import figures  # matplotlib is an extra, and takes a second to import

    drawings = [*figures.draw_comparisons(main_cells(cells))] if "comparison" in kinds else []
    drawings += [*figures.draw_ablations(ablations)] if "ablation" in kinds else []
    drawings += [*figures.draw_scatters([*scatters(cells)])] if "draws" in kinds else []
    for drawing in drawings:
        for ending in pictures:
            drawing.save(folder, ending)
        yield drawing.name, drawing.title


def _write(tables: Sequence[Table], figures: dict[str, str], formats: Sequence[str], folder: Path) -> None:
    for form in ("csv", "latex"):
        for table in tables if form in formats else ():
            path = folder / f"{table.name}.{TEXT_FORMATS[form]}"
            path.write_text(render_table(table, TEXT_FORMATS[form]), encoding="utf-8")
    for form, best in _DOCUMENTS.items():
        if form in formats:
            usable = [picture for picture in (best, "png") if picture in formats]
            shown = figures if usable else {}
            text = render_all(tables, shown, TEXT_FORMATS[form], "".join(usable[:1]))
            (folder / f"tables.{TEXT_FORMATS[form]}").write_text(text, encoding="utf-8")


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(tables_main, words)
