import asyncio
import base64
import subprocess
import sys
from dataclasses import replace

import pytest
from asking import MESSAGES, a_call, ask, ask_at, failure
from endpoint import Raw, completion, serve

from solverlearner.errors import UsageError
from solverlearner.models.base import ProviderError
from solverlearner.models.base_url import masked
from solverlearner.models.endpoint_session import proxy_for
from solverlearner.models.openai import OpenAIModel


def test_a_reply_comes_back_verbatim_with_its_counts():
    reply, endpoint = ask(lambda prompt: f" é\n{prompt} ", temperature=0.5, max_tokens=9)
    assert (reply.text, reply.state, reply.prompt_tokens, reply.completion_tokens) == (
        " é\nWhat is 57+27? ", "ok", 7, 3,
    )  # fmt: skip
    assert reply.reported_model == "served"
    assert reply.seconds > 0
    assert endpoint.bodies == [{"model": "m", "messages": MESSAGES, "temperature": 0.5, "max_tokens": 9}]
    assert endpoint.paths == ["/v1/chat/completions"]


def test_the_body_that_is_sent_is_the_body_that_is_stored():
    options = {"temperature": None, "limit_field": "max_completion_tokens", "reasoning_effort": "low"}
    options |= {"extra": {"top_p": 0.5, "chat_template_kwargs": {"enable_thinking": False}}}
    _, endpoint = ask(lambda prompt: "x", **options)
    request = OpenAIModel("m", base_url=endpoint.url, **options).request(a_call())
    assert request.body == endpoint.bodies[0]
    assert request.body == {
        "model": "m", "messages": MESSAGES, "max_completion_tokens": 256, "reasoning_effort": "low",
        "top_p": 0.5, "chat_template_kwargs": {"enable_thinking": False},
    }  # fmt: skip


@pytest.mark.parametrize(("temperature", "sample"), [(0.0, (0, 0)), (0.7, (3, 2)), (None, (3, 2))])
def test_a_sample_is_its_own_where_replies_are_drawn(temperature, sample):
    model = OpenAIModel("m", base_url="https://me:pw@host/v1?key=x", temperature=temperature)
    request = model.request(replace(a_call(3), sample=2))
    assert (request.endpoint, request.sample) == ("https://host/v1", sample)


def test_openai_is_where_a_model_is_without_a_base_url(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert OpenAIModel("m").request(a_call()).endpoint == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere/v1")
    assert OpenAIModel("m").identity == {"name": "m", "base_url": "http://elsewhere/v1"}


@pytest.mark.parametrize(
    ("content", "reason", "state"),
    [("cut", "length", "truncated"), (None, "content_filter", "filtered"), (None, "stop", "null"), ("", "stop", "ok")],
)
def test_states_of_a_reply_stay_apart(content, reason, state):
    reply, _ = ask(lambda prompt: completion(content, reason))
    assert (reply.state, reply.text) == (state, content or "")


def test_a_reply_without_usage_is_a_reply():
    reply, _ = ask(lambda prompt: completion("paid for") | {"usage": None})
    assert (reply.text, reply.state, reply.prompt_tokens) == ("paid for", "ok", None)


def test_the_proxy_of_the_environment_is_used_or_passed(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve(lambda prompt: "by the proxy") as proxy, serve(lambda prompt: "direct") as endpoint:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        assert asyncio.run(ask_at(endpoint.url)).text == "direct"
        assert asyncio.run(ask_at(endpoint.url, proxied=True)).text == "by the proxy"
        assert proxy.paths == [f"{endpoint.url}/chat/completions"]
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert asyncio.run(ask_at(endpoint.url, proxied=True)).text == "direct"
        monkeypatch.delenv("NO_PROXY")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with pytest.raises(ProviderError, match="cannot be reached") as caught:
            asyncio.run(ask_at(endpoint.url, proxied=True))
        assert caught.value.unreachable


def test_a_missing_key_names_the_variable(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match=r"^OPENAI_API_KEY: no API key"):
        asyncio.run(OpenAIModel("gpt").open())


def test_the_key_is_sent_and_told_to_nobody(monkeypatch, caplog):
    monkeypatch.setenv("K", "sk-verysecret\n")
    caplog.set_level("DEBUG")
    _, endpoint = ask(lambda prompt: "x", key_env="K")
    assert endpoint.keys == {"Bearer sk-verysecret"}
    for sent in (Raw(b"bad key: sk-verysecret", 401), {"error": {"message": "bad key: sk-verysecret"}}):
        assert "bad key: ***" in str(failure(lambda prompt, sent=sent: sent, key_env="K"))
    monkeypatch.setenv("K", "sk-verys€cret")
    with pytest.raises(UsageError, match=r"^K: holds characters that no API key has$"):
        asyncio.run(OpenAIModel("m", key_env="K").open())
    assert "sk-very" not in caplog.text + repr(OpenAIModel("m", key_env="K"))


def test_credentials_in_an_address_authenticate_and_are_told_to_nobody(caplog):
    caplog.set_level("DEBUG")
    with serve(lambda prompt: "x") as endpoint:
        url = endpoint.url.replace("http://", "http://me:p%40ss@") + "?version=se7cret"
        asyncio.run(ask_at(url))
        assert endpoint.keys == {f"Basic {base64.b64encode(b'me:p@ss').decode()}"}
        assert endpoint.paths == ["/v1/chat/completions?version=se7cret"]
        endpoint.answer = lambda prompt: Raw(b"who is p@ss p%40ss", 400)
        with pytest.raises(ProviderError) as refused:
            asyncio.run(ask_at(url))
    with pytest.raises(ProviderError) as away:
        asyncio.run(ask_at("http://me:p%40ss@127.0.0.1:9/v1?version=se7cret"))
    model = OpenAIModel("m", base_url=url)
    told = f"{refused.value} {away.value} {model!r} {model.identity} {model.request(a_call())} {caplog.text}"
    assert not [secret for secret in ("p%40ss", "p@ss") if secret in told]


def test_credentials_in_an_address_are_left_out():
    assert masked("https://me:pw@host:8000/v1?key=x") == "https://host:8000/v1"
    assert masked("http://me:pw@[host/v1") == "***"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout_s": 0.0}, "timeout=0.0: must be between"),
        ({"timeout_s": float("nan")}, "timeout=nan: must be between"),
        ({"temperature": 2.1}, "temperature=2.1: must be between"),
        ({"extra": "top_p"}, "extra=top_p: must be fields of the request"),
        ({"extra": {"stream": True}}, "extra.stream: is no extra"),
        ({"extra": {"top_p": float("nan")}}, "cannot be sent as JSON"),
    ],
)
def test_an_option_that_cannot_be_is_one_line(options, words):
    with pytest.raises(UsageError, match=words):
        OpenAIModel("m", **options)


