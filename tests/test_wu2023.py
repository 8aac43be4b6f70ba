import hashlib
import random

import pytest

from solverlearner.tasks.arith import Arith
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.wu2023 import (
    addition_lines,
    additions,
    few_shot_additions,
    few_shot_lines,
    scene_lines,
    scenes,
)

# As published: SHA-256 of base8.txt, base10.txt (two digits), the few-shot base8.txt and the spatial file.
HASHES = {
    "base 8": "efc18aef503124da5d31794eb463f5d6ecca7468eeefac6a9f61a3f0cae8dabf",
    "base 10": "e62b91c974ddb82651f67aeeae3dc7031a8490b57949c03cd9dcfde0a5cd4f11",
    "few-shot base 8": "cd9f3db355756649ca36397e875b69d8c386ff71dd3b2e78c28e18b772c957f0",
    "spatial": "e10c1d474b26faa9c0297c44776e4ff24ff2e30e8b65ce6d7b9747a5437e61a2",
}


def lines(name):
    if name == "spatial":
        return scene_lines()
    if name == "few-shot base 8":
        return few_shot_lines(8)
    return addition_lines(int(name.split()[1]))


@pytest.mark.parametrize("name", HASHES)
def test_the_published_files_come_out_byte_for_byte(name):
    assert hashlib.sha256("".join(lines(name)).encode()).hexdigest() == HASHES[name]


def test_drawing_leaves_the_shared_generator_alone():
    random.seed(5)
    before = random.getstate()
    list(lines("spatial"))
    assert random.getstate() == before


def test_the_items_are_inputs_of_our_tasks():
    pairs = list(additions(8))
    assert len(pairs) == 1000
    assert pairs[0] == ("76", "76")
    assert Arith(8).rule.apply(pairs[0]) == "174"
    rooms = list(scenes())
    assert len(rooms) == 100
    assert rooms[0] == ("laundry room", [["dryer", "east"], ["sink", "west"], ["washing machine", "south"]])
    assert next(scene_lines()) == Spatial().show(rooms[0], "rule") + " \n"
    assert Spatial("default").rule.apply(rooms[0]) == [
        {"name": "dryer", "x": 500, "y": 250},
        {"name": "sink", "x": 0, "y": 250},
        {"name": "washing machine", "x": 250, "y": 500},
    ]


def test_no_demonstration_is_the_query():
    task = Arith(8)
    for line in few_shot_additions(8):
        assert len(line.shots) == 32
        assert task.key(line.query) not in {task.key(shot) for shot in line.shots}
