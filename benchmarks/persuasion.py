"""Measure what a run's measures of uncertainty and persuasion cost, from its rows and without a call.

    python benchmarks/persuasion.py RUN [rounds, default 3] [checkout …, default this one]

RUN is the folder of a run with `persuasion=true`. Each round measures it once in each checkout, in turn, in a process
of its own. The table gives medians of processor seconds, the ratio to the first checkout within a round, and whether
the summaries are the same to their last digit.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from measure import ROOT

_CHILD = """
import json, sys, time
from pathlib import Path
from solverlearner.analysis.draws import draws_of
from solverlearner.analysis.measures import measures_of, measures_record
from solverlearner.evaluation.row_file import read_rows
draws = draws_of(read_rows(Path(sys.argv[1])))
began = time.process_time()
record = measures_record(measures_of(draws, {"uncertainty": True, "persuasion": True}))
print(json.dumps([time.process_time() - began, json.dumps(record, sort_keys=True)]))
"""


def measured(run: Path, checkout: Path) -> tuple[float, str]:
    """Processor seconds of a run's measures, without reading its rows, and the measures as text."""
    command = [sys.executable, "-c", _CHILD, str(run)]
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    done = subprocess.run(command, env=environment, cwd=checkout, stdout=subprocess.PIPE, text=True, check=True)
    seconds, record = json.loads(done.stdout)
    return seconds, record


def main() -> None:
    """Measure all checkouts and print the table."""
    run, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    checkouts = [Path(each).resolve() for each in sys.argv[3:]] or [ROOT]
    found = [[measured(run, checkout) for checkout in checkouts] for _ in range(rounds)]
    print("| checkout | CPU s | ratio to the first | measures |\n|---|--:|--:|---|")
    for place, checkout in enumerate(checkouts):
        seconds = statistics.median(each[place][0] for each in found)
        ratio = statistics.median(each[place][0] / each[0][0] for each in found)
        same = {each[place][1] for each in found} == {found[0][0][1]}
        print(f"| {checkout} | {seconds:.1f} | {ratio:.2f} | {'the same' if same else 'others'} |")


if __name__ == "__main__":
    main()
