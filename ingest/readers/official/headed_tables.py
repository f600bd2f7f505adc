"""A table with a header -> cells: each column is period, area, filter, detail or measure."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np

from ingest.contracts.official import Measure
from ingest.readers.official import areas, checks
from ingest.readers.official.cell_frame import Cells
from ingest.readers.official.column_roles import Figures, Rows, roles, symbols_of
from ingest.readers.official.periods import Period, period_of, rule_of, span_of
from ingest.readers.official.recognise import Match
from ingest.readers.official.values import BLANK, Column, Key, combine, encode, is_filled
from ingest.refusals import Finding

SHOWN_AREAS = 5  # of those that no list knows
_NO_PERIOD = Period(None, None, None, None)


def read_table(match: Match, cells: Cells) -> list[Finding]:
    """Add every cell of every data column of one table to ``cells``; tell what is unusual."""
    rows = _rows(match)
    figures, filters = roles(rows)
    long = match.table.long
    if not len(rows.lines) or not figures or (long and rows.index(long.measure) is None):
        rows.find("OFF-ROW", "withhold", "no rows, or no column of figures or of their names")
        return rows.findings
    if long:
        _add_long(rows, filters, cells)
    else:
        _add_wide(rows, figures, filters, cells)
    return rows.findings


def _rows(match: Match) -> Rows:
    """Set the data rows apart and turn them into columns; short and long rows are findings."""
    grid, width = match.grid, len(match.names)
    data, lines = grid.rows[match.header + 1 :], grid.lines[match.header + 1 :]
    found: list[Finding] = []
    rows = Rows(match, [], np.array(lines, np.int64), found)
    uneven = [line for line, row in zip(lines, data, strict=True) if len(row) != width]
    if uneven:
        message = f"{len(uneven)} rows have not {width} fields, first row {uneven[0]}"
        rows.find("OFF-ROW", "withhold", message)
        rows.uneven = frozenset(uneven)
        data = [(row + [None] * width)[:width] for row in data]
    if grid.sheet:
        data, rows.lines = _without_blank_rows(rows, data, lines)
    if data:
        rows.columns = [encode(list(column)) for column in zip(*data, strict=True)]
    return rows


def _without_blank_rows(
    rows: Rows, data: list[list[str | None]], lines: list[int]
) -> tuple[list[list[str | None]], np.ndarray]:
    """Leave out blank rows of a sheet; rows of one cell are titles of sections."""
    kept = [i for i, row in enumerate(data) if sum(map(bool, row)) > 1]
    titles = [
        (lines[i], *filter(None, row)) for i, row in enumerate(data) if sum(map(bool, row)) == 1
    ]
    for line, title in titles:
        rows.find("OFF-ROW", "note", f"row {line} holds no figures: {title}")
    return [data[i] for i in kept], np.array([lines[i] for i in kept], np.int64)


# --- when, where and by what -------------------------------------------------------------------


def _periods(rows: Rows, rule: str | None = None) -> tuple[np.ndarray, list[Period]]:
    """The period of each row; ``rule`` is a measure's own."""
    said = rows.match.table.period
    ends = [i for name in (said.start, said.end) if name and (i := rows.index(name)) is not None]
    if len(ends) == 2:
        codes, words = combine([rows.columns[i] for i in ends])
        return codes, [span_of(*pair) for pair in words]
    if said.column is None or (at := rows.index(said.column)) is None:
        period = _period_of_file(rows)
        return np.zeros(len(rows.lines), np.int32), [period]
    at_identifier = rows.index(said.identifier) if said.identifier else None
    columns = [rows.columns[i] for i in (at, at_identifier) if i is not None]
    codes, words = combine(columns)
    periods = []
    for year, *identifier in words:
        kind = identifier[0] if identifier else ""
        own = said.reads.get(kind.strip().casefold()) or said.rule or rule_of(kind)
        label = " ".join(filter(None, (year, kind)))
        periods.append(period_of(rule or own, year.strip(), label))
    return codes, periods


