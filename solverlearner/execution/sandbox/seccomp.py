"""Seccomp filters: an allow-list of system calls for the worker, and a short deny-list for each child.

Installing a filter takes time that grows with its length: 50 µs for 4 instructions and 170 µs for 53 on the machine
where this was written. So the zygote installs the long filter once, and its children inherit it. A child then denies
the few calls that only the zygote needs. A call that is not allowed fails with EPERM.
"""

import ctypes
import errno
import struct
from collections.abc import Callable
from functools import partial

from . import kernel

_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER, _ARCH, _ARG2 = 0, 4, 16 + 8 * 2
_PROT_EXEC, _X32, _MODE_FILTER = 4, 0x40000000, 2

_CHECKED = ("mmap", "mprotect")  # never executable
_CHILD_DENIED = ("clone", "fork", "kill", "prlimit64", "prctl", "setpgid")

_Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def worker_filter(machine: kernel.Machine) -> list[_Instruction]:
    """Allow the listed calls, and mmap and mprotect without PROT_EXEC. Deny all other calls and other architectures."""
    plain = [number for name, number in machine.calls.items() if name not in _CHECKED]
    checked = [machine.calls[name] for name in _CHECKED]
    count = len(plain)
    body: list[_Instruction] = [(_LOAD, 0, 0, _ARCH), (_JEQ, 1, 0, machine.audit), (_RETURN, 0, 0, _DENY)]
    body += [(_LOAD, 0, 0, _NUMBER), (_JGE, 0, 1, _X32), (_RETURN, 0, 0, _DENY)]
    for index, number in enumerate(checked):
        # to the argument check, which follows the plain calls and their two returns
        body.append((_JEQ, (len(checked) - index - 1) + count + 1, 0, number))
    for index, number in enumerate(plain):
        body.append((_JEQ, (count - index - 1) + 4, 0, number))
    body += [(_RETURN, 0, 0, _DENY), (_LOAD, 0, 0, _ARG2), (_JSET, 0, 1, _PROT_EXEC), (_RETURN, 0, 0, _DENY)]
    return [*body, (_RETURN, 0, 0, _ALLOW)]


def child_filter(machine: kernel.Machine) -> list[_Instruction]:
    """Deny the calls that only the zygote needs: new processes, signals, limits, prctl."""
    denied = [machine.calls[name] for name in _CHILD_DENIED if name in machine.calls]
    body: list[_Instruction] = [(_LOAD, 0, 0, _NUMBER)]
    for index, number in enumerate(denied):
        body.append((_JEQ, len(denied) - index, 0, number))
    return [*body, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]


class Filter:
    """A filter that one system call installs."""

    def __init__(self, instructions: list[_Instruction]) -> None:
        self._code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
        self._program = _Program(len(instructions), self._code)
        self._address = ctypes.addressof(self._program)

    def installer(self) -> Callable[[], int]:
        """A function that installs the filter and returns 0 on success."""
        return partial(kernel.libc.prctl, kernel.PR_SET_SECCOMP, _MODE_FILTER, self._address, 0, 0)

    def install(self) -> None:
        """Install the filter for this process and its later children. It needs no_new_privs.

        Raises: OSError.
        """
        kernel.prctl(kernel.PR_SET_SECCOMP, _MODE_FILTER, self._address)
