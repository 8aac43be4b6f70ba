"""Endpoint session: posts a request on an aiohttp session and reads the whole response within its limits."""

import asyncio
import importlib
import ipaddress
import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from solverlearner.models.request_headers import joined
from solverlearner.models.response_limits import (
    ENCODINGS,
    MOST_HOPS,
    REDIRECTS,
    holds_credential,
    redirected,
    refused,
    whole,
)

if TYPE_CHECKING:  # importing it takes 0.2 s, so it waits until a session is opened
    from aiohttp import ClientSession

_FIXED = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": ENCODINGS}
_KEPT_OPEN_S = 4.0
"""Seconds that an unused connection stays open: uvicorn, below many servers of models, closes it after five."""


class Response(NamedTuple):
    """A response: its HTTP status, its headers (found by names in lower case), its whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class EndpointSession:
    """Connections to an endpoint, as many as there are calls at a time.

    `headers` go with every request. `most_mb` is the size of a response, unpacked. `connect_s` are seconds for a
    connection. `proxied`: by the proxy of the environment. A redirect is followed to the same host, and to another one
    if `elsewhere`, without the headers that hold one of `secrets`; `answered` gets the origin of each such host.
    """

    headers: Mapping[str, str] = field(repr=False)
    most_mb: float
    connect_s: float
    proxied: bool = True
    elsewhere: bool = False
    answered: set[str] = field(default_factory=set)
    secrets: Sequence[str] = field(default=(), repr=False)
    _headers: Mapping[str, str] = field(default_factory=dict, init=False, repr=False)
    _session: "ClientSession | None" = field(default=None, init=False, repr=False)
    _proxies: dict[str, str | None] = field(default_factory=dict, init=False, repr=False)

    async def open(self, url: str) -> None:
        """Get ready to ask this address. In a thread, because importing aiohttp takes 0.2 s."""
        aiohttp = await asyncio.to_thread(importlib.import_module, "aiohttp")
        trusted = True if urlsplit(url).scheme == "http" else await asyncio.to_thread(trusted_certificates)
        # 0 is aiohttp's word for no cap; its default is 100.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_OPEN_S, ssl=trusted)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.connect_s)
        self._headers = joined(_FIXED, self.headers)
        self._session = aiohttp.ClientSession(
            connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout
        )

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def post(self, url: str, body: bytes) -> Response:
        """The response to a JSON body, after redirects. Raises: ProviderError, aiohttp.ClientError, OSError."""
        if self._session is None:
            raise RuntimeError("open the session before using it")
        headers: Mapping[str, str] = self._headers
        for _ in range(MOST_HOPS):
            sent = self._session.post(url, data=body, headers=headers, allow_redirects=False, proxy=self._proxy(url))
            async with sent as response:
                location = response.headers.get("location")
                if location is None or response.status not in REDIRECTS:
                    packed = response.headers.get("content-encoding", "")
                    content = await whole(response.content.iter_any(), packed, self.most_mb)
                    return Response(response.status, response.headers, content)
                status = response.status
            url, other = redirected("POST", url, status, location, self.elsewhere)
            if other:
                self.answered.add(other)
                headers = {k: v for k, v in headers.items() if not holds_credential(k, v, self.secrets)}
        raise refused(url, "is another redirect of a chain of five")

    def _proxy(self, url: str) -> str | None:
        if not self.proxied:
            return None
        origin = url[: url.find("/", 8)]
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(origin)
        return self._proxies[origin]


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address: HTTP_PROXY, HTTPS_PROXY, else ALL_PROXY; not for NO_PROXY.

    aiohttp by itself knows neither ALL_PROXY nor networks in NO_PROXY, such as 10.0.0.0/8.
    """
    named, parts = getproxies(), urlsplit(url)
    proxy = named.get(parts.scheme) or named.get("all")
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]) or _in_network(parts.hostname, named.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _in_network(host: str | None, networks: str) -> bool:
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return False
    for network in (each.strip() for each in networks.split(",") if "/" in each):
        try:
            if address in ipaddress.ip_network(network, strict=False):
                return True
        except ValueError:
            continue
    return False


def trusted_certificates() -> "ssl.SSLContext | bool":
    """The certificates that are trusted: those in Python's paths, or else those that the system has elsewhere."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(name.endswith(".0") for name in os.listdir(paths.capath))):
        return True
    from httpcore2 import default_ssl_context  # of the official client; it knows where systems keep theirs

    return default_ssl_context()
