"""Thoughts: what stands between a reasoning model's marks is never read for an answer, whichever way it came."""

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import solverlearner as sl
from solverlearner.evaluation.rollout import without_thought
from solverlearner.evaluation.row_file import read_rows
from solverlearner.models.base import Reply
from solverlearner.task.thought import split_thought

PAIRS = [
    ("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<THINK>", "</THINK>"), ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"), ("<thought>", "</thought>"), ("<seed:think>", "</seed:think>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
]  # fmt: skip


@pytest.mark.parametrize(("begin", "end"), PAIRS)
def test_every_pair_of_marks_parts_the_thought_from_the_answer(begin, end):
    assert split_thought(f"{begin}\n57+27\n{end}\n\n84 ") == ("84 ", "57+27")
    assert split_thought(f"57+27{end}84") == ("84", "57+27")  # the chat template wrote the beginning
    assert split_thought(f"{begin}Is it 84? Let me") == ("", "Is it 84? Let me")
    assert split_thought(f"Sure.\n{begin}\nIs it 84?") == ("Sure.\n", "Is it 84?")
    assert split_thought(f"Sure. {begin}\nIs it 84?") == ("Sure. ", "Is it 84?")
    assert split_thought(f"{begin}a{end}b{begin}c{end}d") == ("bd", "a\nc")
    assert split_thought(f"{begin}a{end}b {begin}c") == ("b ", "a\nc")


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("84 <think>no</think> 85", ("84 <think>no</think> 85", "")),
        ("I used <think> for 84.", ("I used <think> for 84.", "")),
        ("<think>a</think>84 (</think> ends it)", ("84 (</think> ends it)", "a")),
        ("<think>After </think> I answer 1\n</think>\n84", ("84", "After\nI answer 1")),
        ("<think>a <think> b</think>84", ("84", "a <think> b")),
        ("<think></think>84", ("84", "")),
        ("", ("", "")),
    ],
)
def test_marks_that_a_sentence_names(text, split):
    assert split_thought(text) == split


@given(st.lists(st.sampled_from(["<think>", "</think>", "[THINK]", "\n", " ", "84"])).map("".join))
def test_splitting_again_changes_nothing_where_no_mark_is_left(text):
    answer, _ = split_thought(text)
    assert len(answer) <= len(text)
    if "think" not in answer.lower():
        assert split_thought(answer) == (answer, "")


def test_a_thought_of_a_model_of_a_users_own_is_never_its_answer(tmp_path):
    class Thinker:
        name, remark, identity = "thinker", None, {"kind": "thinker"}

        async def open(self):
            return

        async def aclose(self):
            return

        def request(self, call):
            return None

        async def ask(self, call):
            return Reply(rf"[THINK]hm[/THINK]\boxed{{{call.episode.index}}} <think> or \boxed{{7}}? Let me")

    done = sl.evaluate("arith", Thinker(), settings=["zero_shot"], episodes=2, queries=1, results=tmp_path)
    rows = [*read_rows(done.path)]
    assert [(row["value"], row["reply"]) for row in rows] == [("0", r"\boxed{0} "), ("1", r"\boxed{1} ")]
    assert rows[0]["reasoning"] == "hm\nor \\boxed{7}? Let me"


def test_a_thought_in_the_text_of_any_model_is_its_reasoning():
    assert without_thought(Reply("<think>b</think>84", reasoning="a")) == Reply("84", reasoning="a\nb")
    plain = Reply("84", "truncated", 1, 2)
    assert without_thought(plain) is plain


@pytest.mark.parametrize("module", ["boxed", "code_blocks", "latex", "thought"])
def test_the_examples_of_the_readers_docstrings_run(module):
    ran = doctest.testmod(importlib.import_module(f"solverlearner.task.{module}"))
    assert (ran.attempted > 0, ran.failed) == (True, 0)
