"""A line of the scorecard and the section of an off-course measure: what a template lays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import exhibits, places, sentences, traced, words
from orchestration.publication.report.measures import Measure, Measures
from orchestration.publication.report.tables import Row

BREAK = Markup("<br>")
YEARLY = ("census", "calendar_year", "academic_year", "financial_year", "dec_feb", "autumn_spring")
"""Kinds of periods whose last time was a year before."""


@dataclass(frozen=True)
class Line:
    """One measure in a scorecard: its cells, each ready to be shown.

    ``reason`` says why there is no figure; ``base`` stands under the figure, ``plan_below`` under
    what the plan asked for. ``spc`` and ``rag`` name a mark and its words.
    """

    anchor: str
    title: Markup
    name: Markup
    definition: Markup
    owner: Markup
    notes: Markup | None
    value: Markup | str
    reason: Markup | None
    base: Markup | None
    backlog: Markup | None
    changes: Sequence[Mapping[str, Any]]
    no_change: str
    plan: Markup | str
    plan_below: Markup | None
    rag: Mapping[str, Any]
    spark: Markup | str
    spc: Mapping[str, Any]


def line(measures: Measures, one: Measure) -> Line:
    """Make the scorecard line of a measure."""
    row = one.latest
    return Line(
        anchor=one.indicator_id,
        title=sentences.title(one),
        name=_name(measures, one),
        definition=traced.quoted(one.about, "plain_definition"),
        owner=traced.quoted(one.about, "owner_group"),
        notes=_notes(measures, one),
        value=sentences.value(row, one.unit) if one.has_figure else "No figure",
        reason=None if one.has_figure else sentences.why_no_figure(measures.tables, row),
        base=_base(measures, one),
        backlog=_backlog(measures, one),
        changes=_changes(one),
        no_change="No figure to compare",
        plan=_plan(one),
        plan_below=_plan_below(one),
        rag={**sentences.rating(one), "gap": sentences.gap(one)},
        spark=exhibits.sparkline(measures, one),
        spc=sentences.turn(measures.tables, one),
    )


def exception(measures: Measures, one: Measure) -> dict[str, Any]:
    """Make the section of an off-course measure: trend, plan, since when, what is said and next."""
    since = one.off_course_since
    where = {"indicator_id": one.indicator_id, "area_code": measures.area_code}
    forecasts = measures.tables.rows("forecasts", **where)
    return {
        "title": sentences.title(one),
        "line": line(measures, one),
        "exhibit": exhibits.trend(measures, one),
        "since": _since(one, since),
        "forecasts": [_forecast(row, one.unit) for row in forecasts],
        "notes": [_note(row) for row in one.notes],
    }


def notes_of(found: Sequence[Measure]) -> list[dict[str, Any]]:
    """Make the owners' notes on measures ready to be shown, in the order of the measures."""
    return [{"title": sentences.title(one), **_note(row)} for one in found for row in one.notes]


def decisions(measures: Measures) -> list[exhibits.Cells]:
    """Give the Board's decisions up to the month, newest first."""
    rows = measures.decisions_so_far
    rows.sort(key=lambda row: (row["decided_on"], row["decision_id"]), reverse=True)
    overdue = {row["decision_id"] for row in measures.overdue_decisions}
    return [
        (
            traced.day(row, "decided_on", words.in_full),
            traced.quoted(row, "text"),
            traced.quoted(row, "owner_role"),
            traced.day(row, "due_date", words.in_full) if row["due_date"] else "No date",
            "Overdue" if row["decision_id"] in overdue else row["status"].capitalize(),
        )
        for row in rows
    ]


def marks(row: Row) -> list[str]:
    """Say in words how far a figure can be relied on."""
    flags = (("is_provisional", "Provisional"), ("is_estimated", "Estimated"))
    marks = [said for column, said in flags if row[column] and row["value"] is not None]
    if row["is_complete"] is False:
        marks.append("Late records may still change it")
    if row["base_flag"] is not None and row["value"] is not None:
        marks.append("Few cases: read with care")
    if row.is_rounded and row["value"] is not None:
        marks.append("Rounded")
    return marks


