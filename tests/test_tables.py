import csv
import gzip
import json
import shutil
import subprocess

import pytest
from runs import SETTINGS, grid, row, write_run

from solverlearner.__main__ import main
from solverlearner.analysis.cells import main_cells, pool
from solverlearner.analysis.intervals import wilson
from solverlearner.analysis.labels import options_text
from solverlearner.analysis.run_folders import home
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.summary import summarise
from solverlearner.analysis.tables.ablations import find_ablations
from solverlearner.cli.commands import tables as command
from solverlearner.errors import UsageError
from solverlearner.evaluation.row_file import read_rows


def alternating(setting, episode, query):
    return (episode + query + SETTINGS.index(setting)) % 3 > 0 or (setting == "solverlearner" and episode < 3)


def tables(folder, *words):
    return main(["tables", f"results={folder}", *words])


def records(file):
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def cells_of(folder, lines=None):
    lines = [] if lines is None else lines
    return pool(read_runs([str(folder)], lines.append), lines.append)


def test_accuracies_and_effects_are_those_of_the_runs_own_summary(tmp_path):
    run = write_run(tmp_path / "run", grid(alternating))
    assert tables(tmp_path, "format=csv") == 0
    summary = summarise(read_rows(run))
    found = {r["setting"]: r for r in records(tmp_path / "tables" / "family_arith.csv")}
    assert [*found] == [*SETTINGS]
    for name, each in found.items():
        estimate = summary.estimate(name)
        assert [float(each[k]) for k in ("accuracy", "low", "high")] == pytest.approx(
            [estimate.value, estimate.low, estimate.high], abs=1e-6
        )
        assert (each["n"], each["episodes"]) == ("12", "4")
    effects = {r["contrast"]: r for r in records(tmp_path / "tables" / "square_arith.csv")}
    for title, (_, estimate) in summary.effects().items():
        assert [float(effects[title][k]) for k in ("effect", "low", "high")] == pytest.approx(
            [estimate.value, estimate.low, estimate.high], abs=1e-6
        )


def test_the_last_row_of_a_key_counts(tmp_path):
    write_run(tmp_path / "run", [row(correct=None), row(query=1, correct=False), row(correct=True)])
    (cell,) = cells_of(tmp_path)
    found = cell.accuracies["io"]
    assert (found.n, found.unanswered, found.estimate.value) == (2, 0, 0.5)


def test_unanswered_queries_are_shown_and_neither_wrong_nor_dropped(tmp_path):
    write_run(tmp_path / "run", [row(), row(query=1, correct=None), row(query=2)], state="incomplete")
    assert tables(tmp_path, "format=[csv,md]") == 0
    (found,) = records(tmp_path / "tables" / "family_arith.csv")
    assert (found["accuracy"], found["n"], found["unanswered"], found["complete"]) == ("1.0", "2", "1", "False")
    text = (tmp_path / "tables" / "tables.md").read_text()
    assert "| io | 100.0†<br>" in text
    assert "1 unanswered" in text
    assert "† A run has not ended" in text


def test_what_is_broken_costs_one_line_each(tmp_path, capsys):
    whole = write_run(tmp_path / "whole", grid(alternating))
    lines = (whole / "rows.jsonl").read_text().splitlines(keepends=True)
    (write_run(tmp_path / "torn", []) / "rows.jsonl").write_text("".join(lines[:30]) + lines[30][:99])
    (write_run(tmp_path / "scribbled", []) / "rows.jsonl").write_text(lines[0] + "{}\n[]\nno JSON\n" + lines[1])
    write_run(tmp_path / "empty", [])
    (write_run(tmp_path / "no-config", [row()]) / "config.json").write_text('{"shots": ')
    write_run(tmp_path / "mixed", [row(), row(query=1, model="another")])
    (write_run(tmp_path / "binary", []) / "rows.jsonl").write_bytes(b"\x00\xff" * 50 + b"\n" + lines[2].encode())
    (tmp_path / "notes.txt").write_text("foreign")
    (tmp_path / "foreign").mkdir()
    write_run(tmp_path / "nested" / "run", [row()])
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "config.json").write_text('{"shots": 8}')
    (tmp_path / "damaged" / "rows.jsonl.gz").write_bytes(gzip.compress(lines[0].encode())[:-9])
    assert tables(tmp_path, "format=csv", "only=runs") == 0
    told = capsys.readouterr().err.splitlines()
    for name in (
        "torn",
        "scribbled",
        "empty",
        "no-config",
        "mixed",
        "binary",
        "notes.txt",
        "foreign",
        "nested",
        "damaged",
    ):
        about = [line for line in told if f"{tmp_path / name}" in line and "left out: another run" not in line]
        assert len(about) == 1, (name, told)
    assert not any("Traceback" in line for line in told)


