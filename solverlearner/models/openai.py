"""Any OpenAI-compatible endpoint as a Model, by its route /chat/completions."""

import asyncio
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from solverlearner import __version__
from solverlearner.errors import UsageError, check_range, warn
from solverlearner.json_text import encoded
from solverlearner.models import base_url as address
from solverlearner.models import openai_response as wire
from solverlearner.models import request_headers
from solverlearner.models.base import ProviderError, Reply, Request
from solverlearner.models.endpoint_session import EndpointSession
from solverlearner.models.question import Question
from solverlearner.models.response_limits import masked, told_secrets
from solverlearner.models.secrets import HIDDEN, public
from solverlearner.models.tokens import asked_fields
from solverlearner.task import JSON

_AGENT = f"solverlearner/{__version__}"
_OPENAI = "https://api.openai.com/v1"
CONNECT_S = 15.0
"""Seconds for a connection: so a host that swallows packets is found out, however long a reply may take."""

_LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")
_REFUSES = re.compile(r"unsupported|not supported|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|instead")
_OURS = {"model", "messages", "stream", "n", "temperature", "max_tokens", "max_completion_tokens", "reasoning_effort",
         "logprobs", "top_logprobs"}  # fmt: skip


@dataclass
class OpenAIModel:
    """A chat model behind an OpenAI-compatible endpoint.

    The key is read from the environment variable `key_env` and kept in the session only. `base_url=None` is OpenAI
    itself, or what OPENAI_BASE_URL names; a user name and password in it are sent as basic authentication, in place of
    the key. `headers` are further headers; a value may name environment variables, as in `{"api-key": "$AZURE_KEY"}`.
    `temperature=None` sends none. `limit_field` is the request's name for the token limit: OpenAI's models want
    `max_completion_tokens`. Where the endpoint refuses one name and asks for the other, the other is sent from then on.
    `timeout_s` is for a whole attempt. `proxied=False` goes past the proxy that the environment may name, as a server
    on this machine has to. `extra` are more fields of the body. `batch`: the run uses the endpoint's batch API.
    `logprobs` asks for so many log-probabilities a token. `max_response_mb` is the most that a response may hold,
    unpacked. `follow_redirects`: also to another host.
    """

    kind: ClassVar[str] = "openai"
    name: str
    base_url: str | None = field(default=None, repr=False)  # it may hold a password
    key_env: str = "OPENAI_API_KEY"
    key_required: bool = True
    temperature: float | None = 0.0
    max_tokens: int = 256
    limit_field: str = "max_tokens"
    reasoning_effort: str | None = None
    extra: Mapping[str, JSON] | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    timeout_s: float = 600.0
    proxied: bool = True
    batch: bool = False
    max_response_mb: float = 16.0
    follow_redirects: bool = False
    logprobs: int | None = None
    remark: str | None = field(default=None, init=False)
    bare_url: str = field(default="", init=False, repr=False)
    """The base URL without its query, known once the model is open; so are the next three."""
    sent_headers: Mapping[str, str] = field(default_factory=dict, init=False, repr=False)
    """The headers of every request, with their credentials."""
    secrets: list[str] = field(default_factory=list, init=False, repr=False)
    """Strings that no message may show."""
    answered_by: set[str] = field(default_factory=set, init=False, repr=False)
    """The other hosts that redirects led to."""
    _session: EndpointSession | None = field(default=None, init=False, repr=False)
    _base: str = field(default="", init=False, repr=False)
    _url: str = field(default="", init=False, repr=False)
    _fields: dict[str, JSON] = field(default_factory=dict, init=False, repr=False)
    _renamed: bool = field(default=False, init=False, repr=False)
    _told_of_tokens: bool = field(default=False, init=False, repr=False)
    _told: list[bytes] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.temperature is not None:
            check_range("temperature", self.temperature, 0, 2)
        check_range("max_tokens", self.max_tokens, 1, 1_000_000)
        check_range("max_response_mb", self.max_response_mb, 0.001, 4096)
        check_range("timeout", self.timeout_s, 0.01, 86_400)
        extra = _checked(self.extra or {})
        request_headers.check(self.headers)
        if self.limit_field not in _LIMIT_FIELDS:
            raise UsageError(f"limit_field={self.limit_field}", f"must be {' or '.join(_LIMIT_FIELDS)}")
        self._base = self.base_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI
        sampling = {"temperature": self.temperature, "reasoning_effort": self.reasoning_effort}
        self._fields = {name: value for name, value in sampling.items() if value is not None}
        self._fields |= {self.limit_field: self.max_tokens, **extra, **asked_fields(self.logprobs)}

    @cached_property
    def endpoint(self) -> str:
        """The base URL without credentials; with the rest of its query, which may decide who answers."""
        return address.masked(self._base)

    @cached_property
    def _public_headers(self) -> dict[str, str]:
        return public(self.headers or {})

    @property
    def no_other_questions(self) -> str:
        """A batch is sent before there are answers to ask about."""
        return "a batch is sent before there are answers to judge" if self.batch else ""

    @property
    def query(self) -> dict[str, str]:
        """The query of the base URL, which every request carries."""
        return address.query(self._base)

    @property
    def identity(self) -> Mapping[str, JSON]:
        """The model and the endpoint, without credentials; the field of the token limit if the endpoint changed it."""
        told: dict[str, JSON] = {"name": self.name, "base_url": self.endpoint}
        told |= {"headers": dict(self._public_headers)} if self._public_headers else {}
        told |= {"answered_by": [*sorted(self.answered_by)]} if self.answered_by else {}
        return told | ({"limit_field": self.limit_field} if self._renamed else {})

    async def open(self) -> None:
        """Make the session. Raises: UsageError for a missing key or a malformed base_url."""
        target = address.taken_apart(self._base)
        key = (os.environ.get(self.key_env) or "").strip()
        headers = request_headers.filled_in(self.headers)
        credentials = request_headers.credentials(self.headers, headers)
        if not key and self.key_required and not credentials:
            raise UsageError(
                self.key_env, "no API key in this environment variable; export it, or name another by key_env"
            )
        if not (key.isascii() and key.isprintable()):
            raise UsageError(self.key_env, "holds characters that no API key has")
        self.bare_url, self._url = target.bare, target.url("chat/completions")
        self.secrets = sorted({key, *target.secrets, *credentials} - {""}, key=len, reverse=True)
        self._told = told_secrets(self.secrets)
        own = {"Authorization": f"Bearer {key or 'none'}"} if key or not credentials else {}
        own |= {"Authorization": target.authorization} if target.authorization else {}
        self.sent_headers = request_headers.joined({"User-Agent": _AGENT}, request_headers.of_account(), own, headers)
        self._session = EndpointSession(
            self.sent_headers,
            self.max_response_mb,
            min(CONNECT_S, self.timeout_s),
            self.proxied,
            self.follow_redirects,
            self.answered_by,
            self.secrets,
        )
        await self._session.open(self._url)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.aclose()

    def request(self, call: Question) -> Request:
        """The request that `ask` sends; above temperature 0 every episode has samples of its own."""
        drawn = self.temperature is None or self.temperature > 0
        return Request(self.endpoint, self._body(call), call.draw if drawn else (0, 0), self._public_headers)

    def _body(self, call: Question) -> dict[str, Any]:
        return {"model": self.name, "messages": call.messages, **self._fields}

    async def ask(self, call: Question) -> Reply:
        """One completion by one request. Raises: ProviderError."""
        field_sent = self.limit_field
        try:
            return await self._completion(call)
        except ProviderError as refusal:
            if not self._limit_renamed(refusal, field_sent):
                raise
        return await self._completion(call)

    async def ask_draws(self, call: Question, draws: int) -> list[Reply]:
        """Several draws from one prompt by one request, for servers that take `n` and send log-probabilities.

        Such as llama.cpp's. Its `usage` counts the first draw alone, so the log-probabilities count the tokens of each.
        Raises: ProviderError.
        """
        counted: dict[str, JSON] = {} if self.logprobs else {"logprobs": True, "top_logprobs": 1}
        body, seconds = await self._response({**self._body(call), **counted, "n": draws})
        return wire.draws(body, seconds, draws, with_tokens=self.logprobs is not None)

    async def _completion(self, call: Question) -> Reply:
        return self._with_tokens(wire.reply(*await self._response(self._body(call))))

    async def _response(self, sent: Mapping[str, Any]) -> tuple[bytes, float]:
        """What came back within `timeout_s`, and after how many seconds; no message shows a secret.

        Raises: ProviderError.
        """
        if self._session is None:
            raise RuntimeError("open the model before asking it")
        start = time.perf_counter()
        try:
            async with asyncio.timeout(self.timeout_s):
                status, headers, body = await self._session.post(self._url, encoded(sent))
            if not 200 <= status < 300:
                raise wire.status_error(status, headers, body)
            return self.without_secrets(body), time.perf_counter() - start
        except Exception as error:
            failure = self.failure(error)
            if failure is error:
                raise
            raise failure from error

    def _with_tokens(self, reply: Reply) -> Reply:
        """The reply; the first one without the log-probabilities that were asked for is said in a line."""
        if self.logprobs and not self._told_of_tokens and reply.tokens is None and reply.text:
            self._told_of_tokens = True
            lost = "measures that need them are left out"
            warn(f"{self.endpoint} sends no log-probabilities, which logprobs={self.logprobs} asks for; {lost}")
        return reply

    def without_secrets(self, body: bytes) -> bytes:
        """What the endpoint sent, without the key or another credential that it repeats, also within base64."""
        return masked(body, self._told)

    def _limit_renamed(self, refusal: ProviderError, field_sent: str) -> bool:
        """Whether the endpoint wants another name for the limit than the one that was sent; it is used from then on."""
        other = _LIMIT_FIELDS[field_sent == _LIMIT_FIELDS[0]]
        words = str(refusal)
        named = re.search(rf"\b{other}\b", words) and re.search(rf"\b{field_sent}\b", words)
        if refusal.status not in (400, 422) or not named or not _REFUSES.search(words.lower()):
            return False
        if self.limit_field == field_sent:
            if self._renamed:  # it refuses both
                return False
            self._renamed, self.limit_field = True, other
            self._fields = {other if name == field_sent else name: value for name, value in self._fields.items()}
            warn(f"{self.endpoint} wants {other} in place of {field_sent}, which is sent from now on (limit_field)")
        return True

    def failure(self, error: BaseException, *of_client: type[Exception]) -> BaseException:
        """An error as a ProviderError without secrets; one that neither endpoint nor network caused stays as it is.

        `of_client` are further classes of errors that endpoint or network cause.
        """
        import aiohttp

        if isinstance(error, ProviderError):
            failure = error
        elif isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientError):
            failure = ProviderError(f"{self.endpoint} did not reply within {self.timeout_s:g} s", retry=True)
        elif isinstance(error, (aiohttp.ClientError, OSError, ValueError, *of_client)):
            failure = self._broken(error)
        else:
            return error
        for secret in self.secrets:  # a server may repeat them
            failure.args = (str(failure).replace(secret, HIDDEN),)
        failure.args = (self.without_secrets(str(failure).encode("utf-8", "replace")).decode(errors="replace"),)
        return failure

    def _broken(self, error: BaseException) -> ProviderError:
        import aiohttp

        # The official client wraps what happened, and calls a closed connection a time-out.
        while error.__cause__ is not None and not isinstance(error, aiohttp.ClientError):
            error = error.__cause__
        away = aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.ClientHttpProxyError
        unreachable = isinstance(error, away)
        untrusted = isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError)
        words = wire.one_line(f"{type(error).__name__}: {getattr(error, 'os_error', error)}")
        fault = "cannot be reached; is the server running and base_url right?" if unreachable else "broke off"
        return ProviderError(
            f"{self.endpoint} {fault} ({words})",
            retry=not untrusted,
            permanent=untrusted,
            unreachable=unreachable,
            unknown_host=isinstance(error, aiohttp.ClientConnectorDNSError),
        )


def _checked(extra: Any) -> Mapping[str, JSON]:
    if not isinstance(extra, Mapping):
        raise UsageError(f"extra={extra}", "must be fields of the request, as 'extra={top_p:0.9}'")
    for name in _OURS & extra.keys():
        own = "max_tokens, and limit_field for its name" if name in _LIMIT_FIELDS else name
        fixed = name in ("messages", "stream", "n")
        raise UsageError(
            f"extra.{name}", f"is no extra: it {'is fixed' if fixed else f'has an option of its own: {own}'}"
        )
    try:
        json.dumps(dict(extra), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"extra={extra}", f"cannot be sent as JSON: {error}") from error
    return extra
