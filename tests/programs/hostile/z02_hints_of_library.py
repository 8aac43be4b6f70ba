# z02_hints_of_library [escape]: get_type_hints looks a name up in the module of a library method that a class inherits
import json
import typing


class A(json.JSONEncoder):
    x: "c_make_encoder"
    y: "INFINITY"
    z: "json"


class B(json.JSONDecoder):
    x: "scanner"
    y: "re"


class C:
    __init__ = json.loads
    x: "codecs"
    y: "detect_encoding"


def solver(a, b):
    codecs = typing.get_type_hints(C)["x"]
    return codecs.open("@CANARY@/secret.txt").read()
