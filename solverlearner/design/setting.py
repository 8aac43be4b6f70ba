"""Settings: the ways in which a run asks about the same items (Cheng et al. 2024, section 3).

A setting stands in a corner of a square: the prompt states the rule or the model induces it from shots; the model
executes the rule itself or writes a program that the interpreter executes. A new setting is one entry in `_ENTRIES`
and, where it needs other words, a template in `prompts/`. All other modules ask the entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from solverlearner.errors import UsageError, did_you_mean

Kind = Literal["deductive", "inductive"]
"""The side of the paper's main comparison that a setting stands on."""

Writes = Literal["answer", "program", "rule"]
"""The form of a completion: the answer to one query, a program for all queries of an episode, a rule in words."""

Asks = Literal["output", "input"]
"""What is unknown in a query: the output for an input, or an input for an output."""

OwnRule = Literal["never", "optional", "always"]
"""Whether the prompt holds a rule that the model itself put into words before (option `hypothesis=text`).

"optional": with `hypothesis=text` only. "always": the setting exists only with `hypothesis=text`.
"""

_EFFECT_GROUPS = ("induction effect", "execution effect", "interaction", "inductive", "persuasion", "effect of")
"""The order in which effects are shown, by how their titles begin."""


class Effect(NamedTuple):
    """A weighted sum of the accuracies of some settings, paired on the same queries.

    Its `formula` reads "io − zero_shot".
    """

    title: str
    settings: tuple[str, ...]
    weights: tuple[float, ...] = (1, -1)

    @property
    def formula(self) -> str:
        """The sum in words: "solverlearner − io − code_mf + zero_shot"."""
        terms = zip(self.settings, self.weights, strict=True)
        return " ".join(f"{'+' if weight > 0 else '−'} {name}" for name, weight in terms).removeprefix("+ ")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way of asking about the same items, with all that other modules have to know of it.

    `title`: a line for help and reports. `template`: the file in `prompts/` that asks for the completion. `kind`: its
    side of the paper's main comparison, which bars and the table of comparisons show; None for a setting beside it.
    `asks`: what is unknown in a query. `nothing_told`: the prompt says nothing about a rule, so that it shows what the
    model does by itself. `only_for`: the one task that has it; None for a setting of all tasks. `draws_of`: the setting
    whose prompts it repeats, so that its samples are numbered behind those. `in_square`: the square of the paper has a
    place for it. `independent`: the queries of an episode share neither shots nor a program, so each is a trial of its
    own (in tasks whose rule is one for the whole run). `checked_on_shots`: its programs also run on the shots, so a
    learner may use several calls for one (`learner.py`). `by_default`: a run asks in it without the option `settings`.
    `effects`: the effects that this setting completes, with entries before it.
    """

    name: str
    title: str
    rule_given: bool
    shots_shown: bool
    writes: Writes = "answer"
    template: str = "ask_answer.jinja"
    kind: Kind | None = None
    independent: bool = False
    checked_on_shots: bool = False
    own_rule: OwnRule = "never"
    by_default: bool = False
    asks: Asks = "output"
    nothing_told: bool = False
    only_for: str | None = None
    draws_of: str | None = None
    in_square: bool = True
    effects: tuple[Effect, ...] = ()

    @property
    def writes_program(self) -> bool:
        """Whether the model writes a program that the interpreter executes; else the model executes the rule itself."""
        return self.writes == "program"

    @property
    def corner(self) -> tuple[bool, bool]:
        """Its row and column in the square: whether the interpreter executes, and whether the rule is given."""
        return self.writes_program, self.rule_given


# The order of the entries is that of tables, reports and legends. Entries name effects that end with them. On the
# deductive side `zero_shot` is the corner that the paper compares. `io_mf` shows the examples of `io` beside the rule,
# so their difference is the induction effect at equal examples.
_ENTRIES = (
    Setting(
        name="zero_shot",
        title="rule given, no examples, model executes",
        by_default=True,
        rule_given=True,
        shots_shown=False,
        kind="deductive",
        independent=True,
    ),
    Setting(
        name="io_mf",
        title="rule and examples given, model executes",
        by_default=True,
        rule_given=True,
        shots_shown=True,
        kind="deductive",
    ),
    Setting(
        name="io",
        title="rule induced from examples, model executes",
        by_default=True,
        rule_given=False,
        shots_shown=True,
        effects=(
            Effect("induction effect, model executes", ("io", "zero_shot")),
            Effect("induction effect, same examples shown", ("io", "io_mf")),
        ),
    ),
    Setting(
        name="code_mf",
        title="rule given, model writes it as code, interpreter executes",
        by_default=True,
        rule_given=True,
        shots_shown=False,
        writes="program",
        template="ask_program.jinja",
        effects=(Effect("execution effect, rule given", ("code_mf", "zero_shot")),),
    ),
    Setting(
        name="solverlearner",
        title="rule induced as code, interpreter executes",
        by_default=True,
        rule_given=False,
        shots_shown=True,
        writes="program",
        template="ask_program.jinja",
        kind="inductive",
        checked_on_shots=True,
        own_rule="optional",
        effects=(
            Effect("induction effect, interpreter executes", ("solverlearner", "code_mf")),
            Effect("execution effect, rule induced", ("solverlearner", "io")),
            Effect("interaction", ("solverlearner", "io", "code_mf", "zero_shot"), (1, -1, -1, 1)),
            Effect("inductive − deductive (the paper's)", ("solverlearner", "zero_shot")),
        ),
    ),
    # Beside `io`: the model executes the rule for which it wrote a program, and sees no examples.
    Setting(
        name="apply_own_rule",
        title="rule induced in words, model executes its own rule (hypothesis=text)",
        rule_given=False,
        shots_shown=False,
        own_rule="always",
        effects=(Effect("execution effect, own rule", ("solverlearner", "apply_own_rule")),),
    ),
    # The question alone: what a model does by itself, which need not be what the designer takes for its default.
    Setting(
        name="closed",
        title="nothing told and no examples: what the model does by itself (persuasion=true)",
        rule_given=False,
        shots_shown=False,
        nothing_told=True,
        in_square=False,
        independent=True,
        effects=(
            Effect("persuasion by the rule", ("zero_shot", "closed")),
            Effect("persuasion by the examples", ("io", "closed")),
        ),
    ),
    # The same prompt once more: how far two sets of draws differ when nothing else does.
    Setting(
        name="closed_again",
        title="closed a second time, with draws of its own: how far answers differ by chance",
        rule_given=False,
        shots_shown=False,
        nothing_told=True,
        draws_of="closed",
        in_square=False,
        independent=True,
    ),
    Setting(
        name="context",
        title="the question with its original context (dynamicqa)",
        rule_given=True,
        shots_shown=False,
        only_for="dynamicqa",
        in_square=False,
        independent=True,
        effects=(Effect("effect of the original context", ("context", "closed")),),
    ),
    Setting(
        name="persuade",
        title="the question with a context that argues for another answer (dynamicqa)",
        rule_given=True,
        shots_shown=False,
        only_for="dynamicqa",
        in_square=False,
        independent=True,
    ),
    # The third unknown: rule and output are given, and an input is asked for, which the rule itself checks.
    Setting(
        name="invert",
        title="rule and output given, model finds an input that has this output",
        rule_given=True,
        shots_shown=False,
        asks="input",
        independent=True,
        effects=(Effect("effect of asking for an input, model executes", ("invert", "zero_shot")),),
    ),
    Setting(
        name="invert_code",
        title="rule given, model writes code from outputs to inputs, interpreter executes",
        rule_given=True,
        shots_shown=False,
        writes="program",
        template="ask_inverse.jinja",
        asks="input",
        effects=(Effect("effect of asking for an input, interpreter executes", ("invert_code", "code_mf")),),
    ),
)

ASKABLE = {setting.name: setting for setting in _ENTRIES}
"""All settings that the option `settings` takes, by name, in order."""

SETTINGS = {name: setting for name, setting in ASKABLE.items() if setting.by_default}
"""The settings of a run that names none: the square of the paper. A new setting is asked for by name."""

CLOSED = ASKABLE["closed"]
"""The setting that persuasion is measured from: nothing told."""

CONTEXT, PERSUADE = ASKABLE["context"], ASKABLE["persuade"]
"""The settings of questions with a context: the original one, and the one that argues for another answer."""

RULE = Setting(
    name="rule",
    title="the rule that the model induces, in words (hypothesis=text)",
    rule_given=False,
    shots_shown=True,
    writes="rule",
    template="ask_rule.jinja",
)
"""The call that comes before a program or an answer that goes by the model's own rule. It has no rows."""

