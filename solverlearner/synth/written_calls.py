"""Calls: the example calls in a model's reply, as inputs: read as syntax and as literals, nothing is evaluated."""

import ast
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterator

from solverlearner.case2code.cases import case_key
from solverlearner.case2code.literals import LITERAL_LIMIT, literal_of
from solverlearner.case2code.signature import Function, function_of
from solverlearner.case2code.values import Value, encode
from solverlearner.synth.functions.candidate import Candidate
from solverlearner.synth.inputs.draw import INPUT_LIMIT
from solverlearner.task import Input

_CALL_LIMIT = 8 * INPUT_LIMIT
"""Characters of a call as it is written, with its blanks and escapes; what is open for longer is no call."""

_MOST = 500
"""Calls that are looked at in one reply."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|\#[^\n]*|[()\[\]{}]',
    re.DOTALL,
)

NO_PYTHON, NO_LITERAL, NO_FIT, TOO_LONG, AGAIN = (
    "no Python, or no end to it", "an argument is no literal", "does not fit the signature", "too long", "a duplicate"
)  # fmt: skip
"""Why a call is dropped; the first that holds counts."""


class _DroppedError(Exception):
    """The text is the reason."""


def inputs_in(reply: str, candidate: Candidate) -> tuple[tuple[Input, ...], Counter[str]]:
    """The distinct inputs of the candidate's calls in a reply, as typed JSON, in their order; and what was counted.

    Arguments by name and defaults are brought into the order of the parameters. Counts: `read`, all calls that were
    found, and of these each reason for dropping one.
    """
    function = function_of(candidate.code, candidate.name)
    found: dict[str, Input] = {}
    counts: Counter[str] = Counter()
    for text in _calls(reply[:LITERAL_LIMIT], candidate.name):
        counts["read"] += 1
        try:
            drawn = _input(text, function, [each.name for each in candidate.parameters])
            if found.setdefault(case_key(drawn), drawn) is not drawn:
                raise _DroppedError(AGAIN)
        except _DroppedError as reason:
            counts[str(reason)] += 1
    return tuple(found.values()), counts


def _calls(reply: str, name: str) -> Iterator[str]:
    """The calls of a function as they are written, wherever in a text they stand; one that never closes is "".

    So prose, list marks, assertions and prints around a call do no harm; the definition is none.
    """
    begins, place = re.compile(rf"(?<![\w.])(?<!def ){re.escape(name)}\("), 0
    for _ in range(_MOST):
        if not (match := begins.search(reply, place)):
            return
        end = _closed(reply, match.end())
        yield reply[match.start() : end]
        place = max(end, match.end())


def _closed(reply: str, start: int) -> int:
    """Where the bracket closes that is open at `start`; 0 where it does not."""
    open_brackets = 1
    for token in _TOKEN.finditer(reply, start, start + _CALL_LIMIT):
        open_brackets += (token[0] in "([{") - (token[0] in ")]}")
        if not open_brackets:
            return token.end()
    return 0


def _input(text: str, function: Function, parameters: list[str]) -> Input:
    """The arguments of a call in the order of the parameters. Raises: _DroppedError."""
    placed, named = _arguments(text)
    values = {**function.defaults, **dict(zip(parameters, placed, strict=False)), **named}
    taken = {*parameters[: len(placed)], *function.by_place}
    if len(placed) > len(parameters) or taken & named.keys() or not {*named} <= {*parameters} <= values.keys():
        raise _DroppedError(NO_FIT)
    try:
        drawn = tuple(encode(values[name]) for name in parameters)
    except ValueError:
        raise _DroppedError(NO_LITERAL) from None
    if len(json.dumps(drawn)) > INPUT_LIMIT:
        raise _DroppedError(TOO_LONG)
    return drawn


def _arguments(text: str) -> tuple[list[Value], dict[str, Value]]:
    """A call's arguments by place and by name. Raises: _DroppedError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes
            call = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _DroppedError(NO_PYTHON) from None
    if not isinstance(call, ast.Call):
        raise _DroppedError(NO_PYTHON)
    try:
        named = {str(each.arg): literal_of(each.value) for each in call.keywords if each.arg}
        placed = [literal_of(each) for each in call.args]
    except (ValueError, TypeError, RecursionError):
        raise _DroppedError(NO_LITERAL) from None
    if len(named) < len(call.keywords):  # **
        raise _DroppedError(NO_LITERAL)
    return placed, named
