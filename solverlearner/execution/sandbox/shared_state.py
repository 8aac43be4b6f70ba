"""Shared state: caches of the library that a separable program can fill. They are emptied after each program.

Otherwise a program could observe the cache entries of an earlier program of its batch, or lose time to them.
"""

import re
import typing

_FLAGS: typing.Any = vars(re.RegexFlag)["_value2member_map_"]
_FLAG_NAMES: typing.Any = vars(re.RegexFlag)["_member_map_"]
_KNOWN_FLAGS, _KNOWN_NAMES = dict(_FLAGS), dict(_FLAG_NAMES)
_TYPING_CACHES = tuple(getattr(typing, "_cleanups", ()))


def reset() -> None:
    """Empty the caches of `re` and `typing`, and remove the combinations of flags that were made since the start."""
    re.purge()
    for clear in _TYPING_CACHES:
        clear()
    for table, known in ((_FLAGS, _KNOWN_FLAGS), (_FLAG_NAMES, _KNOWN_NAMES)):
        if len(table) != len(known):
            table.clear()
            table.update(known)
