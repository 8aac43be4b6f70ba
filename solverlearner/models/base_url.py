"""Base URL of an endpoint, parsed so that its credentials are sent and never shown or stored."""

import base64
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from solverlearner.errors import UsageError
from solverlearner.models.secrets import is_secret, masked_headers

_ROUTE = re.compile(r"/chat/completions/*$")
_SHOWN_OF_VALUE = re.compile(r"[\w.:,@ -]{0,64}")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")


@dataclass(frozen=True, repr=False)
class Address:
    """A base URL that names a host by http or https."""

    parts: SplitResult

    @property
    def bare(self) -> str:
        """Scheme, host and path: without user name, password and query."""
        return urlunsplit(self.parts._replace(netloc=_host(self.parts), query="", fragment=""))

    def url(self, path: str) -> str:
        """Where a path below it is: with its query, without user name and password."""
        whole = f"{self.parts.path.rstrip('/')}/{path}"
        return urlunsplit(self.parts._replace(netloc=_host(self.parts), path=whole, fragment=""))

    @property
    def authorization(self) -> str | None:
        """The header made of its user name and password (RFC 7617); None without them."""
        user, password = (unquote(part or "") for part in (self.parts.username, self.parts.password))
        return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}" if user or password else None

    @property
    def secrets(self) -> list[str]:
        """Strings that no message may show: the password and the credentials in the query, encoded and decoded."""
        password, query = self.parts.password or "", self.parts.query
        values = [value for name, value in parse_qsl(query) if not _may_be_shown(name, value)]
        written = [part.partition("=")[2] for part in query.split("&") if unquote(part.partition("=")[2]) in values]
        return [secret for secret in (password, unquote(password), *values, *written) if secret]


def taken_apart(url: str) -> Address:
    """The address; the route /chat/completions at its end is left out. Raises: UsageError."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return Address(parts._replace(path=_ROUTE.sub("", parts.path)))
    except ValueError:  # a port or an IPv6 host that is none
        pass
    raise UsageError(f"base_url={masked(url)}", "must begin with http:// or https:// and name a host")


def query(url: str) -> dict[str, str]:
    """The query of a URL by names."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def masked(url: str) -> str:
    """The URL without credentials; "***" if it cannot be parsed.

    User name, password and credentials in the query are left out. The rest of the query stays, because it may decide
    who answers; its parameters are in the order of their names. A value that may be a secret is shown as a hash.

    >>> masked("https://me:pw@host/v1/chat/completions?deployment=b&api-key=x")
    'https://host/v1?deployment=b'
    """
    try:
        parts = urlsplit(url.strip())
        pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        return "***"
    shown = urlencode([(name, _value(value)) for name, value in pairs if not is_secret(name, "")], safe=":,@")
    path = _ROUTE.sub("", parts.path)
    return urlunsplit(parts._replace(netloc=_host(parts), path=path, query=shown))


def _value(value: str) -> str:
    if _may_be_shown("", value):
        return value
    return f"hash-{hashlib.blake2b(value.encode(), digest_size=8).hexdigest()}"


def _may_be_shown(name: str, value: str) -> bool:
    return bool(_SHOWN_OF_VALUE.fullmatch(value)) and not is_secret(name, value)


def masked_in(text: str) -> str:
    """A text without the credentials of the addresses and of an option `headers=…` in it."""
    return masked_headers(_ADDRESS.sub(lambda found: masked(found[0]), text))


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