def _period_of_file(rows: Rows) -> Period:
    """The period of a lookup: the boundary year in its column names, or its newest day."""
    match rows.match.table.period.rule:
        case "boundary_year":
            years = {int(y) for name in rows.match.names for y in re.findall(r"\d{2}", name)}
            return period_of("calendar_year", str(2000 + max(years)), str(2000 + max(years)))
        case "newest_day":
            names = ("Open Date", "Close Date")
            days = {
                w for n in names if (i := rows.index(n)) is not None for w in rows.columns[i].words
            }
            newest = max(day for day in days if re.fullmatch(r"\d{8}", day))
            day = datetime.strptime(newest, "%Y%m%d").date()
            return Period("census", day, day, newest)
        case _:
            return _NO_PERIOD


def _areas(rows: Rows) -> tuple[np.ndarray, list[areas.Area]]:
    """The area of each row; what is doubtful about areas is a finding."""
    geography = rows.match.table.geography
    is_standard = not areas.declared_columns(geography)
    names = areas.standard_columns() if is_standard else areas.declared_columns(geography)
    placed = {name: i for name in names if (i := rows.index(name)) is not None}
    if not placed:
        return np.zeros(len(rows.lines), np.int32), [areas.Area(None, None, None)]
    codes, words = combine([rows.columns[i] for i in placed.values()])
    read = areas.standard_area if is_standard else lambda c: areas.declared_area(geography, c)
    found = [read(dict(zip(placed, cells, strict=True))) for cells in words]
    for code, area in enumerate(found):
        if area.doubt:
            lines = rows.lines[codes == code]
            message = (
                f"{area.doubt}: {area.name or 'no name'}, {len(lines)} rows from row {lines[0]}"
            )
            rows.find("OFF-AREA", "withhold", message)
    _find_unlisted(rows, codes, found)
    return codes, found


def _find_unlisted(rows: Rows, codes: np.ndarray, found: list[areas.Area]) -> None:
    """Say which codes no list knows, and which areas bear a name that the lists do not."""
    strange: dict[str, list[str]] = {}
    for code, area in enumerate(found):
        if what := areas.unlisted(area):
            line = rows.lines[codes == code][0]
            strange.setdefault(what, []).append(f"{area.code} {area.name} from row {line}")
    for what, told in sorted(strange.items()):
        named = "; ".join(told[:SHOWN_AREAS]) + ("; ..." if len(told) > SHOWN_AREAS else "")
        message = f"{len(told)} areas whose {what} no list of areas knows: {named}"
        rows.find("OFF-AREA", "note", message)


def _breakdowns(rows: Rows, filters: list[int]) -> tuple[str, np.ndarray, list[tuple[str, ...]]]:
    """All filters that are filled, in column order: names joined, and each row's values."""
    filters = [i for i in filters if is_filled(rows.columns[i])]
    if not filters:
        return "all", np.zeros(len(rows.lines), np.int32), [("all",)]
    codes, words = combine([rows.columns[i] for i in filters])
    return " x ".join(rows.match.names[i] for i in filters), codes, words


# --- cells -------------------------------------------------------------------------------------


