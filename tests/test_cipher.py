"""Ciphers held against codecs, translation tables and a Morse table typed here, not against the task's own tables."""

import codecs
import json
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solverlearner.task import Input, Item, Told, UsageError
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.cipher_rules import code
from solverlearner.tasks.cipher_text import CIPHERS, KEYED

ITU = {
    "a": ".-", "b": "-...", "c": "-.-.", "d": "-..", "e": ".", "f": "..-.", "g": "--.", "h": "....", "i": "..",
    "j": ".---", "k": "-.-", "l": ".-..", "m": "--", "n": "-.", "o": "---", "p": ".--.", "q": "--.-", "r": ".-.",
    "s": "...", "t": "-", "u": "..-", "v": "...-", "w": ".--", "x": "-..-", "y": "-.--", "z": "--..",
    "0": "-----", "1": ".----", "2": "..---", "3": "...--", "4": "....-", "5": ".....", "6": "-....", "7": "--...",
    "8": "---..", "9": "----.",
}  # fmt: skip

VARIANTS = [Cipher(cipher) for cipher in CIPHERS]
MORSE_LIKE = ("morse", "permuted_morse")
TEXTS = st.lists(st.text(ascii_lowercase, min_size=1, max_size=12), min_size=1, max_size=4).map(" ".join)
every_variant = pytest.mark.parametrize("task", VARIANTS, ids=lambda task: task.variant)


def decipher(task: Cipher, text: str) -> object:
    return task.rule.apply((text,))


def draws(task: Cipher, count: int = 200, seed: str = "s", split: str = "shots") -> list[Input]:
    rng = Random(seed)
    return [task.draw(rng, split) for _ in range(count)]  # type: ignore[arg-type]


def run(program: str, text: str) -> object:
    scope: dict[str, object] = {}
    exec(program, scope)
    return scope["solver"](text)  # type: ignore[operator]


# --- each cipher against something that is not ours


@given(st.text())
def test_caesar_13_is_rot13_on_any_text(text: str) -> None:
    assert decipher(Cipher("caesar", shift=13), text) == codecs.decode(text, "rot13")


@pytest.mark.parametrize("shift", range(26))
def test_caesar_moves_back_keeps_case_and_leaves_the_rest(shift: int) -> None:
    moved = ascii_lowercase[shift:] + ascii_lowercase[:shift]
    text = f"{moved} {moved.upper()}! 42 é ſ \u212a"  # long s and the Kelvin sign become s and k when case is changed
    plain = f"{ascii_lowercase} {ascii_uppercase}! 42 é ſ \u212a"
    assert decipher(Cipher("caesar", shift=shift), text) == plain


def test_caesar_3_deciphers_the_text_that_everybody_knows() -> None:
    assert decipher(Cipher("caesar", shift=3), "Khoor, Zruog!") == "Hello, World!"


@given(st.text())
def test_atbash_is_the_mirrored_alphabet(text: str) -> None:
    mirror = str.maketrans(ascii_letters, ascii_lowercase[::-1] + ascii_uppercase[::-1])
    assert decipher(Cipher("atbash"), text) == text.translate(mirror)


def test_keyword_alphabet_is_the_keyword_then_the_rest() -> None:
    task = Cipher("keyword", keyword="letter")
    assert decipher(task, "letrabcdfghijkmnopqsuvwxyz LETR") == "abcdefghijklmnopqrstuvwxyz ABCD"


def test_vigenere_agrees_with_the_textbook_example() -> None:
    assert decipher(Cipher("vigenere", keyword="lemon"), "LXFOPVEFRNHR") == "ATTACKATDAWN"


def test_vigenere_key_goes_on_over_what_is_no_letter() -> None:
    # by hand, key "bd" = 1, 3: a+1 b, the blank, b+3 e, c+1 d, "é", d+3 g (the alphabet has 26 letters: é is none)
    assert decipher(Cipher("vigenere", keyword="bd"), "b edég") == "a bcéd"


