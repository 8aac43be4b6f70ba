"""Our own list of common English words, 3 to 10 letters, lower case, no name of a person: `words.txt`, one a line."""

from functools import cache
from importlib.resources import files

__all__ = ["LONGEST", "SHORTEST", "unsorted_words", "words"]

SHORTEST, LONGEST = 3, 10


@cache
def words() -> tuple[str, ...]:
    """The whole list in alphabetical order, read when it is first asked for.

    Add or remove a word and every seed draws other items from then on: that is a change of version.
    """
    return tuple(files("solverlearner.tasks").joinpath("words.txt").read_text("ascii").split())


@cache
def unsorted_words(shortest: int, longest: int) -> tuple[str, ...]:
    """The words of so many letters that are not in alphabetical order.

    One whose letters are ("almost") would be its own cipher text under sorted. It is left out under every cipher, so
    that all of them draw the same words and copying is right under none.
    """
    return tuple(word for word in words() if shortest <= len(word) <= longest and "".join(sorted(word)) != word)
