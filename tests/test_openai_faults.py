import asyncio
import json
import time

import pytest
from asking import a_call, ask_at, failure
from endpoint import Raw, completion

from solverlearner.models.base import ProviderError
from solverlearner.models.openai import OpenAIModel

NO_CHOICES = {name: value for name, value in completion("x").items() if name != "choices"}
PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>x</body></html>"
FAULTS = {
    "close": (Raw(fault="close"), "broke off"),
    "reset": (Raw(fault="reset"), "broke off"),
    "hang": (Raw(fault="hang"), "did not reply within 2 s"),
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
    error = failure(lambda prompt: sent, timeout_s=2.0 if fault == "hang" else 20.0)
    assert words in str(error)
    assert (error.retry, error.permanent, error.unreachable) == (True, False, False)


@pytest.mark.parametrize(
    ("status", "retry", "permanent"),
    [(400, False, False), (401, False, True), (403, False, False), (404, False, True), (408, True, False),
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
    assert time.monotonic() - start < 40  # its thousand bytes take 50 s


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
