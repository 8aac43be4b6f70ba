"""Published reply: one stored reply of another study, as one of our settings on an item of one of our tasks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from solverlearner.errors import UsageError
from solverlearner.published.formats import boxed
from solverlearner.task import JSON, Item, Task


class Arm(NamedTuple):
    """The conditions in which a model was asked. Arms are runs of their own.

    `thought`: "steps" where the prompt asks to think step by step, "free" where it says nothing about it. `own_rule`:
    how the rule was chosen that the model itself had stated before and then saw in its prompt; None without one.
    """

    thought: str = "free"
    own_rule: str | None = None

    @property
    def label(self) -> str:
        """For tables: "", "steps", "own rule p_data_given_hyp_guess"."""
        parts = ["steps"] * (self.thought == "steps") + ([f"own rule {self.own_rule}"] if self.own_rule else [])
        return ", ".join(parts)


USUAL = Arm()


@dataclass(frozen=True)
class PublishedReply:
    """A reply with all that is known of its question.

    `setting` is the name of one of ours. `episode` is the cluster: items that share their shots or their hidden rule.
    `cluster` names the cluster where several variants share it, as a sentence under all ciphers.
    `text` is verbatim, None where the corpus has none. `verdict` is the authors', None where they give none by row.
    `place` says where the line stands: "logs/shift_3_gpt-4.json:7". `variant` names the run's variant where
    its items have tasks of their own; None: the task's.
    """

    model: str
    task: Task
    setting: str
    item: Item
    text: str | None
    place: str
    verdict: bool | None = None
    variant: str | None = None
    episode: int = 0
    query: int = 0
    cluster: str | None = None
    sample: int = 0
    arm: Arm = USUAL
    shots: tuple[Item, ...] = ()
    prompt: str = field(default="", repr=False)


class Unusable(NamedTuple):
    """A line that is not scored, and why."""

    place: str
    reason: str


class Corpus(Protocol):
    """One published set of replies: how its files are found and read."""

    @property
    def name(self) -> str:
        """What the option `corpus` calls it."""
        ...

    @property
    def origin(self) -> str:
        """The address of its repository."""
        ...

    @property
    def about(self) -> str:
        """A line for help."""
        ...

    @property
    def files(self) -> tuple[str, ...]:
        """Globs of its files under a clone."""
        ...

    def read(self, source: Path, files: list[Path]) -> Iterator["PublishedReply | Unusable"]:
        """Every reply of these files."""
        ...

    def answer(self, text: str) -> str | None:
        """The answer in a reply of the corpus's own format; None where the reply is in our task's own format."""
        ...


def found_files(corpus: Corpus, source: Path) -> list[Path]:
    """The files of a corpus under the folder that a user gives. Raises: UsageError where there is none."""
    if not source.is_dir():
        raise UsageError(f"source={source}", "no such folder; give a clone of the corpus's repository")
    found = sorted({path for pattern in corpus.files for path in source.glob(pattern) if path.is_file()})
    if not found:
        wanted = " or ".join(corpus.files)
        raise UsageError(f"source={source}", f"holds no {wanted}; corpus={corpus.name} is a clone of {corpus.origin}")
    return found


def as_published(corpus: Corpus, task: Task, variant: str | None = None) -> Task:
    """The task, which reads replies of the corpus's format, and has the variant's name of the whole run.

    Rules, family and equality are the task's own. Its reader reads the reply with the answer in a box behind it.
    """
    of = {each.name: getattr(task, each.name) for each in fields(task)}  # type: ignore[arg-type]  # all are dataclasses
    return _published_class(type(task), corpus.answer, variant)(**of)  # type: ignore[no-any-return]


@cache
def _published_class(cls: type[Any], answer: Callable[[str], str | None], variant: str | None) -> type[Any]:
    def read(self: Task, text: str) -> JSON:
        return cls.read(self, boxed(text, answer(text)))  # type: ignore[no-any-return]

    members: dict[str, Any] = {"read": read, "__module__": cls.__module__}
    if variant is not None:
        members["variant"] = property(lambda self: variant)
    return type(cls.__name__, (cls,), members)
