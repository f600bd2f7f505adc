"""The reports of a run that went the whole way say what the tables beside them hold."""

from collections.abc import Callable, Mapping

import pytest

from tests.worlds import public_world, report_pages
from tests.worlds.report_pages import Element, Release


@pytest.fixture(scope="module", params=["internal", "public"])
def released(request, demonstration, tmp_path_factory) -> tuple[Mapping[str, Element], Release]:
    folder = (demonstration / "releases" / "current").resolve()
    if request.param == "internal":
        return report_pages.of_release(folder)
    return public_world.of_release(folder, tmp_path_factory.mktemp("tables"))


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


def test_every_link_leads_to_a_place_of_the_report_or_to_a_public_file(released, demonstration):
    pages, _ = released
    folder = demonstration / "releases" / "current" / "public"
    beside = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert report_pages.broken_links(pages, beside) == []
