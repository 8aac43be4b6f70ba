"""Words of a command line: checked, and written as Hydra's grammar reads them, before Hydra sees them.

Hydra gives every value a type by how it looks: `2026_11_29` is the number 20261129 to it, `a=b` a fault. Here an
option's declared kind decides, so that text stays text and a list may be typed without brackets.
"""

import os
import re
from collections.abc import Iterable, Sequence

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.types import Quote, QuotedString

from solverlearner.cli.conf_files import GROUPS, folders, members
from solverlearner.cli.declared import Declared, DeclaredOptions
from solverlearner.errors import UsageError, did_you_mean
from solverlearner.evaluation.run_options import renamed

_OVERRIDE = re.compile(r"(~|\+\+|\+)?([^=]*?)(?:=(.*))?", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_/.:@%+*?|-]+")
_OTHER_THAN_TEXT = re.compile(r"null|true|false|[+-]?(inf|nan|[0-9_.]+(e[+-]?[0-9_]+)?)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\[\\()\[\]{}:=, \t]")
_FUNCTION = re.compile(r"(choice|range|interval|glob|shuffle|sort|tag|extend_list|str|int|float|bool|json_str)\(.*\)")
_SWEEPING = ("-m", "--multirun")
_OPENING, _CLOSING = "([{", ")]}"


def prepared(command: str, words: Sequence[str]) -> list[str]:
    """The words behind a command's name for Hydra: flags first, each option as its kind is to be read.

    Raises: UsageError for a word that is no option with a value.
    """
    flags, rest = _flags_first(command, words)
    options = DeclaredOptions(command, words)
    sweeping = [word for word in (*flags, *rest) if word in _SWEEPING or word.startswith("hydra.mode=")]
    if sweeping and command != "run":
        raise UsageError(sweeping[0], f"only `run` carries out several runs, `{command}` none; leave it out")
    sweeps = bool(sweeping) or any(map(_may_sweep, rest))
    return [*flags, *(_Word(word, options, sweeps).written() for word in rest)]


def written(word: str, options: DeclaredOptions) -> str:
    """One word of a sweep, `KEY=VALUES`, as `prepared` would write it. Raises: UsageError."""
    return _Word(word, options, sweeps=True).written()


def elements(value: str) -> list[str]:
    """The parts between the commas of a value that stand in no brackets and no quotes."""
    parts, depth, quote, begin, at = list[str](), 0, "", 0, 0
    while at < len(value):
        sign = value[at]
        if sign == "\\":
            at += 1
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth -= 1
        elif sign == "," and depth <= 0:
            parts.append(value[begin:at])
            begin = at + 1
        at += 1
    return [*parts, value[begin:]]


