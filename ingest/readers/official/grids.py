"""Bytes -> grids of text, whatever the file calls itself.

What a file is, its first bytes say: a zip archive of tables, an Excel or OpenDocument workbook,
gzip, Parquet, JSON or text. Cells are text exactly as published; nothing is mended and nothing is
skipped.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from ingest.readers.csv import decode, records_of
from ingest.readers.xlsx import Cell, cell_text, read_workbook
from ingest.refusals import Finding, Refused

MAX_UNPACKED = 1_000_000_000  # the largest release here unpacks to 53 MB
MAX_RATIO, RATIO_FROM_BYTES = 200, 10_000_000  # the widest here shrinks 48 times
MAX_MEMBERS = 1_000
_ZIP, _GZIP, _PARQUET = b"PK\x03\x04", b"\x1f\x8b", b"PAR1"
_MODIFIED = re.compile(rb"<(?:dcterms:modified|dc:date)[^>]*>(\d{4}-\d\d-\d\d)")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
_EARLIEST_STAMP = 2000  # archives without a clock say 1980


@dataclass(frozen=True)
class Grid:
    """One table of a file as text; None is an empty cell of a record or a workbook."""

    where: str
    """The file, and its member and sheet, as messages call it."""
    source_file: str
    sheet: str | None
    rows: list[list[str | None]]
    lines: list[int]
    """The row of the file (1-based) in which each row begins; for JSON, the record's number."""
    first_column: int = 1


@dataclass(frozen=True)
class File:
    """What one delivered file holds: grids, texts that explain them, dates and findings.

    A grid is given to ``take`` as it is read, and not kept: a release has millions of cells.
    """

    take: Callable[[Grid], None]
    guidance: dict[str, str]
    dates: dict[str, date]
    """``archive``, ``document`` or ``generated_at`` -> the newest such date inside."""
    findings: list[Finding]


def open_file(data: bytes, name: str, take: Callable[[Grid], None]) -> File:
    """Unpack ``data`` as far as there are tables, and give each to ``take``.

    Raises:
        Refused: R-ENC, R-ROW or R-SHEET, when the bytes are no table, damaged or built to harm.
    """
    opened = File(take, {}, {}, [])
    _open(data, name, "", opened)
    return opened


def _open(data: bytes, name: str, member: str, into: File) -> None:
    """Add what ``data`` holds; ``member`` is its name inside an archive."""
    where = f"{name}#{member}" if member else name
    if data.startswith(_ZIP):
        parts = _parts(data, where)
        if "[Content_Types].xml" in parts:
            _add_excel(data, parts, where, member or name, into)
        elif parts.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument"):
            _add_opendocument(data, parts, where, member or name, into)
        else:
            _add_archive(data, parts, name, into)
    elif data.startswith(_GZIP):
        _open(_gunzip(data, where), name, member, into)
    elif data.startswith(_PARQUET):
        _add_parquet(data, where, member or name, into)
    elif data.lstrip()[:1] in (b"{", b"["):
        _add_records(data, where, member or name, into)
    else:
        _add_text(data, where, member or name, into)


def _parts(data: bytes, where: str) -> dict[str, bytes]:
    """Unpack an archive within limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = [m for m in package.infolist() if not m.is_dir()]
            too_large = sum(m.file_size for m in members) > MAX_UNPACKED
            too_dense = any(
                m.file_size > max(RATIO_FROM_BYTES, MAX_RATIO * m.compress_size) for m in members
            )
            if too_large or too_dense or len(members) > MAX_MEMBERS:
                found = "an archive that is far too large when unpacked"
                raise Refused("R-SHEET", where, found, "a release of tables", "check its source")
            return {m.filename: package.read(m) for m in members}
    except _DAMAGED:
        found, action = "a damaged archive", "download the file again"
        raise Refused("R-SHEET", where, found, "a whole zip archive", action) from None


def _gunzip(data: bytes, where: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            text = stream.read(MAX_UNPACKED + 1)
    except _DAMAGED:
        text = b""
    if not text or len(text) > MAX_UNPACKED:
        found, action = "a damaged or oversized gzip file", "download the file again"
        raise Refused("R-ENC", where, found, "compressed text", action)
    return text


def _add_archive(data: bytes, parts: dict[str, bytes], name: str, into: File) -> None:
    """Open every member; what holds no table is named in a finding, not dropped in silence."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        stamps = [
            date(*member.date_time[:3])
            for member in package.infolist()
            if member.date_time[0] >= _EARLIEST_STAMP
        ]
    if stamps:
        into.dates["archive"] = max([*stamps, into.dates.get("archive", date.min)])
    for member, part in parts.items():
        try:
            _open(part, name, member, into)
        except Refused as refused:
            message = f"a member that is not read: {refused.found}"
            action = "look into the archive; if it holds figures, ask for a contract"
            into.findings.append(Finding("OFF-FILE", "note", f"{name}#{member}", message, action))


def _add_excel(
    data: bytes, parts: dict[str, bytes], where: str, source_file: str, into: File
) -> None:
    _add_stamp(parts.get("docProps/core.xml", b""), into)
    workbook = read_workbook(data, where)
    into.findings.extend(
        Finding(f.rule, "note", f.where, f.message, f.action) for f in workbook.findings
    )
    for sheet in workbook.sheets.values():
        rows = [[_cell(cell) for cell in row] for row in sheet.rows]
        lines = list(range(sheet.first_row, sheet.first_row + len(rows)))
        into.take(
            Grid(f"{where}#{sheet.name}", source_file, sheet.name, rows, lines, sheet.first_column)
        )


