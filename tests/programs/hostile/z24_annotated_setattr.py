# z24_annotated_setattr [poison]: an alias hands on attributes that are set to the class of the library behind it
import json
import typing


def solver(a, b):
    alias = typing.Annotated[json.JSONEncoder, 1]
    alias.item_separator = "forged"
    alias.default = lambda self, x: "forged"
    return json.dumps([1, {a}])
