"""Configuration files: those of the package and of a user's own folder (`-cd DIR`), and the sentence each begins with.

Nothing here composes a configuration, which takes Hydra a tenth of a second.
"""

import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import OWN_FOLDERS

GROUPS = ("task", "model", "experiment")
"""Folders of configuration files of which a command line chooses one: `task=arith`."""

_ABOUT = re.compile(r"^# (?!@package)(.+)$", re.MULTILINE)
_FLAG = re.compile(r"--config-dir=(.*)")


def folders(words: Sequence[str] = ()) -> list[Traversable | Path]:
    """The folders with configuration files: ours, then those that `-cd DIR` or `--config-dir DIR` name."""
    return [files("solverlearner") / "conf", *own_folders(words)]


def own_folders(words: Sequence[str]) -> list[Path]:
    """The folders that `-cd DIR` or `--config-dir DIR` name."""
    found: list[Path] = []
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word in ("-cd", "--config-dir") and following:
            found.append(Path(following).expanduser())
        elif given := _FLAG.fullmatch(word):
            found.append(Path(given[1]).expanduser())
    return found


def check_folders(words: Sequence[str]) -> None:
    """Raises: UsageError for a folder of the user's that is not there."""
    for folder in own_folders(words):
        if not folder.is_dir():
            raise UsageError(f"-cd {folder}", "no such folder")


def make_importable(own: Iterable[Path]) -> None:
    """Let Python import the modules of a user's own folders by their names, before those of installed packages.

    They stand behind the standard library, so that a module called `random.py` breaks no other one.
    """
    for folder in own:
        path = str(folder.absolute())
        OWN_FOLDERS.add(path)
        if path not in sys.path:
            sys.path.insert(_before_packages(), path)
            importlib.invalidate_caches()


def _before_packages() -> int:
    """The place in `sys.path` of the first folder of installed packages; the end where there is none."""
    import sysconfig  # 3 ms, which a command without a folder of the user's own need not wait

    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return next((at for at, path in enumerate(sys.path) if path in installed), len(sys.path))


def members(group: str, words: Sequence[str] = ()) -> dict[str, str]:
    """The names in a group, sorted, each with the text of its file. The first folder that has a name counts."""
    found: dict[str, str] = {}
    for folder in folders(words):
        for file in _yaml_files(folder / group):
            found.setdefault(file.name.removesuffix(".yaml"), file.read_text(encoding="utf-8"))
    return dict(sorted(found.items()))


def about(text: str) -> str:
    """The sentence that a configuration file begins with: its first comment; empty where it has none."""
    found = _ABOUT.search(text)
    return found[1] if found else ""


def _yaml_files(folder: Traversable | Path) -> Iterator[Traversable | Path]:
    if folder.is_dir():
        yield from (file for file in folder.iterdir() if file.name.endswith(".yaml") and file.is_file())
