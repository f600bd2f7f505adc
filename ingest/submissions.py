"""Which submissions there are, and which of them a month uses as known at a date.

All of it follows from the ledger: no file is looked at and no clock is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from ingest.ledger import Ledger

RECEIVED = "received"


Place = tuple[str, str, str, str]
"""Feed, sender, month and, of an official publication, edition: versions of one place supersede."""


def edition_of(
    known_on: date, known_how: str, edition: str = "", tables: Iterable[str] = ()
) -> str:
    """What tells official editions apart; a local delivery has none.

    The day of publication, and of editions of several periods their label and tables: two parts
    of one edition that came in two files stand side by side.
    """
    if known_how != "publication":
        return ""
    return " ".join([edition, *sorted(tables)]) if edition else known_on.isoformat()


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
    """accepted or refused."""
    known_on: date
    known_how: str
    is_synthetic: bool | None
    """None where nothing tells invented people from real ones."""
    files: tuple[dict[str, Any], ...]
    rows: dict[str, int] = field(default_factory=dict)
    reasons: tuple[dict[str, str], ...] = ()
    edition: str = ""
    """Label of an official edition of several periods."""
    tables: tuple[str, ...] = ()
    """The published tables that it holds."""

    @property
    def place(self) -> Place:
        """What it is a version of."""
        edition = edition_of(self.known_on, self.known_how, self.edition, self.tables)
        return self.feed, self.sender, self.period, edition

    @property
    def rank(self) -> tuple[int, int]:
        """A higher submission number supersedes; among equals the later received."""
        return self.sequence, self.order


def submissions(ledger: Ledger) -> list[Submission]:
    """Every accepted or refused delivery whose feed, sender and month are known, oldest first."""
    return [
        Submission(
            order=entry.number,
            known_on=date.fromisoformat(entry.body["known_on"]),
            files=tuple(entry.body["files"]),
            reasons=tuple(entry.body["reasons"]),
            edition=entry.body.get("edition", ""),
            tables=tuple(entry.body.get("tables", ())),
            **{
                name: entry.body[name]
                for name in (
                    "feed", "sender", "period", "submission_id", "sequence", "outcome",
                    "known_how", "is_synthetic", "rows",
                )
            },
        )
        for entry in ledger.entries()
        if entry.kind == RECEIVED and entry.body["period"]
    ]  # fmt: skip


def accepted(everything: list[Submission]) -> list[Submission]:
    """Those that passed the door."""
    return [submission for submission in everything if submission.outcome == "accepted"]


def standing(everything: list[Submission], place: Place) -> Submission | None:
    """The version of a place that counts, or None."""
    versions = [s for s in accepted(everything) if s.place == place]
    return max(versions, key=lambda s: s.rank, default=None)


def verdicts(everything: list[Submission], month: str, as_at: date) -> pd.DataFrame:
    """What release ``month`` as known at ``as_at`` makes of each submission.

    One row per submission with ``verdict``: used, superseded, refused, not_yet_known or
    later_period. Of a local feed the standing version of each sender and month is used, later
    months included, because the newest snapshot corrects the flows of earlier ones. Of an
    official publication every edition is used, in its standing version, but those of one month
    only up to the release's: editions stand side by side.
    """
    # The same bytes may have been received twice (gone back to, or refused again): last counts.
    distinct = list({(s.place, s.submission_id): s for s in everything}.values())
    known = [s for s in distinct if s.known_on <= as_at]
    rows = [(s, _verdict(s, known, month)) for s in distinct]
    return pd.DataFrame(
        [_row(submission, verdict) for submission, verdict in rows], columns=list(_row(None, ""))
    )


def _verdict(submission: Submission, known: list[Submission], month: str) -> str:
    if submission not in known:
        return "not_yet_known"
    if submission.outcome == "refused":
        return "refused"
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
        "verdict": verdict,
        "reasons": s and (", ".join(sorted({r["rule"] for r in s.reasons})) or None),
    }
