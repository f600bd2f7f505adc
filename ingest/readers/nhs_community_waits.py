"""One edition of NHS England's community health services waiting lists -> one row a cell.

The publisher's workbook (Community Health Services SitRep, one a month) has moved its columns,
renamed its headers and split its last band; tables are therefore recognised by their words, never
by position: a title says what is counted, one header row holds service lines, months or waits,
and what stands left of it names the row. What is not understood is kept as 'unrecognised' with a
finding; nothing is mended and nothing is dropped in silence.
"""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from ingest.readers.xlsx import Cell, Sheet, Workbook, cell_text, column_letters
from ingest.refusals import Finding, Refused

SERVICE_LINES = Path(__file__).parents[1] / "contracts" / "domains" / "chs_service_lines.csv"
COVER_TITLE = "community health services waiting times"
_NULLABLE = ["org_code", "service_line", "wait_band", "symbol"]
SUPPRESSED, BLANK, INVALID = "*", "blank", "invalid"
NOT_SUBMITTING, SUBMITTING = "organisations_not_submitting", "organisations_submitting"
UNRECOGNISED = "unrecognised"

# Weeks as titled -> days as published in the same titles (Table 4a: "0-1 weeks (0-7 days)").
BANDS = {
    ("0", "1"): "0-7",
    ("1", "2"): "8-14",
    ("2", "4"): "15-28",
    ("4", "12"): "29-84",
    ("12", "18"): "85-126",
    ("18", "52"): "127-364",
    ("52", ""): "365+",  # until November 2024
    ("52", "104"): "365-728",  # from December 2024
    ("104", ""): "729+",  # from December 2024
}
_ALWAYS = {"all", "0-7", "8-14", "15-28", "29-84", "85-126", "127-364"}
_TOTALS = {"england": "All services", "adult services": "Adult services"}
_TOTALS["cyp services"] = "CYP services"
_LEVELS = {"national": "national", "region": "region", "icb": "icb"}
_LEVELS |= {"provider": "provider", "organisation": "provider"}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_IN_TITLE = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*[ -](20\d\d)\b", re.ASCII)
_AS_HEAD = re.compile(rf"({'|'.join(_MONTHS)})[a-z]*[ -](?:20)?(\d\d)", re.ASCII)
_WEEKS = re.compile(r"(>|over )? ?(\d+)(?:(?: ?- ?| to )>?(\d+))? ?(\+)? ?weeks", re.ASCII)
_DAYS = re.compile(r"(\d+-\d+) days|over (\d+) days", re.ASCII)
_OPEN_DAYS = {"365": "365+", "728": "729+", "729": "729+"}
_COUNT = re.compile(r"\d{1,9}|\d{1,3}(?:,\d{3}){1,2}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{3,6}", re.ASCII)
_TABLE = re.compile(r"table \d+[a-z]?")


@dataclass(frozen=True)
class Edition:
    """One published month: ``cells`` has the columns of the lake, less ``submission_id``."""

    month: str
    published_on: date
    revised_on: date | None
    edition: str
    cells: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Subject:
    """What a title says: the measure, its band, and the layout that goes with it."""

    measure: str
    band: str | None = None
    layout: str = ""


@dataclass(frozen=True)
class _Head:
    """What one column (or row) is about; ``kind`` is line, month, wait or unknown."""

    kind: str
    label: str
    key: str


@dataclass(frozen=True)
class _Row:
    """What one row is about: an organisation, or a service line of England."""

    level: str
    code: str | None
    name: str
    line: str | None = None
    measure: str | None = None


def is_edition(workbook: Workbook) -> bool:
    """Tell by content: a cover with the publication's title, and a 'Table 4', however called."""
    if not any(COVER_TITLE in _key(value) for value in _cover(workbook).values()):
        return False
    is_list = _Subject("waiting", "all", "list")
    return any(
        _key(name) == "table 4" or (_is_table(sheet) and _subject(_title(sheet)) == is_list)
        for name, sheet in workbook.sheets.items()
    )


