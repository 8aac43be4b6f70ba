"""Output that every terminal and file can hold: characters that an encoding lacks are written in ASCII forms."""

import codecs
import io
import sys
from collections.abc import Callable

_HANDLER = "solverlearner.ascii"
_JSON_HANDLER = "solverlearner.json"

_FORMS = str.maketrans({
    "−": "-", "–": "-", "—": "-", "‑": "-", "×": "x", "·": "|", "•": "*", "…": "...", "→": "->", "←": "<-", "↘": "->",
    "↗": "->", "≤": "<=", "≥": ">=", "≠": "!=", "±": "+/-", "“": '"', "”": '"', "‘": "'", "’": "'", "«": '"', "»": '"',
    "✓": "yes", "✗": "no", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", " ": " ", "█": "#",
    "━": "-", "╸": "-", "╺": "-", "─": "-", "│": "|", "α": "alpha", "β": "beta", "µ": "u", "²": "2",
})  # fmt: skip
"""ASCII forms of characters that our own texts use, or that names often have."""


def make_printable() -> None:
    """Let standard output and standard error write whatever text comes; a character they lack gets its ASCII form.

    Without this, a terminal or file whose encoding is ASCII, Latin-1 or cp1252 ends a command with a traceback, after
    its calls were made. Half of a surrogate pair, which no encoding can write, becomes "?".
    """
    codecs.register_error(_HANDLER, _in_ascii)
    codecs.register_error(_JSON_HANDLER, _as_escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def make_json_printable() -> None:
    r"""Let standard output write JSON lines whole: a character that it lacks becomes its escape, such as `\u00fc`."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_JSON_HANDLER)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    return _replaced(error, lambda text: text.translate(_FORMS).encode("ascii", "replace").decode())


def _as_escape(error: UnicodeError) -> tuple[str, int]:
    return _replaced(error, _escaped)


def _escaped(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _replaced(error: UnicodeError, form: Callable[[str], str]) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return form(error.object[error.start : error.end]), error.end
