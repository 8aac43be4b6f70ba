"""Chats: writes triples of a training split as fine-tuning data, the direct variant of Case2Code (Shao et al. 2024).

The user's message is the harness's own prompt of the setting `solverlearner`, with the shown cases of the triple. The
assistant's message is the program.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from solverlearner.case2code.cases import Cases, cases_of
from solverlearner.case2code.overlap import Mark, marks
from solverlearner.case2code.triples import Triple, read_triples
from solverlearner.design.episode import Episode
from solverlearner.design.prompt import render
from solverlearner.design.setting import ASKABLE
from solverlearner.errors import UsageError
from solverlearner.files import whole_file
from solverlearner.task import Item
from solverlearner.tasks.case2code import DEFAULT_SET
from solverlearner.tasks.hidden_name import renamed_source
from solverlearner.tasks.real_function import HIDDEN, RealFunction

_INDUCTIVE = ASKABLE["solverlearner"]
_OVERLAP = "overlap: "


def write_chats(data: Sequence[Path], to: Path) -> str:
    """Write the train triples of some files as chats, one JSON line each. Returns a sentence with the counts.

    It leaves out triples that overlap with a test triple of these files or of the default set. An overlap is the same
    text, the same syntax tree except for names, a function that is the same except for names and constants, or the same
    package. Raises: UsageError if there is no chat to write; OSError.
    """
    counts: Counter[str] = Counter()
    tested = {mark for triple in _tests(data) for mark in _marks(triple)}
    with whole_file(to) as file:
        for triple in _triples(data):
            reason = _reason_against(triple, tested)
            counts[reason or "written"] += 1
            if reason is None:
                file.write(json.dumps(chat_of(triple), ensure_ascii=False).encode() + b"\n")
        if not counts["written"]:
            raise UsageError(f"data={','.join(map(str, data))}", f"has no train triple to write: {_told(counts)}")
    return f"{_told(counts)}: {to}"


def chat_of(triple: Triple) -> dict[str, object]:
    """The chat of one triple. Its function is renamed to `solver`, the name in every prompt of the harness."""
    cases = cases_of(triple)
    shots = tuple(Item(cases.inputs[place], cases.outputs[place]) for place in _shown(cases))
    function = RealFunction(triple, cases, str(triple.id), "", "")
    prompt = render(_INDUCTIVE, Episode(function, 0, shots, (), None, None, None), None, "domain")
    program = renamed_source(triple.code, triple.func_name, HIDDEN)
    reply = {"role": "assistant", "content": f"```python\n{program.strip()}\n```"}
    return {"id": triple.id, "licence": triple.licence, "messages": [*prompt, reply]}


def _shown(cases: Cases) -> Sequence[int]:
    return range(len(cases)) if cases.shown is None else cases.shown


def _triples(files: Iterable[Path]) -> Iterator[Triple]:
    for file in files:
        yield from read_triples(file)


def _tests(data: Sequence[Path]) -> Iterator[Triple]:
    return (triple for triple in _triples([*data, DEFAULT_SET]) if triple.split == "test")


def _marks(triple: Triple) -> Iterator[Mark]:
    return marks(triple.code, triple.func_name, triple.package or "")


def _reason_against(triple: Triple, tested: set[Mark]) -> str | None:
    if triple.split == "test":
        return "of the test split"
    if not triple.inputs:
        return "without cases"
    if triple.func_name != HIDDEN and re.search(rf"\b{HIDDEN}\b", triple.code):
        return f"with something else called {HIDDEN}"
    return next((f"{_OVERLAP}{mark[0]}" for mark in _marks(triple) if mark in tested), None)


def _told(counts: Counter[str]) -> str:
    overlap = sum(count for reason, count in counts.items() if reason.startswith(_OVERLAP))
    others = [f"{count} {reason}" for reason, count in sorted(counts.items()) if reason != "written"]
    by_reason = f" ({'; '.join(others)})" if others else ""
    return f"{counts['written']} chats, {overlap} left out for an overlap with test programs{by_reason}"