def read_edition(workbook: Workbook, source_file: str) -> Edition:
    """Read every cell of every 'Table n' sheet, blanks included.

    ``value`` is a count of referrals or organisations, null where ``symbol`` says why: '*'
    suppressed, 'blank', 'invalid' for an error or a number that is no count, or the text found.

    Raises:
        Refused: R-PERIOD, when titles disagree on the month or the cover has no usable date;
            R-SHEET, when the workbook is not this publication or holds no readable table.
    """
    if not is_edition(workbook):
        expected = "the cover page and tables of 'Community Health Services Waiting Times'"
        raise Refused("R-SHEET", source_file, "another workbook", expected, "check the file")
    reading = _Reading(workbook, source_file)
    month = reading.month()
    published_on, revised_on = reading.dates(month)
    cells = reading.cells(month)
    edition = f"{month}_published_{published_on}" + (f"_revised_{revised_on}" if revised_on else "")
    cells.insert(0, "edition", edition)
    return Edition(month, published_on, revised_on, edition, cells, tuple(reading.findings))


class _Reading:
    """The reading of one workbook: its words, and the findings on the way."""

    def __init__(self, workbook: Workbook, source_file: str) -> None:
        self.source_file = source_file
        self.cover = {_key(label).rstrip(":"): value for label, value in _cover(workbook).items()}
        self.tables = {
            n: s for n, s in workbook.sheets.items() if _TABLE.fullmatch(_key(n)) or _is_table(s)
        }
        self.titles = {name: _title(sheet) for name, sheet in self.tables.items()}
        self.contents = _contents(workbook)
        # In an official file, hidden parts of a workbook are reported and the figures are read.
        self.findings = [replace(f, severity="note") for f in workbook.findings]
        for name in set(workbook.sheets) - set(self.tables):
            if _key(name) not in ("cover page", "contents"):
                self.find("R-SHEET", "note", name, "an unknown sheet, which is not read")

    def find(self, rule: str, severity: str, sheet: str, message: str) -> None:
        """Add a finding about one sheet ('' for the workbook)."""
        where = f"{self.source_file}#{sheet}" if sheet else self.source_file
        action = "compare with the published workbook and, if need be, ask the publisher"
        self.findings.append(Finding(rule, severity, where, message, action))

    def month(self) -> str:
        """Give the one month that all titles and the contents speak of, as YYYY-MM."""
        titles = [*self.titles.items(), *(("Contents", text) for text in self.contents.values())]
        spoken: dict[str, str] = {}
        for sheet, title in titles:
            if match := _IN_TITLE.search(_key(title)):
                spoken.setdefault(f"{match[2]}-{_MONTHS.index(match[1]) + 1:02d}", sheet)
        if len(spoken) == 1:
            return next(iter(spoken))
        found = " and ".join(f"{month} in {sheet}" for month, sheet in spoken.items())
        raise Refused(
            "R-PERIOD",
            self.source_file,
            found or "no month in any title",
            "one month in the titles of all tables",
            "download the workbook again; if it is wrong there, report it to the publisher",
        )

    def dates(self, month: str) -> tuple[date, date | None]:
        """Give the dates of publication and of revision ('-' means never) from the cover."""
        published_on = _read_date(self.cover.get("published", ""))
        if published_on is None or published_on <= _period(month)[1]:
            raise Refused(
                "R-PERIOD",
                f"{self.source_file}, cover page",
                f"no date of publication after the end of {month}",
                "'Published:' with a date",
                "download the workbook again; if it is wrong there, report it to the publisher",
            )
        revised = self.cover.get("revised", "")
        revised_on = _read_date(revised)
        if revised_on is None and _key(revised) not in ("", "-"):
            self.find("R-PERIOD", "withhold", "Cover page", "'Revised:' holds no readable date")
        return published_on, revised_on

    def cells(self, month: str) -> pd.DataFrame:
        """Read all tables; say which are unclear and which are missing."""
        subjects = self.subjects()
        frames = [
            frame
            for name, sheet in self.tables.items()
            if (frame := self.table(name, sheet, subjects[name], month)) is not None
        ]
        if not frames:
            expected = "tables with service lines"
            raise Refused("R-SHEET", self.source_file, "no readable table", expected, "check it")
        cells = pd.concat(frames, ignore_index=True)
        cells[_NULLABLE] = cells[_NULLABLE].astype("str")
        self.find_vanished(cells, subjects, month)
        return cells

    def subjects(self) -> dict[str, _Subject]:
        """Say what each table counts: the title decides, if nothing contradicts it."""
        subjects = {name: _subject(title) for name, title in self.titles.items()}
        listed = {name: _subject(text) for name, text in self.contents.items()}
        times = Counter(s for s in subjects.values() if s.layout == "list")
        for name, subject in subjects.items():
            other = listed.get(_key(name), subject)
            if subject.measure == UNRECOGNISED:
                self.find("CHS-TITLE", "withhold", name, "a title that says nothing known")
            elif subject.layout == "list" and (times[subject] > 1 or other.band != subject.band):
                message = "the title, the contents and the other tables disagree on its wait"
                self.find("CHS-TITLE", "withhold", name, message)
                subjects[name] = _Subject(UNRECOGNISED)
            elif SUBMITTING in (subject.measure, other.measure):
                message = (
                    "it counts organisations that submitted, where others count those that did not"
                    if other == subject
                    else "the title and the contents differ on whether it counts organisations "
                    "that submitted or that did not; the title decides"
                )
                self.find("CHS-MEASURE", "note", name, message)
        return subjects

    def table(self, name: str, sheet: Sheet, subject: _Subject, month: str) -> pd.DataFrame | None:
        """Read one table, cell by cell; None when it has no header."""
        found = _header(sheet)
        if found is None:
            self.find("CHS-TABLE", "withhold", name, "no row of service lines, months or waits")
            return None
        at, columns = found
        heads = self.heads(name, sheet, at, columns)
        numbers, rows = self.rows(name, sheet, at, min(columns))
        if not rows:
            self.find("CHS-TABLE", "withhold", name, "no rows below the header")
            return None
        block = [[sheet.rows[number][column] for column in heads] for number in numbers]
        self.find_symbols(name, sheet, block, numbers, list(heads))
        frame = _frame(subject, list(heads.values()), rows, block, month)
        frame.insert(0, "source_file", f"{self.source_file}#{name}")
        frame.insert(1, "source_sheet", name)
        frame.insert(2, "source_row", np.repeat(np.array(numbers), len(heads)) + sheet.first_row)
        frame.insert(
            3, "source_column", np.tile(np.array(list(heads)), len(rows)) + sheet.first_column
        )
        frame.insert(4, "table_title", self.titles[name])
        self.find_missing_lines(name, frame, month)
        return frame

    def heads(
        self, name: str, sheet: Sheet, at: int, columns: dict[int, _Head]
    ) -> dict[int, _Head]:
        """Say what each column from the first recognised one on is about."""
        heads = {}
        for column in range(min(columns), len(sheet.rows[at])):
            label = _text(sheet.rows[at][column])
            is_filled = label or any(_text(row[column]) for row in sheet.rows[at + 1 :])
            if column not in columns and is_filled:
                self.find("R-COL", "note", name, f"an unknown column, {_letters(sheet, column)}")
                heads[column] = _Head("unknown", label, label)
            elif column in columns:
                heads[column] = columns[column]
        for key, times in Counter(head.key for head in columns.values()).items():
            if times > 1:
                self.find("R-HDR", "withhold", name, f"{times} columns for {key}")
                for column in [c for c, head in columns.items() if head.key == key]:
                    heads[column] = replace(heads[column], kind="unknown")
        for head in heads.values():
            if head.kind == "line" and head.key not in _canonical_lines():
                self.find("CHS-LINE", "note", name, f"an unknown service line, {head.label}")
        return heads

    def rows(self, name: str, sheet: Sheet, at: int, first: int) -> tuple[list[int], list[_Row]]:
        """Say what each row below the header is about; set notes and nameless rows apart."""
        roles = self.roles(name, sheet, at, first)
        level, numbers, rows = "", [], []
        for number, cells in enumerate(sheet.rows[at + 1 :], at + 1):
            label = {role: _text(cells[column]) for role, column in roles.items()}
            is_blank = not any(_text(cell) for cell in cells[first:])
            if not label.get("name") or (is_blank and label["name"].startswith("*")):
                if not is_blank or any(label.values()):
                    place = f"row {sheet.first_row + number}"
                    severity = "note" if is_blank else "withhold"
                    self.find("CHS-ROW", severity, name, f"{place} names nothing and is not read")
                continue
            level = self.level(name, label, level)
            numbers.append(number)
            rows.append(_row(label, level if "type" in roles else None))
        for row, times in Counter(rows).items():
            if times > 1:
                self.find("CHS-ROW", "withhold", name, f"{times} rows for {row.line or row.name}")
                rows = [replace(r, measure=UNRECOGNISED) if r == row else r for r in rows]
        for row in rows:
            if row.line is not None and not row.measure and _key(row.line) not in _known_rows():
                self.find("CHS-LINE", "note", name, f"an unknown service line, {row.line}")
        return numbers, rows

    def roles(self, name: str, sheet: Sheet, at: int, first: int) -> dict[str, int]:
        """Find the columns that hold level, code and name: by header, else by what they hold."""
        roles: dict[str, int] = {}
        for column in range(first):
            values = {_text(row[column]) for row in sheet.rows[at + 1 :]} - {""}
            role = _role(_key(_text(sheet.rows[at][column])), values)
            if values and role in roles:
                self.find("R-COL", "note", name, f"an unknown column, {_letters(sheet, column)}")
            elif values:
                roles[role] = column
        return roles

    def level(self, name: str, label: dict[str, str], previous: str) -> str:
        """Give the level of a row; early layouts label only the first row of a group."""
        delivered = _key(label.get("type", ""))
        if delivered and delivered not in _LEVELS and delivered != previous:
            self.find("CHS-LEVEL", "note", name, f"an unknown level, {delivered}")
        if delivered:
            return _LEVELS.get(delivered, delivered)
        return "national" if _key(label["name"]) == "england" else previous or UNRECOGNISED

    def find_symbols(
        self,
        name: str,
        sheet: Sheet,
        block: list[list[Cell]],
        numbers: Sequence[int],
        columns: Sequence[int],
    ) -> None:
        """Report cells that are neither a count, nor blank, nor suppressed."""
        odd: dict[str, list[str]] = {}
        for number, cells in zip(numbers, block, strict=True):
            for column, cell in zip(columns, cells, strict=True):
                if isinstance(cell, float) and cell >= 0 and cell.is_integer():
                    continue
                _, text, symbol = _read_value(cell)
                if symbol not in (None, BLANK, SUPPRESSED):
                    place = f"{_letters(sheet, column)}{sheet.first_row + number}"
                    odd.setdefault(text, []).append(place)
        for text, places in odd.items():
            message = (
                f"{len(places)} cells hold '{text}', not a whole number: {', '.join(places[:5])}"
            )
            self.find("CHS-SYMBOL", "note", name, message)

    def find_missing_lines(self, name: str, frame: pd.DataFrame, month: str) -> None:
        """Report service lines that are usual in this month and absent from the table."""
        missing = _valid_lines(month) - set(frame["service_line"].unique())
        if missing and frame["measure"].eq("waiting").any():
            message = (
                f"{len(missing)} service lines have vanished: {'; '.join(sorted(missing)[:5])}"
            )
            self.find("CHS-LINE", "withhold", name, message)

    def find_vanished(self, cells: pd.DataFrame, subjects: dict[str, _Subject], month: str) -> None:
        """Report tables and waits that the publication has and this workbook has not."""
        known = self.contents or {_key(n) for n in subjects if _TABLE.fullmatch(_key(n))}
        renamed = {n: s for n, s in subjects.items() if _key(n) not in known}
        for name in renamed:
            message = "a sheet of a name that the contents do not list, read by its title"
            self.find("CHS-TABLE", "note", name, message)
        for listed, title in self.contents.items():
            is_there = listed in {_key(name) for name in self.tables}
            if not is_there and _subject(title) not in renamed.values():
                self.find(
                    "CHS-TABLE", "withhold", "Contents", f"it lists {listed}, which is absent"
                )
        for layout in ("organisations", "series", "overview", "list"):
            if layout not in {subject.layout for subject in subjects.values()}:
                self.find("CHS-TABLE", "withhold", "", f"the table of kind '{layout}' has vanished")
        waiting = cells[cells["measure"].eq("waiting")]
        for is_list, of_layout in waiting.groupby("is_list"):
            bands = set(of_layout["wait_band"].unique())
            top = {"365-728", "729+"} if bands & {"365-728", "729+"} else {"365+"}
            if vanished := (_ALWAYS | top) - bands:
                kind = "Tables 4 to 4h" if is_list else "Tables 2 and 3"
                waits = ", ".join(sorted(vanished))
                message = f"{kind} have lost the waits {waits} (days)"
                self.find("CHS-TABLE", "withhold", "", message)
        lists = waiting.loc[waiting["is_list"], ["source_sheet", "geo_level", "org_name"]]
        names: dict[str, set[tuple[str, str]]] = {}
        for sheet, *organisation in lists.drop_duplicates().itertuples(index=False):
            names.setdefault(sheet, set()).add(tuple(organisation))
        for sheet, organisations in names.items():
            if absent := set().union(*names.values()) - organisations:
                message = f"{len(absent)} organisations of the other tables are absent"
                self.find("CHS-ROW", "withhold", sheet, message)
        sheets = [name for name, subject in subjects.items() if subject.layout == "series"]
        series = waiting[waiting["source_sheet"].isin(sheets)]
        filled = series.loc[series["value"].notna(), "period_end"]
        if len(filled) and filled.max() != _period(month)[1]:
            message = f"the time series ends with {filled.max():%Y-%m}, the titles say {month}"
            self.find("R-PERIOD", "withhold", "", message)


