import json
from statistics import stdev

import pytest
from runs import grid, row, write_run

from solverlearner import load_results
from solverlearner.__main__ import main
from solverlearner.analysis.intervals import share_contrast
from solverlearner.analysis.significance import flip_signs, mcnemar


def compared(capsys, *words):
    code = main(["compare", *map(str, words)])
    told = capsys.readouterr()
    return code, told.out, told.err


def good(setting, episode, query):
    return setting == "solverlearner" or episode + query < 3


def poor(setting, episode, query):
    return setting == "zero_shot" and (episode + query) % 3 == 0


def test_two_settings_of_a_run(tmp_path, capsys):
    write_run(tmp_path / "run", grid(good))
    code, text, _ = compared(capsys, "solverlearner", "zero_shot", f"results={tmp_path}")
    assert code == 0
    right = [3, 2, 1, 0]  # zero_shot's, of three queries an episode
    estimate = share_contrast([[3] * 4, right], [3] * 4, (1, -1))
    low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in (estimate.low, estimate.high))
    answer = " ".join(text.partition("\n\n")[2].partition("\n\n")[0].split())
    assert answer == (
        f"All together: A and B are not told apart. A − B is +50.0 points, 95 % interval [{low}, {high}], "
        f"p {flip_signs([3 - count for count in right]):.3f}. "
        "A is right on 100.0 % and B on 50.0 % of 12 queries (4 episodes; 4 clusters). "
        "No difference could be told: the test needs 6 clusters. "
        f"Only A is right on 6, only B on 0; p by queries {mcnemar(6, 0):.3f} (McNemar, exact)."
    )
    assert "  0     3        3  0  3" in text
    assert "They differ in setting solverlearner against zero_shot." in text


def two_models(folder, variants, episodes=12):
    """Runs of model "weak" and model "strong", which is right on more queries, in all settings and these variants."""
    for model, right in (("weak", poor), ("strong", good)):
        for task, variant in variants:
            rows = grid(right, episodes=episodes, model=model, task=task, variant=variant)
            write_run(folder / f"{model}-{variant}", rows)


def test_two_models_get_one_answer_then_one_by_setting_family_and_variant(tmp_path, capsys, monkeypatch):
    places = [("arith", "base-10"), ("arith", "base-8"), ("cipher", "shift-13"), ("cipher", "shift-3")]
    two_models(tmp_path, places)
    monkeypatch.setenv("COLUMNS", "80")
    code, text, _ = compared(capsys, "weak", "strong", f"results={tmp_path}")
    assert code == 0
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[3].startswith("All together: B is better by ")
    assert [line for line in lines if line.startswith(("By ", "Each"))] == ["By setting", "By family", "By variant"]
    names = [line.split()[0] for line in lines[lines.index("By variant") + 2 :][:6]]
    assert names == ["arith", "base-8", "base-10", "cipher", "shift-3", "shift-13"]
    assert "(5 by setting, 2 by family, 4 by variant)" in " ".join(text.split())
    code, text, _ = compared(capsys, "weak", "strong", f"results={tmp_path}", "details=true")
    assert len([line for line in text.partition("Each alone")[2].splitlines() if "[" in line]) == 1 + 20
    assert "Episodes where they part" in text


def frame_of(folder, **wanted):
    return load_results(folder).compare(model=("weak", "strong"), **wanted)


def test_many_variants_tell_together_what_none_tells_alone(tmp_path):
    two_models(tmp_path, [("arith", f"base-{base}") for base in range(8, 14)], episodes=4)
    found = frame_of(tmp_path, setting="solverlearner")
    assert found.level.tolist() == ["all", *["variant"] * 6, *["pair"] * 6]
    whole, variant = found.iloc[0], found.iloc[1]
    assert (variant.p_episode, variant.p_holm, variant.clusters) == (0.125, 0.75, 4)
    assert (whole.n, whole.episodes, whole.clusters) == (72, 24, 24)
    assert whole.p_episode == pytest.approx(2 / 2**24, rel=1e-5)
    assert variant.isna().detectable


def test_an_episode_is_one_cluster_over_all_settings_and_a_shared_program_one_of_its_own(tmp_path):
    told = [{"role": "user", "content": "the rule"}]
    for model, right in (("weak", poor), ("strong", good)):
        for variant in ("base-8", "base-9"):
            rows = grid(right, episodes=5, model=model, variant=variant)
            rows = [each | {"prompt": told} if each["setting"] == "code_mf" else each for each in rows]
            write_run(tmp_path / f"{model}-{variant}", rows)
    found = frame_of(tmp_path).set_index("level")
    assert found.clusters["all"] == 2 * (5 + 1)
    assert found.episodes["all"] == 10
    by_setting = found.loc["setting"].set_index("setting")
    assert by_setting.clusters.to_dict() == {
        "zero_shot": 2 * 15, "io_mf": 10, "io": 10, "code_mf": 2, "solverlearner": 10
    }  # fmt: skip
    assert by_setting.p_episode["code_mf"] == 0.5


