"""Our own list of common English words, 3 to 10 letters, lower case, no name of a person: `words.txt`, one a line."""

from functools import cache
from importlib.resources import files

__all__ = ["LONGEST", "SHORTEST", "words"]

SHORTEST, LONGEST = 3, 10


@cache
def words() -> tuple[str, ...]:
    """The whole list in alphabetical order, read when it is first asked for.

    Add or remove a word and every seed draws other items from then on: that is a change of version.
    """
    return tuple(files("solverlearner.tasks").joinpath("words.txt").read_text("ascii").split())
