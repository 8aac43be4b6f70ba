"""Corpora: one importer a published set of replies."""

from solverlearner.published.corpora.embers import Embers
from solverlearner.published.corpora.incomplete_loop import Colours, Functions
from solverlearner.published.corpora.reasoning_gym import ReasoningGym
from solverlearner.published.corpora.wu_arithmetic import WuArithmetic
from solverlearner.published.corpora.wu_spatial import WuSpatial
from solverlearner.published.corpora.wu_word_order import WuWordOrder
from solverlearner.published.published_reply import Corpus

_ALL: tuple[Corpus, ...] = (
    WuArithmetic(), WuSpatial(), WuWordOrder(), Embers(), Functions(), Colours(), ReasoningGym(),
)  # fmt: skip

CORPORA = {corpus.name: corpus for corpus in _ALL}
"""All corpora by the name that the option `corpus` takes."""
