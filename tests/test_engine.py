import asyncio
import contextlib
from collections import Counter

import pytest
from calls import a_call

from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.inference import circuit_breaker
from solverlearner.inference import engine as engine_module
from solverlearner.inference.circuit_breaker import CircuitBreaker
from solverlearner.inference.engine import Engine
from solverlearner.inference.rate_limit import Stopping
from solverlearner.inference.reply_cache import ReplyCache
from solverlearner.inference.request_options import Counts, RequestOptions
from solverlearner.models.base import ProviderError, Reply, Request


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(engine_module, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(circuit_breaker, "_FIRST_PAUSE_S", 0.001)


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


def one_fails(**error):
    """An answer to every call but one: query 0 fails each time, in its own words or always the same."""

    def answer(call, attempt):
        if call.query == 0:
            raise ProviderError(f"{error.get('status', 'reset')}: cannot decode this prompt", retry=True, **error)
        return Reply("fine")

    return answer


@pytest.mark.parametrize("error", [{"status": 500}, {"status": 503}, {"status": 429}, {}, {"unreachable": True}])
@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_a_call_that_fails_alone_is_given_up_after_its_attempts(tmp_path, error, concurrency):
    calls = [a_call("b"), *(a_call(str(n), query=n % 8, episode=n // 8) for n in range(1, 24) if n % 8)]
    asking = RequestOptions(concurrency=concurrency, attempts=4, retry_s=5)
    came, counts, totals = ask(tmp_path, Model(one_fails(**error)), calls, asking)
    assert [type(one) for one in came] == [ProviderError] + [Reply] * (len(calls) - 1)
    assert (counts.unanswered, totals.failed) == (1, 4)


def test_the_last_call_alone_is_given_up_after_its_attempts_where_its_prompt_may_be_the_reason(tmp_path):
    calls = [a_call("a", query=1), a_call("b")]
    came, _, totals = ask(
        tmp_path, Model(one_fails(status=500)), calls, RequestOptions(concurrency=1, attempts=3, retry_s=5)
    )
    assert [type(one) for one in came] == [Reply, ProviderError]
    assert totals.failed == 3


def test_no_longer_than_the_seconds_that_are_given(tmp_path):
    _, counts, totals = ask(tmp_path, Model(failing(99, retry_after=5.0)), [a_call()], RequestOptions(retry_s=0.2))
    assert (totals.attempts, counts.unanswered) == (1, 1)


class Clock:
    """A clock that only moves when something waits, or is asked."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds
        await asyncio.sleep(0)


def outage(tmp_path, calls, fails, down, asking):
    """A run whose endpoint fails from one second of a clock to another; each request takes a tenth of a second."""
    clock = Clock()

    def answer(call, attempt):
        clock.now += 0.1
        if down[0] <= clock.now < down[1]:
            raise ProviderError("away", retry=True, **fails)
        return Reply("fine")

    async def go():
        model = Model(answer)
        with open_folder(tmp_path, "run", {}, "d") as folder:
            engine = Engine(model, folder.log, Counts(len(calls)), asking)
            engine.circuit = CircuitBreaker(asking.retry_s, clock, clock.sleep)
            came = await asyncio.gather(*map(engine.answer, calls), return_exceptions=True)
            return came, engine, model, clock.now

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(circuit_breaker, "_FIRST_PAUSE_S", 0.5)
        return asyncio.run(go())


CALLS = [a_call(str(n), query=n % 8, episode=n // 8) for n in range(40)]
FAULTS = [{"status": 503}, {"status": 502}, {"status": 500}, {"status": 408}, {"status": 200}, {"status": 429},
          {"unreachable": True}, {"unreachable": True, "unknown_host": True}, {}]  # fmt: skip


@pytest.mark.parametrize("fails", FAULTS, ids=str)
@pytest.mark.parametrize("concurrency", [1, 4, 64])
@pytest.mark.parametrize("begins", [0.0, 2.0])
def test_an_outage_ends_no_run_and_loses_no_call(tmp_path, capsys, fails, concurrency, begins):
    lasts = 20 if fails.get("unknown_host") and not begins else 90
    asking = RequestOptions(concurrency=concurrency, attempts=2)
    came, engine, model, end = outage(tmp_path, CALLS, fails, (begins, begins + lasts), asking)
    assert {type(one) for one in came} == {Reply}
    assert sum(model.asked.values()) - len(CALLS) <= min(concurrency, len(CALLS)) + 20 + lasts / 4
    assert end < begins + lasts + 5.5 + 0.1 * len(CALLS)  # one pause and the calls themselves over the outage
    assert engine.circuit.waits_for == ""
    said = capsys.readouterr().err
    assert "waiting for the endpoint since" in said
    assert "s): away; goes on by itself, gives up at" in said
    assert "the endpoint answers again, after" in said


@pytest.mark.parametrize("fails", FAULTS, ids=str)
def test_a_run_ends_when_no_reply_came_for_as_long_as_it_may_wait(tmp_path, fails):
    asking = RequestOptions(concurrency=4, retry_s=60)
    came, engine, model, end = outage(tmp_path, CALLS[:20], fails, (1.0, 1e9), asking)
    assert {type(one) for one in came} == {Reply, ProviderError}
    assert 61 <= end < 70
    later = asyncio.run(_answered(engine, CALLS[30]))
    assert str(later) == "no reply for 60 s (retry_s): away; the same command goes on from there"
    assert sum(model.asked.values()) < 60


async def _answered(engine, call):
    (came,) = await asyncio.gather(engine._ask(call, None), return_exceptions=True)
    assert isinstance(came, RunStopped)
    return came


def test_a_host_that_no_name_server_knows_is_waited_for_half_a_minute(tmp_path):
    fails = {"unreachable": True, "unknown_host": True}
    came, *_, end = outage(tmp_path, CALLS, fails, (0, 1e9), RequestOptions(concurrency=4))
    assert {type(one) for one in came} == {UsageError}
    assert end < 36


def test_a_prompt_that_brings_the_server_down_is_given_up_and_the_rest_goes_on(tmp_path):
    """Each time it is asked, all that is in flight is cut off, and nobody listens for half a minute."""
    clock, state = Clock(), {"up": 0.0, "crashes": 0}

    class Crashing(Model):
        async def ask(self, call):
            self.asked[call.place] += 1
            if clock.now < state["up"]:
                raise ProviderError("refused", retry=True, unreachable=True)
            clock.now += 0.1
            if call is CALLS[17]:
                state["up"], state["crashes"] = clock.now + 30, state["crashes"] + 1
            alive = state["crashes"] - (call is CALLS[17])
            await asyncio.sleep(0.001)
            if alive != state["crashes"]:
                raise ProviderError("reset", retry=True)
            return Reply("fine")

    async def go():
        model, asking = Crashing(), RequestOptions(concurrency=8, attempts=4)
        with open_folder(tmp_path, "run", {}, "d") as folder:
            engine = Engine(model, folder.log, Counts(len(CALLS)), asking)
            engine.circuit = CircuitBreaker(asking.retry_s, clock, clock.sleep)
            return await asyncio.gather(*map(engine.answer, CALLS), return_exceptions=True)

    came = asyncio.run(go())
    assert [index for index, one in enumerate(came) if not isinstance(one, Reply)] == [17]
    assert 4 <= state["crashes"] <= 8  # one that ends an outage tells nothing of the call


def test_stopping_while_the_endpoint_is_waited_for_ends_the_wait(tmp_path):
    async def go():
        def away(call, attempt):
            raise ProviderError("away", retry=True, status=503)

        with open_folder(tmp_path, "run", {}, "d") as folder:
            engine = Engine(Model(away), folder.log, Counts(40), RequestOptions(concurrency=4))
            engine.circuit = CircuitBreaker(600, sleep=lambda seconds: asyncio.Event().wait())  # a pause without end
            tasks = [asyncio.create_task(engine.answer(call)) for call in CALLS]
            while not engine.circuit.is_open:
                await asyncio.sleep(0)
            engine.rate_limit.stop()
            return await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(one) for one in asyncio.run(go())} == {Stopping}


def test_another_4xx_is_not_tried_again_and_leaves_one_call_unanswered(tmp_path):
    def refuse_one(call, attempt):
        if call.query == 1:
            raise ProviderError("400: too long", status=400)
        return Reply("fine")

    came, counts, totals = ask(tmp_path, Model(refuse_one), [a_call(str(n), query=n) for n in range(4)])
    assert [type(one) for one in came] == [Reply, ProviderError, Reply, Reply]
    assert (counts.asked, counts.unanswered, counts.last_error, totals.attempts) == (3, 1, "400: too long", 4)


def test_an_endpoint_that_refuses_every_prompt_is_said_in_its_own_words(tmp_path):
    def refuse(call, attempt):
        raise ProviderError("400: out of order until Monday", status=400)

    came, *_ = ask(tmp_path, Model(refuse), CALLS, RequestOptions(concurrency=2))
    stopped = [one for one in came if isinstance(one, RunStopped)]
    assert "all calls so far failed: 400: out of order until Monday" in str(stopped[0])


@pytest.mark.parametrize("error", [{"permanent": True, "status": 401}, {"unreachable": True, "retry": True}])
def test_a_key_or_an_address_that_is_wrong_is_the_users_to_mend(tmp_path, error):
    def refuse(call, attempt):
        raise ProviderError("no", **error)

    came, *_ = ask(tmp_path, Model(refuse), [a_call()], RequestOptions(retry_s=0.1))
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
