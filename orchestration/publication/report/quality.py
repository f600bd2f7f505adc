"""Data quality and corrections: what came and when, what was found, what changed and why."""

from __future__ import annotations

from functools import partial
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import brief, sentences, traced, words
from orchestration.publication.report.exhibits import Cells
from orchestration.publication.report.measures import Measures
from orchestration.publication.report.tables import Row

VERDICTS = {
    "used": "",
    "superseded": "",
    "refused": "Refused",
    "held": "Held: this sender is not known to send it",
    "not_received": "",
}
"""What became of a file that came, by `verdict` of `feed_scorecard`."""
SEVERITIES = {
    "refuse": "The file is refused.",
    "withhold": "The figures are not shown.",
    "note": "The figures are shown with this note.",
}
"""What a finding does, the gravest first, by `severity` of `quality_findings`."""


def summary(measures: Measures) -> Markup | None:
    """Say how many files were due, how many are in use and how many came late."""
    where = {"month": measures.facts.month, "is_due": True}
    if not measures.tables.rows("feed_scorecard", **where):
        return None
    number = partial(traced.count, measures.tables, "feed_scorecard", words.whole, **where)
    return Markup(
        "{} files were due. In use: {}. Refused or held: {}. Did not come: {}. Late: {}."
    ).format(
        number(),
        number(verdict=("used", "superseded")),
        number(verdict=("refused", "held")),
        number(verdict="not_received"),
        number(is_late=True),
    )


def deliveries(measures: Measures) -> list[Cells]:
    """Give what was due or came for the release's month, by feed and sender."""
    rows = measures.tables.rows("feed_scorecard", month=measures.facts.month)
    return [_delivery(row) for row in sorted(rows, key=lambda row: (row["feed"], row["sender"]))]


def findings(measures: Measures) -> list[Cells]:
    """Give what the checks found in the deliveries of the month, the gravest first."""
    rows = measures.tables.rows("quality_findings", basis="local", period_end=measures.month_end)
    order = list(SEVERITIES)
    rows.sort(
        key=lambda row: (
            order.index(row["severity"]),
            row["rule_id"] != "SENDER-OWES",  # what is missing before what is in the files
            row["dataset"],
            row["finding_id"],
        )
    )
    return [
        (
            traced.quoted(row, "message"),
            SEVERITIES[row["severity"]],
            traced.quoted(row, "action"),
        )
        for row in rows
    ]


def gaps(measures: Measures) -> list[dict[str, Any]]:
    """Give every measure without a figure, by reason."""
    return [
        {
            "anchor": f"gaps-{reason}",
            "why": sentences.why_no_figure(measures.tables, found[0].latest),
            "titles": [sentences.title(one) for one in found],
        }
        for reason, found in brief.gaps(measures)
    ]


def corrections(measures: Measures) -> list[Cells]:
    """Give each monthly figure that the release before held in another way, with the reason."""
    rows = measures.tables.rows("restatements", **brief.corrections_of(measures))
    rows.sort(key=lambda row: (row["period_end"], row["indicator_id"]), reverse=True)
    return [_correction(measures, row) for row in rows]


def _delivery(row: Row) -> Cells:
    return (
        traced.quoted(row, "feed_title"),
        traced.quoted(row, "sender_name"),
        traced.day(row, "due_on", words.in_full) if row["due_on"] else "Not owed",
        _arrival(row),
        _rows(row, "rows_kept"),
        _rows(row, "rows_quarantined"),
        traced.figure(row, "finding_count", words.whole),
    )


def _arrival(row: Row) -> Markup | str:
    """Say when the file came, whether late or corrected, or what became of it."""
    if row["arrived_on"] is None:
        return "Did not come" if row["is_late"] or not row["is_due"] else "Not yet due"
    came = "arrived_on" if row["accepted_on"] is None else "accepted_on"
    said = [traced.day(row, came, words.in_full), Markup(VERDICTS[row["verdict"]])]
    if row["days_late"]:
        late = traced.figure(row, "days_late", words.noun_of("day"))
        said.append(Markup("Late by {}").format(late))
    if row["correction_count"]:
        times = traced.figure(row, "correction_count", words.noun_of("time"))
        said.append(Markup("Corrected {}").format(times))
    return Markup(". ").join(part for part in said if part)


def _rows(row: Row, column: str) -> Markup | str:
    return "No file in use" if row[column] is None else traced.figure(row, column, words.whole)


def _correction(measures: Measures, row: Row) -> Cells:
    about = measures.tables.row("indicators", indicator_id=row["indicator_id"])
    return (
        traced.quoted(about, "short_title") if about else traced.quoted(row, "indicator_id"),
        sentences.when(row),
        _side(row, "old", about),
        _side(row, "new", about),
        brief.CORRECTIONS.get(row["reason"], brief.UNSTATED),
    )


def _side(row: Row, side: str, about: Row | None) -> Markup | str:
    """Say the figure of one release, in no unit where the catalogue has the indicator no more."""
    if row[f"{side}_value"] is None:
        lacks = {"value": "Withheld since", "suppressed": "Not shown"}
        return lacks.get(row[f"{side}_status"], "No figure")
    is_rounded = row.is_rounded
    say = words.figure_of(about["unit"], is_rounded=is_rounded) if about else words.number
    return traced.figure(row, f"{side}_value", say)
