"""Declared options: which options a command has, and what kind of value each takes.

The kind follows from the type of a field of `run_options`, from the default in a YAML file, or, where that is null,
from the parameter that a task or model passes the option to.
"""

import dataclasses
import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Literal, get_origin

import yaml

from solverlearner.cli.conf_files import folders, members
from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import TARGET, class_at
from solverlearner.evaluation.run_options import CallOptions, DrawOptions, ExecutorOptions, RunOptions

OptionKind = Literal["text", "words", "switch", "whole number", "number", "group", "other"]

_CLASSES: Mapping[str, type[Any]] = {"plan": DrawOptions, "requests": CallOptions, "run_options": RunOptions}
_NULLS: Mapping[str, OptionKind] = {
    "out": "text", "file": "text", "to": "text", "data": "text", "setting": "text", "models": "words", "only": "words",
    "processes": "whole number", "budget": "number", "mix": "number", "steps": "whole number", "lr": "number",
    "workers": "whole number",
}  # fmt: skip
"""Kinds of options whose default in a command's own file is null."""
_SEVERAL = re.compile(r"^(\w+):.*#.*several as a list", re.MULTILINE)
_REFERENCE = re.compile(r"\$\{(\w+)\}")
_KINDS: Mapping[type, OptionKind] = {
    str: "text",
    bool: "switch",
    int: "whole number",
    float: "number",
    list: "words",
    tuple: "words",
}


@dataclass(frozen=True)
class Declared:
    """One option. `null`: it may be null. `several`: a list of values or one value. `ours`: of no task or model."""

    kind: OptionKind
    null: bool
    several: bool = False
    ours: bool = True
    default: Any = None


