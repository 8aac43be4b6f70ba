"""Files of Wu et al. 2023 (arXiv 2307.02477): a line a question, with the reply behind a tab, both escaped."""

from collections.abc import Iterator
from pathlib import Path

from solverlearner.published.formats import unescaped
from solverlearner.published.published_reply import Unusable

ORIGIN = "https://github.com/ZhaofengWu/counterfactual-evaluation"


def lines_of(source: Path, path: Path) -> Iterator[tuple[str, str, str] | Unusable]:
    """Place, prompt and reply of each line; a line without a reply is unusable."""
    name = path.relative_to(source).as_posix()
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            parts = line.rstrip("\r\n").split("\t")
            if len(parts) < 2 or not parts[0]:
                yield Unusable(f"{name}:{number}", "has no prompt and reply with a tab between them")
            else:
                yield f"{name}:{number}", unescaped(parts[0]), unescaped(parts[1])
