import json
import re
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from test_cli import solverlearner

from solverlearner.analysis.conditions import condition
from solverlearner.api.composition import composed_options
from solverlearner.api.functions import carry_out_spec
from solverlearner.cli.hydra_app import plain_options
from solverlearner.design.episode import draw_episodes
from solverlearner.design.learner import Tried
from solverlearner.design.learner_options import LearnerOptions
from solverlearner.design.plan import draw_calls
from solverlearner.design.prompt import EpisodePrompts, render
from solverlearner.design.prompt_options import OUR_PROMPTS, Prompts
from solverlearner.design.setting import SETTINGS, of_task, parse_settings
from solverlearner.design.templates import VARIABLES, Templates, our_templates
from solverlearner.errors import UsageError
from solverlearner.evaluation.options import run_spec_of
from solverlearner.tasks.arith import Arith


def prompt(name, hint="domain", shots=3, task=None):
    task = task or Arith(9)
    episode = next(draw_episodes(task, seed=0, episodes=1, shots=shots, queries=2))
    setting = SETTINGS[name]
    query = None if setting.writes_program else episode.queries[0]
    (message,) = render(setting, episode, query, hint)
    assert message["role"] == "user"
    return message["content"]


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)
def test_prompts_that_share_their_text_are_those_that_are_made_alone(setting):
    episode = next(draw_episodes(Arith(9), seed=0, episodes=1, shots=3, queries=2))
    shared = EpisodePrompts(setting, episode, "domain", False, OUR_PROMPTS)
    asked = [(query, rule) for query in (None, *episode.queries) for rule in (None, "Add them.", None)]
    made = [shared.messages(query, rule) for query, rule in asked]
    assert made == [render(setting, episode, query, "domain", own_rule=rule) for query, rule in asked]
    made[0][0]["content"] = "changed"  # each call has messages of its own
    assert shared.messages(*asked[0])[0]["content"] != "changed"


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


REFINING = LearnerOptions(refine=1)
OURS = Path(str(files("solverlearner.prompts")))
SMALL = ("model=scripted", "episodes=2", "queries=2", "shots=3", "checks=true")
EVERY_SETTING = (*SMALL, f"settings=[{','.join(of_task('arith'))}]", "hypothesis=text")
EXAMPLES = "{% for shot in shots %}\n{{ shot.input }} => {{ shot.output }}\n{% endfor %}\n"


def spec(*words):
    with initialize_config_module("solverlearner.conf", version_base="1.3"):
        return run_spec_of(plain_options(compose("run", [*words])))


def messages(plan):
    return [call.messages for call in draw_calls(plan)]


def folder_of(path, **templates):
    path.mkdir(parents=True, exist_ok=True)
    for name, text in templates.items():
        (path / f"{name}.jinja").write_text(text)
    return path


def test_a_template_that_the_users_folder_lacks_is_ours(tmp_path):
    ours = spec(*EVERY_SETTING)
    mine = spec(*EVERY_SETTING, f"prompts={folder_of(tmp_path / 'mine', examples=EXAMPLES)}")
    for before, after in zip(messages(ours.plan), messages(mine.plan), strict=True):
        (one,), (other,) = before, after
        plain = re.sub(r"Here are some examples:\n", "", one["content"])
        assert other["content"] == re.sub(r"Input: (.*)\nOutput: (.*)\n", r"\1 => \2\n", plain)
        assert (one == other) == ("Here are" not in one["content"])
    assert ours.name != mine.name
    assert ours.derivation != mine.derivation


