"""Grids held against items worked out by hand, numpy's operations, and files in ARC's form."""

import asyncio
import json
import re
from random import Random

import numpy as np
import pytest

from solverlearner.design.episode import draw_episodes
from solverlearner.design.setting import SETTINGS
from solverlearner.errors import UsageError
from solverlearner.execution.executor import Executor
from solverlearner.task.relabelled import relabelled
from solverlearner.tasks.grid_rules import argument, is_grid
from solverlearner.tasks.grid_steps import STEPS, composed, listed, outputs_of, random_grid, steps_of
from solverlearner.tasks.grid_text import as_grid
from solverlearner.tasks.grids import PLANE, Grids
from solverlearner.tasks.row_draws import DRAWS, SHORTEST
from solverlearner.tasks.row_rules import COLOURS, KINDS, row_rule, row_rules
from solverlearner.testing import PROMISES, TaskTrial, scripted_rows

# Of each kind five rows and what they become, worked out by hand, with 5, 7 and 2 as the colours of the rule.
HAND = {
    "move_1p": "2200 0220, 0330 0033, 1000 0100, 08880 00888, 4440 0444",
    "move_2p": "2200 0022, 03300 00033, 1000 0010, 088800 000888, 44000 00440",
    "move_3p": "22000 00022, 033000 000033, 1000 0001, 8880000 0008880, 440000 000440",
    "move_dp": "2200005 0000225, 5000330 5330000, 1105 0115, 0500088 0588000, 444050 044450",
    "move_2p_dp": "2200005 0022005, 5000330 5033000, 110005 001105, 0500088 0508800, 444005 004445",
    "fill": "0200200 0222200, 303 333, 1000001 1111111, 07070 07770, 4004 4444",
    "padded_fill": "20200202 22200222, 3003303 3333333, 101000101 111000111, 0707 0777, 40040 44440",
    "hollow": "02220 02020, 33333 30003, 0111100 0100100, 7777 7007, 00444 00404",
    "flip": "02333 03332, 0122200 0222100, 900 900, 84440 44480, 00677 00776",
    "mirror": "02250000 00052200, 00533 33500, 33500 00533, 010500 000501, 00050220 22050000",
    "denoising_1c": "0200222 0000222, 3330303 3330000, 10111 00111, 0880080 0880000, 4044404 0044400",
    "denoising_mc": "0223220 0222220, 55955 55555, 1112111 1111111, 0088980 0088880, 4474440 4444440",
    "pcopy_1c": "33300300 33303330, 0222002000 0222022200, 666060 666666, 555550000500 555550055555, 11100010 11100111",
    "pcopy_mc": "33300400 33304440, 0222008000 0222088800, 666010 666111, 777770000200 777770022222, 11100090 11100999",
    "recolor_oe": "0110010 0770050, 333 555, 4440440 5550770, 8888 7777, 0909909 0507705",
    "recolor_cnt": "0110010 0770050, 333 222, 4440440 2220770, 8888 2222, 0909909 0507705",
    "recolor_cmp": "0110010 0550010, 3330333 5550555, 4440440 5550440, 8888 5555, 0909909 0905509",
    "scale_dp": "2200005 2222225, 5000330 5333330, 1105 1115, 0500088 0588888, 444050 444450",
}  # fmt: skip


def row(text):
    return [*map(int, text)]


@pytest.mark.parametrize("kind", KINDS)
def test_five_rows_of_each_kind_solved_by_hand(kind):
    rule = row_rule(kind, (5, 7, 2)[: KINDS[kind].colours])
    for given, expected in (pair.split() for pair in HAND[kind].split(", ")):
        assert (given, rule.apply(argument([row(given)]))) == (given, [row(expected)])


PLANES = {
    "rotate": ("12 30", "31 02"),
    "push_left.recolour13": ("010 021", "300 230"),
    "fall.border2": ("10 00", "2222 2002 2102 2222"),
    "crop.scale": ("000 034", "3344 3344"),
    "mirror.erase1": ("12", "0220"),
}


