"""Official client: openai's own, for the routes of files and batches. The only module that imports it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import openai

from solverlearner.models.base import ProviderError
from solverlearner.models.openai import CONNECT_S, OpenAIModel
from solverlearner.models.openai_response import status_error
from solverlearner.models.response_limits import (
    ENCODINGS,
    MOST_HOPS,
    holds_credential,
    redirected,
    refused,
    whole,
)

T = TypeVar("T")

# Headers that tell OpenAI about this machine.
_TELEMETRY = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")


class OfficialClient:
    """openai's client for the endpoint of a model that is open: the same address, headers, limits and failures."""

    def __init__(self, model: OpenAIModel) -> None:
        self._model = model
        headers: dict[str, Any] = {f"X-Stainless-{name}": openai.omit for name in _TELEMETRY}
        headers |= {"Authorization": openai.omit, "Accept-Encoding": ENCODINGS}
        # A header of another case would stand beside the client's own.
        headers |= {"Authorization" if k.lower() == "authorization" else k: v for k, v in model.sent_headers.items()}
        limits = type(openai.DEFAULT_CONNECTION_LIMITS)(max_connections=0)
        self._client = _Client(
            api_key="none",  # the credential is among the headers
            base_url=model.bare_url,
            timeout=openai.Timeout(None, connect=min(CONNECT_S, model.timeout_s)),
            max_retries=0,
            default_headers=headers,
            default_query=model.query or None,
            http_client=_BoundedClient(model, trust_env=model.proxied, limits=limits),
        )

    async def using(self, wanted: Callable[[openai.AsyncOpenAI], Awaitable[T]]) -> T:
        """The result of one use, within the model's `timeout_s`; no message shows a secret. Raises: ProviderError."""
        try:
            async with asyncio.timeout(self._model.timeout_s):
                return await wanted(self._client)
        except Exception as error:
            failure = self._model.failure(_known(error), openai.OpenAIError)
            if failure is error:
                raise
            raise failure from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


def _known(error: BaseException) -> BaseException:
    """The failure below what the client raised: of ours, or by the status of a response; else the error itself."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ProviderError):
            return cause
        cause = cause.__cause__
    if isinstance(error, openai.APIStatusError):
        return status_error(error.response.status_code, error.response.headers, error.response.content)
    return error


class _Client(openai.AsyncOpenAI):
    """A client that may send its credential in another header than `Authorization`, or none."""

    def _validate_headers(self, *headers: Any) -> None:
        pass


class _BoundedClient(openai.DefaultAioHttpClient):
    """Reads a response as far as the model's limit allows, and follows the redirects that `redirected` allows."""

    def __init__(self, model: OpenAIModel, **options: Any) -> None:
        super().__init__(**options)
        self._of = model

    async def send(self, request: Any, *, stream: bool = False, **more: Any) -> Any:
        for _ in range(MOST_HOPS):
            response = await super().send(request, **{**more, "stream": True, "follow_redirects": False})
            if not response.has_redirect_location:
                return response if stream else await self._read(response)
            await response.aclose()
            request = self._next(request, response)
        raise refused(str(request.url), "is another redirect of a chain of five")

    def _next(self, request: Any, response: Any) -> Any:
        location, elsewhere = response.headers["location"], self._of.follow_redirects
        _, other = redirected(request.method, str(request.url), response.status_code, location, elsewhere)
        wanted = response.next_request
        if other:
            self._of.answered_by.add(other)
            for name, value in [*wanted.headers.items()]:
                if holds_credential(name, value, self._of.secrets):
                    del wanted.headers[name]
        return wanted

    async def _read(self, response: Any) -> Any:
        try:
            packed = response.headers.get("content-encoding", "")
            content = await whole(response.aiter_raw(), packed, self._of.max_response_mb)
        finally:
            await response.aclose()
        left_out = ("content-encoding", "transfer-encoding", "content-length")
        headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in left_out]
        return type(response)(response.status_code, headers=headers, content=content, request=response.request)
