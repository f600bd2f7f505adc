"""Deliveries into landing and lake: the same bytes, immutable, with a receipt in the ledger.

Nothing is lost: an accepted file lies in ``landing/``, a refused one in ``inbox/refused/`` with
its answer, and a crash at any point leaves the file in the inbox for the next call, which comes to
the same result.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.answers import answer_of, write_answer
from ingest.contracts import policy
from ingest.deliveries import (
    Delivery,
    Manifest,
    claimed_by_name,
    is_manifest,
    manifest_of,
    open_delivery,
    shown_name,
)
from ingest.durable import sync_folder, write_whole
from ingest.examine import Examined, examine
from ingest.lake import store
from ingest.ledger import Ledger
from ingest.policy import Finding, Refused
from ingest.pseudonyms import Pseudonyms
from ingest.submissions import (
    RECEIVED,
    Place,
    Submission,
    accepted,
    edition_of,
    standing,
    submissions,
)


@dataclass(frozen=True)
class Received:
    """What became of one file, as `lasp receive` shows it."""

    file: str
    feed: str
    sender: str
    period: str
    submission_id: str
    sha256: str
    outcome: str
    """accepted, already received or refused."""
    why: str


@dataclass(frozen=True)
class Door:
    """What every delivery of one call meets: the data folder, its ledger and key, the moment.

    ``at`` is the moment of receipt in UTC. ``is_going_back`` lets superseded bytes stand again.
    """

    home: Path
    ledger: Ledger
    pseudonyms: Pseudonyms
    at: datetime
    is_going_back: bool = False


def receive(door: Door, paths: Iterable[Path] = ()) -> list[Received]:
    """Take each file of ``paths`` (default: the inbox) into landing, in the order of their names.

    A file in the inbox leaves it; one from elsewhere stays where it is.
    """
    files = list(paths) or inbox_files(door.home)
    _wait_until_settled(files)
    return [_receive_one(door, path) for path in files]


def inbox_files(home: Path) -> list[Path]:
    """Delivered files in the inbox, by name; manifests go with their files."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    return sorted(
        path
        for path in inbox.iterdir()
        if path.name != "refused" and not path.name.startswith(".") and not is_manifest(path)
    )


def _wait_until_settled(files: list[Path]) -> None:
    """A file that is still being written is not read: wait until size and time have stood still."""
    before: dict[Path, tuple[int, int]] = {}
    while before != (before := {path: _size_and_time(path) for path in files}) and _is_fresh(
        before
    ):
        time.sleep(policy().settle_seconds)


def _size_and_time(path: Path) -> tuple[int, int]:
    facts = path.lstat()
    return facts.st_size, facts.st_mtime_ns


def _is_fresh(seen: dict[Path, tuple[int, int]]) -> bool:
    newest = max((time_ns for _, time_ns in seen.values()), default=0)
    return time.time_ns() - newest < policy().settle_seconds * 1e9


def _receive_one(door: Door, path: Path) -> Received:
    delivery = None
    try:
        delivery = open_delivery(path)
        examined = examine(delivery, door.at.date())
        known = submissions(door.ledger)
        if _is_already_received(examined, known):
            _leave_inbox(door.home, path)
            return _received(
                examined, delivery, "already received", "the same bytes stand for this month"
            )
        _refuse_other_month(examined, delivery, known)
        _refuse_mixing(examined, delivery, known)
        if not door.is_going_back:
            _hold_superseded(examined, delivery, known)
    except Refused as refused:
        return _refuse(door, path, delivery, refused)
    return _accept(door, path, delivery, examined)


def _accept(door: Door, path: Path, delivery: Delivery, examined: Examined) -> Received:
    newer = standing(submissions(door.ledger), _place(examined))
    if door.is_going_back and newer:
        examined = replace(examined, sequence=max(examined.sequence, newer.sequence))
    body = _body(delivery, examined.contract.feed, examined.sender, examined.period) | {
        "submission_id": examined.submission_id,
        "sequence": examined.sequence,
        "outcome": "accepted",
        "known_on": examined.known_on.isoformat(),
        "known_how": examined.known_how,
        "is_synthetic": examined.is_synthetic,
        "contract": examined.contract.digest,
        "rows": {
            "landed": examined.count("landed"),
            "kept": examined.kept,
            "quarantined": examined.count("quarantined"),
            "discarded": examined.count("discarded"),
        },
        "notes": [_note(finding) for finding in examined.findings],
    }
    _land(door.home, delivery, body)
    store(door.home, examined, door.pseudonyms)
    _quarantine(door.home, examined)
    write_answer(door.home, body, answer_of(examined, delivery))
    door.ledger.append(RECEIVED, body, door.at)
    _leave_inbox(door.home, path)
    return _received(examined, delivery, "accepted", _summary(body) + _instead_of(newer, examined))


