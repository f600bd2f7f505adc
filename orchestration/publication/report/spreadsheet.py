"""A workbook that everybody can read: a cover, the contents, and one table a sheet.

Laid out by the Analysis Function's guidance "Releasing statistics in spreadsheets": the title of
each sheet in its first cell, one marked table below it, no cell empty, no filter, no frozen pane. A
number that there is not is a shorthand of that guidance, never blank and never zero.
"""

from __future__ import annotations

import math
import re
import textwrap
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.months import last_day
from orchestration.publication.report import words
from orchestration.publication.report.facts import Facts

if TYPE_CHECKING:
    import gptables

LANGUAGE = "en-GB"
DEMONSTRATION = "Demonstration: invented data"
NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
MEANINGS = {
    "[c]": "not shown, to protect people",
    "[low]": "not shown, because the number is small",
    "[u]": "not shown, because it would be of low reliability",
    "[x]": "not available",
    "[z]": "not applicable",
}
UNITS = {
    "pct": "percent",
    "distribution": "percent",
    "rate_per_100": "in each 100",
    "rate_per_1000": "in each 1,000",
    "weeks": "weeks",
    "days": "days",
    "score": "score",
    "count": "number",
}
"""Units in words: a cell must hold a letter or a digit, so that it can be read out."""
DAY, WHOLE, ONE_PLACE = "d mmmm yyyy", "#,##0", "#,##0.0"
_UNIX = 3  # as archives number systems
_PAPER_A3 = 8  # as Excel numbers sizes of paper
_COVER_WIDTH = 120  # so that no line of the cover wraps
_PAGE_WIDTH = 230  # in widths of a column: so much of a row is readable on a page of A3
_POINTS_A_LINE = 16  # Arial of 12 points
_LETTERS_A_UNIT = 0.92  # a width is counted in digits of Calibri 11, letters are of Arial 12
_LINK = re.compile(r"\](?=\()")
_SPEAKABLE = re.compile(r"[a-zA-Z0-9]")


class Shown(NamedTuple):
    """A number or a day, and the number format that shows it."""

    value: float | date
    shape: str


Cell = str | Shown


class Sheet(NamedTuple):
    """One worksheet: its tab, its title and its table."""

    tab: str
    title: str
    headings: Mapping[str, int]
    rows: Sequence[Sequence[Cell]]


def book(facts: Facts, intro: Sequence[str], sheets: Sequence[Sheet]) -> bytes:
    """Make a workbook; the same sheets and facts give the same bytes on any machine and day.

    Its archive is not compressed, and holds no time but the day of knowledge in its properties.
    """
    import gptables

    made = BytesIO()
    # A text that begins with "=" stays a text, and no text becomes a link or a number by itself.
    never = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = gptables.GPWorkbook(made, options={"in_memory": True, **never})
    known = datetime(facts.as_at.year, facts.as_at.month, facts.as_at.day)
    title = f"{facts.partnership['report']}, {_month(facts)}"
    book.set_properties(
        {"title": title, "subject": f"Release {facts.release_id}", "created": known}
        | {"author": facts.partnership["name"]}
    )
    book.set_custom_property("Language", LANGUAGE, "text")
    marks = [DEMONSTRATION] if facts.is_synthetic else []
    cover = book.add_worksheet("Cover")
    cover.write_cover(_cover(facts, title, [*marks, *intro]))
    _set_page(cover, marks, pages_wide=1)
    tables = {sheet.tab: _table(sheet, marks) for sheet in sheets}
    contents = book.make_table_of_contents(tables, subtitles=marks)
    _write(book, "Contents", contents, [28, 90], marks)
    for sheet in sheets:
        _write(book, sheet.tab, tables[sheet.tab], list(sheet.headings.values()), marks)
    book.close()
    return _stored(made)


def _stored(deflated: BytesIO) -> bytes:
    """Pack the parts anew as they are: what they are compressed to differs between zlibs."""
    stored = BytesIO()
    with zipfile.ZipFile(deflated) as parts, zipfile.ZipFile(stored, "w") as archive:
        for name in parts.namelist():
            part = zipfile.ZipInfo(name)  # of 1 January 1980, the first day of archives
            part.create_system = _UNIX  # whichever system packs it
            archive.writestr(part, parts.read(name))
    return stored.getvalue()


