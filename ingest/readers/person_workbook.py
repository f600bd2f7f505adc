"""XLSX bytes of a person-level delivery -> one text table a declared sheet.

What a workbook hides refuses it (``ingest/readers/xlsx.py`` says what it finds). A sheet that
stacks all tables is the template of the SEN2 return (``ingest/readers/sen2_template.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from ingest.contracts import Table
from ingest.readers.sen2_template import is_stacked, read_stacked
from ingest.readers.tabular import (
    blank_rows,
    passed_over,
    refuse_bad_names,
    refuse_miscount,
    used_columns,
    without_footers,
)
from ingest.readers.xlsx import (
    Sheet,
    Workbook,
    read_workbook,
    refuse_changed_numbers,
    sheet_name,
    text_columns,
)
from ingest.refusals import Refused
from ingest.typed.coded import encoded
from ingest.typed.headings import declared_name
from ingest.typed.text_table import TextTable


def read_person_workbook(
    data: bytes,
    where: str,
    tables: Sequence[Table],
    *,
    ignored_sheets: Collection[str] = (),
    footers: Sequence[str] = (),
    vouched_rows: int | None = None,
) -> dict[str, TextTable]:
    """Read the sheets of the declared tables, header row first, by table name.

    Names match trimmed and case-folded, also those of ``also_named``; a single sheet is the only
    declared table whatever its name; an optional table may be missing. Text stays as typed; whole
    numbers lose their '.0', dates become YYYY-MM-DD, date-times YYYY-MM-DDTHH:MM:SS, booleans TRUE
    or FALSE, blank cells None; blank rows, and ``footers`` below the table, are left out.
    ``source_row`` is Excel's row number. ``vouched_rows`` is the manifest's count of data rows
    over all sheets.

    Raises:
        Refused: R-SHEET for any finding but hidden rows, and for an undeclared or missing sheet;
            R-HDR for a bad header; R-END or R-EMPTY for a wrong number of rows.
    """
    workbook = read_workbook(data, where, {sheet_name(name) for name in ignored_sheets})
    for finding in workbook.findings:
        if finding.severity == "refuse":
            expected = "a plain workbook: visible, declared sheets that hold values"
            raise Refused(finding.rule, finding.where, finding.message, expected, finding.action)
    if is_stacked(workbook, tables):
        texts = read_stacked(workbook, tables)
    else:
        sheets = _declared_sheets(workbook, tables)
        texts = {
            t.name: _table(sheets[t.name], t, workbook, footers) for t in tables if t.name in sheets
        }
    refuse_miscount(sum(len(text.frame) for text in texts.values()), vouched_rows, where)
    return texts


def _declared_sheets(workbook: Workbook, tables: Sequence[Table]) -> dict[str, Sheet]:
    """Match sheets with the contract: each table that is not optional has one, and no other.

    An empty sheet that the contract does not know, such as Excel's own Sheet2, is passed over.
    """
    declared = {
        sheet_name(name): table.name for table in tables for name in (*table.also_named, table.name)
    }
    read = {
        (place, declared.get(sheet_name(name))): sheet
        for place, (name, sheet) in enumerate(workbook.sheets.items(), 1)
        if sheet.rows or len(workbook.sheets) == 1 or sheet_name(name) in declared
    }
    if len(tables) == len(read) == 1:
        return {tables[0].name: next(iter(read.values()))}
    named = {table: sheet for (_, table), sheet in read.items() if table}
    expected = "the sheets " + ", ".join(table.name for table in tables)
    if undeclared := [str(place) for place, table in read if table is None]:
        found = "an undeclared sheet, in place " + ", ".join(undeclared)
        action = "name it after its table, or delete it, and send the file again"
        raise Refused("R-SHEET", workbook.where, found, expected, action)
    if missing := [t.name for t in tables if t.name not in named and not t.is_optional]:
        found, action = f"no sheet {', '.join(missing)}", "add it, with exactly this name"
        raise Refused("R-SHEET", workbook.where, found, expected, action)
    if len(named) < len(read):
        found, action = "two sheets of one table", "keep one of them and send the file again"
        raise Refused("R-SHEET", workbook.where, found, expected, action)
    filled = [t for t in tables if t.name in named and (named[t.name].rows or not t.is_optional)]
    return {table.name: named[table.name] for table in filled}


def _table(sheet: Sheet, table: Table, workbook: Workbook, footers: Sequence[str]) -> TextTable:
    """Turn one sheet into a text table; its first filled row is the header."""
    where = f"{workbook.where}, sheet {table.name}"
    if not sheet.rows:
        raise Refused("R-EMPTY", where, "an empty sheet", "a header and rows", "send it again")
    if sheet.merged:
        found = f"merged cells ({', '.join(sheet.merged[:3])})"
        raise Refused("R-HDR", where, found, "one cell for each value", "unmerge all cells")
    columns = text_columns(sheet, where)
    titles = [(column[0] or "").strip() for column in columns]
    cells = [encoded(column[1:]) for column in columns]
    filled = np.flatnonzero(~blank_rows(cells)) + 1
    firsts = [(sheet.first_row + at, columns[0][at : at + 1]) for at in filled.tolist()]
    body, notes = without_footers(firsts, footers)
    kept = [number for number, _ in body]
    if len(kept) < len(sheet.rows) - 1:
        places = [number - sheet.first_row for number in kept]
        cells = [encoded([column[at] for at in places]) for column in columns]
    used = used_columns(titles, lambda at: cells[at].categories)
    names = {sheet.first_column + at: titles[at] for at in used}
    refuse_bad_names(names, f"{where}, row {sheet.first_row}")
    blank = len(sheet.rows) - 1 - len(filled)
    found = passed_over(notes, blank, len(titles) - len(used), where)
    numbers = [at for at in used if declared_name(titles[at], table) in _pseudonyms(table)]
    refuse_changed_numbers(sheet, kept, numbers, where)
    index = pd.Index(kept, name="source_row", dtype="int64")
    frame = pd.DataFrame({titles[at]: cells[at] for at in used}).set_axis(index)
    findings = (*workbook.findings, *found)
    return TextTable(table.name, frame, "xlsx", findings, places=tuple(names))


def _pseudonyms(table: Table) -> set[str]:
    return {column.name for column in table.columns if column.use == "pseudonym"}
