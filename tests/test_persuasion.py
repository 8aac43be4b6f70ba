"""Persuasion and uncertainty of our own tasks: the setting `closed`, groups by meaning, and what a run says of them."""

import asyncio
import json
import math
import sys
from types import SimpleNamespace

import pytest
from kept import whole_row
from runs import row, write_run

from solverlearner import pipeline
from solverlearner.analysis.cells import pool
from solverlearner.analysis.draws import UNREAD, Draws, draws_of
from solverlearner.analysis.meaning_groups import Entailment, check_cluster, first_of_each_group, regrouped, same_by
from solverlearner.analysis.measures import ALL, Measures, measures_of
from solverlearner.analysis.moved_question import moved_questions
from solverlearner.analysis.persuaded import movements, persuasion_by_setting, uncertainty_by_setting
from solverlearner.analysis.runs import Run, read_runs
from solverlearner.analysis.tables.draw_tables import Scatter, draw_tables, scatters
from solverlearner.api.composition import composed_options
from solverlearner.design.episode import draw_episodes
from solverlearner.design.plan import draw_calls
from solverlearner.design.setting import ASKABLE
from solverlearner.errors import UsageError
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.row_file import read_rows
from solverlearner.pipeline import carry_out_spec
from solverlearner.reporting.persuasion_text import measures_text
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

TASKS = [Arith(), Syntax(order="osv"), Syntax(shown="standard"), Spatial(), Cipher()]


def spec(tmp_path, task="arith", **options):
    given = {"results": str(tmp_path / "results"), "episodes": 4, "queries": 3, "behaviour": "waver", **options}
    return run_spec_of(composed_options(task, "scripted", given))


SAMPLED = {"samples": 6, "temperature": 0.7}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.variant)
def test_with_nothing_told_the_prompt_has_the_question_and_no_rule(task):
    (episode,) = draw_episodes(task, seed=0, episodes=1, shots=2, queries=1)
    from solverlearner.design.prompt import render

    (message,) = render(ASKABLE["closed"], episode, episode.queries[0], "domain")
    text = message["content"]
    assert task.question(episode.queries[0].input, "rule") in text
    for word in ("unknown", "Imagine", "base-", "differs", "example", "We define"):
        assert word not in text
    assert text == text.strip()
    assert " \n" not in text


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.variant)
def test_equal_answers_have_one_meaning_and_others_another(task):
    for episode in draw_episodes(task, seed=1, episodes=4, shots=1, queries=4):
        for query in episode.queries:
            values = [value for rule in task.family()[:40] if (value := rule.apply(query.input)) is not None]
            values += [read for value in values[:3] if (read := task.read(task.reply(value))) is not None]
            for one in values[:12]:
                for other in values:
                    assert (task.meaning(one) == task.meaning(other)) is task.equal(one, other)


def test_meanings_ignore_what_answers_may_differ_in():
    assert Arith(base=16).meaning("0x8A") == Arith(base=16).meaning(" 8a ")
    assert Cipher().meaning("Hello ") == Cipher().meaning("hello")
    roles = {"subject": "John", "verb": "sees", "object": "Mary"}
    assert Syntax().meaning(roles) == Syntax().meaning({k: f'"{v.upper()}."' for k, v in reversed(roles.items())})


def test_persuasion_adds_the_closed_setting_and_nothing_else_changes_the_name(tmp_path):
    plain = spec(tmp_path, settings=["zero_shot", "closed"])
    assert spec(tmp_path, settings=["zero_shot"], persuasion=True).name == plain.name
    assert spec(tmp_path, settings=["zero_shot", "closed"], persuasion=True).name == plain.name
    assert spec(tmp_path, **SAMPLED, uncertainty=True).name == spec(tmp_path, **SAMPLED).name
    with pytest.raises(UsageError, match="uncertainty=true: needs several samples"):
        spec(tmp_path, uncertainty=True)
    with pytest.raises(UsageError, match="case2code has no question that can be asked with nothing told"):
        spec(tmp_path, task="case2code", persuasion=True, queries=1)


def test_a_run_measures_its_rows_and_measures_them_again(tmp_path):
    cell = spec(tmp_path, **SAMPLED, uncertainty=True, persuasion=True)
    _, summary = carry_out_spec(cell)
    found = summary.measures["all"]
    assert {*found.uncertainty} == {"zero_shot", "io_mf", "io", "code_mf", "solverlearner", "closed"}
    assert {*found.persuasion} == {"zero_shot", "io_mf", "io"}
    rows = [*read_rows(cell.path)]
    assert measures_of(draws_of(rows), {"uncertainty": True, "persuasion": True}) == summary.measures
    assert all(each["on_target"] is (each["score"] == 1) for each in rows)
    io = found.persuasion["io"]
    shares = [each["on_target"] for each in rows if each["setting"] == "io"]
    assert io.target.value == pytest.approx(sum(shares) / len(shares))
    assert io.moved.value == pytest.approx(io.target.value - io.closed_target.value)
    assert io.tokens is None
    assert {"measures", "settings"} <= json.loads((cell.path / "summary.json").read_text()).keys()
    text = measures_text(summary.measures)
    assert "Semantic uncertainty" in text
    assert "Persuasion" in text


