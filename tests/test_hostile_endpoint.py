"""Endpoints that send too much, lead elsewhere or repeat the key."""

import asyncio
import base64
import gzip
import json
import tracemalloc

import pytest
from calls import a_call
from endpoint import Raw, completion, serve

from solverlearner.models.base import ProviderError
from solverlearner.models.openai import OpenAIModel

KEY = "sk-secret-0123456789abcdef"


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.setenv("A_KEY", KEY)

    def asked(url, **options):
        model = OpenAIModel("m", url, key_env="A_KEY", **options)

        async def go():
            await model.open()
            try:
                return await model.ask(a_call())
            finally:
                await model.aclose()

        return asyncio.run(go()), model

    return asked


BOMB = gzip.compress(bytes(300_000_000), 9)


@pytest.mark.parametrize("raw", [
    Raw(b"x" * 40_000_000), Raw(BOMB, headers={"content-encoding": "gzip"}),
    Raw(BOMB, status=500, headers={"content-encoding": "gzip"}),
], ids=["endless", "gzip", "error"])  # fmt: skip
def test_a_response_above_the_limit_is_a_failed_call_in_bounded_memory(ask, raw):
    with serve(lambda prompt: raw) as endpoint:
        tracemalloc.start()
        with pytest.raises(ProviderError, match=r"a response of more than 16 MB \(max_response_mb\)"):
            ask(endpoint.url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 150_000_000  # the server's 40 MB and openai's modules among it


def test_a_packed_response_within_the_limit_is_read(ask):
    body = gzip.compress(json.dumps(completion("fine")).encode())
    with serve(lambda prompt: Raw(body, headers={"content-encoding": "gzip"})) as endpoint:
        assert ask(endpoint.url)[0].text == "fine"


@pytest.mark.parametrize("packed", ["br", "gzip, gzip"])
def test_a_packing_that_was_not_asked_for_is_a_failure(ask, packed):
    raw = Raw(b"x", headers={"content-encoding": packed})
    with serve(lambda prompt: raw) as endpoint, pytest.raises(ProviderError, match="which was not asked for"):
        ask(endpoint.url)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_post_never_becomes_a_get(ask, status):
    with serve(lambda prompt: Raw(status=status, headers={"location": "/v1/elsewhere"})) as endpoint:
        with pytest.raises(ProviderError, match=rf"\(HTTP {status}\) would turn the POST into a GET"):
            ask(endpoint.url, follow_redirects=True)
        assert len(endpoint.paths) == 1


@pytest.mark.parametrize("status", [307, 308])
def test_the_same_host_may_redirect(ask, status):
    def answer(prompt):
        moved = endpoint.paths[-1] == "/v2/chat/completions"
        return "there" if moved else Raw(status=status, headers={"location": "/v2/chat/completions"})

    with serve(answer) as endpoint:
        reply, model = ask(endpoint.url)
    assert (reply.text, "answered_by" in model.identity, endpoint.keys) == ("there", False, {f"Bearer {KEY}"})


def test_another_host_answers_only_where_it_is_allowed_to_and_never_gets_the_key(ask):
    with serve(lambda prompt: "theirs") as other:
        moved = Raw(status=307, headers={"location": f"{other.url}/chat/completions"})
        with serve(lambda prompt: moved) as endpoint:
            with pytest.raises(ProviderError, match="leads to another host"):
                ask(endpoint.url)
            assert not other.bodies
            reply, model = ask(endpoint.url, follow_redirects=True, headers={"api-key": "$A_KEY"})
    assert (reply.text, model.identity["answered_by"]) == ("theirs", [other.url.removesuffix("/v1")])
    assert KEY not in str([other.keys, *map(str, other.headers)])


def test_a_chain_of_redirects_ends(ask):
    with serve(lambda prompt: Raw(status=307, headers={"location": "/v1/chat/completions"})) as endpoint:
        with pytest.raises(ProviderError, match="chain of five"):
            ask(endpoint.url)
        assert len(endpoint.paths) == 5


CODED = [KEY, *(base64.b64encode(before + KEY.encode()).decode() for before in (b"", b"u:", b"x"))]


@pytest.mark.parametrize("coded", CODED)
def test_a_key_that_a_reply_or_an_error_repeats_is_masked(ask, coded):
    told = f"your key {coded} is fine"
    with serve(lambda prompt: completion(told, reasoning=told)) as endpoint:
        reply, _ = ask(endpoint.url)
    with serve(lambda prompt: {"error": {"message": told}}) as endpoint, pytest.raises(ProviderError) as failed:
        ask(endpoint.url)
    with serve(lambda prompt: Raw(told.encode(), 500)) as endpoint, pytest.raises(ProviderError) as broken:
        ask(endpoint.url)
    for text in (reply.text, reply.reasoning, str(failed.value), str(broken.value)):
        assert "***" in text
        assert not any(coded[begin : begin + 12] in text for begin in range(len(coded) - 12))


def test_a_word_that_servers_without_keys_take_for_one_stays_in_replies(ask, monkeypatch):
    monkeypatch.setenv("A_KEY", "EMPTY")
    with serve(lambda prompt: "the list is EMPTY") as endpoint:
        assert ask(endpoint.url)[0].text == "the list is EMPTY"
