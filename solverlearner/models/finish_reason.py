"""Finish reason: why an endpoint says that a reply ended, in one table for all endpoints and gateways.

The words are those that OpenAI, Azure, vLLM, SGLang, TGI, llama.cpp, Ollama, OpenRouter, LiteLLM, DeepSeek, Mistral,
Zhipu, Cohere, watsonx, Bedrock, and gateways to Gemini and Anthropic send. Case and separators do not matter:
`MAX_TOKENS`, `maxTokens`, `max-tokens` and `FinishReason.MAX_TOKENS` are one word.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

Ending = Literal["complete", "truncated", "filtered", "failed"]
"""`truncated`: at a limit of tokens. `filtered`: withheld. `failed`: the provider broke the reply off."""

_WORDS: dict[Ending, str] = {
    "complete": """
        stop stop_sequence stop_sequences stop_token stop_word stop_words stop_str stop_string stop_criteria stopped
        end end_turn end_of_turn end_of_text end_of_sequence end_of_stream endoftext eos eos_token eot eog eog_token
        complete completed completion done finish finished success succeeded ok normal natural natural_stop message_stop
        tool_call tool_calls tool_use function_call function_calls
    """,
    "truncated": """
        length max_length max_len length_limit length_capped length_exceeded max_length_exceeded
        max_token max_tokens max_tokens_reached max_new_tokens max_output_tokens max_completion_tokens max_output
        max_gen_tokens max_generated_tokens output_limit output_token_limit output_length limit limit_reached
        token_limit tokens_limit token_limit_reached token_budget truncated truncation cutoff cut_off
        model_length model_max_length max_model_len context context_length context_length_exceeded context_limit
        context_window context_window_exceeded context_full model_context_window_exceeded max_context
        max_context_length max_sequence_length sequence_length error_limit max_tokens_exceeded tokens_exceeded
        repetition repetition_detected
    """,
    "filtered": """
        content_filter content_filtered content_filtering content_blocked content_moderation content_policy
        content_policy_violation contentfilter filter filtered blocked blocklist block moderation moderated safety
        image_safety recitation language prohibited_content prohibited spii refusal refused guardrail guardrails
        guardrail_intervened guardrail_triggered error_toxic toxic sensitive sensitive_content model_armor jailbreak
        policy_violation responsible_ai risk_control
    """,
    "failed": """
        abort aborted cancel cancelled canceled cancellation user_cancel client_cancelled client_disconnect
        client_disconnected disconnect disconnected connection_error connection_closed network_error network
        error errored exception fault failed failure fatal_error server_error internal_error internal_server_error
        api_error upstream_error provider_error engine_error engine_dead model_error inference_error runtime_error
        backend_error system_error unknown_error worker_died
        insufficient_system_resource insufficient_system_resources insufficient_resources resource_exhausted
        resources_exhausted out_of_memory oom no_resources capacity overloaded overload engine_overloaded busy
        rate_limit rate_limited rate_limit_exceeded too_many_requests throttled
        timeout time_out timed_out deadline_exceeded time_limit max_time not_finished unfinished
        interrupt interrupted interruption preempted preemption evicted killed terminated shutdown shutting_down restart
        unavailable service_unavailable rejected load unload
        malformed_function_call malformed_tool_call malformed_tool_use malformed_response malformed_model_output
        missing_thought_signature
    """,
}
_MISSING = {"null", "none", "finishreasonunspecified", "unspecified"}


def _key(word: str) -> str:
    key = re.sub(r"[\W_]", "", word.lower())
    return key if key in _MISSING else key.removeprefix("finishreason").removeprefix("stopreason")


_TABLE: Mapping[str, Ending] = {_key(word): ending for ending, words in _WORDS.items() for word in words.split()}


def ending_of(choice: Mapping[str, Any]) -> tuple[Ending | None, str]:
    """How the reply in a choice ended, and the endpoint's own word for it; None for a word that is not in the table.

    A choice without a reason counts as complete: some servers never send one. Gateways translate the reasons of those
    behind them and turn unknown ones into `stop`; OpenRouter and LiteLLM keep the original word beside it, which
    decides where it tells more.

    >>> ending_of({"finish_reason": "MAX_TOKENS"})
    ('truncated', 'max_tokens')
    >>> ending_of({"finish_reason": "stop", "native_finish_reason": "insufficient_system_resource"})
    ('failed', 'insufficient_system_resource')
    >>> ending_of({"finish_reason": "bored"})
    (None, 'bored')
    """
    ending, word = _ending(choice.get("finish_reason"))
    if ending == "complete":
        provider = choice.get("provider_specific_fields")
        natives = (
            choice.get("native_finish_reason"),
            provider.get("native_finish_reason") if isinstance(provider, Mapping) else None,
        )
        for native in natives:
            found = _ending(native)
            if found[0] not in ("complete", None):
                return found
    return ending, word


def _ending(reason: Any) -> tuple[Ending | None, str]:
    if isinstance(reason, Mapping):  # SGLang's own routes say {"type": "abort", "message": …}
        reason = reason.get("type")
    if reason is None:
        return "complete", ""
    text = reason if isinstance(reason, str) else repr(reason)
    key = _key(text)
    if key in _MISSING or not text.strip(" "):
        return "complete", ""
    return _TABLE.get(key), _name(text)


def _name(text: str) -> str:
    """The word in small letters with underscores, of at most 40 characters, as it stands in tables."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[\W_]+", "_", snake.lower()).strip("_").removeprefix("finish_reason_")[:40] or "unreadable"
