import gzip
import json
import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import draw, solve

from solverlearner.errors import UsageError
from solverlearner.tasks.compass import ROOMS
from solverlearner.tasks.spatial import Spatial

SHARED = Path(os.environ.get("SOLVERLEARNER_SHARED", Path(__file__).resolve().parents[2] / "shared"))
REPLIES = SHARED / "calibration" / "wu2023-spatial-gpt3.5.jsonl.gz"

TOP, BOTTOM, RIGHT, LEFT = (250, 0), (250, 500), (500, 250), (0, 250)
# By hand: the middle of the wall at which an object on the north, south, east and west side stands.
WALLS = {
    "nsew": (TOP, BOTTOM, RIGHT, LEFT),
    "nswe": (TOP, BOTTOM, LEFT, RIGHT),
    "nesw": (TOP, RIGHT, BOTTOM, LEFT),
    "news": (TOP, RIGHT, LEFT, BOTTOM),
    "nwse": (TOP, LEFT, BOTTOM, RIGHT),
    "nwes": (TOP, LEFT, RIGHT, BOTTOM),
    "snew": (BOTTOM, TOP, RIGHT, LEFT),
    "snwe": (BOTTOM, TOP, LEFT, RIGHT),
    "senw": (BOTTOM, RIGHT, TOP, LEFT),
    "sewn": (BOTTOM, RIGHT, LEFT, TOP),
    "swne": (BOTTOM, LEFT, TOP, RIGHT),
    "swen": (BOTTOM, LEFT, RIGHT, TOP),
    "ensw": (RIGHT, TOP, BOTTOM, LEFT),
    "enws": (RIGHT, TOP, LEFT, BOTTOM),
    "esnw": (RIGHT, BOTTOM, TOP, LEFT),
    "eswn": (RIGHT, BOTTOM, LEFT, TOP),
    "ewns": (RIGHT, LEFT, TOP, BOTTOM),
    "ewsn": (RIGHT, LEFT, BOTTOM, TOP),
    "wnse": (LEFT, TOP, BOTTOM, RIGHT),
    "wnes": (LEFT, TOP, RIGHT, BOTTOM),
    "wsne": (LEFT, BOTTOM, TOP, RIGHT),
    "wsen": (LEFT, BOTTOM, RIGHT, TOP),
    "wens": (LEFT, RIGHT, TOP, BOTTOM),
    "wesn": (LEFT, RIGHT, BOTTOM, TOP),
}
# As the specification has them: the direction of north, south, east and west, x to the right and y downwards.
PUBLISHED = {
    "default": ((0, -1), (0, 1), (1, 0), (-1, 0)),
    "swap_ns": ((0, 1), (0, -1), (1, 0), (-1, 0)),
    "swap_we": ((0, -1), (0, 1), (-1, 0), (1, 0)),
    "r90": ((-1, 0), (1, 0), (0, -1), (0, 1)),
    "r180": ((0, 1), (0, -1), (-1, 0), (1, 0)),
    "r270": ((1, 0), (-1, 0), (0, 1), (0, -1)),
    "random": ((0, -1), (1, 0), (-1, 0), (0, 1)),
}
ALL_SIDES = ("room", [["a", "north"], ["b", "south"], ["c", "east"], ["d", "west"]])
ROOM = ("bedroom", [["bed", "north"], ["TV", "east"], ["lamp", "south"]])
LAYOUT = [{"name": "bed", "x": 250, "y": 0}, {"name": "TV", "x": 500, "y": 250}, {"name": "lamp", "x": 250, "y": 500}]


def places(task, x):
    return tuple((each["x"], each["y"]) for each in task.rule.apply(x))


@pytest.mark.parametrize("letters", WALLS)
def test_each_map_by_hand(letters):
    assert places(Spatial(letters), ALL_SIDES) == WALLS[letters]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_maps(name):
    expected = tuple((250 + 250 * x, 250 + 250 * y) for x, y in PUBLISHED[name])
    assert places(Spatial(name), ALL_SIDES) == expected
    (letters,) = [letters for letters, walls in WALLS.items() if walls == expected]
    assert Spatial(letters).rule is Spatial(name).rule
    assert Spatial(letters).variant == name


def test_the_family_is_the_24_maps_with_north_up_first():
    family = Spatial("r90").family()
    assert {tuple((e["x"], e["y"]) for e in rule.apply(ALL_SIDES)) for rule in family} == set(WALLS.values())
    assert [rule.name for rule in family][:7] == list(PUBLISHED)
    assert len(family) == 24
    assert family[0].apply(ROOM) == Spatial("r90").default_world.apply(ROOM) == LAYOUT


@given(st.sampled_from(list(WALLS)), st.integers(3, 10), st.integers(0, 10**6))
def test_every_program_of_the_family_computes_its_rule(letters, count, seed):
    task = Spatial(letters, query_objects=count)
    x = draw(task, 1, seed, "queries")[0]
    for rule in task.family():
        assert solve(rule.program, x) == rule.apply(x)


@pytest.mark.parametrize("x", [(), ("room",), ("room", "bed"), ("room", []), ("room", [["bed", "up"]])])
def test_what_is_no_room_has_no_layout(x):
    assert Spatial().rule.apply(x) is None


