"""Attack a public release with nothing but what the public has.

The files of this and of every earlier public release are read as a stranger would read them. Each
number that they show or hide becomes a quantity between two bounds; totals, longer periods, shares,
groups within groups and earlier releases become equations between quantities. For each hidden
count, for the rest of each share and for what a total grew by, an integer program is asked for the
least and the most that it can be. Whoever can tell it within four persons has been told it.

This module knows nothing of how figures were hidden: it imports none of the rules.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import lil_matrix

SMALL = 7
"""Counts up to this are those of few children."""
LEAST_VALUES = 5
"""A hidden count that can be fewer whole numbers than this is told."""
SMALL_GROUP = 10
"""A share of 0 or 100 per cent of fewer says something about each of them."""
UNKNOWN = 10_000_000
"""No count of an area is higher: a bound for what a reader knows nothing of."""
FIGURES, RESTATEMENTS = "indicators.csv", "restatements.csv"
PARTS = ("numerator", "denominator")
SUMMED = frozenset({"sum", "ratio_of_sums", "stock", "stock_ratio"})
"""Aggregations of which the parts of a breakdown add up to the whole."""
ADDED_UP = frozenset({"ytd", "cumulative", "financial_year"})
"""Kinds of period that begin on one day and end later each month."""
FLOWS = frozenset({"sum", "ratio_of_sums"})
"""Aggregations of which the months add up to a longer period, unless they tell of positions."""


Span = tuple[float, float]


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
    """A numerator or denominator; ``version`` counts how often its figure was restated."""

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


@dataclass(frozen=True)
class Relation:
    """A group that lies within another, as the definitions say: ``indicator.numerator``."""

    part: str
    whole: str


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
class Equation:
    """``least <= sum of weight x quantity <= most``, and what a reader would call it."""

    weights: dict[Quantity, float]
    least: float
    most: float
    name: str
    is_assumed: bool = False
    """A reader may be wrong in it: it is left out where nothing fits it."""

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for an equation that each of several releases tells."""
        return frozenset(self.weights.items()), self.least, self.most


@dataclass
class Knowledge:
    """Bounds of every quantity, and the equations between them."""

    bounds: dict[Quantity, Span] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    hidden: dict[Quantity, Figure] = field(default_factory=dict)
    rests: dict[tuple[Quantity, Quantity], Figure] = field(default_factory=dict)
    groups: list[Figure] = field(default_factory=list)


def attack(
    releases: Sequence[Path],
    symbols: Mapping[str, tuple[int, int]],
    relations: Sequence[Relation] = (),
) -> list[Finding]:
    """Find what can be told from public files.

    Args:
        releases: the folder of each public release, the newest last.
        symbols: the least and the most that a count can be for which a symbol stands. A symbol
            that is not named here stands for no count.
        relations: groups within groups.

    Returns:
        What the newest release gives away, alone or with the earlier ones; empty when nothing.
    """
    known = _knowledge(releases, symbols, relations)
    found = [_small_group(figure) for figure in known.groups]
    for part in _components(known):
        found += _told(part)
    return sorted(found, key=lambda one: (one.key, one.what))


def figures(path: Path) -> Iterator[Figure]:
    """Read the rows of a public file."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Figure(
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


def _knowledge(
    releases: Sequence[Path],
    symbols: Mapping[str, tuple[int, int]],
    relations: Sequence[Relation],
) -> Knowledge:
    known: Knowledge = Knowledge()
    versions: dict[Key, int] = defaultdict(int)
    rows: list[Figure] = []
    for folder in releases:
        for group in _restated(folder / RESTATEMENTS):
            versions[group] += 1
        rows = list(figures(folder / FIGURES))
        latest: dict[tuple[Key, str], Quantity] = {}
        for figure in rows:
            for part in PARTS:
                if (span := _span(figure, part, symbols)) is not None:
                    made = Quantity(figure.key, part, versions[_group(figure.key)])
                    latest[figure.key, part] = made
                    _learn(known, made, span, figure)
        _relate(known, rows, latest, relations)
    known.equations = list({one.key: one for one in known.equations}.values())
    known.groups = [
        one
        for one in rows
        if one.unit == "pct" and one.value in (0, 100) and not one.is_exact and _is_few(one)
    ]
    return known


def _restated(path: Path) -> set[Key]:
    """Give the figures that a release says it corrected: what was known of them is of no use."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {_group(_key(row)) for row in csv.DictReader(lines)}


