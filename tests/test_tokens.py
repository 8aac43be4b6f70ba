"""Log-probabilities: read from a response, kept in the journal, found again by the reply cache and by `recorded`."""

import asyncio
import math

import pytest
from asking import a_call, ask
from calls import a_request
from endpoint import completion
from hypothesis import given
from hypothesis import strategies as st

from solverlearner.api.composition import composed_options
from solverlearner.errors import UsageError
from solverlearner.evaluation.options import run_spec_of
from solverlearner.inference.journal import Journal, record_of, reply_of
from solverlearner.inference.reply_cache import ReplyCache
from solverlearner.json_text import line_of
from solverlearner.models.base import Reply
from solverlearner.models.llamacpp import LocalModel
from solverlearner.models.recorded import Recorded
from solverlearner.models.tokens import Tokens, tokens_of_choice


def entry(text, probability, **more):
    return {"token": text, "logprob": math.log(probability), "bytes": [*text.encode()], **more}


def position(text, probability, **others):
    return entry(text, probability) | {"top_logprobs": [entry(text, probability), *(entry(*o) for o in others.items())]}


def with_tokens(text, content):
    sent = completion(text)
    sent["choices"][0]["logprobs"] = {"content": content}
    return sent


TWO = [position("8", 0.5, **{"7": 0.25}), position("4", 0.8, **{"8": 0.1})]


def test_the_mean_distribution_is_that_of_the_positions():
    tokens = tokens_of_choice({"logprobs": {"content": TWO}})
    assert tokens.chosen == pytest.approx((math.log(0.5), math.log(0.8)), abs=1e-4)
    assert tokens.mean == pytest.approx({"8": 0.3, "7": 0.125, "4": 0.4})
    assert tokens.tail == pytest.approx(1 - 0.825)


def test_a_chosen_token_outside_the_list_counts_and_special_tokens_share_their_bytes():
    sent = entry("é", 0.1) | {"top_logprobs": [entry("", 0.3, id=1), entry("", 0.4, id=2)]}
    assert tokens_of_choice({"logprobs": {"content": [sent]}}).mean == pytest.approx({"": 0.7, "Ã©": 0.1})


def test_only_the_hundred_largest_are_kept_and_the_rest_is_in_the_tail():
    sent = entry("0", 0.005) | {"top_logprobs": [entry(str(i), 0.005) for i in range(150)]}
    tokens = tokens_of_choice({"logprobs": {"content": [sent]}})
    assert (len(tokens.mean), tokens.tail) == (100, 0.5)


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": []}, {"content": ["x"]}, 7,
                                      {"content": [{"token": "8", "logprob": None}]}])  # fmt: skip
def test_a_response_without_readable_ones_is_a_reply_without(logprobs):
    assert tokens_of_choice({"logprobs": logprobs}) is None


KEYS = st.sampled_from(["token", "logprob", "bytes", "top_logprobs", "id"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=12,
)


@given(ANYTHING)
def test_nothing_that_an_endpoint_sends_breaks_a_reply(content):
    tokens = tokens_of_choice({"logprobs": {"content": [content]}})
    assert tokens is None or math.fsum(tokens.mean.values()) + tokens.tail == pytest.approx(1, abs=1e-3)
    assert tokens is None or record_of(line_of({"id": "x", "at": 1, "state": "ok", "tokens": tokens.record}))


def test_a_request_asks_for_them_and_a_reply_holds_them():
    reply, endpoint = ask(lambda text: with_tokens("84", TWO), logprobs=20)
    assert {"logprobs": True, "top_logprobs": 20}.items() <= endpoint.bodies[0].items()
    assert len(reply.tokens.chosen) == 2
    _, endpoint = ask(lambda text: "84")
    assert not {"logprobs", "top_logprobs"} & endpoint.bodies[0].keys()


def test_an_endpoint_that_gives_none_gets_one_line(capsys):
    reply, _ = ask(lambda text: "84", logprobs=20)
    assert (reply.text, reply.tokens) == ("84", None)
    assert "sends no log-probabilities, which logprobs=20 asks for" in capsys.readouterr().err


def test_journal_and_reply_cache_give_them_back_as_they_came(tmp_path):
    reply = Reply("84", tokens=tokens_of_choice({"logprobs": {"content": [position("ÿ€", 0.123456789)]}}))
    folder, request = tmp_path / "run", a_request()
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    journal = Journal(folder / "replies.jsonl")
    offset, _ = journal.keep(a_call(), request, 1, reply)
    journal.keep(a_call(1), a_request("other"), 1, Reply("none"))
    assert reply_of(journal.read(offset)) == reply
    assert b'"tokens": null' not in journal.path.read_bytes()
    journal.close()
    assert ReplyCache(tmp_path).find(request) == (reply, "run")


def test_a_damaged_record_of_them_is_no_record(tmp_path):
    path = tmp_path / "replies.jsonl"
    Journal(path).keep(a_call(), None, 1, Reply("84", tokens=Tokens((-0.1,), {"8": 0.9}, 0.1)))
    path.write_text(path.read_text().replace("0.9", '"much"'))
    assert [*Journal(path).records()] == []


def test_recorded_completions_with_them_are_known_by_the_number_that_was_asked_for(tmp_path):
    folder = tmp_path / "arith-base-9-m-1"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"model": {"name": "m"}}')
    request = a_request(temperature=0.0, max_tokens=9, logprobs=True, top_logprobs=20)
    reply = Reply("84", tokens=Tokens((-0.1,), {"8": 0.9}, 0.1))
    Journal(folder / "replies.jsonl").keep(a_call(), request, 1, reply)

    def asked(**options):
        return asyncio.run(Recorded("m", max_tokens=9, recordings=str(tmp_path), **options).ask(a_call()))

    assert asked(logprobs=20) == reply
    for other in ({}, {"logprobs": 5}, {"logprobs": 20, "sampler": "full"}):
        with pytest.raises(UsageError, match="is not recorded"):
            asked(**other)


def spec(**options):
    return run_spec_of(composed_options("arith", "smollm2", options))


def test_the_option_names_a_run_only_where_it_is_given():
    assert spec().name == spec(logprobs=None, sampler="default").name
    assert len({spec().name, spec(logprobs=20).name, spec(sampler="full").name}) == 3
    with pytest.raises(UsageError, match="logprobs=0"):
        spec(logprobs=0)
    with pytest.raises(UsageError, match="sampler=half"):
        spec(sampler="half")


def test_the_whole_distribution_is_in_the_request_and_the_manifest():
    full = LocalModel(sampler="full", logprobs=5)
    sent = full.request(a_call()).parameters
    assert [sent[name] for name in ("top_k", "top_p", "min_p", "top_logprobs")] == [0, 1, 0, 5]
    assert full.identity["sampler"] == {"top_k": 0, "top_p": 1, "min_p": 0}
    assert "sampler" not in LocalModel().identity
