"""Fail on sentences of more than 30 words in README.md, CONTRIBUTING.md and docs/*.md.

    python docs/check_prose.py [FILE …]

Code blocks, tables, headings and HTML comments are skipped. A sentence ends at the latest with its paragraph or list
item. A code span counts as one word, a link as its text.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST = 30
ITEM = re.compile(r"^(?:[-*+]|\d+\.)\s+")
FENCE = re.compile(r"(?:```|~~~)[^`]*$")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
NO_PROSE = ("#", "|", "---", "![", ":::", "<")
# Dots that end no sentence: "et al.", "e.g.", initials, numbers and file names have no space and capital after them.
DOTTED = re.compile(r"\b(al|e\.g|i\.e|cf|vs|etc|Fig|No)\.(?=\s)")
END = re.compile(r"(?<=[.!?])[\"')*_\]”]*\s+")


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Paragraphs and list items, each with the number of its first line."""
    start, held, fenced, indented, above = 0, [], False, False, ""
    for number, line in enumerate(COMMENT.sub("", text).splitlines(), 1):
        bare = line.strip().lstrip("> ")
        fence = bool(FENCE.match(bare))
        indented = line.startswith("    ") and not held and (indented or not above.strip())
        prose = bool(bare) and not (fenced or fence or indented or bare.startswith(NO_PROSE))
        if held and (not prose or ITEM.match(bare)):
            yield start, " ".join(held)
            held = []
        if prose:
            start = start if held else number
            held.append(ITEM.sub("", bare))
        fenced, above = fenced != fence, line
    if held:
        yield start, " ".join(held)


def sentences(block: str) -> Iterator[str]:
    """The sentences of a paragraph, without markup."""
    plain = re.sub(r"(`+).+?\1", "code", block)
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", plain)
    yield from END.split(DOTTED.sub(r"\1", plain))


def words(sentence: str) -> int:
    """How many words it has; signs alone, such as a dash, are none."""
    return sum(any(letter.isalnum() for letter in word) for word in sentence.split())


def main() -> int:
    """Print every sentence that is too long; gives the exit code."""
    named = [Path(name) for name in sys.argv[1:]]
    found = 0
    for path in named or [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for line, block in blocks(path.read_text(encoding="utf-8")):
            for sentence in sentences(block):
                if (count := words(sentence)) > MOST:
                    found += 1
                    print(f"{path}:{line}: {count} words: {sentence}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
