"""The Chromium of this machine opens pages from files; what they say and ask for is kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ABSENT = (
    f"The pages were not opened: none of {', '.join(NAMES)} is on PATH."
    " Install one, for example by `apt-get install chromium`, and run the tests again."
)
FLAGS = (
    "--no-sandbox",  # root of a container has no user namespace to put a sandbox into
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Opened(NamedTuple):
    """A page in the browser."""

    page: Page
    said: list[str]
    """What the page wrote to the console, its errors included."""
    asked: list[str]
    """The addresses that the page asked for, its own first."""


def on_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, width: int = 1280, height: int = 800, **options: Any
) -> Iterator[Opened]:
    """Open a file in a window of its own; options are those of a Playwright context."""
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, **options)
    try:
        seen = Opened(context.new_page(), [], [])
        seen.page.on("console", lambda message: seen.said.append(message.text))
        seen.page.on("pageerror", lambda error: seen.said.append(error.message))
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.goto(path.as_uri())
        yield seen
    finally:
        context.close()