def _cover(facts: Facts, title: str, intro: Sequence[str]) -> gptables.Cover:
    import gptables

    state = "Provisional figures" if facts.is_provisional else "Final figures"
    return gptables.Cover(
        title=title,
        intro=list(intro),
        about=[
            f"Month: {_month(facts)}",
            f"Made from what was known on {words.in_full(facts.as_at)}",
            f"{state}, release {facts.release_id}",
        ],
        width=_COVER_WIDTH,
    )


def _month(facts: Facts) -> str:
    return words.month(last_day(facts.month))


def _table(sheet: Sheet, marks: Sequence[str]) -> gptables.GPTable:
    import gptables
    import pandas as pd

    rows = sheet.rows or [_nothing(sheet)]
    values = [[one.value if isinstance(one, Shown) else one for one in row] for row in rows]
    return gptables.GPTable(
        table=pd.DataFrame(values, columns=list(sheet.headings), dtype=object),
        table_name=sheet.tab.lower().replace(" ", "_"),
        title=sheet.title,
        subtitles=list(marks),
        instructions="This worksheet contains one table.",
        legend=_legend(values),
        index_columns={},
        additional_formatting=_formats(rows),
    )


def _formats(rows: Sequence[Sequence[Cell]]) -> list[dict[str, Any]]:
    """Give the formats of a table: cells begin at the top and apart from the cell before.

    A format of several cells at once reaches the last one only (gptables 2.0.2), so a column whose
    numbers have one shape is formatted whole, and others cell by cell.
    """
    every = list(range(len(rows[0])))
    apart = {"columns": every[1:], "format": {"indent": 1}, "include_names": True}
    found = [{"column": {"columns": every, "format": {"valign": "top"}}}]
    found += [{"column": apart}] if every[1:] else []
    for across, column in enumerate(zip(*rows, strict=True)):
        shapes = {down: one.shape for down, one in enumerate(column, 1) if isinstance(one, Shown)}
        if len(set(shapes.values())) == 1:
            shape = {"num_format": next(iter(shapes.values()))}
            found.append({"column": {"columns": [across], "format": shape}})
        else:
            found += [
                {"cell": {"cells": (down, across), "format": {"num_format": shape}}}
                for down, shape in shapes.items()
            ]
    return found


def _nothing(sheet: Sheet) -> list[str]:
    """Say in a row that there is no row: gptables refuses an empty table."""
    return ["This release holds no such figures.", *[NOT_AVAILABLE] * (len(sheet.headings) - 1)]


def _legend(values: Iterable[Sequence[Any]]) -> list[str]:
    """Explain the shorthand that a table uses."""
    used = {one for row in values for one in row if isinstance(one, str)}
    return [f"{mark} means {said}." for mark, said in MEANINGS.items() if mark in used]


def _write(
    book: gptables.GPWorkbook,
    tab: str,
    table: gptables.GPTable,
    widths: Sequence[int],
    marks: Sequence[str],
) -> None:
    sheet = book.add_worksheet(tab)
    sheet.write_gptable(table, auto_width=False)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    first = table.data_range[0]
    for row, cells in enumerate([table.table.columns, *table.table.values.tolist()], first):
        sheet.set_row(row, _POINTS_A_LINE * max(map(_lines, cells, widths)))
    _set_page(sheet, marks, math.ceil(sum(widths) / _PAGE_WIDTH))
    sheet.repeat_rows(first)
    sheet.repeat_columns(0)


def _set_page(sheet: Any, marks: Sequence[str], pages_wide: int) -> None:
    """Say on each printed page what it is: title and mark stand on the first one only."""
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A3)
    sheet.fit_to_pages(pages_wide, 0)
    sheet.set_footer(f"&L{' '.join(marks)}&R&A, page &P of &N")


def _lines(cell: Any, width: int) -> int:
    """Count the lines of a text: not every program makes rows higher by itself (LibreOffice)."""
    letters = int(width * _LETTERS_A_UNIT)
    is_long = isinstance(cell, str) and len(cell) > letters
    return len(textwrap.wrap(cell, letters)) if is_long else 1


def text(value: Any) -> str:
    """Write a text of the release; what is absent does not apply.

    gptables takes ``[..](..)`` for a link and refuses a cell that cannot be read out.
    """
    if value is None:
        return NOT_APPLICABLE
    said = _LINK.sub("] ", str(value))
    return said if _SPEAKABLE.search(said) else f"Sign: {said}"
