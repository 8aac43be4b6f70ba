import asyncio
import time

import pytest

from solverlearner.inference.rate_limit import RateLimit, Stopping


def test_no_more_at_once_than_the_limit_and_in_the_order_of_arrival():
    async def go():
        pace, order, most = RateLimit(3), [], 0

        async def one(number):
            nonlocal most
            async with pace.turn(0):
                order.append(number)
                most = max(most, pace.in_flight)
                await asyncio.sleep(0)

        await asyncio.gather(*(one(number) for number in range(20)))
        return order, most, pace.in_flight

    assert asyncio.run(go()) == (list(range(20)), 3, 0)


def test_halved_once_for_the_429s_of_one_wave_and_one_more_after_each_window():
    pace = RateLimit(16)
    wave = time.monotonic()
    for _ in range(16):
        pace.limited(wave)
    assert pace.limit == 8
    pace.limited(time.monotonic())
    assert pace.limit == 4
    for _ in range(4 + 5):
        pace.succeeded()
    assert pace.limit == 6
    for _ in range(10_000):
        pace.succeeded()
    assert pace.limit == 16
    for _ in range(10):
        pace.limited(time.monotonic())
    assert pace.limit == 1


def test_what_the_endpoint_asks_for_holds_for_all_calls():
    async def go():
        pace = RateLimit(4)
        async with pace.turn(0):
            pace.close_for(0.2)
        start = time.monotonic()

        async def one():
            async with pace.turn(0):
                return time.monotonic() - start

        return await asyncio.gather(*(one() for _ in range(6))), pace.closed_s

    waited, closed = asyncio.run(go())
    assert min(waited) >= 0.19
    assert closed == 0


@pytest.mark.parametrize(("limits", "tokens", "last"), [({"rpm": 300}, [1] * 5, 0.78), ({"tpm": 60}, [60, 0.2], 0.18)])
def test_requests_and_tokens_a_minute(limits, tokens, last):
    async def go():
        pace, start = RateLimit(100, **limits), time.monotonic()

        async def one(count):
            async with pace.turn(count):
                return time.monotonic() - start

        # 300 requests a minute: one each 200 ms. 60 tokens a minute: the first 60 at once, then one a second.
        return await asyncio.gather(*map(one, tokens))

    waited = sorted(asyncio.run(go()))
    assert waited[0] < 0.18  # none of the waits that the limits make is shorter
    assert waited[-1] >= last


def test_stopping_lets_nobody_in_and_what_is_in_goes_on():
    async def go():
        pace, ended = RateLimit(1), []

        async def one(number):
            try:
                async with pace.turn(0):
                    await asyncio.sleep(0.02)
                    ended.append(number)
            except Stopping:
                ended.append("stopped")

        async def patient():
            with pytest.raises(Stopping):
                await pace.back_off(60)

        tasks = [asyncio.create_task(one(number)) for number in range(3)] + [asyncio.create_task(patient())]
        await asyncio.sleep(0.005)
        pace.stop()
        await asyncio.gather(*tasks)
        with pytest.raises(Stopping):
            async with pace.turn(0):
                pass
        return ended

    assert sorted(map(str, asyncio.run(go()))) == ["0", "stopped", "stopped"]


def test_a_cancelled_waiter_takes_no_place():
    async def go():
        pace = RateLimit(1)

        async def one():
            async with pace.turn(0):
                await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(one()) for _ in range(10)]
        await asyncio.sleep(0)
        for task in tasks[1:9]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return pace.in_flight

    assert asyncio.run(go()) == 0
