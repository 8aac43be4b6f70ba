"""Rollout: all rounds of one call, what came back in each, and what its program or answer is worth."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from solverlearner.design.call import Call
from solverlearner.design.learner import Tried, best_round, refines
from solverlearner.design.verdict import Verdict, unanswered
from solverlearner.evaluation.extract_program import cut_program
from solverlearner.evaluation.scoring import score_answer, score_check, score_outcome
from solverlearner.execution.executor import Executor
from solverlearner.models.base import ProviderError, Reply

Ask = Callable[[Call], Awaitable[Reply | ProviderError]]


@dataclass(frozen=True)
class Round:
    """One call with what came back. `verdicts`: on its queries, in order; `shots`: on the shots its program is from."""

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
        """What of it the learner may know: nothing of the queries."""
        text = self.came.text if isinstance(self.came, Reply) else ""
        return Tried(self.call.messages, text, self.program, self.shots)


@dataclass(frozen=True)
class Rollout:
    """The rounds that a call took, and the reply with the rule in words that came before, where one did.

    With a failure in the place of a reply it ends there, unanswered.
    """

    rounds: Sequence[Round]
    rule: Reply | None = None

    @property
    def last(self) -> Round:
        """The last round: its messages hold the conversation."""
        return self.rounds[-1]

    @cached_property
    def chosen(self) -> Round:
        """The round whose program or answer counts."""
        if not self.last.answered:
            return self.last
        return self.rounds[best_round([each.tried for each in self.rounds])]

    @cached_property
    def replies(self) -> list[Reply]:
        """What was replied to this call's own questions: all rounds, and for a program the rule in words before it."""
        before = [self.rule] if self.rule and self.last.call.query is None else []
        return before + [each.came for each in self.rounds if isinstance(each.came, Reply)]


async def roll_out(call: Call, ask: Ask, executor: Executor) -> Rollout:
    """Ask a call, and again as its learner wants it, until it has what it wants or a reply does not come.

    Raises: ExecutorError, and what `ask` raises.
    """
    rule = None
    if call.needs:
        came = await ask(call.needs)
        if isinstance(came, ProviderError):
            return Rollout([await score(replace(call, prompt=call.needs.prompt), came, executor)])
        rule, call = came, call.after(came.text)
    rounds: list[Round] = []
    following: Call | None = call
    while following:
        came = await ask(following)
        rounds.append(await score(following, came, executor))
        following = None if isinstance(came, ProviderError) else call.next([each.tried for each in rounds])
    return Rollout(rounds, rule)


async def score(call: Call, came: Reply | ProviderError, executor: Executor) -> Round:
    """What one reply is worth."""
    if isinstance(came, ProviderError):
        return Round(call, came, None, tuple(unanswered(str(came)) for _ in call.items))
    if call.check:
        return Round(call, came, None, (score_check(call.check, came.text),))
    if call.query is not None:
        return Round(call, came, None, (score_answer(call.task, call.items[0], came.text),))
    program = cut_program(came.text)
    if program is None:
        return Round(call, came, None, tuple(Verdict("no_program") for _ in call.items))
    return Round(call, came, program, *await _run(call, program, executor))


async def _run(call: Call, program: str, executor: Executor) -> tuple[tuple[Verdict, ...], tuple[Verdict, ...]]:
    """The verdicts on the queries, and on the shots where the program was written from them.

    Both in one process. Queries come first, so that what is made of them is the same with and without the shots.
    """
    queries, shots = call.items, call.episode.shots if refines(call.setting) else ()
    items = (*queries, *shots)
    typed = call.task.typed
    outcomes = await executor.run(program, [item.input for item in items], typed)
    verdicts = [score_outcome(call.task, *pair) for pair in zip(items, outcomes, strict=True)]
    asked, own = verdicts[: len(queries)], verdicts[len(queries) :]
    if executor.check_determinism:
        check = await executor.check(program, [item.input for item in queries], outcomes[: len(queries)], typed)
        unstable = dict.fromkeys(check.stateful, "stateful") | dict.fromkeys(check.nondeterministic, "nondeterministic")
        asked = [replace(verdict, unstable=unstable.get(index, "")) for index, verdict in enumerate(asked)]
    return tuple(asked), tuple(own)
