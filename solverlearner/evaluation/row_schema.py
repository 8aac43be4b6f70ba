"""The schema of rows: every column of `rows.jsonl` with its type, a sentence, and the value for rows that lack it.

The fast reader of tables, the report, the exports and docs/rows.md select their columns here by name. So a new column
is one entry in `Row` and a name wherever it is used.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, ForwardRef, Literal, NamedTuple, get_args

import msgspec

from solverlearner.design.setting import settings_of_rows
from solverlearner.design.verdict import STATUSES, Found, QueryStatus
from solverlearner.inference.journal import readable
from solverlearner.json_text import is_plain, line_of, spaced
from solverlearner.models.question import Message
from solverlearner.task import JSON

ColumnKind = Literal["string", "int64", "float64", "bool", "json", "messages"]
"""The type of a column, as `datasets` names it; "json" is any JSON value, "messages" a list of role and content."""

_REQUIRED = object()


class About(NamedTuple):
    """What a column holds, in a sentence. `earlier` is its value in rows of an earlier version, which lack it."""

    text: str
    earlier: Any = _REQUIRED


class Row(msgspec.Struct, gc=False):  # the most frequent object of a run: made and written in little time
    """One sample of one query in one setting: the prompt, the completion and the verdict.

    A program's call serves all queries of its episode, so its tokens and seconds stand in each of their rows.
    """

    setting: Annotated[str, About(f"Name of the setting: {', '.join(each.name for each in settings_of_rows())}.")]
    episode: Annotated[int, About("Number of the episode: one draw of shots and queries, the cluster of intervals.")]
    query: Annotated[int, About("Number of the query, an input that the shots do not show, within its episode.")]
    sample: Annotated[int, About("Number of the completion, of several for one prompt.", 0)]
    status: Annotated[QueryStatus, About(f"Outcome of the query: {', '.join(STATUSES)}.")]
    task: Annotated[str, About("Name of the task: arith, syntax, spatial, cipher, case2code or a task of your own.")]
    variant: Annotated[str, About("Variant of the task, such as base-9.")]
    rule: Annotated[str | None, About("Name of the hidden rule; for a real function, the name of its program.", None)]
    model: Annotated[str, About("Name of the model that was asked.")]
    seed: Annotated[int, About("Seed from which all items were drawn.")]
    input: Annotated[JSON, About("List of the hidden rule's arguments.")]
    expected: Annotated[JSON, About("Value that the hidden rule gives for the input.")]
    value: Annotated[JSON, About("Answer from the completion, or value of the program; null without one.", None)]
    correct: Annotated[bool | None, About("Whether the score is 1; null if the query is unanswered.")]
    score: Annotated[
        float | None,
        About("Score from 0 to 1; null if the query is unanswered.", None),
    ]
    recited: Annotated[bool, About("Whether the answer is wrong and equals the default world's answer.", False)]
    message: Annotated[str, About("Reason why there is no value; if unanswered, the endpoint's words.", "")]
    unstable: Annotated[
        str,
        About("nondeterministic or stateful if the program's outcome changed when it ran again; else empty.", ""),
    ]
    ambiguity: Annotated[
        int | None, About("How many rules of the family fit the shots; null if the family cannot be listed.")
    ]
    uncovered: Annotated[
        str | None, About("Letters of a table or key, or other parts of the rule, that no shot shows.", None)
    ]
    corrupted: Annotated[int, About("How many shots of the episode show a wrong output (noise).", 0)]
    ideal: Annotated[JSON, About("Answer of the ideal learner; null without one.", None)]
    ideal_correct: Annotated[bool | None, About("Whether that answer is correct.", None)]
    ideal_score: Annotated[float | None, About("Score of that answer.", None)]
    default_world: Annotated[JSON, About("Answer of the default world's rule; null without one.", None)]
    default_world_correct: Annotated[bool | None, About("Whether that answer is correct.", None)]
    default_world_score: Annotated[float | None, About("Score of that answer.", None)]
    posterior: Annotated[
        float | None,
        About(
            "Share of the rules that best fit the shots which give the expected answer; null without a family.", None
        ),
    ]
    meaning: Annotated[
        str | None, About("Normal form of the value, the same for equal answers; null without a value.", None)
    ]
    on_target: Annotated[
        bool | None,
        About("Whether the value is the answer that the run argues for, in all settings; null if unanswered.", None),
    ]
    facts: Annotated[JSON, About("Object with facts of the item that the task tells; null without any.", None)]
    tokens: Annotated[
        JSON,
        About(
            "Log-probabilities: chosen (of the tokens), mean (distribution over positions), tail (the rest); "
            "null where not given; for a program only in its first query's row.",
            None,
        ),
    ]
    program: Annotated[str | None, About("Program from the completion; of several rounds, the one that counts.", None)]
    prompt: Annotated[Sequence[Message], About("Messages as they were sent; of several rounds, all of them.", ())]
    reply: Annotated[str | None, About("Completion, verbatim; of several rounds, the last one.", None)]
    reply_state: Annotated[
        str | None,
        About(
            "State of the completion: ok, truncated, filtered, null, or the endpoint's word; api_error: none came.",
            None,
        ),
    ]
    reasoning: Annotated[str | None, About("Thoughts that a reasoning model showed.", None)]
    prompt_tokens: Annotated[int | None, About("Tokens of the prompt, added up over all rounds.", None)]
    completion_tokens: Annotated[int | None, About("Tokens of the completion, added up over all rounds.", None)]
    reasoning_tokens: Annotated[int | None, About("Tokens of the completion that were thoughts.", None)]
    cached_tokens: Annotated[int | None, About("Tokens of the prompt that the endpoint had cached.", None)]
    seconds: Annotated[float | None, About("Seconds that the call took, added up over all rounds.", None)]
    calls: Annotated[int, About("How many calls the program or the answer took.", 1)]
    own_rule: Annotated[
        str | None, About("Rule in the model's words that the program or the answer follows (hypothesis=text).", None)
    ]
    shots: Annotated[
        int | None, About("How many shots the program was written from; null if it was written from none.", None)
    ]
    shots_right: Annotated[int | None, About("How many of those shots the program gives right.", None)]
    wording: Annotated[int, About("Number of the wording of the prompt; 0 is the paper's.", 0)]
    found: Annotated[
        Found | None,
        About(
            "What the program does on probe inputs: hidden, default_world or another rule (on most of them), "
            "shot_table (stores its shots), fits_shots, none, fails (no value); null without a program.",
            None,
        ),
    ]
    found_rule: Annotated[str | None, About("Name of the rule of the family that the program is closest to.", None)]
    found_agreement: Annotated[
        float | None, About("Share of the probe inputs on which the program gives the output of that rule.", None)
    ]
    program_nodes: Annotated[int | None, About("Size of the program in nodes of its syntax tree.", None)]
    rule_nodes: Annotated[
        int | None, About("The same of the smallest program among the rules that fit the shots best.", None)
    ]


@dataclass(frozen=True)
class Column:
    """One column of rows. `required`: a line without it is no row; else `earlier` is read in its place."""

    name: str
    kind: ColumnKind
    nullable: bool
    about: str
    earlier: Any

    @property
    def required(self) -> bool:
        """Whether rows of every version have it."""
        return self.earlier is _REQUIRED


_KINDS: Mapping[Any, ColumnKind] = {
    str: "string", QueryStatus: "string", Found: "string", int: "int64", float: "float64",
    bool: "bool", Sequence[Message]: "messages",
}  # fmt: skip


def _column(name: str, annotation: Any) -> Column:
    kind, (about,) = annotation.__origin__, annotation.__metadata__
    if isinstance(kind, ForwardRef):  # the alias JSON
        return Column(name, "json", True, *about)
    options = {*get_args(kind)} if kind is not QueryStatus and kind != Sequence[Message] else {kind}
    (plain,) = options - {type(None)} or {kind}
    return Column(name, _KINDS[plain], type(None) in options, *about)


_Unit = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Small = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
_VALID: Mapping[str, Any] = {
    "setting": Literal[*(each.name for each in settings_of_rows())],
    "status": QueryStatus,
    **dict.fromkeys(("episode", "query", "sample", "calls", "shots", "shots_right", "wording"), _Small),
    **dict.fromkeys(("score", "ideal_score", "default_world_score"), _Unit),
    "found": Found,
    **dict.fromkeys(("episode", "query", "sample", "calls", "shots", "shots_right"), _Small),
    **dict.fromkeys(("program_nodes", "rule_nodes"), _Small),
    **dict.fromkeys(("score", "ideal_score", "default_world_score", "found_agreement"), _Unit),
}
"""Columns whose values are narrower than their kind: a line with any other value is damaged."""

COLUMNS: Mapping[str, Column] = {name: _column(name, kind) for name, kind in Row.__annotations__.items()}
"""All columns by name, in the order in which they are written."""

_may_be_odd = attrgetter(*(name for name, column in COLUMNS.items() if column.kind in ("json", "float64")))
_TYPES = frozenset((str, int, float, bool, type(None), list, tuple, dict))


def row_line(row: Row) -> bytes:
    """A row as a line of its file, as `json.dumps` writes it."""
    if is_plain(_may_be_odd(row)) and _TYPES.issuperset(map(type, msgspec.structs.astuple(row))):
        try:
            return spaced(row) + b"\n"
        except UnicodeEncodeError:  # half of a surrogate pair
            pass
    return line_of(msgspec.structs.asdict(row))


_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_READ_AS: Mapping[ColumnKind, Any] = {
    "string": str, "int64": _Int64, "float64": float, "bool": bool, "json": Any, "messages": list[dict[str, str]]
}  # fmt: skip


def row_decoder(names: Sequence[str], raw: Collection[str] = ()) -> Callable[[bytes], Any]:
    """A fast reader of lines: gives an object with these columns as attributes and skips all others.

    `raw`: columns that are wanted as the bytes of their JSON. A column that a row lacks has its value of earlier rows.
    A half of a surrogate pair in a text is read as U+FFFD. Raises, when called: msgspec.DecodeError, RecursionError.

        decode = row_decoder(["setting", "score"])
        decode(b'{"setting": "io", "score": 0.5}').score  # 0.5
    """
    fields = [(name, *_read_as(COLUMNS[name], name in raw)) for name in names]
    decode = msgspec.json.Decoder(msgspec.defstruct("RowLine", fields, kw_only=True, gc=False)).decode

    def read(line: bytes) -> Any:
        try:
            return decode(line)
        except msgspec.DecodeError:
            try:
                mended = readable(line)
            except ValueError:
                mended = line
            return decode(mended)

    return read


def _read_as(column: Column, raw: bool) -> tuple[Any, ...]:
    if raw:
        return (msgspec.Raw,) if column.required else (msgspec.Raw, msgspec.Raw(msgspec.json.encode(column.earlier)))
    kind = _VALID.get(column.name, _READ_AS[column.kind])
    kind = kind | None if column.nullable and kind is not Any else kind
    return (kind,) if column.required else (kind, [] if column.kind == "messages" else column.earlier)


SCORES = {"score": "correct", "ideal_score": "ideal_correct", "default_world_score": "default_world_correct"}
"""The columns of scores, with the verdicts that stand for them in rows of an earlier version."""


def score_of(score: float | None, correct: bool | None) -> float | None:
    """A score from its two columns: rows of an earlier version have only whether it is correct."""
    return score if score is not None or correct is None else float(correct)
