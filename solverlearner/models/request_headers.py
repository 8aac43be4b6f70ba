"""Request headers: headers of a user's own, whose values may come from the environment and are never stored."""

import os
import re
from collections.abc import Mapping
from typing import Any

from solverlearner.errors import UsageError
from solverlearner.models.secrets import public

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_OF_ACCOUNT = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
_FIXED = {
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "host",
    "accept-encoding",
}


def check(headers: Any) -> None:
    """Refuse what cannot be sent, without showing a value. Raises: UsageError."""
    if headers is None:
        return
    if not isinstance(headers, Mapping):
        raise UsageError("headers", "must be names and values, such as 'headers={api-key:$NAME}'")
    for name, value in headers.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise UsageError("headers", f"{str(name)[:40]!r} cannot be the name of a header")
        if name.lower() in _FIXED:
            raise UsageError(f"headers.{name}", "is set by the client itself: leave it out")
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise UsageError(
                f"headers.{name}", "must be text; put quotes into the word where it is read as another type"
            )
        if not (str(value).isascii() and str(value).isprintable()):
            raise UsageError(f"headers.{name}", "holds characters that a header cannot have")


def filled_in(headers: Mapping[str, Any] | None) -> dict[str, str]:
    """The headers with the values of the environment variables that they name. Raises: UsageError."""
    return {name: _filled_in(name, str(value)) for name, value in (headers or {}).items()}


def _filled_in(name: str, value: str) -> str:
    def found(reference: re.Match[str]) -> str:
        variable = reference[1] or reference[2]
        content = os.environ.get(variable, "").strip()
        if not content:
            raise UsageError(f"headers.{name}", f"the environment variable {variable} is not set; export it")
        if not (content.isascii() and content.isprintable()):
            raise UsageError(
                f"headers.{name}", f"the environment variable {variable} holds characters no header can have"
            )
        return content

    return _REFERENCE.sub(found, value)


def credentials(headers: Mapping[str, Any] | None, filled: Mapping[str, str]) -> list[str]:
    """The values that no message may show, and their parts, as the key behind "Bearer"."""
    shown = public({name: str(value) for name, value in (headers or {}).items()})
    hidden = [value for name, value in filled.items() if name.lower() not in shown]
    return [part for value in hidden for part in {value, *value.split()} if len(part) >= 4]


def of_account() -> dict[str, str]:
    """The headers for the organization and the project that OpenAI's environment variables name, if they do."""
    return {name: os.environ[variable] for name, variable in _OF_ACCOUNT.items() if os.environ.get(variable)}


def joined(*parts: Mapping[str, str]) -> dict[str, str]:
    """All headers; of one name, in whatever case, the last.

    >>> joined({"Authorization": "Bearer a", "Accept": "*/*"}, {"authorization": "Token b"})
    {'Accept': '*/*', 'authorization': 'Token b'}
    """
    found: dict[str, tuple[str, str]] = {}
    for part in parts:
        for name, value in part.items():
            found.pop(name.lower(), None)
            found[name.lower()] = name, value
    return dict(found.values())
