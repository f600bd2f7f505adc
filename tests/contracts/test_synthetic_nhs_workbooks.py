"""The look-alikes of NHS workbooks: laid out as the real ones, and adding up as they do."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import python_calamine

from ingest.synthetic.nhs_lists import BANDS, ICBS, LINES, PROVIDERS, RESTRICTED, example_lists
from ingest.synthetic.nhs_workbooks import LAYOUTS, workbook
from tests.worlds.published import published

# Each layout's month, day of publication and the real file that it looks like.
EDITIONS = {
    "early": ("2023-01", date(2023, 3, 9), "community_health_2023-03-01"),
    "early_undated": ("2023-02", date(2023, 4, 13), "community_health_2023-04-01"),
    "early_dated": ("2023-05", date(2023, 7, 13), "community_health_2023-07-01"),
    "uncoded": ("2023-06", date(2023, 8, 10), "community_health_2023-08-01"),
    "coded": (
        "2024-11", date(2025, 1, 9),
        "Community-health-services-waiting-lists-2024-25-November",
    ),
    "two_years": (
        "2025-05", date(2025, 7, 10), "Community-health-services-waiting-lists-2025-26-May",
    ),
    "two_years_noted": (
        "2025-01", date(2025, 3, 13), "Community-health-services-waiting-lists-2024-25-January",
    ),
}  # fmt: skip
MONTHS = [f"{year}-{month:02d}" for year in (2022, 2023, 2024, 2025) for month in range(1, 13)]
SPEECH = "(CYP) Therapy interventions: Speech and language"

Rows = list[list[Any]]


@pytest.fixture(scope="module")
def lists() -> dict[str, Any]:
    """Four years of invented lists."""
    return example_lists(MONTHS)


@pytest.fixture(scope="module")
def again() -> dict[str, Any]:
    """The same lists, invented a second time."""
    return example_lists(MONTHS)


def read(data: bytes) -> dict[str, Rows]:
    """Read every sheet from A1, blanks included."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def make(layout: str, lists: dict[str, Any], **planted: Any) -> dict[str, Rows]:
    """Write and read one edition."""
    month, published, _ = EDITIONS[layout]
    return read(workbook(layout, month, published, lists, **planted))


def body(rows: Rows) -> tuple[list[Any], Rows]:
    """Split a table into its header, the first row with four filled cells, and what follows."""
    at = next(i for i, row in enumerate(rows) if sum(cell != "" for cell in row) > 3)
    return rows[at], rows[at + 1 :]


def table_4(rows: Rows) -> dict[str, dict[str, Any]]:
    """Give each organisation's cells by name and canonical service line."""
    header, below = body(rows)
    first = next(i for i, cell in enumerate(header) if str(cell).startswith("(A)"))
    return {
        str(row[first - 1]).upper(): dict(zip(LINES, row[first:], strict=True)) for row in below
    }


def add(cells: list[Any]) -> Any:
    """Add figures; blanks only give a blank, and a suppressed figure stays suppressed."""
    figures = [cell for cell in cells if isinstance(cell, float)]
    return "*" if "*" in cells else sum(figures) if figures else ""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_lists_give_the_same_bytes(
    layout: str, lists: dict[str, Any], again: dict[str, Any]
) -> None:
    month, published, _ = EDITIONS[layout]
    assert workbook(layout, month, published, lists) == workbook(layout, month, published, again)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bands_add_up_to_totals_and_providers_to_boards_regions_and_england(
    layout: str, lists: dict[str, Any]
) -> None:
    sheets = make(layout, lists)
    tables = {name: table_4(rows) for name, rows in sheets.items() if name.startswith("Table 4")}
    assert len(tables) == (9 if LAYOUTS[layout].has_two_years else 8)
    names = {p.name.upper(): p.icb for p in PROVIDERS}
    for rows in tables.values():
        for line in set(LINES) - set(RESTRICTED):
            for code, (board, _) in ICBS.items():
                own = [rows[name][line] for name, icb in names.items() if icb == code]
                assert rows[board.upper()][line] == add(own)
            regions = [rows[name][line] for name in ("MIDLANDS", "NORTH WEST")]
            boards = [rows[name.upper()][line] for name, _ in ICBS.values()]
            assert rows["ENGLAND"][line] == add(regions) == add(boards)
    total = tables.pop("Table 4")
    for name, cells in total.items():
        for line in set(LINES) - set(RESTRICTED):
            assert cells[line] == add([rows[name][line] for rows in tables.values()])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tables_2_and_3_agree_with_table_4(layout: str, lists: dict[str, Any]) -> None:
    sheets = make(layout, lists)
    england = table_4(sheets["Table 4"])["ENGLAND"]
    label = 1 if LAYOUTS[layout].is_early else 0
    overview = {row[label]: row[label + 1 :] for row in body(sheets["Table 3"])[1]}
    totals = [overview[line][0] for line in overview if str(line).startswith("(")]
    assert totals == list(england.values())
    assert overview["England"][0] == add(totals) == sum(overview["England"][1:])
    assert [a + c for a, c in zip(
        overview["Adult services"], overview["CYP services"], strict=True
    )] == overview["England"]  # fmt: skip
    series = {row[label]: row[label + 1 :] for row in body(sheets["Table 2"])[1]}
    latest = {
        name: ([cell for cell in row if cell != ""] or [""])[-1] for name, row in series.items()
    }
    latest.pop("Number of missing submissions (England)", None)
    assert latest == {name: row[0] for name, row in overview.items()}


