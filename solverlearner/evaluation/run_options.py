"""Run options: every option that is no task's and no model's, with its default, its help and what it belongs to.

An option is one field of a class below. The command line's configuration and help, the name of a run's folder and the
conditions that tables keep apart all follow from these fields. `DrawOptions` are those of `score` too, `CallOptions`
those of `synth`; `RunOptions` holds all options of `run`, `show` and `data`.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from enum import Enum
from functools import cache, partial
from typing import Any, Literal

from solverlearner.design.learner_options import LEARNERS
from solverlearner.design.setting import SETTINGS
from solverlearner.design.wording import WORDINGS
from solverlearner.task import RULE_FORMS


class Part(Enum):
    """What an option belongs to: the title of its part of the help, and what follows from its value."""

    SIZE = ("Sample size", True, False)
    ITEMS = ("Items", True, True)
    PROMPTS = ("Prompts and sampling", True, True)
    REQUESTS = ("Requests", False, False)
    COSTS = ("Costs", False, False)
    MODEL = ("Model", True, False)
    OUTPUT = ("Output", False, False)
    EXECUTOR = ("Executor", False, False)

    def __init__(self, title: str, names_run: bool, separates: bool) -> None:
        self.title = title
        self.names_run = names_run
        """Whether completions depend on it, so that another value is another run with another folder."""
        self.separates = separates
        """Whether tables keep runs apart that differ in it. A sample size does not: such runs are pooled."""


@dataclass(frozen=True)
class Option:
    """What is known of one option. `was`: its name in earlier versions, which old `config.json` files still have.

    `always_named`: its value is part of a folder's name even where it is the default, because it is older than the
    first stored runs. A later option is left out at its default, so that earlier runs keep their folders. `switch`: it
    reads on or off instead of true or false.
    """

    name: str
    default: Any
    help: str
    part: Part
    always_named: bool
    was: str | None
    switch: bool

    @property
    def default_text(self) -> str:
        """The default as a person types it: "null", "[io,solverlearner]"."""
        if isinstance(self.default, tuple):
            return f"[{','.join(self.default)}]"
        words = {None: "null", True: "on" if self.switch else "true", False: "off" if self.switch else "false"}
        return words[self.default] if isinstance(self.default, bool | None) else str(self.default)


def option(
    default: Any, part: Part, text: str, *, always_named: bool = False, was: str | None = None, switch: bool = False
) -> Any:
    """The field of an option, see `Option`."""
    known = {"help": text, "part": part, "always_named": always_named, "was": was, "switch": switch}
    return field(default=default, metadata=known)


_first = partial(option, always_named=True)


@dataclass(frozen=True)
class DrawOptions:
    """The items of a run and the prompts that show them. `score` needs them for a batch's file, which has no items."""

    shots: int = _first(8, Part.ITEMS, "examples per episode")
    episodes: int = _first(10, Part.SIZE, "independent draws of shots and queries; intervals cluster by episode")
    queries: int = _first(10, Part.SIZE, "unseen inputs per episode")
    samples: int = _first(1, Part.PROMPTS, "samples per prompt (needs temperature > 0); accuracy averages over samples")
    seed: int = _first(0, Part.SIZE, "seed of all draws; one seed gives the same items on any machine")
    hint: str = _first(
        "domain", Part.PROMPTS, "information about the rule in inductive prompts: none, domain or strong"
    )
    noise: float = _first(0.0, Part.ITEMS, "share of shots with a wrong output, 0 to 1")
    noise_kind: str = _first(
        "default",
        Part.ITEMS,
        "wrong output: default (answer of the default world) or random (another plausible output)",
    )
    noise_told: bool = _first(False, Part.PROMPTS, "tell the model that some examples may be wrong")
    identifiable: bool = _first(False, Part.ITEMS, "redraw shots until only one rule of the family fits them")
    symbols: str = option(
        "usual",
        Part.ITEMS,
        "symbols of items: usual, permuted (the same in another assignment) or novel (signs never seen in that role)",
    )
    prompts: str | None = option(
        None, Part.PROMPTS, "folder of your own prompt templates; a template that it lacks is ours; null: all ours"
    )
    system: str | None = option(None, Part.PROMPTS, "text of a system message before each prompt; null: none")
    thought: str = option(
        "free",
        Part.PROMPTS,
        "thought before the answer: free (prompts say nothing about it), none (answer alone), steps or plan",
    )
    wording: int | Literal["all"] = option(
        0,
        Part.PROMPTS,
        f"which of our wordings prompts have: 0 (the paper's) to {WORDINGS - 1}, or all (one an episode)",
    )
    rule_form: str = option(
        "words", Part.PROMPTS, f"how a given rule is stated: {', '.join(RULE_FORMS[:-1])} or {RULE_FORMS[-1]}"
    )


