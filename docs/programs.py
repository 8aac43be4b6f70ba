"""Fill the tables of `docs/programs.md` from the code of the executor.

    python docs/programs.py

Each table stands after its mark `<!-- made: NAME -->`. `tests/test_programs_page.py` fails while the page and the code
differ, and runs the examples of refused code.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from solverlearner.execution import answer_reader, executor
from solverlearner.execution.sandbox import channel, facades, names, plain_values, program_builtins, zygote

PAGE = Path(__file__).resolve().parent / "programs.md"
MARKED = re.compile(r"<!-- made: (?P<name>.+) -->\n\n(?:\|.*\n)*\n?")


class Refused(NamedTuple):
    """Code that a program may not run: the outcome of a call, and the reason. `shown` stands for it on the page."""

    code: str
    status: str
    message: str
    reason: str
    shown: str = ""

    @property
    def program(self) -> str:
        """A whole program: an expression is what `solver` returns, a statement stands before `solver`."""
        try:
            ast.parse(self.code, mode="eval")
        except SyntaxError:
            return f"{self.code}\ndef solver(x):\n    return x\n"
        return f"def solver(x):\n    return {self.code}\n"


_LIBRARY = "it leads from the program to the library or the interpreter"
_VALUES = "JSON has no such value; allowed in typed tasks"
REFUSED = (
    Refused("import subprocess", "rejected", "import of 'subprocess' is not on the allow-list", "it starts processes"),
    Refused("import numpy", "rejected", "import of 'numpy' is not on the allow-list",
            "third-party modules need `executor.modules`"),
    Refused("import os; os.getcwd()", "rejected", "'getcwd' of module 'os' is not on the allow-list",
            "it reads files and the environment"),
    Refused("open('data.txt')", "rejected", "open() is not allowed", "it reads and writes files"),
    Refused("import time; time.clock_settime(0, 0)", "rejected",
            "'clock_settime' of module 'time' is not on the allow-list", "it sets the machine's clock"),
    Refused("eval('1 + 1')", "rejected", "eval() is not allowed", "the policy has to see all code before it runs"),
    Refused("input()", "error", "EOFError: there is no input: the arguments are passed to solver",
            "a program has no standard input"),
    Refused("'é'.encode('cp437')", "error", "LookupError: unknown encoding: cp437",
            "Python would load this encoding from a file"),
    Refused("async def f(): pass", "rejected", "AsyncFunctionDef statements are not allowed.",
            "RestrictedPython does not allow it"),
    Refused("try:\n    pass\nexcept* ValueError:\n    pass", "rejected", "TryStar statements are not allowed.",
            "RestrictedPython does not allow it", "except* ValueError:"),
    Refused("class M(type): pass", "rejected", "a metaclass is not allowed", "it could decide what `isinstance` says"),
    Refused("__import__('os')", "rejected", "name '__import__' is not on the list of special names", _LIBRARY),
    Refused("solver.__globals__", "rejected", "attribute '__globals__' is not on the list of special names", _LIBRARY),
    Refused("solver.__annotations__", "rejected", "attribute '__annotations__' is not on the list of special names",
            _LIBRARY),
    Refused("[]._items", "rejected", "attribute '_items' is private to a library",
            "the program defines no such name itself"),
    Refused("import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\ndataclasses.fields(A)[0].name = 'y'",
            "rejected", "attribute 'name' of a Field is the library's own", "the library's code would read it",
            "dataclasses.fields(A)[0].name = 'y'"),
    Refused("class A:\n    def __instancecheck__(self, x): return True", "rejected",
            "name '__instancecheck__' is not on the list of special names",
            "only the special methods below may be defined", "def __instancecheck__(self, x): …"),
    Refused("import datetime\nmatch 1:\n    case datetime.date(1): pass", "rejected",
            "a class pattern may have keyword sub-patterns only, such as P(x=0)",
            "`__match_args__` could name any attribute", "case datetime.date(1):"),
    Refused("{1: 2}", "error", "not a plain value: a dict with a key that is no string", _VALUES),
    Refused("{1, 2}", "error", "not a plain value: a set", _VALUES),
    Refused("b'a'", "error", "not a plain value: a bytes", _VALUES),
    Refused("float('nan')", "error", "not a plain value: nan", _VALUES),
    Refused("(c for c in 'ab')", "error", "not a plain value: a generator", "return a list instead"),
)  # fmt: skip


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    columns = [*head]
    lines = (columns, ["---"] * len(columns), *rows)
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def _code(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _available(module: str) -> str:
    own = {*facades.REPLACED[module]()} if module in facades.REPLACED else set()
    if module == "sys":
        return f"only {_code(sorted(own))}"
    if module in facades.ONLY:
        return f"only {_code(sorted(facades.ONLY[module] | own))}"
    removed = facades.REMOVED.get(module, set()) - own
    return f"all public names but {_code(sorted(removed))}" if removed else "all public names"


def _modules() -> str:
    whole = [name for name in facades.MODULES if _available(name) == "all public names"]
    rows = [(_code(whole), "all public names")]
    rows += [(f"`{name}`", _available(name)) for name in [*facades.MODULES, "sys"] if name not in whole]
    rows.append((_code(facades.UNUSED), "the import only, so that an unused import does no harm"))
    return _table(("module", "available"), rows)


def _further() -> str:
    withheld = (
        f"{_available('numpy')}; `numpy.linalg`; of its arrays all but {_code(sorted(facades.WITHHELD_OF_NUMPY))}"
    )
    never = _code(sorted(executor.NEVER_IMPORTED))
    return _table(("module", "available"), [("`numpy`", withheld), (never, "refused as values of `executor.modules`")])


def _builtins() -> str:
    given = program_builtins.builtins_of_program(lambda: None, __import__, dict)
    ours = {name for name, value in given.items() if name.isalpha() and value is not getattr(builtins, name)}
    rows = [
        ("as in Python", _code(program_builtins.UNCHANGED)),
        ("as in Python", "all exceptions but the groups"),
        ("checked or replaced", _code(sorted(ours - {*program_builtins.REFUSED}))),
        ("refused", _code(sorted(program_builtins.REFUSED))),
    ]
    return _table(("built-ins", "names"), rows)


def _special_names() -> str:
    rows = [
        ("may be defined and called", names.METHODS),
        ("may be read too", names.READABLE - names.METHODS),
        ("may be assigned too", names.STORABLE - names.METHODS),
        ("of enum", names.SUNDERS),
        ("of named tuples", names.NAMEDTUPLE),
    ]
    return _table(("special names", "names"), [(title, _code(sorted(found))) for title, found in rows])


def _limits() -> str:
    limits = executor.DEFAULT_LIMITS
    rows = [
        ("one call", f"{limits.call_s:g} s of processor time", "`executor.call_s`"),
        ("all calls of a program", f"{limits.program_s:g} s", "`executor.program_s`"),
        ("memory", f"{limits.memory_mb} MiB", "`executor.memory_mb`"),
        ("one returned value", f"{limits.output_kb} KiB as JSON", "`executor.output_kb`"),
        ("all returned values", f"{channel.ANSWER_LIMIT >> 20} MiB as JSON", ""),
        ("list items and dict entries in all values", f"{answer_reader.MOST_PARTS:,}", ""),
        ("nesting of a value", f"{plain_values.DEPTH} levels", ""),
        ("an int", f"{plain_values.BITS:,} bits, about {plain_values.BITS * 0.30103:,.0f} digits", ""),
        ("the program's text", f"{executor.PROGRAM_LIMIT >> 20} MiB", ""),
        ("the inputs of a program", f"{channel.REQUEST_LIMIT >> 20} MiB as JSON, with its text", ""),
        ("printed text that is kept", f"{channel.PRINT_LIMIT >> 10} KiB", ""),
        ("processes that one program may use up", f"{executor.RESTARTS + 1}", ""),
    ]
    return _table(("limit", "default", "option"), rows)


def _refused() -> str:
    rows = [(f"`{each.shown or each.code}`", f"`{each.status}`: {each.message}", each.reason) for each in REFUSED]
    return _table(("code", "outcome", "reason"), rows)


def tables() -> Iterator[tuple[str, str]]:
    """Every table of the page in Markdown, with the name of its mark."""
    yield "modules", _modules()
    yield "further modules", _further()
    yield "built-ins", _builtins()
    yield "special names", _special_names()
    yield "encodings", _table(("encodings",), [[_code(zygote.ENCODINGS)]])
    yield "refused", _refused()
    yield "limits", _limits()


def refreshed(page: str) -> str:
    """The page with every marked table as the code has it. Raises KeyError for a mark without a table."""
    made = dict(tables())
    return MARKED.sub(lambda mark: f"<!-- made: {mark['name']} -->\n\n{made[mark['name']]}\n", page)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
