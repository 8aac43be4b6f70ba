"""From a program's text to its code: in the compiler's process, or in the child when that could not do it."""

import marshal
import mmap
from types import CodeType

from . import channel, names, policy
from .separable import is_separable


class Translator:
    """Reads programs in the shared memory; `unrestricted` leaves the policy out."""

    def __init__(self, memory: mmap.mmap, unrestricted: bool) -> None:
        self._memory = memory
        self._unrestricted = unrestricted

    def _translate(self, at: int, size: int, judge: bool) -> tuple[CodeType, bool]:
        source = self._memory[at : at + size].decode()
        if self._unrestricted:
            return compile(source, policy.FILENAME, "exec", dont_inherit=True), False
        tree = policy.parse(source)
        separable = judge and is_separable(tree)
        return policy.compile_tree(tree), separable

    def compile(self, at: int, size: int, code_at: int, judge: bool) -> tuple[int, bool]:
        """Leave the program's code in the shared memory; its size, 0 when it is for the child to say what is wrong.

        With `judge` also whether the program may share a process.
        """
        try:
            code, separable = self._translate(at, size, judge)
            data = marshal.dumps((code, sorted(names.private)))
        except Exception:
            return 0, False
        if code_at + len(data) > channel.SIZE:
            return 0, False
        self._memory[code_at : code_at + len(data)] = data
        return len(data), separable

    def code(self, item: channel.Item) -> CodeType:
        """The program's code; `names.private` is then the program's.

        Raises: RejectedError; SyntaxError or ValueError where it is no Python.
        """
        if not item.code:
            return self._translate(item.at, item.program, False)[0]
        code, private = marshal.loads(self._memory[item.code_at : item.code_at + item.code])
        names.private = set(private)
        assert isinstance(code, CodeType)
        return code
