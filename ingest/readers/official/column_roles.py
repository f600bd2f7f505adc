"""What each column of a table is: period, area, filter, detail or figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from ingest.contracts.official import Measure, Table, column_pattern, plain
from ingest.readers.official import areas
from ingest.readers.official.recognise import STANDARD, UNLISTED, Match, measure_of
from ingest.readers.official.values import Column, is_filled, number
from ingest.refusals import Finding

ALIKE = 0.8  # of the letters: a vanished and an added name are perhaps the same column


@dataclass(frozen=True)
class Figures:
    """One column of figures: where it stands and what it is."""

    position: int
    name: str
    measure: str
    declared: Measure


@dataclass
class Rows:
    """The data rows of a grid, column by column, with the findings on the way."""

    match: Match
    columns: list[Column]
    lines: np.ndarray
    findings: list[Finding]
    uneven: frozenset[int] = frozenset()
    """Rows of the file that have too few or too many fields: nobody knows which."""

    def find(self, rule: str, severity: str, message: str, column: str = "") -> None:
        """Add a finding about the table or one of its columns."""
        where = self.match.grid.where + (f", column {column}" if column else "")
        action = "compare with the publisher's notes; update the contract if the change is intended"
        self.findings.append(Finding(rule, severity, where, message, action))

    def index(self, name: str) -> int | None:
        """The place of the first column of that name, as contracts write names."""
        pattern = column_pattern(name, self.match.year)
        names = self.match.names
        return next((i for i, own in enumerate(names) if pattern.fullmatch(plain(own))), None)


def roles(rows: Rows) -> tuple[list[Figures], list[int]]:
    """Tell figures from filters; say which columns are new, gone, repeated or renamed."""
    match, table = rows.match, rows.match.table
    placed = {
        i for name in (*_placing(table), *table.details) if (i := rows.index(name)) is not None
    }
    placed |= {i for i, name in enumerate(match.names) if plain(name) in STANDARD - _kept(table)}
    figures: list[Figures] = []
    filters: list[int] = []
    added: list[str] = []
    for i, name in enumerate(match.names):
        found = measure_of(table, name, match.year)
        is_filter = any(column_pattern(f, None).fullmatch(plain(name)) for f in table.filters)
        if is_filter:
            filters.append(i)
        elif found:
            figures.append(Figures(i, name, found[1].as_ or found[0], found[1]))
        elif i not in placed and (name or (rows.columns and is_filled(rows.columns[i]))):
            added.append(name)
            if table.long or not _is_figures(rows, i):
                filters.append(i)
            else:
                figures.append(Figures(i, name, name, Measure(unit="unknown")))
    if table.long and (i := rows.index(table.long.value)) is not None:
        figures = [Figures(i, match.names[i], "", Measure())]
    _find_changes(rows, figures, added)
    return _numbered(rows, figures), filters


def _kept(table: Table) -> frozenset[str]:
    """Standard names that this contract uses as filters or measures."""
    return frozenset(plain(name) for name in (*table.filters, *table.measures))


def _placing(table: Table) -> list[str]:
    """Columns that say period, area or measure."""
    period, long = table.period, table.long
    names = [period.column, period.identifier, period.start, period.end]
    names += areas.declared_columns(table.geography)
    names += [long.measure, long.value, long.text] if long else []
    return [name for name in names if name]


def _is_figures(rows: Rows, i: int) -> bool:
    """Whether an undeclared column holds figures: numbers, symbols and blanks only."""
    symbols = symbols_of(rows.match)
    words = {word.strip() for word in rows.columns[i].words}
    return all(not w or w in symbols or number(w) is not None for w in words)


def symbols_of(match: Match) -> dict[str, str]:
    """The publisher's key for one table."""
    return match.publication.symbols | match.table.symbols


def _find_changes(rows: Rows, figures: list[Figures], added: list[str]) -> None:
    """Say which declared columns are gone, which are new, and which are perhaps the same."""
    table, year = rows.match.table, rows.match.year
    if table is UNLISTED:
        told = f"read by the publisher's standard, for lack of a contract: {', '.join(added)}"
        rows.find("OFF-FILE", "withhold", f"a table {told}")
        return
    gone = find_absent(rows, {f.measure for f in figures}, year)
    for name in added:
        alike = get_close_matches(plain(name), [plain(g) for g in gone], 1, ALIKE)
        hint = f"; perhaps {next(g for g in gone if plain(g) == alike[0])} renamed" if alike else ""
        rows.find("OFF-COLUMN", "note", f"a column that the contract does not know{hint}", name)
    other = [f.name for f in figures if _is_respelt(table, f.name, year)]
    if other:
        rows.find("OFF-COLUMN", "note", f"names in another spelling: {', '.join(other)}")


def find_absent(rows: Rows, present: set[str], year: int | None) -> list[str]:
    """Say which columns of the contract are not there, but by agreement; give their names."""
    table = rows.match.table
    gone = [
        name
        for name, measure in table.measures.items()
        if (measure.as_ or name) not in present and not _is_excused(measure, year)
    ]
    wanted = [n for n in (*table.filters, *_placing(table)) if n not in table.optional]
    gone += [n for n in dict.fromkeys(wanted) if rows.index(n) is None]
    if gone:
        rows.find("OFF-COLUMN", "note", f"columns that are not there: {', '.join(gone)}")
    return gone


def _is_excused(measure: Measure, year: int | None) -> bool:
    """Whether editions of this year lack the column by agreement."""
    if measure.since and (year is None or year < measure.since):
        return True
    return bool(measure.until and year is not None and year > measure.until)


def _is_respelt(table: Table, name: str, year: int | None) -> bool:
    """Whether a known column differs from every declared spelling in capitals or marks."""
    if not (found := measure_of(table, name, year)):
        return False
    return not any("{" in own or own == name for own in (found[0], *found[1].also))


def _numbered(rows: Rows, figures: list[Figures]) -> list[Figures]:
    """Number the columns that stand there twice, so that no figure is counted twice."""
    seen: dict[str, list[Figures]] = {}
    numbered = []
    for one in figures:
        earlier = seen.setdefault(one.measure, [])
        if earlier:
            same = _same(rows.columns[one.position], rows.columns[earlier[0].position])
            if one.name not in rows.match.table.repeats:
                told = "with the same cells" if same else "with other cells"
                message = f"it stands in columns {earlier[0].position + 1} and {one.position + 1}"
                severity = "note" if same else "withhold"
                rows.find("OFF-COLUMN", severity, f"{message}, {told}", one.name)
            numbered.append(replace(one, measure=f"{one.measure} ({len(earlier) + 1})"))
        else:
            numbered.append(one)
        earlier.append(one)
    return numbered


def _same(one: Column, other: Column) -> bool:
    words = np.array([*one.words, None], object)[one.codes]
    return bool((words == np.array([*other.words, None], object)[other.codes]).all())
