"""Patches: the patch level of patch-level training (Shao, Meng & Zhou 2024, arXiv 2407.12665, section 3).

K consecutive tokens are one patch. Its embedding is the mean of theirs. At each patch the model predicts all K tokens
of the next patch with the one head that it has. Nothing is added to the model.
"""

from typing import Any

import torch
from torch.nn.functional import log_softmax

IGNORED = -100
"""The label of a token that is not to be learned, as in transformers."""


def patch_embeddings(embed: torch.nn.Module, tokens: torch.Tensor, patch: int) -> torch.Tensor:
    """The embeddings of patches: of tokens of the shape (batch, patches · K), in the shape (batch, patches, width)."""
    batch, length = tokens.shape
    embedded: torch.Tensor = embed(tokens)
    return embedded.view(batch, length // patch, patch, -1).mean(dim=2)


def patch_loss(logits: torch.Tensor, labels: torch.Tensor, patch: int) -> torch.Tensor:
    """The mean cross-entropy of the tokens of each next patch, in nats.

    `logits` (batch, patches, vocabulary) at patch i score the K tokens of patch i + 1. `labels` are (batch,
    patches · K); tokens with the label −100 do not count.
    """
    batch, patches, _ = logits.shape
    scored = log_softmax(logits[:, :-1].float(), dim=-1)
    wanted = labels.view(batch, patches, patch)[:, 1:]
    known = wanted != IGNORED
    picked = scored.gather(2, wanted.masked_fill(~known, 0))
    return -(picked * known).sum() / known.sum().clamp(min=1)


def loss_by_patches(model: Any, tokens: torch.Tensor, labels: torch.Tensor, patch: int) -> torch.Tensor:
    """The training loss of a causal language model at the patch level.

    The model takes `inputs_embeds`, as those of transformers do. Positions count patches.
    """
    # A launcher's wrapper has the model inside; it must be called itself, since it adds up the processes' gradients.
    embedded = patch_embeddings(getattr(model, "module", model).get_input_embeddings(), tokens, patch)
    return patch_loss(model(inputs_embeds=embedded).logits, labels, patch)
