"""The Improvement Plan: its ten statements and their measures, milestone beside actual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import sentences, traced, words
from orchestration.publication.report.exhibits import Cells
from orchestration.publication.report.measures import PRINTED, Measure, Measures
from orchestration.publication.report.tables import Row, Tables

POSITIONS = {
    "met": {"mark": "green", "words": "Met"},
    "on_course": {"mark": "green", "words": "On course"},
    "off_course": {"mark": "red", "words": "Off course"},
    "no_evidence": {"mark": "none", "words": "No evidence yet"},
    "no_verdict": {"mark": "grey", "words": "Not judged: figures are rounded or hidden"},
}
"""Mark and words of how a promise of the roadmap stands, by `position`."""


PROMISE_KINDS = (
    ("roadmap", "Promises of the roadmap", "Each has a date by which families should see it."),
    (
        "priority_statement",
        "What families will notice",
        "The strategy gives no number for these: we say whether the figures move the right way.",
    ),
    ("inspection", "Inspections", "When the inspectors are expected again."),
)
"""Kinds of promises in the order of the page: `kind` of `roadmap`, title and what they are."""
VERDICTS = {
    True: {"state": "met", "words": "Met"},
    False: {"state": "not_met", "words": "Not met"},
    None: {"state": None, "words": None},
}
"""Whether a cell of the plan was met, by `is_met` of `improvement_plan`."""


@dataclass(frozen=True, eq=False)
class PlanMeasure:
    """One measure of the plan.

    ``target`` is its row of the plan's last column, ``points`` its rows of the plan in time order,
    ``measure`` the indicator that counts it, None where the catalogue has none, ``after_plan`` the
    row of the release's month where that lies after the plan.
    """

    target: Row
    points: Sequence[Row]
    measure: Measure | None
    after_plan: Row | None

    @property
    def title(self) -> Markup:
        """The measure in the plan's own words."""
        return traced.quoted(self.target, "metric")

    @property
    def after_plan_month(self) -> Markup | None:
        """The release's month, where it lies after the plan."""
        row = self.after_plan
        return None if row is None else traced.day(row, "period_end", words.short_month)

    @property
    def reading(self) -> Markup | None:
        """How doubtful cells of the plan are read, each reading once."""
        rows = {row["reading"]: row for row in (*self.points, self.target) if row["reading"]}
        readings = [traced.quoted(row, "reading") for row in rows.values()]
        return Markup(" ").join(readings) if readings else None

    def why_no_figure(self, tables: Tables) -> Markup:
        """Say why the newest month has no figure; nothing where the catalogue has no indicator."""
        if self.measure is None:
            return Markup("")
        return sentences.why_no_figure(tables, self.measure.latest)

    def cells(
        self, dates: Sequence[date], month_end: date, *, has_after_plan: bool
    ) -> list[dict[str, Any] | None]:
        """What the plan printed for each date and as its target, and the figure beside it.

        ``has_after_plan`` adds the release's month, for measures whose plan has ended.
        """
        by_date = {row["period_end"]: row for row in self.points}
        rows = [*(by_date.get(end) for end in dates), self.target]
        rows += [self.after_plan] if has_after_plan else []
        return [None if row is None else _cell(row, month_end) for row in rows]

    @property
    def has_figure(self) -> bool:
        """Whether the newest month has a figure."""
        return self.measure is not None and self.measure.has_figure


def _cell(row: Row, month_end: date) -> dict[str, Any]:
    """Make one cell: ``state`` is met, not_met, missing (no figure) or None (not yet due)."""
    asked = "No longer planned" if row["kind"] == "month" else traced.quoted(row, "raw")
    cell = {"asked": asked, "is_history": row["kind"] == "historic"}
    if row["period_end"] > month_end:
        return {**cell, "happened": "Not yet due", "state": "missing", "words": None}
    if row["actual_value"] is None:
        lacks = "Not shown" if row["actual_status"] == "suppressed" else "No figure"
        return {**cell, "happened": lacks, "state": "missing", "words": None}
    actual = sentences.value(row, row["unit"], "actual_value")
    return {**cell, "happened": actual, **VERDICTS[row["is_met"]]}