@given(TEXTS)
def test_morse_reads_the_itu_table(text: str) -> None:
    taps = " / ".join(" ".join(ITU[char] for char in word) for word in text.split())
    assert decipher(Cipher("morse"), taps) == text
    assert code("morse", 5, "zephyr").encrypt(text.upper()) == taps


def test_morse_has_the_digits_and_no_other_sign() -> None:
    assert decipher(Cipher("morse"), " ".join(ITU[digit] for digit in "0123456789")) == "0123456789"
    assert decipher(Cipher("morse"), "... ..--..") is None


@pytest.mark.parametrize(
    ("word", "letters"), [("spring", "ginprs"), ("banana", "aaabnn"), ("left right", "eflt ghirt")]
)
def test_sorted_puts_the_letters_of_each_word_in_order(word: str, letters: str) -> None:
    assert decipher(Cipher("sorted"), word) == letters


# --- hidden tables


@pytest.mark.parametrize(
    ("keyword", "table"), [("zephyr", "juzerykvscfnoxadtgbihmlpqw"), ("lemon", "ziomdkucvngjqylbfwxshreatp")]
)
def test_hidden_table_is_a_function_of_the_key_alone(keyword: str, table: str) -> None:
    task = Cipher("substitution", keyword=keyword, shift=9, words=3)
    assert decipher(task, ascii_lowercase) == table


@pytest.mark.parametrize("keyword", ["zephyr", "a", "lemon", "table"])
def test_no_letter_stands_for_itself_in_a_hidden_table(keyword: str) -> None:
    letters = str(decipher(Cipher("substitution", keyword=keyword), ascii_lowercase))
    taps = " ".join(ITU[letter] for letter in ascii_lowercase)
    permuted = str(decipher(Cipher("permuted_morse", keyword=keyword), taps))
    for table in (letters, permuted):
        assert sorted(table) == list(ascii_lowercase)
        assert all(cipher != plain for cipher, plain in zip(ascii_lowercase, table, strict=True))


def test_permuted_morse_keeps_the_digits() -> None:
    assert decipher(Cipher("permuted_morse"), f"{ITU['7']} {ITU['0']}") == "70"


# --- properties of every cipher


@pytest.mark.parametrize("cipher", [cipher for cipher in CIPHERS if cipher != "sorted"])
@given(text=TEXTS, shift=st.integers(0, 25), key=st.text(ascii_lowercase, min_size=1, max_size=20))
def test_deciphering_undoes_enciphering(cipher: str, text: str, shift: int, key: str) -> None:
    task = Cipher(cipher, shift=shift, keyword=key)
    assert decipher(task, code(cipher, shift, key).encrypt(text)) == text


@every_variant
@given(text=TEXTS)
def test_programs_of_the_family_do_what_their_rules_do(task: Cipher, text: str) -> None:
    if task.cipher in MORSE_LIKE:
        text = " / ".join(" ".join(ITU[char] for char in word) for word in text.split())
    for rule in (*task.family(), task.default_world):
        expected = rule.apply((text,))
        if expected is None:
            with pytest.raises(KeyError):
                run(rule.program, text)
        else:
            assert run(rule.program, text) == expected, rule.name


@every_variant
def test_reading_a_written_answer_gives_it_back(task: Cipher) -> None:
    for x in draws(task):
        y = task.rule.apply(x)
        assert task.read(f"So the answer is this.\n{task.reply(y)}") == y


@every_variant
def test_items_survive_json(task: Cipher) -> None:
    for x in draws(task):
        y = task.rule.apply(x)
        assert json.loads(json.dumps([*x, y])) == [*x, y]


@every_variant
def test_copying_the_default_world_is_never_right(task: Cipher) -> None:
    right = [x for x in draws(task) if task.default_world.apply(x) == task.rule.apply(x)]
    assert len(right) == (200 if task.cipher == "morse" else 0)  # Morse is its own default world


