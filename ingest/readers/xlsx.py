"""XLSX bytes -> sheets of values, with everything that a workbook can hide said aloud.

Each part of the package is unpacked within limits, checked by a streaming parser that knows no
entities, and packed anew for the reader: what was inspected is what is read. The rule is R-SHEET
of ``ingest/contracts/policy.yaml``; a person-level delivery is refused for its findings, an
official one is read with them.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from xml.parsers import expat

import python_calamine

from ingest.refusals import Finding, Refused

# Measured on 15 official workbooks: at most 64 parts, 10.6 MB unpacked, 14 times compressed.
MAX_PARTS = 1_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_RATIO, RATIO_FROM_BYTES = 200, 1_000_000
# A sheet is held as a full rectangle: 5 million cells take about 300 MB. Few cells far apart
# (one in XFD1048576) span 17,000 million.
MAX_AREA = 5_000_000
MAX_SPARSITY, SPARSITY_FROM_AREA = 50, 1_000_000
LARGEST_EXACT = 10**15  # Excel keeps 15 digits of a number and turns the others into zeros
NOT_CALCULATED = "#NOT-CALCULATED!"

_RESAVE = "open the file in Excel, save it as a new .xlsx workbook and send that"
_COLUMN, _ROW = r"[A-Z]{1,3}", r"[1-9][0-9]{0,6}"
_ADDRESS = re.compile(rf"({_COLUMN})({_ROW})", re.ASCII)
_BETWEEN = "\0"  # which no XML can hold
_ADDRESSES = re.compile(rf"(?:{_COLUMN}{_ROW}{_BETWEEN})*+{_COLUMN}{_ROW}", re.ASCII)
_LETTERS = str.maketrans("", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = str.maketrans("", "", "0123456789")
# Cells as Excel writes them that are nothing but blank or a value: no formula, error or entity.
_PLAIN_TEXT = "[ -%'-;=?-~]*"
_PLAIN_CELL = (
    rf'<c r="{_COLUMN}{_ROW}"(?: s="[0-9]+")?(?: t="(?:s|n|b|d|str|inlineStr)")?(?: ?/>|>'
    rf'(?:<v>{_PLAIN_TEXT}</v>|<is><t(?: xml:space="preserve")?>{_PLAIN_TEXT}</t></is>)</c>)'
)
_PLAIN_ROW = re.compile(rf"(<row(?: [^<>]*)?>)((?:{_PLAIN_CELL})++)(?=</row>)".encode())
_FILLED = re.compile(rf'<c r="({_COLUMN}{_ROW})"[^<>]*><(?:v|is)>'.encode())
# Of a sheet's own name only the publisher's are repeated: any other may hold an identifier.
_SAID_NAME = re.compile(r"Table \d{1,2}[a-z]?|Cover page|Contents", re.ASCII)
_ATTACHED = re.compile(r"/(comments|threadedcomments|embeddings|media)[^/]*[./]")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# What zipfile and zlib raise on damaged archives, found by changing bytes at random.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError)
_DAMAGED += (ValueError, LookupError)
_UTF8_BOM, _UTF16_BOMS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class CellError:
    """A cell without a value: ``text`` is Excel's error (#REF!) or ``NOT_CALCULATED``."""

    text: str


Cell = str | float | int | bool | date | datetime | time | timedelta | CellError


@dataclass(frozen=True)
class Sheet:
    """The filled rectangle of one sheet; '' is a blank cell.

    ``rows[0][0]`` is the cell in Excel's row ``first_row`` and column ``first_column`` (1-based).
    """

    name: str
    is_visible: bool
    first_row: int
    first_column: int
    rows: list[list[Cell]]
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workbook:
    """All worksheets of one file, in order, with what a person should know about them."""

    where: str
    sheets: dict[str, Sheet]
    findings: tuple[Finding, ...]


def read_workbook(data: bytes, where: str, ignored: Collection[str] = ()) -> Workbook:
    """Read every worksheet; a finding is 'refuse' where person-level data must not go on.

    Sheets named in ``ignored`` (``sheet_name`` form) are passed over unread.

    Raises:
        Refused: R-SHEET, when the file is no .xlsx workbook, is protected by a password, or is
            built to harm (paths, entities, a size out of proportion, cells beyond any table).
    """
    parts = _unpack(data, where)
    listed, findings = _listed_sheets(parts, where, ignored)
    for name in set(parts) - {entry.part for entry in listed}:
        _refuse_doctype(parts[name], f"{where}, a part beside its sheets")
    scans = {}
    for entry in listed:
        place = f"{where}, {entry.place}"
        scans[entry.name] = scan = _scan_sheet(parts[entry.part], place)
        findings += _sheet_findings(scan, entry, place)
    sheets = _values(parts, listed, scans, where)
    return Workbook(where, sheets, (*_package_findings(parts, where), *findings))


