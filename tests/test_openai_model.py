import asyncio

import pytest
from endpoint import completion, serve

from solverlearner.episode import draw_episodes
from solverlearner.errors import UsageError
from solverlearner.model import Call, ProviderError
from solverlearner.openai_model import OpenAIModel, masked
from solverlearner.setting import SETTINGS
from solverlearner.tasks.arith import Arith


def ask(answer, **changes):
    task = Arith()
    episode = next(draw_episodes(task, seed=0, episodes=1, shots=1, queries=1))
    call = Call(task, SETTINGS["io"], episode, 0, lambda: [{"role": "user", "content": "What is 57+27?"}])

    async def go(url):
        model = OpenAIModel("m", base_url=url, key_required=False, retries=2, **changes)
        await model.open()
        try:
            return await model.ask(call)
        finally:
            await model.aclose()

    with serve(answer) as endpoint:
        return asyncio.run(go(endpoint.url)), endpoint.bodies


def test_a_reply_comes_back_verbatim_with_its_counts():
    reply, bodies = ask(lambda prompt: f" é\n{prompt} ", temperature=0.5, max_tokens=9)
    assert (reply.text, reply.state, reply.prompt_tokens, reply.completion_tokens) == (
        " é\nWhat is 57+27? ", "ok", 7, 3,
    )  # fmt: skip
    assert reply.reported_model == "served"
    message = {"role": "user", "content": "What is 57+27?"}
    assert bodies == [{"model": "m", "messages": [message], "temperature": 0.5, "max_tokens": 9}]


@pytest.mark.parametrize(
    ("content", "reason", "state"),
    [("cut", "length", "truncated"), (None, "content_filter", "filtered"), (None, "stop", "null"), ("", "stop", "ok")],
)
def test_states_of_a_reply_stay_apart(content, reason, state):
    reply, _ = ask(lambda prompt: completion(content, reason))
    assert (reply.state, reply.text) == (state, content or "")


def test_a_passing_fault_is_tried_again():
    faults = [500, 429]
    reply, bodies = ask(lambda prompt: faults.pop() if faults else "at last")
    assert reply.text == "at last"
    assert len(bodies) == 3


@pytest.mark.parametrize(("status", "permanent"), [(400, False), (401, True), (404, True), (500, False)])
def test_a_failure_is_the_providers_and_speaks_in_its_words(status, permanent):
    with pytest.raises(ProviderError, match=f"{status}: server says {status}") as caught:
        ask(lambda prompt: status)
    assert caught.value.permanent is permanent


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": None}, {"error": {"message": "no"}}, {"choices": [{}]}]
)
def test_a_200_that_is_no_completion_is_the_providers_failure(body):
    with pytest.raises(ProviderError):
        ask(lambda prompt: body)


def test_a_server_on_this_machine_is_reached_past_the_environments_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    reply, _ = ask(lambda prompt: "direct", proxied=False)
    assert reply.text == "direct"
    with pytest.raises(ProviderError, match="cannot be reached"):
        ask(lambda prompt: "direct")


def test_a_missing_key_names_the_variable(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match=r"^OPENAI_API_KEY: no API key"):
        asyncio.run(OpenAIModel("gpt").open())


def test_credentials_in_an_address_are_left_out():
    assert masked("https://me:pw@host:8000/v1?key=x") == "https://host:8000/v1"
