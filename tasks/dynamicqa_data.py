"""The data of DYNAMICQA: questions from the authors' files, with faults counted and never mended."""

import csv
import gzip
import hashlib
import io
import json
import lzma
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from solverlearner.task import UsageError, holds_words, normal_form

PARTITIONS = ("static", "temporal", "disputable")
PLACE = "[ENTITY]"

_NEEDED = ("subj", "question", "context", "obj", "replace_name", "num_edits")
_ENDINGS = (".csv", ".csv.xz", ".csv.gz")


@dataclass(frozen=True)
class Question:
    """One question with its original answer, the other one, and the context that holds either.

    `aliases` are further names of the original answer. `edits` is how often the answer was edited in Wikipedia, and
    `popularity` how often the subject's page is viewed in a month, where the data tell it.
    """

    partition: str
    subject: str
    question: str
    context: str
    original: str
    other: str
    aliases: tuple[str, ...] = ()
    edits: float | None = None
    popularity: float | None = None

    def told(self, answer: str) -> str:
        """The context with an answer in it."""
        return self.context.replace(self._place, answer).strip()

    @property
    def _place(self) -> str:
        return self.original if self.partition == "disputable" else PLACE

    @property
    def places(self) -> int:
        """How often the context has a place for the answer."""
        return self.context.count(self._place)


@dataclass(frozen=True)
class Questions:
    """The questions that can be asked, their number by partition, and how many have which fault."""

    questions: tuple[Question, ...] = field(repr=False)
    counts: Mapping[str, int]
    faults: Mapping[str, int]
    sha256: str

    def __hash__(self) -> int:
        return hash((self.sha256, len(self.questions)))


def _answer_in_question(question: Question) -> bool:
    asked = normal_form(question.question)
    return any(holds_words(asked, normal_form(answer)) for answer in (question.original, question.other))


def _original_left(question: Question) -> bool:
    told, other = normal_form(question.told(question.other)), normal_form(question.other)
    names = (normal_form(name) for name in (question.original, *question.aliases))
    return any(holds_words(told, name) and not holds_words(other, name) for name in names)


def _within(question: Question) -> bool:
    one, two = normal_form(question.original), normal_form(question.other)
    return one != two and (holds_words(one, two) or holds_words(two, one))


_FAULTS: Mapping[str, Callable[[Question], bool]] = {
    "without a place for the answer in the context": lambda q: not q.places,
    "with a bare ENTITY in the context": lambda q: "ENTITY" in q.context.replace(PLACE, ""),
    "with two equal answers": lambda q: normal_form(q.original) == normal_form(q.other),
    "whose other answer is an alias of the original": lambda q: (
        normal_form(q.other) in {*map(normal_form, q.aliases)} - {normal_form(q.original)}
    ),
    "whose changed context still names the original answer": _original_left,
    "whose answers hold one another": _within,
    "that name an answer": _answer_in_question,
}


def read_questions(path: Path, partition: str, clean: bool) -> Questions:
    """The questions of a file, or of the files in a folder, of one partition or of "all". Raises: UsageError."""
    files = _files(path, partition)
    try:
        stamps = tuple(file.stat().st_mtime_ns for file in files)
    except OSError as error:
        raise UsageError(f"data={path}", f"cannot be read: {error.strerror}") from error
    return _read(tuple(files), partition, clean, stamps)


def _files(path: Path, partition: str) -> list[Path]:
    if not path.is_dir():
        return [path]
    wanted = PARTITIONS if partition == "all" else (partition,)
    found = []
    for name in wanted:
        files = (each for each in sorted(path.iterdir()) if each.name.lower().endswith(_ENDINGS))
        own = [each for each in files if _of_name(each) == name]
        if len(own) > 1:
            raise UsageError(f"data={path}", f"has several files of {name}: {', '.join(each.name for each in own)}")
        found += own
    if not found:
        problem = f"has no file of partition={partition}; files are called Static_final.csv or static.csv, and so on"
        raise UsageError(f"data={path}", problem)
    return found


def _of_name(path: Path) -> str | None:
    """The partition that a file's name tells, by its beginning: Static_final.csv, static.csv, dispute.csv.xz."""
    name = path.name.lower()
    return next((each for each in PARTITIONS if name.startswith(each.removesuffix("able"))), None)


@lru_cache(maxsize=16)
def _read(files: tuple[Path, ...], partition: str, clean: bool, stamps: tuple[int, ...]) -> Questions:
    digest, kept, faults, seen = hashlib.sha256(), [], Counter[str](), set()
    for file in files:
        raw = _unpacked(file)
        digest.update(raw)
        for question in _questions(file, raw):
            if partition not in ("all", question.partition):
                continue
            wrong = [name for name, has in _FAULTS.items() if has(question)]
            if (asked := (question.subject, question.question)) in seen:
                wrong.append("that repeat a question")
            seen.add(asked)
            faults.update(wrong)
            if not (clean and wrong):
                kept.append(question)
    counts = Counter(question.partition for question in kept)
    return Questions(tuple(kept), dict(counts), dict(faults), digest.hexdigest())


def _unpacked(file: Path) -> bytes:
    try:
        raw = file.read_bytes()
        if raw.startswith(b"\xfd7zXZ"):
            return lzma.decompress(raw)
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise UsageError(f"data={file}", f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _questions(file: Path, raw: bytes) -> Iterator[Question]:
    try:
        rows = [*csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"data={file}", f"is no CSV file in UTF-8: {error}") from error
    lacks = [name for name in _NEEDED if not rows or name not in rows[0]]
    if lacks:
        raise UsageError(f"data={file}", f"lacks {', '.join(lacks)}" if rows else "has no rows")
    partition = _of_name(file) or _of_rows(rows)
    for number, row in enumerate(rows, 2):
        values = {name: (row[name] or "").strip() for name in _NEEDED}
        if empty := [name for name in _NEEDED[:-1] if not values[name]]:
            raise UsageError(f"data={file}", f"row {number} has no {', '.join(empty)}")
        yield Question(
            partition,
            values["subj"],
            values["question"],
            values["context"],
            values["obj"],
            values["replace_name"],
            _aliases(row.get("possible_answers")),
            _number(values["num_edits"]),
            _number(row.get("s_pop")),
        )


def _of_rows(rows: list[dict[str, str]]) -> str:
    """The partition of rows in a file whose name does not tell it."""
    if "dir_info" in rows[0]:
        return "disputable"
    edits = [_number(row["num_edits"]) for row in rows]
    return "temporal" if any(each and each > 1 for each in edits) else "static"


def _aliases(text: str | None) -> tuple[str, ...]:
    try:
        names = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if number == number else None
