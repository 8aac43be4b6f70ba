"""Texts: draws texts as programs process them: words, lines, paths, addresses, and texts with their constants."""

from collections.abc import Callable
from random import Random

from solverlearner.synth.inputs.chance import below
from solverlearner.synth.inputs.constants import Constants
from solverlearner.synth.inputs.regex_texts import matched
from solverlearner.task import pick

_WORDS = (
    "apple river stone cloud amber delta sigma north winter paper silver garden rocket violet tiger matrix lemon ocean "
    "alpha beta gamma item value name test data index node main user admin page total color size level"
).split()
_SEPARATORS = (" ", " ", "-", "_", ".", ",", "/", ":")
_ENDINGS = ("txt", "py", "tar.gz", "csv", "html", "json", "PNG")
_DOMAINS = ("example.com", "sub.example.org", "localhost", "test.co.uk", "EXAMPLE.net:8080")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(rng: Random, pool: Constants) -> str:
    """A word: lower case, capitalised, in capitals, shortened, or with a number."""
    text = pick(rng, _WORDS)
    chance = rng.random()
    if chance < 0.15:
        return text.capitalize()
    if chance < 0.25:
        return text.upper()
    if chance < 0.35:
        return f"{text}{below(rng, 100)}"
    return text[: 1 + below(rng, 4)] if chance < 0.45 else text


def char(rng: Random, pool: Constants) -> str:
    """One letter, digit or sign."""
    chance = rng.random()
    if chance < 0.3 and pool.signs:
        return pick(rng, pool.signs)
    if chance < 0.45:
        return pick(rng, "0123456789")
    letter = pick(rng, _LETTERS)
    return letter.upper() if chance < 0.6 else letter


def digits(rng: Random, pool: Constants) -> str:
    """One to eight digits."""
    return str(below(rng, 10 ** (1 + below(rng, 8))))


def number(rng: Random, pool: Constants) -> str:
    """A number as text: whole, with decimals, or negative."""
    text = str(below(rng, 10 ** (1 + below(rng, 5))))
    chance = rng.random()
    if chance < 0.3:
        return f"{text}.{below(rng, 100)}"
    return f"-{text}" if chance < 0.45 else text


def ident(rng: Random, pool: Constants) -> str:
    """A name in code: snake_case, camelCase, dotted, private."""
    words = [pick(rng, _WORDS) for _ in range(1 + below(rng, 3))]
    chance = rng.random()
    if chance < 0.35:
        return "_".join(words)
    if chance < 0.6:
        return words[0] + "".join(each.capitalize() for each in words[1:])
    if chance < 0.75:
        return "".join(each.capitalize() for each in words)
    if chance < 0.85:
        return ".".join(words)
    return pick(rng, ("_", "__", "")) + "-".join(words)


def text_line(rng: Random, pool: Constants) -> str:
    """A line of a few words with separators, or several lines."""
    chance = rng.random()
    if chance < 0.35:
        return text(rng, pool)
    if chance > 0.9:
        return "\n".join(pick(rng, ("", "  ", "    ")) + _words(rng, pool) for _ in range(1 + below(rng, 3)))
    sign = pick(rng, _SEPARATORS) if chance < 0.6 else " "
    words = [pick(rng, (word, word, number))(rng, pool) for _ in range(2 + below(rng, 4))]
    return ("  " if chance > 0.87 else "") + sign.join(words)


def path(rng: Random, pool: Constants) -> str:
    """A path, relative or not, mostly with an ending."""
    parts = [pick(rng, _WORDS) for _ in range(1 + below(rng, 3))]
    ending = f".{pick(rng, _ENDINGS)}" if rng.random() < 0.7 else ""
    return pick(rng, ("", "", "/", "./", "../")) + "/".join(parts) + ending


def url(rng: Random, pool: Constants) -> str:
    """A web address, domain or mail address."""
    domain = pick(rng, _DOMAINS)
    chance = rng.random()
    if chance < 0.2:
        return domain
    if chance < 0.35:
        return f"{pick(rng, _WORDS)}@{domain}"
    query = f"?{pick(rng, _WORDS)}={below(rng, 50)}" if chance > 0.7 else ""
    scheme = pick(rng, ("http", "https", "https", "ftp"))
    return f"{scheme}://{domain}/{pick(rng, _WORDS)}{query}{'#top' if chance > 0.9 else ''}"


def date(rng: Random, pool: Constants) -> str:
    """A date in the form of ISO 8601, with or without a time."""
    day = f"{1990 + below(rng, 50)}-{1 + below(rng, 12):02}-{1 + below(rng, 28):02}"
    return day if rng.random() < 0.5 else f"{day}T{below(rng, 24):02}:{below(rng, 60):02}:{below(rng, 60):02}"


def text(rng: Random, pool: Constants) -> str:
    """A text of any kind, mostly made from the program's constants."""
    chance = rng.random()
    if chance < 0.04:
        return ""
    if chance < 0.4 and pool.patterns:
        found = matched(pick(rng, pool.patterns), rng)
        if found is not None:
            return pick(rng, (found, found, found, word(rng, pool) + found, f"{found} {word(rng, pool)}"))
    if chance < 0.6 and pool.texts:
        return _around(rng, pick(rng, pool.texts), pool)
    if chance < 0.7 and pool.signs:
        return "".join(char(rng, pool) for _ in range(1 + below(rng, 8)))
    return pick(rng, (word, word, ident, number, _words, digits, path))(rng, pool)


def _around(rng: Random, constant: str, pool: Constants) -> str:
    """A constant, alone or with words before, after and around it."""
    before, after = word(rng, pool), pick(rng, (word, number))(rng, pool)
    return pick(rng, (
        constant, constant + after, before + constant, before + constant + after,
        before + constant + after + constant + word(rng, pool), constant + after + constant,
    ))  # fmt: skip


def _words(rng: Random, pool: Constants) -> str:
    return pick(rng, _SEPARATORS).join(word(rng, pool) for _ in range(2 + below(rng, 3)))


DRAW: dict[str, Callable[[Random, Constants], str]] = {
    "text": text, "word": word, "char": char, "digits": digits, "number": number, "line": text_line, "path": path,
    "url": url, "ident": ident, "date": date,
}  # fmt: skip
