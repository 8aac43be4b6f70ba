"""new: write a task, a model or prompts of your own to begin from."""

import importlib.util
import keyword
import re
import shlex
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from solverlearner.cli.conf_files import members
from solverlearner.errors import UsageError, did_you_mean, warn

_HELP = """\
python -m solverlearner new task|model|prompts NAME [dir=DIR]

task, model: write a module, a YAML file with its options and their help, and a test. They work at once. Then put your
own rule or request in place of the example's.
prompts: copy the templates of all prompts to DIR/NAME/. Edit some of them and delete the others; ours stand for those.

  dir=mine  folder to write to; -cd DIR names it to other commands
"""
_KINDS = ("task", "model", "prompts")
_OF_NO_RUN = "ask_inputs.jinja"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def main(words: Sequence[str]) -> int:
    """Write the files; gives 0, or 2 with one line for a wrong word."""
    if not words or {"-h", "--help"} & {*words}:
        print(_HELP, end="")
        return 0
    try:
        kind, name, folder = _read(words)
        _check_name(kind, name)
        _copy_prompts(name, folder / name) if kind == "prompts" else _write(kind, name, folder)
    except UsageError as error:
        warn(str(error))
        return 2
    return 0


def _read(words: Sequence[str]) -> tuple[str, str, Path]:
    """The kind, the name and the folder. Raises: UsageError."""
    options = [word for word in words if "=" in word or word.startswith("-")]
    kind, *names = [word for word in words if word not in options] or [""]
    if kind not in _KINDS:
        raise UsageError(
            f"new {kind}".rstrip(), f"must be followed by task, model or prompts{did_you_mean(kind, _KINDS)}"
        )
    if len(names) != 1:
        raise UsageError(f"new {kind} {' '.join(names)}".rstrip(), f"takes one name: new {kind} NAME")
    folder = "mine"
    for option in options:
        key, _, folder = option.partition("=")
        if key != "dir" or not folder:
            raise UsageError(option, f"only dir=DIR can be given: new {kind} {names[0]} dir=mine")
    return kind, names[0], Path(folder).expanduser()


def _write(kind: str, name: str, folder: Path) -> None:
    """Write the files and say what to do with them. Raises: UsageError."""
    module, yaml, test = folder / f"{name}.py", folder / kind / f"{name}.yaml", folder / f"test_{name}.py"
    _check_new(module, yaml, test)
    if name in members(kind):
        raise UsageError(f"new {kind} {name}", f"is the name of a {kind} of ours; take another one")
    if name in sys.stdlib_module_names or importlib.util.find_spec(name):
        problem = f"is the name of a module that Python finds already; take another one, as my_{name}"
        raise UsageError(f"new {kind} {name}", problem)
    known = {"name": name, "Name": _class_name(name), "yaml": f"{kind}/{name}.yaml", "file": str(test)}
    for path, template in ((module, f"{kind}.py"), (yaml, f"{kind}.yaml"), (test, f"{kind}_test.py")):
        text = (files("solverlearner.cli") / "templates" / f"{template}.txt").read_text(encoding="utf-8")
        _put(path, Template(text).substitute(known))
    print(_next(kind, name, folder, module, yaml, test))


def _copy_prompts(name: str, folder: Path) -> None:
    """Copy our templates and say what to do with them. Raises: UsageError."""
    _check_new(folder)
    ours = [each for each in files("solverlearner.prompts").iterdir() if each.name.endswith(".jinja")]
    for template in sorted(ours, key=lambda each: each.name):
        if template.name != _OF_NO_RUN:
            _put(folder / template.name, template.read_text(encoding="utf-8"))
    where = shlex.quote(str(folder))
    lines = [
        f"{folder}  the templates of all prompts: edit some, and delete the others, for which ours stand",
        "",
        "Next:",
        f"  See a prompt:  python -m solverlearner show setting=io prompts={where}",
        f"  Ask in both:   python -m solverlearner run -m prompts=null,{where} model=scripted",
    ]
    print("\n".join(lines))


def _put(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(str(path), f"cannot be written: {error.strerror}") from error


def _check_name(kind: str, name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        problem = "must be the name of a Python module: small letters, digits and _, as word_order"
        raise UsageError(f"new {kind} {name}", problem)


def _check_new(*paths: Path) -> None:
    """Raises: UsageError for a file or a folder that is there."""
    if there := [path for path in paths if path.exists()]:
        raise UsageError(str(there[0]), "is there already; take another name, or another folder with dir=DIR")


def _class_name(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _next(kind: str, name: str, folder: Path, module: Path, yaml: Path, test: Path) -> str:
    where, tested = shlex.quote(str(folder)), shlex.quote(str(test))
    chosen = f"task={name} model=scripted" if kind == "task" else f"task=arith model={name} episodes=2"
    lines = [
        f"{module}  the {kind}: put your own {'rule' if kind == 'task' else 'request'} in place of the example's",
        f"{yaml}  its options, with their help",
        f"{test}  its test",
        "",
        "Next:",
        f"  Run it:           python -m solverlearner run -cd {where} {chosen}",
    ]
    if kind == "task":
        lines.append(f"  See its prompts:  python -m solverlearner show -cd {where} task={name} setting=io")
    return "\n".join([*lines, f"  Test it:          python -m pytest {tested}"])
