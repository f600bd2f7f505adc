"""What was promised and what there is to show for it; the actions of the plan, and what moved."""

from __future__ import annotations

from functools import partial
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import sentences, traced, words
from orchestration.publication.report.exhibits import Cells
from orchestration.publication.report.measures import Measures
from orchestration.publication.report.tables import Row

KINDS = {
    "evidence": "Evidence by which the strategy judges its outcomes",
    "plan_measure": "Measures of the improvement plan",
    "roadmap": "Promises of the roadmap",
    "priority_statement": "What families will notice",
    "priority_action": "Priority action areas of the inspection",
    "area_for_improvement": "Areas for improvement of the inspection",
}
"""What is promised, in the order of the page, by `kind` of `coverage`."""
BASES = {"local": "The plan", "published": "Official statistics"}
"""Who counts, by `basis` of `plan_and_official`."""
MOVEMENTS = {
    "better": "Moved the right way",
    "worse": "Moved the wrong way",
    "mixed": "Some moved the right way, some the wrong way",
    "unchanged": "Did not move",
    "watched": "Watched: neither direction is better",
    "no_evidence": "No evidence",
    "no_verdict": "Not judged: figures are rounded or hidden",
}
"""Whether what an action should move has moved, by `movement` of `improvement_plan_actions`."""


def coverage_summary(measures: Measures) -> list[Cells]:
    """Count by kind what is promised, and how much of it has a figure."""
    number = partial(traced.count, measures.tables, "coverage", words.whole)
    return [
        (title, number(kind=kind), number(kind=kind, status_reason=None))
        for kind, title in KINDS.items()
        if measures.tables.rows("coverage", kind=kind)
    ]


def coverage(measures: Measures) -> list[tuple[str, list[Cells]]]:
    """Give what is promised by kind: text, indicators, feeds and owners, last file, figure."""
    groups = []
    for kind, title in KINDS.items():
        rows = measures.tables.rows("coverage", kind=kind)
        rows.sort(key=lambda row: row["sort_order"])
        if rows:
            groups.append((title, [_covered(measures, row) for row in rows]))
    return groups


def _covered(measures: Measures, row: Row) -> Cells:
    received = row["last_month_received"]
    return (
        traced.quoted(row, "text"),
        Markup("{} of {}").format(
            traced.figure(row, "with_figure_count", words.whole),
            traced.figure(row, "indicator_count", words.whole),
        ),
        Markup("<br>").join(
            traced.quoted(row, name) for name in ("feeds", "owner_groups") if row[name]
        )
        or "No file and nobody yet",
        traced.day(row, "last_month_received", words.short_month) if received else "Nothing came",
        _figure(measures, row),
    )


def _figure(measures: Measures, row: Row) -> Markup:
    if row["value"] is None:
        return sentences.why_no_figure(measures.tables, row)
    name = traced.quoted(row, "short_title")
    if row["unit"] == "distribution":
        return Markup("{}: shown by its parts").format(name)
    figure = sentences.value(row, row["unit"])
    return Markup("{}: {} ({})").format(name, figure, sentences.when(row))


def named_alike(measures: Measures) -> list[tuple[Any, list[Cells]]]:
    """Give what a name of the plan means, where official statistics mean something else by it."""
    rows = measures.tables.rows("plan_and_official")
    rows.sort(key=lambda row: (row["metric_number"], row["sort_order"]))
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["metric_number"], []).append(row)
    return [
        (traced.quoted(found[0], "metric"), [_meaning(row) for row in found])
        for found in groups.values()
    ]


def _meaning(row: Row) -> Cells:
    if row["value"] is None:
        figure: Markup | str = "No figure"
    else:
        value = sentences.value(row, row["unit"])
        figure = Markup("{} ({})").format(value, sentences.when(row))
    return BASES[row["basis"]], traced.quoted(row, "meaning"), figure


def actions(measures: Measures) -> list[tuple[Any, list[Cells]]]:
    """Give the actions of the plan by statement: text, by whom and when, and what has moved."""
    rows = measures.tables.rows("improvement_plan_actions")
    rows.sort(key=lambda row: row["sort_order"])
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["statement"], []).append(row)
    return [
        (traced.quoted(found[0], "statement_title"), [_action(measures, row) for row in found])
        for _, found in sorted(groups.items())
    ]


def _action(measures: Measures, row: Row) -> Cells:
    return (
        traced.quoted(row, "text"),
        traced.quoted(row, "responsible") or "Nobody is named",
        traced.quoted(row, "due_text") or "No date is printed",
        _moved(measures, row),
    )


def _moved(measures: Measures, row: Row) -> Markup:
    said = [Markup(MOVEMENTS[row["movement"]])]
    if row["movement"] not in ("no_evidence", "no_verdict"):
        since = traced.day(row, "since_month", words.short_month)
        said[0] = Markup("{} since {}").format(said[0], since)
    for name, way in (("better_ids", "Better"), ("worse_ids", "Worse")):
        titles = [_title(measures, one) for one in (row[name] or "").split("; ") if one]
        if titles:
            said.append(Markup("{}: {}").format(way, Markup("; ").join(titles)))
    return Markup("<br>").join(said)


def _title(measures: Measures, indicator_id: str) -> Markup:
    return traced.quoted(
        measures.tables.row("indicators", indicator_id=indicator_id), "short_title"
    )
