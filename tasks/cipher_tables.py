"""Alphabets and code tables of the ciphers, and the way from plain text to cipher text."""

from collections.abc import Sequence
from functools import cache
from itertools import cycle
from random import Random
from string import ascii_letters, ascii_lowercase, digits

ALPHABET = ascii_lowercase
SIGNS = ALPHABET + digits
_ITU_CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
    "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
MORSE = tuple(_ITU_CODES.split())
"""ITU-R M.1677-1: the code of each of `SIGNS`."""


@cache
def _turned(by: int) -> dict[int, int]:
    turned = ALPHABET[by % 26 :] + ALPHABET[: by % 26]
    return str.maketrans(ALPHABET + ALPHABET.upper(), turned + turned.upper())


def move(text: str, shifts: Sequence[int]) -> str:
    """Each letter a-z, A-Z moved forward by the next of the shifts, which begin again at their end."""
    turns = cycle(shifts)
    return "".join(char.translate(_turned(next(turns))) if char in ascii_letters else char for char in text)


def replace(text: str, old: str, new: str) -> str:
    """Each letter of one alphabet replaced by the letter at its place in the other, case kept."""
    return text.translate(str.maketrans(old + old.upper(), new + new.upper()))


def tap(text: str, codes: Sequence[str]) -> str:
    """A text of letters, digits and spaces in codes for `SIGNS`, parted by one space, words by " / "."""
    table = dict(zip(SIGNS, codes, strict=True))
    return " / ".join(" ".join([table[char] for char in word]) for word in text.lower().split())


def keyword_alphabet(key: str) -> str:
    """The key, each letter once, then the other letters in order."""
    return "".join(dict.fromkeys(key + ALPHABET))


@cache
def _shuffled(key: str) -> tuple[int, ...]:
    """A permutation of 0..25 fixed by the key, in which nothing keeps its place.

    Sattolo's algorithm: one cycle through all places, so no letter stands for itself and copying is never right.
    """
    rng = Random(f"cipher/{key}")
    places = list(range(26))
    for last in range(25, 0, -1):
        other = int(rng.random() * last)
        places[last], places[other] = places[other], places[last]
    return tuple(places)


def shuffled_alphabet(key: str) -> str:
    """The cipher alphabet that the key fixes: its letters stand for a to z, none for itself."""
    return "".join(ALPHABET[place] for place in _shuffled(key))


def permuted_morse(key: str) -> tuple[str, ...]:
    """ITU's codes dealt out to other letters, by the key; the digits keep theirs, as no word has one."""
    return (*(MORSE[place] for place in _shuffled(key)), *MORSE[26:])
