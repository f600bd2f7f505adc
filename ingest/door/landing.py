"""Deliveries into landing and lake: the same bytes, immutable, with a receipt in the ledger.

Nothing is lost: an accepted delivery lies in ``landing/``, a refused one in ``inbox/refused/`` and
one of a sender that the feed is not known from in ``inbox/held/``, either with its answer and all
its files together, and a crash at any point leaves what is left in the inbox for the next call,
which comes to the same result.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.door.ahead import NOTHING, Ahead, reading_ahead
from ingest.door.answers import answer_of, write_answer
from ingest.door.deliveries import (
    DeliveredFile,
    Delivery,
    Manifest,
    Unread,
    Vouched,
    claimed_by_name,
    gathered,
    hash_of,
    is_litter,
    is_manifest,
    is_unfinished,
    open_delivery,
    shown_name,
    shown_names,
)
from ingest.door.examine import dated, examine
from ingest.door.inbox import (
    ANSWER,
    copy_from_elsewhere,
    held_deliveries,
    held_folder,
    inbox_files,
    leave_inbox,
    look,
    refuse_locked_inbox,
    refused_folder,
    set_aside,
    settled,
    whole,
)
from ingest.door.senders import Held, accepted_senders, hold_unless_known, listed, may_send
from ingest.faults import fault_of, unreadable
from ingest.refusals import Finding, InWords, Refused
from ingest.store.durable import sync_folder, write_whole
from ingest.store.lake import store
from ingest.store.ledger import ClockBehind, Ledger
from ingest.store.pseudonyms import Pseudonyms
from ingest.store.submissions import (
    FINGERPRINT,
    RECEIVED,
    Place,
    Submission,
    accepted,
    edition_of,
    has_received,
    recorded_fingerprint,
    refusal_id,
    standing,
    submission_id,
    submissions,
)
from ingest.typed.examined import Examined

RECEIPT = "receipt.json"


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
    """accepted, already received, refused, held (until somebody accepts its sender), waiting (a
    manifest without its delivery), gone (taken away meanwhile), or a fault of the machine: not
    read, stopped."""
    why: str
    answer: Path | None = None
    """Of a refused or held delivery, where its answer lies."""

    @property
    def is_fault(self) -> bool:
        """Whether the machine failed and not the sender: nobody may count the file as missing."""
        return self.outcome in (NOT_READ, STOPPED)


NOT_READ, STOPPED = "not read", "stopped"


@dataclass(frozen=True)
class Door:
    """What every delivery of one call meets: the data folder, its ledger and key, the moment.

    ``at`` is the moment of receipt in UTC. ``is_going_back`` lets superseded bytes stand again.
    ``is_patient`` leaves in the inbox what is not complete yet: nobody stands by who knows.
    """

    home: Path
    ledger: Ledger
    pseudonyms: Pseudonyms
    at: datetime
    is_going_back: bool = False
    is_patient: bool = False


class LandingChanged(InWords):
    """A landed file is not what was received."""


Watch = Callable[[list[Received], int], None]
"""Is given what became of each delivery's files once that is known, and how many deliveries of the
same call are still to come."""


def receive(
    door: Door, paths: Iterable[Path] = (), watch: Watch = lambda rows, left: None
) -> list[Received]:
    """Take each delivery of ``paths`` (default: the inbox) into landing, in the order of names.

    One row a file. A file in the inbox leaves it; one from elsewhere stays where it is. A file of
    a set brings the others that lie beside it. Before the inbox come the deliveries that were held
    and whose sender has been accepted since. A file that the machine cannot read is left where it
    lies and the others are taken; no disk, no memory or a wrong clock stops at once.
    """
    given = list(paths)
    _finish_last(door)
    received = [] if given else _receive_freed(door, watch)
    if received and received[-1].outcome == STOPPED:
        return received
    deliveries, moving = settled(lambda: _found(door, given))
    received += _watched([row for files in moving for row in _still_written(files)], watch)
    with reading_ahead(deliveries, door.at.date()) as ahead:
        for left, files in enumerate(deliveries, 1 - len(deliveries)):
            received += _watched(_take(door, files, ahead), watch, -left)
            if received[-1].outcome == STOPPED:
                return received
    _sweep(door)
    return received if given else [*received, *_watched(_waiting(door), watch)]


def _found(door: Door, given: Sequence[Path]) -> list[list[Path]]:
    """The deliveries to take: those given, or those in the inbox."""
    if given or not door.is_patient:
        return gathered(given or inbox_files(door.home))
    ready, _ = whole(look(door.home), door.at)
    return [[one.path for one in parts if not is_manifest(one.path)] for parts in ready]


def _watched(rows: list[Received], watch: Watch, left: int = 0) -> list[Received]:
    if rows:
        watch(rows, left)
    return rows


def _receive_freed(door: Door, watch: Watch) -> list[Received]:
    """Take what was held of senders that may send by now, in the order in which it came."""
    received: list[Received] = []
    for folder in freed_folders(door.home, door.ledger):
        taken: list[Received] = []
        for files in held_deliveries(folder):
            taken += _watched(_take(door, files), watch)
            if taken[-1].outcome == STOPPED:
                return [*received, *taken]
        received += taken
        if taken and not any(one.is_fault or one.outcome == "gone" for one in taken):
            shutil.rmtree(folder, ignore_errors=True)  # whoever has the answer open keeps that
    return received


def freed_folders(home: Path, ledger: Ledger) -> list[Path]:
    """Where that lies which was held of senders that may send by now, in the order it came."""
    known = [*listed(), *accepted_senders(ledger)]
    freed = [
        held_folder(home, one.submission_id)
        for one in submissions(ledger)
        if one.outcome == "held" and may_send(one.feed, one.sender, one.period, known)
    ]
    return [*dict.fromkeys(freed)]


def _take(door: Door, paths: Sequence[Path], ahead: Ahead = NOTHING) -> list[Received]:
    """Receive one delivery; a fault of the machine leaves it where it lies and says what it was."""
    before = len(door.ledger.entries())
    try:
        door.ledger.refuse_earlier(door.at)
        refuse_locked_inbox(door.home, paths)
        return _receive_one(door, paths, ahead)
    except Unread as unread:
        return _untaken(paths, "gone" if unread.is_gone else NOT_READ, str(unread))
    except ClockBehind as behind:
        return _untaken(paths, STOPPED, str(behind))
    except (OSError, MemoryError) as error:
        fault = fault_of(error)
        if not fault:
            raise
        is_kept = len(door.ledger.entries()) > before
        return _untaken(paths, STOPPED, f"{fault}.", is_kept=is_kept)


def _untaken(
    paths: Sequence[Path], outcome: str, fault: str, *, is_kept: bool = False
) -> list[Received]:
    """A row a file of a delivery that was not taken, and what to do about it."""
    state = "Nothing of it was recorded; it was left where it was."
    if is_kept:
        state = "It is recorded in the ledger, but was not put away to the end."
    action = "Mend that and run the command again: the file is not at fault."
    why = f"{fault} {state}" if outcome == "gone" else f"{fault} {state} {action}"
    return [Received(shown_name(path), "", "", "", "", "", outcome, why) for path in paths]


def _still_written(paths: Sequence[Path]) -> list[Received]:
    why = "still being written: it is taken by the next call after it has stood still"
    return [Received(shown_name(path), "", "", "", "", "", "waiting", why) for path in paths]


def _waiting(door: Door) -> list[Received]:
    """What stays in the inbox: manifests until their delivery comes, transfers until they end."""
    inbox = sorted(path for path in (door.home / "inbox").iterdir() if not is_litter(path))
    why = "a manifest that waits for its delivery: send it, named like the manifest without "
    why += ".manifest.csv, or take the manifest away"
    manifests = [row for path in inbox if is_manifest(path) for row in _waits(path, why)]
    sent = _still_written([path for path in inbox if is_unfinished(path)])
    return [*manifests, *sent, *(_incomplete(door) if door.is_patient else ())]


def _incomplete(door: Door) -> list[Received]:
    _, waiting = whole(look(door.home), door.at)
    return [
        Received(shown_name(path), "", "", "", "", "", "waiting", f"{one.why}: it is taken later")
        for one in waiting
        for path in one.paths
        if not (is_manifest(path) or is_unfinished(path))
    ]


def _waits(path: Path, why: str) -> list[Received]:
    try:
        return [Received(shown_name(path), "", "", "", "", hash_of(path), "waiting", why)]
    except Unread as unread:
        return _untaken([path], NOT_READ, str(unread))


def judged(
    paths: Sequence[Path],
    ledger: Ledger,
    at: datetime,
    *,
    is_going_back: bool = False,
    ahead: Ahead = NOTHING,
) -> tuple[Delivery | None, Examined | Refused]:
    """What the door makes of one delivery beside those in the ledger, without keeping anything.

    The delivery is None where it could not be opened. A fault of the machine is raised.
    """
    delivery, known = None, submissions(ledger)
    try:
        delivery = open_delivery(*paths)
        delivery = dated(delivery)
        if not _is_accepted(delivery, known):
            hold_unless_known(delivery, accepted_senders(ledger))
        examined = ahead.take(delivery, at.date()) or examine(delivery, at.date())
        if examined.contract.kind == "official":
            delivery = delivery.as_published()
        if not _is_already_received(examined, delivery, known):
            _refuse_other_month(examined, delivery, known)
            _refuse_mixing(examined, delivery, known)
            if not is_going_back:
                _refuse_superseded(examined, delivery, known)
    except Refused as refused:
        return delivery, refused
    except Exception as error:  # one delivery must not keep the others out
        return delivery, stumbled(error, paths)
    return delivery, examined


def _is_accepted(delivery: Delivery, known: list[Submission]) -> bool:
    """Whether these bytes came in before, maybe when the list of senders said something else.

    Held, they would bear the id of what was accepted, and take it out of the figures.
    """
    own = submission_id(delivery.feed, delivery.sender, delivery.period, delivery.hashes)
    return any(one.submission_id == own for one in accepted(known))


def stumbled(error: Exception, paths: Sequence[Path]) -> Refused:
    """The refusal of bytes that nobody foresaw; what is no fault of theirs is raised again."""
    if isinstance(error, InWords) or fault_of(error):
        raise error
    return unreadable(error, shown_names(paths))


def _receive_one(door: Door, paths: Sequence[Path], ahead: Ahead) -> list[Received]:
    delivery, outcome = judged(
        paths, door.ledger, door.at, is_going_back=door.is_going_back, ahead=ahead
    )
    known = submissions(door.ledger)
    if delivery and (whole := _left_over_from(delivery, known)):
        return _already(door, paths, delivery, whole.place, whole.submission_id)
    if delivery is None or isinstance(outcome, Refused):
        return _refuse(door, paths, delivery, outcome)
    if _is_already_received(outcome, delivery, known):
        _land_again(door, delivery, outcome)
        place = _place(outcome, delivery.hashes)
        return _already(door, paths, delivery, place, outcome.submission_id)
    return _accept(door, paths, delivery, outcome)


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
    try:
        _keep(door, delivery, examined, body)
    except Exception as error:
        return _refuse(door, paths, delivery, stumbled(error, paths))
    _append(door, body)
    _put_in_place(landing_folder(door.home, body["feed"], body["period"], body["submission_id"]))
    leave_inbox(door.home, paths)
    return _received(delivery, body, "accepted", _summary(body) + _instead_of(newer, examined))


def _keep(door: Door, delivery: Delivery, examined: Examined, body: dict[str, Any]) -> None:
    """Write all that an accepted delivery leaves; it counts once the ledger has its receipt."""
    _land(door.home, delivery, body)
    store(door.home, examined, door.pseudonyms)
    _quarantine(door.home, examined)
    write_answer(door.home, body, answer_of(examined, delivery))


def _append(door: Door, body: dict[str, Any]) -> None:
    """The receipt; the first one under a key says which key that was."""
    named = {} if recorded_fingerprint(door.ledger) else {FINGERPRINT: door.pseudonyms.fingerprint}
    door.ledger.append(RECEIVED, body | named, door.at)


def _finish_last(door: Door) -> None:
    """Put the last accepted delivery in its place if the machine died just before that."""
    for last in accepted(submissions(door.ledger))[-1:]:
        _finish(door.home, last)


def _finish(home: Path, known: Submission) -> None:
    _put_in_place(landing_folder(home, known.feed, known.period, known.submission_id))


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
    """Write bytes and receipt beside their place, which they take when the ledger knows them."""
    final = landing_folder(home, body["feed"], body["period"], body["submission_id"])
    if final.exists():
        return
    partial = _beside(final)
    shutil.rmtree(partial, ignore_errors=True)
    data = {file.sha256: file.data for file in delivery.files}
    for facts in body["files"]:
        write_whole(partial / facts["stored_as"], data[facts["sha256"]], 0o440)
    receipt = json.dumps(body, sort_keys=True, indent=1).encode()
    write_whole(partial / RECEIPT, receipt, 0o440)


def _land_again(door: Door, delivery: Delivery, examined: Examined) -> None:
    """Bytes that came again mend a landing that has lost them, before they leave the inbox."""
    entries = door.ledger.entries()
    for known in accepted(submissions(door.ledger)):
        if known.feed == examined.contract.feed and {*known.hashes} == {*delivery.hashes}:
            _land(door.home, delivery, entries[known.order - 1].body)
            _finish(door.home, known)


def _beside(final: Path) -> Path:
    return final.with_name(f".{final.name}.tmp")


def _sweep(door: Door) -> None:
    """Remove what deliveries left that were not accepted in the end: it holds what was sent."""
    if has_received(door.ledger):
        for partial in (door.home / "landing").glob("*/*/.*.tmp"):
            shutil.rmtree(partial, ignore_errors=True)


def _put_in_place(final: Path) -> None:
    """Bytes and receipt appear together, and only once: what lies in landing has a receipt."""
    if _beside(final).exists() and not final.exists():
        _beside(final).rename(final)
        sync_folder(final.parent)


def landing_folder(home: Path, feed: str, period: str, submission_id: str) -> Path:
    """Where the bytes of one submission lie."""
    return home / "landing" / feed / period / submission_id


def reopen(home: Path, submission: Submission) -> Examined:
    """Examine a landed submission again, from its own bytes.

    Raises:
        LandingChanged: the landed bytes are not those of the receipt.
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
    if hashlib.sha256(data).hexdigest() != facts["sha256"]:
        raise LandingChanged(
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
    if not examined.count("landed") or examined.contract.cadence != "monthly" or examined.edition:
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


def _refuse_superseded(examined: Examined, delivery: Delivery, known: list[Submission]) -> None:
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
    hashes = delivery.hashes if delivery else [hash_of(path) for path in paths]
    names = [shown_name(path) for path in paths]
    outcome = "held" if isinstance(refused, Held) else "refused"
    known_on = delivery.manifest.extract_date if delivery and delivery.manifest else door.at.date()
    reason = {
        name: getattr(refused, name) for name in ("rule", "where", "found", "expected", "action")
    }
    body = _body(delivery, feed, sender, period) | {
        "sequence": delivery.sequence if delivery else 1,
        "outcome": outcome,
        "known_on": known_on.isoformat(),
        "known_how": "manifest" if delivery and delivery.manifest else "receipt",
        "is_synthetic": None,
        "rows": {},
        "reasons": [reason],
    }
    if not delivery:
        body["files"] = [
            {"name": name, "sha256": sha256} for name, sha256 in zip(names, hashes, strict=True)
        ]
    lines = answer_of(refused, delivery, shown_names(paths))
    if outcome == "held":  # under the id that it gets when it is taken
        body["submission_id"] = submission_id(feed, sender, period, hashes)
        folder = held_folder(door.home, body["submission_id"])
    else:
        body["submission_id"] = refusal_id(body)
        folder = refused_folder(door.home, hashes, door.at)
    is_new = not folder.exists() or not any(folder.iterdir())
    answer = folder / (ANSWER if paths[0].name != ANSWER else f"answer to {ANSWER}")
    try:
        write_answer(door.home, body, lines, beside=answer)
        copy_from_elsewhere(door.home, paths, folder)
        _append(door, body)
    except (OSError, MemoryError):
        if is_new:  # an answer without its refusal would mislead
            shutil.rmtree(folder, ignore_errors=True)
        raise
    set_aside(door.home, paths, folder)
    return [
        Received(name, feed, sender, period, "", sha256, outcome, str(refused), answer)
        for name, sha256 in zip(names, hashes, strict=True)
    ]


def _claimed(paths: Sequence[Path], delivery: Delivery | None) -> tuple[str, str, str]:
    if delivery is None or not delivery.feed:
        return claimed_by_name(paths[0])
    return delivery.feed, delivery.sender, delivery.period


def _already(
    door: Door, paths: Sequence[Path], delivery: Delivery, place: Place, submission_id: str
) -> list[Received]:
    leave_inbox(door.home, paths)
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
