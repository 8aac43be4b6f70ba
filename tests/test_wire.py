import json
import time
from dataclasses import asdict
from email.utils import formatdate

import pytest
from endpoint import completion
from hypothesis import example, given
from hypothesis import strategies as st

from solverlearner.models import openai_response as wire
from solverlearner.models.base import ProviderError, Reply

USAGE = {
    "prompt_tokens": 7, "completion_tokens": 30,
    "completion_tokens_details": {"reasoning_tokens": 20}, "prompt_tokens_details": {"cached_tokens": 4},
}  # fmt: skip


def read(sent):
    return wire.reply(sent if isinstance(sent, bytes) else json.dumps(sent).encode(), 0.5)


def refused(sent):
    with pytest.raises(ProviderError) as caught:
        read(sent)
    assert caught.value.retry is not caught.value.permanent
    return str(caught.value)


def test_a_completion_is_a_reply():
    sent = completion("84", reasoning_content="57+27") | {"usage": USAGE}
    assert read(sent) == Reply("84", "ok", 7, 30, 0.5, "served", "57+27", 20, 4)


@pytest.mark.parametrize(
    ("sent", "state", "text"),
    [
        (completion(" cut", "length"), "truncated", " cut"),
        (completion(None, "length"), "truncated", ""),
        (completion(None, "content_filter"), "filtered", ""),
        (completion("half", "content_filter"), "filtered", "half"),
        (completion(None, refusal="I can't."), "filtered", "I can't."),
        (completion("x", refusal=""), "ok", "x"),
        (completion(None), "null", ""),
        (completion(None, "tool_calls"), "null", ""),
        (completion(""), "ok", ""),
        (completion("x", "eos"), "ok", "x"),
        (completion("x", None), "ok", "x"),
        (completion([]), "ok", ""),
        (completion([{"type": "text", "text": "a"}, {"text": "b"}, "c"]), "ok", "abc"),
        (completion([{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}]), "ok", "a"),
        (completion([{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]), "ok", "ab"),
        (completion([{"type": "refusal", "refusal": "I can't."}]), "filtered", "I can't."),
        (completion(None, "MAX_TOKENS"), "truncated", ""),
        (completion("half", "bored"), "bored", "half"),
        (completion(None, "pause_turn"), "pause_turn", ""),
    ],
)
def test_states_stay_apart(sent, state, text):
    reply = read(sent)
    assert (reply.state, reply.text) == (state, text)


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("<think>57+27\n</think>\n\n84 ", "84 ", "57+27"),
        ("\n<think></think>84", "84", None),
        ("<think>57+", "", "57+"),
        ("57+27</think>84", "84", "57+27"),  # the chat template wrote <think>
        ("84 <think>no</think> 85", "84 <think>no</think> 85", None),
        (" 84\n", " 84\n", None),
    ],
)
def test_a_thought_before_the_answer_is_kept_apart(content, text, reasoning):
    reply = read(completion(content))
    assert (reply.text, reply.reasoning) == (text, reasoning)


@pytest.mark.parametrize(
    ("fields", "reasoning"),
    [({"reasoning": "a"}, "a"), ({"reasoning_content": "a", "reasoning": "b"}, "a"), ({"reasoning": {"x": 1}}, None),
     ({"reasoning_content": "", "reasoning": "b"}, "b"), ({"reasoning_content": None}, None)],
)  # fmt: skip
def test_reasoning_has_a_field_of_its_own(fields, reasoning):
    assert read(completion("84", **fields)).reasoning == reasoning


@pytest.mark.parametrize(
    "usage",
    [None, [], "x", 3, {}, {"prompt_tokens": "7"}, {"prompt_tokens": -1}, {"prompt_tokens": True},
     {"prompt_tokens": 7.5}, {"prompt_tokens": 10**300}, {"completion_tokens_details": None},
     {"completion_tokens_details": {"reasoning_tokens": []}}, {"prompt_tokens_details": 3}],
)  # fmt: skip
def test_a_usage_that_is_none_loses_no_answer(usage):
    reply = read(completion("84") | {"usage": usage})
    assert reply == Reply("84", seconds=0.5, reported_model="served")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "no completion with status 200, but nothing"),
        (b"\xff\xfe\x00", "no completion"),
        (b'{"choices": [{"mess', 'but {"choices": [{"mess'),
        (b"[" * 100_000, "no completion"),
        (b"1" * 10_000, "no completion"),
        (b"<html><title>Sign &amp; in\n now</title>", "but an HTML page: Sign & in now"),
        (b"\n<!doctype HTML><p>x", "but an HTML page"),
        ({}, "but no choices"),
        ({"choices": []}, "but no choices"),
        ({"choices": None, "message": "try later"}, "but try later"),
        ({"choices": [None]}, "a choice that is no object"),
        ({"choices": [{}]}, "a choice without a message"),
        ({"choices": [{"message": "x"}]}, "a choice without a message"),
        (completion({"text": "x"}), "a content that is no text"),
        (completion(3), "a content that is no text"),
        (completion(False), "a content that is no text"),
        (completion({}), "a content that is no text"),
        (completion([None]), "a content that is no text"),
        (completion([{"type": "text", "text": 3}]), "a content that is no text"),
        ({"error": {"message": "overloaded\nnow", "code": 503}}, "an error with status 200: overloaded now"),
        ({"error": "overloaded"}, "an error with status 200: overloaded"),
        ({"error": {"type": "insufficient_quota", "message": "pay"}}, "an error with status 200: pay"),
        ({"error": {"code": [1]}}, "an error with status 200"),
        ({"choices": [{"error": {"message": "upstream"}, "message": {"content": "ha"}}]}, "place of a reply: upstream"),
        (completion("ha", "error"), "broke the reply off: finish_reason=error"),
        (completion("ha", "abort"), "broke the reply off: finish_reason=abort"),
        (completion("ha", "insufficient_system_resource"), "finish_reason=insufficient_system_resource"),
        (completion(None) | {"usage": {"prompt_tokens": 0, "completion_tokens": 0}}, "without content and without tok"),
        ({"code": 1305, "msg": "the model is overloaded"}, "but the model is overloaded"),
        ({"base_resp": {"status_code": 1002, "status_msg": "slow down"}}, "but slow down"),
        ({"errors": [{"message": "no worker"}]}, "but no worker"),
        ({"error": {"code": 7, "msg": "no worker"}}, "an error with status 200: no worker"),
    ],
)
def test_what_is_no_completion_is_said_in_a_line(sent, words):
    assert words in refused(sent)


