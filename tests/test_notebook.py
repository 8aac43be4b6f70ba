"""The notebook in examples/: it runs, and gives what is stored in it. And what a notebook's buttons and cells do."""

import os
import re
from pathlib import Path

import pytest

pytest.importorskip("nbclient", reason="nbclient is not installed: pip install -e '.[test]'")
pytest.importorskip("ipykernel", reason="ipykernel is not installed: pip install -e '.[test]'")

import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
QUICKSTART = EXAMPLES / "quickstart.ipynb"


def text_of(cell):
    """The outputs of a cell as text, without what differs between machines."""
    texts = [out.get("text") or out["data"].get("text/plain", "") for out in cell.get("outputs", [])]
    return [re.sub(r"at 0x[0-9a-f]+", "", text) for text in texts]


def test_the_quickstart_runs_and_its_stored_outputs_are_true():
    stored = nbformat.read(QUICKSTART, as_version=4)
    fresh = nbformat.read(QUICKSTART, as_version=4)
    NotebookClient(fresh, timeout=300, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    for before, after in zip(stored.cells, fresh.cells, strict=True):
        assert text_of(before) == text_of(after), before.source
    kinds = {kind for cell in stored.cells for out in cell.get("outputs", []) for kind in out.get("data", {})}
    assert {"text/plain", "text/html", "image/png"} <= kinds


@pytest.fixture
def kernel(tmp_path):
    """Runs the source of a cell in a kernel; gives the text that it printed, and may interrupt it at a pattern."""
    manager, client = start_new_kernel(cwd=str(tmp_path), env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)})

    def run(source, interrupt_at=None):
        asked, printed = client.execute(source), ""
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == asked:
                content = message["content"]
                printed += content.get("text") or "".join(content.get("traceback", []))
                if interrupt_at and re.search(interrupt_at, printed):
                    manager.interrupt_kernel()
                    interrupt_at = None
                if content.get("execution_state") == "idle":
                    return printed

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


OWN = """
import asyncio, json
import solverlearner as sl
from solverlearner.tasks.arith import Arith

class Slow:
    name, remark, identity = "slow", None, {{}}
    async def open(self): pass
    async def aclose(self): pass
    def request(self, call): return None
    async def ask(self, call):
        await asyncio.sleep(0.2)
        return sl.Reply("It is 1.")

class Own(Arith):
    name = "own"
    def read(self, text):
        return {read}

def go(**options):
    return sl.evaluate(Own(), Slow(), ["zero_shot"], concurrency=2, **options)
"""


SHOWN = """
r = go(episodes=1, queries=2)
calls = json.loads((r.path / "manifest.json").read_text())["calls"]
print(r.to_pandas().status.tolist(), calls["answered"], calls["asked_now"])
"""


def test_a_method_that_is_changed_in_a_cell_scores_the_rows_again_and_asks_nothing(kernel):
    kernel(OWN.format(read="super().read(text)"))
    assert "['no_answer', 'no_answer'] 2 2" in kernel(SHOWN)
    kernel(OWN.format(read="super().read(text) or '1'"))
    assert "['ok', 'ok'] 2 0" in kernel(SHOWN)
    kernel(OWN.format(read="super().read(text)  # as before"))
    assert "['no_answer', 'no_answer'] 2 0" in kernel(SHOWN)


def test_the_stop_button_keeps_what_came(kernel):
    kernel(OWN.format(read="super().read(text) or '1'"))
    shown = kernel("go(episodes=50, queries=10, progress=True)", interrupt_at=r"\b1?[1-9] of 500 calls")
    assert "calls are under way and will be kept" in shown
    assert "KeyboardInterrupt" in shown
    kept = int(re.search(r"(\d+) of 500 replies are kept", shown)[1])
    assert 1 <= kept < 100
    assert f"{kept}\n" in kernel("print(len(sl.load_results()[0].to_pandas()))")
