"""Scheduler: what a cluster's scheduler tells a job of a sweep. It wants it to end soon, or it is ending it now."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Self

_ENDED = 128 + signal.SIGTERM
_Handler = Callable[[int, Any], Any]


class Scheduler:
    """Listens to the scheduler for as long as a run goes on, in a process that a launcher has prepared for it.

    Submitit gives SIGUSR2 (or SIGUSR1) a handler, which puts the job back into the queue and ends this process. Slurm
    sends that signal before the time limit, and SIGTERM when it cancels a job, puts it back, or the time is over. Here
    either one first lets the calls that are under way end and be kept, so that none is paid for twice.
    """

    def __init__(self) -> None:
        self._launchers: dict[int, _Handler] = {}
        self._before: dict[int, Any] = {}
        self._told: list[int] = []

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread() or "SUBMITIT_EXECUTOR" not in os.environ:
            return self
        for name in ("SIGUSR1", "SIGUSR2"):
            if (number := getattr(signal, name, None)) and callable(handler := signal.getsignal(number)):
                self._launchers[number] = handler
                self._before[number] = signal.signal(number, self._soon)
        self._before[signal.SIGTERM] = signal.signal(signal.SIGTERM, self._now)
        return self

    def __exit__(self, *args: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    @property
    def listened_to(self) -> bool:
        """Whether a launcher has prepared this process, so that a signal that stopped its run came from a scheduler."""
        return bool(self._launchers)

    def _soon(self, number: int, frame: object) -> None:
        """Before the time limit: to the run it is as a SIGTERM, which lets the calls under way end."""
        self._told.append(number)
        os.kill(os.getpid(), signal.SIGTERM)

    def _now(self, number: int, frame: object) -> None:
        """Before and after the calls of a run; between them the run's own handler takes SIGTERM."""
        self._told.append(number)
        raise KeyboardInterrupt

    def hand_on(self) -> str:
        """Leave the job to the launcher and the scheduler, which start it again; gives why they will not.

        Raises: SystemExit where the job ends without a result, as one does that is put back or cancelled.
        """
        for number in self._told:
            if handler := self._launchers.get(number):
                try:
                    handler(number, None)
                except Exception as error:
                    return " ".join(str(error).split())
        sys.exit(_ENDED)
