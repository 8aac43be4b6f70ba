"""The report in a real browser; skipped where no Chromium is installed (apt-get install chromium)."""

from pathlib import Path

import pytest
from browser import CHROMIUM, Browser
from hostile_run import HOSTILE, PROGRAM, hostile_run
from runs import grid, write_run

from solverlearner.__main__ import main

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")

FOCUS = "(document.activeElement.closest('li, label') ?? document.activeElement)"
OUT_OF_SIGHT = "document.documentElement.scrollWidth - innerWidth"
CONTRASTS = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser():
    with Browser() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    hostile_run(folder / "run")
    rows = grid(
        lambda *place: True, episodes=70, queries=1, model="another", variant="base-11", reply="sixty <b>seven</b>"
    )
    write_run(folder / "another", [row | {"program": f"# {row['episode']}"} for row in rows])
    assert main(["report", f"results={folder}"]) == 0
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(browser, address):
    browser.errors.clear()
    browser.asked.clear()
    browser.screen(1280, 900)
    browser.open(address)
    yield browser
    assert browser.errors == []
    assert {asked.partition("#")[0] for asked in browser.asked} <= {address, "about:blank"}
    assert browser.run("document.title") == "SolverLearner report"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The address of a report whose rows are easily confused.

    Conditions, weights, seeds, variants, a run that another one replaces, unanswered queries, and a smoke model.
    """
    folder = tmp_path_factory.mktemp("study")

    def some(setting, episode, query):
        return query % 2 == 0

    small = {"settings": ("zero_shot", "io", "solverlearner"), "episodes": 2, "queries": 3}
    for number, (more, options) in enumerate(
        [
            ({}, {}),
            ({"seed": 1}, {}),
            ({"variant": "base-11"}, {}),
            ({}, {"shots": 4}),
            ({}, {"sha256": "aa" * 32}),
            ({}, {"sha256": "bb" * 32}),
            ({"model": "weak & small"}, {"shots": 4}),
            ({"model": "scripted-ideal"}, {}),
            ({"task": "cipher", "variant": "morse"}, {}),
        ]
    ):
        write_run(folder / f"run-{number}", grid(some, **small, **more), **options)
    write_run(folder / "replaced", grid(some, settings=("io",), episodes=1, queries=1))
    write_run(folder / "open", grid(lambda s, e, q: True if q else None, **small, model="best"))
    assert main(["report", f"results={folder}"]) == 0
    return (folder / "report.html").as_uri()


def test_a_number_opens_exactly_the_queries_that_it_counts(browser, study):
    browser.errors.clear()
    browser.screen(1280, 900)
    browser.open(study)
    links = browser.run(
        "[...document.querySelectorAll('a.corner')].map(a => [a.getAttribute('href'), Number(a.dataset.n),"
        " a.querySelector('small').innerText])"
    )
    assert len(links) > 20
    assert {n for _, n, _ in links} >= {4, 6, 12}
    for href, n, words in links:
        heard = "addEventListener('hashchange', () => setTimeout(done), { once: true })"
        browser.run(f"new Promise(done => {{ {heard}; location.hash = {href!r}; }})")
        episodes, _, rest = browser.text(".count").partition(" episodes, ")
        assert rest.partition(" of ")[2].split()[0] == str(n), href
        assert f"{n}/{episodes}" in words or "/" not in words, href
        assert ("2 unanswered" in rest) is ("unanswered" in words), href
    shown = "[...document.querySelectorAll('select[name=options] option')].map(o => o.value)"
    assert any("another run has more answers" in each for each in browser.run(shown))
    assert browser.errors == []


def test_the_first_picture_has_the_best_model_first_and_the_smoke_model_folded(browser, study):
    for width in (1280, 360):
        browser.screen(width, 780, phone=width == 360)
        browser.open(study)
        names = browser.run("[...document.querySelectorAll('.stand h3')].map(e => e.textContent)")
        assert names[0] == "best"
        assert names[-1] == "scripted-ideal"
        assert not browser.run("document.querySelector('.folded .stand').checkVisibility()")
        assert browser.run("document.querySelector('.stand').getBoundingClientRect().bottom < innerHeight")
        assert browser.run(OUT_OF_SIGHT) <= 0
        assert browser.run("[...document.querySelectorAll('a.corner strong')].every(e => e.textContent.includes('%'))")
    browser.click(".folded > summary")
    assert browser.run("document.querySelector('.folded .stand').checkVisibility()")
    assert "36 queries in 6 episodes" in browser.text(".key")
    assert "wrong" in browser.run("document.querySelector('.dots-key').textContent")


def chosen(page, count):
    page.until(f"document.querySelector('.count').textContent.startsWith('{count} episodes')")


def choose(page, name, value):
    changed = "dispatchEvent(new Event('change', { bubbles: true }))"
    page.run(f"(s => {{ s.value = {value!r}; s.{changed} }})(document.querySelector('select[name={name}]'))")


def test_from_a_number_of_the_square_to_an_episode_and_its_words(page):
    assert page.text("h1") == "Induction and deduction, apart"
    page.click('.corner[href*="b%3Emodel"][href$="setting=solverlearner"]')
    chosen(page, 4)
    assert page.run("document.querySelector('select[name=setting]').value") == "solverlearner"
    page.click(".list a")
    page.until("document.querySelector('article h1')")
    assert page.text("article h1") == "arith base-9, solverlearner, episode 0"
    assert "<b>model</b>" in page.text(".facts")
    rows = page.run("[...document.querySelectorAll('.queries tbody tr')].map(r => [...r.cells].map(c => c.innerText))")
    assert rows[0] == ["0", '"0", "0"', '"1"', '"1"', "right", "Equal to the expected value."]
    miss = ["error", "The program raised an error. line 3: TypeError: unsupported operand"]
    assert rows[2] == ["2", '"0", "2"', '"1"', "–", *miss]
    assert page.run("[...document.querySelectorAll('.words')].map(e => e.textContent)") == ["Add 57+27.", HOSTILE]
    assert page.run("document.querySelector('.program code').textContent") == PROGRAM
    kinds = "[...document.querySelectorAll('.program code span')].map(e => [e.className, e.textContent])"
    assert page.run(kinds) == [
        ["keyword", "def"],
        ["name", "solver"],
        ["comment", "# </script> & <b>bold</b>"],
        ["keyword", "return"],
        ["number", "9"],
        ["string", '"1"'],
    ]
    assert page.text(".numbers .failing").strip() == "3"


def test_a_hostile_reply_is_text_wherever_it_is_shown(page):
    for setting in ("zero_shot", "solverlearner"):
        page.run(f"location.hash = '#view=episodes&text=%3C%2Fscript&e=run/{setting}/0'")
        page.until(f"document.querySelector('article h1')?.textContent.includes('{setting}')")
        page.run("document.querySelectorAll('details').forEach(e => e.open = true)")
        page.until("document.querySelectorAll('article mark').length >= 2")
        assert page.run("document.querySelectorAll('article :is(script, img, b, i:not([class]))').length") == 0
        said = "[...document.querySelectorAll('.words')].map(e => e.textContent)"
        assert HOSTILE in page.run(said)
    # And if a reply did become markup, the page's policy would not run it.
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    script = (
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title=1' }))"
    )
    page.run(script)
    page.run("new Promise(done => setTimeout(done, 100))")
    assert len([error for error in page.errors if "Content Security Policy" in str(error)]) == len(page.errors) >= 3
    page.errors.clear()
    page.asked.clear()  # the picture is refused after it was announced


def test_filters_and_search_narrow_the_list_and_are_in_the_link(page):
    page.click(".top nav a:last-child")
    chosen(page, 370)
    assert page.run("document.querySelectorAll('.list li').length") == 150
    page.click(".more")
    page.until("document.querySelectorAll('.list li').length === 300")
    choose(page, "model", "<b>model</b>")
    chosen(page, 20)
    choose(page, "outcome", "recited")
    chosen(page, 12)
    choose(page, "setting", "io")
    chosen(page, 4)
    link = page.run("location.href")
    choose(page, "outcome", "")
    choose(page, "setting", "")
    choose(page, "model", "")
    page.press("/", *"57+27")
    chosen(page, 20)
    page.open(link)
    chosen(page, 4)


def test_a_link_opens_its_episode_and_its_query(page):
    link = page.run("location.href") + "#view=episodes&e=run/io/3&q=2"
    page.open(link)
    page.until("document.querySelector('article h1')")
    assert page.text("article h1") == "arith base-9, io, episode 3"
    assert page.text("details[open] .asked") == "Query 2"
    page.open(link.replace("io/3", "io/99"))
    assert page.text("article") == "This page has no such episode."


def test_the_keyboard_does_it_all(page):
    page.press("Tab")
    assert page.text(":focus") == "Skip to the content"
    page.press("Tab", "Tab", "Enter")
    chosen(page, 370)
    page.press("/")
    assert page.run("document.activeElement.name") == "text"
    page.press(*"unsupported")
    chosen(page, 8)
    page.press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp")
    second = page.run("document.activeElement.dataset.id")
    assert second == page.run("document.querySelectorAll('.list a')[1].dataset.id")
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter")
    page.until("document.activeElement.matches('article h1')")
    first = page.text("article h1")
    page.press("j")
    page.until(f"document.querySelector('article h1').innerText !== {first!r}")
    page.press("k")
    page.until(f"document.querySelector('article h1').innerText === {first!r}")
    page.press("Escape")
    page.until(f"document.activeElement.dataset.id === {second!r}")
    assert "e=" not in page.run("location.hash")


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out_in_light_and_dark(page, dark):
    page.screen(1280, 900, dark=dark)
    bright = page.run("parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) > 128")
    assert bright is not dark
    page.run("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert page.run(CONTRASTS) == []
    for setting in ("solverlearner", "io"):
        page.run(f"location.hash = '#view=episodes&text=57&e=run/{setting}/1'")
        page.until(f"document.querySelector('article h1')?.textContent.includes('{setting}')")
        assert page.run(CONTRASTS) == []


def test_a_phone_shows_list_and_episode_in_turn(page, address):
    page.screen(390, 844, phone=True)
    page.open(address)
    assert page.run(OUT_OF_SIGHT) <= 0
    page.click(".top nav a:last-child")
    page.until("document.querySelector('.list a')")
    assert page.run(OUT_OF_SIGHT) <= 0
    assert not page.run("document.querySelector('article').checkVisibility()")
    page.click(".list a")
    page.until("document.querySelector('article h1')")
    assert page.run(OUT_OF_SIGHT) <= 0
    assert not page.run("document.querySelector('aside').checkVisibility()")
    page.click(".back")
    page.until("document.querySelector('aside').checkVisibility()")


def test_every_control_and_picture_has_a_name(page):
    page.click(".top nav a:last-child")
    chosen(page, 370)
    page("Accessibility.enable")
    nodes = page("Accessibility.getFullAXTree")["nodes"]
    page("Accessibility.disable")
    wanted = {"link", "button", "textbox", "searchbox", "combobox", "image", "article", "navigation", "complementary"}
    found = [node for node in nodes if node.get("role", {}).get("value") in wanted and not node["ignored"]]
    assert len(found) > 150
    assert [node for node in found if not node.get("name", {}).get("value")] == []
