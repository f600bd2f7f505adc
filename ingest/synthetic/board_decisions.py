"""The decision log of an invented Board that meets every second month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import iso, month_end, months_of

COLUMNS = (
    "decision_id", "decided_on", "indicator_id", "text", "owner_role", "due_date", "status",
)  # fmt: skip

_DECISIONS = (
    ("ehcp_20wk_pct", "Director of Children's Services", 120,
     "Pay for two more educational psychologists for a year."),
    ("", "Parent Carer Forum", 90,
     "Set what families say of their experience beside the figures, twice a year."),
    ("ar_4wk_pct", "Head of SEND", 60,
     "Form a team that does annual reviews only, beginning with Years 6, 9 and 11."),
    ("slt_waiting_n", "Children's Therapies Manager", 90,
     "Open drop-in sessions for speech and language in every locality."),
    ("neet_nk_send_16_17_pct", "Participation Manager", 150,
     "Offer 20 more supported internships from September."),
    ("ehcp_awaiting_placement_n", "Assistant Director for Education", 240,
     "Open a base for social and emotional needs at a mainstream school."),
    ("ar_12wk_pct", "Head of SEND", 60,
     "Bring a plan by which every amended plan that is late is finished."),
    ("nd_over_52w_n", "Neurodevelopmental Pathway Manager", 120,
     "Make a needs profile for every child who has waited 52 weeks, and act on it at once."),
    ("", "Head of Performance", 60,
     "Publish the figures of the Partnership every month, with what is not known."),
    ("advice_ep_6wk_pct", "Principal Educational Psychologist", 90,
     "Buy advice for the oldest requests from a provider outside."),
    ("tribunals_lodged_n", "Head of SEND", 90,
     "Offer every family a meeting before a plan is final."),
    ("", "Head of Children's Commissioning", 120,
     "Agree one way in to therapies for families, whichever trust they begin with."),
)  # fmt: skip
"""Indicator, owner, days to the due date, text: one a meeting, in turn."""
_KEPT_MEETINGS = len(_DECISIONS)
_LATE_DAYS = 100
"""How late every third decision is carried out; the others are a week early."""


def snapshot(month: str) -> pd.DataFrame:
    """Give the decisions of the last two years as they stand at a month end.

    Returns:
        The contract's columns; text, ISO dates, in the order of the meetings.
    """
    today = month_end(month)
    last = int(months_of(np.array([today]))[0])
    months = np.array([m for m in range(last - 2 * _KEPT_MEETINGS + 1, last + 1) if m % 2 == 0])
    firsts = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    decided = firsts + 13 + (6 - firsts) % 7  # a Tuesday, as 1970-01-06 was
    named = [_DECISIONS[number // 2 % _KEPT_MEETINGS] for number in months]
    indicators, owners, lengths, texts = (list(part) for part in zip(*named, strict=True))
    due = decided + np.array(lengths)
    done = due + np.where(months // 2 % 3 == 0, _LATE_DAYS, -7)
    facts = {
        "decision_id": [f"D-{1970 + m // 12}-{m % 12 // 2 + 1:02d}" for m in months.tolist()],
        "decided_on": iso(decided),
        "indicator_id": indicators,
        "text": texts,
        "owner_role": owners,
        "due_date": iso(due),
        "status": np.where(done <= today, "done", "open"),
    }
    return pd.DataFrame(facts)[list(COLUMNS)]
