"""The word list: its size, its letters, and what must not stand in it."""

import re
from collections import Counter
from string import ascii_lowercase

import pytest

from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.words import LONGEST, SHORTEST, words

# Given names that are common in English-speaking countries, those that are also words among them.
NAMES = """
aaron abigail adam alan albert alexander alice amanda amber amy andrea andrew angel angela ann anna anthony april art
ashley aubrey audrey august aurora austin autumn ava bella benjamin beth betty bill bob brandon brandy brian brook
bruce bud candy carl carol catherine chad charity charles charlotte chase cherry chloe christian christine chuck clay
cliff constance cooper crystal daisy dale daniel david dawn dean deborah dennis diana don donald dorothy douglas drew
duke earl edward eleanor elizabeth ella emily emma eric ernest ethan eve faith felicity fern florence frances frank
fred gary gene george ginger glen gloria grace grant greg hannah harmony harold harper harriet harry hazel heath
heather helen henry herb holly hope howard hunter ian iris isaac isabella ivy jack jacob jade james jane janet jasmine
jason jay jean jeff jennifer jenny jeremy jerry jesse jessica jewel jim joan joe john jonathan jordan joseph joshua
joy joyce juan judith judy julia june justice justin karen katherine kathleen keith ken kenneth kevin kit kyle lance
larry laura lauren lee leo lily linda lisa logan louis lucas lucy luke lynn madison margaret maria marie mark martha
martin mary mason matthew max may megan melanie melissa melody mercy mia michael michelle mike miles mitch molly nancy
natalie nathan nicholas nick nicole noah noel norm norman olive oliver olivia opal oscar owen pam pamela pat patience
patricia patrick patty paul pearl peg penny perry peter philip pierce poppy prudence rachel ralph randy raymond
rebecca reed rich richard rob robert robin rod roger roman ron ronald rose rosemary roy ruby russell ruth ryan sage
sally sam samantha samuel sandra sandy sarah savannah scarlet scott sean serena sharon shirley sierra skip sophia star
stella stephanie stephen steve steven stew sue summer susan ted teresa terry theodore theresa thomas tiffany tim
timothy tom tony tracy tyler van vera verity victor victoria vincent viola violet virginia walter wanda warren wayne
wendy will william willow zachary zoe
""".split()


def test_list_holds_enough_words_of_3_to_10_lower_case_letters() -> None:
    assert len(words()) >= 2_400
    assert [word for word in words() if not re.fullmatch("[a-z]{3,10}", word)] == []
    assert (min(map(len, words())), max(map(len, words()))) == (SHORTEST, LONGEST)


def test_list_is_sorted_without_duplicates() -> None:
    assert list(words()) == sorted(set(words()))


@pytest.mark.parametrize("length", range(SHORTEST, LONGEST + 1))
def test_every_length_has_words_enough_for_an_episode(length: int) -> None:
    assert Counter(map(len, words()))[length] >= 100


@pytest.mark.parametrize("letter", ascii_lowercase)
def test_every_letter_occurs_in_several_words(letter: str) -> None:
    assert sum(letter in word for word in words()) >= 20


def test_no_word_is_a_persons_name() -> None:
    assert sorted(set(words()) & set(NAMES)) == []


def test_every_word_is_read_back_from_a_reply() -> None:
    # "result" would not be: `\boxed{result}` is what a model writes that copies the format instead of answering.
    task = Cipher()
    assert [word for word in words() if task.read(task.reply(word)) != word] == []
