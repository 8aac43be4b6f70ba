"""The contract of a model: it takes one call and gives one reply."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from solverlearner.json_text import canonical
from solverlearner.models.question import Question
from solverlearner.models.tokens import Tokens
from solverlearner.task import JSON

__all__ = ["Model", "OpenedIn", "ProviderError", "Question", "Reply", "ReplyState", "Request", "Tokens"]

ReplyState = str
"""How a reply ended. All replies are answers; a call without a reply has the state `api_error` in tables.

"ok": by itself. "truncated": at a limit of tokens. "filtered": withheld by the provider, or refused. "null": without
content. Any other word is the endpoint's own, for an ending that is not in our table (`models/finish_reason.py`).
"""

_OF_ENDPOINT = {429, 502, 503, 504, 529}


@dataclass(frozen=True)
class Request:
    """A request: the endpoint, the whole body, and the number of the draw where one body is sent several times.

    `endpoint` is the base URL without credentials, or the hash of the weights and the runtime. `sample` holds the
    numbers of the episode and of the sample if replies are drawn at random. At temperature 0 it is 0, 0, so that the
    same body is the same request. `headers` are further headers without credentials.
    """

    endpoint: str
    body: Mapping[str, JSON]
    sample: tuple[int, ...] = (0, 0)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, JSON]:
        """Everything that identifies the request except the messages, for a reader of the journal."""
        body = {name: value for name, value in self.body.items() if name != "messages"}
        headers: dict[str, JSON] = {"headers": dict(self.headers)} if self.headers else {}
        return {"endpoint": self.endpoint, **headers, "sample": [*self.sample], **body}

    @cached_property
    def key(self) -> str:
        """A hash of the request, equal on any machine: blake2b, 32 hex digits, over canonical JSON."""
        parts = {"schema": 1, "endpoint": self.endpoint, "body": self.body, "sample": self.sample}
        parts |= {"headers": self.headers} if self.headers else {}
        return hashlib.blake2b(canonical(parts), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Reply:
    """A reply: the text verbatim, numbers of tokens (None: not given), wall seconds, the endpoint's name of the model.

    `reasoning` is what a reasoning model thought before its answer, where it shows it; it is never read for an answer.
    `batch` is the id of the batch that it came by, if any; its seconds are not known then, and 0.
    `tokens` are the log-probabilities of its tokens where they were asked for and given.
    `completion_tokens` include `reasoning_tokens`, `prompt_tokens` include `cached_tokens`, as OpenAI counts.
    """

    text: str
    state: ReplyState = "ok"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    reported_model: str | None = None
    reasoning: str | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    batch: str | None = None
    tokens: Tokens | None = None


class ProviderError(Exception):
    """An attempt that got no reply for a reason that is not the model's; without another the query stays unanswered.

    `retry`: another attempt may succeed. `permanent`: every further call would fail the same way (bad key, unknown
    model). `limited`: the endpoint said that it is asked too much. `retry_after`: seconds that it asked us to wait.
    `unreachable`: it never got the request; `unknown_host`: because no name server knows the host. `alone`: it says
    nothing of other calls, however many fail so. `status` is HTTP's; None where no response came.
    """

    def __init__(
        self,
        message: str,
        *,
        retry: bool = False,
        permanent: bool = False,
        unreachable: bool = False,
        unknown_host: bool = False,
        alone: bool = False,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retry = retry
        self.permanent = permanent
        self.unreachable = unreachable
        self.unknown_host = unknown_host
        self.alone = alone
        self.status = status
        self.retry_after = retry_after

    @property
    def limited(self) -> bool:
        """Whether the endpoint refuses calls beyond its rate limit: HTTP 429."""
        return self.status == 429

    @property
    def of_endpoint(self) -> bool:
        """Whether the prompt cannot be the reason: no server answers, or it is busy, starting or broken."""
        return self.unreachable or self.status in _OF_ENDPOINT


@dataclass(frozen=True)
class OpenedIn:
    """What a model is told before `open`, if it has the attribute `opened_in`.

    `folder` is the run's, for files such as a server's log. `tell` gets a few words on what opening waits for.
    """

    folder: Path
    tell: Callable[[str], None]


def why_no_other_questions(model: object) -> str:
    """Why a model answers the prompts of its run alone, and cannot judge answers, say; empty where it answers any.

    A model says it in the attribute `no_other_questions`, which need not be there.

    >>> why_no_other_questions(object())
    ''
    """
    return str(getattr(model, "no_other_questions", ""))


class Model(Protocol):
    """Anything that answers calls. `open` may load weights or start a server; `aclose` undoes it.

    A model that can answer the prompts of a run alone says why in the attribute `no_other_questions`, a text.
    """

    @property
    def name(self) -> str:
        """Short name for tables and folders."""
        ...

    @property
    def identity(self) -> Mapping[str, JSON]:
        """The origin of results: hash of weights and runtime, or endpoint and model. Complete once it is open."""
        ...

    @property
    def remark(self) -> str | None:
        """A note for readers of its numbers; None without one."""
        ...

    async def open(self) -> None:
        """Get ready to answer. Raises: UsageError."""
        ...

    def request(self, call: Question) -> Request | None:
        """The request that `ask` would send; None if replies are not kept for other runs, or this is not known yet.

        Known for certain once the model is open.
        """
        ...

    async def ask(self, call: Question) -> Reply:
        """Make one attempt at a reply; the engine makes further ones. Raises: ProviderError, UsageError."""
        ...

    async def aclose(self) -> None:
        """Let go of everything that `open` took."""
        ...
