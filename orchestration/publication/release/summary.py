"""What a release says in ten lines, for whoever made it: figures, gaps, findings, where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from markupsafe import Markup

from ingest.door.senders import listed
from orchestration.publication.release.history import ReleaseRecord
from orchestration.publication.report import Facts, Tables, brief, sentences, words
from orchestration.publication.report.measures import BETTER, HELD_BACK, WORSE, Measure, Measures

SHOWN = 3
"""Measures, files or reasons that are named; the rest is counted."""
_SEVERITIES = {"refuse": "refused file", "withhold": "withheld figure", "note": "note"}


def head(record: ReleaseRecord) -> str:
    """Name a release: 2025-10/r1 (final, as known on 18 November 2025)."""
    facts = Facts.of(record.manifest)
    kind = "provisional" if facts.is_provisional else "final"
    note = f"; {facts.note}" if facts.note else ""
    return f"{record.release_id} ({kind}, as known on {words.in_full(facts.as_at)}{note})"


def of(record: ReleaseRecord, *, is_new: bool, not_yet_known: Sequence[str] = ()) -> list[str]:
    """Sum up a release in at most nine lines, beside the one that says that it was made.

    Args:
        record: the release.
        is_new: whether it was made now; of one that stood before its figures are not said again.
        not_yet_known: deliveries that landed and count from a later day, in words.
    """
    measures = measures_of(record)
    found = _counted(measures)
    lines = [str(one) for one in _figures(measures, found)] if is_new else [_unchanged(record)]
    lines += [_gaps(measures, found), *_files(measures, not_yet_known), _findings(measures)]
    page = record.first_page or f"none in {record.release_id}, of an earlier version"
    lines += [f"report: {page}", _where_next(record, found)]
    return [line for line in lines if line]


def measures_of(record: ReleaseRecord) -> Measures:
    """Every indicator of the local area as a release knows it."""
    files: dict[str, list[Path]] = {}
    for name, told in record.manifest["files"].items():
        if told["table"]:
            files.setdefault(told["table"], []).append(record.path / name)
    facts = Facts.of(record.manifest)
    return Measures(Tables(files), facts, facts.partnership["local_area"])


def gaps(found: Iterable[Measure], measures: Measures) -> list[str]:
    """Why measures have no figure, in words and counted: what is held back, then what most lack."""
    told = []
    by_reason = brief.gaps(found)
    for _, lacking in sorted(by_reason, key=lambda one: not f"{one[0]}:".startswith(HELD_BACK)):
        why = sentences.why_no_figure(measures.tables, lacking[0].latest).striptags()
        rules = Counter((one.latest["status_reason"] or "").partition(":")[2] for one in lacking)
        named = f": {', '.join(sorted(filter(None, rules)))}" if any(rules) else ""
        told.append(f"{why.rstrip('.')} ({len(lacking)}{named})")
    return told


def findings(measures: Measures) -> tuple[Counter[str], Counter[str]]:
    """Findings by severity: about the local area and its senders, and about all others."""
    own = {measures.area_code, *(one.code for one in listed() if not one.is_invented)}
    ours, others = Counter(), Counter()
    for row in measures.tables.rows("quality_findings"):
        is_ours = row["basis"] == "local" or row["org_code"] in own
        (ours if is_ours else others)[row["severity"]] += 1
    return ours, others


def counted(by_severity: Counter[str]) -> str:
    """Say findings by what they do: 2 withheld figures, 7 notes; none."""
    said = [
        words.noun_of(noun)(by_severity[name])
        for name, noun in _SEVERITIES.items()
        if by_severity[name]
    ]
    return ", ".join(said) or "none"


def _counted(measures: Measures) -> list[Measure]:
    """The headline measures; where no sender's file gives one of them, as they are published."""
    if any(one.has_figure for one in measures.headline):
        return measures.headline
    published = [
        Measure(about=one.about, latest=one.published) for one in measures.headline if one.published
    ]
    return published or measures.headline


def _figures(measures: Measures, found: Sequence[Measure]) -> Iterator[str]:
    is_local = any(one.has_figure for one in measures.headline)
    with_figure = [one for one in found if one.has_figure]
    if is_local:
        yield brief.lead(measures).striptags()
    elif with_figure:
        area = _area(found, measures)
        yield f"No sender's file gives a headline figure. Published ones of {area}:"
    else:
        yield f"No headline measure of {measures.area_name} has a figure for this month."
        return
    chosen = _chosen(measures, with_figure)
    for one in chosen:
        yield f"- {_figure(one)}"


