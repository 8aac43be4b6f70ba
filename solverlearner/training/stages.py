"""Stages: one level of training, carried by transformers' Trainer: a patch-level stage, then a token-level one.

After the paper the weights alone cross over: the token-level stage begins with a new optimiser, a new warm-up and a new
cosine schedule.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed

from solverlearner.training.blocks import Blocks
from solverlearner.training.patches import loss_by_patches
from solverlearner.training.processes import is_first, process_count
from solverlearner.training.train_options import TrainOptions

Show = Callable[[Mapping[str, Any]], None]
"""Shows a line of `losses.jsonl` to the user."""


class Stage(NamedTuple):
    """A level of training: its name, K, its blocks, sequences and steps."""

    name: str
    patch: int
    blocks: Blocks
    sequences: int
    steps: int

    @property
    def positions_a_step(self) -> int:
        """How many positions the model processes in a step: patches, or tokens."""
        length = len(self.blocks[0]["input_ids"]) if len(self.blocks) else 0
        return self.sequences * length // self.patch


class LevelTrainer(Trainer):  # type: ignore[misc]  # untyped base
    """Trainer whose loss is that of patches while it trains at the patch level, and the model's own else."""

    patch = 1

    def compute_loss(self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False, **more: Any) -> Any:
        """The loss of a batch. The held-out loss is always that of tokens, so that both levels are comparable."""
        if self.patch == 1 or not model.training:
            return super().compute_loss(model, inputs, return_outputs=return_outputs, **more)
        loss = loss_by_patches(model, inputs["input_ids"], inputs["labels"], self.patch)
        return (loss, None) if return_outputs else loss


class _Told(TrainerCallback):  # type: ignore[misc]  # untyped base
    """Writes a line a logged step to `losses.jsonl`, and shows it. `spent`: seconds of earlier sessions."""

    def __init__(self, path: Path, stage: Stage, before: int, spent: float, show: Show) -> None:
        self._path, self._stage, self._before, self._spent, self._show = path, stage, before, spent, show
        self._began = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        """One line: the step, the level, tokens so far, loss, held-out loss, learning rate, seconds."""
        logs = logs or {}
        if not {"loss", "eval_loss"} & {*logs}:
            return
        tokens = self._before + state.global_step * self._stage.positions_a_step * self._stage.patch
        line = {
            "stage": self._stage.name,
            "step": state.global_step,
            "steps": self._stage.steps,
            "tokens": tokens,
            "loss": logs.get("loss"),
            "held_out_loss": logs.get("eval_loss"),
            "lr": logs.get("learning_rate"),
            "seconds": round(self._spent + time.monotonic() - self._began, 3),
        }
        if is_first():
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        self._show(line)


def trained(
    model: Any, options: TrainOptions, stage: Stage, held_out: Blocks | None, folder: Path, before: int,
    show: Show, optimizer: Any = None,
) -> Any:  # fmt: skip
    """Train the model at one level; gives the optimiser. A killed stage goes on from its last checkpoint.

    `before`: tokens of earlier stages. Steps, order and dropout after a checkpoint are those of a run that was never
    killed, so losses are the same.
    """
    set_seed(options.seed)
    checkpoints = folder / "checkpoints" / stage.name
    last = _last_checkpoint(checkpoints)
    spent = _kept_lines(folder / "losses.jsonl", stage.name, _step_of(last) if last else 0) if is_first() else 0.0
    trainer = LevelTrainer(
        model=model,
        args=_arguments(options, stage, checkpoints),
        train_dataset=stage.blocks,
        eval_dataset=held_out if held_out is not None and len(held_out) else None,
        callbacks=[_Told(folder / "losses.jsonl", stage, before, spent, show)],
        optimizers=(optimizer, None),
    )
    trainer.patch = stage.patch
    trainer.model_accepts_loss_kwargs = False  # a step's loss is the mean over its sequences, however they are split
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    if trainer.eval_dataset is not None:
        trainer.evaluate()
    return trainer.optimizer


def _arguments(options: TrainOptions, stage: Stage, checkpoints: Path) -> TrainingArguments:
    own = stage.sequences // process_count()
    at_once = min(options.at_once, own)
    while own % at_once:
        at_once -= 1
    bf16 = options.dtype == "bfloat16" or (options.dtype == "auto" and _has_bfloat16())
    return TrainingArguments(
        output_dir=str(checkpoints),
        max_steps=stage.steps,
        per_device_train_batch_size=at_once,
        per_device_eval_batch_size=at_once,
        gradient_accumulation_steps=own // at_once,
        learning_rate=options.rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(options.warmup * stage.steps),
        adam_beta1=0.9,
        adam_beta2=0.95,
        weight_decay=0.1,
        max_grad_norm=1.0,
        optim="adamw_torch",
        logging_steps=max(1, min(10, stage.steps // 20)),
        save_steps=options.save_every,
        save_total_limit=2,
        seed=options.seed,
        data_seed=options.seed,
        bf16=bf16,
        use_cpu=not torch.cuda.is_available(),
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _has_bfloat16() -> bool:
    return bool(torch.cuda.is_available() and torch.cuda.is_bf16_supported())


def _last_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that was written whole: Trainer writes its own state last."""
    found = [each for each in folder.glob("checkpoint-*") if (each / "trainer_state.json").is_file()]
    return max(found, key=_step_of, default=None)


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _kept_lines(path: Path, stage: str, step: int) -> float:
    """Take back the lines of a stage after this step, which are trained again; gives the seconds up to there."""
    if not path.is_file():
        return 0.0
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if line["stage"] != stage or line["step"] <= step]
    path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    return max((float(line["seconds"]) for line in kept if line["stage"] == stage), default=0.0)
