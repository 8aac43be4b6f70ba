import pytest

from solverlearner.evaluation.extract_program import cut_program

CODE = "def solver(a):\n    return a\n"


@pytest.mark.parametrize(
    "reply",
    [
        f"Sure:\n```python\n{CODE}```\nDone.",
        f"```\n{CODE}```",
        f"```Python\n{CODE}```",
        f"~~~py\n{CODE}~~~",
        f"````python\n{CODE}````",
        f"```python\n{CODE}",
        f"1. First\n\n   ```python\n   {CODE.replace(chr(10), chr(10) + '   ').rstrip()}\n   ```",
        CODE,
    ],
    ids=["python", "bare", "capital", "tildes", "four", "unterminated", "in a list", "no fence"],
)
def test_the_program_is_cut_out(reply):
    assert cut_program(reply) == CODE


def test_the_last_block_that_defines_solver_wins():
    reply = (
        f"```python\n{CODE}```\nBetter:\n```python\nsolver = lambda a: a\n```\nUse:\n```python\nprint(solver(1))\n```"
    )
    assert cut_program(reply) == "solver = lambda a: a\n"


@pytest.mark.parametrize(
    "reply",
    ["", "I do not know.", "```python\ndef other(a):\n    return a\n```", "```json\n{}\n```", "def solver(a) is hard"],
)
def test_no_program_is_none(reply):
    assert cut_program(reply) is None


def test_a_reply_of_any_shape_is_no_exception():
    assert cut_program("```" * 10_000) is None
    assert cut_program("[" * 50_000) is None
