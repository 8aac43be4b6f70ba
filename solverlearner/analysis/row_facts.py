"""Facts of rows: one form for all statistics, from parsed lines at the end of a run or from the frames of tables."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from solverlearner.analysis.clusters import identity
from solverlearner.analysis.truncation import CutKind, cut_kind
from solverlearner.design.setting import setting_named
from solverlearner.json_text import messages_text

FAILED = -1
"""Stands for the value of a query for which a program gave none. None itself is no value: a hidden rule never gives it,
and a real function's None is `values.NONE`."""


class RowFacts(NamedTuple):
    """The facts of one row that statistics are made of. `facts_of` takes them from a row, tables take them from frames.

    `cluster` numbers the episode, `item` tells apart inputs under the same numbers, `output` is a checksum of the
    value. `prompt` is the same number for the same prompt, `written` for the same program from the same prompt, None
    for an answer (`asked_for`). None stands for unknown, and in `score` for unanswered; `shots` is 0 if no program was
    written from any.
    `cut` says where a limit cut the reply, `written_tokens` its tokens, `thoughts` whether it had any.
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
    prompt: int | None = None
    written: int | None = None
    cut: CutKind = ""
    written_tokens: float | None = None
    thoughts: bool = False


_encoded = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` makes an encoder at each call


def asked_for(setting: str, prompt: bytes, program: bytes | None, draw: int | None) -> tuple[int | None, int | None]:
    """The `prompt` and `written` of a row. `prompt` is empty in rows that are too old to have it.

    `draw` is the number of the episode where completions are drawn at random, else None. Then a prompt that comes again
    in another episode is another draw. Runs of other seeds may share it, as the reply cache does.
    """
    if not prompt:
        return None, None
    drawn = b"" if draw is None else str(draw).encode()
    writes = (known := setting_named(setting)) is not None and known.writes_program
    return identity(prompt, drawn), identity(prompt, drawn, program or b"") if writes else None


def is_drawn(options: Mapping[str, Any]) -> bool:
    """Whether completions were drawn at random: the temperature of a run is known and above 0."""
    temperature = options.get("temperature")
    return isinstance(temperature, int | float) and temperature > 0


def facts_of(row: Mapping[str, Any], *, drawn: bool = False) -> RowFacts:
    """The facts of a row with every column of the schema; `drawn`: its completion was drawn at random."""
    value, program = row["value"], row["program"]
    failed = value is None
    tokens = None if None in (row["prompt_tokens"], row["completion_tokens"]) else row["prompt_tokens"]
    told = messages_text(row["prompt"]) if row["prompt"] else b""
    written = program.encode(errors="replace") if program else None
    asked = asked_for(row["setting"], told, written, row["episode"] if drawn else None)
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
        output=FAILED if failed else zlib.crc32(_encoded(value).encode(errors="replace")),
        length=None if program is None else len(program),
        calls=row["calls"],
        tokens=None if tokens is None else tokens + row["completion_tokens"],
        shots=row["shots"] or 0,
        shots_right=row["shots_right"] or 0,
        prompt=asked[0],
        written=asked[1],
        cut=cut_kind(row["reply_state"], row["status"], row["reply"] or "", program, row["reasoning"]),
        written_tokens=row["completion_tokens"],
        thoughts=bool(row["reasoning"] or row["reasoning_tokens"]),
    )