def test_the_same_content_is_the_same_run_wherever_it_lies_and_another_content_another(tmp_path):
    base = spec(*SMALL)
    copy = shutil.copytree(OURS, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    assert (spec(*SMALL, f"prompts={copy}").name, spec(*SMALL, "prompts=null").name) == (base.name, base.name)
    assert messages(spec(*EVERY_SETTING, f"prompts={copy}").plan) == messages(spec(*EVERY_SETTING).plan)
    one, other = (folder_of(tmp_path / name, examples=EXAMPLES) for name in ("one", "deep/other"))
    (copy / "examples.jinja").write_text(EXAMPLES)
    found = [spec(*SMALL, f"prompts={path}") for path in (one, other, copy)]
    assert {each.name for each in found} == {found[0].name}
    assert {each.derivation for each in found} == {found[0].derivation}
    assert len({json.dumps(condition(each.kept, {})) for each in (*found, base)}) == 2
    (other / "examples.jinja").write_text(EXAMPLES + "\n")
    (one / "ask_inputs.jinja").write_text("which is of synth and in no run")
    assert spec(*SMALL, f"prompts={other}").name not in (found[0].name, base.name)
    assert spec(*SMALL, f"prompts={one}").name == found[0].name


def test_a_run_keeps_the_templates_hashes_and_goes_on(tmp_path):
    words = (*SMALL, f"results={tmp_path / 'results'}")
    mine = f"prompts={folder_of(tmp_path / 'mine', examples=EXAMPLES)}"
    cell = spec(*words, mine)
    engine, _ = carry_out_spec(cell)
    assert engine.counts.asked > 0
    config, manifest = (json.loads((cell.path / name).read_text()) for name in ("config.json", "manifest.json"))
    assert config["prompts"] == manifest["prompts"]
    assert config["prompts"]["folder"] == str(tmp_path / "mine")
    assert config["prompts"]["templates"].keys() == {*our_templates().hashes}
    changed = {key for key, value in config["prompts"]["templates"].items() if value != our_templates().hashes[key]}
    assert changed == {"examples.jinja"}
    engine, _ = carry_out_spec(spec(*words, mine))
    assert (engine.counts.asked, engine.counts.stored) == (0, engine.counts.total)
    rows = [json.loads(line) for line in (cell.path / "rows.jsonl").read_text().splitlines()]
    assert any(" => " in row["prompt"][0]["content"] for row in rows)
    plain = spec(*words)
    carry_out_spec(plain)
    assert plain.path != cell.path
    assert "prompts" not in json.loads((plain.path / "manifest.json").read_text())


@pytest.mark.parametrize("setting", [*of_task("arith")])
def test_a_system_message_comes_before_every_prompt_of_a_run(setting):
    learner = ("hypothesis=text",) if setting == "apply_own_rule" else ()
    text = "You are terse: say 3, then stop."
    words = (*SMALL, f"settings=[{setting}]", *learner)
    plain, told = spec(*words), spec(*words, f'system="{text}"')
    assert told.name != plain.name
    assert [[{"role": "system", "content": text}, *each] for each in messages(plain.plan)] == messages(told.plan)
    assert spec(*words, "system=null").name == plain.name
    assert condition(told.kept, {}) == condition(plain.kept, {}) | {"system": text}


def test_a_further_round_and_a_rule_in_words_keep_system_and_templates(tmp_path):
    mine = folder_of(tmp_path, ask_again="AGAIN {{ missed | length }}", own_rule="OWN {{ own_rule }}")
    words = ("model=scripted", "behaviour=recite", "episodes=1", "queries=1", "settings=[solverlearner]", "refine=1")
    cell = spec(*words, "hypothesis=text", "system=S", f"prompts={mine}", f"results={tmp_path / 'results'}")
    carry_out_spec(cell)
    (row,) = [json.loads(line) for line in (cell.path / "rows.jsonl").read_text().splitlines()]
    system, first, _, again = row["prompt"]
    assert system == {"role": "system", "content": "S"}
    assert "OWN The rule is" in first["content"]
    assert re.fullmatch(r"AGAIN \d", again["content"])


def test_a_text_of_digits_is_the_same_system_message_however_it_is_given():
    numbers, text = spec(*SMALL, "system=42"), spec(*SMALL, "system='42'")
    assert numbers.plan.prompts.system == text.plan.prompts.system == "42"
    assert numbers.name == text.name
    for word in ("1e3", "4.20", "true"):
        with pytest.raises(UsageError, match="must be text"):
            spec(*SMALL, f"system={word}")
    with pytest.raises(UsageError, match="system: is an empty text"):
        spec(*SMALL, "system=")


@pytest.mark.parametrize(
    ("templates", "line"),
    [
        ({}, "prompts={}: has no template; there are ask_again.jinja"),
        (
            {"exampels": "x"},
            "prompts={}: exampels.jinja is no template of a prompt, and none includes it; did you mean",
        ),
        ({"examples": "a\n{{ shto }}"}, "{}/examples.jinja:2: shto is undefined; did you mean shots?"),
        ({"examples": "{% if false %}\n{{ shto }}{% endif %}"}, "{}/examples.jinja:2: shto is undefined"),
        ({"ask_again": "{{ question }}"}, "{}/ask_again.jinja:1: question is undefined"),
        ({"examples": "a\n\n{{ shots[0].inptu }}"}, "{}/examples.jinja:3: 'solverlearner"),
        ({"examples": "a\n{% fr x %}"}, "{}/examples.jinja:2: Encountered unknown tag 'fr'"),
        ({"examples": "a\n{{ 1 | nope }}"}, "{}/examples.jinja:2: No filter named 'nope'"),
        ({"examples": "a\n{% include 'nope.jinja' %}"}, "{}/examples.jinja:2: there is no template nope.jinja"),
        ({"examples": "{% include 'nope' ~ 1 %}"}, "{}/examples.jinja:1: there is no template nope1"),
        ({"examples": "\n\n{{ 1 // 0 }}"}, "{}/examples.jinja:3: ZeroDivisionError"),
        ({"examples": "{% include 'examples.jinja' %}"}, "{}/examples.jinja:1: RecursionError"),
        ({"examples": "\n{{ shots.__class__ }}"}, "{}/examples.jinja:2: SecurityError"),
        ({"ask_answer": "Answer."}, "prompts={}: all queries have the same prompt in"),
        ({"ask_again": "\n{% for miss in missed %}{{ miss.cam }}{% endfor %}"}, "{}/ask_again.jinja:2: 'solverlearner"),
        ({"ask_again": "\n{{ missed[0].came }}"}, "{}/ask_again.jinja:2: list object has no element 0"),
        ({"own_rule": "{% set x = own_rule %}\n{{ x.nope }}"}, "{}/own_rule.jinja:2: 'str object' has no attribute"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_an_error_in_a_template_is_a_line_with_file_and_line_before_anything_is_asked(tmp_path, templates, line):
    mine = folder_of(tmp_path / "mine", **templates)
    learner = ("hypothesis=text", "refine=1") if templates.keys() & {"ask_again", "own_rule"} else ()
    with pytest.raises(UsageError, match="^" + re.escape(line.format(mine))) as raised:
        spec(*SMALL, *learner, f"prompts={mine}", f"results={tmp_path / 'results'}")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "results").exists()


def test_templates_may_ask_repeat_the_question_and_include_parts_of_their_own(tmp_path):
    mine = folder_of(tmp_path, ask_answer="{{ question | upper }} {{ question }} {{ mood | default('calm') }}")
    folder_of(tmp_path / "parts", one="{{ shot.input }} is {{ shot.output }}{{ nl }}\n")
    folder_of(tmp_path, examples="{% set nl = '.' %}{% for shot in shots %}{% include 'parts/one.jinja' %}{% endfor %}")
    (tmp_path / "README.md").write_text("no template")
    (tmp_path / "notes.txt").write_text("nor this")
    first = messages(spec(*SMALL, "settings=[io]", f"prompts={mine}").plan)[0][0]["content"]
    assert "77+44 is 132.\n51+43 is 104.\n" in first
    assert first.endswith("WHAT IS 74+78? What is 74+78? calm")
    before = Templates(mine).hash
    (tmp_path / "parts" / "one.jinja").write_text("another")
    assert Templates(mine).hash != before


def test_the_names_that_a_template_may_use_are_those_that_it_is_given(tmp_path):
    given = {}

    class Recording(Templates):
        def render(self, name, /, **values):
            given.setdefault(name, set()).update(values)
            return super().render(name, **values)

    templates = Recording(folder_of(tmp_path, examples=EXAMPLES))
    plan = replace(spec(*EVERY_SETTING, "noise_told=true").plan, prompts=Prompts(templates, None, "steps", 0, "code"))
    assert messages(plan)
    calls = (call for call in draw_calls(replace(plan, settings=parse_settings(["solverlearner"]), learner=REFINING)))
    call = next(call for call in calls if call.rounds > 1)
    assert call.next([Tried(call.messages, "", None, ())])
    of_others = ("ask_inputs.jinja", "judge.jinja")
    assert given == {name: set(names) for name, names in VARIABLES.items() if name not in of_others}


@pytest.mark.parametrize("text", ["a ${seed} b", "${y}", r"\\${seed} \\\\${x} \\ $ {a}", "a, b: 'c' \"d\"\n#e", "on"])
def test_from_python_a_system_message_is_sent_as_it_is(text):
    options = composed_options("arith", "scripted", {"system": text})
    assert run_spec_of(options).plan.prompts.system == text


def test_from_python_prompts_are_a_folder_and_a_renamed_option_is_told(tmp_path):
    mine = folder_of(tmp_path, examples=EXAMPLES)
    found = run_spec_of(composed_options("arith", "scripted", {"prompts": mine, "episodes": 2}))
    assert found.name == spec("model=scripted", f"prompts={mine}", "episodes=2").name
    with pytest.raises(UsageError, match=r"^store: is called cache now: give cache="):
        composed_options("arith", "scripted", {"store": False})


def test_show_prints_what_templates_and_system_make(tmp_path):
    folder_of(tmp_path / "mine", examples=EXAMPLES)
    words = ("show", "model=scripted", "setting=io", "shots=1", "prompts=mine", "system='Be terse, please'")
    done = solverlearner(*words, cwd=tmp_path)
    assert done.stderr == ""
    assert "\n[system]\nBe terse, please\n[user]\nYou are a mathematician." in done.stdout
    assert "\n\n77+44 => 132\n\n" in done.stdout
    assert "[user]" not in solverlearner("show", "model=scripted", "setting=io", cwd=tmp_path).stdout


def test_a_sweep_over_templates_has_a_run_for_each_and_starts_none_where_one_fails(tmp_path):
    folder_of(tmp_path / "mine", examples=EXAMPLES)
    folder_of(tmp_path / "bad", examples="\n{{ shto }}")
    done = solverlearner("run", "-m", *SMALL, "settings=[io]", "prompts=null,bad", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "1 of 2 runs cannot start: bad/examples.jinja:2: shto is undefined" in done.stderr
    assert not (tmp_path / "results").exists()
    done = solverlearner("run", "-m", *SMALL, "settings=[io]", "prompts=null,mine", "system=null,S", cwd=tmp_path)
    assert done.returncode == 0
    assert len([*(tmp_path / "results").glob("arith-*")]) == 4


def test_long_system_messages_that_begin_alike_are_two_conditions_of_one_line():
    texts = ["You are a careful mathematician who " + "thinks " * 20 + end for end in ("first.", "last.", "first.")]
    found = [condition({"system": text, "model": {}}, {})["system"] for text in texts]
    assert found[0] == found[2] != found[1]
    assert all(len(each) < 80 and each.startswith("You are a careful mathematician") for each in found)
    assert "\n" not in condition({"system": "a\nb", "model": {}}, {})["system"]