def _add_wide(rows: Rows, figures: list[Figures], filters: list[int], cells: Cells) -> None:
    """Add a table of one column a measure, row by row."""
    many, one = len(rows.lines), len(figures)
    key = Key(symbols_of(rows.match), rows.match.table.zeros)
    texts, words = joined([rows.columns[f.position] for f in figures])
    values, read = read_words(rows, key, figures, texts, words)
    period_codes, periods = _periods_by_measure(rows, figures)
    area_codes, found = _areas(rows)
    breakdown, breakdown_codes, breakdowns = _breakdowns(rows, filters)
    by_column = np.tile(np.arange(one), many)
    units = np.array([f.declared.unit for f in figures], object)
    block = checks.Block(
        *(rows, figures, values, np.broadcast_to(units, values.shape)),
        *(period_codes, periods, area_codes, found),
        *(breakdown, breakdown_codes, breakdowns),
    )
    add_block(
        rows,
        cells,
        (np.repeat(rows.lines, one), values.ravel(), texts.ravel()),
        (words, read),
        period=(period_codes.ravel(), periods),
        area=(np.repeat(area_codes, one), found),
        breakdown=(breakdown, np.repeat(breakdown_codes, one), joined_words(breakdowns)),
        figures=(by_column, figures),
        measure=(by_column, [f.measure for f in figures]),
        unit=(by_column, [f.declared.unit for f in figures]),
        doubts=checks.judge(block),
    )


def _add_long(rows: Rows, filters: list[int], cells: Cells) -> None:
    """Add a table of one figure a row, whose measure stands in a column."""
    long = rows.match.table.long
    assert long is not None
    at = {name: rows.index(name) for name in (long.measure, long.value, long.text) if name}
    figure = Figures(at[long.value], rows.match.names[at[long.value]], "", Measure())
    column = rows.columns[figure.position]
    key = Key(symbols_of(rows.match), rows.match.table.zeros)
    values, read = read_words(rows, key, [figure], column.codes[:, None], column.words)
    measure = rows.columns[at[long.measure]]
    text = measure if at.get(long.text) is None else rows.columns[at[long.text]]
    units = [_unit(long.units, words) for words in text.words]
    period_codes, periods = _periods(rows)
    area_codes, found = _areas(rows)
    breakdown, breakdown_codes, breakdowns = _breakdowns(rows, filters)
    by_measure, sorts = combine([Column(breakdown_codes, joined_words(breakdowns)), measure])
    block = checks.Block(
        *(rows, [figure], values, np.array(units, object)[text.codes][:, None]),
        *(period_codes[:, None], periods, area_codes, found),
        *(f"{breakdown} x {long.measure}", by_measure, sorts),
    )
    _find_odd_periods(rows, period_codes, periods)
    add_block(
        rows,
        cells,
        (rows.lines, values.ravel(), column.codes),
        (column.words, read),
        period=(period_codes, periods),
        area=(area_codes, found),
        breakdown=(breakdown, breakdown_codes, joined_words(breakdowns)),
        figures=(np.zeros(len(rows.lines), np.int8), [figure]),
        measure=(measure.codes, measure.words),
        unit=(text.codes, units),
        doubts=checks.judge(block),
    )
    rows.findings += checks.find_rewordings(rows, measure, text, period_codes, periods)


def add_block(
    rows: Rows,
    cells: Cells,
    block: tuple[np.ndarray, np.ndarray, np.ndarray],
    told: tuple[list[str], list[tuple[float, str | None, str | None]]],
    *,
    period: tuple[np.ndarray, list[Period]],
    area: tuple[np.ndarray, list[areas.Area]],
    breakdown: tuple[str, np.ndarray, list[str]],
    figures: tuple[np.ndarray, list[Figures]],
    measure: tuple[np.ndarray, list[str]],
    unit: tuple[np.ndarray, list[str]],
    doubts: dict[str, tuple[np.ndarray, list[str]]],
) -> None:
    """Add a block of cells: ``block`` is the line, value and text code of each cell.

    ``told`` is what each text code means; every other attribute is codes and what they mean.
    ``doubts`` are by row and column, as ``checks.judge`` gives them.
    """
    grid, (lines, values, texts), (words, read) = rows.match.grid, block, told
    positions = np.array([f.position for f in figures[1]]) + grid.first_column
    status = [*(said for *_, said in read), BLANK]
    symbols = [symbol for _, symbol, _ in read]
    cells.add(
        lines,
        positions[figures[0]],
        values,
        table=rows.match.table.id,
        source_file=grid.source_file,
        sheet=grid.sheet,
        column_name=(figures[0], [f.name for f in figures[1]]),
        **{
            f"period_{name}": (period[0], [getattr(p, attribute) for p in period[1]])
            for name, attribute in _PERIOD_PARTS.items()
        },
        **{
            name: (area[0], [getattr(a, attribute) for a in area[1]])
            for name, attribute in _AREA_PARTS.items()
        },
        measure=measure,
        breakdown=breakdown[0],
        breakdown_value=breakdown[1:],
        value_text=(texts, words),
        symbol=(texts, symbols),
        unit=unit,
        status_text=(np.where(texts < 0, len(words), texts), status),
        **{name: (codes.ravel(), rules) for name, (codes, rules) in doubts.items()},
    )


