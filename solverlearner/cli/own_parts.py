"""Own parts: the learners and the prompt templates in a user's own folders (`-cd DIR`), found without importing any."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def own_learners(folders: Iterable[Path]) -> Mapping[str, str]:
    """The learners by the path that the option `learner` takes, each with the first sentence of its docstring.

    A learner is a class that is derived from a class called `Learner` or `…Learner`, in a module right in a folder.
    """
    return {
        f"{file.stem}.{node.name}": (ast.get_docstring(node) or "").partition("\n")[0]
        for file in _modules(folders)
        for node in _classes(file)
        if any(ast.unparse(base).endswith("Learner") for base in node.bases)
    }


def own_prompts(folders: Iterable[Path]) -> Mapping[str, str]:
    """The folders that the option `prompts` takes, each with the names of its templates."""
    places = [place for folder in folders for place in (folder, *_folders(folder))]
    named = {str(place): sorted(file.name for file in place.glob("*.jinja")) for place in places}
    return {place: f"templates of your own: {', '.join(names)}" for place, names in named.items() if names}


def _modules(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (file for file in sorted(folder.glob("*.py")) if not file.name.startswith(("test_", "_")))


def _folders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def _classes(file: Path) -> Iterator[ast.ClassDef]:
    """The classes of a module; none where it cannot be read, which a run says when it imports it."""
    try:
        body = ast.parse(file.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return
    yield from (node for node in body if isinstance(node, ast.ClassDef))
