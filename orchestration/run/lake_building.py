"""Bring the lake up to what has landed: what is there under its contract stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ingest.contracts import contract_for
from ingest.door.custody import open_key
from ingest.door.receive import Door
from ingest.door.reopen import reopen
from ingest.store.durable import sha256_of
from ingest.store.lake import is_stored, store, store_empty_twins
from ingest.store.landing import LandingChanged, landing_folder
from ingest.store.ledger import Ledger
from ingest.store.pseudonyms import Pseudonyms
from ingest.store.submissions import Submission
from orchestration.settings import Settings


def open_door(settings: Settings, *, is_going_back: bool = False, is_patient: bool = False) -> Door:
    """The door through which this process takes deliveries, now.

    Raises:
        LedgerLost, KeyRefused: the data folder is not what it was.
    """
    ledger = Ledger(settings.home)
    pseudonyms = open_key(settings.home, settings.key_file, ledger)
    return Door(settings.home, ledger, pseudonyms, datetime.now(UTC), is_going_back, is_patient)


def refuse_changed(home: Path, deliveries: Iterable[Submission]) -> None:
    """Look whether what landed still lies there, byte for byte.

    Raises:
        LandingChanged: a file is missing, or is not what was received.
    """
    for one in deliveries:
        folder = landing_folder(home, one.feed, one.period, one.submission_id)
        for path, sha256 in ((folder / file["stored_as"], file["sha256"]) for file in one.files):
            if not path.exists() or sha256_of(path) != sha256:
                raise LandingChanged(
                    f"{path.relative_to(home)} is missing, or its sha256 is not that of the "
                    "receipt. Restore the file from backup, then run the month again; "
                    "`lasp verify` names every such file."
                )


def open_lake(settings: Settings) -> Pseudonyms:
    """Store the empty twin of every table, and give the key of the data folder.

    Raises:
        LedgerLost, KeyRefused: the data folder is not what it was.
    """
    store_empty_twins(settings.home)
    return open_key(settings.home, settings.key_file, Ledger(settings.home), asks_lake=False)


def build_lake(
    home: Path, deliveries: Iterable[Submission], pseudonyms: Pseudonyms
) -> list[Submission]:
    """Store every one of the accepted submissions that is not stored yet, and return those.

    Every version is stored, also superseded ones: an earlier as-at date uses them.
    """
    stored = []
    for one in deliveries:
        contract = contract_for(one.feed, one.period)
        if not is_stored(home, contract, one.period, one.submission_id):
            store(home, reopen(home, one), pseudonyms)
            stored.append(one)
    return stored