def _group(key: Key) -> Key:
    """A figure and its breakdowns: one cannot be corrected without the other."""
    return key._replace(breakdown="", breakdown_value="")


def _learn(known: Knowledge, made: Quantity, span: Span, figure: Figure) -> None:
    """Add what one release shows of a quantity to what earlier ones showed."""
    least, most = known.bounds.get(made, span)
    known.bounds[made] = (max(least, span[0]), min(most, span[1]))
    if getattr(figure, made.part) is None:
        known.hidden[made] = figure


def _is_few(figure: Figure) -> bool:
    return figure.denominator is None or figure.denominator < SMALL_GROUP


def _small_group(figure: Figure) -> Finding:
    words = (f"{figure.value:g} per cent of fewer than {SMALL_GROUP}",)
    return Finding("group", figure.key, "value", None, None, words)


def _span(figure: Figure, part: str, symbols: Mapping[str, tuple[int, int]]) -> Span | None:
    """Give what a reader knows of a number by itself; None where there is no such count."""
    shown, symbol = getattr(figure, part), figure.symbols[part]
    if shown is None:
        return symbols.get(symbol)
    if figure.is_exact or not figure.rounded_to:
        return shown, shown
    step = figure.rounded_to
    return max(0, shown - step // 2), shown + (step - 1) // 2


def _relate(
    known: Knowledge,
    rows: Sequence[Figure],
    latest: Mapping[tuple[Key, str], Quantity],
    relations: Sequence[Relation],
) -> None:
    """Write down what one release's rows say of each other."""
    by_key = {figure.key: figure for figure in rows}
    known.equations += _breakdowns(by_key, latest)
    known.equations += _periods(by_key, latest)
    known.rests |= _growth(by_key, latest)
    for figure in rows:
        part, whole = (latest.get((figure.key, name)) for name in PARTS)
        if part is None or whole is None or figure.unit != "pct":
            continue
        known.equations.append(Equation({whole: 1, part: -1}, 0, UNKNOWN, "a part of its whole"))
        if not figure.is_exact:
            known.rests[part, whole] = figure
        if figure.value is not None and None in (figure.numerator, figure.denominator):
            known.equations += _share(figure.value, part, whole)
    known.equations += _within(known, by_key, latest, relations)
    known.equations += _elsewhere(by_key, latest)


def _share(value: float, part: Quantity, whole: Quantity) -> Iterator[Equation]:
    """A share that is shown although one of its counts is not: in whole per cent."""
    name = f"a share of {value:g} per cent"
    yield Equation({part: 100, whole: -(value - 0.5)}, 0, 100 * UNKNOWN, name)
    yield Equation({part: 100, whole: -(value + 0.5)}, -100 * UNKNOWN, 0, name)


def _breakdowns(
    by_key: Mapping[Key, Figure], latest: Mapping[tuple[Key, str], Quantity]
) -> Iterator[Equation]:
    """The parts of each breakdown add up to the whole."""
    parts = defaultdict(list)
    for key, figure in by_key.items():
        if key.breakdown != "all" and figure.aggregation in SUMMED:
            parts[key._replace(breakdown_value=""), key.breakdown].append(key)
    for (start, breakdown), keys in parts.items():
        whole = start._replace(breakdown="all", breakdown_value="all")
        for part in PARTS:
            yield from _adds_up(keys, whole, part, latest, f"the total and the other {breakdown}")


def _periods(
    by_key: Mapping[Key, Figure], latest: Mapping[tuple[Key, str], Quantity]
) -> Iterator[Equation]:
    """Months that follow each other add up to each longer period that they fill."""
    months = defaultdict(dict)
    for key, figure in by_key.items():
        if key.period_type == "month" and figure.aggregation in FLOWS and not figure.is_position:
            months[_series(key)][key.period_start] = key
    for key in by_key:
        own = months.get(_series(key), {})
        if key.period_type != "month" and own and not by_key[key].is_position:
            filled = [own.get(month) for month in _months(key.period_start, key.period_end)]
            if filled and None not in filled:
                for part in PARTS:
                    yield from _adds_up(filled, key, part, latest, f"months and {key.period_type}")


def _growth(
    by_key: Mapping[Key, Figure], latest: Mapping[tuple[Key, str], Quantity]
) -> dict[tuple[Quantity, Quantity], Figure]:
    """What is added up since one day grows by what happened in between: a group like any."""
    since = defaultdict(list)
    for key, figure in by_key.items():
        if key.period_type in ADDED_UP and not figure.is_exact:
            since[key._replace(period_end=date.min)].append(key)
    grown = {}
    for keys in since.values():
        for earlier, later in pairwise(sorted(keys)):
            for part in PARTS:
                before, after = latest.get((earlier, part)), latest.get((later, part))
                if before is not None and after is not None:
                    grown[before, after] = by_key[later]
    return grown


def _series(key: Key) -> Key:
    return key._replace(period_type="", period_start=date.min, period_end=date.min)


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _adds_up(
    parts: Sequence[Key],
    whole: Key,
    part: str,
    latest: Mapping[tuple[Key, str], Quantity],
    name: str,
) -> Iterator[Equation]:
    quantities = [latest.get((key, part)) for key in parts]
    total = latest.get((whole, part))
    if total is not None and None not in quantities:
        yield Equation({total: -1} | dict.fromkeys(quantities, 1), 0, 0, name)


def _within(
    known: Knowledge,
    by_key: Mapping[Key, Figure],
    latest: Mapping[tuple[Key, str], Quantity],
    relations: Sequence[Relation],
) -> Iterator[Equation]:
    """A group within another is no larger, and the rest is a group like them."""
    for relation in relations:
        (inner, inner_part), (outer, outer_part) = (
            name.split(".") for name in (relation.part, relation.whole)
        )
        for key in [one for one in by_key if one.indicator_id == inner]:
            small = latest.get((key, inner_part))
            large = latest.get((key._replace(indicator_id=outer), outer_part))
            if small is None or large is None:
                continue
            yield Equation({large: 1, small: -1}, 0, UNKNOWN, f"{outer} holds {inner}")
            if not by_key[key].is_exact:
                known.rests[small, large] = by_key[key]


def _elsewhere(
    by_key: Mapping[Key, Figure], latest: Mapping[tuple[Key, str], Quantity]
) -> Iterator[Equation]:
    """A published figure of the same name, area and period is perhaps the same count."""
    for key in by_key:
        if key.basis == "published":
            for part in PARTS:
                own = latest.get((key._replace(basis="local"), part))
                official = latest.get((key, part))
                if own is not None and official is not None:
                    name = "the figure that is published elsewhere"
                    yield Equation({own: 1, official: -1}, 0, 0, name, is_assumed=True)


def _components(known: Knowledge) -> Iterator[Knowledge]:
    """Split into parts that share no equation."""
    root: dict[Quantity, Quantity] = {one: one for one in known.bounds}

    def find(one: Quantity) -> Quantity:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for together in (*(one.weights for one in known.equations), *known.rests):
        first, *others = (find(one) for one in together)
        for other in others:
            root[other] = first
    parts: dict[Quantity, Knowledge] = defaultdict(Knowledge)
    for one, span in known.bounds.items():
        parts[find(one)].bounds[one] = span
    for one, figure in known.hidden.items():
        parts[find(one)].hidden[one] = figure
    for pair, figure in known.rests.items():
        parts[find(pair[0])].rests[pair] = figure
    for equation in known.equations:
        parts[find(next(iter(equation.weights)))].equations.append(equation)
    yield from (part for part in parts.values() if part.hidden or part.rests)


def _told(part: Knowledge) -> list[Finding]:
    """Give what can be told of one component."""
    program = Program(part, part.equations)
    if not program.fits:
        program = Program(part, [one for one in part.equations if not one.is_assumed])
    targets = [(figure, one.part, {one: 1.0}) for one, figure in part.hidden.items()] + [
        (figure, "rest", {whole: 1.0, small: -1.0}) for (small, whole), figure in part.rests.items()
    ]
    if not program.fits:
        return [
            Finding("unsolved", figure.key, what, None, None, _names(part.equations))
            for figure, what, _ in targets[:1]
        ]
    return [
        found
        for figure, what, weights in targets
        if (found := program.finding(figure, what, weights))
    ]


class Program:
    """An integer program over the quantities of one component, asked again and again."""

    def __init__(self, part: Knowledge, equations: Sequence[Equation]) -> None:
        """Take bounds and equations; ``fits`` says whether any whole numbers satisfy them."""
        self._place = {one: at for at, one in enumerate(part.bounds)}
        self._equations = equations
        spans = np.array(list(part.bounds.values()), dtype=float)
        self._bounds = (spans[:, 0], spans[:, 1])
        matrix = lil_matrix((max(len(equations), 1), len(self._place)))
        for row, equation in enumerate(equations):
            for one, weight in equation.weights.items():
                matrix[row, self._place[one]] = weight
        ends = [(one.least, one.most) for one in equations] or [(0, 0)]
        self._limits = LinearConstraint(matrix.tocsr(), *zip(*ends, strict=True))
        self._seen: list[np.ndarray] = []
        # Two releases that cannot both be true cross a bound, which the solver takes for a mistake.
        self.fits = bool((spans[:, 0] <= spans[:, 1]).all()) and (
            self._solve(np.zeros(len(self._place))) is not None
        )

    def finding(
        self, figure: Figure, what: str, weights: Mapping[Quantity, float]
    ) -> Finding | None:
        """Say what is told of a sum of quantities; None when it can be enough numbers."""
        aim = np.zeros(len(self._place))
        for one, weight in weights.items():
            aim[self._place[one]] = weight
        seen = [float(aim @ solution) for solution in self._seen]
        if max(seen) - min(seen) + 1 >= LEAST_VALUES:
            return None
        lowest, highest = self._solve(aim), self._solve(-aim)
        if lowest is None or highest is None:
            return Finding("unsolved", figure.key, what, None, None, self._named(weights))
        least, most = round(float(aim @ lowest)), round(float(aim @ highest))
        if most - least + 1 >= LEAST_VALUES or least > SMALL:
            return None
        if what == "rest" and most == 0:
            return None  # nobody is left over: all of a group alike, which is judged by its size
        kind = "exact" if most == least else "narrow"
        return Finding(kind, figure.key, what, least, most, self._named(weights))

    def _solve(self, aim: np.ndarray) -> np.ndarray | None:
        found = milp(
            aim,
            integrality=np.ones(len(aim)),
            bounds=self._bounds,
            constraints=self._limits,
            options={"time_limit": 20},
        )
        if found.status != 0:
            return None
        self._seen.append(np.round(found.x))
        return self._seen[-1]

    def _named(self, weights: Mapping[Quantity, float]) -> tuple[str, ...]:
        return _names(one for one in self._equations if not weights.keys().isdisjoint(one.weights))


def _names(equations: Iterable[Equation]) -> tuple[str, ...]:
    return tuple(sorted({one.name for one in equations}))