def test_all_maps_have_the_same_rooms_and_one_room_pins_the_map():
    for x in draw(Spatial("default"), 30):
        assert len({json.dumps(Spatial(letters).rule.apply(x)) for letters in WALLS}) == 24
    assert draw(Spatial("default"), 30) == draw(Spatial("wesn", "centroid"), 30)


def test_drawn_rooms_stay_what_they_are():
    assert draw(Spatial(), 2, seed=7) == [
        ("kitchen", [["fridge", "east"], ["toaster", "south"], ["sink", "north"]]),
        ("living room", [["sofa", "north"], ["bookcase", "east"], ["coffee table", "west"]]),
    ]
    assert draw(Spatial(query_objects=5), 1, seed=7, split="queries") == [
        (
            "bathroom",
            [["sink", "north"], ["bathtub", "east"], ["toilet", "south"], ["mirror", "west"], ["shower", "north"]],
        )
    ]


@given(st.integers(3, 10), st.integers(0, 10**6))
def test_rooms_hold_their_own_objects_and_sides_repeat_only_beyond_four(count, seed):
    room, objects = draw(Spatial(query_objects=count), 1, seed, "queries")[0]
    names = [name for name, _ in objects]
    assert len(names) == count == len(set(names))
    assert set(names) <= set(ROOMS[room])
    sides = Counter(side for _, side in objects)
    assert max(sides.values()) - min([*sides.values()] if count >= 4 else [1]) <= 1
    assert len(sides) == min(count, 4)


def test_more_objects_in_queries_leave_the_shots_as_they_are():
    assert draw(Spatial(), 50) == draw(Spatial(query_objects=6), 50)
    assert Spatial(query_objects=6).variant == "r90-query-objects-6"


def test_the_order_of_the_objects_and_the_room_make_no_other_item():
    key = Spatial().key
    assert key(ROOM) == key(("attic", ROOM[1][::-1]))
    assert key(ROOM) != key(("bedroom", [["bed", "north"], ["TV", "east"], ["lamp", "west"]]))


@given(st.sampled_from(list(WALLS)), st.integers(0, 10**6))
def test_reader_reads_what_the_writer_wrote(letters, seed):
    for score in ("exact", "centroid"):
        task = Spatial(letters, score, query_objects=10)
        x = draw(task, 1, seed, "queries")[0]
        expected = task.rule.apply(x)
        assert task.read(task.reply(expected)) == expected
        assert task.equal(expected, expected)
        assert task.load(json.loads(json.dumps(x))) == x
        assert json.loads(task.write(expected)) == expected


def test_stored_pairs_alone_are_an_input_too():
    assert Spatial().load([["dryer", "east"], ["sink", "west"]]) == ("room", [["dryer", "east"], ["sink", "west"]])


@pytest.mark.parametrize("task", [Spatial(name) for name in PUBLISHED], ids=lambda task: task.variant)
def test_only_the_stated_rule_gives_the_directions(task):
    rule = task.framing("rule")
    for side, vector in zip(("north", "south", "east", "west"), PUBLISHED[task.variant], strict=True):
        assert f"The {side} direction is {vector}." in rule
    for told in ("none", "domain", "strong"):
        assert task.framing(told) == Spatial("wesn").framing(told)
    assert "(0, -1)" not in task.framing("domain")


def test_without_a_hint_nothing_but_the_items_speaks_of_rooms():
    task = Spatial()
    assert task.framing("none") == "A hidden rule turns two inputs into one output."
    assert task.show(ROOM, "none") == '"bedroom", [["bed", "north"], ["TV", "east"], ["lamp", "south"]]'
    assert task.question(ROOM, "none") == f"What is the output for {task.show(ROOM, 'none')}?"


def test_the_room_is_told_in_the_published_words():
    assert Spatial().show(ROOM, "rule") == (
        "You are in the middle of a bedroom. There is a bed on the north side. "
        "There is a TV on the east side. There is a lamp on the south side."
    )


def test_the_check_asks_for_the_map():
    (check,) = Spatial("r90").checks(Random(0))
    assert check.expected == {"north": [-1, 0], "south": [1, 0], "east": [0, -1], "west": [0, 1]}
    assert check.equal(check.expected, check.read(check.reply(check.expected)))
    (other,) = Spatial("r270").checks(Random(0))
    assert not check.equal(check.expected, check.read(check.reply(other.expected)))
    as_text = {side: f"({x}, {y})" for side, (x, y) in check.expected.items()}
    assert check.read(check.reply(as_text)) == check.expected
    for broken in ({}, {"north": [0, 1]}, {**check.expected, "west": "left"}, {**check.expected, "west": [0]}):
        assert check.read(check.reply(broken)) is None
    assert check.read(check.answer_format) is None


@pytest.mark.parametrize(
    "options", [{"transform": "R90"}, {"transform": "nsee"}, {"transform": ""}, {"score": "x"}, {"query_objects": 2}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(UsageError):
        Spatial(**options)


@pytest.mark.skipif(not REPLIES.exists(), reason="the stored replies are not here")
def test_verdicts_agree_with_wu2023_in_every_row():
    with gzip.open(REPLIES, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    different = []
    for row in rows:
        task = Spatial(row["transform"], "centroid")
        x = task.load(row["input"])
        if task.equal(task.rule.apply(x), task.read(row["response"])) != row["verdict"]:
            different.append((row["transform"], row["index"]))
    assert len(rows) == 700
    assert different == []
