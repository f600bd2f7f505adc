"""The life of every EHC case: request, decision, advice, plan, end.

Two queues make the delays: a panel decides whether to assess, and a team writes the plans. Both
have so many places a week; nothing sets how long a case takes. The figures of 2019 to 2024 behind
the courses are those of the DfE's release "Education, health and care plans" 2025 for the area,
those of 2025 are of its release of 2026.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from .days import NEVER, Days, academic_years, birthdays, course, day, months_of, september
from .ehc_advice import ready_to_write
from .population import Known, meet
from .randomness import Draws
from .referrals import arrivals

START = day("2019-07-01")
"""A Monday; by the first month that can be asked the queues have settled."""

FIRST_REQUEST, FIRST_TRANSFER = 5_000, 39_000
"""Serial numbers: plans issued before the start from 0, then requests, then transfers in."""

REQUESTS = {2019: 474, 2020: 558, 2021: 705, 2022: 1064, 2023: 1325, 2024: 1443, 2025: 1440}
"""Requests received in a calendar year; 1,400 a year after that, invented."""

_SEASON = (100, 104, 116, 96, 110, 113, 105, 78, 88, 104, 102, 84)
"""Requests of each calendar month in per cent of the mean; invented: schools ask in term time, and
half of the requests are a family's."""

_PANEL_WEEKS = {
    "2019-07": 5.0, "2022-12": 5.8, "2023-06": 6.6, "2023-12": 7.6, "2024-06": 8.8, "2024-12": 8.6,
    "2025-06": 7.9, "2025-12": 7.2, "2026-12": 6.2, "2030-12": 5.2,
}  # fmt: skip
"""Weeks of requests before the panel: 113 of 2023 and 173 of 2024 were undecided in the January
after, and 63 and 38 per cent of the decisions of these years came within six weeks."""

_TURNS = (4, 16)
"""Lightest and heaviest weight of a case before the panel: its place in the queue is days waited x
weight. Cases so unlike each other are decided after 2 to 15 weeks, and the share within six moves
by a few points a month. With weights alike (9 to 12) the whole queue passed six weeks at once: the
share went from 2 to 43 per cent in a month."""

_PLANS_A_WEEK = {
    "2019-07": 6.5, "2020-06": 7.5, "2021-06": 6.2, "2021-12": 9, "2022-06": 15, "2023-01": 20,
    "2023-09": 22, "2024-01": 13.6, "2024-12": 14.4, "2025-03": 24, "2025-06": 30, "2026-06": 30,
    "2027-06": 24, "2030-12": 24,
}  # fmt: skip
"""Plans the team can finish: 364 were issued in 2020, 322 in 2021, 736 in 2022, 1,069 in 2023 and
716 in 2024, 1,328 in 2025. The course of later years is invented."""

_IN_TIME_SHARE = {
    "2019-07": 0.35, "2020-06": 0.52, "2021-06": 0.18, "2022-06": 0.36, "2023-06": 0.33,
    "2023-12": 0.14, "2024-06": 0.11, "2024-12": 0.11, "2025-06": 0.07, "2025-12": 0.09,
    "2026-12": 0.30, "2030-12": 0.80,
}  # fmt: skip
"""Share of the places kept for cases that can still be finished in 20 weeks; the rest works off
the backlog: 8 per cent of the plans of 2025 came in time. After that it is invented."""

_LEAVING = {2019: 0.03, 2020: 0.05, 2021: 0.03, 2022: 0.01, 2023: 0.155, 2024: 0.068}
"""Share of the open plans that end in a year, so that stocks follow the published 2,728, 3,053,
3,291, 4,017, 4,427 and 4,858 of January 2020 to 2025; 0.09 after that, invented."""

_AGES = {
    2: 25, 3: 159, 4: 98, 5: 79, 6: 73, 7: 82, 8: 120, 9: 112, 10: 151, 11: 76, 12: 72, 13: 72,
    14: 79, 15: 59, 16: 40, 17: 12, 18: 6, 19: 6, 20: 2, 21: 1, 22: 1,
}  # fmt: skip
"""Requests of 2023 by age."""

_EVENTS = ("decided", "overturned", "assessed_from", "ready", "agreed")

_CEASE_YOUNG = {"2": 15, "5": 60, "7": 8, "9": 14, "8": 3}
_CEASE_OLD = {"2": 28, "3": 5, "4": 9, "5": 6, "6": 30, "7": 2, "9": 20}


