"""A whole column of dates: what its cells prove together that no cell proves by itself.

A cell in a form that every feed takes is read alone (``ingest/typed/cells.py``). Others are read
where the column leaves one reading: the month has its name, or every first number is above 12 and
no second one is. A single date that could be of another order leaves all dates of numbers unread.

Excel makes days of the texts that fit its own order, and leaves the others: where all texts of a
workbook's column have a number above 12 and no day beside them has, day and month of those days
may be exchanged, and nothing in the column is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ingest.typed.cells import MONTH_NAMES, Delivered, read_date

_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?)?"
_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{3,9}),? )?"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_NAMED_MONTHS = [
    re.compile(_WEEKDAY + form + _TIME, re.ASCII)
    for form in (
        rf"{_DAY}[ /.-]{_MONTH}[ /.,-] ?{_YEAR}",
        rf"{_MONTH}[ -]{_DAY},?[ -]{_YEAR}",
        rf"{_YEAR}[ /-]{_MONTH}[ /-]{_DAY}",
    )
]
_NUMBERS = re.compile(r"(\d{1,2})([/. -])(\d{1,2})\2(\d{4})" + _TIME, re.ASCII)
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_YEAR = "with a two-digit year"
EXCHANGED = "as Excel dates that may have day and month exchanged"
MOMENT = "as a time with a time zone, which may be the next day here"
_UNREAD_FORMS = {
    _SHORT_YEAR: r"\d{1,2}([/. -])\d{1,2}\1\d{2}" + _TIME,
    "with the year first, but not as YYYY-MM-DD": (
        r"(?!\d{4}-\d\d-\d\d)\d{4}([/. -])\d{1,2}\1\d{1,2}" + _TIME + r"|(?:19|20)\d{6}"
    ),
    MOMENT: (
        r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
        r" ?(?:Z|[+-]\d{2}(?::?\d{2})?|[A-Z]{3})"
    ),
    "as a year only": r"(?:19|20)\d{2}(?:\.0)?",
    "as a month only": (
        rf"\d{{4}}[-/]\d{{2}}|(?i:{'|'.join(name[:3] for name in MONTH_NAMES)})"
        r"[a-z]*[ -]\d{2}(?:\d{2})?"
    ),
    "as an Excel day number": r"\d{5}(?:\.\d+)?",
}
_UNREAD = {form: re.compile(text, re.ASCII) for form, text in _UNREAD_FORMS.items()}


@dataclass(frozen=True)
class DateColumn:
    """What each distinct cell of a column of dates means; None where it is no date or not sure.

    ``forms`` says how each cell that is in no declared form is written, if it is like a date.
    """

    days: dict[str, date | None]
    forms: dict[str, str]

    def unread(self) -> set[str]:
        """The cells that are like dates and have no sure reading."""
        return {cell for cell in self.forms if self.days[cell] is None}

    def said_of(self, chosen: set[str], counts: Mapping[str, int]) -> str:
        """How ``chosen`` cells are written, in a clause; ``counts`` is of every cell."""
        number, total = sum(counts[cell] for cell in chosen), sum(counts.values())
        share = f"all {total}" if number == total > 1 else f"{number} of {total}"
        many = f"{share} {'date is' if number == total == 1 else 'dates are'}"
        forms = dict.fromkeys(form for cell, form in self.forms.items() if cell in chosen)
        return f"{many} written {', '.join(forms)}"


def read_dates(cells: Iterable[str], delivered: Delivered) -> DateColumn:
    """Read the distinct cells of one column."""
    days = {cell: read_date(cell, delivered) for cell in cells}
    forms = {c: form for c, day in days.items() if day is None for form in _UNREAD if _is(form, c)}
    for cell in [cell for cell, day in days.items() if day is None]:
        if day := _with_named_month(cell):
            days[cell], forms[cell] = day, "with the month as a word"
    if not delivered.day_first_dates:
        _read_numbers(days, forms, delivered)
    return DateColumn(days, forms)


def _read_numbers(
    days: dict[str, date | None], forms: dict[str, str], delivered: Delivered
) -> None:
    """Read dates of two numbers and a year where all of them have their day first for sure."""
    unread = [cell for cell, day in days.items() if day is None]
    found = {cell: match for cell in unread if (match := _NUMBERS.fullmatch(cell))}
    firsts, seconds = (([int(match[at]) for match in found.values()]) for at in (1, 3))
    order = _order(any(n > 12 for n in firsts), any(n > 12 for n in seconds))
    is_sure = all(n > 12 for n in firsts) and not any(n > 12 for n in seconds)
    beside = {cell: day for cell, day in days.items() if day and cell not in forms}
    has_left = all(max(pair) > 12 for pair in zip(firsts, seconds, strict=True))
    if delivered.is_workbook and found and has_left and _may_be_exchanged(beside.values()):
        days |= dict.fromkeys(beside)
        forms |= dict.fromkeys(beside, EXCHANGED)
        is_sure = False
    if is_sure and _SHORT_YEAR not in forms.values():
        days |= {cell: _day(match[4], int(match[3]), match[1]) for cell, match in found.items()}
        found = {cell: match for cell, match in found.items() if days[cell]}
    forms |= {cell: order.replace("/", match[2]) for cell, match in found.items()}


def _may_be_exchanged(days: Collection[date]) -> bool:
    return bool(days) and all(day.day <= 12 for day in days)


def _order(is_day_first: bool, is_month_first: bool) -> str:
    """How such dates are written, as far as they show it."""
    if is_day_first and is_month_first:
        return "both dd/mm/yyyy and mm/dd/yyyy"
    if is_month_first:
        return "mm/dd/yyyy"
    return "dd/mm/yyyy" if is_day_first else "dd/mm/yyyy or mm/dd/yyyy"


def _with_named_month(cell: str) -> date | None:
    """A date of four-digit year and named month; a weekday beside it is the day's own."""
    match = next((m for form in _NAMED_MONTHS if (m := form.fullmatch(cell))), None)
    month = match and _place(match["month"], MONTH_NAMES)
    day = _day(match["year"], month, match["day"]) if match and month else None
    weekday = day and match and match.groupdict().get("weekday")
    if weekday and _place(weekday, _DAY_NAMES) != day.isoweekday():
        return None
    return day


def _place(word: str, names: tuple[str, ...]) -> int:
    """Which of ``names`` a word or its beginning is, from 1; 0 where it is none of them."""
    return next((at for at, name in enumerate(names, 1) if name.startswith(word.lower())), 0)


def _day(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


def _is(form: str, cell: str) -> bool:
    return _UNREAD[form].fullmatch(cell) is not None
