"""Plans from a pilot: components of variance, episodes, calls, and the promised power under simulation."""

import numpy as np
import pytest
from runs import row, write_run
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.power import TTestPower

import solverlearner as sl
from solverlearner.analysis.sample_size import Components, components, episodes_needed, fewest_clusters, least_effect
from solverlearner.analysis.significance import flip_signs
from solverlearner.cli.main import main


def clustered(rng, episodes, queries, effect, correlation=0.3):
    scale = 1 / correlation - 1
    sides = []
    for mean in (0.5 + effect / 2, 0.5 - effect / 2):
        chance = rng.beta(mean * scale, (1 - mean) * scale, (episodes, 1))
        sides.append((rng.random((episodes, queries)) < chance).astype(float))
    return sides[0] - sides[1]


def test_components_are_those_of_an_analysis_of_variance():
    import pandas as pd
    from statsmodels.formula.api import ols

    scores = clustered(np.random.default_rng(1), 12, 5, 0.2)
    frame = pd.DataFrame({"y": scores.ravel(), "e": np.repeat(np.arange(12), 5)})
    squares = anova_lm(ols("y ~ C(e)", frame).fit())["mean_sq"]
    found = components(scores.tolist())
    assert found.within == pytest.approx(squares["Residual"])
    assert found.between == pytest.approx((squares["C(e)"] - squares["Residual"]) / 5)


def test_episodes_are_those_of_the_paired_t_test_but_for_the_steps_of_the_test():
    found = Components(0.02, 0.18, 20)
    wanted = TTestPower().solve_power(0.1 / 0.056**0.5, alpha=0.05, power=0.8)
    assert wanted < episodes_needed(found, 5, 0.1, 0.8, 0.05) < 1.1 * wanted
    assert least_effect(found, episodes_needed(found, 5, 0.1, 0.8, 0.05), 5, 0.8, 0.05) == pytest.approx(0.1, rel=0.02)


def test_the_promised_power_is_reached():
    rng = np.random.default_rng(0)
    truth = components(clustered(rng, 20_000, 5, 0.2).tolist())
    episodes = episodes_needed(truth, 5, 0.2, 0.8, 0.05)
    runs = (clustered(rng, episodes, 5, 0.2).sum(axis=1).tolist() for _ in range(400))
    assert 0.74 < np.mean([flip_signs(each) <= 0.05 for each in runs]) < 0.87


@pytest.mark.parametrize(("alpha", "fewest"), [(0.05, 6), (0.01, 8)])
def test_no_plan_is_smaller_than_the_test_needs(alpha, fewest):
    assert fewest_clusters(alpha) == fewest
    assert flip_signs([1.0] * fewest) <= alpha < flip_signs([1.0] * (fewest - 1))
    assert episodes_needed(Components(0, 0.01, 9), 50, 0.9, 0.8, alpha) == fewest


def test_a_pilot_that_shows_no_difference_does_not_promise_that_queries_replace_episodes():
    nothing = components([[0.0, 0.0]] * 5)
    plain, high = (each.at_least(0.1) for each in (nothing, nothing.cautious))
    assert plain.floored
    assert episodes_needed(plain, 50, 0.1, 0.8, 0.05) == 6
    assert episodes_needed(high, 50, 0.1, 0.8, 0.05) > 60


def test_the_cautious_plan_is_large_enough_four_times_in_five():
    rng = np.random.default_rng(2)
    truth = components(clustered(rng, 20_000, 5, 0.2).tolist())
    pilots = [components(clustered(rng, 10, 5, 0.2).tolist()) for _ in range(400)]
    for queries in (5, 20):
        wanted = truth.between + truth.within / queries
        safe = np.mean([(p := each.cautious).between + p.within / queries >= wanted for each in pilots])
        assert safe > 0.77


def pilot(folder, variants=1, **more):
    for number in range(variants):
        rows = [
            row(name, episode, query, (episode * 7 + query * 3 + place) % 5 < 2 + place, variant=f"base-{9 + number}")
            for place, name in enumerate(("zero_shot", "io", "solverlearner"))
            for episode in range(8)
            for query in range(4)
        ]
        write_run(folder / f"run-{number}", rows, **more)
    return folder


def planned(capsys, *words):
    code = main(["power", *words])
    out, told = capsys.readouterr()
    return code, out, told


def test_it_plans_the_effects_of_a_run_or_a_pair(tmp_path, capsys):
    place = str(pilot(tmp_path, price_in=1.0, price_out=2.0))
    code, out, _ = planned(capsys, place, "effect=0.2")
    assert code == 0
    assert "To tell an effect of 20 points from none with a power of 80\u00a0% (two-sided test at 5\u00a0%" in out
    assert "induction effect, model executes" in out
    assert "US dollars" in out
    code, out, _ = planned(capsys, "io", "zero_shot", f"results={place}")
    assert code == 0
    assert "io − zero_shot" in out
    frame = sl.load_results(place).power(effect=0.2)
    whole = frame[frame.effect == "all"].set_index("queries")
    assert (frame[frame.effect != "all"].groupby("queries").episodes.max() == whole.episodes).all()
    # zero_shot and io have a call a query, solverlearner one an episode; each costs 10 + 2 × 5 dollars a million.
    assert (whole.calls == whole.episodes * (2 * whole.index + 1)).all()
    assert whole.usd.to_numpy() == pytest.approx(20e-6 * whole.calls.to_numpy())


@pytest.mark.parametrize(("episodes", "program", "why"), [(1, "p", "one episode"), (4, "p", "one program")])
def test_a_pilot_of_one_cluster_says_why_it_plans_nothing(tmp_path, capsys, episodes, program, why):
    told = [{"role": "user", "content": "write it"}]
    rows = [row("zero_shot", e, q, q == 0) for e in range(episodes) for q in range(4)]
    rows += [row("code_mf", e, q, q < 2, program=program, prompt=told) for e in range(episodes) for q in range(4)]
    write_run(tmp_path / "run", rows)
    code, out, _ = planned(capsys, str(tmp_path))
    assert code == 0
    assert f"{why}: " in out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["effect=0"], "effect=0: must be above 0 and at most 1: effect=0.1 is 10 points"),
        (["effect=ten"], "effect=ten: must be a number, as effect=0.1"),
        (["power=1"], "power=1: must be from 0.5 to 0.99"),
        (["alpha=0"], "alpha=0.0: must be"),
        (["variant=base-99"], "variant=base-99: no run has this; there are variant=base-9 model=some-model"),
        (
            [],
            "power: 2 variants and models, one is needed; narrow them: variant=base-9 model=some-model; variant=",
        ),
    ],
)
def test_what_cannot_be_planned_is_told_in_a_line(tmp_path, capsys, words, line):
    code, out, told = planned(capsys, str(pilot(tmp_path, variants=2)), *words)
    assert (code, out) == (2, "")
    assert told.startswith(f"solverlearner: {line}")
    assert told.count("\n") == 1


def test_a_folder_without_runs_is_told(tmp_path, capsys):
    code, _, told = planned(capsys, str(tmp_path))
    assert (code, told.count("\n")) == (2, 1)
    assert "no folder with runs" in told