def test_the_ideal_learners_posterior_counts_the_rules_that_fit(tmp_path):
    """Without shots every base of the family fits, so that few give the expected answer; eight shots pin the base."""
    none = [*draw_episodes(Arith(base=9), seed=0, episodes=2, shots=0, queries=3)]
    for episode in none:
        for query in episode.queries:
            family = Arith(base=9).family()
            right = [rule.apply(query.input) == query.expected for rule in family]
            assert episode.posterior(query) == sum(right) / len(family) < 1
    pinned = [*draw_episodes(Arith(base=9), seed=0, episodes=2, shots=8, queries=3)]
    assert all(each.posterior(query) == 1 for each in pinned if each.ambiguity == 1 for query in each.queries)


def drawn(setting, answers, target="t", default="d", **more):
    return [
        whole_row(row(setting, correct=each == target) | {"sample": place, "meaning": each, "on_target": each == target,
                  "recited": each == default, "default_world_correct": False, **more})
        for place, each in enumerate(answers)
    ]  # fmt: skip


def measured(*rows):
    draws = draws_of([each for some in rows for each in some])
    return draws.prompts, draws.own_rules


def moves(*rows):
    prompts, own = measured(*rows)
    return moved_questions(prompts), own


def test_worked_by_hand():
    """Ten draws each: closed d d d d d d d d t x, told t t t t t t t d d x."""
    prompts, own = measured(drawn("closed", "ddddddddtx"), drawn("io", "tttttttddx"))
    (found,) = persuasion_by_setting(moved_questions(prompts), own).values()
    assert (found.closed_target.value, found.target.value, found.default.value) == (0.1, 0.7, 0.2)
    assert found.moved.value == pytest.approx(0.6)
    assert found.counts == {"persuaded": 1, "stubborn": 0, "elsewhere": 0}
    closed = uncertainty_by_setting(prompts, own)["closed"]
    assert closed.discrete.value == pytest.approx(0.639, abs=1e-3)  # −0.8 ln 0.8 − 2 · 0.1 ln 0.1
    assert closed.groups.value == 3


def test_answers_that_cannot_be_read_are_one_group_and_unanswered_queries_none():
    rows = drawn("closed", "dd") + drawn("closed", "??", sample=0)
    for place, each in enumerate(rows):
        each["sample"] = place
    for each in rows[2:]:
        each.update(meaning=None, value=None)
    rows += [dict(rows[0], sample=9, score=None)]
    prompts, own = measured(rows)
    assert prompts[0].answers == ["d", "d", "", ""]
    assert uncertainty_by_setting(prompts, own)["closed"].groups.value == 2


def test_programs_are_grouped_by_what_they_do_on_all_queries():
    """Two samples that agree on one query and differ on the other are two meanings."""
    draws = Draws()
    for query, answers in enumerate((("a", "a", "a"), ("b", "c", "b"))):
        for each in drawn("solverlearner", answers):
            draws.add(each | {"query": query})
    (prompt,) = draws.prompts
    assert prompt.groups == [0, 1, 0]


def test_intervals_end_where_the_numbers_do():
    closed = [*drawn("closed", "dddd"), *drawn("closed", "dtuv", episode=1)]
    io = [*drawn("io", "tttt"), *drawn("io", "dtuv", episode=1)]
    found = uncertainty_by_setting(*measured(closed, io))["closed"]
    assert (found.groups.low, found.groups.high) == (1, 4)
    assert (found.discrete.low, found.discrete.high) == (0, pytest.approx(math.log(4)))
    (moved,) = persuasion_by_setting(*moves(closed, io)).values()
    assert moved.answers.high == pytest.approx(math.log(2))


