"""Deliveries of the therapy waiting-list feed: month-end snapshots cut from simulated lives.

People are invented, their NHS numbers come from the range reserved for testing, and nobody has a
name. Every delivery of an area is cut from the same lives, so later snapshots agree with earlier.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.partnership import partnership

from .calibration import SERVICES, Service
from .days import NEVER, Days, iso, month_end
from .identifiers import nhs_numbers, setting_urns
from .population import area_scale
from .randomness import Draws
from .referrals import service_referrals

COLUMNS = (
    "referral_id", "nhs_number", "birth_date", "service", "referral_received_date",
    "first_contact_date", "clock_stop_date", "discharge_date", "referral_outcome",
    "referral_outcome_date", "signposted_date", "support_offered_date", "support_type",
    "last_family_contact_date", "setting_urn", "provider_code",
)  # fmt: skip
DATES = tuple(column for column in COLUMNS if column.endswith("_date"))
SUPPORT = ("advice", "signposted", "group", "profile", "school_support", "keep_in_touch")

_KEPT_DAYS = 365
"""Closed referrals stay in the snapshot for a year."""


def snapshot(lives: pd.DataFrame, month: str) -> pd.DataFrame:
    """Cut what a sender knows at the month end.

    Args:
        lives: all referrals of a sender, as ``sender_lives`` makes them; days.
        month: ``YYYY-MM``.

    Returns:
        Open referrals and those closed in the last year, one row each in the contract's columns;
        text, ISO dates, '' for missing.
    """
    day = month_end(month)
    outcome = _outcome_day(lives)
    closed = lives.discharge.where(lives.leaving != "not_accepted", lives.left)
    has_vanished = (lives.leaving == "ghost") & (lives.left <= day)
    seen = lives[(lives.entered <= day) & (closed > day - _KEPT_DAYS) & ~has_vanished].copy()
    seen["referral_outcome_date"] = outcome[seen.index]
    seen["last_family_contact_date"] = _last_contact(seen, np.minimum(closed[seen.index], day))
    is_decided = seen.referral_outcome_date <= day
    decision = seen.leaving.where(seen.leaving.isin(["not_accepted", "redirected"]), "accepted")
    seen["referral_outcome"] = decision.where(is_decided, "awaiting_triage")
    seen["support_type"] = seen.support_type.where(seen.support_offered_date <= day, "")
    for column in DATES:
        seen[column] = iso(seen[column], day)
    return seen[list(COLUMNS)].reset_index(drop=True)


def _outcome_day(lives: pd.DataFrame) -> pd.Series:
    """Decide at triage, or at the first contact if that came before."""
    return np.minimum(lives.triaged, lives.contact)


def _last_contact(lives: pd.DataFrame, until: pd.Series) -> pd.Series:
    """Give the last of the regular calls to a family up to ``until``; NEVER if none is recorded."""
    calls = (until - lives.call_from) // lives.call_every
    return (lives.call_from + calls * lives.call_every).where(calls >= 0, NEVER)


def sender_lives(area: int, seed: int, last_day: int) -> dict[str, pd.DataFrame]:
    """Simulate one area up to a day; give the lives of each of its two senders by its code."""
    scale = area_scale(area, seed)
    lives = _with_children(
        {s.code: _service(s, area, seed, scale, last_day) for s in SERVICES}, area, seed
    )
    (first, services), (second, others) = senders(area).items()
    is_first = lives.service.isin(services)
    lives["provider_code"] = np.where(is_first, first, second)
    # The second sender's system writes the first contact as the clock stop too; both are right.
    stopped = lives.left.where(lives.leaving == "advised", NEVER)
    lives["clock_stop_date"] = stopped.where(is_first, np.minimum(stopped, lives.contact))
    return {first: lives[is_first], second: lives[lives.service.isin(others)]}


def senders(area: int) -> dict[str, tuple[str, ...]]:
    """Give the services of each of an area's two senders by its code."""
    own = partnership().invented_deliveries.therapy_ptl
    if area == 1:
        return own
    return dict(zip((f"Z{area:03d}A", f"Z{area:03d}B"), own.values(), strict=True))


