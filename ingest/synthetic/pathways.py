"""Referrals of the neurodevelopmental pathway and of the mental health services, with children."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .calibration import Service
from .days import NEVER
from .population import NEW_CHILDREN, Known, meet
from .randomness import Draws
from .referrals import service_referrals


def simulate(service: Service, area: int, seed: int, scale: float, last_day: int) -> pd.DataFrame:
    """Simulate one service of one area up to a day, without children.

    Returns:
        ``service_referrals`` with ``serial`` (from 0), ``referral_id`` and ``service``.
    """
    lives = service_referrals(service, scale, Draws(seed, f"area {area}", service.code), last_day)
    lives["service"] = service.code
    lives["serial"] = np.arange(len(lives))
    lives["referral_id"] = [f"{service.code}{area:03d}{n:06d}" for n in range(len(lives))]
    return lives


def with_children(
    lives: pd.DataFrame, service: Service, known: Known, share: float, draws: Draws
) -> pd.DataFrame:
    """Give each referral its child: one whom the NHS knows, or a new one.

    ``share`` of the referrals look for a known child, who became known within 900 days before;
    new children are numbered in the service's own range.
    """
    serial, received = lives.serial.to_numpy(), lives.received.to_numpy()
    youngest, oldest = (round(365.25 * years) for years in service.ages)
    birth = received - draws.days("age", serial, youngest, oldest)
    place = meet(serial, birth, received - 900, received, known, draws)
    is_known = (place >= 0) & (draws.each("known", serial) < share)
    is_known &= known.birth[place] < received
    new = NEW_CHILDREN[service.code] + np.cumsum(~is_known) - 1
    lives["child"] = np.where(is_known, known.child[place], new)
    lives["birth_date"] = np.where(is_known, known.birth[place], birth)
    return lives


def with_support(
    lives: pd.DataFrame, share: float, draws: Draws, after: tuple[int, int] = (10, 90)
) -> pd.DataFrame:
    """Offer support to a share of those who wait, so many days after the referral.

    Most of those turned down are signposted.
    """
    serial = lives.serial.to_numpy()
    offered = lives.received + draws.days("support after", serial, *after)
    is_offered = (draws.each("support", serial) < share) & (
        offered < np.minimum(lives.left, lives.contact)
    )
    lives["support_offered_date"] = offered.where(is_offered, NEVER)
    signposted = lives.left + draws.days("signposted after", serial, 0, 10)
    is_turned_down = (lives.leaving == "not_accepted") & (draws.each("signposted", serial) < 0.85)
    lives["signposted_date"] = signposted.where(is_turned_down, NEVER)
    return lives