def simulate(area: int, seed: int, scale: float, last_day: int, known: Known) -> pd.DataFrame:
    """Simulate an area's cases up to a day.

    Returns:
        One row per case: ``serial`` (stable), ``person`` (serial of the child's first case),
        ``child`` (NHS serial, -1 unknown), ``birth``, ``kind`` (``stock`` from before the start,
        ``request`` or ``transfer``), ``received``, ``source``, ``decided``, ``decision``
        (Y, N or W), ``overturned`` (day on which a refusal was replaced by a Y), ``assessed_from``,
        ``ready``, ``agreed`` (the decision to issue a plan or not), ``finding`` (Y, N or W),
        ``start`` (final plan sent), ``cease``, ``cease_reason``,
        ``since`` (day from which the council's extract holds the case); days, ``NEVER`` for not.
    """
    draws = Draws(seed, f"area {area}", "ehc")
    cases = _requests(draws, scale, last_day)
    _run_queues(cases, draws, scale, last_day)
    is_issued = (cases.agreed < NEVER) & (cases.finding == "Y")
    cases["start"] = (cases.agreed + cases.drafting).where(is_issued, NEVER)
    cases = pd.concat([_stock(draws, scale), cases, _transfers(draws, scale, last_day)])
    cases = cases.reset_index(drop=True)
    cases["since"] = cases.moved.fillna(cases.received).astype(np.int64)
    _who(cases, draws, known)
    _ends(cases, draws)
    return cases


