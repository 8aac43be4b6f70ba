"""Caches of the library that a separable program can fill without writing to it. All are emptied after each program.

Else the next program of its batch could see, or would pay for, what an earlier one asked `typing` or `re` about.
"""

import re
import typing

_FLAGS: typing.Any = vars(re.RegexFlag)["_value2member_map_"]
_FLAG_NAMES: typing.Any = vars(re.RegexFlag)["_member_map_"]
_KNOWN_FLAGS, _KNOWN_NAMES = dict(_FLAGS), dict(_FLAG_NAMES)
_TYPING_CACHES = tuple(getattr(typing, "_cleanups", ()))


def reset() -> None:
    """Empty the caches of `re` and `typing`, and take out the flags that were made since the start."""
    re.purge()
    for clear in _TYPING_CACHES:
        clear()
    for table, known in ((_FLAGS, _KNOWN_FLAGS), (_FLAG_NAMES, _KNOWN_NAMES)):
        if len(table) != len(known):
            table.clear()
            table.update(known)
