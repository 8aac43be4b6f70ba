"""Draws together: several draws from one prompt go in one request, and a failure costs its own call alone."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

import pytest

from solverlearner.models import openai_response as wire
from solverlearner.models.base import ProviderError, Reply
from solverlearner.models.draws_together import DrawsTogether
from solverlearner.models.openai import OpenAIModel


@dataclass
class Asked:
    """A question; `asks` of one prompt differ in their draw."""

    prompt: str
    number: int = 0
    shared: bool = False

    @property
    def messages(self):
        return [{"role": "user", "content": self.prompt}]

    @property
    def place(self):
        return f"{self.prompt}/{self.number}"

    id = place

    @property
    def draw(self):
        return 0, self.number


@dataclass
class Server:
    """Counts its requests; each reply names the prompt and the request that it came by."""

    fails: Counter = field(default_factory=Counter)
    requests: list = field(default_factory=list)
    busy: bool = False

    async def ask(self, call):
        return (await self.ask_draws(call, 1))[0]

    async def ask_draws(self, call, draws):
        assert not self.busy, "two requests at once"
        self.busy = True
        try:
            await asyncio.sleep(0)
            self.requests.append((call.prompt, draws))
            if self.fails[call.prompt] > 0:
                self.fails[call.prompt] -= 1
                raise ProviderError("broke off", retry=True)
            return [Reply(f"{call.prompt} {len(self.requests)} {number}") for number in range(draws)]
        finally:
            self.busy = False


def asked_at_once(server, calls, most=10):
    together = DrawsTogether(server, most)

    async def go():
        return await asyncio.gather(*map(together.ask, calls), return_exceptions=True)

    replies = asyncio.run(go())
    assert not together._waiting
    return replies


def test_draws_from_one_prompt_share_a_request_and_each_gets_a_reply_of_its_own():
    server = Server()
    calls = [Asked(prompt, number) for number in range(4) for prompt in ("a", "b")]
    replies = asked_at_once(server, calls)
    assert server.requests == [("a", 4), ("b", 4)]
    assert len({reply.text for reply in replies}) == 8
    assert all(reply.text.startswith(call.prompt) for call, reply in zip(calls, replies, strict=True))


def test_more_draws_than_one_request_takes_are_split_evenly():
    server = Server()
    asked_at_once(server, [Asked("a", number) for number in range(11)])
    assert server.requests == [("a", 6), ("a", 5)]


def test_one_draw_a_request_keeps_the_order_of_the_calls():
    server = Server()
    asked_at_once(server, [Asked(prompt) for prompt in "bacb"], most=1)
    assert [prompt for prompt, _ in server.requests] == [*"bacb"]


def test_a_request_that_fails_costs_its_first_call_alone():
    server = Server(Counter(a=1))
    first, *others = asked_at_once(server, [Asked("a", number) for number in range(4)])
    assert isinstance(first, ProviderError)
    assert all(isinstance(reply, Reply) for reply in others)
    assert server.requests == [("a", 4), ("a", 3)]


def test_a_cancelled_call_leaves_the_others_their_replies():
    server = Server()
    together = DrawsTogether(server)

    async def go():
        tasks = [asyncio.create_task(together.ask(Asked("a", number))) for number in range(4)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[2].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    replies = asyncio.run(go())
    assert [type(reply) for reply in replies] == [asyncio.CancelledError, Reply, asyncio.CancelledError, Reply]
    assert not together._waiting


def a_choice(number, text, tokens):
    content = [{"token": "x", "logprob": -0.5, "bytes": [120], "top_logprobs": []} for _ in range(tokens)]
    return {"index": number, "finish_reason": "stop", "message": {"content": text}, "logprobs": {"content": content}}


def test_each_draw_has_its_own_tokens_and_the_prompt_counts_once():
    choices = [a_choice(0, "one", 2), a_choice(1, "two", 5)]
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    body = json.dumps({"model": "m", "choices": choices, "usage": usage}).encode()
    first, second = wire.draws(body, 1.0, 2, with_tokens=False)
    assert (first.text, first.completion_tokens, first.prompt_tokens, first.cached_tokens) == ("one", 2, 9, 4)
    assert (second.text, second.completion_tokens, second.prompt_tokens, second.cached_tokens) == ("two", 5, 9, 9)
    assert first.tokens is None
    assert wire.draws(body, 1.0, 2, with_tokens=True)[1].tokens.chosen == (-0.5,) * 5
    with pytest.raises(ProviderError, match="3 choices"):
        wire.draws(body, 1.0, 3, with_tokens=True)


def test_the_request_asks_for_the_draws_and_for_what_counts_their_tokens(monkeypatch):
    model, bodies = OpenAIModel("m", base_url="http://127.0.0.1:1/v1", key_required=False, temperature=1.0), []

    async def response(body):
        bodies.append(body)
        return json.dumps({"choices": [a_choice(n, "t", 1) for n in range(body["n"])]}).encode(), 0.1

    monkeypatch.setattr(model, "_response", response)
    assert len(asyncio.run(model.ask_draws(Asked("a"), 3))) == 3
    assert {"n": 3, "logprobs": True, "top_logprobs": 1}.items() <= bodies[0].items()
    assert "n" not in model.request(Asked("a")).body
