import base64
import gzip
import hashlib
import json
import random
import re
import string
from html.parser import HTMLParser

import pytest
from hostile_run import HOSTILE, PROGRAM, alternating, hostile_run
from runs import SETTINGS, grid, row, write_run

from solverlearner.__main__ import main
from solverlearner.analysis.cells import pool
from solverlearner.analysis.row_frame import frame_facts
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.summary import Summary
from solverlearner.design.verdict import STATUSES
from solverlearner.reporting.html import page
from solverlearner.reporting.html.choose import by_importance
from solverlearner.reporting.html.standings import pooled


def report(folder, *words):
    return main(["report", f"results={folder}", *words])


def written(folder, *words):
    assert report(folder, *words) == 0
    return (folder / "report.html").read_text(encoding="utf-8")


def data_of(text):
    packed = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', text)[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)))


class Parsed(HTMLParser):
    """What a browser would see of tags: scripts and styles by their text, attributes that load or go somewhere."""

    def __init__(self, text):
        super().__init__()
        self.inside, self.texts, self.targets, self.ids, self.handlers = None, {}, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.targets += [
            value for name, value in attrs if name in ("src", "href", "action", "data", "srcset", "xlink:href")
        ]
        self.ids += [value for name, value in attrs if name == "id"]
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.policy = next(
            (v for n, v in attrs if tag == "meta" and n == "content" and "default-src" in v), None
        ) or getattr(self, "policy", None)
        if tag in ("script", "style"):
            self.texts.setdefault(tag, []).append("")

    def handle_data(self, data):
        if self.inside in ("script", "style"):
            self.texts[self.inside][-1] += data

    def handle_endtag(self, tag):
        self.inside = None


