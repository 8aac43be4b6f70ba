"""Case2Code: real functions, known by cases of what they do (Shao et al. 2024, arXiv 2407.12504).

From some of the cases (x, y) with y = P(x) the model writes a program P' that has to do what P does with other x.
Beside the contract this imports the format of triples and of their values, which `synth` and `export sft` share.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from random import Random
from typing import ClassVar

from solverlearner.case2code.cases import Cases, cases_of
from solverlearner.case2code.triples import Triple, read_triples
from solverlearner.task import AskedSetting, Tasks, UsageError, shuffled

from .real_function import RealFunction

DEFAULT_SET = Path(__file__).with_name("case2code_data") / "test.jsonl.gz"
"""File that is used without `data`; made by `synth`, see docs/synth.md."""


@dataclass(frozen=True)
class Case2Code(Tasks):
    """The functions of a file of triples, one an episode, in an order that the seed gives.

    Those of the training split are not asked. `data` None takes the default set. `described` takes only those that
    have a description, as `code_mf` needs; None does so for the default set only. `show_name` shows the functions' own
    names, which else are `solver`. Raises: UsageError for the file.
    """

    data: str | None = None
    show_name: bool = False
    described: bool | None = None

    kind: ClassVar[str] = "case2code"
    name: ClassVar[str] = "case2code"

    def __post_init__(self) -> None:
        if not self._file.triples:
            if self._file.only_train:
                problem = "is a training split, and its functions are never asked; give the test split beside it"
                raise UsageError(f"data={self.data}", f"{problem}, as data={self._test_split}")
            problem = "; ".join(self._file.left_out) or "it is empty"
            raise UsageError(f"data={self.data}", f"has no triple that can be asked: {problem}")

    @property
    def _test_split(self) -> Path:
        path = Path(str(self.data))
        return path.with_name(path.name.replace("train", "test") if "train" in path.name else "test.jsonl")

    @property
    def _described_only(self) -> bool:
        return self.data is None if self.described is None else self.described

    @cached_property
    def _file(self) -> "_File":
        path = DEFAULT_SET if self.data is None else Path(self.data)
        try:
            stamp = path.stat().st_mtime_ns
        except OSError as error:
            raise UsageError(f"data={self.data}", f"cannot be read: {error.strerror}") from error
        return _read(path, self._described_only, stamp)

    @property
    def variant(self) -> str:
        """The file's name without its endings, some digits of its hash, and which functions, under which names."""
        file = "default" if self.data is None else Path(self.data).name
        bare = file.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".json")
        more = [*["described"] * self._described_only, *["named"] * self.show_name]
        return "-".join([bare, self._file.sha256[:6], *more])

    @property
    def world(self) -> None:
        """A real function has no default world."""
        return

    @property
    def most_episodes(self) -> int:
        """A function each."""
        return len(self._file.triples)

    @property
    def data_hash(self) -> str:
        """Of the file."""
        return self._file.sha256

    def of_episode(self, seed: int, index: int) -> RealFunction:
        """The function of one episode."""
        return _functions(self, self._file.sha256, seed)[index]

    def check_settings(self, settings: Sequence[AskedSetting]) -> None:
        """Refuses a program from the stated rule, as of `code_mf`, if some function has no description."""
        lack = sum(not triple.description for _, triple, _ in self._file.triples)
        described = [setting.name for setting in settings if setting.rule_given and setting.writes_program]
        if described and lack:
            problem = (
                f"{', '.join(described)} needs descriptions, which {lack} of {self.most_episodes} triples have not"
            )
            raise UsageError("settings", f"{problem}; leave it out, or take only the others with described=true")

    def notes(self) -> Iterable[str]:
        """How many functions the file has, and which were left out."""
        yield f"{self.data or 'The default set'} has {self.most_episodes} functions that can be asked."
        yield from (f"Left out: {what}." for what in self._file.left_out)


@dataclass(frozen=True)
class _File:
    """The triples that can be asked, each with its label and cases, and in words what was left out."""

    triples: tuple[tuple[str, Triple, Cases], ...]
    left_out: tuple[str, ...]
    sha256: str
    only_train: bool = False


@lru_cache(maxsize=8)
def _read(path: Path, described: bool, stamp: int) -> _File:
    kept, why = [], Counter[str]()
    for number, triple in enumerate(read_triples(path), 1):
        if triple.left_out:
            why["cases with an exception or something else than plain values"] += triple.left_out
        if triple.split == "train":
            why["functions of the training split"] += 1
        elif described and not triple.description:
            why["functions without a description, which code_mf needs (described=false takes them)"] += 1
        elif not (cases := cases_of(triple)).enough:
            why["functions without a case to show and another one to ask about"] += 1
        else:
            kept.append((triple.id or f"number {number}", triple, cases))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    only_train = not kept and {*why} == {"functions of the training split"}
    return _File(tuple(kept), tuple(f"{count} {what}" for what, count in why.items()), digest, only_train)


@lru_cache(maxsize=64)
def _functions(tasks: Case2Code, sha256: str, seed: int) -> tuple[RealFunction, ...]:
    """The functions of a file, whose hash it is, in the order of a seed."""
    rng = Random(f"case2code/functions/{seed}")
    return tuple(
        RealFunction(triple, cases, label, tasks.variant, f"case2code/cases/{seed}/{label}", tasks.show_name)
        for label, triple, cases in shuffled(rng, tasks._file.triples)
    )
