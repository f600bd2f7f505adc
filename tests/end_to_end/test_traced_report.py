"""The report of a run that went the whole way: its numbers are those of the tables beside it."""

from collections.abc import Callable, Mapping

import pytest

from tests.worlds import report_pages
from tests.worlds.report_pages import Element, Release


@pytest.fixture(scope="module")
def released(demonstration) -> tuple[Mapping[str, Element], Release]:
    return report_pages.of_release(demonstration / "releases" / "current")


def test_every_number_of_every_page_stands_in_the_released_tables_and_its_words_say_it(released):
    pages, release = released
    told = sum(len(report_pages.places(page)) for page in pages.values())
    wrong = [
        one for name, page in pages.items() for one in report_pages.untrue(name, page, release)
    ]
    assert told > 300 and wrong == []


@pytest.mark.parametrize(
    "find",
    [
        report_pages.untraced,
        report_pages.unsupported_asides,
        report_pages.unsupported_drawings,
        report_pages.described_by_nothing,
        report_pages.headings_out_of_order,
        report_pages.not_words,
        report_pages.empty_boxes,
    ],
)
def test_no_page_has_a_fault(released, find: Callable[[Element], list[str]]):
    pages, _ = released
    assert {name: faults for name, page in pages.items() if (faults := find(page))} == {}


def test_every_link_leads_to_a_place_of_the_report(released):
    pages, _ = released
    assert report_pages.broken_links(pages) == []
