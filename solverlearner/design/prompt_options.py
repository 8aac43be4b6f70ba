"""Prompt options: how the prompts of a run are worded, and what they ask for beside the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from solverlearner.design.setting import Setting
from solverlearner.design.templates import Templates, our_templates
from solverlearner.design.wording import Wording, wording_in
from solverlearner.errors import UsageError, check_choice
from solverlearner.task import RULE_FORMS, RuleForm

Thought: TypeAlias = Literal["free", "none", "steps", "plan"]
"""What a prompt says about thought before the answer.

"free": nothing. "none": that the reply holds the answer alone. "steps": to think step by step first (Kojima et al.
2022). "plan": to make a plan first, and to carry it out (Wang et al. 2023, Plan-and-Solve).
"""


@dataclass(frozen=True)
class Prompts:
    """The templates of a run's prompts, and what else decides their text.

    `system`: the text of a system message before each of them; None: no such message. `rule_form`: how a given rule is
    stated. Raises: UsageError for a system message without a word, a value that is none of an option's, and a wording
    of ours beside templates of the user's own.
    """

    templates: Templates = field(default_factory=our_templates)
    system: str | None = None
    thought: Thought = "free"
    wording: Wording = 0
    rule_form: RuleForm = "words"

    def __post_init__(self) -> None:
        if self.system is not None and not self.system.strip():
            raise UsageError("system", "is an empty text; give one, or null for no system message")
        check_choice("thought", self.thought, get_args(Thought))
        check_choice("rule_form", self.rule_form, RULE_FORMS)
        if self.wording and self.templates.folder is not None:
            problem = f"is a wording of our own templates, and prompts={self.templates.folder} has others: leave it out"
            raise UsageError(f"wording={self.wording}", problem)

    def in_episode(self, seed: int, episode: int) -> "Prompts":
        """Those of one episode, which have one wording."""
        number = wording_in(self.wording, seed, episode)
        return replace(self, wording=number, templates=our_templates(number)) if self.wording else self

    @property
    def number(self) -> int:
        """The wording of the prompts of one episode; templates of a user's own count as 0."""
        return self.templates.wording

    def in_its_words(self, text: str, paraphrases: Sequence[str]) -> str:
        """The one of a task's text and its paraphrases that belongs to the wording of the episode."""
        texts = (text, *paraphrases)
        return texts[self.number % len(texts)]

    def about_thought(self, setting: Setting, told_apart: bool) -> str:
        """The paragraph about thought; empty where prompts say nothing about it.

        `told_apart`: the form of the reply tells the answer from the thought before it. Else the model is asked for
        marks around the thought.
        """
        if self.thought == "free":
            return ""
        told = self.templates.render("thought.jinja", thought=self.thought, setting=setting, told_apart=told_apart)
        return told.strip()


OUR_PROMPTS = Prompts()
