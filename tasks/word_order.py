"""The six word orders as rules: each takes a sentence apart by position, and is written out as a program too."""

from functools import cache

from solverlearner.task import JSON, Input, Rule

from .sentences import OPENERS, PREPOSITIONS, segment

ROLES = {"s": "subject", "v": "verb", "o": "object"}
ORDERS = ("svo", "sov", "vso", "vos", "ovs", "osv")
"""The default world first, then as common in the world's languages: the order of plausibility."""

_FLAT = """\
def solver(sentence: str):
    parts = sentence.split()
"""
_SEGMENTED = f"""\
def solver(sentence: str):
    openers = {OPENERS!r}
    prepositions = {PREPOSITIONS!r}
    parts = []
    words = []
    for word in sentence.split():
        if words and words[-1] not in openers and word not in prepositions:
            parts.append(" ".join(words))
            words = []
        words.append(word)
    parts.append(" ".join(words))
"""
_RETURN = """\
    if len(parts) != 3:
        return None
    {first}, {second}, {third} = parts
    return {result}
"""
_RESULT = {
    "roles": '{"subject": subject, "verb": verb, "object": object_}',
    "standard": '" ".join([subject, verb, object_])',
}


def _apply(x: Input, order: str, show: str) -> JSON:
    parts = segment(str(x[0]))
    if len(parts) != 3:
        return None
    by_role = dict(zip(order, parts, strict=True))
    if show == "standard":
        return " ".join(by_role[role] for role in "svo")
    return {name: by_role[role] for role, name in ROLES.items()}


@cache
def word_order(order: str, show: str = "roles", complexity: int = 0) -> Rule:
    """One order as a rule of the family; its program splits at spaces where every part is one word."""
    first, second, third = (ROLES[role].replace("object", "object_") for role in order)
    end = _RETURN.format(first=first, second=second, third=third, result=_RESULT[show])
    program = (_SEGMENTED if complexity else _FLAT) + end
    return Rule(order.upper(), lambda x: _apply(x, order, show), program)
