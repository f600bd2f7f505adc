"""Exhibits: a finding, its drawing, its text alternative and its table, from one row set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import charts, sentences, traced, words
from orchestration.publication.report.measures import BETTER, WORSE, Measure, Measures
from orchestration.publication.report.tables import Row, Tables

Cells = Sequence[Markup | str]
ENGLAND = "E92000001"
MIDDLE = "Middle of the similar areas"
MONTHS_SHOWN = 19
"""A line shows a year and a half: each month of the newest half year has its twin of a year ago.
With 25 months a page of 17 charts weighs 580 kB; a page may weigh 500.
"""
LIST_MONTHS_SHOWN = 13
"""Columns of a waiting list show a year and the month before it."""


@dataclass(frozen=True)
class Exhibit:
    """A chart of a page; ``key`` names the signs in the drawing, ``rows`` are the table's."""

    anchor: str
    title: Markup
    place: Markup
    drawing: charts.Drawing
    key: Sequence[tuple[str, Markup | str]]
    columns: Sequence[Markup | str]
    rows: Sequence[Cells]


def trend(measures: Measures, measure: Measure) -> Exhibit:
    """Draw a measure over time with what the plan asked and the expected range."""
    return measures.once(f"trend of {measure.indicator_id}", lambda: _trend(measures, measure))


def sparkline(measures: Measures, measure: Measure) -> Markup | str:
    """Draw a measure over time, small and without numbers; words where there is no figure."""
    points = points_of(measures.tables, measure)
    if not any(point.value is not None for point in points):
        return "No trend to show"
    return measures.once(
        f"sparkline of {measure.indicator_id}",
        lambda: charts.sparkline(points, unit=measure.unit),
    )


def _trend(measures: Measures, measure: Measure) -> Exhibit:
    rows = measure.series[-MONTHS_SHOWN:]
    points = points_of(measures.tables, measure)
    return Exhibit(
        anchor=f"trend-{measure.indicator_id}",
        title=finding(measures.tables, measure),
        place=_place(measures, measure),
        drawing=charts.trend(points, unit=measure.unit, alt=_trend_in_words(measure, points)),
        key=_trend_key(points),
        **_without_empty_columns(
            ("Period", "Figure", "Counted", "Plan asked for", "Expected range", "Reading"),
            [_trend_row(measures.tables, measure, row) for row in rows],
        ),
    )


def _without_empty_columns(columns: Sequence[str], rows: Sequence[Cells]) -> dict[str, Any]:
    kept = [number for number in range(len(columns)) if any(row[number] for row in rows)]
    return {
        "columns": [columns[number] for number in kept],
        "rows": [[row[number] for number in kept] for row in rows],
    }


def points_of(tables: Tables, measure: Measure) -> list[charts.Point]:
    """Give a measure's rows as a drawing takes them."""
    return [_point(tables, row) for row in measure.series[-MONTHS_SHOWN:]]


def finding(tables: Tables, measure: Measure) -> Markup:
    """Say what a chart shows: how far off course, or how the figure stands to a year before."""
    name, row = sentences.title(measure), measure.latest
    if not measure.has_figure:
        return Markup("{}: no figure. {}").format(name, sentences.why_no_figure(tables, row))
    now = sentences.value(row, measure.unit)
    if sentences.gap(measure) is not None:
        asked = sentences.asked(measure)
        return Markup("{}: {}. The plan asked for {}.").format(name, now, asked)
    changed = sentences.change(measure, "year_ago_value")
    if changed is None:
        return Markup("{}: {} ({})").format(name, now, sentences.when(row))
    if changed["direction"] == "same":
        return Markup("{}: {}, as a year before").format(name, now)
    size = traced.difference(row, "value", "year_ago_value", words.change_of(measure.unit))
    return Markup("{}: {}, {} {} in a year").format(name, now, changed["direction"], size)


@dataclass(frozen=True)
class WaitMonth:
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


