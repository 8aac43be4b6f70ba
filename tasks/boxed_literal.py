r"""Boxed literal: the Python value that a reply gives in `\boxed{…}`, or, for want of that, as its last code."""

import re
from collections.abc import Iterable

from solverlearner.case2code.literals import LITERAL_LIMIT, read_literal
from solverlearner.case2code.values import NONE, encode
from solverlearner.task import JSON, last_boxed

_BOXED = r"\boxed{"
_MOST_ENDS = 200
_FENCED = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_ESCAPED = re.compile(r"\\([{}_#$%&])")


def literal_in(text: str) -> JSON:
    r"""The value of the last `\boxed{…}`; of the last code block or `code` that is a literal where nothing is boxed.

    As typed JSON, with `NONE` for None; null where there is nothing. What is boxed and no literal is taken as the text
    that it is, so a text without its quotes is read.
    """
    _, boxed, tail = text.rpartition(_BOXED)
    if boxed:
        tail = tail[:LITERAL_LIMIT]
        ends = [match.start() for match in re.finditer("}", tail)][:_MOST_ENDS]
        # A literal may have braces, also unpaired ones in texts: the first end that makes one is its own.
        if found := _first(tail[:end] for end in ends):
            return found[0]
        if inside := last_boxed(text):
            plain = _ESCAPED.sub(r"\1", inside)
            return (_first([plain]) or [plain])[0]
    codes = (
        code for pattern in (_FENCED, _INLINE) for code in pattern.findall(text[-LITERAL_LIMIT:])[::-1][:_MOST_ENDS]
    )
    return (_first(codes) or [None])[0]


def _first(texts: Iterable[str]) -> list[JSON]:
    """The first that is a literal, if any."""
    for text in texts:
        try:
            value = read_literal(text)
            return [NONE if value is None else encode(value)]
        except ValueError:
            continue
    return []
