"""Paraphrases: the sentences that state a rule, or its domain, in the five further wordings of prompts.

Each says the facts of the first wording, which stands with its task, and nothing more. A test compares their numbers,
names and texts in quotation marks. Words in braces are filled in by the task.
"""

from collections.abc import Mapping, Sequence

ARITH: Mapping[str, Sequence[str]] = {
    "rule": (
        'All numbers here are in base-{base}, whose digits are "{digits}".',
        'The numbers are written in base-{base}. The digits of this base are "{digits}".',
        'We count in base-{base}, with the digits "{digits}". All numbers are written so.',
        'Every number is a base-{base} number, and the digits of the base are "{digits}".',
        'Take all numbers to be in base-{base}, in which the digits are "{digits}".',
    ),
    "domain": (
        "Your task is to {task}. Their base is unknown.",
        "What you have to do is to {task}, in a base that is unknown.",
        "The job is to {task}. In which base they are is unknown.",
        "We want you to {task}. Their base is an unknown one.",
        "You have to {task}, of which the base is unknown.",
    ),
    "strong": (
        'All of them have the same base, from 2 to 36, whose digits are the first ones of "{digits}".',
        'The base is from 2 to 36, and the same for all of them. Its digits are the first ones of "{digits}".',
        'It is one base from 2 to 36 for all of them, with the first ones of "{digits}" as digits.',
        'One base, from 2 to 36, holds for all of them, and the digits are the first ones of "{digits}".',
        'From 2 to 36, it is the same base for all of them. Its digits: the first ones of "{digits}".',
    ),
}
"""`strong` stands behind `domain`. {task}: "add two numbers"."""

SYNTAX: Mapping[str, Sequence[str]] = {
    "rule": (
        "There is a language that {unlike}. Its order is {long}: each sentence begins with the {first}, goes on "
        "with the {second} and ends with the {third}.",
        "A language {unlike}, and uses the {long} order. The {first} stands first in every sentence, the {second} "
        "second, and the {third} third.",
        "Suppose that a language {unlike}: it has the {long} order. In all sentences the {first} is at the "
        "beginning, the {second} in the middle and the {third} at the end.",
        "Think of a language that {unlike}. The order in it is {long}. A sentence starts with the {first}, then "
        "comes the {second}, and then the {third}.",
        "Consider a language that {unlike}, and whose order is {long}. Every sentence has first the {first}, next "
        "the {second}, and last the {third}.",
    ),
    "domain": (
        "There is a language like English in all but its word order, which is unknown and may be another.",
        "A language differs from English in its word order alone, if at all. The order is unknown.",
        "Suppose that a language is the same as English, with a word order that is unknown and may be another.",
        "Think of a language that is as English is, but whose word order is unknown and may be another.",
        "Consider a language that is like English, except that its word order, perhaps another one, is unknown.",
    ),
    "strong": (
        "All sentences have the same order: {orders} or {last}.",
        "It is one order for all sentences: {orders} or {last}.",
        "Every sentence has the same order: {orders} or {last}.",
        "One order holds for all sentences: {orders} or {last}.",
        "In all sentences it is the same order: {orders} or {last}.",
    ),
}
"""The task's sentences on subject, verb and object stand behind `rule` and `domain`, and `strong` behind those."""

SPATIAL: Mapping[str, Sequence[str]] = {
    "rule": (
        "{room} The room has the corners (0, 0), (500, 0), (0, 500) and (500, 500) and the middle (250, 250). The "
        "directions are these, as (x, y): {pairs}. What is on a side stands at the middle of the wall of that "
        "side, 250 away from the middle of the room in that direction.",
        "{room} The middle is (250, 250), and the corners are (0, 0), (500, 0), (0, 500) and (500, 500). As (x, "
        "y), the directions are: {pairs}. For an object on a side, go 250 from the middle of the room in that "
        "direction: it stands there, at the middle of that side's wall.",
        "{room} In it, (0, 0), (500, 0), (0, 500) and (500, 500) are corners, and (250, 250) is the middle. We "
        "take these (x, y) directions: {pairs}. At the middle of a side's wall, which is 250 away from the middle "
        "of the room in the side's direction, stands an object on that side.",
        "{room} We have corners at (0, 0), (500, 0), (0, 500) and (500, 500), and the middle at (250, 250). "
        "Directions are given as (x, y): {pairs}. An object that is on a side has its place at the middle of the "
        "wall there, that is, 250 from the middle of the room in that direction.",
        "{room} The four corners are at (0, 0), (500, 0), (0, 500) and (500, 500), with (250, 250) as the middle. "
        "As (x, y), we define: {pairs}. Each object on a side stands in the middle of that side's wall, at 250 "
        "from the middle of the room in the direction of the side.",
    ),
    "domain": (
        "{room} Where {sides} point is unknown.",
        "{room} It is unknown in which direction {sides} point.",
        "{room} The directions in which {sides} point are unknown.",
        "{room} We do not tell in which direction {sides} point: it is unknown.",
        "{room} Which way {sides} point is unknown.",
    ),
}

ROOMS = (
    "You are to say at which coordinates the objects of a room are. The room is 500 wide and 500 high.",
    "A room is 500 wide and 500 high, and your task is to find the coordinates of the objects in it.",
    "The job is to give coordinates for the objects in a room. It is 500 wide, and 500 high.",
    "We want the coordinates of the objects in a room with a width of 500 and a height of 500.",
    "You have to give the coordinates of objects. They are in a room that is 500 wide and 500 high.",
)
"""The first sentence of `SPATIAL`, {room}."""

CIPHER: Mapping[str, Sequence[str]] = {
    "caesar": (
        "The texts are Caesar ciphers with a shift of {shift}: in the alphabet, in which a comes again after z, "
        "each letter of the plain text was moved forward by {places}. Each letter is moved back by {places} to "
        "decipher a text.",
        "A Caesar cipher with a shift of {shift} was used on the texts. It moved each letter of the plain text "
        "{places} forward in the alphabet, where z is followed by a. You decipher a text when you move each letter "
        "{places} back.",
        "We have texts in a Caesar cipher, the shift of which is {shift}. Each letter of the plain text went "
        "{places} forward in the alphabet, with a behind z. To decipher a text, let each letter go {places} back.",
        "Texts were put into a Caesar cipher whose shift is {shift}: a letter of the plain text became the one "
        "{places} after it in the alphabet, which goes on with a after z. A text is deciphered by the letters "
        "{places} before.",
        "The cipher of the texts is Caesar's with a shift of {shift}. For each letter of the plain text it has the "
        "letter that is {places} further in the alphabet, where a is next to z. To decipher a text, go {places} "
        "back for each letter.",
    ),
    "domain": (
        "Your task is to {task}. All texts have the same cipher, which is unknown.",
        "What you have to do is to {task}. The cipher is the same for all texts, and is unknown.",
        "The job is to {task}. Which cipher it is, one for all texts, is unknown.",
        "We want you to {task}. One cipher, an unknown one, is the same for all texts.",
        "You have to {task}. For all texts it is the same cipher, but an unknown one.",
    ),
}
"""{task}: "decipher texts"; {places}: "5 places"."""