def sheet_name(name: str) -> str:
    """The form in which names of sheets compare: trimmed and case-folded."""
    return name.strip().casefold()


def text_columns(sheet: Sheet, where: str) -> list[list[str | None]]:
    """Give all cells as text; refuse numbers so long that Excel has replaced their last digits."""
    known: dict[tuple[type, Cell], str | None] = {}

    def text_of(cell: Cell) -> str | None:
        place = type(cell), cell
        if place not in known:
            if isinstance(cell, float | int) and not abs(cell) < LARGEST_EXACT:
                _refuse_inexact(sheet, where)
            known[place] = cell_text(cell)
        return known[place]

    return [
        [(cell or None) if isinstance(cell, str) else text_of(cell) for cell in cells]
        for cells in zip(*sheet.rows, strict=True)
    ]


def _refuse_inexact(sheet: Sheet, where: str) -> None:
    """Name the first cell with a number that is none, or that Excel has not kept."""
    for row, cells in enumerate(sheet.rows, sheet.first_row):
        for column, cell in enumerate(cells, sheet.first_column):
            if isinstance(cell, float) and not math.isfinite(cell):
                raise _refuse(
                    f"{where}, cell {column_letters(column)}{row}",
                    "a number that is not valid, or infinite",
                    "numbers",
                    "correct the cell in the system that wrote the workbook, and export it again",
                )
            if isinstance(cell, float | int) and abs(cell) >= LARGEST_EXACT:
                raise Refused(
                    "R-SHEET",
                    f"{where}, cell {column_letters(column)}{row}",
                    "an identifier stored as a number, whose last digits Excel has lost",
                    "long identifiers as text",
                    "export the identifiers again, into a column that is formatted as text",
                )


def refuse_changed_numbers(
    sheet: Sheet, rows: Sequence[int], columns: Collection[int], where: str
) -> None:
    """Refuse local numbers that Excel has taken for something else: 1-2 for a day, 1/4 for 0.25.

    ``rows`` are Excel's numbers, ``columns`` places in the rows of the sheet, from 0.
    """
    if {type(cells[at]) for cells in sheet.rows for at in columns} <= {str}:
        return
    for row in rows:
        cells = sheet.rows[row - sheet.first_row]
        for at in columns:
            if _is_changed(cells[at]):
                raise Refused(
                    "R-SCI",
                    f"{where}, cell {column_letters(sheet.first_column + at)}{row}",
                    "a date, time, yes or no, or fraction in a column of the sender's own numbers",
                    "every number as it was given, formatted as text",
                    "export the column as text: Excel has changed it, perhaps in other rows too",
                )


def _is_changed(cell: Cell) -> bool:
    if isinstance(cell, float):
        return cell != int(cell)
    return isinstance(cell, bool | date | time | timedelta)


def cell_text(value: Cell) -> str | None:
    """Give a cell as text without loss; a blank is None and an error its own text."""
    match value:
        case "":
            return None
        case str():
            return value
        case CellError():
            return value.text
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if not math.isfinite(value):
            return "#NUM!"
        case float() | int():
            return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
        case datetime():  # cut; a day's fraction in binary falls a few microseconds short
            return (value + timedelta(milliseconds=1)).isoformat(timespec="seconds")
        case time():
            return value.isoformat(timespec="seconds")
        case _:
            return value.isoformat()


