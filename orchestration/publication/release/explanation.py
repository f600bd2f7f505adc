"""Where a figure comes from, in plain words, from the files of one release and nothing else."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from expectations.wrong_rows import FIGURE_KEY
from ingest.readers.official.checks import CELL_RULES, SERIES_RULES
from ingest.refusals import InWords
from orchestration.publication.release import history
from orchestration.publication.release.differences import CAUSES, number
from orchestration.publication.release.history import ReleaseRecord

WIDTH = 100
_PARTS = ("numerator", "denominator")
SHOWN_FINDINGS = 10  # an England total may rest on hundreds; the rest is counted

_STATUSES = {
    "not_applicable": "not applicable",
    "not_available": "not available",
    "suppressed": "suppressed",
    "low": "too small to show",
}
REASONS = {
    "not_due": "no file is due for the period",
    "not_received": "no delivery was known by {as_at}",
    "delivery_refused": "the delivery was refused",
    "nil_base": "there are no cases to compute a share or median from",
    "not_mature": "too little time has passed to know it",
    "no_definition": "its definition is not agreed",
    "no_feed": "no organisation delivers it yet",
    "not_computed": "the delivery was received, but no model computes the figure yet",
    "no_identity_map": "children cannot be linked between files yet",
    "withheld": "a finding of rule {detail} withholds it",
    "publisher": "the publisher shows {detail} in its place",
    "not_stated": "the delivery does not state the count",
    "disclosure": "rule {detail} protects the children behind it",
}
"""Why a figure is missing, in the middle of a sentence, for every reason of ``status_reasons``."""
SHOWN_AREAS = 5
KNOWN_HOW = {
    "publication": "its publication date",
    "manifest": "the extract date of its manifest",
    "receipt": "the day it was received",
    "contract": "the day of publication that its contract lists",
    "rule": "the day of publication by its contract's rule",
}


class NoSuchFigure(InWords):
    """No figure of that indicator, month, area and basis; the words name those there are."""


def explain(
    home: Path,
    indicator_id: str,
    month: str,
    *,
    area: str | None = None,
    basis: str | None = None,
    period: str | None = None,
    release_id: str | None = None,
) -> str:
    """Explain a figure of the current (or named) release in plain text, 100 columns wide.

    ``month`` is the YYYY-MM in which the period ends, ``area`` the local area by default; without
    ``basis`` every basis that has the figure is explained, without ``period`` (such as
    ``rolling_12m``) the shortest one. Raises
    NoSuchFigure, naming the nearest indicators or the months there are, and UnknownRelease.
    """
    record = history.release(home, release_id)
    area = area or record.local_area
    indicator = _indicator(record, indicator_id)
    figures = _figures(record, indicator_id, month, area, basis, period)
    parts = [_section(home, record, indicator, figure) for figure in figures]
    if all(f["basis"] == "local" and f["value_status"] != "value" for f in figures):
        parts += ["\n".join(_published_elsewhere(record, indicator_id, month, area))]
    return "\n\n".join(filter(None, parts)) + "\n"


def indicators(home: Path, release_id: str | None = None) -> list[tuple[str, str]]:
    """Give the id and title of each indicator of the current (or named) release, by id."""
    catalogue = _rows(history.release(home, release_id), "indicators")
    return sorted(zip(catalogue["indicator_id"], catalogue["title"], strict=True))


def _rows(record: ReleaseRecord, table: str, **where: Any) -> pd.DataFrame:
    return record.table(table, **where).to_pandas()


def _rows_of(record: ReleaseRecord, table: str, figure: Mapping[str, Any]) -> pd.DataFrame:
    return _rows(record, table, **{column: figure[column] for column in FIGURE_KEY})


def _indicator(record: ReleaseRecord, indicator_id: str) -> dict[str, Any]:
    catalogue = _rows(record, "indicators").set_index("indicator_id", drop=False)
    if indicator_id in catalogue.index:
        return catalogue.loc[indicator_id].to_dict()
    near = difflib.get_close_matches(indicator_id, list(catalogue.index), n=3, cutoff=0.3)
    names = ", ".join(near or sorted(catalogue.index))
    raise NoSuchFigure(f"There is no indicator {indicator_id}. The nearest are: {names}.")


def _figures(
    record: ReleaseRecord,
    indicator_id: str,
    month: str,
    area: str,
    basis: str | None,
    period: str | None,
) -> list[dict[str, Any]]:
    figures = _rows(record, "indicator_values", indicator_id=indicator_id, breakdown="all")
    at_area = figures[figures["area_code"].eq(area)]
    months = at_area["period_end"].map(lambda day: f"{day:%Y-%m}")
    is_asked = at_area["basis"].eq(basis) | (basis is None)
    is_asked &= at_area["period_type"].eq(period) | (period is None)
    chosen = at_area[months.eq(month) & is_asked]
    if chosen.empty:
        details = ", ".join(filter(None, (basis, period)))
        where = f"{indicator_id} for {area} in {month}" + (f" ({details})" if details else "")
        known = f"Months there: {months.min()} to {months.max()}." if len(months) else ""
        areas = ", ".join(sorted(figures["area_code"].unique())[:8])
        words = [
            f"Release {record.release_id} has no figure {where}.",
            known or f"Areas that have it: {areas or 'none'}.",
            *_published_elsewhere(record, indicator_id, month, area),
        ]
        raise NoSuchFigure(" ".join(words))
    by_length = chosen.sort_values(["basis", "period_start"], ascending=[True, False])
    others = by_length.groupby("basis")["period_type"].agg(lambda kinds: list(kinds)[1:])
    shortest = by_length.drop_duplicates("basis")
    return shortest.assign(longer=shortest["basis"].map(others)).to_dict("records")


def _published_elsewhere(
    record: ReleaseRecord, indicator_id: str, month: str, area: str
) -> Iterator[str]:
    """Which areas have a published figure of that month; those that bear this area's name first."""
    figures = _rows(record, "indicator_values", indicator_id=indicator_id, breakdown="all")
    is_there = figures["period_end"].map(lambda day: f"{day:%Y-%m}").eq(month)
    is_there &= figures["basis"].eq("published") & figures["value_status"].eq("value")
    names = tuple(figures.loc[figures["area_code"].eq(area), "area_name"].dropna().unique())
    there = figures[is_there].assign(
        is_far=lambda f: ~f["area_name"].str.startswith(names, na=False)
    )
    areas = there.sort_values(["is_far", "area_code"])["area_code"].to_list()
    if areas:
        more = f" and {len(areas) - SHOWN_AREAS} more" if len(areas) > SHOWN_AREAS else ""
        yield f"There are published figures of {month} for {', '.join(areas[:SHOWN_AREAS])}{more}:"
        yield f"lasp explain {indicator_id} --month {month} --area {areas[0]} --basis published"


