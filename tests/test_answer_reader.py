"""Nothing that a child can write into the shared memory raises in the harness, or fills it."""

import json
import random
import resource
import tracemalloc

import pytest

from solverlearner.case2code.values import decode, encode
from solverlearner.execution.answer_reader import GarbledError, TooManyPartsError, read_answers
from solverlearner.execution.outcome import Limits, outcomes_of
from solverlearner.execution.sandbox import channel
from solverlearner.execution.shared_memory import Ended, SharedJob, SharedMemory

LIMITS = Limits()
OUTPUT = LIMITS.output_kb * 1024
CASES = 100_000


def of_value(text, typed=False, output=OUTPUT):
    """The outcome of one call whose answer is this JSON text."""
    (outcome,) = read_answers(f"7,{text},".encode(), 1, output, typed=typed)
    return outcome


@pytest.mark.parametrize("text", ["1", '"a"', "null", "[1, [2.5, {}]]", '{"a": "\\ud83d\\ude00"}', "-0.0", "1e300"])
def test_a_plain_value_is_read_as_it_stands(text):
    outcome = of_value(text)
    assert (outcome.status, outcome.value, outcome.message) == ("ok", json.loads(text), "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1e999", "not finite"),
        ("[1, -1e999]", "not finite"),
        ('{"a": [1e999]}', "not finite"),
        ('"\\ud800"', "lone surrogate"),
        ('["\\udc00a"]', "lone surrogate"),
        ('{"\\ud83d": 1}', "lone surrogate"),
        ("[" * 300 + "]" * 300, "nested deeper"),
        ('"' + "a" * (13 * OUTPUT) + '"', "too large"),
    ],
)
def test_a_value_that_no_program_may_give_is_that_programs_error(text, why):
    outcome = of_value(text)
    assert (outcome.status, outcome.value) == ("error", None)
    assert why in outcome.message


TYPED = [(1, "a"), {1, 2}, frozenset({(1, 2)}), {1: "a", (2, 3): None}, b"\x00\xff", float("inf"), {"__tuple__": 5}]


@pytest.mark.parametrize("value", TYPED, ids=repr)
def test_a_typed_value_comes_through(value):
    outcome = of_value(json.dumps(encode(value)), typed=True)
    assert (outcome.status, decode(outcome.value)) == ("ok", value)


@pytest.mark.parametrize(
    "text",
    [
        '{"__tuple__": 5}',
        '{"__set__": [[1]]}',
        '{"__set__": [{"__dict__": []}]}',
        '{"__frozenset__": [{"__tuple__": [[1]]}]}',
        '{"__dict__": [[1]]}',
        '{"__dict__": [[[1], 2]]}',
        '{"__bytes__": "0"}',
        '{"__bytes__": "xx"}',
        '{"__float__": "1"}',
        '{"__none__": null}',
        '[{"a": {"__tuple__": {"b": 1}}}]',
    ],
)
def test_a_typed_form_that_stands_for_no_value_is_an_error(text):
    outcome = of_value(text, typed=True)
    assert (outcome.status, outcome.value) == ("error", None)


@pytest.mark.parametrize(
    "text",
    [b"7,NaN,", b"7,1", b"7,1,8,", b"-1,1,", b"1e3,1,", b"true,1,", b'"ok",["",null,1],', b'"error",[1,null,1],',
     b'"error",["m",null],', b'"error",["m",null,-1],', b"x" * 300_000, b"7,\xff,", b"9" * 5000 + b",1,"],
)  # fmt: skip
def test_a_text_that_no_child_writes_is_the_programs_error_for_all_its_calls(text):
    with pytest.raises(GarbledError):
        read_answers(text, 2, OUTPUT, typed=False)
    outcomes = outcomes_of(Ended(0, 0, 2, 0.1, text, ""), 2, LIMITS, typed=False)
    assert [outcome.status for outcome in outcomes] == ["error", "error"]


def test_a_message_is_printable_and_a_line_is_in_range():
    (outcome,) = read_answers(b'"error",["\\u0007 \\ud800",123456789012345678901234567890,5],', 1, OUTPUT, typed=False)
    assert (outcome.status, outcome.line) == ("error", None)
    assert outcome.message.isascii()
    assert outcome.message.isprintable()


