"""Entropies and persuasion of a run as lines of text."""

from collections.abc import Iterator, Mapping, Sequence

from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.measures import ALL, Measures
from solverlearner.analysis.persuaded import SHORT_REPLY, Moved, Uncertainty
from solverlearner.design.setting import ASKABLE, CONTEXT
from solverlearner.reporting.aligned import columns, sentences
from solverlearner.reporting.terminal import interval

_NONE = "–"
_TOO_LONG = (
    f"{{n}} completions have more than {SHORT_REPLY} tokens, so distributions of tokens, which are means over a "
    "completion, are not compared: set max_tokens=20, as published."
)


def measures_text(measures: Mapping[str, Measures], *, details: bool = False) -> str:
    """Both tables, over all questions and by partition; `details` adds edits, views, published scores and tokens."""
    if not details:
        measures = {part: each for part, each in measures.items() if not each.by_fact}
    parts = [*_uncertainty(measures, details), *_persuasion(measures)]
    parts += _published(measures) if details else []
    parts += [_grouping(each) for part, each in measures.items() if part == ALL and each.agreement is not None]
    return "\n\n".join("\n".join(part) for part in parts)


def _grouping(each: Measures) -> list[str]:
    agreed = f"{100 * (each.agreement or 0):.0f} % of the pairs of draws are joined or apart as by normal form (match)"
    return [f"Answers are grouped by {each.cluster}: {agreed}."]


def _uncertainty(measures: Mapping[str, Measures], details: bool) -> Iterator[list[str]]:
    found = [(part, name, each) for part, both in measures.items() for name, each in both.uncertainty.items()]
    if not found:
        return
    more = [title for title, _ in _more_entropies(found[0][2])] if details else ["Rao"] * any(e.rao for *_, e in found)
    free = any(each.exact for *_, each in found)
    header = [
        "questions",
        "setting",
        "of",
        "right",
        *["exact", "ROUGE-L > 0.3"] * free,
        "meanings",
        "entropy",
        "Miller–Madow",
        *more,
    ]
    rows: list[Sequence[str]] = [header]
    for part, name, each in found:
        size = f"{each.prompts} × {each.samples}"
        judged = [_percent(one) for one in (each.right, each.exact, each.rouge) if one]
        extra = [text for _, text in _more_entropies(each)] if details else [interval(each.rao, ".2f")] * len(more)
        counts = [f"{each.groups.value:.1f}", interval(each.discrete, ".2f"), interval(each.miller_madow, ".2f")]
        rows.append([part, name, size, *judged, *counts, *extra])
    title = "Semantic uncertainty: mean entropy over the meanings of a prompt's samples, nats [95 % interval]"
    yield [title, *columns(rows)]


def _more_entropies(each: Uncertainty) -> list[tuple[str, str]]:
    named = [("Rao", each.rao), ("formula (2), no entropy", each.formula), ("as coded (+5)", each.coded)]
    return [(title, interval(found, ".2f")) for title, found in named]


def _persuasion(measures: Mapping[str, Measures]) -> Iterator[list[str]]:
    found = [(part, name, each) for part, both in measures.items() for name, each in both.persuasion.items()]
    if not found:
        return
    by_examples = any(each.posterior is not None and ASKABLE[name].shots_shown for _, name, each in found)
    header = ["questions", "told", "of", "target: nothing told", "told", "moved", "default: nothing told", "told"]
    header += ["answers moved (JS − floor)", *["ideal learner"] * by_examples]
    rows: list[Sequence[str]] = [header]
    for part, name, each in found:
        shares = [_percent(each.closed_target), _percent(each.target), _points(each.moved)]
        shares += [_percent(each.closed_default), _percent(each.default), interval(each.answers, ".3f")]
        ideal = [
            _NONE if each.posterior is None or not ASKABLE[name].shots_shown else f"{100 * each.posterior:.0f} %"
        ] * by_examples
        rows.append([part, name, str(each.questions), *shares, *ideal])
    title = "Persuasion: share of draws with the target's and the default's answer, paired with nothing told (closed)"
    yield [title, *columns(rows)]
    header = ["questions", "told", "not yet at target", "persuaded", "stubborn", "elsewhere", "entropy ~ moved"]
    outcomes: list[Sequence[str]] = [header]
    for part, name, each in found:
        if each.shares and name != CONTEXT.name:  # which argues for the answer that is there
            counts = [_percent(each.shares[kind]) for kind in ("persuaded", "stubborn", "elsewhere")]
            outcomes.append([part, name, str(sum(each.counts.values())), *counts, _correlation(each.follows)])
    if len(outcomes) > 1:
        yield ["What became of each question's most frequent answer [95 % interval]", *columns(outcomes)]


def _published(measures: Mapping[str, Measures]) -> Iterator[list[str]]:
    header = ["questions", "told", "tokens moved (JS − floor)", "floor", "unlisted at most", "p < 0.05"]
    coded = ["persuaded as coded", "stubborn as coded"]
    rows: list[Sequence[str]] = [[*header, *coded, "CP (4)", "CP as coded", "of closed with itself", "CP pooled"]]
    for part, both in measures.items():
        rows += [_published_row(part, name, each) for name, each in both.persuasion.items() if _is_compared(each)]
    if len(rows) > 1:
        title = "Tokens: distributions of the listed tokens, nats; Coherent Persuasion (CP) for comparison"
        too_long = max(each.too_long for both in measures.values() for each in both.persuasion.values())
        yield [title, *columns(rows), *sentences([_TOO_LONG.format(n=too_long)] if too_long else [], 80)]


def _is_compared(each: Moved) -> bool:
    return each.tokens is not None or each.too_long > 0 or each.coded_persuaded is not None


def _published_row(part: str, name: str, each: Moved) -> list[str]:
    numbers = (each.tokens_floor, each.slack, each.tokens_significant, each.coded_persuaded, each.coded_stubborn)
    scores = (each.cp_paper, each.cp_coded, each.cp_closed_itself, each.cp_pooled)
    texts = [_NONE if number is None else f"{number:.3f}" for number in numbers]
    return [part, name, interval(each.tokens), *texts, *(_NONE if n is None else f"{n:.2f}" for n in scores)]


def _percent(found: Estimate) -> str:
    return f"{100 * found.value:.0f} % [{100 * found.low:.0f}, {100 * found.high:.0f}]"


def _points(found: Estimate) -> str:
    return f"{100 * found.value:+.0f} [{100 * found.low:+.0f}, {100 * found.high:+.0f}]".replace("-", "−")


def _correlation(found: Estimate | None) -> str:
    return interval(found, "+.2f")
