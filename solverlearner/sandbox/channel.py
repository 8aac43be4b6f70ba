"""The channel between harness and worker: control messages on a socket, requests and answers in shared memory.

Shared memory holds, in this order: a header of 8-byte words, the text that the program printed, the request (the
program, then the inputs as JSON), the answers, JSON texts each followed by a comma, and at the end the compiled
program. The header's first word is the length of the answers, moved on only when an answer is complete, so that what
was answered outlives a killed child. The harness reads answers only after the child is gone. The zygote never looks at
program text or answers.
"""

import struct

ANSWERED, PRINTED, PHASE = range(WORDS := 3)
"""Words of the header: bytes of answers, bytes of printed text, and how far the child is (a `PHASE_` value)."""

PHASE_COMPILING, PHASE_LOADING, PHASE_CALLING = range(3)
"""Only while it is compiling has no code of the program run."""

HEADER = 64
PRINT_LIMIT = 4096
REQUEST = HEADER + PRINT_LIMIT
SIZE = 64 * 2**20
ANSWER_LIMIT = 16 * 2**20
REQUEST_LIMIT = 32 * 2**20
CODE_LIMIT = 8 * 2**20
CODE = SIZE - CODE_LIMIT

TASK = struct.Struct("<QQQQdd")
"""To the zygote: bytes of program and inputs, memory limit, output limit a value, seconds a call, seconds in all."""

ENDED = struct.Struct("<iId")
"""From the zygote: the child's exit code (negative: signal), why it was killed (a `KILLED_` value or 0), seconds."""

KILLED_CALL, KILLED_PROGRAM = 1, 2

EXIT_DONE, EXIT_FULL, EXIT_REJECTED, EXIT_BROKEN = 0, 3, 4, 5
"""How a child ends: all answered; no room for more answers; its one answer holds for all inputs; its own fault."""


def answers_at(program: int, inputs: int) -> int:
    """Where the answers begin."""
    return (REQUEST + program + inputs + 63) & ~63
