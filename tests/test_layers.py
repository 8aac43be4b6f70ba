"""The architecture: which package may import which, who alone may know a library, and how large a piece may be.

A new arrow between packages is a decision, made in `MAY`.
"""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "solverlearner"

# A package or module: the parts of ours that it may import. No arrow runs up, and none runs in a circle.
MAY = {
    "errors": set(),
    "json_text": set(),
    "files": {"errors"},
    "task": {"errors"},
    "execution": {"errors", "task"},
    "case2code": {"errors", "task", "execution"},
    "models": {"errors", "files", "json_text", "task"},
    "design": {"errors", "task", "models"},
    "inference": {"errors", "files", "json_text", "task", "models"},
    "evaluation": {"errors", "files", "json_text", "task", "execution", "case2code", "models", "design", "inference"},
}
MAY["analysis"] = {"errors", "files", "json_text", "task", "design", "inference", "evaluation"}
MAY["reporting"] = {"errors", "files", "task", "design", "inference", "evaluation", "analysis"}
MAY["published"] = {*MAY["analysis"], "execution", "models", "analysis", "tasks"}
MAY["training"] = {"errors", "files", "task", "case2code", "models", "tasks"}
MAY["synth"] = {*MAY["evaluation"], "evaluation", "tasks"}
MAY["pipeline"] = {*MAY["analysis"], "models", "analysis"}
MAY["api"] = {*MAY["pipeline"], "execution", "models", "reporting", "pipeline"}
MAY["testing"] = {*MAY["evaluation"], "evaluation"}
MAY["cli"] = {*MAY, "tasks"}
MAY["__main__"] = {"cli", "errors"}
MAY["conf"] = {"evaluation"}
MAY["__init__"] = {"api"}

# A library: the parts that alone may import it.
ONLY = {
    "openai": ("inference/batch/",),
    "xllamacpp": ("models/llamacpp.py",),
    "hydra": ("cli/", "api/composition.py", "conf/"),
    "matplotlib": ("reporting/figures.py",),
    "torch": ("training/", "models/transformers_model.py"),
    "transformers": ("analysis/meaning_groups.py", "training/", "models/transformers_model.py"),
    "inspect_ai": ("reporting/export/",),
    "pandas": ("analysis/", "reporting/"),
    "pyarrow": ("reporting/export/", "evaluation/row_parquet.py"),
    "RestrictedPython": ("execution/sandbox/",),
}

LINES, FUNCTION_LINES = 400, 40

FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def part_of(file):
    """The package of `solverlearner`, or the module right in it, that a file is of."""
    return file.partition("/")[0].removesuffix(".py")


def imported(source):
    """The modules that a source imports, with the names that it takes from them; relative ones are left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module, [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)


def wrong_imports(file, source):
    """What a file imports and may not."""
    own = part_of(file)
    for module, names in imported(source):
        head, _, rest = module.partition(".")
        if head == "solverlearner":
            for to in {rest.partition(".")[0]} if rest else {*names} - {"__version__"}:
                if to and to != own and to not in MAY[own]:
                    yield f"{own} must not import {to}"
            yield from (f"{name} is private to {module}" for name in names if private(name))
        elif head in ONLY and not file.startswith(ONLY[head]):
            yield f"only {', '.join(ONLY[head])} may know {head}"


def private(name):
    return name.startswith("_") and not name.endswith("__")


@pytest.mark.parametrize("file", FILES)
def test_imports_go_one_way(file):
    assert [*wrong_imports(file, (ROOT / file).read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("file", "planted", "what"),
    [
        ("design/plan.py", "from solverlearner.evaluation.row_file import Row", "design must not import evaluation"),
        ("models/base.py", "import solverlearner.inference.engine", "models must not import inference"),
        ("task/rule.py", "from solverlearner import design", "task must not import design"),
        ("analysis/cells.py", "import hydra", "only cli/, api/composition.py, conf/ may know hydra"),
        ("analysis/cells.py", "def f():\n    from openai import OpenAI", "may know openai"),
        ("cli/help.py", "from solverlearner.files import _sources", "_sources is private"),
    ],
)
def test_a_planted_import_is_found(file, planted, what):
    (found,) = wrong_imports(file, (ROOT / file).read_text("utf-8") + "\n" + planted)
    assert what in found


def test_no_circle_of_packages():
    def below(part, seen=()):
        assert part not in seen, " → ".join([*seen, part])
        for each in MAY.get(part, ()):
            below(each, (*seen, part))

    for part in MAY:
        below(part)


def test_every_part_has_its_place_in_the_table():
    assert {part_of(file) for file in FILES} <= {*MAY}


def test_no_two_modules_have_one_name():
    names = Counter(Path(file).name for file in FILES if not file.endswith("__init__.py"))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("file", FILES)
def test_files_and_functions_are_short(file):
    source = (ROOT / file).read_text("utf-8")
    assert source.count("\n") <= LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < FUNCTION_LINES, f"{node.name} is longer than {FUNCTION_LINES} lines"
