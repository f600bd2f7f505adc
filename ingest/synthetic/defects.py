"""Planted defects, and the key that says where they are and what must become of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .randomness import Draws

KEY_COLUMNS = ("file_name", "source_row", "column", "defect", "expected_outcome", "rule", "table")

Record = dict[str, str]
Spoiler = Callable[[Record, int, float], str]
Choice = Callable[[pd.DataFrame], pd.Series]


def any_row(rows: pd.DataFrame) -> pd.Series:
    """Tell that every row suits."""
    return pd.Series(True, index=rows.index)


@dataclass(frozen=True)
class Defect:
    """One kind of defect.

    ``make(row, extract, draw)`` changes a copy of a row (``extract`` is the extract day, ``draw``
    a number in [0, 1)) and returns the column that it spoilt. An added row is appended to the
    file, leaving the original where it was.
    """

    name: str
    outcome: str
    rule: str
    make: Spoiler
    is_added: bool = False
    suits: Choice = any_row


def moved(day: str, by: int) -> str:
    """Give the ISO date so many days later."""
    return str(np.datetime64(day, "D") + by)


def filled(*columns: str) -> Choice:
    """Choose rows in which all these columns are filled."""
    return lambda rows: (rows[list(columns)] != "").all(axis=1)


def empty(*columns: str) -> Choice:
    """Choose rows in which all these columns are empty."""
    return lambda rows: (rows[list(columns)] == "").all(axis=1)


def impossible_date(column: str) -> Defect:
    """Write 31 February."""

    def make(row: Record, extract: int, draw: float) -> str:
        row[column] = f"{row[column][:4]}-02-31"
        return column

    return Defect("impossible_date", "quarantine", "R-TYPE", make, suits=filled(column))


def invalid_check(column: str) -> Defect:
    """Change the check character: the last digit of a number, the first letter of a UPN."""

    def make(row: Record, extract: int, draw: float) -> str:
        text = row[column]
        if text[0].isdigit():
            row[column] = text[:-1] + str((int(text[-1]) + 1 + int(draw * 9)) % 10)
        else:
            letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
            row[column] = letters[(letters.index(text[0]) + 1 + int(draw * 22)) % 23] + text[1:]
        return column

    return Defect("invalid_check_digit", "warning", "R-ID", make, suits=filled(column))


def unknown_code(column: str, *codes: str, name: str = "unknown_code") -> Defect:
    """Write a code that is in no list."""

    def make(row: Record, extract: int, draw: float) -> str:
        row[column] = codes[int(draw * len(codes))]
        return column

    return Defect(name, "quarantine", "R-CODE", make)


def before(
    first: str, then: str, rule: str, *, outcome: str = "quarantine", by: int = 30, suits: Choice,
    name: str = "order_broken",
) -> Defect:  # fmt: skip
    """Date one event up to ``by`` days before another that it should follow."""

    def make(row: Record, extract: int, draw: float) -> str:
        row[then] = moved(row[first], -1 - int(draw * by))
        return then

    return Defect(name, outcome, rule, make, suits=suits)


def in_future(column: str, suits: Choice | None = None, name: str = "future_event") -> Defect:
    """Date an event up to two months after the extract."""

    def make(row: Record, extract: int, draw: float) -> str:
        row[column] = str(np.datetime64(extract + 1 + int(draw * 60), "D"))
        return column

    return Defect(name, "quarantine", "R-FUTURE", make, suits=suits or empty(column))


def duplicate_row(key: str) -> Defect:
    """Send a row twice."""
    return Defect("duplicate_row", "discard", "R-DUPROW", lambda *_: key, is_added=True)


def duplicate_key(key: str, change: Callable[[Record], None], suits: Choice = any_row) -> Defect:
    """Send a row again with something changed."""

    def make(row: Record, extract: int, draw: float) -> str:
        change(row)
        return key

    return Defect("duplicate_key", "quarantine", "R-DUPKEY", make, is_added=True, suits=suits)


def missing(*columns: str, suits: Choice = any_row) -> Defect:
    """Leave a required cell empty."""

    def make(row: Record, extract: int, draw: float) -> str:
        column = columns[int(draw * len(columns))]
        row[column] = ""
        return column

    return Defect("missing_required", "quarantine", "R-REQ", make, suits=suits)


def tells_somebody(column: str) -> Defect:
    """Append what tells somebody; the telephone is of the range kept for drama (Ofcom)."""
    tells = ("0151 496 0123", "999 000 0018", "head@school.example", "CH41 1AA")

    def make(row: Record, extract: int, draw: float) -> str:
        row[column] += f" Ask {tells[int(draw * len(tells))]}."
        return column

    return Defect("tells_somebody", "quarantine", "R-PROSE", make)


def orphan(column: str) -> Defect:
    """Let a row belong to a parent that is not in the delivery."""

    def make(row: Record, extract: int, draw: float) -> str:
        row[column] = str(900_000 + int(draw * 90_000))
        return column

    return Defect("orphan_row", "quarantine", "R-PARENT", make)


def setting(column: str, *values: str) -> Callable[[Record], None]:
    """Give a change that writes the first value that does not stand in a column already."""

    def change(row: Record) -> None:
        row[column] = next(value for value in values if value != row[column])

    return change


def plant(
    rows: pd.DataFrame, rate: float, extract: int, draws: Draws, defects: Sequence[Defect]
) -> tuple[pd.DataFrame, list[tuple[object, ...]]]:
    """Spoil a share of a delivery's rows, one defect each.

    Args:
        rows: the sound delivery, text.
        rate: share of rows to spoil, 0 to 1.
        extract: day of the extract, since 1970-01-01.
        draws: the delivery's own stream.
        defects: the kinds to plant in turn.

    Returns:
        The delivery with its defects (added rows at the end), and the key without file name:
        one tuple per row touched, in row order; a duplicate key touches both of its rows.
    """
    if not rate or rows.empty or not defects:
        return rows, []
    order = np.argsort(draws.uniform("rows", len(rows)), kind="stable")
    amounts = draws.uniform("amount", round(rate * len(rows)))
    first = int(draws.whole("first kind", 1, 0, len(defects) - 1)[0])
    fits = [iter(order[defect.suits(rows).to_numpy()[order]].tolist()) for defect in defects]
    cells = rows.to_numpy(dtype=object, copy=True)
    used: set[int] = set()
    added: list[Record] = []
    key: list[tuple[object, ...]] = []
    for number, amount in enumerate(amounts, first):
        defect = defects[number % len(defects)]
        place = next((p for p in fits[number % len(defects)] if p not in used), None)
        if place is None:
            continue
        used.add(place)
        row = dict(zip(rows.columns, cells[place], strict=True))
        column = defect.make(row, extract, float(amount))
        touched = [place]
        if defect.is_added:
            added.append(row)
            touched = [len(rows) + len(added) - 1, *touched * (defect.outcome == "quarantine")]
        else:
            cells[place] = list(row.values())
        key += [(at + 2, column, defect.name, defect.outcome, defect.rule) for at in touched]
    spoilt = np.concatenate([cells, pd.DataFrame(added, columns=rows.columns).to_numpy(object)])
    return pd.DataFrame(spoilt, columns=rows.columns), sorted(key)
