import asyncio
import base64
import json
import subprocess
import sys
import time

import pytest
from endpoint import Raw, completion, serve

from solverlearner.address import masked
from solverlearner.episode import draw_episodes
from solverlearner.errors import UsageError
from solverlearner.model import Call, ProviderError
from solverlearner.openai_model import OpenAIModel
from solverlearner.setting import SETTINGS
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


@pytest.mark.parametrize(("temperature", "sample"), [(0.0, 0), (0.7, 3), (None, 3)])
def test_a_sample_is_its_own_where_replies_are_drawn(temperature, sample):
    model = OpenAIModel("m", base_url="https://me:pw@host/v1?key=x", temperature=temperature)
    request = model.request(a_call(3))
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


NO_CHOICES = {name: value for name, value in completion("x").items() if name != "choices"}
PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>x</body></html>"
FAULTS = {
    "close": (Raw(fault="close"), "broke off"),
    "reset": (Raw(fault="reset"), "broke off"),
    "hang": (Raw(fault="hang"), "did not reply within 0.3 s"),
    "truncated": (Raw(b'{"choices": [', length=500), "broke off"),
    "malformed": (Raw(b'{"choices": [{"mess'), "no completion with status 200"),
    "html": (Raw(PAGE, kind="text/html"), "an HTML page: 502 Bad Gateway"),
    "empty": ({**NO_CHOICES, "choices": []}, "no choices"),
    "nochoices": (NO_CHOICES, "no choices"),
    "nothing": (Raw(b""), "but nothing"),
    "error200": ({"error": {"message": "overloaded"}}, "error with status 200: overloaded"),
    "gzip": (Raw(b"no gzip", headers={"content-encoding": "gzip"}), "broke off"),
    "no http": (Raw(b"x", headers={"content-length": "y"}), "broke off"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_providers_and_worth_another_attempt(fault):
    sent, words = FAULTS[fault]
    error = failure(lambda prompt: sent, timeout_s=0.3 if fault == "hang" else 20.0)
    assert words in str(error)
    assert (error.retry, error.permanent, error.unreachable) == (True, False, False)


@pytest.mark.parametrize(
    ("status", "retry", "permanent"),
    [(400, False, False), (401, False, True), (403, False, True), (404, False, True), (408, True, False),
     (409, True, False), (413, False, False), (422, False, False), (429, True, False), (500, True, False),
     (502, True, False), (503, True, False), (529, True, False)],
)  # fmt: skip
def test_a_status_says_whether_another_attempt_may_succeed(status, retry, permanent):
    error = failure(lambda prompt: status)
    assert str(error) == f"{status}: server says {status}"
    assert (error.status, error.retry, error.permanent, error.unreachable) == (status, retry, permanent, False)


def test_a_limit_says_how_long_to_wait():
    error = failure(lambda prompt: Raw(b"slow down", 429, "text/plain", {"Retry-After": "1.5"}))
    assert (error.limited, error.retry_after, str(error)) == (True, 1.5, "429: slow down")


def test_a_reply_that_drips_ends_at_the_time_out(monkeypatch):
    async def drip(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.05)

    async def go():
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        async with server:
            await ask_at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", timeout_s=0.3)

    start = time.monotonic()
    with pytest.raises(ProviderError, match=r"did not reply within 0\.3 s"):
        asyncio.run(go())
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1"])
def test_who_is_not_there_is_unreachable(url):
    with pytest.raises(ProviderError, match=r"cannot be reached; is the server running") as caught:
        asyncio.run(ask_at(url))
    assert (caught.value.retry, caught.value.permanent, caught.value.unreachable) == (True, False, True)


def test_a_thousand_and_a_half_calls_are_open_at_once():
    # More than any default of aiohttp (100), httpx (100) or openai (1,000).
    many, waiting, replies = 1500, [], json.dumps(completion("x")).encode()

    async def hold(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        waiting.append(writer)
        if len(waiting) == many:
            for each in waiting:
                each.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(replies), replies))

    async def go():
        server = await asyncio.start_server(hold, "127.0.0.1", 0, backlog=many)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        model = OpenAIModel("m", base_url=url, key_required=False, proxied=False, timeout_s=30)
        await model.open()
        call = a_call()
        answers = await asyncio.gather(*(model.ask(call) for _ in range(many)))
        await model.aclose()
        server.close()
        return answers

    assert len(asyncio.run(go())) == many


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


def test_openai_is_imported_when_the_model_is_opened_and_the_loop_goes_on():
    code = """
import asyncio, sys, time
from solverlearner.openai_model import OpenAIModel
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
    assert "openai" in sys.modules and ticks >= 3, ticks
asyncio.run(go())
"""
    subprocess.run([sys.executable, "-c", code], check=True)