def test_one_program_for_all_episodes_tells_no_models_apart(tmp_path, capsys):
    told = [{"role": "user", "content": "the rule"}]
    for model, right in (("weak", False), ("strong", True)):
        rows = [row("code_mf", e, q, right, model=model, prompt=told) for e in range(6) for q in range(6)]
        write_run(tmp_path / model, rows)
    _, text, _ = compared(capsys, "weak", "strong", f"results={tmp_path}")
    text = " ".join(text.split())
    assert "A and B are not told apart. A − B is −100.0 points" in text
    assert "36 queries (6 episodes; 1 cluster‡)" in text
    assert "temperature=0.7" in text


def test_a_program_counts_once_over_conditions_that_its_prompt_does_not_show(tmp_path):
    told = [{"role": "user", "content": "the rule"}]
    for shots in (4, 8, 16):
        for model, right in (("weak", False), ("strong", True)):
            rows = [row("code_mf", e, q, right, model=model, prompt=told) for e in range(6) for q in range(2)]
            write_run(tmp_path / f"{model}-{shots}", rows, shots=shots)
    whole = frame_of(tmp_path).iloc[0]
    assert (whole.n, whole.episodes, whole.clusters, whole.p_episode) == (36, 6, 1, 1.0)


def test_fail_if_worse_is_for_machines(tmp_path, capsys):
    two_models(tmp_path, [("arith", "base-9")])
    words = (f"results={tmp_path}", "fail_if=worse")
    code, _, told = compared(capsys, "weak", "strong", *words)
    assert code == 1
    assert told.startswith("solverlearner: fail_if=worse: B is better by ")
    assert compared(capsys, "strong", "weak", *words)[0] == 0
    code, _, told = compared(capsys, "strong", "weak", words[0], "fail_if=better")
    assert (code, told) == (2, "solverlearner: fail_if=better: must be one of worse\n")


def test_an_option_is_named_with_its_value(tmp_path, capsys):
    for shots in (4, 8):
        write_run(tmp_path / f"{shots}", grid(good, settings=["io"]), shots=shots)
    code, text, _ = compared(capsys, "shots=4", "shots=8", f"results={tmp_path}")
    assert code == 0
    assert "They differ in shots 4 against 8." in text


def test_an_option_of_several_values_is_a_level(tmp_path):
    for shots in (16, 4):
        for model, right in (("weak", poor), ("strong", good)):
            write_run(tmp_path / f"{model}-{shots}", grid(right, ["io"], model=model), shots=shots)
    found = frame_of(tmp_path)
    assert found[["level", "shots", "clusters"]].fillna("").values.tolist() == [
        ["all", "", 4], ["shots", "4", 4], ["shots", "16", 4], ["pair", "4", 4], ["pair", "16", 4]
    ]  # fmt: skip


def test_models_of_other_options_are_paired_under_every_condition(tmp_path):
    for shots in (4, 8, 16):
        write_run(tmp_path / f"weak-{shots}", grid(poor, ["io"], model="weak"), shots=shots, skill=1)
        write_run(tmp_path / f"strong-{shots}", grid(good, ["io"], model="strong"), shots=shots, skill=2)
    found = frame_of(tmp_path)
    assert found.level.tolist() == ["all", *["shots"] * 3, *["pair"] * 3]
    assert found.differing.tolist() == ["skill 1 against 2"] * 7


def test_noise_against_none_is_compared_although_only_one_has_a_kind(tmp_path, capsys):
    for noise, told in ((0.0, False), (0.25, False), (0.25, True)):
        rows = grid(good, settings=["io"])
        write_run(tmp_path / f"{noise}-{told}", rows, noise=noise, noise_told=told, noise_kind="default")
    code, text, _ = compared(capsys, "noise=0", "noise=0.25", f"results={tmp_path}")
    assert code == 0
    assert "All together: A and B are not told apart. A − B is +0.0 points" in text
    assert "They differ in noise 0 against 0.25; noise_kind – against default." in text


