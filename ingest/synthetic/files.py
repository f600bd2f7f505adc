"""Bytes of CSV, XLSX and manifest files that are the same on every machine.

XLSX parts are written here rather than by a library: archives carry no clock, no compression
(zlib's differs between builds) and no library's version, and 12,000 rows take a quarter second.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

Cell = str | int | date | None
Row = Sequence[Cell]

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Arial"/>'
    '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
_PROPERTIES = (
    f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>synthetic</dc:creator>'
    '<dcterms:created xsi:type="dcterms:W3CDTF">2000-01-01T00:00:00Z</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">2000-01-01T00:00:00Z</dcterms:modified>'
    "</cp:coreProperties>"
)


@dataclass(frozen=True)
class Sheet:
    """One worksheet: its rows from A1 (None leaves a cell out), and whether it is hidden."""

    name: str
    rows: Sequence[Row]
    is_hidden: bool = False


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Write a table of text as CSV: UTF-8, LF, a final line end."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def manifest_bytes(
    files: Mapping[str, tuple[bytes, int]], month: str, extract: str, sender: str
) -> bytes:
    """Write the manifest of one submission, a row a file.

    ``files`` are contents and rows of data by file name; ``extract`` is an ISO date and time.
    """
    facts = {"submission_seq": 1, "feed_version": 1, "synthetic": 1}
    rows = [
        {
            "file_name": name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "row_count": count,
            "reporting_month": month,
            "extract_datetime": extract,
            "sender": sender,
            **facts,
        }
        for name, (data, count) in files.items()
    ]
    return csv_bytes(pd.DataFrame(rows))


def table_xlsx_bytes(name: str, table: pd.DataFrame, dates: Sequence[str]) -> bytes:
    """Write a table of text as one sheet; ISO dates of the columns ``dates`` become date cells."""
    return zip_bytes(xlsx_parts([Sheet(name, table_rows(table, dates))]))


def table_rows(table: pd.DataFrame, dates: Sequence[str]) -> list[Row]:
    """Give a table of text as rows of cells, the header first, '' as None."""
    columns = [
        _date_cells(table[column])
        if column in dates
        else [text or None for text in table[column].tolist()]
        for column in table.columns
    ]
    return [list(table.columns), *zip(*columns, strict=True)]


def _date_cells(texts: pd.Series) -> list[Cell]:
    """Turn ISO dates into dates; keep any other text, '' as None."""
    known = {text: _date_cell(text) for text in texts.unique().tolist()}
    return [known[text] for text in texts.tolist()]


def _date_cell(text: str) -> Cell:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text or None


def xlsx_parts(sheets: Sequence[Sheet]) -> dict[str, bytes]:
    """Give the parts of a workbook by their names in the archive, text in shared strings."""
    strings: dict[str, int] = {}
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations(
            ("officeDocument", "xl/workbook.xml", _OFFICE),
            ("core-properties", "docProps/core.xml", f"{_PACKAGE}/relationships/metadata"),
        ),
        "docProps/core.xml": _PROPERTIES,
        "xl/workbook.xml": _workbook(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            *(("worksheet", f"worksheets/sheet{number}.xml", _OFFICE) for number in numbers),
            ("styles", "styles.xml", _OFFICE),
            ("sharedStrings", "sharedStrings.xml", _OFFICE),
        ),
        "xl/styles.xml": _STYLES,
    }
    for number, sheet in zip(numbers, sheets, strict=True):
        parts[f"xl/worksheets/sheet{number}.xml"] = _worksheet(sheet.rows, strings)
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    parts["xl/sharedStrings.xml"] = f'{_HEAD}<sst xmlns="{_MAIN}">{items}</sst>'
    return {name: text.encode() for name, text in parts.items()}


def zip_bytes(parts: Mapping[str, bytes], *, is_compressed: bool = False) -> bytes:
    """Pack parts with fixed times.

    Uncompressed archives have the same bytes everywhere; compressed ones the same members.
    """
    method = zipfile.ZIP_DEFLATED if is_compressed else zipfile.ZIP_STORED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            member = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            member.create_system, member.compress_type = 3, method
            archive.writestr(member, data)
    return buffer.getvalue()


def _content_types(sheets: int) -> str:
    kinds = {f"/xl/worksheets/sheet{n}.xml": f"{_TYPE}.worksheet+xml" for n in range(1, sheets + 1)}
    kinds |= {
        "/xl/workbook.xml": f"{_TYPE}.sheet.main+xml",
        "/xl/styles.xml": f"{_TYPE}.styles+xml",
        "/xl/sharedStrings.xml": f"{_TYPE}.sharedStrings+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
        f'Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(*targets: tuple[str, str, str]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{base}/{kind}" Target="{target}"/>'
        for number, (kind, target, base) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def _workbook(sheets: Sequence[Sheet]) -> str:
    items = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{number}"'
        f'{" state=" + quoteattr("hidden") if sheet.is_hidden else ""} r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{items}</sheets></workbook>'
    )


def _worksheet(rows: Sequence[Row], strings: dict[str, int]) -> str:
    letters = [_letters(column) for column in range(max(map(len, rows)))]
    lines = []
    for number, row in enumerate(rows, 1):
        cells = [
            _cell(f"{letter}{number}", value, strings)
            for letter, value in zip(letters, row, strict=False)
            if value is not None
        ]
        if cells:
            lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    data = "".join(lines)
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'


def _cell(place: str, value: Cell, strings: dict[str, int]) -> str:
    """Write one cell: text as a shared string, a date as its 1900-system serial number."""
    if isinstance(value, str):
        return f'<c r="{place}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{value.toordinal() - 693594}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _letters(column: int) -> str:
    """Name a column counted from 0: A, B ... Z, AA."""
    first, last = divmod(column, 26)
    return ("" if first == 0 else _letters(first - 1)) + chr(65 + last)
