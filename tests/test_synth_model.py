"""`synth` with a model that writes the inputs, at an endpoint on loopback."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import takewhile

import pytest
from endpoint import completion, serve
from test_cli import ROOT, solverlearner
from test_synth import FUNCTIONS, digests, options, tree, triples
from test_synth_filters import collected

from solverlearner.errors import RunStopped, UsageError
from solverlearner.inference.request_options import RequestOptions
from solverlearner.models.base import Reply
from solverlearner.models.openai import OpenAIModel
from solverlearner.synth.stream import synthesise
from solverlearner.synth.writer import Writer, Writing
from solverlearner.synth.written_calls import AGAIN, NO_FIT, NO_LITERAL, NO_PYTHON, TOO_LONG, inputs_in

WRITTEN = {
    "clipped": [f"clipped([{n}, {n + 7}], limit={n * 2})" for n in range(30)],
    "initials": [f"initials('word{chr(97 + n % 26)} {chr(98 + n % 25) * (n + 1)}')" for n in range(30)],
    "digits": [f"digits({n * 31})" for n in range(30)],
    "collatz": [f"collatz(n={n})" for n in range(30)],
    "spread": [f"spread(({n}, {n * n}, 3))" for n in range(30)],
    "pad": [f"pad('{'x' * n}')" for n in range(20)] + [f"pad('{'y' * n}', fill='-')" for n in range(9)] + ["pad('')"],
}
SMALL = {name: text for name, text in FUNCTIONS.items() if name in WRITTEN}


def asked_for(prompt):
    return re.search(r"example calls of `(\w+)`", prompt)[1]


def answer(prompt):
    name = asked_for(prompt)
    lines = [f"{place}. `{call}`  # fine" for place, call in enumerate(WRITTEN[name], 1)]
    return "\n".join([f"Here are calls of {name}:", "", *lines, "", "I hope this helps."])


def writer(url, calls=40, asking=None, **changes):
    model = OpenAIModel("m", base_url=url, key_required=False, proxied=False, **changes)
    asking = asking or RequestOptions(attempts=1)
    return Writer(model, calls, asking, {"base_url": url, "temperature": 0.0, "max_tokens": 256})


def run(folder, url, **changes):
    source = tree(folder / "source", SMALL)
    return synthesise(options(source, folder / "out", writer=writer(url), **changes))


def card(folder):
    return json.loads((folder / "card.json").read_text())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    with serve(answer) as endpoint:
        tally = run(folder, endpoint.url)
        first = digests(folder / "out"), len(endpoint.bodies)
        run(folder, endpoint.url)
        yield folder, tally, endpoint, first


def test_the_inputs_of_the_triples_are_the_models(made):
    folder, _, endpoint, _ = made
    found = {triple.func_name: triple for triple in triples(folder / "out")}
    assert set(found) == set(WRITTEN)
    for name, triple in found.items():
        space = {}
        exec(triple.code, space)  # a function of that file
        calls = [eval(call, {name: bound(name)}) for call in WRITTEN[name]]  # calls of this one
        assert all(x in calls for x in triple.inputs)
        assert [space[name](**x) for x in triple.inputs] == list(triple.outputs)
    assert {type(x["nums"]) for x in found["spread"].inputs} == {tuple}
    assert len(endpoint.bodies[0]["messages"]) == 1
    assert any(SMALL["collatz"].strip() in body["messages"][0]["content"] for body in endpoint.bodies)


def bound(name):
    """A function of the same parameters that gives its arguments by name."""
    space = {}
    exec(f"def f{SMALL[name].partition(name)[2].partition(':')[0]}: return dict(locals())", space)
    return space["f"]


def test_a_second_run_asks_nothing_and_writes_the_same_bytes(made):
    folder, _, endpoint, (first, asked) = made
    assert asked == len(endpoint.bodies) == len(WRITTEN)
    assert digests(folder / "out") == first


def test_the_card_says_who_wrote_the_inputs_and_counts(made):
    folder, tally, endpoint, _ = made
    found = card(folder / "out")
    assert found["writer"] == {
        "name": "m", "base_url": endpoint.url, "temperature": 0.0, "max_tokens": 256, "calls": 40,
        "prompt_tokens": 7 * len(WRITTEN), "completion_tokens": 3 * len(WRITTEN),
    }  # fmt: skip
    assert found["counts"]["reply: ok"] == found["counts"]["candidate"] == len(WRITTEN)
    assert found["counts"]["call: read"] == sum(map(len, WRITTEN.values()))
    assert found["counts"][f"call: {AGAIN}"] == 1  # pad('') twice
    assert tally.outcomes == {"ok": 2 * (sum(map(len, WRITTEN.values())) - 1)}
    page = (folder / "out" / "CARD.md").read_text()
    assert f"A model wrote the inputs: name=m, base_url={endpoint.url}" in page
    assert "## Example calls" in page


def test_without_a_model_nothing_tells_of_one_and_no_byte_differs_beside_a_models_parts(made, tmp_path):
    folder, _, endpoint, _ = made
    source, to = folder / "source", tmp_path / "out"
    synthesise(options(source, to))
    before = digests(to)
    assert set(card(to)) == {"asked", "counts", "outcomes", "packages"}
    assert "Example calls" not in (to / "CARD.md").read_text()
    synthesise(options(source, to, writer=writer(endpoint.url)))
    assert digests(to) != before
    synthesise(options(source, to))
    assert digests(to) == before


def reads(folder, text, reply):
    (candidate,) = collected(folder, text).candidates
    found, counts = inputs_in(reply, candidate)
    return list(found), dict(counts)


PAD = "def pad(text, width=8, fill='0'):\n    missing = width - len(text)\n    return fill * missing + text[:width]\n"


@pytest.mark.parametrize(
    ("reply", "inputs", "dropped"),
    [
        ("pad('a', 3, '-')", [("a", 3, "-")], {}),
        ("pad(fill='-', text='a')", [("a", 8, "-")], {}),
        ("- `pad('a')`, which gives '0000000a'\n* pad('b') -> '…'", [("a", 8, "0"), ("b", 8, "0")], {}),
        ("```python\nassert pad('a') == 'x'\nprint(pad('b'))\n>>> pad('c')\n```", [(c, 8, "0") for c in "abc"], {}),
        ("pad(\n    'a',  # don't (\n    width=-2,\n)", [("a", -2, "0")], {}),
        (r"pad('a)\'(', 3) pad(", [("a)'(", 3, "0")], {NO_PYTHON: 1}),
        ("def pad(text, width=8):\n    return obj.pad('a') or xpad('b')", [], {}),
        ("pad('a')\npad('a', 8)\npad(text='a')", [("a", 8, "0")], {AGAIN: 2}),
        ("pad()\npad('a', 1, '-', 4)\npad('a', text='b')\npad('a', size=3)", [], {NO_FIT: 4}),
        ("pad(x)\npad('a' * 3)\npad(*['a'])\npad(**{'text': 'a'})\npad(f'{1}')\npad(pad('a'))", [], {NO_LITERAL: 6}),
        ("pad({[1]: 2})\npad('\\ud800')\npad(1j)", [], {NO_LITERAL: 3}),
        ("pad('a'\npad('b')", [("b", 8, "0")], {NO_PYTHON: 1}),
        ("pad('a b' c)\npad('\0')", [], {NO_PYTHON: 2}),
        (f"pad('{'a' * 300}')", [], {TOO_LONG: 1}),
        (f"pad({'[' * 500}{']' * 500})", [], {NO_PYTHON: 1}),
        ("pad({1, 2}, None, b'x')", [({"__set__": [1, 2]}, None, {"__bytes__": "78"})], {}),
        ("I cannot help with that.", [], {}),
        ("", [], {}),
    ],
)  # fmt: skip
def test_calls_are_read_wherever_they_stand_and_dropped_with_their_reason(tmp_path, reply, inputs, dropped):
    found, counts = reads(tmp_path, PAD, reply)
    assert found == inputs
    read = counts.pop("read", 0)
    assert counts == dropped
    assert read == len(inputs) + sum(dropped.values())


def test_nothing_of_a_reply_is_evaluated(tmp_path):
    trap = tmp_path / "trap"
    reply = f"""pad(__import__('os').mkdir({str(trap)!r}))\npad('a', open({str(trap)!r}, 'w'))\npad(exec('1/0'))"""
    assert reads(tmp_path, PAD, reply) == ([], {"read": 3, NO_LITERAL: 3})
    assert not trap.exists()


def test_a_long_hostile_reply_is_read_in_no_time(tmp_path):
    began = time.monotonic()
    for text in ("pad(" * 20_000, "pad('" * 20_000, 'pad("""\\' * 20_000, "pad((" + "[" * 60_000):
        assert reads(tmp_path, PAD, text)[0] == []
    assert time.monotonic() - began < 20


