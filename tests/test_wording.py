"""Wording, thought and form of the rule: what prompts say with each, and that none gives away more than another."""

import asyncio
import hashlib
import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest
from test_prompt import EVERY_SETTING, SMALL, spec

from solverlearner.analysis.conditions import condition
from solverlearner.design.episode import draw_episodes
from solverlearner.design.learner import Tried
from solverlearner.design.plan import draw_calls
from solverlearner.design.prompt import render
from solverlearner.design.prompt_options import Prompts
from solverlearner.design.rule_statement import forms_of
from solverlearner.design.setting import ASKABLE, RULE, SETTINGS
from solverlearner.design.templates import our_templates
from solverlearner.design.wording import WORDINGS, wording_in
from solverlearner.errors import UsageError
from solverlearner.evaluation.loop import score_call
from solverlearner.execution.executor import Executor
from solverlearner.models.base import Reply
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.linear import Linear
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

TASKS = {"arith": Arith(9), "syntax": Syntax(), "spatial": Spatial(), "cipher": Cipher()}
OTHERS = range(1, WORDINGS)
ALL_SETTINGS = {**SETTINGS, "apply_own_rule": ASKABLE["apply_own_rule"], "closed": ASKABLE["closed"], "rule": RULE}


def episode_of(task, shots=3):
    return next(draw_episodes(task, seed=0, episodes=1, shots=shots, queries=2))


def prompt(task, name, hint="domain", wording=0, shots=3, told=False, **options):
    setting, episode = {**ASKABLE, RULE.name: RULE}[name], episode_of(task, shots)
    query = episode.queries[0] if setting.writes == "answer" else None
    rule = "Do as before." if setting.own_rule == "always" else None
    prompts = Prompts(wording=wording, **options).in_episode(0, 0)
    (message,) = render(setting, episode, query, hint, noise_told=told, own_rule=rule, prompts=prompts)
    return message["content"]


# A change here changes what the completions of results/reference answer, whose runs would ask everything again.
DIGEST = "477250523a0a2a1f"


def test_prompts_without_the_new_options_are_those_of_the_reference_runs():
    texts = [
        prompt(task, name, hint, shots=shots)
        for task in TASKS.values()
        for name in ALL_SETTINGS
        for hint in ("none", "domain", "strong")
        for shots in (0, 1, 3)
    ]
    assert hashlib.blake2b(json.dumps(texts).encode(), digest_size=8).hexdigest() == DIGEST


def parts_of(task, name, hint, shots, wording):
    """What a prompt takes from the task: the same in every wording, but for the sentences that state rule or domain."""
    setting, episode = ALL_SETTINGS[name], episode_of(task, shots)
    told = "rule" if setting.rule_given or setting.nothing_told else hint
    words = (task.framing(told), *task.paraphrases(told))
    framing = task.alone() if setting.nothing_told else words[wording % len(words)]
    parts = [task.role if told != "none" else "", framing]
    if setting.shots_shown:
        parts += [text for s in episode.shots for text in (task.show(s.input, told), task.write(s.expected))]
    if setting.writes == "answer":
        parts += [task.question(episode.queries[0].input, told), task.answer_format]
    if setting.writes == "program":
        parts += [f"def {task.signature}:\n    ...", task.contract(told)]
    if setting.writes == "program" and setting.shots_shown:
        call = f"solver({', '.join(map(task.literal, episode.shots[0].input))})"
        parts += [call, task.literal(episode.shots[0].expected)] if episode.shots else []
    return [part for part in parts if part]


def frame(text, parts):
    """The words of a prompt that are ours and no task's."""
    for part in sorted(parts, key=len, reverse=True):
        assert part in text, part
        text = text.replace(part, "")
    return re.findall(r"[a-z_]+", text.lower())


FACTS = {
    "program": ["new", "inputs?", "pure (modules|ones)", "```python code block", "whole program",
                r"standard library \(math, re, itertools, collections, string and the like\)"],
    "answer": [],
    "rule": ["rule", "words", "complete", "never seen the examples", "new inputs", "program"],
}  # fmt: skip
GIVEN_AWAY = re.compile(
    r"\b(base|digit|number|add|sum|carry|cipher|letter|alphabet|shift|sentence|order|subject|verb|object|room|side|north"
    r"|direction|same|always|simple|arithmetic|language|world|unusual|differ|careful)"
)


