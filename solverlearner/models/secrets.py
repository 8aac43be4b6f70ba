"""Secrets: tells credentials in addresses, headers and queries from values that may be shown and stored."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_LIKE_A_SECRET = re.compile(
    r"(key|token|secret|passwords?|passwd|passphrase|pwd|signature|credentials?|authorization|cookie|jwt|bearer|sas)$"
)
_WORDS = {"auth", "code", "pass", "pw", "sig", "session", "sid", "apikeys", "keys"}
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_\-+/=.~]{24,}")
_HEADERS = re.compile(r"""(\bheaders(?:\.[\w-]+)?=['"]?)(\{[^}\n]*\}?|\S*[^\s:])""")
_REFERENCE = re.compile(r"""\s*['"]?(\$|null\b)""")
_KEY_LINE = re.compile(r"""^([ \t]*['"]?([\w.-]+)['"]?[ \t]*:[ \t]+)(?!null[ \t]*$|\$|['"]\$)(\S.*)$""")


def is_secret(name: str, value: str) -> bool:
    """Whether a header or a parameter holds a credential: by its name, or because its value looks like a key.

    >>> is_secret("api-key", "x"), is_secret("deployment", "a"), is_secret("x-tenant", "sk-9f8e7d6c5b4a39281706f5e4")
    (True, False, True)
    """
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    parts = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())
    named = bool(_LIKE_A_SECRET.search(letters)) or not _WORDS.isdisjoint(parts)
    return named or any(_RANDOM.fullmatch(word) for word in value.split())


def public(headers: Mapping[str, Any]) -> dict[str, str]:
    """The headers that may be stored: without credentials, without values from the environment, names in lower case."""
    return {
        name.lower(): str(value)
        for name, value in sorted(headers.items())
        if "$" not in str(value) and not is_secret(name, str(value))
    }


def masked_headers(text: str) -> str:
    """A text in which an option `headers=…` shows names and references to the environment, and no other value.

    >>> masked_headers("1/2 headers={api-key:sk-1,x-b:$NAME}: failed")
    '1/2 headers={api-key:***,x-b:$NAME}: failed'
    """

    def shown(value: str) -> str:
        return value if _REFERENCE.match(value) else HIDDEN

    def hidden(option: re.Match[str]) -> str:
        if not option[2].startswith("{"):
            return option[1] + shown(option[2])
        pairs = (pair.partition(":") for pair in option[2].strip("{}").split(","))
        inner = ",".join(f"{name}:{shown(value)}" if colon else HIDDEN for name, colon, value in pairs)
        return f"{option[1]}{{{inner}}}"

    return _HEADERS.sub(hidden, text)


def masked_lines(text: str) -> str:
    """A printed configuration without credentials: values of keys that say so, and of headers that may be one.

    References to the environment stay.
    """
    lines, within = [], -1
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        within = within if indent > within >= 0 else indent if line.strip() == "headers:" else -1
        found = _KEY_LINE.match(line)
        value = found[3] if found and 0 <= within < indent else ""
        lines.append(f"{found[1]}{HIDDEN}\n" if found and is_secret(found[2], value) else line)
    return "".join(lines)
