"""Facts of rows: one form for all statistics, from parsed lines at the end of a run or from the frames of tables."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

FAILED = -1
"""Stands for the value of a query for which a program gave none. None itself is no value: a hidden rule never gives it,
and a real function's None is `values.NONE`."""


class RowFacts(NamedTuple):
    """The facts of one row that statistics are made of. `facts_of` takes them from a row, tables take them from frames.

    `cluster` numbers the episode, `item` tells apart inputs under the same numbers, `output` is a checksum of the
    value. None stands for unknown, and in `score` for unanswered; `shots` is 0 if no program was written from any.
    """

    setting: str
    status: str
    state: str | None
    cluster: int
    query: int
    sample: int
    item: int
    score: float | None
    ideal: float | None
    default_world: float | None
    recited: bool
    unstable: str
    output: int
    length: int | None
    calls: int
    tokens: float | None
    shots: int
    shots_right: int


def facts_of(row: Mapping[str, Any]) -> RowFacts:
    """The facts of a row with every column of the schema."""
    value, program = row["value"], row["program"]
    failed = value is None
    tokens = None if None in (row["prompt_tokens"], row["completion_tokens"]) else row["prompt_tokens"]
    return RowFacts(
        setting=row["setting"],
        status=row["status"],
        state=row["reply_state"],
        cluster=row["episode"],
        query=row["query"],
        sample=row["sample"],
        item=0,
        score=row["score"],
        ideal=row["ideal_score"],
        default_world=row["default_world_score"],
        recited=row["recited"],
        unstable=row["unstable"],
        output=FAILED if failed else zlib.crc32(json.dumps(value, ensure_ascii=False).encode(errors="replace")),
        length=None if program is None else len(program),
        calls=row["calls"],
        tokens=None if tokens is None else tokens + row["completion_tokens"],
        shots=row["shots"] or 0,
        shots_right=row["shots_right"] or 0,
    )
