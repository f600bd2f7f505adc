"""What every page of a report promises, whatever it is about."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.browser import looking
from tests.browser.chromium import opened
from tests.browser.written import read

BYTES = 500_000
"""The most that a page may weigh of the small releases and the specimen that the tests make."""
BYTES_OF_A_RELEASE = 1_000_000
"""The most that a page of a whole release may weigh: one that is given with `--report`."""
NARROWEST = 320
"""Pixels of the narrowest screen (WCAG 2.2, 1.4.10): a page that fits it fits any other."""


class Looked(NamedTuple):
    """What was seen of a page that was opened once, as narrow as a screen may be and then wide."""

    said: list[str]
    asked: list[str]
    sideways: list[str]
    small_texts: list[str]
    violations: list[str]


@pytest.fixture(scope="module")
def looked(browser, every_page) -> dict[Path, Looked]:
    """Every page in one scheme: those of a whole report are made of what the specimen shows."""
    found = {}
    for path in every_page:
        with opened(browser, path, NARROWEST, color_scheme="light") as seen:
            narrow = looking.sideways(seen.page), looking.small_texts(seen.page)
            seen.page.set_viewport_size({"width": 1280, "height": 800})
            asked, said = [*seen.asked], [*seen.said]
            found[path] = Looked(said, asked, *narrow, looking.violations(seen.page))
    return found


def test_a_page_is_silent_on_the_console_and_the_network(looked, subtests):
    for path, seen in looked.items():
        with subtests.test(path.name):
            assert seen.said == []
            assert seen.asked == [path.as_uri()]


def test_axe_finds_no_violation(browser, looked, pages, subtests):
    for path, seen in looked.items():
        with subtests.test(path.name):
            assert seen.violations == []
    for path in pages:
        with subtests.test(path.name), opened(browser, path, 360, color_scheme="dark") as seen:
            assert looking.violations(seen.page) == []


def test_no_page_scrolls_sideways_and_no_text_of_a_drawing_is_too_small(
    browser, looked, pages, subtests
):
    for path, seen in looked.items():
        with subtests.test(path.name):
            assert (seen.sideways, seen.small_texts) == ([], [])
    for path in pages:
        with opened(browser, path) as seen:
            for width in (360, 900, 1400):
                seen.page.set_viewport_size({"width": width, "height": 800})
                with subtests.test(f"{path.name}, {width} px"):
                    assert looking.sideways(seen.page) == []
                    assert looking.small_texts(seen.page) == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_tab_comes_to_every_stop_in_the_order_of_reading(browser, pages, subtests, scheme, width):
    for path in pages:
        with subtests.test(path.name), opened(browser, path, width, color_scheme=scheme) as seen:
            assert looking.keyboard_walk(seen.page, one_column=width < 600) == []


def test_the_first_stop_skips_to_the_report(browser, pages, subtests):
    for path in pages:
        with subtests.test(path.name), opened(browser, path) as seen:
            seen.page.keyboard.press("Tab")
            seen.page.keyboard.press("Enter")
            assert seen.page.evaluate("document.activeElement.tagName") == "MAIN"


def test_a_reader_may_space_letters_lines_and_words(browser, pages, subtests):
    for path in pages:
        with subtests.test(path.name), opened(browser, path, 320) as seen:
            seen.page.add_style_tag(content=looking.TEXT_SPACING)
            assert looking.sideways(seen.page) == []


def test_the_text_is_the_same_without_javascript(browser, pages, subtests):
    for path in pages:
        with subtests.test(path.name):
            with opened(browser, path) as seen:
                text = seen.page.inner_text("body")
            with opened(browser, path, java_script_enabled=False) as seen:
                assert seen.page.inner_text("body") == text
            assert text


def test_a_page_prints_on_sheets_of_a4(browser, pages, subtests):
    for path in pages:
        with subtests.test(path.name), opened(browser, path) as seen:
            printed = seen.page.pdf(prefer_css_page_size=True)
            assert set(looking.sheets(printed)) == {looking.A4}


def test_a_page_is_whole_in_itself(pages, request, subtests):
    is_a_release = request.config.getoption("--report", None) is not None
    for path in pages:
        with subtests.test(path.name):
            assert path.stat().st_size <= (BYTES_OF_A_RELEASE if is_a_release else BYTES)
            written = read(path)
            assert written.scripts == []
            assert written.loads == []
            assert written.ids_used_twice() == []


def test_every_link_leads_to_a_place_of_the_report(pages, subtests):
    places = {path.name: read(path).ids for path in pages}
    for path in pages:
        with subtests.test(path.name):
            assert [link for link in read(path).links if not _leads(link, path, places)] == []


def test_the_demonstration_says_so_in_its_title_and_first_words(browser, pages, subtests):
    for path in pages:
        with subtests.test(path.name), opened(browser, path) as seen:
            bar = seen.page.locator(".demonstration")
            says = [
                "demonstration" in seen.page.title(),
                "Demonstration" in seen.page.evaluate(looking.RUNNING_FOOT),
            ]
            assert says == [bar.count() == 1] * 2


def _leads(link: str, page: Path, places: dict[str, list[str]]) -> bool:
    if link.startswith(("https://", "mailto:")):
        return True
    if link.startswith("../"):
        return (page.parent / link).is_file()
    name, _, place = link.partition("#")
    here = name or page.name
    return here in places and (not place or place in places[here])
