"""train: fine-tune a model or train one from scratch, also by patches, for the harness to evaluate."""

import importlib.util
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import hydra

from solverlearner.cli.hydra_app import hydra_command, job, listed
from solverlearner.errors import UsageError, warn
from solverlearner.reporting.aligned import columns
from solverlearner.training.processes import is_first
from solverlearner.training.train_options import TrainOptions
from solverlearner.training.train_run import Trained, losses_of, train

_EVERY_S = 10.0
_KEYS = {"model": "base_model"}
"""Options whose key in the configuration is another: Hydra takes `model=…` for the models that a run can ask."""


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="train")
@job
def train_main(options: dict[str, Any]) -> None:
    """`train`: train and print what came out. Raises: UsageError."""
    progress = _Progress()
    made = []
    for patch in options["patch"] if isinstance(options["patch"], list) else [options["patch"]]:
        chosen = _chosen({**options, "patch": patch})
        made.append((chosen, train(chosen, Path(str(options["to"])), progress.show)))
        progress.end()
        if not is_first():
            continue
        print("\n".join(_told(*made[-1])), end="\n\n", flush=True)
    if not is_first():
        return
    if len(made) > 1:
        print("\n".join(_compared(made)))
    print(f"Next: python -m solverlearner run task=arith base=9 model=hf path={made[-1][1].folder}")


def _chosen(options: Mapping[str, Any]) -> TrainOptions:
    given = {each.name: options[_KEYS.get(each.name, each.name)] for each in fields(TrainOptions)}
    given["data"] = tuple(map(str, listed(options["data"])))
    mix = options["mix"] if isinstance(options["mix"], list | None) else [options["mix"]]
    given["mix"] = tuple(map(float, mix)) if mix is not None else None
    if not str(given["patch"]).isdecimal():
        raise UsageError(f"patch={given['patch']}", "must be a whole number from 1 to 64, or several as a list")
    return TrainOptions(**given | {"patch": int(given["patch"])})


def _told(options: TrainOptions, trained: Trained) -> list[str]:
    level = f"K={options.patch} for {options.fraction:.0%} of the steps" if options.patch_level else "token by token"
    held = "not measured" if trained.held_out is None else f"{trained.held_out:.3f} nats a token"
    lines = [
        *trained.data,
        f"{trained.parameters / 1e6:.2f} M parameters, {level}",
        f"{trained.tokens:,} tokens, {trained.positions:,} positions processed",
        f"{trained.flops / 1e12:.2f} TFLOP, {trained.seconds:.0f} s   held-out loss {held}",
        f"Model: {trained.folder}",
    ]
    if options.gguf:
        lines.append(f"GGUF file: {trained.folder / trained.folder.name}.gguf (model=gguf path=…)")
    if curve := _curve(trained.folder):
        lines.append(f"Loss curve: {curve}")
    return lines


def _compared(made: Sequence[tuple[TrainOptions, Trained]]) -> Iterator[str]:
    """Loss against cost: each run as a share of the first one."""
    (_, base), *_ = made
    yield f"Loss against cost on the same {base.tokens:,} tokens, as shares of the first run"
    head = ("K", "cost by the formula", "positions", "operations", "seconds", "held-out loss")
    rows = [
        (
            str(options.patch),
            f"{trained.cost:.3f}",
            f"{trained.positions / base.positions:.3f}",
            f"{trained.flops / base.flops:.3f}",
            f"{trained.seconds / max(base.seconds, 0.1):.3f}",
            "" if trained.held_out is None else f"{trained.held_out:.3f}",
        )
        for options, trained in made
    ]
    yield from columns([head, *rows])


def _curve(folder: Path) -> Path | None:
    if importlib.util.find_spec("matplotlib") is None:
        return None
    from solverlearner.reporting.figures import draw_losses

    return draw_losses(losses_of(folder), folder.name).save(folder, "png")


class _Progress:
    """One line that says how far training is: rewritten on a terminal, else a new one every ten seconds."""

    def __init__(self) -> None:
        self._terminal, self._shown, self._began = sys.stderr.isatty(), 0.0, time.monotonic()
        self._first: Mapping[str, Any] | None = None

    def show(self, line: Mapping[str, Any]) -> None:
        """Show a line of `losses.jsonl`."""
        if self._first is None or self._first["stage"] != line["stage"]:
            self._first = line
        now = time.monotonic()
        if line["loss"] is None or (not self._terminal and now - self._shown < _EVERY_S):
            return
        self._shown = now
        text = _line(line, self._first)
        if self._terminal:
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
        else:
            warn(text)

    def end(self) -> None:
        """Leave the line."""
        if self._terminal and self._shown:
            print(file=sys.stderr)


def _line(line: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    text = f"{line['stage']} level: step {line['step']} of {line['steps']}, loss {line['loss']:.3f}"
    seconds, tokens = line["seconds"] - first["seconds"], line["tokens"] - first["tokens"]
    if seconds > 0 and line["step"] > first["step"]:
        left = seconds * (line["steps"] - line["step"]) / (line["step"] - first["step"])
        text += f", {tokens / seconds:,.0f} tokens a second, about {left:.0f} s of this level left"
    return text


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(train_main, [_renamed(word) for word in words])


def _renamed(word: str) -> str:
    key, sign, value = word.partition("=")
    return f"{_KEYS.get(key, key)}{sign}{value}"
