"""A small OpenAI-compatible endpoint on loopback, for tests: answers from a function, fails on demand."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal


@dataclass(frozen=True)
class Raw:
    """A response byte by byte, or a connection that fails: `close` ends it, `reset` breaks it, `hang` never answers."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    fault: Literal["close", "reset", "hang"] | None = None


Answer = Callable[[str], str | int | dict | Raw]


@dataclass
class Endpoint:
    """`answer(text of the prompt)` gives a reply's text, an int for an HTTP error, a dict to send as is, or a Raw."""

    url: str
    answer: Answer
    bodies: list[dict] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    headers: list[Message] = field(default_factory=list)


def completion(text: object, finish_reason: str = "stop", **message: object) -> dict:
    message = {"role": "assistant", "content": text, **message}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    choices = [{"index": 0, "message": message, "finish_reason": finish_reason}]
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "served", "choices": choices, "usage": usage}


def _raw(result: str | int | dict | Raw) -> Raw:
    if isinstance(result, Raw):
        return result
    if isinstance(result, int):
        return Raw(json.dumps({"error": {"message": f"server says {result}"}}).encode(), result)
    return Raw(json.dumps(result if isinstance(result, dict) else completion(result)).encode())


@contextmanager
def serve(answer: Answer) -> Iterator[Endpoint]:
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            endpoint.bodies.append(body)
            endpoint.keys.add(self.headers["authorization"])
            endpoint.paths.append(self.path)
            endpoint.headers.append(self.headers)
            raw = _raw(endpoint.answer(body["messages"][-1]["content"]))
            self.close_connection = bool(raw.fault or raw.length)
            if raw.fault is None:
                self.reply(raw)
            elif raw.fault == "hang":
                closing.wait()
            elif raw.fault == "reset":  # closing with no time to linger sends RST
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        def reply(self, raw: Raw) -> None:
            self.send_response(raw.status)
            self.send_header("content-type", raw.kind)
            self.send_header("content-length", str(raw.length or len(raw.body)))
            for name, value in raw.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw.body)

        def log_message(self, *args: object) -> None:
            pass

    with listening(Handler) as url:
        endpoint = Endpoint(url, answer)
        try:
            yield endpoint
        finally:
            closing.set()


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on loopback; gives the base URL of its API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
