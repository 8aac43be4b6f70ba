r"""Boxed answers: whatever a model writes around a value, in a box or beside it, every task reads the same value."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solverlearner.task import plain_text
from solverlearner.task.boxed import boxes
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.boxed_literal import literal_in
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.syntax import Syntax

STYLES = [
    r"\text{@}", r"\textbf{@}", r"\textrm{@}", r"\textsf{@}", r"\texttt{@}", r"\mathrm{@}", r"\mathtt{@}",
    r"\mathsf{@}", r"\mathbf{@}", r"\mathit{@}", r"\boldsymbol{@}", r"\bm{@}", r"\displaystyle @", r"\bf @",
    r"{\bf @}", r"\operatorname{@}", r"\mbox{@}", r"\underline{\textbf{@}}", r"\textcolor{red}{@}", r"\boxed{@}",
    r"\fbox{@}", r"\emph{@}", r"\hspace{1em}@", r"\large @", r"\text{ @ }",
]  # fmt: skip
SPACES = [r"\ @\ ", r"\,@\,", r"@\;", r"\:@", r"~@~", r"\quad @", r"\!@", "\u00a0@\u2009", "\n @ \n", "\u200b@", r"@\\"]
MARKS = [
    "_@_",
    "「@」",
    r"\left. @\right.",
    "**@**",
    "*@*",
    '"@"',
    "“@”",
    "'@'",
    "`@`",
    "``@''",
    "$@$",
    r"\(@\)",
    "@.",
    "<b>@</b>",
    r"``@''",
]
LABELS = ["result: @", "result = @", r"\text{Answer: } @", "The answer is: @", r"\text{result} \rightarrow @", "x := @"]
AFTER = [
    r"\boxed{@}. (In the form \boxed{result}.)", r"\boxed{@} goes into \boxed{}", r"\boxed{@} and \boxed{...}",
    r"\boxed{@}, as \boxed{your answer} asks", r"\boxed{answer} or rather \boxed{@}",
    r"\boxed{@} \boxed{\text{result}}",
    r"**\boxed{result} @**", r"\boxed{result} = @", r"$\boxed{result}$ = @.", r"\boxed{result} is @.",
    r"\boxed{answer}: **@**", "\\boxed{result}\n\n@", "\\boxed {@}", "\\boxed\n{@}", r"\fbox{@}", r"\framebox{@}",
    "\x08oxed{@}", r"\framebox[1.1\width]{@}", r"\fcolorbox{red}{white}{@}", r"\Boxed{@}", r"\boxed{@} \boxed{\square}",
    r"\boxed{@}, as \boxed{the final answer here}", r"\\boxed{@}", r"First \boxed{7}, no, \boxed{@}", r"{ \boxed{@}",
    r"\boxed{@}}",
    r"\boxed{7 \boxed{@}",
    r"$$\boxed{@}$$", r"\boxed{\boxed{@}}", r"\fbox{\boxed{@}}",
]  # fmt: skip
WAYS = [*(rf"\boxed{{{way}}}" for way in [*STYLES, *SPACES, *MARKS, *LABELS]), *AFTER]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("task", "value"),
    [(Arith(9), "116"), (Cipher(), "hello"), (Syntax(shown="standard"), "John sees Mary")],
    ids=["arith", "cipher", "syntax"],
)
def test_every_task_reads_a_value_through_the_same_ways_of_writing(task, value, way):
    assert task.equal(value, task.read(way.replace("@", value)))


NUMERALS = [
    r"57+48=116", r"57 + 48 = 116", r"57_9 + 48_9 = 116_9", r"116_9 = 96_{10}", r"116 = 57+48", r"116_9", r"116_{9}",
    r"116_{\text{base } 9}", r"116_\text{nine}", r"(116)_9", r"{116}_9", r"\left(116\right)_9", "116₉", "116 (base 9)",
    r"116 \text{ in base 9}", r"116 \text{ (base-9)}", r"116\text{ base }9", "116<sub>9</sub>",
    r"\mathbf{116}_{\mathbf{9}}",
    r"11\ 6", r"1\!1\!6", r"1{}1{}6", "１１６", "𝟏𝟏𝟔", "+116", r"\text{base 9: } 116", r"57 + 48 \equiv 116", "١١٦",
]  # fmt: skip


@pytest.mark.parametrize("inside", NUMERALS)
def test_numerals_are_read_with_their_base_beside_them_and_in_equations(inside):
    assert Arith(9).read(rf"\boxed{{{inside}}}") == "116"


@pytest.mark.parametrize(
    "inside",
    ["11,236", "11{,}236", r"11\,236", "11 236", "11'236", "11_236", r"11\text{,}236", "11{,}236_{10}", "11\u202f236"],
)
def test_separators_of_thousands_are_left_out(inside):
    assert Arith(10, digits=4).read(rf"\boxed{{{inside}}}") == "11236"


@pytest.mark.parametrize(
    ("base", "inside", "value"),
    [
        (16, "0x9F", "9F"), (16, "9f_{16}", "9F"), (8, "0o174", "174"), (2, "0b101", "101"), (16, "0B1", "0B1"),
        (9, "−16", "-16"), (9, "106_{10}", "106"), (9, "no idea", "NO IDEA"), (9, ".8727", ".8727"),
        (9, "1,16", "1,16"), (9, r"\frac{1}{2}", r"\FRAC12"), (36, "RESULTS", "RESULTS"),
    ],
)  # fmt: skip
def test_what_is_written_stays_what_it_is(base, inside, value):
    assert Arith(base).read(rf"\boxed{{{inside}}}") == value


@pytest.mark.parametrize(
    "reply",
    ["", "116", r"\boxed{}", r"\boxed{result}", r"\boxed{...}", r"\boxed{??}", r"\boxed{result} is required",
     r"\boxed{116",
     r"Put it into \boxed{result}.", r"\boxed{\text{your answer}}", r"\boxed{\ }", r"\boxed{___}",
     r"\boxed{insert the answer here}"],
)  # fmt: skip
def test_a_placeholder_is_no_answer(reply):
    assert Arith(9).read(reply) is None


def test_a_word_that_could_be_a_placeholder_is_an_answer_where_it_is_the_only_one():
    assert Cipher().read(r"\boxed{answer}") == "answer"
    assert Cipher().read(r"\boxed{hello} in the form \boxed{answer}") == "hello"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\boxed{'a\_b'}", "a_b"), (r"\boxed{['x\_1', 'y']}", ["x_1", "y"]), (r"\boxed{'50\%'}", "50%"),
        (r"\boxed{'a\\_b'}", "a\\_b"), (r"\boxed{r'\$'}", r"\$"), ("\\boxed{\u22125}", -5), ("\\boxed{１２}", 12),
        (r"\boxed{\texttt{[1, 2]}}", [1, 2]), (r"\boxed{\left[1,\ 2\right]}", [1, 2]), (r"\boxed{solver(3) = 9}", 9),
        (r"\boxed{result: [1]}", [1]), (r"\boxed{**12**}", 12), (r"\boxed{`[1]`}", [1]), (r"\fbox{12}", 12),
        (r"\boxed{\boxed{12}}", 12), (r"\boxed{5} as \boxed{result}", 5), (r"\boxed{Hello!}", "Hello!"),
        (r"\boxed{a=1}", "a=1"), (r"\boxed{count: 5}", "count: 5"), (r"\boxed{it's}", "it's"),
        (r"\boxed{'−５'}", "−５"), (r"\boxed{\mathrm{True}}", True), ("~~~python\n[1]\n~~~\n", [1]),
    ],
)  # fmt: skip
def test_literals_are_read_through_latex_and_texts_stay_as_they_are(text, value):
    found = literal_in(text)
    assert (found, type(found)) == (value, type(value))


ROLES = {"subject": "John", "verb": "sees", "object": "Mary"}


@pytest.mark.parametrize("style", [*STYLES[:19], "**@**", "{@}", r"$@$", r"\;@\;"])
def test_roles_are_read_through_latex(style):
    john, sees, mary = (style.replace("@", word) for word in ROLES.values())
    assert Syntax().read(f"subject: {john}, verb: {sees}, object: {mary}") == ROLES
    inside = rf"\text{{subject: }}{john}, \text{{verb: }}{sees}, \text{{object: }}{mary}"
    assert Syntax().read(rf"\boxed{{{inside}}}") == ROLES


@given(st.text(alphabet="\\{}boxed_ 1\n$*") | st.text())
def test_no_text_makes_a_reader_fail(text):
    for reply in (text, rf"\boxed{{{text}}}"):
        for task in (Arith(9), Cipher(), Syntax(), Syntax(shown="standard")):
            assert isinstance(task.read(reply), str | dict | None)
        literal_in(reply)
        plain_text(reply)


@given(st.lists(st.sampled_from([r"\boxed{", r"\fbox{", "{", "}", r"\{", r"\}", r"\\", "x"]), max_size=12))
def test_boxes_are_whole_disjoint_and_in_order(parts):
    text = "".join(parts)
    found = boxes(text)
    assert all(one.end < other.start for one, other in pairwise(found))
    assert all(text[box.end] == "}" and text[box.start - 1] == "{" for box in found)


def test_roles_are_read_behind_equals_signs():
    assert Syntax().read("subject = John, verb = sees, object = Mary") == ROLES
