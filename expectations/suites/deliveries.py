"""What deliveries say by themselves, and what readers noted on the way."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from ingest.contracts import local_feeds
from ingest.door.senders import Sender, is_invented

NIL_RETURN = "NIL-RETURN"


def findings(told: pd.DataFrame, owing: Sequence[Sender] = ()) -> pd.DataFrame:
    """What the run's submissions say by themselves: refused, held, nil, or not there.

    ``owing`` are the senders who owe a delivery for the run's month.
    """
    rows = [*_refused(told), *_held(told), *_owed(told, owing), *_nil_returns(told)]
    return pd.DataFrame(rows)


def _local(told: pd.DataFrame, verdict: str) -> pd.DataFrame:
    return told[(told["verdict"] == verdict) & (told["known_how"] != "publication")]


def _refused(told: pd.DataFrame) -> Iterator[dict]:
    """A refused delivery of a month that has no accepted one."""
    places = ["feed", "sender", "period"]
    standing = set(_local(told, "used")[places].itertuples(index=False, name=None))
    for delivery in _local(told, "refused").drop_duplicates(places).itertuples():
        if (delivery.feed, delivery.sender, delivery.period) not in standing:
            yield finding(delivery.period, delivery.feed, delivery.sender, delivery.known_on) | {
                "rule_id": "DELIVERY-REFUSED",
                "observed": delivery.reasons,
                "expected": "a delivery that meets its contract",
                "message": (
                    f"The delivery of {delivery.sender} for {delivery.period} was refused "
                    f"({delivery.reasons}); none of it is used."
                ),
                "action": "The sender has the reasons in its answer; ask for a corrected delivery.",
            }


def _held(told: pd.DataFrame) -> Iterator[dict]:
    """A delivery whose sender is not listed for the feed."""
    places = ["feed", "sender", "period"]
    for delivery in _local(told, "held").drop_duplicates(places).itertuples():
        yield finding(delivery.period, delivery.feed, delivery.sender, delivery.known_on) | {
            "rule_id": "DELIVERY-HELD",
            "observed": f"{delivery.feed} from {delivery.sender}",
            "expected": "a sender that is listed for the feed in this month",
            "message": (
                f"A delivery of {delivery.feed} for {delivery.period} came from "
                f"{delivery.sender}, which is not listed for the feed; none of it is counted."
            ),
            "action": "Ask whether the code is a typing error; if not, accept the sender.",
        }


def _owed(told: pd.DataFrame, owing: Sequence[Sender]) -> Iterator[dict]:
    """A sender of the list from which nothing came for the run's month.

    A feed that nobody real has delivered yet is not in use, and every one of its figures says so.
    """
    came = told[
        (told["known_how"] != "publication") & ~told["sender"].map(is_invented).astype(bool)
    ]
    of_month = came[came["period"] == came["release_month"]]
    there = set(zip(of_month["feed"], of_month["sender"], strict=True))
    for one in owing:
        if one.feed in set(came["feed"]) and (one.feed, one.code) not in there:
            there.add((one.feed, one.code))  # the list and an acceptance may both name a sender
            month = came["release_month"].iloc[0]
            who = one.code if one.name == one.code else f"{one.code} ({one.name})"
            yield finding(month, one.feed, one.code, came["as_at"].iloc[0]) | {
                "rule_id": "SENDER-OWES",
                "observed": "no delivery",
                "expected": f"a delivery of {one.feed} for {month}",
                "message": f"{who} sends {one.feed}, but sent no delivery for {month}.",
                "action": (
                    "Ask for the delivery; if the sender has stopped, enter its last day in "
                    "the list of senders."
                ),
            }


def _nil_returns(told: pd.DataFrame) -> Iterator[dict]:
    """A list that its sender declares to be empty counts as zero, with a note."""
    nil = _local(told, "used")
    for delivery in nil[nil["rows_landed"] == 0].itertuples():
        yield finding(delivery.period, delivery.feed, delivery.sender, delivery.known_on) | {
            "rule_id": NIL_RETURN,
            "observed": "0 rows, as the manifest says",
            "expected": "a list",
            "message": (
                f"{delivery.sender} made a nil return for {delivery.period}: nobody is on its list."
            ),
            "action": "If this is wrong, ask the sender for the list; it supersedes the return.",
        }


def is_nil_return(found: pd.DataFrame, told: pd.DataFrame) -> pd.Series:
    """Which list findings are of a list that its sender has declared to be empty."""
    nil = _local(told, "used")
    nil = nil[nil["rows_landed"] == 0]
    declared = set(zip(nil["sender"], nil["period"], strict=True))
    pairs = zip(found["org_code"], found["period"], strict=True)
    return pd.Series([pair in declared for pair in pairs], index=found.index, dtype=bool) & (
        found["basis"].eq("local")
    )


def lost_waits(lists: pd.DataFrame) -> pd.DataFrame:
    """TP2: one note per local list from which people who waited are gone without being closed."""
    gone = lists[lists["basis"].eq("local") & lists["lost_count"].gt(0)]
    rows = [
        {
            "period": one.period,
            "period_end": one.period_end,
            "basis": "local",
            "org_level": one.org_level,
            "org_code": one.org_code,
            "org_name": one.org_name,
            "org_key": one.org_key,
            "measure": "waiting",
            "service_line": one.service_line,
            "scope": "none",
            "severity": "note",
            "rule_id": "TP2",
            "observed": f"{one.lost_count} referrals",
            "expected": "every referral that waited, still waiting or closed",
            "message": (
                f"{one.lost_count} referrals that waited are missing from the list of "
                f"{one.org_name} for {one.service_line}, {one.period}; they do not count."
            ),
            "action": "Ask the sender to close the referrals with a date, or to send them again.",
        }
        for one in gone.itertuples()
    ]
    return pd.DataFrame(rows)


def unknown_areas(lists: pd.DataFrame) -> pd.DataFrame:
    """One note per published organisation that the area names do not know, in its newest month."""
    unknown = lists[lists["basis"].eq("published") & ~lists["is_known"].astype(bool)]
    newest = unknown.sort_values("period").drop_duplicates(["org_level", "org_key"], keep="last")
    codes = newest["org_code"].where(newest["org_code"].notna(), "no code")
    rows = [
        {
            "period": one.period,
            "period_end": one.period_end,
            "basis": "published",
            "org_level": one.org_level,
            "org_code": one.org_code,
            "org_name": one.org_name,
            "org_key": one.org_key,
            "measure": "organisation",
            "service_line": None,
            "scope": "none",
            "severity": "note",
            "rule_id": "AREA-UNKNOWN",
            "observed": f"{code}, {one.org_name}",
            "expected": "an organisation of the area names",
            "message": (
                f"{one.org_name} ({code}) has lists in {one.period} and is "
                "not in the area names: it is not known which totals contain it, or which "
                "organisation it continues."
            ),
            "action": (
                "Add it to the area names with its parent, and to the area successors if it "
                "continues another; a code may also be a typing error of the publisher."
            ),
        }
        for one, code in zip(newest.itertuples(), codes, strict=True)
    ]
    return pd.DataFrame(rows)


def reader_notes(notes: Sequence[dict]) -> pd.DataFrame:
    """What a reader noted of a used submission: one finding each."""
    rows = [
        finding(note["period"], note["dataset"], note["sender"], note["known_on"])
        | {
            "rule_id": note["rule"],
            "severity": note["severity"],
            "org_level": "edition",
            "scope": "none" if note["severity"] == "note" else "bands",
            "observed": note["where"],
            "expected": "the layout that the contract describes",
            "message": note["message"],
            "action": note["action"],
        }
        for note in notes
    ]
    return pd.DataFrame(rows)


def basis_of(feed: str) -> str:
    """``local`` for what organisations of the partnership send, else ``published``."""
    return "local" if feed in local_feeds() else "published"


def finding(period: str, dataset: str, sender: str, known_on: date) -> dict:
    """The columns that every finding about a delivery has; a note that withholds nothing."""
    year, month = int(period[:4]), int(period[5:])
    return {
        "known_on": known_on,
        "period": period,
        "period_end": date(year, month, monthrange(year, month)[1]),
        "dataset": dataset,
        "basis": basis_of(dataset),
        "org_level": "sender",
        "org_code": sender,
        "org_name": sender,
        "org_key": sender,
        "measure": "delivery",
        "service_line": None,
        "scope": "none",
        "severity": "note",
    }
