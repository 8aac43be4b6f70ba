"""Blocks: the tokens of all sources in sequences of one length, in a mixture, the same at both levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch

from solverlearner.errors import UsageError
from solverlearner.training.patches import IGNORED
from solverlearner.training.training_data import Chat, Source


@dataclass(frozen=True)
class Tokens:
    """The tokens of one source, with the label of each: −100 where it is not to be learned.

    Texts are one stream. Chats are pieces: a chat is never cut across two blocks. `too_long` counts chats that were
    left out because they do not fit into a block.
    """

    pieces: tuple[tuple[list[int], list[int]], ...]
    streamed: bool
    too_long: int = 0

    @property
    def count(self) -> int:
        """How many tokens there are."""
        return sum(len(tokens) for tokens, _ in self.pieces)


def tokens_of(source: Source, tokenizer: Any, longest: int) -> Tokens:
    """The tokens of a source. Chats longer than `longest` tokens are left out. Raises: UsageError if none is left."""
    if source.texts:
        end = [tokenizer.eos_token_id]
        pieces = [tokenizer(text, add_special_tokens=False)["input_ids"] + end for text in source.texts]
        return Tokens(tuple((piece, piece) for piece in pieces), streamed=True)
    chats = [_chat_tokens(chat, tokenizer) for chat in source.chats]
    kept = tuple(piece for piece in chats if len(piece[0]) <= longest)
    if not kept:
        raise UsageError(f"data={source.name}", f"has no chat of at most {longest} tokens; raise context")
    return Tokens(kept, streamed=False, too_long=len(chats) - len(kept))


def _chat_tokens(chat: Chat, tokenizer: Any) -> tuple[list[int], list[int]]:
    """The chat as the model's template writes it; only the last message is learned."""

    def ids(messages: Chat, prompt: bool) -> list[int]:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
        found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    before, whole = ids(chat[:-1], True), ids(chat, False)
    if whole[: len(before)] != before:  # a token goes across the border
        before = before[: next(n for n, pair in enumerate(zip(before, whole, strict=False)) if pair[0] != pair[1])]
    return whole, [IGNORED] * len(before) + whole[len(before) :]


class Blocks(torch.utils.data.Dataset):  # type: ignore[misc]  # torch may not be there
    """`count` sequences of `length` tokens each, from one or several sources in the shares `weights`.

    Block i is a function of the seed and of i alone. `skipped`: how many tokens of each source earlier blocks have
    used, so that a later stage goes on where the earlier one ended; `used` says it of these blocks. `chats`: how many
    chats may stand in one block, one behind the other. A source that ends
    begins again in another order: that is one epoch of it.
    """

    def __init__(
        self, sources: Sequence[Tokens], weights: Sequence[float], length: int, count: int, pad: int, seed: int,
        chats: int = 1, skipped: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        rng = Random(f"blocks/{seed}/{sum(skipped or ())}")
        readers = [
            _Reader(source, length, pad, f"{seed}/{number}", chats, done)
            for number, (source, done) in enumerate(zip(sources, skipped or [0] * len(sources), strict=True))
        ]
        self._blocks = [rng.choices(readers, weights)[0].block() for _ in range(count)]
        self.used = [reader.used for reader in readers]

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        tokens, labels = self._blocks[index]
        return {
            "input_ids": torch.tensor(tokens),
            "labels": torch.tensor(labels),
        }


class _Reader:
    """Reads blocks from one source, epoch after epoch, each in an order of its own."""

    def __init__(self, source: Tokens, length: int, pad: int, seed: str, chats: int, done: int) -> None:
        self._source, self._length, self._pad, self._seed, self._chats = source, length, pad, seed, chats
        self._epoch, self._waiting = 0, list[tuple[list[int], list[int]]]()
        self._rest: tuple[list[int], list[int]] = ([], [])
        self.used = 0
        while self.used < done:  # what an earlier stage has read, by whole pieces
            self.used += len(self._take()[0])
        self.used = 0

    def block(self) -> tuple[list[int], list[int]]:
        """The next block."""
        tokens, labels = self._streamed() if self._source.streamed else self._chatted()
        self.used += len(tokens)
        missing = self._length - len(tokens)
        return tokens + [self._pad] * missing, labels + [IGNORED] * missing

    def _streamed(self) -> tuple[list[int], list[int]]:
        tokens, labels = self._rest
        while len(tokens) < self._length:
            more, learned = self._take()
            tokens, labels = tokens + more, labels + learned
        self._rest = (tokens[self._length :], labels[self._length :])
        return tokens[: self._length], labels[: self._length]

    def _chatted(self) -> tuple[list[int], list[int]]:
        tokens, labels = self._take()
        for _ in range(self._chats - 1):
            if len(tokens) + len(self._next()[0]) > self._length:
                break
            more, learned = self._take()
            tokens, labels = tokens + more, labels + learned
        return tokens, labels

    def _take(self) -> tuple[list[int], list[int]]:
        piece = self._next()
        self._waiting.pop()
        return piece

    def _next(self) -> tuple[list[int], list[int]]:
        if not self._waiting:
            self._waiting = list(self._source.pieces)
            Random(f"order/{self._seed}/{self._epoch}").shuffle(self._waiting)
            self._epoch += 1
        return self._waiting[-1]
