import pytest

from solverlearner.design.episode import draw_episodes
from solverlearner.design.prompt import render
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.errors import UsageError
from solverlearner.tasks.arith import Arith


def prompt(name, hint="domain", shots=3, task=None):
    task = task or Arith(9)
    episode = next(draw_episodes(task, seed=0, episodes=1, shots=shots, queries=2))
    setting = SETTINGS[name]
    query = None if setting.writes_program else episode.queries[0]
    (message,) = render(setting, episode, query, hint)
    assert message["role"] == "user"
    return message["content"]


def test_zero_shot_is_the_question_of_wu_et_al():
    assert prompt("zero_shot") == (
        'You are a mathematician. Assume that all numbers are in base-9 where the digits are "012345678".\n\n'
        'What is 74+78? End the response with the result in "\\boxed{result}".'
    )


def test_io_shows_plain_examples_and_says_only_that_the_base_is_unknown():
    assert prompt("io") == (
        "You are a mathematician. You are asked to add two numbers, the base of which is unknown.\n\n"
        "Here are some examples:\nInput: 77+44\nOutput: 132\nInput: 51+43\nOutput: 104\nInput: 82+87\nOutput: 180\n\n"
        'What is 74+78? End the response with the result in "\\boxed{result}".'
    )


def test_io_mf_is_io_with_the_rule_in_place_of_the_unknown():
    rule, unknown = prompt("io_mf").split("\n\n", 1), prompt("io").split("\n\n", 1)
    assert rule[1] == unknown[1]
    assert rule[0] == prompt("zero_shot").split("\n\n")[0]


@pytest.mark.parametrize("name", ["io", "solverlearner"])
@pytest.mark.parametrize("hint", ["none", "domain", "strong"])
def test_inductive_prompts_do_not_name_the_rule(name, hint):
    for base in (8, 9, 11):
        text = prompt(name, hint, task=Arith(base)).lower()
        assert f"base-{base}" not in text
        assert f"base {base}" not in text


@pytest.mark.parametrize("name", ["io", "solverlearner"])
def test_without_a_hint_the_domain_stays_hidden(name):
    text = prompt(name, "none").lower()
    assert not any(word in text for word in ("add", "sum", "base", "number", "mathematic", "+", "digit"))


def test_the_program_prompts_give_the_signature_and_never_a_query():
    for name in ("code_mf", "solverlearner"):
        text = prompt(name)
        assert "def solver(n1: str, n2: str) -> str:" in text
        assert "74" not in text.replace("77+44", "")
    assert "solver('77', '44') must return '132'" in prompt("solverlearner")
    assert "Input:" not in prompt("code_mf")


def test_one_example_and_none_read_well():
    assert "Here is an example:" in prompt("io", shots=1)
    assert "example" not in prompt("io", shots=0)


def test_settings_come_in_the_order_of_the_square_and_once():
    assert [s.name for s in parse_settings(["solverlearner", "io", "io"])] == ["io", "solverlearner"]


@pytest.mark.parametrize("names", [[], ["nope"], ["io", "zero-shot"]])
def test_an_unknown_setting_is_named(names):
    with pytest.raises(UsageError, match="must be some of zero_shot, io_mf, io, code_mf, solverlearner"):
        parse_settings(names)