def _section(
    home: Path, record: ReleaseRecord, indicator: Mapping[str, Any], figure: Mapping[str, Any]
) -> str:
    inputs = _inputs(record, figure)
    lines = [
        *_heading(record, indicator, figure),
        *_titled("What it measures", _definition(indicator)),
        *_titled("How it was counted", _steps(record, figure)),
        *_titled("Which deliveries it comes from", _deliveries(inputs)),
        *_titled("What was found in them", _findings(record, indicator, figure, inputs)),
        *_titled("How it has changed", _changes(home, record, indicator, figure)),
    ]
    return "\n".join(lines)


def _heading(
    record: ReleaseRecord, indicator: Mapping[str, Any], figure: Mapping[str, Any]
) -> Iterator[str]:
    title = f"{indicator['title']} ({indicator['indicator_id']})"
    yield from (title, "=" * min(len(title), WIDTH))
    if record.manifest["note"]:
        yield f"{record.manifest['note']}."
    place = figure["area_code"]
    if _text(figure["area_name"]) not in ("", place):
        place = f"{figure['area_name']} ({place})"
    period = f"{_day(figure['period_start'])} to {_day(figure['period_end'])}"
    known = _day(date.fromisoformat(record.manifest["as_at"]))
    yield from _wrapped(
        f"{place}, {period}, {figure['basis']} figure of release {record.release_id} as known on "
        f"{known}."
    )
    yield from _wrapped(_sentence(indicator, figure, known))
    if figure.get("is_complete") is False:
        yield from _wrapped(
            "The figure is not complete: earlier ones moved after their first release, because "
            "much is recorded late. Read no change into it yet."
        )
    if figure["longer"]:
        kinds = ", ".join(figure["longer"])
        yield from _wrapped(f"Longer periods that end in this month (--period): {kinds}.")


