"""What speaks against figures as published: each a finding, none a correction.

Every rule looks at one table and yields doubts: what is wrong in words, and in which cells. A
doubt that withholds keeps its cells out of figures; one that notes stands beside them. A sum over
breakdowns or regions is no promise of the publisher's, so it is judged only where the table keeps
it: in 95 of 100 cases. A comparison is reported with its number of cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ingest.refusals import Finding

if TYPE_CHECKING:
    from ingest.readers.official.areas import Area
    from ingest.readers.official.column_roles import Figures, Rows
    from ingest.readers.official.periods import Period
    from ingest.readers.official.values import Column

PLACEHOLDER_ROWS = 20  # zero in so many rows of one period, while it is rare in the others
SHARE_TOLERANCE = 0.06  # percentages are printed to one decimal place
SHARE_WRONG = 1.0  # points: no rounding, so that the share is not shown as printed
ADDED_TOLERANCE = 0.11  # shares that are added have been rounded each
LEVEL_TOLERANCE, LEVEL_ROUNDING = 0.02, 20  # beyond what rounding of 150 authorities explains
MIN_AUTHORITIES = 100  # of about 150: fewer are an excerpt
KEPT, MIN_CASES = 0.95, 20  # a sum that a table keeps in so many of so many cases is its habit
PEERS, LARGE = 20, 50  # areas to compare with, and the size from which a change says something
BROKEN = np.log(3.0)  # to a third or threefold, beside what the other areas did
SHRUNK = np.log(2.0)  # to half, beside what the other areas did
MOVED = np.log(1.5)  # by half, in the middle of all areas
FAR_BREAK, FAR_COHORT = 8.0, 6.0  # in deviations (1.4826 x the median one) of the other areas
_LOCAL = ("local_authority", "sub_icb", "provider")
CELL_RULES = {
    *("OFF-AREA", "OFF-BREAK", "OFF-COHORT", "OFF-PARTS", "OFF-PLACEHOLDER"),
    *("OFF-REGION", "OFF-ROW", "OFF-SHARE", "OFF-SUM", "OFF-VALUE"),
}
"""The rules that mark the cells which they speak against."""
SERIES_RULES = {"OFF-EDITION", "OFF-ENDED", "OFF-REDEFINED", "OFF-TWICE"}
"""The rules by which the models compare series and editions, figure by figure."""
_ACTION = "compare with the publisher's notes and other editions before using the figures"


@dataclass(frozen=True)
class Block:
    """A table of figures as the rules see it: rows down, columns of figures across."""

    rows: Rows
    figures: list[Figures]
    values: np.ndarray
    """Figures by row and column; NaN where none is printed."""
    units: np.ndarray
    """Unit by row and column, as text."""
    period_codes: np.ndarray
    """By row and column, into ``periods``."""
    periods: list[Period]
    area_codes: np.ndarray
    areas: list[Area]
    filters: str
    """Names of the filters, joined with `` x ``; in a table of one figure a row the measure too."""
    breakdown_codes: np.ndarray
    breakdowns: list[tuple[str, ...]]
    """The filters' values of each breakdown."""

    @cached_property
    def levels(self) -> np.ndarray:
        """Level of the area, by row."""
        return np.array([area.level or "" for area in self.areas])[self.area_codes]

    def counts(self, i: int) -> np.ndarray:
        """Column ``i`` where it holds counts, NaN elsewhere."""
        return np.where(self.units[:, i] == "count", self.values[:, i], np.nan)

    def line(self, cells: np.ndarray) -> int:
        """The first row of the file in which one of ``cells`` stands."""
        return int(self.rows.lines[cells if cells.ndim == 1 else cells.any(axis=1)][0])


@dataclass(frozen=True)
class Doubt:
    """What speaks against some cells: rows where ``rows`` is true, in ``columns``."""

    rule: str
    severity: str
    message: str
    rows: np.ndarray
    columns: list[int]
    """Columns of figures; the first is the one that the finding names."""