class _Word:
    """One word: a prefix (`+`, `++`, `~` or none), a key and a value."""

    def __init__(self, word: str, options: DeclaredOptions, sweeps: bool) -> None:
        found = _OVERRIDE.fullmatch(word)
        assert found
        self._word, self._prefix, self._key, self._value = word, found[1] or "", found[2], found[3]
        self._options, self._sweeps = options, sweeps

    def written(self) -> str:
        """The word for Hydra. Raises: UsageError."""
        key, value = self._key, self._value
        if self._prefix == "~":
            raise UsageError(self._word, "an option cannot be taken away; leave it out, or give it another value")
        if value is None or not key:
            raise UsageError(self._word, f"cannot be read as OPTION=VALUE{self._guess()}")
        if key.startswith(("hydra.", "hydra/")):
            return self._word
        declared = self._options.find(key)
        if not value.strip():
            raise UsageError(f"{key}=", "is empty; give it a value, or leave it out")
        if declared is None or not self._options.is_chosen(key):
            self._check_known()
            return self._word
        return f"{key}={self._typed(declared, value)}"

    def _typed(self, declared: Declared, value: str) -> str:
        if "${" in value or _FUNCTION.fullmatch(value):
            return value
        parts = elements(value)
        if declared.kind == "words" or declared.several:
            return self._words(declared, parts)
        if len(parts) > 1 and not self._sweeps:
            raise UsageError(self._word, self._too_many(declared))
        if value == "null" and declared.null:
            if declared.kind == "group":
                raise UsageError(self._word, "is so without the word; leave it out")
            return value
        if declared.kind == "group":
            self._check_members(parts)
            return ",".join(map(_text, parts))
        if declared.kind != "text":
            return value
        if value == "null":
            raise UsageError(self._word, f"must have a value; for the word itself write {self._key}=\"'null'\"")
        if any(part.lstrip().startswith(("[", "{")) for part in parts):
            quotes = f"with brackets needs two pairs of quotes, for the shell and for Hydra: {self._key}=\"'[…]'\""
            raise UsageError(self._word, f"must be one word and no list; a word {quotes}")
        return ",".join(part if declared.null and part.strip() == "null" else _text(part) for part in parts)

    def _check_members(self, names: Sequence[str]) -> None:
        """Raises: UsageError for a name that no file of the group has."""
        if self._key not in GROUPS and (names[0] == "null" or names[0].startswith(("[", "{"))):
            raise UsageError(self._word, f"must be one name, such as {self._key}=default")
        there = members(self._key, self._options.words)
        if self._key in GROUPS and not self._options.own_folders:
            for name in names:
                if name not in there:
                    problem = f"must be one of {', '.join(there)}{did_you_mean(name, there)}"
                    raise UsageError(f"{self._key}={name}", problem)

    def _words(self, declared: Declared, parts: Sequence[str]) -> str:
        """A list, from `a,b`, `[a,b]` or `a`; in a sweep several lists, from `[a],[b]`."""
        if parts == ["null"] and declared.null:
            return "null"
        lists = [part for part in parts if part.strip().startswith("[")]
        words = declared.kind in ("text", "words")
        if not lists:
            return _list(parts, words)
        if len(parts) > 1 and not self._sweeps:
            raise UsageError(self._word, f"is several lists; `run -m {self._word}` runs each of them")
        inner = [elements(part.strip()[1:-1]) if part in lists else [part] for part in parts]
        written = [_list(each, words) for each in inner]
        return ",".join(written)

    def _too_many(self, declared: Declared) -> str:
        text = declared.kind == "text"
        quotes = f"; a value that has a comma itself needs two pairs of quotes: {self._key}=\"'{self._value}'\""
        if self._options.command == "run":
            return f"is several values; `run -m {self._word}` runs each of them{quotes if text else ''}"
        return f"is several values, and `{self._options.command}` takes one{quotes if text else ''}"

    def _check_known(self) -> None:
        """Raises: UsageError for a key that no file declares. What only Hydra knows is left to it."""
        options, key = self._options, self._key
        head = key.partition(".")[0].partition("/")[0].partition("@")[0]
        if head != key and head in options.own:  # model.limit_field, which the model's class checks
            return
        if any((folder / head).is_dir() for folder in folders(options.words)) and head not in GROUPS:
            return  # a group of the user's own
        if options.own_folders:
            return
        raise unknown_option(key, options)

    def _guess(self) -> str:
        """What a word without "=" may have been meant as."""
        if self._word in self._options.names:
            return f"; give it a value: {self._word}=…"
        for group in GROUPS:
            if group in self._options.own and self._word in members(group, self._options.words):
                return f"; did you mean {group}={self._word}?"
        if os.path.exists(self._word) and "results" in self._options.own:
            return f"; did you mean results={self._word}?"
        return ""


def unknown_option(key: str, options: DeclaredOptions) -> UsageError:
    """The error for an option that a command does not have: the one that is meant, or where it belongs."""
    whole = "=all" if "task" in options.own else ""
    lists = f"`python -m solverlearner {options.command} --help{whole}` lists them"
    if now := renamed(key):
        return UsageError(key, f"is called {now} now: give {now}=…")
    if where := options.where(key):
        return UsageError(key, f"no such option; it belongs to {_all_of(where)}; {lists}")
    meant = did_you_mean(key, options.names)
    elsewhere = "" if meant or key not in DeclaredOptions("run").names else "; it belongs to `run`"
    return UsageError(key, f"no such option{meant or f'{elsewhere};'} {lists}")


def _all_of(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _text(word: str) -> str:
    """A word that Hydra reads as this text: as it is, or in quotes."""
    word = word.strip()
    quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "'\""
    plain = _PLAIN.fullmatch(word) and not _OTHER_THAN_TEXT.fullmatch(word)
    if quoted or plain or _ESCAPED.search(word):
        return word
    return QuotedString(word, Quote.single).with_quotes()


def _list(parts: Sequence[str], words: bool) -> str:
    """A list as Hydra reads it: words in quotes, numbers as they are."""
    return f"[{','.join(_text(part) if words else part.strip() for part in parts if part.strip())}]"


def _may_sweep(word: str) -> bool:
    return word.lstrip("+").startswith("experiment=")


def _flags_first(command: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Hydra's flags, with what belongs to them, and the other words. Raises: UsageError for a word with dashes."""
    takes = {name: action.nargs for action in get_args_parser()._actions for name in action.option_strings}
    flags, rest, left = list[str](), list[str](), [*words]
    while left:
        word = left.pop(0)
        name, sign, value = word.partition("=")
        if not word.startswith("-"):
            rest.append(word)
        elif name not in takes:
            raise UsageError(word, _without_dashes(command, name, value if sign else "".join(left[:1]), takes))
        else:
            flags.append(word)
            if not sign and left and (takes[name] is None or (takes[name] == "?" and "=" not in left[0])):
                flags.append(left.pop(0))
    return flags, rest


def _without_dashes(command: str, flag: str, value: str, takes: Iterable[str]) -> str:
    name = flag.lstrip("-").replace("-", "_")
    if name in DeclaredOptions(command).names:
        return f"options have no dashes: {name}={'…' if '=' in value or not value else value}"
    return f"no such flag{did_you_mean(flag, takes)}"