@pytest.mark.parametrize("wording", OTHERS)
@pytest.mark.parametrize("name", ALL_SETTINGS)
def test_no_wording_gives_away_more_than_another(wording, name):
    frames = set()
    for task in TASKS.values():
        for hint in ("none", "domain", "strong"):
            texts = [prompt(task, name, hint, number) for number in (0, wording)]
            both = zip(texts, (0, wording), strict=True)
            usual, own = (frame(text, parts_of(task, name, hint, 3, number)) for text, number in both)
            assert abs(len(own) - len(usual)) <= 14, (usual, own)
            assert 0.75 <= len(texts[1]) / len(texts[0]) <= 1.4
            assert not GIVEN_AWAY.search(" ".join(own)), own
            frames.add((" ".join(own), hint == "none"))
            for fact in FACTS[ALL_SETTINGS[name].writes]:
                assert all(re.search(fact, text) for text in texts), fact
    assert len(frames) == 1 + any(is_none for _, is_none in frames)  # the role is left out; no word follows the task


FACTS_OF_TASKS = {
    "arith": r'"[^"]*"|base|unknown|digits|\d+|two numbers|same|first ones|all|every',
    "syntax": r"subject-\w+-\w+|\w+-subject-\w+|\w+-\w+-subject|unknown|order|English|same",
    "spatial": r"\([-\d]+, [-\d]+\)|\d+|unknown|north|south|east|west|middle|wall|coordinates|\(x, y\)",
    "cipher": r"Caesar|\d+|unknown|cipher|same|places?|\ba\b|\bz\b|back|before|forward|after|further",
}
SAME = {
    "all": "every",
    "same": "every",
    "before": "back",
    "after": "forward",
    "further": "forward",
    "base": "",
    "a": "a",
}


def facts(task, text):
    found = {SAME.get(fact, fact) for fact in re.findall(FACTS_OF_TASKS[task.name], text)}
    return found - {"", "every"} if task.name in ("arith", "cipher") else found - {"every"}


VARIED = [Arith(9), Arith(16, op="sub"), Syntax("sov"), Syntax("svo", shown="standard", complexity=2), Spatial("nswe"),
          Spatial("r90"), Cipher("caesar"), Cipher("caesar", 1), Cipher("morse")]  # fmt: skip


@pytest.mark.parametrize("told", ["rule", "domain", "strong"])
@pytest.mark.parametrize("task", VARIED, ids=lambda task: f"{task.name}-{task.variant}")
def test_paraphrases_of_a_task_say_the_same_facts(task, told):
    first, others = task.framing(told), task.paraphrases(told)
    assert len({first, *others}) == 1 + len(others)
    assert len(others) in (0, WORDINGS - 1)
    for text in others:
        assert facts(task, text) == facts(task, first), text
        assert 0.7 <= len(text) / len(first) <= 1.4
        assert "{" not in text
        assert task.framing("rule") not in text


def test_paraphrases_name_parts_sides_and_places_in_the_rules_order():
    for text in Syntax("osv").paraphrases("rule"):
        stated = re.findall(r"subject|verb|object", text.partition(" Your task")[0])
        assert [part for n, part in enumerate(stated) if n == 0 or part != stated[n - 1]] == [
            "object",
            "subject",
            "verb",
        ] * 2
    for text in Spatial("nswe").paraphrases("rule"):
        assert "north is (0, -1), south is (0, 1), east is (-1, 0), west is (1, 0)" in text
    for text in Cipher("caesar", 7).paraphrases("rule"):
        assert re.search(r"7 places.*(back|before)|back.*7 places", text)


PAIRS = [(Arith(8), Arith(9)), (Syntax("sov"), Syntax("vos")), (Spatial("r90"), Spatial()),
         (Cipher("caesar"), Cipher("atbash"))]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_paraphrase_of_a_domain_tells_which_rule_it_is(one, other):
    assert one.paraphrases("domain") == other.paraphrases("domain")
    assert len(one.paraphrases("domain")) == WORDINGS - 1


@pytest.mark.parametrize("wording", OTHERS)
def test_a_wording_tells_of_wrong_examples_of_one_example_and_of_none(wording):
    for name in ("io", "solverlearner"):
        assert "may be wrong" in prompt(Arith(9), name, wording=wording, told=True)
        assert "may be wrong" not in prompt(Arith(9), name, wording=wording)
        assert "examples" not in prompt(Arith(9), name, wording=wording, shots=1)
        assert "example" not in prompt(Arith(9), name, wording=wording, shots=0)
        assert not re.search(r"must return", prompt(Arith(9), name, wording=wording, told=True))
    assert "Do as before." in prompt(Arith(9), "apply_own_rule", wording=wording)


