"""Rollout: all rounds of one call, the completion of each, and the verdicts on its program or answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from solverlearner.design.call import Call
from solverlearner.design.learner import Learner, Tried, checked_choice
from solverlearner.design.verdict import RuleFound, Verdict, unanswered
from solverlearner.evaluation.extract_program import cut_program
from solverlearner.evaluation.preimages import checked_inputs
from solverlearner.evaluation.scoring import score_answer, score_check, score_outcome
from solverlearner.evaluation.which_rule import rule_found
from solverlearner.execution.executor import Executor
from solverlearner.models.base import ProviderError, Reply
from solverlearner.task.thought import split_thought

Ask = Callable[[Call], Awaitable[Reply | ProviderError]]


@dataclass(frozen=True)
class Round:
    """One call with its completion, or the failure that came instead.

    `verdicts` has one for each of its queries, in order; `shots` one for each shot that its program was written from.
    """

    call: Call
    came: Reply | ProviderError
    program: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    shots: tuple[Verdict, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether a reply came."""
        return isinstance(self.came, Reply)

    @property
    def tried(self) -> Tried:
        """The part that the learner sees: nothing of the queries."""
        text = self.came.text if isinstance(self.came, Reply) else ""
        return Tried(self.call.messages, text, self.program, self.shots)


@dataclass(frozen=True)
class Rollout:
    """The rounds that a call took, and the round with the rule in words that came before them, if there is one.

    After a failure no round follows, and the call is unanswered. `does` says what the program that counts carries out.
    """

    rounds: Sequence[Round]
    rule: Round | None = None
    does: RuleFound = field(default_factory=RuleFound)

    @property
    def last(self) -> Round:
        """The last round: its messages hold the conversation."""
        return self.rounds[-1]

    @cached_property
    def chosen(self) -> Round:
        """The round whose program or answer counts."""
        if not self.last.answered:
            return self.last
        every = [*self._before, *self.rounds]
        learner = self.last.call.learner
        if len(every) == 1 and type(learner).chosen is Learner.chosen:  # an answer, as a rule
            return every[0]
        tried = [each.tried for each in every]
        return every[checked_choice(learner, learner.chosen(tried), tried)]

    @cached_property
    def replies(self) -> list[Reply]:
        """The completions that this call's program or answer took: of all rounds, and of a program's rule in words."""
        before = self._before if self.last.call.query is None else []
        return [each.came for each in (*before, *self.rounds) if isinstance(each.came, Reply)]

    @property
    def own_rule(self) -> str | None:
        """The model's rule in words that the program or the answer goes by."""
        return self.rule.tried.said if self.rule else None

    @property
    def _before(self) -> list[Round]:
        return [self.rule] if self.rule else []


async def roll_out(call: Call, ask: Ask, executor: Executor) -> Rollout:
    """Ask a call, and again as long as its learner asks for another round and completions come.

    Raises: ExecutorError, and the exceptions of `ask`.
    """
    rule = None
    following: Call | None = call
    if call.needs:
        came = await ask(call.needs)
        if isinstance(came, ProviderError):
            return Rollout([await score(replace(call, prompt=call.needs.prompt), came, executor)])
        rule = Round(call.needs, without_thought(came))
        following = call.next([rule.tried])
    before = [rule.tried] if rule else []
    rounds: list[Round] = []
    while following:
        came = await ask(following)
        rounds.append(await score(following, came, executor))
        following = None if isinstance(came, ProviderError) else call.next(before + [each.tried for each in rounds])
    return await examined(Rollout(rounds, rule), executor)


async def examined(rollout: Rollout, executor: Executor) -> Rollout:
    """The rollout with what its program does on probe inputs, if it has one that takes inputs.

    Raises: ExecutorError, UsageError.
    """
    chosen = rollout.chosen
    if chosen.program is None or chosen.call.setting.asks == "input":
        return rollout
    call = chosen.call
    shots = call.episode.shots if call.setting.checked_on_shots else ()
    right, fitting = chosen.tried.right, call.episode.fitting
    return replace(rollout, does=await rule_found(call.task, chosen.program, shots, right, fitting, executor))


def without_thought(came: Reply | ProviderError) -> Reply | ProviderError:
    """The reply with the thought that a model wrote before its answer as its reasoning, whichever model gave it.

    Endpoints' replies come without it; those of files and of other models may have it in their text.
    """
    if isinstance(came, ProviderError):
        return came
    answer, thought = split_thought(came.text)
    if answer == came.text:
        return came
    reasoning = "\n".join(part for part in (came.reasoning, thought) if part)
    return replace(came, text=answer, reasoning=reasoning or None)


async def score(call: Call, came: Reply | ProviderError, executor: Executor) -> Round:
    """One call with the verdicts on its completion. Raises: ExecutorError."""
    came = without_thought(came)
    if isinstance(came, ProviderError):
        return Round(call, came, None, tuple(unanswered(str(came)) for _ in call.items))
    if call.check:
        return Round(call, came, None, (score_check(call.check, came.text),))
    if call.query is not None:
        answer = score_answer(call.task, call.items[0], came.text)
        return Round(call, came, None, await checked_inputs(call.task, call.items, [answer], executor))
    program = cut_program(came.text)
    if program is None:
        return Round(call, came, None, tuple(Verdict("no_program") for _ in call.items))
    return Round(call, came, program, *await _run(call, program, executor))


async def _run(call: Call, program: str, executor: Executor) -> tuple[tuple[Verdict, ...], tuple[Verdict, ...]]:
    """The verdicts on the queries, and on the shots if the program was written from them.

    Both run in one process, the queries first, so that their verdicts do not depend on the shots.
    """
    queries, shots = call.items, call.episode.shots if call.setting.checked_on_shots else ()
    items = (*queries, *shots)
    typed = call.task.typed
    outcomes = await executor.run(program, [item.input for item in items], typed)
    verdicts = [score_outcome(call.task, *pair) for pair in zip(items, outcomes, strict=True)]
    asked, own = (
        [*await checked_inputs(call.task, queries, verdicts[: len(queries)], executor)],
        verdicts[len(queries) :],
    )
    if executor.check_determinism:
        check = await executor.check(program, [item.input for item in queries], outcomes[: len(queries)], typed)
        unstable = dict.fromkeys(check.stateful, "stateful") | dict.fromkeys(check.nondeterministic, "nondeterministic")
        asked = [replace(verdict, unstable=unstable.get(index, "")) for index, verdict in enumerate(asked)]
    return tuple(asked), tuple(own)
