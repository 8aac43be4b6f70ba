"""Measure draws from local weights: ten requests of one draw each against one request of ten draws.

    python benchmarks/draws.py GGUF [--rounds 3] [--prompts 4] [--tokens 20]

One server answers both sides. Every round asks new prompts of about 200 tokens, each side in turn first, so that other
load on the machine affects both alike. The table gives medians over the rounds: seconds and CPU seconds a prompt, and
the ratio of the two sides within a round.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import Any

from measure import local_server

from solverlearner.models.draws_together import MOST, DrawsTogether
from solverlearner.models.openai import OpenAIModel

_CONTEXT = "The writer moved often, and each of the books was written in another city. " * 12
_SIDES = {"one by one": 1, "together": MOST}


@dataclass(frozen=True)
class Asked:
    """One draw from the prompt of a round; the round makes it new to the server."""

    prompt: str
    number: int
    shared: bool = False

    @property
    def messages(self) -> list[Any]:
        """The prompt."""
        return [{"role": "user", "content": f"{self.prompt} {_CONTEXT}In which city was the first book written?"}]

    @property
    def place(self) -> str:
        """Prompt and draw."""
        return f"{self.prompt}/{self.number}"

    @property
    def id(self) -> str:
        """The place."""
        return self.place

    @property
    def draw(self) -> tuple[int, ...]:
        """The number of the draw."""
        return 0, self.number


async def measured(endpoint: OpenAIModel, most: int, prompts: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds a prompt, for `MOST` draws from each."""
    together, begun, worked = DrawsTogether(endpoint, most), time.perf_counter(), time.process_time()
    for prompt in prompts:
        await asyncio.gather(*(together.ask(Asked(prompt, number)) for number in range(MOST)))
    return (time.perf_counter() - begun) / len(prompts), (time.process_time() - worked) / len(prompts)


async def rounds(args: argparse.Namespace) -> list[dict[str, tuple[float, float]]]:
    """Both sides in every round, each first in every second one."""
    server = local_server(args.weights, slots=MOST, context=2048 + MOST * args.tokens)
    endpoint = OpenAIModel("local", base_url=f"{server.listening_address}/v1", key_required=False, proxied=False,
                           temperature=0.7, max_tokens=args.tokens)  # fmt: skip
    await endpoint.open()
    found = []
    for number in range(args.rounds):
        order = [*_SIDES.items()][:: 1 if number % 2 else -1]
        sides = {}
        for name, most in order:
            prompts = [f"{name} {number} {place}:" for place in range(args.prompts)]
            sides[name] = await measured(endpoint, most, prompts)
        found.append(sides)
    await endpoint.aclose()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    for name, default in (("rounds", 3), ("prompts", 4), ("tokens", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    found = asyncio.run(rounds(parser.parse_args()))
    print(f"{'':<12}{'s a prompt':>12}{'CPU s':>8}   ratio to one by one: s, CPU s")
    for name in _SIDES:
        both = [statistics.median(sides[name][unit] for sides in found) for unit in (0, 1)]
        ratios = [
            statistics.median(sides[name][unit] / sides["one by one"][unit] for sides in found) for unit in (0, 1)
        ]
        print(f"{name:<12}{both[0]:>12.2f}{both[1]:>8.2f}   {ratios[0]:.2f}, {ratios[1]:.2f}")


if __name__ == "__main__":
    main()
