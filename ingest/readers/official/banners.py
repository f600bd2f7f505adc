"""A table under banner rows -> cells: areas down, periods across, measures below each period.

A header row holds periods, each over its measures; the row below names the measures with the
publisher's note numbers behind. Without such a row the contract's one measure is meant. Where the
header says 'Year', periods go down and the table is England's.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from ingest.contracts.official import Measure
from ingest.readers.official.areas import ENGLAND, Area, authority
from ingest.readers.official.cell_frame import Cells
from ingest.readers.official.checks import Block, judge
from ingest.readers.official.column_roles import Figures, Rows, find_absent, symbols_of
from ingest.readers.official.headed_tables import add_block, joined, read_words
from ingest.readers.official.periods import Period, first_year, period_of
from ingest.readers.official.recognise import Match, measure_of
from ingest.readers.official.values import Key, encode
from ingest.refusals import Finding

HEADER_WITHIN = 12
_NOTE = re.compile(r"(?<=[^\W\d_)])\d{1,2}(?:,\d{1,2})*$|(?<=\))\d{1,2}$")
"""Note numbers behind a word: 'Appeals registered4', 'England Total4,9', 'Year (Calendar)3'."""
_END = re.compile(r"(sources?|notes?)\b|\(1\)|1\.", re.IGNORECASE)
_CODE = re.compile(r"\d{3}")


def read_banner(match: Match, cells: Cells) -> list[Finding]:
    """Add every cell of one banner table to ``cells``; tell what is unusual."""
    at, is_down = _header(match)
    start, figures, periods = _heads(match, at, is_down) if at >= 0 else (0, [], [])
    rows, labels = _rows(match, start, figures)
    if not labels:
        rows.find("OFF-ROW", "withhold", "no periods above figures that we can read")
        return rows.findings
    texts, words = joined([rows.columns[f.position] for f in figures])
    key = Key(symbols_of(match), match.table.zeros)
    values, read = read_words(rows, key, figures, texts, words)
    figures = [_as_printed(f, texts[:, i], words, values[:, i]) for i, f in enumerate(figures)]
    rule = match.table.period.rule or ""
    said = [label[0] for label in labels] if is_down else periods
    found = [period_of(rule, words, words) for words in said]
    areas = [Area("national", ENGLAND, "England") if is_down else _area(label) for label in labels]
    _find_doubts(rows, areas, found)
    _find_unknown(rows, figures, periods)
    find_absent(rows, {f.measure for f in figures}, max(map(_year, found), default=None))
    by_row = np.repeat(np.arange(len(labels)), len(figures))
    by_column = np.tile(np.arange(len(figures)), len(labels))
    groups = [_group(label) or "all" for label in labels]
    units = np.array([f.declared.unit for f in figures], object)
    shape = (len(labels), len(figures))
    block = Block(
        *(rows, figures, values, np.broadcast_to(units, shape)),
        *((by_row if is_down else by_column).reshape(shape), found),
        *(np.arange(len(labels)), areas, "group", *_coded(groups)),
    )
    add_block(
        rows,
        cells,
        (np.repeat(rows.lines, len(figures)), values.ravel(), texts.ravel()),
        (words, read),
        period=(by_row if is_down else by_column, found),
        area=(by_row, areas),
        breakdown=("group" if {*groups} != {"all"} else "all", by_row, groups),
        figures=(by_column, figures),
        measure=(by_column, [f.measure for f in figures]),
        unit=(by_column, [f.declared.unit for f in figures]),
        doubts=judge(block),
    )
    return rows.findings


def _coded(groups: list[str]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Codes of the groups, and the groups."""
    words = list(dict.fromkeys(groups))
    return np.array([words.index(group) for group in groups]), [(word,) for word in words]


def without_notes(text: str) -> str:
    """A label without the numbers of its notes."""
    return _NOTE.sub("", " ".join(text.split()))


def _header(match: Match) -> tuple[int, bool]:
    """The row of the header (-1 for none), and whether the periods go down."""
    for at, row in enumerate(match.grid.rows[:-1][:HEADER_WITHIN]):
        cells = [(cell or "").strip() for cell in row]
        if cells and re.match(r"year\b", cells[0].casefold()):
            return at, True
        if any(first_year(cell) for cell in cells[1:]):
            return at, False
    return -1, False


