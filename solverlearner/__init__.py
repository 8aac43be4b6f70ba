"""SolverLearner: tells induction from deduction in language models (Cheng et al. 2024, arXiv 2408.00114)."""

from pathlib import Path

__version__ = "0.1.0"

# In a checkout `tasks/` and `prompts/` stand beside this package, in the wheel they lie inside it. Appending the
# checkout's root makes `solverlearner.tasks` and `solverlearner.prompts` the same names in both, so that nothing
# called `tasks` is ever installed at the top of site-packages. The guard keeps an installed copy out of it.
_root = Path(__file__).resolve().parent.parent
if (_root / "tasks").is_dir() and (_root / "pyproject.toml").is_file():
    __path__.append(str(_root))
