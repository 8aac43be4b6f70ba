"""Compass: objects on the sides of a 500×500 room → their coordinates, under one of 24 maps (Wu et al. 2023)."""

import json
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random
from typing import ClassVar

from solverlearner.task import (
    JSON,
    Check,
    Input,
    Published,
    Rule,
    Split,
    Symbols,
    Task,
    Told,
    UsageError,
    check_choice,
    check_range,
    pick,
    text_table,
)

from .compass import MAP_NAMES, MIDDLE, NAMED, ROOMS, SIDES, compass, pairs, vectors
from .layout import directions_of, json_blocks, points, read_layout, reply_directions, same_places, same_sides
from .paraphrases import ROOMS as ROOMS_IN_OTHER_WORDS
from .paraphrases import SPATIAL
from .wu2023 import scene_lines, scenes

_SYMBOLS = Symbols(((*SIDES,),), words=True)
_ROOM = "Your task is to give the coordinates of the objects in a room that is 500 wide and 500 high."


def _sample(rng: Random, items: Sequence[str], count: int) -> list[str]:
    pool = list(items)
    return [pool.pop(int(rng.random() * len(pool))) for _ in range(count)]


@dataclass(frozen=True)
class Spatial(Task):
    """Placement of a room's objects under one map of the four sides.

    `transform` is one of the seven names or four letters, a permutation of "nsew" that says where north, south, east
    and west point in the default world: "nsew" is "default", "snew" is "swap_ns". The room is an input for the
    wording's sake only. `score` "centroid" judges as Wu et al. 2023 did. `query_objects` puts 3..10 objects into the
    queries' rooms (shots have three); beyond four, sides repeat. `data` "wu2023" asks about the published rooms.
    """

    transform: str = "r90"
    score: str = "exact"
    query_objects: int = 3
    data: str | None = None

    kind: ClassVar[str] = "spatial"
    query_options: ClassVar[tuple[str, ...]] = ("query_objects",)
    name: ClassVar[str] = "spatial"
    role: ClassVar[str] = "an architect"
    signature: ClassVar[str] = "solver(room: str, objects: list[list[str]]) -> list[dict]"

    def __post_init__(self) -> None:
        if self.transform not in NAMED and sorted(self.transform) != sorted("nsew"):
            names = ", ".join(NAMED)
            problem = f"must be one of {names}, or say in four letters where N, S, E and W point, such as nswe"
            raise UsageError(f"transform={self.transform}", problem)
        check_choice("score", self.score, ("exact", "centroid"))
        check_range("query_objects", self.query_objects, 3, 10)
        if self.data is not None:
            check_choice("data", self.data, ("wu2023",))
            if self.query_objects != 3:
                raise UsageError(f"data={self.data}", "has rooms of three objects; leave query_objects=3")

    @property
    def letters(self) -> str:
        """The map in four letters."""
        return NAMED.get(self.transform, self.transform)

    @property
    def variant(self) -> str:
        """ "r90", the letters where a map has no name; options that differ from their default are named too."""
        more = [f"query-objects-{self.query_objects}"] if self.query_objects != 3 else []
        more += ["centroid"] if self.score == "centroid" else []
        more += [self.data] if self.data else []
        return "-".join([MAP_NAMES.get(self.letters, self.letters), *more])

    @property
    def symbols(self) -> Symbols:
        """The names of the sides."""
        return _SYMBOLS

    @property
    def rule(self) -> Rule:
        """This map."""
        return compass(self.letters)

    @property
    def default_world(self) -> Rule:
        """North is up."""
        return compass("nsew")

    def family(self) -> Sequence[Rule]:
        """The 24 maps: the seven of the paper, beginning with the default, then the others."""
        others = ("".join(letters) for letters in permutations("nsew"))
        return [compass(letters) for letters in (*MAP_NAMES, *(each for each in others if each not in MAP_NAMES))]

    def draw(self, rng: Random, split: Split) -> Input:
        """A room that has enough objects, some of its objects, and a side for each; the same under all maps."""
        count = self.query_objects if split == "queries" else 3
        room = pick(rng, [room for room, objects in ROOMS.items() if len(objects) >= count])
        objects = _sample(rng, ROOMS[room], count)
        sides: list[str] = []
        while len(sides) < count:
            sides += _sample(rng, SIDES, min(4, count - len(sides)))
        return (room, [[name, side] for name, side in zip(objects, sides, strict=True)])

    def key(self, x: Input) -> Hashable:
        """The objects with their sides, in any order and in any room."""
        return frozenset(pairs(x))

    def load(self, stored: JSON) -> Input:
        """Takes the pairs alone too, as the stored replies of Wu et al. 2023 have them."""
        x = super().load(stored)
        return x if len(x) == 2 and isinstance(x[0], str) else ("room", list(x))

    def published(self) -> Iterable[Published] | None:
        """The 100 rooms, which have no demonstrations."""
        return map(Published, scenes()) if self.data else None

    def published_file(self, few_shot: bool) -> Iterable[str] | None:
        """The file of the rooms."""
        return scene_lines() if self.data and not few_shot else None

    def framing(self, told: Told) -> str:
        """Wording of the directions after Wu et al. 2023."""
        if told == "none":
            return "A hidden rule turns two inputs into one output."
        if told == "domain":
            return f"{_ROOM} In which direction {self._sides} point is unknown."
        if told == "strong":
            return (
                f"{_ROOM} An object on a side stands at the middle of that side's wall. In which direction "
                f"{self._sides} point is unknown, but it is the same for all rooms: each is one of the (x, y) "
                "directions (0, -1), (0, 1), (1, 0) and (-1, 0), and no two are the same."
            )
        stated = (f"The {self.signs(side)} direction is {at}." for side, at in vectors(self.letters).items())
        directions = " ".join(stated)
        return (
            f"{_ROOM} Its corners are (0, 0), (500, 0), (0, 500) and (500, 500), and its middle is (250, 250). "
            f"We define the following directions as (x, y). {directions} An object on a side stands at the middle of "
            "that side's wall, that is, 250 away from the middle of the room in that direction."
        )

    def paraphrases(self, told: Told) -> Sequence[str]:
        """Of rule and domain; with other signs none."""
        if told not in SPATIAL or not self.signs.usual:
            return ()
        pairs = ", ".join(f"{side} is {at}" for side, at in vectors(self.letters).items())
        texts = zip(SPATIAL[told], ROOMS_IN_OTHER_WORDS, strict=True)
        return [text.format(room=room, pairs=pairs, sides=self._sides) for text, room in texts]

    def rule_domain(self) -> str:
        """The room."""
        return _ROOM

    def rule_table(self) -> str:
        """The point of each side."""
        points_of = {side: (MIDDLE + MIDDLE * x, MIDDLE + MIDDLE * y) for side, (x, y) in vectors(self.letters).items()}
        table = text_table(["side", "x", "y"], [[self.signs(side), *point] for side, point in points_of.items()])
        return f"The table gives the point at which an object on a side stands.\n\n{table}"

    def alone(self) -> str:
        """The room, without a word on its directions."""
        return _ROOM

    def meaning(self, value: JSON) -> str:
        """The places by name as `equal` compares them, in any order."""
        return json.dumps({name: sorted({*places}) for name, places in sorted(points(value).items())})

    def show(self, x: Input, told: Told) -> str:
        """ "You are in the middle of a bedroom. There is a bed on the north side. …", or the bare arguments."""
        if told == "none":
            return ", ".join(map(json.dumps, x))
        sentences = [f"There is a {name} on the {side} side." for name, side in pairs(x)]
        return " ".join([f"You are in the middle of a {x[0]}.", *sentences])

    def write(self, y: JSON) -> str:
        """The list as JSON in one line."""
        return json.dumps(y)

    def question(self, x: Input, told: Told) -> str:
        """The room, then what is asked."""
        return super().question(x, told) if told == "none" else f"{self.show(x, told)} What is the layout of the room?"

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """The layout as JSON, and how room and objects are written."""
        return (
            f"Which objects stand on which sides in a room whose layout is {self.write(y)}? room is the name of any "
            'room, as "bedroom"; objects is a list of pairs with the name of an object and its side, '
            f"{self._sides_asked}."
        )

    @property
    def _sides_asked(self) -> str:
        return self.signs('"north", "south", "east" or "west"')

    @property
    def answer_format(self) -> str:
        """Asks for the objects in a ```json block, the part of Wu et al.'s format that is scored."""
        return (
            "End the response with the result in a code block of this form, with one entry for each object:\n"
            '```json\n{"objects": [{"name": "??", "x": "??", "y": "??"}]}\n```'
        )

    def reply(self, y: JSON) -> str:
        """A ```json block with the key `objects`."""
        return f"```json\n{json.dumps({'objects': y})}\n```"

    def read(self, text: str) -> JSON:
        """The objects of the last ```json block that has some which read."""
        layout = next((found for value in json_blocks(text) if (found := read_layout(value))), None)
        return [{"name": each["name"], "x": each["x"], "y": each["y"]} for each in layout] if layout else None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        returns = (
            "the function returns a list with one dict for each pair, in the same order, "
            'of the form {"name": name, "x": x, "y": y}.'
        )
        if told == "none":
            return f"room and objects are the two inputs, a string and a list of pairs of strings; {returns}"
        sides = self.signs('"north", "south", "east" and "west"')
        return (
            f"room is the name of the room, objects is a list of pairs [name, side] with side one of {sides}; {returns}"
        )

    def equal(self, expected: JSON, value: JSON) -> bool:
        """By `score`: each object at its place, or each on its side of the objects' mean."""
        if self.score == "centroid":
            return same_sides(expected, value, (MIDDLE, MIDDLE))
        return same_places(expected, value)

    def checks(self, rng: Random) -> Sequence[Check]:
        """The map itself."""
        form = self.signs(
            "End the response with the result in a code block of this form, each ?? being a number:\n"
            '```json\n{"directions": {"north": [??, ??], "south": [??, ??], "east": [??, ??], "west": [??, ??]}}\n```'
        )
        expected: JSON = {side: [x, y] for side, (x, y) in vectors(self.letters).items()}
        question = f"What are the {self._sides} directions as (x, y)?"
        return [Check(question, form, expected, reply_directions, lambda text: directions_of(text, self.signs.back))]

    @property
    def _sides(self) -> str:
        return self.signs("north, south, east and west")
