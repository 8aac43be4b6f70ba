import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from test_cli import ROOT, solverlearner
from test_synth_filters import collected

from solverlearner.case2code.triples import read_triples
from solverlearner.errors import UsageError
from solverlearner.execution.executor import Executor, Limits
from solverlearner.synth.pack import Packing, packed
from solverlearner.synth.probe import Case, examine
from solverlearner.synth.stage_examine import Found
from solverlearner.synth.stream import SynthOptions, synthesise

FUNCTIONS = {
    "clipped": """\
def clipped(values, limit):
    total = 0
    for value in values:
        total += min(value, limit)
    return total
""",
    "initials": '''\
def initials(text):
    """The first letters."""
    return "".join(word[0].upper() for word in text.split() if word)
''',
    "digits": """\
def digits(n):
    found = []
    while n > 0:
        found.append(n % 10)
        n //= 10
    return found[::-1]
""",
    "collatz": """\
def collatz(n):
    steps = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
""",
    "spread": """\
def spread(nums):
    low, high = min(nums), max(nums)
    return (low, high, high - low) if nums else None
""",
    "vowels": """\
def vowels(text):
    return {char for char in text.lower() if char in 'aeiou'} or None
""",
    "swapped": """\
def swapped(pairs):
    found = {}
    for key, value in pairs.items():
        found[str(value)] = key
    return found
""",
    "pad": """\
def pad(text, width=8, fill='0'):
    missing = width - len(text)
    return fill * missing + text if missing > 0 else text[:width]
""",
}

NEVER = {
    "unstable: differs in another order or process": [
        """\
def f(text):
    found = {word for word in text.split()}
    return [*found, len(text), text[:2]]
""",
        """\
SEEN = [0]
def f(n):
    seen = SEEN
    seen[0] += n * 2 + 1
    return seen[0] + n // 3
""",
        """\
def f(n):
    found = [n] * 2
    return str(map(str, found))[-10:] + str(n // 2)
""",
    ],
    "a call ends in: timeout": [
        """\
def f(n):
    while n > 2:
        n = n + 1 - 1 + n // n - 1
    return n * 2 + 1
""",
    ],
    "a call ends in: memory": [
        """\
def f(n):
    found = [n] * 10 ** 9
    return len(found) * 2 + n // 3
""",
    ],
    "outputs: nothing to learn from in any profile of inputs": [
        """\
def f(n):
    found = [n, n + 1, n + 2]
    return str(len(found)) + " found"
""",
    ],
    "outputs: constant, or an argument as it is": [
        "def f(n):\n    found = [n, n + 1, n + 2]\n    return len(found) * 2 + 1\n",
    ],
    "most calls: an exception": [
        """\
def f(text):
    found = text.split()
    raise ValueError(found)
    return found * 2
""",
    ],
    "most calls: not a plain value": [
        """\
def f(n):
    found = [n, n * 2]
    return (each + 1 for each in found)
""",
    ],
    "rejected by the executor": [
        """\
def f(text):
    found = [text]
    return found._private, text.upper() + text[:2]
""",
    ],
}


def tree(folder, functions=FUNCTIONS):
    for name, text in functions.items():
        path = folder / f"pkg_{name}" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def options(source, to, **changes):
    return SynthOptions((str(source),), to, **{"test": 0.5, "processes": 2, **changes})


