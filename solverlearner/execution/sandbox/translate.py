"""Translate: compiles a program's text, in the compiler's process, or in the child if the compiler failed."""

import json
import marshal
import mmap
from types import CodeType
from typing import Any

from . import channel, names, policy
from . import typed_values as typed
from .separable import is_separable

RawInputs = tuple[bool, list[list[Any]]]
"""Whether values are typed JSON, and the arguments of each call as Python values."""


def _read(text: bytes) -> RawInputs:
    stored = json.loads(text)
    if type(stored) is dict:
        return True, [typed.decoded(arguments) for arguments in stored[channel.TYPED]]
    return False, stored


class Translator:
    """Compiles programs in the shared memory. `unrestricted` leaves out the policy."""

    def __init__(self, memory: mmap.mmap, unrestricted: bool) -> None:
        self._memory = memory
        self._unrestricted = unrestricted

    def _code(self, at: int, size: int, judge: bool) -> tuple[CodeType, bool]:
        source = self._memory[at : at + size].decode()
        if self._unrestricted:
            return compile(source, names.FILENAME, "exec", dont_inherit=True), False
        tree = policy.parse(source)
        separable = judge and is_separable(tree)
        return policy.compile_tree(tree), separable

    def translate(self, place: channel.Place, code_at: int, judge: bool) -> channel.CodePlace:
        """Write the program's code and inputs, marshalled, into the shared memory. Returns their place.

        The size is 0 if the program cannot be compiled, and the child then reports the error. With `judge`, the result
        says whether the program may share a process.
        """
        at, program, inputs = place
        try:
            code, separable = self._code(at, program, judge)
            data = marshal.dumps((code, names.private, _read(self._memory[at + program : at + program + inputs])))
        except Exception:
            return code_at, 0, False
        if code_at + len(data) > channel.SIZE:
            return code_at, 0, False
        self._memory[code_at : code_at + len(data)] = data
        return code_at, len(data), separable

    def load(self, item: channel.ProgramPlace) -> tuple[CodeType, RawInputs]:
        """The program's code and its inputs. It sets `names.private` to the program's private names.

        Raises: RejectedError; SyntaxError or ValueError if the text is not Python.
        """
        (at, program, inputs), (code_at, size, _) = item
        if not size:
            code, _ = self._code(at, program, judge=False)
            return code, _read(self._memory[at + program : at + program + inputs])
        code, names.private, arguments = marshal.loads(self._memory[code_at : code_at + size])
        return code, arguments
