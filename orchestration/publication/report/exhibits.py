"""Exhibits: a finding, its drawing, its text alternative and its table, from one row set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import charts, sentences, traced, words
from orchestration.publication.report.measures import BETTER, WORSE, Measure, Measures
from orchestration.publication.report.tables import Row, Tables

Cells = Sequence[Markup | str]
MONTHS_SHOWN = 19
"""A line shows a year and a half: each month of the newest half year has its twin of a year ago.
With 25 months a page of 17 charts weighs 580 kB; a page may weigh 500.
"""


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
    now = sentences.about(row, now)
    if changed["direction"] == "same":
        return Markup("{}: {}, as a year before").format(name, now)
    size = sentences.change_in_a_year(measure)
    return Markup("{}: {}, {} {} in a year").format(name, now, changed["direction"], size)


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
        is_rounded=row.is_rounded,
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
        ("actual", "Actual, rounded" if any(p.is_rounded for p in points) else "Actual", True),
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
    say = words.figure_of(measure.unit, is_rounded=any(point.is_rounded for point in points))
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
