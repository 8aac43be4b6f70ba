"""Learning strictly local functions from a characteristic sample, in polynomial time.

The learner knows the kind of function and k. It builds a transducer whose states are the last k − 1 letters, of the
input for isl, of the output for losl and rosl. The output of a transition is what the outputs of all samples that begin
with one text have in common, without what they have in common one letter before. This is OSLFIA
(Chandlee, Eyraud and Heinz 2015, "Output strictly local functions": `common_out` and `min_change`). With states of the
input it is SOSFIA (Jardine, Chandlee, Eyraud and Heinz 2014, "Very efficient learning of structured classes of
subsequential functions from positive data"), for the states that ISLFLA merges (Chandlee, Eyraud and Heinz 2014).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from .string_functions import Local

_PROGRAM = """\
def solver(text: str) -> str:
    steps = {steps}
    last = {last}
    state, output = "", ""
    for letter in text{turn}:
        written, state = steps[state, letter]
        output += written
    return (output + last[state]){turn}
"""


@dataclass(frozen=True)
class Transducer:
    """A function read letter by letter: `steps` from state and letter to output and state, `last` what ends it.

    `turned`: texts are read and written from the right, as in rosl.
    """

    steps: Mapping[tuple[str, str], tuple[str, str]]
    last: Mapping[str, str]
    turned: bool = False

    def rewrite(self, text: str) -> str:
        """The output for a text. Raises: KeyError for another letter than the transducer knows."""
        state, output = "", ""
        for letter in _turn(text, self.turned):
            written, state = self.steps[state, letter]
            output += written
        return _turn(output + self.last[state], self.turned)

    @property
    def program(self) -> str:
        """The transducer as a program."""
        turn = "[::-1]" if self.turned else ""
        return _PROGRAM.format(steps=dict(self.steps), last=dict(self.last), turn=turn)


def learn(side: str, k: int, letters: str, sample: Iterable[tuple[str, str]]) -> Transducer | None:
    """The transducer that a sample of inputs and outputs determines; None where it says too little.

    The empty text stands for itself, as in all functions here. With a characteristic sample, and whatever else of the
    same function, the result is the function. Takes time linear in the sample's letters and the number of transitions.
    """
    turned = side == "rosl"
    known = {_turn(x, turned): _turn(y, turned) for x, y in [("", ""), *sample]}
    common = _common_outputs(known)
    first, waiting = {"": ""}, [""]
    steps: dict[tuple[str, str], tuple[str, str]] = {}
    last: dict[str, str] = {}
    for state in waiting:
        text = first[state]
        if text not in known:
            return None
        begun = len(common[text])
        last[state] = known[text][begun:]
        for letter in letters:
            longer = text + letter
            if longer not in common:
                return None
            after = _last(longer if side == "isl" else common[longer], k - 1)
            steps[state, letter] = common[longer][begun:], after
            if after not in first:
                first[after] = longer
                waiting.append(after)
    return Transducer(steps, last, turned)


@lru_cache(maxsize=64)
def characteristic_sample(function: Local, letters: str) -> tuple[str, ...]:
    """Texts from which `learn` finds the function, whatever else it is shown; the shortest first.

    They are, for each state, the first text that leads there, this text with each letter behind it, and further texts
    where these alone have more in common than all texts that begin so.
    """
    turned = function.side == "rosl"

    def apply(text: str) -> str:
        return _turn(function.rewrite(_turn(text, turned)), turned)

    endings = ["".join(each) for length in range(function.k + 1) for each in product(letters, repeat=length)]
    wanted: dict[str, None] = {}
    first, waiting = {"": ""}, [""]
    for state in waiting:
        text = first[state]
        for begun in (text, *(text + letter for letter in letters)):
            outputs = [apply(begun + ending) for ending in endings]
            whole = common_start(outputs)
            wanted |= dict.fromkeys(begun + ending for ending in _witnesses(endings, outputs, whole))
            after = _last(begun if function.side == "isl" else whole, function.k - 1)
            if begun != text and after not in first:
                first[after] = begun
                waiting.append(after)
    texts = sorted(filter(None, wanted), key=lambda text: (len(text), text))
    return tuple(_turn(text, turned) for text in texts)


def _witnesses(endings: Sequence[str], outputs: Sequence[str], whole: str) -> list[str]:
    """The empty ending and the shortest others whose outputs have no more in common than `whole`."""
    taken, common = [endings[0]], outputs[0]
    for ending, output in zip(endings, outputs, strict=True):
        if len(less := common_start([common, output])) < len(common):
            taken, common = [*taken, ending], less
        if common == whole:
            break
    return taken


def _common_outputs(known: Mapping[str, str]) -> dict[str, str]:
    """What the outputs of all inputs that begin with a text have in common, for each beginning of an input."""
    common: dict[str, str] = {}
    for x, y in known.items():
        for end in range(len(x) + 1):
            begun = x[:end]
            common[begun] = common_start([common[begun], y]) if begun in common else y
    return common


def common_start(texts: Sequence[str]) -> str:
    """The longest text that all these texts begin with.

    >>> common_start(["abc", "abd"])
    'ab'
    """
    low, high = min(texts), max(texts)
    return next((low[:i] for i, letter in enumerate(low) if letter != high[i]), low)


def _turn(text: str, turned: bool) -> str:
    return text[::-1] if turned else text


def _last(text: str, count: int) -> str:
    return text[-count:] if count else ""
