"""Which published table a grid is, by its header and its words; never by the file's name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.contracts.official import (
    Measure,
    Publication,
    Table,
    column_pattern,
    load_publications,
    plain,
)
from ingest.readers.official.grids import Grid
from ingest.readers.official.periods import last_year

HEADER_WITHIN = 12  # rows above a header: titles, letters and numbers of columns
ENOUGH = 0.5  # of the columns that contract and file have, those in common
SAMPLE_ROWS = 50
UNLISTED = Table(id="unlisted", title="A table of the publisher's standard without a contract")
STANDARD = frozenset(
    [
        *("time_period", "time_identifier", "geographic_level", "country_code", "country_name"),
        *("region_code", "region_name", "old_la_code", "new_la_code", "la_name"),
    ]
)
"""Period and area columns of DfE's open-data standard."""


@dataclass(frozen=True)
class Match:
    """A grid with the contract of its table and the row of its header (-1 for none)."""

    publication: Publication
    table: Table
    grid: Grid
    header: int
    year: int | None = None
    """Year of the newest period, by which column names that carry a year are read."""

    @property
    def names(self) -> list[str]:
        """The published column names, '' where there is none."""
        if self.header < 0:
            return list(self.table.headings)
        return [(name or "").strip() for name in self.grid.rows[self.header]]


def recognise(grid: Grid) -> Match | None:
    """Find the table of ``grid``; None when it is like none of the contracts'."""
    return _by_looks(grid) or _by_title(grid) or _by_header(grid)


def by_standard(grid: Grid, publication: Publication) -> Match | None:
    """Take a table that no contract knows as one of DfE's open-data standard, if it is."""
    names = [(name or "").strip() for name in grid.rows[0]]
    if not {"time_period", "time_identifier", "geographic_level"} <= set(names):
        return None
    return Match(publication, UNLISTED, grid, 0, _newest_year(grid, 0, names))


def measure_of(table: Table, name: str, year: int | None) -> tuple[str, Measure] | None:
    """Find the contract's column for a published name: its name in the contract, and itself."""
    wanted = plain(name)
    for contract_name, measure in table.measures.items():
        names = (contract_name, *measure.also)
        if any(column_pattern(each, year).fullmatch(wanted) for each in names):
            return contract_name, measure
    return None


def _by_looks(grid: Grid) -> Match | None:
    """Tell a file without a header by its width and by how the cells of its first rows look."""
    for publication in load_publications():
        for table in publication.tables:
            sample = grid.rows[:SAMPLE_ROWS]
            if table.looks and all(
                len(row) == len(table.headings)
                and all(re.fullmatch(p, (row[c - 1] or "").strip()) for c, p in table.looks.items())
                for row in sample
            ):
                return Match(publication, table, grid, -1)
    return None


def _by_title(grid: Grid) -> Match | None:
    """Tell a table with banner rows by the words above its header."""
    above = " ".join(" ".join(filter(None, row)) for row in grid.rows[:2]).casefold()
    for publication in load_publications():
        if grid.sheet in publication.ignored:
            continue
        for table in publication.tables:
            if table.title_like and re.search(table.title_like, above):
                return Match(publication, table, grid, 0)
    return None


def _by_header(grid: Grid) -> Match | None:
    """Find the header among the first rows, and the table that shares most columns with it."""
    best, best_score = None, 0.0
    for header, row in enumerate(grid.rows[:HEADER_WITHIN]):
        names = [(name or "").strip() for name in row]
        if sum(map(bool, names)) < 2 or header + 1 >= len(grid.rows):
            continue
        year = _newest_year(grid, header, names)
        for publication in load_publications():
            for table in publication.tables:
                score = _score(table, names, year, grid.rows[header + 1])
                if score > best_score:
                    best, best_score = Match(publication, table, grid, header, year), score
        if best_score >= ENOUGH:
            return best
    return None


def _newest_year(grid: Grid, header: int, names: list[str]) -> int | None:
    """The newest year in the column ``time_period``, its second half for spanning years."""
    if "time_period" not in names:
        return None
    column = names.index("time_period")
    words = {row[column] or "" for row in grid.rows[header + 1 :] if len(row) > column}
    years = [year for word in words if (year := last_year(word)) is not None]
    return max(years, default=None)


def _score(table: Table, names: list[str], year: int | None, first: list[str | None]) -> float:
    """Columns in common, twice, over the columns of both; 0 where ``when`` speaks against it."""
    if table.form != "table" or table.looks:
        return 0.0
    cell = {
        plain(name): (value or "").casefold() for name, value in zip(names, first, strict=False)
    }
    for column, expected in table.when.items():
        if cell.get(plain(column), expected) != expected:
            return 0.0
    own = {plain(name) for name in names if name} - STANDARD
    own -= {plain(name) for name in table.repeats}
    figures, others = _figure_patterns(table), _other_patterns(table)
    found = {name for name in own if any(p.fullmatch(name) for p in figures)}
    if not found:
        return 0.0
    found |= {name for name in own if any(p.fullmatch(name) for p in others)}
    expected = len(figures) + len(others) - _absent(table, found)
    return 2 * len(found) / (len(own) + expected)


def _absent(table: Table, found: set[str]) -> int:
    """Columns that only some editions hold and this one lacks."""
    some = [(n, m) for n, m in table.measures.items() if m.since or m.until]
    missing = [
        name
        for name, measure in some
        if not any(
            column_pattern(n, None).fullmatch(f) for n in (name, *measure.also) for f in found
        )
    ]
    return len(missing)


def _figure_patterns(table: Table) -> list[re.Pattern[str]]:
    """One pattern a column of figures that the contract declares."""
    if table.long:
        return [column_pattern(table.long.value, None)]
    return [
        re.compile("|".join(column_pattern(name, None).pattern for name in (own, *measure.also)))
        for own, measure in table.measures.items()
        if own not in table.repeats
    ]


def _other_patterns(table: Table) -> list[re.Pattern[str]]:
    """One pattern for any other column, period and area columns of the standard aside."""
    area, period, long = table.geography, table.period, table.long
    names = [*table.filters, *table.details, area.by, area.code, area.name, area.region_name]
    names += [period.column, period.start, period.end]
    names += [long.measure, long.text] if long else []
    named = [name for name in dict.fromkeys(names) if name and plain(name) not in STANDARD]
    return [column_pattern(name, None) for name in named]
