"""DYNAMICQA: what a model answers by itself, and after a context that argues for another answer.

Marjanović et al. 2024 (arXiv 2407.17023). Answers to a question are static, change with time, or are disputed. Each
question has a context, once with its original answer and once with another one in its place. A run needs the data of
the authors (`data`); none of it is in this project.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from random import Random
from typing import ClassVar

from solverlearner.task import AskedSetting, Tasks, UsageError, check_choice, shuffled

from .dynamicqa_data import PARTITIONS, Question, Questions, read_questions
from .dynamicqa_question import MATCHES, AskedQuestion

SETTINGS = ("closed", "closed_again", "context", "persuade")


@dataclass(frozen=True)
class DynamicQA(Tasks):
    """The questions of one partition or of all three, one an episode, in an order that the seed gives.

    `data` is a file or a folder of files, as the authors name them or as their data set on Hugging Face does; each may
    be packed (.xz, .gz). With `partition` all, episodes take the partitions in turn. `clean` leaves out questions with
    a fault in the data. `match` says when an answer counts: exact, alias (another name of it, or in a sentence), or
    rouge (ROUGE-L above 0.3, as the authors judge). `same_wording` names the article's subject in all three prompts;
    the authors name it in the closed prompt only. Raises: UsageError for the data.
    """

    data: str
    partition: str = "all"
    clean: bool = False
    match: str = "alias"
    same_wording: bool = True

    kind: ClassVar[str] = "dynamicqa"
    name: ClassVar[str] = "dynamicqa"

    def __post_init__(self) -> None:
        check_choice("partition", self.partition, (*PARTITIONS, "all"))
        check_choice("match", self.match, MATCHES)
        if not self._read.questions:
            raise UsageError(f"data={self.data}", f"has no question of partition={self.partition}")

    @cached_property
    def _read(self) -> Questions:
        return read_questions(Path(self.data).expanduser(), self.partition, self.clean)

    @property
    def variant(self) -> str:
        """The partition, some digits of the data's hash, and options that differ from their defaults."""
        wording = [] if self.same_wording else ["own-wording"]
        more = [*["clean"] * self.clean, *[self.match] * (self.match != "alias"), *wording]
        return "-".join([self.partition, self._read.sha256[:6], *more])

    @property
    def world(self) -> str:
        """What the model is taken to remember."""
        return "original answer"

    @property
    def most_episodes(self) -> int:
        """A question each."""
        return len(self._read.questions)

    @property
    def data_hash(self) -> str:
        """Of the files."""
        return self._read.sha256

    def of_episode(self, seed: int, index: int) -> AskedQuestion:
        """The question of one episode."""
        question = _in_order(self._read, seed)[index]
        return AskedQuestion(question, self.variant, self.match, self.same_wording)

    def check_settings(self, settings: Sequence[AskedSetting]) -> None:
        """Refuse settings with examples, programs or a stated rule: questions have none. Raises: UsageError."""
        if wrong := [each.name for each in settings if each.name not in SETTINGS]:
            problem = f"dynamicqa is asked in {', '.join(SETTINGS)}"
            raise UsageError(f"settings=[{','.join(wrong)}]", f"{problem}; leave it out, or settings altogether")

    def notes(self) -> Iterable[str]:
        """How many questions there are, and which faults the data has."""
        counts = ", ".join(f"{count} {name}" for name, count in self._read.counts.items())
        yield f"{self.data} has {self.most_episodes} questions that can be asked ({counts})."
        what = "Left out for a fault" if self.clean else "With a fault in the data, not mended (clean=true leaves out)"
        if faults := ", ".join(f"{count} {name}" for name, count in self._read.faults.items()):
            yield f"{what}: {faults}."


@lru_cache(maxsize=16)
def _in_order(read: Questions, seed: int) -> tuple[Question, ...]:
    """The questions in the order of a seed, the partitions in turn as long as each has some."""
    queues = []
    for partition in PARTITIONS:
        own = [question for question in read.questions if question.partition == partition]
        queues.append(shuffled(Random(f"dynamicqa/{seed}/{partition}"), own))
    longest = max(map(len, queues))
    return tuple(queue[place] for place in range(longest) for queue in queues if place < len(queue))
