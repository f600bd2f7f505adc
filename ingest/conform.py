"""A text table and its contract become a typed table and its rejects. Pure: no file, no clock.

For every table: rows landed = kept + quarantined + discarded. A cell that does not match its
column's form whole sends its row to quarantine; nothing is mended by guessing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from ingest.contracts.model import Column, RowRule, Table, codes, policy
from ingest.policy import Refused, TextTable
from ingest.pseudonyms import IS_VALID, NORMALISE

_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_ISO = re.compile(
    rf"(\d{{4}})-(\d{{2}})-(\d{{2}})(?:[T ]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:\.\d+)?)?Z?)?", re.ASCII
)
_NAMED_MONTH = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{2}|\d{4})", re.ASCII)
_COLLECT = re.compile(
    rf"(\d{{4}})-([A-Za-z]{{3}})-(\d{{2}})(?: {_HOUR}:{_SIXTY}:{_SIXTY})?", re.ASCII
)
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})", re.ASCII)
_MONTH_NAMES = "janfebmaraprmayjunjulaugsepoctnovdec"  # not the locale's
_MONTHS = {name: at // 3 + 1 for at in range(0, 36, 3) for name in [_MONTH_NAMES[at : at + 3]]}
_FORMS = {
    "integer": re.compile(r"-?\d+|\d{1,3}(?:[ ,\u00a0]\d{3})+", re.ASCII),
    "urn": re.compile(r"\d{6}", re.ASCII),
    "ods_code": re.compile(r"[A-Z0-9]{3,8}", re.ASCII),
}
_THOUSANDS = re.compile(r"[ ,\u00a0]")
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIAL = re.compile(r"(\d{1,6})(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Delivered:
    """What is known of a delivery beside its rows."""

    extract_date: date
    """Day of the extract by the manifest, else the day of receipt."""
    is_workbook: bool = False
    """Whether cells come from Excel, where a bare number in a date column is a day count."""
    day_first_dates: bool = False
    is_nil_return: bool = False


@dataclass(frozen=True)
class Conformed:
    """A typed table and what was set aside.

    ``kept``: one row per usable row, index ``source_row``, columns as delivered in the contract.
    ``rejects``: source_row, column, rule: one row per broken rule; quarantined rows and warnings.
    """

    kept: pd.DataFrame
    rejects: pd.DataFrame
    landed: int
    quarantined: int
    discarded: int


def conform(text: TextTable, table: Table, delivered: Delivered) -> Conformed:
    """Type every cell of ``text`` by ``table``.

    Raises:
        Refused: R-HDR, R-COL, R-EMPTY or R-BAD, with what to mend.
    """
    raw = _match_columns(text, table)
    _refuse_empty(raw, text, delivered)
    blanked = raw.map(_missing_is_none)
    unique = blanked[~blanked.duplicated(keep="first")]
    typed, problems = _type_cells(unique, table, delivered)
    problems += _impossible_times(typed, table, delivered)
    problems += _duplicate_keys(unique, table)
    for rule in table.rules:
        problems += _broken(rule, typed)
    rejects = _rejects(problems)
    bad = set(rejects.loc[rejects["outcome"] == "quarantine", "source_row"])
    kept = typed[~typed.index.isin(bad)]
    result = Conformed(kept, rejects, len(raw), len(bad), len(raw) - len(unique))
    _refuse_too_many(result, text)
    return result


def _match_columns(text: TextTable, table: Table) -> pd.DataFrame:
    """Columns by name, in the contract's order; position never matters."""
    delivered = {name.strip().casefold(): name for name in text.frame.columns}
    declared = {column.name.casefold(): column.name for column in table.columns}
    undeclared = [name for key, name in delivered.items() if key not in declared]
    if undeclared:
        positions = [list(text.frame.columns).index(name) + 1 for name in undeclared]
        raise Refused(
            "R-COL",
            f"{text.name}, header row",
            f"{len(undeclared)} column(s) that the contract does not declare, at position "
            + ", ".join(map(str, positions)),
            f"only {', '.join(declared.values())}",
            "send the file again without them: we may not hold what we have no purpose for",
        )
    missing = [name for key, name in declared.items() if key not in delivered]
    if missing:
        raise Refused(
            "R-HDR",
            f"{text.name}, header row",
            f"no column {', '.join(missing)}",
            f"all of {', '.join(declared.values())}, in any order",
            "add the column to the extract; leave its cells empty where nothing is known",
        )
    renamed = text.frame.rename(columns={v: declared[k] for k, v in delivered.items()})
    return renamed[list(declared.values())]


