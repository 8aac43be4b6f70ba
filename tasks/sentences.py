"""The sentences of the syntax task: vocabulary, draw, segmentation into three parts, and the labelled line.

The grammar makes the parts readable from the words alone, whatever their order: adjectives stand before their noun,
an adverb before the verb, a prepositional phrase (preposition, "the", place) behind its noun, and no word is of two
classes. So a word continues the part before it exactly when it is a preposition or follows an adjective, an adverb, a
preposition or "the". No word is capitalised for standing first, which would tell its place.
"""

import re
from collections.abc import Sequence
from functools import cache
from random import Random

from solverlearner.task import JSON, pick, plain_text

PEOPLE = ("John", "Mary", "Bob", "Sue", "Tim", "Tom", "Alice", "Jim", "Anna", "Sophie")
MORE_PEOPLE = ("Emma", "Lucas", "Olivia", "Noah", "Liam", "Ava", "Ethan", "Mia", "Emily", "Jacob")
THINGS = ("apples", "bananas", "cars", "balls", "books", "phones", "shirts", "hats", "shoes", "bags")
THING_VERBS = ("sees", "likes", "hates", "kicks", "finds")
PEOPLE_VERBS = ("sees", "loves", "calls", "knows", "saw")

ADJECTIVES = ("big", "small", "old", "funny", "famous", "strange", "plain", "pretty")
ADVERBS = ("often", "never", "always", "rarely", "gladly", "secretly", "suddenly", "quietly")
PREPOSITIONS = ("from", "near", "behind", "beside")
PLACES = ("garden", "river", "village", "bridge", "market", "station", "forest", "school")
CONTENT = (PEOPLE + MORE_PEOPLE, THINGS, tuple(dict.fromkeys(THING_VERBS + PEOPLE_VERBS)), ADJECTIVES, ADVERBS, PLACES)
"""All words but the function words, by class."""

OPENERS = (*ADJECTIVES, *ADVERBS, *PREPOSITIONS, "the")
"""The words behind which a part goes on."""

CLASSES = (
    ("Adjectives ({words}) belong to the noun after them.", ADJECTIVES),
    ("Adverbs ({words}) belong to the verb after them.", ADVERBS),
    ('Prepositional phrases such as "near the river" (with {words}) belong to the noun before them.', PREPOSITIONS),
)
"""The sentence and the words that each complexity from 1 on adds."""

DEEPEST = len(CLASSES)

Parts = dict[str, str]
"""The three parts of one sentence under "s", "v" and "o"."""


def draw_parts(rng: Random, vocabulary: str, complexity: int) -> Parts:
    """Subject, verb and object, never the same noun twice: "Tom sees Tom" would not show its order.

    Every modifier that the complexity allows is there or not by a coin, so that the place of a word does not tell its
    part; at least one modifier is of the kind that the complexity adds last.
    """
    while True:
        subject, verb, object_ = _heads(rng, vocabulary)
        if subject == object_:
            continue
        with_phrases = complexity >= 3
        subject = _noun(rng, subject, complexity >= 1, with_phrases)
        object_ = _noun(rng, object_, complexity >= 1, with_phrases)
        if complexity >= 2 and rng.random() < 0.5:
            verb = f"{pick(rng, ADVERBS)} {verb}"
        parts = {"s": subject, "v": verb, "o": object_}
        if _reaches(parts, complexity):
            return parts


def _heads(rng: Random, vocabulary: str) -> tuple[str, str, str]:
    if vocabulary == "shared":
        pool = PEOPLE + MORE_PEOPLE
        return pick(rng, pool), pick(rng, THING_VERBS + PEOPLE_VERBS[1:]), pick(rng, pool)
    verbs, objects = pick(rng, ((THING_VERBS, THINGS), (PEOPLE_VERBS, MORE_PEOPLE)))
    return pick(rng, PEOPLE), pick(rng, verbs), pick(rng, objects)


def _noun(rng: Random, noun: str, with_adjective: bool, with_phrase: bool) -> str:
    if with_adjective and rng.random() < 0.5:
        noun = f"{pick(rng, ADJECTIVES)} {noun}"
    if with_phrase and rng.random() < 0.5:
        noun = f"{noun} {pick(rng, PREPOSITIONS)} the {pick(rng, PLACES)}"
    return noun


def _reaches(parts: Parts, complexity: int) -> bool:
    words = " ".join(parts.values()).split()
    return complexity == 0 or any(word in CLASSES[complexity - 1][1] for word in words)


def segment(sentence: str) -> list[str]:
    """The parts of a sentence in the order in which they stand; three for every sentence of the grammar."""
    parts: list[list[str]] = []
    previous = ""
    for word in sentence.split():
        if parts and (previous in OPENERS or word in PREPOSITIONS):
            parts[-1].append(word)
        else:
            parts.append([word])
        previous = word
    return [" ".join(part) for part in parts]


def plain(text: str) -> str:
    """The text for comparing: case, spacing, quotation marks and a final stop do not matter."""
    return " ".join(text.strip(" \t\n\"'.").casefold().split())


_WORDS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")


@cache
def _label(roles: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(roles)})\b[^\w\n:=]*(?:\(\w\)[^\w\n:=]*)?[:=]", re.IGNORECASE)


def read_roles(text: str, names: Sequence[str] = ("subject", "verb", "object")) -> JSON:
    """The words behind the last three labels in a row that are "subject:", "verb:" and "object:" in any order.

    `names`: what the labels are called. One rule reads one line, three lines, bold labels, LaTeX and JSON alike: the
    words of a label are the first run of words between it and the next label. None where there are no such three or
    one of them has no words.
    """
    text = plain_text(text)
    labels = list(_label(tuple(names)).finditer(text))
    ends = [label.start() for label in labels[1:]] + [len(text)]
    for first in range(len(labels) - 3, -1, -1):
        roles: dict[str, JSON] = {}
        for label, end in zip(labels[first : first + 3], ends[first : first + 3], strict=True):
            words = _WORDS.search(text, label.end(), end)
            if words:
                roles[label[1].lower()] = words[0]
        if len(roles) == 3:
            return {role: roles[role] for role in names}
    return None
