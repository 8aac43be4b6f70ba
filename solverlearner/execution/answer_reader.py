"""Answer reader: checks the answers that a child left in the shared memory, and turns them into outcomes.

A child runs a program that may have broken the policy, so its text may hold anything. Examples are numbers that JSON
does not have, half a surrogate pair, a million empty lists, and typed forms that stand for no value. The harness checks
everything here, with code that no program can change. An answer that is not a plain value becomes the outcome
`error` of its call. A text that our child code never writes becomes the outcome `error` of all calls. No text raises an
exception in the harness.
"""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, get_args

from solverlearner.execution.sandbox.plain_values import DEPTH
from solverlearner.task import JSON

OutcomeStatus = Literal["ok", "rejected", "error", "timeout", "memory", "crash"]

_STATUSES = frozenset(get_args(OutcomeStatus))
_FAILURES = _STATUSES - {"ok"}

_AT_ONCE = 256 * 1024
"""Bytes of answers that are parsed together. Longer answers are parsed and checked one after the other."""

MOST_PARTS = 400_000
"""Most list items and object entries in all answers of a program. It bounds the memory that many small values take."""

_LONGEST_S = 1e9
_MESSAGE_LIMIT = 400
_LAST_LINE = 10_000_000
_EXPANSION = 12
"""Most characters of JSON for one character of a text: an escaped surrogate pair."""


class Outcome(NamedTuple):
    """The result of one call of a program.

    `value` is the returned value as JSON, None unless `status` is "ok". `message` is "" if ok, else printable ASCII.
    `line` is the line of the program that failed, if known. `seconds` is the wall time of the call.
    """

    status: OutcomeStatus
    value: JSON
    message: str
    line: int | None
    seconds: float

    def same(self, other: "Outcome") -> bool:
        """Whether status and value are equal, including types: True is not 1."""
        return (self.status, json.dumps(self.value)) == (other.status, json.dumps(other.value))


class GarbledError(Exception):
    """Our child code never writes such a text."""


class TooManyPartsError(Exception):
    """The answers have more than `MOST_PARTS` parts; `outcomes` holds the outcomes before that point."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("too much output in all")
        self.outcomes = outcomes


def read_answers(text: bytes, expected: int, output: int, *, typed: bool) -> list[Outcome]:
    """The outcomes of at most `expected` calls, from a child's answers. `output` limits one value, in bytes of JSON.

    An answer is two JSON texts, each followed by a comma. After a success they are microseconds and the value. After a
    failure they are a status and [message, line, microseconds]. With `typed`, values are typed JSON.
    Raises: GarbledError if the text is damaged; TooManyPartsError if it has more than `MOST_PARTS` parts.
    """
    check = _Check(typed, surrogates=b"\\ud" in text.lower())
    if len(text) <= min(output, _AT_ONCE):
        entries = _parsed(b"[" + text[:-1] + b"]")
        if len(entries) % 2:
            raise GarbledError
        pairs: Iterator[tuple[Any, Any, int]] = zip(entries[::2], entries[1::2], iter(int, 1), strict=False)
    else:
        pairs = _pairs(text)
    outcomes: list[Outcome] = []
    for head, tail, size in pairs:
        if len(outcomes) == expected:
            break
        outcomes.append(_outcome(head, tail, check if size <= _EXPANSION * output else _TOO_LARGE))
        if check.parts > MOST_PARTS:
            raise TooManyPartsError(outcomes[:-1])
    return outcomes


def _parsed(text: bytes) -> list[Any]:
    try:
        entries = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise GarbledError from error
    assert isinstance(entries, list)  # the text has brackets around it
    return entries


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _pairs(text: bytes) -> Iterator[tuple[Any, Any, int]]:
    """Head, tail, and the tail's size in bytes, one answer at a time, so that memory never holds all of them twice."""
    try:
        letters = text.decode("ascii")
    except UnicodeDecodeError as error:
        raise GarbledError from error
    at = 0
    while at < len(letters):
        head, at = _next(letters, at)
        start = at
        tail, at = _next(letters, at)
        yield head, tail, at - start


