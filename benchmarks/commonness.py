"""Count how often texts name each number base, for solverlearner/analysis/commonness.csv.

    python benchmarks/commonness.py FOLDER …

Counted are "base 9", "base-9" and "radix 9", and names of bases before a word for numerals, as in "octal digits".
"base64" and the like, names of encodings, are not. Sources and documents count, each file once.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_ENDINGS = {".py", ".pyi", ".txt", ".rst", ".md", ".html", ".pm", ".pod", ".c", ".h"}
_NAMES = {
    "binary": 2, "ternary": 3, "quaternary": 4, "quinary": 5, "senary": 6, "septenary": 7, "octal": 8, "nonary": 9,
    "decimal": 10, "undecimal": 11, "duodecimal": 12, "hexadecimal": 16, "hex": 16, "vigesimal": 20,
}  # fmt: skip
_NUMBERED = re.compile(r"\b(?:base|radix)[- ](\d{1,2})\b(?![-.]?\d)", re.IGNORECASE)
_NOUNS = "numbers? numerals? digits? notation representations? integers? literals? places? system"
_NAMED = re.compile(rf"\b({'|'.join(_NAMES)}) (?:{_NOUNS.replace(' ', '|')})\b", re.IGNORECASE)


def bases_in(text: str) -> Iterator[int]:
    """The bases from 2 to 36 that a text names, each as often as it does.

    >>> [*bases_in("base-9, octal digits, base64, base 64, radix 16")]
    [9, 16, 8]
    """
    for found in _NUMBERED.finditer(text):
        if 2 <= int(found[1]) <= 36:
            yield int(found[1])
    yield from (_NAMES[found[1].lower()] for found in _NAMED.finditer(text))


def main(folders: list[str]) -> None:
    """Print a line for each base, and how much text was read."""
    counts: Counter[int] = Counter()
    files = size = 0
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix in _ENDINGS and path.is_file() and not path.is_symlink():
                text = path.read_text(encoding="utf-8", errors="ignore")
                files, size = files + 1, size + len(text)
                counts.update(bases_in(text))
    for base in range(2, 37):
        print(f"arith,base-{base},{counts[base]},python-and-debian")
    print(f"{files:,} files, {size / 1e6:.0f} million characters", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
