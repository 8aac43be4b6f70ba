import pytest

from solverlearner.design.episode import draw_episodes, fitting_rules
from solverlearner.design.noise import corrupt
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.errors import UsageError
from solverlearner.task import Item
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.spatial import Spatial
from solverlearner.tasks.syntax import Syntax

TASKS = [Arith(9), Arith(16), Arith(10), Arith(36), Syntax("ovs"), Syntax("svo"), Spatial("r90"), Spatial("default")]
TASKS += [Cipher(name) for name in "sorted caesar morse substitution permuted_morse vigenere".split()]
every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.variant)


def draw(task, **changes):
    sizes = {"seed": 0, "episodes": 3, "shots": 8, "queries": 3}
    return list(draw_episodes(task, **{**sizes, **changes}))


def wrong(task, episode):
    return [n for n, shot in enumerate(episode.shots) if shot.expected != task.rule.apply(shot.input)]


@every_task
@pytest.mark.parametrize("kind", ["default", "random"])
def test_the_share_is_exact_and_only_outputs_of_shots_change(task, kind):
    clean = draw(task)
    for share, count in [(0.0, 0), (0.1, 1), (0.25, 2), (0.5, 4), (1.0, 8)]:
        for before, after in zip(clean, draw(task, noise=share, noise_kind=kind), strict=True):
            assert after.corrupted == len(wrong(task, after)) == count
            assert [shot.input for shot in after.shots] == [shot.input for shot in before.shots]
            assert after.queries == before.queries
            for shot in after.shots:
                right = task.rule.apply(shot.input)
                assert shot.expected == right or not task.equal(right, shot.expected)


@every_task
def test_more_noise_keeps_the_noise_that_is_there(task):
    for some, more in zip(draw(task, noise=0.25), draw(task, noise=0.75), strict=True):
        for place in wrong(task, some):
            assert more.shots[place] == some.shots[place]
    few, many = draw(task, noise=1.0, shots=4)[0], draw(task, noise=1.0, shots=8)[0]
    assert many.shots[:4] == few.shots


def test_default_noise_is_the_default_worlds_answer_and_random_noise_where_there_is_none():
    for episode in draw(Arith(9), noise=1.0):
        assert [int(s.expected) for s in episode.shots] == [int(s.input[0]) + int(s.input[1]) for s in episode.shots]
    for episode in draw(Arith(16), noise=1.0):  # letters have no answer in base 10, which has one for some pairs
        for shot in episode.shots:
            if shot.input[0].isdecimal() and shot.input[1].isdecimal():
                assert int(shot.expected) == int(shot.input[0]) + int(shot.input[1])
            else:
                assert shot.expected != Arith(16).rule.apply(shot.input)
    for episode in draw(Syntax("svo"), noise=1.0):
        assert all(sorted(s.expected.values()) == sorted(s.input[0].split()) for s in episode.shots)


def test_random_noise_is_what_another_rule_of_the_family_says_else_another_inputs_output():
    task = Spatial("r90")
    outputs = {str(rule.apply(shot.input)) for e in draw(task, noise=1.0) for shot in e.shots for rule in task.family()}
    seen = [str(shot.expected) for e in draw(task, noise=1.0, noise_kind="random") for shot in e.shots]
    assert set(seen) <= outputs
    assert len({str(task.default_world.apply(s.input)) for e in draw(task) for s in e.shots} & set(seen)) < 12
    (shot,), count = corrupt(Arith(36), [Item(("ZZ", "ZY"), "1ZX")], 1.0, "random", "x")  # no other base has a Z
    assert (count, len(shot.expected)) in {(1, 2), (1, 3)}
    assert shot.expected != "1ZX"


def test_the_ideal_learner_takes_the_rule_that_fits_the_most_shots():
    for episode in draw(Arith(9), noise=0.25):
        assert (episode.ideal.name, episode.ambiguity) == ("base 9", 1)
    for episode in draw(Arith(9), noise=0.5):  # four shots speak for each base: the default world is more plausible
        assert (episode.ideal.name, episode.ambiguity) == ("base 10", 2)
    for episode in draw(Arith(9), noise=0.75):
        assert (episode.ideal.name, episode.ambiguity) == ("base 10", 1)


