"""What the release foresees, each number with its range and what it takes for granted."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from orchestration.publication.report import traced, words
from orchestration.publication.report.exhibits import Cells
from orchestration.publication.report.measures import Measures
from orchestration.publication.report.tables import Row

CASES = ("cases_passing_limit", "reviews_due")
"""Kinds of forecasts that tell what comes due in the coming weeks."""
LISTS = ("list_arrivals", "list_departures", "list_size_for_18_weeks", "list_activity_needed")
"""Kinds of forecasts that look at a waiting list."""


def cases_due(measures: Measures) -> list[Row]:
    """Give what comes due by the last day looked at, one row a kind and limit."""
    rows = [row for kind in CASES for row in _told(measures, kind)]
    last = max((row["horizon_date"] for row in rows), default=None)
    return [row for row in rows if row["horizon_date"] == last]


def of_list(measures: Measures, service: str) -> list[Row]:
    """Give what is foreseen of one waiting list."""
    return [row for kind in LISTS for row in _told(measures, kind) if row["service"] == service]


def cells(rows: Sequence[Row]) -> list[Cells]:
    """Make rows of a table: what, by when, how many, the range."""
    return [
        (
            _title(row),
            traced.day(row, "horizon_date", words.in_full),
            traced.figure(row, "value", words.whole),
            Markup("{} to {}").format(
                traced.figure(row, "low", words.whole), traced.figure(row, "high", words.whole)
            ),
        )
        for row in rows
    ]


def assumptions(rows: Sequence[Row]) -> list[tuple[Markup, Markup]]:
    """Give title and assumption of each kind among the rows, once."""
    kinds = {row["kind"]: row for row in rows}
    return [(traced.quoted(r, "title"), traced.quoted(r, "assumption")) for r in kinds.values()]


def _told(measures: Measures, kind: str) -> list[Row]:
    rows = measures.tables.rows("forecasts", area_code=measures.area_code, kind=kind)
    return [row for row in rows if row["value"] is not None]


def _title(row: Row) -> Markup:
    """A kind looks at several limits: name the one of the row."""
    title = traced.quoted(row, "title")
    if row["kind"] not in CASES:
        return title
    return Markup("{}: {}").format(title, row["subject"].replace("_", " "))
