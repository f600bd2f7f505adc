"""Which months are owed a release on a day, and as known when.

The releases that there should be are compared with the releases that there are, not with the runs
of yesterday: whatever was missed, by a machine that was off or a run that failed, is asked for at
the next look, once. Everything is passed in; no clock is read, and nothing here knows Dagster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from ingest.contracts import local_feeds
from ingest.door.senders import Sender, owing
from ingest.store.submissions import Submission, verdicts
from orchestration.months import (
    month_before,
    next_month,
    parameter,
    release_day,
    working_day,
)
from orchestration.publication.release import history
from orchestration.run.run_inputs import as_at_on, concerns

_COUNTS = ("used", "refused")
"""Verdicts of the deliveries that a release rests on, or says that it lacks."""
ARREARS_MONTHS = 6
"""How far before the newest release a month is made up for: one that failed while the next
succeeded. Whatever is older was left unreleased on purpose, or somebody has missed it."""
IN_USE_MONTHS = 6
"""A folder for which nothing came in so many months is no longer in use: nobody is missing there.
Half a year: a sender who has stopped is reported six times first."""

FEW = 8
"""Senders that have never delivered are named in one line up to so many."""


@dataclass(frozen=True)
class Made:
    """The newest revision of a month, withdrawn or not, and the local deliveries it rests on."""

    release_id: str
    is_provisional: bool
    submissions: frozenset[str]


@dataclass(frozen=True)
class Wanted:
    """A release that there should be on a day."""

    month: str
    as_at: date
    is_provisional: bool
    submissions: frozenset[str]
    """Ids of the local deliveries up to the month that it would use, or say are refused."""
    after: str = ""
    """Id of the release that it would follow: the same deliveries may come back after others."""

    @property
    def change(self) -> str:
        """What is new about it, in words that a run can carry; the as-at date is no change."""
        digest = hashlib.sha256("\n".join(sorted(self.submissions)).encode()).hexdigest()
        return f"{self.month} {self.kind} {digest[:12]} after {self.after or 'none'}"

    @property
    def kind(self) -> str:
        """`provisional` before the final day, `final` from then on."""
        return "provisional" if self.is_provisional else "final"

    def is_met_by(self, made: Made | None) -> bool:
        """Whether a revision says all that this one would; a final one says more."""
        return (
            made is not None
            and made.submissions == self.submissions
            and (self.is_provisional or not made.is_provisional)
        )


class Standing(Enum):
    """What became of the newest run that was asked for the same change."""

    UNDER_WAY = "is queued or being built"
    DONE = "was built and brought nothing new"
    REFUSED = "was refused and waits until a delivery changes it or somebody runs it"
    STOPPED = "was stopped by hand"
    FAILED = "failed and is tried again"


def newest_due(today: date) -> str:
    """The newest month that should have been released by a day: from working day 7 on."""
    month = month_before(today)
    first = working_day(next_month(month), parameter("provisional_working_day"))
    return month if today >= first else month_before(date.fromisoformat(f"{month}-01"))


def wanted(everything: Collection[Submission], month: str, today: date) -> Wanted:
    """The release of a month as it should be on a day."""
    as_at = as_at_on(everything, month, today)
    table = verdicts(list(everything), month, as_at)
    counts = table["verdict"].isin(_COUNTS) & table["feed"].isin(local_feeds())
    own = table.loc[counts & (table["period"] <= month), "submission_id"]
    return Wanted(month, as_at, as_at < release_day(month), frozenset(own))


def made(records: Collection[history.ReleaseRecord]) -> dict[str, Made]:
    """The newest revision of each month that may still be owed one, by month.

    Raises:
        ReleaseDamaged: its list of submissions is not what was released.
    """
    newest: dict[str, history.ReleaseRecord] = {}
    for record in sorted(records, key=lambda r: (r.month, r.revision)):
        newest[record.month] = record
    return {month: _made(newest[month]) for month in sorted(newest)[-ARREARS_MONTHS - 1 :]}


def _made(record: history.ReleaseRecord) -> Made:
    rows = record.table("submissions").to_pylist()
    own = frozenset(
        row["submission_id"]
        for row in rows
        if row["verdict"] in _COUNTS and row["feed"] in local_feeds()
        if row["month"] <= record.month
    )
    return Made(record.release_id, record.manifest["is_provisional"], own)


def owed(everything: Collection[Submission], made: Mapping[str, Made], today: date) -> list[Wanted]:
    """The releases that are owed on a day and do not stand, the oldest month first.

    Args:
        everything: the deliveries in the ledger.
        made: the newest revision of each month that has one.
        today: the day.

    Returns:
        Every month after the newest released one up to the newest due one for which a local
        delivery has come; the newest released one, where deliveries changed it; and of the
        ``ARREARS_MONTHS`` before it those that have no release, or a provisional one only. Without
        any release the newest due month alone: a folder begins with the present.
    """
    due = newest_due(today)
    asked = [
        replace(wanted(everything, month, today), after=_id(made.get(month)))
        for month in _months(made, due)
        if month <= due and _has_come(everything, month, today)
    ]
    return [one for one in asked if not one.is_met_by(made.get(one.month))]


def _months(made: Mapping[str, Made], due: str) -> list[str]:
    """The months to look at, in order."""
    if not made:
        return [due]
    newest = max(made)
    first = max(min(made), _before(newest, ARREARS_MONTHS))
    months = [first]
    while months[-1] < max(due, newest):
        months.append(next_month(months[-1]))
    is_final = {month for month, one in made.items() if not one.is_provisional}
    return [month for month in months if month >= newest or month not in is_final]


def _before(month: str, count: int) -> str:
    for _ in range(count):
        month = month_before(date.fromisoformat(f"{month}-01"))
    return month


def _id(made: Made | None) -> str:
    return made.release_id if made else ""


def _has_come(everything: Collection[Submission], month: str, today: date) -> bool:
    return any(concerns(s, month) and s.period == month and s.known_on <= today for s in everything)


def to_ask(owed: Sequence[Wanted], runs: Mapping[str, Standing]) -> list[Wanted]:
    """Those of the owed releases for which a run is to be started now.

    ``runs`` says what became of the newest run for a change. What is under way, was refused or
    brought nothing new is not asked for again until something changes; a failure of the machine is.
    """
    return [one for one in owed if runs.get(one.change, Standing.FAILED) is Standing.FAILED]


def in_words(
    everything: Collection[Submission],
    made: Mapping[str, Made],
    waiting: Mapping[Wanted, Standing],
    today: date,
) -> str:
    """What stands on a day and what comes next, where nothing is to be started."""
    said = [f"{one.month} ({one.kind}) {how.value}" for one, how in waiting.items()]
    due = newest_due(today)
    if made:
        newest = made[max(made)]
        said.append(f"{newest.release_id} ({_kind(newest)}) stands")
    if due > max(made, default="") and not _has_come(everything, due, today):
        said.append(f"no delivery has come for {due}, which is owed once one comes")
    return f"{'; '.join(said)}. {_next(made, due, today)}"


def _next(made: Mapping[str, Made], due: str, today: date) -> str:
    final = release_day(due)
    if due in made and today < final:
        return f"Next: {due} finally on {_day(final)}, earlier if a delivery changes it."
    coming = next_month(due)
    first = working_day(next_month(coming), parameter("provisional_working_day"))
    return (
        f"Next: {coming} provisionally on {_day(first)}; a delivery that changes the newest "
        "month releases it again."
    )


def _kind(made: Made) -> str:
    return "provisional" if made.is_provisional else "final"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True)
class Missing:
    """Deliveries that have not come although they were due."""

    month: str
    places: tuple[tuple[str, str], ...]
    """Feed and sender of each that delivered the feed before, in order."""
    never: tuple[tuple[str, str], ...]
    """Feed and sender of each of the list that owes the month and has never delivered: nobody is
    asked each month."""

    @property
    def never_in_words(self) -> str:
        """Who has never delivered, as the end of a list, by name where they are few."""
        if not self.never:
            return ""
        names = ", ".join(f"{feed} {sender}" for feed, sender in self.never)
        return f"; never delivered yet: {names if len(self.never) <= FEW else len(self.never)}"


def missing_deliveries(
    everything: Collection[Submission], known: Collection[Sender], month: str
) -> Missing | None:
    """Who has not delivered a month, accepted or refused; None where everybody has.

    Of the ``known`` senders that owe the month those are missing that have delivered the feed for
    any month. A folder in which nothing came for any of the ``IN_USE_MONTHS`` before is a new one
    or an old demonstration: nobody is missing there.
    """
    local = [s for s in everything if s.feed in local_feeds()]
    first = _before(month, IN_USE_MONTHS)
    if not any(first <= s.period < month for s in local):
        return None
    came = {(s.feed, s.sender) for s in local if s.period == month}
    absent = {(one.feed, one.code) for one in owing(known, month)} - came
    ever = {(s.feed, s.sender) for s in local}
    missing = Missing(month, tuple(sorted(absent & ever)), tuple(sorted(absent - ever)))
    return missing if absent else None