def wait_months(measures: Measures, service: str) -> list[WaitMonth]:
    """Give a service's list month by month."""
    rows = measures.tables.rows("waiting_list", **_list_of(measures, service))
    groups = wait_groups(measures.tables)
    months = []
    for end in sorted({row["period_end"] for row in rows})[-LIST_MONTHS_SHOWN:]:
        of_month = [row for row in rows if row["period_end"] == end]
        lacking = [row for row in of_month if row["referral_count"] is None]
        gap = sentences.why_no_figure(measures.tables, lacking[0]) if lacking else None
        by_group = [[r for r in of_month if r["wait_band"] in bands] for bands in groups.values()]
        months.append(WaitMonth(end, by_group, gap))
    return months


def wait_groups(tables: Tables) -> dict[Markup, list[str]]:
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


def waiting_list(
    measures: Measures, service: str, name: Markup, months: Sequence[WaitMonth], top: float
) -> Exhibit:
    """Draw who waits for a service and how long, month by month, on the scale up to ``top``."""
    groups = wait_groups(measures.tables)
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
    alt = _list_in_words(name.striptags(), drawn, plain)
    return Exhibit(
        anchor=f"list-{service.lower()}",
        title=_list_finding(measures, service, name, months),
        place=Markup("{}. Referrals that wait at the end of each month.").format(
            measures.area_name
        ),
        drawing=charts.waiting_list(drawn, plain, alt=alt, top=top),
        key=tuple(zip(("wait_short", "wait_middle", "wait_long"), groups, strict=True)),
        columns=("Month", *groups, "All"),
        rows=[_list_row(measures, service, one) for one in months],
    )


def neighbours(measures: Measures, measure: Measure, rows: Sequence[Row]) -> Exhibit:
    """Draw a published figure of the area beside England and statistical neighbours.

    ``rows`` are those of ``comparators`` of the measure and period of its published figure.
    """
    own = measure.published
    shown = [row for row in rows if row["value"] is not None]
    # The set of the area itself, its region and England ranks its members too.
    home = {row["set_id"] for row in rows if row["area_code"] in (own["area_code"], ENGLAND)}
    others = [row for row in shown if row["set_id"] not in home]
    by_area = {row["area_code"]: row for row in shown}
    middle = next((row for row in others if row["set_median"] is not None), None)
    strip = charts.Strip(
        label=str(measure.about["short_title"]),
        unit=measure.unit,
        own=own["value"],
        own_name=measures.area_name,
        england=by_area[ENGLAND]["value"] if ENGLAND in by_area else None,
        median=None if middle is None else middle["set_median"],
        neighbours=tuple(row["value"] for row in others),
    )
    return Exhibit(
        anchor=f"compare-{measure.indicator_id}",
        title=_comparison(measure, own, by_area.get(ENGLAND)),
        place=Markup("{}. Published figures.").format(sentences.when(own)),
        drawing=charts.neighbours(strip, alt=_comparison_in_words(strip)),
        key=(
            ("here", measures.area_name),
            ("england", "England"),
            ("neighbour", "A similar area"),
            ("median", MIDDLE),
        ),
        columns=("Area", "Figure"),
        rows=[
            (Markup("{}").format(own["area_name"]), sentences.value(own, measure.unit)),
            *(
                (Markup("{}").format(row["area_name"]), _shown(measures.tables, row, measure.unit))
                for row in rows
                if row["area_code"] != own["area_code"]
            ),
            *_middle_row(measure, middle),
        ],
    )


def _middle_row(measure: Measure, row: Row | None) -> list[Cells]:
    if row is None:
        return []
    return [(MIDDLE, sentences.value(row, measure.unit, "set_median"))]


def service_name(measures: Measures, service: str) -> Markup:
    """Name a service in words; by its code where the release has no words for it."""
    label = measures.tables.row("breakdowns", breakdown="service", breakdown_value=service)
    return Markup.escape(service) if label is None else traced.quoted(label, "label")


