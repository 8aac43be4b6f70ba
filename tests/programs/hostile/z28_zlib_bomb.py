# z28_zlib_bomb [resource]: a bomb of zlib, of base64 and of struct
import base64
import struct
import zlib


def solver(a, b):
    packed = zlib.compress(bytes(10**7), 9)
    for _ in range(50):
        packed = zlib.compress(packed, 9)
    if a == "12":
        return len(zlib.decompress(zlib.compress(bytes(3 * 10**8), 1)))
    if a == "8":
        return len(struct.pack("2000000000x"))
    return len(base64.b64encode(bytes(10**9)))