CHECK = Setting(
    name="check",
    title="does the model understand the stated rule at all? (checks=true)",
    rule_given=True,
    shots_shown=False,
    independent=True,
)
"""The comprehension checks. They have rows, but questions of their own instead of the episode's queries."""


def settings_of_rows() -> tuple[Setting, ...]:
    """All settings that rows can have, in the order in which tables show them: the askable ones, then `CHECK`."""
    return (*ASKABLE.values(), CHECK)


def setting_named(name: str) -> Setting | None:
    """The setting of a row; None for a name that this version does not know."""
    return CHECK if name == CHECK.name else ASKABLE.get(name)


def of_task(name: str) -> dict[str, Setting]:
    """The settings that a task of this name may have, by name."""
    return {each.name: each for each in ASKABLE.values() if each.only_for in (None, name)}


def without_own_rule(task: str) -> dict[str, Setting]:
    """The settings of a task whose completions follow from one prompt each: all that need no rule of the model's."""
    return {name: setting for name, setting in of_task(task).items() if setting.own_rule != "always"}


def with_learner() -> list[str]:
    """The names of the settings whose programs are checked on shots, so that a learner may take several calls."""
    return [name for name, setting in ASKABLE.items() if setting.checked_on_shots]


def of_kind(kind: Kind) -> list[str]:
    """The names of the settings on one side of the paper's main comparison."""
    return [name for name, setting in ASKABLE.items() if setting.kind == kind]


def beside_square() -> list[str]:
    """The names of the settings without a place in the square of the paper."""
    return [name for name, setting in ASKABLE.items() if not setting.in_square]


def all_effects() -> tuple[Effect, ...]:
    """The effects of all settings: induction, execution, their interaction, and the paper's main comparison.

    >>> all_effects()[0].title, all_effects()[0].formula
    ('induction effect, model executes', 'io − zero_shot')
    """

    def group(effect: Effect) -> int:
        places = (place for place, start in enumerate(_EFFECT_GROUPS) if effect.title.startswith(start))
        return next(places, len(_EFFECT_GROUPS))

    return tuple(sorted((effect for setting in ASKABLE.values() for effect in setting.effects), key=group))


def parse_settings(names: Sequence[str]) -> tuple[Setting, ...]:
    """The settings of these names, in the order of `ASKABLE`, each once.

    Raises: UsageError for a name that is none of them, or for no name.
    """
    unknown = [name for name in names if name not in ASKABLE]
    if unknown or not names:
        wanted = f"must be some of {', '.join(ASKABLE)}{did_you_mean(str(unknown[0]), ASKABLE) if unknown else ''}"
        raise UsageError(f"settings=[{','.join(map(str, names))}]", wanted)
    return tuple(setting for setting in ASKABLE.values() if setting.name in names)


EFFECTS = all_effects()