def overview(measures: Measures, service: str, months: Sequence[WaitMonth]) -> Cells:
    """Say of one list how many wait, did a year before, and have waited for a year or more."""
    link = Markup('<a href="#list-{}-section">{}</a>')
    newest = months[-1]
    before = next((m for m in months if m.end == words.a_year_before(newest.end)), None)
    longest = list(wait_groups(measures.tables).values())[-1]
    return (
        link.format(service.lower(), service_name(measures, service)),
        _waiting(measures, service, newest),
        _waiting(measures, service, before),
        _waiting(measures, service, newest, wait_band=longest),
    )


def _waiting(
    measures: Measures, service: str, month: WaitMonth | None, **bands: Sequence[str]
) -> Markup:
    if month is None:
        return Markup("No figure")
    if month.gap:
        return Markup.escape(month.gap)
    where = {**_list_of(measures, service), "period_end": month.end, **bands}
    return traced.total(measures.tables, "waiting_list", "referral_count", words.whole, **where)


def _list_of(measures: Measures, service: str) -> dict[str, str]:
    return {"basis": "local", "area_code": measures.area_code, "service": service}


def _list_row(measures: Measures, service: str, one: WaitMonth) -> Cells:
    when = traced.day(one.groups[0][0], "period_end", words.short_month)
    if one.gap:
        return (when, one.gap)
    where = {**_list_of(measures, service), "period_end": one.end}
    add = partial(traced.total, measures.tables, "waiting_list", "referral_count", words.whole)
    groups = wait_groups(measures.tables).values()
    return (when, *(add(**where, wait_band=bands) for bands in groups), add(**where))


def _list_finding(
    measures: Measures, service: str, name: Markup, months: Sequence[WaitMonth]
) -> Markup:
    """Say how many waited last and how many of them for a year."""
    newest = months[-1]
    if newest.gap:
        return Markup("{}: {}").format(name, newest.gap)
    where = {**_list_of(measures, service), "period_end": newest.end}
    add = partial(traced.total, measures.tables, "waiting_list", "referral_count", words.whole)
    longest = list(wait_groups(measures.tables).values())[-1]
    return Markup("{}: {} referrals waited at the end of {}, {} of them for a year or more").format(
        name,
        add(**where),
        traced.day(newest.groups[0][0], "period_end", words.month),
        add(**where, wait_band=longest),
    )


def _list_in_words(name: str, months: Sequence[charts.ListMonth], groups: Sequence[str]) -> str:
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


def _point(tables: Tables, row: Row) -> charts.Point:
    lacks = row["value"] is None
    return charts.Point(
        end=row["period_end"],
        label=words.period(row["period_type"], row["period_start"], row["period_end"]),
        value=row["value"],
        gap=sentences.why_no_figure(tables, row).striptags() if lacks else None,
        plan=None if row["trajectory_read"] == "beyond_plan" else row["trajectory_value"],
        is_milestone=row["trajectory_read"] == "plan_point",
        lower=row["spc_lower"],
        upper=row["spc_upper"],
        mean=row["spc_mean"],
        variation=row["variation"],
    )


def _place(measures: Measures, measure: Measure) -> Markup:
    first, last = measure.series[-MONTHS_SHOWN:][0], measure.series[-1]
    return Markup("{}, {} to {}. {}").format(
        measures.area_name,
        sentences.when(first),
        sentences.when(last),
        traced.quoted(measure.about, "plain_definition"),
    )


def _trend_key(points: Sequence[charts.Point]) -> list[tuple[str, str]]:
    """Name the signs that the drawing uses, and no other."""
    seen = {point.variation for point in points}
    signs = (
        ("actual", "Actual", True),
        ("improvement", sentences.READINGS[BETTER], BETTER in seen),
        ("concern", sentences.READINGS[WORSE], WORSE in seen),
        ("unusual", sentences.READINGS["special_cause_neutral"], "special_cause_neutral" in seen),
        ("plan", "Plan; squares are dates in the plan", any(p.plan is not None for p in points)),
        ("band", "Average and expected range", any(p.upper is not None for p in points)),
        ("gap", "No figure", any(p.value is None for p in points)),
    )
    return [(kind, said) for kind, said, is_drawn in signs if is_drawn]


