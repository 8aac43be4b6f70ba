"""Thought: what a reasoning model wrote before its answer, between marks such as <think> and </think>."""

import re

# The marks of chat templates and of models that were asked to think aloud. Any end closes any beginning.
_NAMES = "think|thinking|thought|seed:think"
_MARK = re.compile(
    rf"(?P<begin><(?:{_NAMES})>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|channel\|>analysis<\|message\|>)"
    rf"|</(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|channel\|>final<\|message\|>",
    re.IGNORECASE,
)


def split_thought(text: str) -> tuple[str, str]:
    """The answer and the thought of a reply; a reply without marks is its own answer.

    A thought begins at the beginning of a line or right before its end, so that a mark that a sentence names begins
    none. One that is never closed goes to the end of the reply, which then has no answer behind it. Where an end comes
    without a beginning, which the chat template may have written, all before it is thought.

    >>> split_thought("<think>57+48</think>So it is 116.")
    ('So it is 116.', '57+48')
    >>> split_thought("<thinking>57+48 is")
    ('', '57+48 is')
    """
    pieces: list[tuple[bool, str]] = []  # whether it is thought, and the text
    place, inside, named = 0, False, False
    for mark in _MARK.finditer(text):
        alone = _stands_alone(text, mark)
        if mark["begin"]:
            if inside or not (alone or pieces):
                named = named or not inside
                continue
        elif not inside:
            if named or (pieces and not alone):
                named = False
                continue
            pieces = [(True, piece) for _, piece in pieces]
        pieces.append((inside or not mark["begin"], text[place : mark.start()]))
        place, inside = mark.end(), bool(mark["begin"])
    if not pieces:
        return text, ""
    pieces.append((inside, text[place:]))
    said = "".join(piece for thought, piece in pieces if not thought)
    return said.lstrip(), "\n".join(filter(None, (piece.strip() for thought, piece in pieces if thought)))


def _stands_alone(text: str, mark: re.Match[str]) -> bool:
    """Whether nothing but blanks is before the mark in its line, or behind it; looks at 100 characters."""
    before = text[max(0, mark.start() - 100) : mark.start()].rpartition("\n")[2]
    behind, newline, _ = text[mark.end() : mark.end() + 100].partition("\n")
    return not before.strip() or bool(newline and not behind.strip())
