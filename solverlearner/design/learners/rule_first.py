"""Rule first: the learner that asks for a rule in words, then lets another learner go by it (`hypothesis=text`).

The procedure is that of Qiu et al. 2024, "Phenomenal yet puzzling", section 3, and of Wang et al. 2024, "Hypothesis
search".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from solverlearner.design.learner import Known, Learner, Tried, checked_choice, checked_messages
from solverlearner.models.question import Message


@dataclass(frozen=True)
class RuleFirst(Learner):
    """The first call asks for a rule in words. `then` is the learner for all further calls.

    Its prompt shows the rule in place of the shots. With `then=AT_ONCE` it serves a setting in which the model executes
    its own rule.
    """

    then: Learner

    @property
    def fewest_shots(self) -> int:
        """As many as `then` needs."""
        return self.then.fewest_shots

    @property
    def states_rule(self) -> bool:
        """True."""
        return True

    @property
    def most_calls(self) -> int:
        """The call for the rule, and those of `then`."""
        return 1 + self.then.most_calls

    def first(self, known: Known) -> list[Message]:
        """The prompt for a rule in words."""
        return known.rule_prompt()

    def next(self, known: Known, tried: Sequence[Tried]) -> list[Message] | None:
        """The round of `then`, which knows the rule of the first round."""
        rule, *others = tried
        by_rule = replace(known, prompt=partial(known.prompt, rule.said))
        found = self.then.next(by_rule, others) if others else self.then.first(by_rule)
        return None if found is None and others else checked_messages(self.then, found)

    def chosen(self, tried: Sequence[Tried]) -> int:
        """The round that `then` chooses among its own."""
        others = tried[1:]
        return 1 + checked_choice(self.then, self.then.chosen(others), others)