def _sentence(indicator: Mapping[str, Any], figure: Mapping[str, Any], as_at: str) -> str:
    if figure["value_status"] != "value":
        reason, _, detail = _text(figure["status_reason"]).partition(":")
        why = REASONS.get(reason, reason).format(detail=detail, as_at=as_at)
        status = _STATUSES.get(figure["value_status"], figure["value_status"])
        return f"The figure is {status}: {why} (status {_text(figure['status_reason'])})."
    shown = _shown(figure["value"], indicator["unit"])
    if pd.notna(figure["denominator"]) and pd.notna(figure["numerator"]):
        shown += f": {number(figure['numerator'])} of {number(figure['denominator'])}"
    is_so = {"provisional": "is_provisional", "estimated": "is_estimated", "revised": "is_revised"}
    marks = [word for word, column in is_so.items() if figure[column] is True]
    return f"The figure is {shown}" + (f"; it is {' and '.join(marks)}." if marks else ".")


def _definition(indicator: Mapping[str, Any]) -> Iterator[str]:
    yield f"{_text(indicator['definition']).rstrip('.')}."
    yield f"Legal basis: {_text(indicator['legal_basis']).rstrip('.') or 'none'}."


def _steps(record: ReleaseRecord, figure: Mapping[str, Any]) -> Iterator[str]:
    steps = _rows_of(record, "figure_steps", figure).sort_values("step_number")
    if steps.empty:
        yield "There are no steps: nothing was counted."
        return
    before = ""  # a source is named once, not beside every step
    for step in steps.to_dict("records"):
        counted = [
            f"{number(step[f'counts_in_{part}'])} in the {part}"
            for part in _PARTS
            if pd.notna(step[f"counts_in_{part}"]) and step[f"counts_in_{part}"]
        ]
        source = _text(step["source_reference"])
        shown = f" [{source}]" if source not in ("", before) else ""
        before = source
        yield f"{step['row_count']:>9,}  {', '.join([step['step'], *counted])}{shown}"
    for part in _PARTS:
        if pd.notna(figure[part]):
            total = steps[f"counts_in_{part}"].dropna().sum()
            do = "add up" if total == figure[part] else "DO NOT add up"
            yield f"The steps {do} to the {part}: {number(total)} of {number(figure[part])}."


def _inputs(record: ReleaseRecord, figure: Mapping[str, Any]) -> pd.DataFrame:
    used = _rows_of(record, "figure_inputs", figure)["submission_id"]
    submissions = _rows(record, "submissions")
    chosen = submissions[submissions["submission_id"].isin(used)]
    return chosen.sort_values(["feed", "sender", "submission_id"])


def _deliveries(inputs: pd.DataFrame) -> Iterator[str]:
    if inputs.empty:
        yield "None: no delivery is used for this figure."
    for delivery in inputs.to_dict("records"):
        how = KNOWN_HOW.get(delivery["known_how"], delivery["known_how"])
        yield (
            f"Submission {delivery['submission_id']} of {delivery['sender']} "
            f"({delivery['feed']}), file {delivery['file_names']}, known on "
            f"{_day(delivery['known_on'])} by {how}, sha256 {delivery['sha256']}."
        )


