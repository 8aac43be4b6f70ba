"""Serve a small, fast OpenAI-compatible endpoint for the engine's benchmarks: asyncio, one process, loopback only.

    python benchmarks/endpoint.py [latency in seconds]

It solves the additions of `task=arith base=9` in zero-shot prompts, so every harness has to report an accuracy of 1.
`GET /stats` gives the number of requests and the times of the first and the last one (`time.monotonic`, one clock for
all processes). `GET /latency/0.2` sets the latency in seconds and resets the counts.
"""

import asyncio
import json
import re
import signal
import sys
import time
from typing import Any

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.I)
_SUM = re.compile(rb"What is (\d+)\+(\d+)\?")
_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
_COMPLETION = (
    '{{"id":"c-{0}","object":"chat.completion","created":1700000000,"model":"m","choices":[{{"index":0,"message":'
    '{{"role":"assistant","content":"\\\\boxed{{{1}}}"}},"finish_reason":"stop"}}],'
    '"usage":{{"prompt_tokens":60,"completion_tokens":8,"total_tokens":68}}}}'
)


def answer(left: int, right: int) -> str:
    """The sum of two base-9 numerals, as a base-9 numeral."""
    total, digits = left + right, ""
    while total:
        total, digit = divmod(total, 9)
        digits = str(digit) + digits
    return digits or "0"


def reply(body: dict[str, Any], attempt: int) -> str:
    """A reply for shared/mock_server.py: a wrong guess, then the right answer. A reply cut in the middle is wrong."""
    found = re.search(r"What is (\d+)\+(\d+)\?", body["messages"][-1]["content"])
    value = answer(int(found[1], 9), int(found[2], 9)) if found else "?"
    return f"A guess is \\boxed{{1}}. Checked: \\boxed{{{value}}}"


class Endpoint(asyncio.Protocol):
    """One connection. All connections share the counts."""

    latency, requests, first, last = 0.0, 0, 0.0, 0.0
    transport: asyncio.Transport

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: D102
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < size:
                return
            request, self._buffer = self._buffer[:size], self._buffer[size:]
            self._chat(request) if request.startswith(b"POST") else self._control(request.split(b" ", 2)[1].decode())

    def _control(self, path: str) -> None:
        here = Endpoint
        if path.startswith("/latency/"):
            here.latency, here.requests, here.first = float(path.rpartition("/")[2]), 0, 0.0
        self._send(json.dumps({"requests": here.requests, "first": here.first, "last": here.last}))

    def _chat(self, request: bytes) -> None:
        here = Endpoint
        here.requests, here.last = here.requests + 1, time.monotonic()
        here.first = here.first or here.last
        found = _SUM.search(request)
        value = answer(int(found[1], 9), int(found[2], 9)) if found else "?"
        text = _COMPLETION.format(here.requests, value)
        if here.latency:
            asyncio.get_running_loop().call_later(here.latency, self._send, text)
        else:
            self._send(text)

    def _send(self, text: str) -> None:
        self.transport.write((_HEAD.format(len(text)) + text).encode())


async def serve() -> None:
    """Print the number of a free port and serve there, until SIGTERM or for an hour."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(Endpoint, "127.0.0.1", 0, backlog=4096)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.wait([asyncio.ensure_future(stop.wait())], timeout=3600)


if __name__ == "__main__":
    Endpoint.latency = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    asyncio.run(serve())
