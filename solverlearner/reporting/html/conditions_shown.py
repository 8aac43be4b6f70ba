"""Conditions shown: the words by which a page tells conditions apart, so that a link opens what its number counts."""

import json
from collections.abc import Mapping, Sequence

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.conditions import unusual
from solverlearner.analysis.labels import options_text
from solverlearner.analysis.runs import Run
from solverlearner.task import JSON

LEFT_OUT = " · in no number: another run has more answers on the same items"
"""Behind the condition of episodes that are in the page, but left out of its numbers."""


class ShownConditions:
    """The conditions of a page by words, each other words: most often the options that are not the default."""

    def __init__(self, runs: Sequence[Run], cells: Sequence[Cell]) -> None:
        self._counted = {place for cell in cells for place in cell.counted}
        by_words: dict[str, dict[str, Mapping[str, JSON]]] = {}
        for run in runs:
            words = options_text(unusual(run.options)) or "defaults"
            by_words.setdefault(words, {})[_key(run.options)] = run.options
        self._labels = {
            key: words if len(same) == 1 else f"{words}, {_difference(options, same)}"
            for words, same in by_words.items()
            for key, options in same.items()
        }

    def label(self, options: Mapping[str, JSON]) -> str:
        """The words for a condition."""
        return self._labels[_key(options)]

    def left_out(self, run: Run) -> list[str]:
        """The settings of a run that no number counts."""
        return [name for name in run.sizes if (run.path, name) not in self._counted]


def _key(options: Mapping[str, JSON]) -> str:
    return json.dumps(options, sort_keys=True)


def _difference(options: Mapping[str, JSON], same: Mapping[str, Mapping[str, JSON]]) -> str:
    """The options in which conditions of the same words differ, as weights."""
    keys = sorted({key for each in same.values() for key in each})
    differing = [key for key in keys if len({json.dumps(each.get(key)) for each in same.values()}) > 1]
    return options_text({key: options.get(key) for key in differing})
