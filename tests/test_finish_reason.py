import pytest
from endpoint import completion

from solverlearner.inference.batch.batch_files import came
from solverlearner.models.base import ProviderError
from solverlearner.models.finish_reason import ending_of

ENDINGS = {
    "complete": "stop STOP end_turn endTurn stop_sequence eos_token COMPLETE tool_calls FinishReason.STOP null",
    "truncated": "length LENGTH max_tokens MAX_TOKENS maxTokens max-tokens FinishReason.MAX_TOKENS max_new_tokens "
    "model_length model_context_window_exceeded token_limit ERROR_LIMIT finish_reason_length",
    "filtered": "content_filter CONTENT_FILTER contentFilter SAFETY RECITATION PROHIBITED_CONTENT refusal sensitive "
    "guardrail_intervened content_filtered ERROR_TOXIC",
    "failed": "abort ABORTED aborted error cancelled canceled insufficient_system_resource network_error timeout "
    "USER_CANCEL rate_limit_exceeded server_error MALFORMED_FUNCTION_CALL load",
}


@pytest.mark.parametrize(
    ("ending", "word"), [(ending, word) for ending, words in ENDINGS.items() for word in words.split()]
)
def test_a_word_of_an_endpoint_has_one_meaning_in_any_case_and_spelling(ending, word):
    for spelled in (word, word.upper(), word.lower(), f" {word} ", word.replace("_", "-"), word.replace("_", "")):
        assert ending_of({"finish_reason": spelled})[0] == ending


@pytest.mark.parametrize(
    ("reason", "name"),
    [("bored", "bored"), ("Pause Turn!", "pause_turn"), ("pauseTurn", "pause_turn"), (7, "7"), ([], "unreadable"),
     ("\u2028", "unreadable"), ("x" * 99, "x" * 40), ({"type": "odd"}, "odd")],
)  # fmt: skip
def test_a_word_that_nobody_knows_keeps_its_name(reason, name):
    assert ending_of({"finish_reason": reason}) == (None, name)


@pytest.mark.parametrize(
    ("choice", "ending"),
    [
        ({}, "complete"),
        ({"finish_reason": None}, "complete"),
        ({"finish_reason": {"type": "abort", "message": "out of memory"}}, "failed"),
        ({"finish_reason": "stop", "native_finish_reason": "MAX_TOKENS"}, "truncated"),
        ({"finish_reason": "stop", "native_finish_reason": "end_turn"}, "complete"),
        ({"finish_reason": "stop", "native_finish_reason": "odd"}, "complete"),
        ({"finish_reason": "length", "native_finish_reason": "odd"}, "truncated"),
        ({"finish_reason": "stop", "provider_specific_fields": {"native_finish_reason": "abort"}}, "failed"),
        ({"finish_reason": "stop", "provider_specific_fields": 3}, "complete"),
    ],
)
def test_what_stands_behind_a_gateway_decides_where_it_tells_more(choice, ending):
    assert ending_of(choice)[0] == ending


@pytest.mark.parametrize(
    ("reason", "state"), [("abort", None), ("MAX_TOKENS", "truncated"), ("SAFETY", "filtered"), ("odd", "odd")]
)
def test_the_lines_of_a_batch_are_read_by_the_same_table(reason, state):
    found = came({"custom_id": "x", "response": {"status_code": 200, "body": completion("half", reason)}})
    assert getattr(found, "state", None) == state
    assert isinstance(found, ProviderError) == (state is None)
