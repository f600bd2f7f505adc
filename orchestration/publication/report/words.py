"""Numbers, shares, waits and dates as people say them: plain text, nothing of the release in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

UNIT_WORDS: Mapping[str, str] = {
    "pct": "%",
    "rate_per_100": " in each 100",
    "rate_per_1000": " in each 1,000",
    "weeks": " weeks",
    "days": " days",
    "score": "",
    "count": "",
    "distribution": "%",
}
"""What stands behind a figure of each unit."""
SHARES = ("pct", "distribution")

# Shares that people say, in hundredths of a whole; nearest wins. Beyond them 97 is "nearly all"
# and below 3 "very few". ONS and NHS style: ratios with small numbers, few of them.
_SAID = {
    5: "1 in 20", 10: "1 in 10", 100 / 9: "1 in 9", 12.5: "1 in 8", 100 / 7: "1 in 7",
    100 / 6: "1 in 6", 20: "1 in 5", 25: "1 in 4", 30: "3 in 10", 100 / 3: "1 in 3",
    40: "2 in 5", 50: "half", 60: "3 in 5", 200 / 3: "2 in 3", 70: "7 in 10", 75: "3 in 4",
    80: "4 in 5", 90: "9 in 10", 95: "19 in 20",
}  # fmt: skip
_VERY_FEW, _NEARLY_ALL = 3, 97
_ABOUT, _JUST = 1.25, 2.5  # percentage points: nearer is "about" or "just over", "just under"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKS_A_YEAR = 365.25 / 7
_YEARS_FROM = 104  # weeks: from two years on a wait is said in years and months


def rounded(value: Any, places: int) -> Decimal:
    """Round half away from zero, as a person does."""
    return Decimal(repr(value) if isinstance(value, float) else str(value)).quantize(
        Decimal(1).scaleb(-places), ROUND_HALF_UP
    )


def whole(value: Any) -> str:
    """Say a whole number: 1,092."""
    return f"{rounded(value, 0):,}"


def number(value: Any) -> str:
    """Say a number of an unknown unit: whole where it is, else to one place."""
    return f"{rounded(value, 0 if float(value).is_integer() else 1):,}"


def noun_of(noun: str) -> Callable[[Any], str]:
    """Give the words for so many of a thing: 1 data note, 2 data notes."""
    return lambda number: _plural(rounded(number, 0), noun)


def figure_of(unit: str, *, is_rounded: bool = False) -> Callable[[Any], str]:
    """Give the words for figures of a unit: shares and waits to one place, counts whole.

    What was rounded before it came here is whole: 64%, because nobody knows the place after it.
    """
    if unit == "count":
        return whole
    if is_rounded:
        return plan_figure_of(unit)
    return lambda value: f"{rounded(value, 1):,}{_ending(unit, value)}"


def plan_figure_of(unit: str) -> Callable[[Any], str]:
    """Give the words for numbers of the plan, as the plan writes them: 75%, not 75.0%."""
    return lambda value: f"{number(value)}{_ending(unit, value)}"


def average_of(unit: str) -> Callable[[Any], str]:
    """Give the words for averages: that of a small count to one place, because 0.4 is not 0."""
    say = figure_of(unit)
    return lambda mean: f"{rounded(mean, 1)}" if unit == "count" and abs(mean) < 10 else say(mean)


def limit_of(unit: str) -> Callable[[Any], str]:
    """Give the words for control limits, which no share and no count crosses at 0 or 100."""
    say = figure_of(unit)
    top = 100 if unit in SHARES else None

    def cut(number: Any) -> str:
        return say(max(0, number if top is None else min(top, number)))

    return cut


def change_of(unit: str, *, is_rounded: bool = False) -> Callable[[Any], str]:
    """Give the words for the size of a change, without its direction: 39.3 points."""
    places = 0 if is_rounded else 1
    if unit in SHARES:
        return lambda change: _plural(rounded(abs(change), places), "point")
    if unit == "count":
        return lambda change: whole(abs(change))
    return lambda change: f"{rounded(abs(change), places):,}{_ending(unit, change)}"


def is_level(change: float, unit: str) -> bool:
    """Tell whether a change rounds to nothing in the words of ``change_of``."""
    return rounded(change, 0 if unit == "count" else 1) == 0


def said(share: float) -> str:
    """Say a share of 0 to 100 as people do: "about 1 in 8", "just over half", "more than half"."""
    if share in (0, 100):
        return "none" if share == 0 else "all"
    if share < _VERY_FEW:
        return "very few"
    if share >= _NEARLY_ALL:
        return "nearly all"
    nearest = min(_SAID, key=lambda known: (abs(known - share), known))
    beyond = share - nearest
    if abs(beyond) <= _ABOUT:
        return f"about {_SAID[nearest]}"
    if abs(beyond) <= _JUST:
        return f"just {'over' if beyond > 0 else 'under'} {_SAID[nearest]}"
    return f"{'more' if beyond > 0 else 'less'} than {_SAID[nearest]}"


def said_of_rounded(share: float) -> str:
    """Say a rounded share: of 0 and 100 nobody knows whether it is none and all."""
    return {0: "none or very few", 100: "all or nearly all"}.get(share) or said(share)


def whole_weeks(days: int) -> str:
    """Say a limit in days as weeks: 18 weeks."""
    return _plural(Decimal(days // 7), "week")


def waited(weeks: float) -> str:
    """Say a wait: whole weeks, and from two years on years and months."""
    if rounded(weeks, 0) < _YEARS_FROM:
        if weeks < 1:
            return "less than a week"
        return f"about {_plural(rounded(weeks, 0), 'week')}"
    months = int(rounded(weeks / _WEEKS_A_YEAR * 12, 0))
    years, rest = divmod(months, 12)
    return f"about {years} years" + (f" and {_plural(Decimal(rest), 'month')}" if rest else "")


def month_name(day: date) -> str:
    """Name the month; not by the machine's language."""
    return _MONTHS[day.month - 1]


def month(day: date) -> str:
    """Say a month: October 2025."""
    return f"{month_name(day)} {day.year}"


def short_month(day: date) -> str:
    """Say a month in a table or a chart: Oct 2025."""
    return f"{month_name(day)[:3]} {day.year}"


def in_full(day: date) -> str:
    """Say a day: 18 November 2025."""
    return f"{day.day} {month_name(day)} {day.year}"


def period(kind: str, start: date, end: date) -> str:
    """Say a period of the release: a month, three months, a year, a day."""
    if kind == "month":
        return month(end)
    if kind == "census":
        return in_full(end)
    if kind == "calendar_year":
        return str(end.year)
    if kind in ("academic_year", "financial_year"):
        return f"{kind.replace('_', ' ')} {start.year} to {end.year}"
    if kind == "rolling_12m":
        return f"the 12 months to {month(end)}"
    first = month_name(start) if start.year == end.year else month(start)
    return f"{first} to {month(end)}"


def a_year_before(end: date) -> date:
    """Give the last day of the same month of the year before."""
    first_of_next = end.replace(day=1, year=end.year - 1) + timedelta(days=32)
    return first_of_next.replace(day=1) - timedelta(days=1)


def _ending(unit: str, value: Any) -> str:
    words = UNIT_WORDS[unit]
    return words.removesuffix("s") if rounded(abs(value), 1) == 1 and words.endswith("s") else words


def _plural(number: Decimal, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
