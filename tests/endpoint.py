"""A small OpenAI-compatible endpoint on loopback, for tests: answers from a function, fails on demand."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Endpoint:
    """`answer(text of the prompt)` gives a reply's text, an int for an HTTP error, or a dict to send as it is."""

    url: str
    answer: Callable[[str], str | int | dict]
    bodies: list[dict] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)


def completion(text: str | None, finish_reason: str = "stop") -> dict:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    choices = [{"index": 0, "message": message, "finish_reason": finish_reason}]
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "served", "choices": choices, "usage": usage}


@contextmanager
def serve(answer: Callable[[str], str | int | dict]) -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            endpoint.bodies.append(body)
            endpoint.keys.add(self.headers["authorization"])
            result = endpoint.answer(body["messages"][-1]["content"])
            if isinstance(result, int):
                self.reply(result, {"error": {"message": f"server says {result}"}})
            else:
                self.reply(200, result if isinstance(result, dict) else completion(result))

        def reply(self, status: int, content: dict) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1", answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
