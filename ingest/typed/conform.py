"""A text table and its contract become a typed table and its rejects. Pure: no file, no clock.

For every table: rows landed = kept + quarantined + discarded. A cell that does not match its
column's form whole sends its row to quarantine; nothing is mended by guessing. What rows promise
as a whole, and how the tables of a delivery hang together, is in ``ingest/typed/relations.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import pandas as pd

from ingest.contracts import Column, Table, policy
from ingest.contracts.model import CATALOGUE, codes
from ingest.refusals import Finding, Refused
from ingest.typed.cells import (
    Delivered,
    is_filler_date,
    read_cells,
    scientific,
    tokens,
    without_float,
    without_floats,
)
from ingest.typed.characters import legible_each
from ingest.typed.coded import recoded, spread, text_column, without_cells
from ingest.typed.date_columns import DateColumn, read_dates
from ingest.typed.headings import LIKE, match_columns
from ingest.typed.national_identifiers import IDENTIFIERS
from ingest.typed.prose import prose_fault
from ingest.typed.text_table import TextTable

NOT_APPLICABLE = "_not_applicable"
"""Column of a typed table that names those in which the sender wrote so."""
_FEWEST_SWAPPED = 3
_ID, _NO_ID = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*", re.ASCII), re.compile(r"[\W_]+")
_GOES_AS_IT_IS = ("integer", "ods_code", "urn", "ukprn", "la_code")
Values = dict[str, object | None]
"""What each distinct filled cell of a column means; None where it does not match whole."""


class Problem(NamedTuple):
    """One broken rule of one row; ``why`` says more than the rule does, or nothing."""

    row: int
    column: str
    rule: str
    outcome: str
    why: str = ""


def is_of_column(rule: str, why: str) -> bool:
    """Whether ``why`` is said of a whole column of dates, and so once for all of its rows."""
    return rule == "R-TYPE" and bool(why)


@dataclass(frozen=True)
class Typed:
    """The cells of one table, each judged by itself; rows by their place in the delivery, from 0.

    ``rows``: a column per declared one that is not discarded, missing where a cell is missing or
    not sound, and ``NOT_APPLICABLE``; a figure has its symbol beside it as ``<name>_symbol``. All
    are categories but figures and numbers.
    ``is_filled``: whether something stood there, sound or not. ``source_rows``: of every landed
    row; the rows of an XML file may share a line.
    """

    rows: pd.DataFrame
    is_filled: pd.DataFrame
    problems: list[Problem]
    source_rows: pd.Index
    discarded_columns: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Conformed:
    """A typed table and what was set aside.

    ``kept``: one row per usable row, index ``source_row``, columns as in ``Typed``.
    ``rejects``: source_row, column, rule, outcome, why: one row per broken rule; quarantined rows
    and warnings. ``again``: the same of rows that are sound by themselves and stand there twice.
    """

    kept: pd.DataFrame
    rejects: pd.DataFrame
    landed: int
    quarantined: int
    discarded: int
    discarded_columns: int = 0
    """Delivered columns that held something and that we have no purpose for."""
    findings: tuple[Finding, ...] = ()
    """What was read otherwise than it is agreed."""
    again: pd.DataFrame = field(default_factory=pd.DataFrame)


def type_table(text: TextTable, table: Table, delivered: Delivered) -> Typed:
    """Type every cell of ``text`` by ``table``; of exact duplicate rows the first stays.

    Raises:
        Refused: R-COL, R-HDR, R-SCI, R-SWAP, R-NOID or R-PERIOD, with what to mend.
    """
    source_rows = text.frame.index
    landed = {
        name: without_cells(len(source_rows)) if cells is None else text_column(cells)
        for name, cells in match_columns(text, table).items()
    }
    blanked, not_applicable = _without_tokens(landed, table, delivered)
    is_first = _first_of_duplicates(blanked)
    index = pd.RangeIndex(len(source_rows))[is_first]
    cells = {name: column[is_first] for name, column in blanked.items()}
    typed: dict[str, pd.Categorical | np.ndarray] = {}
    problems: list[Problem] = []
    findings: list[Finding] = []
    for column in _used(table):
        own = cells[column.name]
        told = own.categories.tolist()
        dates = _dates(told, column, delivered)
        read = dates.days.values() if dates else read_cells(column, delivered, told)
        values = dict(zip(told, read, strict=True))
        _refuse_lost_digits(values, column, text)
        _refuse_swapped(own, values, column, text)
        _refuse_unidentified(own, values, column, text)
        _refuse_misplaced(values, column, text)
        _refuse_other_month(values, column, delivered, text)
        unsure = _unsure(own, dates)
        problems += _cell_problems(own, index, values, column, unsure)
        findings += _date_findings(own, dates, column, text)
        typed |= _typed(own, values, column)
    rows = pd.DataFrame(typed, index=index)
    rows[NOT_APPLICABLE] = not_applicable[is_first]
    is_filled = pd.DataFrame({name: own.codes >= 0 for name, own in cells.items()}, index=index)
    discarded = [column.name for column in table.columns if column.use == "discard"]
    held = int(is_filled[discarded].any().sum())
    return Typed(rows, is_filled, problems, source_rows, held, tuple(findings))


def _used(table: Table) -> list[Column]:
    return [column for column in table.columns if column.use != "discard"]


def _without_tokens(
    landed: dict[str, pd.Categorical], table: Table, delivered: Delivered
) -> tuple[dict[str, pd.Categorical], pd.Categorical]:
    """Legible cells, None where missing, and the columns of each row that do not apply."""
    cells: dict[str, pd.Categorical] = {}
    spared: dict[str, np.ndarray] = {}
    for column in table.columns:
        missing, not_applicable = tokens(column)
        words = missing | not_applicable
        told = legible_each(landed[column.name].categories.tolist())
        said = "\n".join(told).casefold().split("\n") if told else []
        filled: list[str | None] = [*told]
        if not words.isdisjoint(said):
            filled = [None if word in words else t for t, word in zip(told, said, strict=True)]
        if column.type == "date" and delivered.has_filler_dates:
            filled = [None if t and is_filler_date(t, delivered) else t for t in filled]
        cells[column.name] = recoded(landed[column.name], filled)
        if column.use not in ("discard", "period") and not_applicable.intersection(said):
            is_spared = np.array([*(word in not_applicable for word in said), False])
            spared[column.lake_name] = spread(landed[column.name], is_spared)
    return cells, _named(spared, len(next(iter(landed.values()))))


def _named(spared: dict[str, np.ndarray], rows: int) -> pd.Categorical:
    """For each row the names of the columns in which something is true."""
    names, is_any = list(spared), np.logical_or.reduce([*spared.values(), np.zeros(rows, bool)])
    joined = np.full(rows, None, dtype=object)
    for row in np.flatnonzero(is_any):
        joined[row] = ", ".join(name for name in names if spared[name][row])
    return text_column(pd.Series(joined, dtype=object))


def _first_of_duplicates(cells: dict[str, pd.Categorical]) -> np.ndarray:
    """Which rows are like none before them; a column without a cell twice tells all rows apart."""
    rows = len(next(iter(cells.values())))
    if any(len(column.categories) == rows for column in cells.values()):
        return np.ones(rows, bool)
    return ~pd.DataFrame({n: c.codes for n, c in cells.items()}).duplicated().to_numpy()


def _dates(told: list[str], column: Column, delivered: Delivered) -> DateColumn | None:
    is_of_dates = column.type == "date" and column.use != "filled"
    return read_dates(told, delivered) if is_of_dates else None


def _unsure(cells: pd.Categorical, dates: DateColumn | None) -> dict[str, str]:
    """What is said of the whole column instead of each cell, where several cells are unsure."""
    unread = dates.unread() if dates else set()
    if not unread or not dates:
        return {}
    counts = _counts(cells)
    if sum(counts[cell] for cell in unread) < 2:
        return {}
    return dict.fromkeys(unread, dates.said_of(unread, counts))


def _counts(cells: pd.Categorical) -> dict[str, int]:
    """How many rows have each cell."""
    counts = np.bincount(cells.codes + 1, minlength=len(cells.categories) + 1)[1:]
    return dict(zip(cells.categories, counts.tolist(), strict=True))


def _date_findings(
    cells: pd.Categorical, dates: DateColumn | None, column: Column, text: TextTable
) -> list[Finding]:
    """A note that dates of no declared form were read, because they have one reading."""
    read = dates.forms.keys() - dates.unread() if dates else set()
    if not dates or not read:
        return []
    message = f"{dates.said_of(read, _counts(cells))}, and read: the order is clear"
    action = "write dates as YYYY-MM-DD, so that a later list with another order is not refused"
    return [Finding("R-TYPE", "note", f"{text.name}, column {column.name}", message, action)]


def _typed(
    cells: pd.Categorical, values: Values, column: Column
) -> dict[str, pd.Categorical | np.ndarray]:
    """The values of a column by row: categories, but of numbers that may have decimals."""
    if column.type == "figure":
        pairs = [pair or (None, None) for pair in values.values()]
        symbols = recoded(cells, [symbol for _, symbol in pairs])
        return {
            column.name: _numbers(cells, [number for number, _ in pairs]),
            f"{column.name}_symbol": symbols,
        }
    if column.type == "number":
        return {column.name: _numbers(cells, [*values.values()])}
    return {column.name: recoded(cells, [*values.values()])}


def _numbers(cells: pd.Categorical, read: list[float | None]) -> np.ndarray:
    return spread(cells, np.array([*read, None], np.float64))


def _cell_problems(
    cells: pd.Categorical, index: pd.Index, values: Values, column: Column, unsure: dict[str, str]
) -> list[Problem]:
    problems = []
    if column.required:
        unfilled = index[cells.codes < 0]
        problems = [Problem(row, column.name, "R-REQ", "quarantine") for row in unfilled]
    faults = {cell: _fault(cell, column) for cell, value in values.items() if value is None}
    unsound = faults | unsure
    if not unsound:
        return problems
    rule, outcome = _consequence(column)
    is_unsound = np.array([*(cell in unsound for cell in values), False])
    found = np.flatnonzero(spread(cells, is_unsound))
    return problems + [
        Problem(index[at], column.name, rule, outcome, unsound[cells[at]]) for at in found
    ]


def _consequence(column: Column) -> tuple[str, str]:
    if column.type in IDENTIFIERS:
        return "R-ID", "warning"
    return {"code": "R-CODE", "prose": "R-PROSE"}.get(column.type, "R-TYPE"), "quarantine"


def _fault(cell: str, column: Column) -> str:
    if column.type == "prose":
        return prose_fault(cell) or ""
    if column.codes == CATALOGUE:
        return _misspelt(cell)
    kind = IDENTIFIERS.get(column.type)
    return (kind and kind.fault(kind.normalise(without_float(cell)))) or ""


def _misspelt(cell: str) -> str:
    """Which indicator an unknown id is like. What was typed is repeated where it has an id's form
    and is like one, so that it is nobody's name."""
    near = get_close_matches(_NO_ID.sub("_", cell.casefold()), codes(CATALOGUE), 1, LIKE)
    typed = (
        f"{cell} is not in the catalogue: "
        if near and _ID.fullmatch(cell) and not prose_fault(cell)
        else ""
    )
    return f"{typed}did you mean {near[0]}?" if near else ""


