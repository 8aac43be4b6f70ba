"""List operations: the parts of list functions, each as a mapping, in words, as Python text, and by a short name.

They are those of Rule (2020, *The child as hacker: building more human-like models of learning*, doctoral thesis, MIT),
which BIG-bench's list functions are from. They were written anew from their descriptions: reordering, choosing,
changing and counting the numbers of a list.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Numbers = list[int]


@dataclass(frozen=True)
class Operation:
    """One step: from a list to a list, or to a number where `to_number`.

    `words` follow "then". `code` is an expression of `x`. `size` counts the operation and its constant.
    """

    name: str
    apply: Callable[[Numbers], Numbers | int]
    words: str
    code: str
    size: int = 1
    to_number: bool = False


@dataclass(frozen=True)
class Condition:
    """A question about a list: `words` follow "if"."""

    name: str
    holds: Callable[[Numbers], bool]
    words: str
    code: str
    size: int = 1


def _changes() -> Iterator[Operation]:
    """Steps that give a list and need no constant."""
    yield Operation("reverse", lambda x: x[::-1], "reverse the list", "x[::-1]")
    yield Operation("sort", sorted, "sort the list, the smallest first", "sorted(x)")
    yield Operation(
        "sort_down", lambda x: sorted(x)[::-1], "sort the list, the largest first", "sorted(x, reverse=True)"
    )
    yield Operation(
        "unique", lambda x: [*dict.fromkeys(x)], "keep the first of equal numbers only", "list(dict.fromkeys(x))"
    )
    yield Operation("evens", lambda x: [n for n in x if n % 2 == 0], "keep the even numbers", _kept("n % 2 == 0"))
    yield Operation("odds", lambda x: [n for n in x if n % 2], "keep the odd numbers", _kept("n % 2 == 1"))
    yield Operation("every_second", lambda x: x[1::2], "keep every second number, from the second on", "x[1::2]")
    yield Operation("twice", lambda x: x + x, "write the list twice, one after the other", "x + x")
    yield Operation("mirror", lambda x: x + x[::-1], "append the list in reverse order", "x + x[::-1]")
    yield Operation(
        "doubled_items", lambda x: [n for n in x for _ in range(2)], "write each number twice in a row",
        "[n for n in x for _ in range(2)]",
    )  # fmt: skip
    yield Operation(
        "running_sums", lambda x: [sum(x[: place + 1]) for place in range(len(x))],
        "replace each number by the sum of all numbers up to it, itself included",
        "[sum(x[: i + 1]) for i in range(len(x))]",
    )  # fmt: skip
    yield Operation(
        "gaps", lambda x: [abs(b - a) for a, b in pairwise(x)],
        "replace the list by the differences of neighbours, without signs", "[abs(b - a) for a, b in zip(x, x[1:])]",
    )  # fmt: skip
    yield Operation(
        "swap_ends", lambda x: [x[-1], *x[1:-1], x[0]] if len(x) > 1 else x,
        "exchange the first and the last number", "[x[-1]] + x[1:-1] + [x[0]] if len(x) > 1 else x",
    )  # fmt: skip
    yield Operation("rotate", lambda x: x[1:] + x[:1], "move the first number to the end", "x[1:] + x[:1]")
    yield Operation("rotate_back", lambda x: x[-1:] + x[:-1], "move the last number to the front", "x[-1:] + x[:-1]")


def _kept(condition: str) -> str:
    return f"[n for n in x if {condition}]"


def _changes_by(k: int) -> Iterator[Operation]:
    """Steps that give a list and have a small constant."""
    first = "the first number" if k == 1 else f"the first {k} numbers"
    last = "the last number" if k == 1 else f"the last {k} numbers"
    yield Operation(f"take{k}", lambda x: x[:k], f"keep {first} only", f"x[:{k}]", 2)
    yield Operation(f"drop{k}", lambda x: x[k:], f"leave out {first}", f"x[{k}:]", 2)
    yield Operation(f"take_last{k}", lambda x: x[-k:], f"keep {last} only", f"x[-{k}:]", 2)
    yield Operation(f"drop_last{k}", lambda x: x[:-k], f"leave out {last}", f"x[:-{k}]", 2)
    yield Operation(f"add{k}", lambda x: [n + k for n in x], f"add {k} to each number", f"[n + {k} for n in x]", 2)


def _changes_by_value(k: int) -> Iterator[Operation]:
    """Steps that give a list and have a digit as their constant."""
    yield Operation(f"above{k}", lambda x: [n for n in x if n > k], f"keep the numbers above {k}", _kept(f"n > {k}"), 2)
    yield Operation(f"below{k}", lambda x: [n for n in x if n < k], f"keep the numbers below {k}", _kept(f"n < {k}"), 2)
    yield Operation(f"without{k}", lambda x: [n for n in x if n != k], f"leave out every {k}", _kept(f"n != {k}"), 2)
    yield Operation(f"first_is{k}", lambda x: [k, *x], f"put {k} before the list", f"[{k}] + x", 2)
    yield Operation(f"last_is{k}", lambda x: [*x, k], f"put {k} behind the list", f"x + [{k}]", 2)


def _multiples(k: int) -> Iterator[Operation]:
    yield Operation(
        f"times{k}", lambda x: [n * k for n in x], f"multiply each number by {k}", f"[n * {k} for n in x]", 2
    )


def _numbers() -> Iterator[Operation]:
    """Steps that give a number; 0 where an empty list has none."""
    none = " (0 if the list is empty)"
    yield Operation("sum", sum, "give the sum of the numbers", "sum(x)", 1, True)
    yield Operation("count", len, "give how many numbers there are", "len(x)", 1, True)
    yield Operation("max", lambda x: max(x, default=0), f"give the largest number{none}", "max(x, default=0)", 1, True)
    yield Operation("min", lambda x: min(x, default=0), f"give the smallest number{none}", "min(x, default=0)", 1, True)
    yield Operation("first", lambda x: x[0] if x else 0, f"give the first number{none}", "x[0] if x else 0", 1, True)
    yield Operation("last", lambda x: x[-1] if x else 0, f"give the last number{none}", "x[-1] if x else 0", 1, True)


def _number_at(k: int) -> Operation:
    words = f"give the {ORDINALS[k]} number (0 if the list has fewer than {k} numbers)"
    code = f"x[{k - 1}] if len(x) > {k - 1} else 0"
    return Operation(f"item{k}", lambda x: x[k - 1] if len(x) >= k else 0, words, code, 2, True)


def _count_of(k: int) -> Operation:
    return Operation(f"count{k}", lambda x: x.count(k), f"give how often {k} occurs", f"x.count({k})", 2, True)


ORDINALS = ("", "first", "second", "third", "fourth")

CHANGES: Sequence[Operation] = (
    *_changes(),
    *(each for k in (1, 2, 3) for each in _changes_by(k)),
    *(each for k in (2, 3) for each in _multiples(k)),
    *(each for k in (3, 5, 7) for each in _changes_by_value(k)),
)
"""The steps from lists to lists."""

NUMBERS: Sequence[Operation] = (
    *_numbers(),
    *(_number_at(k) for k in (2, 3, 4)),
    *(_count_of(k) for k in (3, 5, 7)),
)
"""The steps from lists to numbers."""

CONDITIONS: Sequence[Condition] = (
    Condition("first_even", lambda x: x[:1] != [] and x[0] % 2 == 0, "the first number is even", "x and x[0] % 2 == 0"),
    Condition("rising", lambda x: x[:1] < x[-1:], "the last number is larger than the first", "x[:1] < x[-1:]"),
    *(
        Condition(f"longer{k}", lambda x, k=k: len(x) > k, f"the list has more than {k} numbers", f"len(x) > {k}", 2)  # type: ignore[misc]
        for k in (3, 4, 5)
    ),
    *(
        Condition(f"has{k}", lambda x, k=k: k in x, f"{k} occurs in the list", f"{k} in x", 2)  # type: ignore[misc]
        for k in (3, 5, 7)
    ),
)
"""What a function may ask of its list before it decides."""
