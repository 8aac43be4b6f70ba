"""Scored corpus: published replies through the readers of a live run, into a run folder for each model and variant."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from solverlearner.analysis.summary import as_record, summarise
from solverlearner.design.call import Call
from solverlearner.design.episode import Episode, fitting_rules
from solverlearner.design.setting import ASKABLE
from solverlearner.evaluation.derivation import derivation
from solverlearner.evaluation.identity import TARGET, folder_name
from solverlearner.evaluation.row_file import read_rows
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.evaluation.session import carry_out
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine
from solverlearner.inference.request_options import Counts
from solverlearner.models.base import Reply
from solverlearner.models.question import Message
from solverlearner.models.replay import Replay
from solverlearner.published.published_reply import Corpus, PublishedReply, as_published
from solverlearner.task import Item, Rule, Task


@dataclass(frozen=True)
class Verdict:
    """Our verdict on a published reply. `value` is what our reader found; None: nothing."""

    reply: PublishedReply
    correct: bool
    value: Any


@dataclass(frozen=True)
class ScoredRun:
    """One run folder of published replies: a model on a variant, in one arm."""

    folder: Path
    verdicts: tuple[Verdict, ...] = field(repr=False)


@dataclass(frozen=True)
class _PublishedCall(Call):
    """A call whose episode holds its one query only: which others the corpus has does not matter here."""

    @property
    def items(self) -> tuple[Item, ...]:
        """The item that was asked."""
        return self.episode.queries


def score_corpus(
    corpus: Corpus, replies: Iterable[PublishedReply], commit: Mapping[str, str], results: Path, executor: Executor
) -> Iterator[ScoredRun]:
    """Score all replies, a run folder for each model, variant and arm. Raises: UsageError, RunStopped.

    `commit` says which version of the corpus was read, for the manifests.
    """
    groups: dict[tuple[object, ...], list[PublishedReply]] = {}
    for reply in replies:
        variant = reply.variant or reply.task.variant
        groups.setdefault((reply.model, reply.task.name, variant, reply.arm), []).append(reply)
    with asyncio.Runner() as runner:
        for group in groups.values():
            yield _scored_run(corpus, group, commit, results, executor, runner)


def _scored_run(
    corpus: Corpus, group: list[PublishedReply], commit: Mapping[str, str], results: Path, executor: Executor,
    runner: asyncio.Runner,
) -> ScoredRun:  # fmt: skip
    first = group[0]
    task = as_published(corpus, first.task, first.variant)
    calls = {_place(reply): (_call(corpus, reply), reply) for reply in _told_apart(group)}
    answers = {call.id: Reply(reply.text or "", "ok" if reply.text else "null") for call, reply in calls.values()}
    model = Replay(first.model, {"name": first.model, "corpus": corpus.name, **commit}, answers)
    config = {
        "task": _task_record(first),
        "corpus": corpus.name,
        **({"thought": first.arm.thought} if first.arm.thought != "free" else {}),
        **({"own_rule": first.arm.own_rule} if first.arm.own_rule else {}),
    }
    label = "-".join(part for part in (first.task.name, task.variant, first.model, first.arm.label) if part)
    derived = derivation(first.task, {})
    name = folder_name({**config, "model": first.model, **commit}, label)
    with open_folder(results, name, {**config, "results": str(results)}, derived) as folder:
        engine = Engine(model, folder.log, Counts(len(calls)))
        carry_out([(call for call, _ in calls.values())], 0, engine, folder, executor, None, runner, programs=False)
        rows = {(row["setting"], row["episode"], row["query"], row["sample"]): row for row in read_rows(folder.path)}
        folder.write("summary.json", as_record(summarise(rows.values())))
        verdicts = [
            Verdict(reply, bool(rows[place]["correct"]), rows[place]["value"]) for place, (_, reply) in calls.items()
        ]
    return ScoredRun(folder.path, tuple(verdicts))


def _told_apart(group: Iterable[PublishedReply]) -> Iterator[PublishedReply]:
    """The replies, of which those to the same question are samples, however many files they are of."""
    seen: set[tuple[str, int, int, int]] = set()
    for reply in group:
        while _place(reply) in seen:
            reply = replace(reply, sample=reply.sample + 1)
        seen.add(_place(reply))
        yield reply


def _place(reply: PublishedReply) -> tuple[str, int, int, int]:
    return reply.setting, reply.episode, reply.query, reply.sample


def _task_record(reply: PublishedReply) -> dict[str, Any]:
    """The task as `config.json` keeps it; where items have tasks of their own, its name alone."""
    if reply.variant is not None or not hasattr(type(reply.task), "kind"):
        return {"name": reply.task.name}
    cls = type(reply.task)
    options = {each.name: getattr(reply.task, each.name) for each in fields(reply.task)}  # type: ignore[arg-type]
    return {TARGET: f"{cls.__module__}.{cls.__qualname__}", **options}


def _call(corpus: Corpus, reply: PublishedReply) -> Call:
    task = as_published(corpus, reply.task, reply.variant)
    ideal, ambiguity = _fitting(reply.task, reply.shots)
    uncovered = reply.task.uncovered(reply.shots)
    episode = Episode(task, reply.episode, reply.shots, (reply.item,), ideal, ambiguity, uncovered)
    messages: list[Message] = [{"role": "user", "content": reply.prompt}]
    return _PublishedCall(task, ASKABLE[reply.setting], episode, reply.query, lambda: messages, sample=reply.sample)


def _fitting(task: Task, shots: tuple[Item, ...]) -> tuple[Rule | None, int | None]:
    """The ideal learner's rule and how many rules fit; both None where the family is unknown."""
    family = task.family()
    if not family:
        return None, None
    known = (type(task), len(family), repr(shots))  # the same shots come again in every setting and arm
    if known not in _FITTING:
        rules = fitting_rules(task, shots)
        _FITTING[known] = rules[0], len(rules)
    return _FITTING[known]


_FITTING: dict[tuple[type, int, str], tuple[Rule, int]] = {}
