import json
import re

import pytest
from test_cli import solverlearner

from solverlearner.case2code.triples import Triple, line_of_triple, read_triples
from solverlearner.errors import UsageError
from solverlearner.synth.chats import chat_of, write_chats
from solverlearner.tasks.case2code import DEFAULT_SET

CODE = "def {}(n):\n    found = n * {}\n    return found + n // 2 - n % 7\n"


def triple(name="f", factor=2, split="train", package="own/a", code=CODE):
    text = code.format(name, factor)
    space = {}
    exec(text, space)  # a function of this file
    inputs = tuple({"n": n} for n in range(6))
    outputs = tuple(space[name](**x) for x in inputs)
    return Triple(text, name, inputs, outputs, (0, 2, 5), id=f"{package}/{name}", split=split, package=package)


OTHER = triple("g", package="own/b", code="def {}(n):\n    return [each * {} for each in range(n) if each != 3]\n")


def written(folder, *triples):
    data = folder / "data.jsonl"
    data.write_text("".join(map(line_of_triple, triples)))
    said = write_chats([data], folder / "sft.jsonl")
    return said.partition(": /")[0], [json.loads(line) for line in (folder / "sft.jsonl").read_text().splitlines()]


def test_a_chat_shows_the_chosen_cases_only_and_answers_with_a_program_that_does_them(tmp_path):
    said, (chat,) = written(tmp_path, triple("tripled", 3))
    assert said == "1 chats, 0 left out for an overlap with test programs"
    user, assistant = chat["messages"]
    assert (user["role"], assistant["role"]) == ("user", "assistant")
    assert all(f"n={n}" in user["content"] for n in (0, 2, 5))
    assert not any(f"n={n}" in user["content"] for n in (1, 3, 4))
    assert "tripled" not in user["content"] + assistant["content"]
    (program,) = re.findall(r"```python\n(.*)\n```", assistant["content"], re.DOTALL)
    space = {}
    exec(program, space)  # a function of this file
    assert [space["solver"](n) for n in (0, 2, 5)] == [triple("tripled", 3).outputs[n] for n in (0, 2, 5)]


@pytest.mark.parametrize(
    ("reason", "tested"),
    [
        ("the same text", triple(split="test", package="own/c")),
        ("the same syntax tree", triple("renamed", split="test", package="own/c")),
        ("a function in common", triple("renamed", 9, split="test", package="own/c")),
        ("a package in common", triple("h", split="test", code="def {}(n):\n    return str(n) * {}\n")),
    ],
)
def test_each_overlap_with_a_test_program_leaves_the_train_program_out(tmp_path, reason, tested):
    said, chats = written(tmp_path, tested, triple(), OTHER)
    assert [chat["id"] for chat in chats] == ["own/b/g"]
    told = f"1 of the test split; 1 overlap: {reason}"
    assert said == f"1 chats, 1 left out for an overlap with test programs ({told})"


def test_what_the_default_set_asks_is_never_trained_on(tmp_path):
    tested = next(read_triples(DEFAULT_SET))
    asked = Triple(tested.code, tested.func_name, tested.inputs, tested.outputs, tested.chosen, package="copied")
    said, chats = written(tmp_path, asked, OTHER)
    assert [chat["id"] for chat in chats] == ["own/b/g"]
    assert said == "1 chats, 1 left out for an overlap with test programs (1 overlap: the same text)"


def test_no_file_is_left_where_nothing_could_be_written(tmp_path):
    with pytest.raises(UsageError, match=r"has no train triple to write: 0 chats, 0 left .* \(1 of the test split\)"):
        written(tmp_path, triple(split="test"))
    assert not (tmp_path / "sft.jsonl").exists()


def test_a_program_with_something_else_called_solver_is_left_out(tmp_path):
    code = "def solver(n):\n    return n + {1}\n\ndef {0}(n):\n    return solver(n) * 2 - n // 3\n"
    said, _ = written(tmp_path, triple(code=code), OTHER)
    assert "1 with something else called solver" in said


def test_every_train_triple_beside_the_default_set_becomes_a_chat(tmp_path):
    data = [*DEFAULT_SET.parent.glob("*.jsonl.gz")]
    said = write_chats(data, tmp_path / "sft.jsonl")
    chats = (tmp_path / "sft.jsonl").read_text().splitlines()
    assert said.startswith(f"{len(chats)} chats, 0 left out")
    assert len(chats) > 100


def test_the_command_takes_a_folder_and_refuses_what_it_cannot_use_in_a_line(tmp_path):
    (tmp_path / "train.jsonl").write_text(line_of_triple(triple()))
    done = solverlearner("export", "sft", f"data={tmp_path}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f": {tmp_path / 'sft.jsonl'}\n")
    (tmp_path / "empty").mkdir()
    for words, line in (
        ([], "data: must be given: data=…, a file of triples or a folder that `synth` wrote"),
        ([f"data={tmp_path}/empty"], f"data={tmp_path}/empty: has no train.jsonl or test.jsonl"),
        (["data=/nowhere"], "data=/nowhere: cannot be read: No such file or directory"),
    ):
        done = solverlearner("export", "sft", *words)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"solverlearner: {line}\n")


def test_chats_carry_the_licence():
    one = next(read_triples(DEFAULT_SET))
    assert chat_of(one)["licence"] == one.licence