# --- words -------------------------------------------------------------------------------------


def _key(text: object) -> str:
    """Fold capitals, dashes and white space, the three things that drift in labels."""
    return " ".join(re.sub("[\u2010-\u2015\u2212]", "-", str(text)).casefold().split())


def _text(cell: Cell) -> str:
    return (cell_text(cell) or "").strip()


def _letters(sheet: Sheet, column: int) -> str:
    return column_letters(sheet.first_column + column)


def _is_table(sheet: Sheet) -> bool:
    """Whether a sheet, whatever its name, has a title that says what it counts, and a header."""
    return bool(_subject(_title(sheet)).layout) and _header(sheet) is not None


def _cover(workbook: Workbook) -> dict[str, str]:
    """Read 'Label:' and its value from the first sheet that carries the publication's title."""
    for name, sheet in workbook.sheets.items():
        if not _TABLE.fullmatch(_key(name)):
            filled = [[_text(cell) for cell in row if _text(cell)] for row in sheet.rows]
            pairs = {row[0]: row[1] for row in filled if len(row) > 1 and row[0].endswith(":")}
            if any(COVER_TITLE in _key(value) for value in pairs.values()):
                return pairs
    return {}


def _contents(workbook: Workbook) -> dict[str, str]:
    """Read the list of tables: 'table 4a' -> 'Number waiting 0-1 weeks ...'."""
    sheets = (sheet for name, sheet in workbook.sheets.items() if _key(name) == "contents")
    texts = (_text(cell) for sheet in sheets for row in sheet.rows for cell in row)
    split = (text.partition(":") for text in texts)
    return {_key(name): title.strip() for name, _, title in split if _TABLE.fullmatch(_key(name))}


