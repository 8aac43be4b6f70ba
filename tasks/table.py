r"""Table: a task from a file of examples alone, inputs with their outputs, and at will the rule in words.

The rule itself is known by its examples only. So there is no rule family and no default world: no item is ambiguous or
recited, and those numbers are missing in tables.
"""

import ast
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import ClassVar

from solverlearner.task import (
    JSON,
    AskedSetting,
    Input,
    Rule,
    Split,
    Task,
    Told,
    UsageError,
    bare,
    last_boxed,
    last_part,
    pick,
    plain_text,
    read_boxed,
    shuffled,
)

from .example_sets import looked_up
from .table_file import TableFile, read_table, text_hash

_MOST_RULE = 20_000
"""Letters of a rule in words."""


@dataclass(frozen=True)
class Table(Task):
    r"""The examples of a file, of which each episode draws its shots and queries.

    `data`: a CSV file with a header, or JSON lines. `rule`: the rule in words, or a file that holds it; None: unknown.
    `program`: a Python file that defines `solver`, for model=scripted; None: a program that looks the examples up.
    `output`: the name of the output's column; None: the last one. `domain`: a sentence for hint=domain and strong.
    `stream` names the episode whose examples are drawn. Raises: UsageError for a file.
    """

    data: str
    rule_text: str | None = None
    program: str | None = None
    output: str | None = None
    domain: str | None = None
    stream: str = ""

    kind: ClassVar[str] = "table"
    name: ClassVar[str] = "table"
    role: ClassVar[str] = "an attentive problem solver"
    why_no_form: ClassVar[Mapping[str, str]] = {
        "code": "no program of it is known (program=FILE.py gives one)",
        "table": "a table of its examples would hold the answers",
    }

    def __post_init__(self) -> None:
        _ = self._table, self._words, self._code

    @property
    def variant(self) -> str:
        """The file's name, and some digits of a hash of the examples, the rule and the program."""
        return f"{Path(self.data).stem}-{self.data_hash[:6]}"

    @property
    def data_hash(self) -> str:
        """Of the examples, the rule and the program."""
        return text_hash(self._table.sha256, self._words, self._code)

    def of_episode(self, seed: int, index: int) -> "Table":
        """The same examples in the order of this episode."""
        return replace(self, stream=f"{seed}/{index}")

    @property
    def signature(self) -> str:
        """ "solver(word: str, count: int) -> str", by the names and kinds of the columns."""
        table = self._table
        columns = zip(table.parameters, table.kinds, strict=True)
        return f"solver({', '.join(f'{name}: {kind}' if kind else name for name, kind in columns)}){self._returns}"

    @property
    def _returns(self) -> str:
        return f" -> {self._table.output_kind}" if self._table.output_kind else ""

    @cached_property
    def rule(self) -> Rule:
        """The examples as a mapping; the program is the user's, or one that looks them up."""
        outputs = self._table.outputs
        return Rule(self.variant, lambda x: outputs.get(repr(x)), self._code or looked_up(outputs))

    @property
    def default_world(self) -> None:
        """None: which rule is usual is not known."""
        return

    def family(self) -> Sequence[Rule]:
        """Empty: the rules that the examples could have are not known."""
        return ()

    def given(self, shots: int, queries: int) -> tuple[Sequence[Input], Sequence[Input]]:
        """The first of the examples as queries and the last as shots, in a random order that the episode gives.

        So fewer shots are the first of more, and queries are the same for any number. Raises: UsageError where there
        are too few.
        """
        inputs, needed = self._table.inputs, shots + queries
        if needed > len(inputs):
            problem = (
                f"an episode needs {needed} examples, and {self.data} has {len(inputs)}; lower one, or add examples"
            )
            raise UsageError(f"shots={shots} queries={queries}", problem)
        order = shuffled(Random(f"table/{self.stream}"), inputs)
        return order[::-1][:shots], order[:queries]

    def draw(self, rng: Random, split: Split) -> Input:
        """Any example."""
        return pick(rng, self._table.inputs)

    def check_settings(self, settings: Sequence[AskedSetting]) -> None:
        """Refuse settings that state the rule where there is none in words. Raises: UsageError."""
        stated = [setting.name for setting in settings if setting.rule_given]
        if stated and not self._words:
            others = [setting.name for setting in settings if not setting.rule_given] or ["io", "solverlearner"]
            problem = "the prompts state the rule, which the table does not tell: give rule='…' in words, or"
            raise UsageError(f"settings=[{','.join(stated)}]", f"{problem} 'settings=[{','.join(others)}]'")

    def framing(self, told: Told) -> str:
        """The rule in words; that there is one (none); the names of the columns, or the sentence on the domain."""
        if told == "rule":
            return self._words or "The rule is not known in words."
        table = self._table
        if told == "none" or not (self.domain or table.named):
            return "A hidden rule turns inputs into an output." if len(table.parameters) > 1 else _ONE
        return self.domain or f"A hidden rule gives the {table.output} for the {_listed(table.columns)}."

    def rule_domain(self) -> str:
        """As with hint=domain."""
        return self.framing("domain")

    def rule_code(self) -> str | None:
        """The user's program; None without one."""
        return self._code or None

    def show(self, x: Input, told: Told) -> str:
        """One input as it is; several with the names of their columns, which told="none" leaves out."""
        values = [_shown(value) for value in x]
        if len(values) == 1:
            return values[0]
        pairs = zip(self._table.columns, values, strict=True)
        return ", ".join(values if told == "none" else [f"{name}: {value}" for name, value in pairs])

    def write(self, y: JSON) -> str:
        """Text as it is, anything else as a Python literal."""
        return _shown(y)

    @property
    def answer_format(self) -> str:
        r"""The format of all tasks; lists and other values that are no text and no number as Python writes them."""
        written = "" if self._table.output_kind in ("str", "int", "float") else ", written as a Python literal,"
        return rf'End the response with the result{written} in "\boxed{{result}}".'

    def reply(self, y: JSON) -> str:
        """The output in a box."""
        return rf"\boxed{{{_shown(y)}}}"

    def read(self, text: str) -> JSON:
        """The answer in the last box, as a value of the output's kind; its text where it is none; None without one."""
        raw = read_boxed(text, lambda plain: None, lambda inside: inside)
        inside = raw if isinstance(raw, str) else last_boxed(text)
        return None if inside is None else _read(inside, self._table)

    def contract(self, told: Told) -> str:
        """The columns and their kinds."""
        table = self._table
        columns = zip(table.parameters, table.kinds, strict=True)
        inputs = [f"{name}{f' ({kind})' if kind else ''}" for name, kind in columns]
        output = f"the output{f' as a value of type {table.output_kind}' if table.output_kind else ''}"
        return f"{_listed(inputs)} {'are' if len(inputs) > 1 else 'is'} the input; the function returns {output}."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Equal values of one kind; numbers also where they differ by rounding, by 1e-9 of their size."""
        if _is_number(expected) and _is_number(value):
            return value == expected or math.isclose(float(expected), float(value), rel_tol=1e-9)  # type: ignore[arg-type]
        return type(expected) is type(value) and expected == value

    @property
    def _table(self) -> TableFile:
        return read_table(self.data, self.output)

    @cached_property
    def _words(self) -> str:
        """The rule in words; empty where it is not known."""
        text = _content("rule", self.rule_text, (".txt", ".md")).strip()
        if self.rule_text is not None and not 0 < len(text) <= _MOST_RULE:
            raise UsageError("rule", f"must be the rule in words, at most {_MOST_RULE:,} letters")
        return text

    @cached_property
    def _code(self) -> str:
        """The user's program; empty without one."""
        if self.program is None:
            return ""
        if not self.program.endswith(".py"):
            raise UsageError(f"program={self.program}", "must be a Python file that defines solver")
        code = _content("program", self.program, (".py",))
        try:
            defined = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
        except SyntaxError as error:
            problem = f"cannot be read as Python: {error.msg}, line {error.lineno}"
            raise UsageError(f"program={self.program}", problem) from error
        if "solver" not in defined:
            raise UsageError(f"program={self.program}", f"must define {self.signature}")
        return code


