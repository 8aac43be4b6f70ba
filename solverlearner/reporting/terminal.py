"""Display: a run's summary as plain text, for a terminal or a log."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from solverlearner.analysis.clusters import FEWER, FEWER_LEGEND
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.selection import Several
from solverlearner.analysis.summary import Summary
from solverlearner.design.setting import ASKABLE, CHECK, all_effects, setting_named, settings_of_rows
from solverlearner.design.verdict import STATUSES
from solverlearner.inference.usage import Price, Usage
from solverlearner.reporting.aligned import columns, line_width, room, sentences


def render_summary(
    summary: Summary,
    *,
    shots: int | None,
    default_world: str | None,
    asked: tuple[str, Mapping[str, Any]] = ("", {}),
) -> str:
    """The square, the headline numbers, the effects, the references and the failures, as lines of text.

    `shots` None: it is unknown which examples the model saw, so the text leaves out how far they pin the rule.
    `asked` are the model's name and the run's options, which decide what is advised on replies that were cut.
    """
    parts = [
        _square(summary),
        _headline(summary),
        _effects(summary),
        _references(summary, shots, default_world),
        _failures(summary),
        _shot_check(summary),
        _several(summary),
        _notes(summary, shots),
        sentences(summary.cut_lines(*asked), 80),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _square(summary: Summary) -> list[str]:
    estimates = {name: summary.estimate(name) for name in summary.settings}
    estimates |= {CHECK.name: summary.check} if summary.checks.queries else {}
    lines = square({name: interval(estimate) for name, estimate in estimates.items()})
    inside = any(each.in_square for each in map(setting_named, estimates) if each)
    return [f"{_accuracy(summary)}, 95 % interval", *lines] if inside or not estimates else []


def square(texts: Mapping[str, str]) -> Iterator[str]:
    """Texts by setting, such as accuracies, as the square: lines with what is known across and who executes down."""
    width = 1 + max(13, *map(len, texts), 0)
    corners: dict[tuple[bool, bool], list[str]] = {}
    for setting in settings_of_rows():
        if setting.name in texts and setting.in_square:
            corners.setdefault(setting.corner, []).append(f"{setting.name:<{width}}{texts[setting.name]}")
    head = ("rule given", "rule induced from examples")
    rows: list[tuple[str, str, str]] = [("", *head)]
    for executes, title in ((False, "model executes"), (True, "interpreter executes")):
        sides = [corners.get((executes, given), []) for given in (True, False)]
        pairs = zip_longest(*sides, fillvalue="")
        rows += [("" if number else title, left, right) for number, (left, right) in enumerate(pairs)]
    if line_width([max(map(len, column)) for column in zip(*rows, strict=True)]) <= (room() or sys.maxsize):
        return columns(rows)
    narrow: list[Sequence[str]] = []  # the titles of rows in lines of their own
    for title, left, right in rows:
        narrow += [(title, "")] if title else []
        narrow.append((f"  {left}" if narrow else left, right))
    return columns(narrow)


def _accuracy(summary: Summary) -> str:
    return "Accuracy (mean of scores from 0 to 1)" if summary.graded else "Accuracy (share of right answers, 0 to 1)"


def _headline(summary: Summary) -> list[str]:
    kinds = {name: f"{setting.kind} accuracy" for name, setting in ASKABLE.items() if setting.kind}
    rows: list[Sequence[str]] = []
    for name, counts in summary.settings.items():
        estimate = summary.estimate(name)
        gap = f"{1 - estimate.value:.3f}" if estimate else "–"
        rows.append((name, kinds.get(name, ""), interval(estimate), gap, counts.asked + _programs(summary, name)))
    if check := summary.check:
        asked = f"{summary.checks.queries} question{'s' * (summary.checks.queries > 1)}"
        rows.append((CHECK.name, "comprehension of the rule", interval(check), f"{1 - check.value:.3f}", asked))
    return list(columns([("setting", "", "accuracy", "gap to 1.0", "on"), *rows]))


def _programs(summary: Summary, name: str) -> str:
    """ ", 1 program‡" where the episodes of a setting share programs."""
    count = summary.clusters(name)
    return f", {count} program{'s' * (count > 1)}{FEWER}" if summary.fewer(name) else ""


def _effects(summary: Summary) -> list[str]:
    formulas = {effect.title: effect.formula for effect in all_effects()}
    effects = summary.effects().items()
    rows = [(title, interval(estimate, "+.3f"), formulas[title]) for title, (_, estimate) in effects]
    return ["Effects, paired on the same queries (differences of shares)", *columns(rows)] if rows else []


def _references(summary: Summary, shots: int | None, default_world: str | None) -> list[str]:
    titles = {"ideal": "ideal learner", "default_world": "default world"}
    meaning = {
        "ideal": "applies the most plausible of the rules that fit the shots best: the ceiling",
        "default_world": f"{default_world}, whatever the examples say: the floor",
    }
    rows = [(titles[name], interval(found), meaning[name]) for name, found in summary.references.items()]
    rows = rows if shots is not None else [row for row in rows if row[0] != titles["ideal"]]
    return ["References without a model", *columns(rows)] if rows else []


def _failures(summary: Summary) -> list[str]:
    has_world = summary.has_default_world or not summary.settings
    settings = summary.settings | ({CHECK.name: summary.checks} if summary.checks.queries else {})
    seen = [s for s in STATUSES if s != "ok" and any(counts.statuses[s] for counts in settings.values())]
    states = sorted({state for counts in settings.values() for state in counts.odd_states})
    partly = ["partly right"] if summary.graded else []
    header = ["setting", "right", *partly, "wrong", "recited", *seen, *(f"reply {state}" for state in states)]
    rows: list[Sequence[str]] = [header]
    for name, counts in settings.items():
        numbers: list[int | str] = [counts.right, *([counts.partly] if partly else []), counts.wrong]
        numbers += [counts.recited if has_world else "–", *(counts.statuses[s] for s in seen)]
        rows.append([name, *map(str, numbers), *(str(counts.states[s]) for s in states)])
    meaning = " (recited: of the wrong ones, those that give the default world's answer)" if has_world else ""
    return [*sentences([f"Queries by outcome{meaning}"]), *columns(rows)]


def _shot_check(summary: Summary) -> list[str]:
    header = ("setting", "programs", "fit all shots", "of them right on all queries", "memorised", "never fitted")
    rows: list[Sequence[str]] = []
    for name, counts in summary.settings.items():
        if check := counts.programs.check:
            numbers = (check.programs, check.fit, check.right, check.memorised, check.never_fitted)
            rows.append((name, *map(str, numbers)))
    return ["Programs by the shots that they were written from", *columns([header, *rows])] if rows else []


def _several(summary: Summary) -> list[str]:
    """The accuracies that a learner gets from several programs an episode, with their costs."""
    lines: list[str] = []
    for name, counts in summary.settings.items():
        if not (found := counts.several):
            continue
        n = found.samples

        def cost(k: int, found: Several = found) -> tuple[str, str]:
            return f"{k * found.calls:.1f}", "–" if found.tokens is None else f"{k * found.tokens:,.0f}"

        rows: list[Sequence[str]] = [("", "accuracy", "calls", "tokens", "")]
        rows.append(("one sample", interval(summary.estimate(name)), *cost(1), "the mean of all"))
        agree = "by the shots, then the majority, then length"
        rows.append((f"selected of {n}", interval(found.selected), *cost(n), agree))
        rows.append((f"oracle of {n}", interval(found.oracle), *cost(n), "the one with the most queries right"))
        for k, passed in found.passes.items():
            about = "episodes where one of them has all queries right" if k > 1 else "episodes with all queries right"
            rows.append((f"pass@{k}", interval(passed), *cost(k), about))
        about = "episodes where each of them has all queries right"
        rows += [(f"pass^{k}", interval(passed), *cost(k), about) for k, passed in found.all_pass.items() if k > 1]
        lines += [f"Several programs an episode of {name}, with calls and tokens an episode", *columns(rows)]
    return lines


def _notes(summary: Summary, shots: int | None) -> list[str]:
    episodes = len(summary.ambiguity)
    notes = []
    if shots is not None and (pinned := summary.pinned) is not None:
        notes.append(f"The {shots} shots pin the rule in {pinned} of {episodes} episodes.")
    if letters := summary.parts_uncovered:
        parts = "parts of the rule" if summary.parts_end else "letters of the table or key"
        notes.append(
            f"They leave {letters / episodes:.1f} {parts} open, on average; the ideal learner knows those too."
        )
    if wrong := sum(summary.corrupted.values()):
        notes.append(f"Noise: {wrong} of all {(shots or 0) * episodes} shots show a wrong output.")
    for name, counts in summary.settings.items():
        for kind, count in sorted(counts.unstable.items()):
            notes.append(f"{count} outcomes of {name} are {kind}: they changed when the program ran again.")
    notes += [FEWER_LEGEND] if any(map(summary.fewer, summary.settings)) else []
    unanswered = sum(counts.unanswered for counts in (*summary.settings.values(), summary.checks))
    if unanswered:
        notes.append(f"{unanswered} queries are unanswered, so accuracies leave them out: this run is not complete.")
    if episodes < 10 and shots is not None:
        more = f"episodes={max(20, 5 * episodes)} narrows them" if summary.pinned is not None else "More narrow them"
        notes.append(f"Few episodes: the intervals are wide. {more}.")
    return sentences(notes)


def cost_line(usage: Usage, price: Price | None) -> str:
    """The cost of a run's completions over all its sessions: calls, tokens, money, seconds."""
    parts = [f"{usage.attempts:,} calls"]
    if usage.failed:
        parts.append(f"{usage.failed:,} of them failed ({_listed(usage.errors)})")
    parts.append(f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens")
    if usage.cached_tokens:
        parts.append(f"{usage.cached_tokens:,} of them cached")
    if usage.reasoning_tokens:
        parts.append(f"{usage.reasoning_tokens:,} of them reasoning")
    if (money := usage.money(price)) is not None:
        parts.append(f"${money:,.4f}")
    if latency := usage.latency():
        parts.append(f"seconds a reply: median {latency['p50']:.2f}, 99th percentile {latency['p99']:.2f}")
    return f"Cost: {', '.join(parts)}."


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in counts.most_common())


def interval(estimate: Estimate | None, form: str = ".3f") -> str:
    """ "0.550 [0.342, 0.742]", or a dash."""
    if estimate is None:
        return "–"
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]".replace("-", "−")


def setting_titles() -> Iterator[str]:
    """The settings that can be asked in, a line each."""
    return columns((setting.name, setting.title) for setting in ASKABLE.values())
