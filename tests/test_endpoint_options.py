"""Options of an endpoint: headers, the query of its address, the name of the token limit, and what is kept of them."""

import asyncio
import json
from pathlib import Path

import pytest
from asking import a_call, ask_at, failure
from endpoint import Raw, completion, serve

import solverlearner as sl
from solverlearner.cli.config_errors import usage_line
from solverlearner.errors import RunStopped, UsageError
from solverlearner.inference import circuit_breaker
from solverlearner.models.base_url import masked, masked_in
from solverlearner.models.openai import OpenAIModel
from solverlearner.models.secrets import masked_lines

ANSWER = r"\boxed{12}"
SECRET = "sk-9f8e7d6c5b4a39281706f5e4"


def evaluate(results, url, **options):
    small = {"base": 9, "episodes": 1, "queries": 2, "shots": 2, "settings": ["zero_shot"], "name": "m"}
    return sl.evaluate("arith", "compatible", base_url=url, results=str(results), **small, **options)


def everything_in(folder):
    return "".join(path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*")) if path.is_file())


def runs_in(folder):
    return [path.parent for path in sorted(folder.glob("*/config.json"))]


def test_headers_are_sent_and_credentials_in_them_are_kept_nowhere(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GATE", SECRET)
    headers = {"Api-Key": "$GATE", "X-Route": "Bearer $GATE", "x-trace-token": "pass-me-on", "anthropic-version": "7"}
    with serve(lambda prompt: ANSWER) as endpoint:
        evaluate(tmp_path, endpoint.url, headers=headers)
        sent = endpoint.headers[0]
        endpoint.answer = lambda prompt: Raw(f"who is {SECRET} pass-me-on".encode(), 400)
        with pytest.raises(RunStopped, match=r"who is \*\*\* \*\*\*"):
            evaluate(tmp_path, endpoint.url, headers=headers, seed=1)
    assert (sent["api-key"], sent["x-route"]) == (SECRET, f"Bearer {SECRET}")
    assert (sent["x-trace-token"], sent["anthropic-version"]) == ("pass-me-on", "7")
    assert sent["authorization"] is None  # no placeholder beside a credential
    kept = everything_in(tmp_path) + "".join(capsys.readouterr())
    assert "who is *** ***" in kept
    assert not [secret for secret in (SECRET, "pass-me-on") if secret in kept]
    config = json.loads((runs_in(tmp_path)[0] / "config.json").read_text())
    assert config["headers"] == config["model"]["headers"] == {"anthropic-version": "7"}


def test_credentials_name_no_run_and_all_other_headers_do(tmp_path, monkeypatch):
    monkeypatch.setenv("GATE", SECRET)
    with serve(lambda prompt: ANSWER) as endpoint:
        for headers in (None, {"api-key": "$GATE"}, {"api-key": "other"}, {"x-cluster": "a"}, {"x-cluster": "b"}):
            evaluate(tmp_path, endpoint.url, headers=headers)
        assert len(endpoint.bodies) == 3 * 2
    assert len(runs_in(tmp_path)) == 3


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ("api-key", "headers: must be names and values"),
        ({"a b": "x"}, "headers: 'a b' cannot be the name of a header"),
        ({"Content-Type": "x"}, "headers.Content-Type: is set by the client itself"),
        ({"x": f"{SECRET}\n"}, "headers.x: holds characters"),
        ({"x": [SECRET]}, "headers.x: must be text"),
        ({"x": "$NOT_SET"}, "headers.x: the environment variable NOT_SET is not set"),
    ],
)
def test_headers_that_cannot_be_sent_are_one_line_without_their_values(headers, words):
    with pytest.raises(UsageError) as refused:
        asyncio.run(ask_at("http://127.0.0.1:9/v1", headers=headers))
    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_key_in_a_header_needs_no_other(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serve(lambda prompt: "x") as endpoint:
        options = {"headers": {"api-key": "k-123"}, "key_required": True}
        assert asyncio.run(ask_at(endpoint.url, **options)).text == "x"
    with serve(lambda prompt: "x") as endpoint:
        asyncio.run(ask_at(endpoint.url, headers={"authorization": "Token k-123"}))
        assert endpoint.keys == {"Token k-123"}


def test_the_query_of_an_address_names_the_run_and_the_request(tmp_path):
    with serve(lambda prompt: ANSWER) as endpoint:
        for query in ("?deployment=a", "?deployment=b", "?deployment=b&api-key=1", "?api-key=2&deployment=b", ""):
            evaluate(tmp_path, endpoint.url + query)
        assert len(endpoint.bodies) == 3 * 2
    assert len(runs_in(tmp_path)) == 3
    keys = {OpenAIModel("m", base_url=f"http://h/v1?d={d}").request(a_call()).key for d in "abb"}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://h/v1?deployment=b&a=1&api-version=2024-02-01",
            "https://h/v1?a=1&api-version=2024-02-01&deployment=b",
        ),
        ("https://h/v1?key=x&access_token=y&sig=z&code=1&subscription-key=2", "https://h/v1"),
        ("https://me:pw@h/v1/chat/completions/?x=", "https://h/v1?x="),
        (" https://h/v1 ", "https://h/v1"),
        (f"https://h/v1?x={SECRET}", "https://h/v1?x=hash-0ac6d08cecfed6cb"),
    ],
)
def test_an_address_is_shown_without_credentials(url, shown):
    assert masked(url) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize("tail", ["", "/", "/chat/completions", "/chat/completions/", " "])