def _area(found: Sequence[Measure], measures: Measures) -> str:
    names = (one.latest["area_name"] for one in found if one.latest["area_name"])
    return next(names, measures.area_code)


def _chosen(measures: Measures, with_figure: Sequence[Measure]) -> list[Measure]:
    """The worst and the best that chance does not explain, what is off course, what moved most."""
    local = {one.indicator_id for one in measures.headline if one.has_figure}
    worse, better = (brief.turned(measures, way) for way in (WORSE, BETTER))
    red = [one for one in measures.headline if one.is_off_course]
    first = [*worse[:1], *red[:1], *better[:1], *worse[1:], *red[1:], *better[1:]] if local else []
    moved = sorted(with_figure, key=lambda one: -abs(one.change or 0) / (one.latest["value"] or 1))
    distinct = {one.indicator_id: one for one in reversed([*first, *moved])}
    return list(reversed(distinct.values()))[:SHOWN]


def _figure(one: Measure) -> str:
    """Say a figure, how it moved, and what the plan asked for."""
    row = one.latest
    parts = [
        Markup("{}: {} in {}").format(
            sentences.title(one), sentences.said(one, row), sentences.when(row)
        )
    ]
    for column, since in (
        ("year_ago_value", "a year before"),
        ("previous_value", "the time before"),
    ):
        if change := sentences.change(one, column):
            shape = "{} since {}" if change["direction"] != "same" else "{} from {}"
            parts.append(Markup(shape).format(change["words"].lower(), since))
            break
    if asked := sentences.asked(one):
        gap = sentences.gap(one)
        parts.append(Markup("plan {}{}").format(asked, Markup(", {}").format(gap) if gap else ""))
    return Markup("; ").join(parts).striptags()


def _gaps(measures: Measures, found: Sequence[Measure]) -> str:
    """How many headline measures have a figure, and why the others have none."""
    told = gaps(found, measures)
    has = sum(one.has_figure for one in found)
    count = f"{has} of {words.noun_of('headline measure')(len(found))} have a figure"
    if not told:
        return f"{count}."
    more = f"; {len(told) - SHOWN} more reasons" if len(told) > SHOWN else ""
    return f"{count}. The others: {'; '.join(told[:SHOWN])}{more}."


def _files(measures: Measures, not_yet_known: Sequence[str]) -> Iterator[str]:
    """What did not come, was refused, or counts only later: one line."""
    told = []
    for state, lacking in (
        ("did not come", [r for r in measures.absent_files if r["arrived_on"] is None]),
        ("refused or held", [r for r in measures.absent_files if r["arrived_on"] is not None]),
    ):
        if lacking:
            named = [f"{row['feed']} {row['sender']}" for row in lacking]
            told.append(f"{state}: {_some(named)}")
    if not_yet_known:
        as_at = words.in_full(measures.facts.as_at)
        told.append(f"not yet known on {as_at}: {_some(not_yet_known)}")
    if told:
        yield f"Files of {words.month(measures.month_end)}: {'; '.join(told)}."


def _some(things: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(things))
    more = f" and {len(distinct) - SHOWN} more" if len(distinct) > SHOWN else ""
    return f"{', '.join(distinct[:SHOWN])}{more}"


def _findings(measures: Measures) -> str:
    ours, others = findings(measures)
    about_us = f"Findings about {measures.area_name} and its senders: {counted(ours)}."
    return about_us + (f" About others in official files: {counted(others)}." if others else "")


def _unchanged(record: ReleaseRecord) -> str:
    return (
        f"Nothing changed: what is known makes the very figures of {record.release_id}, so that "
        "no revision was made."
    )


def _where_next(record: ReleaseRecord, found: Sequence[Measure]) -> str:
    one = next((one for one in found if one.has_figure), None)
    name, month = (
        (one.indicator_id, f"{one.latest['period_end']:%Y-%m}")
        if one
        else ("INDICATOR", record.month)
    )
    return (
        f"next: `lasp explain {name} --month {month}` says where a figure comes from, "
        "`lasp status` what has come; findings: page Data quality of the report"
    )
