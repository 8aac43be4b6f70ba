"""Calibration: one corpus from a folder, scored into run folders, with the agreement that came out."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from solverlearner.errors import UsageError, check_choice
from solverlearner.execution.executor import Executor
from solverlearner.files import write_json
from solverlearner.published.agreement import Agreement
from solverlearner.published.corpora import CORPORA
from solverlearner.published.published_reply import Corpus, PublishedReply, Unusable, found_files
from solverlearner.published.scored_corpus import score_corpus

AGREEMENTS = "agreement"
"""The folder beside the run folders that holds a JSON file for each corpus."""


def chosen(name: str, source: Path) -> list[tuple[Corpus, Path]]:
    """The corpora of this name with the folders that hold them; "all": those that are found. Raises: UsageError."""
    if name != "all":
        check_choice("corpus", name, ("all", *CORPORA))
        return [(CORPORA[name], source)]
    if not source.is_dir():
        raise UsageError(f"source={source}", "no such folder; give a folder that holds the clones")
    places = [source, *sorted(child for child in source.iterdir() if child.is_dir())]
    found = [(corpus, place) for corpus in CORPORA.values() for place in places if _holds(corpus, place)]
    if not found:
        origins = ", ".join(sorted({corpus.origin for corpus in CORPORA.values()}))
        raise UsageError(f"source={source}", f"holds no corpus; clone some of {origins} into it")
    return found


def _holds(corpus: Corpus, place: Path) -> bool:
    return any(next(place.glob(pattern), None) for pattern in corpus.files)


def calibrate(corpus: Corpus, source: Path, results: Path) -> Agreement:
    """Score a corpus. Writes a run folder for each model and variant, and `agreement/CORPUS.json`.

    Raises: UsageError where the folder holds no file of it or no line that can be scored; RunStopped.
    """
    files = found_files(corpus, source)
    agreement = Agreement(corpus)

    def usable() -> Iterator[PublishedReply]:
        for line in corpus.read(source, files):
            if isinstance(line, Unusable):
                agreement.leave_out(line)
            else:
                yield line

    for run in score_corpus(corpus, usable(), _version(source, files), results, Executor()):
        agreement.add(run.verdicts)
    if not agreement.replies:
        first = agreement.unusable[0]
        raise UsageError(
            f"source={source}", f"has no line of {corpus.name} that can be scored; {first.place} {first.reason}"
        )
    folder = results / AGREEMENTS
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / f"{corpus.name}.json", agreement.record())
    return agreement


def _version(source: Path, files: list[Path]) -> Mapping[str, str]:
    """The corpus's commit where the folder tells it, and a hash over all files that are read."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    commit = _commit(source)
    return {"files_sha256": digest.hexdigest(), **({"commit": commit} if commit else {})}


def _commit(source: Path) -> str | None:
    for name in ("COMMIT", ".git/HEAD"):
        try:
            text = (source / name).read_text().strip()
            if text.startswith("ref: "):
                text = (source / ".git" / text.removeprefix("ref: ")).read_text().strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text:
            return text[:40]
    return None
