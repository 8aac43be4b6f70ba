"""Groups of free text: answers that say the same in other words share a meaning, by ROUGE-L or by entailment.

By default meanings are normal forms (`match`). `regrouped` joins those that a rule takes for the same, over all
settings of a question, so that closed and told answers share groups. The only module that knows transformers.
"""

import importlib.util
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations
from typing import Any, TypeVar

from solverlearner.analysis.draws import UNREAD, Prompt
from solverlearner.analysis.moved_question import same_by_rouge
from solverlearner.errors import UsageError

CLUSTERS = ("match", "rouge", "nli", "model")
"""What the option `cluster` takes."""

_BATCH = 32  # pairs that an entailment model reads at once

Pair = tuple[str, str, str]
"""A question and two answers to it."""
Same = Callable[[Sequence[Pair]], Sequence[bool]]
"""Whether the answers of each pair say the same."""
Place = TypeVar("Place", bound=Hashable)


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
        return lambda pairs: [number.get((q, one), one) == number.get((q, other), other) for q, one, other in pairs]
    if cluster == "rouge":
        return lambda pairs: [same_by_rouge(one, other) for _, one, other in pairs]
    return _entailment(nli).both_ways


def regrouped(prompts: Sequence[Prompt], same: Same) -> tuple[list[Prompt], float]:
    """The prompts with one meaning for all answers that are the same, and how far both groupings agree.

    An answer is compared with the first member of each group of its question, over all settings. Unreadable replies
    stay a group of their own. Agreement is the Rand index (Rand 1971): the share of pairs of draws of a prompt which
    both groupings join or both keep apart.
    """
    questions: dict[tuple[int, int | None], str] = {}
    answers: dict[tuple[int, int | None], dict[str, None]] = {}
    for prompt in prompts:
        place = prompt.cluster, prompt.query
        questions.setdefault(place, prompt.question)
        answers.setdefault(place, {}).update(dict.fromkeys(prompt.answers))
    meanings = first_of_each_group(questions, {place: [*own] for place, own in answers.items()}, same)
    found = [
        replace(each, answers=[meanings[each.cluster, each.query][answer] for answer in each.answers])
        for each in prompts
    ]
    return found, _rand_index([(a.groups, b.groups) for a, b in zip(prompts, found, strict=True)])


def first_of_each_group(
    questions: Mapping[Place, str], answers: Mapping[Place, Sequence[str]], same: Same
) -> dict[Place, dict[str, str]]:
    """By the place of a question and each of its answers, all different, the first answer that says the same.

    In each round the first answer left of every question heads a group, and `same` judges it beside all others left, of
    all questions at once, so that an entailment model reads whole batches. This compares each answer with the first of
    each group, in order, as `get_semantic_ids` of Farquhar et al. 2024 does. Unreadable replies join no group.

    >>> same = lambda pairs: [one.lower() == other.lower() for _, one, other in pairs]
    >>> first_of_each_group({0: "Capital?"}, {0: ["Paris", "Rome", "paris"]}, same)
    {0: {'Paris': 'Paris', 'paris': 'Paris', 'Rome': 'Rome'}}
    """
    first: dict[Place, dict[str, str]] = {
        place: {UNREAD: UNREAD} if UNREAD in own else {} for place, own in answers.items()
    }
    left = {place: [answer for answer in own if answer != UNREAD] for place, own in answers.items()}
    while left := {place: own for place, own in left.items() if own}:
        asked = [(place, own[0], answer) for place, own in left.items() for answer in own[1:]]
        verdicts = same([(questions[place], head, answer) for place, head, answer in asked])
        for place, own in left.items():
            first[place][own[0]] = own[0]
        left = {place: [] for place in left}
        for (place, head, answer), joined in zip(asked, verdicts, strict=True):
            if joined:
                first[place][answer] = head
            else:
                left[place].append(answer)
    return first


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

    def both_ways(self, pairs: Sequence[Pair]) -> list[bool]:
        """Whether each answer of a pair entails the other."""
        texts = [(f"{question} {one}", f"{question} {other}") for question, one, other in pairs]
        self._judge(texts)
        self._judge([(other, one) for one, other in texts if self._known[one, other]])
        return [self._known[one, other] and self._known[other, one] for one, other in texts]

    def _judge(self, texts: Sequence[tuple[str, str]]) -> None:
        """Ask the model which first texts entail the second, of those that it has not judged yet."""
        # Texts of one length stand in one batch, which is padded to its longest.
        new = sorted(set(texts) - self._known.keys(), key=lambda pair: (sum(map(len, pair)), pair))
        if not new:
            return
        self._model = self._model or _loaded(self.name)
        sent = [{"text": premise, "text_pair": conclusion} for premise, conclusion in new]
        for pair, (label,) in zip(new, self._model(sent, top_k=1, batch_size=_BATCH), strict=True):
            self._known[pair] = _is_entailment(str(label["label"]))


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