def test_a_base_url_may_end_with_the_route(tail):
    with serve(lambda prompt: "x") as endpoint:
        assert asyncio.run(ask_at(endpoint.url + tail)).text == "x"
        assert endpoint.paths == ["/v1/chat/completions"]


REFUSALS = [
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "max_tokens is not supported, please use max_completion_tokens",
    "Unrecognized request argument supplied: max_tokens (did you mean max_completion_tokens?)",
]


@pytest.mark.parametrize("words", REFUSALS)
def test_the_name_of_the_limit_is_found_where_the_endpoint_asks_for_it(tmp_path, capsys, words):
    def picky(prompt):
        if "max_tokens" in endpoint.bodies[-1]:
            return Raw(json.dumps({"error": {"message": words}}).encode(), 400)
        return ANSWER

    with serve(picky) as endpoint:
        evaluate(tmp_path, endpoint.url)
        assert [body.get("max_completion_tokens") for body in endpoint.bodies].count(1024) == 2
        asked = len(endpoint.bodies)
        evaluate(tmp_path, endpoint.url)
        assert len(endpoint.bodies) == asked
        evaluate(tmp_path, endpoint.url, limit_field="max_completion_tokens", seed=1)
        assert not [body for body in endpoint.bodies[asked:] if "max_tokens" in body]
    assert "wants max_completion_tokens in place of max_tokens" in capsys.readouterr().err
    manifests = [json.loads((run / "manifest.json").read_text()) for run in runs_in(tmp_path)]
    assert "max_completion_tokens" in [manifest["model"].get("limit_field") for manifest in manifests]


@pytest.mark.parametrize(
    "words",
    ["max_tokens or max_completion_tokens is too large: 1024 > 512", "use max_completion_tokens instead", "max_tokens"],
)
def test_another_refusal_changes_nothing(words):
    assert failure(lambda prompt: Raw(words.encode(), 400)).status == 400


def test_an_endpoint_that_refuses_both_names_is_asked_with_both_once():
    def both(prompt):
        return Raw(b"max_tokens and max_completion_tokens are not supported", 400)

    with serve(both) as endpoint:
        model = OpenAIModel("m", base_url=endpoint.url, key_required=False, proxied=False)

        async def twice():
            await model.open()
            for _ in range(2):
                with pytest.raises(Exception, match="400"):
                    await model.ask(a_call())
            await model.aclose()

        asyncio.run(twice())
        assert len(endpoint.bodies) == 3


def test_a_limit_field_that_nobody_knows_is_one_line():
    with pytest.raises(UsageError, match="limit_field=n_predict: must be max_tokens or max_completion_tokens"):
        OpenAIModel("m", limit_field="n_predict")


