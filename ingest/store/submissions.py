"""Which submissions there are, and which of them a month uses as known at a date.

All of it follows from the ledger: no file is looked at and no clock is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from ingest.contracts.official import label_of
from ingest.store.ledger import Entry, Ledger

RECEIVED = "received"
FINGERPRINT = "key_fingerprint"
"""Field of the first receipt under a pseudonym key."""
_UNDATED = ("contract", "rule", "receipt")
"""What dates an official file that says no day of publication itself and has no manifest."""
_WHOLE = 0.9  # of another file's rows: a file with fewer is an extract, which nothing revises
_FIRST_YEAR = "0001"
"""Older ledgers may hold a refusal for 0000-01, which no calendar takes."""

Place = tuple[str, str, str, str]
"""Feed, sender, month and, of an official publication, edition: versions of one place supersede."""


def edition_of(
    known_on: date,
    known_how: str,
    edition: str = "",
    tables: Iterable[str] = (),
    dated_by: str = "",
    hashes: Iterable[str] = (),
) -> str:
    """What tells official editions apart; a local delivery has none.

    The day of publication, and of editions of several periods their label and tables: two parts
    of one edition that came in two files stand side by side. Files that state no day are editions
    of their own whenever their bytes differ.
    """
    if known_how != "publication":
        return ""
    own = sorted(hashes) if dated_by in _UNDATED else []
    return " ".join([edition, *sorted(tables), *own]) if edition else known_on.isoformat()


@dataclass(frozen=True)
class Submission:
    """One delivery as the ledger has it; ``order`` is its line there."""

    order: int
    feed: str
    sender: str
    period: str
    submission_id: str
    sequence: int
    outcome: str
    """accepted, refused or held."""
    known_on: date
    known_how: str
    is_synthetic: bool | None
    """None where nothing tells invented people from real ones."""
    files: tuple[dict[str, Any], ...]
    rows: dict[str, int] = field(default_factory=dict)
    reasons: tuple[dict[str, str], ...] = ()
    received_at: str = ""
    """The moment of receipt, UTC."""
    edition: str = ""
    """Label of an official edition of several periods."""
    release: str = ""
    """The release that such an edition is of: its newest month."""
    dated_by: str = ""
    """What says when it was published."""
    tables: tuple[str, ...] = ()
    """The published tables that it holds."""
    contents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By published table ``sha256`` and ``rows`` of its text and its ``newest`` day; older receipts
    have none."""

    @property
    def place(self) -> Place:
        """What it is a version of."""
        edition = edition_of(
            self.known_on, self.known_how, self.edition, self.tables, self.dated_by, self.hashes
        )
        return self.feed, self.sender, self.period, edition

    @property
    def hashes(self) -> list[str]:
        """The sha256 of each file."""
        return [file["sha256"] for file in self.files]

    @property
    def received_on(self) -> date:
        """The day of receipt."""
        return date.fromisoformat(self.received_at[:10])

    @property
    def rank(self) -> tuple[int, int]:
        """A higher submission number supersedes; among equals the later received."""
        return self.sequence, self.order


def submissions(ledger: Ledger) -> list[Submission]:
    """Deliveries whose feed, sender and month are known, whatever became of them, oldest first.

    An official file without a day of its own is dated beside all others of its release: a revision
    is known from its receipt, whichever of them came first.
    """
    everything = [one for one in ledger.of_each(_submission) if one]
    editions = [s for s in accepted(everything) if s.contents]
    return [_dated(s, editions) if s.dated_by in _UNDATED else s for s in everything]


def _submission(entry: Entry) -> Submission | None:
    if entry.kind != RECEIVED or entry.body["period"] <= _FIRST_YEAR:
        return None
    return Submission(
        order=entry.number,
        submission_id=_id_of(entry.body),
        known_on=_known_on(entry),
        files=tuple(entry.body["files"]),
        reasons=tuple(entry.body["reasons"]),
        received_at=entry.at,
        tables=tuple(entry.body.get("tables", ())),
        contents=entry.body.get("contents", {}),
        **{name: entry.body.get(name, "") for name in ("edition", "release", "dated_by")},
        **{
            name: entry.body[name]
            for name in (
                "feed", "sender", "period", "sequence", "outcome", "known_how", "is_synthetic",
                "rows",
            )
        },
    )  # fmt: skip


def _dated(file: Submission, editions: list[Submission]) -> Submission:
    """Give a file that states no day the day of its receipt, where it revises another edition."""
    others = [o for o in editions if o.feed == file.feed and o.hashes != file.hashes]
    if not any(_revises(file, table, others) for table in file.contents):
        return file
    label = label_of(file.release, file.received_on)
    return replace(file, known_on=file.received_on, edition=label, dated_by="receipt")


def _revises(file: Submission, table: str, others: list[Submission]) -> bool:
    """Whether another edition has the day of the release, so that this text of a table is later.

    The first edition is what the publisher dates before this file came, or what came before it. A
    file with the text of such an edition is that edition once more, and nothing revises an extract.
    """
    own = file.contents[table]
    earlier = [
        other.contents[table]
        for other in others
        if table in other.contents and _is_first(other, file)
    ]
    earlier = [one for one in earlier if one["newest"] == own["newest"]]
    if any(one["sha256"] == own["sha256"] for one in earlier):
        return False
    return any(one["rows"] >= _WHOLE * own["rows"] for one in earlier)