def test_wordings_of_the_way_back_say_its_facts():
    usual, *others = (prompt(Arith(9), "invert_code", wording=number) for number in range(WORDINGS))
    for text in others:
        assert all(re.search(fact, text) for fact in (*FACTS["program"][2:], "outputs?", "new", "input that has this"))
        assert usual.partition("def ")[2].partition("\n")[0] in text
        assert 0.75 <= len(text) / len(usual) <= 1.4
        assert not re.search("new inputs|inputs that are new", text)


def test_every_template_that_asks_is_there_in_every_wording():
    asking = {setting.template for setting in (*ASKABLE.values(), RULE)}
    for number in OTHERS:
        names = {file.name for file in (files("solverlearner.prompts") / "wordings" / str(number)).iterdir()}
        assert asking <= names


@pytest.mark.parametrize("name", [*ALL_SETTINGS, "invert", "invert_code"])
def test_every_wording_of_a_corner_is_another_text(name):
    assert len({prompt(Arith(9), name, wording=number) for number in range(WORDINGS)}) == WORDINGS


def test_all_draws_every_wording_equally_often_and_the_same_one_for_all_settings_of_an_episode():
    drawn = [wording_in("all", 3, episode) for episode in range(4 * WORDINGS)]
    assert all(sorted(drawn[at : at + WORDINGS]) == [*range(WORDINGS)] for at in range(0, len(drawn), WORDINGS))
    assert drawn != [wording_in("all", 4, episode) for episode in range(4 * WORDINGS)]
    calls = [*draw_calls(spec(*SMALL, "episodes=6", "wording=all", "seed=3").plan)]
    assert {(call.episode.index, call.wording) for call in calls} == {*enumerate(drawn[:6])}
    second = drawn.index(2)
    single = draw_calls(spec(*SMALL, "episodes=6", "wording=2", "seed=3").plan)
    alone = [call.messages for call in single if call.episode.index == second]
    assert [call.messages for call in calls if call.episode.index == second] == alone


def scored(call, text):
    async def go():
        async with Executor(workers=1) as executor:
            return await score_call(0, "test", call, Reply(text), executor)

    return asyncio.run(go())


def test_rows_hold_the_wording_and_thought_stays_apart_from_the_answer():
    plan = spec("model=scripted", "episodes=1", "queries=1", "shots=3", "thought=plan", "wording=4").plan
    calls = {call.setting.name: call for call in draw_calls(plan)}
    answer = calls["io"].task.reply(calls["io"].items[0].expected)
    (row,) = scored(calls["io"], f"<think>Carry \\boxed{{1}}.</think>First I add the last digits.\n{answer}")
    assert (row.correct, row.wording, row.reasoning) == (True, 4, "Carry \\boxed{1}.")
    plan = "Plan: read both numbers.\n```python\ndef solver(n1, n2):\n    pass  # sketch\n```\nNow the program:\n"
    (row,) = scored(calls["code_mf"], f"{plan}```python\n{calls['code_mf'].task.rule.program}```")
    assert (row.correct, row.wording) == (True, 4)


@pytest.mark.parametrize("thought", ["none", "steps", "plan"])
def test_a_level_of_thought_is_one_paragraph_at_the_end_of_every_prompt(thought):
    free, asked = (spec(*EVERY_SETTING, f"thought={level}").plan for level in ("free", thought))
    ends = {}
    for before, after in zip(draw_calls(free), draw_calls(asked), strict=True):
        (one,), (other,) = before.messages, after.messages
        assert other["content"].startswith(f"{one['content']}\n\n")
        ends.setdefault(before.setting.writes, set()).add(other["content"].removeprefix(one["content"]).strip())
    assert {writes: len(found) for writes, found in ends.items()} == {"answer": 1, "program": 1}
    rule = prompt(Arith(9), "rule", thought=thought)
    assert ("<think>" in rule) is (thought != "none")
    assert all("<think>" not in text for found in ends.values() for text in found)


def test_where_no_format_tells_the_answer_from_thought_marks_do():
    episode = episode_of(Linear(2, 1))
    open_task = replace(episode, task=type("Open", (Linear,), {"answer_format": ""})(2, 1))
    prompts = Prompts(thought="steps")
    (message,) = render(SETTINGS["zero_shot"], open_task, episode.queries[0], "domain", prompts=prompts)
    assert "between <think> and </think>" in message["content"]


