"""The one-workbook template of the SEN2 return: a single sheet on which all tables are stacked.

A row whose only cell is a table's title (``also_named`` of the contract) opens the table; the next
filled row holds its headings, and rows follow until the next title. Only persons and requests have
numbers of their own. The other tables are tied by the number of the request, which is the key of
those with one row a request; the tables below these are counted within it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from ingest.contracts import Table
from ingest.readers.tabular import refuse_bad_names
from ingest.readers.xlsx import (
    Sheet,
    Workbook,
    refuse_changed_numbers,
    sheet_name,
    text_columns,
)
from ingest.refusals import Refused
from ingest.typed.headings import heading
from ingest.typed.text_table import TextTable

REQUEST, PERSON = "requeststableid", "persontableid"

Row = tuple[str | None, ...]


def is_stacked(workbook: Workbook, tables: Sequence[Table]) -> bool:
    """Whether one sheet of another name stands where the contract has several tables."""
    names = {sheet_name(name) for table in tables for name in (table.name, *table.also_named)}
    return (
        len(tables) > 1
        and len(workbook.sheets) == 1
        and not names & set(map(sheet_name, workbook.sheets))
    )


def read_stacked(workbook: Workbook, tables: Sequence[Table]) -> dict[str, TextTable]:
    """Read the stacked tables by name, under the contract's column names where it knows them.

    ``source_row`` is Excel's row number. Lines of the form in which nothing stands but what is
    discarded, such as a kind of record, are left out.

    Raises:
        Refused: R-SHEET for a table that is missing or there twice, R-HDR for bad headings.
    """
    (sheet,) = workbook.sheets.values()
    blocks = _blocks(sheet, workbook.where, tables)
    missing = [t for t in tables if t.name not in blocks and not t.is_optional]
    if missing:
        titles = ", ".join(table.also_named[0] for table in missing)
        raise _not_stacked(workbook.where, f"a sheet without the title {titles}", tables)
    referenced = {c.references for table in tables for c in table.columns if c.references}
    texts: dict[str, TextTable] = {}
    people: dict[str, str] = {}
    for table in tables:
        if table.name in blocks:
            where = f"{workbook.where}, table {table.name}"
            frame = _frame(blocks[table.name], table, sheet, where)
            frame = _of_its_person(_filled_in(frame, table), people)
            if REQUEST in table.key and {REQUEST, PERSON} <= {*frame}:
                people = dict(zip(frame[REQUEST], frame[PERSON], strict=True))
            frame = _tied(frame, table, is_parent=table.name in referenced)
            texts[table.name] = TextTable(table.name, frame, "xlsx", workbook.findings)
    return texts


def _not_stacked(where: str, found: str, tables: Sequence[Table]) -> Refused:
    names = ", ".join(table.name for table in tables)
    return Refused(
        "R-SHEET",
        where,
        found,
        f"a sheet for each of the tables {names}, or the template with all of them on one sheet, "
        "each below its title",
        "name the sheets after the tables, or add the missing title and its headings",
    )


def _blocks(sheet: Sheet, where: str, tables: Sequence[Table]) -> dict[str, dict[int, Row]]:
    """The filled rows below each title, by Excel's row number."""
    titles = {sheet_name(title): table.name for table in tables for title in table.also_named}
    blocks: dict[str, dict[int, Row]] = {}
    above: dict[int, Row] = {}
    rows = above
    for number, cells in enumerate(zip(*text_columns(sheet, where), strict=True), sheet.first_row):
        filled = [cell for cell in cells if cell and cell.strip()]
        title = titles.get(sheet_name(filled[0])) if len(filled) == 1 else None
        if title in blocks:
            raise _not_stacked(where, f"the title of the table {title} twice", tables)
        if title:
            rows = blocks[title] = {}
        elif filled:
            rows[number] = cells
    if any(len([cell for cell in cells if cell]) > 1 for cells in above.values()):
        raise _not_stacked(where, "rows of several cells above the first title", tables)
    _refuse_merged(sheet, where, {number for block in blocks.values() for number in block})
    return blocks


def _refuse_merged(sheet: Sheet, where: str, rows: set[int]) -> None:
    """Titles may span columns; headings and values may not."""
    for area in sheet.merged:
        first, *_, last = re.findall(r"\d+", area * 2)[1:]
        if any(number in rows for number in range(int(first), int(last) + 1)):
            found = f"merged cells ({area})"
            raise Refused("R-HDR", where, found, "one cell for each value", "unmerge all cells")


def _frame(block: dict[int, Row], table: Table, sheet: Sheet, where: str) -> pd.DataFrame:
    """Headings and rows as a frame; a column without heading and value is none."""
    if not block:
        raise Refused("R-HDR", where, "no headings", "headings below the title", "put them in")
    number = min(block)
    header = block.pop(number)
    columns = [at for at, name in enumerate(header) if name or any(r[at] for r in block.values())]
    names = [(header[at] or "").strip() for at in columns]
    places = [at + 1 for at in columns]
    refuse_bad_names(dict(zip(places, names, strict=True)), f"{where}, row {number}")
    known = {heading(n): c.name for c in table.columns for n in (*c.also_named, c.name)}
    index = pd.Index(list(block), name="source_row", dtype="int64")
    rows = [[cells[at] for at in columns] for cells in block.values()]
    named = [known.get(heading(name), name) for name in names]
    pseudonyms = {c.name for c in table.columns if c.use == "pseudonym"}
    numbers = [at for at, name in zip(columns, named, strict=True) if name in pseudonyms]
    refuse_changed_numbers(sheet, list(block), numbers, where)
    return pd.DataFrame(rows, index=index, columns=named, dtype=object)


def _filled_in(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The rows in which more stands than the form itself writes."""
    passed_over = {c.name for c in table.columns if c.use == "discard"} - {REQUEST}
    told = [name for name in frame if name not in passed_over]
    return frame[frame[told].notna().any(axis=1)] if told else frame


def _of_its_person(frame: pd.DataFrame, people: dict[str, str]) -> pd.DataFrame:
    """A row that names another person than its request belongs to no request that we know."""
    if not people or not {REQUEST, PERSON} <= {*frame}:
        return frame
    requests = [
        f"{request} of another" if person and people.get(request, person) != person else request
        for request, person in zip(frame[REQUEST], frame[PERSON], strict=True)
    ]
    return frame.assign(**{REQUEST: pd.Series(requests, frame.index, dtype=object)})


def _tied(frame: pd.DataFrame, table: Table, *, is_parent: bool) -> pd.DataFrame:
    """Fill in the table's key and its parent's, where only the request is told."""
    (key,) = table.key
    if key in frame or REQUEST not in frame:
        return frame
    requests = [text.strip() if text else None for text in frame[REQUEST]]
    seen: dict[str | None, dict[tuple, int]] = defaultdict(dict)
    numbered = []
    for request, row in zip(requests, frame.itertuples(index=False, name=None), strict=True):
        number = seen[request].setdefault(row, len(seen[request]) + 1)  # one of exact duplicates
        numbered.append(f"{request}.{number}" if request else None)
    above = [c.name for c in table.columns if c.references and c.name not in frame]
    filled = {key: requests if is_parent else numbered} | dict.fromkeys(above, requests)
    keys = {name: pd.Series(values, frame.index, dtype=object) for name, values in filled.items()}
    return frame.assign(**keys)