def _add_opendocument(
    data: bytes, parts: dict[str, bytes], where: str, source_file: str, into: File
) -> None:
    _add_stamp(parts.get("meta.xml", b""), into)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        tables = [(s.name, s.start, s.to_python(skip_empty_area=True)) for s in sheets]
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a panic of the Rust reader is no Exception
        found, action = "content that cannot be read", "download the file again"
        raise Refused("R-SHEET", where, found, "an OpenDocument workbook", action) from None
    for sheet, start, cells in tables:
        top, left = start or (0, 0)
        rows = [[_cell(cell) for cell in row] for row in cells]
        lines = list(range(top + 1, top + 1 + len(rows)))
        into.take(Grid(f"{where}#{sheet}", source_file, sheet, rows, lines, left + 1))


def _cell(cell: Cell) -> str | None:
    return cell_text(cell)


def _add_stamp(properties: bytes, into: File) -> None:
    if match := _MODIFIED.search(properties):
        into.dates["document"] = date.fromisoformat(match[1].decode())


def _add_records(data: bytes, where: str, source_file: str, into: File) -> None:
    """Read a list of records, alone or as the one list of records in an object."""
    try:
        content = json.loads(data, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        found, action = "JSON that cannot be read", "download the file again"
        raise Refused("R-ENC", where, found, "a list of records", action) from None
    head = content if isinstance(content, dict) else {}
    lists = [v for v in (*head.values(), content) if isinstance(v, list) and v]
    records = next((v for v in lists if all(isinstance(r, dict) for r in v)), None)
    if records is None:
        action = "ask for a contract for this file"
        raise Refused("R-HDR", where, "JSON without records", "a list of records", action)
    if found := re.match(r"\d{4}-\d\d-\d\d", str(head.get("generated_at", ""))):
        into.dates["generated_at"] = date.fromisoformat(found[0])
    promised = head.get("record_count")
    if promised is not None and promised != str(len(records)):
        message = f"the file announces {promised} records and holds {len(records)}"
        into.findings.append(
            Finding("OFF-ROW", "withhold", where, message, "download the file again")
        )
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[_json_text(record.get(name)) for name in names] for record in records]
    lines = [0, *range(1, len(rows) + 1)]
    into.take(Grid(where, source_file, None, [names, *rows], lines))


def _json_text(value: object) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case _:
            return json.dumps(value, ensure_ascii=False)


def _add_parquet(data: bytes, where: str, source_file: str, into: File) -> None:
    """Read one Parquet table as the text that the publisher's CSV would hold; rows from 1 on."""
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
        if sum(group.total_byte_size for group in groups) > MAX_UNPACKED:
            found = "a table that is far too large when unpacked"
            raise Refused("R-SHEET", where, found, "a release of tables", "check its source")
        table = file.read()
        columns = [_parquet_texts(column) for column in table.columns]
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        found, action = "a damaged Parquet file", "download the file again"
        raise Refused("R-ENC", where, found, "a whole Parquet table", action) from None
    if nested := [n for n, column in zip(table.column_names, columns, strict=True) if not column]:
        found = f"columns that hold lists or records: {', '.join(nested)}"
        raise Refused("R-HDR", where, found, "one value a cell", "ask for a contract for this file")
    rows = [list(row) for row in zip(*filter(None, columns), strict=True)]
    header: list[str | None] = list(table.column_names)
    into.take(Grid(where, source_file, None, [header, *rows], list(range(len(rows) + 1))))


def _parquet_texts(column: pa.ChunkedArray) -> list[str | None]:
    """The cells of one column as text; nothing for a column of lists or records."""
    if pa.types.is_nested(column.type):
        return []
    return [_parquet_text(value) for value in column.to_pylist()]


def _parquet_text(value: object) -> str | None:
    """A cell as text: 2025 of the float that nulls make of it, a day without its midnight."""
    match value:
        case None | str():
            return value
        case bytes():
            return value.decode("utf-8")
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case float() if math.isnan(value):
            return None
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _add_text(data: bytes, where: str, source_file: str, into: File) -> None:
    """Read comma-separated text; prose with 'Variable name |' tables is guidance."""
    if b"\0" in data[:1000] or data[:1] == b"<" or data.startswith((b"%PDF", b"\xd0\xcf\x11\xe0")):
        action = "ask for a contract for this kind of file"
        raise Refused("R-ENC", where, "no text", "tables as text, a workbook or a zip", action)
    text, encoding = decode(data, where, ("utf-8", "cp1252"))
    if encoding != "utf-8":
        message = "read as Windows-1252, because it is not valid UTF-8"
        action = "compare names with letters beyond English"
        into.findings.append(Finding("R-ENC", "note", where, message, action))
    if re.search(r"^Variable name\s+\|", text, re.MULTILINE):
        into.guidance[source_file] = text
        return
    lines, rows = [], []
    for line, fields in _lines(text, where):
        lines.append(line)
        rows.append(fields)
    if len(rows) < 2 or max(map(len, rows[:50])) < 2:
        action = "ask for a contract for this file"
        raise Refused("R-HDR", where, "text without a table", "comma-separated columns", action)
    into.take(Grid(where, source_file, None, rows, lines))


def _lines(text: str, where: str) -> Iterator[tuple[int, list[str | None]]]:
    yield from records_of(text, where)  # type: ignore[misc]