def _instead_of(newer: Submission | None, examined: Examined) -> str:
    """What becomes of the version that stood before."""
    if newer is None:
        return ""
    if newer.sequence > examined.sequence:
        return f"; an older version: {newer.submission_id} with number {newer.sequence} stands"
    change = examined.kept - newer.rows["kept"]
    return f"; supersedes {newer.submission_id} ({change:+d} rows kept)"


def _body(delivery: Delivery | None, feed: str, sender: str, period: str) -> dict[str, Any]:
    files = []
    if delivery:
        name = f"file-1.{delivery.extension}"
        facts = {"name": delivery.shown_name, "stored_as": name, "sha256": delivery.sha256}
        files = [facts | {"bytes": len(delivery.data)}]
    return {"feed": feed, "sender": sender, "period": period, "files": files, "reasons": []}


def _note(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "where": finding.where,
        "severity": "note" if finding.severity == "refuse" else finding.severity,
        "message": finding.message,
        "action": finding.action,
    }


def _place(examined: Examined) -> Place:
    edition = edition_of(examined.known_on, examined.known_how)
    return examined.contract.feed, examined.sender, examined.period, edition


def _summary(body: dict[str, Any]) -> str:
    rows = body["rows"]
    return (
        f"{rows['landed']} rows: {rows['kept']} kept, {rows['quarantined']} in quarantine, "
        f"{rows['discarded']} discarded"
    )


def _land(home: Path, delivery: Delivery, body: dict[str, Any]) -> None:
    """Bytes and receipt appear together under their final name."""
    final = landing_folder(home, body["feed"], body["period"], body["submission_id"])
    if final.exists():
        return
    partial = final.with_name(f".{final.name}.tmp")
    shutil.rmtree(partial, ignore_errors=True)
    write_whole(partial / body["files"][0]["stored_as"], delivery.data, 0o440)
    receipt = json.dumps(body, sort_keys=True, indent=1).encode()
    write_whole(partial / "receipt.json", receipt, 0o440)
    partial.rename(final)
    sync_folder(final.parent)


def landing_folder(home: Path, feed: str, period: str, submission_id: str) -> Path:
    """Where the bytes of one submission lie."""
    return home / "landing" / feed / period / submission_id


def reopen(home: Path, submission: Submission) -> Examined:
    """Examine a landed submission again, from its own bytes.

    Raises:
        ValueError: the landed bytes are not those of the receipt.
    """
    folder = landing_folder(home, submission.feed, submission.period, submission.submission_id)
    facts = submission.files[0]
    path = folder / facts["stored_as"]
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != facts["sha256"]:
        raise ValueError(
            f"{path} is not what was received (its sha256 differs from the receipt). "
            "Restore the file from backup; landing is never edited."
        )
    return _reexamine(submission, Delivery(path, data, "", "", "", 1, path.suffix[1:], None))


def _reexamine(submission: Submission, landed: Delivery) -> Examined:
    facts = submission.files[0]
    shown = replace(landed, path=landed.path.with_name(facts["name"]))
    if submission.known_how == "publication":
        return examine(shown, submission.known_on)
    local = replace(
        shown,
        feed=submission.feed,
        sender=submission.sender,
        period=submission.period,
        sequence=submission.sequence,
        manifest=_manifest_again(submission),
    )
    return examine(local, submission.known_on)


def _manifest_again(submission: Submission) -> Manifest | None:
    if submission.known_how != "manifest":
        return None
    facts = submission.files[0]
    return Manifest(
        file_name=facts["name"],
        sha256=facts["sha256"],
        row_count=submission.rows["landed"],
        reporting_month=submission.period,
        extract_date=submission.known_on,
        sender=submission.sender,
        submission_seq=submission.sequence,
        is_synthetic=submission.is_synthetic,
    )


def _quarantine(home: Path, examined: Examined) -> None:
    """Rows set aside, by number, column and rule: no content."""
    folder = home / "quarantine" / examined.contract.feed / examined.period / examined.submission_id
    text = examined.rejects.to_csv(index=False, lineterminator="\n")
    write_whole(folder / "rejects.csv", text.encode())


