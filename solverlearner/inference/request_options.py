"""Request options: concurrency, attempts and limits of a run's calls, and counts of its progress."""

from dataclasses import dataclass

from solverlearner.errors import UsageError, check_range

_MOST = 256

UNTOLD = 16
"""Calls at once with `concurrency=None` where the model does not say how many it takes."""


@dataclass(frozen=True)
class RequestOptions:
    """How calls are asked: at once, attempts a call, seconds for all of them, requests and tokens a minute.

    `shared_limit` is a file through which all processes that name it share `rpm` and `tpm`. Raises: UsageError.

    `concurrency=None` is as many as the model says that it takes at once, and `UNTOLD` where it does not say.
    `offline`: ask for nothing, so that a call without a kept reply is an error. `max_unanswered`: so many calls may
    stay without a reply in a run that counts as finished.
    """

    concurrency: int | None = 8
    attempts: int = 6
    retry_s: float = 600.0
    rpm: float | None = None
    tpm: float | None = None
    shared_limit: str | None = None
    offline: bool = False
    max_unanswered: int = 0

    def __post_init__(self) -> None:
        if self.concurrency is not None:
            check_range("concurrency", self.concurrency, 1, 4_096)
        check_range("attempts", self.attempts, 1, 100)
        check_range("retry_s", self.retry_s, 0, 86_400)
        check_range("max_unanswered", self.max_unanswered, 0, 1_000_000_000)
        for name in ("rpm", "tpm"):
            if (value := getattr(self, name)) is not None:
                check_range(name, value, 1, 1_000_000_000)
        if self.shared_limit and not (self.rpm or self.tpm):
            raise UsageError(f"shared_limit={self.shared_limit}", "shares rpm and tpm; give the account's, as rpm=500")

    @property
    def most(self) -> int:
        """The most calls at once that there may be, before the model has said how many it takes."""
        return _MOST if self.concurrency is None else self.concurrency

    def picked(self, at_once: int | None) -> int:
        """Calls at once for a model that takes so many."""
        return min(_MOST, at_once or UNTOLD) if self.concurrency is None else self.concurrency


@dataclass
class Counts:
    """How far a run is: calls in all, replies there already, taken from other calls, asked now, left unanswered.

    Of the `reused` ones, `repeated` come from calls of this run that sent the same. `programs` run or wait to run now.
    """

    total: int
    stored: int = 0
    reused: int = 0
    repeated: int = 0
    programs: int = 0
    asked: int = 0
    unanswered: int = 0
    last_error: str = ""
    awaits: str = ""  # what all calls wait for, where that is one thing: batches, and how far they are

    @property
    def done(self) -> int:
        """Calls that are over, one way or the other."""
        return self.stored + self.reused + self.asked + self.unanswered
