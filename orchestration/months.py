"""Months, working days, and the day on which a month is known. All dates are passed in."""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cache

from orchestration.settings import DBT_PROJECT

FIRST_MONTH = "2020-01"
"""The earliest month that can be released; contracts begin there."""
_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)


def parse_months(text: str) -> list[str]:
    """``2024-09`` or ``2024-09..2025-10``, both ends included.

    Raises:
        ValueError: for anything else, or a range that runs backwards.
    """
    first, _, last = text.partition("..")
    if (
        not _MONTH.fullmatch(first)
        or not _MONTH.fullmatch(last or first)
        or (last or first) < first
    ):
        raise ValueError(f"{text!r} is not a month (YYYY-MM) or a range (YYYY-MM..YYYY-MM)")
    months = [first]
    while months[-1] != (last or first):
        months.append(next_month(months[-1]))
    return months


def next_month(month: str) -> str:
    """The month after."""
    return (last_day(month) + timedelta(days=1)).strftime("%Y-%m")


def month_before(day: date) -> str:
    """The month before the one of ``day``."""
    return (day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def last_day(month: str) -> date:
    """The last day of a month."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, monthrange(year, number)[1])


@cache
def parameter(name: str) -> int:
    """A whole number that the partnership settles, from the one seed that holds them all."""
    with (DBT_PROJECT / "seeds" / "parameters.csv").open(encoding="utf-8", newline="") as file:
        return next(int(row["value"]) for row in csv.DictReader(file) if row["name"] == name)


@cache
def bank_holidays() -> frozenset[date]:
    """Bank holidays of England and Wales, from the one seed that holds them."""
    with (DBT_PROJECT / "seeds" / "bank_holidays.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(date.fromisoformat(row["date"]) for row in csv.DictReader(file))


def working_day(month: str, number: int) -> date:
    """The ``number``-th working day of a month, from 1."""
    day = date.fromisoformat(f"{month}-01") - timedelta(days=1)
    for _ in range(number):
        day += timedelta(days=1)
        while day.weekday() >= 5 or day in bank_holidays():
            day += timedelta(days=1)
    return day


def release_day(month: str) -> date:
    """The day of the final release of ``month``."""
    return working_day(next_month(month), parameter("final_working_day"))
