"""The commands of `python -m solverlearner`."""

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

from solverlearner.errors import reader_gone

_GARBAGE_AFTER = 50_000
"""Objects until Python looks for garbage. Importing makes hundreds of thousands, of which none is any."""

_COMMANDS = """\
python -m solverlearner COMMAND ...

  run      ask a model in every setting on the same items, run its programs, print the square
  show     print the exact prompts of one episode and call nothing
  data     print a task's episodes, or the published file of its items
  score    score stored replies, of a batch API or of others
  tables   make tables and figures of all runs in a folder, as CSV, Markdown, LaTeX, HTML, PDF, SVG and PNG
  report   write one HTML file of all runs in a folder: the square, tables, charts, and every episode to read
  compare  say whether two models, settings or prompts differ, on the same items
  export   write runs as Inspect logs or for Hugging Face's datasets, or Case2Code data as chats to train on
  synth    make Case2Code data from Python files: functions, inputs for them, and what they give
  exec     run one program by hand in the restricted executor

Begin with:  python -m solverlearner run task=arith base=9
All options: python -m solverlearner run --help
"""

_SWEEP = ("-m", "--multirun")


def main(argv: list[str] | None = None) -> int:
    """Run the command that the first word names; gives the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(_COMMANDS, end="")
        return 0
    name, *rest = words
    if name in ("run", "show", "data", "score"):
        from solverlearner import (  # Hydra costs a third of a second, so other commands do without
            cli,
            data_command,
            entry,
            score_command,
            show_command,
            sweeper,
        )

        sweeper.register()
        mains = {
            "run": cli.run_main,
            "show": show_command.show_main,
            "data": data_command.data_main,
            "score": score_command.score_main,
        }
        # Hydra takes its flags in front of the options only.
        words = sorted(("why=true" if word == "--why" else word for word in rest), key=lambda word: word not in _SWEEP)
        return entry.hydra_command(mains[name], words)
    if name == "tables":
        from solverlearner import entry
        from solverlearner.tables import command

        return entry.hydra_command(command.tables_main, rest)
    if name == "report":
        from solverlearner import entry
        from solverlearner.report.command import report_main

        return entry.hydra_command(report_main, rest)
    if name == "compare":
        from solverlearner.tables import compare_command

        return compare_command.main(rest)
    if name == "export":
        from solverlearner import entry, export_command

        return entry.hydra_command(export_command.export_main, export_command.as_options(rest))
    if name == "synth":
        from solverlearner import entry
        from solverlearner.synth.command import synth_main

        return entry.hydra_command(synth_main, rest)
    if name == "exec":
        from solverlearner import exec_command

        return exec_command.main(rest)
    print(f"solverlearner: {name}: no such command; `python -m solverlearner` lists them", file=sys.stderr)
    return 2


def shell() -> int:
    """`main` for a shell: a reader that closes the pipe early (`| head`) ends it without a word."""
    gc.set_threshold(_GARBAGE_AFTER)
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = reader_gone()
    if threading.active_count() == 1:
        _leave(code)
    return code


def _leave(code: int) -> NoReturn:
    """End without taking every object apart, which would take a tenth of a second or two of each command."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(shell())
