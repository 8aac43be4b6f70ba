"""The only file that knows the openai package: any OpenAI-compatible endpoint as a Model."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from solverlearner.errors import UsageError, check_range
from solverlearner.model import Call, ProviderError, Reply, ReplyState
from solverlearner.task import JSON

if TYPE_CHECKING:  # importing it costs most of a second, so the package waits for the first call
    from openai import AsyncOpenAI

_STATES: Mapping[str, ReplyState] = {"length": "truncated", "content_filter": "filtered"}
_PERMANENT = {401, 403, 404}


@dataclass
class OpenAIModel:
    """A chat model behind an OpenAI-compatible endpoint.

    The key is read from the environment variable `key_env` and kept nowhere else. `base_url=None` is OpenAI itself.
    `limit_field` is the request's name for the token limit: OpenAI's models want `max_completion_tokens`.
    `proxied=False` goes past the proxy that the environment may name, as a server on this machine has to.
    """

    name: str
    base_url: str | None = None
    key_env: str = "OPENAI_API_KEY"
    key_required: bool = True
    temperature: float = 0.0
    max_tokens: int = 256
    limit_field: str = "max_tokens"
    timeout_s: float = 600.0
    retries: int = 4
    proxied: bool = True
    remark: str | None = field(default=None, init=False)
    _client: "AsyncOpenAI | None" = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_range("temperature", self.temperature, 0, 2)
        check_range("max_tokens", self.max_tokens, 1, 1_000_000)

    @property
    def identity(self) -> Mapping[str, JSON]:
        """The requested model and the endpoint, without credentials."""
        return {"name": self.name, "base_url": masked(self.base_url) if self.base_url else "OpenAI"}

    async def open(self) -> None:
        """Make the client. Raises: UsageError for a missing key or a base_url that is none."""
        if self.base_url and urlsplit(self.base_url).scheme not in ("http", "https"):
            raise UsageError(f"base_url={masked(self.base_url)}", "must begin with http:// or https://")
        key = os.environ.get(self.key_env)
        if not key and self.key_required:
            raise UsageError(
                self.key_env, "no API key in this environment variable; export it, or name another by key_env"
            )
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        self._client = AsyncOpenAI(
            api_key=key or "none",
            base_url=self.base_url,
            timeout=self.timeout_s,
            max_retries=self.retries,
            http_client=None if self.proxied else DefaultAsyncHttpxClient(trust_env=False),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.close()

    async def ask(self, call: Call) -> Reply:
        """One completion; the client retries connection faults, 408, 409, 429 and 5xx.

        Raises: ProviderError where no reply came.
        """
        if self._client is None:
            raise RuntimeError("open the model before asking it")
        body: dict[str, Any] = {"model": self.name, "messages": call.messages, "temperature": self.temperature}
        body[self.limit_field] = self.max_tokens
        start = time.perf_counter()
        try:
            completion = await self._client.chat.completions.create(**body)
        except Exception as error:
            raise self._provider_error(error) from error
        return _reply(completion, time.perf_counter() - start)

    def _provider_error(self, error: Exception) -> Exception:
        import openai

        if isinstance(error, openai.APIStatusError):
            return ProviderError(_words(error), permanent=error.status_code in _PERMANENT)
        where = masked(self.base_url) if self.base_url else "OpenAI"
        if isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError):
            problem = f"{where} cannot be reached; is the server running and base_url right?"
            return ProviderError(problem, permanent=True)
        if isinstance(error, openai.OpenAIError | ValueError):
            return ProviderError(f"{where}: {type(error).__name__}: {str(error)[:200]}")
        return error


def _words(error: Any) -> str:
    """The server's own words, in one line."""
    body = error.body if isinstance(error.body, dict) else {}
    message = body.get("message") or str(error)
    return f"{error.status_code}: " + " ".join(str(message).split())[:300]


def _reply(completion: Any, seconds: float) -> Reply:
    # A gateway may send anything with status 200; whatever is no completion is the provider's failure.
    try:
        choice = completion.choices[0]
        text, reason = choice.message.content, choice.finish_reason
    except (AttributeError, IndexError, TypeError):
        raise ProviderError("the endpoint sent no choices with status 200") from None
    if text is not None and not isinstance(text, str):
        raise ProviderError("the endpoint sent a content that is no text")
    usage = getattr(completion, "usage", None)
    return Reply(
        text=text or "",
        state=_STATES.get(reason, "null" if text is None else "ok"),
        prompt_tokens=getattr(usage, "prompt_tokens", None),
        completion_tokens=getattr(usage, "completion_tokens", None),
        seconds=round(seconds, 4),
        reported_model=getattr(completion, "model", None),
    )


def masked(url: str) -> str:
    """The URL without the user name and password that it may carry."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, query=""))
