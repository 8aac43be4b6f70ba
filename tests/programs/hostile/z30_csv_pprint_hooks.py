# z30_csv_pprint_hooks [cheat]: objects with hooks in csv, pprint, difflib, html, ast and textwrap
import ast
import csv
import difflib
import html
import pprint
import textwrap


class Liar(str):
    def __getattr__(self, name):
        return lambda *args, **options: "liar"

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def splitlines(self, *args):
        return [self]

    def write(self, text):
        return text


def solver(a, b):
    found = []
    for act in (
        lambda: csv.writer(Liar()).writerow([Liar("x")]),
        lambda: csv.DictWriter(Liar(), [Liar("x")]).writeheader(),
        lambda: pprint.pformat(Liar("x")),
        lambda: next(difflib.unified_diff(Liar("x"), Liar("y"), Liar("z"))),
        lambda: difflib.HtmlDiff(linejunk=Liar("x")).make_file(["a"], ["b"], Liar("%(x)s")),
        lambda: html.escape(Liar("<")),
        lambda: ast.literal_eval(Liar("__import__('os')")),
        lambda: ast.literal_eval("().__class__"),
        lambda: textwrap.fill(Liar("x" * 9), 3),
        lambda: Liar("ok"),
    ):
        try:
            found.append(act())
        except Exception as e:
            found.append(type(e).__name__)
    return found
