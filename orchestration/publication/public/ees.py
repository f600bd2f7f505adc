"""The area's own series in the layout of the DfE: a file of data, and one of metadata about it.

By the DfE's open data standards for "explore education statistics": a row per time, place and
breakdown, a column per measure; a symbol stands where the number would. The platform knows no
rolling windows and no years to date, and wants one kind of period per file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from orchestration.publication.public import tidy_csv
from orchestration.publication.public.cube import Public
from orchestration.publication.report import Facts, Tables
from orchestration.publication.report.words import month_name

FOLDER = "ees"
META_COLUMNS = (
    "col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp",
    "filter_hint", "filter_grouping_column",
)  # fmt: skip
TOPIC, BREAKDOWN, TOTAL = "breakdown_topic", "breakdown", "Total"
UNAVAILABLE = "x"
"""Stands where the public cube has no figure of a measure in a row."""
CONFIDENTIAL = {"*": "c"}
"""The NHS's symbol, as the DfE writes it."""


class Time(NamedTuple):
    """A period as the platform names it."""

    time_period: int
    time_identifier: str


class Measure(NamedTuple):
    """A column of numbers: which of an indicator's, and what the metadata says of it."""

    column: str
    indicator_id: str
    cell: str
    label: str


def _month(start: date, end: date) -> Time:
    return Time(end.year, month_name(end))


def _calendar_year(start: date, end: date) -> Time:
    return Time(end.year, "Calendar year")


def _academic_year(start: date, end: date) -> Time:
    return Time(_two_years(start, 9), "Academic year")


def _financial_year(start: date, end: date) -> Time:
    return Time(_two_years(start, 4), "Financial year")


def _quarter(start: date, end: date) -> Time:
    return Time(_two_years(start, 4), f"Financial year Q{(start.month - 4) // 3 % 4 + 1}")


def _term(start: date, end: date) -> Time:
    name = "Autumn" if start.month >= 9 else "Summer" if start.month >= 4 else "Spring"
    return Time(_two_years(start, 9), f"{name} term")


def _two_years(start: date, first_month: int) -> int:
    """Six digits of a year that begins in another month than January: 202526."""
    year = start.year - (start.month < first_month)
    return 100 * year + (year + 1) % 100


TIMES = {
    "month": _month,
    "quarter": _quarter,
    "term": _term,
    "census": _month,
    "calendar_year": _calendar_year,
    "academic_year": _academic_year,
    "financial_year": _financial_year,
}
"""How each kind of period is named. A census day is named by its month: some measures have several
days a year, and the platform knows no days."""


def render(figures: Sequence[Public], tables: Tables, facts: Facts) -> dict[str, bytes]:
    """Write a file of data and one of metadata for each kind of period with figures."""
    by_kind = defaultdict(list)
    for one in figures:
        if one.figure["basis"] == "local" and one.figure["period_type"] in TIMES:
            by_kind[one.figure["period_type"]].append(one)
    made = {}
    for kind, own in sorted(by_kind.items()):
        measures = list(_measures(own))
        data = _rows(kind, own, measures, tables)
        filters = (TOPIC, BREAKDOWN) if any(row[TOPIC] != TOTAL for row in data) else ()
        place = _place(tables, facts)
        columns = (*Time._fields, *place, *filters, *(one.column for one in measures))
        name = f"{FOLDER}/send_indicators_{kind}"
        made[f"{name}.csv"] = tidy_csv.table(columns, (place | row for row in data))
        about = _about(measures, tables, has_filter=bool(filters))
        made[f"{name}.meta.csv"] = tidy_csv.table(META_COLUMNS, about)
    return made


