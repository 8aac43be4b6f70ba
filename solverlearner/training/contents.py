"""Contents: hashes of what a training run reads, so that changed data or weights are another run."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from solverlearner.models.weights import sha256
from solverlearner.training.train_options import TrainOptions
from solverlearner.training.training_data import text_files

__all__ = ["contents_of"]


def contents_of(options: TrainOptions) -> dict[str, str]:
    """The SHA-256 of each entry of `data` and of the model, where these are files or folders on this machine.

    A folder's is that of the names and hashes of its files: of data its texts, of a model all files.
    A name on the hub has none.
    """
    texts = {entry: text_files(entry) for entry in options.data}
    model = Path(options.model).expanduser()
    weights = [model] if model.is_file() else sorted(each for each in model.rglob("*") if each.is_file())
    return {entry: _sha256(files) for entry, files in [*texts.items(), (options.model, weights)] if files}


def _sha256(files: Iterable[Path]) -> str:
    one, *more = files
    if not more:
        return sha256(one)
    return hashlib.sha256("".join(f"{each.name} {sha256(each)}\n" for each in (one, *more)).encode()).hexdigest()