def test_tokens_are_compared_where_all_short_replies_have_them():
    def told(probability, length=2):
        return {"chosen": [-0.5] * length, "mean": {"8": probability, "9": 1 - probability}, "tail": 0.0}

    closed, io = drawn("closed", "dddd", tokens=told(0.9)), drawn("io", "tttt", tokens=told(0.1))
    (found,) = persuasion_by_setting(*moves(closed, io)).values()
    assert found.tokens.value > 0.3
    assert (found.slack, found.tokens_floor) == (0, 0)
    assert found.cp_paper == pytest.approx(found.cp_pooled)
    assert uncertainty_by_setting(*measured(closed, io))["io"].rao.value == 0
    io[0]["tokens"] = None
    assert next(iter(persuasion_by_setting(*moves(closed, io)).values())).tokens is None
    long = drawn("io", "tttt", tokens=told(0.1, 40))
    (found,) = persuasion_by_setting(*moves(closed, long)).values()
    assert (found.tokens, found.too_long) == (None, 4)
    text = measures_text({ALL: Measures(persuasion={"io": found})}, details=True)
    assert "4 completions have more than 32 tokens" in text
    assert "set max_tokens=20" in text


def test_log_probabilities_reach_the_rows_once_a_completion(tmp_path):
    from solverlearner.evaluation.loop import score_call
    from solverlearner.execution.executor import Executor
    from solverlearner.models.base import Reply, Tokens

    plan = spec(tmp_path, settings=["io", "code_mf"]).plan
    reply = Reply("```python\ndef solver(a, b): return a\n```", tokens=Tokens((-0.1,), {"8": 0.9}, 0.1))

    async def rows():
        async with Executor(workers=1) as executor:
            calls = [call for call in draw_calls(plan) if call.episode.index == 0]
            return [each for call in calls for each in await score_call(0, "m", call, reply, executor)]

    found = asyncio.run(rows())
    assert [each.tokens is not None for each in found if each.setting == "code_mf"] == [True, False, False]
    assert all(each.tokens == reply.tokens.record for each in found if each.setting == "io")


def test_tables_measure_the_same_from_the_rows_of_runs(tmp_path):
    from solverlearner.analysis.results import load_collection

    options = {"settings": ["io"], **SAMPLED, "uncertainty": True, "persuasion": True}
    summaries = [carry_out_spec(spec(tmp_path, seed=seed, **options))[1] for seed in (0, 1)]
    found = load_collection([str(tmp_path / "results")], print).table("draws")
    moved = found[found.table == "persuasion_arith"]
    (io,) = moved.to_dict("records")
    assert io["questions"] == sum(each.measures["all"].persuasion["io"].questions for each in summaries) == 24
    mean = sum(each.measures["all"].persuasion["io"].moved.value for each in summaries) / 2
    assert io["moved"] == pytest.approx(mean, abs=1e-5)


def test_rows_of_an_earlier_version_are_grouped_by_their_values():
    rows = drawn("closed", "ddt")
    for each, value in zip(rows, (1, 1, 2), strict=True):
        each.update(meaning=None, on_target=None, value=value)
    (prompt,) = draws_of(rows + rows).prompts  # and a row that is there twice counts once
    assert prompt.groups == [0, 0, 1]
    assert prompt.on_target == [0, 0, 1]


def test_an_answer_joins_the_first_group_whose_head_says_the_same():
    """Beside the loop over answers and heads that Farquhar et al. 2024 have, for a relation that is not transitive."""
    answers = {"a": ["1", "2", "3", UNREAD, "9"], "b": ["7", "5", "6", "4"], "c": [UNREAD]}
    rounds = []

    def same(pairs):
        rounds.append(list(pairs))
        return [abs(int(one) - int(other)) <= 1 for _, one, other in pairs]

    found = first_of_each_group({place: f"{place}?" for place in answers}, answers, same)
    for place, own in answers.items():
        heads = []
        for answer in own:
            near = [head for head in heads if UNREAD not in (head, answer) and abs(int(head) - int(answer)) <= 1]
            heads += [] if near else [answer]
            assert found[place][answer] == (near[0] if near else answer)
    assert rounds[0] == [("a?", "1", "2"), ("a?", "1", "3"), ("a?", "1", "9"),
                         ("b?", "7", "5"), ("b?", "7", "6"), ("b?", "7", "4")]  # fmt: skip
    asked = [pair for pairs in rounds for pair in pairs]
    assert len({*asked}) == len(asked)  # no pair is judged twice


def test_groups_by_rouge_and_by_entailment_join_answers_over_all_settings():
    """The entailment model is ours: it takes every answer that ends in the same word for the same."""

    class Model:
        def __call__(self, pairs, top_k, batch_size):
            for pair in pairs:
                one, other = (pair[name].split()[-1] for name in ("text", "text_pair"))
                assert pair["text"].startswith("0 ")  # the question stands before each answer
                yield [{"label": "ENTAILMENT" if one == other else "NEUTRAL"}]

    rows = drawn("closed", ["a film actor", "actor", "", "judge"]) + drawn("io", ["the actor", "judges", "", "actor"])
    prompts, _ = measured(rows)
    by_rouge, agreement = regrouped(prompts, same_by("rouge", ""))
    assert [each.groups for each in by_rouge] == [[0, 1, 2, 0], [0, 0, 1, 2]]
    by_nli, _ = regrouped(prompts, Entailment("ours", Model()).both_ways)
    io, closed = sorted(by_nli, key=lambda each: each.setting != "io")
    assert (closed.groups, io.groups) == ([0, 0, 1, 2], [0, 1, 2, 0])
    assert {*io.answers} & {*closed.answers} == {"the actor", ""}
    assert agreement == pytest.approx(1 - 2 / 12)  # of 12 pairs, one is joined on each side


