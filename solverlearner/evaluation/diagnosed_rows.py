"""Diagnosed rows: what the programs of a stored run do on probe inputs, written into its rows. No model is asked."""

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solverlearner.design.episode import Episode, draw_episodes
from solverlearner.design.setting import setting_named
from solverlearner.design.verdict import RuleFound
from solverlearner.errors import UsageError
from solverlearner.evaluation import row_parquet
from solverlearner.evaluation.options import run_options_of, tasks_of
from solverlearner.evaluation.row_lines import row_of
from solverlearner.evaluation.run_owner import owned
from solverlearner.evaluation.which_rule import rule_found
from solverlearner.execution.executor import Executor
from solverlearner.files import whole_file
from solverlearner.json_text import line_of, parsed
from solverlearner.task import Tasks

_OF_ITEMS = ("seed", "episodes", "shots", "queries", "noise", "noise_kind", "identifiable")
Place = tuple[str, int, int, str]


@dataclass
class Diagnosed:
    """How many programs of a run were examined, and what each does; `other_items`: rows that are no longer drawn so."""

    found: list[RuleFound] = field(default_factory=list)
    other_items: int = 0


async def diagnose_run(rows_file: Path, config: Mapping[str, Any], executor: Executor) -> Diagnosed:
    """Run every program in a file of rows, in any of its forms, on probe inputs, and write what it does into its rows.

    `config` is the run's. Lines that are no rows stay as they are. The file is replaced whole, and only where something
    changes. Raises: UsageError where the task cannot be made, the file cannot be written, or another process writes it;
    ExecutorError.
    """
    try:
        with owned(rows_file.parent) as owner:
            before = _lines_of(rows_file)
            if not any(_has_program(line) for line in before):
                return Diagnosed()
            made = _Examiner(config, executor)
            after = [await made.line(line) for line in before]
            if after != before:
                owner.check()
                _write(rows_file, after)
    except (OSError, EOFError) as error:
        raise UsageError(str(rows_file), f"cannot be read and written: {error}") from error
    return made.diagnosed


def _lines_of(rows_file: Path) -> list[bytes]:
    if rows_file.name == row_parquet.NAME:
        with row_parquet.ParquetRows(rows_file) as lines:
            return [*lines]
    raw = rows_file.read_bytes()
    return (gzip.decompress(raw) if rows_file.suffix == ".gz" else raw).splitlines(keepends=True)


def _write(rows_file: Path, lines: list[bytes]) -> None:
    """Write lines to a file of rows in the form that it has."""
    content = b"".join(lines)
    if rows_file.name == row_parquet.NAME:
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "rows.jsonl"
            plain.write_bytes(content)
            row_parquet.write_parquet(plain, rows_file)
        return
    with whole_file(rows_file) as file:
        file.write(gzip.compress(content, 9, mtime=0) if rows_file.suffix == ".gz" else content)


def _has_program(line: bytes) -> bool:
    return b'"program":' in line


class _Examiner:
    """Examines the programs of one run, each once, though every query of its episode has it in a row."""

    def __init__(self, config: Mapping[str, Any], executor: Executor) -> None:
        self._task = tasks_of(config)
        self._executor = executor
        self._drawn = _drawn(self._task, config)
        self._episodes: dict[int, Episode] = {}
        self._done: dict[Place, RuleFound] = {}
        self.diagnosed = Diagnosed()

    async def line(self, line: bytes) -> bytes:
        """The line with what its program does, or as it is."""
        if not _has_program(line) or row_of(line) is None:
            return line
        row = parsed(line)
        found = await self._found(row)
        return line if found is None else line_of({**row, **vars(found)})

    async def _found(self, row: Mapping[str, Any]) -> RuleFound | None:
        setting = setting_named(row["setting"])
        if setting is None or row.get("program") is None or setting.asks == "input":
            return None
        episode = self._episode(row["episode"])
        if episode and not _asks(episode, row):
            self.diagnosed.other_items += 1
            return None
        place = row["setting"], row["episode"], row.get("sample", 0), row["program"]
        if place not in self._done:
            task = (episode.task if episode else self._task.of_episode(row["seed"], row["episode"])).in_setting(setting)
            shots = episode.shots if episode and setting.checked_on_shots else ()
            right, fitting = row.get("shots_right") or 0, episode.fitting if episode else ()
            self._done[place] = await rule_found(task, row["program"], shots, right, fitting, self._executor)
            self.diagnosed.found.append(self._done[place])
        return self._done[place]

    def _episode(self, index: int) -> Episode | None:
        """An episode of the run; None for replies that were stored without one."""
        for episode in self._drawn:
            self._episodes[episode.index] = episode
            if episode.index == index:
                break
        return self._episodes.get(index)


def _drawn(task: Tasks, config: Mapping[str, Any]) -> Iterator[Episode]:
    if not {"episodes", "shots", "queries"} <= config.keys():
        return iter(())
    typed = run_options_of({name: config[name] for name in _OF_ITEMS if name in config})
    return draw_episodes(task, **{name: getattr(typed, name) for name in _OF_ITEMS})


def _asks(episode: Episode, row: Mapping[str, Any]) -> bool:
    query = row["query"]
    return query < len(episode.queries) and json.dumps([*episode.queries[query].input]) == json.dumps(row["input"])