@every_variant
def test_same_words_are_drawn_under_every_cipher(task: Cipher) -> None:
    plain = [x[0] for x in draws(Cipher("sorted", words=3))]
    several = Cipher(task.cipher, words=3)
    if task.cipher != "sorted":
        assert [several.rule.apply(x) for x in draws(several)] == plain
    assert [several.key(x) for x in draws(several)] == [Cipher("sorted", words=3).key((text,)) for text in plain]


def test_word_and_anagram_are_one_item() -> None:
    task = Cipher("caesar", shift=1)
    assert task.key(("mjtufo",)) == task.key(("tjmfou",))  # listen, silent
    assert task.key(("mjtufo",)) != task.key(("hbsefo",))


@every_variant
def test_longer_query_words_leave_the_shots_as_they_were(task: Cipher) -> None:
    longer = Cipher(task.cipher, letters=5, query_letters=8)
    short = Cipher(task.cipher, letters=5)
    lengths = [len(str(longer.rule.apply(x))) for x in draws(longer, split="queries")]
    assert set(lengths) == {8, 9, 10}
    assert draws(longer) == draws(short) == draws(short, split="queries")
    assert {len(str(short.rule.apply(x))) for x in draws(short)} == {3, 4, 5}


# --- what the shots leave open


def shots(task: Cipher, *plain: str) -> list[Item]:
    encrypt = code(task.cipher, task.shift, task.keyword).encrypt
    return [Item((encrypt(text),), task.rule.apply((encrypt(text),))) for text in plain]


def fitting(task: Cipher, *plain: str) -> list[str]:
    return [r.name for r in task.family() if all(r.apply(s.input) == s.expected for s in shots(task, *plain))]


@pytest.mark.parametrize("cipher", ["morse", "keyword", "substitution", "permuted_morse"])
def test_letters_that_no_shot_shows_are_uncovered(cipher: str) -> None:
    task = Cipher(cipher)
    assert task.uncovered(shots(task, "the quick brown fox", "jumps", "over dog")) == "alyz"
    assert task.uncovered([]) == ascii_lowercase


def test_corrupted_shot_covers_nothing() -> None:
    task = Cipher("morse")
    assert task.uncovered([*shots(task, "abcdefghijklmnopqrstuvw"), Item((". -..-",), "yz")]) == "xyz"


@pytest.mark.parametrize(("longest", "left"), [(3, "hyr"), (5, "r"), (6, ""), (10, "")])
def test_vigenere_leaves_the_key_letters_open_that_no_shot_reaches(longest: int, left: str) -> None:
    task = Cipher("vigenere", keyword="zephyr")
    assert task.uncovered(shots(task, "ab", "abcdefghij"[:longest])) == left


def test_vigenere_counts_letters_over_all_words_of_a_text() -> None:
    task = Cipher("vigenere", keyword="zephyr")
    assert task.uncovered(shots(task, "ab cd e")) == "r"


@pytest.mark.parametrize("cipher", ["sorted", "caesar", "atbash"])
def test_listed_families_have_no_uncovered_letters(cipher: str) -> None:
    assert Cipher(cipher).uncovered([]) is None


@pytest.mark.parametrize("shift", range(26))
def test_one_word_pins_a_caesar_shift(shift: int) -> None:
    task = Cipher("caesar", shift=shift)
    assert len(task.family()) == 28
    assert fitting(task, "word") == ["text unchanged" if shift == 0 else f"shift {shift}"]


def test_sorted_is_open_until_a_word_repeats_a_letter() -> None:
    task = Cipher("sorted")
    assert fitting(task, "spring") == ["alphabetical order", "alphabetical order, each letter once"]
    assert fitting(task, "spring", "banana") == ["alphabetical order"]


def test_morse_words_of_mirrored_codes_leave_the_reading_direction_open() -> None:
    task = Cipher("morse")
    assert fitting(task, "prime") == ["ITU Morse", "codes from the end"]
    assert fitting(task, "prime", "and") == ["ITU Morse"]


