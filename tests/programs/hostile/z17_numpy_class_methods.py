# z17_numpy_class_methods [escape]: numpy's methods through the class, a subclass or super write a file
# modules: numpy
import numpy as np


class A(np.ndarray):
    def write(self):
        super().tofile("@CANARY@/pwn/super.txt")


def solver(a, b):
    found = []
    x = np.zeros(3)
    for act in (
        lambda: np.ndarray.tofile(x, "@CANARY@/pwn/class.txt"),
        lambda: x.view(A).tofile("@CANARY@/pwn/sub.txt"),
        lambda: x.view(A).write(),
        lambda: A.dump(x, "@CANARY@/pwn/dump.txt"),
        lambda: np.float64(1).tofile("@CANARY@/pwn/scalar.txt"),
        lambda: np.recarray.tofile(x, "@CANARY@/pwn/rec.txt"),
    ):
        try:
            found.append(str(act()))
        except Exception as e:
            found.append(type(e).__name__)
    return found
