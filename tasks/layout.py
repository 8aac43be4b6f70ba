"""Reading and comparing the layout of a room: the objects of a ```json block and their coordinates."""

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import TypedDict

from solverlearner.task import JSON, plain_characters

_LONGEST = 100_000
_FARTHEST = 1e9
Point = tuple[float, float]


class Placed(TypedDict):
    """One object at its place."""

    name: str
    x: float
    y: float


def json_blocks(text: str) -> Iterator[JSON]:
    """The values of the ```json blocks that read as JSON, the last one first.

    One rule: what follows a fence and the word json, up to the next fence or, as CommonMark has it, to the end. It
    raises nothing: blocks that are broken, nested too deep or longer than 100,000 characters are passed over.
    """
    for part in reversed(text.replace("~~~", "```").split("```")[1:]):
        block = part.lstrip("`").lstrip(" ")
        if block[:4].lower() == "json" and len(block) <= _LONGEST:
            source = _DIALECT.sub("", block[4:])
            for written in (source, _as_json(source)):
                try:
                    yield json.loads(written)
                    break
                except (ValueError, RecursionError):
                    continue


_DIALECT = re.compile(r"\A[5cC]\b")  # ```json5, ```jsonc
# A text that is not closed goes to the end of its line, so that no character is looked at twice.
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\\n]|\\.)*+"?)|(?P<single>\'(?:[^\'\\\n]|\\.)*+\'?)|//[^\n]*|\#[^\n]*'
    r"|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|\(\s{0,9}(?P<number>[-+]?\d[\d.]{0,30})\s{0,9}\)"
    r"|(?P<key>\b[A-Za-z_]\w*+)(?=\s{0,9}:)"
    r"|,(?=\s{0,100}(?:[)\]}]|\Z))|\b(?:True|False|None)\b|[()]|(?<=[\s:,(\[])\+(?=\d)"
)
_WRITTEN = {"(": "[", ")": "]", "True": "true", "False": "false", "None": "null"}


def _as_json(source: str) -> str:
    """JSON for a layout that is written as Python: tuples, other quotes or none, comments, commas too many."""

    def written(token: re.Match[str]) -> str:
        if token["text"] or not (token["single"] or "'").endswith("'"):
            return token[0]
        if token["single"]:
            return json.dumps(token[0][1:-1].replace("\\'", "'"))
        if token["key"]:
            return json.dumps(token["key"])
        return token["number"] or _WRITTEN.get(token[0], "")

    if '"' not in source:
        source = source.replace("“", '"').replace("”", '"')
    return _TOKEN.sub(written, plain_characters(source))


def read_layout(value: JSON) -> list[Placed] | None:
    """The `objects` of a layout, or a bare list of them, as [{"name", "x", "y"}, …]; None for any other shape.

    Coordinates may be numerals in quotation marks, as GPT-3.5 likes to write them.
    """
    objects = value.get("objects") if isinstance(value, dict) else value
    if not isinstance(objects, list) or not objects:
        return None
    layout: list[Placed] = []
    for thing in objects:
        if not isinstance(thing, dict) or not isinstance(name := thing.get("name"), str):
            return None
        x, y = _number(thing.get("x")), _number(thing.get("y"))
        if x is None or y is None:
            return None
        layout.append({"name": name, "x": x, "y": y})
    return layout


def _number(value: JSON) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number) or abs(number) > _FARTHEST:
        return None
    return int(number) if number.is_integer() else number


def read_directions(value: JSON, back: Callable[[str], str] = str) -> dict[str, JSON] | None:
    """The `directions` of a layout as side → [x, y], written as lists or as "(x, y)"; None where they are not four.

    `back` gives the usual name of a side for the one that is written.
    """
    directions = value.get("directions") if isinstance(value, dict) else None
    if not isinstance(directions, dict):
        return None
    found: dict[str, JSON] = {}
    for side, vector in directions.items():
        both = vector.strip("()[] ").split(",") if isinstance(vector, str) else vector
        if not isinstance(both, list) or len(both) != 2:
            return None
        x, y = map(_number, both)
        if x is None or y is None:
            return None
        found[back(side.lower())] = [x, y]
    return found if found.keys() == {"north", "south", "east", "west"} else None


def directions_of(text: str, back: Callable[[str], str] = str) -> JSON:
    """The directions of the last ```json block that has some which read, None without one."""
    return next((found for value in json_blocks(text) if (found := read_directions(value, back))), None)


def reply_directions(directions: JSON) -> str:
    """A ```json block that `directions_of` reads."""
    return f"```json\n{json.dumps({'directions': directions})}\n```"


def points(layout: JSON) -> dict[str, list[Point]]:
    """Places by name, whose case, underscores and hyphens do not matter; {} if the value is not a layout."""
    places: dict[str, list[Point]] = {}
    for thing in read_layout(layout) or []:
        name = " ".join(thing["name"].casefold().replace("_", " ").replace("-", " ").split())
        places.setdefault(name, []).append((thing["x"], thing["y"]))
    return places


def same_places(expected: JSON, value: JSON) -> bool:
    """Each expected object is named, always at its place. Further objects do not matter."""
    wanted, found = points(expected), points(value)
    return all(set(found.get(name, ())) == set(places) for name, places in wanted.items())


def same_sides(expected: JSON, value: JSON, middle: Point) -> bool:
    """Wu et al. 2023: along the axis of its side, each object lies off the objects' mean towards its side.

    Neither the walls nor the other coordinate are looked at: three random points pass one time in six (17 %).
    """
    wanted, found = points(expected), points(value)
    if not wanted.keys() <= found.keys():
        return False
    last = {name: found[name][-1] for name in wanted}
    for axis in (0, 1):
        mean = sum(point[axis] for point in last.values()) / len(last)
        for name, places in wanted.items():
            side = places[0][axis] - middle[axis]
            if side and (last[name][axis] - mean) * side <= 0:
                return False
    return True
