"""Matches of short texts: normal forms, whole words, and ROUGE-L."""

import re
import string
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_WORD = re.compile(r"[a-z0-9]+")


def normal_form(text: str) -> str:
    """Lower case, without punctuation and English articles, blanks single: the form that SQuAD compares.

    Rajpurkar et al. 2016, evaluation script. Hyphens and apostrophes go without a blank. Where nothing would be left,
    articles or punctuation stay.

    >>> normal_form("The Film-Actor.")
    'filmactor'
    """
    lower = text.lower()
    plain = lower.translate(_PUNCTUATION)
    forms = (" ".join(form.split()) for form in (_ARTICLES.sub(" ", plain), plain, lower))
    return next(filter(None, forms), "")


def holds_words(text: str, part: str) -> bool:
    """Whether the words of `part` stand in `text`, next to each other; both are normal forms."""
    return bool(part) and f" {part} " in f" {text} "


def rouge_l(text: str, other: str) -> float:
    """ROUGE-L: the F measure of the longest common subsequence of words (Lin 2004), 0 to 1.

    Words are runs of a–z and 0–9 in lower case, as in the package rouge-score. It also cuts endings off (Porter's
    stemmer), which this does not.

    >>> rouge_l("film actor", "an actor")
    0.5
    """
    one, two = _WORD.findall(text.lower()), _WORD.findall(other.lower())
    common = _longest_common(one, two)
    return 2 * common / (len(one) + len(two)) if common else 0.0


def _longest_common(one: Sequence[str], two: Sequence[str]) -> int:
    before = [0] * (len(two) + 1)
    for word in one:
        now = [0]
        for place, other in enumerate(two):
            now.append(before[place] + 1 if word == other else max(before[place + 1], now[place]))
        before = now
    return before[-1]
