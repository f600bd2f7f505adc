"""The report as a workbook: figures stand unrounded and are shown to one place by their format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from markupsafe import Markup

from orchestration.publication.report import plan, scorecard, sentences, spreadsheet, words
from orchestration.publication.report.measures import PRINTED, Measure, Measures
from orchestration.publication.report.pages import OUTCOMES
from orchestration.publication.report.spreadsheet import (
    DAY,
    DEMONSTRATION,
    MEANINGS,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    ONE_PLACE,
    UNITS,
    WHOLE,
    Cell,
    Sheet,
    Shown,
    text,
)
from orchestration.publication.report.tables import Row

NAME = "report.xlsx"
"""Where the workbook lies below the release's ``internal/``."""
SHORTHAND = {"suppressed": "[c]", "low": "[low]", "not_available": "[x]", "not_applicable": "[z]"}
"""What stands in place of a figure, by ``value_status``."""
KINDS = {
    "historic": "Before the plan",
    "trajectory": "Step of the plan",
    "target": "Target",
    "month": "No longer planned",
}
"""Kinds of rows of the plan, in the order in which rows of one date are listed."""


class Column(NamedTuple):
    """A column of a table of measures: heading, width in characters, what a measure's cell says."""

    heading: str
    width: int
    cell: Callable[[Measures, Measure], Cell]


def render(measures: Measures) -> bytes:
    """Make the workbook; the same tables and facts give the same bytes on any machine and day."""
    facts = measures.facts
    return spreadsheet.book(
        facts,
        intro=[
            f"This workbook holds the figures of the report for {measures.area_name}.",
            "The worksheet Contents lists the other worksheets.",
            "The worksheet Notes says what shorthand means and why figures are missing.",
        ],
        sheets=sheets_of(measures),
    )


def sheets_of(measures: Measures) -> list[Sheet]:
    """Give the sheets after cover and contents, in their order."""
    place = f"{measures.area_name}, {words.month(measures.month_end)}"
    return [
        Sheet("Notes", "Notes", {"Note number": 10, "Subject": 56, "Note": 90}, _notes(measures)),
        _sheet_of(measures, "Headline measures", f"Headline measures: {place}", measures.headline),
        *(
            _sheet_of(measures, name, f"{name}: {place}", measures.of_outcome(name))
            for name in OUTCOMES
        ),
        Sheet(
            "Waiting lists",
            f"Referrals that wait at the end of each month: {measures.area_name}",
            {"Month ends": 20, "Service": 30, "Provider": 62, "Waiting for": 30}
            | {"Referrals waiting": 16, "Why there is no figure": 64},
            _waiting(measures),
        ),
        Sheet(
            "Improvement plan",
            f"Improvement plan, what it asks and what became of it: {measures.area_name}",
            {"Measure": 64, "Statement": 12, "Statement title": 86, "Plan date": 20}
            | {"Kind": 18, "Asked, as printed": 24, "Asked, as a number": 16}
            | {"Actual": 16, "Unit": 16, "Met": 12}
            | {"How the cell is read": 86, "Indicator": 34},
            _plan(measures),
        ),
        _sheet_of(
            measures,
            "History",
            f"Headline measures over time: {measures.area_name}",
            [replace(one, latest=row) for one in measures.headline for row in one.series],
            HISTORY,
        ),
    ]


def _sheet_of(
    measures: Measures,
    tab: str,
    title: str,
    shown: Iterable[Measure],
    columns: Sequence[Column] | None = None,
) -> Sheet:
    columns = columns or LATEST
    return Sheet(
        tab,
        title,
        {column.heading: column.width for column in columns},
        [[column.cell(measures, one) for column in columns] for one in shown],
    )


def _number(value: Any, unit: str) -> Shown:
    return Shown(float(value), WHOLE if unit == "count" else ONE_PLACE)


def _of(row: Row, column: str, unit: str) -> Cell:
    """Show a number of a row: without a figure none of its parts, and else what there is."""
    if row["value"] is None:
        return SHORTHAND[row["value_status"]]
    return NOT_APPLICABLE if row[column] is None else _number(row[column], unit)


