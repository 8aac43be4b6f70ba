"""Landlock: denies opening files, TCP ports, and signals or abstract sockets that reach out of the worker."""

import ctypes
import os
import struct

from . import kernel

_CREATE, _RESTRICT = 444, 446  # the same on every architecture
_VERSION = 1
# Access rights that the kernel's n-th version of the interface knows (include/uapi/linux/landlock.h).
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHTS = 16


def version() -> int:
    """The kernel's version of Landlock; 0 if it has none."""
    return max(0, int(kernel.libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)))


def restrict() -> None:
    """Deny this process and its later children every file; needs no_new_privs. Open descriptors stay usable.

    Raises: OSError.
    """
    known = version()
    files = (1 << _FILE_RIGHTS.get(known, _NEWEST_FILE_RIGHTS)) - 1
    network = 3 if known >= 4 else 0
    scope = 3 if known >= 6 else 0
    attributes = struct.pack("QQQ", files, network, scope)[: 8 if known < 4 else 16 if known < 6 else 24]
    ruleset = kernel.libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0 or kernel.libc.syscall(_RESTRICT, ruleset, 0):
        error = ctypes.get_errno()
        raise OSError(error, f"landlock: {os.strerror(error)}")
    os.close(ruleset)
