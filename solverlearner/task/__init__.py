"""Task: the contract of a task. A task's module needs this package and the standard library, nothing else."""

from solverlearner.task.contract import (
    JSON,
    AskedSetting,
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
    bare,
    check_choice,
    check_range,
    code_blocks,
    last_boxed,
    last_part,
    pick,
    plain_characters,
    plain_text,
    read_boxed,
    shuffled,
    words_in,
)

__all__ = [
    "JSON", "AskedSetting", "Check", "Input", "Item", "Published", "Rule", "Split", "Task", "Tasks", "Told",
    "UsageError", "bare", "check_choice", "check_range", "code_blocks", "last_boxed", "last_part", "pick",
    "plain_characters", "plain_text", "read_boxed", "shuffled", "words_in",
]  # fmt: skip