def _if_any(row: Row, column: str, unit: str, lacks: str) -> Cell:
    """Show a number that stands beside the figure, whether the row has a figure or not."""
    return lacks if row[column] is None else _number(row[column], unit)


def _period(row: Row) -> str:
    return words.period(row["period_type"], row["period_start"], row["period_end"])


def _reason(measures: Measures, row: Row, column: str = "value") -> str:
    if row[column] is not None:
        return NOT_APPLICABLE
    return text(sentences.why_no_figure(measures.tables, row).striptags())


def _change(_: Measures, one: Measure) -> Cell:
    if one.change is None:
        return NOT_AVAILABLE
    shape = WHOLE if one.unit == "count" else ONE_PLACE
    return Shown(one.change, f"+{shape};-{shape};{shape}")


def _is_real(measures: Measures, one: Measure) -> str:
    turn = sentences.turn(measures.tables, one)
    return f"{turn['words']}. {Markup(turn['reason']).striptags()}".strip()


def _official(_: Measures, one: Measure) -> Cell:
    return NOT_APPLICABLE if one.published is None else _of(one.published, "value", one.unit)


def _official_period(_: Measures, one: Measure) -> str:
    return NOT_APPLICABLE if one.published is None else _period(one.published)


def _care(_: Measures, one: Measure) -> str:
    return "; ".join(scorecard.marks(one.latest)) or NOT_APPLICABLE


_MEASURE = Column("Measure", 44, lambda _, one: text(one.about["short_title"]))
_UNIT = Column("Unit", 12, lambda _, one: UNITS[one.unit])
_FIGURE = (
    Column("Figure", 16, lambda _, one: _of(one.latest, "value", one.unit)),
    Column("Numerator", 16, lambda _, one: _of(one.latest, "numerator", "count")),
    Column("Denominator", 16, lambda _, one: _of(one.latest, "denominator", "count")),
    Column("Why there is no figure", 64, lambda all_, one: _reason(all_, one.latest)),
    Column("Read with care", 24, _care),
)
_ASKED = Column(
    "Plan asks for",
    16,
    lambda _, one: _if_any(one.latest, "trajectory_value", one.unit, NOT_APPLICABLE),
)
_JUDGED = (
    Column("Rating against the plan", 22, lambda _, one: sentences.rating(one)["words"]),
    Column("Is the change real", 72, _is_real),
)
_INDICATOR = Column("Indicator", 34, lambda _, one: one.indicator_id)
LATEST: Sequence[Column] = (
    _MEASURE,
    _UNIT,
    Column("Period", 26, lambda _, one: _period(one.latest)),
    *_FIGURE,
    Column(
        "Figure a year before",
        16,
        lambda _, one: _if_any(one.latest, "year_ago_value", one.unit, NOT_AVAILABLE),
    ),
    Column("Change on a year", 16, _change),
    _ASKED,
    Column(
        "Target of the plan",
        16,
        lambda _, one: _if_any(one.latest, "target_value", one.unit, NOT_APPLICABLE),
    ),
    *_JUDGED,
    Column("Backlog", 16, lambda _, one: _if_any(one.latest, "backlog", "count", NOT_APPLICABLE)),
    Column("Official figure", 16, _official),
    Column("Period of the official figure", 26, _official_period),
    Column("Owner", 34, lambda _, one: text(one.about["owner_group"])),
    Column("What it counts", 90, lambda _, one: text(one.about["plain_definition"])),
    _INDICATOR,
)
"""Columns of the newest figures."""
HISTORY: Sequence[Column] = (
    _MEASURE,
    _UNIT,
    Column("Period", 26, lambda _, one: _period(one.latest)),
    Column("Period ends", 20, lambda _, one: Shown(one.latest["period_end"], DAY)),
    *_FIGURE,
    _ASKED,
    Column("Average", 16, lambda _, one: _of(one.latest, "spc_mean", one.unit)),
    Column("Expected from", 16, lambda _, one: _of(one.latest, "spc_lower", one.unit)),
    Column("Expected to", 16, lambda _, one: _of(one.latest, "spc_upper", one.unit)),
    *_JUDGED,
    _INDICATOR,
)
"""Columns of the figures over time: a measure's row of a month is its newest of that time."""