def test_where_no_rule_fits_any_shot_all_of_them_fit_as_many():
    assert len(fitting_rules(Syntax("sov"), [Item(("a b c",), {"subject": "x", "verb": "y", "object": "z"})])) == 6


def calls(name, **changes):
    sizes = {"episodes": 1, "shots": 4, "queries": 1, "seed": 0, "hint": "domain"}
    return list(draw_calls(Plan(Arith(9), parse_settings([name]), **{**sizes, **changes})))


@pytest.mark.parametrize("name", SETTINGS)
def test_prompts_say_that_examples_may_be_wrong_exactly_where_there_are_some_and_it_is_told(name):
    told = calls(name, noise=0.5, noise_told=True)[0].messages[0]["content"]
    kept = calls(name, noise=0.5)[0].messages[0]["content"]
    assert ("Some of their outputs may be wrong." in told) is SETTINGS[name].shots_shown
    assert "wrong" not in kept
    assert "Its output may be wrong." in calls("io", shots=1, noise_told=True)[0].messages[0]["content"]
    assert "wrong" not in calls("io", shots=0, noise_told=True)[0].messages[0]["content"]


def test_the_line_that_calls_the_first_example_says_what_that_example_shows():
    (call,) = calls("solverlearner", noise=1.0)
    first = call.episode.shots[0]
    assert first.expected != Arith(9).rule.apply(first.input)
    assert f"solver('77', '44') must return '{first.expected}'" in call.messages[0]["content"]
    assert f"Output: {first.expected}\n" in call.messages[0]["content"]
    (call,) = calls("solverlearner", noise=1.0, noise_told=True)
    assert "must return" not in call.messages[0]["content"]
    assert f"reads solver('77', '44') == '{first.expected}'" in call.messages[0]["content"]


def test_identifiable_redraws_only_shots_that_leave_a_choice():
    # A pair with a letter and no carry, A1+12 = B3, is right in every base from 12 on.
    free = draw(Arith(16), shots=1, episodes=30)
    pinned = draw(Arith(16), shots=1, episodes=30, identifiable=True)
    assert {episode.ambiguity > 1 for episode in free} == {True, False}
    assert all(episode.ambiguity == 1 for episode in pinned)
    for before, after in zip(free, pinned, strict=True):
        assert after.queries == before.queries
        assert (after.shots == before.shots) is (before.ambiguity == 1)


def test_identifiable_is_decided_before_noise_so_that_noise_levels_share_their_shots():
    free = draw(Arith(16), shots=2, episodes=30)
    clean = draw(Arith(16), shots=2, episodes=30, identifiable=True)
    noisy = draw(Arith(16), shots=2, episodes=30, identifiable=True, noise=0.5)
    assert [e.shots for e in clean] != [e.shots for e in free]
    for before, after in zip(clean, noisy, strict=True):
        assert [shot.input for shot in after.shots] == [shot.input for shot in before.shots]
        assert sum(a == b for a, b in zip(after.shots, before.shots, strict=True)) == 1


@pytest.mark.parametrize("task", [Arith(9), Syntax(), Cipher("morse")], ids=lambda task: task.variant)
def test_shots_that_cannot_pin_the_rule_are_one_error_with_the_fix(task):
    with pytest.raises(UsageError, match=r"identifiable=true: 0 shots of .* do not pin the rule .*; raise shots"):
        draw(task, shots=0, identifiable=True)


def test_published_demonstrations_cannot_be_redrawn():
    task = Arith(16, data="wu2023")
    assert draw(task, identifiable=True) == draw(task)
    with pytest.raises(UsageError, match="identifiable=true: 1 shots of arith base-16-wu2023 do not pin the rule"):
        draw(task, shots=1, episodes=100, queries=1, identifiable=True)
