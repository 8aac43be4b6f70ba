"""Cases: the distinct inputs of a triple as ordered arguments, with their outputs, all as typed JSON."""

import json
from dataclasses import dataclass

from solverlearner.case2code.signature import function_of
from solverlearner.case2code.triples import Triple
from solverlearner.case2code.values import NONE, encode
from solverlearner.task.rule import JSON, Input


@dataclass(frozen=True)
class Cases:
    """The distinct cases of a triple: arguments in the order of `parameters`, and outputs.

    `inputs` and `outputs` have the same length. `shown` holds the indices of the cases that the data shows to a
    learner, in the order of the data; None if the data leaves the choice open.
    """

    parameters: tuple[str, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[JSON, ...]
    shown: tuple[int, ...] | None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def enough(self) -> bool:
        """Whether at least one case can be shown and another one asked."""
        return len(self) > 1 if self.shown is None else 0 < len(self.shown) < len(self)


def case_key(x: Input) -> str:
    """A text that is equal for equal arguments, in any order of their sets and dicts."""
    return json.dumps(x, sort_keys=True)


def cases_of(triple: Triple) -> Cases:
    """The cases of a triple. Of several cases with the same arguments the first is kept.

    Parameters that no case gives are left out. If only some cases give an argument, the others get its default. They
    are dropped if the default is not a literal.
    """
    function = function_of(triple.code, triple.func_name)
    given = {name for x in triple.inputs for name in x}
    parameters = tuple(name for name in dict.fromkeys((*function.names, *sorted(given))) if name in given)
    found: dict[str, tuple[Input, JSON]] = {}
    keys: dict[int, str] = {}
    for place, (x, y) in enumerate(zip(triple.inputs, triple.outputs, strict=True)):
        values = {**function.defaults, **x}
        if all(name in values for name in parameters):
            arguments = tuple(encode(values[name]) for name in parameters)
            keys[place] = case_key(arguments)
            found.setdefault(keys[place], (arguments, NONE if y is None else encode(y)))
    places = {key: place for place, key in enumerate(found)}
    chosen = None if triple.chosen is None else [places[keys[place]] for place in triple.chosen if place in keys]
    return Cases(
        parameters,
        tuple(x for x, _ in found.values()),
        tuple(y for _, y in found.values()),
        None if chosen is None else tuple(dict.fromkeys(chosen)),
    )