def _place(tables: Tables, facts: Facts) -> dict[str, str | None]:
    """Where the figures are of: the local authority, and the region and country around it."""
    areas = {row["area_code"]: row for row in tables.rows("areas")}
    own = areas[facts.partnership["local_area"]]
    region = areas.get(own["parent_code"])
    return {
        "geographic_level": "Local authority",
        "country_code": facts.partnership["country"],
        "country_name": areas[facts.partnership["country"]]["area_name"],
        "region_code": region and region["area_code"],
        "region_name": region and region["area_name"],
        "old_la_code": facts.partnership["local_la_code"],
        "new_la_code": own["area_code"],
        "la_name": own["area_name"],
    }


def _measures(figures: Sequence[Public]) -> Iterator[Measure]:
    """The columns of numbers: each indicator's figure, and the counts behind it if it has any."""
    by_indicator = defaultdict(list)
    for one in figures:
        by_indicator[one.key[0]].append(one)
    for indicator_id, own in sorted(by_indicator.items()):
        about = own[0].figure
        title, unit = about["short_title"], about["unit"]
        label = f"{title} ({unit})" if unit in ("weeks", "days") else title
        yield Measure(indicator_id, indicator_id, "value", label)
        for part, words in (("numerator", "number counted"), ("denominator", "number in all")):
            repeats = part == "numerator" and unit == "count"
            if not repeats and any(getattr(one, part).symbol != "z" for one in own):
                yield Measure(f"{indicator_id}_{part}", indicator_id, part, f"{title}: {words}")


def _rows(
    kind: str, figures: Sequence[Public], measures: Sequence[Measure], tables: Tables
) -> list[dict[str, Any]]:
    """One row per time and breakdown, with the cells of every indicator that has it.

    Raises:
        ValueError: two figures of an indicator would stand in one cell.
    """
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    place: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    labels = {
        (row["breakdown"], row["breakdown_value"]): (row["sort_order"], row["label"])
        for row in tables.rows("breakdowns")
    }
    by_indicator = defaultdict(list)
    for one in measures:
        by_indicator[one.indicator_id].append(one)
    for one in figures:
        start, end, (breakdown, code) = one.key[3], one.key[4], one.key[-2:]
        is_whole = breakdown == "all"
        order, label = (0, TOTAL) if is_whole else labels.get((breakdown, code), (0, code))
        topic = TOTAL if is_whole else breakdown.replace("_", " ").capitalize()
        time = TIMES[kind](start, end)
        place[time, topic, label] = (time.time_period, end, not is_whole, topic, order)
        row = rows.setdefault(
            (time, topic, label),
            time._asdict()
            | {TOPIC: topic, BREAKDOWN: label}
            | {measure.column: UNAVAILABLE for measure in measures},
        )
        for measure in by_indicator[one.key[0]]:
            if row[measure.column] != UNAVAILABLE:
                raise ValueError(f"{measure.column} has two figures for {kind} {end}, {label}.")
            cell = getattr(one, measure.cell)
            shown = CONFIDENTIAL.get(cell.symbol, cell.symbol) if cell.symbol else cell.value
            row[measure.column] = shown
    return [rows[key] for key in sorted(rows, key=lambda key: (*place[key], key))]


def _about(
    measures: Sequence[Measure], tables: Tables, *, has_filter: bool
) -> Iterator[Mapping[str, Any]]:
    empty = dict.fromkeys(META_COLUMNS)
    if has_filter:
        yield empty | {
            "col_name": BREAKDOWN,
            "col_type": "Filter",
            "label": "Breakdown",
            "filter_hint": "One group at a time; Total is everybody",
            "filter_grouping_column": TOPIC,
        }
    catalogue = {row["indicator_id"]: row for row in tables.rows("indicators")}
    for one in measures:
        about = catalogue[one.indicator_id]
        is_value = one.cell == "value"
        is_share = is_value and about["unit"] in ("pct", "distribution")
        yield empty | {
            "col_name": one.column,
            "col_type": "Indicator",
            "label": one.label,
            "indicator_grouping": (about["outcome_measures"] or "Other").split("; ")[0],
            "indicator_unit": "%" if is_share else None,
            "indicator_dp": 1 if is_value and about["unit"] != "count" else 0,
        }