def _is_already_received(examined: Examined, known: list[Submission]) -> bool:
    current = standing(known, _place(examined))
    return current is not None and current.submission_id == examined.submission_id


def _refuse_other_month(examined: Examined, delivery: Delivery, known: list[Submission]) -> None:
    for other in accepted(known):
        same_bytes = any(file["sha256"] == delivery.sha256 for file in other.files)
        is_elsewhere = (other.sender, other.period) != (examined.sender, examined.period)
        if same_bytes and other.feed == examined.contract.feed and is_elsewhere:
            raise Refused(
                "R-PERIOD",
                delivery.shown_name,
                f"the very bytes that were received from {other.sender} for {other.period}",
                "the snapshot of one sender and month, once",
                f"send the extract of {examined.sender} for {examined.period}; "
                "another file was probably attached",
            )


def _refuse_mixing(examined: Examined, delivery: Delivery, known: list[Submission]) -> None:
    others = {s.is_synthetic for s in accepted(known)}
    if others and examined.is_synthetic not in others:
        kinds = {True: "invented", False: "real"}
        raise Refused(
            "R-MIXED",
            delivery.shown_name,
            f"{kinds[examined.is_synthetic]} data",
            f"{kinds[not examined.is_synthetic]} data, like everything in this data folder",
            "use a data folder of its own: set LASP_HOME to another folder",
        )


def _hold_superseded(examined: Examined, delivery: Delivery, known: list[Submission]) -> None:
    if any(s.submission_id == examined.submission_id for s in accepted(known)):
        raise Refused(
            "R-RESUB",
            delivery.shown_name,
            "bytes that a later version has superseded",
            "a newer version",
            "if it shall stand again, a person runs `lasp receive --go-back` on it",
        )


def _refuse(door: Door, path: Path, delivery: Delivery | None, refused: Refused) -> Received:
    feed, sender, period = _claimed(path, delivery)
    hashed = delivery.sha256 if delivery else _hash_if_regular(path)
    known_on = delivery.manifest.extract_date if delivery and delivery.manifest else door.at.date()
    reason = {
        name: getattr(refused, name) for name in ("rule", "where", "found", "expected", "action")
    }
    body = _body(delivery, feed, sender, period) | {
        "submission_id": hashed[:16],
        "sequence": delivery.sequence if delivery else 1,
        "outcome": "refused",
        "known_on": known_on.isoformat(),
        "known_how": "manifest" if delivery and delivery.manifest else "receipt",
        "is_synthetic": False,
        "rows": {},
        "reasons": [reason],
    }
    shown = shown_name(path)
    folder = door.home / "inbox" / "refused" / f"{hashed[:8]}-{door.at.strftime('%Y%m%dT%H%M%S')}"
    write_answer(door.home, body, answer_of(refused, delivery), beside=folder / "answer.csv")
    door.ledger.append(RECEIVED, body, door.at)
    _set_aside(door.home, path, folder)
    return Received(shown, feed, sender, period, "", hashed, "refused", str(refused))


def _claimed(path: Path, delivery: Delivery | None) -> tuple[str, str, str]:
    if delivery is None:
        return claimed_by_name(path)
    return delivery.feed, delivery.sender, delivery.period


def _hash_if_regular(path: Path) -> str:
    if path.is_file() and not path.is_symlink():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()


def _set_aside(home: Path, path: Path, folder: Path) -> None:
    """Move a refused file out of the inbox, with its manifest; copy one from elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (path, manifest_of(path)):
        if _is_in_inbox(home, part) and os.path.lexists(part):
            part.replace(folder / part.name)
        elif part.is_file() and not part.is_symlink():
            shutil.copyfile(part, folder / part.name)


def _leave_inbox(home: Path, path: Path) -> None:
    for part in (path, manifest_of(path)):
        if _is_in_inbox(home, part):
            part.unlink(missing_ok=True)


def _is_in_inbox(home: Path, path: Path) -> bool:
    return path.absolute().parent == (home / "inbox").absolute()


def _received(examined: Examined, delivery: Delivery, outcome: str, why: str) -> Received:
    return Received(
        delivery.shown_name,
        examined.contract.feed,
        examined.sender,
        examined.period,
        examined.submission_id,
        delivery.sha256,
        outcome,
        why,
    )
