"""How things stand on a day, on one screen: the release, the month that is due, what waits."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

from ingest.contracts import local_feeds
from ingest.door.inbox import inbox_files
from ingest.door.senders import Sender, accepted_senders, listed
from ingest.door.sets import gathered
from ingest.store.ledger import Ledger
from ingest.store.submissions import Submission, accepted, submissions
from orchestration.months import last_day, month_before, next_month, parameter, working_day
from orchestration.publication.release import history, listing, summary
from orchestration.publication.report import words
from orchestration.publication.report.measures import HELD_BACK, Measures
from orchestration.timetable.releases_owed import missing_deliveries

WIDTH = 100
_INDENT = "  "
_FIRST = ("due_working_day", "provisional_working_day", "final_working_day")


def of(
    home: Path, today: date, withdrawn: Collection[str] = (), also: Sequence[str] = ()
) -> list[str]:
    """Say how a data folder stands on a day, in lines of 100 columns.

    ``withdrawn`` names releases that were taken back; ``also`` are lines of others, such as of
    alerts and of the daemon, which come last.
    """
    ledger = Ledger(home)
    everything = [s for s in submissions(ledger) if s.feed in local_feeds()]
    known = [s for s in everything if s.known_on <= today]
    records = [r for r in history.releases(home, withdrawn) if not r.is_withdrawn]
    lines = [f"On {words.in_full(today)}, data folder {home}"]
    lines += _release(records[0]) if records else ["No release stands yet."]
    lines += [f"{_INDENT}public: {said}" for said in listing.public(home, records[:1])]
    due = month_of_interest(today, records[0] if records else None)
    lines.append(_dates(due))
    senders = [*listed(), *accepted_senders(ledger, today)]
    lines += _deliveries(known, senders, due, today)
    newest = max((s.period for s in known), default=due)
    if newest < due and not any(s.period == due for s in known):
        lines += _deliveries(known, senders, newest, today)
    lines += [*_waiting(home), *also]
    return [part for line in lines for part in _wrapped(line)]


def month_of_interest(today: date, newest: history.ReleaseRecord | None) -> str:
    """The month that is due next: last month, or this one once last month is final."""
    month = month_before(today)
    is_final = newest is not None and not newest.manifest["is_provisional"]
    return next_month(month) if is_final and newest.month >= month else month


def _release(record: history.ReleaseRecord) -> Iterator[str]:
    yield f"Release that stands: {summary.head(record)}"
    yield f"{_INDENT}report: {record.first_page or 'none, it is of an earlier version'}"
    measures = summary.measures_of(record)
    has = sum(one.has_figure for one in measures.headline)
    yield f"{_INDENT}figures: {has} of {len(measures.headline)} headline measures have one"
    yield f"{_INDENT}withheld for {measures.area_name}: {_withheld(measures)}"
    ours, _ = summary.findings(measures)
    yield f"{_INDENT}findings about {measures.area_name} and its senders: {summary.counted(ours)}"


def _withheld(measures: Measures) -> str:
    held = [one for one in measures if (one.latest["status_reason"] or "").startswith(HELD_BACK)]
    told = summary.gaps(held, measures)
    return f"{words.noun_of('measure')(len(held))}. {'; '.join(told)}" if held else "nothing"


def _dates(month: str) -> str:
    of_next = next_month(month)
    days = [working_day(of_next, parameter(name)) for name in _FIRST]
    told = [
        f"{what} {words.in_full(day)}"
        for what, day in zip(("files by", "provisional on", "final on"), days, strict=True)
    ]
    return f"Month that is due: {words.month(last_day(month))}: {', '.join(told)}"


def _deliveries(
    known: Sequence[Submission], senders: Sequence[Sender], month: str, today: date
) -> Iterator[str]:
    """What has come of a month by feed and sender, what is missing, and what was not taken."""
    of_month = [s for s in known if s.period == month]
    yield (
        f"Deliveries for {words.month(last_day(month))}:{'' if of_month else ' nothing has come'}"
    )
    taken = {(s.feed, s.sender): s for s in sorted(accepted(of_month), key=lambda s: s.rank)}
    due = working_day(next_month(month), parameter(_FIRST[0]))
    came = [
        f"{feed} {sender} {_day(s.known_on)}{' (late)' if s.known_on > due else ''}"
        for (feed, sender), s in sorted(taken.items())
    ]
    if came:
        yield f"{_INDENT}came ({len(came)}): {', '.join(came)}"
    for outcome in ("refused", "held"):
        left = {(s.feed, s.sender): s for s in of_month if s.outcome == outcome}
        told = [
            f"{feed} {sender} ({', '.join(sorted({r['rule'] for r in s.reasons}))})"
            for (feed, sender), s in sorted(left.items())
            if (feed, sender) not in taken
        ]
        if told:
            where = f"inbox/{outcome} and answers/<sender>"
            yield f"{_INDENT}{outcome} ({len(told)}): {', '.join(told)}; answers in {where}"
    if missing := missing_deliveries(known, senders, month):
        absent = missing.places
        state = f"late since {_day(due)}" if today > due else f"not yet come, due {_day(due)}"
        told = ", ".join(f"{feed} {sender}" for feed, sender in absent)
        named = f"{state} ({len(absent)}): {told}" if absent else "all have come that came before"
        yield f"{_INDENT}{named}{missing.never_in_words}"


def _waiting(home: Path) -> Iterator[str]:
    """What lies in the inbox: deliveries to receive, and those that wait for a person."""
    waiting = len(gathered(inbox_files(home)))
    told = (
        f"deliveries to receive, by the daemon or with `lasp receive`: {waiting}"
        if waiting
        else "nothing waits"
    )
    yield f"Inbox: {told}"
    folders = [path for path in (home / "inbox" / "held").glob("*") if path.is_dir()]
    if folders:
        yield f"{_INDENT}held until a sender is accepted: {len(folders)}, in inbox/held"


def _day(day: date) -> str:
    return f"{day.day} {words.month_name(day)[:3]}"


def _wrapped(line: str) -> list[str]:
    """Break a line at 100 columns; one that ends with a path stays whole, to be copied."""
    if line.rpartition(" ")[2].startswith("/"):
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=f"{indent}{_INDENT}", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
