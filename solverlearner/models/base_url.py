"""Address: an endpoint's base URL, taken apart so that what it carries in secret is used and never shown."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from solverlearner.errors import UsageError

_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")


@dataclass(frozen=True, repr=False)
class Address:
    """A base URL that names a host by http or https."""

    parts: SplitResult

    def url(self, path: str) -> str:
        """Where a path below it is: with its query, without user name and password."""
        whole = f"{self.parts.path.rstrip('/')}/{path}"
        return urlunsplit(self.parts._replace(netloc=_host(self.parts), path=whole, fragment=""))

    @property
    def authorization(self) -> str | None:
        """The header that its user name and password make (RFC 7617); None where it has none."""
        user, password = (unquote(part or "") for part in (self.parts.username, self.parts.password))
        return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}" if user or password else None

    @property
    def secrets(self) -> list[str]:
        """What no message may show: the password as written and as meant, and the query."""
        password = self.parts.password or ""
        return [secret for secret in (password, unquote(password), self.parts.query) if secret]


def taken_apart(url: str) -> Address:
    """The address. Raises: UsageError."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return Address(parts)
    except ValueError:  # a port or an IPv6 host that is none
        pass
    raise UsageError(f"base_url={masked(url)}", "must begin with http:// or https:// and name a host")


def query(url: str) -> dict[str, str]:
    """The query of a URL by names."""
    return dict(parse_qsl(urlsplit(url).query))


def masked(url: str) -> str:
    """The URL without user name, password and query; "***" where it cannot be taken apart."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "***"
    return urlunsplit(parts._replace(netloc=_host(parts), query=""))


def masked_in(text: str) -> str:
    """A text with every address in it masked."""
    return _ADDRESS.sub(lambda found: masked(found[0]), text)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
