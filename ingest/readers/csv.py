"""CSV bytes -> text table. One dialect, nothing sniffed, nothing mended, only blanks skipped.

The rules R-ENC, R-END, R-HDR and R-EMPTY are explained in ``ingest/contracts/policy.yaml``.
Messages name rows and columns by number: where a file lacks its header, its "column names"
are people's data.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from ingest.refusals import Finding, Refused
from ingest.typed.characters import legible
from ingest.typed.text_table import TextTable

MAX_FIELD_CHARACTERS = 1_000_000  # the longest honest free text is far below; a bomb is above
MAX_ROWS = 2_000_000  # ten times the largest monthly snapshot of one sender that we expect

csv.field_size_limit(MAX_FIELD_CHARACTERS)  # Python's own limit (131,072) is process-wide too

_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or zip archive", "send what is inside, or name it .xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Office file", "export the data as text"),
    (b"\x1f\x8b", "a gzip archive", "unpack it and send what is inside"),
    (b"%PDF", "a PDF document", "export the data as text"),
    (b"\xff\xfe", "UTF-16 text ('Unicode text' in Excel)", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text ('Unicode text' in Excel)", "save it as UTF-8"),
)
_MARKUP = (b"<", "a web page or XML", "send the table; was a log-in page saved in its place?")
_OTHER_SEPARATOR = re.compile(r'\s*"[^"]*"[ ]*[;\t|]')  # of columns whose names stand in quotes
_NOT_BY_COMMAS = ("columns that are not separated by commas", "export with commas")
# Two or three bytes that spell one UTF-8 letter: in cp1252 text such runs hardly ever occur.
_UTF8_LETTER = re.compile(rb"[\xc3-\xc5][\x80-\xbf]|\xe2[\x80-\x84][\x80-\xbf]")


def read_csv(
    data: bytes,
    where: str,
    *,
    encodings: Sequence[str] = ("utf-8", "cp1252"),
    footers: Sequence[str] = (),
    vouched_rows: int | None = None,
    is_vouched: bool = False,
    may_be_empty: bool = False,
    max_rows: int = MAX_ROWS,
) -> TextTable:
    """Read one comma-separated file, header first.

    ``where`` names the file in messages. ``vouched_rows`` is the manifest's count of data rows
    and is enforced; it, or ``is_vouched`` (the manifest's checksum matched), stands in for the
    final line end. Cells are text exactly as delivered, except that an empty field, quoted or
    not, is None. ``source_row`` is the physical line on which a record starts (the header is
    line 1; a quoted line break counts as a line). Empty lines are ignored. Rows of blank cells,
    columns without a name or a cell, and notes and totals below the table that begin
    with one of ``footers`` are left out with one finding. ``may_be_empty`` allows a header alone.

    Raises:
        Refused: R-ENC, R-END, R-HDR or R-EMPTY, or R-ROW for a record that is not a row.
    """
    refuse_other_formats(data, where, "comma-separated text", (*_NOT_TEXT, _MARKUP))
    text, encoding = _decode(data, where, encodings)
    _refuse_cut_text(text, where, is_vouched or vouched_rows is not None)
    if match := _OTHER_SEPARATOR.match(text):
        raise _no_header(f"{where}, row {match[0].count(chr(10)) + 1}", *_NOT_BY_COMMAS)
    records = _records(text, where)
    line, names = _header(records, where)
    filled, blank_rows = without_blank_rows(records, max_rows + 1_000)
    body, notes = without_footers(filled, footers)
    used = used_columns(names, body)
    found = passed_over(notes, blank_rows, len(names) - len(used), where)
    refuse_bad_names({at + 1: names[at] for at in used}, f"{where}, row {line}")
    numbers, rows = _rows(body, where, line, (used, len(names)), max_rows)
    if vouched_rows == len(rows) + blank_rows:  # its sender may have counted lines
        vouched_rows = len(rows)
    refuse_miscount(len(rows), vouched_rows, where, may_be_empty=may_be_empty)
    index = pd.Index(numbers, name="source_row", dtype="int64")
    frame = pd.DataFrame(rows, index=index, columns=[names[at] for at in used], dtype=object)
    findings = (*_encoding_findings(data, where, encoding), *found)
    return TextTable(where, frame, encoding, findings, places=tuple(at + 1 for at in used))


Record = tuple[int, Sequence[str | None]]
"""The row on which it starts, and its cells."""


def without_blank_rows(records: Iterable[Record], limit: int) -> tuple[list[Record], int]:
    """The first ``limit`` rows in which something stands, and how many blank ones lie between."""
    filled: list[Record] = []
    blank = 0
    for record in records:
        if _is_blank(record[1]):
            blank += 1
        elif len(filled) < limit:
            filled.append(record)
        else:
            break
    return filled, blank


def _is_blank(cells: Sequence[str | None]) -> bool:
    return not any(cell and legible(cell) for cell in cells)


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


def used_columns(names: list[str], records: list[Record]) -> list[int]:
    """Places, from 0, of the columns in which something stands: a name or a cell."""
    return [
        at
        for at, name in enumerate(names)
        if name or any(len(cells) > at and legible(cells[at] or "") for _, cells in records)
    ]


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
    action = "leave notes, totals and blank rows and columns out of the export"
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
            "a header and no data rows",
            "at least one row",
            "send the rows; if there are none, say row_count 0 in the manifest (a nil return)",
        )


def refuse_bad_names(names: Mapping[int, str], where: str) -> None:
    """Refuse a title line, and a header whose trimmed, case-folded names are empty or repeated.

    ``names``: by the column's place in the file, from 1.
    """
    if len(names) > 2 and sum(map(bool, names.values())) == 1:  # of two, one is rather missing
        raise _title_line(where)
    first_seen: dict[str, int] = {}
    for column, name in names.items():
        if not name:
            raise Refused(
                "R-HDR",
                f"{where}, column {column}",
                "no column name",
                "a name for every column",
                "name the column, or empty its cells; column names stand in the first row, without "
                "merged cells or a title line",
            )
        if name.casefold() in first_seen:
            raise Refused(
                "R-HDR",
                f"{where}, columns {first_seen[name.casefold()]} and {column}",
                "the same column name twice",
                "names that differ in more than capitals and blanks",
                "rename or remove one of the two columns",
            )
        first_seen[name.casefold()] = column


def _title_line(where: str) -> Refused:
    return Refused(
        "R-HDR",
        where,
        "a title line above the column names",
        "column names in the first row",
        "remove it: column names come first",
    )


def refuse_other_formats(
    data: bytes, where: str, expected: str, others: Sequence[tuple[bytes, str, str]] = _NOT_TEXT
) -> None:
    """Refuse what its first bytes show to be another format, and NUL bytes anywhere."""
    if not data.removeprefix(_BOM).strip():
        raise Refused("R-EMPTY", where, "an empty file", expected, "send the file again")
    start = data.removeprefix(_BOM).lstrip()
    for magic, found, action in others:
        if start.startswith(magic):
            raise Refused("R-ENC", where, found, expected, action)
    if b"\0" in data:
        raise Refused(
            "R-ENC",
            where,
            f"a NUL byte in line {data[: data.index(0)].count(10) + 1}",
            f"{expected} in UTF-8 or Windows-1252",
            "export it again as UTF-8; NUL bytes come from UTF-16 or a damaged transfer",
        )


def _decode(data: bytes, where: str, encodings: Sequence[str]) -> tuple[str, str]:
    """Decode strictly in the first encoding that fits; a byte order mark allows only UTF-8."""
    allowed = ["utf-8"] if data.startswith(_BOM) else list(encodings)
    line = 1
    for encoding in allowed:
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
    raise Refused(
        "R-ENC",
        f"{where}, line {line}",
        "bytes that are not a letter in any allowed encoding",
        " or ".join(allowed),
        "export the file again as 'CSV UTF-8'",
    )


def _encoding_findings(data: bytes, where: str, encoding: str) -> tuple[Finding, ...]:
    """Note text that is read as Windows-1252 but holds letters written in UTF-8."""
    letters = len(_UTF8_LETTER.findall(data)) if encoding == "cp1252" else 0
    if not letters:
        return ()
    return (
        Finding(
            "R-ENC",
            "note",
            where,
            f"read as Windows-1252, because it is not valid UTF-8, but {letters} places look like "
            "UTF-8: the file mixes two encodings and names may hold wrong letters",
            "export the file again as 'CSV UTF-8'",
        ),
    )


def _refuse_cut_text(text: str, where: str, is_vouched: bool) -> None:
    """R-END: without a final line end nobody knows whether the file is whole."""
    if "\r" in text and "\n" not in text:
        raise Refused(
            "R-END",
            where,
            "lines that end in a carriage return alone (old Macintosh format)",
            "lines that end in LF or CRLF",
            "save the file as 'CSV UTF-8', not as 'CSV (Macintosh)'",
        )
    if not text.endswith("\n") and not is_vouched:
        raise Refused(
            "R-END",
            f"{where}, line {text.count(chr(10)) + 1}",
            "no line end after the last row: the file may have been cut off",
            "a line end after every row",
            "send the whole file again, or a manifest with its checksum or row count",
        )


def _records(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which it starts, fields) of every record that is not an empty line."""
    reader = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    start = 1
    try:
        for fields in reader:
            if len(fields) > 1 or any(map(str.strip, fields)):
                yield start, fields
            start = reader.line_num + 1
    except csv.Error as error:
        raise Refused(
            "R-ROW",
            f"{where}, row {start}",
            f"a record that cannot be read ({error})",
            'fields separated by commas, in double quotes where they hold a comma, a quote (as "") '
            "or a line break",
            "look for a quotation mark that is never closed, in this row or just below it",
        ) from None


def _header(records: Iterator[tuple[int, list[str]]], where: str) -> tuple[int, list[str]]:
    """Take the first filled record as the header; recognise what is usually not one."""
    line, fields = next((one for one in records if not _is_blank(one[1])), (1, []))
    if not fields:
        raise Refused("R-EMPTY", where, "blank rows alone", "a header", "send the file again")
    names = [name.strip() for name in fields]
    only = names[0] if not any(names[1:]) else ""
    if only.casefold().startswith("sep="):
        found, action = "a 'sep=' line", "remove that line: column names come first"
    elif len(names) == 1 and re.search("[;\t|]", only):
        found, action = _NOT_BY_COMMAS
    else:
        return line, names
    raise _no_header(f"{where}, row {line}", found, action)


def _no_header(where: str, found: str, action: str) -> Refused:
    return Refused("R-HDR", where, found, "column names, comma-separated", action)


def _rows(
    records: list[Record], where: str, header: int, shape: tuple[list[int], int], max_rows: int
) -> tuple[list[int], list[list[str | None]]]:
    """Collect the data rows, each with exactly as many fields as the header in line ``header``.

    ``shape``: the places of the columns that are used, and how many the header has in all.
    """
    used, width = shape
    numbers: list[int] = []
    rows: list[list[str | None]] = []
    for line, fields in records:
        if not rows and width == 1 < len(fields):  # one name above many is no name
            raise _title_line(f"{where}, row {header}")
        if len(fields) != width:
            raise Refused(
                "R-ROW",
                f"{where}, row {line}",
                f"{len(fields)} fields",
                f"{width}, as in the header",
                "put texts that hold a comma in double quotes; titles and footers do not belong "
                "in the file",
            )
        if len(rows) == max_rows:
            raise Refused(
                "R-ROW",
                f"{where}, row {line}",
                f"more than {max_rows} rows",
                "one snapshot of one sender",
                "check that the export is limited to the agreed period and service",
            )
        numbers.append(line)
        rows.append([fields[at] or None for at in used])
    return numbers, rows
