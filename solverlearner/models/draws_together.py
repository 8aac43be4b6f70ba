"""Draws together: several draws from one prompt in one request, so that a local server reads the prompt once."""

import asyncio
from dataclasses import dataclass, field
from math import ceil

from solverlearner.json_text import messages_text
from solverlearner.models.base import Reply
from solverlearner.models.openai import OpenAIModel
from solverlearner.models.question import Question

__all__ = ["MOST", "DrawsTogether"]

MOST = 10
"""Draws in one request: as many as `samples` has for a distribution of answers in the paper of DYNAMICQA."""


@dataclass
class DrawsTogether:
    """Asks one request at a time; draws from the prompt that is next go along in it, `most` at once.

    Calls wait here and not in the server's queue, where their time-out and their latency would already count. They are
    asked in the order in which they came, except that a draw need not wait behind other prompts. Where a request fails
    or is cancelled, its first call gets the failure, and the others ask by themselves.
    """

    endpoint: OpenAIModel
    most: int = MOST
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)
    _waiting: dict[bytes, list[asyncio.Future[Reply]]] = field(default_factory=dict, init=False, repr=False)

    async def ask(self, call: Question) -> Reply:
        """One completion, from a request of its own or of several draws. Raises: ProviderError."""
        prompt = messages_text(call.messages)
        draw: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(prompt, []).append(draw)
        try:
            async with self._turn:
                await asyncio.sleep(0)  # calls that begin at the same time come in before the request is made
                if not draw.done():
                    await self._ask_for(call, self._group(prompt, draw))
            return await draw
        finally:
            self._leave(prompt, draw)

    def _group(self, prompt: bytes, first: asyncio.Future[Reply]) -> list[asyncio.Future[Reply]]:
        """The draws that go together: of eleven, where ten may, six and five."""
        waiting = [first, *(draw for draw in self._waiting[prompt] if draw is not first and not draw.done())]
        requests = ceil(len(waiting) / self.most)
        return waiting[: ceil(len(waiting) / requests)]

    async def _ask_for(self, call: Question, draws: list[asyncio.Future[Reply]]) -> None:
        if len(draws) == 1:
            replies = [await self.endpoint.ask(call)]
        else:
            replies = await self.endpoint.ask_draws(call, len(draws))
        for draw, reply in zip(draws, replies, strict=True):
            if not draw.done():
                draw.set_result(reply)

    def _leave(self, prompt: bytes, draw: asyncio.Future[Reply]) -> None:
        draw.cancel()
        self._waiting[prompt].remove(draw)
        if not self._waiting[prompt]:
            del self._waiting[prompt]
