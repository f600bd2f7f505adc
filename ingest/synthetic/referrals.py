"""The life of every referral of one service, day by day, as it will later be known.

What has not happened by the end of the span is not decided yet: a longer span gives the same lives,
continued.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .calibration import SEASON, Service, planned_list
from .days import NEVER, Days, months_of
from .randomness import Draws

START = int(np.datetime64("2021-01-04").astype(int))
"""A Monday two years before the first month that can be asked: the lists settle by then, and
whoever was seen in the year before the first snapshot is known."""

LEAVERS = (
    ("not_accepted", 0.07),
    ("redirected", 0.02),
    ("advised", 0.02),
    ("declined", 0.03),
    ("ghost", 0.004),
)
"""Shares of referrals that leave the list unseen: turned down or sent on at triage, clock stopped
there with advice, withdrawn by the family later, or dropped from the sender's list and never
closed (the ghost waits that the feed contract names). Invented shares."""

_CATCH_UP = 0.7
"""Share of a list's distance from its plan that a week's extra clinics make up."""


def service_referrals(service: Service, scale: float, draws: Draws, last_day: int) -> pd.DataFrame:
    """Simulate one service of one area up to ``last_day``.

    Returns:
        One row per referral in order of receipt: ``received``, ``entered`` (on the sender's
        system), ``triaged``, ``leaving`` (how it would leave unseen, '' if seen), ``left`` (that
        day), ``contact``, ``discharge``; all days.
    """
    mondays = np.arange(START, last_day + 1, 7)
    backlog, new = _backlog(service, scale, draws), _arrivals(service, scale, draws, mondays)
    received = np.concatenate([backlog, new])
    life = pd.DataFrame({"received": received})
    life["entered"] = _entered(received, draws)
    life["triaged"] = received + draws.whole("triage", len(received), 3, 21)
    life["leaving"] = _leaving(len(received), draws)
    life["left"] = _left(life, draws)
    life["contact"] = _contacts(service, scale, draws, mondays, life)
    life.loc[life.contact < NEVER, "leaving"] = ""
    spell = draws.whole("spell", len(received), *service.spell)
    unseen = life.left.where(life.leaving.isin(["redirected", "advised", "declined"]), NEVER)
    life["discharge"] = (life.contact + spell).where(life.contact < NEVER, unseen)
    return life


def arrivals(mean: NDArray[np.float64], places: int, mondays: Days, draws: Draws) -> Days:
    """Give sorted days of receipt on weekdays: each week's mean is filled from so many places."""
    seats = draws.uniform("arrivals", (len(mondays), places)) < (mean / places)[:, None]
    weeks = np.repeat(mondays, seats.sum(axis=1))
    return np.sort(weeks + draws.whole("weekday", len(weeks), 0, 4))


def _backlog(service: Service, scale: float, draws: Draws) -> Days:
    """Give the receipt days of those already waiting at the start, spread as a steady queue's."""
    size = round(float(planned_list(service.code, np.array([START]), scale)[0]))
    reach = 7 * 2 * size // max(1, round(service.referrals * scale))
    return np.sort(START - draws.whole("backlog", size, 1, max(reach, 7)))


def _arrivals(service: Service, scale: float, draws: Draws, mondays: Days) -> Days:
    """Give the receipt days of new referrals, on weekdays, more in term time than in August."""
    places = 2 * max(1, round(service.referrals * scale * max(SEASON) / 100))
    return arrivals(_expected(service, scale, mondays), places, mondays, draws)


def _expected(service: Service, scale: float, mondays: Days) -> NDArray[np.float64]:
    return service.referrals * scale * np.array(SEASON)[months_of(mondays) % 12] / 100


def _entered(received: Days, draws: Draws) -> Days:
    """Enter one referral in a hundred only after the month in which it was received is closed."""
    months = received.astype("datetime64[D]").astype("datetime64[M]")
    next_month = (months + 1).astype("datetime64[D]").astype(np.int64)
    late = draws.chance("late entry", len(received), 0.01)
    return np.where(late, next_month + 9, received)


def _leaving(size: int, draws: Draws) -> NDArray[np.object_]:
    kinds, shares = zip(*LEAVERS, strict=True)
    names = np.array([*kinds, ""], dtype=object)
    return names[np.searchsorted(np.cumsum(shares), draws.uniform("leaving", size), side="right")]


def _left(life: pd.DataFrame, draws: Draws) -> pd.Series:
    later = life.received + draws.whole("left", len(life), 45, 240)
    at_triage = life.leaving.isin(["not_accepted", "redirected", "advised"])
    return life.triaged.where(at_triage, later.where(life.leaving != "", NEVER))


def _contacts(
    service: Service, scale: float, draws: Draws, mondays: Days, life: pd.DataFrame
) -> Days:
    """Book each week's first contacts from the list as it stood when the week began."""
    received, left = life.received.to_numpy(), life.left.to_numpy()
    weight = _weights(service, len(life), draws)
    weekday = draws.whole("contact weekday", len(life), 0, 4)
    capacity, plan = _capacity(service, scale, mondays)
    contact = np.full(len(life), NEVER)
    waiting, known = np.arange(0), 0
    for week, monday in enumerate(mondays):
        newest = int(np.searchsorted(received, monday))
        waiting = np.concatenate([waiting, np.arange(known, newest)])
        known = newest
        waiting = waiting[left[waiting] >= monday]
        booked = max(0, round(capacity[week] + _CATCH_UP * (len(waiting) - plan[week])))
        bookable = waiting[left[waiting] >= monday + 7]
        urgency = -(monday - received[bookable]) * weight[bookable]
        seen = bookable[np.argsort(urgency, kind="stable")[:booked]]
        contact[seen] = monday + weekday[seen]
        waiting = waiting[contact[waiting] == NEVER]
    return contact


def _capacity(
    service: Service, scale: float, mondays: Days
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each week's clinic places for a list on plan, and the plan as the week begins."""
    plan = planned_list(service.code, mondays, scale)
    growth = planned_list(service.code, mondays + 7, scale) - plan
    staying = 1 - sum(share for _, share in LEAVERS)
    return _expected(service, scale, mondays) * staying - growth, plan


def _weights(service: Service, size: int, draws: Draws) -> Days:
    shares, weights = zip(*service.priorities, strict=True)
    edges = np.cumsum(shares)[:-1]
    return np.array(weights)[np.searchsorted(edges, draws.uniform("priority", size), side="right")]