def test_rows_of_an_older_version_lack_columns(tmp_path):
    new = ("unstable", "corrupted", "ideal_correct", "default_world_correct", "reply_state", "seconds", "recited")
    write_run(tmp_path / "run", [{k: v for k, v in each.items() if k not in new} for each in grid(alternating)])
    assert tables(tmp_path) == 0


def test_compressed_rows_are_read_as_well(tmp_path):
    run = write_run(tmp_path / "run", grid(alternating))
    assert tables(tmp_path, "format=csv", f"out={tmp_path / 'plain'}") == 0
    (run / "rows.jsonl.gz").write_bytes(gzip.compress((run / "rows.jsonl").read_bytes()))
    (run / "rows.jsonl").unlink()
    assert tables(tmp_path, "format=csv", f"out={tmp_path / 'gzip'}") == 0
    for file in (tmp_path / "plain").iterdir():
        assert file.read_bytes() == (tmp_path / "gzip" / file.name).read_bytes()


def test_seeds_are_pooled_as_episodes_and_other_sizes_of_a_seed_are_not(tmp_path):
    write_run(tmp_path / "a", grid(alternating), seed=0, episodes=4)
    write_run(tmp_path / "b", grid(alternating, seed=1), seed=1, episodes=4)
    write_run(tmp_path / "c", grid(alternating, episodes=2), seed=0, episodes=2)
    lines = []
    (cell,) = cells_of(tmp_path, lines)
    assert {name: (each.n, each.episodes) for name, each in cell.accuracies.items()} == dict.fromkeys(SETTINGS, (24, 8))
    assert [line for line in lines if str(tmp_path / "c") in line and "more answers" in line]


def test_other_options_and_other_weights_are_kept_apart_and_named(tmp_path):
    write_run(tmp_path / "a", grid(alternating), sha256="a" * 64)
    write_run(tmp_path / "b", grid(alternating), sha256="b" * 64)
    write_run(tmp_path / "c", grid(alternating), sha256="a" * 64, max_tokens=200)
    write_run(tmp_path / "d", grid(alternating), sha256="a" * 64, concurrency=99, results="elsewhere", executor={})
    cells = cells_of(tmp_path)
    assert sorted((cell.options["weights"][0], cell.options["max_tokens"]) for cell in cells) == [
        ("a", 100),
        ("a", 200),
        ("b", 100),
    ]
    (shown,) = main_cells(cells)
    other = next(cell for cell in cells if cell.options["weights"] == "b" * 8)
    assert other.unlike(shown) == {"weights": "b" * 8}


def test_a_run_whose_weights_are_not_known_is_said_to_be_without_them(tmp_path):
    write_run(tmp_path / "a", grid(alternating), sha256="a" * 64)
    write_run(tmp_path / "b", grid(alternating, settings=["io"]))
    (shown,) = main_cells(cells := cells_of(tmp_path))
    other = next(cell for cell in cells if cell is not shown)
    assert options_text(other.unlike(shown)) == "weights not given"


def test_an_option_that_came_later_has_its_default_in_older_runs(tmp_path):
    write_run(tmp_path / "old", grid(alternating, settings=["io"]))
    write_run(tmp_path / "new", grid(alternating, settings=["zero_shot"]), noise=0.0, noise_told=False)
    (cell,) = cells_of(tmp_path)
    assert [*cell.accuracies] == ["zero_shot", "io"]


def test_ablations_are_found_with_noise_told_and_not_beginning_at_none(tmp_path):
    for noise, told in ((0.0, False), (0.25, False), (0.25, True), (0.5, True)):
        rows = grid(alternating, settings=["io"])
        write_run(tmp_path / f"{noise}-{told}", rows, noise=noise, noise_told=told, noise_kind="default")
    write_run(tmp_path / "far", grid(alternating, settings=["io"], variant="base-9-query-digits-4"))
    path = tmp_path / "far" / "config.json"
    task = {"_target_": "solverlearner.tasks.arith.Arith", "base": 9, "query_digits": 4}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"task": task}))
    noise, digits = find_ablations(cells_of(tmp_path))
    assert (noise.option, noise.levels) == ("noise", ("0", "0.25", "0.5"))
    assert [(curve.title, [*curve.cells]) for curve in noise.curves] == [
        ("base-9, some-model, noise_told false", ["0", "0.25"]),
        ("base-9, some-model, noise_told true", ["0", "0.25", "0.5"]),
    ]
    assert (digits.option, digits.levels) == ("query_digits", ("as shots", "4"))


