"""Training: options and data without torch; the algorithm, resume and the model in the process where torch is there."""

import ast
import asyncio
import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from solverlearner.case2code.triples import read_triples
from solverlearner.cli.main import main
from solverlearner.errors import UsageError
from solverlearner.tasks.case2code import DEFAULT_SET
from solverlearner.training.contents import contents_of
from solverlearner.training.train_options import TrainOptions, cost_share
from solverlearner.training.train_run import folder_of, losses_of, train
from solverlearner.training.training_data import programs_under_test, read_sources

needs_torch = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "transformers", "accelerate")),
    reason="needs the extra train (torch, transformers, accelerate)",
)
OPTIONS = TrainOptions(
    data=("text.txt",), mix=None, model="scratch", size="1m", method="full", patch=1, fraction=0.5, context=16,
    tokens_a_step=128, epochs=1, steps=4, lr=1e-3, warmup=0.25, keep_optimizer=False, rank=4, dtype="float32", seed=0,
    held_out=0.0, save_every=2, at_once=8,
)  # fmt: skip


def quiet(line):
    pass


@pytest.fixture(autouse=True)
def _one_thread():
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(f"{n} and {n * 7 % 13} make {n + n * 7 % 13}." for n in range(400)))
    return str(path)


def test_the_cost_is_the_papers():
    assert cost_share(4, 2 / 3) == pytest.approx(0.5)
    assert cost_share(4, 0.5) == 0.625
    assert cost_share(1, 0.5) == 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"data": ()}, r"data=\[\]: must be files of chats"),
        ({"patch": 0}, "patch=0"),
        ({"patch": 3, "context": 16}, "tokens_a_step=128: must be a multiple of 48: context × patch"),
        ({"context": 24}, "tokens_a_step=128: must be a multiple of context=24"),
        ({"fraction": 1.5}, r"fraction=1\.5"),
        ({"size": "7b"}, "size=7b"),
        ({"method": "qlora"}, "method=qlora"),
        ({"mix": (1.0, 2.0)}, r"mix=\[1\.0,2\.0\]: must have a weight above 0 for each of the 1 entries"),
        ({"mix": (0.0,)}, "must have a weight above 0"),
    ],
)
def test_a_wrong_option_is_one_line(change, what):
    with pytest.raises(UsageError, match=what):
        replace(OPTIONS, **change)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["mix=[0.3,0.7]"], "mix=[0.3,0.7]: must have a weight above 0 for each of the 1 entries"),
        (["mix=0.3,x"], "mix=x: must be a number"),
        (["patch=[1,x]"], "patch=x: must be a whole number"),
        (["patch=3"], "tokens_a_step=4096: must be a multiple of 768"),
        (["model=nowhere/at/all"], "model=nowhere/at/all"),
    ],
)
def test_lists_of_numbers_and_wrong_words_are_a_line(words, what, text, tmp_path, capsys):
    if "model" in words[0] and importlib.util.find_spec("torch") is None:
        pytest.skip("the extra is asked for first")
    assert main(["train", f"data={text}", f"to={tmp_path}", *words]) == 2
    told = capsys.readouterr().err
    assert what in told
    assert told.count("\n") == 1


def test_data_of_another_kind_is_one_line(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "rows.jsonl").write_text('{"setting": "io"}\n')
    (tmp_path / "empty").mkdir()
    for name, what in (
        ("picture.png", "must be chats"),
        ("rows.jsonl", "line 1 is no chat"),
        ("empty", "holds no file with the ending"),
        ("nothing.txt", "no such file or folder"),
    ):
        with pytest.raises(UsageError, match=what):
            read_sources([str(tmp_path / name)])


