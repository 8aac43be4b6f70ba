"""Templates: the Jinja files that prompts are made from, ours in `prompts/` or those in a folder of the user's.

A user's folder needs only the templates that differ; the others are ours. Every error in one of its files is a
`UsageError` that names file and line.
"""

import difflib
import hashlib
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PackageLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    meta,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from solverlearner.errors import UsageError

_PACKAGE = "solverlearner.prompts"
_ENDINGS = (".jinja", ".j2", ".jinja2", ".tmpl")

_HOW: dict[str, Any] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "auto_reload": False,
}

VARIABLES: Mapping[str, frozenset[str]] = {
    "prompt.jinja": frozenset(
        "question setting role framing shots noise_told answer_format signature contract call own_rule".split()
    ),
    "ask_again.jinja": frozenset("program missed shots noise_told".split()),
    "ask_inputs.jinja": frozenset("code description name signature calls limit".split()),
    "judge.jinja": frozenset("question one other".split()),
    "thought.jinja": frozenset("thought setting told_apart".split()),
    "rule_form.jinja": frozenset("form domain words code table contract examples setting".split()),
}
"""The templates that are rendered by themselves, with the names that each of them and its parts may use.

All other templates are parts of `prompt.jinja`. `ask_inputs.jinja` is of `synth`, `judge.jinja` of `cluster=model`.
"""

_OF_NO_ITEM = ("ask_inputs.jinja", "judge.jinja")
_LATER = ("thought.jinja", "rule_form.jinja", "ask_inverse.jinja")
"""Templates that came after the first runs with templates of users' own: ours are left out of the hash of such a run.

They say something only beside an option, or in a setting, that names the run as well.
"""


class Templates:
    """A set of templates that is read once, so that all prompts of a run have the same words.

    Without a folder they are ours, in one of our wordings; those of wording 0 stand for what another one lacks.

    Raises: UsageError for a folder that is not there or has no template of ours, for a file whose name is none of
    ours and that no template includes, and for a template with an error or a name that no prompt has.
    """

    def __init__(self, folder: Path | None = None, wording: int = 0) -> None:
        self.folder, self.wording = folder, wording
        self._files = {} if folder is None else _read(folder)
        if folder is None:
            folders = [f"wordings/{wording}", "."] if wording else ["."]
            loaders = [PackageLoader(_PACKAGE, each) for each in folders]
            self._environment = Environment(loader=ChoiceLoader(loaders), **_HOW)
            return
        # These may come from somebody else, so they reach no attribute that leads out of them.
        self._environment = ImmutableSandboxedEnvironment(loader=self._loader(), **_HOW)
        _Check(folder, self._environment, self._sources).whole()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Templates) and (self.hash, self.wording) == (other.hash, other.wording)

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def are_ours(self) -> bool:
        """Whether no prompt of a run can differ from those of our templates."""
        return self.folder is None or self.hash == our_templates().hash

    @cached_property
    def hashes(self) -> dict[str, str]:
        """A hash of each template that a run's prompts may use, by name: blake2b, 16 hex digits."""
        return {
            name: hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
            for name, (text, _) in sorted(self._sources.items())
            if name not in _OF_NO_ITEM and not (name in _LATER and text == _our_texts()[name])
        }

    @cached_property
    def hash(self) -> str:
        """A hash of all of them: the same for the same content in any folder."""
        texts = "\0".join(f"{name}\0{each}" for name, each in self.hashes.items())
        return hashlib.blake2b(texts.encode(), digest_size=8).hexdigest()

    @property
    def record(self) -> dict[str, Any] | None:
        """How a run's `config.json` keeps them: folder and hashes; None where they are ours."""
        return None if self.are_ours else {"hash": self.hash, "folder": str(self.folder), "templates": self.hashes}

    def render(self, name: str, /, **values: Any) -> str:
        """The text of one template. Raises: UsageError where a user's template fails, with file and line."""
        try:
            return self._environment.get_template(name).render(**values)
        except Exception as error:
            if self.folder is None:
                raise
            raise self._located(error) from error

    @cached_property
    def _sources(self) -> dict[str, tuple[str, str]]:
        """Text and path of each template by its name."""
        ours = {name: (text, f"our {name}") for name, text in _our_texts().items()}
        return ours | self._files

    def _loader(self) -> BaseLoader:
        def load(name: str) -> tuple[str, str, None] | None:
            found = self._sources.get(name)
            return None if found is None else (*found, None)

        return FunctionLoader(load)

    def _located(self, error: Exception) -> UsageError:
        """The innermost line of a template that an error came from."""
        paths = {path for _, path in self._sources.values()}
        frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename in paths]
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else f"prompts={self.folder}"
        if isinstance(error, TemplateNotFound):
            return UsageError(where, f"there is no template {error}")
        kind = "" if isinstance(error, UndefinedError) else f"{type(error).__name__}: "
        return UsageError(where, " ".join(f"{kind}{error}".split())[:300])