def test_a_large_run_says_that_it_is_being_measured(tmp_path, monkeypatch, capsys):
    small = {"settings": ["io"], "persuasion": True, "samples": 2, "temperature": 0.5, "episodes": 2, "queries": 1}
    carry_out_spec(spec(tmp_path, **small))
    assert "measuring" not in capsys.readouterr().err
    monkeypatch.setattr(pipeline, "_MANY", 8)
    carry_out_spec(spec(tmp_path, **small, seed=1))
    assert "all calls are answered; measuring 8 completions …" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"cluster": "rouge"}, "cluster=rouge: groups free text, and answers of arith have a closed form"),
        ({"cluster": "cosine"}, "cluster=cosine: must be one of match, rouge, nli, model"),
    ],
)
def test_a_way_of_grouping_that_cannot_be_used_is_one_line(tmp_path, options, line):
    with pytest.raises(UsageError, match=line):
        carry_out_spec(spec(tmp_path, **options))


def test_an_entailment_model_needs_its_packages_and_a_name(monkeypatch):
    from solverlearner.analysis import meaning_groups

    monkeypatch.setattr(meaning_groups.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        UsageError, match=r"cluster=nli: needs torch and transformers: pip install 'solverlearner\[nli\]'"
    ):
        check_cluster("nli", "x", free_text=True, task="dynamicqa")
    monkeypatch.setattr(meaning_groups.importlib.util, "find_spec", lambda name: name)
    with pytest.raises(UsageError, match="nli: is empty"):
        check_cluster("nli", "", free_text=True, task="dynamicqa")


@pytest.mark.parametrize(
    ("labels", "accepted"),
    [
        (["contradiction", "neutral", "entailment"], True),
        (["ENTAILMENT", "NOT_ENTAILMENT"], True),  # both hold the word
        (["LABEL_0", "LABEL_1"], False),
        (["not_entailment", "non-entailment"], False),
        (["entail", "entailment"], False),
    ],
)
def test_one_label_of_an_entailment_model_says_so(monkeypatch, labels, accepted):
    class Classifier:
        model = SimpleNamespace(config=SimpleNamespace(id2label=dict(enumerate(labels))))

        def __call__(self, pairs, top_k, batch_size):
            for pair in pairs:
                same = pair["text"] == pair["text_pair"]
                yield [{"label": next(label for label in labels if (label.lower() == "entailment") == same)}]

    library = SimpleNamespace(pipeline=lambda kind, model: Classifier())
    monkeypatch.setitem(sys.modules, "transformers", library)
    judge = Entailment(f"a model with the labels {labels}")
    if not accepted:
        with pytest.raises(UsageError, match="is no entailment model: its labels are"):
            judge.both_ways([("Who?", "she", "she")])
    else:
        assert judge.both_ways([("Who?", "she", "she"), ("Who?", "she", "he")]) == [True, False]


def test_movements_are_drawn_a_point_a_question():
    """Closed "ddtt" has entropy log 2 and half of its draws on the target; told, all have it."""
    figures = pytest.importorskip("solverlearner.reporting.figures")
    prompts, _ = measured(drawn("closed", "ddtt") + drawn("closed_again", "dttt") + drawn("io", "tttt"))
    found = movements(prompts)
    assert [*found] == ["io"]
    (point,) = found["io"]
    assert (point.entropy, point.moved) == (pytest.approx(0.693147), 0.5)
    (drawing,) = figures.draw_scatters([Scatter("arith", "a model: io", found["io"])])
    (axes,) = drawing.figure.axes
    assert axes.collections[0].get_offsets().tolist() == [[pytest.approx(0.693147), 50]]


def test_rows_of_a_measured_run_are_read_once_for_tables_and_figure(tmp_path, monkeypatch):
    write_run(tmp_path / "run", [*drawn("closed", "dtd"), *drawn("io", "ttd")])
    cells = pool(read_runs([str(tmp_path)], print), print)
    reads, lines = [], Run.lines
    monkeypatch.setattr(Run, "lines", lambda self, *asked: reads.append(asked) or lines(self, *asked))
    (table,) = draw_tables(cells)
    (scatter,) = scatters(cells)
    assert (table.name, len(scatter.points), len(reads)) == ("persuasion_arith", 1, 1)
