"""Write docs/rows.md from the schema of rows.

python docs/make_rows.py
"""

from pathlib import Path

from solverlearner.evaluation.row_schema import COLUMNS, SCORES, Column

PAGE = Path(__file__).with_name("rows.md")

_HEAD = """\
# Columns of rows

<!-- Made by docs/make_rows.py from solverlearner/evaluation/row_schema.py: edit that file instead. -->

Each line of `rows.jsonl` in a run folder is a JSON object: one sample of one query in one setting. A program's call
serves all queries of its episode, so its tokens and seconds stand in each of their rows. The same columns stand in the
export for `datasets`, with the column `run` before them. The export for Inspect has them all too.

Types are those of `datasets`. `json` is any JSON value, which that export holds as text. `messages` is a list of
objects with `role` and `content`. "or null" marks the columns that can be empty.

Every version of SolverLearner reads the rows of earlier ones. The last column of the table is the value of a column
that such a row lacks; a row without a **required** column is skipped.

| column | type | content | in rows that lack it |
|---|---|---|---|
"""


def page() -> str:
    """The text of docs/rows.md."""
    return _HEAD + "".join(map(_line, COLUMNS.values()))


def _line(column: Column) -> str:
    kind = f"{column.kind} or null" if column.nullable and column.kind != "json" else column.kind
    return f"| `{column.name}` | {kind} | {column.about} | {_earlier(column)} |\n"


def _earlier(column: Column) -> str:
    if column.required:
        return "**required**"
    if column.name in SCORES:
        return f"1 if `{SCORES[column.name]}`, else 0"
    return {"": "empty text", "()": "empty list", "None": "null", "False": "false"}.get(
        text := str(column.earlier), text
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
