"""Rule form: the ways in which a prompt states a given rule (option `rule_form`), and tables as text."""

from collections.abc import Sequence
from typing import Literal, get_args

RuleForm = Literal["words", "code", "table", "examples_and_words"]
"""How a prompt states the rule: in words, as a Python program, as a table, or in words with examples behind them."""

RULE_FORMS: tuple[RuleForm, ...] = get_args(RuleForm)


def text_table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table as Markdown, without blanks for alignment: a line for the header, one for the rule below it, one a row.

    Raises: ValueError where a row has another length than the header.

    >>> print(text_table(["code", "letter"], [[".-", "a"], ["-...", "b"]]))
    | code | letter |
    |---|---|
    | .- | a |
    | -... | b |
    """
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"every row must have {len(header)} cells, as the header has")
    lines = [f"| {' | '.join(map(str, cells))} |" for cells in (header, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(header), *lines[1:]])