def disguised(code):
    """The program with other names, another layout and a comment in each function."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg += "_renamed"
        elif isinstance(node, ast.FunctionDef):
            node.name += "_renamed"
            node.body.insert(0, ast.Expr(ast.Constant("Not the program that it is.")))
    arguments = {node.arg.removesuffix("_renamed") for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in arguments:
            node.id += "_renamed"
    return ast.unparse(tree)


def test_programs_that_the_harness_tests_on_are_left_out(tmp_path):
    program = min(programs_under_test().texts, key=len)
    chat = {
        "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": f"```python\n{program}\n```"}]
    }
    other = {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "def f(): pass"}]}
    path = tmp_path / "chats.jsonl"
    path.write_text("\n".join(map(json.dumps, (chat, other))))
    (source,) = read_sources([str(path)])
    assert (len(source.chats), source.left_out) == (1, 1)
    triple = max((each for each in read_triples(DEFAULT_SET) if each.split == "test"), key=lambda each: len(each.code))
    other["messages"][1]["content"] = f"```python\n{disguised(triple.code)}\n```"
    path.write_text("\n".join(map(json.dumps, (chat, other, {"messages": [{"role": "assistant", "content": "Hi"}]}))))
    (source,) = read_sources([str(path)])
    assert (len(source.chats), source.left_out) == (1, 2)
    (tmp_path / "module.py").write_text(f"LIMIT = 3\n\n{disguised(triple.code)}")
    (tmp_path / "text.md").write_text("A text about something else.")
    (source,) = read_sources([str(tmp_path)])
    assert (len(source.texts), source.left_out) == (1, 1)
    path.write_text(json.dumps(chat))
    with pytest.raises(UsageError, match="besides programs that the harness tests on"):
        read_sources([str(path)])


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is here")
def test_without_torch_the_extra_is_named(text, tmp_path, capsys):
    assert main(["train", f"data={text}", f"to={tmp_path}"]) == 2
    assert "needs torch, transformers, accelerate" in capsys.readouterr().err
    assert not (tmp_path / "trained").exists()


def slow_loss(embeddings, forward, tokens, labels, patch):
    """The formula of the paper, token by token and without tensors of patches."""
    import torch

    total, count = 0.0, 0
    for row, wanted in zip(tokens.tolist(), labels.tolist(), strict=True):
        patches = [row[place : place + patch] for place in range(0, len(row), patch)]
        means = torch.stack([sum(embeddings[token] for token in each) / patch for each in patches])
        scores = forward(means[None])[0]
        for place in range(len(patches) - 1):
            logs = scores[place] - torch.log(torch.exp(scores[place]).sum())
            for token in wanted[(place + 1) * patch : (place + 2) * patch]:
                if token != -100:
                    total, count = total - logs[token], count + 1
    return total / count


@needs_torch
@pytest.mark.parametrize("patch", [1, 2, 4])
def test_loss_and_gradients_are_those_of_the_formula(patch):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from solverlearner.training.patches import loss_by_patches

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        attn_implementation="eager",
    )  # fmt: skip
    model = LlamaForCausalLM(config).double()
    tokens = torch.randint(0, 37, (2, 16))
    labels = tokens.clone()
    labels[0, 5:8] = -100
    loss = loss_by_patches(model, tokens, labels, patch)
    loss.backward()
    gradients = [each.grad.clone() for each in model.parameters()]
    model.zero_grad()
    slow = slow_loss(
        model.get_input_embeddings().weight, lambda x: model(inputs_embeds=x).logits, tokens, labels, patch
    )
    slow.backward()
    assert loss.item() == pytest.approx(slow.item(), abs=1e-6)
    for fast, parameter in zip(gradients, model.parameters(), strict=True):
        assert torch.allclose(fast, parameter.grad, atol=1e-6)
    if patch == 1:
        assert loss.item() == pytest.approx(model(input_ids=tokens, labels=labels).loss.item(), abs=1e-6)


def weights_of(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


@needs_torch
def test_two_processes_have_the_losses_of_one(text, tmp_path):
    words = ["-m", "solverlearner", "train", f"data={text}", "model=scratch", "size=1m", "context=16", "steps=4"]
    words += ["tokens_a_step=128", "at_once=2", "patch=2", "fraction=0.5"]
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for more, to in (([], "one"), (launcher, "two")):
        done = subprocess.run([sys.executable, *more, *words, f"to={tmp_path / to}"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("Model: ") == 1
    (one,), (two,) = ([*(tmp_path / to).iterdir()] for to in ("one", "two"))
    assert [line["step"] for line in losses_of(two)] == [1, 2, 1, 2]
    for single, shared in zip(losses_of(one), losses_of(two), strict=True):
        assert shared["loss"] == pytest.approx(single["loss"], abs=1e-5)
    for name, values in weights_of(one).items():
        assert weights_of(two)[name].allclose(values, atol=1e-4)


def test_processes_must_share_the_sequences_of_a_step(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(UsageError, match="tokens_a_step=128: is 8 sequences, which 3 processes cannot share equally"):
        replace(OPTIONS, data=("text.txt",))


@needs_torch
def test_a_fraction_of_0_is_token_level_training_to_the_bit(text, tmp_path):
    import torch

    plain = train(replace(OPTIONS, data=(text,)), tmp_path / "a", quiet)
    none = train(replace(OPTIONS, data=(text,), patch=4, fraction=0.0), tmp_path / "b", quiet)
    first, second = weights_of(plain.folder), weights_of(none.folder)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert [line["loss"] for line in losses_of(plain.folder)] == [line["loss"] for line in losses_of(none.folder)]


@needs_torch
def test_patches_cost_what_the_formula_says_and_read_as_many_tokens(text, tmp_path):
    plain = train(replace(OPTIONS, data=(text,)), tmp_path, quiet)
    patched = train(replace(OPTIONS, data=(text,), patch=4), tmp_path, quiet)
    assert patched.tokens == plain.tokens == 4 * 128
    assert patched.positions / plain.positions == cost_share(4, 0.5) == 0.625
    assert patched.flops / plain.flops == pytest.approx(0.625, rel=0.03)
    assert {line["stage"] for line in losses_of(patched.folder)} == {"patch", "token"}
    assert train(replace(OPTIONS, data=(text,), patch=4), tmp_path, quiet) == patched  # it is there


@needs_torch
def test_a_killed_run_goes_on_with_the_same_losses(text, tmp_path):
    options = replace(OPTIONS, data=(text,), patch=2, steps=8, held_out=0.2)
    whole = train(options, tmp_path / "whole", quiet)

    class KilledError(BaseException):
        pass

    for stage, step in (("patch", 3), ("token", 3)):

        def killed(line, stage=stage, step=step):
            if (line["stage"], line["step"]) == (stage, step):
                raise KilledError

        with pytest.raises(KilledError):
            train(options, tmp_path / "killed", killed)
    again = train(options, tmp_path / "killed", quiet)

    def told(trained):
        return [{**line, "seconds": 0} for line in losses_of(trained.folder)]

    assert told(again) == told(whole)
    assert again.held_out == whole.held_out


@needs_torch
def test_chats_are_learned_from_the_reply_alone_and_mixed_by_weight(text, tmp_path):
    from solverlearner.training.blocks import Blocks, Tokens

    chat = Tokens((([1, 2, 3, 4], [-100, -100, 3, 4]),), streamed=False)
    stream = Tokens((([5] * 40, [5] * 40),), streamed=True)
    blocks = Blocks([chat, stream], [0.25, 0.75], 8, 400, 0, 0)
    chats = [blocks[n] for n in range(400) if blocks[n]["input_ids"][0] == 1]
    assert 70 < len(chats) < 130
    assert chats[0]["input_ids"].tolist() == [1, 2, 3, 4, 0, 0, 0, 0]
    assert chats[0]["labels"].tolist() == [-100, -100, 3, 4, -100, -100, -100, -100]
    assert Blocks([chat], [1], 8, 1, 0, 0, chats=2)[0]["input_ids"].tolist() == [1, 2, 3, 4] * 2


@needs_torch
def test_the_folder_is_a_model_that_run_evaluates(text, tmp_path, capsys):
    made = train(replace(OPTIONS, data=(text,)), tmp_path, quiet)
    run = ["run", "task=arith", "model=hf", f"path={made.folder}", "max_tokens=4", "episodes=1", "queries=3"]
    assert main([*run, "settings=[zero_shot,io]", f"results={tmp_path / 'results'}", "shots=2"]) == 0
    (folder,) = (tmp_path / "results").glob("*/manifest.json")
    assert json.loads(folder.read_text())["model"]["sha256"]
    assert "zero_shot" in capsys.readouterr().out


@needs_torch
@pytest.mark.skipif(importlib.util.find_spec("gguf") is None, reason="needs gguf, of the extra train")
def test_a_gguf_of_the_model_holds_the_same_weights_and_tokens(text, tmp_path):
    import torch

    from solverlearner.training.starting_point import starting_point

    made = train(replace(OPTIONS, data=(text,), gguf=True), tmp_path, quiet)
    path = (made.folder / f"{made.folder.name}.gguf").rename(tmp_path / "alone.gguf")
    again, tokenizer = starting_point(replace(OPTIONS, data=(text,), model=str(path)), [])
    for name, tensor in weights_of(made.folder).items():
        assert torch.allclose(again.state_dict()[name], tensor, atol=1e-3), name
    assert tokenizer("12 and 34 make 46.")["input_ids"] == _tokenizer(made.folder)("12 and 34 make 46.")["input_ids"]


def _tokenizer(folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


@needs_torch
def test_calls_that_wait_together_are_one_batch_and_get_their_own_replies(text, tmp_path):
    from solverlearner.models.transformers_model import TransformersModel

    made = train(replace(OPTIONS, data=(text,)), tmp_path, quiet)

    def call(number):
        messages = [{"role": "user", "content": f"{number} and" * (1 + number)}]
        return SimpleNamespace(messages=messages, id=str(number), draw=(0, 0), place=str(number), shared=False)

    async def ask(batch):
        model = TransformersModel(str(made.folder), max_tokens=5, batch=batch)
        await model.open()
        replies = await asyncio.gather(*(model.ask(call(n)) for n in range(5)))
        await model.aclose()
        return [(reply.text, reply.prompt_tokens, reply.completion_tokens, reply.state) for reply in replies]

    async def with_logprobs():
        model = TransformersModel(str(made.folder), max_tokens=5, batch=2, logprobs=5)
        await model.open()
        replies = await asyncio.gather(*(model.ask(call(n)) for n in range(2)))
        await model.aclose()
        return replies

    for reply in asyncio.run(with_logprobs()):
        assert len(reply.tokens.chosen) == reply.completion_tokens
        assert all(logprob <= 0 for logprob in reply.tokens.chosen)
        assert sum(reply.tokens.mean.values()) + reply.tokens.tail == pytest.approx(1, abs=1e-4)
    together, alone = asyncio.run(ask(5)), asyncio.run(ask(1))
    assert together == alone
    assert len({reply[1] for reply in together}) == 5


@needs_torch
def test_a_folder_without_a_model_is_one_line(tmp_path):
    with pytest.raises(UsageError, match=r"is a folder without config\.json"):
        train(replace(OPTIONS, data=(str(_text(tmp_path)),), model=str(tmp_path)), tmp_path / "to", quiet)
    with pytest.raises(UsageError, match=r"model=.*\.gguf: no such file"):
        train(replace(OPTIONS, data=(str(_text(tmp_path)),), model=str(tmp_path / "x.gguf")), tmp_path / "to", quiet)


def _text(folder: Path) -> Path:
    path = folder / "some.txt"
    path.write_text("some words " * 100)
    return path


@pytest.mark.parametrize("entry", ["some.txt", "."], ids=["a file", "a folder"])
def test_other_data_under_the_same_name_are_another_run(tmp_path, entry):
    path, options = _text(tmp_path), replace(OPTIONS, data=(str(tmp_path / entry),))
    first = contents_of(options)
    path.write_text("other words " * 100)
    assert folder_of(options, contents_of(options), tmp_path) != folder_of(options, first, tmp_path)


def test_other_weights_under_the_same_name_are_another_run(tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    options, seen = replace(OPTIONS, data=(str(_text(tmp_path)),), model=str(model)), set()
    for weights in (b"one", b"two"):
        (model / "model.safetensors").write_bytes(weights)
        seen.add(folder_of(options, contents_of(options), tmp_path))
    assert len(seen) == 2
