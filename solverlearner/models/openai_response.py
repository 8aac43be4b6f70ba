"""Reads the response of an OpenAI-compatible endpoint: bytes become a Reply or a ProviderError. Sends nothing."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from math import isnan
from typing import Any

from solverlearner.json_text import parsed
from solverlearner.models.base import ProviderError, Reply
from solverlearner.models.finish_reason import ending_of
from solverlearner.models.tokens import tokens_of_choice
from solverlearner.task.thought import split_thought

_PERMANENT = {401, 402, 404}  # not 403, which gateways also send for one prompt that they do not let through
_TRANSIENT = {408, 409, 429}
# OpenAI says with 429, sometimes in `type` only, that there is no money left: no wait helps.
_NO_MONEY = {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"}
_PAGE = re.compile(r"\s*<(!doctype|html|head|body)\b", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def reply(body: bytes, seconds: float) -> Reply:
    """The reply in the body of a response with status 200, which took so many seconds.

    Reasoning is what the endpoint names so, or what a model without a field of its own wrote between marks such as
    <think> and </think>, see `split_thought`. A refusal is the text if there is no other. Numbers of tokens that cannot
    be read are None, and the reply is kept. Raises: ProviderError, with `retry`, for everything that is no
    chat completion.
    """
    return _reply(_sent(body), seconds)


def draws(body: bytes, seconds: float, count: int, *, with_tokens: bool) -> list[Reply]:
    """The replies in a body with so many choices, drawn from one prompt by one request.

    The prompt is read once: of all replies but the first its tokens count as cached. The log-probabilities of a reply
    are one for each of its tokens; they are kept if `with_tokens`. Raises: ProviderError, as `reply`.
    """
    sent = _sent(body)
    choices = sent.get("choices")
    if not isinstance(choices, list) or len(choices) != count:
        raise _no_completion(_said(sent) or f"a body without {count} choices")
    replies = [_reply({**sent, "choices": [choice]}, seconds) for choice in choices]
    return [_drawn(reply, number, with_tokens) for number, reply in enumerate(replies)]


def _drawn(reply: Reply, number: int, with_tokens: bool) -> Reply:
    return replace(
        reply,
        completion_tokens=len(reply.tokens.chosen) if reply.tokens else None,
        cached_tokens=reply.prompt_tokens if number else reply.cached_tokens,
        tokens=reply.tokens if with_tokens else None,
    )


def _sent(body: bytes) -> dict[str, Any]:
    sent = _parsed(body)
    if not isinstance(sent, dict):
        raise _no_completion(_words(body, sent) or "nothing")
    if sent.get("error"):
        raise _failure("the endpoint sent an error with status 200", sent["error"], _words(body, sent))
    return sent


def _reply(sent: dict[str, Any], seconds: float) -> Reply:
    """The reply of the first choice."""
    choice, message = _choice(sent)
    content, usage = message.get("content"), _usage(sent.get("usage"))
    text, thought = split_thought(_text(content))
    refusal = _string(message.get("refusal")) or _parts(content, "refusal")
    shown = _string(message.get("reasoning_content")) or _string(message.get("reasoning"))
    state = _state(choice, bool(refusal), content is None)
    if state == "null" and usage["completion_tokens"] == 0 and not shown:
        raise _no_completion("a reply without content and without tokens")
    return Reply(
        text=text or refusal,
        state=state,
        seconds=round(seconds, 4),
        reported_model=_string(sent.get("model")) or None,
        reasoning="\n".join(part for part in (shown, thought) if part) or None,
        tokens=tokens_of_choice(choice),
        **usage,
    )


def status_error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The failure that an HTTP status other than 2xx means; `headers` are found by names in lower case.

    Its message is the status and the server's own words: one printable line of at most 300 characters.
    """
    sent = _parsed(body)
    error = sent.get("error", sent) if isinstance(sent, dict) else None
    words = _words(body, sent) or _phrase(status)
    permanent = status in _PERMANENT or _no_money(error)
    retry = status in _TRANSIENT or status >= 500
    # OpenAI's servers may know better, and its client obeys them.
    retry = {"true": True, "false": False}.get(headers.get("x-should-retry", ""), retry)
    return ProviderError(
        f"{status}: {words}",
        retry=retry and not permanent,
        permanent=permanent,
        status=status,
        retry_after=retry_after(headers),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, 0 to 3600, by `retry-after-ms` or `retry-after`; None if it does not.

    Beside seconds and dates (RFC 9110, section 10.2.3) gateways send durations and ISO dates.

    >>> retry_after({"retry-after": "1m30s"})
    90.0
    """
    wish, thousandths = headers.get("retry-after"), _number(headers.get("retry-after-ms"))
    seconds = _number(wish) if thousandths is None else thousandths / 1000
    if seconds is None and wish is not None:
        seconds = _duration(wish.strip())
        seconds = _until(wish.strip()) if seconds is None else seconds
    return None if seconds is None else min(max(seconds, 0.0), 3600.0)


def _duration(text: str) -> float | None:
    found = _DURATION.fullmatch(text)
    if not found or not text:
        return None
    return sum(float(part) * scale for part, scale in zip(found.groups(), (3600, 60, 1, 0.001), strict=True) if part)


def _until(date: str) -> float | None:
    from email.utils import parsedate_to_datetime  # few endpoints send a date, and importing it takes 15 ms

    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(date).timestamp() - time.time()
        except (ValueError, OverflowError):
            continue
    return None


def one_line(text: str) -> str:
    """Printable, blanks single, at most 300 characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[:10_000]).split())[:300]


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return None if isnan(number) else number


