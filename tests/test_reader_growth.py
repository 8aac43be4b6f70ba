"""Time of readers: whatever a model repeats in its reply, every reader's time grows with the length, not faster.

A reader runs in the process that asks, so one slow reply would hold up all calls. Compared are times of the same reader
on 10,000 and 40,000 characters: quadratic time would grow by a factor of 16.
"""

import gc
import time

import pytest

from solverlearner.evaluation.extract_program import cut_program
from solverlearner.evaluation.stored_lines import record_of_line
from solverlearner.task import code_blocks, plain_text
from solverlearner.task.thought import split_thought
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.boxed_literal import literal_in
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.layout import directions_of
from solverlearner.tasks.numerals import canonical
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

LARGE, GROWTH = 40_000, 4
QUICK_S = 0.04  # below this, times are noise; quadratic time takes far more for so many characters
MOST = 10


def refused(text):
    try:
        record_of_line(text.encode(), ("input",))
    except ValueError:
        return


READERS = {
    "arith": Arith(9).read,
    "syntax": Syntax().read,
    "syntax standard": Syntax(shown="standard").read,
    "cipher": Cipher().read,
    "spatial": Spatial().read,
    "spatial check": directions_of,
    "case2code": literal_in,
    "program": cut_program,
    "thought": split_thought,
    "code blocks": lambda text: [*code_blocks(text)],
    "plain text": plain_text,
    "arith value": lambda text: canonical(text, 9),
    "arith equal": lambda text: Arith(9).equal("116", text),
    "syntax equal": lambda text: Syntax(shown="standard").equal("a b c", text),
    "spatial equal": lambda text: Spatial().equal(
        [{"name": "bed", "x": 1, "y": 1}], [{"name": text, "x": text, "y": 1}]
    ),
    "stored line": refused,
}
UNITS = [
    "_", "{", "}", "{}", "\\", "\\{", "\\}", "`", "```", "```\n", "~~~", "~~~\n", " ", "\n", "\t", "\r\n", "\u2003",
    "\\boxed{", "\\boxed{}", "\\boxed{result}", "\\boxed{result} = ", "\\boxed{result} is 1 ", "\\boxed", "\\boxed ",
    "\\fbox{\\boxed{", "1", "0", "-", ".", ",", "1,", "1_", "(", ")", "()", "[", "]", "[(", "'", '"', "\\'", "*", "**",
    "$", "=", "1=", ":", "a:", "→", "->", "a", "a ", "a-", "a'", "é", "１", "₉", "<", ">", "<sub>", "> ", "- ", "1. ",
    "# ", "|", "//", "#", "base ", " (base 9", "in base ", "_{", "\\text{", "\\textbf", "\\color[", "\\phantom{", "\\,",
    "\\ ", "~", "subject:", "subject ", "subject (s) ", "subject: a, verb: b, object: c\n", "\\frac{1}", "<think>",
    "</think>", "<think>\n", "x<think>", "[THINK]", "solver", "solver=1\n", "solver=1;", "def solver",
    "def solver(a):\n  return a\n", "```python\nsolver = 1\n```\n", "```python\nx = y\n```\n", "```json\n",
    "```json\n{}\n```\n", '{"objects":', '{"a":1,', "True", ">>> ", ">>> solver = 1\n", "    x\n", "class A:\n",
    "lambda:", "not ", "\ufeff", "\x00",
]  # fmt: skip
FRAMES = [
    "@",
    r"\boxed{@}",
    r"\boxed{@ ?}",
    "```python\nsolver = @",
    "```json\n@",
    r"1 @ \boxed{result}",
    r"\boxed{result} @",
]


def seconds(reader, text):
    gc.disable()  # a collection goes over all that other tests left behind
    try:
        begun = time.process_time()
        reader(text)
        return time.process_time() - begun
    finally:
        gc.enable()


def text_of(frame, unit, length):
    return frame.replace("@", unit * (length // len(unit)))


@pytest.mark.parametrize("name", READERS)
def test_time_grows_with_the_length_and_not_faster(name):
    reader = READERS[name]
    reader("")  # what a reader imports is not its time
    for frame in FRAMES:
        for unit in UNITS:
            text = text_of(frame, unit, LARGE)
            if seconds(reader, text) < QUICK_S:
                continue
            small = text_of(frame, unit, LARGE // GROWTH)
            assert grows_in_line(reader, small, text), f"{name} on {frame!r} with {unit!r}"


def grows_in_line(reader, small, large):
    """Whether one of fifteen measurements says so: a busy machine spoils some, quadratic time all."""
    for _ in range(15):
        short, long = (min(seconds(reader, each) for _ in range(3)) for each in (small, large))
        if long < QUICK_S or long / short < MOST:
            return True
    return False


def test_a_reader_of_quadratic_time_would_be_found():
    def slow(text):
        return [text[place:].count("_") for place in range(0, len(text), 20)]

    short, long = (min(seconds(slow, "_" * length) for _ in range(3)) for length in (LARGE, GROWTH * LARGE))
    assert long / short > MOST
