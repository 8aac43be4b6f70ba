"""exec: run one program by hand in the restricted executor."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import NoReturn, get_args

from solverlearner.errors import UsageError
from solverlearner.execution.executor import Executor, ExecutorError, Limits, Outcome, Require, Trial
from solverlearner.task import Input

_INPUT_HELP = """the arguments as a JSON array, such as '["57","27"]'; may be given several times"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line instead of the usage's five."""
        raise UsageError("arguments", message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="solverlearner exec",
        description="Run a program's solver in the restricted executor and print one outcome an input.",
    )
    limits = Limits()
    parser.add_argument("file", help="the program; - reads it from standard input")
    parser.add_argument("--input", action="append", required=True, metavar="JSON", dest="inputs", help=_INPUT_HELP)
    parser.add_argument("--call-s", type=float, default=limits.call_s, help="seconds a call (%(default)s)")
    parser.add_argument("--program-s", type=float, default=limits.program_s, help="seconds in all (%(default)s)")
    parser.add_argument("--memory-mb", type=int, default=limits.memory_mb, help="memory (%(default)s)")
    parser.add_argument("--require", choices=get_args(Require), default="default", help="protections (%(default)s)")
    parser.add_argument("--module", action="append", default=[], help="a further module to allow, such as hashlib")
    return parser


def _input(text: str) -> Input:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--input {text}", f"no JSON: {error}") from None
    if not isinstance(value, list):
        raise UsageError(f"--input {text}", """must be a JSON array of arguments, such as '["57","27"]'""")
    return tuple(value)


def _program(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(file, f"can't be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}") from None


def _line(outcome: Outcome) -> str:
    """ "ok  "84"  0.01 ms" or "error  line 3  ZeroDivisionError: …  0.02 ms"."""
    parts: list[str] = [outcome.status]
    if outcome.status == "ok":
        parts.append(json.dumps(outcome.value))
    if outcome.line is not None:
        parts.append(f"line {outcome.line}")
    if outcome.message:
        parts.append(outcome.message)
    return "  ".join([*parts, f"({outcome.seconds * 1e3:.2f} ms)"])


async def _run(arguments: argparse.Namespace) -> tuple[Trial, Executor]:
    limits = Limits(arguments.call_s, arguments.program_s, arguments.memory_mb)
    program, inputs = _program(arguments.file), [_input(text) for text in arguments.inputs]
    async with Executor(limits, 1, arguments.require, arguments.module) as executor:
        return await executor.trial(program, inputs), executor


def main(argv: list[str]) -> int:
    """Print one line an input; what the program printed goes to standard error.

    Returns 0 when all calls were ok, 1 when one was not, 2 for a wrong option or file.
    """
    try:
        trial, executor = asyncio.run(_run(_parser().parse_args(argv)))
    except UsageError as error:
        print(f"solverlearner exec: {error}", file=sys.stderr)
        return 2
    except SystemExit:  # argparse's --help
        return 0
    except ExecutorError as error:
        print(f"solverlearner exec: the executor failed: {error}", file=sys.stderr)
        return 3
    print(f"protections: {', '.join(executor.protections)}", file=sys.stderr)
    if executor.remark:
        print(executor.remark, file=sys.stderr)
    if trial.printed:
        print("printed:", trial.printed.encode("ascii", "backslashreplace").decode(), sep="\n", file=sys.stderr)
    for outcome in trial.outcomes:
        print(_line(outcome))
    return 0 if all(outcome.status == "ok" for outcome in trial.outcomes) else 1