def _waiting(measures: Measures) -> list[list[Cell]]:
    """Give the lists of the area by month, service, provider and band, the shortest wait first."""
    tables = measures.tables
    rows = tables.rows("waiting_list", basis="local", area_code=measures.area_code)
    labels = {
        (row["breakdown"], row["breakdown_value"]): row
        for row in tables.rows("breakdowns", breakdown=["service", "wait_band"])
    }
    providers = {row["area_code"]: row["area_name"] for row in tables.rows("areas")}

    def label(kind: str, code: str) -> str:
        return text(labels[kind, code]["label"] if (kind, code) in labels else code)

    rows.sort(
        key=lambda row: (
            row["period_end"],
            label("service", row["service"]),
            row["provider_code"],
            int(re.match(r"\d*", row["wait_band"])[0] or 0),
        )
    )
    return [
        [
            Shown(row["period_end"], DAY),
            label("service", row["service"]),
            text(providers.get(row["provider_code"], row["provider_code"])),
            label("wait_band", row["wait_band"]),
            SHORTHAND[row["value_status"]]
            if row["referral_count"] is None
            else _number(row["referral_count"], "count"),
            _reason(measures, row, "referral_count"),
        ]
        for row in rows
    ]


def _plan(measures: Measures) -> list[list[Cell]]:
    """Give every cell of the plan, and the months after it, each with the figure of its month."""
    order = list(KINDS)
    rows = measures.tables.rows("improvement_plan", kind=PRINTED)
    rows += measures.tables.rows("improvement_plan", planned_as="no_longer_planned")
    rows.sort(key=lambda r: (r["metric_number"], r["period_end"], order.index(r["kind"])))
    return [
        [
            text(row["metric"]),
            Shown(row["statement"], WHOLE),
            text(row["statement_title"]),
            Shown(row["period_end"], DAY),
            KINDS[row["kind"]],
            text(row["raw"]),
            _if_any(row, "target_value", row["unit"], NOT_APPLICABLE),
            _if_any(row, "actual_value", row["unit"], SHORTHAND.get(row["actual_status"], "[x]")),
            UNITS[row["unit"]],
            _verdict(row, measures.month_end),
            text(row["reading"]),
            text(row["indicator_id"]),
        ]
        for row in rows
    ]


def _verdict(row: Row, month_end: date) -> str:
    is_due = row["kind"] not in ("historic", "month") and row["period_end"] <= month_end
    lacks = NOT_AVAILABLE if is_due and row["actual_value"] is None else NOT_APPLICABLE
    return plan.VERDICTS[row["is_met"]]["words"] or lacks


def _notes(measures: Measures) -> list[list[Cell]]:
    """Say what shorthand and words mean, why figures are missing, and what the release is."""
    facts = measures.facts
    reasons = sorted(measures.tables.rows("status_reasons"), key=lambda row: row["sort_order"])
    notes = [
        *(
            (f"Shorthand {mark}", f"{MEANINGS[mark].capitalize()}.")
            for mark in sorted(SHORTHAND.values())
        ),
        *((text(f"No figure: {row['family_text']}"), text(row["meaning"])) for row in reasons),
        ("Figures", "Figures are not rounded. Cells show shares and waits to one decimal place."),
        (
            "Numerator and denominator",
            "Of a share: how many count, of how many. A median or mean has the number of cases "
            "as its denominator.",
        ),
        (
            "Rating against the plan",
            "Green is at or better than the plan asks, amber misses it by no more than the "
            "Partnership allows, red misses it by more.",
        ),
        (
            "Is the change real",
            "A change is real where chance does not explain it: the figure leaves the range "
            "expected from the months before, or keeps to one side or one direction.",
        ),
        ("Backlog", "How many cases were overdue, or waited, at the end of the period."),
        ("Release", facts.release_id),
        ("Month", words.month(measures.month_end)),
        ("Made from what was known on", words.in_full(facts.as_at)),
        ("State", "Provisional figures" if facts.is_provisional else "Final figures"),
        *([("Data", DEMONSTRATION)] if facts.is_synthetic else []),
    ]
    return [[Shown(n, WHOLE), subject, said] for n, (subject, said) in enumerate(notes, 1)]
