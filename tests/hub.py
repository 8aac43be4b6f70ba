"""A hub on loopback as Hugging Face's is: a description by HEAD, a redirect to a store on another port, byte ranges."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c0ffee" * 6 + "c0de"


class FakeHub:
    """What the hub holds and how it misbehaves. `cuts`: bytes after which the next responses of the store break off."""

    def __init__(self, content):
        self.content, self.sha256 = content, hashlib.sha256(content).hexdigest()
        self.cuts, self.asked, self.ranges, self.keys = [], [], [], []
        self.status, self.error, self.told_sha256, self.with_ranges = 200, "", None, True


@contextmanager
def serving(content):
    hub = FakeHub(content)
    with _server(_Store, hub) as store, _server(_Hub, hub) as front:
        hub.store, hub.address = store, front
        yield hub


@contextmanager
def _server(handler, hub):
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def start(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


class _Hub(_Quiet):
    def do_HEAD(self):
        self.describe()

    def do_GET(self):
        self.describe()

    def describe(self):
        hub = self.hub
        hub.asked.append((self.command, self.path))
        hub.keys.append(self.headers.get("Authorization"))
        if hub.status != 200:
            self.start(hub.status, **({"X_Error_Message": hub.error} if hub.error else {}), Content_Length="0")
            return
        told = {"X_Linked_Etag": f'"{hub.told_sha256 or hub.sha256}"', "X_Linked_Size": str(len(hub.content))}
        self.start(302, Location=f"{hub.store}/blob", X_Repo_Commit=COMMIT, Content_Length="0", **told)


class _Store(_Quiet):
    def do_GET(self):
        hub, asked = self.hub, self.headers.get("Range")
        hub.keys.append(self.headers.get("Authorization"))
        hub.ranges.append(asked)
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked and hub.with_ranges else 0
        body, last = hub.content[first:], len(hub.content) - 1
        ranged = {"Content_Range": f"bytes {first}-{last}/{len(hub.content)}"} if first else {}
        self.start(206 if first else 200, Content_Length=str(len(body)), **ranged)
        self.wfile.write(body[: hub.cuts.pop(0)] if hub.cuts else body)