@pytest.mark.parametrize("steps", PLANES)
def test_five_grids_of_several_rows_solved_by_hand(steps):
    given, expected = ([row(line) for line in side.split()] for side in PLANES[steps])
    assert composed(steps_of(steps)).apply(argument(given)) == expected


def pushed(line, front):
    coloured = [cell for cell in line if cell]
    empty = [0] * (len(line) - len(coloured))
    return [*coloured, *empty] if front else [*empty, *coloured]


def cropped(a):
    rows, columns = np.any(a, 1), np.any(a, 0)
    if not rows.any():
        return a
    return a[rows.argmax() : len(rows) - rows[::-1].argmax(), columns.argmax() : len(columns) - columns[::-1].argmax()]


NUMPY = {
    "rotate": lambda a: np.rot90(a, -1),
    "rotate_back": np.rot90,
    "half_turn": lambda a: np.rot90(a, 2),
    "flip": np.fliplr,
    "flip_down": np.flipud,
    "transpose": np.transpose,
    "push_left": lambda a: np.apply_along_axis(pushed, 1, a, True),
    "push_right": lambda a: np.apply_along_axis(pushed, 1, a, False),
    "rise": lambda a: np.apply_along_axis(pushed, 0, a, True),
    "fall": lambda a: np.apply_along_axis(pushed, 0, a, False),
    "roll_right": lambda a: np.roll(a, 1, 1),
    "roll_left": lambda a: np.roll(a, -1, 1),
    "roll_down": lambda a: np.roll(a, 1, 0),
    "roll_up": lambda a: np.roll(a, -1, 0),
    "crop": cropped,
    "tile": lambda a: np.hstack([a, a]),
    "tile_down": lambda a: np.vstack([a, a]),
    "mirror": lambda a: np.hstack([a, np.fliplr(a)]),
    "mirror_down": lambda a: np.vstack([a, np.flipud(a)]),
    "scale": lambda a: np.kron(a, np.ones((2, 2), int)),
}


def by_numpy(name, a):
    kind, *colours = re.fullmatch(r"([a-z_]+?)(\d)?(\d)?", name).groups()
    one, other = (int(each or 0) for each in colours)
    match kind:
        case "erase":
            return np.where(a == one, 0, a)
        case "recolour":
            return np.where(a == one, other, a)
        case "swap":
            return np.where(a == one, other, np.where(a == other, one, a))
        case "border":
            return np.pad(a, 1, constant_values=one)
    return NUMPY[name](a)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_does_what_numpy_does(name):
    rng = Random(0)
    for grid in [random_grid(rng, 1, 6) for _ in range(30)] + [[[0, 0], [0, 0]]]:
        assert composed([STEPS[name]]).apply(argument(grid)) == by_numpy(name, np.array(grid)).tolist()


def test_the_family_of_several_rows_has_each_mapping_once_and_leaves_none_out():
    known = {each.outputs for each in listed()}
    assert len(known) == len(listed()) == 1117
    some = [composed([a, b]) for a in [*STEPS.values()][::9] for b in [*STEPS.values()][::5]]
    assert {outputs_of(rule) for rule in some} <= known


def test_a_rule_given_by_other_steps_stands_for_the_listed_one_that_is_the_same():
    names = [rule.name for rule in Grids(PLANE, steps="flip.flip_down").of_episode(0, 0).family()]
    assert "flip.flip_down" in names
    assert "half_turn" not in names
    assert len(names) == len(listed())


def test_each_step_of_a_longer_rule_matters():
    for index in range(6):
        steps = steps_of(Grids(PLANE, size=4).of_episode(0, index).steps)
        whole = outputs_of(composed(steps))
        assert all(outputs_of(composed([*steps[:n], *steps[n + 1 :]])) != whole for n in range(4))


def test_grids_of_several_rows_show_a_colour():
    task = Grids(PLANE, steps="border3").of_episode(0, 0)  # which changes an empty grid too
    assert all(any(map(any, *task.draw(Random(seed), "shots"))) for seed in range(2_000))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_every_length_fit_and_change(kind):
    colours = (9, 1, 4)[: KINDS[kind].colours]
    for length in (SHORTEST, 11, 17, 60):
        for seed in range(40):
            given = DRAWS[kind](Random(seed), length, colours)
            (after,) = row_rule(kind, colours).apply(argument([given]))
            assert is_grid([given])
            assert len(given) == len(after) == length
            assert given != after


