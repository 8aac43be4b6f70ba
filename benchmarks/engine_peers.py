"""The other sides of benchmarks/engine.py, which runs each of them in a virtual environment.

    python benchmarks/engine_peers.py SIDE URL ITEMS

Items are JSON lines with "input" and "target". The last line of the output is the accuracy.
"""

import asyncio
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

AT_ONCE, MAX_TOKENS = 64, 1024
_TASK = """
task: items
dataset_path: json
dataset_kwargs: {{data_files: {{test: {items}}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{input}}}}"
doc_to_target: "{{{{target}}}}"
generation_kwargs: {{until: [], max_gen_toks: {max_tokens}, do_sample: false, temperature: 0.0}}
filter_list:
  - name: boxed
    filter: [{{function: regex, regex_pattern: 'boxed\\{{(\\d+)\\}}'}}, {{function: take_first}}]
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
"""


_QUIET = {"log_realtime": False, "log_buffer": 1000, "score_display": False, "ctl_server": False, "log_level": "error"}


def inspect(url: str, items: Path, **options: Any) -> float:
    """Run inspect_ai: `eval` with generate() and includes(), through its openai-api provider."""
    os.environ.update(BENCH_API_KEY="none", BENCH_BASE_URL=f"{url}/v1")
    from inspect_ai import Task, eval  # type: ignore[import-not-found]
    from inspect_ai.dataset import json_dataset  # type: ignore[import-not-found]
    from inspect_ai.scorer import includes  # type: ignore[import-not-found]
    from inspect_ai.solver import generate  # type: ignore[import-not-found]

    (log,) = eval(
        Task(dataset=json_dataset(str(items)), solver=generate(), scorer=includes()),
        model="openai-api/bench/m",
        max_connections=AT_ONCE,
        max_samples=AT_ONCE,
        temperature=0.0,
        max_tokens=MAX_TOKENS,
        display="none",
        log_dir=str(items.parent / "inspect"),
        **options,
    )
    return float(log.results.scores[0].metrics["accuracy"].value)


def lm_eval(url: str, items: Path, quiet: bool) -> float:
    """Run lm-evaluation-harness: `simple_evaluate` of a generate_until task through local-chat-completions."""
    home = str(items.parent / "hf")
    os.environ.update(HF_HOME=home, HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", OPENAI_API_KEY="none")
    os.environ.update({"TQDM_DISABLE": "1"} if quiet else {})
    from lm_eval import simple_evaluate  # type: ignore[import-not-found]
    from lm_eval.tasks import TaskManager  # type: ignore[import-not-found]

    folder = items.parent / "task"
    folder.mkdir(exist_ok=True)
    (folder / "items.yaml").write_text(_TASK.format(items=items, max_tokens=MAX_TOKENS))
    results = simple_evaluate(
        model="local-chat-completions",
        model_args={
            "model": "m", "base_url": f"{url}/v1/chat/completions", "num_concurrent": AT_ONCE, "max_retries": 6,
            "tokenized_requests": False,
        },
        tasks=["items"], batch_size=1, apply_chat_template=True, log_samples=False, bootstrap_iters=0,
        task_manager=TaskManager(include_path=str(folder), include_defaults=not quiet),
    )  # fmt: skip
    assert results
    return float(results["results"]["items"]["exact_match,boxed"])


def bare(url: str, items: Path) -> float:
    """The lower bound: aiohttp without retries or journal; answers are compared as text."""
    import aiohttp

    records = iter([json.loads(line) for line in items.read_text().splitlines()])
    right: list[bool] = []

    async def work(session: Any) -> None:
        for record in records:
            message = {"role": "user", "content": record["input"]}
            body = {"model": "m", "messages": [message], "temperature": 0.0, "max_tokens": MAX_TOKENS}
            async with session.post(f"{url}/v1/chat/completions", json=body) as reply:
                text = (await reply.json())["choices"][0]["message"]["content"]
            right.append(f"{{{record['target']}}}" in text)

    async def all_of_them() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
            await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))

    asyncio.run(all_of_them())
    return sum(right) / len(right)


SIDES = {
    "inspect_ai": inspect,
    "inspect_ai quiet": partial(inspect, **_QUIET),
    "inspect_ai quiet, samples not kept": partial(inspect, **_QUIET, log_samples=False),
    "lm-eval": partial(lm_eval, quiet=False),
    "lm-eval quiet": partial(lm_eval, quiet=True),
    "aiohttp": bare,
}

if __name__ == "__main__":
    print(SIDES[sys.argv[1]](sys.argv[2], Path(sys.argv[3]).resolve()))
