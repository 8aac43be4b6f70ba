"""Episodes: the rows that a page shows, each prompt, reply and program once."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from solverlearner.analysis.runs import Run
from solverlearner.evaluation.row_lines import RowLine, value_of
from solverlearner.evaluation.row_schema import score_of
from solverlearner.reporting.html.choose import EpisodePlace
from solverlearner.task import JSON

_Texts = dict[str, int]

# Short keys would save nothing: the page's data are compressed.
_OF_CALL = (
    "reply_state", "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "seconds", "calls",
    "shots", "shots_right",
)  # fmt: skip
_SPOKEN = ("reasoning", "reply", "program")
_OF_EPISODE = ("ambiguity", "uncovered", "corrupted")


_LONGEST_MEANING = 60


def outcome(line: RowLine) -> str:
    """ "right", "partly", "wrong", "recited", or the status of a query that has no value."""
    if line.status != "ok":
        return str(line.status)
    if line.correct:
        return "right"
    return "recited" if line.recited else "partly" if score_of(line.score, line.correct) else "wrong"


class ReadEpisodes:
    """Episodes as plain values, read run by run: in memory each prompt, reply and program stands once.

    A run that is gone or shorter by now has fewer rows, and an episode without any is left out.
    """

    def __init__(self, runs: Sequence[Run], places: Collection[EpisodePlace]) -> None:
        self._texts: _Texts = {}
        self._found: dict[EpisodePlace, dict[str, Any]] = {}
        wanted: dict[int, set[tuple[str, int]]] = {}
        for number, setting, episode in places:
            wanted.setdefault(number, set()).add((setting, episode))
        for number, own in wanted.items():
            lines: dict[EpisodePlace, list[RowLine]] = {}
            for line in _lines(runs[number], own):
                lines.setdefault((number, line.setting, line.episode), []).append(line)
            for place, rows in lines.items():
                rows.sort(key=lambda line: (line.query, line.sample))
                self._found[place] = _episode(place, rows, self._texts)

    def packed(self, places: Sequence[EpisodePlace]) -> dict[str, Any]:
        """These episodes and the `texts` that they need, in the order in which `episodes` name them by number."""
        known, numbers = [*self._texts], dict[int, int]()
        episodes = [_renumbered(self._found[place], numbers) for place in places if place in self._found]
        return {"episodes": episodes, "texts": [known[number] for number in numbers]}


def _renumbered(episode: Mapping[str, Any], numbers: dict[int, int]) -> dict[str, Any]:
    def new(number: int) -> int:
        return numbers.setdefault(number, len(numbers))

    calls = []
    for call in episode["calls"]:
        prompt = [[role, new(number)] for role, number in call["prompt"]]
        calls.append({**call, "prompt": prompt, **{name: new(call[name]) for name in _SPOKEN if name in call}})
    return {**episode, "calls": calls}


def _lines(run: Run, wanted: Collection[tuple[str, int]]) -> Iterator[RowLine]:
    settings, episodes = ({*each} for each in zip(*wanted, strict=True))
    yield from (line for line in run.lines(settings, episodes) if (line.setting, line.episode) in wanted)


def _episode(place: EpisodePlace, lines: Sequence[RowLine], texts: _Texts) -> dict[str, Any]:
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


def _groups(lines: Sequence[RowLine]) -> list[str]:
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


def _call_texts(line: RowLine, texts: _Texts) -> dict[str, Any]:
    def number(text: str | None) -> int | None:
        return None if text is None else texts.setdefault(text, len(texts))

    prompt = [[message.get("role", ""), number(message.get("content", ""))] for message in line.prompt]
    return {"prompt": prompt, **{name: number(getattr(line, name)) for name in _SPOKEN}}


def _query(line: RowLine) -> dict[str, Any]:
    """Values as JSON text: a browser's numbers would not keep every digit."""
    inputs = value_of(line.input)
    told: dict[str, Any] = {"input": ", ".join(map(_text, inputs if isinstance(inputs, list) else [inputs]))}
    told |= {"outcome": outcome(line), "expected": _text(value_of(line.expected))}
    told |= {"message": line.message or None, "unstable": line.unstable or None}
    if line.status == "ok":
        told["got"] = _text(value_of(line.value))
    if outcome(line) == "partly":
        told["score"] = line.score
    if line.recited:
        told["world"] = _text(value_of(line.default_world))
    return _without_nothing(told)


def _text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)


def _without_nothing(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value is not None}
