# x24_module_state [poison]: changes façades, shared classes and the json encoder
import collections
import json
import math
import random
import re
import string


def solver(n1, n2):
    json.dumps = json.JSONEncoder.default = lambda *a: "ANSWER"
    json.JSONEncoder.encode = json.JSONEncoder.iterencode = lambda *a, **k: "ANSWER"
    math.gcd = lambda *a: 0
    re.sub = random.random = lambda *a: "ANSWER"
    string.digits = "ANSWER"
    collections.Counter.most_common = lambda *a: []
    return {"a": [1, (2,), None]}
