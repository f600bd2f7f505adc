"""Published words for a period -> kind, first day, last day.

Rules are named in the contracts. Census days: SEN2 and school census third Thursday of January,
missing-education census first Thursday of October and third Thursday of May (DfE collection
guides). Terms have no published days; they are September to December, January to March and April
to August.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

_YEARS = re.compile(r"(\d{4})(?:\.0)?|(\d{4})[/-]?(\d{2})|(\d{4})[/-](\d{4})")
_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september"]
_MONTHS += ["october", "november", "december"]
FIRST_YEAR, LAST_YEAR = 1900, 2100  # a year outside is a slip of the pen
_THURSDAY = 3


@dataclass(frozen=True)
class Period:
    """A period as interfaces name it; ``kind`` None where its words are not understood."""

    kind: str | None
    start: date | None
    end: date | None
    label: str | None


@cache
def period_of(rule: str, words: str, label: str) -> Period:
    """Read ``words`` (2024, 202425, 2024/25) by ``rule``; unknown rules and words give no days."""
    year = first_year(words)
    if year is None or rule not in _RULES:
        return Period(None, None, None, label)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Period(None, None, None, label)
    is_spanning = bool(re.search(r"\d{4}[/-]?\d{2}", words))
    kind, start, end = _RULES[rule](year, is_spanning)
    return Period(kind, start, end, label)


@cache
def span_of(first: str, last: str) -> Period:
    """Read a first and a last day: whole months are month, rolling_3m or rolling_12m."""
    label = f"{first} to {last}"
    start, end = _day(first), _day(last)
    if start is None or end is None or end < start:
        return Period(None, start, end, label)
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    is_whole = start.day == 1 and end.day == monthrange(end.year, end.month)[1]
    kinds = {1: "month", 3: "rolling_3m", 12: "rolling_12m"}
    return Period(kinds.get(months) if is_whole else None, start, end, label)


def rule_of(identifier: str) -> str:
    """The rule for a time identifier of the publisher's open-data standard."""
    words = " ".join(identifier.casefold().split())
    quarter = re.fullmatch(r"(calendar|financial) year q([1-4])", words)
    if quarter:
        return f"{quarter[1]}_q{quarter[2]}"
    return words.replace(" ", "_")


def first_year(words: str) -> int | None:
    """The year that ``words`` name, the first of two."""
    match = _YEARS.fullmatch(words.strip())
    return int(match[1] or match[2] or match[4]) if match else None


def last_year(words: str) -> int | None:
    """The year that ``words`` name, the second of two."""
    year = first_year(words)
    return None if year is None else year + bool(re.search(r"\d{4}[/-]?\d{2}", words.strip()))


def last_day(year: int, month: int) -> date:
    """The last day of a month; months beyond 12 and below 1 run into other years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def _day(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def _thursday(year: int, month: int, nth: int) -> date:
    """The nth Thursday of a month."""
    first = date(year, month, 1).weekday()
    return date(year, month, 1 + (_THURSDAY - first) % 7 + 7 * (nth - 1))


_Read = Callable[[int, bool], tuple[str, date, date]]


def _census(month: int, nth: int) -> _Read:
    """A day of the academic year: before September, it lies in the year's second half."""

    def read(year: int, is_spanning: bool) -> tuple[str, date, date]:
        day = _thursday(year + (is_spanning and month < 9), month, nth)
        return "census", day, day

    return read


def _between(kind: str, first: tuple[int, int], last: tuple[int, int]) -> _Read:
    """From the first day of a month to the last of another, as (years after, month)."""

    def read(year: int, _: bool) -> tuple[str, date, date]:
        start = date(year + first[0], first[1], 1)
        return kind, start, last_day(year + last[0], last[1])

    return read


def _mid_year(years_before: int) -> _Read:
    """30 June of the year, or of a year before."""

    def read(year: int, _: bool) -> tuple[str, date, date]:
        day = date(year - years_before, 6, 30)
        return "census", day, day

    return read


_RULES: dict[str, _Read] = {
    "calendar_year": _between("calendar_year", (0, 1), (0, 12)),
    "reporting_year": _between("calendar_year", (0, 1), (0, 12)),
    "academic_year": _between("academic_year", (0, 9), (1, 8)),
    "academic_year_ending": _between("academic_year", (-1, 9), (0, 8)),
    "academic_year_before": _between("academic_year", (-2, 9), (-1, 8)),
    "financial_year": _between("financial_year", (0, 4), (1, 3)),
    "autumn_term": _between("term", (0, 9), (0, 12)),
    "spring_term": _between("term", (1, 1), (1, 3)),
    "summer_term": _between("term", (1, 4), (1, 8)),
    "autumn_and_spring_term": _between("autumn_spring", (0, 9), (1, 3)),
    "ytd": _between("ytd", (0, 9), (1, 8)),
    "dec_feb": _between("dec_feb", (-1, 12), (0, 2)),
    "march": _between("month", (0, 3), (0, 3)),
    "september_before": _between("month", (-1, 9), (-1, 9)),
    "january_census": _census(1, 3),
    "january_after": lambda year, _: _census(1, 3)(year + 1, False),
    "autumn_census": _census(10, 1),
    "summer_census": _census(5, 3),
    "mid_year": _mid_year(0),
    "mid_year_before": _mid_year(1),
    **{f"calendar_q{q}": _between("quarter", (0, 3 * q - 2), (0, 3 * q)) for q in (1, 2, 3, 4)},
    **{f"financial_q{q}": _between("quarter", (0, 3 * q + 1), (0, 3 * q + 3)) for q in (1, 2, 3)},
    "financial_q4": _between("quarter", (1, 1), (1, 3)),
    **{name: _between("month", (0, n), (0, n)) for n, name in enumerate(_MONTHS, 1)},
}