def _requests(draws: Draws, scale: float, last_day: int) -> pd.DataFrame:
    mondays = np.arange(START, last_day + 1, 7)
    months = months_of(mondays)
    a_year = np.array([REQUESTS.get(year, 1400) for year in (1970 + months // 12).tolist()])
    mean = a_year * scale / 52.18 * np.array(_SEASON)[months % 12] / 100
    received = arrivals(mean, 2 * round(36 * scale), mondays, draws)
    serial = FIRST_REQUEST + np.arange(len(received))
    cases = pd.DataFrame({"serial": serial, "kind": "request", "received": received})
    cases["source"] = draws.pick("source", serial, {"1": 44, "2": 49, "3": 4, "4": 2, "5": 1})
    cases["cycles"] = draws.pick("cycles", serial, {"0": 8, "1": 20, "2": 40, "3": 24, "4": 8})
    cases["decision"] = draws.pick("decision", serial, {"Y": 90.4, "N": 9.2, "W": 0.4})
    cases["finding"] = draws.pick("finding", serial, {"Y": 96.7, "N": 3.0, "W": 0.3})
    is_moving = draws.each("moves", serial) < 0.004
    cases["decision"] = cases.decision.where(~is_moving, "W")
    cases["exported"] = np.where(is_moving, "343", "")
    cases["drafting"] = draws.days("drafting", serial, 16, 34)
    return cases.assign(**dict.fromkeys(_EVENTS, NEVER))


def _run_queues(cases: pd.DataFrame, draws: Draws, scale: float, last_day: int) -> None:
    """Let panel and team work week by week; fill in what they decide and when.

    Who gets no plan waits for nobody to write one.
    """
    serial, received = cases.serial.to_numpy(), cases.received.to_numpy()
    finding = cases.finding.to_numpy()
    events = {event: np.full(len(cases), NEVER) for event in _EVENTS}
    weekday = draws.days("weekday", serial, 0, 4)
    turn, patience = draws.days("turn", serial, *_TURNS), draws.days("patience", serial, 3, 12)
    deadline = received + 140 - cases.drafting.to_numpy() - weekday
    mondays = np.arange(START, last_day + 1, 7)
    panel, team = _panel_places(received, mondays), _team_places(mondays, scale)
    assessing = np.arange(0)
    for week, monday in enumerate(mondays):
        asked = np.flatnonzero((received < monday - 13) & (events["decided"] == NEVER))
        seen = _first(asked, -(monday - received[asked]) * turn[asked], panel(week, len(asked)))
        events["decided"][seen] = monday + weekday[seen]
        _start_assessments(seen, cases, events, draws)
        assessing = np.append(assessing, seen[events["assessed_from"][seen] < NEVER])
        pool = assessing[events["ready"][assessing] < monday]
        refused = pool[finding[pool] == "N"]
        pool = pool[finding[pool] != "N"]
        urgency = -(monday - received) * patience
        places, in_time = team[week]
        fresh = _first(pool, deadline[pool], in_time, deadline[pool] >= monday)
        rest = np.setdiff1d(pool, fresh)
        written = _first(rest, urgency[rest], places - len(fresh))
        done = np.concatenate([refused, fresh, written])
        events["agreed"][done] = monday + weekday[done]
        assessing = np.setdiff1d(assessing, done)
    for event in _EVENTS:
        cases[event] = events[event]


def _start_assessments(
    seen: Days, cases: pd.DataFrame, events: dict[str, Days], draws: Draws
) -> None:
    """Begin an assessment after a Y, or later where a refusal does not stand."""
    serial, decision = cases.serial.to_numpy()[seen], cases.decision.to_numpy()[seen]
    is_won = (decision == "N") & (draws.each("won", serial) < 0.09)
    overturned = events["decided"][seen] + draws.days("won after", serial, 90, 240)
    events["overturned"][seen] = np.where(is_won, overturned, NEVER)
    begins = np.where(decision == "Y", events["decided"][seen], events["overturned"][seen])
    events["assessed_from"][seen] = begins
    ready = ready_to_write(serial, begins, draws)
    events["ready"][seen] = np.where(begins < NEVER, ready, NEVER)


def _first(cases: Days, urgency: Days, places: int, can_be: Days | None = None) -> Days:
    """Choose the cases of lowest urgency number, as many as there are places."""
    if can_be is not None:
        cases, urgency = cases[can_be], urgency[can_be]
    return cases[np.argsort(urgency, kind="stable")[: max(0, places)]]


def _panel_places(received: Days, mondays: Days) -> Callable[[int, int], int]:
    """Give the panel's places of a week: what usually comes, and what brings its list to plan."""
    weekly = np.diff(np.searchsorted(received, np.append(mondays, mondays[-1] + 7)))
    usual = pd.Series(weekly).rolling(52, min_periods=1).mean().shift(fill_value=0.0).to_numpy()
    weeks = course(_PANEL_WEEKS, mondays)

    def places(week: int, asked: int) -> int:
        undecided = asked + int(weekly[max(0, week - 2) : week].sum())
        return round(usual[week] + 0.2 * (undecided - weeks[week] * usual[week]))

    return places


def _team_places(mondays: Days, scale: float) -> list[tuple[int, int]]:
    """Give each week's places for plans, and how many of them are kept for cases in time."""
    is_holiday = np.isin(months_of(mondays) % 12, [7, 11])
    places = course(_PLANS_A_WEEK, mondays) * scale * np.where(is_holiday, 0.75, 1.05)
    whole = np.diff(np.floor(np.cumsum(places)), prepend=0)
    in_time = np.diff(np.floor(np.cumsum(places * course(_IN_TIME_SHARE, mondays))), prepend=0)
    return list(zip(whole.astype(int).tolist(), in_time.astype(int).tolist(), strict=True))


def _stock(draws: Draws, scale: float) -> pd.DataFrame:
    """Make the plans that were open at the start; their requests are historical."""
    serial = np.arange(round(2500 * scale))
    start = START - 1 - np.floor(draws.each("stock", serial) ** 1.5 * 1700).astype(np.int64)
    received = start - draws.days("stock wait", serial, 110, 420)
    return _settled(serial, "stock", received, start)


def _transfers(draws: Draws, scale: float, last_day: int) -> pd.DataFrame:
    """Make the plans that families bring along from other areas, some two a month."""
    a_month = np.arange(round(28 * scale * 12)) / (28 * scale / 12) * 30.4
    moved = START + a_month.astype(np.int64)
    moved = moved[moved <= last_day]
    serial = FIRST_TRANSFER + np.arange(len(moved))
    start = moved - draws.days("brought", serial, 60, 1500)
    received = start - draws.days("brought wait", serial, 110, 260)
    return _settled(serial, "transfer", received, start).assign(moved=moved)


def _settled(serial: Days, kind: str, received: Days, start: Days) -> pd.DataFrame:
    facts = {"serial": serial, "kind": kind, "received": received, "start": start}
    unsaid = {"source": "", "cycles": "", "exported": "", "decision": "H", "finding": "H"}
    return pd.DataFrame(facts).assign(**unsaid, **dict.fromkeys(_EVENTS, NEVER))


def _who(cases: pd.DataFrame, draws: Draws, known: Known) -> None:
    """Give each case its child: known to the NHS or not, new or back after a refusal."""
    serial, received = cases.serial.to_numpy(), cases.received.to_numpy()
    age = draws.pick("age", serial, _AGES).astype(np.int64)
    age = np.where(cases.kind == "request", age, draws.days("stock age", serial, 2, 15))
    birth = received - np.floor((age + draws.each("age in year", serial)) * 365.25).astype(np.int64)
    settled = day("2023-01-01")
    first = np.where(received < settled, 0, received - 1100)
    place = meet(serial, birth, first, np.maximum(received, settled), known, draws)
    share = np.where(cases.kind == "transfer", 0.0, 0.68)
    is_known = (place >= 0) & (draws.each("known", serial) < share)
    is_known &= known.birth[place] + 250 < received
    is_known &= ~pd.Series(np.where(is_known, place, -1 - serial)).duplicated().to_numpy()
    cases["child"] = np.where(is_known, known.child[place], -1)
    cases["known_since"] = np.where(is_known, known.since[place], NEVER)
    cases["birth"] = np.where(is_known, known.birth[place], birth)
    cases["person"] = cases.serial
    _come_back(cases, draws)


def _come_back(cases: pd.DataFrame, draws: Draws) -> None:
    """Let three requests in a hundred be a second try after a refusal in the year before."""
    refused = cases[(cases.decision == "N") & (cases.decided < NEVER) & (cases.overturned == NEVER)]
    refused = refused.sort_values(["decided", "serial"])
    received = cases.received.to_numpy()
    low = np.searchsorted(refused.decided, received - 420)
    high = np.searchsorted(refused.decided, received - 40)
    serial = cases.serial.to_numpy()
    again = low + np.floor(draws.each("again", serial) * (high - low)).astype(np.int64)
    again = np.minimum(again, len(refused) - 1)
    is_again = (high > low) & (draws.each("is again", serial) < 0.03) & (cases.kind == "request")
    is_again &= ~pd.Series(np.where(is_again, again, -1 - serial)).duplicated()
    for name in ("child", "known_since", "birth", "person"):
        cases[name] = cases[name].where(~is_again, refused[name].to_numpy()[again])
    # A child comes back once: whose first request was itself a second try starts anew.
    is_first = cases.person.isin(cases.serial[~is_again])
    cases["person"] = cases.person.where(is_first, cases.serial)
    cases.loc[~is_first, ["child", "known_since"]] = [-1, NEVER]


def _ends(cases: pd.DataFrame, draws: Draws) -> None:
    """End plans: most in July and August, of the older more than of the younger; all at 25."""
    serial, start, birth = (cases[name].to_numpy() for name in ("serial", "start", "birth"))
    begun = np.maximum(start, cases.since)
    limit = september(academic_years(birthdays(birth, 25)) + 1) - 32
    cease = np.maximum(limit, begun + 30)
    first = int(months_of(np.array([START]))[0])
    bar = -np.log1p(-draws.each("cease", serial))
    risk = np.zeros(len(cases))
    for month in range(first, first + 150):
        begins = int(np.datetime64(month, "M").astype("datetime64[D]").astype(int))
        year_share = _LEAVING.get(1970 + month // 12, 0.09)
        old = begins - birth > 16.5 * 365.25
        rate = year_share / 12 * np.where(old, 2.2, 0.35) * (2.5 if month % 12 in (6, 7) else 0.7)
        at_risk = begun < begins
        reached = at_risk & (risk < bar) & (risk + rate >= bar)
        risk = risk + np.where(at_risk, rate, 0.0)
        when = begins + draws.days("cease day", serial, 0, 27)
        cease = np.where(reached & (when < cease), when, cease)
    is_aged = cease >= limit
    is_old = cease - birth > 16 * 365.25
    young, grown = draws.pick("why", serial, _CEASE_YOUNG), draws.pick("why", serial, _CEASE_OLD)
    cases["cease"] = np.where(start < NEVER, cease, NEVER)
    cases["cease_reason"] = np.where(is_aged, "1", np.where(is_old, grown, young))