def test_the_page_is_one_file_that_asks_for_nothing(tmp_path, capsys):
    hostile_run(tmp_path / "run")
    text = written(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.html", "run"]
    parsed = Parsed(text)
    assert parsed.targets
    assert all(target.startswith("#") for target in parsed.targets)
    assert not re.search(r"https?://|@import|url\(", text)
    assert len(parsed.ids) == len({*parsed.ids})
    told = capsys.readouterr()
    assert told.err == ""
    assert re.fullmatch(r"1 run, 60 rows, 0\.\d MB: .*report\.html\n", told.out)


def test_only_the_pages_own_script_and_style_may_run(tmp_path):
    hostile_run(tmp_path / "run")
    parsed = Parsed(written(tmp_path))
    data, script = parsed.texts["script"]
    (style,) = parsed.texts["style"]
    digests = {
        tag: base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for tag, t in (("s", script), ("c", style))
    }
    assert parsed.policy == (
        f"default-src 'none'; script-src 'sha256-{digests['s']}'; style-src 'sha256-{digests['c']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not {*data} - {*string.ascii_letters, *string.digits, *"+/="}
    assert parsed.handlers == []
    assert not re.search("innerHTML|outerHTML|insertAdjacentHTML|document.write|eval|DOMParser", script)
    assert not re.search("</|<!--|<script", script + style)


def test_texts_are_there_to_the_letter_and_once(tmp_path):
    hostile_run(tmp_path / "run")
    data = data_of(written(tmp_path))
    assert data["texts"].count(HOSTILE) == data["texts"].count(PROGRAM) == data["texts"].count("Add 57+27.") == 1
    assert len(data["episodes"]) == 5 * 4
    episode = next(each for each in data["episodes"] if each["setting"] == "solverlearner")
    assert [query["name"] for query in episode["queries"]] == ["0", "1", "2"]
    (call,) = episode["calls"]
    assert data["texts"][call["reply"]] == HOSTILE
    assert data["texts"][call["program"]] == PROGRAM
    miss = next(query for query in episode["queries"] if query["outcome"] != "right")
    assert (miss["outcome"], miss["message"]) == ("error", "line 3: TypeError: unsupported operand")
    assert (miss["input"], miss["expected"], miss.get("got")) == (
        f'"{episode["number"]}", "{miss["name"]}"',
        '"1"',
        None,
    )


def test_every_outcome_has_a_sentence():
    assert {*page.WHY} == {*STATUSES} - {"ok"} | {"right", "partly", "wrong", "recited"}


def test_values_keep_every_digit_and_their_type(tmp_path):
    write_run(tmp_path / "run", [row(input=[2**70, "é"], expected=1.0, value=[True, None])])
    (query,) = data_of(written(tmp_path))["episodes"][0]["queries"]
    assert (query["input"], query["expected"], query["got"]) == ('1180591620717411303424, "é"', "1.0", "[true, null]")


def test_the_overview_says_what_the_tables_say(tmp_path):
    write_run(tmp_path / "a", grid(alternating))
    for shots in (4, 16):
        write_run(tmp_path / f"{shots}", grid(alternating, episodes=2), shots=shots)
    text = written(tmp_path)
    assert main(["tables", f"results={tmp_path}", "format=html"]) == 0
    tables = (tmp_path / "tables" / "tables.html").read_text(encoding="utf-8")
    sections = re.findall(r"<section id=.*?</section>", tables, re.DOTALL)
    assert len(sections) > 5
    for section in sections:
        assert section in text
    assert "Accuracy by shots" in text
    assert 'href="#view=episodes&amp;task=arith&amp;variant=base-9&amp;model=some-model&amp;options=' in text


def test_the_same_rows_give_the_same_bytes(tmp_path):
    hostile_run(tmp_path / "run")
    assert written(tmp_path) == written(tmp_path)


def test_a_run_that_is_being_written_does_no_harm(tmp_path, capsys):
    rows = [row(correct=None), row(query=1), row(query=1, episode=1), row(correct=False, reply="second try")]
    run = write_run(tmp_path / "run", rows, state="running")
    with (run / "rows.jsonl").open("a") as file:
        file.write("{}\n" + json.dumps(row(query=2, reply="torn"))[:-9])
    text = written(tmp_path)
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert "its last line is torn" in text
    data = data_of(text)
    assert [[query["outcome"] for query in each["queries"]] for each in data["episodes"]] == [
        ["wrong", "right"],
        ["right"],
    ]
    assert "second try" in data["texts"]
    assert "torn" not in data["texts"]
    assert data["runs"][0]["state"] == "running"


def test_a_run_that_vanishes_between_two_readings_is_left_out(tmp_path, monkeypatch):
    run = write_run(tmp_path / "run", grid(alternating))
    write_run(tmp_path / "stays", grid(alternating, model="another"))
    runs = read_runs([str(tmp_path)], print)
    (run / "rows.jsonl").unlink()
    places = by_importance(runs).places(page.MOST_ROWS)
    assert {place[0] for place in places} == {0, 1}
    packed = page.ReadEpisodes(runs, places).packed(sorted(places))
    assert {episode["run"] for episode in packed["episodes"]} == {1}


def test_samples_of_a_query_are_told_apart(tmp_path):
    said = ["85", "84", "85", None]
    write_run(tmp_path / "run", [row(sample=n, reply=f"reply {n}", meaning=said[n]) for n in range(4)])
    (episode,) = data_of(written(tmp_path))["episodes"]
    assert episode["groups"] == ["query 0: 85 × 2, 84 × 1, no answer × 1"]
    assert [query["name"] for query in episode["queries"]] == ["0.0", "0.1", "0.2", "0.3"]
    assert len(episode["calls"]) == 4


WORDS = "the digits carry over so we add units first then write down what is left in this base therefore result".split()


def chatty(rng, number):
    """A reply of about 900 letters of which no two are alike: as badly compressible as reasoning in words gets."""
    words = (
        f"{rng.choice(WORDS)} {rng.randrange(number)}" if rng.random() < 0.3 else rng.choice(WORDS) for _ in range(170)
    )
    return " ".join(words)


def test_ten_thousand_rows_fit(tmp_path):
    rng = random.Random(0)
    rows = grid(alternating, episodes=200, queries=10)
    shared = {}
    for each in rows:
        own = each["query"] if each["setting"] in ("zero_shot", "io_mf", "io") else None
        each["reply"] = shared.setdefault((each["setting"], each["episode"], own), chatty(rng, 10_000))
        each["prompt"][0]["content"] = f"{each['setting']}: what is {each['input']}? " + "An example of it. " * 60
    write_run(tmp_path / "run", rows)
    text = written(tmp_path)
    assert len(data_of(text)["episodes"]) == 1000
    assert len(text.encode()) < 5_000_000


def test_what_does_not_fit_is_said_in_the_page_and_on_the_terminal(tmp_path, monkeypatch, capsys):
    rng = random.Random(0)
    for model in ("one", "two"):
        rows = grid(lambda setting, episode, query: episode % 2 == 1, episodes=40, queries=3, model=model)
        write_run(tmp_path / model, [each | {"reply": chatty(rng, 10_000)} for each in rows])
    whole = len(written(tmp_path))
    assert "not in this page" not in capsys.readouterr().err
    monkeypatch.setattr(page, "PAGE_BYTES", whole - 200_000)
    text = written(tmp_path)
    assert len(text) <= whole - 200_000
    data, told = data_of(text), capsys.readouterr()
    kept = {(data["runs"][each["run"]]["model"], each["setting"], each["number"]) for each in data["episodes"]}
    line = f"{400 - len(kept)} of 400 episodes ({1200 - 3 * len(kept):,} of 1,200 rows) are not in this page"
    assert line in text
    assert line in told.err
    assert f"{3 * len(kept):,} of 1,200 rows to read" in told.out
    assert 60 < len(kept) < 400
    for model in ("one", "two"):
        for setting in SETTINGS:  # each has its share, those with a miss before the others
            numbers = {number for m, s, number in kept if (m, s) == (model, setting)}
            evens = {number for number in numbers if number % 2 == 0}
            assert numbers
            assert evens == {*range(0, 2 * len(evens), 2)}
            assert numbers == evens or len(evens) == 20
    assert 'class="notice">' in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["results=nowhere"], "results=nowhere: no such folder"),
        (["file=/proc/report.html"], "file=/proc/report.html: cannot be written: "),
        (["flie=x"], "flie: no such option; did you mean file? "),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path, monkeypatch, capsys, words, line):
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "results" / "run", [row()])
    assert main(["report", *words]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"solverlearner: {line}")


def test_the_page_is_no_run(tmp_path, capsys):
    write_run(tmp_path / "run", [row()])
    assert written(tmp_path) == written(tmp_path)
    assert capsys.readouterr().err == ""


def test_a_family_read_variant_by_variant_has_the_numbers_of_all_its_rows(tmp_path):
    for place, variant in enumerate(("base-9", "base-11", "base-8")):
        for seed in (0, 1):
            rows = grid(lambda s, e, q, p=place: (e + q) % 4 > p, variant=variant, seed=seed)
            write_run(tmp_path / f"{variant}-{seed}", rows, seed=seed)
    family = pooled(pool(read_runs([str(tmp_path)], print), print))
    whole = Summary()
    for facts in frame_facts(family.rows):
        whole.add(facts)
    assert {*family.accuracies} == {*SETTINGS}
    for name, found in family.accuracies.items():
        assert (found.estimate, found.clusters) == (whole.estimate(name), whole.clusters(name))
