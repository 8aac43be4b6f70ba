"""List functions: compositions of operations, with or without a condition, listed by size; the family of `lists`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random

from solverlearner.task import JSON, Input, Rule, text_table

from .list_operations import CHANGES, CONDITIONS, NUMBERS, ORDINALS, Condition, Numbers, Operation

LARGEST_SIZE = 4
"""Operations and constants of the largest functions of the family."""

_PROBES = 40

_CHOICES = len(CHANGES) + len(NUMBERS)


@dataclass(frozen=True)
class Function:
    """Steps one after another; with a `condition`, those of `steps` where it holds and those of `otherwise` elsewhere.

    Only the last step may give a number.

    >>> function("sort.take2").apply([3, 1, 2])
    [1, 2]
    """

    steps: tuple[Operation, ...]
    condition: Condition | None = None
    otherwise: tuple[Operation, ...] = ()

    @property
    def name(self) -> str:
        """ "sort.take2", or with a condition "longer3?sort:reverse"."""
        return (
            f"{self.condition.name}?{_name(self.steps)}:{_name(self.otherwise)}"
            if self.condition
            else _name(self.steps)
        )

    @property
    def size(self) -> int:
        """How many operations, constants and conditions it has."""
        return sum(each.size for each in (*self.steps, *self.otherwise)) + (
            self.condition.size if self.condition else 0
        )

    @property
    def to_number(self) -> bool:
        """Whether it gives a number."""
        return self.steps[-1].to_number

    def apply(self, x: Numbers) -> Numbers | int:
        """The value of a list."""
        steps = self.steps if self.condition is None or self.condition.holds(x) else self.otherwise
        value: Numbers | int = x
        for step in steps:
            value = step.apply(value)  # type: ignore[arg-type]  # only the last step gives a number
        return value

    @property
    def words(self) -> str:
        """What is to be done, in sentences."""
        if self.condition is None:
            return f"{_sentence(self.steps)}."
        first, second = _sentence(self.steps), _sentence(self.otherwise)
        return f"If {self.condition.words}: {_lower(first)}. Otherwise: {_lower(second)}."

    @property
    def table(self) -> str:
        """The steps as a table, with a column that says when they are taken where that depends on a condition."""
        if self.condition is None:
            return text_table(["step", "what is done"], _rows(self.steps))
        sides = ((f"if {self.condition.words}", self.steps), ("otherwise", self.otherwise))
        return text_table(
            ["when", "step", "what is done"], [[when, *row] for when, steps in sides for row in _rows(steps)]
        )

    @property
    def program(self) -> str:
        """A Python program that defines `solver`."""
        kind = "int" if self.to_number else "list[int]"
        head = f"def solver(x: list[int]) -> {kind}:\n"
        if self.condition is None:
            return head + _lines(self.steps, "    ")
        return f"{head}    if {self.condition.code}:\n{_lines(self.steps, ' ' * 8)}{_lines(self.otherwise, '    ')}"

    @property
    def rule(self) -> Rule:
        """The function as a rule; a function that is longer by one has a smaller weight, by the number of choices."""
        return Rule(self.name, self._value, self.program, weight=float(_CHOICES) ** -self.size)

    def _value(self, x: Input) -> JSON:
        numbers = x[0] if len(x) == 1 else None
        whole = isinstance(numbers, list) and all(type(each) is int for each in numbers)
        return self.apply(numbers) if whole else None  # type: ignore[arg-type, return-value]


def _name(steps: Sequence[Operation]) -> str:
    return ".".join(each.name for each in steps)


def _sentence(steps: Sequence[Operation]) -> str:
    first, *others = (each.words for each in steps)
    return "; then ".join([first[0].upper() + first[1:], *others])


def _rows(steps: Sequence[Operation]) -> list[list[str]]:
    return [[ORDINALS[number], each.words] for number, each in enumerate(steps, 1)]


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _lines(steps: Sequence[Operation], indent: str) -> str:
    *before, last = steps
    return "".join(f"{indent}x = {each.code}\n" for each in before) + f"{indent}return {last.code}\n"


_STEPS = {each.name: each for each in (*CHANGES, *NUMBERS)}
_CONDITIONS = {each.name: each for each in CONDITIONS}


def function(name: str) -> Function:
    """The function of a name. Raises: ValueError with what is wrong.

    >>> function("longer3?reverse:sort").apply([2, 1])
    [1, 2]
    """
    head, found, rest = name.partition("?")
    if not found:
        return Function(_steps(name))
    first, colon, second = rest.partition(":")
    if head not in _CONDITIONS:
        raise ValueError(f"there is no condition {head}; there are {', '.join(_CONDITIONS)}")
    if not colon:
        raise ValueError("a condition needs two functions, as longer3?reverse:sort")
    made = Function(_steps(first), _CONDITIONS[head], _steps(second))
    if made.steps[-1].to_number is not made.otherwise[-1].to_number:
        raise ValueError("both functions of a condition must give a list, or both a number")
    return made


def _steps(name: str) -> tuple[Operation, ...]:
    names = name.split(".")
    if unknown := [each for each in names if each not in _STEPS]:
        raise ValueError(f"there is no operation {unknown[0]}; there are {', '.join(_STEPS)}")
    steps = tuple(_STEPS[each] for each in names)
    if any(each.to_number for each in steps[:-1]):
        raise ValueError("only the last operation may give a number")
    return steps


def _conditional(size: int) -> Iterator[Function]:
    """The functions of exactly this size with a condition, whose branches are a single operation each."""
    for ends in (CHANGES, NUMBERS):
        for condition, one, other in product(CONDITIONS, ends, ends):
            if condition.size + one.size + other.size == size and one is not other:
                yield Function((one,), condition, (other,))


Values = tuple[object, ...]


@cache
def functions(most: int = LARGEST_SIZE) -> tuple[Function, ...]:
    """All functions up to a size that differ on our probe lists, the smallest first.

    Of functions with equal values on 40 lists the first one stays, and only that one is made longer. A function that
    changes no list is left out, and so is one that gives the same for all.
    """
    probes = _probes()
    known: set[Values] = {tuple(map(tuple, probes))}
    chains: list[list[tuple[tuple[Operation, ...], list[Numbers]]]] = [[((), probes)]]
    found: list[Function] = []

    def new(values: Sequence[Numbers | int]) -> bool:
        key: Values = tuple(each if isinstance(each, int) else tuple(each) for each in values)
        fresh = key not in known and len({*key}) > 1
        known.add(key)
        return fresh

    for size in range(1, most + 1):
        chains.append([])
        for step in (*CHANGES, *NUMBERS):
            for steps, values in chains[size - step.size] if step.size <= size else ():
                if new(after := [step.apply(each) for each in values]):
                    found.append(Function((*steps, step)))
                    if not step.to_number:
                        chains[size].append(((*steps, step), after))  # type: ignore[arg-type]  # lists alone
        found += [each for each in _conditional(size) if new([each.apply(x) for x in probes])]
    return tuple(found)


@cache
def family(most: int, to_number: bool, own: str = "") -> tuple[Rule, ...]:
    """The rules of all functions up to a size that give a list, or a number, the smallest first.

    The function called `own` is among them: in place of one that has equal values on the probe lists, or at its size.
    """
    listed = [each for each in functions(most) if each.to_number is to_number]
    if own and all(each.name != own for each in listed):
        made = function(own)
        probes = _probes()
        values = [made.apply(x) for x in probes]
        listed = [each for each in listed if [each.apply(x) for x in probes] != values]
        listed.insert(sum(each.size <= made.size for each in listed), made)
    return tuple(each.rule for each in listed)


@cache
def drawn_from(size: int) -> tuple[Function, ...]:
    """The functions of exactly this size, of which an episode draws its own."""
    return tuple(each for each in functions(size) if each.size == size)


def _probes() -> list[Numbers]:
    rng = Random("lists/probes")
    short: list[Numbers] = [[], [3], [4], [2, 5], [7, 1]]
    return short + [_digits(rng, 1, 10) for _ in range(_PROBES - len(short))]


def random_list(rng: Random, shortest: int, longest: int) -> list[JSON]:
    """A list of digits with a random length."""
    return [*_digits(rng, shortest, longest)]


def _digits(rng: Random, shortest: int, longest: int) -> Numbers:
    length = shortest + int(rng.random() * (longest - shortest + 1))
    return [int(rng.random() * 10) for _ in range(length)]
