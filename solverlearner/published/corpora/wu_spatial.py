"""Wu et al. 2023, spatial: three objects in a room under seven meanings of the compass, the rule given."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from solverlearner.published.corpora.wu_files import ORIGIN, lines_of
from solverlearner.published.published_reply import Arm, PublishedReply, Unusable
from solverlearner.task import Input, Item
from solverlearner.tasks.spatial import Spatial

_ROOM = re.compile(r"in the middle of an? (.+?)\. There is")
_OBJECT = re.compile(r"There is an? (.*?) on the (.*?) side")
_DIRECTION = re.compile(r"The (\w+) direction is \(([-\d]+), ([-\d]+)\)")
_FILE = re.compile(r"(.+)_(default|hflip|vflip|r90|r180|r270|random)\.tsv")
_OURS = {"hflip": "swap_we", "vflip": "swap_ns"}


class WuSpatial:
    """Rooms, with and without thought. Verdicts are none by row."""

    name = "wu2023-spatial"
    origin = ORIGIN
    about = "objects in a room under turned compasses (Wu et al. 2023)"
    files = ("spatial/model_interactions/with*_0cot/*.tsv",)

    def read(self, source: Path, files: list[Path]) -> Iterator[PublishedReply | Unusable]:
        """Every room."""
        for path in files:
            found = _FILE.fullmatch(path.name)
            place = path.relative_to(source).as_posix()
            if found is None:
                yield Unusable(place, "has no model and no direction map in its name")
                continue
            arm = Arm("steps" if path.parent.name == "with_0cot" else "free")
            for episode, line in enumerate(lines_of(source, path)):
                yield line if isinstance(line, Unusable) else _reply(found[1], arm, found[2], episode, *line)

    def answer(self, text: str) -> str | None:
        """None: the prompts ask for the JSON that our task reads."""
        return None


@cache
def _task(transform: str) -> Spatial:
    return Spatial(_OURS.get(transform, transform), "centroid")


def _reply(
    model: str, arm: Arm, transform: str, episode: int, place: str, prompt: str, text: str
) -> PublishedReply | Unusable:
    room, objects = _ROOM.search(prompt), _OBJECT.findall(prompt)
    if room is None or len(objects) != 3:
        return Unusable(place, "describes no room with three objects")
    task = _task(transform)
    x: Input = (room[1], [list(each) for each in objects])
    expected = task.rule.apply(x)
    if not _told_as_ours(task, {name: (int(a), int(b)) for name, a, b in _DIRECTION.findall(prompt)}):
        return Unusable(place, f"states another direction map than {transform}")
    return PublishedReply(
        model, task, "zero_shot", Item(x, expected), text, place, episode=episode, arm=arm, prompt=prompt
    )


def _told_as_ours(task: Spatial, told: Mapping[str, tuple[int, int]]) -> bool:
    """Whether the directions of the prompt put every side where our rule puts it."""
    where = {(0, -1): (250, 0), (0, 1): (250, 500), (1, 0): (500, 250), (-1, 0): (0, 250)}
    if len(told) != 4:
        return False
    placed = task.rule.apply(("room", [[side, side] for side in told]))
    ours = {each["name"]: (each["x"], each["y"]) for each in placed} if isinstance(placed, list) else {}
    return all(ours.get(side) == where.get(vector) for side, vector in told.items())
