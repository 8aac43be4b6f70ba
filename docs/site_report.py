"""A hook of mkdocs: the report of `results/reference` is a page of the site, `report.html`.

It takes five seconds. `python docs/site_report.py FILE.png` makes the picture of it for the README, with the Chromium
that `tests/browser.py` finds.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "results" / "reference"
PAGE = "report.html"
WIDTH, HEIGHT = 1280, 800
_SCROLL = """(() => {
    const titles = [...document.querySelectorAll("h3")].filter((each) => /qwen/i.test(each.textContent));
    window.scrollTo(0, titles.at(-1).getBoundingClientRect().top + window.scrollY - 70);
})()"""


def on_files(files: Any, config: Any) -> Any:
    """Add the page to those of the site, so that links to it are checked."""
    from mkdocs.structure.files import File  # type: ignore[import-not-found]

    made = write_report(Path(tempfile.mkdtemp(prefix="solverlearner-report-")) / PAGE)
    files.append(File.generated(config, PAGE, abs_src_path=str(made)))
    return files


def write_report(file: Path) -> Path:
    """Write the report of the reference runs; gives the file."""
    words = ["report", f"results={REFERENCE}", f"file={file}"]
    subprocess.run([sys.executable, "-m", "solverlearner", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return file


def take_picture(page: Path, file: Path) -> None:
    """The word orders of the model that can do some of them, on the screen of a small laptop."""
    sys.path.insert(0, str(ROOT / "tests"))
    from browser import CHROMIUM, Browser  # type: ignore[import-not-found]

    if not CHROMIUM:
        sys.exit(
            "no Chromium here: install one (Debian: apt install chromium), or take a picture of build/site by hand"
        )
    with Browser() as browser:
        browser.screen(WIDTH, HEIGHT)
        browser.open(page.as_uri())
        browser.run(_SCROLL)
        browser.picture(file)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        take_picture(write_report(Path(folder) / PAGE), Path(sys.argv[1]))