def _service(service: Service, area: int, seed: int, scale: float, last_day: int) -> pd.DataFrame:
    """Simulate one service's referrals with everything but the child."""
    draws = Draws(seed, f"area {area}", service.code)
    lives = service_referrals(service, scale, draws, last_day)
    size = len(lives)
    lives["service"] = service.code
    lives["referral_id"] = [f"{service.code}{area:03d}{serial:06d}" for serial in range(size)]
    lives["referral_received_date"] = lives.received
    lives["first_contact_date"] = lives.contact
    lives["discharge_date"] = lives.discharge
    is_turned_down = (lives.leaving == "not_accepted") & draws.chance("signposted", size, 0.85)
    signposted = lives.left + draws.whole("signposted after", size, 0, 10)
    lives["signposted_date"] = signposted.where(is_turned_down, NEVER)
    return _with_support(lives, draws)


def _with_support(lives: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Offer support to three waiters in five, and call four families in five regularly."""
    size = len(lives)
    offered = lives.received + draws.whole("support after", size, 14, 75)
    is_waiting = offered < np.minimum(lives.left, lives.contact)
    is_offered = is_waiting & draws.chance("support", size, 0.6)
    lives["support_offered_date"] = offered.where(is_offered, NEVER)
    lives["support_type"] = np.array(SUPPORT, dtype=object)[draws.whole("type", size, 0, 5)]
    lives["call_every"] = draws.whole("call every", size, 28, 150)
    is_called = draws.chance("called", size, 0.8)
    first_call = lives.received + draws.whole("first call", size, 7, 35)
    lives["call_from"] = first_call.where(is_called, NEVER)
    return lives


def _with_children(services: dict[str, pd.DataFrame], area: int, seed: int) -> pd.DataFrame:
    """Give each referral its child: new, or for one in twelve a child known to speech therapy.

    Children are numbered by their first referral, so a longer span numbers the same children
    alike.
    """
    known = services["SLT"].received.to_numpy()
    for service in SERVICES:
        lives = services[service.code]
        draws = Draws(seed, f"area {area}", service.code)
        youngest, oldest = (round(365.25 * years) for years in service.ages)
        share = draws.uniform("age", len(lives))
        age = youngest + np.floor(share * share * (oldest - youngest)).astype(np.int64)
        lives["birth_date"] = lives.received - age
        lives["shared_with"] = -1 if service.code == "SLT" else _shared(lives, known, draws)
    together = pd.concat(services.values(), ignore_index=True)
    shared = together.shared_with.to_numpy() >= 0
    children = together[~shared].sort_values("received", kind="stable")
    together["child"] = pd.Series(np.arange(len(children)), index=children.index)
    source = together.shared_with[shared].to_numpy()
    together.loc[shared, ["child", "birth_date"]] = together.loc[
        source, ["child", "birth_date"]
    ].to_numpy()
    together["nhs_number"] = nhs_numbers(together.child.to_numpy().astype(np.int64), area)
    together["setting_urn"] = _settings(together, area)
    return together


def _shared(lives: pd.DataFrame, known: Days, draws: Draws) -> np.ndarray:
    """Pick a speech therapy referral of the last year for one referral in twelve; -1 for none."""
    first = np.searchsorted(known, lives.received - 364)
    after = np.searchsorted(known, lives.received)
    pick = first + np.floor(draws.uniform("shared", len(lives)) * (after - first)).astype(np.int64)
    is_shared = draws.chance("is shared", len(lives), 1 / 12) & (after > first)
    return np.where(is_shared, pick, -1)


def _settings(lives: pd.DataFrame, area: int) -> np.ndarray:
    """Give a child its nursery or school; none below two years, or where it was not recorded."""
    settings = 130
    urns = setting_urns(lives.child.to_numpy().astype(np.int64) * 7919 % settings, area)
    is_recorded = (lives.child * 31 % 100 >= 12) & (lives.received - lives.birth_date >= 730)
    return np.where(is_recorded, urns, "")
