"""What sums of whole numbers can be, between bounds and under equations.

Most sums are shown to be wide by a few examples: linear programs over all equations at once are
asked for large and for small numbers, and every answer is checked in whole numbers. What is left is
asked of an integer program, one component (quantities that share equations) at a time. Nothing is
taken for wide without two examples, and nothing for possible without one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

SMALL = 7
"""Counts up to this are those of few children."""
LEAST_VALUES = 5
"""A hidden count that can be fewer whole numbers than this is known."""
UNKNOWN = 10_000_000
"""No count of an area is higher: a bound for what a reader knows nothing of."""
ROUNDS = 8
"""How often all is asked at once before what is left is asked for by itself."""
SECONDS = 20
"""Time for one question; what takes longer is unsolved, which is a finding."""
_PASSES = 30
_CLOSE = 1e-6

Span = tuple[float, float]
Sum = tuple[tuple[Hashable, float], ...]
"""Quantities and their weights."""


class Equation(NamedTuple):
    """``least <= sum of weight x quantity <= most``, and what a reader would call it."""

    weights: Sum
    least: float
    most: float
    name: str
    is_assumed: bool = False
    """A reader may be wrong in it: it is left out where nothing fits it."""


class Target(NamedTuple):
    """A sum of weight x quantity that a reader would like to know."""

    name: Any
    weights: Sum
    may_be_none: bool = False
    """It tells nothing that it is 0: of a group that is all alike its size is judged."""


class Either(NamedTuple):
    """A hidden number of which a reader does not know whether it is small or nearly its whole."""

    whole: Hashable
    span: Span
    """What is known of it beside that."""


class Part(NamedTuple):
    """Quantities that share equations, and what is asked of them."""

    bounds: Mapping[Hashable, Span]
    equations: Sequence[Equation]
    targets: Sequence[Target]


class WorkedOut(NamedTuple):
    """A target that a reader can work out. ``kind``: exact, narrow, unsolved."""

    kind: str
    target: Target
    least: int | None
    most: int | None
    given_away_by: tuple[str, ...]


@dataclass
class System:
    """Quantities in an order, their bounds, and equations as rows of a matrix."""

    place: dict[Hashable, int]
    least: np.ndarray
    most: np.ndarray
    rows: csr_matrix
    row_least: np.ndarray
    row_most: np.ndarray
    examples: list[np.ndarray] = field(default_factory=list)
    """Whole numbers that were found to fit: what is asked of one target shows others wide."""

    @classmethod
    def of(cls, bounds: Mapping[Hashable, Span], equations: Sequence[Equation]) -> System:
        """Write bounds and equations as arrays."""
        place = {one: at for at, one in enumerate(bounds)}
        spans = np.array(list(bounds.values()), dtype=float).reshape(-1, 2)
        ends = np.array([one[1:3] for one in equations], dtype=float).reshape(-1, 2)
        rows = _matrix([one.weights for one in equations], place)
        return cls(place, spans[:, 0].copy(), spans[:, 1].copy(), rows, ends[:, 0], ends[:, 1])

    def fits(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Say which quantities of a solution are in their bounds, and which equations hold."""
        inside = (found >= self.least) & (found <= self.most)
        sums = self.rows @ found
        holds = (sums >= self.row_least - _CLOSE) & (sums <= self.row_most + _CLOSE)
        return inside, holds

    def asked(self, aim: np.ndarray, *, is_whole: bool) -> tuple[np.ndarray | None, bool]:
        """Give whole numbers that make ``aim`` small, if any; and whether that is certain."""
        if (self.least > self.most).any():
            return None, True
        limits = (
            LinearConstraint(self.rows, _open(self.row_least), _open(self.row_most))
            if self.rows.shape[0]
            else ()
        )
        found = milp(
            aim,
            integrality=np.full(len(aim), int(is_whole)),
            bounds=(self.least, self.most),
            constraints=limits,
            # Presolving takes as long as it saves, and prints lines of its own (SciPy 1.17).
            options={"time_limit": SECONDS, "presolve": False},
        )
        return (np.round(found.x) if found.status == 0 else None), found.status in (0, 2)

    def is_possible(self) -> bool | None:
        """Say whether any whole numbers fit; None when that was not found out."""
        found, is_certain = self.asked(np.zeros(len(self.place)), is_whole=True)
        if found is not None:
            return True if self._is_example(found) else None
        return False if is_certain else None

    def _is_example(self, found: np.ndarray | None) -> bool:
        """Keep a solution that fits in whole numbers; true if it does."""
        if found is None or not all(map(np.all, self.fits(found))):
            return False
        self.examples.append(found)
        return True

    def values_seen(self, target: Target, way: Hashable = None, chosen: int = 0) -> int:
        """How many whole numbers a target has from its least to its greatest example.

        Of the examples in which a ``way`` was ``chosen``, if one is named.
        """
        at = [self.place[one] for one, _ in target.weights]
        weights = np.array([weight for _, weight in target.weights])
        values = [
            float(one[at] @ weights)
            for one in self.examples
            if way is None or one[self.place[way]] == chosen
        ]
        return round(max(values) - min(values)) + 1 if values else 0

    def ends(self, target: Target) -> tuple[int, int] | None:
        """Give the least and the most of a target; None when they were not found."""
        aim = _matrix([target.weights], self.place).toarray()[0]
        ends = []
        for sign in (1, -1):
            found, _ = self.asked(sign * aim, is_whole=True)
            if not self._is_example(found):
                return None
            ends.append(round(float(aim @ found)))
        return ends[0], ends[1]

    @contextmanager
    def with_bounds(self, one: Hashable, span: Span) -> Iterator[None]:
        """Hold a quantity between other bounds for a while."""
        at = self.place[one]
        before = self.least[at], self.most[at]
        self.least[at], self.most[at] = span
        try:
            yield
        finally:
            self.least[at], self.most[at] = before

    def tighten(self) -> None:
        """Let each equation limit what its quantities can be, until nothing changes."""
        entries = self.rows.tocoo()
        row, column, weight = entries.row, entries.col, entries.data
        is_up = weight > 0
        for _ in range(_PASSES):
            low, high = weight * self.least[column], weight * self.most[column]
            low, high = np.where(is_up, low, high), np.where(is_up, high, low)
            lows = np.bincount(row, low, len(self.row_least))
            highs = np.bincount(row, high, len(self.row_least))
            up = (self.row_most[row] - (lows[row] - low)) / weight
            down = (self.row_least[row] - (highs[row] - high)) / weight
            most, least = np.where(is_up, up, down), np.where(is_up, down, up)
            before = self.least.sum() - self.most.sum()
            np.minimum.at(self.most, column, np.floor(most + _CLOSE))
            np.maximum.at(self.least, column, np.ceil(least - _CLOSE))
            if self.least.sum() - self.most.sum() == before:
                return