@pytest.mark.parametrize("url", ["localhost:8000/v1", "http:///v1", "http://h:port/v1", "http://me:pw@[host/v1"])
def test_a_base_url_that_is_none_is_one_line(url):
    with pytest.raises(UsageError, match=r"must begin with http:// or https:// and name a host") as caught:
        asyncio.run(ask_at(url))
    assert "pw" not in str(caught.value)


def test_aiohttp_is_imported_when_the_model_is_opened_and_the_official_client_never_and_the_loop_goes_on():
    code = """
import asyncio, sys, time
from solverlearner.models.openai import OpenAIModel
model = OpenAIModel("m", base_url="http://127.0.0.1:9/v1", key_required=False)
assert not {"openai", "aiohttp", "httpx2"} & set(sys.modules)
async def go():
    ticks = 0
    opening = asyncio.create_task(model.open())
    while not opening.done():
        await asyncio.sleep(0.01)
        ticks += 1
    await opening
    await model.aclose()
    assert "aiohttp" in sys.modules and not {"openai", "httpx2"} & set(sys.modules) and ticks >= 3, ticks
asyncio.run(go())
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("named", "url", "proxy"),
    [
        ({"HTTP_PROXY": "http://p:1"}, "http://host/v1", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://host/v1", "http://p:1"),
        ({"ALL_PROXY": "http://me:pw@p:1"}, "https://host/v1", "http://me:pw@p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://host/v1", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": ".host.org"}, "http://a.host.org/v1", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "a.org, host:8000"}, "http://host:8000/v1", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "a.org,10.0.0.0/8"}, "http://10.1.2.3:8000/v1", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, "http://11.1.2.3/v1", "http://p:1"),
    ],
)
def test_the_proxy_for_an_address_is_what_the_environment_says(monkeypatch, named, url, proxy):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


def test_a_proxy_gets_its_user_and_password(monkeypatch):
    with serve(lambda prompt: "by the proxy") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1").replace("://", "://me:pw@"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert asyncio.run(ask_at("http://model.invalid/v1", proxied=True)).text == "by the proxy"
        assert proxy.headers[0]["proxy-authorization"] == f"Basic {base64.b64encode(b'me:pw').decode()}"


def test_the_account_that_the_environment_names_is_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    _, endpoint = ask(lambda prompt: "x")
    sent = endpoint.headers[0]
    assert (sent["openai-organization"], sent["openai-project"]) == ("org-1", None)
    assert sent["user-agent"].startswith("solverlearner/")