@dataclass(frozen=True)
class CallOptions:
    """How a model is called and at what price, by `run` and by `synth`."""

    temperature: float | None = _first(
        0.0, Part.PROMPTS, "sampling temperature, 0 to 2; null: not sent, for models that refuse it"
    )
    concurrency: int | None = option(
        8, Part.REQUESTS, "maximum number of concurrent calls; null: as many as a started server takes (model=server)"
    )
    attempts: int = option(6, Part.REQUESTS, "maximum number of attempts per call")
    retry_s: float = option(
        600.0, Part.REQUESTS, "seconds without a reply until a run ends; also for all attempts at a call"
    )
    rpm: float | None = option(None, Part.REQUESTS, "maximum number of requests per minute; null: no limit of ours")
    tpm: float | None = option(None, Part.REQUESTS, "maximum number of tokens per minute; null: no limit of ours")
    shared_limit: str | None = option(
        None, Part.REQUESTS, "file through which all runs that name it share rpm and tpm; null: each run has its own"
    )
    max_unanswered: int = option(0, Part.REQUESTS, "unanswered calls above this number give exit code 1")
    price_in: float | None = option(None, Part.COSTS, "US dollars per million prompt tokens; null: price table")
    price_out: float | None = option(None, Part.COSTS, "US dollars per million completion tokens; null: price table")
    prices: str | None = option(None, Part.COSTS, "YAML file of prices by model name; it takes precedence over ours")


@dataclass(frozen=True)
class RunOptions(CallOptions, DrawOptions):
    """All options of a run."""

    settings: tuple[str, ...] = _first(tuple(SETTINGS), Part.SIZE, "settings to run")
    refine: int = option(0, Part.PROMPTS, "maximum number of rounds that revise a program which misses shots")
    hypothesis: str = option(
        "none", Part.PROMPTS, "none, or text: solverlearner first states a rule in words (apply_own_rule needs it)"
    )
    learner: str | None = option(
        None, Part.PROMPTS, f"{', '.join(LEARNERS)} or package.module.Class of your own; null: refine decides"
    )
    until: str | None = option(
        None,
        Part.SIZE,
        "stop early: width:0.1 (when all accuracies' intervals are so narrow) or effect:NAME:0.1 (one effect's)",
    )
    checks: bool = _first(False, Part.SIZE, "also ask comprehension checks about the stated rule")
    max_tokens: int = _first(1024, Part.PROMPTS, "maximum number of tokens in a completion")
    cache: bool = option(
        True,
        Part.REQUESTS,
        "reply cache: on reuses completions of other runs in the results folder",
        was="store",
        switch=True,
    )
    offline: bool = option(False, Part.REQUESTS, "send no request; a call without a stored completion is an error")
    budget: float | None = option(
        None, Part.COSTS, "US dollars for a run or a whole sweep; refused above it, stopped when it is reached"
    )
    uncertainty: bool = option(
        False,
        Part.OUTPUT,
        "semantic uncertainty: entropy over the meanings of each prompt's samples (needs samples and temperature > 0)",
    )
    persuasion: bool = option(
        False,
        Part.OUTPUT,
        "also ask with nothing told (setting closed), and print how far rule and examples move the answers",
    )
    cluster: str = option(
        "match",
        Part.OUTPUT,
        "how free text is grouped by meaning: match (normal form), rouge, nli (entailment model) or model (the asked)",
    )
    nli: str = option(
        "microsoft/deberta-large-mnli", Part.OUTPUT, "entailment model for cluster=nli: a name on the hub, or a folder"
    )
    details: bool = option(
        False, Part.OUTPUT, "also print effects, references, outcomes, checks of programs and the cost"
    )
    log: str = option(
        "info", Part.OUTPUT, "lines on standard error: quiet (errors only), info, or debug (each attempt at a call too)"
    )
    results: str = option("results", Part.OUTPUT, "folder that run folders are written to")
    rows: str = option(
        "jsonl", Part.OUTPUT, "format of a finished run's rows: jsonl or parquet (needs the extra [parquet])"
    )


