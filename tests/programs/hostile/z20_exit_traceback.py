# z20_exit_traceback [escape]: __exit__ gets a traceback; its class, copies, matches and hints lead to no frame
import contextlib
import copy
import typing

kept = []


class Keep:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        kept.append(trace)
        return True


def solver(a, b):
    with Keep():
        1 / 0
    trace = kept[-1]
    found = []
    name = "tb_" + "frame"
    for act in (
        lambda: getattr(trace, name),
        lambda: copy.copy(trace),
        lambda: type(trace)(None, None, 0, 0),
        lambda: typing.get_type_hints(trace),
        lambda: vars(trace),
        lambda: [x for x in dir(trace) if x == name][0],
        lambda: "{0.tb_frame}".format(trace),
        lambda: "{0[x].tb_frame}".format({"x": trace}),
        lambda: "{:{0.tb_frame}}".format(trace),
        lambda: ValueError().with_traceback(trace).args,
    ):
        try:
            found.append(str(act()))
        except Exception as e:
            found.append(type(e).__name__)
    return found
