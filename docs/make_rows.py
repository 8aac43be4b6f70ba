"""Write docs/rows.md from the schema of rows.

python docs/make_rows.py
"""

from pathlib import Path

from solverlearner.analysis.query_frame import CALLED, TEXT_COLUMNS, table_kind
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
that such a row lacks; a row without a **required** column is skipped and counted in a line.

| column | type | content | in rows that lack it |
|---|---|---|---|
"""
_TABLE = """
## As Parquet in the run folder

`run … rows=parquet` keeps the rows of a finished run as `rows.parquet` in place of `rows.jsonl`. It needs the extra
`[parquet]`. DuckDB, Polars and pandas read the file as it is, also those of many runs at once:

```python
duckdb.sql("select model, setting, count(*) from 'results/*/rows.parquet' group by all")
```

- It has one column for each column above, with its type. JSON columns are texts with the JSON of the row, and
  `prompt` is a list of structures.
- Every command reads it as it reads `rows.jsonl`, and gives the same tables.
- While a run is in progress, its rows are lines. A run that goes on turns the file into lines again, and asks
  nothing that is answered.
- A checksum covers every byte. The rows of a damaged file are derived again from the replies by the same `run` command,
  after a line that says so. Commands that only read leave such a run out, and say so.
- The option does not change the name of the run's folder. In texts, a half of a surrogate pair becomes U+FFFD.

## As a table

```bash
python -m solverlearner rows to=rows.parquet                       # all runs under results/
python -m solverlearner rows to=rows.csv models=gpt-4o texts=true  # one model, with prompts and completions
```

`rows` writes one file with the rows of any runs. Its ending names the format: `.parquet`, `.csv` or `.jsonl` (JSON
lines). Parquet needs the extra `[parquet]`. `results` and `models` choose the runs as in [`tables`](tables.md). The
command reads and writes piece by piece, so the runs may be larger than the memory.
`sl.load_results("results").to_pandas()` gives the same columns as a data frame.

1. `run`: the name of the run's folder.
2. The columns below, which come from the table above. JSON columns are text here: a text stays as it is, and any other
   value is written as JSON. So `"042"` stays `042`, and a list stays `[1, 2]`. The text `1` and the number 1 look the
   same; `correct` tells them apart.
3. The run's options, one column each: those of the run (`shots`, `hint`, `noise`, `temperature`), of the task (`base`)
   and of the model. Their type follows from the values of all runs: whole numbers, numbers, true or false, else text.
   An option that a run does not have is null. One that is called like a column above becomes `option_NAME`.

Verdicts that can be null are numbers: 1.0 and 0.0, so `mean()` is an accuracy. In pandas, numbers that can be null are
`float64` with NaN. {texts} come with `texts=true` only.

| column | type |
|---|---|
{columns}
Parquet keeps the types, and pandas, DuckDB and Polars read the file as it is:

```python
pandas.read_parquet("rows.parquet").groupby(["model", "base", "setting"]).correct.mean()
duckdb.sql("select model, base, setting, avg(correct) from 'rows.parquet' group by all")
polars.read_parquet("rows.parquet")
```

CSV has no types. Readers guess them, and take `042` for the number 42. Say which columns are text:

```python
texts = dict.fromkeys(["input", "expected", "value", "ideal", "default_world"], str)
pandas.read_csv("rows.csv", dtype=texts)
pandas.read_json("rows.jsonl", lines=True, dtype=False)
```
"""


def page() -> str:
    """The text of docs/rows.md."""
    texts = [f"`{name}`" for name in TEXT_COLUMNS]
    columns = "".join(map(_table_line, COLUMNS.values()))
    table = _TABLE.format(texts=f"{', '.join(texts[:-1])} and {texts[-1]}", columns=columns)
    return _HEAD + "".join(map(_line, COLUMNS.values())) + table


def _table_line(column: Column) -> str:
    kind, nullable = table_kind(column)
    return f"| `{CALLED.get(column.name, column.name)}` | {kind}{' or null' if nullable else ''} |\n"


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
