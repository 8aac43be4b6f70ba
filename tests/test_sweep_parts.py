import asyncio
import json
import sys

import pytest
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from omegaconf import open_dict

from solverlearner.cli.conf_files import about, members
from solverlearner.cli.hydra_app import plain_options
from solverlearner.cli.main import main
from solverlearner.cli.sweep.grid import Grid
from solverlearner.cli.sweep.status_board import RunStatus, StatusBoard, new_status_board
from solverlearner.errors import UsageError
from solverlearner.evaluation.cost import cost_of, so_far
from solverlearner.evaluation.options import run_spec_of
from solverlearner.inference.budget import Budget
from solverlearner.inference.usage import Price, Usage
from solverlearner.models import llamacpp as local_model


@pytest.fixture
def grid():
    with initialize_config_module("solverlearner.conf", version_base="1.3"):
        yield Grid(GlobalHydra.instance().config_loader(), compose("run", return_hydra_config=True))


@pytest.mark.parametrize(
    "words",
    [
        ["task=cipher", "model=scripted", "shift=3", "settings=[io,solverlearner]", "executor.modules=[hashlib]"],
        ["model=compatible", "name='a,b'", "base_url=http://h/v1", "extra={top_p:0.9}", "model.price_in=1"],
        ["noise=0.25", "temperature=null", "task=spatial", "transform=nswe"],
    ],
    ids=" ".join,
)
def test_a_cell_is_composed_as_hydra_would(grid, words):
    (point,) = grid.points(None, None, words)
    loader = GlobalHydra.instance().config_loader()
    whole = loader.load_sweep_config(grid._master, list(point.overrides))
    with open_dict(whole):
        whole.pop("hydra")
    assert grid.options(point) == plain_options(whole)


def test_products_and_their_union_in_the_order_that_they_are_written(grid):
    points = grid.points({"shots": "0,1"}, [{"task": "arith", "base": "8,9"}, {"task": "syntax"}], ["seed=range(1,3)"])
    assert len(points) == 2 * 2 * 2 + 2 * 2
    assert points[0].overrides == ("shots=0", "task=arith", "base=8", "seed=1")
    assert points[0].label == "shots=0 task=arith base=8 seed=1"
    assert points[-1].overrides == ("shots=1", "task=syntax", "seed=2")


def test_a_command_called_from_python_leaves_its_callers_words(capsys):
    words = [*sys.argv]
    assert main(["show", "task=cipher", "shift=3"]) == 0
    assert main(["run", "task=nothing"]) == 2
    assert sys.argv == words


def test_an_option_belongs_to_the_task_that_any_grid_chooses(grid):
    points = grid.points({"shift": "3,4"}, [{"task": "cipher", "cipher": "caesar"}, {"task": "cipher,arith"}], [])
    assert [p.overrides for p in points[:2]] == [("shift=3", "task=cipher", "cipher=caesar"),
                                                 ("shift=4", "task=cipher", "cipher=caesar")]  # fmt: skip
    with pytest.raises(UsageError, match="shift: no such option; it belongs to task=cipher"):
        grid.points({"shift": "3,4"}, [{"task": "arith"}], [])


def test_what_is_typed_goes_before_what_an_experiment_says(grid):
    grids = [{"task": "arith", "base": "8,9"}, {"task": "syntax"}]
    assert [p.label for p in grid.points({"shots": "0,1"}, grids, ["task=arith", "base=16", "shots=4,2"])] == [
        "shots=4",
        "shots=2",
    ]
    with pytest.raises(UsageError, match="task=cipher: no grid of this experiment has that"):
        grid.points(None, grids, ["task=cipher"])
    assert len(grid.points({"task": "arith,syntax"}, None, ["task=cipher"])) == 1


def test_a_list_where_words_belong_is_refused(grid):
    with pytest.raises(UsageError, match=r"base: \[8, 9\]: in hydra.sweeper, write values as on the command line"):
        grid.points({"base": [8, 9]}, None, [])


def test_a_board_tells_of_every_cell_and_is_gone_at_the_end(tmp_path):
    with new_status_board(tmp_path) as board:
        board.tell(RunStatus("a", "running", usd=1.5))
        board.tell(RunStatus("b", "complete", usd=2.0))
        elsewhere = StatusBoard(board.path)
        assert elsewhere.spent(but="a") == 2.0
        assert not elsewhere.stopping
        board.stop()
        assert elsewhere.stopping
    assert elsewhere.stopping
    board.tell(RunStatus("a", "complete"))
    assert not list(tmp_path.iterdir())


def test_a_budget_counts_what_is_spent_elsewhere_and_trusts_no_untold_tokens():
    totals = Usage(prompt_tokens=1_000_000)
    budget = Budget(2.0, Price(1.0, 1.0))
    assert budget.problem(totals) == ""
    budget.elsewhere = 1.0
    assert "is reached, $2.0000 are spent" in budget.problem(totals)
    assert "does not report its tokens" in Budget(9.0, Price(1.0, 1.0)).problem(Usage(untold=1))


def test_what_a_killed_run_has_is_neither_asked_nor_paid_again(grid, tmp_path):
    words = ["model=scripted", "settings=[io]", "episodes=1", "queries=4", "price_in=1", "price_out=1000000"]
    cell = run_spec_of(grid.options(grid.points(None, None, words)[0]))
    kept = {"at": 1.0, "prompt_tokens": 5, "completion_tokens": 2, "state": "ok"}
    lines = [json.dumps({"session": 1.0}), json.dumps({"id": "io/0/1/abc", **kept}), '{"id": "torn']
    (tmp_path / "replies.jsonl").write_text("\n".join(lines))
    assert so_far(tmp_path).places == {"io/0/1"}
    cost = cost_of(cell.plan, cell.price, 10, tmp_path)
    assert (cost.answered, cost.ahead) == (1, 3)
    assert cost.spent == pytest.approx(2.000005)
    assert cost.at_most == pytest.approx(30, abs=0.01)


def test_of_two_servers_of_embedded_weights_the_second_waits(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    async def go():
        first = await local_model._turn()
        second = asyncio.create_task(local_model._turn())
        await asyncio.sleep(0.5)
        assert not second.done()
        first.close()
        (await second).close()

    asyncio.run(go())
    assert "waiting: another run on this machine has a model loaded" in capsys.readouterr().err


def test_every_experiment_is_short_and_says_which_question_it_answers(grid):
    texts = members("experiment").values()
    assert texts
    assert all(about(text) and len(text.splitlines()) <= 20 for text in texts)
