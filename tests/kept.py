"""Run folders made by hand, whose rows are exactly those that a test needs."""

import json

from solverlearner.design.verdict import RuleFound
from solverlearner.evaluation.row_schema import COLUMNS, SCORES, Row, row_line, score_of

CALL = {"prompt_tokens": 30, "completion_tokens": 8, "reasoning_tokens": 5, "cached_tokens": 10, "seconds": 0.5}


def row(setting="io", episode=0, query=0, sample=0, **more):
    """A right answer of the arith task, but for what is given."""
    what = {"task": "arith", "variant": "base-9", "rule": "base 9", "model": "some-model", "seed": 0, "status": "ok"}
    what |= {"input": ["57", "27"], "expected": "85", "value": "85", "correct": True, "recited": False}
    what |= {"message": "", "unstable": "", "ambiguity": 1, "uncovered": None, "corrupted": 0}
    what |= {"ideal": "85", "ideal_correct": True, "default_world": "84", "default_world_correct": False}
    what |= {"program": None, "prompt": [{"role": "user", "content": f"57+27? {episode}"}], "reply": "\\boxed{85}"}
    what |= {
        "reply_state": "ok",
        "reasoning": None,
        "calls": 1,
        "own_rule": None,
        "shots": None,
        "shots_right": None,
        "wording": 0,
    }
    what |= {"posterior": None, "meaning": "85", "on_target": True, "facts": None, "tokens": None}
    what |= vars(RuleFound()) | CALL | more
    for score, correct in SCORES.items():
        what.setdefault(score, score_of(None, what[correct]))
    return Row(setting=setting, episode=episode, query=query, sample=sample, **what)


def unanswered(setting="io", episode=0, query=0, **more):
    """A query that no reply came to."""
    gone = {"status": "unanswered", "value": None, "correct": None, "reply": None, "reply_state": "api_error"}
    return row(setting, episode, query, message="HTTP 503", **gone, **dict.fromkeys(CALL), **more)


def whole_row(values):
    """A row as `read_rows` gives it, made from the values that a test names."""
    found = {column.name: column.earlier for column in COLUMNS.values() if not column.required} | {**values}
    return found | {score: score_of(found[score], found[correct]) for score, correct in SCORES.items()}


def text_of(rows):
    return "".join(row_line(each).decode() for each in rows)


def write_run(folder, rows, **manifest):
    """A run folder with these rows."""
    folder.mkdir(parents=True)
    model = {"name": "some-model", "sha256": "5ea1", "base_url": None}
    times = {"started": "2026-11-21T08:00:00+00:00", "ended": "2026-11-21T08:10:00+00:00"}
    made = {"state": "complete", **times, "solverlearner": "0.1.0", "commit": "0123abc+", "model": model} | manifest
    config = {"shots": 8, "temperature": 0.0, "max_tokens": 100, "task": {"_target_": "tasks.Arith", "base": 9}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "manifest.json").write_text(json.dumps(made))
    (folder / "rows.jsonl").write_text(text_of(rows))
    return folder