@pytest.mark.parametrize("kind", [*KINDS, PLANE])
def test_eight_shots_leave_the_ideal_learner_the_rule(kind):
    episodes = [*draw_episodes(Grids(kind), seed=1, episodes=3, shots=8, queries=3)]
    for episode in episodes:
        assert episode.ideal.name == episode.task.rule.name or episode.ambiguity > 1
    assert sum(episode.ambiguity == 1 for episode in episodes) >= 2


def test_the_rules_of_rows_are_all_that_the_kinds_have():
    assert len(row_rules()) == 1 + 12 + 5 * 9 + 9 * 8 + 9 * 8 * 7 - 1
    assert len({rule.name for rule in row_rules()}) == len(row_rules())
    assert set(COLOURS) == set(range(1, 10))


def test_queries_have_the_width_that_is_asked_for_and_shots_do_not():
    for options, width in ((("row",), 40), ((PLANE,), 7)):
        task = Grids(*options, query_width=width)
        for episode in draw_episodes(task, seed=0, episodes=3, shots=5, queries=5):
            assert {len(query.input[0][0]) for query in episode.queries} == {width}
            assert max(len(shot.input[0][0]) for shot in episode.shots) < width
            plain = next(iter(draw_episodes(Grids(*options), seed=0, episodes=1, shots=5, queries=0)))
            if not episode.index:
                assert [shot.input for shot in episode.shots] == [shot.input for shot in plain.shots]


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        (r"\boxed{[[0, 1], [2, 0]]}", [[0, 1], [2, 0]]),
        (r"$$\boxed{[[0,1],[2,0]]}$$ as the rule says.", [[0, 1], [2, 0]]),
        (r"\boxed{\text{[[0, 1], [2, 0]]}}", [[0, 1], [2, 0]]),
        ("\\boxed{[[0, 1],\n        [2, 0]]}", [[0, 1], [2, 0]]),
        (r"\boxed{\begin{bmatrix} 0 & 1 \\ 2 & 0 \end{bmatrix}}", [[0, 1], [2, 0]]),
        (r"\boxed{\left[\begin{array}{cc}0 & 1\\2 & 0\end{array}\right]}", [[0, 1], [2, 0]]),
        ("\\boxed{0 1\n2 0}", [[0, 1], [2, 0]]),
        (r"\boxed{[0, 1, 1]}", [[0, 1, 1]]),
        (r"\boxed{0 1 1}", [[0, 1, 1]]),
        (r"\boxed{Output: [[0, 1]]}", [[0, 1]]),
        (r"\boxed{[[1, 0]] \rightarrow [[0, 1]]}", [[0, 1]]),
        (r"\boxed{((0, 1), (2, 0))}", [[0, 1], [2, 0]]),
        ("The result is:\n```\n[[0, 1], [2, 0]]\n```\nI hope this helps!", [[0, 1], [2, 0]]),
        ("```\n0 1\n2 0\n```", [[0, 1], [2, 0]]),
        ("It becomes `[[0, 1]]`.", [[0, 1]]),
        (r"\boxed{result} and then \boxed{[[3]]}", [[3]]),
        (r"\boxed{[[12, 1]]}", "[[12, 1]]"),
        (r"\boxed{a grid}", "a grid"),
        ("I cannot tell.", None),
    ],
)
def test_grids_are_read_as_models_write_them(reply, read):
    assert Grids().of_episode(0, 0).read(reply) == read


def test_a_long_reply_is_read_in_time():
    for text in ("[[" * 50_000, "[0] " * 50_000, "[" + " " * 100_000, "[[0]," * 30_000):
        as_grid(text)


