"""One program in one child: compile it under the policy, call `solver` with each input, write an answer for each.

Everything here is made once, in the zygote. After the fork a child touches as little memory as it can: page faults are
most of what a short program costs.
"""

import builtins
import gc
import json
import mmap
import os
import signal
import sys
import time
import traceback
from types import FrameType, ModuleType
from typing import Any

from . import channel, facades, guards, names, policy, values

MESSAGE_LIMIT = 300
_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), 127]}
TICKS = 10
"""Looks at the clock in one call's time limit, so that a loop costs at most a tenth more than its limit."""


_WARM_UP = """
import math
from collections import Counter
class A:
    def __init__(self, x: int) -> None:
        self.x = x
    def total(self, *more, key=None):
        return sum([self.x, *more])
def digits(n):
    while n > 0:
        n, r = divmod(n, 9)
        yield str(r)
def solver(n):
    a = A(n)
    a.x += 1
    table = {k: v for k, v in zip("abc", range(3)) if v != 1}
    try:
        text = "".join(reversed(list(digits(a.total(2))))) + f"{n:>3}|{table['a']!r}"
    except (KeyError, ValueError) as error:
        raise TypeError("x") from error
    if not text or n is None and n in (1, 2):
        return [(text, 1.5, None, True)]
    return sorted(map(str, Counter(text).items()), key=lambda item: item[0])[-1].strip().split(",")[0:1]
"""


class TimeUp(BaseException):
    """The call's time limit passed. No program can name this class."""


class FullError(Exception):
    """There is no room for another answer."""


class Answers:
    """Writes answers, and what the program prints, into the shared memory."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._header = memoryview(memory)[: channel.HEADER].cast("Q")
        self.used = 0

    def start(self, at: int) -> None:
        """Answers begin here."""
        self._memory.seek(at)

    def write(self, text: str) -> None:
        """Add one answer. It counts from the moment when the header says so.

        Raises: FullError.
        """
        used = self.used + len(text)
        if used > channel.ANSWER_LIMIT:
            raise FullError
        self._memory.write(text.encode("ascii"))
        self._header[channel.ANSWERED] = self.used = used

    def enter(self, phase: int) -> None:
        """Tell how far the child is."""
        self._header[channel.PHASE] = phase

    def print(self, text: str) -> None:
        """Keep the first 4 KiB of what the program prints."""
        used = self._header[channel.PRINTED]
        room = channel.PRINT_LIMIT - used
        if room > 0:
            data = str.__str__(text)[:room].encode("utf-8", "backslashreplace")[:room]
            at = channel.HEADER + used
            self._memory[at : at + len(data)] = data
            self._header[channel.PRINTED] = used + len(data)


class Clock:
    """The time limit of a call, in processor time of this process, so that a busy machine fails nobody.

    A tick raises `TimeUp` in a program that has answered nothing for that long. One that swallows it (`finally:
    return`, an `__exit__`) is late all the same; one that runs on is ended by the zygote.
    """

    def __init__(self, answers: Answers) -> None:
        self.late = False
        self._answers = answers
        self._seen = -1
        self._since = self.limit = 0.0
        signal.signal(signal.SIGPROF, self._tick)

    def start(self, limit: float) -> None:
        """Tick from now on."""
        self.limit = limit
        self.late = False
        self._seen = -1
        signal.setitimer(signal.ITIMER_PROF, limit / TICKS, limit / TICKS)

    def _tick(self, number: int, frame: FrameType | None) -> None:
        now = time.process_time()
        if self._answers.used != self._seen:
            self._seen = self._answers.used
            self._since = now - self.limit / TICKS
        elif now - self._since >= self.limit:
            self.late = True
            raise TimeUp


_trace_of = BaseException.__dict__["__traceback__"].__get__


def _line(error: BaseException) -> int | None:
    """The last line of the program in the error's traceback."""
    line = None
    trace = _trace_of(error)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == policy.FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None and isinstance(error, SyntaxError):
        line = error.lineno if type(error.lineno) is int else None
    return line


def _message(error: BaseException) -> str:
    """ "ValueError: text", cut, in printable ASCII. Runs the program's `__str__`, so within the time limit."""
    name = type(error).__name__
    try:
        text = str.__str__(str(error.msg if isinstance(error, SyntaxError) else error))
    except Exception:
        text = "(its message can't be made)"
    text = f"{name}: {text[:MESSAGE_LIMIT]}" if text else name
    return text.encode("ascii", "backslashreplace").decode("ascii").translate(_CONTROLS)[:MESSAGE_LIMIT]


