"""Inverse: a task asked backwards. The rule and an output are given, and any input that has this output is right.

With it one triple of rule, input and output is asked in three ways: for the output (deduction), for the rule
(induction) and for the input (abduction). An answer is checked by the rule itself, so there is no one right answer.
"""

from collections.abc import Sequence
from functools import cached_property
from random import Random

from solverlearner.design.episode import Episode
from solverlearner.design.setting import Setting
from solverlearner.task import JSON, Input, Item, Rule, Split, Task, Told
from solverlearner.task.argument_reader import as_drawn, is_as_short, is_like
from solverlearner.task.relabelled import USUAL_INPUT

_PROGRAM = """\
def solver(output):
    pairs = [{pairs}]
    same = [x for y, x in pairs if repr(y) == repr(output)]
    return [*same, *(x for y, x in pairs if y == output), None][0]
"""

_TUPLE = "__tuple__"
"""The key of a tuple in typed JSON (`case2code/values.py`): a program may return its arguments as one."""

_NONE: JSON = {"__none__": True}
"""None in typed JSON, where null says that there is no answer."""


def asked_task(episode: Episode, setting: Setting) -> Task:
    """The task of an episode as a setting asks about it: backwards, where it asks for an input."""
    task = episode.task.in_setting(setting)
    return Inverse(task, episode.queries) if setting.asks == "input" else task


def asked_item(task: Task, item: Item) -> Item:
    """An item of the episode's task as a task that a setting asks about has it."""
    return task.asked(item) if isinstance(task, Inverse) else Item(item.input, task.rule.apply(item.input))


def asked_input(task: Task, item: Item) -> Input:
    """The input of `asked_item`, without what the rule makes of it."""
    return task.asked(item).input if isinstance(task, Inverse) else item.input


