import json
import shutil
from contextlib import closing

import pytest
from calls import a_call, a_request

from solverlearner.evaluation.run_folder import open_folder
from solverlearner.inference.reply_cache import ReplyCache, kept_where, opened_cache
from solverlearner.models.base import ProviderError, Reply


def keep(results, folder, *pairs):
    with open_folder(results, folder, {}, "d") as opened:
        for request, came in pairs:
            opened.log.keep(a_call(request.body["messages"][0]["content"]), request, 1, came)


def find(results, request):
    with closing(ReplyCache(results)) as store:
        found = store.find(request)
    return found and (found[0].text, found[1])


@pytest.mark.parametrize(
    "other",
    [
        a_request(endpoint="http://y/v1"), a_request(sample=(0, 1)), a_request("other"), a_request(temperature=0.5),
        a_request(model="n"), a_request(max_tokens=5), a_request(reasoning_effort="low"),
    ],
)  # fmt: skip
def test_whatever_may_change_the_answer_is_another_request(tmp_path, other):
    keep(tmp_path, "run", (a_request(), Reply("mine")), (other, Reply("other")))
    assert find(tmp_path, a_request()) == ("mine", "run")
    assert find(tmp_path, other) == ("other", "run")


def test_the_key_does_not_depend_on_the_order_of_the_fields_and_is_the_same_anywhere():
    assert a_request(temperature=0.0, seed=1).key == a_request(seed=1, temperature=0.0).key
    assert a_request("é").key == "c247b96c2a5992ea0570696ed7f74d11"


def test_failures_and_empty_replies_are_not_kept(tmp_path):
    keep(tmp_path, "run", (a_request("a"), ProviderError("503")), (a_request("b"), Reply("", "null")),
         (a_request("c"), Reply("cut", "truncated")))  # fmt: skip
    assert [find(tmp_path, a_request(text)) for text in "abc"] == [None, None, ("cut", "run")]


def test_what_was_appended_since_is_found_and_what_was_deleted_is_not(tmp_path):
    keep(tmp_path, "one", (a_request("a"), Reply("first")))
    assert find(tmp_path, a_request("a")) == ("first", "one")
    keep(tmp_path, "one", (a_request("b"), Reply("second")))
    keep(tmp_path, "two", (a_request("a"), Reply("copy")))
    assert find(tmp_path, a_request("b")) == ("second", "one")
    shutil.rmtree(tmp_path / "one")
    assert find(tmp_path, a_request("a")) == ("copy", "two")
    assert find(tmp_path, a_request("b")) is None


def test_a_journal_that_changed_behind_the_index_is_a_miss(tmp_path):
    keep(tmp_path, "run", (a_request("a"), Reply("a")))
    with closing(ReplyCache(tmp_path)) as store:
        (tmp_path / "run/replies.jsonl").write_text("{}\n")
        assert store.find(a_request("a")) is None


def test_a_torn_line_of_a_run_that_is_being_written_is_left_for_later(tmp_path):
    keep(tmp_path, "run", (a_request("a"), Reply("a")), (a_request("b"), Reply("b")))
    journal = tmp_path / "run/replies.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-10])
    assert find(tmp_path, a_request("b")) is None
    with journal.open("ab") as file:
        file.write(whole[-10:])
    assert find(tmp_path, a_request("b")) == ("b", "run")


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_an_index_that_is_none_is_made_again(tmp_path, content):
    keep(tmp_path, "run", (a_request(), Reply("there")))
    (tmp_path / ".replies.sqlite").write_bytes(content)
    assert find(tmp_path, a_request()) == ("there", "run")


def test_without_an_index_a_run_goes_on_without_the_store(tmp_path, caplog):
    (tmp_path / ".replies.sqlite").mkdir()
    with opened_cache(tmp_path, wanted=True) as store:
        assert store is None
    assert "replies of other runs are not looked for" in caplog.text
    with opened_cache(tmp_path / "nowhere", wanted=False) as store:
        assert store is None


def test_a_miss_is_explained_by_the_nearest_request(tmp_path):
    sent = a_request("a", temperature=0.0, max_tokens=9)
    keep(tmp_path, "run", (sent, Reply("a")), (a_request("n"), Reply("", "null")))

    def why(request):
        return kept_where(tmp_path, request, a_call(request.body["messages"][0]["content"]))

    assert why(sent) == "kept in run"
    differs = "none is kept: run sent the same messages, but temperature=0.0 there, 0.5 here"
    assert why(a_request("a", temperature=0.5, max_tokens=9)) == differs
    assert 'endpoint="http://x/v1" there' in why(a_request("a", "http://other/v1", temperature=0.0, max_tokens=9))
    assert why(a_request("new")) == "none is kept: no run here sent these messages"
    assert why(a_request("n")) == "none is kept: run sent the same, but got null"


def test_the_journal_names_what_was_sent_beside_the_key(tmp_path):
    keep(tmp_path, "run", (a_request("a", temperature=0.5), Reply("a")))
    (line,) = map(json.loads, (tmp_path / "run/replies.jsonl").read_text().splitlines())
    assert line["request"] == {"endpoint": "http://x/v1", "sample": [0, 0], "model": "m", "temperature": 0.5}
    assert line["key"] == a_request("a", temperature=0.5).key
