"""Stored lines: the lines of a file that a person gives, each read or refused with its number and the reason."""

import codecs
import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solverlearner.errors import UsageError

_BOM = b"\xef\xbb\xbf"
_MOST_NAMED = 10
_SHOWN = 60


class Refused(NamedTuple):
    """A line that is not scored, why, and how it begins where its form is the reason."""

    number: int
    reason: str
    begins: str = ""

    def __str__(self) -> str:
        return f"line {self.number}: {self.reason}{f'; it begins {self.begins}' if self.begins else ''}"


LOOKED_FOR = (
    'one JSON object a line with "input" and "response" (also "episode", "expected", "verdict"), or the output file of '
    'a batch API, with "custom_id" and "response"'
)
"""The two formats of a file of stored replies, in words."""


def beginning(line: bytes) -> str:
    """The first 60 characters of a line, printable and in quotes."""
    text = line[:400].decode("utf-8", "replace")
    shown = "".join(char if char.isprintable() else " " for char in text[:_SHOWN])
    return f"«{shown}{'…' if len(text) > _SHOWN else ''}»"


def refusals(refused: Sequence[Refused]) -> Iterator[str]:
    """The lines that are refused as text, the first ten with their reasons; nothing where there are none."""
    if refused:
        yield f"{len(refused)} lines are refused and not scored. Looked for: {LOOKED_FOR}."
        yield from (f"  {each}" for each in refused[:_MOST_NAMED])
    if len(refused) > _MOST_NAMED:
        yield f"  and {len(refused) - _MOST_NAMED} more, all of which are in summary.json."


def read_lines(path: Path) -> tuple[list[tuple[int, bytes]], str]:
    """The lines of a text file, gzip or not, that are not blank, with their numbers; and the SHA-256 of its bytes.

    UTF-8, with or without a byte order mark, or UTF-16 with one. Raises: UsageError.
    """
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            content = content.decode("utf-16").encode()
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        raise UsageError(f"replies={path}", f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    lines = (line.removeprefix(_BOM).strip() for line in content.split(b"\n"))  # files that were put together have more
    return [(number, line) for number, line in enumerate(lines, 1) if line], hashlib.sha256(raw).hexdigest()


def record_of_line(line: bytes, keys: Sequence[str]) -> dict[str, Any]:
    """A line as an object that has these keys. Raises: ValueError, which says what it is instead."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8: byte {line[error.start]:#04x} at position {error.start + 1}") from None
    try:
        record = json.loads(text, object_pairs_hook=_object)
    except _TwiceError:
        raise
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg} at position {error.pos + 1}{_hint(text)}") from None
    except (ValueError, RecursionError):
        raise ValueError("is no JSON: a number is too long or the nesting too deep") from None
    if not isinstance(record, dict):
        raise ValueError(f"must be an object with {' and '.join(map(json.dumps, keys))}")
    for key in keys:
        if key not in record:
            raise ValueError(f'has no "{key}"')
    return record


class _TwiceError(ValueError):
    """An object that has a key twice, of which JSON readers would drop the first in silence."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise _TwiceError(f"has {json.dumps(twice)[:40]} twice")
    return record


def _hint(text: str) -> str:
    if text.endswith(","):
        return "; a line ends without a comma"
    return "; each object must stand in one line, without an array around them" if text[:1] in "[]{}" else ""