def _refuse_empty(raw: pd.DataFrame, text: TextTable, delivered: Delivered) -> None:
    if raw.empty and not delivered.is_nil_return:
        raise Refused(
            "R-EMPTY",
            text.name,
            "a header and no data row",
            "at least one row",
            "send the rows, or a manifest with row_count 0 if there truly are none",
        )


def _missing_is_none(cell: str | None) -> str | None:
    if cell is None or cell.strip().casefold() in policy().null_tokens:
        return None
    return cell.strip()


Problem = tuple[int, str, str, str]
"""source_row, column, rule, outcome."""


def _type_cells(
    raw: pd.DataFrame, table: Table, delivered: Delivered
) -> tuple[pd.DataFrame, list[Problem]]:
    problems: list[Problem] = []
    typed: dict[str, pd.Series] = {}
    for column in table.columns:
        cells = raw[column.name]
        if column.required:
            problems += [
                (row, column.name, "R-REQ", "quarantine") for row in cells[cells.isna()].index
            ]
        read = _reader(column, delivered)
        values = {cell: read(cell) for cell in cells.dropna().unique()}
        failed = cells.notna() & cells.map(lambda cell, v=values: v.get(cell) is None)
        rule, outcome = _consequence(column)
        problems += [(row, column.name, rule, outcome) for row in cells[failed].index]
        typed[column.name] = cells.map(lambda cell, v=values: v.get(cell)).astype(object)
    return pd.DataFrame(typed, index=raw.index), problems


def _consequence(column: Column) -> tuple[str, str]:
    if column.type in IS_VALID:
        return "R-ID", "warning"
    return ("R-CODE" if column.type == "code" else "R-TYPE"), "quarantine"


def _reader(column: Column, delivered: Delivered) -> Callable[[str], object | None]:
    """A function from a filled cell to its value, or None where it does not match whole."""
    if column.type == "date":
        return lambda cell: read_date(cell, delivered)
    if column.type == "code":
        known = {code.casefold(): code for code in codes(column.codes or "")}
        return lambda cell: known.get(cell.casefold())
    if column.type in IS_VALID:
        return lambda cell: _identifier(column.type, cell)
    if column.type in _FORMS:
        form = _FORMS[column.type]
        convert = _integer if column.type == "integer" else str.upper
        return lambda cell: convert(cell) if form.fullmatch(cell.upper()) else None
    return lambda cell: cell


def _identifier(kind: str, cell: str) -> str | None:
    normal = NORMALISE[kind](cell)
    return normal if IS_VALID[kind](normal) else None


def _integer(cell: str) -> int:
    return int(_THOUSANDS.sub("", cell))


