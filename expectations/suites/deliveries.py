"""Deliveries against their sender's own history, and what readers noted on the way."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

import pandas as pd

# The landing policy's bounds: below half or above twice the median of the three months before.
# A snapshot holds a year of closed referrals, so an honest month moves by a few per cent.
SHRUNK, GROWN, MONTHS_BEFORE = 0.5, 2.0, 3


def findings(used: pd.DataFrame) -> pd.DataFrame:
    """R-SHRINK: one note per used local delivery whose size leaves its sender's own range."""
    counted = used[(used["verdict"] == "used") & (used["known_how"] != "publication")]
    rows = []
    for _, history in counted.sort_values("period").groupby(["feed", "sender"]):
        usual = history["rows_kept"].rolling(MONTHS_BEFORE).median().shift(1)
        for delivery, median in zip(history.itertuples(), usual, strict=True):
            if median > 0 and not SHRUNK <= delivery.rows_kept / median <= GROWN:
                rows.append(_shrunk(delivery, median))
    return pd.DataFrame(rows)


def _shrunk(delivery, median: float) -> dict:
    share = delivery.rows_kept / median
    return _finding(delivery.period, delivery.feed, delivery.sender, delivery.known_on) | {
        "rule_id": "R-SHRINK",
        "observed": f"{delivery.rows_kept} rows",
        "expected": f"about {median:.0f} rows, as in the three months before",
        "message": (
            f"The delivery of {delivery.sender} for {delivery.period} has {delivery.rows_kept} "
            f"rows, {share:.0%} of what is usual."
        ),
        "action": "Ask the sender whether the extract was filtered, cut or run on another list.",
    }


def reader_notes(notes: Sequence[dict]) -> pd.DataFrame:
    """What a reader noted of a used submission: one finding each."""
    rows = [
        _finding(note["period"], note["dataset"], note["sender"], note["known_on"])
        | {
            "rule_id": note["rule"],
            "severity": "note",
            "observed": note["where"],
            "expected": "the layout that the contract describes",
            "message": note["message"],
            "action": note["action"],
        }
        for note in notes
    ]
    return pd.DataFrame(rows)


def _finding(period: str, dataset: str, sender: str, known_on: date) -> dict:
    year, month = int(period[:4]), int(period[5:])
    return {
        "known_on": known_on,
        "period": period,
        "period_end": date(year, month, monthrange(year, month)[1]),
        "dataset": dataset,
        "basis": "local" if dataset != "chs_waits" else "published",
        "org_level": "sender",
        "org_code": sender,
        "org_name": sender,
        "org_key": sender,
        "measure": "delivery",
        "service_line": None,
        "scope": "none",
        "severity": "note",
    }