@given(st.sampled_from(["\ud83d", "\ude00", "\x00", "\x1b[1m", "\u2028", "\ud83d\ude00", "é"]), st.booleans())
def test_odd_characters_survive_a_journal(odd, parted):
    text = f"{odd}84{odd}"
    reply = read(completion([text, text] if parted else text, reasoning=text))
    assert Reply(**json.loads(json.dumps(asdict(reply)))) == reply
    assert "84" in reply.text


KEYS = ["choices", "message", "content", "finish_reason", "usage", "error", "code", "type", "text", "model", "refusal"]
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["</think>", "<think>"])
JSONS = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner)
)
CHOICES = st.fixed_dictionaries({"message": st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSONS))})
COMPLETIONS = st.fixed_dictionaries({"choices": st.lists(CHOICES | JSONS, max_size=2)}, optional={"usage": JSONS})


def reply_or_failure(body):
    try:
        reply = wire.reply(body, 0.1)
    except ProviderError as error:
        words = str(error)
        assert words.isprintable()
        assert 0 < len(words) < 400
    else:
        assert Reply(**json.loads(json.dumps(asdict(reply)))) == reply


@given(JSONS | COMPLETIONS)
@example({"choices": [{"message": {"content": [{"type": []}]}}]})
def test_whatever_json_comes_it_is_a_reply_or_a_failure(sent):
    reply_or_failure(json.dumps(sent).encode())


@given(st.binary() | st.text().map(str.encode))
def test_whatever_bytes_come_they_are_a_reply_or_a_failure(body):
    reply_or_failure(body)


@given(st.integers(300, 599), st.binary() | JSONS.map(lambda sent: json.dumps(sent).encode()), st.text(), st.text())
def test_whatever_a_failure_sends_is_a_line(status, body, wait, wait_ms):
    error = wire.status_error(status, {"retry-after": wait, "retry-after-ms": wait_ms}, body)
    assert str(error).isprintable()
    assert 5 < len(str(error)) <= 305
    assert error.retry_after is None or 0 <= error.retry_after <= 3600


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "no such model"}}', "no such model"),
        (b'{"error": "no such model"}', "no such model"),
        (b'{"message": "no such model"}', "no such model"),
        (b'{"detail": "no such model"}', "no such model"),
        (b'{"detail": [{"msg": "missing"}]}', '{"detail": [{"msg": "missing"}]}'),
        (b"  no\r\nsuch\x1b model ", "no such model"),
        (b"<html><head><title>Not here</title></head>", "an HTML page: Not here"),
        (b"", "Not Found"),
        (b"x" * 5000, "x" * 300),
    ],
)
def test_a_failure_speaks_in_the_servers_words(body, words):
    assert str(wire.status_error(404, {}, body)) == f"404: {words}"


@pytest.mark.parametrize("field", ["code", "type"])
def test_a_429_for_want_of_money_is_no_limit_that_passes(field):
    body = json.dumps({"error": {"message": "quota", field: "insufficient_quota"}}).encode()
    error = wire.status_error(429, {"retry-after": "1"}, body)
    assert (error.retry, error.permanent) == (False, True)
    assert wire.status_error(429, {}, b'{"error": {"code": "rate_limit_exceeded"}}').retry


@pytest.mark.parametrize(
    ("status", "wish", "retry"),
    [(400, "true", True), (500, "false", False), (500, "x", True), (401, "true", False)],
)
def test_a_server_may_say_whether_to_try_again(status, wish, retry):
    assert wire.status_error(status, {"x-should-retry": wish}, b"").retry is retry


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None), ({"retry-after": "2"}, 2), ({"retry-after": "0.5"}, 0.5), ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5), ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "-3"}, 0), ({"retry-after": "nan"}, None), ({"retry-after": "inf"}, 3600),
        ({"retry-after": "99999"}, 3600), ({"retry-after": "soon"}, None), ({"retry-after": ""}, None),
        ({"retry-after": "3s"}, 3), ({"retry-after": "1m30s"}, 90), ({"retry-after": "500ms"}, 0.5),
        ({"retry-after": "1h"}, 3600), ({"retry-after": "2001-01-01T00:00:00Z"}, 0),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, 0), ({"retry-after": "Mon, 01 Jan 9999 00:00:00 GMT"}, 3600),
    ],
)  # fmt: skip
def test_how_long_to_wait(headers, seconds):
    assert wire.retry_after(headers) == seconds


def test_how_long_to_wait_until_a_date():
    assert wire.retry_after({"retry-after": formatdate(time.time() + 60, usegmt=True)}) == pytest.approx(60, abs=2)
