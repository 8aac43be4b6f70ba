"""DYNAMICQA: its data in both naming schemes, its prompts, which answers count, and what a run of it says."""

import csv
import dataclasses
import json
import lzma
import os
from pathlib import Path

import pytest
from endpoint import serve

from solverlearner.analysis.draws import draws_of
from solverlearner.analysis.measures import measures_of
from solverlearner.api.composition import composed_options
from solverlearner.design.plan import draw_calls
from solverlearner.errors import UsageError
from solverlearner.evaluation.contract_check import checked_model
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.row_file import read_rows
from solverlearner.models.base import why_no_other_questions
from solverlearner.models.openai import OpenAIModel
from solverlearner.models.recorded import Recorded
from solverlearner.models.replay import Replay
from solverlearner.pipeline import carry_out_spec, check_measures
from solverlearner.reporting.persuasion_text import measures_text
from solverlearner.task import holds_words, normal_form, rouge_l
from solverlearner.tasks.dynamicqa import DynamicQA

STATIC = [
    ("Ann Lee", "What is Ann Lee's occupation?", "Ann Lee was a [ENTITY].", "politician", "judge",
     '["politician", "political leader"]'),
    ("Oslo", "What is Oslo the capital of?", "Oslo is the capital of [ENTITY]. [ENTITY] is cold.", "Norway", "Chad",
     "[]"),
    ("Bo", "What is Bo's occupation?", "Bo, an actress, was an [ENTITY].", "actor", "film actor",
     '["actor", "actress"]'),
    ("Cy", "What does Cy play?", "Cy plays ENTITY and [ENTITY].", "soccer", "tennis", "not json"),
    ("Di", "What does Di play?", "Di plays [ENTITY].", "chess", "Chess", "[]"),
]  # fmt: skip
DISPUTED = [("Kim", "Which title has Kim?", "kim has been the dictator since 1994.", "dictator", "leader")]


def write(path, rows, edits="1.0", packed=False):
    names = ["", "id", "subj", "question", "context", "obj", "replace_name", "possible_answers", "num_edits", "s_pop"]
    lines = [[i, i, *row[:5], row[5] if len(row) > 5 else "", edits, "88"] for i, row in enumerate(rows)]
    with lzma.open(path, "wt") if packed else path.open("w") as file:
        csv.writer(file).writerows([names, *lines])


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "Static_final.csv.xz", STATIC, packed=True)
    write(
        folder / "temporal.csv",
        [(f"T{i}", f"Who is T{i}?", "T was [ENTITY].", "a", "b", "[]") for i in range(3)],
        "4.0",
    )
    write(folder / "Disputable_final.csv", DISPUTED)
    return folder


def question(data, name, **options):
    tasks = DynamicQA(str(data), partition="static", **options)
    found = (tasks.of_episode(0, index) for index in range(tasks.most_episodes))
    return next(each for each in found if each.item.subject == name)


def test_both_naming_schemes_are_read_and_episodes_take_the_partitions_in_turn(data):
    tasks = DynamicQA(str(data))
    asked = [tasks.of_episode(0, index).item for index in range(tasks.most_episodes)]
    assert [each.partition for each in asked[:5]] == ["static", "temporal", "disputable", "static", "temporal"]
    assert len({each.question for each in asked}) == len(asked) == 9
    assert [tasks.of_episode(1, i).item for i in range(9)] != asked
    assert asked[1].edits == 4
    assert asked[1].popularity == 88


def test_faults_are_counted_never_mended_and_left_out_when_asked(data):
    told = " ".join(DynamicQA(str(data), partition="static").notes())
    for fault in ("1 with a bare ENTITY", "1 with two equal answers", "1 whose answers hold one another",
                  "1 whose changed context still names the original answer"):  # fmt: skip
        assert fault in told
    assert "5 questions" in told
    clean = DynamicQA(str(data), partition="static", clean=True)
    assert clean.most_episodes == 2
    assert clean.variant != DynamicQA(str(data), partition="static").variant


def test_the_prompts_of_the_three_settings_have_the_published_words(data):
    options = {"data": str(data), "partition": "static", "episodes": 5, "samples": 2, "temperature": 0.5}
    plan = run_spec_of(composed_options("dynamicqa", "scripted", options)).plan
    calls = [call for call in draw_calls(plan) if call.task.item.subject == "Oslo" and not call.sample]
    closed, context, persuade = (call.messages[0]["content"] for call in calls)
    assert closed == (
        "You'll be given a question about the article and answer it with a one word. Answer the [Question].\n\n"
        "This article is about Oslo. [Question]: What is Oslo the capital of? [Answer]:"
    )
    assert "[Context]: Oslo is the capital of Norway. Norway is cold. [Question]: What is Oslo" in context
    assert "This article is about Oslo. [Context]: Oslo is the capital of Chad. Chad is cold." in persuade
    assert [call.items[0].expected for call in calls] == ["Norway", "Norway", "Chad"]
    own = question(data, "Oslo", same_wording=False).in_setting(plan.settings[1])
    assert own.question(("Q",), "rule").startswith("[Context]: Oslo")