def test_levels_of_thought_are_in_order_and_reasoning_effort_is_one_of_them(tmp_path):
    levels = ({"thought": "plan"}, {}, {"reasoning_effort": "low"}, {"thought": "none"}, {"reasoning_effort": "high"})
    both = {"thought": "steps", "reasoning_effort": "low"}
    for number, options in enumerate((*levels, both, {"thought": "steps"})):
        write_run(tmp_path / str(number), grid(alternating, settings=["io"]), **options)
    for number, form in enumerate(("table", "code", "examples_and_words")):
        write_run(tmp_path / f"form-{number}", grid(alternating, settings=["io"]), rule_form=form)
    forms, thought = find_ablations(cells_of(tmp_path))
    assert (forms.option, forms.levels) == ("rule_form", ("words", "code", "table", "examples_and_words"))
    shown = ("none", "free", "steps", "plan", "effort low", "effort high", "steps, effort low")
    assert (thought.option, thought.levels) == ("thought", shown)
    assert [(curve.title, {*curve.cells}) for curve in thought.curves] == [("base-9, some-model", {*shown})]


def test_the_default_worlds_variant_stands_first_and_is_never_recited(tmp_path):
    for base in (8, 9, 10):
        rows = grid(alternating, variant=f"base-{base}", default_world_correct=base == 10)
        write_run(tmp_path / f"{base}", [each | {"recited": each["correct"] is False} for each in rows])
    assert tables(tmp_path, "format=md") == 0
    text = (tmp_path / "tables" / "tables.md").read_text()
    assert "| setting | base-10 | base-8 | base-9 |" in text
    recited = text.split("wrong answers that the default world would give")[1]
    assert "| setting | base-8 | base-9 |" in recited.split("##")[0]


def test_cost_counts_a_programs_call_once_and_knows_its_price(tmp_path):
    write_run(tmp_path / "run", grid(alternating, cached_tokens=4), price_in=2.0, price_out=1_000_000)
    assert tables(tmp_path, "format=csv", "only=cost") == 0
    found = {each["setting"]: each for each in records(tmp_path / "tables" / "cost.csv")}
    io, program = found["io"], found["solverlearner"]
    assert [io[key] for key in ("calls", "queries", "completion_tokens", "seconds")] == ["12", "12", "60.0", "6.0"]
    assert [program[key] for key in ("calls", "queries", "completion_tokens", "usd")] == ["4", "12", "20.0", "20.00008"]
    assert [float(each["tokens_per_query"]) for each in (io, program)] == pytest.approx([5, 5 / 3])


def test_the_same_rows_give_the_same_bytes(tmp_path):
    for shots in (4, 8):
        write_run(tmp_path / "runs" / f"{shots}", grid(alternating), shots=shots)
    for name in ("once", "again"):
        assert tables(tmp_path / "runs", f"out={tmp_path / name}") == 0
    files = sorted(file.name for file in (tmp_path / "once").iterdir())
    assert {"comparison_arith.pdf", "ablation_arith_shots.svg", "tables.html", "family_arith.tex"} <= {*files}
    for file in files:
        assert (tmp_path / "once" / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file


STRANGE = r"a_b&c%<script>alert(1)</script>|$x$ [1] 模型 #\{}~^"


def test_a_models_name_is_text_in_every_format(tmp_path):
    write_run(tmp_path / "run", grid(alternating, model=STRANGE))
    assert tables(tmp_path, "format=[csv,md,latex,html]") == 0
    assert "<script>" not in (tmp_path / "tables" / "tables.html").read_text()
    assert "<script>" not in (tmp_path / "tables" / "tables.md").read_text()
    assert records(tmp_path / "tables" / "family_arith.csv")[0]["model"] == STRANGE


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex")
def test_latex_compiles_as_it_is(tmp_path):
    for shots in (4, 8):
        write_run(tmp_path / "runs" / f"{shots}", grid(alternating, model=STRANGE), shots=shots)
    assert tables(tmp_path / "runs", f"out={tmp_path / 'out'}") == 0
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    done = subprocess.run(words, cwd=tmp_path / "out", capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]


def test_latex_shows_a_wide_table_in_panels(tmp_path):
    for base in range(2, 26):
        write_run(tmp_path / f"{base}", [row(variant=f"base-{base}")])
    assert tables(tmp_path, "format=latex", "only=family") == 0
    text = (tmp_path / "tables" / "family_arith.tex").read_text()
    headers = [line.split(" & ") for line in text.splitlines() if line.strip().startswith("setting & ")]
    assert [len(header) for header in headers] == [11, 11, 5]
    assert text.count(r"\label{") == 1


def test_only_models_and_format_narrow(tmp_path):
    write_run(tmp_path / "a", grid(alternating))
    write_run(tmp_path / "b", grid(alternating, model="another"))
    assert tables(tmp_path, "only=[square,cost]", "models=another", "format=[csv,png]") == 0
    assert sorted(file.name for file in (tmp_path / "tables").iterdir()) == ["cost.csv", "square_arith.csv"]
    assert {each["model"] for each in records(tmp_path / "tables" / "cost.csv")} == {"another"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["only=squares"], "only=squares: must be one of family, "),
        (["format=[csv,doc]"], "format=doc: must be one of csv, "),
        (["format=[]"], "format=[]: must be some of csv, "),
        (["models=gpt"], "models=[gpt]: no run of gpt; there are some-model"),
        (["results=nowhere"], "results=nowhere: no such folder"),
        (["modles=gpt"], "modles: no such option; did you mean models? "),
        (["out=/proc/tables"], "out=/proc/tables: cannot be written: "),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path, monkeypatch, capsys, words, line):
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "results" / "run", [row()])
    assert main(["tables", *words]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"solverlearner: {line}")


