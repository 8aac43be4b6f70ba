"""The rooms of the spatial task and its 24 maps of the compass as rules (Wu et al. 2023)."""

from functools import cache

from solverlearner.task import JSON, Input, Rule

ROOMS = {
    "bedroom": ("bed", "wardrobe", "drawer", "desk", "chair", "bookcase", "TV", "computer", "lamp", "mirror"),
    "bathroom": ("sink", "toilet", "shower", "bathtub", "mirror"),
    "kitchen": (
        "sink", "fridge", "microwave", "dishwasher", "coffee machine", "kettle", "toaster", "blender", "table", "chair",
    ),
    "living room": ("sofa", "coffee table", "TV", "bookcase", "lamp", "mirror"),
    "dining room": ("table", "chair", "sideboard", "lamp", "mirror"),
    "study room": ("desk", "chair", "computer", "lamp", "bookcase", "mirror"),
    "laundry room": ("washing machine", "dryer", "sink"),
}  # fmt: skip
"""The rooms of Wu et al. 2023 with their objects, in their order."""

SIDES = ("north", "south", "east", "west")
VECTORS = {"n": (0, -1), "s": (0, 1), "e": (1, 0), "w": (-1, 0)}
"""The default world: x grows to the right, y downwards."""

NAMED = {
    "default": "nsew", "swap_ns": "snew", "swap_we": "nswe",
    "r90": "wens", "r180": "snwe", "r270": "ewsn", "random": "news",
}  # fmt: skip
"""The seven maps of the paper. A map's letters say where north, south, east and west point in the default world."""

MAP_NAMES = {letters: name for name, letters in NAMED.items()}
MIDDLE = 250
_PROGRAM = """\
def solver(room: str, objects: list) -> list:
    places = {places}
    return [{{"name": name, "x": places[side][0], "y": places[side][1]}} for name, side in objects]
"""


def vectors(letters: str) -> dict[str, tuple[int, int]]:
    """Side → (x, y) of its direction under the map that four letters name."""
    return {side: VECTORS[letter] for side, letter in zip(SIDES, letters, strict=True)}


def pairs(x: Input) -> list[tuple[str, str]]:
    """The (name, side) pairs of an input; [] if it is not an input of this task."""
    objects = x[1] if len(x) == 2 and isinstance(x[1], list) else []
    return [(str(pair[0]), str(pair[1])) for pair in objects if isinstance(pair, list) and len(pair) == 2]


def _apply(x: Input, places: dict[str, tuple[int, int]]) -> JSON:
    objects = pairs(x)
    if not objects or any(side not in places for _, side in objects):
        return None
    return [{"name": name, "x": places[side][0], "y": places[side][1]} for name, side in objects]


@cache
def compass(letters: str) -> Rule:
    """One map as a rule of the family: an object stands at the middle of the wall that its side names."""
    places = {side: (MIDDLE + MIDDLE * x, MIDDLE + MIDDLE * y) for side, (x, y) in vectors(letters).items()}
    return Rule(MAP_NAMES.get(letters, letters), lambda x: _apply(x, places), _PROGRAM.format(places=places))