def test_a_flood_of_small_values_is_cut_and_takes_little_memory():
    flood = b"7,[" + b"[]," * 10_000 + b"[]],"
    text = flood * (channel.ANSWER_LIMIT // len(flood))
    tracemalloc.start()
    with pytest.raises(TooManyPartsError) as raised:
        read_answers(text, 10_000, OUTPUT, typed=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0 < len(raised.value.outcomes) < 10_000
    assert peak < 64 * 2**20
    outcomes = outcomes_of(Ended(0, 0, 2, 0.1, text, ""), 600, LIMITS, typed=False)
    assert len(outcomes) == 600
    assert outcomes[-1][:3] == ("error", None, "too much output in all")


def whole(rng):
    """Answers as a child of ours writes them."""
    values = ['"106"', "3", "[1, 2]", '{"a": null}', '{"__tuple__": [1]}', "1.5", "true", '"\\ud83d\\ude00"']
    failures = ['"error",["ValueError: x",3,12],', '"timeout",["no answer",null,1],']
    count = rng.randrange(6)
    return "".join(f"{rng.randrange(99)},{rng.choice(values)}," if rng.random() < 0.8 else rng.choice(failures)
                   for _ in range(count)).encode()  # fmt: skip


PIECES = [b"NaN", b"1e999", b"\\ud800", b'"', b"[", b"]", b"{", b"}", b",", b":", b"\x00", b"\xff", b"9" * 40, b"-",
          b'"__set__"', b'{"__dict__":[1]}', b"true", b'"crash"', b"[[[[[[", b"\\"]  # fmt: skip


def damaged(rng):
    """Such answers, or bytes of any kind, with parts put in, taken away, doubled or flipped."""
    text = bytearray(whole(rng) if rng.random() < 0.9 else rng.randbytes(rng.randrange(40)))
    for _ in range(rng.randrange(5)):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            text[at:at] = rng.choice(PIECES)
        elif kind == 1:
            del text[at : at + rng.randrange(6)]
        elif kind == 2:
            text[at:at] = text[at : at + rng.randrange(20)]
        elif at < len(text):
            text[at] ^= 1 << rng.randrange(8)
    return bytes(text)


def _word(rng):
    """A word of the header; seldom a large one, for which the harness looks at all 16 MiB of answers."""
    return rng.getrandbits(64) if rng.random() < 0.001 else rng.getrandbits(12)


def test_whatever_a_child_writes_the_harness_lives():
    """Bytes, header words, exit codes and phases at random: the outcomes are well made, and nothing raises."""
    rng, memory = random.Random("channel"), SharedMemory()
    job = SharedJob(b"p", b"[]", 2**28, 1000, 1.0, 2.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for case in range(CASES):
        text = damaged(rng)
        count = rng.choice((1, 1, 2, 5))
        memory.put([job] * count)
        at = memory._answers_at
        memory._memory[at : at + len(text)] = text
        for word in range(channel.RECORDS + count * channel.RECORD):
            memory._header[word] = rng.choice((0, 1, len(text), len(text), rng.getrandbits(8), _word(rng)))
        if rng.random() < 0.7:
            memory._header[channel.ANSWERED] = len(text)
        expected, typed = rng.randrange(1, 5), rng.random() < 0.5
        code = rng.choice((0, 3, 4, 5, 6, 1, -9, -11, 255))
        found = [memory.ended(code, rng.randrange(3), 0.1)] if count == 1 else memory.ended_together(count, 0.1)
        for ended in found:
            if isinstance(ended, Ended):
                outcomes = outcomes_of(ended, expected, LIMITS, typed=typed)
                assert 0 < len(outcomes) <= max(expected, 1), case
                for outcome in outcomes:
                    json.dumps(outcome.value, allow_nan=False).encode()
                    outcome.message.encode("ascii")
                    if typed and outcome.status == "ok":
                        decode(outcome.value)
    memory.close()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 64 * 1024