def _heads(match: Match, at: int, is_down: bool) -> tuple[int, list[Figures], list[str]]:
    """Where the rows begin, what each column of figures is, and the period above it."""
    row = [(cell or "").strip() for cell in match.grid.rows[at]]
    below = [(cell or "").strip() for cell in match.grid.rows[at + 1]]
    has_names = not below[0] and all(re.search("[A-Za-z]{4}", cell) for cell in below if cell)
    figures, periods, period = [], [], ""
    for i, above in enumerate(row):
        period = above if first_year(above) else period
        label = below[i] if has_names and i < len(below) else above
        if i and label and (is_down or period):
            figures.append(_figure(match, i, label, has_names))
            periods.append("" if is_down else period)
    return at + 1 + has_names, figures, periods


def _figure(match: Match, i: int, label: str, is_name: bool) -> Figures:
    """One column of figures by its printed name, or by the contract's only measure.

    Under a bare year nobody knows which of several measures stands there.
    """
    table = match.table
    found = measure_of(table, without_notes(label), None) if is_name else None
    if not is_name and len(table.measures) == 1:
        (found,) = table.measures.items()
    name, declared = found or (without_notes(label), Measure(unit="unknown"))
    return Figures(i, label, declared.as_ or name, declared)


def _rows(match: Match, start: int, figures: list[Figures]) -> tuple[Rows, list[list[str]]]:
    """The rows with figures as far as the notes, and the labels on their left, filled down."""
    rows = Rows(match, [], np.array([], np.int64), [])
    if not figures:
        return rows, []
    first, width = figures[0].position, figures[-1].position + 1
    kept, lines, labels, above = [], [], [], [""] * first
    for line, row in zip(match.grid.lines[start:], match.grid.rows[start:], strict=True):
        cells = (row + [None] * width)[:width]
        label = [(cell or "").strip() for cell in cells[:first]]
        if kept and _END.match(next(filter(None, label), "")):
            break
        if not any(label) or not any((cells[f.position] or "").strip() for f in figures):
            continue
        if first > 1 and not _CODE.fullmatch(label[-1]):
            above = [own or old for own, old in zip(label, above, strict=True)]
            label = [*above[:-1], label[-1]]
        kept.append(cells)
        lines.append(line)
        labels.append(label)
    rows.columns = [encode(list(column)) for column in zip(*kept, strict=True)]
    rows.lines = np.array(lines, np.int64)
    return rows, labels


def _group(label: list[str]) -> str:
    """The group that a row belongs to: the label left of its name, where there are two."""
    return label[0] if len(label) > 1 and not _CODE.fullmatch(label[-1]) and label[-1] else ""


def _area(label: list[str]) -> Area:
    """The area of a row: its name, and its code where one is printed beside it."""
    codes = [cell for cell in label if _CODE.fullmatch(cell)]
    names = [cell for cell in label if cell and not _CODE.fullmatch(cell)]
    return authority(codes[0] if codes else None, without_notes(names[-1]) if names else "")


def _as_printed(
    figure: Figures, texts: np.ndarray, words: list[str], values: np.ndarray
) -> Figures:
    """A percentage that a workbook stores as a fraction keeps its figure and says so."""
    is_percent = any(words[i].strip().endswith("%") for i in np.unique(texts) if i >= 0)
    with_values = values[~np.isnan(values)]
    if figure.declared.unit != "pct" or is_percent or (with_values > 1).any():
        return figure
    return replace(figure, declared=figure.declared.model_copy(update={"unit": "fraction"}))


def _find_unknown(rows: Rows, figures: list[Figures], periods: list[str]) -> None:
    """Say which columns no contract knows, and under which period they stand."""
    for figure, period in zip(figures, periods, strict=True):
        if figure.declared.unit == "unknown":
            under = f", under {period}" if period and period != figure.name else ""
            message = f"a column that the contract does not know{under}: no series uses it"
            rows.find("OFF-COLUMN", "note", message, figure.name)


def _year(period: Period) -> int:
    return period.end.year if period.end else 0


def _find_doubts(rows: Rows, areas: list[Area], periods: list[Period]) -> None:
    for line, area in zip(rows.lines, areas, strict=True):
        if area.doubt:
            rows.find("OFF-AREA", "withhold", f"row {line}, {area.name}: {area.doubt}")
    for label in sorted({period.label for period in periods if period.kind is None}):
        rows.find("OFF-PERIOD", "withhold", f"an unreadable period: '{label}'")
