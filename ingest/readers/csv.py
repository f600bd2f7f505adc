"""CSV bytes -> text table. One dialect, nothing sniffed, nothing mended, only blanks skipped.

The rules R-ENC, R-END, R-HDR and R-EMPTY are explained in ``ingest/contracts/policy.yaml``.
Messages name rows and columns by number: where a file lacks its header, its "column names"
are people's data.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

import pandas as pd

from ingest.readers.csv_columns import read_plain
from ingest.readers.first_bytes import BOM, MARKUP, NOT_TEXT, refuse_other_formats
from ingest.readers.tabular import (
    MAX_FIELD_CHARACTERS,
    MAX_ROWS,
    Record,
    is_blank,
    passed_over,
    refuse_bad_names,
    refuse_miscount,
    title_line,
    used_columns,
    without_blank_rows,
    without_footers,
)
from ingest.refusals import Finding, Refused
from ingest.typed.text_table import TextTable

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
    refuse_other_formats(data, where, "comma-separated text", (*NOT_TEXT, MARKUP))
    text, encoding = decode(data, where, encodings)
    _refuse_cut_text(text, where, is_vouched or vouched_rows is not None)
    if match := _OTHER_SEPARATOR.match(text):
        raise _no_header(f"{where}, row {match[0].count(chr(10)) + 1}", *_NOT_BY_COMMAS)
    findings = _encoding_findings(data, where, encoding)
    utf_8 = data.removeprefix(BOM) if encoding == "utf-8" else text.encode()
    plain = None if footers else read_plain(utf_8, max_rows)
    if plain is not None:
        refuse_miscount(len(plain), vouched_rows, where, may_be_empty=may_be_empty)
        return TextTable(where, plain, encoding, findings)
    records = records_of(text, where)
    line, names = _header(records, where)
    filled, blank_rows = without_blank_rows(records, max_rows + 1_000)
    body, notes = without_footers(filled, footers)
    used = used_columns(names, lambda at: (cells[at] for _, cells in body if len(cells) > at))
    findings += passed_over(notes, blank_rows, len(names) - len(used), where)
    refuse_bad_names({at + 1: names[at] for at in used}, f"{where}, row {line}")
    numbers, rows = _rows(body, where, line, (used, len(names)), max_rows)
    if vouched_rows == len(rows) + blank_rows:  # its sender may have counted lines
        vouched_rows = len(rows)
    refuse_miscount(len(rows), vouched_rows, where, may_be_empty=may_be_empty)
    index = pd.Index(numbers, name="source_row", dtype="int64")
    frame = pd.DataFrame(rows, index=index, columns=[names[at] for at in used], dtype=object)
    return TextTable(where, frame, encoding, findings, places=tuple(at + 1 for at in used))


def decode(data: bytes, where: str, encodings: Sequence[str]) -> tuple[str, str]:
    """Decode strictly in the first encoding that fits; a byte order mark allows only UTF-8."""
    allowed = ["utf-8"] if data.startswith(BOM) else list(encodings)
    line = 1
    for encoding in allowed:
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
    raise Refused(
        "R-ENC",
        f"{where}, line {line}",
        "bytes that are not valid in any allowed encoding",
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
            "lines that end in a carriage return only (old Macintosh format)",
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


def records_of(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which it starts, fields) of every record that is not an empty line."""
    # The limit is the whole process's, and any library may have set another.
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
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
    line, fields = next((one for one in records if not is_blank(one[1])), (1, []))
    if not fields:
        raise Refused("R-EMPTY", where, "only blank rows", "a header", "send the file again")
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
            raise title_line(f"{where}, row {header}")
        if len(fields) != width:
            raise Refused(
                "R-ROW",
                f"{where}, row {line}",
                f"{len(fields)} fields",
                f"{width}, as in the header",
                "put text with a comma in double quotes; remove titles and footers",
            )
        if len(rows) == max_rows:
            raise Refused(
                "R-ROW",
                f"{where}, row {line}",
                f"more than {max_rows} rows",
                "the snapshot of one sender and month",
                "check that the export is limited to the agreed period and service",
            )
        numbers.append(line)
        rows.append([fields[at] or None for at in used])
    return numbers, rows