_ONE = "A hidden rule turns one input into one output."


def _content(key: str, given: str | None, endings: tuple[str, ...]) -> str:
    """A text that is given, or the content of the file that it names. Raises: UsageError."""
    if given is None or not given.endswith(endings) or "\n" in given:
        return given or ""
    try:
        return Path(given).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(f"{key}={given}", f"cannot be read: {reason}") from error


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _shown(value: JSON) -> str:
    return value if isinstance(value, str) else repr(value)


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(inside: str, table: TableFile) -> JSON:
    """The value of a box's content. A text that is an output of the table is taken letter by letter."""
    plain = plain_text(inside).strip()
    if table.output_kind == "str":
        forms = [inside.strip(), plain, bare(plain)]
        return next((form for form in forms if form in table.texts), forms[-1] or plain) or None
    if table.output_kind in ("int", "float"):
        found = last_part(plain, _number)
        return bare(plain) if found is None else found
    return next((value[0] for text in (inside.strip(), plain) if (value := _literal(text))), plain or None)


def _number(text: str) -> int | float | None:
    """The number that a text is, with commas or blanks between thousands; None for any other text."""
    digits = text.replace(",", "").replace(" ", "").replace("_", "")
    for kind in (int, float):
        try:
            found = kind(digits)
        except (ValueError, OverflowError):
            continue
        return found if math.isfinite(found) else None
    return None


def _literal(text: str) -> list[JSON]:
    """The value of a Python literal or of JSON, alone in a list; an empty list for any other text."""
    for read in (ast.literal_eval, json.loads):
        try:
            value = read(text)
            return [json.loads(json.dumps(value))]
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return []
