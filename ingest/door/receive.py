"""Take deliveries into landing and lake: the same bytes, immutable, with a receipt in the ledger.

Nothing is lost: an accepted delivery lies in ``landing/``, a refused one in ``inbox/refused/`` and
one of a sender that the feed is not known from in ``inbox/held/``, either with its answer and all
its files together, and a crash at any point leaves what is left in the inbox for the next call,
which comes to the same result.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.door.ahead import NOTHING, Ahead, reading_ahead
from ingest.door.answers import answer_of, write_answer
from ingest.door.delivery import Delivery
from ingest.door.entries import entry_of_accepted, entry_of_refused, rows_in_words
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
from ingest.door.judgement import is_already_received, judged, own_place, stumbled
from ingest.door.names import claimed_by_name, is_litter, is_manifest, is_unfinished
from ingest.door.reading import Unread, hash_of
from ingest.door.senders import accepted_senders, listed, may_send
from ingest.door.sets import gathered
from ingest.door.shown_names import shown_name, shown_names
from ingest.faults import fault_of
from ingest.refusals import Refused
from ingest.store.lake import quarantine, store
from ingest.store.landing import land, put_in_place, sweep
from ingest.store.ledger import ClockBehind, Ledger
from ingest.store.pseudonyms import Pseudonyms
from ingest.store.submissions import (
    FINGERPRINT,
    RECEIVED,
    Place,
    Submission,
    accepted,
    recorded_fingerprint,
    standing,
    submissions,
)
from ingest.typed.examined import Examined


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
    sweep(door.home, door.ledger)
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
    state = "Nothing was recorded; the file was left where it is."
    if is_kept:
        state = "It is recorded in the ledger, but was not moved out of the inbox."
    action = "Correct this and run the command again: the file is not at fault."
    why = f"{fault} {state}" if outcome == "gone" else f"{fault} {state} {action}"
    return [Received(shown_name(path), "", "", "", "", "", outcome, why) for path in paths]


def _still_written(paths: Sequence[Path]) -> list[Received]:
    why = "still being written: received by a later call, once it no longer changes"
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
        Received(shown_name(path), "", "", "", "", "", "waiting", f"{one.why}: received later")
        for one in waiting
        for path in one.paths
        if not (is_manifest(path) or is_unfinished(path))
    ]


def _waits(path: Path, why: str) -> list[Received]:
    try:
        return [Received(shown_name(path), "", "", "", "", hash_of(path), "waiting", why)]
    except Unread as unread:
        return _untaken([path], NOT_READ, str(unread))


def _receive_one(door: Door, paths: Sequence[Path], ahead: Ahead) -> list[Received]:
    delivery, outcome = judged(
        paths, door.ledger, door.at, is_going_back=door.is_going_back, ahead=ahead
    )
    known = submissions(door.ledger)
    if delivery and (whole := _left_over_from(delivery, known)):
        return _already(door, paths, delivery, whole.place, whole.submission_id)
    if delivery is None or isinstance(outcome, Refused):
        return _refuse(door, paths, delivery, outcome)
    if is_already_received(outcome, delivery, known):
        _land_again(door, delivery, outcome)
        place = own_place(outcome, delivery.hashes)
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
    newer = standing(submissions(door.ledger), own_place(examined, delivery.hashes))
    if door.is_going_back and newer:
        examined = replace(examined, sequence=max(examined.sequence, newer.sequence))
    body = entry_of_accepted(delivery, examined)
    try:
        _keep(door, delivery, examined, body)
    except Exception as error:
        return _refuse(door, paths, delivery, stumbled(error, paths))
    _append(door, body)
    put_in_place(door.home, body["feed"], body["period"], body["submission_id"])
    leave_inbox(door.home, paths)
    return _received(delivery, body, "accepted", rows_in_words(body) + _instead_of(newer, examined))


def _keep(door: Door, delivery: Delivery, examined: Examined, body: dict[str, Any]) -> None:
    """Write all that an accepted delivery leaves; it counts once the ledger has its receipt."""
    land(door.home, body, _bytes_by_hash(delivery))
    store(door.home, examined, door.pseudonyms)
    quarantine(door.home, examined)
    write_answer(door.home, body, answer_of(examined, delivery))


def _bytes_by_hash(delivery: Delivery) -> dict[str, bytes]:
    return {file.sha256: file.data for file in delivery.files}


def _append(door: Door, body: dict[str, Any]) -> None:
    """The receipt; the first one under a key says which key that was."""
    named = {} if recorded_fingerprint(door.ledger) else {FINGERPRINT: door.pseudonyms.fingerprint}
    door.ledger.append(RECEIVED, body | named, door.at)


def _finish_last(door: Door) -> None:
    """Put the last accepted delivery in its place if the machine died just before that."""
    for last in accepted(submissions(door.ledger))[-1:]:
        put_in_place(door.home, last.feed, last.period, last.submission_id)


def _instead_of(newer: Submission | None, examined: Examined) -> str:
    """What becomes of the version that stood before."""
    if newer is None:
        return ""
    if newer.sequence > examined.sequence:
        return f"; an older version: {newer.submission_id} with number {newer.sequence} stands"
    change = examined.kept - newer.rows["kept"]
    return f"; supersedes {newer.submission_id} ({change:+d} rows kept)"


def _land_again(door: Door, delivery: Delivery, examined: Examined) -> None:
    """Bytes that came again mend a landing that has lost them, before they leave the inbox."""
    entries = door.ledger.entries()
    for known in accepted(submissions(door.ledger)):
        if known.feed == examined.contract.feed and {*known.hashes} == {*delivery.hashes}:
            land(door.home, entries[known.order - 1].body, _bytes_by_hash(delivery))
            put_in_place(door.home, known.feed, known.period, known.submission_id)


def _refuse(
    door: Door, paths: Sequence[Path], delivery: Delivery | None, refused: Refused
) -> list[Received]:
    claimed = _claimed(paths, delivery)
    hashes = delivery.hashes if delivery else [hash_of(path) for path in paths]
    names = [shown_name(path) for path in paths]
    files = [*zip(names, hashes, strict=True)]
    body = entry_of_refused(delivery, refused, claimed, files, door.at.date())
    lines = answer_of(refused, delivery, shown_names(paths))
    if body["outcome"] == "held":
        folder = held_folder(door.home, body["submission_id"])
    else:
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
        Received(name, *claimed, "", sha256, body["outcome"], str(refused), answer)
        for name, sha256 in files
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
    why = "the same file is already in use for this month"
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
