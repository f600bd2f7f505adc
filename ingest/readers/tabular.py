"""What a delivered table has in every format: a header, rows, and what lies around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ingest.refusals import Finding, Refused
from ingest.typed.characters import legible, legible_each
from ingest.typed.coded import spread

MAX_FIELD_CHARACTERS = 1_000_000  # the longest honest free text is far below; a bomb is above
MAX_ROWS = 2_000_000  # ten times the largest monthly snapshot of one sender that we expect
Record = tuple[int, Sequence[str | None]]
"""The row on which it starts, and its cells."""


def without_blank_rows(records: Iterable[Record], limit: int) -> tuple[list[Record], int]:
    """The first ``limit`` rows in which something stands, and how many blank ones lie between."""
    filled: list[Record] = []
    blank = 0
    for record in records:
        if is_blank(record[1]):
            blank += 1
        elif len(filled) < limit:
            filled.append(record)
        else:
            break
    return filled, blank


def blank_rows(columns: Sequence[pd.Categorical]) -> np.ndarray:
    """For each row of a table in columns whether nothing that can be seen stands in it."""
    is_blank = np.ones(len(columns[0]), bool)
    for column in sorted(columns, key=lambda column: len(column.categories)):  # the cheapest first
        if not is_blank.any():
            break
        seen = legible_each(column.categories.tolist())
        is_blank &= spread(column, np.array([*(not text for text in seen), True]))
    return is_blank


def is_blank(cells: Iterable[str | None]) -> bool:
    """Whether nothing that can be seen stands in any of these cells."""
    return not any(map(legible, filter(None, cells)))


def without_footers(
    records: list[Record], footers: Sequence[str]
) -> tuple[list[Record], list[Record]]:
    """Split the notes and totals below a table from its rows.

    The first cell is one of the words, or goes on after a colon: a "Total Recall Ltd" is data.
    """
    end = len(records)
    while end and _is_footer(records[end - 1][1], footers):
        end -= 1
    return records[:end], records[end:]


def used_columns(
    names: Sequence[str], cells_of: Callable[[int], Iterable[str | None]]
) -> list[int]:
    """Places, from 0, of the columns in which something stands: a name or a cell."""
    return [at for at, name in enumerate(names) if name or not is_blank(cells_of(at))]


def passed_over(
    notes: list[Record], blank_rows: int, blank_columns: int, where: str
) -> tuple[Finding, ...]:
    """One note on whatever of a table is left out."""
    left_out = {
        "row(s) below the table, as notes or totals": len(notes),
        "blank row(s)": blank_rows,
        "blank column(s)": blank_columns,
    }
    counted = [f"{count} {what}" for what, count in left_out.items() if count]
    if not counted:
        return ()
    place = f"{where}, row {notes[0][0]}" if notes else where
    action = "export without notes, totals, blank rows and blank columns"
    return (Finding("R-HDR", "note", place, f"left out: {'; '.join(counted)}", action),)


def _is_footer(cells: Sequence[str | None], footers: Sequence[str]) -> bool:
    first = (cells[0] or "").strip().casefold()
    return first.partition(":")[0].rstrip() in footers


def refuse_miscount(
    rows: int, vouched_rows: int | None, where: str, *, may_be_empty: bool = False
) -> None:
    """Refuse an empty table that no manifest vouches for, and any count that it contradicts."""
    if vouched_rows is not None and rows != vouched_rows:
        raise Refused(
            "R-END",
            where,
            f"{rows} data rows",
            f"the {vouched_rows} that the manifest states",
            "send the whole file again, or correct the manifest: row_count is the number of data "
            "rows of all tables in the file",
        )
    if rows == 0 and vouched_rows is None and not may_be_empty:
        raise Refused(
            "R-EMPTY",
            where,
            "a header without data rows",
            "at least one row",
            "send the rows; if there are none, send a manifest with row_count 0 (a nil return)",
        )


def refuse_bad_names(names: Mapping[int, str], where: str) -> None:
    """Refuse a title line, and a header whose trimmed, case-folded names are empty or repeated.

    ``names``: by the column's place in the file, from 1.
    """
    if len(names) > 2 and sum(map(bool, names.values())) == 1:  # of two, one is rather missing
        raise title_line(where)
    first_seen: dict[str, int] = {}
    for column, name in names.items():
        if not name:
            raise Refused(
                "R-HDR",
                f"{where}, column {column}",
                "no column name",
                "a name for every column",
                "name the column, or empty its cells; column names are in the first row, without "
                "merged cells or a title line",
            )
        if name.casefold() in first_seen:
            raise Refused(
                "R-HDR",
                f"{where}, columns {first_seen[name.casefold()]} and {column}",
                "the same column name twice",
                "names that differ by more than capitals and spaces",
                "rename or remove one of the two columns",
            )
        first_seen[name.casefold()] = column


def title_line(where: str) -> Refused:
    """The refusal of a table with something above its column names."""
    return Refused(
        "R-HDR",
        where,
        "a title line above the column names",
        "column names in the first row",
        "remove it: column names come first",
    )