def worked_out(
    bounds: Mapping[Hashable, Span],
    equations: Sequence[Equation],
    targets: Sequence[Target],
    either: Mapping[Hashable, Either],
) -> Iterator[WorkedOut]:
    """Find the targets that can be fewer than five whole numbers, of few children.

    Args:
        bounds: the least and the most of each quantity; every quantity of an equation has some.
        equations: between them.
        targets: what is asked.
        either: of quantities that ``bounds`` take for small, what they can be otherwise.
    """
    component = _components(bounds, [one.weights for one in (*equations, *targets)])
    of_bounds, of_equations, of_targets = (defaultdict(list) for _ in range(3))
    for target in targets:
        of_targets[component[target.weights[0][0]]].append(target)
    for one, span in bounds.items():
        of_bounds[component[one]].append((one, span))
    for one in equations:
        of_equations[component[one.weights[0][0]]].append(one)
    assumed = {component[one.weights[0][0]] for one in equations if one.is_assumed}
    parts = [
        Part(dict(of_bounds[number]), of_equations[number], own)
        for number, own in of_targets.items()
        if number not in assumed
    ]
    wide = _shown_wide(parts)
    for number, own in of_targets.items():
        if left := [one for one in own if one not in wide]:
            yield from _one_by_one(dict(of_bounds[number]), of_equations[number], left, either)


