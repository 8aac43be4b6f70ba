"""Grid: the words of a sweep become runs. A run is a list of Hydra overrides, which become plain options."""

import copy
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, open_dict

from solverlearner.cli.composed import checked
from solverlearner.cli.declared import DeclaredOptions
from solverlearner.cli.hydra_app import plain_options
from solverlearner.cli.words import written
from solverlearner.errors import UsageError

_ONE_A_SWEEP = {
    "experiment": "is one experiment a sweep; run them one after the other",
    "results": "is one folder a sweep",
}

Axes = dict[str, list[str]]
"""The overrides that a key takes in turn, by key: `{"base": ["base=8", "base=9"]}`."""


@dataclass(frozen=True)
class SweepPoint:
    """One run: its overrides, and as a label those in which it differs from other runs."""

    overrides: tuple[str, ...]
    label: str


class Grid:
    """Expands a sweep and composes its runs.

    Hydra composes each combination of groups (task, model, …) once, 0.1 s each; what else a run overrides is applied
    to copies by Hydra's own function, which takes a tenth of that and gives the same.
    """

    def __init__(self, loader: ConfigLoaderImpl, master: DictConfig, words: Sequence[str] = ()) -> None:
        """`words` are the command line's, which may name folders of the user's own, a task and a model."""
        self._loader = loader
        self._master = master
        self._parser = OverridesParser.create(config_loader=loader)
        self._typed = words
        self._declared = DeclaredOptions("run", words)
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._choices: dict[tuple[str, ...], dict[str, Any]] = {}

    def points(
        self, params: Mapping[str, Any] | None, grids: Sequence[Mapping[str, Any]] | None, typed: Sequence[str]
    ) -> list[SweepPoint]:
        """The runs of `params` (one product), or of several `grids` that share them, as `typed` words change them.

        What is typed goes before what a file says; a group that is typed keeps, of several grids, those that have it.
        Raises: UsageError.
        """
        params, grids = params or {}, grids or [{}]
        options = self._options_of([params, *grids])
        shared, words = self._axes(self._words(params, options)), self._axes(typed)
        for key, what in _ONE_A_SWEEP.items():
            if len(words.get(key, [])) > 1:
                raise UsageError(f"{key}={','.join(word.partition('=')[2] for word in words[key])}", what)
        found: list[tuple[str, ...]] = []
        for grid in [self._axes(self._words(grid, options)) for grid in grids]:
            found += itertools.product(*(shared | grid | self._narrowed(grid, words)).values())
        if not found:
            raise UsageError(" ".join(typed), "no grid of this experiment has that")
        return _labelled(found)

    def options(self, point: SweepPoint) -> dict[str, Any]:
        """The options of one run, as `run` would get them. Raises: what composing them raises."""
        parsed = self._parser.parse_overrides(list(point.overrides))
        groups = [override for override in parsed if self._is_group(override)]
        key = tuple(str(override.input_line) for override in groups)
        if key not in self._composed:
            config = self._loader.load_sweep_config(self._master, list(key))
            self._choices[key] = dict(config.hydra.runtime.choices)
            with open_dict(config):
                config.pop("hydra")  # which no option of ours refers to, and which is most of it
            self._composed[key] = config
        config = copy.deepcopy(self._composed[key])
        self._loader._apply_overrides_to_config([each for each in parsed if each not in groups], config)
        return checked(plain_options(config), self._choices[key], self._declared)

    def _axes(self, words: Sequence[str]) -> Axes:
        axes: Axes = {}
        for override in self._parser.parse_overrides(list(words)):
            key = override.get_key_element()
            if not override.is_sweep_override():
                axes[key] = [str(override.input_line)]
            elif override.is_discrete_sweep():
                axes[key] = [f"{key}={value}" for value in override.sweep_string_iterator()]
            else:
                raise UsageError(str(override.input_line), "must list its values: a,b,c or range(1,10)")
        return axes

    def _narrowed(self, grid: Axes, words: Axes) -> Axes:
        """What is typed, but of a group that one of several grids has, only what that grid has."""
        both = [key for key in grid.keys() & words.keys() if self._loader.repository.group_exists(key)]
        return words | {key: [word for word in grid[key] if word in words[key]] for key in both}

    def _options_of(self, grids: Sequence[Mapping[str, Any]]) -> DeclaredOptions:
        """The options of the tasks and models that these choose, or the words typed where these leave it open."""
        chosen = {group: [str(grid[group]) for grid in grids if group in grid] for group in ("task", "model")}
        words = [f"{group}={','.join(names)}" for group, names in chosen.items() if names]
        return DeclaredOptions("run", [*self._typed, *words])

    def _words(self, grid: Mapping[str, Any], options: DeclaredOptions) -> list[str]:
        """The words of a grid in a file, as they would be typed. Raises: UsageError."""
        for key, value in grid.items():
            if not isinstance(value, str | int | float | None):
                raise UsageError(f"{key}: {value}", "in hydra.sweeper, write values as on the command line: '8,9,10'")
            declared = options.find(key)
            if declared and declared.kind == "text" and not isinstance(value, str | None):
                raise UsageError(f"{key}: {value}", f"in hydra.sweeper, write text in quotes: {key}: '…'")
        return [written(f"{key}={_word(value)}", options) for key, value in grid.items()]

    def _is_group(self, override: Override) -> bool:
        return self._loader.repository.group_exists(override.key_or_group)


def _word(value: str | float | None) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _labelled(runs: Sequence[tuple[str, ...]]) -> list[SweepPoint]:
    common = set.intersection(*map(set, runs))
    # Hydra escapes colons and commas as it lists the values of a sweep.
    return [SweepPoint(run, " ".join(word for word in run if word not in common).replace("\\", "")) for run in runs]
