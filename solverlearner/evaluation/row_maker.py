"""Row maker: the rows of a call that is over, one a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from solverlearner.design.call import Call
from solverlearner.design.episode import Episode
from solverlearner.design.verdict import Verdict
from solverlearner.evaluation.rollout import Rollout
from solverlearner.evaluation.row_schema import Row
from solverlearner.evaluation.scoring import score_value
from solverlearner.models.base import ProviderError, Reply
from solverlearner.task import JSON, Item, Rule, Task

_AMOUNTS = ("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "seconds")
_amounts_of = attrgetter(*_AMOUNTS)
_MOST_SHARED = 64


class _Shared(NamedTuple):
    """What all rows of a task in an episode have alike: two references, and `columns` with everything else."""

    task: Task
    episode: Episode
    ideal: Rule | None
    default_world: Rule | None
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class RowMaker:
    """Makes the rows of a run. Properties of tasks and rules are asked for once an episode: they take time."""

    seed: int
    _recent: dict[tuple[int, int], _Shared] = field(default_factory=dict, repr=False)

    def rows(self, model: str, call: Call, rollout: Rollout) -> list[Row]:
        """The rows of one call with all its rounds: one for an answer, one a query of the episode for a program."""
        first = call.query or 0
        asked = zip(call.items, rollout.chosen.verdicts, strict=True)
        return [self._row(model, call, rollout, first + offset, *each) for offset, each in enumerate(asked)]

    def _row(self, model: str, call: Call, rollout: Rollout, query: int, item: Item, verdict: Verdict) -> Row:
        last, chosen, shared = rollout.last, rollout.chosen, self._shared(call)
        reply = last.came if isinstance(last.came, Reply) else None
        ideal, ideal_correct, ideal_score = _reference(call, shared.ideal, item)
        default_world, default_world_correct, default_world_score = _reference(call, shared.default_world, item)
        meaning, on_target = _meaning(call, item, verdict)
        return Row(
            setting=call.setting.name,
            query=query,
            sample=call.sample,
            model=model,
            seed=self.seed,
            input=list(item.input),
            expected=item.expected,
            **vars(verdict),
            correct=verdict.correct,
            ideal=ideal,
            ideal_correct=ideal_correct,
            ideal_score=ideal_score,
            default_world=default_world,
            default_world_correct=default_world_correct,
            default_world_score=default_world_score,
            meaning=meaning,
            on_target=on_target,
            posterior=None if call.check or _is_backwards(call) else call.episode.posterior(item),
            facts=None if call.check else call.task.item_facts(item.input) or None,
            tokens=_tokens(call, chosen.came, query),
            prompt=last.call.messages,
            calls=len(rollout.replies),
            own_rule=rollout.own_rule,
            wording=call.wording,
            **shared.columns,
            **_replied(rollout, reply),
            **_program(call, rollout),
        )

    def _shared(self, call: Call) -> _Shared:
        key = id(call.task), id(call.episode)  # neither ends while its entry stands
        if key not in self._recent:
            if len(self._recent) >= _MOST_SHARED:
                del self._recent[next(iter(self._recent))]
            self._recent[key] = _shared_of(call)
        return self._recent[key]


def _shared_of(call: Call) -> _Shared:
    task, episode = call.task, call.episode
    columns = {
        "episode": episode.index,
        "task": task.name,
        "variant": task.variant,
        "rule": task.rule.name,
        "ambiguity": episode.ambiguity,
        "uncovered": episode.uncovered,
        "corrupted": episode.corrupted,
    }
    ideal = None if _is_backwards(call) else episode.ideal
    return _Shared(task, episode, ideal, task.default_world, columns)


def _is_backwards(call: Call) -> bool:
    """Whether the rule is given and an input asked for, so that an ideal learner has nothing to find."""
    return call.setting.asks == "input"


def _replied(rollout: Rollout, reply: Reply | None) -> dict[str, Any]:
    """The columns of the last reply's text, and of amounts over all of a rollout's own replies.

    An amount is None where one of the replies does not tell it.
    """
    if reply is None:
        return {"reply": None, "reply_state": "api_error", "reasoning": None, **dict.fromkeys(_AMOUNTS)}
    text = {"reply": reply.text, "reply_state": reply.state, "reasoning": reply.reasoning}
    told = [_amounts_of(each) for each in rollout.replies]
    sums = told[0] if len(told) == 1 else [None if None in each else sum(each) for each in zip(*told, strict=True)]
    return text | dict(zip(_AMOUNTS, sums, strict=True))


def _program(call: Call, rollout: Rollout) -> dict[str, Any]:
    """The columns of the program that counts: its text, its shots, and what it does on probe inputs."""
    chosen = rollout.chosen
    shots = len(call.episode.shots) if rollout.last.answered and call.setting.checked_on_shots else 0
    checked = {"shots": shots or None, "shots_right": chosen.tried.right if shots else None}
    return {"program": chosen.program, **checked, **vars(rollout.does)}


def _reference(call: Call, rule: Rule | None, item: Item) -> tuple[JSON, bool | None, float | None]:
    """The columns of a reference: its answer and the score of that; None where there is no such reference."""
    if rule is None:
        return None, None, None
    value = None if call.check else rule.apply(item.input)
    score = 0.0 if value is None else score_value(call.task, item, value)
    return value, score == 1, score


def _meaning(call: Call, item: Item, verdict: Verdict) -> tuple[str | None, bool | None]:
    """The columns that group answers: what the value means, and whether it is what the run argues for.

    A value that counts as a known answer has that answer's meaning, whatever its words are.
    """
    task = call.task
    if call.check or verdict.score is None:
        return None, None
    if verdict.value is None:
        return None, False
    target = task.argued_for(item.input)
    known = [target, task.default_answer(item.input), item.expected]
    right = [verdict.correct and each == item.expected for each in known]  # as a rule that is a program has found
    equal = [
        each is not None and (ok or task.equal(each, verdict.value)) for ok, each in zip(right, known, strict=True)
    ]
    told = next((each for each, same in zip(known, equal, strict=True) if same), verdict.value)
    return task.meaning(told), bool(equal[0])


def _tokens(call: Call, came: Reply | ProviderError, query: int) -> JSON:
    """The log-probabilities of the reply; of a program they stand in the row of its first query alone."""
    tokens = came.tokens if isinstance(came, Reply) else None
    return tokens.record if tokens and (call.query is not None or query == 0) else None
