"""One program in one child: compile it under the policy, call `solver` with each input, write an answer for each."""

import gc
import json
import os
import signal
import sys
import time
import traceback
from types import CodeType, FrameType, ModuleType
from typing import Any

from . import channel, facades, guards, names, policy, values

MESSAGE_LIMIT = 300
_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), 127]}
TICKS = 10
"""Looks at the clock in one call's time limit, so a loop costs at most a tenth more than its limit."""


class TimeUp(BaseException):
    """The call's time limit passed. No program can name this class."""


class Clock:
    """The time limit of a call, in processor time of this process, so that a busy machine fails nobody.

    A tick raises `TimeUp` in the program. A program that swallows it (`finally: return`, `__exit__`) is still late,
    and a second later tick ends the process: the answer is then the harness's, and the rest goes to a fresh child.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.late = False
        self._since: float | None = None
        signal.signal(signal.SIGPROF, self._tick)
        signal.setitimer(signal.ITIMER_PROF, limit / TICKS, limit / TICKS)

    def start(self) -> None:
        """A call begins."""
        self.late = False
        self._since = None
        self.running = True

    running = False

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if not self.running:
            return
        now = time.process_time()
        if self._since is None:
            self._since = now - self.limit / TICKS
        elif now - self._since >= self.limit:
            self.late = True
            raise TimeUp


class Answers:
    """Writes answers into the shared memory."""

    def __init__(self, memory: memoryview, start: int) -> None:
        self._memory = memory
        self._header = memory[: channel.HEADER].cast("Q")
        self._start = start
        self._used = 0

    def write(self, text: str) -> bool:
        """Add one answer; False when there is no room left for another."""
        data = text.encode("ascii")
        end = self._used + len(data)
        if end > channel.ANSWER_LIMIT:
            return False
        at = self._start
        self._memory[at + self._used : at + end] = data
        self._used = end
        self._header[channel.ANSWERED] = end
        return True

    def print(self, text: str) -> None:
        """Keep the first 4 KiB of what the program prints."""
        used = self._header[channel.PRINTED]
        room = channel.PRINT_LIMIT - used
        if room > 0:
            data = str.__str__(text)[:room].encode("utf-8", "backslashreplace")[:room]
            self._memory[channel.HEADER + used : channel.HEADER + used + len(data)] = data
            self._header[channel.PRINTED] = used + len(data)


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


def _failure(error: BaseException) -> str:
    """An answer that is not ok: [status, message, line, microseconds]."""
    if isinstance(error, TimeUp):
        return json.dumps(["timeout", "", None])
    if isinstance(error, MemoryError):
        return json.dumps(["memory", "MemoryError", _line(error)])
    if isinstance(error, policy.RejectedError):
        return json.dumps(["rejected", error.rule, error.line])
    if isinstance(error, values.NotPlainError):
        return json.dumps(["error", f"not a plain value: {error}"[:MESSAGE_LIMIT], None])
    status = "rejected" if isinstance(error, guards.RefusedError) else "error"
    return json.dumps([status, _message(error), _line(error)])


class Child:
    """A child after the fork, before it has seen the program."""

    def __init__(self, memory: memoryview, modules: dict[str, ModuleType], task: tuple[Any, ...]) -> None:
        program, inputs, _, self._output, call_s, _ = task
        at = channel.REQUEST
        self._source = bytes(memory[at : at + program])
        self._inputs = bytes(memory[at + program : at + program + inputs])
        self._answers = Answers(memory, channel.answers_at(program, inputs))
        self._modules = modules
        self._clock = Clock(call_s)

    def run(self) -> int:
        """Answer every input; the exit code."""
        inputs = json.loads(self._inputs)
        solver = self._load()
        if solver is None:
            return channel.EXIT_REJECTED
        for arguments in inputs:
            if not self._answers.write(self._call(solver, arguments)):
                self._answers.write('["error","too much output",null,0],')
                break
        return channel.EXIT_DONE

    def _load(self) -> Any:
        """The program's `solver`; None after the one answer that holds for every input was written."""
        module = ModuleType(names.PROGRAM)
        # dataclasses look up the module of a class by its name
        sys.modules[names.PROGRAM] = module
        space = module.__dict__
        space["__builtins__"] = guards.program_builtins(
            guards.Printed(self._answers.print), facades.importer(self._modules)
        )
        clock = self._clock
        failure: str | None = None
        try:
            clock.start()
            try:
                exec(self._compile(), space)
            except BaseException as error:
                # A self-test after the solver may fail, run for ever or call exit(): that does not hurt.
                if "solver" not in space or isinstance(error, policy.RejectedError):
                    failure = _failure(error)
                else:
                    self._answers.print(f"(the rest of the module was not run: {_message(error)})\n")
            clock.running = False
        except TimeUp:
            failure = _failure(TimeUp())
        solver = space.get("solver")
        if failure is None and not callable(solver):
            failure = json.dumps(["error", "NameError: the program defines no function solver", None])
        if failure is not None:
            self._answers.write(failure[:-1] + ",0],")
            return None
        return solver

    def _compile(self) -> CodeType:
        return policy.compile_program(self._source.decode())

    def _call(self, solver: Any, arguments: list[Any]) -> str:
        """One answer: [microseconds, value] when it is ok."""
        clock = self._clock
        started = time.perf_counter()
        try:
            try:
                clock.start()
                try:
                    text = values.render(solver(*arguments), self._output)
                except BaseException as error:
                    text = ""
                    failure = _failure(error)
                clock.running = False
            except TimeUp:
                text = ""
                failure = _failure(TimeUp())
        except TimeUp:
            text = ""
            failure = _failure(TimeUp())
        clock.running = False
        spent = int((time.perf_counter() - started) * 1e6)
        if clock.late:
            text, failure = "", _failure(TimeUp())
        return f"[{spent},{text}]," if text else f"{failure[:-1]},{spent}],"


def main(memory: memoryview, modules: dict[str, ModuleType], task: tuple[Any, ...]) -> None:
    """Run the program and leave the process without unwinding anything."""
    code = channel.EXIT_BROKEN
    try:
        gc.enable()
        code = Child(memory, modules, task).run()
    except BaseException:
        fault = traceback.format_exc().encode("ascii", "backslashreplace")[-channel.PRINT_LIMIT :]
        memory[channel.HEADER : channel.HEADER + len(fault)] = fault
        memory[: channel.HEADER].cast("Q")[channel.PRINTED] = len(fault)
    finally:
        os._exit(code)
