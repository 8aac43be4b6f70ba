"""Forms of a rule: a reader that knows a table alone gets every output right, and code and table say the same rule."""

import re
from itertools import groupby, islice
from random import Random

import pytest

from solverlearner.design.rule_statement import check_form
from solverlearner.errors import UsageError
from solverlearner.task import text_table
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.base_conversion import BaseConversion
from solverlearner.tasks.case2code import Case2Code
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.colours import Colours
from solverlearner.tasks.grid_steps import STEPS, composed
from solverlearner.tasks.grid_task import PlaneGrid, RowGrid
from solverlearner.tasks.grids import PLANE, Grids
from solverlearner.tasks.linear import Linear
from solverlearner.tasks.list_functions import function
from solverlearner.tasks.list_operations import CHANGES, CONDITIONS, NUMBERS
from solverlearner.tasks.lists import Lists
from solverlearner.tasks.row_rules import KINDS
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax


def tables(task):
    """The tables of a task as lists of rows, read from the text that a prompt shows."""
    found = []
    for paragraph in task.rule_table().split("\n\n"):
        if paragraph.startswith("| "):
            header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in paragraph.split("\n"))
            found.append([header, *rows])
    return found


def by_two(table):
    (_, *columns), *rows = table
    return {(row[0], column): value for row in rows for column, value in zip(columns, row[1:], strict=True)}


def added(table, one, other):
    """The sum of two numerals by the table alone; a carry is added by the table again."""
    width = max(map(len, (one, other)))
    result, carry = "", "0"
    for left, right in zip(reversed(one.rjust(width, "0")), reversed(other.rjust(width, "0")), strict=True):
        first = table[left, right].rjust(2, "0")
        second = table[first[1], carry].rjust(2, "0")
        result, carry = second[1] + result, table[first[0], second[0]]
    return (carry + result).lstrip("0") or "0"


def subtracted(table, one, other):
    result, borrow = "", "0"
    for left, right in zip(reversed(one), reversed(other), strict=True):
        first = table[left, right]
        second = table[first[0], borrow]
        result, borrow = second[0] + result, "1" if "*" in first + second else "0"
    return result.lstrip("0") or "0"


def multiplied(products, sums, one, other):
    total = "0"
    for place, left in enumerate(reversed(one)):
        for further, right in enumerate(reversed(other)):
            total = added(sums, total, products[left, right] + "0" * (place + further))
    return total


def solved(task, x):
    """The output for an input by the table alone, worked out without the task's rule."""
    first, *more = tables(task)
    match task:
        case Arith(op="add"):
            return added(by_two(first), *x)
        case Arith(op="sub"):
            return subtracted(by_two(first), *x)
        case Arith():
            return multiplied(by_two(first), by_two(more[0]), *x)
        case Syntax():
            return {part: word for (_, part), word in zip(first[1:], x[0].split(), strict=True)}
        case Spatial():
            at = {side: (int(left), int(top)) for side, left, top in first[1:]}
            return [{"name": name, "x": at[side][0], "y": at[side][1]} for name, side in x[1]]
        case Colours():
            return described(dict(first[1:]), x[0])
        case BaseConversion():
            return converted(first, more, x[0])
        case Cipher():
            return deciphered(first, x[0])
        case _:
            return by_steps(task, first, x)


def by_steps(task, first, x):
    """The same for tables of steps."""
    match task:
        case Linear():
            (_, multiply, slope), (_, add, intercept) = first[1:]
            assert (multiply, add) == ("multiply by", "add")
            return int(slope) * x[0] + int(intercept)
        case Lists():
            return listed(first, x[0])
        case PlaneGrid():
            grid = x[0]
            for _, words in first[1:]:
                grid = composed([next(step for step in STEPS.values() if step.words == words)]).apply((grid,))
            return grid
        case RowGrid():
            return [recoloured(first[1:], x[0][0])]


def listed(table, numbers):
    """Carried out by the words of each operation, as `list_operations` has them."""
    (*_, when), rows = table[0][:-2] or [None], table[1:]
    if when:
        holds = next(each for each in CONDITIONS if f"if {each.words}" == rows[0][0]).holds(numbers)
        rows = [row[1:] for row in rows if (row[0] != "otherwise") is holds]
    for place, (step, words) in enumerate(rows):
        assert step == ("first", "second", "third", "fourth")[place]
        numbers = next(each for each in (*CHANGES, *NUMBERS) if each.words == words).apply(numbers)
    return numbers


SIZES = {
    "an odd number": {1, 3, 5, 7},
    "an even number": {2, 4, 6, 8},
    "one cell": {1},
    "two cells": {2},
    "three cells or more": {*range(3, 60)},
}