def judge(block: Block) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Tell what speaks against a table; mark each cell with the rules that withhold or note it.

    Returns:
        For ``withheld_by`` and ``noted_by`` a code by row and column, -1 for none, and the words:
        the ids of the rules with a blank between.
    """
    found = [doubt for rule in RULES for doubt in rule(block)]
    # What cannot be says nothing about the period after it.
    sound = replace(
        block, values=np.where(_marked(block, _withholding(found))[0] < 0, block.values, np.nan)
    )
    found += _breaks(sound)
    for doubt in found:
        name = block.figures[doubt.columns[0]].name if len(doubt.columns) else ""
        where = block.rows.match.grid.where + (f", column {name}" if name else "")
        finding = Finding(doubt.rule, doubt.severity, where, doubt.message, _ACTION)
        block.rows.findings.append(finding)
    doubtful = np.array([bool(area.doubt) for area in block.areas])[block.area_codes]
    every = list(range(len(block.figures)))
    torn = np.isin(block.rows.lines, list(block.rows.uneven))
    # Both are reported where they are found: with the area, and with the fields that a row has.
    found.append(Doubt("OFF-AREA", "withhold", "", doubtful, every))
    found.append(Doubt("OFF-ROW", "withhold", "", torn, every))
    return {
        "withheld_by": _marked(block, _withholding(found)),
        "noted_by": _marked(block, [d for d in found if d.severity == "note"]),
    }


def _withholding(doubts: list[Doubt]) -> list[Doubt]:
    return [doubt for doubt in doubts if doubt.severity == "withhold"]


def _marked(block: Block, doubts: list[Doubt]) -> tuple[np.ndarray, list[str]]:
    """The rules that bear on each cell, as codes into joined ids."""
    rules = sorted({doubt.rule for doubt in doubts})
    bits = np.zeros(block.values.shape, np.int32)
    for doubt in doubts:
        bits[np.ix_(doubt.rows, doubt.columns)] |= 1 << rules.index(doubt.rule)
    met, codes = np.unique(bits, return_inverse=True)
    words = [" ".join(r for k, r in enumerate(rules) if bit >> k & 1) for bit in met]
    at = np.where(met == 0, -1, np.arange(len(met)))
    return at[codes.reshape(bits.shape)], words


# --- figures that cannot be --------------------------------------------------------------------


def _impossible(block: Block) -> Iterator[Doubt]:
    """Negative counts and shares, and shares over 100."""
    for i in range(len(block.figures)):
        column, unit = block.values[:, i], block.units[:, i]
        for what, is_so in (
            ("below 0", (column < 0) & np.isin(unit, ("count", "pct"))),
            ("over 100 per cent", (column > 100) & (unit == "pct")),
        ):
            if is_so.any():
                worst = column[is_so][np.abs(column[is_so]).argmax()]
                message = f"{is_so.sum()} cells {what}, as far as {worst:g}, first in row"
                message += f" {block.line(is_so)}"
                yield Doubt("OFF-VALUE", "withhold", message, is_so, [i])


def _placeholders(block: Block) -> Iterator[Doubt]:
    """Measures that are 0 in every row of a period and not in others: not yet, not none."""
    many = len(block.periods)
    for i in range(len(block.figures)):
        column, own = block.values[:, i], block.period_codes[:, i]
        given = ~np.isnan(column)
        rows_in = np.bincount(own[given], minlength=many)
        zeros = np.bincount(own[given & (column == 0)], minlength=many)
        empty = (rows_in == zeros) & (rows_in >= PLACEHOLDER_ROWS)
        if empty.any() and 2 * zeros[~empty].sum() < rows_in[~empty].sum():
            when = ", ".join(block.periods[code].label or "" for code in np.flatnonzero(empty))
            message = f"0 in every row of {when}, though not of other periods"
            yield Doubt("OFF-PLACEHOLDER", "withhold", message, given & empty[own], [i])


def _repeats(block: Block) -> Iterator[Doubt]:
    """Rows that share period, area and breakdown with another row."""
    key = _key(block.period_codes[:, 0], block.area_codes, block.breakdown_codes)
    _, group, times = np.unique(key, return_inverse=True, return_counts=True)
    again = times[group] > 1
    if not again.any():
        return
    filled = np.nan_to_num(block.values, nan=-np.inf)
    low, high = np.full((2, len(times), filled.shape[1]), np.inf) * np.array([1, -1])[:, None, None]
    np.minimum.at(low, group, filled)
    np.maximum.at(high, group, filled)
    differs = (low < high)[group]
    told = f"{(times > 1).sum()} times several rows for one area, period and breakdown"
    if not differs.any():
        message = f"{told}, with the same figures, first in row {block.line(again)}"
        yield Doubt("OFF-ROW", "note", message, again, [])
        return
    yield Doubt("OFF-ROW", "withhold", f"{told}, first in row {block.line(again)}", again, [])
    for i in np.flatnonzero(differs.any(axis=0)):
        rows = differs[:, i]
        message = f"different figures in them, first in row {block.line(rows)}"
        yield Doubt("OFF-ROW", "withhold", message, rows, [int(i)])


# --- figures that do not go together ------------------------------------------------------------


def _sums(block: Block) -> Iterator[Doubt]:
    """Totals that are not their parts together, as the contract promises."""
    at = {figure.measure: i for i, figure in enumerate(block.figures)}
    for promise in block.rows.match.table.sums:
        if {promise.total, *promise.parts} <= at.keys():
            columns = [at[name] for name in (promise.total, *promise.parts)]
            parts = block.values[:, columns[1:]].sum(axis=1)
            difference = parts - block.values[:, columns[0]]
            said = f"is not {' + '.join(promise.parts)}"
            yield from _unkept("OFF-SUM", said, block, difference, 0.5, columns)


def _shares(block: Block) -> Iterator[Doubt]:
    """Percentages that are not their parts in a hundred, as the contract promises.

    A figure is made of its parts where they are printed, so that only shares are withheld.
    """
    at = {figure.measure: i for i, figure in enumerate(block.figures)}
    for share in block.rows.match.table.shares:
        named = [share.share, *filter(None, [share.of]), *share.within, *share.plus]
        if not set(named) <= at.keys():
            continue
        column = {name: block.values[:, at[name]] for name in named}
        if share.plus:
            expected, tolerance = sum(column[part] for part in share.plus), ADDED_TOLERANCE
            said = f"is not {' + '.join(share.plus)}"
        else:
            within = sum(column[part] for part in share.within)
            with np.errstate(divide="ignore", invalid="ignore"):
                expected = 100 * column[share.of or ""] / np.where(within == 0, np.nan, within)
            tolerance, said = SHARE_TOLERANCE, f"is not {share.of} / {' + '.join(share.within)}"
        difference = expected - column[share.share]
        columns = [at[name] for name in dict.fromkeys(named)]
        yield from _unkept("OFF-SHARE", said, block, difference, tolerance, columns)
        printed = [at[name] for name in (share.share, *share.plus)]
        yield from _unkept(
            "OFF-SHARE", said, block, difference, SHARE_WRONG, printed, severity="withhold"
        )


def _unkept(
    rule: str,
    said: str,
    block: Block,
    difference: np.ndarray,
    tolerance: float,
    columns: list[int],
    severity: str = "note",
) -> Iterator[Doubt]:
    broken = np.abs(difference) > tolerance
    if broken.any():
        checked = int((~np.isnan(difference)).sum())
        message = f"{said} in {broken.sum()} of {checked} rows, by up to "
        message += f"{np.nanmax(np.abs(difference)):g}, first in row {block.line(broken)}"
        yield Doubt(rule, severity, message, broken, columns)


def _parts(block: Block) -> Iterator[Doubt]:
    """Totals that are not the rows of one of their breakdowns together, where they usually are."""
    total, topics = _topics(block)
    is_total = total[block.breakdown_codes]
    for i in range(len(block.figures)):
        column = block.counts(i)
        group = _grouped(block.period_codes[:, i], block.area_codes)
        many = int(group.max()) + 1
        wholes = _sum_by(group[is_total], column[is_total], many)
        for topic, within in topics.items():
            is_part = within[block.breakdown_codes]
            together = _sum_by(group[is_part], column[is_part], many)
            difference = together - wholes
            checked = ~np.isnan(difference)
            broken = checked & (np.abs(difference) > 0.5)
            if not broken.any() or not _is_habit(checked.sum() - broken.sum(), checked.sum()):
                continue
            rows = is_total & broken[group]
            message = f"is not its parts by {topic} together in {broken.sum()} of {checked.sum()} "
            message += f"rows, by up to {np.nanmax(np.abs(difference)):g}, first in row "
            yield Doubt("OFF-PARTS", "note", f"{message}{block.line(rows)}", rows, [i])


def _topics(block: Block) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Which breakdowns are the total, and which belong to each way of dividing it.

    Publishers write a column a topic with All or Total in the others, or a topic and its value
    side by side, the total as twice the same words.
    """
    given = block.breakdowns
    apart = [[k for k, word in enumerate(b) if word.casefold() not in _ALL] for b in given]
    if any(len(places) == 1 for places in apart):
        names = block.filters.split(" x ")
        total = np.array([not places for places in apart])
        named = [names[places[0]] if len(places) == 1 else "" for places in apart]
    else:
        total = np.array([len(words) == 2 and words[0] == words[1] for words in given])
        named = ["" if whole else words[0] for whole, words in zip(total, given, strict=True)]
    topics = {name: np.array([n == name for n in named]) for name in sorted({*named} - {""})}
    return total, topics


