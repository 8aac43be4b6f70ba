"""A small OpenAI-compatible server, started as a command: python -I served.py --port N [options].

It answers with the number 85 and, in the model's name, what it was asked as. `--slots N`: what /props says.
`--loads N`: its first N answers to /health are 503. `--dies N`: it ends at its Nth completion.
`--silent`: it never answers.
`--child`: it starts a process that would outlive it.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--slots", type=int)
    parser.add_argument("--loads", type=int, default=0)
    parser.add_argument("--dies", type=int)
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--fails", action="store_true")
    parser.add_argument("--child", action="store_true")
    parser.add_argument("--no-health", action="store_true")
    parser.add_argument("--api-key")
    given = parser.parse_args()
    if given.fails:
        sys.exit("error: cannot load\nthe model 'x.gguf'")
    if given.child:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print("child", child.pid, flush=True)
    if given.silent:
        time.sleep(60)
    Handler.given = given
    print("serving", flush=True)
    ThreadingHTTPServer(("127.0.0.1", given.port), Handler).serve_forever(poll_interval=0.05)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    completions, at_once, most = 0, 0, 0
    counting = threading.Lock()

    def log_message(self, *words):
        pass

    def do_GET(self):
        given = self.given
        if self.path == "/health" and not given.no_health:
            given.loads -= 1
            self.reply(503 if given.loads >= 0 else 200, {"status": "ok"})
        elif self.path == "/props" and given.slots:
            self.reply(200, {"total_slots": given.slots})
        elif self.path == "/v1/models":
            self.reply(200, {"data": [{"id": "what-it-serves"}]})
        else:
            self.reply(404, {})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.counting:
            Handler.completions += 1
            Handler.at_once += 1
            Handler.most = max(self.most, self.at_once)
            if self.completions == self.given.dies:
                print("out of memory", flush=True)
                subprocess.os._exit(3)
        time.sleep(0.02)
        with self.counting:
            Handler.at_once -= 1
        told = {"model": f"{asked['model']} most={self.most} key={self.headers['Authorization']}"}
        message = {"role": "assistant", "content": "\\boxed{85}"}
        usage = {"prompt_tokens": 5, "completion_tokens": 3}
        self.reply(200, {**told, "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})

    def reply(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    main()
