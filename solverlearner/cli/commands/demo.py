"""demo: show the result of a recorded language model in seconds, without a model, a key or a network."""

from collections.abc import Sequence

from solverlearner.cli.commands import run

_HELP = """\
python -m solverlearner demo [OPTION=VALUE ...]

Show what a run measures, in seconds. A recorded language model, Qwen2.5-Coder-1.5B, parses sentences whose word order
is verb, subject, object. It is told the order or shown examples; it answers itself or writes a program. Its completions
come from results/reference in the repository, so no model is asked. It is the same as

    python -m solverlearner run task=syntax order=vso model=recorded

and takes the options of `run`, such as details=true, task=cipher cipher=morse, or results=DIR.
"""


def main(words: Sequence[str]) -> int:
    """Run the recorded model on the words' variant, or else on the demonstration's; gives the exit code."""
    if {"-h", "--help"} & {*words}:
        print(_HELP, end="")
        return 0
    return run.main([*_left_out(words), *words])


def _left_out(words: Sequence[str]) -> list[str]:
    """The demonstration's own choices that the words do not make."""
    keys = {word.partition("=")[0] for word in words}
    own = ["model=recorded", *([] if "task" in keys else ["task=syntax", "order=vso"])]
    return [word for word in own if word.partition("=")[0] not in keys]
