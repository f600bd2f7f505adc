"""Hiding more, where what is shown gives away what is hidden.

A hidden cell can be worked out from a total and the cells beside it. While one can, the smallest
other cell of the same sum is hidden too; a cell of zero protects nothing and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import LinearConstraint, milp


@dataclass(frozen=True)
class Cell:
    """A whole number, and what a reader knows of it: the least and the most that it can be."""

    count: int
    least: int
    most: float
    is_hidden: bool = False


@dataclass(frozen=True)
class Sum:
    """Cells, by their place in the list, that add up to a total between two numbers."""

    cells: tuple[int, ...]
    least: int
    most: int


Span = tuple[float, float]


def protected(
    cells: Sequence[Cell],
    sums: Sequence[Sum],
    hide: Callable[[Cell], Cell],
    *,
    least_values: int = 2,
) -> list[Cell]:
    """Hide further cells until each hidden one can be so many values as readers must not tell.

    Args:
        cells: as the first rule shows or hides them.
        sums: what readers can add up.
        hide: what a reader knows of a cell once it is hidden.
        least_values: a hidden cell that can be fewer whole numbers than this is given away.

    Returns:
        The cells, in their order. Where every cell of a sum is hidden and it does not suffice,
        the total gives them away and is for the caller to hide.
    """
    made = list(cells)
    while given_away := [
        place
        for place, (least, most) in spans(made, sums).items()
        if most - least + 1 < least_values
    ]:
        others = _others(made, sums, given_away)
        if not others:
            break
        smallest = min(others, key=lambda place: (made[place].count, place))
        made[smallest] = replace(hide(made[smallest]), is_hidden=True)
    return made


def _others(cells: Sequence[Cell], sums: Sequence[Sum], given_away: Sequence[int]) -> set[int]:
    """Give the shown cells above zero in the sums of the first cell given away that has any."""
    for place in given_away:
        for one in (one for one in sums if place in one.cells):
            if found := {i for i in one.cells if not cells[i].is_hidden and cells[i].count}:
                return found
    return set()


def spans(cells: Sequence[Cell], sums: Sequence[Sum]) -> dict[int, Span]:
    """Give the least and the most that each hidden cell can be, by its place.

    One sum alone is worked out by hand; where cells stand in several, integer programs are solved.

    Raises:
        ValueError: no whole numbers fit what is shown, so a total is not the sum of its parts.
    """
    hidden = [place for place, cell in enumerate(cells) if cell.is_hidden]
    alone = all(sum(place in one.cells for one in sums) <= 1 for place in range(len(cells)))
    find = _in_one_sum if alone else _solved
    return {place: find(cells, sums, place) for place in hidden}


def _in_one_sum(cells: Sequence[Cell], sums: Sequence[Sum], place: int) -> Span:
    cell = cells[place]
    for one in (one for one in sums if place in one.cells):
        others = [cells[other] for other in one.cells if other != place]
        least = max(cell.least, one.least - sum(other.most for other in others))
        most = min(cell.most, one.most - sum(other.least for other in others))
        return _possible(least, most)
    return cell.least, cell.most


def _solved(cells: Sequence[Cell], sums: Sequence[Sum], place: int) -> Span:
    rows = np.array([[float(at in one.cells) for at in range(len(cells))] for one in sums])
    totals = LinearConstraint(rows, [one.least for one in sums], [one.most for one in sums])
    bounds = ([cell.least for cell in cells], [cell.most for cell in cells])
    ends = []
    for sign in (1, -1):
        aim = np.zeros(len(cells))
        aim[place] = sign
        found = milp(aim, integrality=np.ones(len(cells)), bounds=bounds, constraints=totals)
        if found.x is None:
            raise ValueError("A total is not the sum of its parts: no whole numbers fit them.")
        ends.append(round(found.x[place]))
    return _possible(*ends)


def _possible(least: float, most: float) -> Span:
    if least > most:
        raise ValueError("A total is not the sum of its parts: no whole numbers fit them.")
    return least, most
