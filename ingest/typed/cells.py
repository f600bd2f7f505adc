"""From the text of one cell to its value, by the type of its column. Whole match or nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingest.contracts.model import Column, codes, policy
from ingest.typed.characters import packed
from ingest.typed.figures import read_figure
from ingest.typed.national_identifiers import IDENTIFIERS
from ingest.typed.prose import prose_fault

_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_ZONE, _MIDNIGHT = r"(Z|\+0[01]:?00)", r"00:00(?::00(?:\.0+)?)?"
# With a zone midnight alone is a day: 23:00 in UTC is the next day's midnight in a British summer.
_ISO = re.compile(
    rf"(\d{{4}})-(\d{{2}})-(\d{{2}})"
    rf"(?:[T ]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:\.\d+)?)?|(?:[T ]{_MIDNIGHT})?{_ZONE})?",
    re.ASCII,
)
_BRITISH, _SUMMER_OFFSET = ZoneInfo("Europe/London"), timedelta(hours=1)
_NAMED_MONTH = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{2}|\d{4})", re.ASCII)
_COLLECT = re.compile(
    rf"(\d{{4}})-([A-Za-z]{{3}})-(\d{{2}})(?: {_HOUR}:{_SIXTY}:{_SIXTY})?", re.ASCII
)
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})", re.ASCII)
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
"""English, whatever the locale of the machine."""
_MONTHS = {name[:3]: number for number, name in enumerate(MONTH_NAMES, 1)}
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIAL = re.compile(r"(\d{1,6})(?:\.\d+)?", re.ASCII)
_NUMBER = re.compile(r"-?(?:\d{1,15}|\d{1,3}(?:[ ,\u00a0]\d{3}){1,4})(?:\.\d{1,15})?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,15}|\d{1,3}(?:[ ,\u00a0]\d{3}){1,4}", re.ASCII)
_THOUSANDS = re.compile(r"[ ,\u00a0]")
_WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+", re.ASCII)
_SCIENTIFIC = re.compile(
    r"-?\d+(?:(?:[.,]\d+)? ?[Ee][+-]|[.,]\d+ ?[Ee])\d{1,3}", re.ASCII
)  # without a sign only after a decimal point: 12E4 may be a number of a case
_FORMS = {
    "urn": re.compile(r"\d{6}", re.ASCII),
    "ukprn": re.compile(r"1\d{7}", re.ASCII),
    "ods_code": re.compile(r"[A-Z0-9]{3,6}", re.ASCII),
    "la_code": re.compile(r"\d{3}", re.ASCII),
    "reference": re.compile(r"(?:[A-Z]{1,4}[-/]?)?\d{1,4}(?:[-/]\d{1,4})?", re.ASCII),
}
_BOOLEANS = {"1": True, "true": True, "y": True, "yes": True}
_BOOLEANS |= {"0": False, "false": False, "n": False, "no": False}
_AUTHORITY = re.compile(r"(?!999)[2-9]\d{2}|E(?:0[6-9]|10)\d{6}|(?:W06|S12|N09)\d{6}", re.ASCII)
"""Code of a local authority: three digits from 201 (DfE), or the nine characters of the ONS."""
_FILLER_DAYS = (date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1))
_FILLER_CELLS = ("00/01/1900", "0/1/1900", "1900-01-00")
_WORKBOOK_FILLERS = ("0", "1", "00:00:00")
"""Day 0 and day 1; what the reader makes of day 0 in a cell of a date is midnight."""


@dataclass(frozen=True)
class Delivered:
    """What is known of a delivery beside its rows."""

    extract_date: date
    """Day of the extract by the manifest, else the day of receipt."""
    is_workbook: bool = False
    """Whether cells come from Excel, where a bare number in a date column is a day count."""
    day_first_dates: bool = False
    has_filler_dates: bool = False
    """Whether 1 January 1900 and day 0 are a missing date."""
    is_nil_return: bool = False
    period: str = ""
    """Month of the delivery, YYYY-MM; a column that states a month must agree with it."""


def tokens(column: Column) -> tuple[frozenset[str], frozenset[str]]:
    """Case-folded words that mean missing in ``column``, and those that mean not applicable.

    A word that the column's own list holds means what the list says.
    """
    own, limits = _folded(column.words).keys(), policy()
    return frozenset({*limits.null_tokens} - own), frozenset({*limits.not_applicable_tokens} - own)


def reader(column: Column, delivered: Delivered) -> Callable[[str], object | None]:
    """A function from a filled, trimmed cell to its value, or None where it does not match whole.

    The value of a figure is a pair of number and symbol, one of which is None.
    """
    if column.use == "filled":
        return _is_filled
    if column.domain:
        return _shared_number
    match column.type:
        case "date":
            return lambda cell: read_date(cell, delivered)
        case "code":
            known = _folded(column.codes)
            return lambda cell: known.get(cell.casefold()) or known.get(without_float(cell))
        case "figure":
            symbols = _folded(column.symbols)
            return lambda cell: read_figure(cell, column.unit or "count", symbols)
        case "boolean":
            return lambda cell: _BOOLEANS.get(without_float(cell).casefold())
        case "number":
            return _number
        case "integer":
            return lambda cell: _integer(cell, column.between)
        case "nhs_number" | "upn" | "uln":
            return lambda cell: IDENTIFIERS[column.type].read(without_float(cell))
        case "prose":
            return lambda cell: None if prose_fault(cell) else cell
        case "urn" | "ukprn" | "ods_code" | "la_code" | "reference":
            form = _FORMS[column.type]
            return lambda cell: _of_form(form, without_float(cell).upper())
    return without_float if column.use == "pseudonym" else lambda cell: cell


def read_cells(column: Column, delivered: Delivered, cells: list[str]) -> list[object | None]:
    """What ``reader`` makes of each of many distinct cells; what stands as it is costs no call."""
    if column.use != "filled" and not column.domain:
        if column.type in IDENTIFIERS:
            return IDENTIFIERS[column.type].read_each(without_floats(cells))
        if column.type == "text":
            return without_floats(cells) if column.use == "pseudonym" else cells
    return [*map(reader(column, delivered), cells)]


def without_float(cell: str) -> str:
    """COLLECT and Excel write whole numbers as ``12345.0``."""
    match = _WHOLE_FLOAT.fullmatch(cell)
    return match[1] if match else cell


def without_floats(cells: list[str]) -> list[str]:
    """The same of many."""
    if "." not in "".join(cells):
        return cells
    return [without_float(cell) if "." in cell else cell for cell in cells]


def scientific(cells: list[str]) -> int:
    """How many cells stand as ``1.23457E+12`` or ``1.23457E12``: their last digits are lost."""
    if "e" not in "".join(cells).casefold():
        return 0
    return sum(_SCIENTIFIC.fullmatch(cell) is not None for cell in cells)


def _folded(domain: str | None) -> dict[str, str]:
    """The codes of a list as it writes them, by their case-folded form."""
    return {code.casefold(): code for code in codes(domain)} if domain else {}


def _of_form(form: re.Pattern[str], text: str) -> str | None:
    return text if form.fullmatch(text) else None


def _shared_number(cell: str) -> str:
    """A local number that several systems write: ``ehc-999 001`` is ``EHC999001``."""
    return packed(without_float(cell)).upper() or cell


def _is_filled(cell: str) -> bool | None:
    """Yes or no, or what says yes by itself: the code of an authority, or a day since 1998."""
    text = without_float(cell)
    answer = _BOOLEANS.get(text.casefold())
    if answer is not None or _AUTHORITY.fullmatch(text.upper()):
        return answer is None or answer
    day = read_date(cell, Delivered(date.max))
    return True if day and day >= date.fromisoformat(policy().earliest_event) else None


def _number(cell: str) -> float | None:
    return float(_THOUSANDS.sub("", cell)) if _NUMBER.fullmatch(cell) else None


def _integer(cell: str, between: tuple[int, int] | None) -> int | None:
    text = without_float(cell)
    if not _INTEGER.fullmatch(text):
        return None
    number, (low, high) = int(_THOUSANDS.sub("", text)), between or (-math.inf, math.inf)
    return number if low <= number <= high else None


def read_date(cell: str, delivered: Delivered) -> date | None:
    """One date by whole match, or None; the time of day is dropped and no zone is converted.

    Forms: ISO with or without time, with a zone the beginning of a British day alone,
    ``28-Sep-22``, COLLECT's ``2022-Sep-28 00:00:00``, a day count of Excel's 1900 system in
    workbooks, and ``dd/mm/yyyy`` only where the contract says so.
    Two-digit years 69 to 99 are of the last century. Day and month order is never inferred.
    """
    if match := _ISO.fullmatch(cell):
        day = _date(int(match[1]), int(match[2]), int(match[3]))
        is_ahead = (match[4] or "").startswith("+01")
        return None if day and is_ahead and not _is_british_summer(day) else day
    if match := _NAMED_MONTH.fullmatch(cell):
        return _date(_year(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    if match := _COLLECT.fullmatch(cell):
        return _date(int(match[1]), _MONTHS.get(match[2].lower(), 0), int(match[3]))
    if delivered.day_first_dates and (match := _DAY_FIRST.fullmatch(cell)):
        return _date(_year(match[3]), int(match[2]), int(match[1]))
    if delivered.is_workbook and (match := _EXCEL_SERIAL.fullmatch(cell)):
        return _excel_day(int(match[1]))
    return None


def _is_british_summer(day: date) -> bool:
    """Whether the day begins an hour before that of UTC: in winter +01:00 is another country."""
    return datetime.combine(day, time(), _BRITISH).utcoffset() == _SUMMER_OFFSET


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= 69 else 2000)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _excel_day(serial: int) -> date | None:
    """Day counts before 1906 are none: 2019 is a year, and 60 a day that Excel invented."""
    day = _EXCEL_EPOCH + timedelta(days=serial)
    return day if day >= date.fromisoformat(policy().earliest_date) else None


def is_filler_date(cell: str, delivered: Delivered) -> bool:
    """Whether a cell is what a system of fillers writes where it has no date."""
    in_any_form = replace(delivered, day_first_dates=True, is_workbook=False)
    return (
        cell in _FILLER_CELLS
        or (delivered.is_workbook and without_float(cell) in _WORKBOOK_FILLERS)
        or read_date(cell, in_any_form) in _FILLER_DAYS
    )
