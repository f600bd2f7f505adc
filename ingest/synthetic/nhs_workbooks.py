"""Look-alikes of NHS England's community waiting-list workbooks, in each layout it has used.

Sheets, titles, headers and service lines are those of the fifteen workbooks of January 2023 to
May 2025; long notes are in our own words, organisations and numbers are invented.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from .files import Cell, Row, Sheet, xlsx_parts, zip_bytes
from .nhs_lists import BANDS, ICBS, LINES, PROVIDERS, REGIONS, RESTRICTED, Provider

_TITLES = {
    "Table 4": "Total waiting list",
    "Table 4a": "Number waiting 0-1 weeks (0-7 days)",
    "Table 4b": "Number waiting >1-2 weeks (8-14 days)",
    "Table 4c": "Number waiting >2-4 weeks (15-28 days)",
    "Table 4d": "Number waiting >4-12 weeks (29-84 days)",
    "Table 4e": "Number waiting >12-18 weeks (85-126 days)",
    "Table 4f": "Number waiting >18-52 weeks (127-364 days)",
}
_TO_2024 = {"Table 4g": "Number waiting over 52 weeks (over 365 days)"}
_FROM_2024 = {
    "Table 4g": "Number waiting >52-104 weeks (365-728 days)",
    "Table 4h": "Number waiting over 104 weeks (over 2 years)",
}
_WEEKS = ("0-1", ">1-2", ">2-4", ">4-12", ">12-18", ">18-52")

_BLANKS = "A blank means that no organisation submitted the service line."
_VARIES = "Figures add up what providers submitted, and submitters differ from month to month."
_BY_WEEK = "Weekly breakdowns may not add up to the total waiting list."
_SENSITIVE = "* Adult safeguarding, looked after children and safeguarding: England only."
_EXTRA = "** Invented note: one provider's figures of this month include a new pathway."


@dataclass(frozen=True)
class Layout:
    """How one generation of workbooks is laid out.

    ``is_early``: data begin in column B, a blank row before the header, no header labels, a
    group's level only on its first row, months as date cells. ``months_named``: the sheets whose
    titles end with the month. ``has_missing_row``: Table 2 counts missing submissions.
    ``has_two_years``: a table 4h. ``has_extra_note``: one more note above the header of Tables 2
    to 4g, not of 4h.
    """

    is_early: bool = False
    has_codes: bool = True
    is_published_text: bool = True
    restricted: str | None = None
    months_named: Collection[str] = ("Table 3", "Table 4")
    contents: str = "Number of organisations that did not submit data by month"
    has_missing_row: bool = False
    has_two_years: bool = False
    has_extra_note: bool = False


_OLD = {"is_early": True, "has_codes": False, "is_published_text": False, "restricted": "*"}
_SUBMITTED = "Number of organisations that submitted data"
"""What the contents say of Table 1 from February to May 2023; the table counts who did not."""

LAYOUTS = {
    "early": Layout(**_OLD),  # January 2023
    "early_undated": Layout(**_OLD, months_named=(), contents=_SUBMITTED),  # February 2023
    "early_dated": Layout(  # May 2023; March and April name the month in Tables 3 and 4 only
        **_OLD,
        months_named=("Table 1", "Table 2", "Table 3", "Table 4"),
        contents=_SUBMITTED,
        has_missing_row=True,
    ),
    "uncoded": Layout(has_codes=False, is_published_text=False, restricted="*"),  # June 2023
    "coded": Layout(),  # October 2023 to November 2024
    "two_years": Layout(has_two_years=True),  # from December 2024
    "two_years_noted": Layout(has_two_years=True, has_extra_note=True),  # January 2025
}


def workbook(
    layout: str,
    month: str,
    published: date,
    lists: Mapping[str, pd.DataFrame],
    *,
    providers: Sequence[Provider] = PROVIDERS,
    outside_totals: Collection[str] = (),
    titles: Mapping[str, str] | None = None,
    is_compressed: bool = False,
) -> bytes:
    """Write one edition as an XLSX file; same arguments, same bytes.

    Args:
        layout: a key of ``LAYOUTS``.
        month: the edition's month, ``YYYY-MM``.
        published: the day on its cover.
        lists: for each month that the time series show, counts as ``example_lists`` makes them.
            An optional column ``total`` replaces the sum of the bands, to plant bands that do not
            add up. A provider without rows in a month is not listed, and counts as missing.
        providers: the organisations in scope; give other names or boards to plant a merger.
        outside_totals: codes of listed providers that the totals leave out, to plant a loss.
        titles: other titles for some sheets, by sheet name.
        is_compressed: a fifth of the size, but only the members are the same on every machine.

    Raises:
        KeyError: an unknown layout, or no lists for ``month``.
    """
    edition = _Edition(LAYOUTS[layout], month, published, lists, providers, outside_totals)
    return zip_bytes(xlsx_parts(edition.sheets(titles or {})), is_compressed=is_compressed)


@dataclass(frozen=True)
class _Edition:
    layout: Layout
    month: str
    published: date
    lists: Mapping[str, pd.DataFrame]
    providers: Sequence[Provider]
    outside_totals: Collection[str]

    def sheets(self, titles: Mapping[str, str]) -> list[Sheet]:
        """Build every sheet in the publisher's order."""
        named = {name: titles.get(name, title) for name, title in self._titles().items()}
        bodies = {
            "Table 1": self._table_1(),
            "Table 2": self._table_2(),
            "Table 3": self._table_3(),
        }
        bodies |= {name: self._table_4(name, band) for name, band in self._bands().items()}
        return [
            Sheet("Cover page", self._cover()),
            Sheet("Contents", self._contents()),
            *(Sheet(name, self._sheet(name, named[name], rows)) for name, rows in bodies.items()),
        ]

    def _bands(self) -> dict[str, str]:
        """Give the column of the counts that each Table 4 shows."""
        bands = ("total", *BANDS[:6], *(BANDS[6:] if self.layout.has_two_years else ("365+",)))
        return dict(zip(self._tables_4(), bands, strict=True))

    def _tables_4(self) -> dict[str, str]:
        return _TITLES | (_FROM_2024 if self.layout.has_two_years else _TO_2024)

    def _titles(self) -> dict[str, str]:
        scope = "providers in scope" if self.month < "2024-04" else "in scope"
        titles = {
            "Table 1": f"Number of organisations of {len(self.providers)} {scope} that did not "
            "submit data at national, regional and ICB level",
            "Table 2": "National time series of total reported waiting list by service",
            "Table 3": "National overview of waiting list metrics by service",
        } | {name: f"{title} by service" for name, title in self._tables_4().items()}
        label = f", {_month_name(self.month)}"
        return {
            name: title + label * (name[:7] in self.layout.months_named)
            for name, title in titles.items()
        }

    def _sheet(self, name: str, title: str, table: list[Row]) -> list[Row]:
        """Put title and notes over a table."""
        rows: list[Row] = [(title,), *((note,) for note in self._notes(name))]
        rows += ([()] if self.layout.is_early else []) + table
        return [(None, *row) for row in rows] if self.layout.is_early else rows

    def _notes(self, name: str) -> list[str]:
        notes = {
            "Table 1": ["Invented note: some submitters had trouble with their systems."],
            "Table 2": [_VARIES],
            "Table 3": [_VARIES, _BY_WEEK, _SENSITIVE],
        }.get(name, [_BLANKS, _VARIES, _SENSITIVE])
        has_extra = self.layout.has_extra_note and name not in ("Table 1", "Table 4h")
        return notes + [_EXTRA] * has_extra

    def _cover(self) -> list[Row]:
        first, last = self._period()
        published: Cell = self.published
        if self.layout.is_published_text:
            published = f"{self.published:%d/%m/%Y}"
        summary = "Invented figures in the layout of the published ones, for tests."
        rows: list[Row] = [
            ("Title:", "Community Health Services Waiting Times"),
            ("Summary:", summary),
            (),
            ("Period:", f"{_day(first, self.layout)} - {_day(last, self.layout)}"),
            ("Source:", "Community Health Services (CHS) SitRep"),
            ("Basis:", "Provider"),
            ("Published:", published),
            ("Revised:", "-"),
            ("Status:", "Published"),
            ("Contact:", "nobody@example.org"),
        ]
        if self.layout.has_extra_note:
            rows += [(), ("Please note: this workbook carries one more note than others.",)]
        return [(), *((None, *row) for row in rows)] if self.layout.is_early else rows

    def _contents(self) -> list[Row]:
        label = f", {_month_name(self.month)}"
        rows: list[Row] = [
            ("Contents",),
            (f"Table 1: {self.layout.contents}",),
            ("Table 2: National time series of total reported waiting list by service",),
            (f"Table 3: National overview of waiting list metrics by service{label}",),
        ]
        for name, title in self._tables_4().items():
            rows.append((f"{name}: {title.replace('>', '')} by service{label}",))
        return [(), *((None, *row) for row in rows)] if self.layout.is_early else rows

    def _period(self) -> tuple[date, date]:
        """Give the first and last day shown: half a financial year before April 2023, then all."""
        year = int(self.month[:4]) - (self.month[5:] < "04")
        start = date(year, 4, 1) if self.month >= "2023-04" else date(year, 10, 1)
        return start, date(year + 1, 3, 31)

    def _months(self) -> list[str]:
        first, last = self._period()
        months = np.arange(f"{first:%Y-%m}", f"{last:%Y-%m}", dtype="datetime64[M]")
        return [*months.astype(str).tolist(), f"{last:%Y-%m}"]

    def _month_headers(self) -> list[Cell]:
        if self.layout.is_early:
            return [date.fromisoformat(f"{month}-01") for month in self._months()]
        return [f"{_month_name(m)[:3]}-{m[2:4]}" for m in self._months()]

    def _is_known(self, month: str) -> bool:
        return month <= self.month and month in self.lists

    def _counts(self, month: str) -> pd.DataFrame:
        """Give a month's counts with ``365+`` and ``total``."""
        counts = self.lists[month].copy()
        counts["365+"] = counts["365-728"] + counts["729+"]
        if "total" not in counts:
            counts["total"] = counts[list(BANDS)].sum(axis=1)
        return counts

    def _england(self, month: str) -> pd.DataFrame:
        """Add up England by service line."""
        counts = self._counts(month)
        is_left_out = counts.index.get_level_values(0).isin(list(self.outside_totals))
        return counts[~is_left_out].groupby(level=1).sum()

    def _table_1(self) -> list[Row]:
        rows: list[tuple[str | None, str, Collection[str]]] = [(None, "England", list(ICBS))]
        rows += [("Region", name, _boards(code)) for code, name in REGIONS.items()]
        rows += [("ICB", name, [code]) for code, (name, _) in ICBS.items()]
        labels = (
            (None, None) if self.layout.is_early else ("Organisation Type", "Organisation Name")
        )
        body = [(level, name, *self._missing(boards)) for level, name, boards in rows]
        return [(*labels, *self._month_headers()), *self._grouped(body)]

    def _missing(self, boards: Collection[str]) -> list[Cell]:
        """Count the providers of some boards that did not submit, month by month."""
        own = {provider.code for provider in self.providers if provider.icb in boards}
        return [
            len(own - set(self.lists[month].index.get_level_values(0)))
            if self._is_known(month)
            else None
            for month in self._months()
        ]

    def _table_2(self) -> list[Row]:
        series = [
            self._column(self._england(month), "total") if self._is_known(month) else {}
            for month in self._months()
        ]
        rows: list[Row] = [
            (name, *(column.get(name) for column in series)) for name in (*_TOTALS, *LINES)
        ]
        if self.layout.has_missing_row:
            missing = self._missing(list(ICBS))
            rows.insert(1, ("Number of missing submissions (England)", *missing))
        label = None if self.layout.is_early else "Service"
        return [(label, *self._month_headers()), *self._cased(rows)]

    def _table_3(self) -> list[Row]:
        weeks = (*_WEEKS, *((">52-104", ">104") if self.layout.has_two_years else (">52",)))
        england = self._england(self.month)
        columns = [self._column(england, band) for band in self._bands().values()]
        rows: list[Row] = []
        for name in (*_TOTALS, *LINES):
            total, *bands = (column.get(name) for column in columns)
            if name in RESTRICTED:
                bands = [self.layout.restricted] * len(bands)
            rows.append((name, total, *bands))
        header = (None, "Total waiting list", *(f"Waiting {span} weeks" for span in weeks))
        return [header, *self._cased(rows)]

    def _column(self, england: pd.DataFrame, band: str) -> dict[str, int]:
        """Give one figure of England by service line, with the totals over adults and children."""
        lines = {str(line): int(value) for line, value in england[band].items()}
        adult = sum(value for line, value in lines.items() if line.startswith("(A)"))
        total = sum(lines.values())
        return dict(zip(_TOTALS, (total, adult, total - adult), strict=True)) | lines

    def _table_4(self, name: str, band: str) -> list[Row]:
        counts = self._counts(self.month)[band].unstack()
        rows = [self._organisation(*entry, band, counts) for entry in self._organisations()]
        labels: tuple[Cell, ...] = ("Organisation Type", "Organisation Name")
        if self.layout.is_early:
            labels = (None, None)
        elif self.layout.has_codes:
            labels = ("Organisation Type", "Organisation Code", "Organisation Name")
        elif name == "Table 4g":
            labels = ("level", "name")
        lines = [row[0] for row in self._cased([(line,) for line in LINES])]
        return [(*labels, *lines), *self._grouped(rows)]

    def _organisations(self) -> list[tuple[str, str | None, str, list[str]]]:
        """List level, code, name and providers of each row, providers by name as published."""
        inside = [p for p in self.providers if p.code not in self.outside_totals]
        listed = set(self.lists[self.month].index.get_level_values(0))
        rows: list[tuple[str, str | None, str, list[str]]] = [
            ("National", None, "England", [p.code for p in inside])
        ]
        for code, name in REGIONS.items():
            boards = _boards(code)
            rows.append(("Region", code, name, [p.code for p in inside if p.icb in boards]))
        for code, (name, _) in ICBS.items():
            rows.append(("ICB", code, name, [p.code for p in inside if p.icb == code]))
        for provider in sorted(self.providers, key=lambda provider: provider.name):
            if provider.code in listed:
                rows.append(("Provider", provider.code, provider.name, [provider.code]))
        return rows

    def _organisation(
        self,
        level: str,
        code: str | None,
        name: str,
        providers: list[str],
        band: str,
        counts: pd.DataFrame,
    ) -> Row:
        """Build one row of a Table 4 from counts, provider by line; what nobody sent is blank."""
        own = counts[counts.index.isin(providers)].sum(min_count=1).dropna()
        cells: list[Cell] = [int(own[line]) if line in own else None for line in LINES]
        if level != "National" or band != "total":
            for line in RESTRICTED:
                cells[LINES.index(line)] = self.layout.restricted
        if not self.layout.has_codes:
            return (level, name, *cells)
        return (level, code, name if level == "National" else name.upper(), *cells)

    def _grouped(self, rows: Sequence[Row]) -> list[Row]:
        """In early layouts, leave a level only on the first row of its group, in their words."""
        if not self.layout.is_early:
            return list(rows)
        words = {"National": None, "Provider": "Organisation"}
        levels = [words.get(str(row[0]), row[0]) for row in rows]
        return [
            (level if position == 0 or levels[position - 1] != level else None, *row[1:])
            for position, (level, row) in enumerate(zip(levels, rows, strict=True))
        ]

    def _cased(self, rows: Sequence[Row]) -> list[Row]:
        """In early layouts, write children's therapies with a small letter, as published."""
        if not self.layout.is_early:
            return list(rows)
        start = "(CYP) Therapy interventions: "
        return [
            (start + row[0][len(start) :].lower(), *row[1:])
            if isinstance(row[0], str) and row[0].startswith(start)
            else row
            for row in rows
        ]


_TOTALS = ("England", "Adult services", "CYP services")

_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _month_name(month: str) -> str:
    """Write ``2025-05`` as May 2025, whatever the locale."""
    return f"{_MONTH_NAMES[int(month[5:]) - 1]} {month[:4]}"


def _day(day: date, layout: Layout) -> str:
    """Write a day of the cover's period as the layout does."""
    suffix = {1: "st", 31: "st"}[day.day] if layout.is_early else ""
    number = str(day.day) if layout.is_early else f"{day.day:02d}"
    return f"{number}{suffix} {_month_name(day.isoformat()[:7])}"


def _boards(region: str) -> list[str]:
    return [code for code, (_, home) in ICBS.items() if home == region]
