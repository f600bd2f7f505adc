"""Deliveries into landing and lake: the same bytes, immutable, with a receipt in the ledger.

Nothing is lost: an accepted delivery lies in ``landing/``, a refused one in ``inbox/refused/`` with
its answer, all its files together, and a crash at any point leaves what is left in the inbox for
the next call, which comes to the same result.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.answers import answer_of, write_answer
from ingest.contracts import policy
from ingest.deliveries import (
    DeliveredFile,
    Delivery,
    Manifest,
    Vouched,
    claimed_by_name,
    gathered,
    is_manifest,
    manifests_of,
    open_delivery,
    shown_name,
    shown_names,
)
from ingest.durable import sync_folder, write_whole
from ingest.examine import Examined, dated, examine
from ingest.lake import store
from ingest.ledger import Ledger
from ingest.policy import Finding, InWords, Refused, unreadable
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
    """What became of one file, and of its delivery, as `lasp receive` shows it."""

    file: str
    feed: str
    sender: str
    period: str
    submission_id: str
    sha256: str
    outcome: str
    """accepted, already received, refused, or waiting: a manifest without its delivery."""
    why: str
    answer: Path | None = None
    """Of a refused delivery, where its answer lies."""


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
    """Take each delivery of ``paths`` (default: the inbox) into landing, in the order of names.

    One row a file. A file in the inbox leaves it; one from elsewhere stays where it is. A file of
    a set brings the others that lie beside it.
    """
    given = list(paths)
    deliveries = _settled(lambda: gathered(given or inbox_files(door.home)))
    received = [row for files in deliveries for row in _receive_one(door, files)]
    return received if given else [*received, *_waiting(door.home)]


def _waiting(home: Path) -> list[Received]:
    """Manifests that stay in the inbox until their delivery comes."""
    manifests = sorted(path for path in (home / "inbox").iterdir() if is_manifest(path))
    why = "a manifest that waits for its delivery: send it, named like the manifest without "
    why += ".manifest.csv, or take the manifest away"
    return [
        Received(shown_name(path), "", "", "", "", _hash_if_regular(path), "waiting", why)
        for path in manifests
    ]


def inbox_files(home: Path) -> list[Path]:
    """Delivered files in the inbox, by name; manifests go with their files."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    return sorted(
        path
        for path in inbox.iterdir()
        if path.name != "refused" and not path.name.startswith(".") and not is_manifest(path)
    )


def _settled(find: Callable[[], list[list[Path]]]) -> list[list[Path]]:
    """A file that is still being written is not read: wait until size and time have stood still.

    What arrives meanwhile is found too, or a set that is being copied would be taken in part.
    """
    before: dict[Path, tuple[int, int]] = {}
    while True:
        found = find()
        seen = {path: _size_and_time(path) for files in found for path in files}
        if seen == before or not _is_fresh(seen):
            return found
        before = seen
        time.sleep(policy().settle_seconds)


def _size_and_time(path: Path) -> tuple[int, int]:
    facts = path.lstat()
    return facts.st_size, facts.st_mtime_ns


def _is_fresh(seen: dict[Path, tuple[int, int]]) -> bool:
    newest = max((time_ns for _, time_ns in seen.values()), default=0)
    return time.time_ns() - newest < policy().settle_seconds * 1e9


def _receive_one(door: Door, paths: Sequence[Path]) -> list[Received]:
    delivery, known = None, submissions(door.ledger)
    try:
        delivery = open_delivery(*paths)
        if whole := _left_over_from(delivery, known):
            return _already(door, paths, delivery, whole.place, whole.submission_id)
        delivery = dated(delivery)
        examined = examine(delivery, door.at.date())
        if examined.contract.kind == "official":
            delivery = delivery.as_published()
        if _is_already_received(examined, delivery, known):
            place = _place(examined, delivery.hashes)
            return _already(door, paths, delivery, place, examined.submission_id)
        _refuse_other_month(examined, delivery, known)
        _refuse_mixing(examined, delivery, known)
        if not door.is_going_back:
            _hold_superseded(examined, delivery, known)
    except Refused as refused:
        return _refuse(door, paths, delivery, refused)
    except InWords:
        raise
    except Exception as error:  # one delivery must not keep the others out
        return _refuse(door, paths, delivery, unreadable(error, shown_names(paths)))
    return _accept(door, paths, delivery, examined)


def _left_over_from(delivery: Delivery, known: list[Submission]) -> Submission | None:
    """The standing set of which files lie here, maybe not all: a call died while leaving."""
    current = standing(known, (delivery.feed, delivery.sender, delivery.period, ""))
    is_set = current is not None and len(current.files) > 1
    if is_set and set(delivery.hashes) <= {file["sha256"] for file in current.files}:
        return current
    return None


