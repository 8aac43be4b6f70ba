import pytest
from test_cli import solverlearner

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


TWO = f"```python\n{CODE}```"


@pytest.mark.parametrize(
    "reply",
    [
        TWO.replace("python", 'python title="solver.py"'),
        TWO.replace("python", 'python linenums="1" hl_lines="2 3"'),
        TWO.replace("python", "python Copy code"),
        TWO.replace("python", "{.python}"),
        TWO.replace("python", "python:solver.py"),
        TWO.replace("python", "py3"),
        TWO.replace("python", "text"),
        f"<answer>\n{TWO}\n</answer>",
        f"<solution>\n{TWO}</solution>",
        f"<details><summary>So</summary>\n{TWO}\n</details>",
        TWO.replace("\n```", "```"),
        f"{TWO}<|im_end|>",
        f"{TWO} That is it.",
        f"{TWO.replace('```', '~~~~')} done",
        f"{CODE}```\n",
        f"```\n\n{CODE}",
        f"**Answer:** {TWO}",
        f"1. First:\n   ```python\n{CODE}   ```",
        f"1. First:\n\n      ```python\n{CODE}      ```",
        f"- First:\n\n        ```python\n        {CODE.replace('    return', '            return')}        ```",
        TWO.replace("\n", "\n> ").replace("```python", "> ```python"),
        f"So:\n\n    {CODE.replace('    return', '        return')}",
        f"\ufeff{TWO}",
        f"```python\n\ufeff{CODE}```",
        TWO.replace("\n", "\r\n"),
        f"```\npython\nCopy code\n{CODE}```",
        "```pycon\n>>> def solver(a):\n...     return a\n```",
        f"<answer>\n{CODE}</answer>",
        f"So:\n[PYTHON]\n{CODE}[/PYTHON]",
        f"<pre><code>\n{CODE}</code></pre>",
        f"```python\n{CODE}``",
        f"{TWO}\nUse:\n```json\n{{}}\n```",
        f"{TWO}\n```\nsolver(1) is 1\n```",
    ],
)
def test_the_program_is_cut_out_however_it_is_fenced(reply):
    assert cut_program(reply).strip() == CODE.strip()


@pytest.mark.parametrize(
    "code",
    [
        "solver: object = len\n", "f = solver = len\n", "solver, other = len, 1\n", "(solver := len)\n",
        "from operator import neg as solver\n", "try:\n    solver = len\nexcept NameError:\n    pass\n",
        "if True:\n    def solver(a):\n        return a\n", "with open(0) as solver:\n    pass\n",
    ],
)  # fmt: skip
def test_a_program_may_bind_the_name_in_any_way(code):
    assert cut_program(f"```python\n{code}```") == code
    assert cut_program(code) == code


def test_a_method_of_a_class_is_made_a_function():
    code = "class Solution:\n    def solver(self, a):\n        return a\n"
    scope = {}
    exec(cut_program(f"```python\n{code}```"), scope)
    assert scope["solver"](5) == 5


HELPER = "import math\n\ndef half(a):\n    return math.floor(a / 2)\n"
USER = "def solver(a):\n    return half(a)\n"


@pytest.mark.parametrize(
    "first", [(HELPER, USER), (USER, HELPER), (HELPER, "x = 1\n", USER, "print(solver(half(3)))\n")]
)
def test_a_helper_comes_from_another_block(first):
    scope = {}
    program = cut_program("\n".join(f"So:\n```python\n{block}```" for block in first))
    exec(program, scope)
    assert scope["solver"](5) == 2
    assert "print" not in program
    assert "x = 1" not in program


def test_a_program_that_needs_nothing_stands_alone():
    assert cut_program(f"```python\n{HELPER}```\n```python\n{CODE}```") == CODE


def test_an_error_of_syntax_is_the_models():
    assert cut_program(f"```python\nHere:\n{CODE}```") == f"Here:\n{CODE}"


def test_the_last_block_that_defines_solver_wins():
    reply = (
        f"```python\n{CODE}```\nBetter:\n```python\nsolver = lambda a: a\n```\nUse:\n```python\nprint(solver(1))\n```"
    )
    assert cut_program(reply) == "solver = lambda a: a\n"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I do not know.",
        "```python\ndef other(a):\n    return a\n```",
        "```json\n{}\n```",
        "def solver(a) is hard",
        "```python\nasync def solver(a):\n    return a\n```",
        f"So:\n{CODE}",
        "```toml\nsolver is a word\n```",
    ],
)
def test_no_program_is_none(reply):
    assert cut_program(reply) is None


def test_a_reply_of_any_shape_is_no_exception():
    assert cut_program("```" * 10_000) is None
    assert cut_program("[" * 50_000) is None


def test_exec_runs_a_file_with_a_byte_order_mark_as_python_does(tmp_path):
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbfdef solver(a):\n    return a\n")
    done = solverlearner("exec", "bom.py", "--input", '["x"]', cwd=tmp_path)
    assert (done.returncode, 'ok  "x"' in done.stdout) == (0, True)


@pytest.mark.parametrize("error", ["ModuleNotFoundError", "ImportError", "Exception"])
@pytest.mark.parametrize("imported", ["import numpy", "import os.path", "from socket import socket"])
def test_a_program_may_catch_the_import_of_a_module_that_it_does_not_get(tmp_path, error, imported):
    code = f"try:\n    {imported}\nexcept {error}:\n    found = None\n\ndef solver(a):\n    return found\n"
    (tmp_path / "program.py").write_text(code)
    done = solverlearner("exec", "program.py", "--input", '["x"]', cwd=tmp_path)
    assert (done.returncode, "ok  null" in done.stdout) == (0, True)