def column_letters(column: int) -> str:
    """Give Excel's letters of a 1-based column number: 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# --- the package -------------------------------------------------------------------------------


def _refuse(where: str, found: str, expected: str, action: str = _RESAVE) -> Refused:
    return Refused("R-SHEET", where, found, expected, action)


def _unpack(data: bytes, where: str) -> dict[str, bytes]:
    """Unpack all parts within the limits and refuse those that no spreadsheet program writes."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        found = "a workbook with a password, or in the old .xls format"
        action = "remove the password (File, Info, Protect Workbook) and save as .xlsx"
        raise _refuse(where, found, "an .xlsx workbook without a password", action)
    if not data.startswith(b"PK\x03\x04"):
        raise _refuse(where, "no Excel workbook", "an .xlsx workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = [m for m in package.infolist() if not m.filename.endswith("/")]
            _refuse_members(members, where)
            parts = {member.filename: _bounded(package, member) for member in members}
    except _DAMAGED:
        found = "a damaged or incomplete file"
        raise _refuse(where, found, "a whole .xlsx workbook", "send the file again") from None
    return parts


def _refuse_members(members: list[zipfile.ZipInfo], where: str) -> None:
    """Judge the package by its table of contents, before anything is unpacked."""
    names = [member.filename.casefold() for member in members]
    unpacked = sum(member.file_size for member in members)
    defects = {
        f"more than {MAX_PARTS} parts": len(members) > MAX_PARTS,
        "two parts with the same name": len(set(names)) < len(names),
        "a part that points outside the file": any(
            name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names
        ),
        "an encrypted part": any(member.flag_bits & 0x1 for member in members),
        "a compression that Excel does not use": any(
            member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            for member in members
        ),
        f"more than {MAX_UNPACKED_BYTES // 10**6} MB when unpacked": unpacked > MAX_UNPACKED_BYTES,
        f"a part compressed more than {MAX_RATIO} times": any(
            member.file_size > max(RATIO_FROM_BYTES, MAX_RATIO * member.compress_size)
            for member in members
        ),
    }
    for found, is_there in defects.items():
        if is_there:
            raise _refuse(where, found, "a workbook as Excel saves it")


def _bounded(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Unpack one part, never more than its stated size; its checksum must agree."""
    with package.open(member) as stream:
        part = stream.read(member.file_size)
    if len(part) != member.file_size:
        raise EOFError
    return part


def _refuse_doctype(part: bytes, where: str) -> None:
    """Refuse XML that declares a document type: that is where entities come in."""
    start = part[:256].removeprefix(_UTF8_BOM).lstrip()
    if start.startswith((b"<", *_UTF16_BOMS)):
        _parse(part, where)


def _parse(part: bytes, where: str, scan: _SheetScan | _DrawingScan | None = None) -> None:
    """Stream one XML part through expat; anything but plain, well-formed XML is refused."""

    def refuse_declaration(*_: object) -> None:
        raise _refuse(where, "a document type declaration", "XML without DOCTYPE or ENTITY")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_declaration
    if scan:
        parser.StartElementHandler = scan.on_start
        parser.CharacterDataHandler = scan.on_text
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise _refuse(where, "XML that cannot be read", "a workbook as Excel saves it") from None


def _package_findings(parts: dict[str, bytes], where: str) -> list[Finding]:
    """Report macros, links to other workbooks, comments and whatever else lies beside the cells."""
    names = [name.casefold() for name in parts]
    found = []
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
        found.append(_finding(where, "the workbook holds macros", "save it as .xlsx, not .xlsm"))
    if any("/externallinks/" in name for name in names):
        action = "in Excel: Data, Edit Links, Break Link; then save and send again"
        found.append(_finding(where, "the workbook takes values from other files", action))
    if any(map(_ATTACHED.search, names)) or _has_drawn_text(parts, where):
        action = "delete comments, notes, pictures, text boxes and embedded files; save; send again"
        found.append(_finding(where, "a comment or embedded file", action))
    return found


class _DrawingScan:
    """Whether a stream through one drawing (DrawingML, or the older VML) shows text."""

    def __init__(self) -> None:
        """Start before the first element."""
        self.has_text = self._is_text = False

    def on_start(self, name: str, _: dict[str, str]) -> None:
        """Take the start of an element: text stands in <a:t>, in VML in <div> and <font>."""
        self._is_text = name.rpartition(":")[2] in ("t", "div", "font")

    def on_text(self, text: str) -> None:
        """Take text; what lies between elements is blank."""
        self.has_text |= self._is_text and bool(text.strip())


def _has_drawn_text(parts: dict[str, bytes], where: str) -> bool:
    scan = _DrawingScan()
    for name, part in parts.items():
        if re.fullmatch(r"xl/drawings/[^/]+", name.casefold()):
            _parse(part, f"{where}, a drawing", scan)
    return scan.has_text


def _finding(where: str, message: str, action: str, severity: str = "refuse") -> Finding:
    return Finding("R-SHEET", severity, where, message, action)


# --- the sheets --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    name: str
    place: str
    """The sheet as messages call it: ``sheet 2``, or the publisher's own name."""
    part: str
    is_visible: bool


def _listed_sheets(
    parts: dict[str, bytes], where: str, ignored: Collection[str]
) -> tuple[list[_Entry], list[Finding]]:
    """List the worksheets of the workbook part; other kinds of sheet are findings."""
    try:
        for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            _refuse_doctype(parts[name], f"{where}, part {name}")
        book = ET.fromstring(parts["xl/workbook.xml"])
        relations = ET.fromstring(parts["xl/_rels/workbook.xml.rels"])
        kinds = {r.attrib["Id"]: (r.attrib["Type"], r.attrib["Target"]) for r in relations}
        listed = [
            (sheet.attrib["name"], *kinds[sheet.attrib[_RELATION]], sheet.get("state", "visible"))
            for sheet in book.iterfind("{*}sheets/{*}sheet")
        ]
    except (KeyError, ET.ParseError, ValueError, LookupError):
        raise _refuse(where, "no readable list of sheets", "an .xlsx workbook") from None
    entries, findings = [], []
    properties = book.find("{*}workbookPr")
    if properties is not None and properties.get("date1904") in ("1", "true"):
        action = "in Excel: File, Options, Advanced, clear 'Use 1904 date system'; check all dates"
        findings.append(_finding(where, "days are counted from 1904, not from 1900", action))
    for number, (name, kind, target, state) in enumerate(listed, 1):
        place = f"sheet {name if _SAID_NAME.fullmatch(name) else number}"
        part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        if sheet_name(name) in ignored:
            continue
        if not kind.endswith("/worksheet"):
            action = "remove charts and dialogs from the workbook"
            findings.append(_finding(f"{where}, {place}", "a chart sheet without a table", action))
        elif part not in parts:
            raise _refuse(f"{where}, {place}", "no content", "a whole .xlsx workbook")
        else:
            entries.append(_Entry(name, place, part, state == "visible"))
    if not entries or len({sheet_name(entry.name) for entry in entries}) < len(entries):
        raise _refuse(where, "no sheet, or two sheets with the same name", "different sheet names")
    return entries, findings


class _SheetScan:
    """What a stream through one sheet's XML shows: extent, hidden rows, merges, broken cells."""

    def __init__(self) -> None:
        """Start before the first element."""
        self.filled: list[str] = []
        self.broken: dict[str, str] = {}
        self.merged: list[str] = []
        self.hidden_rows = 0
        self._cell: dict[str, str] | None = None
        self._is_suspect = self._is_valued = False  # a formula or an error; with a value element
        self._text: list[str] = []
        self._on = {
            "c": self._open_cell,
            "f": self._open_formula,
            "v": self._open_value,
            "is": self._open_value,
            "t": self._inside,
            "r": self._inside,
            "row": self._open_row,
            "mergeCell": self._merge,
        }

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element, whatever its namespace prefix."""
        if not self._is_suspect:  # nearly all elements: cells, and values that are no error
            if name == "c":
                self._cell = attributes
                return
            if name == "v" and self._cell is not None and self._cell.get("t") != "e":
                self.filled.append(self._cell.get("r", ""))
                return
        handler = self._on.get(name)
        if handler is None:
            handler = self._on.get(name.rpartition(":")[2], self._close_cell)
            self._on[name] = handler
        handler(attributes)

    def finish(self) -> None:
        """Judge the last cell."""
        self._close_cell({})

    def on_text(self, text: str) -> None:
        """Collect text only where a cell may turn out to be broken."""
        if self._is_suspect:
            self._text.append(text)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._close_cell(attributes)
        self._cell = attributes

    def _open_formula(self, _: dict[str, str]) -> None:
        self._is_suspect, self._is_valued = self._cell is not None, False

    def _open_value(self, _: dict[str, str]) -> None:
        self._text.clear()  # what came before was the formula
        if self._cell is not None:
            self.filled.append(self._cell.get("r", ""))
            self._is_valued = True
            self._is_suspect |= self._cell.get("t") == "e"

    def _inside(self, _: dict[str, str]) -> None:
        """Stay in the cell: texts and their runs."""

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._close_cell(attributes)
        self.hidden_rows += attributes.get("hidden") in ("1", "true")

    def _merge(self, attributes: dict[str, str]) -> None:
        self._close_cell(attributes)
        self.merged.append(attributes.get("ref", ""))

    def _close_cell(self, _: dict[str, str]) -> None:
        """Judge the cell that ends here: an error, or a formula that was never calculated."""
        if self._cell is not None and self._is_suspect:
            kind, address = self._cell.get("t"), self._cell.get("r", "")
            text = "".join(self._text).strip() if self._is_valued else ""
            if kind == "e" or not self._is_valued or not (text or kind == "str"):
                self.broken[address] = (text if kind == "e" else "") or NOT_CALCULATED
        self._cell, self._is_suspect, self._is_valued = None, False, False


def _scan_sheet(part: bytes, where: str) -> _SheetScan:
    """Scan one sheet and refuse cells that would fill the memory."""
    plain, others = _plain_cells(part)
    scan = _SheetScan()
    _parse(others, where, scan)
    scan.finish()
    cells = [*([plain] if plain else ()), *scan.filled, *scan.broken]
    addresses = _BETWEEN.join(cells)
    places = _extent(addresses) if cells else None
    if cells and not places:
        raise _refuse(where, "cells without an address", "a workbook as Excel saves it")
    if places:
        rows, columns = places
        area = (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
        is_large = area > SPARSITY_FROM_AREA
        too_sparse = is_large and area > MAX_SPARSITY * len({*addresses.split(_BETWEEN)})
        if area > MAX_AREA or too_sparse:
            found = f"cells as far as row {max(rows)}, column {column_letters(max(columns))}"
            action = "delete stray cells below and beside the table, or send a CSV"
            raise _refuse(where, found, "one table without cells far away from it", action)
    return scan


def _plain_cells(part: bytes) -> tuple[str, bytes]:
    """Take the cells of rows that hold plain cells only: their addresses, and what is left of the
    sheet. The addresses are those of all filled cells, in one text.

    A parser that calls Python for each element would take six times as long over them, and plain
    cells are well-formed. Comments, CDATA and other encodings could hold what only looks like
    cells.
    """
    declaration = part[:200].partition(b"?>")[0].lower()
    has_other_encoding = b"encoding" in declaration and b"utf-8" not in declaration
    if has_other_encoding or b"<!" in part or part.find(b"<?", len(_UTF8_BOM) + 1) > 0:
        return "", part
    pieces = _PLAIN_ROW.split(part)
    del pieces[2::3]
    filled = _FILLED.findall(part) if len(pieces) > 1 else []
    return _BETWEEN.encode().join(filled).decode(), b"".join(pieces)


def _extent(addresses: str) -> tuple[set[int], set[int]] | None:
    """The rows and the columns of some cells; None where one is no address."""
    if not _ADDRESSES.fullmatch(addresses):
        return None
    rows, columns = (
        {*addresses.translate(others).split(_BETWEEN)} for others in (_LETTERS, _DIGITS)
    )
    return {*map(int, rows)}, {*map(_column_number, columns)}


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _sheet_findings(scan: _SheetScan, entry: _Entry, where: str) -> list[Finding]:
    """Report a hidden sheet, hidden rows and cells without a value, by their address."""
    found = []
    if not entry.is_visible:
        action = "delete the sheet, or unhide it if it is the list: only the declared sheet is read"
        found.append(_finding(where, "a hidden sheet", action))
    if scan.hidden_rows:
        message = f"{scan.hidden_rows} hidden rows, which are read like the others"
        found.append(_finding(where, message, "check that they belong to the delivery", "note"))
    if scan.broken:
        some = ", ".join(sorted(scan.broken, key=lambda address: (len(address), address))[:5])
        message = f"{len(scan.broken)} cells with an error or a formula without result: {some}"
        action = "in Excel: select all, copy, paste special as values; correct the errors; save"
        found.append(_finding(where, message, action))
    return found


def _values(
    parts: dict[str, bytes], listed: list[_Entry], scans: dict[str, _SheetScan], where: str
) -> dict[str, Sheet]:
    """Let calamine read the values out of the checked parts (openpyxl fails on 6 of 15)."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    try:
        package.seek(0)
        book = python_calamine.CalamineWorkbook.from_filelike(package)
        return {
            entry.name: _sheet(book.get_sheet_by_name(entry.name), entry, scans[entry.name])
            for entry in listed
        }
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a panic of the Rust reader is no Exception
        expected = "a workbook as Excel saves it"
        raise _refuse(where, "content that cannot be read", expected) from None


def _sheet(source: python_calamine.CalamineSheet, entry: _Entry, scan: _SheetScan) -> Sheet:
    """Take over one sheet's values and mark its broken cells, which calamine shows as blank."""
    top, left = source.start or (0, 0)
    rows = source.to_python(skip_empty_area=True)
    for address, text in scan.broken.items():
        match = _ADDRESS.fullmatch(address)
        row, column = int(match[2]) - 1 - top, _column_number(match[1]) - 1 - left
        if 0 <= row < len(rows) and 0 <= column < len(rows[row]):
            rows[row][column] = CellError(text)
    return Sheet(entry.name, entry.is_visible, top + 1, left + 1, rows, tuple(scan.merged))