def test_a_further_round_asks_for_thought_as_the_first_one_does():
    plan = spec(*SMALL, "settings=[solverlearner]", "refine=1", "thought=steps", "checks=false").plan
    call = next(draw_calls(plan))
    following = call.next([Tried(call.messages, "no program", None, ())])
    ending = call.messages[-1]["content"].rpartition("\n\n")[2]
    assert "step by step" in ending
    assert following.messages[-1]["content"].endswith(ending)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_each_form_states_the_rule_and_no_other_form_does(task):
    words, episode = task.framing("rule"), episode_of(task)
    texts = {form: prompt(task, "zero_shot", rule_form=form) for form in forms_of(task)}
    assert prompt(task, "zero_shot") == texts["words"]
    assert [form for form, text in texts.items() if words in text] == ["words", "examples_and_words"]
    assert [form for form, text in texts.items() if task.rule_code().strip() in text] == ["code"]
    assert [form for form, text in texts.items() if task.rule_table() in text] == ["table"]
    question = task.question(episode.queries[0].input, "rule")
    for form, text in texts.items():
        assert question in text
        assert task.role in text
        assert (text.count("Input: "), text.count("Output: ")) == ((3, 3) if form == "examples_and_words" else (0, 0))
        assert prompt(task, "io", rule_form=form) == prompt(task, "io")
    assert task.contract("rule") in texts["code"]


def test_examples_beside_the_words_are_no_items_of_the_episode_and_right():
    task, plan = Arith(2, 3), spec(*SMALL, "task=arith", "base=2", "digits=3", "rule_form=examples_and_words").plan
    for call in draw_calls(plan):
        if call.setting.name == "zero_shot":
            shown = re.findall(r"Input: (\d+)\+(\d+)\nOutput: (\d+)", call.messages[0]["content"])
            assert [task.rule.apply((one, other)) for one, other, _ in shown] == [output for *_, output in shown]
            taken = {task.key(item.input) for item in (*call.episode.shots, *call.episode.queries)}
            assert not taken & {task.key((one, other)) for one, other, _ in shown}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["thought=deep"], "thought=deep: must be one of free, none, steps, plan"),
        (["wording=9"], "wording=9: must be a whole number from 0 to 5, or all"),
        (["wording=true"], "wording=true: must be a whole number from 0 to 5, or all"),
        (["wording=-1"], "wording=-1: must be"),
        (["wording=2", "prompts=PROMPTS"], "wording=2: is a wording of our own templates, and prompts="),
        (["wording=all", "prompts=PROMPTS"], "wording=all: is a wording of our own templates, and prompts="),
        (["rule_form=picture"], "rule_form=picture: must be one of words, code, table, examples_and_words"),
        (
            ["rule_form=table", "digits=1"],
            "no such form, because a table of digits would hold the answers; it has words",
        ),
        (["rule_form=code", "settings=[io]", "checks=false"], "no setting states the rule: add zero_shot"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(words, problem, tmp_path):
    (tmp_path / "ask_answer.jinja").write_text("{{ question }} {{ answer_format }}")
    with pytest.raises(UsageError) as raised:
        spec(*SMALL, *(word.replace("PROMPTS", str(tmp_path)) for word in words))
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_options_name_and_separate_runs_only_where_they_are_not_at_their_default():
    usual = spec(*SMALL)
    assert spec(*SMALL, "thought=free", "wording=0", "rule_form=words").name == usual.name
    changed = [spec(*SMALL, word) for word in ("thought=steps", "wording=1", "wording=all", "rule_form=code")]
    assert len({each.name for each in (usual, *changed)}) == 5
    assert len({json.dumps(condition(each.kept, {})) for each in (usual, *changed)}) == 5
    earlier = {key: value for key, value in usual.kept.items() if key not in ("thought", "wording", "rule_form")}
    assert condition(earlier, {}) == condition(usual.kept, {})


def test_templates_of_a_users_own_are_the_same_run_as_before_the_new_ones_came(tmp_path):
    (tmp_path / "examples.jinja").write_text("{{ shots }}")
    found = spec(*SMALL, f"prompts={tmp_path}", "thought=steps")
    assert {*our_templates().hashes} == {*found.kept["prompts"]["templates"]}
    assert not {"thought.jinja", "rule_form.jinja"} & {*our_templates().hashes}
    (tmp_path / "thought.jinja").write_text("Think aloud.")
    with_own = spec(*SMALL, f"prompts={tmp_path}", "thought=steps")
    assert with_own.name != found.name
    assert next(draw_calls(with_own.plan)).messages[0]["content"].endswith("\n\nThink aloud.")
