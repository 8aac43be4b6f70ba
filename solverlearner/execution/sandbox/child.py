"""Child: loads a program, or a batch, calls `solver` with each input and writes an answer for each.

The zygote makes everything here once. After the fork a child touches as little memory as possible, because page faults
are the largest cost of a short program.
"""

import builtins
import gc
import mmap
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from . import channel, facades, names, program_builtins, shared_state, warm_up
from . import plain_values as values
from . import typed_values as typed
from .answers import Answers, Clock, FullError, TimeUp
from .failure import Failure, describe
from .translate import RawInputs, Translator

_DISTURBING = ("timeout", "memory")
"""Failures that can interrupt our own code too, so the process may be in any state afterwards."""


def _failed(failure: Failure, microseconds: int) -> str:
    """The answer for a call that failed: its status, then message, line and microseconds."""
    status, message, line = failure
    where = "null" if line is None else int.__repr__(line)
    return f"{values.quote(status)},[{values.quote(message)}, {where}, {int.__repr__(microseconds)}],"


class Child:
    """The environment of a program, made in the zygote. The compiler calls `translate`, the child calls `run_all`."""

    def __init__(self, memory: mmap.mmap, modules: dict[str, ModuleType], unrestricted: bool) -> None:
        self._memory = memory
        self._answers = Answers(memory)
        self._clock = Clock(self._answers)
        self._module = ModuleType(names.PROGRAM)
        # dataclasses look up the module of a class by its name
        sys.modules[names.PROGRAM] = self._module
        self._translator = Translator(memory, unrestricted)
        self.translate = self._translator.translate
        self._disturbed = False
        printed = program_builtins.printer(self._answers.print)
        self._builtins = program_builtins.builtins_of_program(
            printed, facades.importer(modules), lambda: self._module.__dict__
        )
        if unrestricted:
            self._builtins = vars(builtins)

    def run(self, items: list[channel.ProgramPlace], answers_at: int, output: int, call_s: float) -> NoReturn:
        """Run the programs and leave the process without unwinding anything."""
        exit_code = channel.EXIT_BROKEN
        try:
            exit_code = self.run_all(items, answers_at, output, call_s)
        except BaseException:  # a fault of our own code: leave its traceback for the harness
            self._answers.print(traceback.format_exc())
        finally:
            os._exit(exit_code)

    def run_all(self, items: list[channel.ProgramPlace], answers_at: int, output: int, call_s: float) -> int:
        """Run one program, or the separable programs of a batch one after another. Returns the exit code."""
        self._answers.start(answers_at)
        if len(items) == 1:
            return self._run(items[0], output, call_s)
        for index, item in enumerate(items):
            if item[1][2]:  # separable
                self._answers.turn(index)
                exit_code = self._run(item, output, call_s)
                self._clean_up()
                if self._disturbed or exit_code not in (channel.EXIT_DONE, channel.EXIT_REJECTED):
                    return channel.EXIT_ALONE
                self._answers.record(index, exit_code)
        self._answers.turn(len(items))
        return channel.EXIT_DONE

    def _clean_up(self) -> None:
        """Remove a program before the next one of its batch. Its `finally` blocks run now, within its time limit."""
        try:
            self._module.__dict__.clear()
            shared_state.reset()
            gc.collect()
            self._clock.paused = True
        except TimeUp:
            self._disturbed = True
        self._disturbed |= self._clock.late
        self._module = sys.modules[names.PROGRAM] = ModuleType(names.PROGRAM)

    def _run(self, item: channel.ProgramPlace, output: int, call_s: float) -> int:
        """Answer every input of one program. Returns the exit code."""
        self._clock.start(call_s)
        failure, (is_typed, inputs) = self._load(item)
        solver = self._module.__dict__.get("solver")
        if failure is None and not callable(solver):
            failure = ("error", "NameError: the program defines no function solver", None)
        if failure is not None:
            self._answers.write(_failed(failure, 0))
            return channel.EXIT_REJECTED
        self._answers.enter(channel.PHASE_CALLING)
        self._clock.start(call_s)
        try:
            self._call_all(solver, inputs, output, typed.render_typed if is_typed else values.render_plain)
        except FullError:
            return channel.EXIT_FULL
        return channel.EXIT_DONE

    def _load(self, item: channel.ProgramPlace) -> tuple[Failure | None, RawInputs]:
        """Run the module. Returns the failure that left it without a `solver`, or None, and the inputs."""
        space = self._module.__dict__
        space["__builtins__"] = self._builtins
        inputs: RawInputs = (False, [])
        try:
            code, inputs = self._translator.load(item)
            gc.enable()
            self._answers.enter(channel.PHASE_LOADING)
            exec(code, space)
        except BaseException as error:
            self._clock.paused = True
            failure = self._described(error)
            if "solver" not in space or failure[0] == "rejected":
                return failure, inputs
            # A self-test after `solver` may fail, run without end or call exit(): `solver` works all the same.
            self._answers.print(f"(the rest of the module was not run: {failure[1]})\n")
        return None, inputs

    def _described(self, error: BaseException) -> Failure:
        failure = self._described_in_time(error)
        self._disturbed |= failure[0] in _DISTURBING
        return failure

    def _described_in_time(self, error: BaseException) -> Failure:
        limit = self._clock.limit
        if self._clock.late:
            return describe(TimeUp(), limit)
        try:
            self._clock.paused = False
            return describe(error, limit)
        except TimeUp as late:
            return describe(late, limit)
        except BaseException:  # the error is made so that describing it fails
            return "error", values.type_name(type(error)).encode("ascii", "backslashreplace").decode(), None
        finally:
            self._clock.paused = True

    def _call_all(self, solver: Any, inputs: list[list[Any]], output: int, render: Callable[[Any, int], str]) -> None:
        """Write one answer for each input."""
        clock = self._clock
        write, now, quote = self._answers.write, time.perf_counter_ns, values.quote
        started = now()
        for arguments in inputs:
            try:
                value = solver(*arguments)
                if type(value) is str and value.isascii() and len(value) <= output:  # the usual case: saves a call
                    text = quote(value)
                else:
                    text = render(value, output)
                if clock.late:
                    raise TimeUp
                ended = now()
                write(f"{(ended - started) // 1000},{text},")
                started = ended
            except BaseException as error:
                clock.paused = True
                if isinstance(error, FullError):
                    raise
                failure = self._described(error)
                write(_failed(failure, (now() - started) // 1000))
                started = now()
                clock.late = clock.paused = False

    def warm_up(self) -> None:
        """Run a program in the zygote, so that what Python does only once is done before any fork."""
        program, inputs = warm_up.WARM_UP_PROGRAM.encode(), warm_up.INPUTS
        (place,) = channel.places([(len(program), len(inputs))])
        self._memory[channel.REQUEST : channel.REQUEST + len(program) + len(inputs)] = program + inputs
        code = self.translate(place, channel.CODE, True)
        self.run_all([(place, code)], channel.answers_at(place), 1000, 10.0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._answers.used = 0
        self._module.__dict__.clear()
        self._module.__dict__["__name__"] = names.PROGRAM
        gc.disable()