def test_programs_with_too_few_inputs_are_left_out_with_their_own_reason(tmp_path):
    def few(prompt):
        name = asked_for(prompt)
        if name == "digits":
            return completion("digits(1)\ndigits(2)\ndigits(", "length")
        return "" if name == "spread" else "pad('x', __import__('os'))" if name == "pad" else answer(prompt)

    with serve(few) as endpoint:
        tally = run(tmp_path, endpoint.url)
    assert tally.counts["program: inputs: fewer than cases, by the model"] == 3
    assert tally.counts["reply: truncated"] == 1
    assert tally.counts[f"call: {NO_PYTHON}"] == tally.counts[f"call: {NO_LITERAL}"] == 1
    assert {triple.func_name for triple in triples(tmp_path / "out")} == {"clipped", "initials", "collatz"}


def test_a_models_inputs_go_through_the_same_checks(tmp_path):
    def dull(prompt):
        name = asked_for(prompt)
        calls = {
            "digits": [f"digits({-n})" for n in range(30)],  # constant
            "pad": [f"pad({n})" for n in range(30)],  # raises
            "collatz": [f"collatz({n / 10 + 1e308})" for n in range(30)],  # one input only
        }
        return "\n".join(calls.get(name, WRITTEN[name]))

    with serve(dull) as endpoint:
        counts = run(tmp_path, endpoint.url).counts
    assert counts["program: outputs: constant, or an argument as it is"] == 1
    assert counts["program: most calls: an exception"] == 1
    assert counts["program: inputs: fewer than cases, by the model"] == 1


