# z29_array_bytes [resource]: array, BytesIO and bytearray that change while they are read
import array
import io


class Index:
    def __init__(self, act):
        self.act = act

    def __index__(self):
        self.act()
        return 0


def solver(a, b):
    x = array.array("q", range(1000))
    y = bytearray(1000)
    z = io.BytesIO(bytes(1000))
    found = []
    for act in (
        lambda: x.insert(Index(lambda: x.pop()), 1),
        lambda: y.insert(Index(lambda: y.clear()), 1),
        lambda: z.seek(Index(lambda: z.close())),
        lambda: memoryview(y)[Index(lambda: y.append(1))],
        lambda: array.array("b", y).tofile(z),
        lambda: x.fromfile(z, 10**9),
        lambda: x.buffer_info()[1],
    ):
        try:
            found.append(str(act())[:20])
        except Exception as e:
            found.append(type(e).__name__)
    return found