def _accept(
    door: Door, paths: Sequence[Path], delivery: Delivery, examined: Examined
) -> list[Received]:
    newer = standing(submissions(door.ledger), _place(examined, delivery.hashes))
    if door.is_going_back and newer:
        examined = replace(examined, sequence=max(examined.sequence, newer.sequence))
    body = _body(delivery, examined.contract.feed, examined.sender, examined.period) | {
        "files": _files(delivery, examined),
        "submission_id": examined.submission_id,
        "sequence": examined.sequence,
        "outcome": "accepted",
        "known_on": examined.known_on.isoformat(),
        "known_how": examined.known_how,
        "is_synthetic": examined.is_synthetic,
        "edition": examined.edition,
        "release": examined.release,
        "dated_by": examined.dated_by,
        "tables": sorted(examined.contents),
        "contents": {table: asdict(held) for table, held in examined.contents.items()},
        "contract": examined.contract.digest,
        "rows": {
            "landed": examined.count("landed"),
            "kept": examined.kept,
            "quarantined": examined.count("quarantined"),
            "discarded": examined.count("discarded"),
        },
        "discarded_columns": examined.count("discarded_columns"),
        "passed_over": examined.passed_over,
        "notes": [_note(finding) for finding in examined.findings],
    }
    _land(door.home, delivery, body)
    store(door.home, examined, door.pseudonyms)
    _quarantine(door.home, examined)
    write_answer(door.home, body, answer_of(examined, delivery))
    door.ledger.append(RECEIVED, body, door.at)
    _leave_inbox(door.home, paths)
    return _received(delivery, body, "accepted", _summary(body) + _instead_of(newer, examined))


def _instead_of(newer: Submission | None, examined: Examined) -> str:
    """What becomes of the version that stood before."""
    if newer is None:
        return ""
    if newer.sequence > examined.sequence:
        return f"; an older version: {newer.submission_id} with number {newer.sequence} stands"
    change = examined.kept - newer.rows["kept"]
    return f"; supersedes {newer.submission_id} ({change:+d} rows kept)"


def _body(delivery: Delivery | None, feed: str, sender: str, period: str) -> dict[str, Any]:
    files = _files(delivery) if delivery else []
    return {"feed": feed, "sender": sender, "period": period, "files": files, "reasons": []}


def _files(delivery: Delivery, examined: Examined | None = None) -> list[dict[str, Any]]:
    """The facts of each file; of an examined one also its data rows."""
    listed = []
    for number, file in enumerate(delivery.files, 1):
        facts = {
            "name": file.shown_name,
            "stored_as": f"file-{number}.{file.extension}",
            "sha256": file.sha256,
            "bytes": len(file.data),
            "table": file.table,
        }
        if examined:
            table = examined.tables.get(file.table)
            facts["rows"] = table.landed if table else examined.count("landed")
        listed.append(facts)
    return listed


def _note(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "where": finding.where,
        "severity": "note" if finding.severity == "refuse" else finding.severity,
        "message": finding.message,
        "action": finding.action,
    }


def _place(examined: Examined, hashes: Sequence[str]) -> Place:
    edition = edition_of(
        examined.known_on,
        examined.known_how,
        examined.edition,
        examined.contents,
        examined.dated_by,
        hashes,
    )
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
    for file, facts in zip(delivery.files, body["files"], strict=True):
        write_whole(partial / facts["stored_as"], file.data, 0o440)
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
    files = tuple(_reread(folder, facts) for facts in submission.files)
    if submission.known_how == "publication":
        manifest = _manifest_again(submission) if submission.dated_by == "manifest" else None
        again = examine(Delivery(files, "", "", "", 1, manifest), submission.received_on)
        # A contract that dates the edition anew does not move what has landed.
        return replace(again, period=submission.period, submission_id=submission.submission_id)
    manifest = _manifest_again(submission) if submission.known_how == "manifest" else None
    landed = Delivery(
        files,
        submission.feed,
        submission.sender,
        submission.period,
        submission.sequence,
        manifest,
    )
    return examine(landed, submission.known_on)


def _reread(folder: Path, facts: dict[str, Any]) -> DeliveredFile:
    """One landed file under the name that it may be shown by."""
    path = folder / facts["stored_as"]
    data = path.read_bytes()
    if _hash_of(data) != facts["sha256"]:
        raise ValueError(
            f"{path} is not what was received (its sha256 differs from the receipt). "
            "Restore the file from backup; landing is never edited."
        )
    return DeliveredFile(
        path.with_name(facts["name"]), data, path.suffix[1:], facts.get("table", "")
    )