def _title(sheet: Sheet) -> str:
    """Give the first text above the header that says what is counted, else the first text."""
    found = _header(sheet)
    above = sheet.rows[: found[0]] if found else sheet.rows[:10]
    texts = [_text(cell) for row in above for cell in row if _text(cell)]
    known = (text for text in texts if _subject(text).measure != UNRECOGNISED)
    return next(known, texts[0] if texts else "")


def _subject(title: str) -> _Subject:
    """Read a title's words; what they do not say plainly is unrecognised."""
    words = _key(title)
    if "organisations" in words and "submit" in words:
        negated = "not submit" in words or "missing" in words
        return _Subject(NOT_SUBMITTING if negated else SUBMITTING, None, "organisations")
    if words.startswith("national time series of total reported waiting list"):
        return _Subject("waiting", "all", "series")
    if words.startswith("national overview of waiting list"):
        return _Subject("waiting", None, "overview")
    if words.startswith("total waiting list by service"):
        return _Subject("waiting", "all", "list")
    band = _band(words) if words.startswith("number waiting") else None
    return _Subject("waiting", band, "list") if band else _Subject(UNRECOGNISED)


def _band(words: str) -> str | None:
    """Give the days of a wait written in weeks; days beside them must say the same."""
    if words == "total waiting list":
        return "all"
    weeks, days = _WEEKS.search(words), _DAYS.search(words)
    if not weeks or not (weeks[3] or weeks[1] or weeks[4]):
        return None
    band = BANDS.get((weeks[2], weeks[3] or ""))
    stated = (days[1] or _OPEN_DAYS.get(days[2])) if days else band
    return band if band == stated else None


