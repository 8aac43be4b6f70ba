"""Results: what runs found, for Python and notebooks: accuracies, effects, data frames, tables and comparisons."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import pandas as pd

from solverlearner.analysis.cells import Cell, pool
from solverlearner.analysis.comparison import Side, compare, freed, options_of_tasks, sides_of
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.kept_runs import KeptRun, kept_runs
from solverlearner.analysis.labels import counted, option_word
from solverlearner.analysis.measures import with_groups
from solverlearner.analysis.pilot import Wanted, pilot_effects, power_frame
from solverlearner.analysis.pooled import PooledComparison, pooled_levels
from solverlearner.analysis.query_frame import query_frame, run_options
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.summary import Summary, as_record, summarise
from solverlearner.analysis.tables.ablations import find_ablations
from solverlearner.analysis.tables.build import TABLE_KINDS, build_tables
from solverlearner.analysis.tables.grids import numbers
from solverlearner.analysis.wordings import OverWordings
from solverlearner.design.setting import ASKABLE, CHECK
from solverlearner.errors import UsageError, Warn, check_choice
from solverlearner.task import JSON

_UNKNOWN = Estimate(math.nan, math.nan, math.nan)
_PLACES = ("task", "variant", "model", "setting")
_MOST_LISTED = 20
_OF_PROGRAM = (
    "setting", "episode", "sample", "found", "found_rule", "found_agreement", "program_nodes", "rule_nodes", "shots",
    "shots_right",
)  # fmt: skip


class Results:
    """One run: its accuracies with intervals, its effects, and its rows as a data frame.

    It is read from the run's folder when a part is asked for first, and does not change after that.

    >>> import solverlearner as sl
    >>> r = sl.evaluate("arith", "scripted", ["zero_shot", "io"], behaviour="recite", episodes=2, queries=3)
    >>> r
    Results(arith-base-9-scripted-recite-34d26ca6)
      zero_shot                         0.000 [0.000, 0.390]
      io                                0.000 [0.000, 0.658]
      induction effect, model executes  +0.000 [−0.658, +0.658]
    >>> r.state, r.unanswered, r.options["base"]
    ('complete', 0, 9)
    """

    def __init__(self, run: KeptRun, warn: Warn) -> None:
        self._run, self._warn = run, warn

    @property
    def path(self) -> Path:
        """The run's folder. `python -m solverlearner run` with the same options goes on in it."""
        return self._run.path

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.path.name

    @property
    def state(self) -> str:
        """How the run ended: `complete`, `incomplete` (queries are unanswered), `stopped`, or `running`."""
        return str(self._run.manifest.get("state", "running"))

    @cached_property
    def options(self) -> dict[str, JSON]:
        """The options of the task, the model and the run on which answers depend, by name."""
        return run_options(self._run.config, self._run.manifest)

    @cached_property
    def accuracy(self) -> dict[str, Estimate]:
        """The share of right answers (with partial credit: the mean score), 0 to 1, by setting, with its 95 % interval.

        The settings come in the order of the square, and `check` (comprehension checks) last. Unanswered queries are
        left out. A setting without any answered query has NaN.

        >>> import solverlearner as sl
        >>> r = sl.evaluate("syntax", "scripted", ["io"], episodes=2, queries=2)
        >>> round(r.accuracy["io"].low, 3), r.accuracy["io"].value
        (0.342, 1.0)
        """
        counts = self._counts
        found = {name: counts.estimate(name) for name in counts.settings}
        if counts.checks.queries:
            found[CHECK.name] = counts.check
        return {name: estimate or _UNKNOWN for name, estimate in found.items()}

    @cached_property
    def effects(self) -> dict[str, Estimate]:
        """Differences between settings on the queries that all of them answered, by title, with 95 % intervals.

        The values are differences of accuracies, −1 to 1 (the interaction: −2 to 2). Effects whose settings the run
        did not ask in are left out.

        >>> import solverlearner as sl
        >>> r = sl.evaluate("syntax", "scripted", ["io", "solverlearner"], episodes=2, queries=2)
        >>> r.effects["execution effect, rule induced"].value
        0.0
        """
        return {title: estimate for title, (_, estimate) in self._counts.effects().items()}

    @cached_property
    def over_wordings(self) -> dict[str, OverWordings]:
        """Accuracies by setting and effects by title over all wordings, of a run under `wording=all`; else empty.

        Each has an `estimate` whose 95 % interval covers episodes and wordings, the `spread` (standard deviation of the
        true value between wordings) and the wordings' `share` of the variance of a query's score, 0 to 1. Several runs
        in one wording each: `ResultsCollection.table("wordings")`.
        """
        return self._counts.over_wordings()

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Everything that `summary.json` holds but the costs: accuracies, effects, references, failures, as JSON."""
        return as_record(self._counts)

    @cached_property
    def unanswered(self) -> int:
        """How many queries, over all settings, got no completion because every attempt failed."""
        counts = [*self._counts.settings.values(), self._counts.checks]
        return sum(each.statuses["unanswered"] for each in counts)

    def to_pandas(self, texts: bool = False) -> pd.DataFrame:
        """A data frame with one row for each setting, episode, query and sample.

        The first column, `run`, is the run's name. Then come the columns of rows (docs/rows.md lists them) and
        the run's options. `correct` is 1.0, 0.0, or NaN where the query is unanswered. Numbers that are not known are
        NaN. `input`, `expected`, `value` and the references' answers are text. `texts`: also the prompt, the reply, the
        reasoning, the program and the rule in words.

        >>> import solverlearner as sl
        >>> frame = sl.evaluate("arith", "scripted", ["io", "code_mf"], base=8, episodes=2, queries=3).to_pandas()
        >>> frame.groupby(["base", "setting"]).correct.agg(["mean", "size"]).reset_index().values.tolist()
        [[8, 'code_mf', 1.0, 6], [8, 'io', 1.0, 6]]
        """
        return query_frame([self._run], texts, self._warn)

    def which_rule(self) -> pd.DataFrame:
        """A data frame with one row for each program: what it does on probe inputs, its size and its shots.

        The columns are those of rows (docs/rows.md): setting, episode, sample, `found`, `found_rule`,
        `found_agreement`, `program_nodes`, `rule_nodes`, `shots`, `shots_right`. A reply without a program has None in
        `found`. So have programs of an earlier version: `python -m solverlearner diagnose` examines them.

        >>> import solverlearner as sl
        >>> r = sl.evaluate("arith", "scripted", ["solverlearner"], behaviour="recite", base=9, episodes=2, queries=2)
        >>> r.which_rule()[["episode", "found", "found_rule", "shots_right"]].values.tolist()
        [[0, 'default_world', 'base 10', 0], [1, 'default_world', 'base 10', 0]]
        """
        first: dict[tuple[JSON, ...], list[Any]] = {}
        with self._run.rows(self._warn) as rows:
            for row in rows.read(*rows.settings):
                setting = ASKABLE.get(row["setting"])
                if setting and setting.writes_program and row["score"] is not None:
                    place = tuple(row[name] for name in _OF_PROGRAM[:3])
                    first.setdefault(place, [row[name] for name in _OF_PROGRAM])
        return pd.DataFrame([*first.values()], columns=[*_OF_PROGRAM])

    @cached_property
    def _counts(self) -> Summary:
        with self._run.rows(self._warn) as rows:
            return summarise(rows.read(*rows.settings), with_groups(self._run.config, self._run.path))

    @cached_property
    def _title(self) -> str:
        notes = [self.name, "" if self.state == "complete" else self.state]
        notes.append(f"{self.unanswered} unanswered" if self.unanswered else "")
        return " · ".join(filter(None, notes))

    def _lines(self) -> Iterator[tuple[str, str, str]]:
        yield from ((name, *_words(found, ".3f")) for name, found in self.accuracy.items())
        yield from ((title, *_words(found, "+.3f")) for title, found in self.effects.items())

    def __repr__(self) -> str:
        lines = [*self._lines()]
        width = max((len(name) for name, *_ in lines), default=0)
        return "\n".join([f"Results({self._title})", *(f"  {name:<{width}}  {v} {ends}" for name, v, ends in lines)])

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{value}</td><td>{ends}</td></tr>"
            for name, value, ends in self._lines()
        )
        head = "<thead><tr><th></th><th>accuracy or effect</th><th>95 % interval</th></tr></thead>"
        return f"<table><caption>{html.escape(self._title)}</caption>{head}<tbody>{cells}</tbody></table>"


class ResultsCollection(Sequence[Results]):
    """Several runs: each of them by number or name, and frames, tables and comparisons over all of them.

    >>> import solverlearner as sl
    >>> for base in (8, 9):
    ...     r = sl.evaluate("arith", "scripted", ["io"], base=base, episodes=2, queries=3, results="bases")
    >>> rs = sl.load_results("bases")
    >>> [run.options["base"] for run in rs], rs[r.name].accuracy["io"].value, len(rs[:1])
    ([8, 9], 1.0, 1)
    """

    def __init__(self, runs: Sequence[Results], warn: Warn) -> None:
        self._runs, self._warn = tuple(runs), warn

    @overload
    def __getitem__(self, key: int | str) -> Results: ...
    @overload
    def __getitem__(self, key: slice) -> "ResultsCollection": ...
    def __getitem__(self, key: int | str | slice) -> "Results | ResultsCollection":
        """A run by its number or by its name, or a part of the collection. Raises: IndexError, KeyError."""
        if isinstance(key, slice):
            return ResultsCollection(self._runs[key], self._warn)
        if not isinstance(key, str):
            return self._runs[key]
        for run in self._runs:
            if run.name == key:
                return run
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self._runs)

    def to_pandas(self, texts: bool = False) -> pd.DataFrame:
        """The rows of all runs in one frame, with the columns that `python -m solverlearner rows` writes to a file.

        An option that a run does not have is NaN (a text: None) in its rows.
        """
        return query_frame([run._run for run in self._runs], texts, self._warn)

    def table(self, kind: str) -> pd.DataFrame:
        """The table of this kind as numbers, as `tables` writes it to CSV. An empty frame where runs have nothing.

        The kinds are those of `tables only=…`: family, comparison, square, knowledge, commonness, ablation, wordings,
        learners, draws, failures, recitation, checks, cost and runs. Where there are several tables, one a task, the
        first column, `table`, names them. Accuracies are shares from 0 to 1. Raises: UsageError for another kind.

        >>> import solverlearner as sl
        >>> r = sl.evaluate("arith", "scripted", ["zero_shot", "io"], episodes=2, queries=3, results="square")
        >>> sl.load_results("square").table("square")[["table", "variant", "contrast", "effect"]].values.tolist()
        [['square_arith', 'base-9', 'induction effect, model executes', 0.0]]
        """
        check_choice("kind", kind, TABLE_KINDS)
        tables = [*build_tables(self._cells, find_ablations(self._cells), [kind])]
        frames = [table.data.assign(table=table.name) for table in tables]
        if not frames:
            return pd.DataFrame()
        found = pd.concat(frames, ignore_index=True)
        return found[["table", *(name for name in found if name != "table")]]

    def compare(self, **wanted: Any) -> pd.DataFrame:
        """How far two models, settings, variants or options are apart, on the queries that both answered.

        One keyword has a pair of values, the first and the second side; others narrow both sides. The column `level`
        says what a row is of: `all` (one row: everything pooled), then each fact of which there are several, as
        `setting`, `task` and `variant`, and `pair`: two sides that are alike in everything else.

        Columns: what both sides share (`task`, `variant`, `model`, `setting`; missing where rows pool it), `first` and
        `second` (the pair), their accuracies with 95 % intervals, `difference` (first less second) with its interval,
        `n` queries, `episodes`, `clusters`, `pairs`, `detectable` (the smallest difference that the test tells with a
        power of 80 %, NaN with too few clusters), `p_episode` (paired test by clusters) and `p_holm` (adjusted over the
        rows of the level). A `pair` also has `only_first` and `only_second` (queries that one side alone has right, or
        scores higher), `p_item` (paired test by query), the names of its tests, `unanswered` and `differing` (options
        in which the sides differ beside the pair).

        Raises: UsageError for a value that no run has, and where no pair shares queries.

        >>> import solverlearner as sl
        >>> for behaviour in ("ideal", "silent"):
        ...     r = sl.evaluate("arith", "scripted", ["io"], behaviour=behaviour, episodes=2, results="two")
        >>> found = sl.load_results("two").compare(model=("scripted-ideal", "scripted-silent"))
        >>> found[["level", "setting", "first", "difference", "n", "only_first"]].values.tolist()
        [['all', 'io', 'scripted-ideal', 1.0, 20, 20], ['pair', 'io', 'scripted-ideal', 1.0, 20, 20]]
        """
        pairs = {key: value for key, value in wanted.items() if isinstance(value, tuple | list)}
        if len(pairs) != 1 or len(*pairs.values()) != 2:
            raise UsageError("compare", 'needs one pair, as compare(model=("a", "b")), and takes others as values')
        ((key, sides),) = pairs.items()
        rest = {name: value for name, value in wanted.items() if name != key}
        first, second = (self._sides({**rest, key: value}) for value in sides)
        levels = pooled_levels(compare(first, second, freed([key], first)))
        return pd.DataFrame([_record(each, key) for level in levels.values() for each in level])

    def power(self, effect: float = 0.1, power: float = 0.8, alpha: float = 0.05) -> pd.DataFrame:
        """Episodes and queries that tell an effect of this size, with these runs of one variant and model as a pilot.

        `effect` is a difference of accuracies, 0 to 1; `power` the chance to find it by a two-sided test at `alpha`.
        Columns: `effect` (its title, or "all"), `queries` per episode, `episodes` by the pilot's variance as it is,
        `episodes_sure` (enough with a chance of 80 %), `deviation` and `correlation` of a query's difference, and
        `pilot_tells`, the smallest effect that the pilot could have told. "all" has `calls` and `usd` instead.

        Raises: UsageError for values that are out of range, and for runs of several variants, models or conditions.

        >>> import solverlearner as sl
        >>> r = sl.evaluate("arith", "scripted", ["zero_shot", "io"], behaviour="recite", episodes=8, results="pilot")
        >>> plan = sl.load_results("pilot").power(effect=0.2)
        >>> plan[plan.queries == 5].episodes.tolist()
        [10, 10]
        """
        wanted = Wanted(effect, power, alpha)
        if len(self._cells) != 1:
            raise UsageError("power", f"needs runs of one variant, model and condition; these are {len(self._cells)}")
        return power_frame(pilot_effects(self._cells[0]), wanted)

    def _sides(self, wanted: Mapping[str, Any]) -> list[Side]:
        words = {key: option_word(key, value) for key, value in wanted.items()}
        if found := sides_of(self._cells, words):
            return found
        sides = sides_of(self._cells, {})
        known = {key for side in sides for key in side.facts} | options_of_tasks(sides)
        for key, word in words.items():
            there = sorted({side.fact(key) for side in sides if side.has(key)})
            if word not in there:
                listed = ", ".join(there) or f"none has it; there are {', '.join(sorted(known))}"
                raise UsageError(f"{key}={word}", f"no run has this; there are {listed}" if there else listed)
        raise UsageError(" ".join(f"{key}={word}" for key, word in words.items()), "no run has all of this")

    @cached_property
    def _cells(self) -> list[Cell]:
        return pool(read_runs([str(run.path) for run in self._runs], self._warn), self._warn) if self._runs else []

    def __repr__(self) -> str:
        names = [f"  {run.name}" for run in self._runs[:_MOST_LISTED]]
        more = len(self._runs) - len(names)
        return "\n".join([f"{counted(len(self), 'run')}:", *names, *([f"  and {more} more"] if more else [])])

    def _repr_html_(self) -> str:
        shown = [{"run": run.name, "state": run.state} for run in self._runs[:_MOST_LISTED]]
        more = len(self._runs) - len(shown)
        listed = pd.DataFrame(shown, columns=["run", "state"]).to_html(index=False)
        return f"<p>{counted(len(self), 'run')}</p>{listed}{f'<p>and {more} more</p>' if more else ''}"


def load_collection(places: Sequence[str], warn: Warn) -> ResultsCollection:
    """The runs of these folders, run folders or globs, by name. Raises: UsageError where there is none."""
    return ResultsCollection([Results(run, warn) for run in kept_runs(places, warn)], warn)


def _words(found: Estimate, form: str) -> tuple[str, str]:
    value, low, high = (f"{each:{form}}".replace("-", "−") for each in (found.value, found.low, found.high))
    return value, f"[{low}, {high}]"


def _record(found: PooledComparison, key: str) -> dict[str, Any]:
    pair = found.pairs[0]
    facts = [each.facts for each in found.pairs]
    names = [*(name for name in _PLACES if name != key), *(name for name in found.group if name not in _PLACES)]
    shared = {name: facts[0].get(name) if len({each.get(name) for each in facts}) == 1 else None for name in names}
    sides = {"first": pair.first.fact(key), "second": pair.second.fact(key)}
    accuracies = numbers(found.accuracies[0], "accuracy_first") | numbers(found.accuracies[1], "accuracy_second")
    sizes = {"n": found.n, "episodes": found.episodes, "clusters": found.clusters, "pairs": len(found.pairs)}
    tests = {"detectable": found.detectable, "p_episode": found.p, "p_holm": found.p_holm}
    rounded = {name: p if p is None else float(f"{p:.6g}") for name, p in tests.items()}
    of_all = {**shared, **sides, **accuracies, **numbers(found.effect, "difference"), **sizes, **rounded}
    unanswered = sum(each.unanswered for each in found.pairs)
    also = {name: values for each in found.pairs for name, values in each.differing.items() if name != key}
    differing = "; ".join(f"{name} {a} against {b}" for name, (a, b) in also.items())
    record = pair.effect.record() if len(found.pairs) == 1 else {}
    alone = {name: record.get(name) for name in ("only_first", "only_second", "p_item", "item_test", "episode_test")}
    return {"level": found.level, **of_all, **alone, "unanswered": unanswered, "differing": differing}
