import pytest
from runs import SETTINGS, grid, row, write_run

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
    p = flip_signs([3 - count for count in right])
    line = next(line for line in text.splitlines() if "not told apart" in line).split("  ")
    cells = [cell.strip() for cell in line if cell.strip()]
    assert cells[0] == "1.000 [0.510, 1.000]"
    assert cells[1:] == [
        "0.500 [0.254, 0.746]",
        f"{estimate.value:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]".replace("-", "−"),
        "12", "4", "6", "0", f"{mcnemar(6, 0):.3f}", f"{p:.3f}", f"{p:.3f}", "not told apart",
    ]  # fmt: skip
    assert "  0     3        3  0  3" in text
    assert "They differ in setting solverlearner against zero_shot." in text


def test_two_models_differ_where_they_do(tmp_path, capsys):
    write_run(tmp_path / "a", grid(good, episodes=12))
    write_run(tmp_path / "b", grid(poor, episodes=12, model="another"), max_tokens=50)
    code, text, _ = compared(capsys, "some-model", "another", f"results={tmp_path}")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines() if line.endswith(("better", "apart"))] == sorted(SETTINGS)
    assert next(line for line in text.splitlines() if line.startswith("  solverlearner")).endswith("A is better")
    assert "They differ in max_tokens 100 against 50; model some-model against another." in text


def test_an_option_is_named_with_its_value(tmp_path, capsys):
    for shots in (4, 8):
        write_run(tmp_path / f"{shots}", grid(good, settings=["io"]), shots=shots)
    code, text, _ = compared(capsys, "shots=4", "shots=8", f"results={tmp_path}")
    assert code == 0
    assert "They differ in shots 4 against 8." in text


def test_noise_against_none_is_compared_although_only_one_has_a_kind(tmp_path, capsys):
    for noise, told in ((0.0, False), (0.25, False), (0.25, True)):
        rows = grid(good, settings=["io"])
        write_run(tmp_path / f"{noise}-{told}", rows, noise=noise, noise_told=told, noise_kind="default")
    code, text, _ = compared(capsys, "noise=0", "noise=0.25", f"results={tmp_path}")
    assert code == 0
    assert text.count("not told apart") == 1
    assert "They differ in noise 0 against 0.25; noise_kind – against default." in text


def test_two_run_folders_pair_by_item_and_leave_the_unanswered_out(tmp_path, capsys):
    items = [row(query=query) for query in range(4)]
    a = write_run(tmp_path / "a", [*items[:3], items[3] | {"correct": None}])
    b = write_run(tmp_path / "b", [items[0], items[1] | {"correct": False}, items[2] | {"input": ["other"]}, items[3]])
    code, text, _ = compared(capsys, a, b)
    assert code == 0
    assert "1 query is unanswered by A or B and in no number." in text
    cells = next(line for line in text.splitlines() if "not told apart" in line).split()
    assert cells[cells.index("2") :][:4] == ["2", "1", "1", "0"]  # queries, episodes, only A, only B


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["io"], "compare: needs A and B"),
        (["io", "nothing"], "nothing: no folder, and no model (some-model), setting (zero_shot, io_mf, "),
        (["io", "shot=4"], "shot=4: no run has an option shot; there are "),
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