@pytest.mark.parametrize("level", ["permuted", "novel"])
@pytest.mark.parametrize("options", [("recolor_oe",), (PLANE,)])
def test_grids_in_other_signs_keep_the_promises_and_show_no_usual_digit(level, options):
    task = relabelled(Grids(*options), level, 3).of_episode(3, 0)
    trial = TaskTrial(task, shots=5, queries=3)
    assert [line for promise in PROMISES for line in promise(trial)] == []
    program = task.rule_code()
    scope = {}
    exec(program, scope)
    assert all(scope["solver"](*item.input) == item.expected for item in trial.items())
    x = task.draw(Random(0), "queries")
    words = [task.framing(told) for told in ("rule", "domain", "strong")] + [task.show(x, "rule")]
    assert level == "permuted" or not re.search("[0-9]", " ".join(words))


# --- puzzles of a file


def pair(one, other):
    return {"input": one, "output": other}


PUZZLE = {"train": [pair([[1, 0]], [[0, 1]]), pair([[0, 2]], [[2, 0]])], "test": [pair([[3, 4]], [[4, 3]])]}


def written(folder, value, name="puzzle.json"):
    file = folder / name
    file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return str(file)


def test_puzzles_of_a_file_of_many_and_of_a_folder_are_asked_one_an_episode(tmp_path):
    written(tmp_path, PUZZLE, "a.json")
    other = {**PUZZLE, "test": [pair([[5, 6]], [[6, 5]])]}
    for data, count in ((written(tmp_path, {"one": PUZZLE, "two": other}, "many.json"), 2), (str(tmp_path), 3)):
        tasks = Grids(data=data)
        assert tasks.most_episodes == count
        episodes = [*draw_episodes(tasks, seed=0, episodes=count, shots=8, queries=8)]
        assert all(e.shots[0].expected == [[0, 1]] and len(e.shots) == 2 for e in episodes)
        assert {json.dumps(e.queries[0].expected) for e in episodes} == {"[[4, 3]]", "[[6, 5]]"}


def test_the_scripted_model_looks_a_puzzle_up_where_no_rule_is_stated(tmp_path):
    task = Grids(data=written(tmp_path, PUZZLE)).of_episode(0, 0)

    async def go():
        async with Executor(workers=1) as executor:
            return await scripted_rows(TaskTrial(task, shots=2, queries=1, episodes=1), "ideal", executor)

    rows = [row for row in asyncio.run(go()) if not SETTINGS[row.setting].rule_given]
    assert rows
    assert all(row.correct for row in rows)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("{", "puzzle.json is no JSON"),
        ("[1]", "puzzle.json must be JSON of ARC"),
        ({"train": []}, "puzzle has no list 'train' of pairs"),
        ({**PUZZLE, "test": [{"input": [[1]]}]}, "puzzle, test 1 has no output"),
        ({**PUZZLE, "train": [pair([[1, 2], [3]], [[1]])]}, "puzzle, train 1: its input must be a list of rows"),
        ({**PUZZLE, "train": [pair([[1]], [[10]])]}, "puzzle, train 1: its output must be a list of rows"),
    ],
)
def test_a_file_that_holds_no_puzzle_is_refused_in_one_line(tmp_path, value, problem):
    with pytest.raises(UsageError, match=re.escape(problem)) as error:
        Grids(data=written(tmp_path, value))
    assert "\n" not in str(error.value)


def test_settings_that_state_the_rule_of_a_puzzle_are_refused(tmp_path):
    with pytest.raises(UsageError, match="does not tell"):
        Grids(data=written(tmp_path, PUZZLE)).check_settings([SETTINGS["zero_shot"]])
    told = Grids(data=written(tmp_path, PUZZLE | {"rule": "Reverse each row."}))
    told.check_settings([SETTINGS["zero_shot"]])
    assert told.of_episode(0, 0).framing("rule").endswith("Grids are changed by this rule: Reverse each row.")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"of_kind": "moves"}, "kind=moves"),
        ({"of_kind": PLANE, "steps": "rotate.turn"}, "there is no step 'turn'"),
        ({"steps": "rotate"}, "kind=plane"),
        ({"size": 5}, "size=5"),
        ({"width": 9}, "width=9"),
        ({"data": "no/such.json"}, "cannot be read"),
    ],
)
def test_a_wrong_option_is_named(options, problem):
    with pytest.raises(UsageError, match=re.escape(problem)):
        Grids(**options)