def _refuse_lost_digits(values: Values, column: Column, text: TextTable) -> None:
    holds_numbers = column.type in {*IDENTIFIERS, "urn", "ukprn"} or column.use == "pseudonym"
    lost = scientific([*values]) if holds_numbers else 0
    if lost:
        raise Refused(
            "R-SCI",
            f"{text.name}, column {column.name}",
            f"{lost} number(s) written like 1.2E+12",
            "every number with all its digits",
            "export the column as text: last digits are lost, perhaps in other rows too",
        )


def _refuse_swapped(cells: pd.Categorical, values: Values, column: Column, text: TextTable) -> None:
    """NHS numbers and ULNs satisfy different sums, so a whole column cannot pass by chance."""
    enough = column.type in IDENTIFIERS and (cells.codes >= 0).sum() >= _FEWEST_SWAPPED
    if not enough or any(value is not None for value in values.values()):
        return
    for kind in IDENTIFIERS.values():
        if all(kind.read_each(without_floats([*values]))):
            raise Refused(
                "R-SWAP",
                f"{text.name}, column {column.name}",
                f"{kind.title}s only, and no {IDENTIFIERS[column.type].title}",
                f"in each row {IDENTIFIERS[column.type].form}",
                "two columns were probably exchanged in the extract: put each under its own name",
            )


