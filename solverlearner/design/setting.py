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


# The sides of the square, and how far parallel sides differ. On the deductive side `zero_shot` is the corner that the
# paper compares; `io_mf`, which shows `io`'s examples beside the rule, gives the induction effect at equal examples.
# With `apply_own_rule` the rule in words is the same one for both executors: found, but can it be used?
EFFECTS: tuple[tuple[str, tuple[str, ...], tuple[float, ...]], ...] = (
    ("induction effect, model executes", ("io", "zero_shot"), (1, -1)),
    ("induction effect, same examples shown", ("io", "io_mf"), (1, -1)),
    ("induction effect, interpreter executes", ("solverlearner", "code_mf"), (1, -1)),
    ("execution effect, rule given", ("code_mf", "zero_shot"), (1, -1)),
    ("execution effect, rule induced", ("solverlearner", "io"), (1, -1)),
    ("execution effect, own rule", ("solverlearner", "apply_own_rule"), (1, -1)),
    ("interaction", ("solverlearner", "io", "code_mf", "zero_shot"), (1, -1, -1, 1)),
    ("inductive − deductive (the paper's)", ("solverlearner", "zero_shot"), (1, -1)),
)