def digests(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir() if file.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth")
    synthesise(options(tree(folder / "source"), folder / "out"))
    return folder


def triples(folder):
    return [triple for split in ("test", "train") for triple in read_triples(folder / f"{split}.jsonl")]


def test_triples_say_what_the_functions_do(made):
    found = {triple.func_name: triple for triple in triples(made / "out")}
    assert set(found) == set(FUNCTIONS)
    for name, triple in found.items():
        space = {}
        exec(triple.code, space)  # a function of this file
        assert [space[name](**x) for x in triple.inputs] == list(triple.outputs)
        assert (len(triple.inputs), len(triple.chosen)) == (20, 8)
        assert len({repr(x) for x in triple.inputs}) == 20
        assert triple.origin == f"source, pkg_{name}/{name}.py, line 1"
        assert triple.package == f"source/pkg_{name}"
    assert found["initials"].description == "The first letters."
    assert {type(y) for y in found["vowels"].outputs} == {set, type(None)}
    assert {type(y) for y in found["spread"].outputs} == {tuple}


def test_shown_and_held_out_cases_both_have_different_outputs(made):
    for triple in triples(made / "out"):
        shown = {repr(triple.outputs[place]) for place in triple.chosen}
        held_out = {repr(y) for place, y in enumerate(triple.outputs) if place not in triple.chosen}
        assert len(shown) > 1 < len(held_out)


def test_packages_are_on_one_side_and_both_sides_have_some(made):
    sides = {triple.package: triple.split for triple in triples(made / "out")}
    assert set(sides.values()) == {"train", "test"}
    assert sides == {package: Packing(0, 8, 0.5).split_of(package) for package in sides}


def test_the_same_sources_and_seed_give_the_same_bytes_in_any_number_of_processes(made, tmp_path):
    synthesise(options(made / "source", tmp_path / "one", processes=1))
    assert digests(tmp_path / "one") == digests(made / "out")
    synthesise(options(made / "source", tmp_path / "other", seed=1))
    assert digests(tmp_path / "other") != digests(made / "out")


def test_a_second_run_makes_nothing_again_and_a_changed_file_its_parts_only(made, tmp_path):
    source = tree(tmp_path / "source")
    first = synthesise(options(source, tmp_path / "out"))
    before = digests(tmp_path / "out")
    again = synthesise(options(source, tmp_path / "out"))
    assert (first.there, again.made, again.there) == (0, 0, first.made)
    assert digests(tmp_path / "out") == before
    (source / "pkg_pad" / "pad.py").write_text(FUNCTIONS["pad"].replace("8", "9"))
    assert synthesise(options(source, tmp_path / "out")).made > 0
    assert digests(tmp_path / "out") != before


def test_a_killed_run_goes_on_and_comes_to_the_same(tmp_path):
    many = {
        f"{name}{copy}": text.replace(f"def {name}(", f"def {name}{copy}(").replace(
            "    return", f"    last = {copy}\n    return"
        )
        for copy in range(12)
        for name, text in FUNCTIONS.items()
    }
    source = tree(tmp_path / "source", many)
    whole = synthesise(options(source, tmp_path / "whole"))
    command = [sys.executable, "-m", "solverlearner", "synth", f"source={source}", f"to={tmp_path / 'cut'}", "test=0.5"]
    process = subprocess.Popen(
        [*command, "processes=2"], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    parts = tmp_path / "cut" / ".parts"
    deadline = time.monotonic() + 60
    while len([*parts.rglob("*.json")]) < 4:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "cut" / "test.jsonl").exists()
    deadline = time.monotonic() + 60
    while any(map(runs, workers)):
        assert time.monotonic() < deadline, "processes outlive their parent"
        time.sleep(0.1)
    there = len([*parts.rglob("*.json")])
    tally = synthesise(options(source, tmp_path / "cut"))
    assert tally.there == there >= 4
    assert tally.there + tally.made == whole.made
    assert digests(tmp_path / "cut") == digests(tmp_path / "whole")


def children(parent):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True)
    return [int(pid) for pid in found.stdout.split()]


def runs(pid):
    """Whether a process is still at work; one that nobody has waited for yet is not."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return not found.stdout.startswith("Z") and bool(found.stdout)


def examined(folder, *texts, limits=None):
    async def go():
        given = limits or Limits(0.3, 2.0, 256, 8)
        async with Executor(given, 1) as first, Executor(given, 1, hash_seed=1) as second:
            found = []
            for text in texts:
                (candidate,) = collected(folder, text).candidates
                found.append(await examine(candidate, first, second, 0, 20))
            return found

    return asyncio.run(go())


@pytest.mark.parametrize("reason", NEVER)
def test_each_reason_leaves_out_what_it_says(tmp_path, reason):
    for text, found in zip(NEVER[reason], examined(tmp_path, *NEVER[reason]), strict=True):
        assert (found.reason, found.cases) == (reason, ()), text
    assert sum(found.outcomes.values()) > 10


def test_branches_that_constants_and_patterns_guard_are_reached(tmp_path):
    text = """
import re
ZONE = re.compile(r"^([-+])(\\d\\d):?(\\d\\d)$")
def offset(zone, unit):
    if unit == "fortnight":
        return "never"
    found = ZONE.match(zone)
    if not found:
        return None
    minutes = int(found.group(2)) * 60 + int(found.group(3))
    return -minutes if found.group(1) == "-" else minutes
"""
    (found,) = examined(tmp_path, text)
    outputs = [case.output for case in found.cases]
    assert found.reason is None
    assert "never" in outputs
    assert None in outputs
    assert sum(isinstance(output, int) for output in outputs) >= 5


def test_types_come_from_annotations_defaults_names_and_use(tmp_path):
    text = """
def f(a: dict[str, list[int]], b=2.5, count=None, words=(), *, sep=","):
    found = [len(w.strip()) for w in words]
    return [sum(a.get("first", [])), b * 2, count, found]
