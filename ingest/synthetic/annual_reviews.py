"""Annual reviews of plans: the meeting, often late, and a decision, often later or never dated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import NEVER, academic_ages, course, iso, month_end, months_of
from .ehc_people import upn_on
from .randomness import Draws

COLUMNS = (
    "review_id", "case_id", "upn", "review_type", "meeting_date", "decision_date", "decision",
    "amendment_notice_date", "final_amended_plan_date", "year_group", "pfa_employment",
    "pfa_independent_living", "pfa_community", "pfa_health", "parent_attended", "cyp_participated",
    "report_received_date",
)  # fmt: skip
DATES = tuple(column for column in COLUMNS if column.endswith("_date"))

_ON_TIME = {
    "2023-12": 0.12, "2024-09": 0.14, "2024-12": 0.22, "2025-04": 0.36, "2025-07": 0.48,
    "2025-10": 0.58, "2027-12": 0.80,
}  # fmt: skip
"""Share of meetings with a decision within four weeks. The DfE's release has 44 decisions of 114 in
2024 in time, and 3,691 outstanding; the plan's trajectory runs from 30 to 90 per cent."""

_UNDATED = {"2024-06": 0.48, "2025-10": 0.20, "2027-12": 0.05}
"""Share that the system sets to maintain without a date: 3,370 of the area's outcomes in 2024."""

_LATE = 0.20
_MOST = 30
"""Reviews of one plan from birth to 25, early ones included."""

_KEPT_DAYS = 730
_AREAS = ("pfa_employment", "pfa_independent_living", "pfa_community", "pfa_health")


def simulate(cases: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Simulate the reviews of all plans.

    Args:
        cases: as ``ehc_people.add_people`` leaves them.
        draws: the area's stream of reviews.

    Returns:
        One row per meeting: ``place`` (index of the case), ``nth``, ``meeting``, ``decided``,
        ``recorded`` (day on which the system holds an outcome), ``decision``, ``notice``,
        ``final``, ``age`` (academic); days, ``NEVER`` for what does not happen.
    """
    plans = cases[cases.start < NEVER]
    serial = plans.serial.to_numpy()
    meeting, parts = np.maximum(plans.start, plans.since).to_numpy(), []
    for nth in range(_MOST):
        gap = 320 + np.floor(draws.each("gap", serial, nth) ** 2 * 240).astype(np.int64)
        is_early = draws.each("early", serial, nth) < 0.03
        meeting = meeting + np.where(is_early, 150, gap)
        rows = pd.DataFrame({"place": plans.index, "nth": nth, "meeting": meeting})
        parts.append(rows.assign(is_early=is_early)[meeting < plans.cease.to_numpy()])
    reviews = pd.concat(parts, ignore_index=True)
    _decide(reviews, cases, draws)
    return reviews


def _decide(reviews: pd.DataFrame, cases: pd.DataFrame, draws: Draws) -> None:
    """Decide after each meeting: in time, late, undated, or not."""
    of_case = cases.loc[reviews.place, ["serial", "birth", "cease", "cease_reason"]]
    key = of_case.serial.to_numpy() * _MOST + reviews.nth.to_numpy()
    meeting = reviews.meeting.to_numpy()
    reviews["key"], luck = key, draws.each("decision", key)
    in_time, late = course(_ON_TIME, meeting), course(_ON_TIME, meeting) + _LATE
    undated = np.minimum(late + course(_UNDATED, meeting), 1.0)
    quick, slow = draws.days("quick", key, 6, 28), draws.days("slow", key, 29, 170)
    dated = meeting + np.where(luck < in_time, quick, slow)
    decided = np.where(luck < late, dated, NEVER)
    to_end = of_case.cease.to_numpy() - decided
    is_ending = (to_end > 0) & (to_end < 220)
    is_ending &= of_case.cease_reason.isin(["2", "6", "9"]).to_numpy()
    usual = draws.pick("kind", key, {"M": 52, "A": 48})
    reviews["decision"] = np.where(decided == NEVER, "M", np.where(is_ending, "C", usual))
    reviews["decided"] = decided
    typed = np.where((luck >= late) & (luck < undated), meeting + slow, NEVER)
    reviews["recorded"] = np.minimum(decided, typed)
    is_amended = (reviews.decision == "A") & (decided < NEVER)
    later = np.where(draws.each("notice", key) < 0.75, 0, draws.days("notice after", key, 3, 45))
    reviews["notice"] = np.where(is_amended, decided + later, NEVER)
    spread = course({"2024-09": 150, "2025-10": 70}, meeting)
    writing = 25 + np.floor(draws.each("writing", key) * spread).astype(np.int64)
    reviews["final"] = np.where(is_amended, reviews.notice + writing, NEVER)
    reviews["age"] = academic_ages(of_case.birth.to_numpy(), meeting)


def snapshot(
    reviews: pd.DataFrame, cases: pd.DataFrame, area: int, month: str, draws: Draws
) -> pd.DataFrame:
    """Cut the meetings of the last two years as they stood at the month end.

    Returns:
        The contract's columns; text, ISO dates, '' for missing.
    """
    day = month_end(month)
    is_seen = (reviews.meeting <= day) & (reviews.meeting > day - _KEPT_DAYS)
    seen = reviews[is_seen].sort_values(["meeting", "key"])
    key, of_case = seen.key.to_numpy(), cases.loc[seen.place]
    is_recorded = (seen.recorded <= day).to_numpy()
    report = seen.meeting + draws.days("report after", key, 2, 40)
    has_report = draws.each("report", key) < 0.8
    rows = pd.DataFrame({
        "review_id": [f"AR{area:03d}{number:08d}" for number in key],
        "case_id": of_case.case_id.to_numpy(),
        "upn": upn_on(of_case, day),
        "review_type": _types(seen),
        "meeting_date": iso(seen.meeting, day),
        "decision_date": iso(seen.decided, day),
        "decision": np.where(is_recorded, seen.decision, ""),
        "amendment_notice_date": iso(seen.notice, day),
        "final_amended_plan_date": iso(seen.final, day),
        "year_group": np.clip(seen.age - 4, -2, 14).astype(str).to_numpy(),
        "parent_attended": _flags(draws, "parent", key, 0.86),
        "cyp_participated": _flags(draws, "young", key, 0.71),
        "report_received_date": iso(np.where(has_report, report, NEVER), day),
    })  # fmt: skip
    for place, name in enumerate(_AREAS):
        flags = _flags(draws, "prepared", key * 8 + place, 0.78)
        rows[name] = np.where(seen.age - 4 >= 9, flags, "")
    return rows[list(COLUMNS)]


def _types(seen: pd.DataFrame) -> np.ndarray:
    """Name the kind of review; transfers to the next phase are reviewed in autumn and winter."""
    is_winter = (months_of(seen.meeting.to_numpy()) - 8) % 12 < 6
    kind = np.where(seen.age.isin([10, 15]) & is_winter, "phase_transfer", "annual")
    kind = np.where(seen.age <= 3, "ey_interim", kind)
    return np.where(seen.is_early, "early", kind)


def _flags(draws: Draws, name: str, key: np.ndarray, share: float) -> np.ndarray:
    return np.where(draws.each(name, key) < share, "1", "0")
