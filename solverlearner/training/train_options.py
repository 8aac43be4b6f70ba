"""Train options: what a training run follows from, checked before torch is imported."""

from dataclasses import dataclass
from pathlib import Path

from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.training.processes import process_count

SIZES = {
    "1m": (128, 4, 2048),
    "3m": (192, 5, 4096),
    "10m": (320, 7, 4096),
    "30m": (512, 8, 8192),
    "100m": (768, 12, 16384),
}
"""Models from scratch, by about how many parameters they have: width, layers, and size of the vocabulary."""

SCRATCH = "scratch"
SMOLLM2 = "smollm2"
"""The name of the small model that `run` asks by default."""
METHODS = ("lora", "full")
DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainOptions:
    """The options of `train`; `conf/train.yaml` says what each means.

    Raises: UsageError for a value that is out of range, or for values that exclude each other.
    """

    data: tuple[str, ...]
    mix: tuple[float, ...] | None
    model: str
    size: str
    method: str
    patch: int
    fraction: float
    context: int
    tokens_a_step: int
    epochs: float
    steps: int | None
    lr: float | None
    warmup: float
    keep_optimizer: bool
    rank: int
    dtype: str
    seed: int
    held_out: float
    save_every: int
    at_once: int
    gguf: bool = False

    def __post_init__(self) -> None:
        if not self.data:
            raise UsageError("data=[]", "must be files of chats (.jsonl) or text, folders of text, or stdlib")
        check_choice("size", self.size, tuple(SIZES))
        check_choice("method", self.method, METHODS)
        check_choice("dtype", self.dtype, DTYPES)
        for key, low, high in (("patch", 1, 64), ("context", 8, 65536), ("rank", 1, 1024), ("at_once", 1, 4096)):
            check_range(key, getattr(self, key), low, high)
        for key, lowest, highest in (("fraction", 0.0, 1.0), ("warmup", 0.0, 1.0), ("held_out", 0.0, 0.5)):
            check_range(key, getattr(self, key), lowest, highest)
        check_range("epochs", self.epochs, 0.001, 1000)
        if self.steps is not None:
            check_range("steps", self.steps, 1, 10**9)
        if self.lr is not None:
            check_range("lr", self.lr, 0.0, 10.0)
        if self.mix is not None and (len(self.mix) != len(self.data) or min(self.mix, default=0) <= 0):
            given = ",".join(map(str, self.mix))
            raise UsageError(
                f"mix=[{given}]", f"must have a weight above 0 for each of the {len(self.data)} entries of data"
            )
        self._check_step()

    def _check_step(self) -> None:
        longest = self.context * (self.patch if self.patch_level else 1)
        if self.tokens_a_step % longest:
            words = f"a multiple of {longest}: context × patch tokens are one sequence of the patch level"
            if not self.patch_level:
                words = f"a multiple of context={self.context}"
            raise UsageError(f"tokens_a_step={self.tokens_a_step}", f"must be {words}")
        if self.tokens_a_step // longest % process_count():
            problem = f"is {self.tokens_a_step // longest} sequences, which {process_count()} processes cannot share"
            raise UsageError(f"tokens_a_step={self.tokens_a_step}", f"{problem} equally; give a multiple")

    @property
    def patch_level(self) -> bool:
        """Whether there is a patch-level stage at all."""
        return self.patch > 1 and self.fraction > 0

    @property
    def from_scratch(self) -> bool:
        """Whether the model starts from random weights."""
        return self.model == SCRATCH

    @property
    def from_gguf(self) -> bool:
        """Whether the weights come from a GGUF file."""
        return self.model == SMOLLM2 or self.model.endswith(".gguf")

    @property
    def lora(self) -> bool:
        """Whether adapters are trained; from scratch all weights are."""
        return self.method == "lora" and not self.from_scratch

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        if self.lr is not None:
            return self.lr
        return 3e-4 if self.from_scratch else 1e-3 if self.lora else 2e-5

    @property
    def label(self) -> str:
        """For the folder's name: "scratch-3m-patch4", "SmolLM2-135M-Instruct-lora"."""
        name = (
            f"{SCRATCH}-{self.size}"
            if self.from_scratch
            else f"{Path(self.model).stem}-{'lora' if self.lora else 'full'}"
        )
        return f"{name}-patch{self.patch}" if self.patch_level else name


def cost_share(patch: int, fraction: float) -> float:
    """The cost of patch-level training as a share of token-level training on equal data: λ/K + 1 − λ (equation 5).

    >>> cost_share(4, 2 / 3)
    0.5
    """
    return fraction / patch + 1 - fraction
