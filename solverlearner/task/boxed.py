r"""Boxed: what stands in the `\boxed{…}` that prompts ask for."""

import re

_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_FOLLOWS = re.compile(r"\s*(?:=|is)\s*\$?\s*([^\s$.,;]+)")
_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|texttt)\{([^{}]*)\}")


def last_boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{…}` of a reply, without LaTeX's text commands; None where there is none.

    A model that copies the format literally and goes on, `\boxed{result} = 90`, has answered 90.
    """
    found = list(_BOXED.finditer(text))
    if not found:
        return None
    match = found[-1]
    inside = _TEXT.sub(r"\1", match[1]).strip()
    if inside == "result":
        follows = _FOLLOWS.match(text, match.end())
        return follows[1] if follows else None
    return inside or None
