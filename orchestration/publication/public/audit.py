"""Attack a public release with nothing but what the public has.

The files of this and of every earlier public release are read as a stranger would read them. Each
number that they show or hide becomes a quantity between two bounds; totals, overlapping periods,
shares, groups within groups and earlier releases become equations between quantities. For each
hidden count, for the rest of each share and for what lies between two periods, ``solving`` asks for
the least and the most that it can be. A count that can be only four numbers or fewer is known.

This module knows nothing of how figures were hidden: it imports none of the rules.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from orchestration.publication.public import solving
from orchestration.publication.public.solving import UNKNOWN, Either, Equation, Span, Sum, Target

SMALL_GROUP = 10
"""A share of 0 or 100 per cent of fewer says something about each of them."""
FIGURES, RESTATEMENTS = "indicators.csv", "restatements.csv"
PARTS = ("numerator", "denominator")
SUMMED = frozenset({"sum", "ratio_of_sums", "stock", "stock_ratio"})
"""Aggregations of which the parts of a breakdown add up to the whole."""
AVERAGED = frozenset({"mean", "median", "percentile"})
"""Aggregations of which the cases add up, and the values do not."""
ADDED_UP = frozenset({"ytd", "cumulative", "financial_year"})
"""Kinds of period that begin on one day and end later each month."""
FLOWS = frozenset({"sum", "ratio_of_sums"})
"""Aggregations of which the months add up to a longer period, unless they tell of positions."""
SCALES = {"pct": 100, "rate_per_100": 100, "rate_per_1000": 1000}
"""Units of a ratio of two counts, and by what it is multiplied."""
NOBODY = "z"
"""Symbol of a share or a mean that there is not, because nobody is counted."""
BETWEEN = "between"
"""Kind of period of what happened between two days, which no release shows by itself."""


class Key(NamedTuple):
    """A figure, whichever release shows it."""

    indicator_id: str
    basis: str
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    breakdown: str
    breakdown_value: str


class Quantity(NamedTuple):
    """A numerator or denominator; ``version`` counts how often its figure was corrected."""

    key: Key
    part: str
    version: int


@dataclass(frozen=True)
class Figure:
    """A row of a public file. ``None`` is a number that is not shown."""

    key: Key
    numerator: float | None
    denominator: float | None
    value: float | None
    symbols: Mapping[str, str]
    aggregation: str
    unit: str
    is_position: bool
    is_exact: bool
    rounded_to: int

    @cached_property
    def group(self) -> Key:
        """The same for a figure and its breakdowns."""
        return _group(self.key)

    @cached_property
    def series(self) -> Key:
        """The same for a figure in every period."""
        return _series(self.key)


@dataclass(frozen=True)
class Relation:
    """What definitions say of counts of the same area, period and group: ``indicator.numerator``.

    Args:
        whole: the count that holds the others.
        all_of: groups that make it up and share nobody.
        within: groups that lie within it and share nobody; those left over are a group too.
        same: names of one count; with these there is no whole.
    """

    whole: str = ""
    all_of: Sequence[str] = ()
    within: Sequence[str] = ()
    same: Sequence[str] = ()

    def pairs(self) -> Iterator[tuple[str, Sequence[str], bool]]:
        """Give a whole, its parts, and whether nobody is left over."""
        if self.same:
            yield from ((self.same[0], [other], True) for other in self.same[1:])
        if self.all_of:
            yield self.whole, self.all_of, True
        if self.within:
            yield self.whole, self.within, False


@dataclass(frozen=True)
class Finding:
    """A count that the public can tell. ``kind``: exact, narrow, group, unsolved."""

    kind: str
    key: Key
    what: str
    least: int | None
    most: int | None
    given_away_by: tuple[str, ...]


@dataclass
class Knowledge:
    """What is known of every quantity, and what a reader would like to know."""

    bounds: dict[Quantity, Span] = field(default_factory=dict)
    equations: dict[Equation, None] = field(default_factory=dict)
    hidden: dict[Quantity, Figure] = field(default_factory=dict)
    rests: dict[Sum, Figure] = field(default_factory=dict)
    """What is left of a whole without its parts."""
    either: dict[Quantity, Either] = field(default_factory=dict)
    """Hidden parts of shares: small, or all but few of their wholes."""
    versions: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    epochs: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    """How often something of a series was corrected."""

    def copy(self) -> Knowledge:
        """Give the same knowledge, to which something can be added."""
        return Knowledge(**{name: copy(held) for name, held in vars(self).items()})

    def targets(self) -> Iterator[Target]:
        """Give what a reader asks: a name, and the sum of quantities that it is."""
        for one, figure in self.hidden.items():
            is_between = one.key.period_type == BETWEEN
            yield Target((figure.key, one.part), ((one, 1),), may_be_none=is_between)
        for weights, figure in self.rests.items():
            yield Target((figure.key, "rest"), weights, may_be_none=True)


class Attack:
    """What the public has already, and what one more release would give away beside it."""

    def __init__(
        self,
        releases: Iterable[Path],
        symbols: Mapping[str, tuple[int, int]],
        relations: Sequence[Relation] = (),
    ) -> None:
        """Read what the public has.

        Args:
            releases: the folder of each public release, in the order of publication.
            symbols: the least and the most that a count can be for which a symbol stands. A
                symbol that is not named here stands for no count.
            relations: what definitions say of counts of each other.
        """
        self._seen: dict[str, Figure] = {}
        self._reader = Reader(symbols, relations)
        for folder in releases:
            self._take(self._reader, folder)

    def on(self, folder: Path) -> list[Finding]:
        """Find what a release gives away, alone or with the earlier ones; empty when nothing."""
        known, rows = self.learn(folder)
        found = [_small_group(one) for one in rows if _is_alike(one)]
        asked = (list(known.equations), list(known.targets()), known.either)
        for one in solving.worked_out(known.bounds, *asked):
            key, what = one.target.name
            found.append(Finding(one.kind, key, what, one.least, one.most, one.given_away_by))
        return sorted(found, key=lambda one: (one.key, one.what))

    def learn(self, folder: Path) -> tuple[Knowledge, list[Figure]]:
        """Give what is known once a release is read too, and its rows."""
        reader = self._reader.copy()
        return reader.known, self._take(reader, folder)

    def _take(self, reader: Reader, folder: Path) -> list[Figure]:
        rows = figures(folder / FIGURES, self._seen)
        reader.take(rows, restated(folder / RESTATEMENTS))
        return rows


def figures(path: Path, seen: dict[str, Figure]) -> list[Figure]:
    """Read the rows of a public file, a line each; most stood in the release before (``seen``)."""
    with path.open(encoding="utf-8", newline="") as lines:
        columns = next(csv.reader([next(lines)]))
        found = []
        for line in lines:
            if line not in seen:
                (cells,) = csv.reader([line])
                seen[line] = _figure(dict(zip(columns, cells, strict=True)))
            found.append(seen[line])
        return found


def _figure(row: Mapping[str, str]) -> Figure:
    return Figure(
        key=_key(row),
        symbols={part: row[f"{part}_symbol"] for part in (*PARTS, "value")},
        aggregation=row["aggregation"],
        unit=row["unit"],
        is_position=row["is_position"] == "true",
        is_exact=row["is_exact"] == "true",
        rounded_to=int(row["rounded_to"]),
        **{part: _number(row[part]) for part in (*PARTS, "value")},
    )


def _key(row: Mapping[str, str]) -> Key:
    cells = {name: row[name] for name in Key._fields}
    days = {name: date.fromisoformat(row[name]) for name in ("period_start", "period_end")}
    return Key(**(cells | days))


def _number(text: str) -> float | None:
    return float(text) if text else None


def restated(path: Path) -> set[Key]:
    """Give the figures that a release says it corrected: what was known of them is of no use."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {_key(row) for row in csv.DictReader(lines)}