@dataclass
class DeclaredOptions:
    """The options of a command, for the words of one command line.

    `words` tell the user's own folder (`-cd DIR`), and which task and model are chosen.
    """

    command: str
    words: Sequence[str] = ()
    _passed_to: dict[str, list[tuple[str, str]]] = field(default_factory=dict, repr=False)
    """The classes and parameters that an option of a task or model is passed to."""
    _option_of: dict[str, str] = field(default_factory=dict, repr=False)
    """The option that a parameter gets, by "model.name"."""

    @cached_property
    def own(self) -> dict[str, Declared]:
        """What the command declares whatever the task and model are."""
        return dict(self._of_file(self.command))

    @cached_property
    def of_members(self) -> dict[str, dict[str, dict[str, Declared]]]:
        """What every task and model declares: group, name, option. Empty for a command that has none."""
        groups = [group for group in ("task", "model") if group in self.own]
        return {
            group: {name: dict(self._of_member(group, texts, name)) for name in texts}
            for group, texts in ((group, members(group, self.words)) for group in groups)
        }

    @property
    def names(self) -> list[str]:
        """All names, those of every task and model included."""
        others = [name for group in self.of_members.values() for found in group.values() for name in found]
        return [*dict.fromkeys([*self.own, *others])]

    def find(self, key: str) -> Declared | None:
        """What is declared of an option; None for one that no task, model or file has.

        Where tasks differ, what the chosen one says holds.
        """
        if key in self.own:
            return self.own[key]
        found, key = None, self._option_of.get(key, key) if self.of_members else key
        for group, by_name in self.of_members.items():
            chosen = self.chosen(group)
            for name, declared in by_name.items():
                if key in declared and (found is None or name in chosen):
                    found = declared[key]
        return self._by_parameter(key) if found and found.kind == "other" and found.null else found

    def where(self, key: str) -> list[str]:
        """The tasks and models that have an option: ["task=cipher"]."""
        return [
            f"{group}={name}" for group, by_name in self.of_members.items() for name, found in by_name.items()
            if key in found
        ]  # fmt: skip

    @property
    def own_folders(self) -> bool:
        """Whether Hydra reads files that are not known here, because a flag or `hydra.searchpath` names a folder."""
        flags = ("-cp", "--config-path", "-cn", "--config-name")
        return any("searchpath" in word or word.partition("=")[0] in flags for word in self.words)

    def is_chosen(self, key: str) -> bool:
        """Whether the command, or a task or model that is chosen, has an option. An experiment may choose any."""
        if (
            key in self.own
            or key in self._option_of
            or any(word.lstrip("+").startswith("experiment=") for word in self.words)
        ):
            return True
        return any(key in by_name.get(name, {}) for group, by_name in self.of_members.items()
                   for name in self.chosen(group))  # fmt: skip

    def chosen(self, group: str) -> list[str]:
        """The task or model that the words choose, or the default; several where a sweep does."""
        given = [word.partition("=")[2] for word in self.words if word.partition("=")[0].lstrip("+") == group]
        return given[-1].split(",") if given else [str(self.own[group].default)]

    def _of_file(self, name: str, key: str = "") -> Iterator[tuple[str, Declared]]:
        """What a command's file declares, with the files and classes that it begins from."""
        if name in _CLASSES:
            yield from _of_class(_CLASSES[name])
            return
        file = folders()[0] / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        content = _loaded(text)
        for each in content.pop("defaults", []):
            if isinstance(each, str) and each != "_self_" and each != name:
                yield from self._of_file(each)
            elif isinstance(each, dict):
                yield from _of_group(each)
        several = _SEVERAL.findall(text)
        for key, value in content.items():
            if key != "hydra":
                found = Declared(_kind_of(value), value is None, default=value)
                found = dataclasses.replace(found, kind=_NULLS.get(key, "other")) if value is None else found
                yield key, dataclasses.replace(found, several=key in several)

    def _of_member(self, group: str, texts: Mapping[str, str], name: str) -> Iterator[tuple[str, Declared]]:
        """What the file of a task or model declares, with the files of its group that it begins from.

        `texts` are all files of the group by their names.
        """
        content = _loaded(texts.get(name, ""))
        for each in content.get("defaults", []):
            if isinstance(each, str) and each not in ("_self_", name):
                yield from self._of_member(group, texts, each.removeprefix(f"/{group}/"))
        for key, value in content.items():
            if key not in ("defaults", "hydra", group):
                yield key, Declared(_kind_of(value), value is None, ours=False, default=value)
        made = content.get(group)
        made = made if isinstance(made, dict) else {}
        for parameter, given in made.items():
            if isinstance(given, str) and (found := _REFERENCE.fullmatch(given)):
                self._passed_to.setdefault(found[1], []).append((str(made.get(TARGET)), parameter))
                self._option_of[f"{group}.{parameter}"] = found[1]

    def _by_parameter(self, key: str) -> Declared:
        """The kind of an option whose default is null, by the parameter that it is passed to."""
        for target, parameter in self._passed_to.get(key, []):
            try:
                cls = class_at(target)
            except UsageError:
                continue
            if dataclasses.is_dataclass(cls):
                for each in dataclasses.fields(cls):
                    if each.name == parameter:
                        return dataclasses.replace(_of_type(each.type, null=True), ours=False)
        return Declared("other", True, ours=False)


def _loaded(text: str) -> dict[str, Any]:
    """A configuration file's content; empty where Hydra will have to say what is wrong with it."""
    return dict(_parsed_yaml(text))


@cache  # the words of a command line and its composed options are both held against what the files declare
def _parsed_yaml(text: str) -> Mapping[str, Any]:
    try:
        content = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return {}
    return content if isinstance(content, dict) else {}


def _of_group(entry: Mapping[str, Any]) -> Iterator[tuple[str, Declared]]:
    """What an entry of a defaults list declares: a group, such as `task: arith` or `override model: scripted`."""
    for key, value in entry.items():
        group = str(key).removeprefix("override ").strip()
        if "/" in group:
            continue
        yield group, Declared("group", value is None, default=value)
        if group == "executor":
            yield from ((f"executor.{name}", found) for name, found in _of_class(ExecutorOptions))


def _of_class(cls: type[Any]) -> Iterable[tuple[str, Declared]]:
    return ((each.name, _of_type(each.type)) for each in dataclasses.fields(cls))


def _of_type(annotation: Any, *, null: bool = False) -> Declared:
    kinds = annotation.__args__ if isinstance(annotation, types.UnionType) else (annotation,)
    plain = [kind for kind in kinds if kind is not type(None)]
    kind = _KINDS.get(get_origin(plain[0]) or plain[0], "other") if len(plain) == 1 else "other"
    return Declared(kind, null or len(plain) < len(kinds))


def _kind_of(value: Any) -> OptionKind:
    return "text" if value == "???" else _KINDS.get(type(value), "other")
