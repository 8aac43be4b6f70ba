"""Contract check: what a user's own task or model lacks, in one line, before a run begins or where it shows."""

import inspect
from collections.abc import Awaitable, Mapping
from typing import Any

from solverlearner.design.learner import Learner
from solverlearner.errors import UsageError
from solverlearner.models.base import Model, Reply, Request
from solverlearner.models.question import Question
from solverlearner.task import JSON, Task, Tasks

_OURS = "solverlearner."


def checked_task(made: Any) -> Tasks:
    """The task, if it is one. Raises: UsageError that names the missing part."""
    name = _name_of("task", made)
    if not isinstance(made, Tasks):
        lacks = [part for part in sorted(Task.__abstractmethods__) if not hasattr(made, part)]
        listed = f"; it lacks {', '.join(lacks)}" if lacks else ""
        raise UsageError(name, f"is no Task: derive the class from solverlearner.task.Task{listed}")
    parts = ["name", "variant", "of_episode", "world"] + ["role"] * isinstance(made, Task)
    if lacks := [part for part in parts if not hasattr(made, part)]:
        raise UsageError(name, f"lacks {', '.join(lacks)}; docs/adding-a-task.md lists the parts of a task")
    return made


def checked_episode_task(task: Tasks, seed: int) -> None:
    """Look at the task of the first episode. Raises: UsageError that names the missing part."""
    first = task.of_episode(seed, 0)
    if not isinstance(first, Task):
        raise UsageError(_name_of("task", task), f"of_episode must return a Task, and returned {_a(first)}")
    if first is not task:
        checked_task(first)


def checked_model(made: Any) -> Model:
    """The model, with checks of all that it returns where its class is not ours. Raises: UsageError."""
    name = _name_of("model", made)
    parts = [part for part in vars(Model) if not part.startswith("_")]
    if lacks := [part for part in parts if not hasattr(made, part)]:
        raise UsageError(name, f"lacks {', '.join(lacks)}; a model has {', '.join(parts)} (docs/adding-a-model.md)")
    for part, kind in (("name", str), ("identity", Mapping)):
        if not isinstance(value := getattr(made, part), kind):
            words = {str: "text", Mapping: "a mapping"}[kind]
            raise UsageError(name, f"{part} must be {words}, and is {_a(value)}")
    model: Model = made
    return model if type(made).__module__.startswith(_OURS) else _CheckedModel(name, model)


def checked_learner(made: Any) -> None:
    """Look at a learner. Raises: UsageError that names the missing part."""
    name = _name_of("learner", made)
    parts = [part for part in vars(Learner) if not part.startswith("_")]
    if lacks := [part for part in parts if not hasattr(made, part)]:
        derive = "derive the class from solverlearner.design.learner.Learner (docs/adding-a-learner.md)"
        raise UsageError(name, f"lacks {', '.join(lacks)}; {derive}")


class _CheckedModel:
    """A model of a user's own; what it returns is looked at, so that a wrong thing is said where it comes from."""

    def __init__(self, called: str, model: Model) -> None:
        self._called, self._model = called, model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def identity(self) -> Mapping[str, JSON]:
        return self._model.identity

    @property
    def remark(self) -> str | None:
        return self._model.remark

    def request(self, call: Question) -> Request | None:
        found: Any = self._model.request(call)
        if found is not None and not isinstance(found, Request):
            raise UsageError(self._called, f"request must return a Request or None, and returned {_a(found)}")
        return found

    async def open(self) -> None:
        await self._awaited("open", self._model.open())

    async def ask(self, call: Question) -> Reply:
        found = await self._awaited("ask", self._model.ask(call))
        if not isinstance(found, Reply):
            raise UsageError(self._called, f"ask must return a Reply, and returned {_a(found)}")
        return found

    async def aclose(self) -> None:
        await self._awaited("aclose", self._model.aclose())

    async def _awaited(self, part: str, returned: Awaitable[Any]) -> Any:
        if not inspect.isawaitable(returned):
            raise UsageError(self._called, f"{part} must be a coroutine: async def {part}(self, …)")
        return await returned


def _name_of(what: str, made: Any) -> str:
    """What an error calls it. Raises: UsageError for a class."""
    if isinstance(made, type):
        raise UsageError(f"{what}={made.__name__}", f"is a class; give an object of it: {made.__name__}(…)")
    return f"{what}={type(made).__name__}"


def _a(value: Any) -> str:
    return "None" if value is None else f"an object of {type(value).__name__}"