def test_the_repositorys_own_results_beside_runs_are_asked_for_by_name(tmp_path):
    write_run(tmp_path / "run", grid(alternating))
    write_run(tmp_path / "reference" / "other", grid(alternating, model="b"))
    lines = []
    assert {cell.model for cell in cells_of(tmp_path, lines)} == {"some-model"}
    assert lines == []
    assert {cell.model for cell in cells_of(tmp_path / "reference", lines)} == {"b"}


def test_bars_and_legend_agree_in_every_panel_of_a_figure(tmp_path):
    figures = pytest.importorskip("solverlearner.reporting.figures")
    several = {"a": ["zero_shot", "solverlearner"], "b": ["io_mf"]}
    for model, settings in several.items():
        for variant in ("base-9", "base-11"):
            rows = grid(alternating, settings, model=model, variant=variant)
            write_run(tmp_path / f"{model}{variant}", rows)
    (drawing,) = figures.draw_comparisons(cells_of(tmp_path))
    first, second = drawing.figure.axes
    assert first.get_xlim() == second.get_xlim() == (-0.5, 1.5)
    (legend,) = drawing.figure.legends
    told = {text.get_text(): handle for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)}
    assert [*told] == ["deductive: zero_shot", "deductive: io_mf", "inductive: solverlearner"]
    for bars in (*first.containers, *second.containers):
        if patches := getattr(bars, "patches", None):
            handle = told[bars.get_label()]
            assert (handle.get_facecolor(), handle.get_hatch()) == (patches[0].get_facecolor(), patches[0].get_hatch())


def test_without_matplotlib_tables_are_written_and_figures_alone_are_refused(monkeypatch, capsys):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    assert command._drawable(["csv", "png"]) == []
    assert "pip install 'solverlearner[figures]'" in capsys.readouterr().err
    with pytest.raises(UsageError, match="matplotlib"):
        command._drawable(["png", "pdf"])


def test_places_are_folders_run_folders_and_globs(tmp_path, monkeypatch):
    for name in ("arith-a", "arith-b", "other"):
        write_run(tmp_path / "results" / name, [row()])
    monkeypatch.chdir(tmp_path)

    def names(*places):
        return [run.path.name for run in read_runs(places, lambda line: None)]

    assert names("results") == ["arith-a", "arith-b", "other"]
    assert names("results/arith-*", "results/arith-a") == ["arith-a", "arith-b"]
    assert names(f"{tmp_path}/results/other") == ["other"]
    assert [str(home(place)) for place in ("results", "results/arith-*", "results/other", "res*/a*")] == [
        "results",
        "results",
        "results",
        ".",
    ]
    assert str(home("res*/arith-a")) == "."
    (tmp_path / "results").rename(tmp_path / "results[1]")
    assert names("results[1]") == ["arith-a", "arith-b", "other"]
    assert str(home("results[1]")) == "results[1]"


