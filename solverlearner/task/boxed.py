r"""Boxed: the answer in the `\boxed{…}` that prompts ask for. All tasks share this reader.

A task passes a function from the plain text of a box to its value; it returns None for a text that does not look like
a value. Every function here goes over its text once, so that its time grows with the length.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from solverlearner.task.latex import plain_text

T = TypeVar("T")

# A JSON writer that did not escape the backslash of \boxed has made a backspace of "\b".
_BRACE = re.compile(
    r"(?P<box>(?:\\(?:boxed|bbox|Boxed|fbox|framebox)(?:\[[^\[\]{}]{0,40}\])?|\\fcolorbox(?:\{[\w!]{0,40}\}){2}|\x08oxed)\s*)\{|\\\\(?!boxed|fbox)|\\[{}]|[{}]"
)
_EDGES = " \t\r\n\"'“”‘’„«»「」『』《》`*_,;!?$|"
_BETWEEN = re.compile(r"=>|->|[=≈:→⇒⟶↦]")
_WORD = re.compile(r"[\w']+")
_PLACEHOLDERS = {
    "", "result", "answer", "value", "number", "output", "solution", "response", "text", "plaintext", "plain text",
    "sentence", "numeral", "sum", "literal", "python literal", "content", "blank",
}  # fmt: skip
_AROUND = {"the", "your", "my", "a", "final", "insert", "put", "write", "correct", "here", "goes"}
_NEVER = {"", "result"}  # "" and our prompts' own word; the others could be a cipher's plain text
_AS_FAR = 200
_MOST_PARTS = 50
_STRONG = re.compile(r"[\s*_`\"')$\\]{0,8}(?:=>|->|[=≈:→⇒])(.*)", re.DOTALL)
_WEAK = re.compile(r"[\s*_`\"')$\\]{0,8}(?:is|are|was|equals)\b(.*)", re.DOTALL)
_STOP = re.compile(r"[.,;](?=\s|$)|\n")
_CLAUSE = re.compile(r"(?:\S+\s+){8}[^:]*:")  # before a colon: too many words for a label


@dataclass(frozen=True)
class Box:
    r"""A `\boxed{…}` in a text: where its content begins and ends."""

    start: int
    end: int


def boxes(text: str) -> list[Box]:
    r"""The outermost boxes of a text, in order. A box whose brace is never closed is left out.

    `\boxed`, `\fbox` and `\framebox` count, with or without a blank before the brace. An escaped brace is a character.
    """
    opened: list[int] = []
    closed: list[Box] = []
    for token in _BRACE.finditer(text):
        if token[0].endswith("{") and token[0] != r"\{":
            opened.append(token.end() if token["box"] else -1)
        elif token[0] == "}" and opened and (start := opened.pop()) >= 0:
            while closed and closed[-1].start > start:
                closed.pop()
            closed.append(Box(start, token.start()))
    return closed


def read_boxed(
    text: str, value: Callable[[str], T | None], otherwise: Callable[[str], str] | None = None
) -> T | str | None:
    r"""The value in the last box of a reply; the box's text if it does not look like a value; None without a box.

    The text is the plain text of the box, or `otherwise(content)` with the content as it is written.

    Boxes that hold a placeholder such as `\boxed{result}` are passed over. A model that copies the format literally and
    goes on, `\boxed{result} = 90`, has answered 90.

    >>> read_boxed(r"\boxed{116}, in the form \boxed{result}", lambda plain: plain if plain.isdigit() else None)
    '116'
    """
    passed = []
    for box in reversed(boxes(text)):
        inside = plain_text(text[box.start : box.end])
        signs_alone = not any(map(str.isalnum, inside))
        if signs_alone and (found := value(inside)) is not None:  # an empty list is no placeholder
            return found
        if not is_placeholder(inside):
            if (found := value(inside)) is not None:
                return found
            return otherwise(text[box.start : box.end]) if otherwise else bare(inside)
        if (found := _behind(_STRONG, text[box.end + 1 : box.end + _AS_FAR], value)) is not None:
            return found
        passed.append((box, bare(inside)))
    for box, _ in passed[:_MOST_PARTS]:
        if (found := _behind(_WEAK, text[box.end + 1 : box.end + _AS_FAR], value)) is not None:
            return found
        ends_here = len(text) - box.end < _AS_FAR
        if ends_here and (found := value(plain_text(text[box.end + 1 :]))) is not None:
            return found
    return next((word for _, word in passed if word.lower() not in _NEVER and value(word) is not None), None)


def is_placeholder(plain: str) -> bool:
    """Whether the plain text of a box stands for an answer that is not there: "result", "your answer", "...", "??"."""
    words = _WORD.findall(plain.lower().replace("_", " ")[:_AS_FAR])
    if not words:
        return not any(map(str.isalnum, plain))
    named = " ".join(word for word in words if word not in _AROUND)
    return bool(named) and named in _PLACEHOLDERS


def last_part(plain: str, shape: Callable[[str], T | None]) -> T | None:
    """The last part of an equation or of a labelled text that has the shape of a value.

    >>> last_part("57+48 = 116", lambda part: part if part.isdigit() else None)
    '116'
    """
    for part in _BETWEEN.split(plain)[: -_MOST_PARTS - 1 : -1]:
        if (value := shape(bare(part))) is not None:
            return value
    return None


def bare(plain: str) -> str:
    """The text without the quotation marks, asterisks, backticks, blanks and stops around it."""
    return plain.rstrip(_EDGES + ".").lstrip(_EDGES)


def words_in(plain: str) -> str | None:
    """The words that a text holds, behind a label or an arrow if there is one; None where there is more than words.

    >>> words_in("John sees Mary."), words_in("plain text: hello"), words_in("3 words")
    ('John sees Mary', 'hello', None)
    """
    whole = bare(plain)
    return _words(whole) if _STOP.search(whole) or _CLAUSE.match(whole) else last_part(whole, _words)


def _words(plain: str) -> str | None:
    there = plain and all(sign.isalpha() or sign in " \t\r\n-'’" for sign in plain)
    return " ".join(plain.split()) if there else None


def _behind(connected: re.Pattern[str], rest: str, value: Callable[[str], T | None]) -> T | None:
    found = connected.match(rest)
    if found is None:
        return None
    said = plain_text(_STOP.split(found[1].lstrip(), maxsplit=1)[0])
    first = next(_tokens(said), "")
    return known if (known := value(said)) is not None else value(first) if first else None


def _tokens(said: str) -> Iterator[str]:
    yield from (bare(token) for token in said.split())


def last_boxed(text: str) -> str | None:
    r"""The plain text of the last box that holds no placeholder; None without one.

    For tasks whose value may be any text; `read_boxed` is for those that know what theirs looks like.
    """
    return read_boxed(text, lambda plain: bare(plain) or None) or None
