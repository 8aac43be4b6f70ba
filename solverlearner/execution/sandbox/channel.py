"""Channel between harness and worker: control messages on a socket, requests and answers in shared memory.

The shared memory holds, in this order:

- a header of 8-byte words;
- the text that the programs printed;
- the request: each program, followed by its inputs as JSON (see `TYPED`);
- the answers, each two JSON texts that end with a comma: microseconds and value, or a status and
  [message, line, microseconds];
- the compiled programs, at the end.

The header's first word is the length of the answers. It grows only after an answer is complete, so a killed child's
answers remain valid. The harness reads answers only after the child has ended. The zygote reads neither the programs'
text nor the answers.
"""

import struct

ANSWERED, PHASE, INDEX, PRINTED = range(WORDS := 4)
"""Words of the header: bytes of answers, phase of the running program (a `PHASE_` value), its index in the batch, and
bytes that it printed. The index equals the number of programs after the last one has ended."""

RECORDS, RECORD = 8, 3
"""First word of a batch's records, and words per record: 1 + exit code (0: no record), end of the program's answers,
bytes that it printed. A program that runs alone has no record: its exit code is the child's."""

PHASE_COMPILING, PHASE_LOADING, PHASE_CALLING = range(PHASES := 3)
"""In the first phase, no code of the program has run yet."""

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
"""To the zygote: number of programs, first byte of the answers, memory limit, limit of one value (bytes), seconds per
call and per program. A `PLACE` for each program follows."""

PLACE = struct.Struct("<QQQ")
"""To the zygote and the compiler: first byte of a program, its length, and the length of its inputs, which follow."""

CODE_PLACE = struct.Struct("<QQ?")
"""From the compiler: first byte of a program's code, its length (0: no code), whether it may share a process."""

Place = tuple[int, int, int]
CodePlace = tuple[int, int, bool]
ProgramPlace = tuple[Place, CodePlace]
"""The places of a program that a child needs. Plain tuples, since each class that a child uses costs a page fault."""

TYPED = "typed"
"""Inputs are a JSON array of arrays of arguments, or an object that holds such an array under this key. With the key,
arguments and returned values are typed JSON (see `typed_values.py`)."""

ENDED = struct.Struct("<iId")
"""From the zygote: the child's exit code (negative: signal), reason of a kill (`KILLED_…`, 0: none), seconds."""

KILLED_CALL, KILLED_PROGRAM = 1, 2

EXIT_DONE, EXIT_FULL, EXIT_REJECTED, EXIT_BROKEN, EXIT_ALONE = 0, 3, 4, 5, 6
"""Exit codes of a child. Done: all inputs are answered. Full: there is no room for more answers. Rejected: its one
answer holds for all inputs. Broken: our own code failed. Alone: a program of its batch has to run alone."""


def places(sizes: list[tuple[int, int]]) -> list[Place]:
    """The place of each program of a request, from the lengths of the programs and of their inputs in bytes."""
    found, at = [], REQUEST
    for program, inputs in sizes:
        found.append((at, program, inputs))
        at += program + inputs
    return found


def answers_at(last: Place) -> int:
    """First byte of the answers, after the inputs of the last program."""
    return (sum(last) + 63) & ~63