def test_samples_of_one_query_are_no_independent_trials_and_pair_with_their_like(tmp_path):
    drawn = [
        row(setting, episode, query, correct=(query == 0) == (setting == "zero_shot"), sample=sample)
        for setting in ("zero_shot", "io")
        for episode in range(3)
        for query in range(2)
        for sample in range(5)
    ]
    write_run(tmp_path / "run", drawn)
    (cell,) = cells_of(tmp_path)
    zero_shot = cell.accuracies["zero_shot"]
    assert (zero_shot.n, zero_shot.episodes, zero_shot.estimate.value) == (30, 3, 0.5)
    assert zero_shot.estimate.low < 0.19  # as of 6 trials at best; of 30 it would be 0.33
    assert cell.summary.scores.contrast(("zero_shot", "io"), (1, -1)).n == 30


def one_program(setting="code_mf", programs=("p",), told="the rule", **more):
    """Rows of 6 episodes of 6 queries, the first two thirds right; the programs take turns."""
    return [
        row(
            setting,
            e,
            q,
            e < 4,
            prompt=[{"role": "user", "content": told}],
            program=programs[e % len(programs)],
            **more,
        )
        for e in range(6)
        for q in range(6)
    ]


@pytest.mark.parametrize(
    ("programs", "options", "clusters"),
    [(("p",), {}, 1), ((None,), {}, 1), (("p", "q"), {}, 2), (("p",), {"temperature": 0.7}, 6)],
)
def test_one_program_for_all_episodes_counts_once(tmp_path, programs, options, clusters):
    run = write_run(tmp_path / "run", one_program(programs=programs), **options)
    (cell,) = cells_of(tmp_path)
    found = cell.accuracies["code_mf"]
    assert (found.n, found.episodes, found.clusters, found.fewer) == (36, 6, clusters, clusters < 6)
    assert found.estimate == summarise(read_rows(run), options).estimate("code_mf")
    if clusters == 1:
        assert found.estimate == wilson(2 / 3, 1)
    tables(tmp_path, "format=[md,csv]", "only=family")
    text = (tmp_path / "tables" / "tables.md").read_text()
    assert (f"which share {clusters} program" in text, "66.7‡" in text, "temperature=0.7" in text) == 3 * (
        clusters < 6,
    )
    (record,) = records(tmp_path / "tables" / "family_arith.csv")
    assert record["clusters"] == str(clusters)


def test_the_same_program_from_other_prompts_is_another_draw(tmp_path):
    rows = [row("solverlearner", e, q, program="p") for e in range(6) for q in range(6)]
    write_run(tmp_path / "run", rows)
    assert cells_of(tmp_path)[0].accuracies["solverlearner"].clusters == 6


def test_seeds_share_the_program_of_a_prompt_without_examples(tmp_path):
    for seed in (0, 1):
        write_run(tmp_path / f"{seed}", [each | {"input": [seed]} for each in one_program(seed=seed)], seed=seed)
    found = cells_of(tmp_path)[0].accuracies["code_mf"]
    assert (found.n, found.episodes, found.clusters) == (72, 12, 1)


def test_an_effect_with_one_program_is_told_from_nothing(tmp_path):
    answers = [row("zero_shot", e, q, False) for e in range(6) for q in range(6)]
    write_run(tmp_path / "run", [*answers, *(each | {"correct": True} for each in one_program())])
    tables(tmp_path, "format=[md,csv]", "only=square")
    (effect,) = records(tmp_path / "tables" / "square_arith.csv")
    assert (effect["effect"], effect["episodes"], effect["clusters"], effect["p_episode"]) == ("1.0", "6", "1", "1.0")
    assert "+100.0‡" in (tmp_path / "tables" / "tables.md").read_text()


def test_a_prompt_that_comes_again_is_one_trial(tmp_path):
    rows = [
        row("zero_shot", e, q, q < 2, prompt=[{"role": "user", "content": f"{q}"}]) for e in range(3) for q in range(4)
    ]
    write_run(tmp_path / "run", rows)
    found = cells_of(tmp_path)[0].accuracies["zero_shot"]
    assert (found.n, found.clusters, found.estimate.high > wilson(2, 4).high - 0.01) == (12, 4, True)


def test_recited_answers_of_one_program_count_once(tmp_path):
    write_run(tmp_path / "run", [each | {"recited": not each["correct"]} for each in one_program(programs=("p",))])
    tables(tmp_path, "format=[md,csv]", "only=recitation")
    (record,) = records(tmp_path / "tables" / "recitation_arith.csv")
    assert (record["episodes"], record["clusters"]) == ("6", "1")
    assert float(record["high"]) == pytest.approx(wilson(1 / 3, 1).high, abs=1e-6)
    assert "33.3‡" in (tmp_path / "tables" / "tables.md").read_text()