def _next(letters: str, at: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(letters, at)
    except (ValueError, RecursionError) as error:
        raise GarbledError from error
    if letters[end : end + 1] != ",":
        raise GarbledError
    return value, end + 1


def _outcome(head: Any, tail: Any, check: "_Check") -> Outcome:
    if type(head) is int:
        seconds = _seconds(head)
        if problem := check.problem(tail):
            return Outcome("error", None, f"not a plain value: {problem}", None, seconds)
        return Outcome("ok", tail, "", None, seconds)
    if type(head) is not str or head not in _FAILURES or type(tail) is not list or len(tail) != 3:
        raise GarbledError
    message, line, spent = tail
    if type(message) is not str or type(spent) is not int or len(message) > _MESSAGE_LIMIT:
        raise GarbledError
    if line is not None and (type(line) is not int or not 0 <= line <= _LAST_LINE):
        line = None
    printable = message.encode("ascii", "backslashreplace").decode()
    told = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in printable)
    status: Any = head
    return Outcome(status, None, told, line, _seconds(spent))


def _seconds(microseconds: int) -> float:
    if not 0 <= microseconds <= _LONGEST_S * 1e6:
        raise GarbledError
    return microseconds * 1e-6


class _Check:
    """Checks that values are plain, and counts the parts of all of them."""

    def __init__(self, typed: bool, surrogates: bool) -> None:
        self._typed = typed
        self._surrogates = surrogates
        self._deepest = (4 if typed else 1) * (DEPTH + 2)
        self.parts = 0

    def problem(self, value: Any) -> str:
        """The fault of a value in words; "" if it has none."""
        kind = type(value)
        if kind is str:
            return self._of_text(value)
        if kind is list or kind is dict:
            return self._of_container(value)
        return self._of_number(value) if kind is float else ""

    def _of_text(self, text: str) -> str:
        if self._surrogates and any("\ud800" <= letter <= "\udfff" for letter in text):
            return "a text with a lone surrogate"
        return ""

    def _of_number(self, number: float) -> str:
        return "" if math.isfinite(number) else "a number that is not finite"

    def _of_container(self, value: Any) -> str:
        waiting: list[tuple[Any, int]] = [(value, 1)]
        while waiting:
            inside, depth = waiting.pop()
            if depth > self._deepest:
                return f"nested deeper than {DEPTH}"
            items = inside
            if type(inside) is dict:
                if problem := self._of_object(inside):
                    return problem
                items = inside.values()
            self.parts += len(inside)
            if self.parts > MOST_PARTS:
                return "too large"
            for item in items:
                kind = type(item)
                if kind is list or kind is dict:
                    waiting.append((item, depth + 1))
                elif (kind is str or kind is float) and (problem := self.problem(item)):
                    return problem
        return ""

    def _of_object(self, value: dict[str, Any]) -> str:
        for key in value:
            if problem := self._of_text(key):
                return problem
        if self._typed and len(value) == 1:
            ((tag, inside),) = value.items()
            if tag in _FORMS and not _FORMS[tag](inside):
                return f"{tag} that stands for no value"
        return ""


class _TooLarge(_Check):
    def problem(self, value: Any) -> str:
        return "too large"


_TOO_LARGE = _TooLarge(False, False)


def _is_list(inside: Any) -> bool:
    return type(inside) is list


def _is_set(inside: Any) -> bool:
    return type(inside) is list and all(map(_hashable, inside))


def _is_dict(inside: Any) -> bool:
    return type(inside) is list and all(type(pair) is list and len(pair) == 2 and _hashable(pair[0]) for pair in inside)


def _is_bytes(inside: Any) -> bool:
    return type(inside) is str and len(inside) % 2 == 0 and not inside.strip("0123456789abcdef")


def _is_float(inside: Any) -> bool:
    return type(inside) is str and inside in ("nan", "inf", "-inf")


_FORMS: dict[str, Callable[[Any], bool]] = {
    "__tuple__": _is_list,
    "__set__": _is_set,
    "__frozenset__": _is_set,
    "__dict__": _is_dict,
    "__bytes__": _is_bytes,
    "__float__": _is_float,
    "__none__": lambda inside: False,  # a child never writes it
}


def _hashable(stored: Any, depth: int = 4 * DEPTH) -> bool:
    """Whether the value that a typed form stands for can be an element of a set."""
    if type(stored) is list or not depth:
        return False
    if type(stored) is not dict:
        return True
    if len(stored) != 1:
        return False
    ((tag, inside),) = stored.items()
    if tag in ("__bytes__", "__float__"):
        return True
    if tag not in ("__tuple__", "__frozenset__") or type(inside) is not list:
        return False
    return all(_hashable(each, depth - 1) for each in inside)
