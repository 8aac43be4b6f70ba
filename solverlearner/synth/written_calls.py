"""Written calls: reads the example calls in a completion as inputs, by syntax and literals. It evaluates nothing."""

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
"""Most characters of a call in the completion, with its blanks and escapes; longer text is not read as a call."""

_MOST = 500
"""Most calls that are read in one completion."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|\#[^\n]*|[()\[\]{}]',
    re.DOTALL,
)

NO_PYTHON, NO_LITERAL, NO_FIT, TOO_LONG, AGAIN = (
    "no Python, or no end to it", "an argument is no literal", "does not fit the signature", "too long", "a duplicate"
)  # fmt: skip
"""The reasons to drop a call, which the data card counts. The first one that holds is counted."""


class _DroppedError(Exception):
    """The text is the reason."""


def inputs_in(reply: str, candidate: Candidate) -> tuple[tuple[Input, ...], Counter[str]]:
    """The distinct inputs in a completion, as typed JSON in their order, and counts.

    Arguments by name and defaults are put into the order of the parameters. The counts hold all calls under `read`, and
    the dropped ones under their reasons.
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
    """The text of each call of a function in a completion; "" for a call that never closes.

    Prose, list marks, assertions and prints may surround a call. The definition of the function is not a call.
    """
    begins, place = re.compile(rf"(?<![\w.])(?<!def ){re.escape(name)}\("), 0
    for _ in range(_MOST):
        if not (match := begins.search(reply, place)):
            return
        end = _closed(reply, match.end())
        yield reply[match.start() : end]
        place = max(end, match.end())


def _closed(reply: str, start: int) -> int:
    """The index after the bracket that closes the one open at `start`; 0 if none does."""
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
