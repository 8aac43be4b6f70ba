"""What the tests of several families do alike: run a program by plain exec, draw inputs from a seed."""

from random import Random


def solve(program, x):
    namespace = {}
    exec(program, namespace)
    return namespace["solver"](*x)


def draw(task, count, seed=0, split="shots"):
    rng = Random(seed)
    return [task.draw(rng, split) for _ in range(count)]