def _components(bounds: Mapping[Hashable, Span], sums: Iterable[Sum]) -> dict[Hashable, int]:
    """Number the quantities so that those of one sum have the same number."""
    place = {one: at for at, one in enumerate(bounds)}
    pairs = [(place[first], place[other]) for (first, _), *rest in sums for other, _ in rest]
    ends = np.array(pairs, dtype=int).reshape(-1, 2).T
    links = csr_matrix((np.ones(ends.shape[1]), (ends[0], ends[1])), (len(place), len(place)))
    _, numbers = connected_components(links, directed=False)
    return dict(zip(bounds, numbers.tolist(), strict=True))


def _matrix(sums: Sequence[Sum], place: Mapping[Hashable, int]) -> csr_matrix:
    """Write sums of weight x quantity as rows."""
    entries = [(at, place[one], w) for at, each in enumerate(sums) for one, w in each]
    rows, columns, weights = np.array(entries, dtype=float).reshape(-1, 3).T
    at = (rows.astype(int), columns.astype(int))
    return csr_matrix((weights, at), (len(sums), len(place)))


def _open(ends: np.ndarray) -> np.ndarray:
    """A limit that no count reaches is none to the solver, which is exact to a part of it."""
    return np.where(np.abs(ends) >= UNKNOWN, np.copysign(np.inf, ends), ends)


