"""Deliveries of the neurodevelopmental pathway: long waits, then an assessment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.partnership import partnership

from .calibration import ND_SERVICES
from .days import NEVER, course, iso, month_end
from .identifiers import nhs_numbers
from .pathways import simulate, with_children, with_support
from .population import Known
from .randomness import Draws

COLUMNS = (
    "referral_id", "nhs_number", "birth_date", "pathway", "referral_received_date",
    "primary_reason", "referral_outcome", "referral_outcome_date", "signposted_date",
    "first_attended_contact_date", "assessment_complete_date", "diagnosis", "closed_date",
    "provider_code", "right_to_choose", "nd_profile_date", "support_offered_date", "support_type",
    "flowed_in_month",
)  # fmt: skip
DATES = tuple(column for column in COLUMNS if column.endswith("_date"))

_PROFILED = {"2022-12": 0.15, "2024-09": 0.30, "2025-10": 0.55, "2030-12": 0.70}
"""Share of referrals with a profile of needs, by the day of referral; invented."""

_CHOSEN = {"2022-12": 0.02, "2024-09": 0.07, "2026-12": 0.12}
"""Share of families who choose the provider themselves; invented."""

_KEPT_DAYS = 365
_SUPPORT = {"advice": 3, "profile": 3, "group": 2, "school_support": 2, "keep_in_touch": 1}


def sender_lives(
    area: int, seed: int, scale: float, last_day: int, known: Known
) -> dict[str, pd.DataFrame]:
    """Simulate an area's pathway up to a day; give the referrals by sender.

    The local area has one of mental health and one of community paediatrics; another has one.
    """
    own = partnership().invented_deliveries.nd_pathway
    lives = {}
    for place, service in enumerate(ND_SERVICES):
        rows = simulate(service, area, seed, scale, last_day)
        draws = Draws(seed, f"area {area}", service.code)
        rows = with_children(rows, service, known, 0.85, draws)
        local = (own.mental_health, own.community_paediatrics)[place]
        sender = local if area == 1 else f"Z{area:03d}C"
        lives.setdefault(sender, []).append(_course(with_support(rows, 0.5, draws), sender, draws))
    return {sender: pd.concat(rows, ignore_index=True) for sender, rows in lives.items()}


def _course(lives: pd.DataFrame, sender: str, draws: Draws) -> pd.DataFrame:
    """Say what is suspected, found, chosen and done on the way."""
    serial, received = lives.serial.to_numpy(), lives.received.to_numpy()
    lives["pathway"] = draws.pick("pathway", serial, {"autism": 50, "adhd": 30, "both": 20})
    is_medical = lives.service == "NDB"
    mental = np.where(lives.pathway == "adhd", "24", "25")
    lives["primary_reason"] = np.where(is_medical, "017", mental)
    lives["complete"] = lives.discharge.where(lives.contact < NEVER, NEVER)
    told = lives.complete + draws.days("letter", serial, 0, 45)
    lives["closed"] = told.where(lives.complete < NEVER, lives.discharge)
    lives["found"] = draws.pick("found", serial, {"diagnosed": 78, "not_diagnosed": 22})
    lives["is_chosen"] = draws.each("chosen", serial) < course(_CHOSEN, received)
    lives["provider_code"] = np.where(lives.is_chosen, "Z9RTC", sender)
    profile = lives.received + draws.days("profile after", serial, 21, 210)
    is_profiled = draws.each("profile", serial) < course(_PROFILED, received)
    is_profiled &= profile < np.minimum(lives.left, lives.contact)
    lives["nd_profile_date"] = profile.where(is_profiled, NEVER)
    lives["support"] = draws.pick("support type", serial, _SUPPORT)
    lives["flows"] = draws.each("flows", serial) < 0.97
    return lives


def snapshot(lives: pd.DataFrame, area: int, month: str) -> pd.DataFrame:
    """Cut what a sender knows at the month end: open referrals, and those closed in a year.

    Returns:
        The contract's columns; text, ISO dates, '' for missing.
    """
    day = month_end(month)
    closed = lives.closed.where(lives.leaving != "not_accepted", lives.left)
    has_vanished = (lives.leaving == "ghost") & (lives.left <= day)
    seen = lives[(lives.entered <= day) & (closed > day - _KEPT_DAYS) & ~has_vanished].copy()
    outcome = np.minimum(seen.triaged, seen.contact)
    decision = seen.leaving.where(seen.leaving.isin(["not_accepted", "redirected"]), "accepted")
    is_offered, is_seen = seen.support_offered_date <= day, seen.contact <= day
    seen = seen.assign(
        nhs_number=nhs_numbers(seen.child.to_numpy(), area),
        referral_received_date=seen.received,
        referral_outcome=decision.where(outcome <= day, "awaiting_triage"),
        referral_outcome_date=outcome,
        first_attended_contact_date=seen.contact,
        assessment_complete_date=seen.complete,
        diagnosis=np.where(seen.complete <= day, seen.found, np.where(is_seen, "in_progress", "")),
        closed_date=closed[seen.index],
        right_to_choose=np.where(seen.is_chosen, "1", "0"),
        support_type=seen.support.where(is_offered, ""),
        flowed_in_month=np.where(seen.flows, "1", "0"),
    )
    for column in DATES:
        seen[column] = iso(seen[column], day)
    return seen[list(COLUMNS)].reset_index(drop=True)
