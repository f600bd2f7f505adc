"""Workbooks as their readers meet them: as rows, as parts, with a screen reader, in LibreOffice."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

LIBREOFFICE = shutil.which("soffice")
NO_LIBREOFFICE = "LibreOffice (soffice) is not installed"


def grid(book: Workbook, tab: str) -> list[dict[str, Any]]:
    """The rows of a sheet's table by heading."""
    (table,) = book[tab].tables.values()
    heads, *rows = ([cell.value for cell in row] for row in book[tab][table.ref])
    return [dict(zip(heads, row, strict=True)) for row in rows]


def parts_of(made: bytes) -> dict[str, bytes]:
    """The parts of the archive, by name."""
    with zipfile.ZipFile(BytesIO(made)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def barriers(book: Workbook) -> Iterator[str]:
    """What stops a reader with a screen reader: what Excel's own checker and the guidance name."""
    if not book.properties.title:
        yield "the workbook has no title"
    for sheet in book:
        if re.fullmatch(r"Sheet\d*", sheet.title) or len(sheet.title) > 31:
            yield f"{sheet.title}: the tab has no name of its own"
        if sheet.sheet_state != "visible":
            yield f"{sheet.title}: hidden"
        if not isinstance(sheet["A1"].value, str):
            yield f"{sheet.title}: the first cell is no title"
        if sheet.merged_cells.ranges:
            yield f"{sheet.title}: merged cells"
        if any(all(cell.value is None for cell in row) for row in sheet.iter_rows()):
            yield f"{sheet.title}: an empty row"
        if any(_has_colour(cell) for row in sheet.iter_rows() for cell in row):
            yield f"{sheet.title}: a colour"
        if sheet.title != "Cover":
            yield from _barriers_of_table(sheet)


def _barriers_of_table(sheet: Any) -> Iterator[str]:
    if len(sheet.tables) != 1:
        yield f"{sheet.title}: {len(sheet.tables)} tables"
        return
    (table,) = sheet.tables.values()
    heads, *rows = sheet[table.ref]
    if not table.headerRowCount or [h.value for h in heads] != [c.name for c in table.tableColumns]:
        yield f"{sheet.title}: no marked heading"
    if not rows or rows[-1][-1].coordinate != sheet.dimensions.partition(":")[2]:
        yield f"{sheet.title}: the table ends before the sheet"
    if any(cell.value in (None, "") for row in rows for cell in row):
        yield f"{sheet.title}: an empty cell"
    if any(sheet.column_dimensions[cell.column_letter].width < 10 for cell in heads):
        yield f"{sheet.title}: a narrow column"


def _has_colour(cell: Any) -> bool:
    """A link has a colour, and is underlined too."""
    is_coloured = cell.font.color is not None and cell.font.color.type == "rgb"
    return cell.fill.fill_type is not None or (is_coloured and not cell.font.underline)


def differences_in_libreoffice(made: bytes, folder: Path) -> list[str]:
    """Let LibreOffice open a workbook and save it again; gives the cells that it read otherwise."""
    (folder / "in").mkdir()
    path = folder / "in" / "made.xlsx"
    path.write_bytes(made)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
         "--convert-to", "xlsx", path, "--outdir", folder],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    book, there = openpyxl.load_workbook(path), openpyxl.load_workbook(folder / "made.xlsx")
    if there.sheetnames != book.sheetnames:
        return [f"sheets {there.sheetnames}"]
    return [
        f"{sheet.title} {cell.coordinate}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if there[sheet.title][cell.coordinate].value
        != (pytest.approx(cell.value) if cell.data_type == "n" else cell.value)
    ]
