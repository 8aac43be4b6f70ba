"""Train run: from options to a folder that the harness evaluates."""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solverlearner.errors import UsageError
from solverlearner.files import read_json, write_json
from solverlearner.training.contents import contents_of
from solverlearner.training.processes import is_first, process_count, wait_for_all
from solverlearner.training.train_options import TrainOptions, cost_share
from solverlearner.training.training_data import Source, read_sources

if TYPE_CHECKING:
    from solverlearner.training.blocks import Blocks, Tokens
    from solverlearner.training.stages import Stage

Show = Callable[[Mapping[str, Any]], None]
_PACKAGES = ("torch", "transformers", "peft", "accelerate", "tokenizers")


@dataclass(frozen=True)
class Trained:
    """What came out. `data` says what each entry held. `held_out` is the loss on held-out blocks; None without any.

    `tokens` were read at `positions` positions, of patches or tokens.
    """

    folder: Path
    parameters: int
    tokens: int
    positions: int
    flops: float
    seconds: float
    held_out: float | None
    cost: float
    data: tuple[str, ...]


def folder_of(options: TrainOptions, contents: Mapping[str, str], to: Path) -> Path:
    """The folder of a training run: a readable label and a hash of all options and of the contents that it reads."""
    digest = hashlib.blake2b(json.dumps([asdict(options), contents], sort_keys=True).encode(), digest_size=4)
    return to / f"{options.label}-{digest.hexdigest()}"


def check_packages(options: TrainOptions) -> None:
    """Raises: UsageError where a package of the extra is missing."""
    wanted = ["torch", "transformers", "accelerate", *(["peft"] if options.lora else [])]
    if options.gguf or options.from_gguf:
        wanted.append("gguf")
    if lacks := [name for name in wanted if importlib.util.find_spec(name) is None]:
        raise UsageError("train", f"needs {', '.join(lacks)}: pip install 'solverlearner[train]'")


def train(options: TrainOptions, to: Path, show: Show) -> Trained:
    """Train a model; the same options go on where a killed run was. Raises: UsageError.

    Under a launcher (torchrun, accelerate) all processes call this. Each step reads the same sequences as one process
    would, shared out among them; the first one writes and shows.

    The folder that comes out is one that transformers loads: `run model=hf path=FOLDER` evaluates it.
    """
    check_packages(options)
    contents = contents_of(options)
    folder = folder_of(options, contents, to)
    if (folder / "manifest.json").is_file():
        return _from_manifest(folder)
    _make(folder)
    _quiet_libraries()
    sources = read_sources(options.data)
    told = _carried_out(options, sources, folder, show if is_first() else lambda line: None)
    if is_first():
        write_json(folder / "manifest.json", told | {"contents_sha256": contents})
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    wait_for_all()
    return _from_manifest(folder)


def _quiet_libraries() -> None:
    """Set before they are imported: no bars beside ours, and no warnings that a user can do nothing about."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")
    warnings.filterwarnings("ignore", "Could not find a config file", UserWarning)
    warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"to={folder.parent}", f"cannot be written: {error.strerror or error}") from error


def _from_manifest(folder: Path) -> Trained:
    told = read_json(folder / "manifest.json")
    keys = ("parameters", "tokens", "positions", "flops", "seconds", "held_out", "cost")
    return Trained(folder=folder, data=tuple(told["data"]), **{key: told[key] for key in keys})


def _carried_out(options: TrainOptions, sources: Sequence[Source], folder: Path, show: Show) -> dict[str, Any]:
    """Both stages. Gives the manifest."""
    from solverlearner.training.operations import flops_a_step
    from solverlearner.training.stages import trained
    from solverlearner.training.starting_point import starting_point

    model, tokenizer = starting_point(options, sources)
    parameters = sum(each.numel() for each in model.parameters())
    model = _with_adapters(model, options)
    stages, held_out, told = _planned(options, sources, tokenizer)
    optimizer, before, positions, flops = None, 0, 0, 0.0
    for stage in stages:
        done = folder / "checkpoints" / f"{stage.name}.done"
        if done.is_file():
            _load_weights(model, done)
        else:
            optimizer = trained(
                model, options, stage, held_out, folder, before, show, optimizer if options.keep_optimizer else None
            )
            if is_first():
                _save_weights(model, done)
            wait_for_all()
        before += stage.steps * stage.positions_a_step * stage.patch
        positions += stage.steps * stage.positions_a_step
        flops += stage.steps * flops_a_step(model, stage)
    if is_first():
        _write_model(model, tokenizer, folder, options.gguf)
    spent = {"parameters": parameters, "tokens": before, "positions": positions, "flops": flops}
    return spent | {"data": told} | _manifest(options, folder)


def _manifest(options: TrainOptions, folder: Path) -> dict[str, Any]:
    """What the result follows from, the losses' end, and the time."""
    return {
        "options": asdict(options),
        "cost": cost_share(options.patch, options.fraction) if options.patch_level else 1.0,
        "seconds": _seconds(folder),
        "held_out": _last_held_out(folder),
        "processes": process_count(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES if importlib.util.find_spec(name)},
    }


