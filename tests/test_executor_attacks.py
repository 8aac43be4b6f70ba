"""What attackers wrote: no program ends the harness, and none changes what its neighbours in a batch come out as."""

import asyncio
import json

import pytest
from containment import shared

from solverlearner.execution.executor import Executor, Limits

LIMITS = Limits(call_s=0.3, program_s=3, memory_mb=128)
INPUTS = [("57", "27"), ("12", "3")]
ATTACKS = sorted({*shared("redteam/hostile"), *shared("hostile")}, key=lambda path: path.name)
NEIGHBOURS = (
    "def solver(a, b):\n    return a + b",
    "import re, typing\ndef solver(a: typing.List[str], b):\n"
    "    return [re.sub('7', 'x', a), str(re.I | re.S), {b: a}]",
    "import collections\ndef solver(a, b):\n    return sorted(collections.Counter(a + b).items())",
)

OWN = {
    "json's encoder": "import json\njson.JSONEncoder.encode = lambda self, value: '1,2,3'\n"
    "def solver(a, b):\n    raise ValueError('x')",
    "a name with methods": "class Text(str):\n    def __format__(self, spec):\n        raise KeyError\n"
    "    def __str__(self):\n        raise KeyError\n"
    "class E(Exception):\n    pass\nE.__name__ = Text('E')\ndef solver(a, b):\n    raise E('x')",
    "a class that lies": "class E(Exception):\n    @property\n    def __class__(self):\n        raise KeyError\n"
    "def solver(a, b):\n    raise E('x')",
    "an error that is its own message": "class E(Exception):\n    def __str__(self):\n        raise self\n"
    "def solver(a, b):\n    raise E",
    "a line of many digits": "def solver(a, b):\n    e = SyntaxError('x')\n    e.lineno = 10 ** 5000\n    raise e",
    "numbers that JSON has not": "def solver(a, b):\n    return [float('inf'), float('nan')]",
    "half a pair": "def solver(a, b):\n    return '\\ud800'",
    "half a pair in a message": "def solver(a, b):\n    raise ValueError('\\ud800')",
    "print copied": "import copy\ndef solver(a, b):\n    memo = {}\n    copy.deepcopy(print, memo)\n"
    "    return [copy.copy(print) is print, len(memo)]",
    "a private name of the library's": "import typing\ndef _evaluate():\n    return 1\n"
    "def solver(a, b):\n    return [getattr(typing.List[int], '_evaluate', 1), typing.List[int]._name]",
    "a name stored in the library": "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 0\n"
    "def solver(a, b):\n    dataclasses.fields(A)[0].name = 'y'",
    "the same by setattr": "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 0\n"
    "def solver(a, b):\n    setattr(dataclasses.fields(A)[0], 'name', 'y')",
    "the same by object's": "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 0\n"
    "def solver(a, b):\n    object.__setattr__(dataclasses.fields(A)[0], 'name', 'y')",
    "a key that no source spells": "class A:\n    pass\ndef solver(a, b):\n    A().__dict__['__getstate__'] = a",
    "a cached property of any key": "import functools\nclass A:\n    pass\n"
    "def solver(a, b):\n    functools.cached_property(len).__set_name__(A, '__globals__')",
    "a cached property of the library": "import functools\nclass R(functools.cached_property):\n    pass\n"
    "def solver(a, b):\n    r = R(len)\n    r.attrname = '__globals__'\n    return str(r.__get__(type(solver), 0))",
    "members that no source spells": "import enum\ndef solver(a, b):\n"
    "    return str(enum.Enum('E', {'__reduce__': 1}))",
    "a module of its choice": "import enum\ndef solver(a, b):\n"
    "    return enum.Enum('E', 'a b', module='os').__module__",
    "a name for its module": "__name__ = 'os'\ndef solver(a, b):\n    return 1",
    "type() with dunders": "def solver(a, b):\n    return str(type('C', (), {'__reduce__': a}))",
    "type() with a metaclass": "import typing\ndef solver(a, b):\n    return str(type('C', (typing.Type,), {}))",
    "a private base": "import typing\nclass A(type(typing.List[int])):\n    pass\ndef solver(a, b):\n    return 1",
    "a private keyword": "import typing\nclass A(typing.Generic[typing.TypeVar('T')], _root=True):\n    pass\n"
    "def solver(a, b):\n    return 1",
    "a copy that is another object": "import copy\nclass A:\n    def __new__(cls):\n        return target\n"
    "target = object.__new__(A)\ndef solver(a, b):\n    copy.copy(target)",
    "text that is evaluated": "import typing\ndef f(x: '().__class__'):\n    pass\n"
    "def solver(a, b):\n    return typing.get_type_hints(f)['x']()",
    "print's fields": "def solver(a, b):\n"
    "    return [hasattr(print, name) for name in ('_write', '__closure__', '__self__')]",
}


@pytest.fixture(scope="module")
def run():
    """Runs programs at the same moment, in batches or each alone; gives their outcomes."""
    with asyncio.Runner() as runner:
        executors = {size: Executor(LIMITS, workers=1, batch=size) for size in (1, 8)}

        async def together(programs, size, typed):
            work = (executors[size].run(program, INPUTS, typed) for program in programs)
            return [[outcome[:4] for outcome in outcomes] for outcomes in await asyncio.gather(*work)]

        yield lambda programs, size=1, typed=False: runner.run(together(programs, size, typed))
        for executor in executors.values():
            runner.run(executor.aclose())


@pytest.fixture(scope="module")
def alone(run):
    return run(NEIGHBOURS)


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_an_attack_changes_no_neighbour_and_is_only_its_own_outcome(run, alone, path):
    program = path.read_text("utf-8", "surrogateescape")
    first, *others = run([NEIGHBOURS[0], program, *NEIGHBOURS[1:]], size=8)
    own, *others = others
    assert [first, *others] == alone
    assert len(own) == len(INPUTS)
    (typed,) = run([program], typed=True)
    for _, value, message, _ in [*own, *typed]:
        json.dumps(value, allow_nan=False).encode()
        message.encode("ascii")


@pytest.mark.parametrize("name", OWN)
def test_a_program_that_lies_about_itself_has_outcomes_like_any_other(run, alone, name):
    first, own, *others = run([NEIGHBOURS[0], OWN[name], *NEIGHBOURS[1:]], size=8)
    assert [first, *others] == alone
    assert len(own) == len(INPUTS)
    assert all(status in ("ok", "error", "rejected") for status, *_ in own)
    if name.startswith("print"):
        assert own[0][1] in ([True, 0], [False, False, False]) or own[0][0] == "rejected"
    else:
        assert all(status != "ok" for status, *_ in own), own
