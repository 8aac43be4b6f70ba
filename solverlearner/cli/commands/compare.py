"""compare: say whether two models, settings or prompts differ, on the same items."""

import shutil
from collections.abc import Sequence

from solverlearner.analysis.pooled import ALL, pooled_levels
from solverlearner.cli.chosen_sides import compared, pairs
from solverlearner.errors import UsageError, check_choice, warn
from solverlearner.reporting.comparison_text import comparison_text, verdict

_HELP = """\
python -m solverlearner compare A B [KEY=VALUE ...] [results=DIR] [details=true] [fail_if=worse]

Say whether A and B differ, on the items that both answered: first one answer over everything, then by setting, family
and variant, with intervals, exact tests, and the smallest difference that could have been told. A and B are each

  a run folder, or a folder of runs that were asked under the same options
  a model, setting or variant of the runs under `results`
  KEY=VALUE         of task, variant, model, setting or any option; several with commas: model=gpt-4o,shots=4

What A and B do not name has to be the same on both sides. KEY=VALUE after them narrows both sides. details=true also
shows every pair alone, and episodes in which A and B differ. fail_if=worse gives exit code 1 where A is worse than B
over everything (p ≤ 0.05). For example

  python -m solverlearner compare zero_shot solverlearner model=gpt-4o variant=base-9
  python -m solverlearner compare gpt-4o qwen2.5-coder-1.5b-instruct-q4_k_m setting=solverlearner
  python -m solverlearner compare hint=none hint=strong task=arith
  python -m solverlearner compare results/arith-base-9-gpt-4o-1f2e3d4c results/arith-base-9-gpt-4o-5b6a7988
  python -m solverlearner compare results-old-prompts results-new-prompts
"""
_WORSE = "worse"


def main(argv: Sequence[str]) -> int:
    """Print the comparison; gives 0, 1 where `fail_if` holds, or 2 with one line for what cannot be compared."""
    if not argv or {"-h", "--help"} & {*argv}:
        print(_HELP, end="")
        return 0
    try:
        given = pairs(argv[2:])
        details, fail_if = _own_options(given)
        found, sides = compared(argv[:2], given)
        levels = pooled_levels(found)
    except UsageError as error:
        warn(str(error))
        return 2
    print(comparison_text(levels, sides, shutil.get_terminal_size().columns, details=details))
    (whole,) = levels[ALL]
    if fail_if and whole.better == "second":
        warn(f"fail_if={fail_if}: {verdict(whole)}")
        return 1
    return 0


def _own_options(given: dict[str, str]) -> tuple[bool, str]:
    """`details` and `fail_if`, taken out of the words behind A and B. Raises: UsageError for another value."""
    details, fail_if = given.pop("details", "false"), given.pop("fail_if", "")
    check_choice("details", details, ("true", "false"))
    if fail_if:
        check_choice("fail_if", fail_if, (_WORSE,))
    return details == "true", fail_if
