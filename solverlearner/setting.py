"""Setting: a corner of the square, who knows the rule × who carries it out (Cheng et al. 2024, section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from solverlearner.errors import UsageError


@dataclass(frozen=True)
class Setting:
    """One way of asking about the same items."""

    name: str
    rule_given: bool
    shots_shown: bool
    writes_program: bool
    """The model writes a program and the interpreter executes it; otherwise the model executes the rule itself."""
    title: str


_ALL = (
    Setting("zero_shot", True, False, False, "rule given, no examples, model executes"),
    Setting("io_mf", True, True, False, "rule and examples given, model executes"),
    Setting("io", False, True, False, "rule induced from examples, model executes"),
    Setting("code_mf", True, False, True, "rule given, model writes it as code, interpreter executes"),
    Setting("solverlearner", False, True, True, "rule induced as code, interpreter executes"),
)
SETTINGS = {setting.name: setting for setting in _ALL}

RULE = Setting("rule", False, True, False, "the rule that the model induces, in words (hypothesis=text)")
"""No corner either: what `solverlearner` and `apply_own_rule` begin with when they go by a rule in words."""

APPLY_OWN_RULE = Setting(
    "apply_own_rule", False, False, False, "rule induced in words, model executes its own rule (hypothesis=text)"
)
"""Beside `io`: the model carries out the very rule that it wrote a program for, without the examples."""

ASKABLE = {**SETTINGS, APPLY_OWN_RULE.name: APPLY_OWN_RULE}
"""All that can be asked in: the corners of the square, and what lies beside them."""

CHECK = Setting("check", True, False, False, "does the model understand the stated rule at all? (checks=true)")
"""No corner of the square: the comprehension checks stand beside the deductive ones."""


def parse_settings(names: Sequence[str]) -> tuple[Setting, ...]:
    """The settings of these names, in the order of `ASKABLE`, each once.

    Raises: UsageError for a name that is none of them, or for no name.
    """
    unknown = [name for name in names if name not in ASKABLE]
    if unknown or not names:
        wanted = f"must be some of {', '.join(ASKABLE)}"
        raise UsageError(f"settings=[{','.join(map(str, names))}]", wanted)
    return tuple(setting for setting in ASKABLE.values() if setting.name in names)
