"""Calls for tests of what lies between a call and its reply."""

from solverlearner.design.call import Call
from solverlearner.design.episode import draw_episodes
from solverlearner.design.setting import SETTINGS
from solverlearner.models.base import Request
from solverlearner.tasks.arith import Arith

TASK = Arith()
EPISODES = list(draw_episodes(TASK, seed=0, episodes=8, shots=1, queries=8))


def a_call(text="What is 57+27?", setting="io", episode=0, query=0):
    return Call(TASK, SETTINGS[setting], EPISODES[episode], query, lambda: [{"role": "user", "content": text}])


def a_request(text="hi", endpoint="http://x/v1", sample=(0, 0), **body):
    return Request(endpoint, {"model": "m", "messages": [{"role": "user", "content": text}], **body}, sample)
