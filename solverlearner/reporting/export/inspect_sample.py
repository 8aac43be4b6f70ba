"""Sample: a row as Inspect's EvalSample. Imports inspect_ai, the extra `[inspect]`."""

import json
from collections.abc import Mapping
from typing import Any

from inspect_ai.log import EvalError, EvalSample
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    Content,
    ContentReasoning,
    ContentText,
    ModelOutput,
    ModelUsage,
    StopReason,
)
from inspect_ai.scorer import CORRECT, INCORRECT, NOANSWER, Score

from solverlearner.evaluation.row_schema import COLUMNS, Column

SCORER = "solverlearner"
"""The name that our verdicts have among a sample's scores."""

_STOPPED: dict[str, StopReason] = {"ok": "stop", "truncated": "max_tokens", "filtered": "content_filter"}
_MESSAGES = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
# Inspect's samples have places of their own for these columns; all others are metadata.
_ELSEWHERE = {
    "sample", "model", "expected", "value", "correct", "score", "message", "prompt", "reply", "reasoning",
    "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "seconds",
}  # fmt: skip
_METADATA = tuple(column for column in COLUMNS.values() if column.name not in _ELSEWHERE)


def sample_of(row: Mapping[str, Any], name: str) -> EvalSample:
    """The row as a sample of that name; our samples of a query are Inspect's epochs.

    Unanswered: an error and no score, so that no metric counts it.
    """
    asked: list[ChatMessage] = [_MESSAGES[each["role"]](content=each["content"]) for each in row["prompt"]]
    sample = EvalSample(
        id=name, epoch=row["sample"] + 1, input=asked, target=as_text(row["expected"]), messages=[*asked]
    )
    sample.metadata = {column.name: _metadata(column, row[column.name]) for column in _METADATA}
    if row["correct"] is None:
        sample.error = EvalError(message=f"unanswered: {row['message']}", traceback="", traceback_ansi="")
        return sample
    sample.output = _output(row)
    sample.messages.append(sample.output.message)
    sample.scores = {SCORER: _score(row)}
    if sample.output.usage:
        sample.model_usage = {row["model"]: sample.output.usage}
    sample.total_time = sample.working_time = row["seconds"]
    return sample


def _metadata(column: Column, value: Any) -> Any:
    """A value of any type and size is text of JSON: a viewer's numbers end at 2**53."""
    return json.dumps(value, ensure_ascii=False) if column.kind == "json" else value


def as_text(value: Any) -> str:
    """A value for a field that holds text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def usage_of(row: Mapping[str, Any]) -> ModelUsage | None:
    """The tokens of the row's call; None where they are not known. Inspect's input leaves out cached tokens."""
    prompt, completion, cached = row["prompt_tokens"], row["completion_tokens"], row["cached_tokens"]
    if prompt is None or completion is None:
        return None
    return ModelUsage(
        input_tokens=prompt - (cached or 0),
        input_tokens_cache_read=cached,
        output_tokens=completion,
        total_tokens=prompt + completion,
        reasoning_tokens=row["reasoning_tokens"],
    )


def _output(row: Mapping[str, Any]) -> ModelOutput:
    reply, reasoning = row["reply"] or "", row["reasoning"]
    content: str | list[Content] = reply
    if reasoning:
        content = [ContentReasoning(reasoning=reasoning), ContentText(text=reply)]
    message = ChatMessageAssistant(content=content, source="generate", model=row["model"])
    stopped = _STOPPED.get(row["reply_state"], "unknown")
    choice = ChatCompletionChoice(message=message, stop_reason=stopped)
    return ModelOutput(model=row["model"], choices=[choice], usage=usage_of(row), time=row["seconds"])


def _score(row: Mapping[str, Any]) -> Score:
    status = row["status"]
    wrong = NOANSWER if status in ("no_answer", "no_program") else INCORRECT
    partly = 0 < row["score"] < 1
    return Score(
        value=row["score"] if partly else CORRECT if row["correct"] else wrong,
        answer=as_text(row["value"]) if status == "ok" else None,
        explanation=_explanation(row),
        metadata={"status": status, "recited": row["recited"]},
    )


def _explanation(row: Mapping[str, Any]) -> str:
    """Why it failed, in a line; for a right answer that it is right."""
    if row["correct"]:
        return "right"
    if row["status"] == "ok":
        wrong = f"partly right: score {row['score']:.3g}" if row["score"] else "wrong"
        why = f"{wrong}: the default world's answer" if row["recited"] else wrong
    else:
        why = f"{row['status']}: {row['message']}" if row["message"] else row["status"]
    return why if row["reply_state"] == "ok" else f"{why} (reply {row['reply_state']})"
