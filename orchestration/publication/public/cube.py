"""The public cube: which figures everybody gets, and what of each is hidden or rounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.publication.public.complements import Cell, Sum, protected
from orchestration.publication.public.rules import (
    LEAST_BASE,
    LEAST_CASES,
    LEAST_CASES_OF_A_TAIL,
    LEAST_SHOWN,
    NOT_APPLICABLE,
    UNAVAILABLE,
    UNRELIABLE,
    Rule,
    Shown,
    in_cube,
    to_multiple,
)

EXACT = "SR0"
"""The rule of service performance: shown as it is, for the whole area."""
GAPS = {"not_applicable": NOT_APPLICABLE, "not_available": UNAVAILABLE}
"""Symbols of a figure that there is not, by its status."""
NIL_BASE = "nil_base"
"""Why there is no share or mean of nobody."""
LEFT_OUT = "disclosure:left_out"
"""Why a figure is not available that would give a small number away."""
KEY = (
    "indicator_id", "basis", "period_type", "period_start", "period_end",
    "area_code", "breakdown", "breakdown_value",
)  # fmt: skip
SCALES = {"pct": 100, "rate_per_100": 100, "rate_per_1000": 1000}
"""Units of a ratio of two counts, and by what it is multiplied."""
PARTS = ("numerator", "denominator")
LEAST_VALUES = 5
"""A hidden cell is to be at least so many whole numbers for whoever adds up."""

Figures = Sequence[Mapping[str, Any]]
Name = tuple[str, ...]


@dataclass(frozen=True)
class Public:
    """A figure as everybody sees it."""

    figure: Mapping[str, Any]
    """The row of ``indicator_values``, with what the catalogue says of its indicator."""
    numerator: Shown
    denominator: Shown
    value: Shown
    rounded_to: int
    """0 where the figure is exact."""

    @property
    def is_exact(self) -> bool:
        """Whether the figure is shown as it is."""
        return self.rounded_to == 0

    @property
    def key(self) -> tuple[Any, ...]:
        """The key of ``indicator_values``."""
        return tuple(self.figure[name] for name in KEY)


@cache
def layout() -> Mapping[str, Any]:
    """Give what the cube holds: ``cube.yaml``, where every choice says why."""
    return yaml.safe_load(Path(__file__).with_name("cube.yaml").read_text("utf-8"))


def cut(figures: Figures, left_out: Collection[Name] = ()) -> list[Public]:
    """Make the public cube of one area's figures.

    Args:
        figures: rows of ``indicator_values`` of the area, each with ``suppression_rule``,
            ``unit``, ``aggregation``, ``snapshot`` and ``period_types`` of its indicator.
        left_out: figures that an attack found to give something away, by ``named``. One of the
            whole area is shown as not available, without its breakdowns; one of a group goes with
            all groups of its breakdown.

    Returns:
        The figures that are public, in the order of their keys. A breakdown whose totals would
        give a hidden part away is left out.
    """
    shown = [public(figure) for figure in figures if _is_in_cube(figure)]
    gone = {one.key for one in shown if named(one.key) in left_out}
    wholes = {
        one.key: _not_available(one) if one.key in gone else one
        for one in shown
        if one.figure["breakdown"] == "all"
    }
    kept = list(wholes.values())
    parts = defaultdict(list)
    for one in shown:
        if one.figure["breakdown"] != "all":
            parts[(*one.key[:-2], one.figure["breakdown"])].append(one)
    for (*start, _), group in parts.items():
        whole = (*start, "all", "all")
        is_left_out = not gone.isdisjoint({whole, *(one.key for one in group)})
        if not is_left_out and _is_safe(group, wholes.get(whole)):
            kept += group
    return sorted(kept, key=lambda one: one.key)


def named(key: Iterable[Any]) -> Name:
    """Name a figure by its key, in words that a manifest can hold."""
    return tuple(str(part) for part in key)


def _not_available(one: Public) -> Public:
    gap, figure = Shown(None, UNAVAILABLE), {**one.figure, "status_reason": LEFT_OUT}
    return replace(one, figure=figure, numerator=gap, denominator=gap, value=gap)


def _is_in_cube(figure: Mapping[str, Any]) -> bool:
    cube = layout()
    is_position, end = figure["snapshot"] == "month", figure["period_end"]
    if figure["basis"] == "published":
        return figure["breakdown"] == "all"
    own = {"indicator": figure["indicator_id"], "breakdown": figure["breakdown"]}
    if own in cube["known_by_definition"]:
        return False
    if figure["breakdown"] in cube["breakdowns"]:
        if is_position:
            return figure["period_type"] == "month" and end.month in cube["breakdown_months"]
        return figure["period_type"] == cube["breakdown_period_type"]
    if figure["breakdown"] != "all":
        return False
    if figure["suppression_rule"] == EXACT:
        return True
    own = figure["period_types"].split("; ")
    is_whole = figure["period_type"] == cube["breakdown_period_type"] and not is_position
    return is_whole or figure["period_type"] == next(
        (one for one in cube["period_types"] if one in own), None
    )


def public(figure: Mapping[str, Any]) -> Public:
    """Show one figure as everybody may see it."""
    is_whole = figure["breakdown"] == "all"
    if figure["basis"] == "published" or (figure["suppression_rule"] == EXACT and is_whole):
        exact = (_exact(figure, name) for name in (*PARTS, "value"))
        return Public(figure, *exact, rounded_to=0)
    code = figure["suppression_rule"]
    rule = in_cube("SR3" if code == EXACT else code)
    if figure.get("status_reason") == NIL_BASE:
        return _nobody(figure, rule)
    if figure["value_status"] != "value":
        gap = Shown(None, GAPS.get(figure["value_status"], UNAVAILABLE))
        return Public(figure, gap, gap, gap, rule.rounded_to)
    if figure["unit"] in SCALES:
        return Public(figure, *_ratio(figure, rule), rule.rounded_to)
    if figure["denominator"] is not None:
        return Public(figure, *_average(figure, rule), rule.rounded_to)
    count = rule.count(int(figure["numerator"]))
    return Public(figure, count, Shown(None, NOT_APPLICABLE), count, rule.rounded_to)


def _nobody(figure: Mapping[str, Any], rule: Rule) -> Public:
    """A share or a mean of nobody: its base is a count of 0, hidden where that is hidden.

    The same count may be another indicator's, of which no reason says that it is 0.
    """
    zero, is_share = rule.count(0), figure["unit"] in SCALES
    part = Decimal(0) if is_share else None
    reason = {} if zero.value is not None else {"status_reason": None}
    return Public(
        {**figure, "numerator": part, "denominator": Decimal(0), **reason},
        zero if is_share else Shown(None, NOT_APPLICABLE),
        zero,
        Shown(None, zero.symbol or NOT_APPLICABLE),
        rule.rounded_to,
    )


def _exact(figure: Mapping[str, Any], name: str) -> Shown:
    if figure[name] is not None:
        return Shown(float(figure[name]))
    has_value = figure["value_status"] == "value"
    return Shown(
        None, NOT_APPLICABLE if has_value else GAPS.get(figure["value_status"], UNAVAILABLE)
    )


def _ratio(figure: Mapping[str, Any], rule: Rule) -> tuple[Shown, Shown, Shown]:
    """A share from its rounded parts, unless its part, its whole or the rest is small."""
    part, whole = int(figure["numerator"]), int(figure["denominator"])
    numerator, denominator = rule.count(part), rule.count(whole)
    if figure["unit"] == "pct" and _is_of_few(part, whole, rule):
        numerator = Shown(None, rule.symbol)
    if numerator.value is None or denominator.value is None:
        return numerator, denominator, Shown(None, rule.symbol)
    if denominator.value < LEAST_BASE:
        return numerator, denominator, Shown(None, UNRELIABLE)
    scaled = SCALES[figure["unit"]] * numerator.value / denominator.value
    return numerator, denominator, Shown(to_multiple(scaled, 1))


def _is_of_few(part: int, whole: int, rule: Rule) -> bool:
    """Whether those left over are few, or a small group is all alike.

    Nobody left over is hidden where 0 is: the rest may be another indicator's count.
    """
    least = 0 if rule.hides_zero else 1
    return least <= whole - part < LEAST_SHOWN or (whole < 10 and part in (0, whole))


def _average(figure: Mapping[str, Any], rule: Rule) -> tuple[Shown, Shown, Shown]:
    """A mean, median or percentile in whole units; the sum behind a mean is never shown.

    The rounded number of cases decides: by the true one, a value that is shown or hidden beside it
    would say on which side of the limit the true one lies.
    """
    cases = rule.count(int(figure["denominator"]))
    is_tail = figure["aggregation"] == "percentile"
    is_enough = (cases.value or 0) >= (LEAST_CASES_OF_A_TAIL if is_tail else LEAST_CASES)
    value = Shown(to_multiple(figure["value"], 1)) if is_enough else Shown(None, rule.symbol)
    return Shown(None, NOT_APPLICABLE), cases, value


def _is_safe(group: Sequence[Public], whole: Public | None) -> bool:
    """Whether what is hidden in a breakdown stays hidden from whoever knows its total."""
    if whole is None:
        return False
    if any(_is_hidden_for_its_rest(one) for one in group):
        return False
    return all(_stays_hidden(group, whole, part) for part in PARTS)


def _is_hidden_for_its_rest(one: Public) -> bool:
    """A symbol in a breakdown means a small number; this one is not, and would not add up."""
    count = one.figure["numerator"]
    if one.numerator.value is not None or count is None:
        return False
    return not _least_hidden(one) <= count < LEAST_SHOWN


def _least_hidden(one: Public) -> int:
    code = one.figure["suppression_rule"]
    return 0 if code != EXACT and in_cube(code).hides_zero else 1


def _stays_hidden(group: Sequence[Public], whole: Public, part: str) -> bool:
    counts = [one.figure[part] for one in (*group, whole)]
    if None in counts:
        return True
    cells = [_cell(one, part) for one in group]
    total = _cell(whole, part)
    sums = [Sum(tuple(range(len(cells))), total.least, int(total.most))]
    return protected(cells, sums, _hidden, least_values=LEAST_VALUES) == cells


def _cell(one: Public, part: str) -> Cell:
    shown, count = getattr(one, part).value, int(one.figure[part])
    step = one.rounded_to
    if shown is None:
        return Cell(count, _least_hidden(one), LEAST_SHOWN - 1, True)
    if one.is_exact:
        return Cell(count, count, count)
    return Cell(count, max(0, int(shown) - step // 2), int(shown) + (step - 1) // 2)


def _hidden(cell: Cell) -> Cell:
    return Cell(cell.count, 0, float("inf"), True)