def _planned(
    options: TrainOptions, sources: Sequence[Source], tokenizer: Any
) -> tuple[list["Stage"], "Blocks | None", list[str]]:
    """The stages with their blocks, the held-out blocks, and what is to be said about the data."""
    from solverlearner.training.blocks import Blocks, tokens_of
    from solverlearner.training.stages import Stage
    from solverlearner.training.training_data import described

    tokens = [tokens_of(source, tokenizer, options.context) for source in sources]
    kept, apart = zip(*(_split(each, options) for each in tokens), strict=True)
    weights = options.mix or [each.count for each in kept]
    pad, total = tokenizer.pad_token_id, _steps(options, kept)
    at_patches = round(options.fraction * total) if options.patch_level else 0
    stages, used = [], None
    for name, patch, steps in (("patch", options.patch, at_patches), ("token", 1, total - at_patches)):
        if steps:
            length = options.context * patch
            sequences = options.tokens_a_step // length
            blocks = Blocks(kept, weights, length, sequences * steps, pad, options.seed, patch, used)
            stages.append(Stage(name, patch, blocks, sequences, steps))
            used = blocks.used
    count = sum(each.count for each in apart) // options.context
    held_out = Blocks(apart, [each.count for each in apart], options.context, min(count, 64), pad, 0) if count else None
    too_long = [f"{sum(each.too_long for each in tokens)} chats longer than context={options.context} left out"]
    return stages, held_out, described(sources) + (too_long if any(each.too_long for each in tokens) else [])


def _split(tokens: "Tokens", options: TrainOptions) -> tuple["Tokens", "Tokens"]:
    """What is trained on, and every n-th piece that is held out."""
    from solverlearner.training.blocks import Tokens

    every = round(1 / options.held_out) if options.held_out else 0
    apart = tuple(piece for n, piece in enumerate(tokens.pieces) if every and n % every == every - 1)
    kept = tuple(piece for n, piece in enumerate(tokens.pieces) if not every or n % every != every - 1)
    return Tokens(kept, tokens.streamed, tokens.too_long), Tokens(apart, tokens.streamed)


def _steps(options: TrainOptions, kept: Sequence["Tokens"]) -> int:
    if options.steps is not None:
        return options.steps
    tokens = sum(each.count if each.streamed else len(each.pieces) * options.context for each in kept)
    return max(1, round(options.epochs * tokens / options.tokens_a_step))


def _with_adapters(model: Any, options: TrainOptions) -> Any:
    if not options.lora:
        return model
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=options.rank, lora_alpha=2 * options.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, config)


def _save_weights(model: Any, path: Path) -> None:
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    learned = {name: each.detach().cpu() for name, each in model.named_parameters() if each.requires_grad}
    torch.save(learned, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def _load_weights(model: Any, path: Path) -> None:
    import torch

    model.load_state_dict(torch.load(path, weights_only=True), strict=False)


def _write_model(model: Any, tokenizer: Any, folder: Path, gguf: bool) -> None:
    whole = model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
    whole.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if gguf:
        from solverlearner.training.gguf_file import write_gguf

        write_gguf(whole, tokenizer, folder / f"{folder.name}.gguf")


def losses_of(folder: Path) -> list[dict[str, Any]]:
    """The lines of `losses.jsonl`."""
    return [json.loads(line) for line in (folder / "losses.jsonl").read_text(encoding="utf-8").splitlines()]


def _last_held_out(folder: Path) -> float | None:
    losses: list[float] = [each["held_out_loss"] for each in losses_of(folder) if each["held_out_loss"] is not None]
    return losses[-1] if losses else None


def _seconds(folder: Path) -> float:
    """Seconds of training, of all sessions and stages, without loading."""
    last = {line["stage"]: line["seconds"] for line in losses_of(folder)}
    return float(round(sum(last.values()), 1))
