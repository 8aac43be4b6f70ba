import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solverlearner.tasks.layout import json_blocks, read_layout, same_places, same_sides
from solverlearner.tasks.spatial import Spatial

LAYOUT = [{"name": "bed", "x": 250, "y": 0}, {"name": "TV", "x": 500, "y": 250}, {"name": "lamp", "x": 250, "y": 500}]
TEXT = json.dumps({"objects": LAYOUT})
MIDDLE = (250, 250)


def moved(**places):
    return [{"name": name, "x": x, "y": y} for name, (x, y) in places.items()]


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{TEXT}\n```",
        f"Well:\n```json\n{TEXT}\n```\nThe sizes are estimated.",
        f"~~~json\n{TEXT}\n~~~",
        f"````json\n{TEXT}\n````",
        f"- so\n  ```JSON\n  {TEXT}\n  ```",
        f"``` json\n{TEXT}\n```",
        f"```json {TEXT}```",
        f"```json\n{TEXT}",
        f"```json\n{json.dumps(LAYOUT)}\n```",
        f'```json\n{{"objects": []}}\n```\n```json\n{TEXT}\n```',
        f'```json\n{TEXT}\n```\nIn the form\n```json\n{{"objects": [{{"name": "??", "x": "??", "y": "??"}}]}}\n```',
        f"```json\n{TEXT}\n```\n```json\n{{broken\n```",
        "```json\n" + TEXT.replace("500", '"500"') + "\n```",
        "```json\n" + TEXT.replace("500", "(500)") + "\n```",
        "```json\n" + TEXT.replace("500", "+500") + "\n```",
        "```json\n" + TEXT.replace('"', "'") + "\n```",
        "```json\n" + TEXT.replace('"', "“") + "\n```",
        "```json\n" + TEXT.replace('"objects"', "objects").replace('"x"', "x") + "\n```",
        "```json\n" + TEXT.replace("}", ",}").replace("]", ",]") + "\n```",
        "```json\n" + TEXT.replace("},", "}, // next, (\n") + " /* (a, b) */ # c\n```",
        "```json\n" + TEXT.replace("[", "(").replace("]", ")") + "\n```",
        f'```json\n{{"north": (0, -1), "u": ((1, (2,)), ()), "w": None, "name": "a (b), c", {TEXT[1:]}\n```',
        f'```json\n{{"north": (0, −1), {TEXT[1:]}\n```',
        f"```json5\n{TEXT},\n```",
    ],
)
def test_layouts_are_read_from_the_last_block_that_reads(text):
    assert Spatial().read(text) == LAYOUT


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT,
        f"```\n{TEXT}\n```",
        f"```python\n{TEXT}\n```",
        f"``json\n{TEXT}\n``",
        f"```json\n{TEXT[:-3]}\n```",
        f"```json\n{TEXT[:-3]}",
        '```json\n{"objects": {"bed": [250, 0]}}\n```',
        '```json\n{"objects": ["bed"]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": 250}]}\n```',
        '```json\n{"objects": [{"name": 1, "x": 250, "y": 0}]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": true, "y": 0}]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": NaN, "y": 0}]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": 1e999, "y": 0}]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": "far", "y": 0}]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": 1e300, "y": 0}]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": 1' + "0" * 400 + ', "y": 0}]}\n```',
        '```json\n{"objects": [{"name": "bed", "x": 1' + "0" * 5000 + ', "y": 0}]}\n```',
        "```json\n" + "[" * 90_000,
        "```json\n" + '{"objects":' * 9_000,
        "```json\n" + " " * 100_000 + TEXT + "\n```",
    ],
)
def test_what_is_no_layout_in_a_json_block_is_no_answer(text):
    assert Spatial().read(text) is None


@given(st.text(alphabet='`~json{}[]":,\n 0e') | st.text())
def test_no_text_makes_the_reader_fail(text):
    value = Spatial().read(text)
    assert value is None or read_layout(value) == value


def test_blocks_come_last_first():
    assert list(json_blocks("```json\n1\n```\n```json\nx\n```\n```json\n[2]\n```")) == [[2], 1]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["objects", "name", "x", "y"]), inner),
)


@given(json_values)
def test_no_value_of_a_program_makes_the_scores_fail(value):
    assert not same_places(LAYOUT, value)
    assert same_sides(LAYOUT, value, MIDDLE) in (True, False)


def test_exact_wants_every_object_at_its_place_and_looks_past_order_case_and_extras():
    places = {"bed": (250, 0), "TV": (500, 250), "lamp": (250, 500)}
    assert same_places(LAYOUT, moved(**places))
    assert same_places(LAYOUT, {"objects": moved(lamp=(250.0, "500"), BED=("250", 0), Tv=(500, 250), you=(250, 250))})
    assert not same_places(LAYOUT, moved(**{**places, "bed": (250, 1)}))
    assert not same_places(LAYOUT, moved(**{**places, "bed": (0, 250)}))
    assert not same_places(LAYOUT, moved(bed=(250, 0), TV=(500, 250)))
    assert not same_places(LAYOUT, moved(**places) + moved(bed=(0, 250)))
    machine = moved(**{"coffee machine": (250, 0)})
    assert same_places(machine, moved(Coffee_Machine=(250, 0)))


def test_centroid_wants_each_object_on_its_side_of_the_mean_only():
    assert same_sides(LAYOUT, moved(bed=(0, 10), TV=(3, 20), lamp=(0, 30)), MIDDLE)
    assert not same_sides(LAYOUT, moved(bed=(0, 30), TV=(3, 20), lamp=(0, 10)), MIDDLE)
    assert not same_sides(LAYOUT, moved(bed=(0, 10), TV=(0, 20), lamp=(0, 30)), MIDDLE)
    assert not same_sides(LAYOUT, moved(bed=(0, 10), TV=(3, 20)), MIDDLE)
    twice = moved(bed=(0, 99)) + moved(bed=(0, 10), TV=(3, 20), lamp=(0, 30))
    assert same_sides(LAYOUT, twice, MIDDLE)  # of one object named twice the last counts, as it did in 2023


def test_one_in_six_random_layouts_passes_the_centroid_score():
    rng = Random(1)
    names = [each["name"] for each in LAYOUT]
    layouts = ([{"name": name, "x": rng.random(), "y": rng.random()} for name in names] for _ in range(6000))
    passed = sum(same_sides(LAYOUT, layout, MIDDLE) for layout in layouts)
    assert 900 < passed < 1100
