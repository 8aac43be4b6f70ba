"""Somebody else's results folder is safe to open: no reader runs code from it or follows its words to other files."""

import importlib.util
import json
import re
import sys
from pathlib import Path

from solverlearner import evaluate, load_results
from solverlearner.analysis.conditions import condition, plain_variant
from solverlearner.cli import conf_files
from solverlearner.evaluation import identity

ROOT = Path(__file__).resolve().parent.parent
CODE = """
from pathlib import Path
from solverlearner.tasks.arith import Arith as Evil
Path(__file__).with_suffix(".ran").touch()
"""
WORDS = ["../../secret.txt", "/etc/passwd", "file:///etc/passwd", "${oc.env:HOME}", "!!python/object:os.system"]


def target(cls, **more):
    return {"task": {"_target_": cls, "base": 9, "query_digits": 4, **more}}


def test_a_stored_config_names_no_code_that_is_then_run(tmp_path, monkeypatch):
    (tmp_path / "evil_task.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)  # as the current folder is, with `python -m`
    assert importlib.util.find_spec("evil_task")
    for cls in (
        "evil_task.Evil",
        "subprocess.Popen",
        "antigravity.fly_text",
        "os.system",
        "solverlearner.errors.warn",
        3,
    ):
        config = target(cls, args="touch ran", shell=True)
        assert plain_variant(config, "base-9") == "base-9"
        assert condition(config, {}) == {}
    assert [path.name for path in tmp_path.glob("*")] == ["evil_task.py"]


def test_a_task_of_the_users_own_folder_is_found(tmp_path, monkeypatch):
    (tmp_path / "own_task_of_mine.py").write_text(CODE)
    monkeypatch.setattr(identity, "OWN_FOLDERS", set())
    monkeypatch.setattr(conf_files, "OWN_FOLDERS", identity.OWN_FOLDERS)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert condition(target("own_task_of_mine.Evil"), {}) == {}
    conf_files.make_importable([tmp_path])  # what -cd does
    assert condition(target("own_task_of_mine.Evil"), {}) == {"query_digits": 4}


def test_paths_in_a_run_are_words(tmp_path):
    (tmp_path / "secret.txt").write_text("SECRET")
    evaluate("arith", "scripted", ["io"], episodes=1, queries=2, results=tmp_path / "results")
    (config,) = (tmp_path / "results").glob("*/config.json")
    for word in WORDS:
        for path in (config, config.with_name("manifest.json")):
            places = dict.fromkeys(("path", "replies", "prompts", "results", "journal", "recordings"), word)
            path.write_text(json.dumps(json.loads(path.read_text()) | places))
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        (found,) = load_results(tmp_path / "results")
        assert len(found.to_pandas()) == 2
        assert "SECRET" not in str(found.to_pandas().to_dict())
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_no_reader_unpickles_or_evaluates():
    """Rows, journals and configurations are JSON; YAML has a safe loader. Nothing else is read from a run."""
    unsafe = re.compile(
        r"^\s*(import|from) (pickle|marshal|shelve|dill|joblib|cloudpickle)\b|read_pickle|allow_pickle=True"
        r"|yaml\.(load|unsafe_load|full_load)\(|\b(eval|exec)\(",
        re.MULTILINE,
    )
    parts = ("analysis", "reporting", "api", "inference", "evaluation", "published")
    files = [path for part in parts for path in (ROOT / "solverlearner" / part).rglob("*.py")]
    assert len(files) > 50
    assert [str(path) for path in files if unsafe.search(path.read_text(encoding="utf-8"))] == []