def _manifest_again(submission: Submission) -> Manifest:
    """What the manifest said, from the receipt: of older receipts the one file has all rows."""
    landed = submission.rows["landed"]
    return Manifest(
        files={
            facts["name"]: Vouched(facts["sha256"], facts.get("rows", landed))
            for facts in submission.files
        },
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


def _is_already_received(examined: Examined, delivery: Delivery, known: list[Submission]) -> bool:
    """Whether the same bytes stand; of an official file also under another day of receipt."""
    if examined.edition and not delivery.manifest:
        return any(
            (s.feed, s.hashes) == (examined.contract.feed, delivery.hashes)
            and standing(known, s.place) == s
            for s in accepted(known)
        )
    current = standing(known, _place(examined, delivery.hashes))
    return current is not None and current.submission_id == examined.submission_id


def _refuse_other_month(examined: Examined, delivery: Delivery, known: list[Submission]) -> None:
    if not examined.count("landed") or examined.contract.cadence == "yearly" or examined.edition:
        return  # one nil return is like the other, and so is a list that did not change
    for other in accepted(known):
        same_bytes = {file["sha256"] for file in other.files} == set(delivery.hashes)
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
    """Invented and real people are kept apart; a delivery that names nobody may lie with either."""
    if examined.is_synthetic is None:
        return
    if any(s.is_synthetic is (not examined.is_synthetic) for s in accepted(known)):
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


def _refuse(
    door: Door, paths: Sequence[Path], delivery: Delivery | None, refused: Refused
) -> list[Received]:
    feed, sender, period = _claimed(paths, delivery)
    hashes = delivery.hashes if delivery else [_hash_if_regular(path) for path in paths]
    one = hashes[0] if len(hashes) == 1 else _hash_of("\n".join(sorted(hashes)).encode())
    known_on = delivery.manifest.extract_date if delivery and delivery.manifest else door.at.date()
    reason = {
        name: getattr(refused, name) for name in ("rule", "where", "found", "expected", "action")
    }
    body = _body(delivery, feed, sender, period) | {
        "submission_id": one[:16],
        "sequence": delivery.sequence if delivery else 1,
        "outcome": "refused",
        "known_on": known_on.isoformat(),
        "known_how": "manifest" if delivery and delivery.manifest else "receipt",
        "is_synthetic": None,
        "rows": {},
        "reasons": [reason],
    }
    names = [shown_name(path) for path in paths]
    folder = door.home / "inbox" / "refused" / f"{one[:8]}-{door.at.strftime('%Y%m%dT%H%M%S')}"
    answer = folder / "answer.csv"
    write_answer(door.home, body, answer_of(refused, delivery), beside=answer)
    door.ledger.append(RECEIVED, body, door.at)
    _set_aside(door.home, paths, folder)
    return [
        Received(name, feed, sender, period, "", sha256, "refused", str(refused), answer)
        for name, sha256 in zip(names, hashes, strict=True)
    ]


def _claimed(paths: Sequence[Path], delivery: Delivery | None) -> tuple[str, str, str]:
    if delivery is None:
        return claimed_by_name(paths[0])
    return delivery.feed, delivery.sender, delivery.period


def _hash_if_regular(path: Path) -> str:
    if path.is_file() and not path.is_symlink():
        return _hash_of(path.read_bytes())
    return _hash_of(os.fsencode(path.name))


def _hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _set_aside(home: Path, paths: Sequence[Path], folder: Path) -> None:
    """Move refused files out of the inbox, with their manifest; copy those from elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (*paths, *manifests_of(paths)):
        if _is_in_inbox(home, part) and os.path.lexists(part):
            part.replace(folder / part.name)
        elif part.is_file() and not part.is_symlink():
            shutil.copyfile(part, folder / part.name)


def _leave_inbox(home: Path, paths: Sequence[Path]) -> None:
    """Of a set the manifest goes first: without it, some of its files are still known as such."""
    parts = [*manifests_of(paths), *paths] if len(paths) > 1 else [*paths, *manifests_of(paths)]
    for part in parts:
        if _is_in_inbox(home, part):
            part.unlink(missing_ok=True)


def _is_in_inbox(home: Path, path: Path) -> bool:
    return path.absolute().parent == (home / "inbox").absolute()


def _already(
    door: Door, paths: Sequence[Path], delivery: Delivery, place: Place, submission_id: str
) -> list[Received]:
    _leave_inbox(door.home, paths)
    feed, sender, period, _ = place
    body = {"feed": feed, "sender": sender, "period": period, "submission_id": submission_id}
    why = "the same bytes stand for this month"
    return _received(delivery, body, "already received", why)


def _received(delivery: Delivery, body: dict[str, Any], outcome: str, why: str) -> list[Received]:
    return [
        Received(
            file.shown_name,
            body["feed"],
            body["sender"],
            body["period"],
            body["submission_id"],
            file.sha256,
            outcome,
            why,
        )
        for file in delivery.files
    ]
