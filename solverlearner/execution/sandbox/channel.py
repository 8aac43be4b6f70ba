"""The channel between harness and worker: control messages on a socket, requests and answers in shared memory.

Shared memory holds, in this order: a header of 8-byte words, the text that the programs printed, the request (each
program followed by its inputs as JSON, see `TYPED`), the answers, each two JSON texts that end with a comma
(microseconds and value, or a status and [message, line, microseconds]), and at the end the compiled programs. The
header's first word is the length of the answers, moved on only when an answer is complete, so that what was answered
outlives a killed child. The harness reads answers only after the child is gone. The zygote never looks at program text
or answers.
"""

import struct

ANSWERED, PHASE, INDEX, PRINTED = range(WORDS := 4)
"""Words of the header: bytes of answers; how far the running program is (a `PHASE_` value), its place in the batch (the
number of programs once all have had their turn), and the bytes that it printed."""

RECORDS, RECORD = 8, 3
"""Where the records of a batch begin, and their words: 1 + exit code (0: none), where the program's answers end, bytes
that it printed. A program that runs alone has none: its exit code is the child's."""

PHASE_COMPILING, PHASE_LOADING, PHASE_CALLING = range(PHASES := 3)
"""Only while it is compiling has no code of the program run."""

BATCH_LIMIT = 64
HEADER = 2048
PRINT_LIMIT = 4096
REQUEST = HEADER + PRINT_LIMIT * BATCH_LIMIT
SIZE = 64 * 2**20
ANSWER_LIMIT = 16 * 2**20
REQUEST_LIMIT = 32 * 2**20
CODE_LIMIT = 8 * 2**20
CODE = SIZE - CODE_LIMIT

TASK = struct.Struct("<QQQQdd")
"""To the zygote: number of programs, where the answers begin, memory limit, output limit a value, seconds a call and a
program. Then follows a `PLACE` for each program."""

PLACE = struct.Struct("<QQQ")
"""To the zygote, and on to the compiler: where a program begins, its bytes, and those of its inputs, which follow."""

CODE_PLACE = struct.Struct("<QQ?")
"""From the compiler: where a program's code begins, its bytes (0: there is none), whether it may share a process."""

Place = tuple[int, int, int]
CodePlace = tuple[int, int, bool]
Item = tuple[Place, CodePlace]
"""What a child has to know of a program. Tuples and no more: each class that is touched costs a page after a fork."""

TYPED = "typed"
"""Inputs are a JSON array of arrays of arguments, or an object that holds one under this key: the arguments, and the
values that the program is to answer with, are then typed JSON (see `typed.py`)."""

ENDED = struct.Struct("<iId")
"""From the zygote: the child's exit code (negative: signal), why it was killed (a `KILLED_` value or 0), seconds."""

KILLED_CALL, KILLED_PROGRAM = 1, 2

EXIT_DONE, EXIT_FULL, EXIT_REJECTED, EXIT_BROKEN, EXIT_ALONE = 0, 3, 4, 5, 6
"""How a child ends: all answered; no room for more answers; its one answer holds for all inputs; its own fault; a
program of its batch has to run alone."""


def places(sizes: list[tuple[int, int]]) -> list[Place]:
    """Where each program of a request lies, from the sizes of the programs and their inputs."""
    found, at = [], REQUEST
    for program, inputs in sizes:
        found.append((at, program, inputs))
        at += program + inputs
    return found


def answers_at(last: Place) -> int:
    """Where the answers begin: after the last program's inputs."""
    return (sum(last) + 63) & ~63
