"""Recorded: a model whose completions were recorded in run folders, such as those of results/reference."""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from solverlearner.errors import UsageError, check_range, did_you_mean
from solverlearner.files import read_json
from solverlearner.models.base import Reply, Request
from solverlearner.models.question import Question
from solverlearner.models.tokens import FULL_SAMPLER, asked_fields, tokens_of_record
from solverlearner.task import JSON

OURS = Path(__file__).resolve().parents[2] / "results" / "reference"
"""The recordings of the repository; an installed package has none."""

BEST = "qwen2.5-coder-1.5b-instruct-q4_k_m"
"""The recorded model whose results tell most."""

_JOURNALS = ("replies.jsonl", "replies.jsonl.gz")
_SENT = {"endpoint", "sample", "model", "temperature", "max_tokens"}
_REPLY = tuple(each.name for each in fields(Reply))

_OPTIONAL = {*FULL_SAMPLER, *asked_fields(1)}
_Key = tuple[str, float | None, int, tuple[int, ...], frozenset[tuple[str, JSON]]]
"""What was sent: a hash of the messages, temperature, max_tokens, the numbers of the draw above temperature 0, and the
fields of log-probabilities and sampler."""


@dataclass(frozen=True)
class _Run:
    """One recorded run: its folder, its date, its variant, settings and limits."""

    journal: Path
    model: str
    date: str
    sha256: str | None
    label: str
    settings: tuple[str, ...]
    config: Mapping[str, Any] = field(repr=False)


@dataclass
class Recorded:
    """The recorded completions of one model: each call gets what an endpoint once answered to the same request.

    A request is the same if its messages, `temperature`, `max_tokens`, `logprobs` and `sampler` are. `name` is the
    model's name or the beginning of it. `recordings` is a folder of run folders; None is `results/reference` of the
    repository. No server, no weights and no key are used. Raises: UsageError, where there are no recordings of this
    model.

        Recorded("qwen2.5-coder-1.5b", max_tokens=400).name    # "qwen2.5-coder-1.5b-instruct-q4_k_m"
    """

    kind: ClassVar[str] = "recorded"
    sends_nothing: ClassVar[bool] = True
    no_other_questions: ClassVar[str] = "it has completions of recorded prompts only"
    name: str
    temperature: float | None = 0.0
    max_tokens: int = 400
    recordings: str | None = None
    logprobs: int | None = None
    sampler: str = "default"
    _runs: list[_Run] = field(default_factory=list, init=False, repr=False)
    _asked: set[str] = field(default_factory=set, init=False, repr=False)
    """The days on which the completions that were given so far were recorded."""

    def __post_init__(self) -> None:
        if self.temperature is not None:
            check_range("temperature", self.temperature, 0, 2)
        check_range("max_tokens", self.max_tokens, 1, 1_000_000)
        asked_fields(self.logprobs, self.sampler)
        runs = list(_runs_in(self._folder))
        if not runs:
            raise UsageError(*self._none_here())
        self.name = _full_name(str(self.name), sorted({run.model for run in runs}), self._folder)
        self._runs = [run for run in runs if run.model == self.name]

    @property
    def configs(self) -> list[Mapping[str, Any]]:
        """The options of the recorded runs of this model, as their `config.json` holds them."""
        return [run.config for run in self._runs]

    @property
    def _folder(self) -> Path:
        return OURS if self.recordings is None else Path(self.recordings).expanduser()

    def _none_here(self) -> tuple[str, str]:
        if self.recordings is None:
            return "model=recorded", (
                "the recordings are in the repository (results/reference), not in the installed package; clone it and "
                "give recordings=DIR"
            )
        return f"recordings={self.recordings}", "holds no run folder with replies.jsonl or replies.jsonl.gz"

    @property
    def identity(self) -> Mapping[str, JSON]:
        """The recorded model, the hash of its weights where it is known, and the days on which it was asked."""
        return {"name": self.name, "sha256": self.sha256, "recorded": self.dates}

    @cached_property
    def sha256(self) -> str | None:
        """The SHA-256 of the weights: from the manifests, or else from the folder's `weights.json`."""
        noted = read_json(self._folder / "weights.json").get(self.name)
        return next((run.sha256 for run in self._runs if run.sha256), noted if isinstance(noted, str) else None)

    @property
    def dates(self) -> str:
        """The first and the last day of recording, as "2026-11-20 to 2026-11-23".

        Of the completions that were given so far; before the first one, of all that are recorded.
        """
        dates = sorted({run.date for run in self._runs} & (self._asked or {run.date for run in self._runs}) - {""})
        return "unknown" if not dates else " to ".join(dict.fromkeys((dates[0], dates[-1])))

    @property
    def remark(self) -> str:
        """When the completions were recorded and with which weights."""
        weights = f"{self.sha256[:12]}…" if self.sha256 else "of unknown hash"
        return f"Recorded on {self.dates}, weights {weights}. No model was asked now."

    async def open(self) -> None:
        """Read the recordings; nothing is loaded and no connection is made."""
        await asyncio.to_thread(lambda: self._replies)

    async def aclose(self) -> None:
        """Nothing to do."""

    def request(self, call: Question) -> Request | None:
        """None: recorded completions need no cache."""
        return None

    async def ask(self, call: Question) -> Reply:
        """The completion that was recorded for the same messages and limit. Raises: UsageError for one that is not."""
        found = self._find(call)
        if found is None:
            raise UsageError("model=recorded", self._missing(call, _digest(call.id)))
        reply, date = found
        self._asked.add(date)
        return reply

    def why(self, call: Question) -> str:
        """Whether the completion of a call is recorded, or what is recorded instead."""
        return f"recorded in {self._folder}" if self._find(call) else self._missing(call, _digest(call.id))

    def _find(self, call: Question) -> tuple[Reply, str] | None:
        draw = tuple(call.draw) if self._drawn else (0, 0)
        more = frozenset(asked_fields(self.logprobs, self.sampler).items())
        return self._replies.get((_digest(call.id), self.temperature, self.max_tokens, draw, more))

    @property
    def _drawn(self) -> bool:
        return self.temperature is None or self.temperature > 0

    @cached_property
    def _replies(self) -> dict[_Key, tuple[Reply, str]]:
        """By what was sent, the reply and its day."""
        found: dict[_Key, tuple[Reply, str]] = {}
        for run in self._runs:
            for record in _records(run.journal):
                if "state" in record and (key := _key(record)):
                    found.setdefault(key, (_reply(record), run.date))
        return found

    def _missing(self, call: Question, digest: str) -> str:
        setting, _, where = call.place.partition("/")
        asked = f"{setting} (call {where}) of {self.name} is not recorded with max_tokens={self.max_tokens}"
        asked += f", temperature={self.temperature}"
        if limits := sorted({key[1:3] for key in self._replies if key[0] == digest}, key=str):
            there = " or ".join(f"max_tokens={limit} temperature={temperature}" for temperature, limit in limits)
            return f"{asked}; the same prompt is recorded with {there}"
        return f"{asked}; recorded are, with {self._usual} of {', '.join(self._variants)}"

    @property
    def _usual(self) -> str:
        """The options that all recordings of this model share, and its settings with their usual number of episodes."""
        shared = []
        for key in ("shots", "seed", "hint", "noise"):
            values = {str(run.config.get(key)) for run in self._runs}
            shared += [f"{key}={values.pop()}"] if len(values) == 1 else []
        episodes: dict[str, Counter[int]] = {}
        for run in self._runs:
            for setting in run.settings:
                episodes.setdefault(setting, Counter())[int(run.config.get("episodes") or 0)] += 1
        settings = (f"{name} (episodes={usual.most_common(1)[0][0]})" for name, usual in episodes.items())
        return f"{' '.join(shared)}: {', '.join(settings)}"

    @property
    def _variants(self) -> list[str]:
        return sorted({run.label for run in self._runs})