def _failure(error: BaseException, call_s: float) -> tuple[str, str, int | None]:
    """Status, message and line of an outcome that is not ok."""
    if isinstance(error, TimeUp):
        return "timeout", f"no answer within {call_s:g} s", None
    if isinstance(error, MemoryError):
        return "memory", "MemoryError", _line(error)
    if isinstance(error, policy.RejectedError):
        return "rejected", error.rule, error.line
    if isinstance(error, values.NotPlainError):
        return "error", f"not a plain value: {error}"[:MESSAGE_LIMIT], None
    if isinstance(error, guards.RefusedError):
        return "rejected", _message(error).partition(": ")[2], _line(error)
    return "error", _message(error), _line(error)


class Child:
    """All that a program runs in, made in the zygote; `run` is for the child."""

    def __init__(self, memory: mmap.mmap, modules: dict[str, ModuleType], unrestricted: bool) -> None:
        self._memory = memory
        self._answers = Answers(memory)
        self._clock = Clock(self._answers)
        self._module = ModuleType(names.PROGRAM)
        # dataclasses look up the module of a class by its name
        sys.modules[names.PROGRAM] = self._module
        self._compile = policy.compile_program
        if unrestricted:
            self._compile = lambda source: compile(source, policy.FILENAME, "exec", dont_inherit=True)
        self._builtins = (
            vars(builtins)
            if unrestricted
            else guards.program_builtins(guards.Printed(self._answers.print), facades.importer(modules))
        )

    def run(self, program: int, inputs: int, output: int, call_s: float) -> int:
        """Answer every input; the exit code."""
        at = channel.REQUEST
        source = self._memory[at : at + program].decode()
        arguments = json.loads(self._memory[at + program : at + program + inputs])
        self._answers.start(channel.answers_at(program, inputs))
        self._clock.start(call_s)
        solver = self._load(source, call_s)
        if solver is None:
            return channel.EXIT_REJECTED
        try:
            self._call_all(solver, arguments, output)
        except FullError:
            return channel.EXIT_FULL
        return channel.EXIT_DONE

    def _load(self, source: str, call_s: float) -> Any:
        """The program's `solver`; None after the one answer that holds for every input was written."""
        space = self._module.__dict__
        space["__builtins__"] = self._builtins
        failure = None
        try:
            code = self._compile(source)
            gc.enable()
            self._answers.enter(channel.PHASE_LOADING)
            exec(code, space)
        except BaseException as error:
            failure = self._described(error)
            # A self-test after the solver may fail, run for ever or call exit(): that does not hurt.
            if "solver" in space and failure[0] != "rejected":
                self._answers.print(f"(the rest of the module was not run: {failure[1] or failure[0]})\n")
                failure = None
        solver = space.get("solver")
        if failure is None and not callable(solver):
            failure = ("error", "NameError: the program defines no function solver", None)
        if failure is None:
            self._answers.enter(channel.PHASE_CALLING)
            self._clock.start(call_s)
            return solver
        self._answers.write(json.dumps([*failure, 0]) + ",")
        return None

    def warm_up(self) -> None:
        """Run a program in the zygote, so that what Python does only once is done before any fork."""
        program, inputs = _WARM_UP.encode(), b"[[1]]"
        at = channel.REQUEST
        self._memory[at : at + len(program) + len(inputs)] = program + inputs
        self.run(len(program), len(inputs), 1000, 10.0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._answers.used = 0
        self._module.__dict__.clear()
        self._module.__dict__["__name__"] = names.PROGRAM
        gc.disable()

    def report_fault(self, text: str) -> None:
        """Leave a traceback of this machinery where the harness finds it."""
        self._answers.print(text)

    def _described(self, error: BaseException) -> tuple[str, str, int | None]:
        try:
            return _failure(error, self._clock.limit)
        except TimeUp as late:
            return _failure(late, self._clock.limit)
        except Exception:  # an error made so that it can't even be described
            return "error", type(error).__name__.encode("ascii", "backslashreplace").decode(), None

    def _call_all(self, solver: Any, inputs: list[list[Any]], output: int) -> None:
        """One answer an input: [microseconds, value] when it is ok."""
        answers, clock = self._answers, self._clock
        write, now, render = answers.write, time.perf_counter, values.render
        for arguments in inputs:
            started = now()
            try:
                text = render(solver(*arguments), output)
                if clock.late:
                    raise TimeUp
                write(f"[{(now() - started) * 1e6:.0f},{text}],")
            except FullError:
                raise
            except BaseException as error:
                status, message, line = self._described(TimeUp() if clock.late else error)
                clock.late = False
                spent = round((now() - started) * 1e6)
                write(json.dumps([status, message, line, spent]) + ",")


def run(child: Child, program: int, inputs: int, output: int, call_s: float) -> None:
    """Run the program and leave the process without unwinding anything."""
    code = channel.EXIT_BROKEN
    try:
        code = child.run(program, inputs, output, call_s)
    except BaseException:
        child.report_fault(traceback.format_exc())
    finally:
        os._exit(code)