def _trend_row(tables: Tables, measure: Measure, row: Row) -> Cells:
    when = traced.day(row, "period_end", lambda end: _short(row))
    if row["value"] is None:
        figure: Markup = sentences.why_no_figure(tables, row)
    else:
        figure = sentences.value(row, measure.unit)
    limits: Markup | str = ""
    if row["spc_upper"] is not None:
        limits = Markup("{} to {}, average {}").format(
            traced.figure(row, "spc_lower", words.limit_of(measure.unit)),
            traced.figure(row, "spc_upper", words.limit_of(measure.unit)),
            traced.figure(row, "spc_mean", words.average_of(measure.unit)),
        )
    asked: Markup | str = ""
    if row["trajectory_value"] is not None:
        asked = traced.figure(row, "trajectory_value", words.plan_figure_of(measure.unit))
    return (
        when,
        figure,
        _counted(measure, row),
        asked,
        limits,
        sentences.READINGS[row["variation"]],
    )


def _counted(measure: Measure, row: Row) -> Markup | str:
    """Say of how many a figure is: both parts of a share, the cases of a median."""
    if measure.is_share:
        return sentences.parts(row) or ""
    if measure.unit == "count" or row["value"] is None or row["denominator"] is None:
        return ""
    return traced.figure(row, "denominator", words.whole)


def _short(row: Row) -> str:
    if row["period_type"] == "month":
        return words.short_month(row["period_end"])
    return words.period(row["period_type"], row["period_start"], row["period_end"])


def _trend_in_words(measure: Measure, points: Sequence[charts.Point]) -> str:
    """Tell a drawing to who cannot see it: first and last figure, plan, gaps."""
    say = words.figure_of(measure.unit)
    told = [point for point in points if point.value is not None]
    sentences_ = [f"Line: {measure.about['short_title']}, {points[0].label} to {points[-1].label}."]
    sentences_ += [
        f"{one.label}: {say(one.value)}." for one in dict.fromkeys((*told[:1], *told[-1:]))
    ]
    plan = [point for point in points if point.plan is not None]
    if plan:
        ask = words.plan_figure_of(measure.unit)
        sentences_.append(
            f"The plan asked for {ask(plan[0].plan)} in {plan[0].label} and {ask(plan[-1].plan)} "
            f"in {plan[-1].label}."
        )
    missing = len(points) - len(told)
    if missing:
        sentences_.append(f"{missing} of {len(points)} periods have no figure.")
    return " ".join((*sentences_, "The numbers are in the table below."))


def _comparison(measure: Measure, own: Row, england: Row | None) -> Markup:
    name, now = sentences.title(measure), sentences.value(own, measure.unit)
    if england is None:
        return Markup("{}: {}").format(name, now)
    return Markup("{}: {}, England {}").format(name, now, sentences.value(england, measure.unit))


def _comparison_in_words(strip: charts.Strip) -> str:
    say = words.figure_of(strip.unit)
    parts = [f"{strip.own_name} {say(strip.own)}"]
    parts += [f"England {say(strip.england)}"] if strip.england is not None else []
    parts += [f"middle of the neighbours {say(strip.median)}"] if strip.median is not None else []
    if strip.neighbours:
        parts.append(f"neighbours {say(min(strip.neighbours))} to {say(max(strip.neighbours))}")
    return (
        f"Dots on one scale: {strip.label}. {', '.join(parts)}. The numbers are in the table below."
    )


def _shown(tables: Tables, row: Row, unit: str) -> Markup:
    if row["value"] is None:
        return sentences.why_no_figure(tables, row)
    return sentences.value(row, unit)


def _first_day(band: str) -> int:
    return int(band.partition("-")[0].rstrip("+"))
