"""Program: cut the code out of a reply. A missing program is an outcome, never an exception."""

import ast
import re

_DEFINES_SOLVER = re.compile(r"^[ \t]*(?:def[ \t]+solver\b|solver[ \t]*=)", re.MULTILINE)
_LANGUAGES = {"", "python", "py", "python3"}


def cut_program(text: str) -> str | None:
    """The last fenced block of a reply that defines `solver`; the whole reply if it is bare Python that does.

    Fences follow CommonMark, so `~~~`, indented and unterminated ones count. None where no block defines `solver`.
    """
    from markdown_it import MarkdownIt  # here, so that it is imported while replies are waited for

    tokens = MarkdownIt("commonmark").parse(text)
    blocks = [t.content for t in tokens if t.type == "fence" and t.info.strip().lower() in _LANGUAGES]
    programs = [block for block in blocks if _DEFINES_SOLVER.search(block)]
    if programs:
        return programs[-1]
    return text if not blocks and _DEFINES_SOLVER.search(text) and _parses(text) else None


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
