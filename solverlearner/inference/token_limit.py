"""Token limit: which `max_tokens` fits a model. The thoughts of a reasoning model count against the limit."""

import re
from collections.abc import Mapping
from typing import Any

REASONING_LIMIT = 16_384
"""Tokens that fit a reasoning model: enough for its thoughts and the answer after them."""

_ENOUGH = 4_096
"""From this limit on there is no warning: many reasoning models are done by then."""

_RAISED = 4

# Beginnings of models' names, as providers write them, behind any name of a provider.
_REASONING = re.compile(
    r"""(?:^|[/:\s])(?:o[134](?![a-z0-9.])|gpt-5|gpt-oss|codex-mini|qwq|qwen3(?![a-z])|magistral|grok-(?:3-mini|[4-9])
    |gemini-(?:2\.5|[3-9])|glm-(?:4\.[5-9]|[5-9]|z1)|minimax-m\d|deepseek-(?:r\d|reasoner)|openthinker|seed-oss|ernie-x1)
    |(?:^|[/:\s_.-])(?:r1|thinking|thinker|reasoning|reasoner|reason|think|o1)(?=$|[/:\s_.-])""",
    re.VERBOSE,
)
_PLAIN = re.compile(
    r"(?:^|[/:\s_.-])(?:non-?(?:reasoning|thinking)|no-?think(?:ing)?|instruct|chat|coder)(?=$|[/:\s_.-])"
)
_OFF = {"none", "minimal", "off", "disable", "disabled"}


def reasons(name: str, options: Mapping[str, Any]) -> bool:
    """Whether a model thinks before it answers, by its name and the options of its requests.

    `reasoning_effort` decides where it is set; `extra` may switch thinking off too, as vLLM and Qwen's servers have it.
    A name alone is a guess.

    >>> reasons("openai/o3-mini", {}), reasons("gpt-4o", {}), reasons("gpt-5.1", {"reasoning_effort": "none"})
    (True, False, False)
    """
    effort = options.get("reasoning_effort")
    if effort is not None:
        return str(effort).lower() not in _OFF
    if re.search(r"think\w*['\"]?: *(?:False|false|\{[^}]*(?:disabled|budget\w*['\"]: *0))", str(options.get("extra"))):
        return False
    bare = name.lower()
    return bool(_REASONING.search(bare)) and not _PLAIN.search(bare)


def fitting_limit(limit: int, *, reasoning: bool) -> int:
    """A `max_tokens` to try after replies were cut at this one: four times as much, and enough for thoughts.

    >>> fitting_limit(160, reasoning=False), fitting_limit(1024, reasoning=True)
    (640, 16384)
    """
    return max(_RAISED * limit, REASONING_LIMIT * reasoning)


def limit_warning(name: str, limit: int, options: Mapping[str, Any]) -> str | None:
    """A line for a reasoning model whose limit leaves little room for an answer, to be told before a run begins."""
    if limit >= _ENOUGH or not reasons(name, options):
        return None
    effort = options.get("reasoning_effort")
    why = f"reasoning_effort={effort} is set" if effort is not None else f"{name} is a reasoning model by its name"
    return (
        f"max_tokens={limit}: {why}. Its thoughts count as tokens of the completion, so replies may end before their "
        f"answer and count as wrong. max_tokens={fitting_limit(limit, reasoning=True)} leaves room."
    )
