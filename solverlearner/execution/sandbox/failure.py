"""Failures: describes an exception that a program raised, without trusting any of its methods."""

from typing import TypeGuard, TypeVar

from . import names, policy, refused
from . import plain_values as values
from .answers import TimeUp

MESSAGE_LIMIT = 300
_LAST_LINE = 10_000_000
_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), 127]}

E = TypeVar("E", bound=BaseException)

Failure = tuple[str, str, int | None]
"""Status, message and line of a failed call."""

_trace_of = BaseException.__dict__["__traceback__"].__get__


def _is(error: BaseException, kind: type[E]) -> TypeGuard[E]:
    """Whether its type is of this kind. `isinstance` is not safe: a program can give its exception any `__class__`."""
    return issubclass(type(error), kind)


def _line(error: BaseException) -> int | None:
    """The last line of the program in the error's traceback."""
    line = None
    trace = _trace_of(error)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == names.FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None and _is(error, SyntaxError):
        line = error.lineno if type(error.lineno) is int else None
    return line if line is not None and 0 < line < _LAST_LINE else None


def _message(error: BaseException) -> str:
    """For example "ValueError: text", cut, in printable ASCII. Runs the program's `__str__`, within the time limit."""
    name = values.type_name(type(error))
    try:
        text = str.__str__(str(error.msg if _is(error, SyntaxError) else error))
    except TimeUp:
        raise
    except BaseException:
        text = "(its message can't be made)"
    text = f"{name}: {text[:MESSAGE_LIMIT]}" if text else name
    return text.encode("ascii", "backslashreplace").decode("ascii").translate(_CONTROLS)[:MESSAGE_LIMIT]


def describe(error: BaseException, call_s: float) -> Failure:
    """Status, message and line of an error. Runs the program's `__str__`, within the limit of `call_s` seconds."""
    if _is(error, TimeUp):
        return "timeout", f"no answer within {call_s:g} s", None
    if _is(error, MemoryError):
        return "memory", "MemoryError", _line(error)
    if _is(error, policy.RejectedError):
        return "rejected", error.rule, error.line
    if _is(error, values.NotPlainError):
        return "error", f"not a plain value: {error}"[:MESSAGE_LIMIT], None
    if _is(error, refused.RefusedError):
        return "rejected", _message(error).partition(": ")[2], _line(error)
    return "error", _message(error), _line(error)
