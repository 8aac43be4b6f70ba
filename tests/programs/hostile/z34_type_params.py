# z34_type_params [escape]: type parameters, their bounds and defaults are evaluated late, in scopes of their own
import typing

T = typing.TypeVar("T", bound="__import__('os').listdir('@CANARY@')")
U = typing.NewType("U", "open('@CANARY@/secret.txt')")


def f(x: "open('@CANARY@/secret.txt').read()", y: T) -> "__import__('os')":
    return x


def solver(a, b):
    found = []
    for act in (
        lambda: typing.get_type_hints(f),
        lambda: typing.List[T]["open('@CANARY@/pwn/x', 'w')"],
        lambda: T.has_default(),
        lambda: typing.Optional["x y z"],
        lambda: typing.NamedTuple("N", [("x", "open('@CANARY@/pwn/n', 'w')")]),
        lambda: typing.NamedTuple("N", [("x=open('@CANARY@/pwn/n', 'w')", int)]),
        lambda: typing.Literal["open"],
        lambda: typing.no_type_check(typing),
        lambda: typing.is_typeddict(f),
    ):
        try:
            found.append(str(act())[:60])
        except Exception as e:
            found.append(type(e).__name__)
    return [x for x in found if "SECRET" in x] or len(found)
