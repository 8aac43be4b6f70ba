"""From a program's text to its code: in the compiler's process, or in the child when that could not do it."""

import json
import marshal
import mmap
from types import CodeType
from typing import Any

from . import channel, names, policy
from .separable import is_separable


class Translator:
    """Reads programs in the shared memory; `unrestricted` leaves the policy out."""

    def __init__(self, memory: mmap.mmap, unrestricted: bool) -> None:
        self._memory = memory
        self._unrestricted = unrestricted

    def _code(self, item: channel.Item, judge: bool) -> tuple[CodeType, bool]:
        source = self._memory[item.at : item.at + item.program].decode()
        if self._unrestricted:
            return compile(source, policy.FILENAME, "exec", dont_inherit=True), False
        tree = policy.parse(source)
        separable = judge and is_separable(tree)
        return policy.compile_tree(tree), separable

    def translate(self, item: channel.Item, judge: bool) -> channel.Item:
        """Leave the program's code and its inputs in the shared memory, as marshal has them.

        The item then has their size, 0 when it is for the child to say what is wrong; with `judge` also whether the
        program may share a process.
        """
        try:
            code, separable = self._code(item, judge)
            data = marshal.dumps((code, names.private, self._inputs(item)))
        except Exception:
            return item
        if item.code_at + len(data) > channel.SIZE:
            return item
        self._memory[item.code_at : item.code_at + len(data)] = data
        return item._replace(code=len(data), separable=separable)

    def _inputs(self, item: channel.Item) -> list[list[Any]]:
        at = item.at + item.program
        inputs = json.loads(self._memory[at : at + item.inputs])
        assert isinstance(inputs, list)
        return inputs

    def load(self, item: channel.Item) -> tuple[CodeType, list[list[Any]]]:
        """The program's code and its inputs; `names.private` is then the program's.

        Raises: RejectedError; SyntaxError or ValueError where it is no Python.
        """
        if not item.code:
            return self._code(item, judge=False)[0], self._inputs(item)
        code, names.private, inputs = marshal.loads(self._memory[item.code_at : item.code_at + item.code])
        return code, inputs
