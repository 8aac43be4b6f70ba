"""Hub model: the weights of a repository of the Hugging Face hub as a Model, embedded as llamacpp.py does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from solverlearner.models.base import OpenedIn
from solverlearner.models.hub_file import HubFile
from solverlearner.models.llamacpp import EmbeddedModel
from solverlearner.models.weights_hub import fetched
from solverlearner.task import JSON


@dataclass
class HubModel(EmbeddedModel):
    """A GGUF file of the hub, fetched at first use into the cache folder, then used offline.

    `revision` is a branch, a tag or a commit; what it named at first use is kept. `sha256` is what the file must have;
    None takes the hub's word. Raises: UsageError.

        HubModel(repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", file="qwen2.5-coder-0.5b-instruct-q8_0.gguf")
    """

    kind: ClassVar[str] = "hub"
    repo: str = ""
    file: str = ""
    revision: str = "main"
    sha256: str | None = None
    opened_in: OpenedIn | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self._wanted

    @cached_property
    def _wanted(self) -> HubFile:
        return HubFile(self.repo, self.file, self.revision, self.sha256)

    @property
    def name(self) -> str:
        """The file's name without its ending, as of the same file by `path`: their completions are the same."""
        return Path(self.file).stem

    @property
    def _sha256(self) -> str | None:
        return self._wanted.known_sha256

    @property
    def identity(self) -> Mapping[str, JSON]:
        """What is known of embedded weights, and where these come from, with the commit where the hub told it."""
        commit = self._wanted.noted.get("commit")
        return {
            **super().identity,
            "repo": self.repo,
            "file": self.file,
            "revision": self.revision,
            **({"commit": commit} if isinstance(commit, str) else {}),
        }

    async def _weights(self) -> Path:
        return await fetched(self._wanted, self.opened_in.tell if self.opened_in else lambda _: None)
