"""Operations: the floating-point operations of a training step, counted by torch on one sequence."""

from typing import Any

from torch.utils.flop_counter import FlopCounterMode

from solverlearner.training.patches import loss_by_patches
from solverlearner.training.stages import Stage


def flops_a_step(model: Any, stage: Stage) -> float:
    """Operations of a step, forwards and backwards. The optimiser's are left out: they do not depend on the level."""
    block = stage.blocks[0]
    tokens, labels = block["input_ids"][None].to(model.device), block["labels"][None].to(model.device)
    with FlopCounterMode(display=False) as counted:
        if stage.patch > 1:
            loss = loss_by_patches(model, tokens, labels, stage.patch)
        else:
            loss = model(input_ids=tokens, labels=labels).loss
        loss.backward()
    model.zero_grad(set_to_none=True)
    return float(counted.get_total_flops()) * stage.sequences
