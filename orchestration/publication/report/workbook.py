"""The report as a workbook: every figure as a number, one table a sheet, no cell empty.

Laid out by the Analysis Function's guidance "Releasing statistics in spreadsheets": a cover, the
contents, notes, the title of each sheet in its first cell, one marked table below it. A figure that
the release lacks is a shorthand of that guidance, never blank and never zero. Figures stand
unrounded and are shown to one place by their number format.
"""

from __future__ import annotations

import math
import re
import textwrap
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from orchestration.publication.report import plan, scorecard, sentences, words
from orchestration.publication.report.measures import PRINTED, Measure, Measures
from orchestration.publication.report.pages import OUTCOMES
from orchestration.publication.report.tables import Row

if TYPE_CHECKING:
    import gptables

NAME = "report.xlsx"
"""Where the workbook lies below the release's ``internal/``."""
LANGUAGE = "en-GB"
DEMONSTRATION = "Demonstration: invented data"
NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
SHORTHAND = {"suppressed": "[c]", "low": "[low]", "not_available": "[x]", "not_applicable": "[z]"}
"""What stands in place of a figure, by ``value_status``."""
MEANINGS = {
    "[c]": "not shown, to protect people",
    "[low]": "not shown, because the number is small",
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
KINDS = {
    "historic": "Before the plan",
    "trajectory": "Step of the plan",
    "target": "Target",
    "month": "No longer planned",
}
"""Kinds of rows of the plan, in the order in which rows of one date are listed."""
_DAY, _WHOLE, _ONE_PLACE = "d mmmm yyyy", "#,##0", "#,##0.0"
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


class Column(NamedTuple):
    """A column of a table of measures: heading, width in characters, what a measure's cell says."""

    heading: str
    width: int
    cell: Callable[[Measures, Measure], Cell]


class Sheet(NamedTuple):
    """One worksheet: its tab, its title and its table."""

    tab: str
    title: str
    headings: Mapping[str, int]
    rows: Sequence[Sequence[Cell]]


def render(measures: Measures) -> bytes:
    """Make the workbook; the same tables and facts give the same bytes on any machine and day.

    Its archive is not compressed, and holds no time but the day of knowledge in its properties.
    """
    import gptables

    made = BytesIO()
    # A text that begins with "=" stays a text, and no text becomes a link or a number by itself.
    never = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = gptables.GPWorkbook(made, options={"in_memory": True, **never})
    facts = measures.facts
    known = datetime(facts.as_at.year, facts.as_at.month, facts.as_at.day)
    title = f"{facts.partnership['report']}, {words.month(measures.month_end)}"
    book.set_properties(
        {"title": title, "subject": f"Release {facts.release_id}", "created": known}
        | {"author": facts.partnership["name"]}
    )
    book.set_custom_property("Language", LANGUAGE, "text")
    marks = [DEMONSTRATION] if facts.is_synthetic else []
    cover = book.add_worksheet("Cover")
    cover.write_cover(_cover(measures, title, marks))
    _set_page(cover, marks, pages_wide=1)
    sheets = sheets_of(measures)
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


def sheets_of(measures: Measures) -> list[Sheet]:
    """Give the sheets after cover and contents, in their order."""
    place = f"{measures.area_name}, {words.month(measures.month_end)}"
    return [
        Sheet("Notes", "Notes", {"Note number": 10, "Subject": 56, "Note": 90}, _notes(measures)),
        _sheet_of(measures, "Headline measures", f"Headline measures: {place}", measures.headline),
        *(
            _sheet_of(measures, name, f"{name}: {place}", measures.of_outcome(name))
            for name in OUTCOMES
        ),
        Sheet(
            "Waiting lists",
            f"Referrals that wait at the end of each month: {measures.area_name}",
            {"Month ends": 20, "Service": 30, "Provider": 62, "Waiting for": 30}
            | {"Referrals waiting": 16, "Why there is no figure": 64},
            _waiting(measures),
        ),
        Sheet(
            "Improvement plan",
            f"Improvement plan, what it asks and what became of it: {measures.area_name}",
            {"Measure": 64, "Statement": 12, "Statement title": 86, "Plan date": 20}
            | {"Kind": 18, "Asked, as printed": 24, "Asked, as a number": 16}
            | {"Actual": 16, "Unit": 16, "Met": 12}
            | {"How the cell is read": 86, "Indicator": 34},
            _plan(measures),
        ),
        _sheet_of(
            measures,
            "History",
            f"Headline measures over time: {measures.area_name}",
            [replace(one, latest=row) for one in measures.headline for row in one.series],
            HISTORY,
        ),
    ]


def _cover(measures: Measures, title: str, marks: Sequence[str]) -> gptables.Cover:
    import gptables

    facts = measures.facts
    state = "Provisional figures" if facts.is_provisional else "Final figures"
    return gptables.Cover(
        title=title,
        intro=[
            *marks,
            f"This workbook holds the figures of the report for {measures.area_name}.",
            "The worksheet Contents lists the other worksheets.",
            "The worksheet Notes says what shorthand means and why figures are missing.",
        ],
        about=[
            f"Month: {words.month(measures.month_end)}",
            f"Made from what was known on {words.in_full(facts.as_at)}",
            f"{state}, release {facts.release_id}",
        ],
        width=_COVER_WIDTH,
    )


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


def _sheet_of(
    measures: Measures,
    tab: str,
    title: str,
    shown: Iterable[Measure],
    columns: Sequence[Column] | None = None,
) -> Sheet:
    columns = columns or LATEST
    return Sheet(
        tab,
        title,
        {column.heading: column.width for column in columns},
        [[column.cell(measures, one) for column in columns] for one in shown],
    )


def _text(value: Any) -> str:
    """Write a text of the release; what is absent does not apply.

    gptables takes ``[..](..)`` for a link and refuses a cell that cannot be read out.
    """
    if value is None:
        return NOT_APPLICABLE
    text = _LINK.sub("] ", str(value))
    return text if _SPEAKABLE.search(text) else f"Sign: {text}"


def _number(value: Any, unit: str) -> Shown:
    return Shown(float(value), _WHOLE if unit == "count" else _ONE_PLACE)


def _of(row: Row, column: str, unit: str) -> Cell:
    """Show a number of a row: without a figure none of its parts, and else what there is."""
    if row["value"] is None:
        return SHORTHAND[row["value_status"]]
    return NOT_APPLICABLE if row[column] is None else _number(row[column], unit)


def _if_any(row: Row, column: str, unit: str, lacks: str) -> Cell:
    """Show a number that stands beside the figure, whether the row has a figure or not."""
    return lacks if row[column] is None else _number(row[column], unit)


def _period(row: Row) -> str:
    return words.period(row["period_type"], row["period_start"], row["period_end"])


def _reason(measures: Measures, row: Row, column: str = "value") -> str:
    if row[column] is not None:
        return NOT_APPLICABLE
    return _text(sentences.why_no_figure(measures.tables, row).striptags())


def _change(_: Measures, one: Measure) -> Cell:
    if one.change is None:
        return NOT_AVAILABLE
    shape = _WHOLE if one.unit == "count" else _ONE_PLACE
    return Shown(one.change, f"+{shape};-{shape};{shape}")


def _is_real(measures: Measures, one: Measure) -> str:
    turn = sentences.turn(measures.tables, one)
    return f"{turn['words']}. {Markup(turn['reason']).striptags()}".strip()


def _official(_: Measures, one: Measure) -> Cell:
    return NOT_APPLICABLE if one.published is None else _of(one.published, "value", one.unit)


def _official_period(_: Measures, one: Measure) -> str:
    return NOT_APPLICABLE if one.published is None else _period(one.published)


def _care(_: Measures, one: Measure) -> str:
    return "; ".join(scorecard.marks(one.latest)) or NOT_APPLICABLE


_MEASURE = Column("Measure", 44, lambda _, one: _text(one.about["short_title"]))
_UNIT = Column("Unit", 12, lambda _, one: UNITS[one.unit])
_FIGURE = (
    Column("Figure", 16, lambda _, one: _of(one.latest, "value", one.unit)),
    Column("Numerator", 16, lambda _, one: _of(one.latest, "numerator", "count")),
    Column("Denominator", 16, lambda _, one: _of(one.latest, "denominator", "count")),
    Column("Why there is no figure", 64, lambda all_, one: _reason(all_, one.latest)),
    Column("Read with care", 24, _care),
)
_ASKED = Column(
    "Plan asks for",
    16,
    lambda _, one: _if_any(one.latest, "trajectory_value", one.unit, NOT_APPLICABLE),
)
_JUDGED = (
    Column("Rating against the plan", 22, lambda _, one: sentences.rating(one)["words"]),
    Column("Is the change real", 72, _is_real),
)
_INDICATOR = Column("Indicator", 34, lambda _, one: one.indicator_id)
LATEST: Sequence[Column] = (
    _MEASURE,
    _UNIT,
    Column("Period", 26, lambda _, one: _period(one.latest)),
    *_FIGURE,
    Column(
        "Figure a year before",
        16,
        lambda _, one: _if_any(one.latest, "year_ago_value", one.unit, NOT_AVAILABLE),
    ),
    Column("Change on a year", 16, _change),
    _ASKED,
    Column(
        "Target of the plan",
        16,
        lambda _, one: _if_any(one.latest, "target_value", one.unit, NOT_APPLICABLE),
    ),
    *_JUDGED,
    Column("Backlog", 16, lambda _, one: _if_any(one.latest, "backlog", "count", NOT_APPLICABLE)),
    Column("Official figure", 16, _official),
    Column("Period of the official figure", 26, _official_period),
    Column("Owner", 34, lambda _, one: _text(one.about["owner_group"])),
    Column("What it counts", 90, lambda _, one: _text(one.about["plain_definition"])),
    _INDICATOR,
)
"""Columns of the newest figures."""
HISTORY: Sequence[Column] = (
    _MEASURE,
    _UNIT,
    Column("Period", 26, lambda _, one: _period(one.latest)),
    Column("Period ends", 20, lambda _, one: Shown(one.latest["period_end"], _DAY)),
    *_FIGURE,
    _ASKED,
    Column("Average", 16, lambda _, one: _of(one.latest, "spc_mean", one.unit)),
    Column("Expected from", 16, lambda _, one: _of(one.latest, "spc_lower", one.unit)),
    Column("Expected to", 16, lambda _, one: _of(one.latest, "spc_upper", one.unit)),
    *_JUDGED,
    _INDICATOR,
)
"""Columns of the figures over time: a measure's row of a month is its newest of that time."""


def _waiting(measures: Measures) -> list[list[Cell]]:
    """Give the lists of the area by month, service, provider and band, the shortest wait first."""
    tables = measures.tables
    rows = tables.rows("waiting_list", basis="local", area_code=measures.area_code)
    labels = {
        (row["breakdown"], row["breakdown_value"]): row
        for row in tables.rows("breakdowns", breakdown=["service", "wait_band"])
    }
    providers = {row["area_code"]: row["area_name"] for row in tables.rows("areas")}

    def label(kind: str, code: str) -> str:
        return _text(labels[kind, code]["label"] if (kind, code) in labels else code)

    rows.sort(
        key=lambda row: (
            row["period_end"],
            label("service", row["service"]),
            row["provider_code"],
            int(re.match(r"\d*", row["wait_band"])[0] or 0),
        )
    )
    return [
        [
            Shown(row["period_end"], _DAY),
            label("service", row["service"]),
            _text(providers.get(row["provider_code"], row["provider_code"])),
            label("wait_band", row["wait_band"]),
            SHORTHAND[row["value_status"]]
            if row["referral_count"] is None
            else _number(row["referral_count"], "count"),
            _reason(measures, row, "referral_count"),
        ]
        for row in rows
    ]


def _plan(measures: Measures) -> list[list[Cell]]:
    """Give every cell of the plan, and the months after it, each with the figure of its month."""
    order = list(KINDS)
    rows = measures.tables.rows("improvement_plan", kind=PRINTED)
    rows += measures.tables.rows("improvement_plan", planned_as="no_longer_planned")
    rows.sort(key=lambda r: (r["metric_number"], r["period_end"], order.index(r["kind"])))
    return [
        [
            _text(row["metric"]),
            Shown(row["statement"], _WHOLE),
            _text(row["statement_title"]),
            Shown(row["period_end"], _DAY),
            KINDS[row["kind"]],
            _text(row["raw"]),
            _if_any(row, "target_value", row["unit"], NOT_APPLICABLE),
            _if_any(row, "actual_value", row["unit"], SHORTHAND.get(row["actual_status"], "[x]")),
            UNITS[row["unit"]],
            _verdict(row, measures.month_end),
            _text(row["reading"]),
            _text(row["indicator_id"]),
        ]
        for row in rows
    ]


def _verdict(row: Row, month_end: date) -> str:
    is_due = row["kind"] not in ("historic", "month") and row["period_end"] <= month_end
    lacks = NOT_AVAILABLE if is_due and row["actual_value"] is None else NOT_APPLICABLE
    return plan.VERDICTS[row["is_met"]]["words"] or lacks


def _notes(measures: Measures) -> list[list[Cell]]:
    """Say what shorthand and words mean, why figures are missing, and what the release is."""
    facts = measures.facts
    reasons = sorted(measures.tables.rows("status_reasons"), key=lambda row: row["sort_order"])
    notes = [
        *((f"Shorthand {mark}", f"{said.capitalize()}.") for mark, said in MEANINGS.items()),
        *((_text(f"No figure: {row['family_text']}"), _text(row["meaning"])) for row in reasons),
        ("Figures", "Figures are not rounded. Cells show shares and waits to one decimal place."),
        (
            "Numerator and denominator",
            "Of a share: how many count, of how many. A median or mean has the number of cases "
            "as its denominator.",
        ),
        (
            "Rating against the plan",
            "Green is at or better than the plan asks, amber misses it by no more than the "
            "Partnership allows, red misses it by more.",
        ),
        (
            "Is the change real",
            "A change is real where chance does not explain it: the figure leaves the range "
            "expected from the months before, or keeps to one side or one direction.",
        ),
        ("Backlog", "How many cases were overdue, or waited, at the end of the period."),
        ("Release", facts.release_id),
        ("Month", words.month(measures.month_end)),
        ("Made from what was known on", words.in_full(facts.as_at)),
        ("State", "Provisional figures" if facts.is_provisional else "Final figures"),
        *([("Data", DEMONSTRATION)] if facts.is_synthetic else []),
    ]
    return [[Shown(n, _WHOLE), subject, said] for n, (subject, said) in enumerate(notes, 1)]
