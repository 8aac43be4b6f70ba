"""Formats: where the answer stands in the replies of published corpora, and how their files escape text."""

import re

_ESCAPE = re.compile(r"\\(\\|n|r|t|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
_NAMED = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def unescaped(text: str) -> str:
    r"""The text whose line ends, tabs, backslashes and other signs stand as escapes.

    >>> unescaped(r"2 \\times 3\n= 6 \xf7 1")
    '2 \\times 3\n= 6 ÷ 1'
    """
    return _ESCAPE.sub(lambda found: _NAMED.get(found[1]) or chr(int(found[1][1:], 16)), text)


def after_label(text: str, label: str) -> str | None:
    r"""The line behind the last mention of a label, or the next line if nothing follows on its own; None without it.

    >>> after_label("Output: 3? No.\nFinal Output:\n**287**", "Output:")
    '**287**'
    """
    _, found, rest = text.rpartition(label)
    lines = [line.strip() for line in rest.splitlines()] if found else []
    return next((line for line in lines if line.strip("*_`: ")), None)


def boxed(text: str, answer: str | None) -> str:
    r"""The reply with its answer in a box behind it, as our readers look for it; the reply itself without an answer."""
    return text if answer is None else f"{text}\n\\boxed{{{answer}}}"
