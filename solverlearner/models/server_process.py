"""Server process: a command that serves a model on a loopback port, from its start until it answers, and its end."""

import asyncio
import itertools
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

from solverlearner.errors import UsageError
from solverlearner.models import server_watch
from solverlearner.models.secrets import is_secret

PORT = "{port}"
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_HEAD = "solverlearner starts: "
_LAST_LINES, _LONGEST = 3, 300
_READ_OF_LOG = 65_536


@dataclass(frozen=True)
class Command:
    """A command as it was typed: words as in a shell, with environment variables before them where it has some.

    `$NAME` is read from the environment when the server starts, so that no key has to stand in the command, which is
    kept. Raises: UsageError.

        Command("CUDA_VISIBLE_DEVICES=0 vllm serve Qwen/Qwen2.5-7B --port {port}").model    # "Qwen/Qwen2.5-7B"
    """

    text: str

    def __post_init__(self) -> None:
        try:
            words = self._words
        except ValueError as error:
            raise UsageError("command", f"cannot be read: {error}; quote it as for a shell") from None
        if not words or all(map(_ASSIGNMENT.fullmatch, words)):
            raise UsageError("command", "must name a program, as in llama-server -m FILE --port {port}")
        if PORT not in self.text:
            raise UsageError("command", f"must hold {PORT}, in place of which the server gets a free port")
        for flag, value in itertools.pairwise(self._parts):
            if flag.startswith("--") and is_secret(flag, "") and not value.startswith(("$", "-")):
                raise UsageError("command", f"holds a key, and is stored; write {flag} $NAME and export NAME")

    @property
    def _words(self) -> list[str]:
        return shlex.split(self.text)

    @property
    def words(self) -> list[str]:
        """The program and its arguments; `~/` at the beginning of one is the home folder."""
        words = itertools.dropwhile(_ASSIGNMENT.fullmatch, self._words)
        return [os.path.expanduser(word) for word in words]

    @property
    def _parts(self) -> list[str]:
        """The words, with each --flag=value taken apart."""
        return [part for word in self.words for part in (word.split("=", 1) if word.startswith("--") else [word])]

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables that are set before the program."""
        before = self._words[: len(self._words) - len(self.words)]
        return dict(word.split("=", 1) for word in before)

    @property
    def weights(self) -> list[Path]:
        """The GGUF files among its arguments that are here."""
        named = (Path(word.rpartition("=")[2]) for word in self.words if word.endswith(".gguf"))
        return [path for path in named if path.is_file()]

    @property
    def model(self) -> str:
        """A name for what it serves: the argument of -m, --model or serve, else its weights', else the program's."""
        for flag, value in itertools.pairwise(self._parts):
            if flag in ("-m", "--model", "--model-path", "serve") and not value.startswith("-"):
                return Path(value).stem if value.endswith(".gguf") else value
        return Path(next((word for word in self.words if word.endswith(".gguf")), self.words[0])).stem

    @property
    def at_once(self) -> int | None:
        """How many calls at once it tells its server to take; None where it tells nothing."""
        flags = ("-np", "--parallel", "--max-num-seqs", "--max-running-requests")
        told = [value for flag, value in itertools.pairwise(self._parts) if flag in flags]
        told += [self.variables.get("OLLAMA_NUM_PARALLEL", "")]
        return next((int(value) for value in told if value.isdecimal() and int(value)), None)


def watched(command: Command, port: int, log: Path, *words: str) -> "subprocess.Popen[bytes]":
    """Start a command behind `server_watch`, which gets further `words`; with a log of output. Raises: UsageError."""

    def filled_in(word: str) -> str:
        return os.path.expandvars(word).replace(PORT, str(port))

    program, *arguments = [filled_in(word) for word in command.words]
    found = shutil.which(program)
    if found is None:
        raise UsageError("command", f"there is no program {program}; install it, or give its path")
    variables = {name: filled_in(value) for name, value in command.variables.items()}
    with log.open("ab") as output:
        output.write(f"{_HEAD}{command.text} (port {port})\n".encode())
        output.flush()
        # Not in the terminal's process group: Ctrl-C first lets the calls that are under way end.
        return subprocess.Popen(
            [sys.executable, "-I", server_watch.__file__, *words, found, *arguments],
            stdin=subprocess.DEVNULL if words else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **variables},
            start_new_session=True,
        )


def address_at(port: int) -> str:
    """Where a server serves."""
    return f"http://127.0.0.1:{port}"


def last_lines(log: Path) -> str:
    """The last lines that a server wrote since its start, in one line, with the log's path."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _READ_OF_LOG))
        text = file.read().decode(errors="replace")
    _, _, own = f"\n{text}".rpartition(f"\n{_HEAD}")  # of this start
    lines = [" ".join(line.split()) for line in own.splitlines()[1:] if line.strip()]
    said = " | ".join(lines[-_LAST_LINES:])[-_LONGEST:]
    return f"its log {log} ends: {said}" if said else f"its log {log} is empty"


class ServerProcess:
    """The running server; its output goes to a log. It ends with `aclose`, or with this process, however that ends."""

    of_another: ClassVar[bool] = False

    def __init__(self, command: Command, log: Path) -> None:
        port = free_port()
        self.log = log
        self.address = address_at(port)
        self._watch = watched(command, port, log)

    @property
    def ended(self) -> str:
        """That it has ended, with the last lines of its log; empty as long as it lives."""
        code = self._watch.poll()
        if code is None:
            return ""
        return f"the server has ended with exit code {code}; {self.last_lines}"

    @property
    def last_lines(self) -> str:
        """The last lines of its log, in one line, with the log's path."""
        return last_lines(self.log)

    async def aclose(self) -> None:
        """End the server and all processes of its group, and wait until they are gone."""
        pipe: IO[bytes] | None = self._watch.stdin
        if pipe and not pipe.closed:
            pipe.close()
        until = time.monotonic() + server_watch.GRACE_S + 5
        while self._watch.poll() is None and time.monotonic() < until:
            await asyncio.sleep(0.02)


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