def test_options_of_a_task_name_sides_and_narrow_them(tmp_path, capsys):
    write_run(tmp_path / "nine", grid(good))
    eight = write_run(tmp_path / "eight", [each | {"variant": "base-8"} for each in grid(poor)])
    config = json.loads((eight / "config.json").read_text())
    (eight / "config.json").write_text(json.dumps(config | {"task": {"base": 8}, "base": 8}))
    code, text, _ = compared(capsys, "io", "zero_shot", "base=8", f"results={tmp_path}")
    assert (code, "By variant" in text) == (0, False)
    code, text, _ = compared(capsys, "base=9", "base=8", "setting=io", f"results={tmp_path}")
    assert code == 0
    assert "They differ in variant base-9 against base-8." in text
    found = load_results(str(tmp_path)).compare(base=(9, 8), setting="io")
    assert found[["first", "second"]].values.tolist() == [["9", "8"]] * 2


def test_two_run_folders_pair_by_item_and_leave_the_unanswered_out(tmp_path, capsys):
    items = [row(query=query) for query in range(4)]
    a = write_run(tmp_path / "a", [*items[:3], items[3] | {"correct": None}])
    b = write_run(tmp_path / "b", [items[0], items[1] | {"correct": False}, items[2] | {"input": ["other"]}, items[3]])
    code, text, _ = compared(capsys, a, b)
    assert code == 0
    assert "1 query is unanswered by A or B and in no number." in text
    assert "of 2 queries (1 episode; 1 cluster)" in text
    assert "Only A is right on 1, only B on 0" in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["io"], "compare: needs A and B"),
        (["io", "nothing"], "nothing: no folder, and no model (some-model), setting (zero_shot, io_mf, "),
        (["io", "shot=4"], "shot=4: no run has an option shot; did you mean shots?"),
        (["io", "zzz=4"], "zzz=4: no run has an option zzz; there are base, "),
        (["io", "zero_shot", "bas=9"], "bas=9: no run has an option bas; did you mean base?"),
        (["io", "zero_shot", "base=8"], "io: no run has base=8 setting=io"),
        (["io", "zero_shot", "variant=base-8"], "io: no run has variant=base-8 setting=io"),
        (["io", "zero_shot", "base-9"], "base-9: must be KEY=VALUE; only A and B are words alone"),
        (["io", "io"], "compare io io: A and B are the same"),
        (["seed-0", "seed-1"], "A and B: share no items; the same task, variant and seed are needed"),
    ],
)
def test_what_cannot_be_compared_is_one_line(tmp_path, monkeypatch, capsys, words, line):
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "results" / "run", grid(good))
    write_run(tmp_path / "seed-0", [row()])
    write_run(tmp_path / "seed-1", [row(seed=1)], seed=1)
    code, text, told = compared(capsys, *words)
    assert (code, text) == (2, "")
    assert told.startswith(f"solverlearner: {line}")
    assert told.count("\n") == 1


def test_help_is_printed(capsys):
    assert "hint=none hint=strong" in compared(capsys, "--help")[1]


def worded(folder, model, right, wording_of):
    """A run of four queries in each of ten episodes, whose wording and verdicts come from functions."""
    rows = []
    for each in grid(lambda setting, episode, query: right(wording_of(episode)), episodes=10, queries=4, model=model):
        rows.append({**each, "wording": wording_of(each["episode"])})
    write_run(folder / model, rows)


def test_wordings_that_both_sides_were_asked_in_are_a_second_factor(tmp_path, capsys):
    # The stronger model is right in every wording, the other in three of five: the difference is one of wordings alone.
    worded(tmp_path, "weak", lambda wording: wording < 3, lambda episode: episode % 5)
    worded(tmp_path, "strong", lambda wording: True, lambda episode: episode % 5)
    _, text, _ = compared(capsys, "strong", "weak", f"results={tmp_path}")
    told = " ".join(next(block for block in text.split("\n\n") if block.startswith("Over 5 wordings")).split())
    scores = [0.0, 0.0, 0.0, 1.0, 1.0]
    half = 2.776 * stdev(scores) / 5**0.5  # Student's t with four degrees of freedom
    low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in (0.4 - half, min(1.0, 0.4 + half)))
    assert f"A − B +40.0 points, 95 % interval [{low}, {high}]" in told
    assert "standard deviation of 54.8 points between wordings, 100.0 % of" in told


def test_sides_in_different_wordings_or_in_one_have_no_second_factor(tmp_path, capsys):
    for name, wording in (("other", lambda episode: (episode + 1) % 5), ("one", lambda episode: 2)):
        worded(tmp_path / name, "weak", lambda wording: wording < 3, wording)
        worded(tmp_path / name, "strong", lambda w: True, wording if name == "one" else lambda episode: episode % 5)
        assert "Over " not in compared(capsys, "strong", "weak", f"results={tmp_path / name}")[1]
