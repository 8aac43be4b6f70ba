import asyncio
import contextlib
from collections import Counter

import pytest
from calls import a_call

from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.inference import engine as engine_module
from solverlearner.inference.engine import Engine
from solverlearner.inference.rate_limit import Stopping
from solverlearner.inference.reply_cache import ReplyCache
from solverlearner.inference.request_options import Counts, RequestOptions
from solverlearner.models.base import ProviderError, Reply, Request


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(engine_module, "_FIRST_PAUSE_S", 0.001)


class Model:
    """`answer(call, attempt)` gives a Reply or raises."""

    name, identity, remark = "m", {"name": "m"}, None

    def __init__(self, answer=lambda call, attempt: Reply("yes"), temperature=0.0):
        self.answer, self.temperature = answer, temperature
        self.asked = Counter()
        self.opened = 0

    async def open(self):
        self.opened += 1

    async def aclose(self):
        pass

    def request(self, call):
        body = {"model": self.name, "messages": call.messages, "temperature": self.temperature}
        return Request("http://x/v1", body, (call.episode.index, call.sample) if self.temperature else (0, 0))

    async def ask(self, call):
        self.asked[call.place] += 1
        await asyncio.sleep(0.001)
        return self.answer(call, self.asked[call.place])


def ask(tmp_path, model, calls, asking=None, name="run", store=True):
    """What became of the calls, which are all asked at once; counts and totals."""

    async def go():
        with open_folder(tmp_path, name, {}, "d") as folder:
            replies = ReplyCache(tmp_path) if store else None
            engine = Engine(model, folder.log, Counts(len(calls)), asking or RequestOptions(concurrency=4), replies)
            came = await asyncio.gather(*map(engine.answer, calls), return_exceptions=True)
            return came, engine.counts, folder.log.usage

    return asyncio.run(go())


def failing(times, **error):
    def answer(call, attempt):
        if attempt <= times:
            raise ProviderError(f"{error.get('status', 'reset')}: attempt {attempt}", retry=True, **error)
        return Reply("at last")

    return answer


@pytest.mark.parametrize("error", [{}, {"status": 429}, {"status": 500}, {"status": 408}])
def test_a_passing_fault_is_tried_again_and_every_attempt_journalled(tmp_path, error):
    (reply,), counts, totals = ask(tmp_path, Model(failing(5, **error)), [a_call()])
    assert reply.text == "at last"
    assert (counts.asked, totals.attempts, totals.failed) == (1, 6, 5)


def test_no_more_than_the_attempts_that_are_given(tmp_path):
    _, counts, totals = ask(tmp_path, Model(failing(6, status=429)), [a_call()], RequestOptions(attempts=6))
    assert (counts.asked, counts.unanswered, totals.attempts) == (0, 1, 6)


def test_no_longer_than_the_seconds_that_are_given(tmp_path):
    _, _, totals = ask(tmp_path, Model(failing(99, retry_after=5.0)), [a_call()], RequestOptions(retry_s=1.0))
    assert totals.attempts == 1


def test_the_same_server_error_three_times_ends_a_call(tmp_path):
    def same(call, attempt):
        if call.query == 0:
            raise ProviderError("500: cannot decode this prompt", retry=True, status=500)
        return Reply("fine")

    came, counts, totals = ask(
        tmp_path, Model(same), [a_call("a", query=1), a_call("b")], RequestOptions(concurrency=1)
    )
    assert [type(one) for one in came] == [Reply, ProviderError]
    assert (counts.unanswered, totals.failed) == (1, 3)


def test_another_4xx_is_not_tried_again_and_leaves_one_call_unanswered(tmp_path):
    def refuse_one(call, attempt):
        if call.query == 1:
            raise ProviderError("400: too long", status=400)
        return Reply("fine")

    came, counts, totals = ask(tmp_path, Model(refuse_one), [a_call(str(n), query=n) for n in range(4)])
    assert [type(one) for one in came] == [Reply, ProviderError, Reply, Reply]
    assert (counts.asked, counts.unanswered, counts.last_error, totals.attempts) == (3, 1, "400: too long", 4)


def test_an_endpoint_that_fails_from_the_first_is_said_in_its_own_words(tmp_path):
    def broken(call, attempt):
        raise ProviderError("503: out of order until Monday", retry=True, status=503)

    calls = [a_call(str(n), query=n) for n in range(8)]
    came, _, totals = ask(tmp_path, Model(broken), calls, RequestOptions(concurrency=2))
    stopped = [one for one in came if isinstance(one, RunStopped)]
    assert "all calls so far failed: 503: out of order until Monday" in str(stopped[0])
    assert totals.attempts <= 3 * len(calls)