def _head(cell: Cell) -> _Head | None:
    """Recognise a column header: a service line, a month or a wait."""
    if not cell or not isinstance(cell, str | date):
        return None
    text = _text(cell)
    words = _key(text)
    if words.startswith(("(a)", "(cyp)")):
        return _Head("line", _canonical_lines().get(words, text), words)
    if isinstance(cell, date):
        return _Head("month", text, f"{cell:%Y-%m}")
    if match := _AS_HEAD.fullmatch(words):
        return _Head("month", text, f"20{match[2]}-{_MONTHS.index(match[1]) + 1:02d}")
    is_wait = len(words) < 40 and words.startswith(("waiting", "total waiting list"))
    band = _band(words) if is_wait else None
    return _Head("wait", text, band) if band else None


def _header(sheet: Sheet) -> tuple[int, dict[int, _Head]] | None:
    """Find the row with most column headers of one kind, at least two, within the first 30."""
    best: dict[int, _Head] = {}
    at = 0
    for number, row in enumerate(sheet.rows[:30]):
        heads = {column: head for column, cell in enumerate(row) if (head := _head(cell))}
        for kind in ("line", "month", "wait"):
            of_kind = {column: head for column, head in heads.items() if head.kind == kind}
            if len(of_kind) > max(1, len(best)):
                at, best = number, of_kind
    return (at, best) if best else None