@every_variant
def test_family_holds_the_rule_and_the_default_world_once(task: Cipher) -> None:
    family = list(task.family())
    assert family.count(task.rule) == 1
    assert family.count(task.default_world) == 1
    assert len({rule.name for rule in family}) == len(family)
    assert family[0] == task.default_world


@pytest.mark.parametrize(
    ("cipher", "keyword", "gone"),
    [("vigenere", "d", "shift 3"), ("vigenere", "aaa", "text unchanged"), ("keyword", "abc", "text unchanged")],
)
def test_key_that_makes_a_simple_rule_does_not_stand_twice(cipher: str, keyword: str, gone: str) -> None:
    names = [rule.name for rule in Cipher(cipher, keyword=keyword).family()]
    assert gone not in names
    assert len(names) == 28


# --- words


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("told", [told for told in get_args(Told) if told != "rule"])
def test_inductive_words_do_not_change_with_shift_and_key(cipher: str, told: Told) -> None:
    one, other = Cipher(cipher, shift=5, keyword="zephyr"), Cipher(cipher, shift=9, keyword="lemon")
    assert one.framing(told) == other.framing(told)
    assert one.contract(told) == other.contract(told)


@pytest.mark.parametrize("told", ["none", "domain", "strong"])
def test_inductive_words_do_not_tell_morse_from_its_permuted_table(told: Told) -> None:
    assert Cipher("morse").framing(told) == Cipher("permuted_morse").framing(told)


@every_variant
def test_without_a_hint_no_word_gives_the_cipher_away(task: Cipher) -> None:
    x = draws(task, 1)[0]
    text = task.framing("none") + task.contract("none") + task.question(x, "none").replace(str(x[0]), "")
    for word in ("cipher", "plain", "letter", "alphabet", "order", "code", "Morse", "key", "shift"):
        assert word not in text


def test_stated_rule_holds_the_shift() -> None:
    assert "7 places back" in Cipher("caesar", shift=7).framing("rule")
    assert "1 place back" in Cipher("caesar", shift=1).framing("rule")


def test_stated_rule_holds_the_whole_morse_table() -> None:
    assert all(f'{sign} "{taps}"' in Cipher("morse").framing("rule") for sign, taps in ITU.items())


def test_stated_rule_holds_the_whole_hidden_table() -> None:
    letters, taps = Cipher("substitution"), Cipher("permuted_morse")
    for letter in ascii_lowercase:
        assert f"{letter} for {decipher(letters, letter)}" in letters.framing("rule")
        assert f'{decipher(taps, ITU[letter])} "{ITU[letter]}"' in taps.framing("rule")


@pytest.mark.parametrize("cipher", ["keyword", "vigenere"])
def test_stated_rule_holds_the_key(cipher: str) -> None:
    assert '"lemon"' in Cipher(cipher, keyword="lemon").framing("rule")


# --- answers


@pytest.mark.parametrize(
    "reply",
    [
        r"\boxed{hello world}",
        r"First \boxed{jgnnq}, no: \boxed{\text{hello world}}.",
        r"$$\boxed{\texttt{Hello World}}$$",
        r'\boxed{"hello world"}',
        r"\boxed{\text{`hello world'}}",
        r"\boxed{hello\ world}",
        "\\boxed{ HELLO\n WORLD }",
    ],
)
def test_boxed_text_is_read(reply: str) -> None:
    task = Cipher()
    assert task.equal("hello world", task.read(reply))


def test_word_spelled_out_is_put_together() -> None:
    assert Cipher().read(r"\boxed{\text{g i n p r s}}") == "ginprs"


def test_copied_format_with_an_answer_behind_it_is_read() -> None:
    assert Cipher().read(r"\boxed{result} = hello") == "hello"


