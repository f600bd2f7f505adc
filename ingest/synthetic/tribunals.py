"""Appeals to the SEND tribunal and mediation: after a refusal, or over what a plan says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import NEVER, iso, month_end
from .randomness import Draws

COLUMNS = (
    "appeal_id", "registered_date", "appeal_type", "stage", "outcome", "order_date",
    "order_complied_date", "mediation_requested_date", "mediation_held_date", "case_id",
)  # fmt: skip
DATES = tuple(column for column in COLUMNS if column.endswith("_date"))

_CONTENT = {"content_F": 40, "placement_I": 42, "content_B": 12, "disability": 6}
_OUTCOMES = {"conceded": 46, "withdrawn": 14, "consent": 16, "in_favour": 22, "dismissed": 2}
"""About 103 appeals a year are registered (MoJ, 2024); nearly all that are decided are
decided at least partly for the family (MoJ, England)."""

_ORDERED = ("in_favour", "dismissed", "consent")
_KEPT_DAYS = 730


def simulate(cases: pd.DataFrame, reviews: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Simulate disputes over decisions of the council.

    Returns:
        One row per appeal or mediation case: ``place`` (index of the case), ``appeal_type``,
        ``registered``, ``asked`` and ``held`` (mediation), ``ended``, ``outcome``; days.
    """
    refused = cases[(cases.decision == "N") & (cases.decided < NEVER)]
    unissued = cases[(cases.finding == "N") & (cases.agreed < NEVER)]
    planned = cases[(cases.kind == "request") & (cases.start < NEVER)]
    reviewed = cases.loc[reviews.place]
    parts = [
        _over(refused, refused.decided, "refuse_assess", 0.24, draws, refused.serial),
        _over(unissued, unissued.agreed, "refuse_issue", 0.25, draws, unissued.serial),
        _over(planned, planned.start, "", 0.075, draws, planned.serial),
        _over(reviewed, reviews.meeting + 60, "", 0.013, draws, reviews.key + 10**6),
    ]
    disputes = pd.concat(parts, ignore_index=True)
    return disputes.sort_values(["since", "key"]).reset_index(drop=True)


def _over(
    cases: pd.DataFrame, decided: pd.Series, kind: str, share: float, draws: Draws, key: pd.Series
) -> pd.DataFrame:
    """Let a share of families dispute a decision: by mediation, by appeal, or by both."""
    key, decided = key.to_numpy(), decided.to_numpy()
    is_refusal = kind == "refuse_assess"
    overturned = np.where(is_refusal, cases.overturned.to_numpy(), NEVER)
    is_disputed = (draws.each(f"disputed {kind}", key) < share) | (overturned < NEVER)
    way = draws.each("way", key)
    is_appealed = (way < 0.62) | (overturned < NEVER)
    asked = np.where((way >= 0.35) | ~is_appealed, decided + draws.days("asks", key, 5, 40), NEVER)
    held = asked + draws.days("held after", key, 14, 40)
    held = np.where((asked < NEVER) & (draws.each("held", key) < 0.8), held, NEVER)
    registered = np.where(is_appealed, decided + draws.days("appeals", key, 41, 85), NEVER)
    outcome = draws.pick("outcome", key, _OUTCOMES)
    hearing, settled = draws.days("hearing", key, 150, 330), draws.days("settled", key, 40, 200)
    wait = np.where(np.isin(outcome, _ORDERED), hearing, settled)
    ended = np.where(is_appealed, registered + wait, NEVER)
    outcome = np.where(overturned < NEVER, "conceded", outcome)
    disputes = pd.DataFrame({
        "place": cases.index, "key": key, "since": np.minimum(asked, registered),
        "appeal_type": kind or draws.pick("type", key, _CONTENT), "registered": registered,
        "asked": asked, "held": held, "outcome": outcome,
        "ended": np.where(overturned < NEVER, overturned, ended),
        "complied": draws.days("complied after", key, 10, 60),
    })  # fmt: skip
    return disputes[is_disputed]


def snapshot(disputes: pd.DataFrame, cases: pd.DataFrame, area: int, month: str) -> pd.DataFrame:
    """Cut the disputes that are open, or were begun or ended in the last two years.

    Returns:
        The contract's columns; text, ISO dates, '' for missing.
    """
    day = month_end(month)
    done = np.minimum(disputes.ended, disputes.since + 400)
    seen = disputes[(disputes.since <= day) & (done > day - _KEPT_DAYS)]
    has_order = seen.outcome.isin(_ORDERED)
    is_registered, is_over = seen.registered <= day, seen.ended <= day
    age = day - seen.registered
    stage = np.where(age < 42, "registered", np.where(age < 150, "case_management", "hearing"))
    stage = np.where(is_over, "concluded", stage)
    rows = pd.DataFrame({
        "appeal_id": [f"T{area:03d}{kind[:1].upper()}{kind[-1].upper()}{number:07d}"
                      for kind, number in zip(seen.appeal_type, seen.key, strict=True)],
        "registered_date": iso(seen.registered, day),
        "appeal_type": seen.appeal_type.to_numpy(),
        "stage": np.where(is_registered, stage, ""),
        "outcome": np.where(is_registered & is_over, seen.outcome, ""),
        "order_date": iso(np.where(has_order, seen.ended, NEVER), day),
        "order_complied_date": iso(np.where(has_order, seen.ended + seen.complied, NEVER), day),
        "mediation_requested_date": iso(seen.asked, day),
        "mediation_held_date": iso(seen.held, day),
        "case_id": cases.case_id.loc[seen.place].to_numpy(),
    })  # fmt: skip
    return rows[list(COLUMNS)]