_ALL = {"all", "total", ""}


def _regions(block: Block) -> Iterator[Doubt]:
    """Counts of a region or the nation that are not their authorities' together.

    What rounding may explain is a note, and only where the table otherwise adds up to the unit. An
    authority that prints its region's figure as its own is then the reason.
    """
    if not (block.levels == "local_authority").any():
        return
    for i in range(len(block.figures)):
        column = block.counts(i)
        if np.isnan(column).all():
            continue
        region, nation = _Level.region(block, i), _Level.nation(block, i)
        copied = _copied(block, column, region)
        if copied.any():
            message = f"{copied.sum()} authorities print their region's figure as their own, "
            message += f"first in row {block.line(copied)}"
            yield Doubt("OFF-REGION", "withhold", message, copied, [i])
        column = np.where(copied, np.nan, column)
        yield from _unequal(block, i, column, region)
        yield from _unequal(block, i, column, nation)


@dataclass(frozen=True)
class _Level:
    """Wholes of authorities: which rows print them, and which rows are one whole's, in order."""

    name: str
    is_whole: np.ndarray
    is_local: np.ndarray
    group: np.ndarray
    """By row: the whole, its breakdown and period."""
    is_complete: np.ndarray
    """By group: it has enough authorities, and not fewer than in the periods around it."""

    @classmethod
    def region(cls, block: Block, i: int) -> _Level:
        """Regions, by the region that an authority's row names."""
        is_local = block.levels == "local_authority"
        of = np.array([area.region or "" for area in block.areas])[block.area_codes]
        own = np.array([area.code or "" for area in block.areas])[block.area_codes]
        _, regions = np.unique(np.where(is_local, of, own), return_inverse=True)
        within = _grouped(block.breakdown_codes, regions)
        return cls._of(block, i, "region", within, 2)

    @classmethod
    def nation(cls, block: Block, i: int) -> _Level:
        """The nation, of so many authorities that they cannot be an excerpt."""
        return cls._of(block, i, "nation", block.breakdown_codes, MIN_AUTHORITIES)

    @classmethod
    def _of(cls, block: Block, i: int, name: str, within: np.ndarray, least: int) -> _Level:
        level = {"region": "region", "nation": "national"}[name]
        is_local = block.levels == "local_authority"
        used = np.unique(block.period_codes[:, i]).tolist()
        many = len(used)
        in_time = sorted(used, key=lambda code: str(block.periods[code].end))
        places = np.zeros(len(block.periods), np.int64)
        places[in_time] = range(many)
        place = places[block.period_codes[:, i]]
        group = within.astype(np.int64) * many + place
        rows = np.bincount(group[is_local], minlength=(int(within.max()) + 1) * many)
        rows = rows.reshape(-1, many)
        around = np.pad(rows, ((0, 0), (1, 1)), constant_values=block.values.size)
        lacks = (rows < around[:, :-2]) & (rows < around[:, 2:]) & (many > 1)
        complete = (rows >= least) & ~lacks
        return cls(name, block.levels == level, is_local, group, complete.ravel())

    def sums(self, column: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Sum of a column by group over some rows; NaN without rows or with a missing figure."""
        return _sum_by(self.group[rows], column[rows], len(self.is_complete))


def _copied(block: Block, column: np.ndarray, region: _Level) -> np.ndarray:
    """Authorities whose count is their whole region's, though others of it have more than none."""
    own = region.sums(column, region.is_whole)[region.group]
    given = region.is_local & (np.nan_to_num(column) > 0)
    filled = np.bincount(region.group[given], minlength=len(region.is_complete))
    return given & (column == own) & (column >= LARGE) & (filled[region.group] > 1)


def _unequal(block: Block, i: int, column: np.ndarray, level: _Level) -> Iterator[Doubt]:
    whole = level.sums(column, level.is_whole)
    local = np.where(level.is_complete, level.sums(column, level.is_local), np.nan)
    difference = np.nan_to_num(np.abs(local - whole))
    cases = int((~np.isnan(local - whole)).sum())
    apart = difference > LEVEL_TOLERANCE * np.nan_to_num(whole) + LEVEL_ROUNDING
    off = (difference > 0.5) & ~apart
    is_loose_habit = level.name == "nation" or _is_habit(cases - apart.sum(), cases)
    is_exact_habit = _is_habit(cases - apart.sum() - off.sum(), cases)
    for broken, severity, is_habit in (
        (apart, "withhold", is_loose_habit),
        (off, "note", is_exact_habit),
    ):
        if not (is_habit and broken.any()):
            continue
        worst = int(np.where(broken, difference, -1).argmax())
        line = block.line(level.is_whole & (level.group == worst))
        message = f"{broken.sum()} of {cases} times the authorities' counts are not the "
        message += f"{level.name}'s together; the furthest: {local[worst]:g} against "
        message += f"{whole[worst]:g} in row {line}"
        rows = level.is_whole & broken[level.group]
        yield Doubt("OFF-REGION", severity, message, rows, [i])


# --- figures that do not go on ------------------------------------------------------------------


def _breaks(block: Block) -> Iterator[Doubt]:
    """Counts that leave their series while those of other areas do not, or all at once."""
    table = block.rows.match.table
    cohorts = {share.within[0] for share in table.shares if len(share.within) == 1}
    cohorts |= {promise.total for promise in table.sums}
    # A part of another total, or what a share is of, may well fall: that is what it is there for.
    cohorts -= {part for promise in table.sums for part in promise.parts}
    cohorts -= {share.of for share in table.shares if share.of}
    is_local = np.isin(block.levels, _LOCAL)
    for i, figure in enumerate(block.figures):
        column = block.counts(i)
        rows = np.flatnonzero(is_local & ~np.isnan(column))
        if len(rows) < 2 * PEERS:
            continue
        found = [_Change(block, rows, column, i, *pair) for pair in _successions(block, i)]
        is_cohort = figure.measure in cohorts or "cohort" in figure.measure.casefold()
        yield from _shrunk(block, i, found if is_cohort else [])
        yield from _left(block, i, found)
        yield from _moved(block, i, found)


def _successions(block: Block, i: int) -> list[tuple[int, int]]:
    """Codes of each period and the next one of its kind."""
    used = np.unique(block.period_codes[:, i])
    ordered = sorted(
        (p.kind, p.end, p.start, code)
        for code, p in ((code, block.periods[code]) for code in used.tolist())
        if p.kind and p.end and p.start
    )
    pairs = pairwise(ordered)
    return [(one[-1], next_[-1]) for one, next_ in pairs if one[0] == next_[0]]


class _Change:
    """How one column moved from a period to the next, by area and breakdown.

    ``rows`` are those of the later period with a figure before; ``ratio`` is its logarithm,
    ``middle`` that of all areas, ``far`` how many of their deviations it lies from it.
    """

    def __init__(
        self, block: Block, rows: np.ndarray, column: np.ndarray, i: int, before: int, after: int
    ) -> None:
        key = _key(block.area_codes, block.breakdown_codes)
        period = block.period_codes[rows, i]
        earlier, later = rows[period == before], rows[period == after]
        order = np.argsort(key[earlier], kind="stable")
        earlier = earlier[order]
        at = np.searchsorted(key[earlier], key[later])
        at = np.minimum(at, max(len(earlier) - 1, 0))
        met = key[earlier][at] == key[later] if len(earlier) else np.zeros(len(later), bool)
        self.rows, was = later[met], column[earlier[at[met]]] if len(earlier) else later[:0]
        now = column[self.rows]
        large = np.maximum(was, now) >= LARGE
        self.rows, was, now = self.rows[large], was[large], now[large]
        self.checked = len(self.rows)
        self.label = block.periods[after].label or ""
        self.ratio = np.log((now + 0.5) / (was + 0.5))
        self.middle, deviation, peers = _peers(self.ratio, block.breakdown_codes[self.rows])
        self.far = np.where(peers >= PEERS, np.abs(self.ratio - self.middle) / deviation, 0)
        self.has_peers = peers >= PEERS

    @property
    def is_shrunk(self) -> np.ndarray:
        """Fallen to half or less of what the others' change leaves to be expected."""
        return (self.ratio - self.middle < -SHRUNK) & (self.far > FAR_COHORT)

    @property
    def is_broken(self) -> np.ndarray:
        """To a third or threefold beside the others, and far out of their spread."""
        return (np.abs(self.ratio - self.middle) > BROKEN) & (self.far > FAR_BREAK)

    @property
    def is_moved(self) -> np.ndarray:
        """The middle of all areas has moved by half or more."""
        return self.has_peers & (np.abs(self.middle) > MOVED)


def _peers(ratio: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Median, scaled median deviation (at least 0.05) and number of each row's group."""
    middle, deviation = np.zeros(len(ratio)), np.ones(len(ratio))
    peers = np.bincount(group, minlength=1)[group] if len(group) else np.zeros(0, int)
    for code in np.unique(group[peers >= PEERS]):
        own = group == code
        median = np.median(ratio[own])
        middle[own] = median
        deviation[own] = max(1.4826 * np.median(np.abs(ratio[own] - median)), 0.05)
    return middle, deviation, peers


def _shrunk(block: Block, i: int, changes: list[_Change]) -> Iterator[Doubt]:
    told = "fell to half or less while other areas' did not"
    yield from _changed(block, i, changes, "is_shrunk", "OFF-COHORT", "withhold", told)


def _left(block: Block, i: int, changes: list[_Change]) -> Iterator[Doubt]:
    told = "fell to a third or rose threefold while other areas' did not"
    yield from _changed(block, i, changes, "is_broken", "OFF-BREAK", "note", told)


def _moved(block: Block, i: int, changes: list[_Change]) -> Iterator[Doubt]:
    told = "moved by half or more in the middle of all areas"
    yield from _changed(block, i, changes, "is_moved", "OFF-BREAK", "note", told)


def _changed(
    block: Block,
    i: int,
    changes: list[_Change],
    which: str,
    rule: str,
    severity: str,
    told: str,
) -> Iterator[Doubt]:
    at = [change.rows[getattr(change, which)] for change in changes]
    if not any(map(len, at)):
        return
    rows = np.zeros(len(block.rows.lines), bool)
    rows[np.concatenate(at)] = True
    when = ", ".join(c.label for c, rows_of in zip(changes, at, strict=True) if len(rows_of))
    checked = sum(change.checked for change in changes)
    message = f"{rows.sum()} of {checked} changes: it {told} ({when}), first in row "
    yield Doubt(rule, severity, f"{message}{block.line(rows)}", rows, [i])


# --- one cell and another -----------------------------------------------------------------------


def _key(*codes: np.ndarray) -> np.ndarray:
    """One whole number for each combination of codes."""
    key = np.zeros(len(codes[0]), np.int64)
    for code in codes:
        key = key * (int(code.max(initial=0)) + 1) + code
    return key


def _grouped(*codes: np.ndarray) -> np.ndarray:
    """Codes from 0 on for the combinations that occur."""
    return np.unique(_key(*codes), return_inverse=True)[1]


def _sum_by(group: np.ndarray, values: np.ndarray, groups: int) -> np.ndarray:
    """Sum by group; NaN for a group without rows or with a missing value."""
    totals = np.bincount(group, values, groups)
    return np.where(np.bincount(group, minlength=groups) > 0, totals, np.nan)


def _is_habit(kept: int, cases: int) -> bool:
    return bool(cases >= MIN_CASES and kept >= KEPT * cases)


RULES: tuple[Callable[[Block], Iterator[Doubt]], ...] = (
    *(_impossible, _placeholders, _repeats),
    *(_sums, _shares, _parts, _regions),
)


def find_rewordings(
    rows: Rows, measure: Column, text: Column, codes: np.ndarray, periods: list[Period]
) -> list[Finding]:
    """Measures whose code stays while the length of their period changes."""
    kinds = sorted({period.kind or "" for period in periods})
    kind = np.array([kinds.index(period.kind or "") for period in periods])[codes]
    found = []
    for code, name in enumerate(measure.words):
        is_own = measure.codes == code
        own = np.unique(kind[is_own & (kind != (kinds.index("") if "" in kinds else -1))])
        if len(own) > 1:
            words = sorted({text.words[i] for i in np.unique(text.codes[is_own])})
            told = " and ".join(kinds[i] for i in own)
            message = f"{name} is printed by {told}, as {' / '.join(words)}"
            found.append(Finding("OFF-MEASURE", "note", rows.match.grid.where, message, _ACTION))
    return found