def _name(measures: Measures, one: Measure) -> Markup:
    place = places.chart_of(measures, one)
    if place is None:
        return sentences.title(one)
    return Markup('<a href="{}">{}</a>').format(place, sentences.title(one))


def _base(measures: Measures, one: Measure) -> Markup | None:
    """Say of how many a share is, of when it is where not of the month, and the official figure."""
    row, said = one.latest, []
    if one.is_share and sentences.parts(row):
        said.append(sentences.parts(row))
    if one.has_figure and row["period_end"] != measures.month_end:
        said.append(Markup("For {}, the newest figure there is.").format(sentences.when(row)))
    if measures.lacks_a_file(one):
        said.append(Markup('<a href="data-quality.html#deliveries">A file did not come</a>'))
    said += [Markup.escape(mark) for mark in marks(row)]
    if one.published is not None and one.published["value"] is not None:
        said.append(
            Markup("Official statistics: {} ({})").format(
                sentences.value(one.published, one.unit), sentences.when(one.published)
            )
        )
    return BREAK.join(said) if said else None


def _backlog(measures: Measures, one: Measure) -> Markup | None:
    """Say how many wait or are overdue beside a rate, and what they are."""
    if one.latest["backlog"] is None:
        return None
    number = traced.figure(one.latest, "backlog", words.whole)
    counted = measures.one(one.about["backlog_indicator_id"])
    if counted is None:
        return Markup("Backlog: {}").format(number)
    return Markup("Backlog: {} {}").format(number, traced.quoted(counted.about, "counted"))


def _changes(one: Measure) -> list[dict[str, Any]]:
    """Changes since a year and a period before, those that there are."""
    compared = [("year_ago_value", "since a year before")]
    if one.latest["period_type"] not in YEARLY:
        compared.append(("previous_value", "since last time"))
    found = []
    for column, since in compared:
        change = sentences.change(one, column)
        if change is not None:
            found.append({**change, "since": since})
    return found


def _plan(one: Measure) -> Markup | str:
    asked = sentences.asked(one)
    if asked is None:
        return "No plan number"
    is_over = one.latest["trajectory_read"] == "beyond_plan"
    return Markup("{}, its last number" if is_over else "{} now").format(asked)


def _plan_below(one: Measure) -> Markup | None:
    target = sentences.asked(one, "target_value")
    return None if target is None else Markup("Final target {}").format(target)


def _notes(measures: Measures, one: Measure) -> Markup | None:
    if "quality_findings" not in measures.tables or not one.latest["finding_count"]:
        return None
    link = Markup('<a href="data-quality.html#findings" aria-label="{}: {}">{}</a>')
    notes = traced.figure(one.latest, "finding_count", words.noun_of("data note"))
    return link.format(notes.striptags(), sentences.title(one).striptags(), notes)


def _forecast(row: Row, unit: str) -> dict[str, Any]:
    return {
        "title": traced.quoted(row, "title"),
        "day": traced.day(row, "horizon_date", words.in_full),
        "value": sentences.value(row, unit) if row["value"] is not None else None,
        "assumption": traced.quoted(row, "assumption"),
        "range": traced.quoted(row, "range_text"),
    }


def _since(one: Measure, since: Row | None) -> Markup | None:
    if since is None:
        return None
    if since is one.series[0]:
        return Markup("At least {}, the first month of these figures").format(sentences.when(since))
    return sentences.when(since)


def _note(row: Row) -> dict[str, Any]:
    due = row["action_due_date"]
    return {
        "role": traced.quoted(row, "author_role"),
        "text": traced.quoted(row, "text"),
        "action": traced.quoted(row, "action"),
        "due": traced.day(row, "action_due_date", words.in_full) if due else None,
    }
