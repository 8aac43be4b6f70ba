"""Task: the contract of a task. A task's module needs this package and the standard library, nothing else."""

from solverlearner.task.contract import (
    JSON,
    Check,
    Input,
    Item,
    Published,
    Rule,
    Split,
    Task,
    Tasks,
    Told,
    UsageError,
    check_choice,
    check_range,
    last_boxed,
    pick,
    shuffled,
)

__all__ = [
    "JSON", "Check", "Input", "Item", "Published", "Rule", "Split", "Task", "Tasks", "Told",
    "UsageError", "check_choice", "check_range", "last_boxed", "pick", "shuffled",
]  # fmt: skip
