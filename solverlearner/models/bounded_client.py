"""Reads a response as far as a limit allows, and follows no redirect that changes the request or who answers it."""

import zlib
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from solverlearner.models.base import ProviderError
from solverlearner.models.secrets import HIDDEN

ENCODINGS = "gzip, deflate"
"""What a server may pack a response with: these are unpacked piece by piece, so that a limit holds."""

_PIECE = 1 << 20
_MOST_HOPS = 5
_SHORTEST_SECRET = 8


def bounded_client(
    base: type[Any], most_mb: float, elsewhere: bool, answered: set[str], secrets: Sequence[str], **options: Any
) -> Any:
    """A client of the class `base` that takes `most_mb` MB a response at most, unpacked, and is strict in redirects.

    A redirect is followed with the same method and body, to the same host; to another one if `elsewhere`, without the
    headers that hold one of `secrets`. `answered` gets the address of every such other host. Raises, when used:
    ProviderError.
    """

    class Client(base):  # type: ignore[misc]  # known at run time alone
        async def send(self, request: Any, *, stream: bool = False, **more: Any) -> Any:
            for _ in range(_MOST_HOPS):
                response = await super().send(request, **{**more, "stream": True, "follow_redirects": False})
                if not response.has_redirect_location:
                    return response if stream else await _read(response, most_mb)
                await response.aclose()
                request = _next(request, response, elsewhere, answered, secrets)
            raise _refused(str(request.url), "is another redirect of a chain of five")

    return Client(**options)


def _refused(url: str, why: str) -> ProviderError:
    return ProviderError(f"a redirect to {url} {why}; give the address that answers as base_url", permanent=True)


def _next(request: Any, response: Any, elsewhere: bool, answered: set[str], secrets: Sequence[str]) -> Any:
    """The request that a redirect asks for. Raises: ProviderError where it is not to be made."""
    wanted = response.next_request
    here, there = urlsplit(str(request.url)), urlsplit(str(wanted.url))
    shown = f"{there.scheme}://{there.netloc.rpartition('@')[2]}{there.path}"
    if wanted.method != request.method:
        raise _refused(shown, f"(HTTP {response.status_code}) would turn the {request.method} into a {wanted.method}")
    upgraded = (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname
    if (here.scheme, here.netloc) != (there.scheme, there.netloc) and not upgraded:
        if not elsewhere:
            raise _refused(shown, "leads to another host, which is asked with follow_redirects=true alone")
        answered.add(f"{there.scheme}://{there.netloc.rpartition('@')[2]}")
        for name, value in [*wanted.headers.items()]:
            if any(secret in value for secret in secrets) or name.lower() in ("authorization", "cookie"):
                del wanted.headers[name]
    return wanted


async def _read(response: Any, most_mb: float) -> Any:
    """The response with its whole body, unpacked. Raises: ProviderError where it is larger."""
    most, size, pieces = int(most_mb * 1e6), 0, list[bytes]()
    try:
        async for piece in _unpacked(response):
            size += len(piece)
            if size > most:
                told = f"a response of more than {most_mb:g} MB (max_response_mb)"
                raise ProviderError(told, retry=False, alone=True)
            pieces.append(piece)
    finally:
        await response.aclose()
    left_out = ("content-encoding", "transfer-encoding", "content-length")
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in left_out]
    return type(response)(response.status_code, headers=headers, content=b"".join(pieces), request=response.request)


async def _unpacked(response: Any) -> AsyncIterator[bytes]:
    """The body in pieces of a megabyte at most, so that a small packed one cannot fill the memory."""
    packed = [word.strip().lower() for word in response.headers.get("content-encoding", "").split(",")]
    kinds = [word for word in packed if word not in ("", "identity")]
    if not kinds:
        async for piece in response.aiter_raw():
            yield piece
        return
    if len(kinds) > 1 or kinds[0] not in ("gzip", "x-gzip", "deflate"):
        raise ProviderError(f"a response packed with {', '.join(kinds)[:40]}, which was not asked for", permanent=True)
    unpack = None
    async for raw in response.aiter_raw():
        while raw:
            if unpack is None or unpack.eof:
                zlib_head = kinds[0] != "deflate" or raw[0] & 0x0F == 8
                unpack = zlib.decompressobj(47 if zlib_head else -15)  # 47: gzip or zlib, by its head
            try:
                piece = unpack.decompress(raw, _PIECE)
            except zlib.error as error:
                raise ValueError(f"a response that cannot be unpacked: {error}") from None
            raw = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            yield piece


def told_secrets(secrets: Sequence[str]) -> list[bytes]:
    """Every form in which a reply may repeat a secret: as it is, and within base64, whatever stands before it.

    Short words such as "EMPTY", which keyless servers take for a key, are left out: replies hold them by chance.
    """
    forms: list[bytes] = []
    for secret in secrets:
        if len(secret) < _SHORTEST_SECRET or secret.isalpha():
            continue
        plain = secret.encode()
        forms.append(plain)
        for before, begin in ((0, 0), (1, 2), (2, 3)):
            coded = b64encode(b"\0" * before + plain)[begin : (before + len(plain)) * 8 // 6]
            forms += [coded, coded.translate(bytes.maketrans(b"+/", b"-_"))]
    return sorted({*forms}, key=len, reverse=True)


def masked(body: bytes, forms: Sequence[bytes]) -> bytes:
    """A body without these forms of secrets."""
    for form in forms:
        if form in body:
            body = body.replace(form, HIDDEN.encode())
    return body