def test_a_disputed_context_holds_the_answer_itself(data):
    (asked,) = [DynamicQA(str(data), partition="disputable").of_episode(0, 0)]
    assert asked.item.told("leader") == "kim has been the leader since 1994."


@pytest.mark.parametrize(
    ("answer", "alias", "exact", "rouge"),
    [
        ("Politician.", True, True, True),
        ("political leader", True, False, False),
        ("She is a politician", True, False, True),
        ("She is a judge, not a politician", False, False, False),
        ("judge", False, False, False),
        ("geopolitician", False, False, False),
    ],
)
def test_which_answers_count(data, answer, alias, exact, rouge):
    found = [
        question(data, "Ann Lee", match=match).equal("politician", answer) for match in ("alias", "exact", "rouge")
    ]
    assert found == [alias, exact, rouge]


def test_of_two_answers_that_hold_one_another_the_longer_one_counts(data):
    bo = question(data, "Bo")
    assert bo.equal("film actor", "a film actor")
    assert not bo.equal("actor", "a film actor")
    assert bo.equal("actor", "an Actor!")
    assert not bo.equal("film actor", "an actor")
    assert bo.read("\n [Answer]: **film actor**\nmore") == "film actor"
    assert bo.read("\n ... \n") is None


def test_matches_of_texts():
    assert normal_form("  The “U.S.” Army ") == "“us” army"
    assert holds_words("he is film actor", "film actor")
    assert not holds_words("factor", "actor")
    assert not holds_words("x", "")
    assert rouge_l("the cat sat", "cat sat down now") == pytest.approx(2 * 2 / 7)
    assert rouge_l("", "x") == 0


def spec(folder, tmp_path, **options):
    given = {"data": str(folder), "results": str(tmp_path / "results"), "episodes": 9, **options}
    return run_spec_of(composed_options("dynamicqa", "scripted", given))


def test_a_run_tells_partitions_entropies_and_what_moved(data, tmp_path):
    """The scripted model is right in every setting: it holds the original answer and follows every context."""
    cell = spec(data, tmp_path)
    _, summary = carry_out_spec(cell)
    moved = summary.measures["all"].persuasion["persuade"]
    assert (moved.questions, moved.closed_default.value, moved.target.value) == (9, 1, 1)
    assert moved.counts == {"persuaded": 8, "stubborn": 0, "elsewhere": 0}  # one has two equal answers
    parts = ["all", "static", "temporal", "disputable", "1 edit", "3 or more edits"]
    assert [*summary.measures] == parts
    closed = summary.measures["static"].uncertainty["closed"]
    assert (closed.right.value, closed.exact.value, closed.rouge.value) == (1, 1, 1)
    assert (moved.coded_persuaded, moved.coded_stubborn) == (1, 0)
    assert summary.measures["static"].uncertainty["closed"].discrete.value == 0
    stored = json.loads((cell.path / "summary.json").read_text())["measures"]["temporal"]
    assert stored["persuasion"]["persuade"]["moved"]["value"] == 1
    rows = [*read_rows(cell.path)]
    assert measures_of(draws_of(rows), {"uncertainty": True, "persuasion": True}) == summary.measures
    assert {row["facts"]["partition"] for row in rows} == {"static", "temporal", "disputable"}
    assert summary.references == {}  # a context asks for another answer than the closed question
    assert summary.has_default_world
    text = measures_text(summary.measures, details=True)
    assert "Semantic uncertainty" in text
    assert "disputable" in text


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"settings": ["io"]}, r"settings=\[io\]: dynamicqa is asked in closed, closed_again, context, persuade"),
        ({"samples": 1}, "uncertainty=true: needs several samples"),
        ({"temperature": 0.0}, "samples=10: at temperature=0"),
        ({"partition": "old"}, "partition=old: must be"),
        ({"episodes": 10}, "episodes=10: .* has only 9"),
        ({"data": "nowhere"}, "data=nowhere: cannot be read"),
    ],
)
def test_bad_input_is_one_line(data, tmp_path, options, line):
    with pytest.raises(UsageError, match=line):
        spec(data, tmp_path, **options)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a,b\n1,2\n", "lacks subj, question"),
        (b"", "has no rows"),
        (b"\xff\xfe\x00", "is no CSV file in UTF-8"),
        (b"\xfd7zXZ broken", "cannot be read"),
        (b"subj,question,context,obj,replace_name,num_edits\nx,,c,o,r,1\n", "row 2 has no question"),
    ],
)
def test_bad_data_is_one_line(tmp_path, content, line):
    (tmp_path / "static.csv").write_bytes(content)
    with pytest.raises(UsageError, match=line):
        DynamicQA(str(tmp_path))
    with pytest.raises(UsageError, match="has no file of partition=temporal"):
        DynamicQA(str(tmp_path), partition="temporal")