def _parsed(body: bytes) -> Any:
    """The JSON value; None for other bytes."""
    try:
        return parsed(body)
    except (ValueError, RecursionError):
        return None


def _choice(sent: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    choices = sent.get("choices")
    if not isinstance(choices, list) or not choices:
        raise _no_completion(_said(sent) or "no choices")
    choice = choices[0]
    if not isinstance(choice, dict):
        raise _no_completion("a choice that is no object")
    if choice.get("error"):  # what OpenRouter sends for a fault upstream
        raise _failure("the endpoint sent an error in place of a reply", choice.get("error"), _said(choice))
    message = choice.get("message")
    if not isinstance(message, dict):
        raise _no_completion("a choice without a message")
    return choice, message


def _text(content: Any) -> str:
    """The content; of a list its texts, without other parts: thoughts such as Mistral's, refusals, calls of tools."""
    texts = [""] if content is None else [content]
    if isinstance(content, list):
        parts = [part if isinstance(part, dict) else {"text": part} for part in content]
        texts = [part.get("text") for part in parts if part.get("type", "text") in ("text", "output_text")]
    if not all(isinstance(text, str) for text in texts):
        raise _no_completion("a content that is no text")
    return _whole("".join(texts))


def _parts(content: Any, kind: str) -> str:
    """The texts of those parts of a content that are of one type and hold a field of that name."""
    parts = content if isinstance(content, list) else []
    return "".join(_string(part.get(kind)) for part in parts if isinstance(part, dict) and part.get("type") == kind)


def _string(value: Any) -> str:
    return _whole(value) if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """The text with halves of a surrogate pair joined, as JSON would on its next reading; lone halves stay."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _state(choice: Mapping[str, Any], refused: bool, null: bool) -> str:
    """The state of a reply, by the reason for its end. Raises: ProviderError where the provider broke it off."""
    ending, word = ending_of(choice)
    if ending == "failed":
        raise ProviderError(f"the endpoint broke the reply off: finish_reason={word}", retry=True, status=200)
    if refused or ending == "filtered":
        return "filtered"
    if ending != "complete":
        return ending or word
    return "null" if null else "ok"


def _usage(usage: Any) -> dict[str, Any]:
    sent = usage if isinstance(usage, dict) else {}
    return {
        "prompt_tokens": _count(sent, "prompt_tokens"),
        "completion_tokens": _count(sent, "completion_tokens"),
        "reasoning_tokens": _count(sent.get("completion_tokens_details"), "reasoning_tokens"),
        "cached_tokens": _count(sent.get("prompt_tokens_details"), "cached_tokens"),
    }


def _count(counts: Any, name: str) -> int | None:
    count = counts.get(name) if isinstance(counts, dict) else None
    return count if type(count) is int and 0 <= count < 2**53 else None


def _no_completion(what: str) -> ProviderError:
    return ProviderError(f"the endpoint sent no completion with status 200, but {what}", retry=True, status=200)


def _failure(what: str, error: Any, words: str) -> ProviderError:
    broke = _no_money(error)
    return ProviderError(f"{what}: {words}".rstrip(": "), retry=not broke, permanent=broke, status=200)


def _no_money(error: Any) -> bool:
    marks = (error.get("code"), error.get("type")) if isinstance(error, dict) else ()
    return any(isinstance(mark, str) and mark in _NO_MONEY for mark in marks)


def _words(body: bytes, sent: Any) -> str:
    """The server's words: its JSON message, else the title of its page, else its text."""
    text = body[:40_000].decode("utf-8", "replace")
    if said := _said(sent):
        return said
    if not _PAGE.match(text):
        return one_line(text)
    title = _TITLE.search(text)
    return one_line(f"an HTML page: {_unescaped(title[1])}" if title else "an HTML page")


_MESSAGES = ("message", "msg", "detail", "error_msg", "error_message", "error_description", "status_msg", "description")
"""Names of the sentence in an error's JSON, at OpenAI, FastAPI, Zhipu, Baidu, MiniMax and gateways."""


def _said(sent: Any) -> str:
    """The sentence in an error's JSON, and its code where it has one; "" where there is none."""
    if not isinstance(sent, dict):
        return ""
    error, errors = sent.get("error"), sent.get("errors")
    inner = [error, *(errors[:1] if isinstance(errors, list) else []), sent, sent.get("base_resp")]
    for each in inner:
        names = [each.get(name) for name in _MESSAGES] if isinstance(each, dict) else [each]
        if line := next(filter(None, (one_line(_string(name)) for name in names)), ""):
            return line
    return ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no word from the server"


def _unescaped(text: str) -> str:
    from html import unescape  # its table of names takes 10 ms, and few endpoints send a page

    return unescape(text)
