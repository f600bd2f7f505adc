"""The children of an area: who is who, and which child the services share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .days import Days
from .randomness import Draws

NEW_CHILDREN = {"NDA": 167_000, "NDB": 184_000, "BR": 194_000, "CA": 240_000, "MH": 266_000}
"""First serials of the children whom no service knew before, by the service that meets them;
below lie the children of the therapy lists."""

_TRIES = 30


@dataclass(frozen=True)
class Known:
    """Children known to the NHS in order of the day on which they became known."""

    since: Days
    birth: Days
    child: NDArray[np.int64]


def area_scale(area: int, seed: int) -> float:
    """Give an area's size: the local one, area 1, is 1; the others are half to twice as large."""
    if area == 1:
        return 1.0
    return 0.5 + 1.5 * float(Draws(seed, f"area {area}").uniform("scale", 1)[0])


def children(*lists: pd.DataFrame) -> Known:
    """Put together who is known from referrals (``received``, ``birth_date``, ``child``)."""
    together = pd.concat([rows[["received", "birth_date", "child"]] for rows in lists])
    together = together[together.child >= 0].astype(np.int64)
    together = together.sort_values(["received", "child"], kind="stable")
    first = together[~together.child.duplicated()]
    return Known(first.received.to_numpy(), first.birth_date.to_numpy(), first.child.to_numpy())


def meet(
    ids: NDArray[np.int64], birth: Days, first: Days, last: Days, known: Known, draws: Draws
) -> NDArray[np.int64]:
    """Look for a known child of about the wanted age.

    Args:
        ids: numbers of the referrals or requests.
        birth: the wanted birth dates; a child met was born within 300 days of it.
        first: the child became known on this day or later ...
        last: ... and before this day.
        known: the children to choose from.
        draws: the stream of this service.

    Returns:
        For each id a position in ``known``, -1 where none of thirty children tried fits.
    """
    low, high = np.searchsorted(known.since, first), np.searchsorted(known.since, last)
    found = np.full(len(ids), -1)
    for attempt in range(_TRIES):
        place = low + np.floor(draws.each("meet", ids, attempt) * (high - low)).astype(np.int64)
        place = np.minimum(place, len(known.since) - 1)
        is_fit = (high > low) & (np.abs(known.birth[place] - birth) <= 300)
        found = np.where((found < 0) & is_fit, place, found)
    return found
