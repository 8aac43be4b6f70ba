"""A real function as a task: the hidden rule of one episode of Case2Code, known by its cases."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import ClassVar

from solverlearner.case2code.cases import Cases, case_key
from solverlearner.case2code.literals import write_literal
from solverlearner.case2code.signature import function_of
from solverlearner.case2code.triples import Triple
from solverlearner.case2code.values import decode, same
from solverlearner.task import JSON, AskedSetting, Input, Rule, Split, Task, Told, UsageError, pick, shuffled

from .boxed_arguments import arguments_in
from .boxed_literal import literal_in
from .hidden_name import renamed_source, renamed_text

HIDDEN = "solver"


@dataclass(frozen=True)
class RealFunction(Task):
    """The function of a triple and its cases, in an order that `stream` gives; `label` names it in rows, `of` is the
    run's variant. In prompts it is called `hidden` or, with `show_name`, by its own name.
    """

    triple: Triple
    cases: Cases
    label: str
    of: str
    stream: str
    show_name: bool = False
    hidden: str = HIDDEN

    name: ClassVar[str] = "case2code"
    role: ClassVar[str] = "a Python programmer"
    typed: ClassVar[bool] = True
    runs_rule: ClassVar[bool] = True
    why_no_form: ClassVar[Mapping[str, str]] = {"table": "a real function is known as a program"}

    @property
    def variant(self) -> str:
        """Variant of the run."""
        return self.of

    @property
    def called(self) -> str:
        """Name of the function in prompts: `solver`, if nothing else in its source has this name."""
        if self.show_name:
            return self.triple.func_name
        taken = self.triple.func_name != self.hidden and re.search(rf"\b{self.hidden}\b", self.triple.code)
        return "hidden_function" if taken else self.hidden

    def in_setting(self, setting: AskedSetting) -> "RealFunction":
        """Called `rule` where a program that goes back is asked for, because that one is called `solver`."""
        return replace(self, hidden="rule") if setting.asks == "input" else self

    @property
    def signature(self) -> str:
        """ "solver(text, limit)": the parameters that the cases give."""
        return f"{HIDDEN}({', '.join(self.cases.parameters)})"

    @cached_property
    def rule(self) -> Rule:
        """The mapping that the cases show; its program is the function itself."""
        outputs = dict(zip(map(case_key, self.cases.inputs), self.cases.outputs, strict=True))
        return Rule(self.label, lambda x: outputs.get(case_key(x)), self._program())

    def _program(self) -> str:
        function, parameters = function_of(self.triple.code, self.triple.func_name), self.cases.parameters
        arguments = ", ".join(name if name in function.by_place else f"{name}={name}" for name in parameters)
        call = f"def {self.signature}:\n    return _function({arguments})"
        return f"{self.triple.code}\n\n\n_function = {self.triple.func_name}\n\n\n{call}\n"

    @property
    def default_world(self) -> None:
        """None: a real function has no default world."""
        return

    def family(self) -> Sequence[Rule]:
        """Empty: the functions with which this one could be confused cannot be listed."""
        return ()

    def given(self, shots: int, queries: int) -> tuple[Sequence[Input], Sequence[Input]]:
        """The first shots of those that the data chose, queries of the rest in a random order.

        If the data chose none, shots are the first in that order and queries the last, so that a sweep over shots keeps
        its queries; one case is always left to ask about.
        """
        rng = Random(self.stream)
        order = shuffled(rng, range(len(self.cases)))
        if self.cases.shown is None:
            shown = order[: min(shots, len(order) - 1)]
            asked = order[: len(shown) - 1 : -1] if shown else order[::-1]
        else:
            shown, asked = [*self.cases.shown[:shots]], [place for place in order if place not in self.cases.shown]
        return [self.cases.inputs[place] for place in shown], [self.cases.inputs[place] for place in asked[:queries]]

    def draw(self, rng: Random, split: Split) -> Input:
        """Any case."""
        return pick(rng, self.cases.inputs)

    def key(self, x: Input) -> Hashable:
        """The arguments, sets and dicts in any order."""
        return case_key(x)

    def framing(self, told: Told) -> str:
        """The source (rule), nothing, that it is a Python function (domain), and of what types (strong)."""
        if told == "rule":
            return f"Here is a Python function:\n\n```python\n{self.rule_code()}\n```"
        if told == "none":
            return "A hidden rule turns inputs into an output."
        named = f" It is called {self.called}." if self.show_name else ""
        domain = f"A Python function is unknown to you, but for some of its cases.{named}"
        return f"{domain} {self._types()}" if told == "strong" else domain

    def rule_domain(self) -> str:
        """That it is a Python function."""
        return "You are asked about a Python function."

    def rule_code(self) -> str:
        """The source, under the name that prompts give it."""
        code, name = self.triple.code, self.triple.func_name
        return code.strip() if self.show_name else renamed_source(code, name, self.called)

    def specification(self) -> str:
        """The description. Raises: UsageError without one."""
        if not self.triple.description:
            raise UsageError("settings", f"{self.label} has no description for a program; described=true leaves it out")
        text = self.triple.description.strip()
        text = text if self.show_name else renamed_text(text, self.triple.func_name, self.called)
        return f"A Python function, {self.called}, is described like this:\n\n{text}"

    def _types(self) -> str:
        columns = zip(*self.cases.inputs, strict=True) if self.cases.parameters else ()
        kinds = [f"{name} is {_kinds(each)}" for name, each in zip(self.cases.parameters, columns, strict=True)]
        return f"{', '.join([*kinds, f'the result is {_kinds(self.cases.outputs)}'])}."

    def show(self, x: Input, told: Told) -> str:
        """ "text='a b', limit=3"."""
        return ", ".join(f"{name}={self.literal(value)}" for name, value in zip(self.cases.parameters, x, strict=True))

    def write(self, y: JSON) -> str:
        """A Python literal."""
        return self.literal(y)

    def literal(self, value: JSON) -> str:
        """The value that typed JSON stands for, as Python source."""
        return write_literal(decode(value))

    def question(self, x: Input, told: Told) -> str:
        """A call of the function where its source is shown."""
        if told != "rule":
            return super().question(x, told)
        by_place = function_of(self.triple.code, self.triple.func_name).by_place
        pairs = zip(self.cases.parameters, x, strict=True)
        arguments = [f"{'' if name in by_place else f'{name}='}{self.literal(value)}" for name, value in pairs]
        return f"What does {self.called}({', '.join(arguments)}) return?"

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """ "For which text and limit does rule return 'a b'?"."""
        *first, last = self.cases.parameters
        return f"For which {', '.join(first)}{' and ' * bool(first)}{last} does {self.called} return {self.literal(y)}?"

    def read_input(self, text: str, like: Input) -> Input | None:
        """The boxed arguments, see `boxed_arguments`."""
        return arguments_in(text, self.cases.parameters)

    @property
    def answer_format(self) -> str:
        """The sentence of the other tasks, with Python's notation."""
        return r'End the response with the result, written as a Python literal, in "\boxed{result}".'

    def reply(self, y: JSON) -> str:
        """The literal in a box."""
        return rf"\boxed{{{self.literal(y)}}}"

    def read(self, text: str) -> JSON:
        """The value of the boxed literal, see `boxed_literal`."""
        return literal_in(text)

    def contract(self, told: Told) -> str:
        """Arguments and return value; with the rule given also the types, which examples show otherwise."""
        names = self.cases.parameters
        inputs = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} the input" if names else "There is no input"
        types = f" {self._types()}" if told in ("rule", "strong") else ""
        return f"{inputs}; the function returns the output as a Python value.{types}"

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Whether they are the same typed values, see `typed.same`."""
        try:
            return same(decode(expected), decode(value))
        except ValueError:
            return False


def _kinds(values: Sequence[JSON]) -> str:
    names = sorted({type(decode(value)).__name__ for value in values})
    articles = (f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in names)
    return " or ".join(articles).replace("a NoneType", "None")