def _role(header: str, values: set[str]) -> str:
    """Say what a column left of the figures holds."""
    for role, words in {"code": ("code",), "type": ("type", "level")}.items():
        if any(word in header for word in words):
            return role
    if not header and any(_key(value) in _LEVELS for value in values):
        return "type"
    return "code" if not header and all(map(_CODE.fullmatch, values)) else "name"


def _row(label: dict[str, str], level: str | None) -> _Row:
    """Name a row: an organisation where a column of levels stands beside, else a service line."""
    if level is not None:
        return _Row(level, label.get("code") or None, label["name"])
    words = _key(label["name"])
    if words.startswith("number of missing submissions"):
        return _Row("national", None, "England", None, NOT_SUBMITTING)
    line = _TOTALS.get(words) or _canonical_lines().get(words, label["name"])
    return _Row("national", None, "England", line)


@cache
def _service_lines() -> tuple[dict[str, str], ...]:
    with SERVICE_LINES.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


@cache
def _canonical_lines() -> dict[str, str]:
    return {_key(line["label"]): line["label"] for line in _service_lines()}


@cache
def _known_rows() -> frozenset[str]:
    return frozenset({*_canonical_lines(), *map(_key, _TOTALS.values())})


@cache
def _valid_lines(month: str) -> frozenset[str]:
    return frozenset(
        line["label"]
        for line in _service_lines()
        if line["valid_from"][:7] <= month <= (line["valid_to"][:7] or "9999-12")
    )