def _group(key: Key) -> Key:
    """A figure and its breakdowns."""
    return key._replace(breakdown="", breakdown_value="")


def _series(key: Key) -> Key:
    return key._replace(period_type="", period_start=date.min, period_end=date.min)


def _is_alike(figure: Figure) -> bool:
    """Whether a share says something about each of a few."""
    is_few = figure.denominator is None or figure.denominator < SMALL_GROUP
    is_all_or_none = figure.unit == "pct" and figure.value in (0, 100)
    return is_all_or_none and not figure.is_exact and is_few


def _small_group(figure: Figure) -> Finding:
    words = (f"{figure.value:g} per cent of fewer than {SMALL_GROUP}",)
    return Finding("group", figure.key, "value", None, None, words)


def _span(figure: Figure, part: str, symbols: Mapping[str, tuple[int, int]]) -> Span | None:
    """Give what a reader knows of a number by itself; None where there is no such count."""
    shown, symbol = getattr(figure, part), figure.symbols[part]
    if shown is None:
        return (0, 0) if symbol == NOBODY and _is_counted(figure, part) else symbols.get(symbol)
    if figure.is_exact or not figure.rounded_to or shown == 0:
        return shown, shown  # what is small is hidden, and not rounded to 0
    step, hidden = figure.rounded_to, max(most for _, most in symbols.values())
    return max(hidden + 1, shown - step // 2), shown + (step - 1) // 2


def _is_counted(figure: Figure, part: str) -> bool:
    """Whether there is a count that a symbol can stand for: a mean has cases and no part."""
    is_base = part == "denominator" and figure.aggregation in AVERAGED
    return is_base or figure.unit in SCALES


def _both(one: Span, other: Span) -> Span:
    return max(one[0], other[0]), min(one[1], other[1])


class Reader:
    """Reads one release after the other, and writes down what their rows say of each other.

    An equation between figures that all stood in the release before was written down then.
    """

    def __init__(
        self, symbols: Mapping[str, tuple[int, int]], relations: Sequence[Relation]
    ) -> None:
        """Begin without any release."""
        self.known = Knowledge()
        self._symbols = symbols
        self._relations = [pair for one in relations for pair in one.pairs()]
        self._by_key: dict[Key, Figure] = {}
        self._latest: dict[tuple[Key, str], Quantity] = {}

    def copy(self) -> Reader:
        """Give another that has read the same."""
        other = copy(self)
        other.known = self.known.copy()
        other._latest = dict(self._latest)
        return other

    def take(self, rows: Sequence[Figure], restated: set[Key]) -> None:
        """Add a release: what it shows of each quantity, and every equation that a reader could."""
        now = {figure.key: figure for figure in rows}
        moved = self._forget(restated, now)
        moved |= {key for key in self._by_key if key not in now}
        moved |= {key for key, figure in now.items() if self._by_key.get(key) is not figure}
        self._by_key = now
        for key in moved:
            self._learn(key)
        fresh = [now[key] for key in moved if key in now]
        for figure in fresh:
            self._shares(figure)
        self._breakdowns({_group(key) for key in moved})
        self._periods({_series(key) for key in moved})
        for whole, parts, is_all in self._relations:
            self._definition(whole, parts, fresh, is_all=is_all)
        self._elsewhere(fresh)

    def _forget(self, restated: set[Key], now: Mapping[Key, Figure]) -> set[Key]:
        """Let figures that were corrected be new ones.

        A figure that a release does not show cannot be among those that it corrects. It counts as
        corrected where its total or another part was.
        """
        known, groups = self.known, {_group(key) for key in restated}
        unseen = [key for key in known.versions if key not in now and _group(key) in groups]
        moved = restated | set(unseen)
        for key in moved:
            known.versions[key] += 1
        for series in {_series(key) for key in moved}:
            known.epochs[series] += 1
        return moved

    def _learn(self, key: Key) -> None:
        """Add what is shown of a figure to what earlier releases showed."""
        known, figure = self.known, self._by_key.get(key)
        for part in PARTS:
            span = figure and _span(figure, part, self._symbols)
            if span is None:
                self._latest.pop((key, part), None)
                continue
            made = Quantity(key, part, known.versions[key])
            self._latest[key, part] = made
            known.bounds[made] = _both(known.bounds.get(made, span), span)
            if getattr(figure, part) is None and figure.symbols[part] != NOBODY:
                known.hidden[made] = figure
        if figure and figure.unit == "pct" and (key, "numerator") in self._latest:
            self._either(figure)

    def _either(self, figure: Figure) -> None:
        """A part of a share is hidden where it is small, and where all but few are in it."""
        part, whole = (self._latest.get((figure.key, name)) for name in PARTS)
        is_hidden = figure.numerator is None
        if whole is None or not (is_hidden or part in self.known.either):
            return
        nothing = (0, UNKNOWN)
        shown = nothing if is_hidden else _span(figure, "numerator", self._symbols)
        earlier = self.known.either.get(part)
        self.known.either[part] = Either(whole, _both(earlier.span if earlier else nothing, shown))
        if is_hidden:
            least, most = self.known.bounds[part]
            self.known.bounds[part] = (0 if least == 1 else least, most)

    def _add(
        self,
        weights: Mapping[Quantity, float],
        least: float,
        most: float,
        name: str,
        *,
        is_assumed: bool = False,
    ) -> None:
        one = Equation(tuple(weights.items()), least, most, name, is_assumed)
        self.known.equations.setdefault(one)

    def _shares(self, figure: Figure) -> None:
        part, whole = (self._latest.get((figure.key, name)) for name in PARTS)
        if figure.is_exact or whole is None:
            return
        if figure.unit in SCALES and part is not None:
            self._share(figure, part, whole)
        elif figure.aggregation == "mean" and figure.value is not None:
            self._sum(figure, whole)

    def _share(self, figure: Figure, part: Quantity, whole: Quantity) -> None:
        """A part is no larger than its whole, and a share limits what both can be."""
        if figure.unit == "pct":
            self._add({whole: 1, part: -1}, 0, UNKNOWN, "a part of its whole")
            self.known.rests[(whole, 1), (part, -1)] = figure
        scale, value = SCALES[figure.unit], figure.value
        if value is None or _follows(figure, scale):
            return
        name = f"a share of {value:g} per {scale}"
        self._add({part: scale, whole: -(value - 0.5)}, 0, scale * UNKNOWN, name)
        self._add({part: scale, whole: -(value + 0.5)}, -scale * UNKNOWN, 0, name)

    def _sum(self, figure: Figure, whole: Quantity) -> None:
        """The sum behind a mean, which nobody shows: the mean times its cases."""
        total = Quantity(figure.key, "numerator", whole.version)
        self.known.bounds.setdefault(total, (0, UNKNOWN))
        self.known.hidden[total] = figure
        name = f"a mean of {figure.value:g} and its cases"
        self._add({total: 1, whole: -(figure.value - 0.5)}, 0, UNKNOWN, name)
        self._add({total: 1, whole: -(figure.value + 0.5)}, -UNKNOWN, 0, name)

    def _breakdowns(self, moved: set[Key]) -> None:
        """The parts of each breakdown add up to the whole."""
        parts = defaultdict(list)
        for key, figure in self._by_key.items():
            if key.breakdown != "all" and figure.group in moved:
                parts[figure.group, key.breakdown].append(figure)
        for (group, breakdown), own in parts.items():
            whole = group._replace(breakdown="all", breakdown_value="all")
            for part in PARTS:
                if all(_adds_up(one, part) for one in own):
                    name = f"the total and the other {breakdown}"
                    self._total([one.key for one in own], whole, part, name)

    def _total(self, parts: Sequence[Key], whole: Key, part: str, name: str) -> None:
        quantities = [self._latest.get((key, part)) for key in parts]
        total = self._latest.get((whole, part))
        if total is not None and None not in quantities:
            self._add({total: -1} | dict.fromkeys(quantities, 1), 0, 0, name)

    def _periods(self, moved: set[Key]) -> None:
        """Periods that overlap are made of what lies between the days on which they begin and end.

        A quarter is its months, a year to date the one of a month ago and the month since; two
        windows of twelve months differ by the month that came and the month that went.
        """
        series = defaultdict(list)
        for figure in self._by_key.values():
            if figure.series in moved:
                series[figure.series].append(figure)
        for start, own in series.items():
            if all(one.is_exact for one in own):
                continue
            if own[0].aggregation not in FLOWS | AVERAGED:
                self._growth(own)
            elif not own[0].is_position and not _is_apart(own):
                for part in PARTS:
                    if _adds_up(own[0], part):
                        self._split(start, own, part)

    def _split(self, series: Key, own: Sequence[Figure], part: str) -> None:
        of = {}
        for figure in own:
            if (made := self._latest.get((figure.key, part))) is not None:
                of.setdefault((figure.key.period_start, _after(figure.key)), []).append(made)
        days = sorted({day for span in of for day in span})
        pieces: dict[tuple[date, date], Quantity] = {}
        for (first, last), made in of.items():
            inside = [day for day in days if first <= day <= last]
            whole, *same = made
            if len(inside) > 2:
                weights = {
                    self._piece(series, span, part, of, pieces): 1 for span in pairwise(inside)
                }
                self._add({whole: -1} | weights, 0, 0, "periods that overlap")
            for other in same:
                self._add({whole: 1, other: -1}, 0, 0, "another period of the same days")
        for (first, last), piece in pieces.items():
            covering = [f for f in own if f.key.period_start <= first and last <= _after(f.key)]
            if piece.key.period_type == BETWEEN and not all(one.is_exact for one in covering):
                self.known.hidden.setdefault(piece, covering[0])

    def _piece(
        self,
        series: Key,
        span: tuple[date, date],
        part: str,
        of: Mapping[tuple[date, date], Sequence[Quantity]],
        pieces: dict[tuple[date, date], Quantity],
    ) -> Quantity:
        """What lies between two days: a figure of these days, or what no release shows."""
        if span not in pieces:
            first, after = span
            key = series._replace(
                period_type=BETWEEN, period_start=first, period_end=after - timedelta(1)
            )
            own = of.get(span)
            pieces[span] = own[0] if own else Quantity(key, part, self.known.epochs[series])
            self.known.bounds.setdefault(pieces[span], (0, UNKNOWN))
        return pieces[span]

    def _growth(self, own: Sequence[Figure]) -> None:
        """What is added up since one day grows by what happened in between: a group like any."""
        since = defaultdict(list)
        for key in (one.key for one in own if not one.is_exact):
            if key.period_type in ADDED_UP:
                since[key.period_type, key.period_start].append(key)
        for earlier, later in (pair for keys in since.values() for pair in pairwise(sorted(keys))):
            for part in PARTS:
                before, after = (self._latest.get((key, part)) for key in (earlier, later))
                if before is not None and after is not None:
                    self.known.rests[(after, 1), (before, -1)] = self._by_key[later]

    def _definition(
        self, whole: str, parts: Sequence[str], fresh: Sequence[Figure], *, is_all: bool
    ) -> None:
        """Groups within another are no larger, and those left over are a group like them."""
        named = [one.split(".") for one in (whole, *parts)]
        about = {indicator for indicator, _ in named}
        name = (
            f"{named[0][0]} {'is' if is_all else 'holds'} {' and '.join(i for i, _ in named[1:])}"
        )
        for key in {one.key._replace(indicator_id="") for one in fresh if one.key[0] in about}:
            found = [self._latest.get((key._replace(indicator_id=i), part)) for i, part in named]
            if None in found:
                continue
            weights = dict.fromkeys(found, -1) | {found[0]: 1}
            self._add(weights, 0, 0 if is_all else UNKNOWN, name)
            figures = [self._by_key[one.key] for one in found]
            if not is_all and not all(one.is_exact for one in figures):
                protected = next(one for one in reversed(figures) if not one.is_exact)
                self.known.rests[tuple(weights.items())] = protected

    def _elsewhere(self, fresh: Sequence[Figure]) -> None:
        """A published figure of the same name, area and period is perhaps the same count."""
        official = {key._replace(basis="") for key in self._by_key if key.basis == "published"}
        for key in official and official & {one.key._replace(basis="") for one in fresh}:
            for part in PARTS:
                own, other = (
                    self._latest.get((key._replace(basis=basis), part))
                    for basis in ("local", "published")
                )
                if own is not None and other is not None:
                    name = "the figure that is published elsewhere"
                    self._add({own: 1, other: -1}, 0, 0, name, is_assumed=True)


def _adds_up(figure: Figure, part: str) -> bool:
    is_summed = figure.aggregation in SUMMED
    return is_summed or (figure.aggregation in AVERAGED and part == "denominator")


def _follows(figure: Figure, scale: int) -> bool:
    """Whether a share says no more than its two counts as they are shown."""
    if figure.numerator is None or not figure.denominator:
        return False
    return abs(figure.value - scale * figure.numerator / figure.denominator) <= 0.5


def _after(key: Key) -> date:
    return key.period_end + timedelta(1)


def _is_apart(own: Sequence[Figure]) -> bool:
    """Whether no two periods overlap."""
    spans = sorted((one.key.period_start, one.key.period_end) for one in own)
    return all(earlier[1] < later[0] for earlier, later in pairwise(spans))
