# z21_timeup_class [resource]: __exit__ learns the class of the time limit's exception, and a program catches it from then on
kept = []


class Keep:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        kept.append(kind)
        return True


def solver(a, b):
    while True:
        with Keep():
            while not kept:
                pass
        try:
            while True:
                pass
        except kept[0]:
            continue
