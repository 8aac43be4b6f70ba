"""Scores by item and setting, and the accuracies and effects that they give: for the terminal and for tables alike.

Only the standard library is needed, because a run prints its summary without loading numpy or pandas.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from solverlearner.analysis.clusters import joined
from solverlearner.analysis.intervals import Estimate, share, share_contrast


class Contrast(NamedTuple):
    """A weighted sum of the accuracies of some settings, on the `n` items that all of them answered.

    `differences` has the same weighted sum of each cluster's total scores; `episodes` share a cluster where they show
    one program. Of two settings `first_higher` and `second_higher` count the items on which one scores higher than the
    other; of more settings they are None. `graded`: some score is strictly between 0 and 1.
    """

    estimate: Estimate
    n: int
    episodes: int
    differences: list[float]
    first_higher: int | None
    second_higher: int | None
    graded: bool

    @property
    def clusters(self) -> int:
        """The clusters that these items are of."""
        return len(self.differences)


_SHARED = {0.0: 0.0, 1.0: 1.0}  # one object each for the scores that nearly all items have
_NONE = -1


class Scores:
    """The scores of several settings on the same items. An item is a query of an episode, and one of its samples.

    scores = Scores()
    scores.add("io", 1.0, cluster=0, query=0)
    scores.add("io", 0.5, cluster=0, query=1)
    scores.estimate("io", independent=False).value  # 0.75
    """

    def __init__(self) -> None:
        self._items: dict[tuple[int, int, int, int], int] = {}
        self._clusters, self._queries = array("q"), array("q")  # of each item; tens of thousands are kept at once
        self._columns: dict[str, list[float | None]] = {}
        self._prompts: dict[str, array[int]] = {}
        self._programs: dict[str, dict[int, Collection[int]]] = {}
        self._graded: set[str] = set()
        self._estimates: dict[tuple[str, bool], tuple[Estimate | None, int]] = {}

    def add(
        self,
        name: str,
        score: float,
        cluster: int,
        query: int,
        sample: int = 0,
        item: int = 0,
        *,
        prompt: int | None = None,
        program: int | None = None,
    ) -> None:
        """The score of one item in the setting `name`. `cluster` numbers the episode, also over several seeds.

        `item` tells apart inputs of runs that have other queries under the same numbers. `prompt` is the same number
        for the same prompt, `program` for the same program from the same prompt (`RowFacts`); None: not known.
        """
        if self._estimates:
            self._estimates.clear()
        index = self._items.setdefault((cluster, query, sample, item), len(self._items))
        if index == len(self._clusters):
            self._clusters.append(cluster)
            self._queries.append(query)
        column = self._columns.setdefault(name, [])
        if index >= len(column):
            column.extend([None] * (index + 1 - len(column)))
        column[index] = _SHARED.get(score, score)
        if prompt is not None:
            prompts = self._prompts.setdefault(name, array("q"))
            prompts.extend([_NONE] * (index + 1 - len(prompts)))
            prompts[index] = prompt
        if program is not None:
            programs = self._programs.setdefault(name, {})
            if program not in (there := programs.get(cluster, ())):
                programs[cluster] = (*there, program)
        if 0 < score < 1:
            self._graded.add(name)

    def finish(self) -> None:
        """No score comes any more: let go of what only adding needs."""
        self._items.clear()

    @property
    def _places(self) -> Iterator[tuple[int, int]]:
        return zip(self._clusters, self._queries, strict=True)

    @property
    def names(self) -> list[str]:
        """The settings that have scores."""
        return [*self._columns]

    def graded(self, names: Iterable[str] | None = None) -> bool:
        """Whether some score of these settings, or of all, is strictly between 0 and 1: partial credit."""
        return bool(self._graded if names is None else self._graded.intersection(names))

    def estimate(self, name: str, *, independent: bool) -> Estimate | None:
        """The mean score of a setting with its interval; None without scores.

        Clusters are episodes, and those that show one program together. `independent`: each query is a trial of its
        own, so the prompt is the cluster of its samples, which are never independent of each other.
        """
        return self._estimate(name, independent)[0]

    def clusters(self, name: str, *, independent: bool) -> int:
        """The number of clusters that the estimate of a setting is of."""
        return self._estimate(name, independent)[1]

    def _estimate(self, name: str, independent: bool) -> tuple[Estimate | None, int]:
        """The estimate and its number of clusters, made once until another score is added."""
        if (known := self._estimates.get((name, independent))) is None:
            clusters = self.clustered([name], independent)
            scores = [[score for (score,) in rows] for rows in clusters.values()]
            totals, sizes = [*map(sum, scores)], [*map(len, scores)]
            estimate = share(totals, sizes, self._squares(scores) if name in self._graded else None)
            known = self._estimates[name, independent] = estimate, len(clusters)
        return known

    def clustered(self, names: Sequence[str], independent: bool) -> dict[object, list[list[float]]]:
        """The scores of all items that all of these settings answered, by cluster: a list of scores an item."""
        found: dict[object, list[list[float]]] = {}
        groups = {} if independent else self.groups(names)
        prompts = [self._prompts.get(name, ()) for name in names]
        columns = (self._columns.get(name, ()) for name in names)
        for index, (place, *scores) in enumerate(zip(self._places, *columns, strict=False)):
            if None not in scores:
                asked = tuple(each[index] if index < len(each) else _NONE for each in prompts)
                key = groups[place[0]] if not independent else place if _NONE in asked else asked
                found.setdefault(key, []).append(cast(list[float], scores))
        return found

    def groups(self, names: Sequence[str]) -> dict[int, int]:
        """Each episode with the number of its cluster: episodes that show one program in a setting are in one."""
        return joined((cluster for cluster, _ in self._places), [self._programs.get(name, {}) for name in names])

    def contrast(self, names: Sequence[str], weights: Sequence[float], *, independent: bool = False) -> Contrast | None:
        """The effect between settings; None where one of them has no scores or they share no item.

        `independent`: in all of these settings each query is a trial of its own.
        """
        if not {*names} <= {*self._columns}:
            return None
        answered = self.clustered(names, independent)
        if not answered:
            return None
        at = zip(self._places, *(self._columns[name] for name in names), strict=False)
        episodes = len({place[0] for place, *scores in at if None not in scores})
        sizes = [*map(len, answered.values())]
        sides = [
            list(side) for side in zip(*(map(sum, zip(*rows, strict=True)) for rows in answered.values()), strict=True)
        ]
        graded = self.graded(names)
        squares = [self._squares([[row[i] for row in rows] for rows in answered.values()]) for i in range(len(names))]
        estimate = share_contrast(sides, sizes, weights, squares if graded else None)
        assert estimate is not None
        differences = [sum(w * s for w, s in zip(weights, totals, strict=True)) for totals in zip(*sides, strict=True)]
        pairs = [row for rows in answered.values() for row in rows] if len(names) == 2 else None
        first, second = (sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)) if pairs else (None, None)
        return Contrast(estimate, sum(sizes), episodes, differences, first, second, graded)

    def differences(self, names: Sequence[str], weights: Sequence[float]) -> list[list[float]]:
        """The weighted sum of the settings' scores of each item that all of them answered, by cluster."""
        if not {*names} <= {*self._columns}:
            return []
        clusters = self.clustered(names, independent=False).values()
        return [[sum(w * s for w, s in zip(weights, row, strict=True)) for row in rows] for rows in clusters]

    @staticmethod
    def _squares(clusters: Iterable[Sequence[float]]) -> float:
        return sum(score * score for cluster in clusters for score in cluster)
