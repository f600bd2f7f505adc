"""Photograph every page of a folder: ``python -m tests.browser.photograph FOLDER OUT``.

A page gives ``<page>-<width>-<part>.png`` at three widths, the same in dark at one, and
``<page>.pdf``. ``first-screen.png`` is the top of the first page, for the README.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import chromium

WIDTHS = (360, 900, 1400)
PART = 4000
"""Pixels. Chromium draws no picture higher than 16,384; a lower one is easier to look at."""


def photograph(browser: Browser, path: Path, out: Path) -> None:
    """Photograph one page."""
    for width in WIDTHS:
        with chromium.opened(browser, path, width) as seen:
            _whole(seen.page, out / f"{path.stem}-{width}")
    with chromium.opened(browser, path, 1200, color_scheme="dark") as seen:
        _whole(seen.page, out / f"{path.stem}-dark")
        seen.page.pdf(
            path=out / f"{path.stem}.pdf", prefer_css_page_size=True, print_background=True
        )


def first_screen(browser: Browser, path: Path, out: Path) -> None:
    """Photograph what a reader sees first; about 150 KB."""
    with chromium.opened(browser, path, height=1000) as seen:
        seen.page.screenshot(path=out / "first-screen.png")


def _whole(page: Page, name: Path) -> None:
    width, height = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
    )
    for part, top in enumerate(range(0, height, PART), start=1):
        clip = {"x": 0, "y": top, "width": width, "height": min(PART, height - top)}
        page.screenshot(path=f"{name}-{part}.png", full_page=True, clip=clip)


def main(folder: Path, out: Path) -> None:
    """Photograph a folder."""
    pages = sorted(folder.glob("*.html"))
    executable = chromium.on_path()
    if not pages:
        sys.exit(f"No page lies in {folder}.")
    if executable is None:
        sys.exit(chromium.ABSENT)
    out.mkdir(parents=True, exist_ok=True)
    with chromium.launched(executable) as browser:
        first_screen(browser, folder / "index.html", out)
        for path in pages:
            photograph(browser, path, out)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python -m tests.browser.photograph FOLDER OUT")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