def _refuse_unidentified(
    cells: pd.Categorical, values: Values, column: Column, text: TextTable
) -> None:
    """One refusal instead of a warning a row; of a column that is mostly empty each is told."""
    limits, filled = policy(), int((cells.codes >= 0).sum())
    enough = max(limits.identifier_cells, limits.identifier_filled_share * len(cells))
    if column.type not in IDENTIFIERS or filled < enough:
        return
    is_sound = pd.notna(np.array([*values.values(), None], object))
    sound = int(spread(cells, is_sound).sum())
    if sound < limits.identifier_sound_share * filled:
        kind = IDENTIFIERS[column.type]
        raise Refused(
            "R-NOID",
            f"{text.name}, column {column.name}",
            f"a valid {kind.title} in {sound or 'none'} of {filled} filled cells",
            f"one {kind.title} in each filled cell, {kind.form}",
            "check what the extract puts into this column: only digits and letters, "
            "formatted as text, without formulas or quotation marks",
        )


def _refuse_misplaced(values: Values, column: Column, text: TextTable) -> None:
    """Codes and counts go further as they are: an identifier among them would too."""
    if column.use != "keep" or column.type not in _GOES_AS_IT_IS:
        return
    told = without_floats([*values])
    found = [kind.title for kind in IDENTIFIERS.values() if any(kind.read_each(told))]
    if found:
        raise Refused(
            "R-SWAP",
            f"{text.name}, column {column.name}",
            f"cells that are a sound {' or '.join(found)}",
            "no identifier of a person in this column",
            "two columns were probably exchanged in the extract: put each under its own name",
        )


def _refuse_other_month(
    values: Values, column: Column, delivered: Delivered, text: TextTable
) -> None:
    if column.use != "period" or not delivered.period:
        return
    if {str(day)[:7] for day in values.values() if day} - {delivered.period}:
        raise Refused(
            "R-PERIOD",
            f"{text.name}, column {column.name}",
            f"rows of another month than {delivered.period}, the month of the delivery",
            f"only {delivered.period} in column {column.name}",
            "send each month as a separate delivery, and check the month of this delivery",
        )
