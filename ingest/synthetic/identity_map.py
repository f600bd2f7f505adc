"""The map between council and NHS numbers, with the mistakes that were put right in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import NEVER, iso, month_end
from .ehc_people import uln_on
from .identifiers import nhs_numbers
from .randomness import Draws

COLUMNS = ("nhs_number", "upn", "uln", "valid_from", "valid_to", "match_basis")

_COVERED = 0.93
"""Share of the children known to both sides who are in the map."""


def snapshot(cases: pd.DataFrame, area: int, month: str, draws: Draws) -> pd.DataFrame:
    """Give the matches known at a month end, current and closed.

    A number given in passing has a row of its own, closed when the permanent one follows. Of a few
    pairs of children the UPNs were swapped at first: both wrong rows are closed.

    Returns:
        The contract's columns; text, ISO dates, '' for missing.
    """
    day = month_end(month)
    people = cases[(cases.child >= 0) & (cases.person == cases.serial)]
    people = people[draws.each("covered", people.serial.to_numpy()) < _COVERED].copy()
    both = np.maximum(np.maximum(people.since, people.known_since), people.upn_known)
    people["begins"] = both + draws.days("matched after", people.serial.to_numpy(), 5, 60)
    basis = {"traced": 80, "declared": 12, "manual": 8}
    people["match_basis"] = draws.pick("basis", people.serial.to_numpy(), basis)
    people["nhs_number"] = nhs_numbers(people.child.to_numpy(), area)
    people["ends"] = NEVER
    people["uln"] = uln_on(people, day)
    rows = pd.concat(_spells(people, draws)).sort_values(["begins", "nhs_number"])
    rows = rows[(rows.begins <= day) & (rows.begins <= rows.ends)]
    rows = rows.assign(valid_from=iso(rows.begins), valid_to=iso(rows.ends, day))
    return rows[list(COLUMNS)].reset_index(drop=True)


def _spells(people: pd.DataFrame, draws: Draws) -> list[pd.DataFrame]:
    """Split people into rows: plain ones, numbers in passing, swaps put right."""
    is_passing = people.upn_in_passing != ""
    passing, plain = people[is_passing], people[~is_passing]
    half = len(plain) // 2
    left, right = plain[: 2 * half : 2], plain[1 : 2 * half : 2]
    is_swapped = draws.each("swapped", left.serial.to_numpy()) < 0.004
    left, right = left[is_swapped], right[is_swapped]
    untouched = plain.drop(index=[*left.index, *right.index])
    begins = np.maximum(left.begins.to_numpy(), right.begins.to_numpy())
    found = begins + draws.days("swap found", left.serial.to_numpy(), 40, 200)
    wrong = [
        one.assign(upn=other.upn.to_numpy(), begins=begins, ends=found, match_basis="manual")
        for one, other in ((left, right), (right, left))
    ]
    alone = [one.assign(ends=begins - 1) for one in (left, right)]
    mended = [one.assign(begins=found + 1) for one in (left, right)]
    return [
        untouched,
        passing.assign(upn=passing.upn_in_passing, ends=passing.upn_changes - 1),
        passing.assign(begins=np.maximum(passing.begins, passing.upn_changes)),
        *alone,
        *wrong,
        *mended,
    ]