def test_a_printed_configuration_hides_credentials_and_shows_references():
    printed = f"""key_env: OPENAI_API_KEY
max_tokens: 1024
name: Qwen2.5-Coder-1.5B-Instruct-GGUF
headers:
  api-key: {SECRET}
  x-token: $NAME
  x-other: {SECRET}
  x-route: a
model:
  headers:
    x-other: {SECRET}
  name: Qwen2.5-Coder-1.5B-Instruct-GGUF
token: {SECRET}
"""
    assert masked_lines(printed) == printed.replace(SECRET, "***")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1/2 headers={api-key:sk-1,x-b:$NAME}: failed", "1/2 headers={api-key:***,x-b:$NAME}: failed"),
        ("headers.api-key=sk-1: no", "headers.api-key=***: no"),
        ("headers={a: sk-1, 'b': \"sk-2\"}", "headers={a:***, 'b':***}"),
        ("headers={a:sk-1", "headers={a:***}"),
        ("headers='{a:sk,1}' x", "headers='{a:***,***}' x"),
        ("such as headers={api-key:$NAME}", "such as headers={api-key:$NAME}"),
        ("headers.x: must be text, headers=null", "headers.x: must be text, headers=null"),
    ],
)
def test_no_line_shows_the_values_of_headers(text, shown):
    assert masked_in(text) == shown


def test_a_sweep_shows_no_credentials(tmp_path, monkeypatch, capfd):
    from solverlearner.cli.main import main

    monkeypatch.chdir(tmp_path)
    words = ["task=arith", "base=9", "episodes=1", "queries=1", "settings=[zero_shot]", "model=compatible", "name=m"]
    words += ["base_url=http://me:pass-me-on@127.0.0.1:9/v1", "retry_s=0.1", "seed=0,1"]
    assert main(["run", "-m", *words, f"headers={{x-a:{SECRET}}},{{x-a:b}}"]) == 2
    told = "".join(capfd.readouterr())
    assert "headers={x-a:***}" in told
    assert not [secret for secret in (SECRET, "pass-me-on") if secret in told + everything_in(tmp_path)]


def test_an_option_that_is_there_needs_no_plus():
    from hydra.errors import ConfigCompositionException

    error = ConfigCompositionException("Could not append to config. An item is already at 'model.limit_field'.")
    assert usage_line(error) == "+model.limit_field: the option exists already: give model.limit_field=… without +"


@pytest.mark.parametrize("fault", [503, 500, Raw(fault="reset"), Raw(fault="close"), completion("half", "abort")])
def test_a_run_waits_for_an_endpoint_that_fails_for_a_while(tmp_path, monkeypatch, capsys, fault):
    monkeypatch.setattr(circuit_breaker, "_FIRST_PAUSE_S", 0.01)
    with serve(lambda prompt: fault if len(endpoint.bodies) < 12 else ANSWER) as endpoint:
        found = evaluate(tmp_path, endpoint.url, attempts=2)
    assert found.to_pandas().correct.notna().all()
    assert "the endpoint answers again, after" in capsys.readouterr().err


def test_an_unknown_reason_is_counted_under_its_own_name(tmp_path):
    with serve(lambda prompt: completion(ANSWER, "bored")) as endpoint:
        evaluate(tmp_path, endpoint.url)
    summary = json.loads((runs_in(tmp_path)[0] / "summary.json").read_text())
    assert summary["settings"]["zero_shot"]["reply_states"] == {"bored": 2}


def test_headers_and_the_route_hold_on_the_command_line(tmp_path, monkeypatch, capsys):
    from solverlearner.cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATE", SECRET)
    with serve(lambda prompt: ANSWER) as endpoint:
        words = [
            "task=arith",
            "base=9",
            "episodes=1",
            "queries=1",
            "settings=[zero_shot]",
            "model=compatible",
            "name=m",
        ]
        words += [f"base_url={endpoint.url}/chat/completions", "headers={api-key:$GATE,x-b:'${oc.env:GATE}'}"]
        assert main(["run", *words]) == 0
        assert main(["run", *words, "--cfg", "job", "--resolve"]) == 0
        assert {sent["api-key"] for sent in endpoint.headers} == {SECRET}
    assert Path("results").is_dir()
    assert SECRET not in everything_in(tmp_path) + "".join(capsys.readouterr())