def test_a_dead_endpoint_is_a_line(tmp_path):
    tree(tmp_path / "source", SMALL)
    words = ["model=compatible", "name=m", "base_url=http://127.0.0.1:9/v1", "attempts=1", "retry_s=1"]
    done = solverlearner("synth", f"source={tmp_path / 'source'}", f"to={tmp_path / 'out'}", *words)
    assert (done.returncode, done.stdout) == (2, "")
    *waiting, last = done.stderr.splitlines()
    assert all(line.startswith("solverlearner: waiting for the endpoint") for line in waiting)
    assert last.startswith("solverlearner: model=m: http://127.0.0.1:9/v1 cannot be reached")
    assert not (tmp_path / "out" / "test.jsonl").exists()


def test_programs_without_a_reply_are_asked_again_and_only_those(tmp_path):
    broken = {"pad", "digits"}
    with serve(lambda prompt: 400 if asked_for(prompt) in broken else answer(prompt)) as endpoint:
        with pytest.raises(RunStopped, match=r"2 of 6 calls are unanswered .*; the same command asks only for those"):
            run(tmp_path, endpoint.url)
        assert not (tmp_path / "out" / "test.jsonl").exists()
        tolerant = writer(endpoint.url, asking=RequestOptions(attempts=1, max_unanswered=2))
        tally = synthesise(options(tmp_path / "source", tmp_path / "out", writer=tolerant))
        assert tally.counts["reply: none"] == 2
        broken.clear()
        endpoint.bodies.clear()
        assert run(tmp_path, endpoint.url).counts["reply: ok"] == 6
        assert {asked_for(body["messages"][0]["content"]) for body in endpoint.bodies} == {"pad", "digits"}


def test_faults_are_tried_again(tmp_path):
    seen = Counter()

    def at_second(prompt):
        seen[asked_for(prompt)] += 1
        return 503 if seen[asked_for(prompt)] == 1 else answer(prompt)

    with serve(at_second) as endpoint:
        source = tree(tmp_path / "source", SMALL)
        patient = writer(endpoint.url, asking=RequestOptions(attempts=2))
        tally = synthesise(options(source, tmp_path / "out", writer=patient))
    assert tally.counts["reply: ok"] == 6
    assert set(seen.values()) == {2}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_asks_nothing_twice_and_comes_to_the_same(made, tmp_path, how):
    folder, _, _, _ = made
    answered, stopped = [], threading.Event()

    def held_after_three(prompt):
        if len(answered) >= 3:
            stopped.wait(60)
        answered.append(asked_for(prompt))
        return answer(prompt)

    with serve(held_after_three) as endpoint:
        source, to = folder / "source", tmp_path / "out"
        words = [f"source={source}", f"to={to}", "test=0.5", "model=compatible", "name=m", f"base_url={endpoint.url}"]
        command = [sys.executable, "-m", "solverlearner", "synth", *words, "concurrency=1", "key_env=SECRET"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "SECRET": "sk-very-secret"}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while len(endpoint.bodies) < 4:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(how)
        said = "".join(takewhile(lambda line: "under way will be kept" not in line, process.stderr))
        stopped.set()
        said += process.stderr.read()
        process.wait(60)
        kept = [line for file in to.rglob("replies.jsonl") for line in file.read_text().splitlines() if "text" in line]
        assert 3 <= len(kept) <= 4
        if how == signal.SIGINT:
            assert process.returncode == 130
            assert f"solverlearner: stopped. {len(kept)} replies are kept in {to}" in said
            assert len(kept) == 4  # what was under way is paid for
        endpoint.bodies.clear()
        again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert len(endpoint.bodies) == 6 - len(kept)
        assert f"{len(kept)} of 6 replies were there already; {6 - len(kept)} were asked for now" in again.stdout
        assert endpoint.keys == {"Bearer sk-very-secret"}
    for name in ("test.jsonl", "train.jsonl"):
        assert (to / name).read_bytes() == (folder / "out" / name).read_bytes()
    assert not any(b"sk-very-secret" in file.read_bytes() for file in to.rglob("*") if file.is_file())


