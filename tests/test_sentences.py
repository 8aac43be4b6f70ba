import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from solverlearner.tasks.sentences import OPENERS, plain, read_roles, segment
from solverlearner.tasks.syntax import Syntax

ROLES = {"subject": "John", "verb": "sees", "object": "Mary"}


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("sees John Mary", ["sees", "John", "Mary"]),
        (
            "big Ava funny Bob behind the forest suddenly knows",
            ["big Ava", "funny Bob behind the forest", "suddenly knows"],
        ),
        ("never saw Tom near the river old Mary", ["never saw", "Tom near the river", "old Mary"]),
        ("near the river", ["near the river"]),
        ("old funny", ["old funny"]),
        ("", []),
    ],
)
def test_words_show_where_a_part_ends(sentence, parts):
    assert segment(sentence) == parts


def test_no_word_opens_a_part_twice():
    assert len(OPENERS) == len(set(OPENERS))


def test_comparing_looks_past_case_spacing_and_quotation_marks():
    assert plain(' "John  sees\nMary." ') == "john sees mary"


@pytest.mark.parametrize(
    "text",
    [
        "subject: John, verb: sees, object: Mary",
        "subject: John; verb: sees; object: Mary.",
        "Subject: John\nVerb: sees\nObject: Mary\n",
        "**Verb:** sees\n**Object**: Mary\n**Subject (S):** John",
        '```json\n{"subject": "John", "verb": "sees", "object": "Mary"}\n```',
        "subject: Mary, verb: sees, object: John\nNo, wait.\nsubject: John, verb: sees, object: Mary",
        "subject: John, verb: sees, object: Mary\nThe object: it comes first.",
        "In subject: John verb: sees object: Mary",
        "subject: ..., verb: ..., object: ...\nis the form.\nsubject: [John], verb: [sees], object: [Mary]",
    ],
)
def test_labelled_answers_are_read_in_the_forms_that_models_use(text):
    assert read_roles(text) == ROLES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "John sees Mary",
        "The order is subject, verb, object: John sees Mary.",
        "subject: John, object: Mary",
        "subject: ..., verb: ..., object: ...",
        "subject: John, subject: sees, object: Mary",
    ],
)
def test_where_a_label_or_its_words_are_missing_there_is_no_answer(text):
    assert read_roles(text) is None


@settings(deadline=None)  # a second core may be busy
@given(st.text(alphabet="subject verb: object,\n\"'*({:") | st.text())
@example("subject:" * 10_000)
@example("subject" + "(" * 50_000)
def test_no_text_makes_the_readers_fail(text):
    for shown in ("roles", "standard"):
        value = Syntax("vos", shown=shown).read(text)
        assert value is None or Syntax("vos", shown=shown).equal(value, value)


def test_standard_answers_are_read_from_the_box():
    task = Syntax("ovs", shown="standard")
    assert task.read(r"So it is \boxed{\text{John sees Mary}}.") == "John sees Mary"
    assert task.read(r'\boxed{"John sees Mary."}') == "John sees Mary"
    assert task.read("John sees Mary") is None
