"""Contract probe: one input is drawn, shown, answered and read, so that a wrong part of a task is named at once."""

import ast
import inspect
import itertools
import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, get_args

from solverlearner.errors import UsageError, told
from solverlearner.task.contract import Input, Rule, Split, Task, Told


def probe_task(task: Task) -> None:
    """Look at every part of a task once, with the input that one seed draws.

    Raises: UsageError that names the part, what it must give and what it gave. A fault in the task's own code is named
    with its file and line.
    """
    _Probe(task).look()


class _Probe:
    """A task, and the name under which an error speaks of it."""

    def __init__(self, task: Task) -> None:
        self._task, self._called = task, f"task={type(task).__name__}"

    def look(self) -> None:
        for part in ("name", "variant", "role", "answer_format"):
            self._is_text(part, self._got(part))
        self._signature()
        rule, default = self._rule("rule", self._got("rule")), self._got("default_world")
        if default is not None:
            self._rule("default_world", default)
        self._family(rule)
        for split in get_args(Split):
            self._item(rule, self._drawn(split))
        for told_as in get_args(Told):
            self._is_text(f"framing({told_as!r})", self._from("framing", told_as))
            self._is_text(f"contract({told_as!r})", self._from("contract", told_as))
            self._paraphrases(told_as)
        self._rule_forms()

    def _paraphrases(self, told_as: Told) -> None:
        part, texts = f"paraphrases({told_as!r})", self._from("paraphrases", told_as)
        if isinstance(texts, str) or not isinstance(texts, Sequence):
            raise self._wrong(part, f"must be a list of texts, and is {_a(texts)}")
        for text in texts:
            self._is_text(part, text)

    def _rule_forms(self) -> None:
        """What states the rule as code and as a table, and the inputs of examples beside it."""
        self._is_text("rule_domain()", self._from("rule_domain"))
        if (table := self._from("rule_table")) is not None:
            self._is_text("rule_table()", table)
        if (code := self._from("rule_code")) is not None:
            self._defines_solver("rule_code()", code)
        for x in itertools.islice(self._from("rule_examples", Random(0)), 1):
            if not isinstance(x, tuple):
                raise self._wrong("rule_examples(rng)", f"must give tuples of solver's arguments, as (5,): {_a(x)}")

    def _item(self, rule: Rule, x: Input) -> None:
        """What is made of one input: its output, the texts of both, a reply, and what is read in it."""
        y = self._call("rule.apply", rule.apply, x)
        if y is None:
            raise self._wrong(f"rule.apply({x!r})", "must give the output of every input that draw gives; it gave None")
        self._is_json(f"rule.apply({x!r})", y)
        for told_as in get_args(Told):
            self._is_text(f"show({x!r}, {told_as!r})", self._from("show", x, told_as), empty=True)
            self._is_text(f"question({x!r}, {told_as!r})", self._from("question", x, told_as))
        for part, value in (("write", y), ("literal", y), ("reply", y)):
            self._is_text(f"{part}({value!r})", self._from(part, value), empty=True)
        reply = self._from("reply", y)
        if not self._same(y, read := self._from("read", reply)):
            raise self._wrong(f"read({reply!r})", f"must give the output that this reply says, {y!r}; it gave {read!r}")
        credit = self._from("credit", y, y)
        if isinstance(credit, bool) or not isinstance(credit, int | float) or credit != 1:
            raise self._wrong(f"credit({y!r}, {y!r})", f"must be 1.0 for the right value, and is {credit!r}")

    def _same(self, expected: Any, value: Any) -> bool:
        found = self._from("equal", expected, value)
        if not isinstance(found, bool):
            raise self._wrong(f"equal({expected!r}, {value!r})", f"must give True or False; it gave {found!r}")
        return found

    def _signature(self) -> None:
        signature = self._is_text("signature", self._got("signature"))
        try:
            body = ast.parse(f"def {signature}: pass").body
        except SyntaxError:
            body = []
        if len(body) != 1 or not isinstance(body[0], ast.FunctionDef) or body[0].name != "solver":
            example = "solver(n: int) -> int"
            raise self._wrong("signature", f"must be the text between def and the colon, as {example!r}: {signature!r}")

    def _rule(self, part: str, rule: Any) -> Rule:
        if not isinstance(rule, Rule):
            raise self._wrong(part, f"must be a Rule(name, apply, program), and is {_a(rule)}")
        self._is_text(f"{part}.name", rule.name)
        self._defines_solver(f"{part}.program", rule.program)
        return rule

    def _defines_solver(self, part: str, program: Any) -> None:
        try:
            defined = {*_defined(self._is_text(part, program))}
        except SyntaxError as error:
            raise self._wrong(part, f"cannot be read as Python: {error.msg}, line {error.lineno}") from error
        if "solver" not in defined:
            raise self._wrong(part, "must be Python text that defines the function solver")

    def _family(self, rule: Rule) -> None:
        family = self._from("family")
        if not isinstance(family, Sequence) or not all(isinstance(each, Rule) for each in family):
            raise self._wrong(
                "family()", f"must give a list of Rule objects, empty if none can be listed: {_a(family)}"
            )
        if family and [each.name for each in family].count(rule.name) != 1:
            raise self._wrong("family()", f"must hold the rule once, and {rule.name!r} is not there once by its name")

    def _drawn(self, split: Split) -> Input:
        x = self._from("draw", Random(0), split)
        if not isinstance(x, tuple):
            raise self._wrong(f"draw(rng, {split!r})", f"must give a tuple of solver's arguments, as (5,): {_a(x)}")
        self._is_json(f"draw(rng, {split!r})", list(x))
        return x

    def _is_json(self, part: str, value: Any) -> None:
        try:
            same = json.loads(json.dumps(value)) == value
        except (TypeError, ValueError):
            same = False
        if not same:
            plain = "text, numbers, true, false, or lists and dicts of these"
            raise self._wrong(part, f"must be plain values ({plain}), and is {value!r}")

    def _is_text(self, part: str, value: Any, *, empty: bool = False) -> str:
        if not isinstance(value, str):
            raise self._wrong(part, f"must be text, and is {_a(value)}")
        if not (empty or value.strip()):
            raise self._wrong(part, "must be text, and is empty")
        return value

    def _got(self, part: str) -> Any:
        return self._call(part, lambda: getattr(self._task, part))

    def _from(self, part: str, *given: Any) -> Any:
        """What a method gives. Raises: UsageError, first for one that takes other arguments."""
        method = getattr(self._task, part)
        if not callable(method):
            raise self._wrong(part, f"must be a method, and is {_a(method)}")
        try:
            inspect.signature(method).bind(*given)
        except TypeError as error:
            wanted = ", ".join(["self", *list(inspect.signature(getattr(Task, part)).parameters)[1:]])
            raise self._wrong(part, f"must be def {part}({wanted}): {error}") from error
        return self._call(part, method, *given)

    def _call(self, part: str, function: Any, *given: Any) -> Any:
        try:
            return function(*given)
        except UsageError:
            raise
        except Exception as error:
            raise self._wrong(part, f"raised {told(error)}") from error

    def _wrong(self, part: str, problem: str) -> UsageError:
        return UsageError(self._called, f"{part} {problem}")


def _defined(program: str) -> Iterator[str]:
    """The names that a program's own lines define. Raises: SyntaxError."""
    for node in ast.parse(program).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        for target in node.targets if isinstance(node, ast.Assign) else ():
            yield ast.unparse(target)


def _a(value: Any) -> str:
    return "None" if value is None else f"an object of {type(value).__name__}, {value!r}"[:200]
