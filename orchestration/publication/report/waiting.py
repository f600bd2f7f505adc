"""Waiting lists: who waits for a service and how long, month by month, and what it would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import charts, exhibits, outlook, sentences, traced, words
from orchestration.publication.report.exhibits import Cells, Exhibit
from orchestration.publication.report.measures import Measures
from orchestration.publication.report.tables import Row, Tables

MONTHS_SHOWN = 13
"""Columns of a waiting list show a year and the month before it."""


def page(measures: Measures) -> dict[str, Any]:
    """Give what the page of waiting lists shows: all lists in a table, then each by itself."""
    services = measures.services
    months = {service: months_of(measures, service) for service in services}
    top = max((one.total for of_service in months.values() for one in of_service), default=0)
    lists = [_list(measures, service, months[service], top or 1) for service in services]
    # What the inspection asked for has the most headline measures and comes first.
    lists.sort(key=lambda one: -len(one["trends"]))
    foreseen = [row for service in services for row in outlook.of_list(measures, service)]
    return {
        "overview": [overview(measures, one["service"], months[one["service"]]) for one in lists],
        "lists": lists,
        "assumptions": outlook.assumptions(foreseen),
        "on_this_page": [_anchor(one["exhibit"].anchor, one["name"]) for one in lists],
    }


@dataclass(frozen=True)
class Month:
    """A waiting list at a month's end: its rows by group of bands, or why there is none."""

    end: date
    groups: Sequence[Sequence[Row]]
    gap: Markup | None

    @property
    def counts(self) -> tuple[int, ...] | None:
        """How many wait in each group, shortest wait first."""
        if self.gap:
            return None
        return tuple(sum(row["referral_count"] for row in rows) for rows in self.groups)

    @property
    def total(self) -> int:
        """How many wait in all; zero where nobody knows."""
        return sum(self.counts or ())


def months_of(measures: Measures, service: str) -> list[Month]:
    """Give a service's list month by month."""
    rows = measures.tables.rows("waiting_list", **_rows_of(measures, service))
    groups = groups_of(measures.tables)
    months = []
    for end in sorted({row["period_end"] for row in rows})[-MONTHS_SHOWN:]:
        of_month = [row for row in rows if row["period_end"] == end]
        lacking = [row for row in of_month if row["referral_count"] is None]
        gap = sentences.why_no_figure(measures.tables, lacking[0]) if lacking else None
        by_group = [[r for r in of_month if r["wait_band"] in bands] for bands in groups.values()]
        months.append(Month(end, by_group, gap))
    return months


def groups_of(tables: Tables) -> dict[Markup, list[str]]:
    """Bands of waiting in three groups: to 18 weeks, to a year, a year or more.

    The bands name their days (``85-126``, ``365+``); 18 weeks in days is a parameter.
    """
    limit = tables.rows("parameters", name="within_18w_days")[0]
    bands = sorted({row["wait_band"] for row in tables.rows("waiting_list")}, key=_first_day)
    closed = [band for band in bands if not band.endswith("+")]
    within = [band for band in closed if int(band.partition("-")[2]) <= int(limit["value"])]
    limit_words = sentences.limit_of_18_weeks(tables)
    return {
        Markup("{} or less").format(limit_words): within,
        Markup("More than {}").format(limit_words): [b for b in closed if b not in within],
        Markup("A year or more"): [band for band in bands if band.endswith("+")],
    }


def exhibit(
    measures: Measures, service: str, name: Markup, months: Sequence[Month], top: float
) -> Exhibit:
    """Draw who waits for a service and how long, month by month, on the scale up to ``top``."""
    groups = groups_of(measures.tables)
    drawn = [
        charts.ListMonth(
            end=one.end,
            label=words.month(one.end),
            counts=one.counts,
            gap=one.gap and one.gap.striptags(),
        )
        for one in months
    ]
    plain = [group.striptags() for group in groups]
    alt = _in_words(name.striptags(), drawn, plain)
    return Exhibit(
        anchor=f"list-{service.lower()}",
        title=_finding(measures, service, name, months),
        place=Markup("{}. Referrals that wait at the end of each month.").format(
            measures.area_name
        ),
        drawing=charts.waiting_list(drawn, plain, alt=alt, top=top),
        key=tuple(zip(("wait_short", "wait_middle", "wait_long"), groups, strict=True)),
        columns=("Month", *groups, "All"),
        rows=[_table_row(measures, service, one) for one in months],
    )


