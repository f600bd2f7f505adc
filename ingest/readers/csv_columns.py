"""A plain CSV in whole columns: pyarrow reads it, and no cell becomes an object of its own.

Plain is what Python's csv reader and pyarrow read alike, and what needs no word to its sender: a
header in the first line, each row on a line of its own with all of its fields, something in each.
Whatever else a file holds, ``read_plain`` leaves it to the reader of ``ingest/readers/csv.py``.
"""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingest.readers.tabular import MAX_FIELD_CHARACTERS, blank_rows
from ingest.typed.coded import of_arrow

_COMMA, _LINE_FEED, _RETURN, _QUOTE = b',\n\r"'
_PIECE_BYTES = 64 * 1024


def read_plain(data: bytes, max_rows: int) -> pd.DataFrame | None:
    """The rows of a plain file as categories, by line; None where the file is not plain.

    ``data`` is UTF-8 without a byte order mark.
    """
    marks = np.frombuffer(data, np.uint8)
    ends = _places(data, _LINE_FEED)
    if not len(ends) or ends[0] + 1 == len(data):
        return None
    starts = np.concatenate(([0], ends + 1))
    lengths = np.append(ends, len(data)) - starts
    if lengths.max() > MAX_FIELD_CHARACTERS or not _is_quoted_plainly(data, ends):
        return None
    names = _names(data[: ends[0]].decode())
    columns = names and _columns(pa.py_buffer(data).slice(starts[1]), len(names))
    is_filled = lengths > (marks[np.minimum(starts, len(data) - 1)] == _RETURN)
    lines = np.flatnonzero(is_filled)[1:] + 1
    if not columns or not len(lines) == len(columns[0]) <= max_rows or blank_rows(columns).any():
        return None
    index = pd.Index(lines, name="source_row")
    return pd.DataFrame(dict(zip(names, columns, strict=True))).set_axis(index)


def _names(header: str) -> list[str]:
    """The trimmed names of a header, or nothing where one is missing or stands there twice."""
    names = [name.strip() for name in next(csv.reader([header]), [])]
    are_names = len(names) > 1 and all(names) and len({n.casefold() for n in names}) == len(names)
    return names if are_names else []


def _is_quoted_plainly(data: bytes, ends: np.ndarray) -> bool:
    """Whether quotation marks open and close whole fields of one line, and lines end in LF or CRLF.

    Marks come in pairs: one that opens stands behind a comma or line end, one that closes before
    one. Two marks side by side inside a field close and open it again.
    """
    marks = np.frombuffer(data, np.uint8)
    returns = _places(data, _RETURN)
    if len(returns) and (returns[-1] == len(marks) - 1 or (marks[returns + 1] != _LINE_FEED).any()):
        return False
    quotes = _places(data, _QUOTE)
    if not len(quotes):
        return True
    if len(quotes) % 2 or (np.searchsorted(quotes, ends) % 2).any():
        return False
    opens, closes = quotes[::2], quotes[1::2]
    before = np.where(opens > 0, marks[opens - 1], _LINE_FEED)
    after = np.append(marks, _LINE_FEED)[closes + 1]
    goes_on = closes[:-1] + 1 == opens[1:]
    is_open = np.isin(before, (_COMMA, _LINE_FEED)) | np.append(False, goes_on)
    is_closed = np.isin(after, (_COMMA, _LINE_FEED, _RETURN)) | np.append(goes_on, False)
    return bool(is_open.all() and is_closed.all())


def _places(data: bytes, mark: int) -> np.ndarray:
    """Where a mark stands. Piece by piece, since new memory costs more than looking through it."""
    if mark not in data:
        return np.zeros(0, np.int64)
    marks = np.frombuffer(data, np.uint8)
    starts = range(0, len(marks), _PIECE_BYTES)
    found = [np.flatnonzero(marks[at : at + _PIECE_BYTES] == mark) + at for at in starts]
    return np.concatenate(found)


def _columns(rows: pa.Buffer, width: int) -> list[pd.Categorical] | None:
    """The fields below the header, an empty one missing; None where a row has another number."""
    names = [str(at) for at in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(rows),
            arrow_csv.ReadOptions(use_threads=False, column_names=names),
            arrow_csv.ParseOptions(newlines_in_values=False),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [of_arrow(column.combine_chunks().dictionary_encode()) for column in table.columns]
