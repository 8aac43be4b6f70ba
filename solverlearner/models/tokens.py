"""Log-probabilities of a reply: those of its tokens, and the mean distribution over the positions of its tokens."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solverlearner.errors import check_choice, check_range
from solverlearner.task import JSON

SAMPLERS = ("default", "full")
FULL_SAMPLER: Mapping[str, JSON] = {"top_k": 0, "top_p": 1, "min_p": 0}
"""Fields with which llama.cpp draws from the whole distribution; by default it draws from its upper part only."""

_MOST_KEPT = 100
_LEAST = -9999.0  # what servers write for a probability of 0; JSON has no infinity


@dataclass(frozen=True)
class Tokens:
    """What an endpoint told about the probabilities of a reply's tokens.

    `chosen` has the log-probability (nats, at most 0) of each token of the reply, in order. `mean` is the mean over
    these positions of the listed distributions: a probability by the token's bytes, each byte written as the character
    of that number (Latin-1), the 100 largest. `tail` is the mean probability that `mean` does not list. So the values
    of `mean` and `tail` sum to 1. At a position whose list lacks a token, that token counts with 0 there, so each
    value of `mean` is a lower bound.

        Tokens((-0.1, -2.3), {"8": 0.45, "4": 0.3}, 0.25)
    """

    chosen: tuple[float, ...]
    mean: Mapping[str, float]
    tail: float

    @property
    def record(self) -> dict[str, JSON]:
        """Plain values, for the journal and for rows."""
        return {"chosen": [*self.chosen], "mean": dict(self.mean), "tail": self.tail}


def tokens_of_record(record: Mapping[str, Any]) -> Tokens:
    """The log-probabilities that a journal or a row holds."""
    return Tokens(tuple(record["chosen"]), record["mean"], record["tail"])


def tokens_of_choice(choice: Mapping[str, Any]) -> Tokens | None:
    """The log-probabilities in a choice of a chat completion (`logprobs.content`); None where it holds none.

    Values are rounded, so that a stored reply equals the reply that came: four decimals, or five significant digits.
    """
    sent = choice.get("logprobs")
    content = sent.get("content") if isinstance(sent, dict) else None
    positions = [_position(each) for each in content] if isinstance(content, list) else []
    known = [each for each in positions if each is not None]
    if not known or len(known) < len(positions):
        return None
    total: dict[str, float] = defaultdict(float)
    for _, listed in known:
        for token, probability in listed.items():
            total[token] += probability / len(known)
    largest = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_KEPT]
    mean = {token: short for token, value in largest if (short := _short(value))}
    tail = _short(max(0.0, 1 - math.fsum(mean.values())))
    return Tokens(tuple(round(logprob, 4) for logprob, _ in known), mean, tail)


def asked_fields(logprobs: int | None, sampler: str = "default") -> dict[str, JSON]:
    """The fields of a request that ask for so many log-probabilities a token, and for draws from all tokens.

    Raises: UsageError.
    """
    check_choice("sampler", sampler, SAMPLERS)
    fields: dict[str, JSON] = dict(FULL_SAMPLER) if sampler == "full" else {}
    if logprobs is not None:
        check_range("logprobs", logprobs, 1, 1_000_000)
        fields |= {"logprobs": True, "top_logprobs": logprobs}
    return fields


def _position(sent: Any) -> tuple[float, dict[str, float]] | None:
    """The chosen token's log-probability, and the listed probabilities with its own; None where none can be read."""
    if (own := _entry(sent)) is None:
        return None
    more = sent.get("top_logprobs")
    listed: dict[str, float] = defaultdict(float)
    seen = set()
    for token, logprob, key in _entries(more if isinstance(more, list) else []):
        if key not in seen:
            seen.add(key)
            listed[token] += math.exp(logprob)
    if own[2] not in seen and own[0] not in listed:
        listed[own[0]] += math.exp(own[1])
    scale = max(1.0, math.fsum(listed.values()))  # rounding by the endpoint may bring the sum above 1
    return own[1], {token: probability / scale for token, probability in listed.items()}


def _entries(sent: Sequence[Any]) -> Iterator[tuple[str, float, object]]:
    return (entry for each in sent if (entry := _entry(each)) is not None)


def _entry(sent: Any) -> tuple[str, float, object] | None:
    """A token's bytes as text, its log-probability, and what tells it apart: llama.cpp's special tokens share bytes."""
    if not isinstance(sent, dict):
        return None
    logprob, octets, text = sent.get("logprob"), sent.get("bytes"), sent.get("token")
    if isinstance(logprob, bool) or not isinstance(logprob, int | float) or math.isnan(logprob):
        return None
    if isinstance(octets, list) and all(type(each) is int and 0 <= each < 256 for each in octets):
        token = bytes(octets).decode("latin-1")
    elif isinstance(text, str):
        token = text.encode("utf-8", "surrogatepass").decode("latin-1")
    else:
        return None
    return token, min(0.0, max(_LEAST, float(logprob))), sent.get("id", (token, text))


def _short(value: float) -> float:
    return float(f"{value:.5g}")
