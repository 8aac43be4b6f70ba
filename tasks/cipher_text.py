"""Texts of prompts on ciphers: the whole rule in words, or a hint at its kind without the shift, key or table."""

from collections.abc import Callable

from solverlearner.task import text_table

from .cipher_rules import Code
from .cipher_tables import ALPHABET, MORSE, SIGNS, keyword_alphabet, permuted_morse, replace, shuffled_alphabet

KEPT = " Upper and lower case are kept, and all other characters stay as they are."
"""The end of the rule of each cipher that replaces letters."""
_PARTED_BY = ' The codes of a word are parted by one space, words by " / ". The plain text is in lower case.'
_PARTED = f"{_PARTED_BY} The codes are: "
_READ_CODES = "The table gives the letter or digit that each code of a text stands for."
_READ_LETTERS = "The table gives the letter of the plain text that each letter of the cipher text stands for."
_READ_PLACES = (
    "The table gives the letter of the plain text that each letter of the cipher text stands for, by its place among "
    "the letters of the text: after {places} letters the columns begin again."
)
_READ_ORDER = (
    "The cipher text of a word is its letters in the order of their places in the table, each as often as it stands in "
    "the word. Where there are several words, each is treated so and keeps its place."
)

_STATED = {
    "sorted": (
        "The cipher text of a word is its letters in alphabetical order, each as often as it stands in the word. "
        "Where there are several words, each is treated so and keeps its place."
    ),
    "caesar": (
        "The texts are in a Caesar cipher with a shift of {shift}: each letter of the plain text was moved {places} "
        "forward in the alphabet, where {first} follows {last}. To decipher a text, move each letter {places} back."
        + KEPT
    ),
    "morse": "The texts are in Morse code (ITU)." + _PARTED + "{morse}.",
    "atbash": (
        "The texts are in the Atbash cipher: each letter of the plain text was replaced by the one at the same place "
        "of the alphabet counted from its end, {first} by {last}, {second} by {before}, and so on to {last} by "
        "{first}. To decipher a text, do the same." + KEPT
    ),
    "keyword": (
        'The texts are in a keyword cipher with the keyword "{key}". Its cipher alphabet is the keyword, each letter '
        'once, and then the other letters of the alphabet in order: "{alphabet}". These letters stand for {first} to '
        "{last}, the first for {first}, the second for {second}, and so on." + KEPT
    ),
    "substitution": (
        "The texts are in a substitution cipher, in which each letter stands for another one: {pairs}." + KEPT
    ),
    "vigenere": (
        'The texts are in a Vigenère cipher with the key "{key}": the letters of the plain text were moved forward in '
        "the alphabet, where {first} follows {last}, the first letter by the first letter of the key, the second by "
        "the second, and so on, from the beginning of the key again where it ends. The key's letters move as follows: "
        "{moves}. To decipher a text, move each letter back instead." + KEPT + " They use up no letter of the key."
    ),
    "permuted_morse": (
        "The texts are in a code of dots and dashes in which the codes of the letters are other ones than in Morse "
        "code." + _PARTED + "{permuted}."
    ),
}

_HINTS = {
    "sorted": "The letters of a word are put into another order, by the same rule in all words.",
    "caesar": "Each letter was moved the same number of places in the alphabet, in all texts.",
    "morse": "Each code of dots and dashes stands for one letter, the same in all texts.",
    "atbash": "Each letter stands for one letter, the same in all texts: its place in the alphabet tells which.",
    "keyword": "Each letter stands for one letter, the same in all texts: a keyword tells which.",
    "substitution": "Each letter stands for one letter, the same in all texts.",
    "vigenere": "It is a Vigenère cipher: a key, the same for all texts, tells how far each letter was moved.",
    "permuted_morse": "Each code of dots and dashes stands for one letter, the same in all texts.",
}

CIPHERS = tuple(_STATED)
KEYED = ("keyword", "substitution", "vigenere", "permuted_morse")


def stated(cipher: str, shift: int, key: str, letters: str = ALPHABET) -> str:
    """The whole rule in words, so that a model can apply it without knowing the cipher by name.

    `letters` are written for a to z.
    """

    def written(text: str) -> str:
        return text.translate(str.maketrans(ALPHABET, letters))

    if cipher == "morse" and letters != ALPHABET:  # in which the codes stand for other letters than in ITU's table
        return _STATED["permuted_morse"].format(permuted=_codes(MORSE, letters))
    plain = {letter: replace(letter, shuffled_alphabet(key), ALPHABET) for letter in ALPHABET}
    return _STATED[cipher].format(
        first=letters[0],
        second=letters[1],
        before=letters[-2],
        last=letters[-1],
        shift=shift,
        places=places_of(shift),
        key=written(key),
        alphabet=written(keyword_alphabet(key)),
        pairs=", ".join(f"{written(letter)} for {written(plain[letter])}" for letter in ALPHABET),
        moves=", ".join(f"{written(letter)} by {ALPHABET.index(letter)}" for letter in dict.fromkeys(key)),
        morse=_codes(MORSE, letters),
        permuted=_codes(permuted_morse(key), letters),
    )


def cipher_table(cipher: str, key: str, of: Code, signs: Callable[[str], str] = str) -> str:
    """How to read the table of a cipher, and the table: cipher letters or codes with their plain letters.

    For Vigenère it has a column for each letter of the key, and for sorted the order of the letters. `of` is the
    cipher with its shift and key. `signs` writes the letters.
    """
    if cipher in ("morse", "permuted_morse"):
        rows = [[of.encrypt(sign), signs(sign)] for sign in SIGNS]
        return f"{_READ_CODES}{_PARTED_BY}\n\n{text_table(['code', 'plain text'], rows)}"
    if cipher == "sorted":
        numbered = [[number, signs(letter)] for number, letter in enumerate(ALPHABET, 1)]
        return f"{_READ_ORDER}\n\n{text_table(['place', 'letter'], numbered)}"
    places = len(key) if cipher == "vigenere" else 1
    rows = [[signs(letter), *(signs(_plain(of, letter, place)) for place in range(places))] for letter in ALPHABET]
    if places == 1:
        return f"{_READ_LETTERS}{KEPT}\n\n{text_table(['cipher text', 'plain text'], rows)}"
    header = ["cipher text", *(f"letter {place + 1}" for place in range(places))]
    return f"{_READ_PLACES.format(places=places)}{KEPT} They do not count as letters.\n\n{text_table(header, rows)}"


def _plain(of: Code, letter: str, place: int) -> str:
    """The plain letter of a cipher letter at a place of the key."""
    return str(of.rule.apply(("a" * place + letter,)))[-1]


def places_of(shift: int) -> str:
    """ "1 place", "5 places"."""
    return "1 place" if shift == 1 else f"{shift} places"


def hinted(cipher: str) -> str:
    """The kind of the cipher. Morse and its permuted table get the same words, or the name would give the table."""
    return _HINTS[cipher]


def _codes(codes: tuple[str, ...], letters: str) -> str:
    # In quotation marks, or the comma after a code and the full stop after the last would read as dots of it.
    signs = letters + SIGNS[len(letters) :]
    return ", ".join(f'{sign} "{code}"' for sign, code in zip(signs, codes, strict=True))
