"""Ciphers: cipher text → plain text, for words from our own list (Cheng et al. 2024: sorted, Caesar, Morse)."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from solverlearner.task import (
    JSON,
    Check,
    Input,
    Item,
    Rule,
    Split,
    Symbols,
    Task,
    Told,
    UsageError,
    bare,
    check_choice,
    check_range,
    pick,
    read_boxed,
    words_in,
)

from .cipher_rules import ITU, UNCHANGED, Code, code
from .cipher_tables import ALPHABET
from .cipher_text import CIPHERS, KEPT, KEYED, cipher_table, hinted, places_of, stated
from .paraphrases import CIPHER
from .words import LONGEST, SHORTEST, unsorted_words

_SYMBOLS = Symbols(((*ALPHABET,),))


@dataclass(frozen=True)
class Cipher(Task):
    """Deciphering; `sorted` alone goes the other way, from the word to its letters in order, as it is many-to-one.

    `keyword` is the keyword, the Vigenère key, or the seed of the hidden table; `shift` is Caesar's. Shots have words
    of up to `letters` letters; so have queries, or, given `query_letters`, words of that many letters and more.
    """

    cipher: str = "caesar"
    shift: int = 5
    keyword: str = "zephyr"
    words: int = 1
    letters: int = LONGEST
    query_letters: int | None = None

    kind: ClassVar[str] = "cipher"
    query_options: ClassVar[tuple[str, ...]] = ("query_letters",)
    name: ClassVar[str] = "cipher"
    role: ClassVar[str] = "a cryptographer"
    signature: ClassVar[str] = "solver(text: str) -> str"

    def __post_init__(self) -> None:
        check_choice("cipher", self.cipher, CIPHERS)
        check_range("shift", self.shift, 0, 25)
        check_range("words", self.words, 1, 20)
        check_range("letters", self.letters, SHORTEST, LONGEST)
        if self.query_letters is not None:
            check_range("query_letters", self.query_letters, SHORTEST, LONGEST)
        if not re.fullmatch("[a-z]{1,20}", str(self.keyword)):
            raise UsageError(f"key={self.keyword}", "must be one word of 1 to 20 letters a-z in lower case")

    @property
    def variant(self) -> str:
        """ "caesar-5", "vigenere-zephyr", "morse"; other texts than single words of any length are named too."""
        parts: list[str | int] = [self.cipher]
        parts += [self.shift] if self.cipher == "caesar" else []
        parts += [self.keyword] if self.cipher in KEYED else []
        parts += ["words", self.words] if self.words != 1 else []
        parts += ["letters", self.letters] if self.letters != LONGEST else []
        parts += ["query", self.query_letters] if self.query_letters else []
        return "-".join(map(str, parts))

    @property
    def symbols(self) -> Symbols:
        """The letters, of both texts."""
        return _SYMBOLS

    @property
    def rule(self) -> Rule:
        """Cipher text → plain text; for sorted, word → letters in order."""
        return self._code.rule

    @property
    def default_world(self) -> Rule:
        """The text unchanged; for Morse and its permuted table, ITU's table."""
        return ITU if self.cipher in ("morse", "permuted_morse") else UNCHANGED

    def family(self) -> Sequence[Rule]:
        """The simple rules, and after them this one where it is not simple.

        All that a learner could take for sorted, Caesar, Atbash and Morse is listed, so the number that fits is the
        ambiguity. Of the keyed ciphers only the true key is: there the number only says that no simple rule fits, and
        what the shots leave open is `uncovered`.
        """
        code = self._code
        if code.rule in code.rivals:
            return code.rivals
        probe = (code.encrypt(ALPHABET),)  # a key can make a simple rule: keyword "abc" changes nothing
        return [rule for rule in code.rivals if rule.apply(probe) != ALPHABET] + [code.rule]

    def uncovered(self, shots: Sequence[Item]) -> str | None:
        """The letters a to z whose code no shot shows, in order; None for sorted, Caesar and Atbash, which have none.

        For Vigenère the letters of the key that no shot is long enough to use. A corrupted shot shows nothing. One
        letter left of a permuted alphabet follows from the others; one left of Morse is recalled, not induced.
        """
        if self.cipher not in KEYED and self.cipher != "morse":
            return None
        plain = [str(shot.expected) for shot in shots if shot.expected == self.rule.apply(shot.input)]
        if self.cipher == "vigenere":
            return self.keyword[max((sum(map(str.isalpha, text)) for text in plain), default=0) :]
        return "".join(sorted(set(ALPHABET).difference(*plain)))

    def draw(self, rng: Random, split: Split) -> Input:
        """Words from the list, enciphered: the same words under every cipher for the same generator."""
        return (self._code.encrypt(self._plain(rng, split)),)

    def _plain(self, rng: Random, split: Split) -> str:
        if split == "queries" and self.query_letters:
            pool = unsorted_words(self.query_letters, LONGEST)
        else:
            pool = unsorted_words(SHORTEST, self.letters)
        return " ".join([pick(rng, pool) for _ in range(self.words)])

    def key(self, x: Input) -> Hashable:
        """The letters of each word in order: a word and its anagram have one output under sorted, so are one item."""
        return " ".join(["".join(sorted(word)) for word in str(self.rule.apply(x)).split(" ")])

    def framing(self, told: Told) -> str:
        """The rule in full, or the least, the domain, or the kind of cipher."""
        order = self._letters_in_order
        if told == "rule":
            return stated(self.cipher, self.shift, self.keyword, self.signs(ALPHABET)) + order
        if told == "none":
            order = self.signs.in_order("The letters of both, in order, are", ALPHABET)
            return f"A hidden rule turns one text into another.{order}"
        unknown = f"You are asked to {self._verb}. The cipher is unknown, but the same for all texts.{order}"
        return f"{unknown} {hinted(self.cipher)}" if told == "strong" else unknown

    def paraphrases(self, told: Told) -> Sequence[str]:
        """Of Caesar's rule and of the domain; with other signs none."""
        known = CIPHER["domain"] if told == "domain" else CIPHER.get(self.cipher, ()) if told == "rule" else ()
        facts = {"task": self._verb, "shift": self.shift, "places": places_of(self.shift)}
        kept = KEPT if told == "rule" else ""
        return [text.format(**facts) + kept for text in known] if self.signs.usual else ()

    def rule_domain(self) -> str:
        """The direction, without the cipher."""
        return f"You are asked to {self._verb}.{self._letters_in_order}"

    @property
    def _letters_in_order(self) -> str:
        return self.signs.in_order("The alphabet is, in order,", ALPHABET)

    def rule_table(self) -> str:
        """The plain letter of each letter or code; for sorted the place of each letter."""
        return cipher_table(self.cipher, self.keyword, self._code, self.signs)

    def alone(self) -> str:
        """Nothing: the question stands for itself."""
        return ""

    def meaning(self, value: JSON) -> str:
        """The text as `equal` compares it."""
        return str(value).strip().lower()

    def show(self, x: Input, told: Told) -> str:
        """The bare text."""
        return str(x[0])

    def question(self, x: Input, told: Told) -> str:
        """The text in quotation marks: in Morse code a full stop or question mark would be part of it."""
        if told == "none":
            return f'What is the output for "{x[0]}"?'
        return f'What is the {self._output} of "{x[0]}"?'

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """The text in quotation marks."""
        return f'Of which {self._input} is "{y}" the {self._output}?'

    def read(self, text: str) -> JSON:
        """The boxed text without quotation marks; a word spelled out letter by letter is put together again."""
        parts = (read_boxed(text, words_in) or "").split()
        return self.signs.back(("" if all(len(part) == 1 for part in parts) else " ").join(parts)) or None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        if told == "none":
            return "text is the input as a string; the function returns the output as a string."
        return f"text is the {self._input} as a string; the function returns the {self._output} as a string."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Case does not matter, nor do blanks, quotation marks and stops around the text: Morse knows none of them."""
        return isinstance(value, str) and bare(value).lower() == bare(str(expected)).lower()

    def checks(self, rng: Random) -> Sequence[Check]:
        """One letter, as it is under the stated rule."""
        question, letter = self._one_letter(rng)
        return [Check(question, self.answer_format, letter, self.reply, self.read, self.equal)]

    def _one_letter(self, rng: Random) -> tuple[str, str]:
        if self._enciphers:
            word = pick(rng, unsorted_words(SHORTEST, self.letters))
            return f'What is the first letter of the cipher text of "{self.signs(word)}"?', min(word)
        letter = pick(rng, ALPHABET)
        if self.cipher != "vigenere":
            return f'Which letter does "{self.signs(self._code.encrypt(letter))}" stand for?', letter
        before = int(rng.random() * len(self.keyword))
        cipher = self.signs(self._code.encrypt("a" * before + letter)[-1])
        return f'Which letter does "{cipher}" stand for as letter number {before + 1} of a text?', letter

    @property
    def _code(self) -> Code:
        return code(self.cipher, self.shift, self.keyword)

    @property
    def _enciphers(self) -> bool:
        return self.cipher == "sorted"

    @property
    def _verb(self) -> str:
        return "put texts into a cipher" if self._enciphers else "decipher texts"

    @property
    def _input(self) -> str:
        return "plain text" if self._enciphers else "cipher text"

    @property
    def _output(self) -> str:
        return "cipher text" if self._enciphers else "plain text"
