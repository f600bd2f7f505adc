"""Advice for assessments: who is asked when, and when the answer comes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.partnership import partnership

from .days import Days, course, iso, month_end
from .ehc_people import upn_on
from .randomness import Draws

COLUMNS = (
    "advice_id", "case_id", "upn", "advice_body", "requested_date", "received_date",
    "exception_code", "not_required", "provider_code",
)  # fmt: skip
DATES = ("requested_date", "received_date")

BODIES = {
    "ep": (0.60, 1.00), "school": (0.80, 1.00), "medical": (0.66, 0.97),
    "social_care": (0.76, 0.96), "parent_cyp": (0.84, 0.92), "slt": (0.70, 0.45),
    "ot": (0.68, 0.22), "cypmh": (0.62, 0.18),
}  # fmt: skip
"""Share that answers within six weeks in 2024, and share of assessments in which the body is
asked: between five and six bodies each. No figures are published; invented, after the plan's
targets."""

_FASTER = {"2024-09": 0.0, "2025-10": 0.10, "2030-12": 0.20}
"""What the improvement plan adds to the shares."""

_NEEDED = ("ep", "school", "medical")
"""Without these nobody writes a plan; after ten weeks the team goes on without them."""

_KEPT_DAYS = 730


def requested(serial: Days, assessed: Days, draws: Draws) -> Days:
    """Give the day on which advice is asked for, one to two weeks after the decision."""
    return assessed + draws.days("advice asked", serial, 5, 15)


def returned(body: str, serial: Days, asked: Days, draws: Draws) -> Days:
    """Give the day on which a body answers: within six weeks, or with a long tail after them."""
    place = list(BODIES).index(body)
    share = np.minimum(BODIES[body][0] + course(_FASTER, asked), 0.97)
    luck = draws.each("advice luck", serial, place)
    quick = 12 + np.floor(luck / share * 31)
    tail = 43 - 30 * np.log1p(-np.minimum((luck - share) / (1 - share), 0.98))
    return asked + np.where(luck < share, quick, np.floor(tail)).astype(np.int64)


def ready_to_write(serial: Days, assessed: Days, draws: Draws) -> Days:
    """Give the day from which the decision to issue a plan can be taken."""
    asked = requested(serial, assessed, draws)
    answers = [returned(body, serial, asked, draws) for body in _NEEDED]
    return np.minimum(np.maximum.reduce(answers), asked + 70)


def snapshot(cases: pd.DataFrame, area: int, month: str, draws: Draws) -> pd.DataFrame:
    """Cut the requests for advice of the last two years as they stood at the month end.

    Args:
        cases: as ``ehc_people.add_people`` leaves them.
        area: number of the area.
        month: ``YYYY-MM``.
        draws: the area's stream of EHC cases.

    Returns:
        The contract's columns; text, ISO dates, '' for missing. The trackers write ``not
        applicable`` for some of the advice that was not needed.
    """
    day = month_end(month)
    assessed = cases[cases.assessed_from <= day]
    parts = [_of_body(body, assessed, area, day, draws) for body in BODIES]
    rows = pd.concat(parts).sort_values(["asked", "advice_id"])
    return rows[list(COLUMNS)].reset_index(drop=True)


def _of_body(body: str, cases: pd.DataFrame, area: int, day: int, draws: Draws) -> pd.DataFrame:
    place = list(BODIES).index(body)
    serial = cases.serial.to_numpy()
    asked = requested(serial, cases.assessed_from.to_numpy(), draws)
    is_asked = draws.each("body asked", serial, place) < BODIES[body][1]
    seen = is_asked & (asked <= day) & (asked > day - _KEPT_DAYS)
    cases, serial, asked = cases[seen], serial[seen], asked[seen]
    received = returned(body, serial, asked, draws)
    luck = draws.each("not needed", serial, place)
    is_needed = (luck >= 0.04) | (body in _NEEDED)
    reason = draws.each("exception", serial, place)
    codes = np.array(["8a", "8b", "8c", ""], dtype=object)[
        np.searchsorted([0.003, 0.007, 0.015], reason, side="right")
    ]
    answer = iso(received, day)
    providers = partnership().invented_deliveries.ehc_advice
    is_due = received <= day
    return pd.DataFrame({
        "advice_id": [f"ADV{area:03d}{number:06d}P{place}" for number in serial],
        "case_id": cases.case_id.to_numpy(),
        "upn": upn_on(cases, day),
        "advice_body": body,
        "requested_date": iso(asked),
        "received_date": np.where(is_needed, answer, np.where(luck < 0.02, "not applicable", "")),
        "exception_code": np.where(is_due & is_needed & (received > asked + 42), codes, ""),
        "not_required": np.where(is_needed, "0", "1"),
        "provider_code": providers.get(body, "") if area == 1 else "",
        "asked": asked,
    })  # fmt: skip
