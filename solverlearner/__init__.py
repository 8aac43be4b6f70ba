"""SolverLearner: tells induction from deduction in language models (Cheng et al. 2024, arXiv 2408.00114).

`import solverlearner as sl` gives the Python API: `sl.evaluate`, `sl.load_results`, `sl.run_programs` and their types.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solverlearner.api.functions import (
        Estimate,
        Limits,
        Model,
        Outcome,
        ProviderError,
        Question,
        Reply,
        Request,
        Results,
        ResultsCollection,
        RunStopped,
        UsageError,
        evaluate,
        load_results,
        run_programs,
    )

__all__ = [
    "Estimate", "Limits", "Model", "Outcome", "ProviderError", "Question", "Reply", "Request", "Results",
    "ResultsCollection", "RunStopped", "UsageError", "__version__", "evaluate", "load_results", "run_programs",
]  # fmt: skip

__version__ = "0.1.0"

# In a checkout `tasks/` and `prompts/` stand beside this package, in the wheel they lie inside it. Appending the
# checkout's root makes `solverlearner.tasks` and `solverlearner.prompts` the same names in both, so that nothing
# called `tasks` is ever installed at the top of site-packages. The guard keeps an installed copy out of it.
_root = Path(__file__).resolve().parent.parent
if (_root / "tasks").is_dir() and (_root / "pyproject.toml").is_file():
    __path__.append(str(_root))


def __getattr__(name: str) -> Any:
    """A name of the Python API, imported when it is used first: the commands start without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from solverlearner.api import functions

    found = globals()[name] = getattr(functions, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
