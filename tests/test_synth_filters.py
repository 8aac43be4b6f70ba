import ast
from collections import Counter
from pathlib import Path

import pytest

from solverlearner.case2code.normal import normal_hash, skeletons
from solverlearner.synth.functions.collect import collect
from solverlearner.synth.functions.filters import RULES
from solverlearner.synth.functions.licences import UNKNOWN, Owner, is_permissive
from solverlearner.synth.functions.sources import SourceFile, source_files

KEPT = """
def clipped(values, limit):
    total = 0
    for value in values:
        total += min(value, limit)
    return total
"""

DROPPED = {
    "decorated": "@register\ndef f(x):\n    y = x + 1\n    return y * y + x // 2\n",
    "a method": "def f(self, x):\n    y = x + 1\n    return y * y + x // 2\n",
    "parameters: none, too many, or any number": "def f(*x):\n    y = x[0] + 1\n    return y * y + x[1] // 2\n",
    "a generator": "def f(x):\n    for y in range(x):\n        yield y * y + x // 2\n    return x\n",
    "returns no value": "def f(x):\n    x.append(len(x) * 2 + 1)\n    x.append(len(x) // 2 - 1)\n",
    "too small": "def f(x):\n    return x + 1\n",
    "too large": "def f(x):\n" + "    x = x * 2 + 1\n" * 90 + "    return x\n",
    "trivial: a getter or a wrapper": "def f(a, b, c, d):\n    return g(a, b, c, d, 1, 2, 3, 4, None, True, False)\n",
    "types: an annotation that is none of JSON's": "def f(x: Path):\n    y = [x, x]\n    return len(y) * 2 - len(y)\n",
    "types: a parameter that is none of JSON's": "def f(x):\n    y = x.sections()\n    return len(y) * 2 - len(y)\n",
    "keeps or changes state, or asks the clock": "T = {}\ndef f(x):\n    T[x] = x + 1\n    return T[x] * 2 + x // 3\n",
    "not self-contained": "def f(x):\n    y = helper(x) + 1\n    return y * y + x // 2\n",
    "imports what a program may not": "import os\ndef f(x):\n    y = os.path.join(x, x) + '1'\n    return y + y + x\n",
    "calls what does I/O, or depends on the run": "def f(x):\n    y = x + 1\n    print(y, y * y)\n    return y * y\n",
}


def collected(folder, text, name="module.py", licence=UNKNOWN):
    path = folder / name
    path.write_text(text)
    return collect([SourceFile(str(path), name, f"own/{name}", Owner("own", "1.0", licence), len(text), 0)])


@pytest.mark.parametrize("reason", DROPPED)
def test_each_rule_leaves_out_what_it_says_and_nothing_else(tmp_path, reason):
    counts = collected(tmp_path, DROPPED[reason]).counts
    assert counts == {
        "function: seen": 1, "function: in a class or a function, or async": 0, f"function: {reason}": 1
    }  # fmt: skip
    found = collected(tmp_path, KEPT)
    assert [candidate.name for candidate in found.candidates] == ["clipped"]


def test_every_rule_has_an_example():
    assert set(RULES) <= set(DROPPED)


@pytest.mark.parametrize(
    "body",
    [
        "import random\n    return random.random() * x + x // 2 + x % 3",
        "import time\n    return time.time() * x + x // 2 + x % 3",
        "from datetime import datetime\n    return str(datetime.now()) + x + x + x[1:]",
        "global COUNT\n    COUNT = x * 2\n    return COUNT + x // 2",
        "return hash(x) + x // 2 + x % 3 + x * 4",
        "return [open(y) for y in x if y and y != x[0]]",
    ],
)
def test_clocks_chance_state_and_files_never_become_candidates(tmp_path, body):
    assert not collected(tmp_path, f"COUNT = 0\ndef f(x):\n    {body}\n").candidates


