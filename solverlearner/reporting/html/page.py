"""Page: overview and episodes as one HTML file that asks for nothing and lets nothing but its own script run."""

import base64
import gzip
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from solverlearner.analysis.runs import Run
from solverlearner.design.setting import settings_of_rows
from solverlearner.reporting.documents import render_table
from solverlearner.reporting.html.charts import AXIS_TICKS, BAR_WIDTH, BASE, LEFT
from solverlearner.reporting.html.choose import MOST_ROWS, PAGE_BYTES, Left, by_importance
from solverlearner.reporting.html.conditions_shown import LEFT_OUT, ShownConditions
from solverlearner.reporting.html.episodes import ReadEpisodes
from solverlearner.reporting.html.overview import Overview
from solverlearner.reporting.looks import styles

_STYLES = ("report.css", "episodes.css")
_SCRIPTS = ("data.js", "text.js", "list.js", "episode.js", "main.js")

WHY = {
    "right": "Equal to the expected value.",
    "partly": "Not equal to the expected value, but the task gives partial credit.",
    "wrong": "Not equal to the expected value.",
    "recited": "Not equal to the expected value, but to the default world’s answer: recited.",
    "no_answer": "The reply has no answer in the form that was asked for.",
    "no_program": "The reply has no program.",
    "rejected": "The restricted executor refused the program.",
    "error": "The program raised an error.",
    "timeout": "The program ran out of time.",
    "memory": "The program ran out of memory.",
    "crash": "The program’s process ended.",
    "unanswered": "The provider failed and no reply came; accuracies leave this query out.",
}
"""Every outcome that a page shows, in a sentence."""

_DOTS = {
    "right": "right",
    "partly": "partly right",
    "wrong": "wrong",
    "recited": "recited: the default world’s answer",
    "failed": "no answer, or the program failed",
    "unanswered": "unanswered by the provider",
}


def render_page(runs: Sequence[Run], overview: Overview, warnings: Sequence[str]) -> tuple[str, Left]:
    """The page's text, and the episodes that it leaves out. The same rows give the same bytes."""
    episodes = by_importance(runs)
    places = episodes.places(MOST_ROWS)
    read = ReadEpisodes(runs, places)
    bare = len(_page(overview, warnings, episodes.left_out(0), "").encode())
    room = max(PAGE_BYTES // 5, PAGE_BYTES - bare)
    facts = _facts(runs, overview.conditions)
    while True:
        data = _compressed(facts | read.packed(sorted(places)))
        if len(data) <= room or len(places) == 1:
            break
        places = places[: max(1, int(len(places) * min(0.98, room / len(data))))]
    left = episodes.left_out(len(places))
    return _page(overview, warnings, left, data), left


def _facts(runs: Sequence[Run], conditions: ShownConditions) -> dict[str, Any]:
    """The facts that episodes refer to: runs by their number, settings, outcomes."""
    told, names = [], set()
    for run in runs:
        name, again = run.path.name, 1
        while name in names:  # folders of several results folders may be called the same
            name, again = f"{run.path.name}~{again + 1}", again + 1
        names.add(name)
        facts = {"task": run.task, "variant": run.variant, "model": run.model, "seed": run.seed, "state": run.state}
        told.append(
            {"name": name, **facts, "options": conditions.label(run.options), "left_out": conditions.left_out(run)}
        )
    settings = settings_of_rows()
    titles = {setting.name: setting.title for setting in settings}
    return {
        "left_out": LEFT_OUT,
        "runs": told,
        "settings": titles,
        "shots": {s.name: s.shots_shown for s in settings},
        "why": WHY,
    }


def _compressed(content: Mapping[str, Any]) -> str:
    return base64.b64encode(gzip.compress(msgspec.json.encode(content), mtime=0)).decode()


def _page(overview: Overview, warnings: Sequence[str], left: Left, data: str) -> str:
    environment = Environment(
        loader=PackageLoader("solverlearner.reporting.html"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"ticks": AXIS_TICKS, "base": BASE, "axis_left": LEFT, "bar": BAR_WIDTH}
    environment.filters["html"] = lambda table: Markup(render_table(table, "html"))
    style, script = styles() + "".join(map(_asset, _STYLES)), "".join(map(_asset, _SCRIPTS))
    policy = f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'"
    return environment.get_template("page.html.jinja").render(
        overview=overview, warnings=warnings, left=str(left), data=data, outcomes=_DOTS,
        policy=f"{policy}; form-action 'none'", style=Markup(style), script=Markup(script),
    )  # fmt: skip


def _asset(name: str) -> str:
    return (files("solverlearner.reporting.html") / "assets" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