def _findings(
    record: ReleaseRecord,
    indicator: Mapping[str, Any],
    figure: Mapping[str, Any],
    inputs: pd.DataFrame,
) -> Iterator[str]:
    findings = _rows(record, "quality_findings", basis=figure["basis"])
    feeds = set(inputs["feed"]) or {figure["source_feed"]}
    tables = _tables(record, figure)
    is_of_table = findings["observed"].map(lambda where: str(where).startswith(tables)).astype(bool)
    findings = findings[
        findings["dataset"].isin(feeds)
        & (
            findings["period_end"].between(figure["period_start"], figure["period_end"])
            | is_of_table
        )
    ]
    # A rule that marks cells speaks of the figure itself; its summary of the table says no more.
    of_cells = findings["rule_id"].isin({*CELL_RULES, *SERIES_RULES})
    is_own = findings["measure"].eq(figure["indicator_id"])
    is_own &= findings["org_code"].eq(figure["area_code"])
    findings = findings[~of_cells | is_own]
    line = _text(indicator.get("service" if figure["basis"] == "local" else "service_line"))
    if line:
        findings = findings[findings["service_line"].isin([line, None])]
    rule = _text(figure["status_reason"]).removeprefix("withheld:")
    concerns = findings["org_code"].isin([figure["area_code"], *inputs["sender"]])
    chosen = findings[concerns | findings["rule_id"].eq(rule)].sort_values("finding_id")
    for finding in chosen.head(SHOWN_FINDINGS).to_dict("records"):
        column = _text(finding["observed"]).partition(", column ")[2]
        message = f"{column} {finding['message']}" if column else finding["message"]
        yield (
            f"{finding['rule_id']} ({finding['severity']}): {message} "
            f"What to do: {finding['action']}"
        )
    if len(chosen) > SHOWN_FINDINGS:
        yield f"And {len(chosen) - SHOWN_FINDINGS} more in quality_findings of the release."
    if chosen.empty:
        yield "No findings about this figure."


def _tables(record: ReleaseRecord, figure: Mapping[str, Any]) -> tuple[str, ...]:
    """The published tables that a figure's steps point into: file, member and sheet."""
    places = _rows_of(record, "figure_steps", figure)["source_reference"].map(_text)
    return tuple(sorted({place.partition("!")[0] for place in places if "!" in place}))


def _changes(
    home: Path, record: ReleaseRecord, indicator: Mapping[str, Any], figure: Mapping[str, Any]
) -> Iterator[str]:
    """Tell how the revisions of the month, up to this one, restated this figure; oldest first."""
    revisions = [
        other
        for other in reversed(history.releases(home))
        if other.month == record.month and other.revision <= record.revision
    ]
    is_changed = False
    for revision in revisions:
        for change in _rows_of(revision, "restatements", figure).to_dict("records"):
            is_changed = True
            old, new = (_side(change, age, indicator["unit"]) for age in ("old", "new"))
            cause = CAUSES.get(change["reason"], change["reason"])
            yield (
                f"Release {change['new_release']} changed it from {old} ({change['old_release']}) "
                f"to {new}, because of {cause}."
            )
    if not is_changed:
        yield "It has not been restated."


def _side(change: Mapping[str, Any], age: str, unit: str) -> str:
    value, status = change[f"{age}_value"], change[f"{age}_status"]
    if status != "value":
        return _STATUSES.get(status, status)
    return "a figure that is withheld since" if pd.isna(value) else _shown(value, unit)


def _titled(title: str, sentences: Iterator[str]) -> Iterator[str]:
    yield from ("", title)
    for sentence in sentences:
        yield from _wrapped(sentence, indent="  ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  " * bool(indent),
        break_on_hyphens=False,  # a file's name stays whole
    )


def _shown(value: float, unit: str) -> str:
    if unit == "count":
        return f"{value:,.0f}"
    return f"{value:,.1f}" + (" %" if unit == "pct" else f" {unit}")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
