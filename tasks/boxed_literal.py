r"""Boxed literal: the Python value that a reply gives in `\boxed{…}`, or, for want of that, as its last code."""

import re
from collections.abc import Iterable, Iterator

from solverlearner.case2code.literals import LITERAL_LIMIT, read_literal
from solverlearner.case2code.values import NONE, encode
from solverlearner.task import JSON, bare, code_blocks, is_placeholder, plain_characters, plain_text, read_boxed

_BOX = re.compile(r"\\(?:boxed|bbox|Boxed|fbox|framebox)\s?\{")
_MOST_BOXES = _MOST_CODES = 16
# A text that is not closed goes to the end of its line, so that no character is looked at twice.
_SOURCE = re.compile(r"(?P<text>'(?:[^'\\\n]|\\.)*+'?|\"(?:[^\"\\\n]|\\.)*+\"?)|[{}]")
_RAW = re.compile(r"\b[bB]?[rR][bB]?['\"]")
_COMMAND = re.compile(r"\\[A-Za-z]|\\[ ,;]")
_LABELLED = re.compile(
    r"(?:the )?(?:final )?(?:result|answer|output|solution|value|\w{1,40}\(.*\))\s{0,4}(?:=|:|→|->)(.+)",
    re.DOTALL | re.I,
)
_INLINE = re.compile(r"`([^`\n]+)`")
_ESCAPED = re.compile(r"\\(\\|[{}_#$%&])")


def literal_in(text: str) -> JSON:
    r"""The value of the last `\boxed{…}`; of the last code block or `code` that is a literal where nothing is boxed.

    As typed JSON, with `NONE` for None; null where there is nothing. What is boxed and no literal is taken as the text
    that it is, so a text without its quotes is read.
    """
    text = text[-4 * LITERAL_LIMIT :]
    for box in [*_BOX.finditer(text)][: -_MOST_BOXES - 1 : -1]:
        if found := _first(_boxed(text, box)):
            return found[0]
        value = read_boxed(text[box.start() :], _plain_value, _as_text)
        if value is not None:
            return value[0] if isinstance(value, list) else value
    return (_first(_codes(text[-LITERAL_LIMIT:])) or [None])[0]


def boxed_source(text: str) -> list[str]:
    """The Python source in the last box that is no placeholder, in the ways in which it may be meant."""
    for box in [*_BOX.finditer(text := text[-4 * LITERAL_LIMIT :])][: -_MOST_BOXES - 1 : -1]:
        sources = [*_boxed(text, box)]
        plain = plain_text(sources[-1]) if sources else ""
        if _first(sources) or not is_placeholder(plain):
            return [*dict.fromkeys((*sources, plain_characters(plain)))]
    return []


def _boxed(text: str, box: re.Match[str]) -> Iterator[str]:
    """The source in a box. A text in it may hold braces, also unpaired ones: outside of texts they are paired."""
    inside = text[box.end() : box.end() + LITERAL_LIMIT]
    if (end := _end(inside)) is not None:
        yield from _unescaped(inside[:end])


def _end(source: str) -> int | None:
    """Where the brace closes that was opened before this Python source; None where it does not."""
    depth = 1
    for token in _SOURCE.finditer(source):
        if not token["text"]:
            depth += 1 if token[0] == "{" else -1
            if not depth:
                return token.start()
    return None


def _unescaped(source: str) -> Iterator[str]:
    r"""The source without LaTeX's escapes, `\_` and others, that Python has not; as it is where it has raw texts."""
    if _RAW.search(source):
        yield source
    yield _ESCAPED.sub(lambda found: found[0] if found[1] == "\\" else found[1], source)


def _plain_value(plain: str) -> list[JSON] | None:
    """The literal in the plain text of a box, alone in a list, for it may be None."""
    labelled = _LABELLED.fullmatch(plain.strip())
    return _first([plain.strip(), bare(labelled[1] if labelled else plain)]) or None


def _as_text(inside: str) -> str:
    plain = plain_text(inside) if _COMMAND.search(inside) else _ESCAPED.sub(r"\1", inside)
    return plain.strip()


def _codes(text: str) -> Iterator[str]:
    blocks = [block.content for block in code_blocks(text)]
    yield from blocks[::-1][:_MOST_CODES]
    yield from _INLINE.findall(text)[::-1][:_MOST_CODES]


def _first(texts: Iterable[str]) -> list[JSON]:
    """The first that is a literal, if any."""
    for text in texts:
        for source in dict.fromkeys((text, plain_characters(text))):
            try:
                value = read_literal(source)
                return [NONE if value is None else encode(value)]
            except ValueError:
                continue
    return []
