"""Outcome: the results of a program's calls, and the limits of its processes."""

from dataclasses import dataclass

from solverlearner.errors import check_range
from solverlearner.execution.answer_reader import GarbledError, Outcome, OutcomeStatus, TooManyPartsError, read_answers
from solverlearner.execution.sandbox import channel
from solverlearner.execution.shared_memory import Ended


@dataclass(frozen=True)
class Limits:
    """The limits of one program.

    `call_s` is seconds of processor time for one call, `program_s` seconds for all calls together. `memory_mb` is MiB
    of memory, `output_kb` KiB for one returned value as JSON. A value out of range raises UsageError.
    """

    call_s: float = 1.0
    program_s: float = 10.0
    memory_mb: int = 256
    output_kb: int = 64

    def __post_init__(self) -> None:
        check_range("executor.call_s", self.call_s, 0.01, 3600)
        check_range("executor.program_s", self.program_s, 0.01, 86400)
        check_range("executor.memory_mb", self.memory_mb, 16, 2**20)
        check_range("executor.output_kb", self.output_kb, 1, channel.ANSWER_LIMIT // 1024)


@dataclass(frozen=True)
class Trial:
    """The outcomes of one program, one for each input, and the first 4 KiB of its printed text, for the log only."""

    outcomes: list[Outcome]
    printed: str


@dataclass(frozen=True)
class DeterminismCheck:
    """Indices of inputs whose outcome differed in a second run, and of those that differed only in reverse order."""

    nondeterministic: list[int]
    stateful: list[int]


def outcomes_of(ended: Ended, expected: int, limits: Limits, *, typed: bool) -> list[Outcome]:
    """The outcomes of at most `expected` inputs from one child, and the outcome of the call at which it ended."""
    try:
        outcomes = read_answers(ended.answers, expected, limits.output_kb * 1024, typed=typed)
    except GarbledError:
        return repeated("error", "the program damaged its answers", expected)
    except TooManyPartsError as error:
        return error.outcomes + repeated("error", str(error), expected - len(error.outcomes))
    if ended.code == channel.EXIT_FULL:
        return outcomes + repeated("error", "too much output in all", expected - len(outcomes))
    if ended.code == channel.EXIT_REJECTED and len(outcomes) == 1:
        return outcomes * expected
    return outcomes if len(outcomes) == expected else [*outcomes, _unanswered(ended, limits)]


def _unanswered(ended: Ended, limits: Limits) -> Outcome:
    if ended.killed:
        return Outcome("timeout", None, f"no answer within {limits.call_s:g} s", None, ended.seconds)
    if ended.code == -9:  # our code did not kill it: the kernel was out of memory
        return Outcome("memory", None, "killed", None, ended.seconds)
    how = f"signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
    return Outcome("crash", None, f"the process ended with {how}", None, ended.seconds)


def repeated(status: OutcomeStatus, message: str, count: int) -> list[Outcome]:
    """The same failure for `count` inputs."""
    return [Outcome(status, None, message, None, 0.0)] * count
