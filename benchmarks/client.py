"""Measure the cost of a call: our `ask`, the openai client's `create()` on both of its transports, and bare aiohttp.

    python benchmarks/client.py [rounds]

Each side makes CALLS short calls, AT_ONCE at a time, to an endpoint in another process that answers without delay. The
cost is CPU time of this process per call. Every round measures every side once, in turn, so that a busy machine affects
all alike. The table gives medians over the rounds, and ratios to our side. `--profile` prints a profile of our side.
"""

import asyncio
import cProfile
import json
import os
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))

CALLS = 2000
AT_ONCE = 64
PROMPT = [
    {"role": "user", "content": "Assume that all numbers are in base-9. What is 57+27? End with \\boxed{result}."}
]
REPLY = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "served",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "\\boxed{85}", "refusal": None},
             "logprobs": None, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35},
    }
).encode()  # fmt: skip

Ask = Callable[[], Awaitable[object]]


class Endpoint(asyncio.Protocol):
    """An endpoint that answers every request with REPLY."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The state of one connection."""
        self.transport, self.seen = transport, b""

    def data_received(self, data: bytes) -> None:
        """Send the reply after a request is complete."""
        self.seen += data
        head, blank, body = self.seen.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if blank and len(body) >= length:
            self.seen = body[length:]
            lines = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(REPLY)
            self.transport.write(lines + REPLY)


async def serve() -> None:
    """Print the port, then answer until killed."""
    server = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def sides(url: str, stack: AsyncExitStack) -> dict[str, Ask]:
    """A function for each side, which makes one call."""
    import aiohttp
    import openai

    from solverlearner.design.call import Call
    from solverlearner.design.episode import draw_episodes
    from solverlearner.design.setting import SETTINGS
    from solverlearner.models.openai import OpenAIModel
    from solverlearner.tasks.arith import Arith

    task = Arith()
    episode = next(draw_episodes(task, seed=0, episodes=1, shots=1, queries=1))
    call = Call(task, SETTINGS["io"], episode, 0, lambda: PROMPT)
    model = OpenAIModel("m", base_url=url, key_required=False, proxied=False)
    await model.open()
    stack.push_async_callback(model.aclose)
    options = {"api_key": "none", "base_url": url, "max_retries": 0}
    plain = await stack.enter_async_context(openai.AsyncOpenAI(**options))
    quick = openai.AsyncOpenAI(**options, http_client=openai.DefaultAioHttpClient())
    await stack.enter_async_context(quick)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    body = dict(model.request(call).body)

    async def bare() -> object:
        async with session.post(f"{url}/chat/completions", json=body) as response:
            return json.loads(await response.read())

    return {
        "ours": lambda: model.ask(call),
        "create(), default transport": lambda: plain.chat.completions.create(**body),
        "create(), aiohttp": lambda: quick.chat.completions.create(**body),
        "bare aiohttp": bare,
    }


async def measured(ask: Ask) -> tuple[float, float]:
    """CPU and wall milliseconds per call."""
    places = iter(range(CALLS))

    async def worker() -> None:
        for _ in places:
            await ask()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return (time.process_time() - cpu) / CALLS * 1e3, (time.perf_counter() - wall) / CALLS * 1e3


async def compare(url: str, rounds: int) -> None:
    """Print the table; with 0 rounds, the profile of our side."""
    async with AsyncExitStack() as stack:
        asks = await sides(url, stack)
        for ask in asks.values():
            await measured(ask)
        if not rounds:
            with cProfile.Profile() as profile:
                await measured(asks["ours"])
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)
            return
        taken = {name: [] for name in asks}
        for _ in range(rounds):
            for name, ask in asks.items():
                taken[name].append(await measured(ask))
    medians = {
        name: [statistics.median(column) for column in zip(*times, strict=True)] for name, times in taken.items()
    }
    print(f"{CALLS} calls, {AT_ONCE} at once, medians of {rounds} rounds, {os.cpu_count()} cores")
    print(f"{'':28} {'CPU ms':>7} {'wall ms':>8} {'CPU / ours':>11}")
    for name, (cpu, wall) in medians.items():
        print(f"{name:28} {cpu:7.3f} {wall:8.3f} {cpu / medians['ours'][0]:11.2f}")


def main() -> None:
    """Start the endpoint in another process and compare the sides."""
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(serve())
        return
    rounds = 0 if sys.argv[1:] == ["--profile"] else int((sys.argv[1:] or ["7"])[0])
    endpoint = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(endpoint.stdout.readline())
        asyncio.run(compare(f"http://127.0.0.1:{port}/v1", rounds))
    finally:
        endpoint.kill()
        endpoint.wait()


if __name__ == "__main__":
    main()
