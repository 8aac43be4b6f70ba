"""What verdicts follow from: the same for every clone, and changed by nothing that decides no verdict."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from solverlearner.evaluation.derivation import derivation
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher

ROOT = Path(__file__).resolve().parent.parent
SHOW = """
from solverlearner.evaluation.derivation import derivation
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
print(derivation(Arith(), {}), derivation(Cipher(), {}))
"""


@pytest.fixture
def clone(tmp_path):
    """A copy of the checkout whose files were written in the opposite order."""
    for top in ("prompts", "tasks", "solverlearner"):
        files = [path for path in sorted((ROOT / top).rglob("*"), reverse=True) if path.is_file()]
        for path in files:
            if "__pycache__" not in path.parts:
                copy = tmp_path / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def derived_in(folder):
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=folder, capture_output=True, text=True, check=True)
    return tuple(done.stdout.split())


HERE = (derivation(Arith(), {}), derivation(Cipher(), {}))


def test_two_clones_derive_by_the_same(clone):
    assert derived_in(clone) == HERE


def test_the_order_that_a_file_system_lists_files_in_does_not_matter(monkeypatch):
    from solverlearner.files import source_hash

    listed = Path.iterdir
    before = source_hash("solverlearner.design", "solverlearner.execution")
    monkeypatch.setattr(Path, "iterdir", lambda self: reversed([*listed(self)]))
    assert source_hash("solverlearner.design", "solverlearner.execution") == before


@pytest.mark.parametrize(
    ("file", "arith", "cipher"),
    [
        ("solverlearner/reporting/html/assets/report.css", True, True),
        ("solverlearner/reporting/figures.py", True, True),
        ("solverlearner/cli/main.py", True, True),
        ("solverlearner/analysis/intervals.py", True, True),
        ("solverlearner/inference/engine.py", True, True),
        ("tasks/cipher.py", True, False),
        ("tasks/cipher_tables.py", True, False),
        ("tasks/numerals.py", False, True),
        ("tasks/arith.py", False, True),
        ("prompts/examples.jinja", False, False),
        ("solverlearner/evaluation/scoring.py", False, False),
        ("solverlearner/execution/sandbox/policy.py", False, False),
        ("solverlearner/design/episode.py", False, False),
    ],
)
def test_rows_are_derived_anew_only_where_a_verdict_may_change(clone, file, arith, cipher):
    path = clone / file
    comment = {".py": "# changed", ".jinja": "{# changed #}", ".css": "/* changed */"}[path.suffix]
    path.write_text(path.read_text("utf-8") + comment + "\n", "utf-8")
    same = tuple(now == before for now, before in zip(derived_in(clone), HERE, strict=True))
    assert same == (arith, cipher)


def test_a_task_that_was_typed_at_a_prompt_has_a_derivation_too():
    scope = {}
    exec("from solverlearner.tasks.arith import Arith\nclass Typed(Arith): pass", scope)
    scope["Typed"].__module__ = "__main__"
    assert derivation(scope["Typed"](), {}) != HERE[0]