def summary(measures: Measures, of_plan: Sequence[PlanMeasure]) -> list[Cells]:
    """Count by statement what is met: of the targets once they are due, before of the last date."""
    target_end = max((one.target["period_end"] for one in of_plan), default=None)
    is_due = target_end is not None and target_end <= measures.month_end
    ends = {row["period_end"] for one in of_plan for row in one.points if row["kind"] != "historic"}
    reached = max((end for end in ends if end <= measures.month_end), default=None)
    where = {"kind": "target"} if is_due else {"kind": "trajectory", "period_end": reached}
    if not is_due and reached is None:
        return []
    number = partial(traced.count, measures.tables, "improvement_plan", words.whole, **where)
    return [
        (
            traced.quoted(group[0].target, "statement_title"),
            *(
                number(statement=group[0].target["statement"], is_met=is_met)
                for is_met in (True, False, None)
            ),
        )
        for group in by_statement(of_plan)
    ]


def by_statement(of_plan: Sequence[PlanMeasure]) -> list[list[PlanMeasure]]:
    """Give the measures statement by statement, in the plan's order."""
    return [list(found) for _, found in groupby(of_plan, lambda one: one.target["statement"])]


def dates_of(group: Sequence[PlanMeasure]) -> list[tuple[date, Markup]]:
    """Give the dates of the plan that some measures have, in order, each as it is shown."""
    rows = {row["period_end"]: row for one in group for row in one.points}
    return [
        (end, traced.day(row, "period_end", words.short_month)) for end, row in sorted(rows.items())
    ]


def measures_of(measures: Measures) -> list[PlanMeasure]:
    """Give the measures of the plan in the plan's order."""
    points: dict[int, list[Row]] = {}
    for row in measures.tables.rows("improvement_plan", kind=PRINTED):
        points.setdefault(row["metric_number"], []).append(row)
    after = {
        row["metric_number"]: row
        for row in measures.tables.rows(
            "improvement_plan", planned_as="no_longer_planned", period_end=measures.month_end
        )
    }
    found = []
    for number, rows in sorted(points.items()):
        rows.sort(key=lambda row: (row["period_end"], row["kind"]))
        targets = [row for row in rows if row["kind"] == "target"]
        dated = [row for row in rows if row["kind"] != "target"]
        measure = measures.one(targets[0]["indicator_id"])
        found.append(PlanMeasure(targets[0], dated, measure, after.get(number)))
    return found


def replaced(measures: Measures, of_plan: Sequence[PlanMeasure]) -> list[Markup]:
    """Say what has replaced statements of the plan by the release's month, each thing once."""
    targets = {
        (one.target["replaced_month"], one.target["replaced_by"]): one.target
        for one in of_plan
        if one.target["replaced_month"] and one.target["replaced_month"] <= measures.month_end
    }
    return [
        Markup("{} ({}).").format(
            traced.quoted(row, "replaced_by"), traced.day(row, "replaced_month", words.month)
        )
        for _, row in sorted(targets.items())
    ]


def promises(measures: Measures, kind: str) -> list[dict[str, Any]]:
    """Give the promises of one kind: what is said, by when, how it stands, figure and evidence."""
    rows = measures.tables.rows("roadmap", kind=kind)
    return [
        {
            "text": traced.quoted(row, "text"),
            "due": traced.day(row, "due_date", words.in_full),
            **POSITIONS[row["position"]],
            "figure": _figure(measures, row),
            "evidence": _evidence(row),
        }
        for row in sorted(rows, key=lambda row: row["sort_order"])
    ]


def _evidence(row: Row) -> Markup:
    said = [traced.quoted(row, name) for name in ("evidence", "threshold") if row[name]]
    return Markup("<br>").join(said)


def _figure(measures: Measures, row: Row) -> Markup | str:
    """Name the indicator that decides and its figure."""
    if row["actual_value"] is None:
        return "No figure"
    measure = measures.one(row["indicator_id"])
    if measure is None:
        return "No figure"
    figure = sentences.value(row, measure.unit, "actual_value")
    said = Markup("{}: {} ({})").format(sentences.title(measure), figure, sentences.when(row))
    if row["year_ago_value"] is None:
        return said
    before = sentences.value(row, measure.unit, "year_ago_value")
    return Markup("{}; a year before {}").format(said, before)
