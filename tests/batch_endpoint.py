"""The batch routes of an OpenAI-compatible endpoint on loopback, for tests. A batch moves on by one state a poll."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from endpoint import completion, listening

STATES = ["validating", "in_progress", "finalizing"]


@dataclass
class BatchEndpoint:
    """`answer(text of the prompt)` gives a reply's text, an int for an item that fails, or None for no line at all.

    `ending` is the state that batches end in, `words` what the endpoint says of them; a path in `refused` gives that
    status instead, as often as it says.
    """

    url: str
    answer: Callable[[str], str | int | None]
    ending: str = "completed"
    words: str = ""
    polls: int = 2
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    refused: dict[str, list[int]] = field(default_factory=dict)
    credentials: set[tuple[str | None, str]] = field(default_factory=set)

    def put(self, content: bytes) -> str:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return name

    def create(self, asked: dict) -> dict:
        assert (asked["endpoint"], asked["completion_window"]) == ("/v1/chat/completions", "24h")
        lines = self.files[asked["input_file_id"]].splitlines()
        batch = {"id": f"batch_{len(self.batches) + 1}", "object": "batch", "status": STATES[0], "polls": 0}
        batch |= {"input_file_id": asked["input_file_id"], "request_counts": {"total": len(lines)}}
        self.batches[batch["id"]] = batch
        self.asked += [json.loads(line)["custom_id"] for line in lines]
        return batch

    def poll(self, batch: dict) -> dict:
        batch["polls"] += 1
        ended = batch["polls"] >= self.polls
        batch["status"] = self.ending if ended else STATES[min(batch["polls"], 2)]
        if ended and self.ending != "in_progress" and "output_file_id" not in batch:
            self.finish(batch)
        return batch

    def finish(self, batch: dict) -> None:
        good, bad = [], []
        for line in map(json.loads, self.files[batch["input_file_id"]].splitlines()):
            assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
            came = self.answer(line["body"]["messages"][-1]["content"])
            record = {"id": "batch_req", "custom_id": line["custom_id"], "error": None}
            if isinstance(came, str):
                good.append(record | {"response": {"status_code": 200, "body": completion(came)}})
            elif isinstance(came, int):
                body = {"error": {"message": f"item says {came}"}}
                bad.append(record | {"response": {"status_code": came, "body": body}})
        good.reverse()  # in no order, as the documentation warns
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            text = "".join(json.dumps(line) + "\n" for line in lines)
            batch[name] = self.put(text.encode()) if lines else None
        batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}
        batch["errors"] = {"data": [{"code": "x", "message": self.words}]} if self.words else None

    def respond(self, method: str, path: str, body: bytes, kind: str) -> object:
        if method == "POST" and path == "/files":
            boundary = re.search(r"boundary=(\S+)", kind)[1].encode()
            parts = [part.partition(b"\r\n\r\n") for part in body.split(b"--" + boundary)]
            fields = {re.search(rb'name="(\w+)"', head)[1]: content[:-2] for head, _, content in parts if content}
            assert fields[b"purpose"] == b"batch"
            return {"id": self.put(fields[b"file"]), "object": "file"}
        if path.endswith("/content"):
            return self.files[path.split("/")[2]]
        if path == "/batches":
            return self.create(json.loads(body)) if method == "POST" else {"data": [*self.batches.values()]}
        return self.poll(self.batches[path.split("/")[2]])


@contextmanager
def serve_batches(answer: Callable[[str], str | int | None], **options: object) -> Iterator[BatchEndpoint]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            path, _, query = self.path.removeprefix("/v1").partition("?")
            seen = f"{self.command} {path}"
            body = self.received()
            endpoint.seen.append(seen)
            endpoint.credentials.add((self.headers["authorization"], query.removesuffix("&limit=100")))
            if endpoint.refused.get(seen):
                status = endpoint.refused[seen].pop(0)
                self.reply(status, {"error": {"message": f"server says {status}"}})
            else:
                self.reply(200, endpoint.respond(self.command, path, body, self.headers["content-type"] or ""))

        do_GET = do_POST  # noqa: N815

        def received(self) -> bytes:
            if self.headers["transfer-encoding"] != "chunked":
                return self.rfile.read(int(self.headers["content-length"] or 0))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def reply(self, status: int, result: object) -> None:
            body = result if isinstance(result, bytes) else json.dumps(result).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with listening(Handler) as url:
        endpoint = BatchEndpoint(url, answer, **options)
        yield endpoint
