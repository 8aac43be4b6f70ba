"""Limits on a response, for every client: its size, how it is packed, and where a redirect may lead."""

import zlib
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urljoin, urlsplit

from solverlearner.models.base import ProviderError
from solverlearner.models.secrets import HIDDEN

ENCODINGS = "gzip, deflate"
"""What a server may pack a response with: these are unpacked piece by piece, so that a limit holds."""

MOST_HOPS = 5
"""Requests that one call may make, the first and those that redirects ask for."""

REDIRECTS = {301, 302, 303, 307, 308}
"""HTTP statuses that name another address in `location` (RFC 9110, section 15.4)."""

_PIECE = 1 << 20
_SHORTEST_SECRET = 8


def refused(url: str, why: str) -> ProviderError:
    """The failure of a redirect that is not followed."""
    return ProviderError(f"a redirect to {url} {why}; give the address that answers as base_url", permanent=True)


def redirected(method: str, url: str, status: int, location: str, elsewhere: bool) -> tuple[str, str | None]:
    """Where a redirect leads, and the origin of its host if that is another one.

    It must keep the method, and it must stay with the host unless `elsewhere`; from http to https of one host is the
    same host. Raises: ProviderError.

    >>> redirected("POST", "http://a/v1/x", 307, "/v2/x", False)
    ('http://a/v2/x', None)
    """
    wanted = urljoin(url, location)
    here, there = urlsplit(url), urlsplit(wanted)
    origin = f"{there.scheme}://{there.netloc.rpartition('@')[2]}"
    becomes_get = status == 303 or (status in (301, 302) and method == "POST")
    if becomes_get and method not in ("GET", "HEAD"):
        raise refused(f"{origin}{there.path}", f"(HTTP {status}) would turn the {method} into a GET")
    upgraded = (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname
    if upgraded or (here.scheme, here.netloc) == (there.scheme, there.netloc):
        return wanted, None
    if not elsewhere:
        raise refused(f"{origin}{there.path}", "leads to another host, which is asked with follow_redirects=true alone")
    return wanted, origin


def holds_credential(name: str, value: str, secrets: Sequence[str]) -> bool:
    """Whether a header is kept from another host."""
    return any(secret in value for secret in secrets) or name.lower() in ("authorization", "cookie")


async def whole(pieces: AsyncIterator[bytes], encoding: str, most_mb: float) -> bytes:
    """The body, unpacked. `encoding` is the header `content-encoding`. Raises: ProviderError where it is larger."""
    most, size, read = int(most_mb * 1e6), 0, list[bytes]()
    async for piece in _unpacked(pieces, encoding) if encoding else pieces:
        size += len(piece)
        if size > most:
            told = f"a response of more than {most_mb:g} MB (max_response_mb)"
            raise ProviderError(told, retry=False, alone=True)
        read.append(piece)
    return read[0] if len(read) == 1 else b"".join(read)


async def _unpacked(pieces: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The body in pieces of a megabyte at most, so that a small packed one cannot fill the memory."""
    packed = [word.strip().lower() for word in encoding.split(",")]
    kinds = [word for word in packed if word not in ("", "identity")]
    if not kinds:
        async for piece in pieces:
            yield piece
        return
    if len(kinds) > 1 or kinds[0] not in ("gzip", "x-gzip", "deflate"):
        raise ProviderError(f"a response packed with {', '.join(kinds)[:40]}, which was not asked for", permanent=True)
    unpack = None
    async for raw in pieces:
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