def read_date(cell: str, delivered: Delivered) -> date | None:
    """One date by whole match, or None; the time of day is dropped and no zone is converted.

    Forms: ISO with or without time, ``28-Sep-22``, COLLECT's ``2022-Sep-28 00:00:00``, a day count
    of Excel's 1900 system in workbooks, and ``dd/mm/yyyy`` only where the contract says so.
    Two-digit years 69 to 99 are of the last century. Day and month order is never inferred.
    """
    if match := _ISO.fullmatch(cell):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NAMED_MONTH.fullmatch(cell):
        return _date(_year(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    if match := _COLLECT.fullmatch(cell):
        return _date(int(match[1]), _MONTHS.get(match[2].lower(), 0), int(match[3]))
    if delivered.day_first_dates and (match := _DAY_FIRST.fullmatch(cell)):
        return _date(_year(match[3]), int(match[2]), int(match[1]))
    if delivered.is_workbook and (match := _EXCEL_SERIAL.fullmatch(cell)):
        return _excel_day(int(match[1]))
    return None


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
    """Day counts up to 60 stand before Excel's invented 29 February 1900 and are not trusted."""
    return _EXCEL_EPOCH + timedelta(days=serial) if serial > 60 else None


def _impossible_times(typed: pd.DataFrame, table: Table, delivered: Delivered) -> list[Problem]:
    """Dates after the extract, and events before 1998 or before the row's birth date."""
    dates = [column for column in table.columns if column.type == "date"]
    births = typed[[column.name for column in dates if not column.is_event]]
    earliest = date.fromisoformat(policy().earliest_event)
    since = {
        row: max([earliest, *(day for day in born if day is not None)])
        for row, *born in births.itertuples(name=None)
    }
    problems: list[Problem] = []
    for column in dates:
        for row, day in typed[column.name].dropna().items():
            if day > delivered.extract_date:
                problems.append((row, column.name, "R-FUTURE", "quarantine"))
            elif column.is_event and day < since[row]:
                problems.append((row, column.name, "R-OLD", "quarantine"))
    return problems


def _duplicate_keys(raw: pd.DataFrame, table: Table) -> list[Problem]:
    """Rows of one key that differ: nobody can say which is right, so none is used."""
    keys = raw[list(table.key)]
    clash = keys.notna().all(axis=1) & keys.duplicated(keep=False)
    return [(row, ", ".join(table.key), "R-DUPKEY", "quarantine") for row in raw[clash].index]


def _broken(rule: RowRule, typed: pd.DataFrame) -> list[Problem]:
    where = ", ".join(rule.in_order or rule.age_of or ())
    broken = _out_of_order(rule, typed) if rule.in_order else _age_outside(rule, typed)
    return [(row, where, rule.id, "quarantine") for row in typed.index[broken]]


def _out_of_order(rule: RowRule, typed: pd.DataFrame) -> list[bool]:
    rows = typed[list(rule.in_order)].itertuples(index=False, name=None)
    return [days != sorted(days) for days in ([d for d in row if d is not None] for row in rows)]


def _age_outside(rule: RowRule, typed: pd.DataFrame) -> list[bool]:
    youngest, oldest = rule.age_between or (0, 0)
    rows = typed[list(rule.age_of or ())].itertuples(index=False, name=None)
    return [
        born is not None and on is not None and not youngest <= age(born, on) <= oldest
        for born, on in rows
    ]


def age(born: date, on: date) -> int:
    """Whole years from ``born`` to ``on``; negative before birth.

    Somebody born on 29 February reaches an age on 1 March in other years.
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _rejects(problems: list[Problem]) -> pd.DataFrame:
    frame = pd.DataFrame(problems, columns=["source_row", "column", "rule", "outcome"])
    frame["source_row"] = frame["source_row"].astype("int64")
    return frame.sort_values(["source_row", "column", "rule"], ignore_index=True)


def _refuse_too_many(result: Conformed, text: TextTable) -> None:
    limits, bad, landed = policy(), result.quarantined, result.landed
    many = bad > limits.quarantine_rows and bad > limits.quarantine_share * landed
    most = (
        bad >= limits.quarantine_majority_rows and bad > limits.quarantine_majority_share * landed
    )
    if many or most:
        worst = result.rejects[result.rejects["outcome"] == "quarantine"]
        counts = (
            worst.groupby(["rule", "column"])["source_row"].nunique().sort_values(ascending=False)
        )
        listed = "; ".join(
            f"{n} x {rule} in {column}" for (rule, column), n in counts.head(5).items()
        )
        raise Refused(
            "R-BAD",
            text.name,
            f"{bad} of {landed} rows break a rule ({listed})",
            f"at most {limits.quarantine_share:.0%} and {limits.quarantine_rows} rows, "
            f"and never more than {limits.quarantine_majority_share:.0%}",
            "mend the rows listed in the answer file and send the delivery again",
            result.rejects,
        )