class Quick:
    """A model that answers at once; `taken` is how many candidates were taken before each reply."""

    name, remark, identity = "quick", None, {"name": "quick"}

    async def open(self):
        pass

    async def aclose(self):
        pass

    def request(self, call):
        return None

    async def ask(self, call):
        return Reply("f(1)")


def test_candidates_are_taken_as_there_is_room_and_replies_come_in_their_order(tmp_path):
    (one,) = collected(tmp_path, PAD).candidates
    taken = []

    def candidates():
        for number in range(300):
            taken.append(number)
            yield type(one)(**{**vars(one), "normal": str(number)})

    with Writing(Writer(Quick(), 10, RequestOptions(concurrency=4), {}), tmp_path / "out") as writing:
        for place, (candidate, reply) in enumerate(writing.replies(candidates())):
            assert (candidate.normal, reply) == (str(place), "f(1)")
            assert len(taken) - place <= 4 + 48 + 1
        with pytest.raises(UsageError, match=r"to=.*another process is writing this run"):
            Writing(Writer(Quick(), 10, RequestOptions(concurrency=4), {}), tmp_path / "out").__enter__()
    assert writing.counts == {"reply: ok": 300}


def test_a_budget_stops_the_run_and_a_password_is_not_kept(tmp_path):
    words = ["model=compatible", "name=m", "price_in=1000", "price_out=1000", "budget=0.015", "concurrency=1"]
    tree(tmp_path / "source", SMALL)
    with serve(answer) as endpoint:
        url = endpoint.url.replace("//", "//me:pass-word@")
        where = [f"source={tmp_path / 'source'}", f"to={tmp_path / 'out'}", f"base_url={url}"]
        done = solverlearner("synth", *where, *words)
        assert len(endpoint.bodies) == 2  # 10 tokens each
    assert done.returncode == 1
    assert done.stderr.startswith("solverlearner: budget=0.015: is reached, $0.0200 are spent; the same command")
    assert not any(b"pass-word" in file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file())


ENDPOINT = ["model=compatible", "name=m", "base_url=http://127.0.0.1:9/v1"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["model=nope"], "model=nope: must be one of compatible, gguf, hf, hub, openai, qwen, recorded, "
                         "scripted, server, smollm2; did you mean openai?"),
        (["model=compatible", "name=m"], "base_url: must be given: base_url=…"),
        (["name=m"], "name: no such option; it belongs to model=compatible, model=openai, model=recorded and "
                     "model=server; `python -m solverlearner synth --help` lists them"),
        ([*ENDPOINT, "calls=2"], "calls=2: must be between 4 and 400"),
        ([*ENDPOINT, "concurrency=0"], "concurrency=0: must be between 1 and 4096"),
        ([*ENDPOINT, "batch=true"], "batch=true: synth asks while programs run; leave it out"),
        ([*ENDPOINT, "budget=1"], "budget=1: the price of m is not known: give price_in and price_out, "
                                  "US dollars a million tokens"),
        (["model=scripted"], "model=scripted-ideal: knows tasks only; choose compatible, openai, gguf or smollm2"),
    ],
)  # fmt: skip
def test_wrong_options_are_a_line(tmp_path, words, line):
    tree(tmp_path / "source", {"pad": PAD})
    done = solverlearner("synth", f"source={tmp_path / 'source'}", f"to={tmp_path / 'out'}", *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"solverlearner: {line}\n")


def test_options_of_run_mean_the_same_here():
    help_text = solverlearner("synth", "--help").stdout
    for option in ("model=compatible", "calls=40", "temperature=0.0", "concurrency=8", "budget=null"):
        assert option in help_text
