"""Who sends which feed, and from when to when: what every local delivery is held against.

The list is ``senders.csv`` of the partnership, a dbt seed as well. A data folder adds senders of
its own by acceptances in its ledger (``lasp accept-sender``). Only this list distinguishes a code
from a typing error: a new provider and ``Z0A`` for ``ZOA`` look alike.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from ingest.contracts.model import is_due
from ingest.door.delivery import Delivery
from ingest.partnership import chosen_folder
from ingest.refusals import Refused
from ingest.store.ledger import Ledger
from ingest.written import read_list

SENDER_ACCEPTED = "sender_accepted"
"""Kind of the ledger's lines: feed, sender, first and last month (null: open), who accepted it."""
_INVENTED = Path(__file__).parents[1] / "contracts" / "domains" / "invented_senders.csv"


@dataclass(frozen=True)
class Sender:
    """Who may send one feed (`*`: any), by code or, of invented ones, by pattern."""

    feed: str
    code: str
    name: str
    first_month: str
    """YYYY-MM, inclusive; empty: from the beginning."""
    last_month: str
    """YYYY-MM, inclusive; empty: open."""
    is_invented: bool = False

    def is_of(self, feed: str, sender: str) -> bool:
        """Whether the row speaks of this feed and sender."""
        return self.feed in ("*", feed) and re.fullmatch(self.code, sender) is not None

    def covers(self, month: str) -> bool:
        """Whether the month lies within the row's own."""
        return self.first_month <= month and (not self.last_month or month <= self.last_month)

    @property
    def months(self) -> str:
        """The months in words, such as `from 2025-04 to 2026-03`; empty without limits."""
        limits = (("from", self.first_month), ("to", self.last_month))
        return " ".join(f"{word} {month}" for word, month in limits if month)


class Held(Refused):
    """A delivery that waits for a person to say that its sender may send it."""


def listed() -> tuple[Sender, ...]:
    """The partnership's senders in file order, then the ranges of invented ones."""
    return _listed(chosen_folder() / "senders.csv")


@cache
def _listed(path: Path) -> tuple[Sender, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        real = [
            Sender(
                row["feed"], row["sender"], row["name"], row["valid_from"][:7],
                row["valid_to"][:7],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
    ranges = read_list(_INVENTED, "pattern", "name")
    return (*real, *(Sender("*", one, name, "", "", True) for one, name in ranges.items()))


def accepted_senders(ledger: Ledger, as_at: date | None = None) -> list[Sender]:
    """The senders that a data folder has accepted by the end of ``as_at`` (None: by now).

    Of several acceptances of a feed and sender the last counts.
    """
    bodies = [
        entry.body
        for entry in ledger.entries()
        if entry.kind == SENDER_ACCEPTED and (as_at is None or entry.at[:10] <= str(as_at))
    ]
    last = {(body["feed"], body["sender"]): body for body in bodies}
    return [
        Sender(
            body["feed"], body["sender"], body["sender"], body["first_month"],
            body["last_month"] or "",
        )
        for body in last.values()
    ]  # fmt: skip


def owing(known: Iterable[Sender], month: str) -> list[Sender]:
    """Who of ``known`` owes a delivery for a month (YYYY-MM); invented organisations owe none."""
    return [
        one
        for one in known
        if not one.is_invented and one.covers(month) and is_due(one.feed, month)
    ]


def is_invented(sender: str) -> bool:
    """Whether a code lies in the range of invented organisations."""
    return any(row.is_invented and row.is_of(row.feed, sender) for row in listed())


def hold_unless_known(delivery: Delivery, accepted: Iterable[Sender]) -> None:
    """Hold a local delivery whose sender is not known to send its feed in its month.

    Raises:
        Held: R-SENDER, naming who sends the feed and whose code the sender's resembles.
    """
    known = [*listed(), *accepted]
    if delivery.feed and not may_send(delivery.feed, delivery.sender, delivery.period, known):
        raise _held(delivery, known)


def may_send(feed: str, sender: str, month: str, known: Iterable[Sender]) -> bool:
    """Whether one of ``known`` is this sender of this feed in this month."""
    return any(row.is_of(feed, sender) and row.covers(month) for row in known)


def _held(delivery: Delivery, known: list[Sender]) -> Held:
    feed, sender, month = delivery.feed, delivery.sender, delivery.period
    of_feed = {row.code: row for row in known if row.feed == feed}
    own = of_feed.get(sender)
    elsewhere = sorted({row.feed for row in known if row.code == sender} - {feed})
    found = f"{feed} from {sender} for {month}"
    first = min(month, own.first_month or month) if own else month  # the last acceptance counts
    if own:
        found += f", which sends it {own.months}"
    elif elsewhere:
        found += f", which sends {', '.join(elsewhere)}"
    return Held(
        "R-SENDER",
        delivery.shown_name,
        found,
        "a sender of this feed and month: "
        + ", ".join(_sender_in_words(row) for row in of_feed.values()),
        f"{_guess(sender, [*of_feed])}If {sender} is wrong, send the delivery again under the "
        "right code, and the data team deletes its folder in inbox/held. If it is right, the data "
        f"team runs `lasp accept-sender {feed} {sender} --from {first} --by NAME`, and the next "
        "`lasp receive` takes the delivery",
    )


def _sender_in_words(row: Sender) -> str:
    said = "; ".join(filter(None, [row.name if row.name != row.code else "", row.months]))
    return f"{row.code} ({said})" if said else row.code


def _guess(sender: str, codes: list[str]) -> str:
    """Two of three characters in common: Z0A and ZAO are near ZOA, and so is its site ZOA01."""
    likeness = {code: _likeness(sender, code) for code in codes if code != sender}
    nearest = max(likeness, key=likeness.__getitem__, default="")
    return f"Did you mean {nearest}? " if nearest and likeness[nearest] >= 0.6 else ""


def _likeness(one: str, other: str) -> float:
    """Share of characters in common, read from the end that finds more: ZAZA and ZBZA share three,
    of which reading from the front finds two."""
    ends = ((one, other), (one[::-1], other[::-1]))
    return max(SequenceMatcher(None, *texts).ratio() for texts in ends)
