"""Training data: chats and texts from files, without what the harness tests on."""

import json
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from solverlearner.case2code.overlap import Mark, marks, one_line
from solverlearner.case2code.triples import read_triples
from solverlearner.errors import UsageError
from solverlearner.task import code_blocks
from solverlearner.tasks.case2code import DEFAULT_SET
from solverlearner.tasks.hidden_name import renamed_source
from solverlearner.tasks.real_function import HIDDEN

STDLIB = "stdlib"
_TEXTS = (".txt", ".md", ".py")
Chat = list[dict[str, str]]


@dataclass
class Source:
    """One entry of `data`: its chats or its texts. `left_out` counts what overlaps with test programs."""

    name: str
    chats: list[Chat] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    left_out: int = 0

    @property
    def size(self) -> int:
        """How many chats or texts it has."""
        return len(self.chats) + len(self.texts)


def read_sources(data: Sequence[str]) -> list[Source]:
    """The chats or texts of each entry. Raises: UsageError for an entry that cannot be read or holds nothing."""
    tested = programs_under_test()
    return [_without_tests(_read(entry), tested) for entry in data]


@dataclass(frozen=True)
class Tested:
    """The test programs of the default set of Case2Code: their texts in one line each, and their marks."""

    texts: frozenset[str]
    marks: frozenset[Mark]

    def overlaps(self, text: str, programs: Sequence[str]) -> bool:
        """Whether a text holds a test program, or one of its programs shares a mark with one (`case2code.overlap`)."""
        line = one_line(text)
        if any(program in line for program in self.texts):
            return True
        return any(mark in self.marks for program in programs for mark in marks(program, HIDDEN))


@cache
def programs_under_test() -> Tested:
    """The test programs, under their own names and as `solver`."""
    texts: set[str] = set()
    found: set[Mark] = set()
    for triple in read_triples(DEFAULT_SET):
        if triple.split == "test":
            texts |= {one_line(triple.code), one_line(renamed_source(triple.code, triple.func_name, HIDDEN))}
            found |= {*marks(triple.code, triple.func_name)}
    return Tested(frozenset(texts), frozenset(found))


def _without_tests(source: Source, tested: Tested) -> Source:
    chats = [chat for chat in source.chats if not tested.overlaps(said := chat[-1]["content"], _programs(said))]
    texts = [text for text in source.texts if not tested.overlaps(text, [text])]
    if not chats and not texts:
        raise UsageError(f"data={source.name}", "holds nothing to train on besides programs that the harness tests on")
    return Source(source.name, chats, texts, source.size - len(chats) - len(texts))


def _programs(reply: str) -> list[str]:
    return [block.content for block in code_blocks(reply)]


def text_files(entry: str) -> list[Path]:
    """The files of an entry: a file itself, the texts of a folder in the order of their paths."""
    path = _path(entry)
    if not path.is_dir():
        return [path] if path.is_file() else []
    return sorted(each for each in path.rglob("*") if each.suffix in _TEXTS and _ours(each.relative_to(path)))


def _path(entry: str) -> Path:
    return Path(sysconfig.get_path("stdlib")) if entry == STDLIB else Path(entry).expanduser()


def _read(entry: str) -> Source:
    path = _path(entry)
    if path.is_dir():
        texts = [text for each in text_files(entry) if (text := _text(each))]
        if not texts:
            raise UsageError(f"data={entry}", f"holds no file with the ending {', '.join(_TEXTS)}")
        return Source(entry, texts=texts)
    if not path.is_file():
        raise UsageError(f"data={entry}", "no such file or folder; stdlib is Python's own library as text")
    if path.suffix == ".jsonl":
        return Source(entry, chats=list(_chats(entry, path)))
    if path.suffix not in _TEXTS:
        raise UsageError(
            f"data={entry}", f"must be chats (.jsonl, as `export format=sft` writes them) or text {_TEXTS}"
        )
    if not (text := _text(path)):
        raise UsageError(f"data={entry}", "is empty or not UTF-8")
    return Source(entry, texts=[text])


def _ours(path: Path) -> bool:
    return not {"site-packages", "test", "tests", "idlelib", "__pycache__"} & {*path.parts}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return ""


def _chats(entry: str, path: Path) -> Iterator[Chat]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"data={entry}", f"cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        chat = _chat(line)
        if chat is None:
            problem = 'is no chat: {"messages": [{"role": "user", "content": …}, {"role": "assistant", "content": …}]}'
            raise UsageError(f"data={entry}", f"line {number} {problem}; `export format=sft` writes such files")
        yield chat


def _chat(line: str) -> Chat | None:
    try:
        messages: Any = json.loads(line)["messages"]
        told = [{"role": str(each["role"]), "content": each["content"]} for each in messages]
    except (ValueError, TypeError, KeyError):
        return None
    whole = all(isinstance(each["content"], str) for each in told) and told and told[-1]["role"] == "assistant"
    return told if whole else None


def described(sources: Sequence[Source]) -> list[str]:
    """A line for each entry: how many chats or texts it has, and how many were left out."""
    lines = []
    for source in sources:
        kinds = Counter(chats=len(source.chats), texts=len(source.texts))
        sizes = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
        out = f", {source.left_out} left out because the harness tests on them" if source.left_out else ""
        lines.append(f"{source.name}: {sizes}{out}")
    return lines
