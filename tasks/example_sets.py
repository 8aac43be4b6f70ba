"""Example sets: rules of a file that are known by their examples, and at most in words; for `lists` and `grids`."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from solverlearner.task import JSON, AskedSetting, Input, Rule, Split, Task, Tasks, UsageError, pick, shuffled


@dataclass(frozen=True)
class ExampleSet:
    """The examples of one rule, each input once: `outputs` gives the output by `repr` of the input.

    Shots are taken from `shown` and queries from `asked`. Without `asked` an episode divides `shown` in both. `words`:
    the rule in words, empty where the file does not tell it.
    """

    name: str
    shown: tuple[Input, ...]
    asked: tuple[Input, ...]
    outputs: Mapping[str, JSON]
    words: str = ""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All inputs."""
        return self.shown + self.asked


@dataclass(frozen=True)
class ExampleSets:
    """The example sets of a file or a folder, and a hash of its content."""

    path: str
    sets: tuple[ExampleSet, ...]
    sha256: str

    @property
    def variant(self) -> str:
        """The name of the file, or of its only set, and some digits of the hash."""
        return f"{self.sets[0].name if len(self.sets) == 1 else Path(self.path).stem}-{self.sha256[:6]}"

    def of_episode(self, index: int, stream: str) -> ExampleSet:
        """The set of an episode, in a random order that `stream` gives."""
        return shuffled(Random(stream), self.sets)[index]

    def check_settings(self, settings: Sequence[AskedSetting], where: str) -> None:
        """Refuse settings that state the rule where a set has none in words; `where` says how a file can tell it.

        Raises: UsageError.
        """
        stated = [setting.name for setting in settings if setting.rule_given]
        silent = [each.name for each in self.sets if not each.words]
        if not (stated and silent):
            return
        others = [setting.name for setting in settings if not setting.rule_given] or ["io", "solverlearner"]
        many = f"; {len(silent)} of {len(self.sets)} rules lack it" if len(self.sets) > 1 else ""
        problem = f"the prompts state the rule, which {self.path} does not tell of {silent[0]}{many}"
        hint = f"ask 'settings=[{','.join(others)}]', or {where}"
        raise UsageError(f"settings=[{','.join(stated)}]", f"{problem}: {hint}")


class SetsOfFile(Tasks):
    """Tasks that may be those of a file, an example set an episode. `where_words` says how a file can tell its rule."""

    where_words: ClassVar[str]

    @property
    def example_sets(self) -> ExampleSets | None:
        """The sets of the file; None without one. Raises: UsageError."""
        raise NotImplementedError

    @property
    def most_episodes(self) -> int | None:
        """A set each."""
        found = self.example_sets
        return len(found.sets) if found else None

    @property
    def data_hash(self) -> str:
        """Of the file."""
        found = self.example_sets
        return found.sha256 if found else ""

    def check_settings(self, settings: Sequence[AskedSetting]) -> None:
        """Refuse settings that state a rule which the file does not tell. Raises: UsageError."""
        if found := self.example_sets:
            found.check_settings(settings, self.where_words)


