"""Run folders made by hand: small, and with exactly the rows that a test needs."""

import json

SETTINGS = ("zero_shot", "io_mf", "io", "code_mf", "solverlearner")


def row(setting="io", episode=0, query=0, correct=True, **more):
    """One row as a run writes it; `correct` None is unanswered. Prompts are those of one episode."""
    told = "" if setting in ("code_mf", "solverlearner") else f" {query}"
    made = {"task": "arith", "variant": "base-9", "setting": setting, "model": "some-model", "seed": 0}
    made |= {"episode": episode, "query": query, "sample": 0, "input": [f"{episode}", f"{query}"], "expected": "1"}
    made |= {"status": "unanswered" if correct is None else "ok", "value": "1", "correct": correct, "recited": False}
    made |= {"message": "", "unstable": "", "ambiguity": 1, "uncovered": None, "corrupted": 0, "ideal": "1"}
    made |= {"ideal_correct": True, "default_world": "2", "default_world_correct": False, "program": None}
    made |= {"prompt": [{"role": "user", "content": f"{setting} {episode}{told}"}], "reply": "1", "reply_state": "ok"}
    made |= {"prompt_tokens": 10, "completion_tokens": 5, "seconds": 0.5}
    if correct is None:
        made |= dict.fromkeys(("value", "reply", "prompt_tokens", "completion_tokens", "seconds"))
        made["reply_state"] = "api_error"
    return made | more


def grid(right, settings=SETTINGS, episodes=4, queries=3, **more):
    """Rows of all settings; `right(setting, episode, query)` says which are correct."""
    return [
        row(setting, episode, query, right(setting, episode, query), **more)
        for setting in settings
        for episode in range(episodes)
        for query in range(queries)
    ]


def write_run(folder, rows, state="complete", sha256=None, **options):
    """A run folder with these rows; options as in its configuration."""
    folder.mkdir(parents=True)
    config = {"settings": [*SETTINGS], "shots": 8, "hint": "domain", "temperature": 0.0, "max_tokens": 100} | options
    config |= {"task": {"base": 9}, "base": 9, "model": {"temperature": config["temperature"]}}
    (folder / "config.json").write_text(json.dumps(config))
    manifest = {"state": state, "commit": "0123456789abcdef", "model": {"name": "some-model", "sha256": sha256}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
