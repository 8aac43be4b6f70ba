"""Hub download: what the Hugging Face hub says about a file, and the file itself by HTTP, resumed where it broke off.

Plain requests on aiohttp, which is here for endpoints, and not huggingface_hub: that keeps a cache of its own, brings
a second HTTP client and a binary, and goes on with a broken download only for one of its two protocols. Routes and
headers are those of its `file_download.py`: `/REPO/resolve/REVISION/FILE`, `X-Linked-Etag` (the SHA-256),
`X-Linked-Size`, `X-Repo-Commit`.
"""

import asyncio
import importlib
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from solverlearner.errors import UsageError
from solverlearner.models.endpoint_session import proxy_for, trusted_certificates
from solverlearner.models.hub_file import HubFile
from solverlearner.models.response_limits import MOST_HOPS
from solverlearner.models.transfer import Meter, Tell, megabytes

if TYPE_CHECKING:  # importing it takes 0.2 s, so it waits until something is fetched
    from aiohttp import ClientResponse, ClientSession

_CONNECT_S, _SILENT_S = 15.0, 60.0
_ATTEMPTS = 5
_PAUSE_S = 1.0
_CHUNK = 1 << 20
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')


class NotReached(Exception):
    """The hub does not give the file; the words say why."""


class _BrokeOff(Exception):
    """A download ended before the file did."""


class _Refused(_BrokeOff):
    """The hub says that it does not give the file."""


@dataclass(frozen=True)
class Remote:
    """A file as the hub describes it: size in bytes; None is what it does not tell."""

    url: str
    size: int
    sha256: str | None
    commit: str | None


class Hub:
    """An open session with the hub for one file; address and key are those of Hugging Face's own tools.

    HF_ENDPOINT is another address of the hub, HF_TOKEN a key; the key is sent to the hub alone and not to the stores
    of files that it redirects to.
    """

    def __init__(self, wanted: HubFile, session: "ClientSession") -> None:
        self._wanted, self._session = wanted, session
        self._base = hub_address()
        self._token = (os.environ.get("HF_TOKEN") or "").strip()

    async def described(self) -> Remote:
        """The file's size, hash and commit. Raises: NotReached."""
        wanted = self._wanted
        url = f"{self._base}/{wanted.repo}/resolve/{quote(wanted.revision, safe='')}/{quote(wanted.file)}"
        try:
            async with self._answer("HEAD", url, {}) as response:
                self._refuse(response)
                headers = response.headers
                size = headers.get("x-linked-size") or headers.get("content-length") or ""
                if not size.isdecimal() or not int(size):
                    raise _Refused(f"{self._base} does not answer as a hub does: without a size")
                hashed = _SHA256.fullmatch(headers.get("x-linked-etag") or headers.get("etag") or "")
                return Remote(url, int(size), hashed and hashed[1], headers.get("x-repo-commit"))
        except _Refused as error:
            raise NotReached(str(error)) from error
        except _failures() as error:
            raise NotReached(f"{self._base} cannot be reached ({_words(error)})") from error

    async def download(self, remote: Remote, part: Path, tell: Tell) -> None:
        """Let the file grow to its size. Raises: UsageError where it breaks off again and again, OSError."""
        failed = 0
        while (there := _size(part)) < remote.size:
            try:
                await self._goes_on(remote, part, there, tell)
            except _failures() as error:
                failed = 0 if _size(part) > there else failed + 1
                if failed >= _ATTEMPTS:
                    so_far = f"{megabytes(_size(part))} of {megabytes(remote.size)} MB are kept"
                    raise UsageError(
                        str(self._wanted), f"the download broke off ({_words(error)}); {so_far}; try again"
                    ) from error
                await asyncio.sleep(_PAUSE_S * 2**failed)
        if there > remote.size:
            part.unlink()
            raise UsageError(str(self._wanted), "more came than the hub announced, and was removed; try again")

    async def _goes_on(self, remote: Remote, part: Path, there: int, tell: Tell) -> None:
        """Append what one response gives, from `there` on; a server without ranges begins again."""
        ranged = {"Range": f"bytes={there}-"} if there else {}
        async with self._answer("GET", remote.url, ranged) as response:
            self._refuse(response)
            first = there if _begins_at(response, there) else 0
            meter = Meter(self._wanted.file, first, remote.size, tell)
            with part.open("r+b" if first else "wb") as file:
                file.seek(first)
                async for chunk in response.content.iter_chunked(_CHUNK):
                    first += file.write(chunk)
                    meter.reached(first)
                    if first > remote.size:
                        return
        if first < remote.size:
            raise _BrokeOff("the connection ended")

    @asynccontextmanager
    async def _answer(self, method: str, url: str, headers: Mapping[str, str]) -> "AsyncIterator[ClientResponse]":
        """The response after redirects, or the redirect that describes the file; the key goes to the hub alone."""
        for _ in range(MOST_HOPS):
            ours = self._token and _origin(url) == _origin(self._base)
            sent = {"Accept-Encoding": "identity", **headers}
            sent |= {"Authorization": f"Bearer {self._token}"} if ours else {}
            asked = self._session.request(
                method, url, headers=sent, allow_redirects=False, proxy=proxy_for(_origin(url))
            )
            async with asked as response:
                location = response.headers.get("location")
                described = method == "HEAD" and "x-linked-size" in response.headers
                if location is None or not 300 <= response.status < 400 or described:
                    yield response
                    return
            url = urljoin(url, location)
        raise _BrokeOff("a chain of redirects")

    def _refuse(self, response: "ClientResponse") -> None:
        """Raise for a response without a file."""
        if response.status < 400:
            return
        told, status = response.headers.get("x-error-message", ""), f"HTTP {response.status}"
        if response.status == 401 or (response.status == 403 and told):
            key = "the key in HF_TOKEN does not open it" if self._token else "it may need a key in HF_TOKEN"
            raise _Refused(f"{self._base} does not give it ({told or status}); check repo; {key}")
        if response.status == 404:
            raise _Refused(f"{self._base} does not have it ({told or status}); check repo, file and revision")
        raise _BrokeOff(status)


@asynccontextmanager
async def opened_hub(wanted: HubFile) -> AsyncIterator[Hub]:
    """A session with the hub for this file."""
    aiohttp = await asyncio.to_thread(importlib.import_module, "aiohttp")
    trusted = await asyncio.to_thread(trusted_certificates)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENT_S)
    connector = aiohttp.TCPConnector(ssl=trusted)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield Hub(wanted, session)


def hub_address() -> str:
    """The address of the hub: HF_ENDPOINT, or Hugging Face's."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _begins_at(response: "ClientResponse", there: int) -> bool:
    """Whether the body goes on at this byte, and is not the whole file."""
    return response.status == 206 and response.headers.get("content-range", "").startswith(f"bytes {there}-")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _failures() -> "tuple[type[Exception], ...]":
    """What a network or a server does. Errors of the disk are OSErrors as well, but none of these."""
    import aiohttp

    return (aiohttp.ClientError, TimeoutError, ConnectionError, _BrokeOff)


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