def _full_name(name: str, known: list[str], folder: Path) -> str:
    """The one recorded model whose name is this or begins so. Raises: UsageError."""
    found = [each for each in known if each.lower() == name.lower()]
    found = found or [each for each in known if each.lower().startswith(name.lower())]
    if len(found) == 1:
        return found[0]
    problem = f"is {'not recorded' if not found else 'the beginning of several names'}"
    raise UsageError(
        f"name={name}", f"{problem} in {folder}{did_you_mean(name, known)}; recorded are {', '.join(known)}"
    )


def _runs_in(folder: Path) -> Iterator[_Run]:
    """The run folders with a journal in a folder, by name."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        journal = next((path / name for name in _JOURNALS if (path / name).is_file()), None)
        if journal is None:
            continue
        config, told = read_json(path / "config.json"), read_json(path / "manifest.json")
        model = told.get("model")
        if not isinstance(model, dict) or not isinstance(model.get("name"), str):
            continue
        name, date, settings = model["name"], str(told.get("started") or "")[:10], config.get("settings")
        label = path.name.partition(f"-{name}-")[0].replace("-", " ", 1)
        shown = tuple(map(str, settings)) if isinstance(settings, list) else ()
        yield _Run(journal, name, date, model.get("sha256"), label, shown, config)


def _records(journal: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal, gzip or not. Raises: UsageError where it cannot be read."""
    try:
        with gzip.open(journal) if journal.suffix == ".gz" else journal.open("rb") as lines:
            for line in lines:
                record = json.loads(line)
                if isinstance(record, dict):
                    yield record
    except (OSError, EOFError, ValueError) as error:
        raise UsageError(f"recordings={journal.parent.parent}", f"{journal} cannot be read: {error}") from error


def _key(record: Mapping[str, Any]) -> _Key | None:
    """What a record's reply was sent for; None where the request held more than a recorded model can be asked."""
    sent = record.get("request")
    if not isinstance(sent, dict) or {*sent} - _SENT - _OPTIONAL:
        return None
    return (
        _digest(str(record.get("id"))),
        sent.get("temperature"),
        sent.get("max_tokens", 0),
        tuple(sent.get("sample", (0, 0))),
        frozenset((name, value) for name, value in sent.items() if name in _OPTIONAL),
    )


def _digest(identifier: str) -> str:
    """The hash of the messages, at the end of a call's id (`question.id_of`)."""
    return identifier.rpartition("/")[2]


def _reply(record: Mapping[str, Any]) -> Reply:
    reply = Reply(**{name: record[name] for name in _REPLY if name in record and name != "tokens"})
    return replace(reply, tokens=tokens_of_record(record["tokens"])) if record.get("tokens") else reply
