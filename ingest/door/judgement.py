"""What the door makes of one delivery, beside those that are in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ingest.door.ahead import NOTHING, Ahead
from ingest.door.delivery import Delivery, open_delivery
from ingest.door.examine import dated, examine
from ingest.door.senders import accepted_senders, hold_unless_known
from ingest.door.shown_names import shown_names
from ingest.faults import fault_of, unreadable
from ingest.refusals import InWords, Refused
from ingest.store.ledger import Ledger
from ingest.store.submissions import (
    Place,
    Submission,
    accepted,
    edition_of,
    standing,
    submission_id,
    submissions,
)
from ingest.typed.examined import Examined


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
        if not is_already_received(examined, delivery, known):
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


def is_already_received(examined: Examined, delivery: Delivery, known: list[Submission]) -> bool:
    """Whether the same bytes stand; of an official file also under another day of receipt."""
    if examined.edition and not delivery.manifest:
        return any(
            (s.feed, s.hashes) == (examined.contract.feed, delivery.hashes)
            and standing(known, s.place) == s
            for s in accepted(known)
        )
    current = standing(known, own_place(examined, delivery.hashes))
    return current is not None and current.submission_id == examined.submission_id


def own_place(examined: Examined, hashes: Sequence[str]) -> Place:
    """What an examined delivery is a version of."""
    edition = edition_of(
        examined.known_on,
        examined.known_how,
        examined.edition,
        examined.contents,
        examined.dated_by,
        hashes,
    )
    return examined.contract.feed, examined.sender, examined.period, edition


def _refuse_other_month(examined: Examined, delivery: Delivery, known: list[Submission]) -> None:
    if not examined.count("landed") or not examined.contract.is_of_month_end or examined.edition:
        return  # one nil return is like the other, and so is a list that did not change
    for other in accepted(known):
        same_bytes = {file["sha256"] for file in other.files} == set(delivery.hashes)
        is_elsewhere = (other.sender, other.period) != (examined.sender, examined.period)
        if same_bytes and other.feed == examined.contract.feed and is_elsewhere:
            raise Refused(
                "R-PERIOD",
                delivery.shown_name,
                f"the same file as was received from {other.sender} for {other.period}",
                "a different file for each sender and month",
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
            "use a separate data folder: set LASP_HOME to another folder",
        )


def _refuse_superseded(examined: Examined, delivery: Delivery, known: list[Submission]) -> None:
    if any(s.submission_id == examined.submission_id for s in accepted(known)):
        raise Refused(
            "R-RESUB",
            delivery.shown_name,
            "a file that a newer version has superseded",
            "a newer version",
            "to use the old version again, run `lasp receive --go-back` on it",
        )
