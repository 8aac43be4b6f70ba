"""One call, asked of an endpoint on loopback through the real client."""

import asyncio

import pytest
from endpoint import serve

from solverlearner.design.call import Call
from solverlearner.design.episode import draw_episodes
from solverlearner.design.setting import SETTINGS
from solverlearner.models.base import ProviderError
from solverlearner.models.openai import OpenAIModel
from solverlearner.tasks.arith import Arith

MESSAGES = [{"role": "user", "content": "What is 57+27?"}]


def a_call(episode=0):
    task = Arith()
    episodes = list(draw_episodes(task, seed=0, episodes=episode + 1, shots=1, queries=1))
    return Call(task, SETTINGS["io"], episodes[episode], 0, lambda: MESSAGES)


async def ask_at(url, **options):
    model = OpenAIModel("m", base_url=url, **{"key_required": False, "proxied": False, **options})
    await model.open()
    try:
        return await model.ask(a_call())
    finally:
        await model.aclose()


def ask(answer, **options):
    with serve(answer) as endpoint:
        return asyncio.run(ask_at(endpoint.url, **options)), endpoint


def failure(answer, **options):
    with serve(answer) as endpoint:
        with pytest.raises(ProviderError) as caught:
            asyncio.run(ask_at(endpoint.url, **options))
        assert len(endpoint.bodies) == 1  # one attempt, whatever happened
    return caught.value