def overview(measures: Measures, service: str, months: Sequence[Month]) -> Cells:
    """Say of one list how many wait, did a year before, and have waited for a year or more."""
    link = Markup('<a href="#list-{}-section">{}</a>')
    newest = months[-1]
    before = next((m for m in months if m.end == words.a_year_before(newest.end)), None)
    longest = list(groups_of(measures.tables).values())[-1]
    return (
        link.format(service.lower(), service_name(measures, service)),
        _total(measures, service, newest),
        _total(measures, service, before),
        _total(measures, service, newest, wait_band=longest),
    )


def service_name(measures: Measures, service: str) -> Markup:
    """Name a service in words; by its code where the release has no words for it."""
    label = measures.tables.row("breakdowns", breakdown="service", breakdown_value=service)
    return Markup.escape(service) if label is None else traced.quoted(label, "label")


def _list(measures: Measures, service: str, months: Sequence[Month], top: float) -> dict[str, Any]:
    name = service_name(measures, service)
    return {
        "service": service,
        "name": name,
        "exhibit": exhibit(measures, service, name, months, top),
        "waits": [
            sentences.typical(one)
            for aggregation in ("median", "percentile")
            for one in measures
            if one.about["service"] == service
            and one.about["aggregation"] == aggregation
            and one.has_figure
        ],
        # How many wait stands in the columns of the list.
        "trends": [
            exhibits.trend(measures, one)
            for one in measures.headline
            if one.is_charted
            and one.about["service"] == service
            and one.is_of_waiting_list
            and one.unit != "count"
        ],
        "ahead": outlook.flow(measures, outlook.of_list(measures, service)),
    }


def _anchor(anchor: str, name: Markup | str) -> dict[str, Any]:
    return {"href": f"#{anchor}-section", "words": name, "is_current": False}


def _total(measures: Measures, service: str, month: Month | None, **bands: Sequence[str]) -> Markup:
    if month is None:
        return Markup("No figure")
    if month.gap:
        return Markup.escape(month.gap)
    where = {**_rows_of(measures, service), "period_end": month.end, **bands}
    return traced.total(measures.tables, "waiting_list", "referral_count", words.whole, **where)


def _rows_of(measures: Measures, service: str) -> dict[str, str]:
    return {"basis": "local", "area_code": measures.area_code, "service": service}


def _table_row(measures: Measures, service: str, one: Month) -> Cells:
    when = traced.day(one.groups[0][0], "period_end", words.short_month)
    if one.gap:
        return (when, one.gap)
    where = {**_rows_of(measures, service), "period_end": one.end}
    add = partial(traced.total, measures.tables, "waiting_list", "referral_count", words.whole)
    groups = groups_of(measures.tables).values()
    return (when, *(add(**where, wait_band=bands) for bands in groups), add(**where))


def _finding(measures: Measures, service: str, name: Markup, months: Sequence[Month]) -> Markup:
    """Say how many waited last and how many of them for a year."""
    newest = months[-1]
    if newest.gap:
        return Markup("{}: {}").format(name, newest.gap)
    where = {**_rows_of(measures, service), "period_end": newest.end}
    add = partial(traced.total, measures.tables, "waiting_list", "referral_count", words.whole)
    longest = list(groups_of(measures.tables).values())[-1]
    return Markup("{}: {} referrals waited at the end of {}, {} of them for a year or more").format(
        name,
        add(**where),
        traced.day(newest.groups[0][0], "period_end", words.month),
        add(**where, wait_band=longest),
    )


def _in_words(name: str, months: Sequence[charts.ListMonth], groups: Sequence[str]) -> str:
    told = [one for one in months if one.counts is not None]
    if not told:
        return f"Columns: {name}. There is no figure for any month."
    ends = " ".join(
        f"{one.label}: "
        + ", ".join(f"{group.lower()} {n:,}" for group, n in zip(groups, one.counts, strict=True))
        + "."
        for one in dict.fromkeys((told[0], told[-1]))
    )
    return (
        f"Columns, one a month, {name}, {months[0].label} to {months[-1].label}. {ends} "
        "The numbers are in the table below."
    )


def _first_day(band: str) -> int:
    return int(band.partition("-")[0].rstrip("+"))