@pytest.mark.parametrize("reply", ["", "hello", r"\boxed{}", r"\boxed{result}", r"\boxed{''}"])
def test_reply_without_a_boxed_answer_has_none(reply: str) -> None:
    assert Cipher().read(reply) is None


@pytest.mark.parametrize("value", ["hello", "Hello", " HELLO\n"])
def test_case_and_blanks_around_do_not_count(value: str) -> None:
    assert Cipher().equal("hello", value)


@pytest.mark.parametrize("value", ["hallo", "h ello", "", None, 5, ["hello"], True])
def test_other_values_are_wrong(value: object) -> None:
    assert not Cipher().equal("hello", value)  # type: ignore[arg-type]


# --- comprehension check


@every_variant
def test_one_letter_question_has_the_answer_of_the_rule(task: Cipher) -> None:
    rng = Random(0)
    seen = set()
    for _ in range(300):
        (check,) = task.checks(rng)
        question, expected = check.question, check.expected
        cipher = question.split('"')[1]
        seen.add(expected)
        if task.cipher == "sorted":
            assert str(decipher(task, cipher))[0] == expected
        elif task.cipher == "vigenere":
            place = int(question.split("number ")[1].split()[0])
            assert str(decipher(task, "a" * (place - 1) + cipher))[-1] == expected
        else:
            assert decipher(task, cipher) == expected
    assert len(seen) > 10


# --- options and names


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"cipher": "rot13"}, f"cipher=rot13: must be one of {', '.join(CIPHERS)}"),
        ({"shift": 26}, "shift=26: must be between 0 and 25"),
        ({"words": 0}, "words=0: must be between 1 and 20"),
        ({"letters": 11}, "letters=11: must be between 3 and 10"),
        ({"query_letters": 2}, "query_letters=2: must be between 3 and 10"),
        ({"keyword": "r2d2"}, "key=r2d2: must be one word of 1 to 20 letters a-z in lower case"),
        ({"keyword": ""}, "key=: must be one word of 1 to 20 letters a-z in lower case"),
        ({"keyword": 7}, "key=7: must be one word of 1 to 20 letters a-z in lower case"),
    ],
)
def test_wrong_option_is_one_line_that_names_key_and_fix(options: dict[str, object], line: str) -> None:
    with pytest.raises(UsageError) as caught:
        Cipher(**options)  # type: ignore[arg-type]
    assert str(caught.value) == line


def test_variant_names_what_makes_a_difference() -> None:
    assert [task.variant for task in VARIANTS] == [
        "sorted", "caesar-5", "morse", "atbash", "keyword-zephyr", "substitution-zephyr", "vigenere-zephyr",
        "permuted_morse-zephyr",
    ]  # fmt: skip
    assert Cipher("morse", words=2, letters=5, query_letters=8).variant == "morse-words-2-letters-5-query-8"
    assert set(KEYED) < set(CIPHERS)


@every_variant
def test_equal_options_make_equal_tasks(task: Cipher) -> None:
    assert task == Cipher(task.cipher)
    assert draws(task) == draws(Cipher(task.cipher))


@pytest.mark.parametrize(
    ("task", "items"),
    [
        (Cipher("sorted"), ["logical", "rough", "showcase"]),
        (Cipher("caesar"), ["qtlnhfq", "wtzlm", "xmtbhfxj"]),
        (Cipher("morse"), [".-.. --- --. .. -.-. .- .-..", ".-. --- ..- --. ....", "... .... --- .-- -.-. .- ... ."]),
        (Cipher("substitution"), ["wmrtjow", "embru", "iumzjoid"]),
        (Cipher("sorted", words=2, letters=4), ["map say", "slip rank", "cozy huge"]),
    ],
    ids=lambda value: value.variant if isinstance(value, Cipher) else "",
)
def test_first_draws_of_a_seed_stay_what_they_are(task: Cipher, items: list[str]) -> None:
    assert [x[0] for x in draws(task, 3)] == items
