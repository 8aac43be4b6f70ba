"""Hub file: which GGUF file of which repository of the Hugging Face hub, and where it lies here once it is fetched."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solverlearner.errors import UsageError
from solverlearner.files import read_json
from solverlearner.models import weights

_HASH = re.compile(r"[0-9a-f]{64}")
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_PATH = re.compile(r"[\w./ +-]+")
_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


@dataclass(frozen=True)
class HubFile:
    """A GGUF file in a repository of the hub. `sha256` is what it must have; None takes the hub's word.

    `revision` is a branch, a tag or a commit. Raises: UsageError where one of them cannot be.
    """

    repo: str
    file: str
    revision: str = "main"
    sha256: str | None = None

    def __post_init__(self) -> None:
        if not _REPO.fullmatch(self.repo):
            raise UsageError(f"repo={self.repo}", "must be ORG/NAME, as in Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF")
        for key, value in (("file", self.file), ("revision", self.revision)):
            if not _PATH.fullmatch(value) or value.startswith("/") or ".." in value.split("/"):
                raise UsageError(f"{key}={value}", "must be a name in the repository, without ..")
        if not self.file.lower().endswith(".gguf"):
            raise UsageError(f"file={self.file}", "must be a GGUF file, which ends in .gguf")
        if _PART.search(self.file):
            raise UsageError(f"file={self.file}", "is one of several parts; serve them with model=server")
        if self.sha256 is not None and not _HASH.fullmatch(self.sha256):
            raise UsageError(f"sha256={self.sha256}", "must be 64 hex digits in lower case")

    def __str__(self) -> str:
        return f"{self.repo}/{self.file}"

    @property
    def path(self) -> Path:
        """Where it lies once it is fetched."""
        folder = weights.cache_folder() / "hub" / self.repo.replace("/", "--") / self.revision.replace("/", "--")
        return folder / self.file.replace("/", "--")

    @property
    def noted(self) -> Mapping[str, object]:
        """What was noted when it was fetched: its SHA-256 and its commit; empty where it was not."""
        return read_json(self.path.with_name(f"{self.path.name}.json"))

    @property
    def known_sha256(self) -> str | None:
        """The SHA-256 that it must have, or had when it was fetched; None as long as neither is known."""
        noted = self.noted.get("sha256")
        return self.sha256 or (noted if isinstance(noted, str) else None)