_PERIOD_PARTS = {"type": "kind", "start": "start", "end": "end", "label": "label"}
_AREA_PARTS = {"geo_level": "level", "geo_code": "code", "geo_name": "name"}
_AREA_PARTS |= {"org_code": "org_code", "org_name": "org_name"}


def joined_words(breakdowns: list[tuple[str, ...]]) -> list[str]:
    """The values of each breakdown, joined."""
    return [" x ".join(values) for values in breakdowns]


def joined(columns: list[Column]) -> tuple[np.ndarray, list[str]]:
    """Codes of several columns, a row each, into one list of texts."""
    index: dict[str, int] = {}
    joined = np.empty((len(columns[0].codes), len(columns)), np.int32)
    for i, column in enumerate(columns):
        own = np.array([*(index.setdefault(w, len(index)) for w in column.words), -1], np.int32)
        joined[:, i] = own[column.codes]
    return joined, list(index)


def read_words(
    rows: Rows, key: Key, figures: list[Figures], texts: np.ndarray, words: list[str]
) -> tuple[np.ndarray, list[tuple[float, str | None, str | None]]]:
    """Read each distinct text once; text columns hold no values."""
    is_text = np.array([f.declared.unit in ("text", "code") for f in figures])
    spoken = set(np.unique(texts[:, ~is_text]).tolist())
    read = [key.read(word, i not in spoken) for i, word in enumerate(words)]
    values = np.array([*(value for value, *_ in read), np.nan])[texts]
    values[:, is_text] = np.nan
    for word in sorted(key.unknown):
        lines = rows.lines[(np.char.strip(np.array(words))[texts] == word).any(axis=1)]
        message = (
            f"'{word}' is neither a figure nor in the publisher's key: {len(lines)} rows from row"
        )
        rows.find("OFF-SYMBOL", "note", f"{message} {lines[0]}")
    return values, read


def _periods_by_measure(rows: Rows, figures: list[Figures]) -> tuple[np.ndarray, list[Period]]:
    """The period of each cell: a measure may have its own."""
    rules = list(dict.fromkeys(f.declared.period for f in figures))
    codes = np.empty((len(rows.lines), len(figures)), np.int32)
    periods: list[Period] = []
    for rule in rules:
        own, found = _periods(rows, rule)
        for i, figure in enumerate(figures):
            if figure.declared.period == rule:
                codes[:, i] = own + len(periods)
        periods += found
    _find_odd_periods(rows, codes[:, 0], periods)
    return codes, periods


def _find_odd_periods(rows: Rows, codes: np.ndarray, periods: list[Period]) -> None:
    """Say which rows have a period that is not understood."""
    for code, period in enumerate(periods):
        lines = rows.lines[codes == code]
        if period.kind is None and period.label and len(lines):
            message = (
                f"an unreadable period: '{period.label}', {len(lines)} rows from row {lines[0]}"
            )
            rows.find("OFF-PERIOD", "withhold", message)


def _unit(units: dict[str, str], words: str) -> str:
    """The unit that the measure's words say; a count where they say nothing."""
    said = re.sub(r"^\w+ - ", "", words).casefold()
    return next((unit for pattern, unit in units.items() if re.search(pattern, said)), "count")
