import pytest

from solverlearner.errors import UsageError
from solverlearner.inference.usage import Price, Usage, price_of
from solverlearner.reporting.terminal import cost_line


def reply(at, **fields):
    return {"id": "io/0/0/x", "at": at, "attempt": 1, "state": "ok", **fields}


def totals(*records):
    found = Usage()
    for record in records:
        found.add(record)
    return found


def test_tokens_time_and_failures_add_up_over_sessions():
    found = totals(
        {"session": 100.0},
        reply(101.0, prompt_tokens=10, completion_tokens=4, reasoning_tokens=1, cached_tokens=6, seconds=1.0),
        {"id": "a", "at": 103.0, "attempt": 1, "error": "503: busy", "status": 503},
        {"session": 900.0},
        reply(902.0, prompt_tokens=5, completion_tokens=2, seconds=3.0, state="truncated"),
        reply(902.5, prompt_tokens=7, completion_tokens=7, **{"from": "other"}),
        {"id": "b", "at": 903.0, "attempt": 2, "error": "reset", "status": None},
        reply(902.9),
    )
    record = found.record(Price(2.0, 10.0, 0.5))
    latency = record.pop("latency_s")
    assert record == {
        "attempts": 5, "failed": 2, "reused": 1, "prompt_tokens": 15, "cached_tokens": 6, "completion_tokens": 6,
        "reasoning_tokens": 1, "replies_without_token_counts": 1, "failures": {"503": 1, "no response": 1},
        "wall_s": 6.0, "usd": round((9 * 2.0 + 6 * 0.5 + 6 * 10.0) / 1e6, 6),
    }  # fmt: skip
    assert latency == {"p50": 1.0, "p90": 3.0, "p99": 3.0, "max": 3.0}
    assert found.states == {"ok": 2, "truncated": 1}


def test_replies_of_batches_cost_their_share_and_have_no_latency():
    told = {"prompt_tokens": 100, "completion_tokens": 10, "cached_tokens": 50}
    found = totals({"session": 0.0}, reply(1.0, **told, seconds=2.0), reply(2.0, **told, batch="batch_1"))
    live = Price(2.0, 10.0, 1.0).of(100, 50, 10)
    assert found.money(Price(2.0, 10.0, 1.0, batch=0.5)) == pytest.approx(1.5 * live)
    assert found.money(Price(2.0, 10.0, 1.0)) == pytest.approx(2 * live)
    assert (found.prompt_tokens, found.latency()["max"], len(found.latencies)) == (200, 2.0, 1)


def test_the_cost_in_a_sentence():
    found = totals(
        {"session": 0.0}, *(reply(n, prompt_tokens=1000, completion_tokens=10, seconds=n / 10) for n in range(5))
    )
    assert cost_line(found, Price(1.0, 100.0)) == (
        "Cost: 5 calls, 5,000 + 50 tokens, $0.0100, seconds a reply: median 0.20, 99th percentile 0.40."
    )
    assert "$" not in cost_line(found, None)


def test_prices_are_given_or_the_users_or_ours(tmp_path):
    assert price_of("gpt-4o-mini", None, None, None) == Price(0.15, 0.6, 0.075, batch=0.5)
    assert price_of("unheard-of", None, None, None) is None
    table = tmp_path / "prices.yaml"
    table.write_text("gpt-4o-mini: {in: 1, out: 2}\nmine: {in: 0, out: 0.5, cached_in: 0, batch: 0.25}\n")
    assert price_of("gpt-4o-mini", None, None, str(table)) == Price(1.0, 2.0)
    assert price_of("mine", None, None, str(table)) == Price(0.0, 0.5, 0.0, 0.25)
    assert price_of("mine", 3.0, 4.0, str(table)) == Price(3.0, 4.0)


@pytest.mark.parametrize(
    "content", ["- a", "m: 3", "m: {in: 1}", "m: {in: x, out: 1}", "m: {in: 1, out: 2, old: 3}", "{"]
)
def test_a_table_that_is_none_is_named(tmp_path, content):
    table = tmp_path / "prices.yaml"
    table.write_text(content)
    with pytest.raises(UsageError, match=r"^prices="):
        price_of("m", None, None, str(table))


def test_half_a_price_is_refused():
    with pytest.raises(UsageError, match="must be given together"):
        price_of("m", 1.0, None, None)
    with pytest.raises(UsageError, match="prices=/nowhere"):
        price_of("m", None, None, "/nowhere")