class Inverse(Task):
    """A task whose input is an output of `forward`, and whose outputs are all inputs that have it.

    `items` are those of the task's queries. Of each the drawn input is the expected one, and others are as right. An
    input of one argument is that argument; of several it is the list of them. The output itself counts as its own
    input only where it was drawn so, because with many rules it is the trivial answer.
    """

    def __init__(self, forward: Task, items: Sequence[Item]) -> None:
        self.forward, self._items = forward, tuple(items)

    @property
    def name(self) -> str:  # type: ignore[override]
        """As forwards."""
        return self.forward.name

    @property
    def role(self) -> str:  # type: ignore[override]
        """As forwards."""
        return self.forward.role

    @property
    def variant(self) -> str:
        """As forwards."""
        return self.forward.variant

    @property
    def typed(self) -> bool:  # type: ignore[override]
        """As forwards."""
        return self.forward.typed

    @property
    def signature(self) -> str:
        """A function of an output, so far as prompts are told."""
        return "solver(output)"

    @property
    def rule(self) -> Rule:
        """The drawn input of each output, under the name of the rule forwards."""
        return Rule(self.forward.rule.name, lambda x: _found(self._pairs, x[0]), self._program)

    @property
    def _program(self) -> str:
        literal = self.forward.literal
        sources = [", ".join(map(literal, item.input)) for item in self._items]
        inputs = [
            source if len(item.input) == 1 else f"[{source}]" for source, item in zip(sources, self._items, strict=True)
        ]
        pairs = (f"({literal(item.expected)}, {x})" for item, x in zip(self._items, inputs, strict=True))
        return _PROGRAM.format(pairs=", ".join(pairs))

    @cached_property
    def _pairs(self) -> list[tuple[JSON, JSON]]:
        return [(item.expected, self._value(item.input)) for item in self._items]

    @property
    def default_world(self) -> None:
        """None: a recited input is no single one."""
        return

    def family(self) -> Sequence[Rule]:
        """None is listed: the rule is given."""
        return ()

    def asked(self, item: Item) -> Item:
        """The item backwards."""
        return Item((item.expected,), self._value(item.input))

    def draw(self, rng: Random, split: Split) -> Input:
        """The output of an input that is drawn forwards."""
        return (self.forward.rule.apply(self.forward.draw(rng, split)),)

    def item_facts(self, x: Input) -> dict[str, JSON]:
        """Those of the drawn input; in other symbols the output in usual ones, which is the input here."""
        found = next((item.input for item in self._items if item.expected == x[0]), None)
        facts = self.forward.item_facts(found) if found is not None else {}
        return facts | ({USUAL_INPUT: [self.forward.signs.unwrite(x[0])]} if USUAL_INPUT in facts else {})

    def framing(self, told: Told) -> str:
        """As forwards."""
        return self.forward.framing(told)

    def show(self, x: Input, told: Told) -> str:
        """The output, as examples forwards write it."""
        return self.forward.write(x[0])

    def write(self, y: JSON) -> str:
        """The input, as examples without a domain write it."""
        return self.forward.show(self._arguments(y), "none")

    def literal(self, value: JSON) -> str:
        """As forwards."""
        return self.forward.literal(value)

    def question(self, x: Input, told: Told) -> str:
        """The task's own question for an input, what the input must keep to, and that any is right."""
        return f"{self.forward.input_question(x[0])} {' '.join(self._conditions)}"

    @property
    def _conditions(self) -> list[str]:
        """The sentences on which inputs count, in the order in which prompts have them."""
        itself = "The output itself does not count." if self._may_be_itself else ""
        return [each for each in (self.forward.input_limits(), itself, "Any input with this output is right.") if each]

    @cached_property
    def _may_be_itself(self) -> bool:
        """Whether the rule leaves some output of these items as it is, where that was not drawn."""
        if self.forward.runs_rule:  # what it makes of its outputs is not known here
            return len(self._like) == 1
        return any(y != x and self._has_output((y,), y) for y, x in self._pairs)

    @property
    def answer_format(self) -> str:
        r"""Asks for the input in one box: `\boxed{result}`, or `\boxed{n1, n2}` for several arguments."""
        names = self._names
        if len(names) == 1:
            written = ", written as a Python literal," if self.typed else ""
            return rf'End the response with the input{written} in "\boxed{{result}}".'
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        return rf'End the response with {listed} in "\boxed{{{", ".join(names)}}}", written as in Python.'

    @property
    def _names(self) -> list[str]:
        """The names of the arguments forwards."""
        inside = self.forward.signature.partition("(")[2].rpartition(")")[0]
        return [part.partition(":")[0].strip() for part in _apart(inside)]

    def reply(self, y: JSON) -> str:
        r"""The input in a box, as Python writes its arguments; one text bare."""
        x = self._arguments(y)
        one_text = len(x) == 1 and isinstance(x[0], str) and not self.typed
        return rf"\boxed{{{x[0] if one_text else ', '.join(map(self.literal, x))}}}"

    def read(self, text: str) -> JSON:
        """The input that the task reads; None where there is none."""
        found = self.forward.read_input(text, self._like)
        return None if found is None else self._value(found)

    @property
    def _like(self) -> Input:
        return self._items[0].input

    def _value(self, x: Input) -> JSON:
        value = x[0] if len(x) == 1 else list(x)
        return _NONE if self.typed and value is None else value

    def _arguments(self, value: JSON) -> Input:
        if len(self._like) == 1:
            return (None if self.typed and value == _NONE else value,)
        if self.typed and isinstance(value, dict) and {*value} == {_TUPLE}:
            value = value[_TUPLE]
        return tuple(value) if isinstance(value, list) else ()

    def contract(self, told: Told) -> str:
        """The function forwards, and what the one to be written takes and returns."""
        names = self._names
        returned = names[0] if len(names) == 1 else f"the list [{', '.join(names)}]"
        forward = self.forward.signature.replace("solver", self.forward.called, 1)
        conditions = " ".join(self._conditions)
        return (
            f"The rule is the function {forward}: {self.forward.contract(told)} output is a value that it returned, "
            f"and solver returns {returned} such that the rule returns output for it. {conditions}"
        )

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Whether the rule makes the same output of a value as of the drawn input.

        Where the rule is a program, this is known of drawn inputs alone; `proposed` gives what is to be run.
        """
        found = self.proposed(expected, value)
        return found is not None and self._has_output(found, self.output_of(expected))

    def output_of(self, expected: JSON) -> JSON:
        """The output of a drawn input."""
        return self.forward.rule.apply(self._arguments(expected))

    def proposed(self, expected: JSON, value: JSON) -> Input | None:
        """The arguments that a value is; None where they can be no input, or are the output itself."""
        drawn, found = self._arguments(expected), self._arguments(value)
        found = found if self.typed else as_drawn(found, drawn)
        fits = is_as_short(found, drawn) if self.forward.runs_rule else is_like(found, drawn)
        itself = found == (self.output_of(expected),) and found != drawn
        return found if fits and not itself else None

    def _has_output(self, x: Input, output: JSON) -> bool:
        try:
            came = self.forward.rule.apply(x) if self.forward.is_input(x) else None
        except (ArithmeticError, LookupError, TypeError, ValueError):  # of a rule that takes less than its types
            return False
        return came is not None and self.forward.equal(output, came)


def _found(pairs: Sequence[tuple[JSON, JSON]], output: JSON) -> JSON:
    return next((x for y, x in pairs if repr(y) == repr(output)), None)  # 2 is not 2.0 here


def _apart(arguments: str) -> list[str]:
    """The parameters of a signature, at commas outside of brackets."""
    parts, depth = [""], 0
    for sign in arguments:
        depth += {"[": 1, "]": -1}.get(sign, 0)
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