def test_waits_age_from_month_to_month_as_real_waits_do(lists: dict[str, Any]) -> None:
    for before, after in itertools.pairwise(MONTHS):
        longer = lists[after][list(BANDS[4:])].sum(axis=1)
        assert (longer <= lists[before][list(BANDS[3:])].sum(axis=1)).all(), after


def zeroed(lists: dict[str, Any]) -> dict[str, Any]:
    lists["2025-05"].loc["ZAA"] = 0
    return {}


def vanished(lists: dict[str, Any]) -> dict[str, Any]:
    lists["2025-05"] = lists["2025-05"].drop("ZAA", level=0)
    return {}


def lost_by_the_totals(lists: dict[str, Any]) -> dict[str, Any]:
    return {"outside_totals": ["ZAA"]}


def unequal_total(lists: dict[str, Any]) -> dict[str, Any]:
    lists["2025-05"]["total"] = lists["2025-05"].sum(axis=1) + 5
    return {}


@pytest.mark.parametrize(
    ("plant", "own", "england"),
    [
        (zeroed, lambda old: 0, lambda old, own: old - own),
        (vanished, None, lambda old, own: old - own),
        (lost_by_the_totals, lambda old: old, lambda old, own: old - own),
        (unequal_total, lambda old: old + 5, lambda old, own: old + 5 * len(PROVIDERS)),
    ],
)
def test_a_defect_planted_in_the_lists_is_in_the_workbook(
    plant: Callable[[dict[str, Any]], dict[str, Any]],
    own: Callable[[float], float] | None,
    england: Callable[[float, float], float],
    lists: dict[str, Any],
) -> None:
    name = PROVIDERS[0].name.upper()
    sound = table_4(make("two_years", lists)["Table 4"])
    spoilt = {month: counts.copy() for month, counts in lists.items()}
    found = table_4(make("two_years", spoilt, **plant(spoilt))["Table 4"])
    before = sound[name][SPEECH]
    assert before > 0
    if own is None:
        assert name not in found
    else:
        assert found[name][SPEECH] == own(before)
    assert found["ENGLAND"][SPEECH] == england(sound["ENGLAND"][SPEECH], before)


def test_a_provider_that_did_not_submit_is_counted_in_table_1(lists: dict[str, Any]) -> None:
    spoilt = dict(lists)
    vanished(spoilt)
    header, below = body(make("two_years", spoilt)["Table 1"])
    counts = [row[header.index("May-25")] for row in below]
    assert counts == [1, 0, 1, 0, 1, 0]  # England, two regions, three boards


def test_a_title_can_be_planted(lists: dict[str, Any]) -> None:
    title = "Number of organisations of 7 in scope that submitted data"
    sheets = make("early_undated", lists, titles={"Table 1": title})
    assert sheets["Table 1"][0][1] == title


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sheets_titles_and_headers_are_those_of_the_real_edition(
    layout: str, lists: dict[str, Any]
) -> None:
    path = published(f"nhs_community_waits/{EDITIONS[layout][2]}.xlsx")
    real, ours = read(path.read_bytes()), make(layout, lists)
    assert list(real) == list(ours)
    assert [row for row in real["Contents"] if any(row)] == [
        row for row in ours["Contents"] if any(row)
    ]
    for name in list(real)[2:]:
        assert [shape(cell) for cell in real[name][0]] == [shape(cell) for cell in ours[name][0]]
        (real_header, real_body), (header, below) = body(real[name]), body(ours[name])
        assert real_header == header, name
        assert real[name].index(real_header) == ours[name].index(header), name
        assert labels(real_body[0]) == labels(below[0])
    for word in ("Title:", "Period:", "Published:"):
        assert cover(real, word) == cover(ours, word)


def shape(cell: Any) -> str:
    """Leave the number of organisations in scope out of a title."""
    return re.sub(r"of \d+", "of N", str(cell))


def labels(row: list[Any]) -> list[str]:
    """Give the text of a row that is no symbol."""
    return [cell for cell in row if isinstance(cell, str) and cell not in ("", "*")]


def cover(sheets: dict[str, Rows], word: str) -> Any:
    """Give what stands beside a word on the cover."""
    row = next(row for row in sheets["Cover page"] if word in row)
    return row[row.index(word) + 1]
