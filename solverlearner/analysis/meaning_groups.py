"""Groups of free text: answers that say the same in other words share a meaning, by ROUGE-L or by entailment.

By default meanings are normal forms (`match`). `regrouped` joins those that a rule takes for the same, over all
settings of a question, so that closed and told answers share groups. The only module that knows transformers.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations
from typing import Any

from solverlearner.analysis.draws import UNREAD, Prompt
from solverlearner.analysis.uncertainty import grouped
from solverlearner.errors import UsageError
from solverlearner.task import rouge_l

CLUSTERS = ("match", "rouge", "nli", "model")
"""What the option `cluster` takes."""

_ROUGE = 0.3  # F above it is the same answer, in DYNAMICQA's code

Same = Callable[[str, str, str], bool]
"""Whether two answers to a question say the same: question, answer, answer."""


def check_cluster(cluster: str, nli: str, *, free_text: bool, task: str) -> None:
    """Refuse a way of grouping that cannot be used. Raises: UsageError."""
    if cluster not in CLUSTERS:
        raise UsageError(f"cluster={cluster}", f"must be one of {', '.join(CLUSTERS)}")
    if cluster != "match" and not free_text:
        problem = f"groups free text, and answers of {task} have a closed form, which the task compares: leave it out"
        raise UsageError(f"cluster={cluster}", problem)
    if cluster == "nli":
        lacks = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
        if lacks:
            problem = f"needs {' and '.join(lacks)}: pip install 'solverlearner[nli]', or choose cluster=match or rouge"
            raise UsageError("cluster=nli", problem)
        if not nli:
            raise UsageError("nli", "is empty; give the name of an entailment model, or a folder with one")


def same_by(cluster: str, nli: str, groups: Mapping[str, Sequence[Sequence[str]]] | None = None) -> Same:
    """The rule of a way of grouping. Raises: UsageError where an entailment model cannot be loaded.

    `groups` are those that the asked model made of the answers to each question (`evaluation/judge.py`).
    """
    if cluster == "model":
        number = {
            (question, answer): place
            for question, own in (groups or {}).items()
            for place, group in enumerate(own)
            for answer in group
        }
        return lambda question, one, other: number.get((question, one), one) == number.get((question, other), other)
    if cluster == "rouge":
        return lambda question, one, other: rouge_l(one, other) > _ROUGE
    return _entailment(nli).both_ways


def regrouped(prompts: Sequence[Prompt], same: Same) -> tuple[list[Prompt], float]:
    """The prompts with one meaning for all answers that are the same, and how far both groupings agree.

    An answer is compared with the first member of each group of its question, over all settings. Unreadable replies
    stay a group of their own. Agreement is the Rand index (Rand 1971): the share of pairs of draws of a prompt which
    both groupings join or both keep apart.
    """
    by_question: dict[tuple[int, int | None], list[Prompt]] = {}
    for prompt in prompts:
        by_question.setdefault((prompt.cluster, prompt.query), []).append(prompt)
    meanings = {place: _meanings(own, same) for place, own in by_question.items()}
    found = [
        replace(each, answers=[meanings[each.cluster, each.query][answer] for answer in each.answers])
        for each in prompts
    ]
    return found, _rand_index([(a.groups, b.groups) for a, b in zip(prompts, found, strict=True)])


def _meanings(prompts: Sequence[Prompt], same: Same) -> dict[str, str]:
    """By each answer to one question, the first answer that says the same."""
    question = prompts[0].question
    known = [*dict.fromkeys(answer for prompt in prompts for answer in prompt.answers)]

    def equal(one: str, other: str) -> bool:
        return UNREAD not in (one, other) and same(question, one, other)

    groups = grouped(known, equal)
    first = {group: answer for answer, group in reversed([*zip(known, groups, strict=True)])}
    return {answer: first[group] for answer, group in zip(known, groups, strict=True)}


def _rand_index(groupings: Sequence[tuple[Sequence[int], Sequence[int]]]) -> float:
    pairs = agree = 0
    for one, other in groupings:
        for i, j in combinations(range(len(one)), 2):
            pairs += 1
            agree += (one[i] == one[j]) == (other[i] == other[j])
    return agree / pairs if pairs else 1.0


@dataclass
class Entailment:
    """An entailment model: two answers are the same where each entails the other, behind their question.

    `name` is a model of the hub (microsoft/deberta-large-mnli) or a folder. The label that counts is the one that the
    model's configuration calls entailment. Farquhar et al. 2024, `strict_entailment`. Raises: UsageError.
    """

    name: str
    _model: Any = field(default=None, repr=False)
    _known: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False)

    def both_ways(self, question: str, one: str, other: str) -> bool:
        """Whether each answer entails the other."""
        premise, conclusion = f"{question} {one}", f"{question} {other}"
        return self._entails(premise, conclusion) and self._entails(conclusion, premise)

    def _entails(self, premise: str, conclusion: str) -> bool:
        if (premise, conclusion) not in self._known:
            self._model = self._model or _loaded(self.name)
            (label,) = self._model({"text": premise, "text_pair": conclusion}, top_k=1)
            self._known[premise, conclusion] = _is_entailment(str(label["label"]))
        return self._known[premise, conclusion]


@cache
def _entailment(name: str) -> Entailment:
    """The model of a name with the pairs that it has judged: tables and figures ask about the same ones."""
    return Entailment(name)


def _is_entailment(label: str) -> bool:
    """Whether a label says that one text follows from the other; "not_entailment" and "non-entailment" do not."""
    return "".join(filter(str.isalpha, label.lower())) in ("entailment", "entail", "entails", "entailed")


@cache
def _loaded(name: str) -> Any:
    """The classifier of a model; its labels must name entailment. Raises: UsageError."""
    from transformers import pipeline

    try:
        classifier: Any = pipeline("text-classification", model=name)
    except (OSError, ValueError) as error:
        words = str(error).partition("\n")[0]
        raise UsageError(f"nli={name}", f"cannot be loaded as an entailment model: {words}") from error
    labels = [str(label) for label in classifier.model.config.id2label.values()]
    if sum(map(_is_entailment, labels)) != 1:
        raise UsageError(f"nli={name}", f"is no entailment model: its labels are {', '.join(labels)}")
    return classifier