@pytest.mark.parametrize("error", [{"permanent": True, "status": 401}, {"unreachable": True, "retry": True}])
def test_a_key_or_an_address_that_is_wrong_is_the_users_to_mend(tmp_path, error):
    def refuse(call, attempt):
        raise ProviderError("no", **error)

    came, _, _ = ask(tmp_path, Model(refuse), [a_call()])
    assert isinstance(came[0], UsageError)


def test_a_rate_limit_halves_the_pace_and_closes_the_endpoint_for_all(tmp_path):
    times = []

    def limited(call, attempt):
        times.append(asyncio.get_running_loop().time())
        if len(times) == 1:
            raise ProviderError("429: slow down", retry=True, status=429, retry_after=0.2)
        return Reply("fine")

    _, counts, _ = ask(
        tmp_path, Model(limited), [a_call(str(n), query=n) for n in range(6)], RequestOptions(concurrency=1)
    )
    assert counts.asked == 6
    assert times[1] - times[0] >= 0.2


def test_the_model_is_opened_once_and_only_if_a_reply_is_missing(tmp_path):
    first, again = Model(), Model()
    calls = [a_call(str(n), query=n) for n in range(4)]
    ask(tmp_path, first, calls)
    _, counts, _ = ask(tmp_path, again, calls)
    assert (first.opened, again.opened, again.asked.total()) == (1, 0, 0)
    assert counts.stored == 4


def test_the_same_request_of_another_run_is_not_paid_again(tmp_path):
    calls = [a_call(str(n), query=n) for n in range(4)]
    ask(tmp_path, Model(), calls, name="one")
    other = Model(lambda call, attempt: Reply("no"))
    came, counts, totals = ask(tmp_path, other, calls, name="two")
    assert {reply.text for reply in came} == {"yes"}
    assert (other.asked.total(), counts.reused, totals.reused, totals.attempts) == (0, 4, 4, 0)
    came, counts, _ = ask(tmp_path, other, calls, name="two")  # it has them now, whatever becomes of the first
    assert (other.opened, counts.stored) == (0, 4)


def test_two_calls_that_send_the_same_need_one_reply_and_with_a_temperature_two(tmp_path):
    calls = [a_call("same", "code_mf", episode, None) for episode in range(6)]
    model = Model()
    came, counts, _ = ask(tmp_path, model, calls)
    assert ({reply.text for reply in came}, model.asked.total()) == ({"yes"}, 1)
    assert (counts.asked, counts.reused) == (1, 5)
    warm = Model(temperature=1.0)
    _, counts, _ = ask(tmp_path, warm, calls, name="warm")
    assert (warm.asked.total(), counts.asked) == (6, 6)
    _, counts, _ = ask(tmp_path, warm, calls, name="again")
    assert (warm.asked.total(), counts.reused) == (6, 6)


@pytest.mark.parametrize("state", ["null", "filtered"])
def test_what_was_withheld_or_empty_is_asked_again_by_another_run(tmp_path, state):
    model = Model(lambda call, attempt: Reply("", state))
    ask(tmp_path, model, [a_call()], name="one")
    ask(tmp_path, model, [a_call()], name="two")
    assert model.asked.total() == 2


def test_offline_a_miss_is_an_error_and_a_hit_is_none(tmp_path):
    model = Model()
    ask(tmp_path, model, [a_call("known")], name="one")
    came, _, _ = ask(
        tmp_path, model, [a_call("known"), a_call("new", query=1)], RequestOptions(offline=True), name="two"
    )
    assert came[0].text == "yes"
    assert isinstance(came[1], UsageError)
    assert (model.opened, model.asked.total()) == (1, 1)  # by the first run


def test_stopping_keeps_what_is_under_way_and_begins_nothing(tmp_path):
    async def go():
        model = Model()
        with open_folder(tmp_path, "run", {}, "d") as folder:
            engine = Engine(model, folder.log, Counts(4), RequestOptions(concurrency=2))
            tasks = [asyncio.create_task(engine.answer(a_call(str(n), query=n))) for n in range(4)]
            while engine.rate_limit.in_flight < 2:
                await asyncio.sleep(0)
            engine.rate_limit.stop()
            came = await asyncio.gather(*tasks, return_exceptions=True)
        return [type(one) for one in came], folder

    kinds, _ = asyncio.run(go())
    assert sorted(kind.__name__ for kind in kinds) == ["Reply", "Reply", "Stopping", "Stopping"]
    assert Stopping in kinds
    with contextlib.closing(ReplyCache(tmp_path)), open_folder(tmp_path, "run", {}, "d") as folder:
        assert folder.log.answered == 2