def recoloured(rows, cells):
    """Pieces take the colour of the row that has their number of cells."""
    named = [(sizes, colour) for what, colour in rows for words, sizes in SIZES.items() if words in what]
    colours = {size: int(colour.removeprefix("colour ")) for sizes, colour in named for size in sizes}
    new = []
    for coloured, piece in groupby(cells, bool):
        piece = [*piece]
        new += [colours[len(piece)]] * len(piece) if coloured else piece
    return new


def described(meanings, sentence):
    result = []
    for word in map(meanings.get, sentence.split()):
        result += [word] if " " not in word else [result[-1]] * (1 if word.endswith("twice") else 2)
    return " ".join(result)


def converted(places, letters, numeral):
    values = {str(n): n for n in range(10)} | {letter: int(value) for row in letters for letter, value in row[1:]}
    worth = [(int(before), int(after)) for _, before, after in places[1:]]
    number = sum(values[digit] * worth[place][0] for place, digit in enumerate(reversed(numeral)))
    digits, written = {value: digit for digit, value in values.items()}, ""
    for _, after in reversed(worth):
        digit, number = divmod(number, after)
        written += digits[digit]
    return written.lstrip("0")


def deciphered(table, text):
    header, *rows = table
    said = {row[0]: row[1:] for row in rows}
    if header == ["place", "letter"]:
        return "".join(sorted(text, key=[letter for _, letter in rows].index))
    if header[0] == "code":
        return " ".join("".join(said[code][0] for code in word.split()) for word in text.split(" / "))
    return "".join(said[letter][place % (len(header) - 1)] for place, letter in enumerate(text))


TASKS = [
    Arith(9), Arith(16), Arith(8, 3, "sub"), Arith(9, 3, "mul"), Syntax("sov"), Syntax("osv"), Spatial(),
    Spatial("nswe"), Cipher("caesar"), Cipher("keyword"), Cipher("vigenere"), Cipher("morse"), Cipher("permuted_morse"),
    Cipher("sorted"), Linear(3, -2), Linear(-20, 7), *(Grids(PLANE, size=size).of_episode(0, size) for size in (1, 3)),
    *(Lists(function(name), 8) for name in ("sort.take2", "longer3?sort.take2:reverse", "unique.above3.count")),
    *(Grids(kind).of_episode(0, 0) for kind in ("recolor_oe", "recolor_cnt")),
    Colours(500), BaseConversion(8, 9), BaseConversion(16, 2), BaseConversion(10, 36, 10**6),
]  # fmt: skip


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.name}-{task.variant}")
def test_the_table_alone_gives_every_output(task):
    for x in (task.draw(Random(seed), "queries") for seed in range(20)):
        assert task.equal(task.rule.apply(x), solved(task, x)), x


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Arith(8), Arith(9)),
        (Syntax("sov"), Syntax("svo")),
        (Spatial("r90"), Spatial("default")),
        (Cipher("morse"), Cipher("permuted_morse")),
        (Colours(0), Colours(500)),
        (Linear(3, -2), Linear(2, 3)),
        (Lists(function("sort"), 8), Lists(function("longer3?sort:reverse"), 8)),
        (Grids(PLANE, steps="flip").of_episode(0, 0), Grids(PLANE, steps="rotate.crop").of_episode(0, 0)),
        (BaseConversion(8, 9), BaseConversion(16, 2)),
    ],
)
def test_the_sentence_on_the_domain_does_not_tell_which_rule_it_is(one, other):
    assert one.rule_domain() == other.rule_domain()
    assert one.rule_table() != other.rule_table()


def test_a_table_that_would_hold_the_answers_is_not_there_and_the_reason_is_given():
    assert Arith(16, 1).rule_table() is Arith(16, query_digits=1).rule_table() is None
    with pytest.raises(UsageError, match="no such form, because a table of digits would hold"):
        check_form(Arith(16, 1), "table")
    with pytest.raises(UsageError, match="no such form, because a real function is known as a program"):
        check_form(Case2Code().of_episode(0, 0), "table")


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_of_a_kind_of_rows_names_its_colours_and_nothing_that_is_not_explained(kind):
    task = Grids(kind).of_episode(0, 0)
    table = task.rule_table()
    assert [int(digit) for digit in re.findall(r"[1-9]", table)] == [*task.colours]
    assert ("A piece is" in table) is (table.count("piece") > 0)
    other = Grids(next(each for each in KINDS if each != kind)).of_episode(0, 0)
    assert task.rule_domain() == other.rule_domain()


def test_examples_are_inputs_of_the_rule():
    assert all(Arith(9).rule.apply(x) for x in islice(Arith(9).rule_examples(Random(0)), 5))


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="every row must have 2 cells"):
        text_table(["a", "b"], [["1"]])
