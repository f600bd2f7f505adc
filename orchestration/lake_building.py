"""Bring the lake up to what has landed: what is there under its contract stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.contracts import Contract, contract_for
from ingest.door.custody import open_key
from ingest.door.receive import Door
from ingest.door.reopen import reopen
from ingest.store.lake import is_stored, store, store_empty_twins
from ingest.store.ledger import Ledger
from ingest.store.submissions import accepted, submissions
from orchestration.settings import Settings


def open_door(settings: Settings, *, is_going_back: bool = False, is_patient: bool = False) -> Door:
    """The door through which this process takes deliveries, now.

    Raises:
        LedgerLost, KeyRefused: the data folder is not what it was.
    """
    ledger = Ledger(settings.home)
    pseudonyms = open_key(settings.home, settings.key_file, ledger)
    return Door(settings.home, ledger, pseudonyms, datetime.now(UTC), is_going_back, is_patient)


def build_lake(settings: Settings, feed: Contract) -> dict[str, int]:
    """Store every accepted submission of a feed that is not stored yet.

    Every version is stored, also superseded ones: an earlier as-at date uses them.

    Returns:
        Counts of submissions: ``stored`` now, ``already_there``, and rows kept in those stored.
    """
    store_empty_twins(settings.home)
    ledger = Ledger(settings.home)
    pseudonyms = open_key(settings.home, settings.key_file, ledger, asks_lake=False)
    counts = {"stored": 0, "already_there": 0, "rows_kept": 0}
    for submission in accepted(submissions(ledger)):
        if submission.feed != feed.feed:
            continue
        contract = contract_for(submission.feed, submission.period)
        if is_stored(settings.home, contract, submission.period, submission.submission_id):
            counts["already_there"] += 1
            continue
        rows = store(settings.home, reopen(settings.home, submission), pseudonyms)
        counts["stored"] += 1
        counts["rows_kept"] += sum(rows.values())
    return counts
