"""One program in one child: compile it under the policy, call `solver` with each input, write an answer for each.

Everything here is made once, in the zygote. After the fork a child touches as little memory as it can: page faults are
most of what a short program costs.
"""

import builtins
import gc
import json
import marshal
import mmap
import os
import signal
import sys
import time
import traceback
from types import CodeType, ModuleType
from typing import Any

from . import channel, facades, handed_out, names, policy, values, warm_up
from .answers import Answers, Clock, FullError, TimeUp
from .failure import Failure, describe


class Child:
    """All that a program runs in, made in the zygote; `compile` is for the compiler process, `run` for the child."""

    def __init__(self, memory: mmap.mmap, modules: dict[str, ModuleType], unrestricted: bool) -> None:
        self._memory = memory
        self._answers = Answers(memory)
        self._clock = Clock(self._answers)
        self._module = ModuleType(names.PROGRAM)
        # dataclasses look up the module of a class by its name
        sys.modules[names.PROGRAM] = self._module
        self._unrestricted = unrestricted
        printed = handed_out.Printed(self._answers.print)
        self._builtins = handed_out.program_builtins(printed, facades.importer(modules))
        if unrestricted:
            self._builtins = vars(builtins)

    def _code(self, program: int) -> CodeType:
        source = self._memory[channel.REQUEST : channel.REQUEST + program].decode()
        if self._unrestricted:
            return compile(source, policy.FILENAME, "exec", dont_inherit=True)
        return policy.compile_program(source)

    def compile(self, program: int) -> int:
        """Leave the program's code in the shared memory; its size, 0 when it is for the child to say what is wrong."""
        try:
            data = marshal.dumps((self._code(program), sorted(names.private)))
        except Exception:
            return 0
        if len(data) > channel.CODE_LIMIT:
            return 0
        self._memory[channel.CODE : channel.CODE + len(data)] = data
        return len(data)

    def run(self, program: int, inputs: int, code: int, output: int, call_s: float) -> int:
        """Answer every input; the exit code. `code` is the size of the compiled program, 0 to compile it here."""
        at = channel.REQUEST + program
        arguments = json.loads(self._memory[at : at + inputs])
        self._answers.start(channel.answers_at(program, inputs))
        self._clock.start(call_s)
        failure = self._load(program, code)
        solver = self._module.__dict__.get("solver")
        if failure is None and not callable(solver):
            failure = ("error", "NameError: the program defines no function solver", None)
        if failure is not None:
            self._answers.write(json.dumps([*failure, 0]) + ",")
            return channel.EXIT_REJECTED
        self._answers.enter(channel.PHASE_CALLING)
        self._clock.start(call_s)
        try:
            self._call_all(solver, arguments, output)
        except FullError:
            return channel.EXIT_FULL
        return channel.EXIT_DONE

    def _load(self, program: int, code: int) -> Failure | None:
        """Run the module; what failed before it had a `solver`."""
        space = self._module.__dict__
        space["__builtins__"] = self._builtins
        try:
            if code:
                compiled, private = marshal.loads(self._memory[channel.CODE : channel.CODE + code])
                names.private = set(private)
            else:
                compiled = self._code(program)
            gc.enable()
            self._answers.enter(channel.PHASE_LOADING)
            exec(compiled, space)
        except BaseException as error:
            self._clock.paused = True
            failure = self._described(error)
            if "solver" not in space or failure[0] == "rejected":
                return failure
            # A self-test after the solver may fail, run for ever or call exit(): that does not hurt.
            self._answers.print(f"(the rest of the module was not run: {failure[1]})\n")
        return None

    def _described(self, error: BaseException) -> Failure:
        limit = self._clock.limit
        if self._clock.late:
            return describe(TimeUp(), limit)
        try:
            self._clock.paused = False
            return describe(error, limit)
        except TimeUp as late:
            return describe(late, limit)
        except Exception:  # an error made so that it can't even be described
            return "error", type(error).__name__.encode("ascii", "backslashreplace").decode(), None
        finally:
            self._clock.paused = True

    def _call_all(self, solver: Any, inputs: list[list[Any]], output: int) -> None:
        """One answer an input: [microseconds, value] when it is ok."""
        clock = self._clock
        write, now, render, quote = self._answers.write, time.perf_counter, values.render, values.quote
        started = now()
        for arguments in inputs:
            try:
                value = solver(*arguments)
                if type(value) is str and value.isascii() and len(value) <= output:  # most are: spares a call
                    text = quote(value)
                else:
                    text = render(value, output)
                if clock.late:
                    raise TimeUp
                ended = now()
                write(f"[{int((ended - started) * 1e6)},{text}],")
                started = ended
            except BaseException as error:
                clock.paused = True
                if isinstance(error, FullError):
                    raise
                failure = self._described(error)
                write(json.dumps([*failure, round((now() - started) * 1e6)]) + ",")
                started = now()
                clock.late = clock.paused = False

    def warm_up(self) -> None:
        """Run a program in the zygote, so that what Python does only once is done before any fork."""
        program, inputs = warm_up.PROGRAM.encode(), warm_up.INPUTS
        at = channel.REQUEST
        self._memory[at : at + len(program) + len(inputs)] = program + inputs
        self.run(len(program), len(inputs), self.compile(len(program)), 1000, 10.0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._answers.used = 0
        self._module.__dict__.clear()
        self._module.__dict__["__name__"] = names.PROGRAM
        gc.disable()

    def report_fault(self) -> None:
        """Leave the traceback of this machinery where the harness finds it."""
        self._answers.print(traceback.format_exc())


def run(child: Child, program: int, inputs: int, code: int, output: int, call_s: float) -> None:
    """Run the program and leave the process without unwinding anything."""
    exit_code = channel.EXIT_BROKEN
    try:
        exit_code = child.run(program, inputs, code, output, call_s)
    except BaseException:
        child.report_fault()
    finally:
        os._exit(exit_code)