def _is_first(other: Submission, file: Submission) -> bool:
    if other.dated_by in _UNDATED:
        return other.received_at < file.received_at
    # Of a later day that a manifest states, this file may be the original.
    return other.known_on <= (file.known_on if other.dated_by == "manifest" else file.received_on)


def submission_id(feed: str, sender: str, period: str, hashes: list[str]) -> str:
    """First 16 hex digits of the sha256 over feed, sender, month and the sorted file hashes."""
    text = "\n".join([feed, sender, period, *sorted(hashes)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refusal_id(body: Mapping[str, Any]) -> str:
    """16 hex digits that name what was refused: its place and its bytes.

    Never the id of the same bytes accepted: a delivery may be refused first and accepted later,
    or the other way round. ``submission_id`` stands in where the receipt names no file.
    """
    hashes = sorted(file["sha256"] for file in body["files"]) or [body["submission_id"]]
    text = "\n".join(["refused", body["feed"], body["sender"], body["period"], *hashes])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _known_on(entry: Entry) -> date:
    """Day of knowledge; of what was not accepted no later than the day of receipt."""
    known_on = date.fromisoformat(entry.body["known_on"])
    received_on = date.fromisoformat(entry.at[:10])
    return known_on if entry.body["outcome"] == "accepted" else min(known_on, received_on)


def _id_of(body: Mapping[str, Any]) -> str:
    """The id as recorded; of a refusal from its receipt: older ones were named by bytes alone."""
    return refusal_id(body) if body["outcome"] == "refused" else body["submission_id"]


def has_received(ledger: Ledger) -> bool:
    """Whether anything was received: a sender may be accepted before its first delivery comes."""
    return any(entry.kind == RECEIVED for entry in ledger.entries())


def recorded_fingerprint(ledger: Ledger) -> str:
    """Fingerprint of the key under which deliveries were received; empty in an older ledger."""
    named = (entry.body.get(FINGERPRINT, "") for entry in ledger.entries())
    return next(filter(None, named), "")


def accepted(everything: list[Submission]) -> list[Submission]:
    """Those that passed the door."""
    return [submission for submission in everything if submission.outcome == "accepted"]


def standing(everything: list[Submission], place: Place) -> Submission | None:
    """The version of a place that counts, or None."""
    of_feed = (s for s in accepted(everything) if s.feed == place[0])
    versions = [s for s in of_feed if s.place == place]
    return max(versions, key=lambda s: s.rank, default=None)


def verdicts(everything: list[Submission], month: str, as_at: date) -> pd.DataFrame:
    """What release ``month`` as known at ``as_at`` makes of each submission.

    One row per submission with ``verdict``: used, superseded, refused, held, not_yet_known or
    later_period. Of a local feed the standing version of each sender and month is used, later
    months included, because the newest snapshot corrects the flows of earlier ones. Of an
    official publication every edition is used, in its standing version, but those of one month
    only up to the release's: editions stand side by side. Bytes to which a later manifest gives
    their day of publication count from that day alone. What was held and then refused has one
    row, refused, like what was held and then accepted.
    """
    # The same bytes may have been received twice (gone back to, or refused again): the last time
    # that was known counts, or a second receipt would take the first away from earlier dates.
    in_time = [s for s in everything if s.known_on <= as_at]
    distinct = list({s.submission_id: s for s in [*everything, *in_time]}.values())
    refused = {s.submission_id: s.order for s in in_time if s.outcome == "refused"}
    distinct = [
        s for s in distinct if s.outcome != "held" or s.order > refused.get(refusal_id(vars(s)), 0)
    ]
    known = [s for s in distinct if s.known_on <= as_at]
    redated = {
        (s.feed, *s.hashes): s.submission_id for s in accepted(distinct) if s.dated_by == "manifest"
    }
    rows = [
        (
            s,
            _verdict(s, known, month)
            if redated.get((s.feed, *s.hashes), s.submission_id) == s.submission_id
            else "superseded",
        )
        for s in distinct
    ]
    return pd.DataFrame(
        [_row(submission, verdict) for submission, verdict in rows], columns=list(_row(None, ""))
    )


def _verdict(submission: Submission, known: list[Submission], month: str) -> str:
    if submission not in known:
        return "not_yet_known"
    if submission.outcome != "accepted":
        return submission.outcome
    # An edition of several periods counts once it is known: the release leaves later ones out.
    is_of_one_month = submission.known_how == "publication" and not submission.edition
    if is_of_one_month and submission.period > month:
        return "later_period"
    return "used" if standing(known, submission.place) == submission else "superseded"


def _row(submission: Submission | None, verdict: str) -> dict[str, Any]:
    """One line of the run's table; None gives the names alone."""
    s = submission
    return {
        "feed": s and s.feed,
        "sender": s and s.sender,
        "period": s and s.period,
        "submission_id": s and s.submission_id,
        "submission_seq": s and s.sequence,
        "files": s and len(s.files),
        "file_names": s and ", ".join(file["name"] for file in s.files),
        "sha256": s and " ".join(sorted(file["sha256"] for file in s.files)),
        "rows_landed": s and s.rows.get("landed", 0),
        "rows_kept": s and s.rows.get("kept", 0),
        "rows_quarantined": s and s.rows.get("quarantined", 0),
        "rows_discarded": s and s.rows.get("discarded", 0),
        "known_on": s and s.known_on,
        "known_how": s and s.known_how,
        "edition": s and (s.edition or None),
        "verdict": verdict,
        "reasons": s and (", ".join(sorted({r["rule"] for r in s.reasons})) or None),
    }
