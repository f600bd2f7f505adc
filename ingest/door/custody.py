"""Whether a data folder still has what it was entrusted with: its ledger, its key, what landed.

The ledger says what there must be. One that was lost, or restored from an older backup, knows less
than the folders hold: what is received over it would supersede nothing and be counted twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ingest.door.reopen import reopen
from ingest.refusals import InWords
from ingest.store.durable import sha256_of
from ingest.store.lake import is_under_key
from ingest.store.landing import RECEIPT, LandingChanged, landing_folder
from ingest.store.ledger import RELEASED, Ledger
from ingest.store.pseudonyms import KeyRefused, Pseudonyms, open_pseudonyms
from ingest.store.submissions import (
    Submission,
    accepted,
    has_received,
    recorded_fingerprint,
    submissions,
)


class LedgerLost(InWords):
    """The folders hold what the ledger does not know."""


def open_key(home: Path, key_file: Path, ledger: Ledger, *, asks_lake: bool = True) -> Pseudonyms:
    """The key of this data folder; one is made only while nothing was ever received.

    A ledger that does not name its key yet ``asks_lake``, which costs reading a delivery again.

    Raises:
        LedgerLost: the ledger knows less than the folders hold.
        KeyRefused: the key is missing, can be read by others, or is not the ledger's.
    """
    refuse_lost_ledger(home, ledger)
    recorded = recorded_fingerprint(ledger)
    if has_received(ledger) and not os.path.lexists(key_file):
        raise KeyRefused(
            f"The pseudonym key {key_file} is missing, and {ledger.path} holds what was received "
            "under it. Restore it from your key store, or say in LASP_PSEUDONYM_KEY_FILE where it "
            "lies. No other key is made, because it would break every link to earlier months."
        )
    pseudonyms = open_pseudonyms(key_file)
    if asks_lake and not recorded and _is_lake_of_another_key(home, ledger, pseudonyms):
        raise KeyRefused(
            f"{key_file} is not the key under which the newest delivery in {home / 'lake'} was "
            "stored. Restore that key from your key store. If it is lost for good, delete the "
            "folder lake: it is made again from landing, all of it under the key that is there."
        )
    if recorded not in ("", pseudonyms.fingerprint):
        raise KeyRefused(
            f"{key_file} is not the key under which {home} received its deliveries (fingerprint "
            f"{pseudonyms.fingerprint}; the ledger has {recorded}). Restore that key from your key "
            "store, because another one breaks every link to earlier months."
        )
    return pseudonyms


def _is_lake_of_another_key(home: Path, ledger: Ledger, pseudonyms: Pseudonyms) -> bool:
    """Ask the newest delivery with pseudonyms, where the ledger does not say which key it is."""
    for submission in reversed(_known(ledger)):
        if submission.known_how == "publication":
            continue
        try:
            is_same = is_under_key(home, reopen(home, submission), pseudonyms)
        except (OSError, LandingChanged):  # `verify` tells of it; an older delivery will do
            continue
        if is_same is not None:
            return not is_same
    return False


def check_custody(home: Path, key_file: Path, ledger: Ledger) -> None:
    """Check ledger and key as receiving does, without making a key.

    Raises:
        LedgerLost, KeyRefused: as for ``open_key``.
    """
    if has_received(ledger) or os.path.lexists(key_file):
        open_key(home, key_file, ledger)
    else:
        refuse_lost_ledger(home, ledger)


def refuse_lost_ledger(home: Path, ledger: Ledger) -> None:
    """Raise LedgerLost when landing, lake or releases hold more than the ledger knows."""
    if _is_lost(home, ledger):
        raise LedgerLost(
            f"{ledger.path} is missing or empty, and {home} holds deliveries or releases: the "
            "ledger was lost. Restore it from the newest backup. Nothing is received without it, "
            "because what landed before would not count any more."
        )
    if strangers := sorted(_landed(home) - {_folder(home, s) for s in _known(ledger)}):
        raise LedgerLost(
            f"{ledger.path} does not know {len(strangers)} of the submissions in landing, "
            f"{strangers[0].relative_to(home)} for one. It is older than they are: restore the "
            "newest ledger from backup. If there is none, move the files of those folders into the "
            f"inbox under the names in their {RECEIPT} and delete the folders: they are then "
            "received again."
        )


def _is_lost(home: Path, ledger: Ledger) -> bool:
    """Whether deliveries are there and the ledger names none, or releases and it names neither.

    Months may be released before anything came in: the ledger then names releases only.
    """
    if has_received(ledger):
        return False
    is_released = any((home / "releases").glob("*/r*/MANIFEST.json"))
    knows_release = any(entry.kind == RELEASED for entry in ledger.entries())
    return bool(_landed(home)) or _holds_lake(home) or (is_released and not knows_release)


def defects_of_landing(home: Path, ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Place and words of every landed file that is missing, changed or nobody's."""
    expected: dict[Path, str] = {}
    for submission in _known(ledger):
        folder = _folder(home, submission)
        expected |= {folder / file["stored_as"]: file["sha256"] for file in submission.files}
        expected[folder / RECEIPT] = ""
    found = {path for path in (home / "landing").glob("*/*/[!.]*/*") if not path.is_dir()}
    for path, sha256 in expected.items():
        name = path.relative_to(home).as_posix()
        if path not in found:
            yield name, "The file is missing. Restore landing from backup."
        elif sha256 and sha256_of(path) != sha256:
            yield name, "The bytes are not those that were received. Restore them from backup."
    for path in sorted(found - expected.keys()):
        name = path.relative_to(home).as_posix()
        yield name, "The ledger does not name this file. Find out who put it."


def _known(ledger: Ledger) -> list[Submission]:
    """Accepted submissions, each once, as their folders hold them."""
    return list({s.submission_id: s for s in accepted(submissions(ledger))}.values())


def _folder(home: Path, submission: Submission) -> Path:
    return landing_folder(home, submission.feed, submission.period, submission.submission_id)


def _landed(home: Path) -> set[Path]:
    """Folders of submissions in landing; those that begin with a dot were never finished."""
    return {path for path in (home / "landing").glob("*/*/[!.]*") if path.is_dir()}


def _holds_lake(home: Path) -> bool:
    """Whether something was made of deliveries: not of the empty twins, nor of one broken off."""
    unfinished = {path.name for path in (home / "landing").glob("*/*/.*.tmp")}
    stored = {path.name.partition("=")[2] for path in (home / "lake").glob("*/*/submission=*")}
    return any(f".{one}.tmp" not in unfinished for one in stored - {"none"})
