"""Days as whole numbers since 1970-01-01, and what calendars and school years make of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Days = NDArray[np.int64]

NEVER = 10**6
"""Stands for what does not happen."""


def day(text: str) -> int:
    """Give an ISO date as a day."""
    return int(np.datetime64(text, "D").astype(int))


def month_end(month: str) -> int:
    """Give the last day of a month ``YYYY-MM``."""
    return int((np.datetime64(month, "M") + 1).astype("datetime64[D]").astype(int)) - 1


def month_start(month: str) -> int:
    """Give the first day of a month ``YYYY-MM``."""
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(int))


def months_of(days: Days) -> Days:
    """Give each day's month as months since 1970-01."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def academic_years(days: Days) -> Days:
    """Give the year in which each day's academic year began, on 1 September."""
    return 1970 + (months_of(days) - 8) // 12


def academic_ages(birth: Days, days: Days) -> Days:
    """Give the age on the 31 August at or before each day."""
    return academic_years(days) - academic_years(birth) - 1


def september(year: Days) -> Days:
    """Give 1 September of each year as a day."""
    months = (np.asarray(year) - 1970) * 12 + 8
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def birthdays(birth: Days, age: int | Days) -> Days:
    """Give the day on which each person reaches an age; who was born on 29 February, 1 March."""
    months = np.asarray(birth).astype("datetime64[D]").astype("datetime64[M]")
    in_month = np.asarray(birth) - months.astype("datetime64[D]").astype(np.int64)
    return (months + 12 * age).astype("datetime64[D]").astype(np.int64) + in_month


def course(points: Mapping[str, float], days: Days) -> NDArray[np.float64]:
    """Give a planned value on each day: straight lines between month ends, flat outside."""
    return np.interp(days, [month_end(month) for month in points], list(points.values()))


def iso(days: Days | pd.Series, last_day: int = NEVER - 1) -> NDArray[np.object_]:
    """Write days as ISO dates, and what lies after ``last_day`` as ''."""
    days = np.asarray(days)
    known, place = np.unique(np.where(days <= last_day, days, NEVER), return_inverse=True)
    text = known.astype("datetime64[D]").astype(str).astype(object)
    text[known == NEVER] = ""
    return text[place]