def test_the_published_limit_of_tokens_holds_for_models_with_a_default_of_their_own(data):
    options = {"data": str(data)}
    assert composed_options("dynamicqa", "smollm2", options)["max_tokens"] == 20
    assert composed_options("dynamicqa", "smollm2", {**options, "max_tokens": 64})["max_tokens"] == 64
    assert composed_options("arith", "smollm2", {})["max_tokens"] == 160


def test_other_tasks_have_no_context(tmp_path):
    with pytest.raises(UsageError, match="is a setting of task=dynamicqa alone"):
        run_spec_of(composed_options("arith", "scripted", {"settings": ["persuade"]}))


REAL = Path(os.environ.get("SOLVERLEARNER_SHARED", "")) / "dynamicqa"


@pytest.mark.skipif(not REAL.is_dir() or "SOLVERLEARNER_SHARED" not in os.environ, reason="no shared folder")
def test_the_real_files_have_the_counted_questions():
    tasks = DynamicQA(str(REAL))
    told = " ".join(tasks.notes())
    assert "5689 questions" in told
    assert "2500 static, 2495 temporal, 694 disputable" in told
    assert "9 with two equal answers" in told


def test_the_asked_model_groups_answers_and_is_not_asked_again(data, tmp_path):
    """Closed it says "norway" or "kingdom of norway" in turn, told the other answer it says that; it judges well."""
    said = iter(range(10**6))

    def answer(prompt):
        if "say the same" in prompt:
            texts = (line.partition(": ")[2].lower() for line in prompt.splitlines() if "answer:" in line)
            one, other = (text.strip(".").split()[-1] for text in texts)
            return "Yes." if one == other or {one, other} == {"8", "eight"} else "No."
        if "[Context]" in prompt:
            return "Chad"
        return ["Svalbard", "the realm of Svalbard"][next(said) % 2]

    options = {"data": str(data / "Static_final.csv.xz"), "partition": "static", "episodes": 5, "samples": 4}
    options |= {"settings": ["closed", "closed_again", "persuade"], "cluster": "model", "uncertainty": True}
    with serve(answer) as endpoint:
        spec = endpoint_spec(endpoint, tmp_path, **options)
        _, summary = carry_out_spec(spec)
        asked = len(endpoint.bodies)
        _, again = carry_out_spec(spec)
        assert len(endpoint.bodies) == asked
    entropies = summary.measures["all"].uncertainty
    assert entropies["closed"].discrete.value == 0
    assert summary.measures["all"].agreement < 1
    assert again.measures == summary.measures
    judged = json.loads((spec.path / "judged.json").read_text())
    assert judged["unreadable"] == judged["unanswered"] == 0
    assert all(len(group) in (1, 2) for groups in judged["groups"].values() for group in groups)
    by_control = summary.measures["all"].persuasion["closed_again"]
    assert by_control.moved.value == 0
    assert by_control.answers_raw == 0
    samples = {row["sample"] for row in read_rows(spec.path) if row["setting"] == "closed_again"}
    assert samples == {4, 5, 6, 7}


def test_a_model_that_is_no_judge_is_refused_before_any_question(data, tmp_path):
    options = {"data": str(data / "Static_final.csv.xz"), "partition": "static", "episodes": 2, "cluster": "model"}
    with serve(lambda prompt: "neutral") as endpoint:
        with pytest.raises(UsageError, match=r"cluster=model: the model does not tell same .* says 'neutral'"):
            carry_out_spec(endpoint_spec(endpoint, tmp_path, **options))
        assert len(endpoint.bodies) == 1


class Echo:
    """A model of the user's own that answers the prompts of its run alone."""

    name = "echo"
    no_other_questions = "it repeats its prompt"

    async def ask(self, call):
        raise AssertionError("it was asked")


def test_a_model_that_answers_the_prompts_of_its_run_alone_is_no_judge(data, tmp_path):
    task = {"data": str(data / "Static_final.csv.xz"), "partition": "static"}
    options = {**task, "episodes": 2, "cluster": "model", "results": str(tmp_path)}
    batched = {"name": "served", "base_url": "http://127.0.0.1:9/v1", "batch": True}
    specs = [
        run_spec_of(composed_options("dynamicqa", "scripted", options)),
        run_spec_of(composed_options("dynamicqa", "compatible", options | batched)),
    ]
    whys = ["it knows tasks only", "a batch is sent before", "it repeats its prompt"]
    for model, why in zip([*(spec.model for spec in specs), checked_model(Echo())], whys, strict=True):
        with pytest.raises(UsageError, match=f"cluster=model: {model.name} cannot be asked .*: .*{why}"):
            check_measures(dataclasses.replace(specs[0], model=model))
    assert all(map(why_no_other_questions, (Recorded, Replay)))
    assert why_no_other_questions(OpenAIModel("served")) == ""


def endpoint_spec(endpoint, tmp_path, **options):
    given = {"name": "served", "base_url": endpoint.url, "results": str(tmp_path / "results"), "concurrency": 1}
    return run_spec_of(composed_options("dynamicqa", "compatible", given | options))