def _period(month: str) -> tuple[date, date]:
    """Give the first and last day of YYYY-MM."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def _read_date(text: str) -> date | None:
    """Read a cover date: a date cell as text, or dd/mm/yyyy."""
    for layout in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(text, layout).date()
        except ValueError:
            continue
    return None


# --- figures -----------------------------------------------------------------------------------


def _read_value(cell: Cell) -> tuple[int | None, str, str | None]:
    """Split a cell into value, text as published and symbol."""
    text = _text(cell)
    if not text:
        return None, "", BLANK
    if _COUNT.fullmatch(text):
        return int(text.replace(",", "")), text, None
    return None, text, text if isinstance(cell, str) and not text[-1].isdigit() else INVALID


def _frame(
    subject: _Subject,
    heads: Sequence[_Head],
    rows: Sequence[_Row],
    block: list[list[Cell]],
    month: str,
) -> pd.DataFrame:
    """Spread a table into one row a cell: rows repeat, columns recur."""
    seen: dict[tuple[type, Cell], tuple[int | None, str, str | None]] = {}
    read = []
    for cells in block:
        for cell in cells:
            key = (cell.__class__, cell)
            if key not in seen:
                seen[key] = _read_value(cell)
            read.append(seen[key])

    def down(values: Iterable[object]) -> np.ndarray:
        return np.repeat(np.array(list(values), dtype=object), len(heads))

    def across(values: Iterable[object]) -> np.ndarray:
        return np.tile(np.array(list(values), dtype=object), len(rows))

    def of_kind(kind: str, value: Callable[[_Head], object], default: object = None) -> np.ndarray:
        return across(value(head) if head.kind == kind else default for head in heads)

    is_unknown = of_kind("unknown", lambda _: True, False).astype(bool)
    measure = down(row.measure or subject.measure for row in rows)
    measure[is_unknown] = UNRECOGNISED
    lines = of_kind("line", lambda head: head.label)
    bands = of_kind("wait", lambda head: head.key, subject.band)
    bands[measure != "waiting"] = None
    periods = [_period(head.key if head.kind == "month" else month) for head in heads]
    values, texts, symbols = zip(*read, strict=True)
    return pd.DataFrame(
        {
            "measure": measure,
            "period_label": of_kind("month", lambda head: head.label, month),
            "period_start": across(start for start, _ in periods),
            "period_end": across(end for _, end in periods),
            "geo_level": down(row.level for row in rows),
            "org_code": down(row.code for row in rows),
            "org_name": down(row.name for row in rows),
            "service_line": np.where(lines == None, down(row.line for row in rows), lines),  # noqa: E711
            "wait_band": bands,
            "value": pd.array(values, dtype="Int64"),
            "value_text": np.array(texts, dtype=object),
            "symbol": np.array(symbols, dtype=object),
            "unit": np.where(
                [str(m).startswith("organisations") for m in measure], "organisations", "referrals"
            ),
            "is_list": (measure == "waiting") & (subject.layout == "list"),
        }
    )
