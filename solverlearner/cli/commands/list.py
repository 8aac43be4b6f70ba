"""list: name the tasks, models, settings, experiments or learners, with a sentence each."""

from collections.abc import Sequence

from solverlearner.cli.conf_files import about, check_folders, members, own_folders
from solverlearner.cli.own_parts import own_learners
from solverlearner.design.setting import ASKABLE
from solverlearner.errors import UsageError, did_you_mean, warn
from solverlearner.reporting.aligned import columns

_KINDS = {"tasks": "task", "models": "model", "experiments": "experiment", "settings": "", "learners": ""}
_HELP = """\
python -m solverlearner list tasks|models|settings|experiments|learners [-cd DIR]

Name the tasks, models, settings, experiments or learners, with a sentence each. A task, model or experiment is a YAML
file; the sentence is the file's first comment. -cd DIR adds those in DIR/task/, DIR/model/ and DIR/experiment/, and the
learners in DIR/*.py.
"""


def main(words: Sequence[str]) -> int:
    """Print the table; gives 0, or 2 with one line for a wrong word."""
    if {"-h", "--help"} & {*words}:
        print(_HELP, end="")
        return 0
    try:
        rows = _rows(_kind(words), words)
    except UsageError as error:
        warn(str(error))
        return 2
    print("\n".join(columns(rows)))
    return 0


def _kind(words: Sequence[str]) -> str:
    """The word that says which table is wanted; all others are `-cd DIR`."""
    left = [*words]
    while left and left[0].startswith("-"):
        if left[0] in ("-cd", "--config-dir") and len(left) > 1:
            del left[:2]
        elif left[0].startswith("--config-dir="):
            del left[0]
        else:
            raise UsageError(f"list {left[0]}", "only -cd DIR can be given")
    kind, *rest = left or [""]
    one = f"one of {', '.join(_KINDS)}"
    if not kind:
        raise UsageError("list", f"must be followed by {one}")
    if kind not in _KINDS:
        raise UsageError(f"list {kind}", f"must be {one}{did_you_mean(kind, _KINDS)}")
    if rest and (rest[0] not in ("-cd", "--config-dir") or len(rest) != 2) and not rest[0].startswith("--config-dir="):
        raise UsageError(f"list {kind} {rest[0]}", f"takes one of {', '.join(_KINDS)}, and -cd DIR")
    return kind


def _rows(kind: str, words: Sequence[str]) -> list[tuple[str, str]]:
    """Names with their sentences. Raises: UsageError for a folder that is not there."""
    check_folders(words)
    if kind == "settings":
        return [(setting.name, setting.title) for setting in ASKABLE.values()]
    if kind == "learners":
        from solverlearner.design.learner_options import LEARNERS

        ours = {name: (cls.__doc__ or "").partition("\n")[0] for name, cls in LEARNERS.items()}
        return [(f"learner={name}", text) for name, text in {**ours, **own_learners(own_folders(words))}.items()]
    group = _KINDS[kind]
    return [(f"{group}={name}", about(text)) for name, text in members(group, words).items()]
