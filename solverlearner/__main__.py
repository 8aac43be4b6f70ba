"""The commands of `python -m solverlearner`."""

import sys

_COMMANDS = """\
python -m solverlearner COMMAND ...

  run    ask a model in every setting on the same items, run its programs, print the square
  show   print the exact prompts of one episode and call nothing

Begin with:  python -m solverlearner run task=arith base=9
All options: python -m solverlearner run --help
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command that the first word names; gives the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(_COMMANDS, end="")
        return 0
    name, *rest = words
    if name in ("run", "show"):
        from solverlearner import cli  # Hydra costs a third of a second, so other commands do without it

        return cli.hydra_command(cli.run_main if name == "run" else cli.show_main, rest)
    print(f"solverlearner: {name}: no such command; there are run and show", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
