"""Deliveries of a digital front door, specialist mental health services and school teams."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.partnership import partnership

from .calibration import MH_SERVICES
from .days import NEVER, iso, month_end, month_start
from .identifiers import nhs_numbers
from .pathways import simulate, with_children, with_support
from .population import Known
from .randomness import Draws

COLUMNS = (
    "referral_id", "service", "record_type", "nhs_number", "birth_date", "referral_received_date",
    "source", "digital_assessment_date", "triage_date", "accepted", "first_contact_date",
    "contacts_in_month", "support_offered_date", "support_type", "signposted_date", "team_type",
    "closed_date",
)  # fmt: skip
DATES = tuple(column for column in COLUMNS if column.endswith("_date"))

_KEPT_DAYS = 365
_NAMES = {"BR": "branch", "CA": "camhs", "MH": "mhst"}
_TEAMS = {"BR": "", "CA": "C02", "MH": "F01"}
_SOURCES = {"self": 25, "parent": 20, "school": 30, "gp": 20, "social_care": 5}
_SUPPORT = {"advice": 4, "signposted": 3, "group": 2, "keep_in_touch": 2}
_SUPPORTED_AFTER = (2, 21)
"""Days from referral to an offer of support; the lists are short. Invented."""

_DIGITAL = 0.12
"""Share of the front door's records that are an online assessment without a referral; invented."""


def sender_lives(
    area: int, seed: int, scale: float, last_day: int, known: Known
) -> dict[str, pd.DataFrame]:
    """Simulate an area's services up to a day; give the referrals by sender.

    The local area has one for its front door and one beside it; another area has one for all.
    """
    own = partnership().invented_deliveries.cyp_mh
    lives = {}
    for service in MH_SERVICES:
        code = service.code
        draws = Draws(seed, f"area {area}", code)
        rows = simulate(service, area, seed, scale, last_day)
        rows = with_children(rows, service, known, 0.75, draws)
        local = own.front_door if code == "BR" else own.specialist
        sender = local if area == 1 else f"Z{area:03d}M"
        rows = with_support(rows, 0.5, draws, after=_SUPPORTED_AFTER)
        lives.setdefault(sender, []).append(_course(rows, code, draws))
    return {sender: pd.concat(rows, ignore_index=True) for sender, rows in lives.items()}


def _course(lives: pd.DataFrame, code: str, draws: Draws) -> pd.DataFrame:
    """Say who referred, what stands in for a number, and how often a child is seen."""
    serial = lives.serial.to_numpy()
    lives["source"] = draws.pick("source", serial, _SOURCES)
    is_self = lives.source == "self"
    lives["is_digital"] = (code == "BR") & (draws.each("digital", serial) < _DIGITAL)
    is_unnamed = (draws.each("unnamed", serial) < 0.55) & (is_self | lives.is_digital)
    lives["child"] = lives.child.where(~(is_unnamed & (code == "BR")), -1)
    has_answered = lives.is_digital | ((code == "BR") & (draws.each("online", serial) < 0.25))
    lives["digital_assessment_date"] = lives.received.where(has_answered, NEVER)
    lives["support"] = draws.pick("support type", serial, _SUPPORT)
    lives["seen_every"] = draws.days("seen every", serial, 10, 40)
    for event in ("triaged", "contact", "discharge", "left"):
        lives[event] = lives[event].where(~lives.is_digital, NEVER)
    lives["leaving"] = lives.leaving.where(~lives.is_digital, "")
    closed = lives.discharge.where(lives.leaving != "not_accepted", lives.left)
    lives["closed"] = closed.where(~lives.is_digital, lives.received)
    return lives


def snapshot(lives: pd.DataFrame, area: int, month: str) -> pd.DataFrame:
    """Cut what a sender knows at the month end: open referrals, and those closed in a year.

    Returns:
        The contract's columns; text, ISO dates, '' for missing.
    """
    day = month_end(month)
    has_vanished = (lives.leaving == "ghost") & (lives.left <= day)
    is_kept = (lives.entered <= day) & (lives.closed > day - _KEPT_DAYS) & ~has_vanished
    seen = lives[is_kept].copy()
    triaged = np.minimum(seen.triaged, seen.contact)
    is_accepted = np.where(seen.leaving.isin(["not_accepted", "redirected"]), "0", "1")
    seen = seen.assign(
        service=seen.service.map(_NAMES),
        record_type=np.where(seen.is_digital, "digital_assessment", "referral"),
        nhs_number=_numbers(seen.child.to_numpy(), area),
        referral_received_date=seen.received,
        triage_date=triaged,
        accepted=np.where(triaged <= day, is_accepted, ""),
        first_contact_date=seen.contact,
        contacts_in_month=_contacts(seen, month_start(month), day).astype(str),
        support_type=seen.support.where(seen.support_offered_date <= day, ""),
        team_type=seen.service.map(_TEAMS),
        closed_date=seen.closed,
    )
    for column in DATES:
        seen[column] = iso(seen[column], day)
    return seen[list(COLUMNS)].reset_index(drop=True)


def _numbers(child: np.ndarray, area: int) -> np.ndarray:
    numbers = nhs_numbers(np.maximum(child, 0), area).astype(object)
    return np.where(child >= 0, numbers, "")


def _contacts(seen: pd.DataFrame, first: int, last: int) -> pd.Series:
    """Count the contacts of the month: the first, then one every so many days until closed."""
    until = np.minimum(seen.closed, last)
    upto = (until - seen.contact) // seen.seen_every + 1
    before = (first - 1 - seen.contact) // seen.seen_every + 1
    return np.maximum(upto, 0) - np.minimum(np.maximum(before, 0), np.maximum(upto, 0))
