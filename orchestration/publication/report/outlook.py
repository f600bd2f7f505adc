"""What the release foresees, in sentences: each number with its range, and what it presumes."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from orchestration.publication.report import sentences, traced, words
from orchestration.publication.report.measures import Measures
from orchestration.publication.report.tables import Row

CASES = ("cases_passing_limit", "reviews_due")
"""Kinds of forecasts that tell what comes due in the coming weeks."""


def cases_due(measures: Measures) -> list[Row]:
    """Give what comes due by the last day looked at: cases by limit, then reviews."""
    rows = [row for kind in CASES for row in _told(measures, kind)]
    last = max((row["horizon_date"] for row in rows), default=None)
    return [row for row in rows if row["horizon_date"] == last]


def why_nothing_is_due(measures: Measures) -> Markup:
    """Say why nothing is foreseen, in the words of the release where it has a reason."""
    rows = measures.tables.rows("forecasts", area_code=measures.area_code, kind=CASES)
    lacking = next((row for row in rows if row["status_reason"]), None)
    if lacking is None:
        return Markup("This release looks at no case.")
    return sentences.why_no_figure(measures.tables, lacking)


def due(row: Row) -> Markup:
    """Say what comes due by a day."""
    day = traced.day(row, "horizon_date", words.in_full)
    number = traced.figure(row, "value", words.whole)
    if row["kind"] == "reviews_due":
        return Markup("By {}, the reviews of {} open EHC plans fall due.").format(day, number)
    return Markup("By {}, about {} more open cases will pass their limit for the {} ({}).").format(
        day, number, row["subject"].replace("_", " "), _range(row)
    )


def of_list(measures: Measures, service: str) -> list[Row]:
    """Give what the release says of the flow of one list and of the activity it needs."""
    kinds = ("list_arrivals", "list_departures", "list_activity_needed")
    return [row for kind in kinds for row in _told(measures, kind) if row["service"] == service]


def flow(measures: Measures, rows: Sequence[Row]) -> list[Markup]:
    """Say how many come and leave a month, and how many must leave where that is more.

    Where more leave already than the list needs, no activity is asked for: the mean of the months
    counted may still hold the clearing of an old list.
    """
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row["kind"], []).append(row)
    if not by_kind.keys() >= {"list_arrivals", "list_departures"}:
        return []
    came, left = by_kind["list_arrivals"][0], by_kind["list_departures"][0]
    said = [
        Markup("In the last {} on average {} referrals came each month and {} left.").format(
            traced.figure(came, "months_counted", words.noun_of("month")),
            traced.figure(came, "value", words.whole),
            traced.figure(left, "value", words.whole),
        )
    ]
    needed = [r for r in by_kind.get("list_activity_needed", ()) if r["value"] > left["value"]]
    said += [
        Markup(
            "For nearly everybody to be seen within {} by {}, about {} must leave each month ({})."
        ).format(
            sentences.limit_of_18_weeks(measures.tables),
            traced.day(row, "horizon_date", words.in_full),
            traced.figure(row, "value", words.whole),
            _range(row),
        )
        for row in needed
    ]
    if not needed and "list_activity_needed" in by_kind:
        said.append(
            Markup("As many leave as the list needs, or more. As many must go on leaving as come.")
        )
    return said


def assumptions(rows: Sequence[Row]) -> list[tuple[Markup, Markup]]:
    """Give title and assumption of each kind among the rows, once."""
    kinds = {row["kind"]: row for row in rows}
    return [(traced.quoted(r, "title"), traced.quoted(r, "assumption")) for r in kinds.values()]


def _told(measures: Measures, kind: str) -> list[Row]:
    rows = measures.tables.rows("forecasts", area_code=measures.area_code, kind=kind)
    return [row for row in rows if row["value"] is not None]


def _range(row: Row) -> Markup:
    return Markup("{} to {}").format(
        traced.figure(row, "low", words.whole), traced.figure(row, "high", words.whole)
    )