@cache
def our_templates(wording: int = 0) -> Templates:
    """Our own templates in one of our wordings, of which 0 is the paper's."""
    return Templates(wording=wording)


@cache
def _our_texts() -> dict[str, str]:
    there = (file for file in files(_PACKAGE).iterdir() if file.name.endswith(".jinja"))
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(there, key=lambda file: file.name)}


def _read(folder: Path) -> dict[str, tuple[str, str]]:
    """Texts and paths of the files right in a folder that are meant as templates, and of what they include below it."""
    if not folder.is_dir():
        raise UsageError(f"prompts={folder}", "there is no such folder")
    stems = {name.partition(".")[0] for name in _our_texts()}
    waiting = sorted(path.name for path in folder.iterdir() if path.suffix in _ENDINGS or path.stem in stems)
    found: dict[str, tuple[str, str]] = {}
    while waiting:
        path = folder / (name := waiting.pop(0))
        if name in found or not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(str(path), f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
        found[name] = text, str(path)
        with suppress(TemplateSyntaxError, RecursionError):  # which the check reports
            waiting += _included(Environment().parse(text))
    if not found:
        raise UsageError(f"prompts={folder}", f"has no template; there are {', '.join(_our_texts())}")
    return found


class _Check:
    """What can be known of a user's templates before any prompt is made."""

    def __init__(self, folder: Path, environment: Environment, sources: Mapping[str, tuple[str, str]]) -> None:
        self._folder, self._environment, self._sources = folder, environment, sources
        self._trees = {name: self._tree(name) for name in sources}

    def whole(self) -> None:
        """Refuse what no prompt can be made from. Raises: UsageError."""
        included = {name for tree in self._trees.values() for name in _included(tree)}
        for name in self._trees:
            if name not in included and name not in _our_texts():
                near = difflib.get_close_matches(name, _our_texts(), n=1, cutoff=0.5)
                meant = f"did you mean {near[0]}? " if near else ""
                problem = f"{name} is no template of a prompt, and none includes it; {meant}there are "
                raise UsageError(f"prompts={self._folder}", problem + ", ".join(_our_texts()))
        for root, variables in VARIABLES.items():
            parts = self._parts(root)
            stored = {node.name for name in parts for node in _names(self._trees[name]) if node.ctx != "load"}
            for name in parts:
                self._check_names(name, variables | stored)

    def _tree(self, name: str) -> nodes.Template:
        text, path = self._sources[name]
        try:
            tree = self._environment.parse(text, name, path)
            self._environment.compile(text, name, path)
        except TemplateSyntaxError as error:
            raise UsageError(f"{path}:{error.lineno}", " ".join(str(error.message).split())) from None
        except RecursionError:
            raise UsageError(f"{path}:1", "is nested too deeply") from None
        for node in tree.find_all((nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)):
            for wanted in _names_in(node):
                if wanted not in self._sources and not getattr(node, "ignore_missing", False):
                    raise UsageError(f"{path}:{node.lineno}", f"there is no template {wanted}")
        return tree

    def _parts(self, root: str) -> list[str]:
        """A template with all that it includes, at any depth."""
        found, waiting = [], [root]
        if root == "prompt.jinja":  # a setting names its part itself
            waiting += [name for name in _our_texts() if name not in VARIABLES]
        while waiting:
            if (name := waiting.pop()) not in found and name in self._trees:
                found.append(name)
                waiting += _included(self._trees[name])
        return found

    def _check_names(self, name: str, known: frozenset[str] | set[str]) -> None:
        tree, path = self._trees[name], self._sources[name][1]
        unknown = meta.find_undeclared_variables(tree) - known - self._environment.globals.keys() - _asked_for(tree)
        for node in _names(tree):
            if node.name in unknown:
                near = difflib.get_close_matches(node.name, known, n=1, cutoff=0.5)
                meant = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(known))}"
                raise UsageError(f"{path}:{node.lineno}", f"{node.name} is undefined{meant}")


def _names(tree: nodes.Template) -> Iterator[nodes.Name]:
    return tree.find_all(nodes.Name)


def _asked_for(tree: nodes.Template) -> set[str]:
    """The names that a template itself asks whether they are there: `x is defined`, `x | default("")`."""
    asking = [each for each in tree.find_all(nodes.Test) if each.name in ("defined", "undefined")]
    filled = [each for each in tree.find_all(nodes.Filter) if each.name in ("default", "d")]
    return {each.node.name for each in (*asking, *filled) if isinstance(each.node, nodes.Name)}


def _included(tree: nodes.Template) -> list[str]:
    kinds = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)
    return [name for node in tree.find_all(kinds) for name in _names_in(node)]


def _names_in(node: Any) -> list[str]:
    """The templates that an include or import names as text; one that it computes is known only as it is rendered."""
    named = node.template.items if isinstance(node.template, nodes.List | nodes.Tuple) else [node.template]
    return [each.value for each in named if isinstance(each, nodes.Const) and isinstance(each.value, str)]