@dataclass(frozen=True)
class ExecutorOptions:
    """How programs of models are executed, under the key `executor`."""

    call_s: float = option(1.0, Part.EXECUTOR, "seconds per call of a program")
    program_s: float = option(10.0, Part.EXECUTOR, "seconds for all calls of a program")
    memory_mb: int = option(256, Part.EXECUTOR, "memory of a program in MB")
    output_kb: int = option(64, Part.EXECUTOR, "size of one returned value in kB")
    require: str = option(
        "default",
        Part.EXECUTOR,
        "required protections: policy (none of the kernel's), best_effort (seccomp or Landlock), default (seccomp on "
        "Linux) or full",
    )
    check_determinism: bool = option(
        False, Part.EXECUTOR, "run each program twice more, once in reverse order, and report differences"
    )
    modules: tuple[str, ...] = option((), Part.EXECUTOR, "further modules that programs may import: hashlib, numpy, …")
    batch: int = option(1, Part.EXECUTOR, "queued programs per process: faster, less isolated")
    workers: int | None = option(None, Part.EXECUTOR, "number of processes; null: one per core")


OF_MODELS: Mapping[str, Part] = {
    "name": Part.MODEL,
    "path": Part.MODEL,
    "repo": Part.MODEL,
    "file": Part.MODEL,
    "revision": Part.MODEL,
    "sha256": Part.MODEL,
    "command": Part.MODEL,
    "served": Part.MODEL,
    "start_s": Part.REQUESTS,
    "shared": Part.REQUESTS,
    "recordings": Part.MODEL,
    "behaviour": Part.MODEL,
    "key_env": Part.MODEL,
    "key_required": Part.MODEL,
    "limit_field": Part.MODEL,
    "batch": Part.REQUESTS,
    "timeout": Part.REQUESTS,
    "max_response_mb": Part.REQUESTS,
    "follow_redirects": Part.MODEL,
    "timeout_s": Part.REQUESTS,
}
"""Options that files under `conf/model/` add, and parameters of model classes, where their part is not `PROMPTS`.

Any other option of a model names the run and separates conditions, as `reasoning_effort` does. Tables show a model by
its name, and weights by their hash.
"""


LATER_OF_MODELS: Mapping[str, Any] = {
    "headers": None,
    "limit_field": "max_tokens",
    "recordings": None,
    "follow_redirects": False,
    "logprobs": None,
    "sampler": "default",
}
"""Options of models that came after the first stored runs, with the defaults at which they are not in a run's name."""


def options_of(cls: type[Any]) -> list[Option]:
    """The options of such a class, in the order of its fields.

    >>> options_of(DrawOptions)[0].name
    'shots'
    """
    return [_option(each) for each in fields(cls)]


def own_options(cls: type[Any]) -> list[Option]:
    """The options that such a class adds to those of its base classes."""
    inherited = {each.name for base in cls.__bases__ if base is not object for each in fields(base)}
    return [each for each in options_of(cls) if each.name not in inherited]


def part_of(name: str) -> Part | None:
    """What an option belongs to, by its name of today or an earlier one; None for an option of a task or model."""
    known = known_options().get(name)
    return known.part if known else OF_MODELS.get(name)


@cache
def known_options() -> Mapping[str, Option]:
    """Every option of a run by its name, and by its earlier name where it had one."""
    found = {each.name: each for each in options_of(RunOptions)}
    return found | {each.was: each for each in found.values() if each.was}


def renamed(name: str) -> str | None:
    """The name of today of an option that an earlier version called `name`; None where none did.

    >>> renamed("store")
    'cache'
    """
    known = known_options().get(name)
    return known.name if known and known.name != name else None


def _option(each: "Field[Any]") -> Option:
    return Option(name=each.name, default=each.default, **each.metadata)
