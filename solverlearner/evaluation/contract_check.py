"""Contract check: what a user's own task or model lacks, in one line, before a run begins or where it shows."""

import inspect
from collections.abc import Awaitable, Mapping
from typing import Any

from solverlearner.design.learner import Learner
from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import TARGET, class_at
from solverlearner.evaluation.instantiate import instance
from solverlearner.models.base import Model, Reply, Request, why_no_other_questions
from solverlearner.models.question import Question
from solverlearner.task import JSON, Task, Tasks
from solverlearner.task.contract_probe import probe_task

_OURS = "solverlearner."


def made_task(config: Mapping[str, Any]) -> Tasks:
    """The task of a configuration. The class is looked at first: another class would complain of the task's options.

    Raises: UsageError.
    """
    if target := config.get(TARGET):
        cls = class_at(str(target))
        if isinstance(cls, type) and not issubclass(cls, Tasks):
            raise _no_task(f"task.{TARGET}={target}", cls)
    return checked_task(instance(config))


def _no_task(name: str, made: Any) -> UsageError:
    lacks = [part for part in sorted(Task.__abstractmethods__) if not hasattr(made, part)]
    listed = f"; it lacks {', '.join(lacks)}" if lacks else ""
    return UsageError(name, f"is no Task: derive the class from solverlearner.task.Task{listed}")


def checked_task(made: Any) -> Tasks:
    """The task, if it is one. Raises: UsageError that names the missing part."""
    name = _name_of("task", made)
    if not isinstance(made, Tasks):
        raise _no_task(name, made)
    parts = ["name", "variant", "of_episode", "world"] + ["role"] * isinstance(made, Task)
    if lacks := [part for part in parts if not hasattr(made, part)]:
        raise UsageError(name, f"lacks {', '.join(lacks)}; docs/adding-a-task.md lists the parts of a task")
    tasks: Tasks = made
    if isinstance(made, Task) and not type(made).__module__.startswith(_OURS):
        probe_task(made)
    return tasks


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
    if lacks := [part for part in ("name", "ask") if not hasattr(made, part)]:
        problem = f"lacks {', '.join(lacks)}; a model has a name and async def ask(self, call)"
        raise UsageError(name, f"{problem} (docs/adding-a-model.md)")
    for part, kind in (("name", str), ("identity", Mapping)):
        if hasattr(made, part) and not isinstance(value := getattr(made, part), kind):
            words = {str: "text", Mapping: "a mapping"}[kind]
            raise UsageError(name, f"{part} must be {words}, and is {_a(value)}")
    for part, given in (("ask", 1), ("request", 1), ("open", 0), ("aclose", 0)):
        _check_takes(name, part, getattr(made, part, None), given)
    model: Model = made
    return model if type(made).__module__.startswith(_OURS) else _CheckedModel(name, model)


def _check_takes(name: str, part: str, method: Any, given: int) -> None:
    """Raises: UsageError for a part that is no method, or one that takes other arguments than it is given."""
    if method is None:
        return
    wanted = f"def {part}(self{', call' * given})"
    if not callable(method):
        raise UsageError(name, f"{part} must be a method, {wanted}, and is {_a(method)}")
    try:
        inspect.signature(method).bind(*[None] * given)
    except TypeError as error:
        raise UsageError(name, f"{part} must be {wanted}, and does not take these arguments: {error}") from error
    except ValueError:  # of a class written in C, which has no signature
        return


def checked_learner(made: Any) -> None:
    """Look at a learner. Raises: UsageError that names the missing part."""
    name = _name_of("learner", made)
    parts = [part for part in vars(Learner) if not part.startswith("_")]
    if lacks := [part for part in parts if not hasattr(made, part)]:
        derive = "derive the class from solverlearner.design.learner.Learner (docs/adding-a-learner.md)"
        raise UsageError(name, f"lacks {', '.join(lacks)}; {derive}")


class _CheckedModel:
    """A model of a user's own. What it returns is looked at, so that a wrong thing is said where it comes from.

    Parts that it lacks have a default: nothing to open or close, no remark, no reply cache, and its name as identity.
    """

    def __init__(self, called: str, model: Model) -> None:
        self._called, self._model = called, model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def identity(self) -> Mapping[str, JSON]:
        return getattr(self._model, "identity", None) or {"name": self.name}

    @property
    def remark(self) -> str | None:
        return getattr(self._model, "remark", None)

    @property
    def sends_nothing(self) -> bool:
        return bool(getattr(self._model, "sends_nothing", False))

    @property
    def no_other_questions(self) -> str:
        return why_no_other_questions(self._model)

    def request(self, call: Question) -> Request | None:
        found: Any = self._model.request(call) if hasattr(self._model, "request") else None
        if found is not None and not isinstance(found, Request):
            raise UsageError(self._called, f"request must return a Request or None, and returned {_a(found)}")
        return found

    async def open(self) -> None:
        if hasattr(self._model, "open"):
            await self._awaited("open", self._model.open())

    async def ask(self, call: Question) -> Reply:
        found = await self._awaited("ask", self._model.ask(call))
        if not isinstance(found, Reply):
            raise UsageError(self._called, f"ask must return a Reply, and returned {_a(found)}{_wrapped(found)}")
        return found

    async def aclose(self) -> None:
        if hasattr(self._model, "aclose"):
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


def _wrapped(found: Any) -> str:
    return "; wrap the text: return solverlearner.Reply(text)" if isinstance(found, str) else ""


def _a(value: Any) -> str:
    return "None" if value is None else f"an object of {type(value).__name__}"
