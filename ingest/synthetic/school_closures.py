"""Closures of the settings that plans and advice name, a school year at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import academic_years, day, iso, month_end
from .ehc_people import SETTINGS
from .identifiers import setting_urns

COLUMNS = ("urn", "closed_from", "reopens")

_YEARS_BEFORE, _YEARS_AFTER = 3, 1


def snapshot(area: int, month: str) -> pd.DataFrame:
    """Give the closures of the three school years before a month, its own and the next.

    Closures begin on a Saturday. Private nurseries close at Christmas only, colleges earlier in
    summer; every other setting has six weeks of summer, the two weeks of Christmas and Easter, and
    the half terms.

    Returns:
        The contract's columns; text, ISO dates, in order of setting and day.
    """
    this = int(academic_years(np.array([month_end(month)]))[0])
    first, last = SETTINGS["early_years"][0], max(high for _, high in SETTINGS.values())
    rows = [
        (number, begins, ends)
        for number in range(first, last)
        for year in range(this - _YEARS_BEFORE, this + _YEARS_AFTER + 1)
        for begins, ends in _closures(number, year)
    ]
    numbers, begins, ends = (np.array(values) for values in zip(*rows, strict=True))
    facts = {"urn": setting_urns(numbers, area), "closed_from": iso(begins), "reopens": iso(ends)}
    return pd.DataFrame(facts).sort_values(["urn", "closed_from"]).reset_index(drop=True)


def _closures(number: int, year: int) -> list[tuple[int, int]]:
    """Give first day closed and first day open again, of one setting in one school year."""
    christmas = (_saturday(day(f"{year}-12-18")), 16)
    if number < SETTINGS["early_years"][1]:
        return [(christmas[0], christmas[0] + 11)]
    is_college = SETTINGS["further_education"][0] <= number < SETTINGS["specialist_post_16"][1]
    breaks = [
        (_saturday(day(f"{year}-10-22")), 9),
        christmas,
        (_saturday(day(f"{year + 1}-02-12")), 9),
        (_easter(year + 1) - 8, 16),
        (_saturday(day(f"{year + 1}-05-23")), 9),
    ]
    summer = _saturday(day(f"{year + 1}-07-01" if is_college else f"{year + 1}-07-18"))
    reopens = _saturday(day(f"{year + 1}-08-29")) + 2 + number % 2
    return [*((begins, begins + length) for begins, length in breaks), (summer, reopens)]


def _saturday(since: int) -> int:
    """Give the first Saturday on a day or after it; 1970-01-01 was a Thursday."""
    return since + (2 - since) % 7


def _easter(year: int) -> int:
    """Give Easter Sunday (the anonymous Gregorian algorithm, Nature, 20 April 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    skipped = century // 4 + (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - skipped + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, in_month = divmod(moon + week - 7 * shift + 114, 31)
    return day(f"{year}-{month:02d}-{in_month + 1:02d}")
