"""The table of learners: its numbers are those of the runs' own summaries, its differences those worked out by hand."""

import json

import pytest
from running import rows_of
from runs import grid as rows_of_grid
from runs import row, write_run
from test_run import Model, plan
from test_sweep_parts import grid  # noqa: F401
from test_tables import alternating, cells_of, records, tables

from solverlearner.analysis.summary import as_record, summarise
from solverlearner.analysis.tables.equal_cost import affordable, against_draws, learner_of
from solverlearner.design.learner_options import LearnerOptions
from solverlearner.design.scripted import Scripted, _behaviour
from solverlearner.evaluation.options import plan_of
from solverlearner.models.base import Reply

QUERIES = 2


def programs(costs, right, shots_right=None, episode=0, **more):
    """Rows of an episode's programs, each with its (calls, tokens), the queries that it gives right, and its shots."""
    made = []
    for sample, ((calls, tokens), count) in enumerate(zip(costs, right, strict=True)):
        for query in range(QUERIES):
            told = {"sample": sample, "value": f"{sample}", "program": "def solver…", "calls": calls, "shots": 8}
            told |= {"prompt_tokens": tokens - 1, "completion_tokens": 1}
            told["shots_right"] = 8 if shots_right is None else shots_right[sample]
            made.append(row("solverlearner", episode, query, query < count, **told | more))
    return made


def learner(folder, rows, **options):
    (cell,) = cells_of(write_run(folder, rows, temperature=0.7, **options))
    return learner_of(cell)


def test_draws_of_equal_cost_are_the_first_that_fit_and_at_least_one():
    assert [affordable([10, 10, 10], budget) for budget in (0, 10, 19, 20, 99)] == [1, 1, 1, 2, 3]
    assert affordable([30, 5], 20) == 1


def test_a_learner_is_compared_with_the_draws_that_its_own_cost_buys(tmp_path):
    # The third draw alone fits the shots. Refining takes three calls, as many as reach it, and the tokens of two draws.
    def drawn(episode):
        return programs([(1, 10)] * 4, [0, 0, 2, 0], [1, 1, 8, 1], episode)

    draws = learner(tmp_path / "draws", [r for n in range(8) for r in drawn(n)], samples=4)
    refined = [r for n in range(8) for r in programs([(3, 25)], [1], episode=n)]
    refining = learner(tmp_path / "refining", refined, refine=3)
    calls, tokens = (against_draws(refining, draws, amount) for amount in ("calls", "tokens"))
    assert (calls.spent, calls.given, calls.estimate.value, calls.episodes) == (3, 3, -0.5, 8)
    assert (tokens.spent, tokens.given, tokens.estimate.value) == (25, 20, 0.5)
    assert calls.estimate.low < -0.5 < calls.estimate.high < 0
    assert calls.p_episode == tokens.p_episode == 2 / 2**8


def test_draws_follow_what_the_learner_spends_episode_by_episode(tmp_path):
    def drawn(episode):
        return programs([(1, 10)] * 3, [0, 2, 2], [1, 8, 8], episode)

    draws = learner(tmp_path / "draws", [r for n in range(6) for r in drawn(n)], samples=3)
    rows = [r for n in range(6) for r in programs([(2 if n < 2 else 1, 10)], [1], episode=n)]
    found = against_draws(learner(tmp_path / "own", rows, refine=1), draws, "calls")
    assert found.given == found.spent == pytest.approx(8 / 6)
    assert found.estimate.value == pytest.approx(6 * 1 / 12 - 2 * 2 / 12)


def test_too_few_draws_and_unknown_tokens_are_no_equal_cost(tmp_path):
    draws = learner(tmp_path / "draws", programs([(1, 10)] * 2, [0, 1]), samples=2)
    own = learner(tmp_path / "own", programs([(4, 10)], [1], completion_tokens=None), refine=3)
    assert (against_draws(own, draws, "calls").given, against_draws(own, draws, "calls").spent) == (2, 4)
    assert against_draws(own, draws, "tokens") is None
    assert own.mean("tokens") is None
    elsewhere = learner(tmp_path / "elsewhere", programs([(1, 10)], [1], episode=5), refine=1)
    assert against_draws(elsewhere, draws, "calls") is None


class Counted(Model):
    """A scripted model that wavers and tells tokens."""

    def __init__(self):
        super().__init__(lambda call: None)

    async def ask(self, call):
        reply = await Scripted(_behaviour("waver", call)).ask(call)
        return Reply(reply.text, prompt_tokens=100 * len(call.messages), completion_tokens=20)


@pytest.fixture
def compared(tmp_path):
    """The runs of three learners with their options, and the records of the table that they become."""
    sizes = {"settings": ["solverlearner"], "episodes": 12, "queries": 3}
    runs = {}
    for options in ({"samples": 4}, {"refine": 3}, {"samples": 2, "hypothesis": "text"}):
        asked = LearnerOptions(options.get("refine", 0), options.get("hypothesis", "none"))
        a_plan = plan(**sizes, samples=options.get("samples", 1), learner=asked)
        place = tmp_path / "-".join(options)
        rows, _ = rows_of(place, a_plan, Counted())
        config = {"shots": 8, "hint": "domain", "temperature": 0.7, "task": {"base": 9}, "model": {}} | options
        (place / "run/config.json").write_text(json.dumps(config))
        (place / "run/manifest.json").write_text('{"state": "complete"}')
        runs["-".join(options)] = rows, str(place)
    folders = ",".join(place for _, place in runs.values())
    assert tables(f"[{folders}]", f"out={tmp_path / 'out'}", "format=[csv,md]") == 0
    return runs, records(tmp_path / "out/learners_arith.csv"), (tmp_path / "out/tables.md").read_text()