"""
    (candidate,) = collected(tmp_path, text).candidates
    shapes = {each.name: each.shapes[0] for each in candidate.parameters}
    assert (shapes["a"].kind, shapes["a"].parts[0].kind) == ("dict", "list")
    assert shapes["b"].kind == "float"
    assert [part.kind for part in shapes["count"].parts] == ["nat", "none"]
    assert (shapes["words"].kind, shapes["words"].parts[0].kind) == ("list", "text")


def found_in(folder, text, package, split_name="f"):
    (candidate,) = [each for each in collected(folder, text).candidates if each.name == split_name]
    candidate = type(candidate)(**{**vars(candidate), "package": package})
    return Found(candidate, tuple(Case((n, *[0] * (len(candidate.parameters) - 1)), n % 5) for n in range(20)))


def test_near_duplicates_never_straddle_the_split(tmp_path):
    packing = Packing(0, 8, 0.5)
    sides = {
        side: [name for name in map(str, range(40)) if packing.split_of(name) == side] for side in ("train", "test")
    }
    helper = (
        "def h(x):\n    y = x + 3\n    for z in range(y):\n        y += z * x - 1 if z % 2 else x // 3\n    return y\n"
    )
    text = "def f(x):\n    y = x * {}\n    return y + y // 2 - x % 7\n"
    asks = helper + "def f(x):\n    y = h(x) + 1\n    return [y, y * 2, x]\n"
    found = [
        found_in(tmp_path, text.format(5), sides["train"][0]),
        found_in(tmp_path, text.format(6).replace("y", "other"), sides["test"][0]),
        found_in(tmp_path, text.format(7), sides["test"][1]),
        found_in(tmp_path, asks, sides["train"][1]),
        found_in(tmp_path, helper, sides["test"][2], "h"),
        found_in(tmp_path, text.replace("%", "*").format(8), sides["train"][2]),
    ]
    counts = Counter()
    kept = list(packed(lambda: found, packing, counts))
    assert [(triple.split, triple.package) for triple in kept] == [
        ("test", sides["test"][0]), ("test", sides["test"][2]), ("train", sides["train"][2])
    ]  # fmt: skip
    assert counts == {
        "triple: test": 2, "triple: train": 1,
        "pack: near-duplicate of a test program": 2, "pack: near-duplicate within its split": 1,
    }  # fmt: skip


def test_the_card_counts_every_function_and_call(made):
    card = json.loads((made / "out" / "card.json").read_text())
    counts = Counter(card["counts"])
    left_out = sum(count for key, count in counts.items() if key.startswith("function: ") and key != "function: seen")
    assert counts["function: seen"] == left_out + counts["candidate"] == len(FUNCTIONS)
    packed = counts["triple: train"] + counts["triple: test"]
    assert packed == len(FUNCTIONS)
    dropped = sum(count for key, count in counts.items() if key.startswith(("program: ", "pack: ")))
    assert counts["candidate"] == packed + dropped
    assert set(card["outcomes"]) <= {"ok", "error"}
    assert card["packages"] == [
        {"name": "source", "version": "", "licence": "unknown",
         "train": counts["triple: train"], "test": counts["triple: test"]}
    ]  # fmt: skip
    page = (made / "out" / "CARD.md").read_text()
    assert f"| {len(FUNCTIONS)} | seen |" in page
    assert str(made) not in page.replace(str(made / "source"), "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["source=/nowhere"], "source=/nowhere: no such folder; give one, or stdlib or installed"),
        ([], "source: must be given: source=…"),
        (["source=.", "shown=19"], "shown=19: must be between 1 and 18"),
        (["source=.", "test=2"], "test=2.0: must be between 0 and 1"),
        (["source=.", "seed=x"], "seed=x: must be a whole number"),
        (["source=.", "call_s=0"], "executor.call_s=0.0: must be between 0.01 and 3600"),
        (["source=.", "require=much"], "executor.require=much: must be one of policy, best_effort, default, full"),
        (["source=.", "to=/proc/x"], "to=/proc/x: cannot be written: No such file or directory"),
    ],
)
def test_wrong_options_are_a_line(tmp_path, words, line):
    run = solverlearner(
        "synth", *([f"to={tmp_path}/to"] if not any(w.startswith("to=") for w in words) else []), *words
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.strip() == f"solverlearner: {line}"


def test_no_function_at_all_is_a_line_and_not_an_empty_set(tmp_path):
    (tmp_path / "source").mkdir()
    with pytest.raises(UsageError, match="has no function to make triples from"):
        synthesise(options(tmp_path / "source", tmp_path / "out"))
