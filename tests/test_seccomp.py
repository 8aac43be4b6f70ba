"""The system-call filters, for both architectures: the numbers, and what the kernel would decide by them."""

import re
import struct
from pathlib import Path

import pytest

from solverlearner.execution.sandbox import kernel, seccomp

GENERIC = Path("/usr/include/asm-generic/unistd.h")
X86_64 = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
MACHINES = ["x86_64", "aarch64"]
EXECUTABLE, READABLE = 4, 1


def machine(name: str, monkeypatch: pytest.MonkeyPatch) -> kernel.Machine:
    monkeypatch.setattr("platform.machine", lambda: name)
    found = kernel.machine()
    assert found
    return found


def decide(instructions: list[tuple[int, int, int, int]], audit: int, number: int, third: int = 0) -> str:
    """What a filter says to a call, by the few instructions of classic BPF that ours use."""
    data = struct.pack("<IIQ6Q", number, audit, 0, 0, 0, third, 0, 0, 0)
    value = at = 0
    while True:
        code, yes, no, operand = instructions[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return {0x7FFF0000: "allow", 0x00050001: "deny"}[operand]
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            at += yes if holds else no


def test_arm64_numbers_are_the_generic_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of include/uapi/asm-generic/unistd.h, where arm64 differs from x86-64 throughout."""
    calls = machine("aarch64", monkeypatch).calls
    sample = {"read": 63, "write": 64, "close": 57, "exit_group": 94, "futex": 98, "setitimer": 103, "clone": 220,
              "clock_gettime": 113, "kill": 129, "prctl": 167, "mmap": 222, "mprotect": 226, "wait4": 260,
              "prlimit64": 261, "getrandom": 278}  # fmt: skip
    assert {name: calls[name] for name in sample} == sample
    assert not {"openat", "socket", "connect", "execve", "clone3", "ptrace", "io_uring_setup"} & set(calls)


@pytest.mark.parametrize(("name", "header"), [("aarch64", GENERIC), ("x86_64", X86_64)])
def test_every_number_is_the_kernels(name: str, header: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not header.exists():
        pytest.skip(f"{header} is not installed")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)\b", header.read_text())
    numbers = {call: int(number) for call, number in defined}
    calls = machine(name, monkeypatch).calls
    assert calls == {call: numbers[call] for call in calls}


@pytest.mark.parametrize("name", MACHINES)
def test_a_worker_may_make_the_listed_calls_only(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine(name, monkeypatch)
    rules = seccomp.worker_filter(found)
    allowed = {number for number in range(1000) if decide(rules, found.audit, number) == "allow"}
    assert allowed == set(found.calls.values())
    for call in ("mmap", "mprotect"):
        assert decide(rules, found.audit, found.calls[call], READABLE) == "allow"
        assert decide(rules, found.audit, found.calls[call], READABLE | EXECUTABLE) == "deny"
    other = kernel.AUDIT_X86_64 if name == "aarch64" else kernel.AUDIT_AARCH64
    assert {decide(rules, other, number) for number in range(1000)} == {"deny"}
    assert decide(rules, found.audit, 0x40000000 + found.calls["read"]) == "deny"


@pytest.mark.parametrize("name", MACHINES)
def test_a_child_loses_what_only_the_zygote_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine(name, monkeypatch)
    rules = seccomp.child_filter(found)
    lost = {call for call, number in found.calls.items() if decide(rules, found.audit, number) == "deny"}
    assert lost == {"clone", "fork", "kill", "prlimit64", "prctl", "setpgid"} & set(found.calls)


def test_other_machines_have_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert kernel.machine() is None