def test_a_candidate_takes_its_helpers_constants_and_imports_along_and_nothing_else(tmp_path):
    text = '''
"""Docs."""
import re, math
import os
LIMIT: int = 3
OTHER = [1, 2]
WORD = re.compile(r"[a-z]+")

class BadError(ValueError):
    """Why."""

def helper(words: list[str]) -> int:
    """How many."""
    return len(words) * LIMIT

def unused(x):
    return os.getcwd() + x

def counted(text: str, strict: bool = False) -> int:
    """Counts the words of a text.

    More about it.
    """
    found: list[str] = WORD.findall(text)  # a comment
    if strict and not found:
        raise BadError(text)
    return helper(found)
'''
    (candidate,) = collected(tmp_path, text).candidates
    assert candidate.code == (
        "import re\nLIMIT = 3\nWORD = re.compile('[a-z]+')\n\nclass BadError(ValueError):\n    pass\n\n"
        "def helper(words):\n    return len(words) * LIMIT\n\n"
        "def counted(text, strict=False):\n    found = WORD.findall(text)\n    if strict and (not found):\n"
        "        raise BadError(text)\n    return helper(found)\n"
    )
    assert candidate.description == "Counts the words of a text."
    assert candidate.origin == "own 1.0, module.py, line 19"
    assert [(each.name, each.shapes[0].kind) for each in candidate.parameters] == [("text", "text"), ("strict", "bool")]


@pytest.mark.parametrize(
    "binding",
    [
        "if 1:\n    K = 3\n",
        "K = 3\nK = 4\n",
        "K = []\nK.append(3)\n",
        "K = {}\nK[1] = 3\n",
        "from .other import K\n",
        "",
    ],
)
def test_a_name_whose_value_is_not_known_unrun_is_not_taken_along(tmp_path, binding):
    found = collected(tmp_path, f"{binding}def f(x):\n    y = x + K\n    return y * y + x // 2\n")
    assert found.counts["function: not self-contained"] == 1


def test_static_methods_count_as_functions_and_methods_do_not(tmp_path):
    body = "        y = x + 1\n        return y * y + x // 2\n"
    found = collected(tmp_path, f"class A:\n    @staticmethod\n    def f(x):\n{body}    def g(self, x):\n{body}")
    assert [candidate.name for candidate in found.candidates] == ["f"]
    assert found.counts == {"function: seen": 2, "function: in a class or a function, or async": 1}


def test_collecting_runs_nothing(tmp_path):
    mark = tmp_path / "ran"
    collected(tmp_path, f"open({str(mark)!r}, 'w').write('x')\n{KEPT}")
    assert not mark.exists()


def test_what_is_no_python_is_counted(tmp_path):
    for text in ("def f(:", "x = '\0'", "(" * 500 + ")" * 500):
        assert collected(tmp_path, text).counts == {"file: no Python 3.11, or nested too deeply": 1}


def program(text):
    return ast.parse(text)


def test_normal_forms_forget_names_and_skeletons_constants_too():
    one = program("def f(a, b):\n    c = a + 1\n    return c * b\n")
    renamed = program("def g(x, y):\n    z = x + 1\n    return z * y\n")
    other_constant = program("def g(x, y):\n    z = x + 2\n    return z * y\n")
    swapped = program("def g(x, y):\n    z = y + 1\n    return z * x\n")
    assert normal_hash(one) == normal_hash(renamed)
    assert len({normal_hash(each) for each in (one, other_constant, swapped)}) == 3
    assert skeletons(one, "f") == skeletons(other_constant, "g") != skeletons(swapped, "g")


def test_small_helpers_are_no_skeletons():
    text = "def small(x):\n    return x\ndef f(a):\n    return small(a) + 1\n"
    assert len(skeletons(program(text), "f")) == 1


def test_sources_leave_out_tests_copies_and_what_is_not_permissive(tmp_path):
    for name in ("pkg/a.py", "pkg/tests/b.py", "pkg/test_c.py", "pkg/_vendor/d.py", "mit/e.py", "pkg/note.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    for name, licence in (("mit", "MIT"), ("pkg", "GPL-3.0-only")):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nLicense-Expression: {licence}\n"
        )
        (info / "RECORD").write_text(f"{name}/a.py,,\n{name}/e.py,,\n")
    counts = Counter()
    assert [file.place for file in source_files([str(tmp_path)], False, counts)] == ["mit/e.py", "pkg/a.py"]
    assert counts == {"file: read": 2, "file: tests or demonstrations": 2, "file: a copy of another package": 1}
    (file,) = source_files([str(tmp_path)], True, counts)
    assert (file.place, file.package, file.owner.licence) == ("mit/e.py", "mit", "MIT")
    assert Path(file.path).is_absolute()


@pytest.mark.parametrize(
    ("licence", "permissive"),
    [("MIT", True), ("Apache-2.0 OR BSD-2-Clause", True), ("(MIT AND PSF-2.0)", True), ("MIT AND GPL", False),
     ("LGPL", False), (UNKNOWN, False), ("", False)],
)  # fmt: skip
def test_permissive_means_all_parts_of_it(licence, permissive):
    assert is_permissive(licence) is permissive
