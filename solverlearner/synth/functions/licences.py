"""Licences: the owner and the licence of a file, from the metadata of installed packages."""

import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

PERMISSIVE = frozenset(
    "0BSD Apache-2.0 BSD BSD-2-Clause BSD-3-Clause CC0-1.0 HPND ISC MIT MIT-0 MIT-CMU PSF-2.0 Python-2.0 Unlicense "
    "ZPL-2.1 Zlib".split()
)
"""SPDX identifiers, and "BSD" if the metadata does not say which one."""

UNKNOWN = "unknown"

_CLASSIFIER = "License :: OSI Approved :: "
_WORDS = {  # looked for in classifiers and in free text, in this order
    r"LGPL|Lesser General": "LGPL",
    r"\bA?GPL|General Public": "GPL",
    r"MPL|Mozilla": "MPL-2.0",
    r"MIT No Attribution": "MIT-0",
    r"\bMIT\b|X11": "MIT",
    r"Apache": "Apache-2.0",
    r"BSD.?3|3-Clause": "BSD-3-Clause",
    r"BSD.?2|2-Clause": "BSD-2-Clause",
    r"BSD": "BSD",
    r"\bISC": "ISC",
    r"PSF|Python Software Foundation": "PSF-2.0",
    r"Zope": "ZPL-2.1",
    r"Unlicense": "Unlicense",
}
_FILE = re.compile(r"(LICEN[CS]E|COPYING|NOTICE)[^/]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Owner:
    """A distribution that owns files: name, version, licence, and paths of the licence's texts."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...] = ()


def is_permissive(licence: str) -> bool:
    """Whether every licence of an SPDX expression is one of `PERMISSIVE`."""
    names = [name for name in re.split(r"\s+(?:AND|OR)\s+|[()\s]+", licence) if name]
    return bool(names) and all(name in PERMISSIVE for name in names)


def owners(root: Path) -> dict[str, Owner]:
    """The owner of each top-level name in a folder such as site-packages, by the metadata there."""
    found: dict[str, Owner] = {}
    for distribution in sorted(distributions(path=[str(root)]), key=lambda entry: str(entry.metadata["Name"])):
        owner = _owner(distribution)
        for name in _top_names(distribution):
            found.setdefault(name, owner)
    return found


def standard_library() -> tuple[Path, Owner]:
    """The folder and the owner of the standard library."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    version = sys.version.split(maxsplit=1)[0]
    return folder, Owner("cpython", version, "PSF-2.0", (str(folder / "LICENSE.txt"),))


def _owner(distribution: Distribution) -> Owner:
    texts = [str(distribution.locate_file(file)) for file in distribution.files or () if _FILE.search(str(file))]
    return Owner(
        str(distribution.metadata["Name"]).lower(), distribution.version, _licence(distribution), tuple(sorted(texts))
    )


def _top_names(distribution: Distribution) -> Iterator[str]:
    for file in distribution.files or ():
        if file.suffix == ".py" and file.parts[0] not in ("..", "__pycache__"):
            yield file.parts[0].removesuffix(".py")


def _licence(distribution: Distribution) -> str:
    metadata = distribution.metadata
    if "License-Expression" in metadata:
        return str(metadata["License-Expression"])
    classifiers = [text for text in metadata.get_all("Classifier") or () if str(text).startswith(_CLASSIFIER)]
    free = [str(text)[:200] for text in metadata.get_all("License") or ("",)]
    stated = [str(text).removeprefix(_CLASSIFIER) for text in classifiers] or free
    known = sorted({_identifier(text) for text in stated})
    return " AND ".join(known)


def _identifier(text: str) -> str:
    return next((name for words, name in _WORDS.items() if re.search(words, text)), UNKNOWN)
