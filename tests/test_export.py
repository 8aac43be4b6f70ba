import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys

import pytest
from test_cli import ROOT, solverlearner
from test_wu2023 import HASHES

from solverlearner.design.episode import draw_episodes
from solverlearner.design.items import export
from solverlearner.design.plan import Plan
from solverlearner.design.setting import parse_settings
from solverlearner.errors import UsageError
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax
from solverlearner.tasks.wu2023 import additions, scenes


def plan(task, **changes):
    sizes = {"episodes": 2, "shots": 3, "queries": 2, "seed": 5, "hint": "domain"}
    return Plan(task, parse_settings(["io"]), **{**sizes, **changes})


@pytest.mark.parametrize("task", [Arith(), Syntax(complexity=2), Spatial(), Cipher("morse")], ids=lambda t: t.name)
def test_json_lines_hold_the_episodes_of_a_run(task):
    lines = [json.loads(line) for line in export(plan(task, noise=0.4), "jsonl")]
    drawn = list(draw_episodes(task, seed=5, episodes=2, shots=3, queries=2, noise=0.4))
    assert len(lines) == len(drawn) == 2
    for line, episode in zip(lines, drawn, strict=True):
        assert (line["task"], line["variant"], line["seed"]) == (task.name, task.variant, 5)
        assert (line["episode"], line["ambiguity"]) == (episode.index, episode.ambiguity)
        assert (line["corrupted"], line["uncovered"]) == (1, episode.uncovered)
        for split, items in (("shots", episode.shots), ("queries", episode.queries)):
            assert [(task.load(i["input"]), i["expected"]) for i in line[split]] == [
                (i.input, i.expected) for i in items
            ]
            assert [i["default_world"] for i in line[split]] == [task.default_world.apply(i.input) for i in items]


def test_csv_has_the_same_items_one_a_line():
    task = Spatial()
    rows = list(csv.DictReader(io.StringIO("".join(export(plan(task), "csv")))))
    items = [
        {"episode": str(line["episode"]), "split": split, "number": str(number), **item}
        for line in map(json.loads, export(plan(task), "jsonl"))
        for split in ("shots", "queries")
        for number, item in enumerate(line[split])
    ]
    assert len(rows) == len(items) == 10
    for row, item in zip(rows, items, strict=True):
        read = {key: json.loads(row[key]) for key in ("input", "expected", "default_world")}
        assert read | {key: row[key] for key in ("episode", "split", "number")} == item


@pytest.mark.parametrize(
    ("task", "form"),
    [
        (Arith(), "wu2023"),
        (Arith(), "wu2023_few_shot"),
        (Syntax(), "wu2023"),
        (Spatial(data="wu2023"), "wu2023_few_shot"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.variant,
)
def test_a_published_file_that_is_not_there_is_said(task, form):
    with pytest.raises(UsageError, match=f"format={form}: is there for task=arith data=wu2023"):
        export(plan(task), form)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("task=arith base=8 data=wu2023 format=wu2023", "base 8"),
        ("task=arith base=8 data=wu2023 format=wu2023_few_shot", "few-shot base 8"),
        ("task=spatial data=wu2023 format=wu2023", "spatial"),
    ],
)
def test_the_command_prints_the_published_file_byte_for_byte(words, name):
    done = solverlearner("data", *words.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert hashlib.sha256(done.stdout.encode()).hexdigest() == HASHES[name]


@pytest.mark.parametrize("episodes", [1, 5000])  # all of it fits into the pipe, or is still being written
def test_a_reader_that_has_enough_ends_it_quietly(episodes):
    command = [sys.executable, "-m", "solverlearner", "data", "task=syntax", f"episodes={episodes}"]
    env = os.environ | {"PYTHONPATH": ROOT}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        if episodes > 1:
            assert running.stdout.readline().startswith(b'{"task": "syntax"')
        running.stdout.close()
        assert (running.stderr.read(), running.wait(60)) == (b"", 128 + signal.SIGPIPE)


def test_a_hundred_episodes_of_ten_ask_the_whole_published_file_once():
    task = Arith(8, data="wu2023")
    drawn = list(draw_episodes(task, seed=0, episodes=100, shots=8, queries=10))
    asked = [item.input for episode in drawn for item in episode.queries]
    assert sorted(asked) == sorted(additions(8))
    assert [item.input for item in drawn[0].queries] == list(additions(8))[
        :10
    ]  # the first ten lines have no item twice
    for episode in drawn:
        items = [task.key(item.input) for item in (*episode.shots, *episode.queries)]
        assert len(set(items)) == 18
    rooms = list(draw_episodes(Spatial(data="wu2023"), seed=0, episodes=10, shots=8, queries=10))
    assert sorted(str(i.input) for e in rooms for i in e.queries) == sorted(map(str, scenes()))


def test_shots_are_the_published_demonstrations_of_the_episodes_queries():
    task = Arith(8, data="wu2023")
    drawn = list(draw_episodes(task, seed=0, episodes=20, shots=8, queries=1))
    for episode, line in zip(drawn, task.published(), strict=False):
        distinct = []
        for pair in line.shots:
            if {*pair} not in map(set, distinct):
                distinct.append(pair)
        assert episode.queries[0].input == line.query
        assert [shot.input for shot in episode.shots] == distinct[:8]
    assert next(draw_episodes(task, seed=1, episodes=1, shots=8, queries=1)) == drawn[0]


def test_a_published_set_that_is_used_up_is_said():
    with pytest.raises(
        UsageError, match="queries=10: the published set of spatial r90-wu2023 is used up in episode 10"
    ):
        list(draw_episodes(Spatial(data="wu2023"), seed=0, episodes=11, shots=1, queries=10))
    with pytest.raises(UsageError, match=r"shots=40: episode 0 has only .* published demonstrations"):
        list(draw_episodes(Arith(8, data="wu2023"), seed=0, episodes=1, shots=40, queries=1))


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: Arith(8, op="sub", data="wu2023"), "data=wu2023: has additions of one length"),
        (lambda: Arith(8, query_digits=3, data="wu2023"), "data=wu2023: has additions of one length"),
        (lambda: Spatial(query_objects=5, data="wu2023"), "data=wu2023: has rooms of three objects"),
        (lambda: Arith(8, data="wu2024"), "data=wu2024: must be one of wu2023"),
        (lambda: Spatial(data="mine"), "data=mine: must be one of wu2023"),
    ],
)
def test_what_the_published_sets_do_not_have_is_said(make, line):
    with pytest.raises(UsageError, match=line):
        make()
