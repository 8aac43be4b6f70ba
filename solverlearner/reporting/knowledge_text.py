"""Knowledge effects as lines of text: what a sweep over symbols found."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from solverlearner.analysis.tables.knowledge import KnowledgeEffect
from solverlearner.analysis.tables.table import percent


def knowledge_lines(effects: Sequence[KnowledgeEffect]) -> Iterator[str]:
    """A title for each task, model and level of symbols, and below it the effect in each setting, variants pooled."""
    for (task, model, options, symbols), found in groupby(
        (each for each in effects if each.widest), lambda each: (each.task, each.model, each.options, each.symbols)
    ):
        of = ", ".join(filter(None, [task, model, options]))
        yield f"Knowledge effect, usual less {symbols} symbols, in percentage points: {of}"
        for each in found:
            text, (interval, *_) = percent(each.found.effect, sign="+")
            yield f"  {each.setting:<15} {text:>6} {interval} of {each.found.n} queries ({each.variant})"
