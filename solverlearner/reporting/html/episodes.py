"""Episodes: the rows that a page shows, each prompt, reply and program once."""

import json
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from solverlearner.analysis.kept_runs import decoded_rows
from solverlearner.analysis.runs import Run
from solverlearner.evaluation.row_schema import row_decoder, score_of
from solverlearner.reporting.html.choose import EpisodePlace
from solverlearner.task import JSON

_Texts = dict[str, int]

# Short keys would save nothing: the page's data are compressed.
_OF_CALL = (
    "reply_state", "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "seconds", "calls",
    "shots", "shots_right",
)  # fmt: skip
_OF_EPISODE = ("ambiguity", "uncovered", "corrupted")


_OF_QUERY = (
    "setting", "episode", "query", "sample", "status", "correct", "score", "input", "expected", "value", "recited",
    "message", "unstable", "default_world", "program", "prompt", "reply", "reasoning", "meaning",
)  # fmt: skip

_LONGEST_MEANING = 60

_decode = row_decoder((*_OF_QUERY, *_OF_CALL, *_OF_EPISODE))

PageLine = Any
"""A row as `_decode` gives it: the columns that a page shows, as attributes."""


def outcome(line: PageLine) -> str:
    """ "right", "partly", "wrong", "recited", or the status of a query that has no value."""
    if line.status != "ok":
        return str(line.status)
    if line.correct:
        return "right"
    return "recited" if line.recited else "partly" if score_of(line.score, line.correct) else "wrong"


def read_episodes(runs: Sequence[Run], places: Collection[EpisodePlace]) -> dict[EpisodePlace, list[PageLine]]:
    """The rows of these episodes by query and sample, of each the last one written.

    A run that is gone or shorter by now has fewer, and an episode without any is no entry.
    """
    found: dict[EpisodePlace, list[PageLine]] = {}
    for number, run in enumerate(runs):
        wanted = {(setting, episode) for at, setting, episode in places if at == number}
        last = {(line.setting, line.episode, line.query, line.sample): line for line in _lines(run.rows_file, wanted)}
        for key in sorted(last):
            found.setdefault((number, *key[:2]), []).append(last[key])
    return found


def _lines(path: Path, wanted: Collection[tuple[str, int]]) -> Iterator[PageLine]:
    """Lines that are no rows were told of when the tables read them."""
    if not wanted:
        return
    try:
        yield from (line for line in decoded_rows(path, _decode) if (line.setting, line.episode) in wanted)
    except (OSError, EOFError, zlib.error):
        return


def packed_episodes(episodes: Mapping[EpisodePlace, Sequence[PageLine]]) -> dict[str, Any]:
    """Episodes as plain values: `texts`, each once, and `episodes`, whose calls name texts by their number."""
    texts: _Texts = {}
    return {"episodes": [_episode(place, lines, texts) for place, lines in episodes.items()], "texts": list(texts)}


def _episode(place: EpisodePlace, lines: Sequence[PageLine], texts: _Texts) -> dict[str, Any]:
    run, setting, number = place
    calls: dict[str, dict[str, Any]] = {}
    queries = []
    sampled = any(line.sample for line in lines)
    for line in lines:
        said = _call_texts(line, texts)
        key = json.dumps(said)
        calls.setdefault(key, said | {name: getattr(line, name) for name in _OF_CALL})
        name = f"{line.query}.{line.sample}" if sampled else str(line.query)
        queries.append({"name": name} | _query(line) | {"call": [*calls].index(key)})
    facts = {name: getattr(lines[0], name) for name in _OF_EPISODE}
    told = {"run": run, "setting": setting, "number": number, **facts}
    told["groups"] = _groups(lines) if sampled else None
    return _without_nothing(told) | {"calls": [*map(_without_nothing, calls.values())], "queries": queries}


def _groups(lines: Sequence[PageLine]) -> list[str]:
    """Of each query with several samples, the answers by meaning with their numbers, the most frequent first.

    A line reads "query 0: norway × 6, chad × 4"; "no answer" are samples that nothing could be read from.
    """
    queries: dict[int, Counter[str]] = {}
    for line in lines:
        if line.status != "unanswered":
            queries.setdefault(line.query, Counter())[line.meaning or "no answer"] += 1
    return [
        f"query {query}: " + ", ".join(f"{_short(meaning)} × {count}" for meaning, count in found.most_common())
        for query, found in queries.items()
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_MEANING else f"{text[:_LONGEST_MEANING]}…"


def _call_texts(line: PageLine, texts: _Texts) -> dict[str, Any]:
    def number(text: str | None) -> int | None:
        return None if text is None else texts.setdefault(text, len(texts))

    prompt = [[message.get("role", ""), number(message.get("content", ""))] for message in line.prompt]
    spoken = {"reasoning": line.reasoning, "reply": line.reply, "program": line.program}
    return {"prompt": prompt, **{name: number(text) for name, text in spoken.items()}}


def _query(line: PageLine) -> dict[str, Any]:
    """Values as JSON text: a browser's numbers would not keep every digit."""
    inputs = line.input if isinstance(line.input, list) else [line.input]
    told: dict[str, Any] = {"input": ", ".join(map(_text, inputs)), "outcome": outcome(line)}
    told |= {"expected": _text(line.expected), "message": line.message or None, "unstable": line.unstable or None}
    if line.status == "ok":
        told["got"] = _text(line.value)
    if outcome(line) == "partly":
        told["score"] = line.score
    if line.recited:
        told["world"] = _text(line.default_world)
    return _without_nothing(told)


def _text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)


def _without_nothing(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value is not None}