def _shown_wide(parts: Sequence[Part]) -> set[Target]:
    """Give the targets of which examples show that they are wide, or that they are of many.

    An example counts for a part only if all its bounds and equations hold, in whole numbers. One
    part that nothing fits leaves no example of all together: then each half is asked.
    """
    if not parts:
        return set()
    system = System.of(
        {one: span for part in parts for one, span in part.bounds.items()},
        [one for part in parts for one in part.equations],
    )
    system.tighten()
    number = _numbered(parts, lambda part: part.bounds)
    closed = {*number[system.least > system.most].tolist()}
    if closed:
        return _shown_wide([part for at, part in enumerate(parts) if at not in closed])
    row_number = _numbered(parts, lambda part: part.equations)
    of_target = _numbered(parts, lambda part: part.targets)
    targets = [one for part in parts for one in part.targets]
    aims = _matrix([one.weights for one in targets], system.place)
    down, up = aims.maximum(0), aims.minimum(0)
    is_many = down @ system.least + up @ system.most > SMALL
    lowest, highest = np.full(len(targets), np.inf), np.full(len(targets), -np.inf)
    for turn in range(ROUNDS):
        is_left = ~(is_many & (lowest < np.inf)) & (highest - lowest + 1 < LEAST_VALUES)
        if not is_left.any():
            break
        sign = np.where(np.arange(len(targets)) // 2 ** (turn // 2) % 2 * (turn > 1), -1, 1)
        sign *= 1 if turn % 2 else -1
        found, _ = system.asked(aims.T @ (sign * is_left), is_whole=False)
        if found is None:
            break
        inside, holds = system.fits(found)
        broken = np.union1d(number[~inside], row_number[~holds])
        values, is_sound = aims @ found, ~np.isin(of_target, broken)
        lowest = np.where(is_sound, np.minimum(lowest, values), lowest)
        highest = np.where(is_sound, np.maximum(highest, values), highest)
    is_wide = (is_many & (lowest < np.inf)) | (highest - lowest + 1 >= LEAST_VALUES)
    wide = {target for target, is_so in zip(targets, is_wide, strict=True) if is_so}
    if found is None and (half := len(parts) // 2):
        wide |= _shown_wide(parts[:half]) | _shown_wide(parts[half:])
    return wide


def _numbered(parts: Sequence[Part], of: Callable[[Part], Sized]) -> np.ndarray:
    """The number of the part of each thing that the parts have."""
    return np.repeat(np.arange(len(parts)), [len(of(part)) for part in parts])


def _one_by_one(
    bounds: Mapping[Hashable, Span],
    equations: Sequence[Equation],
    targets: Sequence[Target],
    either: Mapping[Hashable, Either],
) -> Iterator[WorkedOut]:
    """Ask for the least and the most of each target of one component.

    Where nothing fits, a reader doubts what is assumed, then that all hidden parts are small.
    """
    certain = [one for one in equations if not one.is_assumed]
    for kept in (equations, certain):
        system = System.of(bounds, kept)
        if system.is_possible():
            yield from filter(None, (_asked(system, one, kept) for one in targets))
            return
    doubted = {one: each for one, each in either.items() if one in bounds}
    if doubted:
        yield from _in_either_way(bounds, certain, targets, doubted)
    else:
        yield WorkedOut("unsolved", targets[0], None, None, _names(certain))


def _asked(system: System, target: Target, equations: Sequence[Equation]) -> WorkedOut | None:
    """Work out a target; None where it can be enough numbers, or is of many."""
    if system.values_seen(target) >= LEAST_VALUES:
        return None
    ends = system.ends(target)
    names = _names_at(target, equations)
    if ends is None:
        return WorkedOut("unsolved", target, None, None, names)
    least, most = ends
    is_nobody = target.may_be_none and most == 0
    if most - least + 1 >= LEAST_VALUES or least > SMALL or is_nobody:
        return None
    return WorkedOut("exact" if most == least else "narrow", target, least, most, names)


def _in_either_way(
    bounds: Mapping[Hashable, Span],
    equations: Sequence[Equation],
    targets: Sequence[Target],
    either: Mapping[Hashable, Either],
) -> Iterator[WorkedOut]:
    """Ask where a hidden part may be small, or all but few of its whole.

    What it can be are the small numbers that fit, and the numbers that leave few over that fit.
    """
    ways = {one: ("way", one) for one in either}
    loose = dict(bounds) | {one: each.span for one, each in either.items()}
    loose |= dict.fromkeys(ways.values(), (0, 1))
    all_equations = list(equations)
    for one, each in either.items():
        most = min(bounds[each.whole][1], UNKNOWN)
        loose[one] = (max(loose[one][0], 0), min(loose[one][1], most))
        small = ((one, 1), (ways[one], -most))
        all_equations.append(Equation(small, -UNKNOWN, SMALL, "a part that is hidden"))
        few = ((each.whole, 1), (one, -1), (ways[one], most))
        all_equations.append(Equation(few, -UNKNOWN, SMALL + most, "a rest that is hidden"))
    system = System.of(loose, all_equations)
    if not system.is_possible():
        yield WorkedOut("unsolved", targets[0], None, None, _names(equations))
        return
    rests = {((each.whole, 1), (one, -1)) for one, each in either.items()}
    for target in targets:
        (first, _), *others = target.weights
        if not others and first in either:
            rest = Target(target.name, ((either[first].whole, 1), (first, -1)))
            yield from _of_two(system, target, rest, ways[first], equations)
        elif target.weights not in rests:
            yield from filter(None, [_asked(system, target, equations)])


def _of_two(
    system: System, small: Target, rest: Target, way: Hashable, equations: Sequence[Equation]
) -> Iterator[WorkedOut]:
    """Ask for a hidden part that is small, and for the rest of one that is nearly all."""
    seen = system.values_seen(small, way, 0) + system.values_seen(rest, way, 1)
    if seen >= LEAST_VALUES:
        return
    found = []
    for target, chosen in ((small, 0), (rest, 1)):
        with system.with_bounds(way, (chosen, chosen)):
            possible = system.is_possible()
            if possible is None or (possible and (ends := system.ends(target)) is None):
                yield WorkedOut("unsolved", small, None, None, _names_at(small, equations))
                return
            if possible:
                found.append(ends)
    if (count := sum(most - least + 1 for least, most in found)) < LEAST_VALUES:
        kind = "exact" if count == 1 else "narrow"
        least, most = min(end[0] for end in found), max(end[1] for end in found)
        yield WorkedOut(kind, small, least, most, _names_at(small, equations))


def _names_at(target: Target, equations: Iterable[Equation]) -> tuple[str, ...]:
    near = {one for one, _ in target.weights}
    return _names(e for e in equations if not near.isdisjoint(one for one, _ in e.weights))


def _names(equations: Iterable[Equation]) -> tuple[str, ...]:
    return tuple(sorted({one.name for one in equations}))
