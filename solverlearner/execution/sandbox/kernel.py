"""Kernel: system calls that Python does not wrap, through ctypes, with their numbers for each architecture."""

import ctypes
import os
import platform
from typing import NamedTuple

libc = ctypes.CDLL(None, use_errno=True)
libc.prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
AUDIT_X86_64, AUDIT_AARCH64 = 0xC000003E, 0xC00000B7


class Machine(NamedTuple):
    """The seccomp architecture word and the system calls that a worker needs, by name."""

    audit: int
    calls: dict[str, int]


# arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (arm64 was not run here).
_X86_64 = (
    "read 0 write 1 close 3 poll 7 mmap 9 mprotect 10 munmap 11 brk 12 rt_sigaction 13 rt_sigprocmask 14 "
    "rt_sigreturn 15 sched_yield 24 mremap 25 madvise 28 setitimer 38 getpid 39 clone 56 fork 57 exit 60 wait4 61 "
    "kill 62 gettimeofday 96 getrusage 98 setpgid 109 getppid 110 sigaltstack 131 prctl 157 time 201 gettid 186 "
    "futex 202 restart_syscall 219 clock_gettime 228 clock_getres 229 exit_group 231 set_robust_list 273 ppoll 271 "
    "prlimit64 302 getrandom 318 rseq 334 close_range 436"
)
_AARCH64 = (
    "read 63 write 64 close 57 ppoll 73 mmap 222 mprotect 226 munmap 215 brk 214 rt_sigaction 134 rt_sigprocmask 135 "
    "rt_sigreturn 139 sched_yield 124 mremap 216 madvise 233 setitimer 103 getpid 172 clone 220 exit 93 wait4 260 "
    "kill 129 gettimeofday 169 getrusage 165 setpgid 154 getppid 173 sigaltstack 132 prctl 167 gettid 178 futex 98 "
    "restart_syscall 128 clock_gettime 113 clock_getres 114 exit_group 94 set_robust_list 99 prlimit64 261 "
    "getrandom 278 rseq 293 close_range 436"
)


def _table(text: str) -> dict[str, int]:
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def machine() -> Machine | None:
    """The numbers of this machine's architecture; None if no filter is written for it."""
    return {
        "x86_64": Machine(AUDIT_X86_64, _table(_X86_64)),
        "aarch64": Machine(AUDIT_AARCH64, _table(_AARCH64)),
    }.get(platform.machine())


def prctl(option: int, value: int, pointer: object = None) -> None:
    """prctl(2).

    Raises: OSError.
    """
    if libc.prctl(option, value, pointer, 0, 0):
        error = ctypes.get_errno()
        raise OSError(error, f"prctl({option}): {os.strerror(error)}")