def test_the_table_says_what_the_runs_own_summaries_say(compared):
    runs, found, text = compared
    assert [(r["hypothesis"], r["refine"], r["samples"]) for r in found] == [
        ("none", "0", "4"), ("none", "3", "1"), ("text", "0", "2"),
    ]  # fmt: skip
    for record, name in zip(found, ("samples", "refine", "samples-hypothesis"), strict=True):
        summary = summarise(runs[name][0])
        told = as_record(summary)["settings"]["solverlearner"]
        assert float(record["one"]) == pytest.approx(told["accuracy"]["value"], abs=1e-6)
        if several := told.get("several"):
            for key in ("selected", "oracle"):
                ends = [float(record[part]) for part in (key, f"{key}_low", f"{key}_high")]
                assert ends == pytest.approx([*several[key].values()], abs=1e-6)
            passes = {k: float(record[f"pass@{k}"]) for k in several["pass_at"]}
            assert passes == pytest.approx({k: each["value"] for k, each in several["pass_at"].items()}, abs=1e-6)
            for k in ("2", "4"):
                if k in several["all_pass"]:
                    assert float(record[f"pass^{k}"]) == pytest.approx(several["all_pass"][k]["value"], abs=1e-6)
            cost = several["of_one_sample"]
            spent = [float(record[key]) / several["samples"] for key in ("calls", "tokens")]
            assert spent == pytest.approx([cost["calls"], cost["tokens"]])
    assert [record["equal_calls"] == "" for record in found] == [True, False, False]
    assert float(found[2]["calls"]) == float(found[2]["equal_calls_given"]) == 4
    assert "## arith: inductive learners, at equal calls and at equal tokens" in text
    assert "| refine 3 |" in text
    assert "| hypothesis text, samples 2 |" in text


def test_what_a_refined_program_cost_is_that_of_all_its_rounds(compared):
    runs, found, _ = compared
    rows, _ = runs["refine"]
    for each in rows:
        n = each["calls"]
        assert (each["prompt_tokens"], each["completion_tokens"]) == (sum(100 * (2 * i + 1) for i in range(n)), 20 * n)
    calls = [each["calls"] for each in rows if each["query"] == 0]
    assert {1} < {*calls} <= {1, 2, 3, 4}
    assert float(found[1]["calls"]) == pytest.approx(sum(calls) / 12)


def test_rows_of_an_older_version_have_all_other_tables(tmp_path):
    write_run(tmp_path / "old", rows_of_grid(alternating))
    sampled = [r | {"sample": n} for n in range(2) for r in rows_of_grid(alternating, ["solverlearner"])]
    write_run(tmp_path / "sampled", sampled, samples=2, temperature=0.7)
    assert tables(tmp_path, "format=csv") == 0
    assert not [*(tmp_path / "tables").glob("learners*")]
    (record,) = [r for r in records(tmp_path / "tables/failures_arith.csv") if r["setting"] == "solverlearner"]
    assert "memorised" not in record
    assert (tmp_path / "tables/ablation_arith_samples.csv").exists() is False  # their temperatures differ
    assert (tmp_path / "tables/cost.csv").exists()


def test_failures_tell_who_memorised_from_who_never_fitted(tmp_path):
    rows = programs([(1, 10)], [1]) + programs([(1, 10)], [0], [7], episode=1)
    rows += programs([(1, 10)], [0], [0], episode=2, program=None, status="no_program")
    rows += [*programs([(1, 10)], [2], episode=3), row("io", 0, 0, False)]
    write_run(tmp_path / "run", rows)
    assert tables(tmp_path, "format=[csv,md]", "only=failures") == 0
    found = {r["setting"]: r for r in records(tmp_path / "tables/failures_arith.csv")}
    told = [found["solverlearner"][key] for key in ("queries", "right", "wrong", "no_program", "memorised")]
    assert told == ["8", "3", "3", "2", "1"]
    assert found["solverlearner"]["never fitted"] == "4"
    assert (found["io"]["memorised"], found["io"]["never fitted"]) == ("0", "0")
    assert "memorised, by programs that get all their shots right" in (tmp_path / "tables/tables.md").read_text()


def test_the_ledger_counts_all_calls_of_all_samples(tmp_path):
    write_run(tmp_path / "run", programs([(3, 30), (1, 10)], [2, 0]))
    assert tables(tmp_path, "format=csv", "only=cost") == 0
    (found,) = records(tmp_path / "tables/cost.csv")
    assert [found[key] for key in ("calls", "queries", "prompt_tokens")] == ["4", "4", "38.0"]


def test_the_experiment_gives_every_learner_the_same_number_of_calls(grid):  # noqa: F811
    from omegaconf import OmegaConf

    from solverlearner.cli.conf_files import folders

    text = (folders()[0] / "experiment/learners.yaml").read_text()
    experiment = OmegaConf.to_container(OmegaConf.create(text))
    words = [f"temperature={experiment['temperature']}", "settings=[solverlearner]", "model=scripted", "episodes=3"]
    points = grid.points(None, experiment["hydra"]["sweeper"]["grids"], words)
    plans = [plan_of(grid.options(point)) for point in points]
    assert {each.calls for each in plans} == {4 * 3}
    assert len({(each.samples, each.learner) for each in plans}) == len(plans) == 5