@dataclass(frozen=True, kw_only=True)
class ExampleTask(Task):
    """A rule that is known by its examples alone, so there is no family and no default world.

    `stream` names the random order in which an episode divides examples that the file does not divide.
    """

    examples: ExampleSet
    stream: str = ""

    why_no_form: ClassVar[Mapping[str, str]] = {
        "code": "no program of it is known",
        "table": "a table of its examples would hold the answers",
    }

    @cached_property
    def rule(self) -> Rule:
        """The examples as a mapping; the program looks them up."""
        outputs = self.examples.outputs
        return Rule(self.examples.name, lambda x: outputs.get(repr(x)), looked_up(outputs))

    @property
    def default_world(self) -> None:
        """None: which rule is usual is not known."""
        return

    def family(self) -> Sequence[Rule]:
        """Empty: the rules that the examples could have are not known."""
        return ()

    def rule_code(self) -> None:
        """None: no program but a list of the examples is known."""
        return

    def rule_table(self) -> None:
        """None, likewise."""
        return

    def rule_examples(self, rng: Random) -> Iterator[Input]:
        """Those of the file, of which an episode has some as its items."""
        return iter(self.examples.inputs)

    @property
    def invertible(self) -> bool:
        """False: whether another input has an output cannot be checked."""
        return False

    def checks(self, rng: Random) -> tuple[()]:
        """None: a question of another kind has no known answer."""
        return ()

    def given(self, shots: int, queries: int) -> tuple[Sequence[Input], Sequence[Input]]:
        """The first shots and the first queries of the file, as many as there are.

        Where the file does not divide its examples: the first in random order as shots and the last as queries. At most
        half are queries. So fewer shots are the first of more, and queries are the same for any number of shots.
        """
        if self.examples.asked:
            return self.examples.shown[:shots], self.examples.asked[:queries]
        order = shuffled(Random(self.stream), self.examples.shown)
        asked = order[::-1][: min(queries, len(order) // 2)]
        return order[: min(shots, len(order) - len(asked))], asked

    def draw(self, rng: Random, split: Split) -> Input:
        """Any of the examples."""
        return pick(rng, (split == "queries" and self.examples.asked) or self.examples.shown)


def looked_up(outputs: Mapping[str, JSON]) -> str:
    """A program that finds the output of an input among these, which are known by `repr` of the input."""
    return f"def solver(*x):\n    return {dict(outputs)!r}[repr(x)]\n"


Stamped = tuple[tuple[Path, int], ...]
"""Files and when each was written, so that a file that has changed is read again."""


def stamped(path: str, endings: Sequence[str], preferred: str = "") -> Stamped:
    """The file at a path, or the files with these endings of a folder and its folders, by name.

    Where some are called `preferred`, those alone. Raises: UsageError where there is none.
    """
    place = Path(path).expanduser()
    try:
        files = [place]
        if place.is_dir():
            files = sorted(file for file in place.rglob("*") if file.suffix in endings and file.is_file())
        files = [file for file in files if file.name == preferred] or files
        if not files:
            raise UsageError(f"data={path}", f"is a folder without JSON files (*{', *'.join(endings)})")
        return tuple((file, file.stat().st_mtime_ns) for file in files)
    except OSError as error:
        raise UsageError(f"data={path}", f"cannot be read: {error.strerror}") from error


def read_sets(path: str, files: Stamped, sets_of: Callable[[Path, str], Iterator[ExampleSet]]) -> ExampleSets:
    """The sets that `sets_of` finds in each file and its text. Raises: UsageError for a file that is no text."""
    digest, found = hashlib.sha256(), list[ExampleSet]()
    for file, _ in files:
        try:
            content = file.read_bytes()
            digest.update(content)
            found += sets_of(file, content.decode("utf-8-sig"))
        except OSError as error:
            raise UsageError(f"data={path}", f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"data={path}", f"{file.name} is no UTF-8 text") from error
    for each in found:  # words may stand in another file, beside this one
        digest.update(each.words.encode())
    return ExampleSets(path, tuple(found), digest.hexdigest())


def json_values(path: str, file: Path, text: str) -> list[Any]:
    """The value of a JSON text, alone; or those of JSON lines. Raises: UsageError that names the file and the line."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError) as error:
        found, problem = list[Any](), str(error).splitlines()[0]
    if file.suffix != ".jsonl":
        raise UsageError(f"data={path}", f"{file.name} is no JSON: {problem}")
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            raise UsageError(f"data={path}", f"{file.name}, line {number}, is no JSON: {error}") from error
    return found


def example_set(
    path: str, name: str, shown: Sequence[tuple[Input, JSON]], asked: Sequence[tuple[Input, JSON]], words: object = ""
) -> ExampleSet:
    """A set of these pairs. An input that comes again counts once. Raises: UsageError for one with two outputs."""
    outputs, first, second = dict[str, JSON](), list[Input](), list[Input]()
    for part, pairs in ((first, shown), (second, asked)):
        for x, y in pairs:
            if (key := repr(x)) not in outputs:
                outputs[key] = y
                part.append(x)
            elif json.dumps(outputs[key]) != json.dumps(y):
                problem = f"{name} has one input with two outputs, {outputs[key]!r} and {y!r}; a rule gives one"
                raise UsageError(f"data={path}", problem)
    return ExampleSet(name, tuple(first), tuple(second), outputs, words.strip() if isinstance(words, str) else "")
