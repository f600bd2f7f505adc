"""Scales and axes: round numbers up, months across, and how a number stands beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import ceil, floor, log10
from typing import Any

from orchestration.publication.report.charts.drawing import (
    EDGE,
    GRID,
    MUTED,
    TEXT,
    Frame,
    Layer,
    Plane,
    layer,
    wrapped,
)
from orchestration.publication.report.words import SHARES, month_name, rounded

_UNIT_WORDS = {
    "pct": "Share",
    "distribution": "Share",
    "rate_per_100": "In each 100",
    "rate_per_1000": "In each 1,000",
    "weeks": "Weeks",
    "days": "Days",
    "score": "Score",
    "count": "Number",
}
_MOST_STEPS = 5
_DIGIT = 8.9  # pixels: the widest digit of the page's fonts at the size of a tick
_TICK_ROOM = 60  # pixels: "Oct 24" is about 48 wide and needs air
_TICK, _BELOW = 5, 20  # pixels below the base: the end of a tick, the foot of the words
_LETTERING: dict[str, Any] = {"fill": MUTED, "fontSize": TEXT}


def number(value: float, unit: str) -> str:
    """Write a figure as the tables do: counts whole, others to one place, a share with its sign."""
    return _written(value, 0 if unit == "count" else 1, unit)


def average(value: float, unit: str) -> str:
    """Write an average: that of a small count to one place, because 0.4 is not 0."""
    return _written(value, 0 if unit == "count" and abs(value) >= 10 else 1, unit)


def planned(value: float, unit: str) -> str:
    """Write a number of the plan as the plan does: without a place that says nothing."""
    return _written(value, 0 if float(value).is_integer() else 1, unit)


def _written(value: float, places: int, unit: str) -> str:
    return f"{rounded(value, places):,}{'%' if unit in SHARES else ''}"


def short_month(end: date) -> str:
    """Write a month under an axis: Oct 24."""
    return f"{month_name(end)[:3]} {end.year % 100:02}"


def ticks_up_to(highest: float, unit: str) -> list[float]:
    """Give the ticks of an axis from 0: quarters for a share, else round steps past ``highest``."""
    if unit in SHARES and highest <= 100:
        return [0, 25, 50, 75, 100]
    smallest = 1 if unit == "count" else 0.1
    step = max(_round_step(highest), smallest) if highest else 1
    return [round(step * i, 6) for i in range(max(1, ceil(round(highest / step, 6))) + 1)]


def _round_step(highest: float) -> float:
    power = 10.0 ** floor(log10(highest / _MOST_STEPS))
    return next(power * times for times in (1, 2, 5, 10) if highest <= power * times * _MOST_STEPS)


def value_axis(ticks: Sequence[float], unit: str, words: str | None, plane: Plane) -> list[Layer]:
    """Draw the upright axis: round numbers, level lines, its words flat above it.

    Words that one line cannot hold give way to those of the unit.
    """
    frame, (left, right) = plane.frame, plane.across
    fits = words and len(wrapped(words, frame.width) or ()) == 1
    title = words if fits else _UNIT_WORDS[unit]
    above = {"x": plane.x_at(2 - frame.left), "y": plane.y_at(-16), "text": title}
    lines = [{"x": left, "x2": right, "y": tick} for tick in ticks]
    numbers = [
        {"x": left, "y": tick, "text": text} for tick, text in _tick_words(ticks, unit).items()
    ]
    return [
        layer("grid", "rule", lines, stroke=GRID, strokeWidth=1),
        layer("tick", "text", numbers, align="right", dx=-6, baseline="middle", **_LETTERING),
        layer("axis", "text", [above], align="left", **_LETTERING),
    ]


def level_axis(ticks: Sequence[float], unit: str, plane: Plane) -> list[Layer]:
    """Draw a level axis of figures: round numbers with upright lines."""
    low, high = plane.up
    lines = [{"x": tick, "y": low, "y2": high} for tick in ticks]
    return [
        layer("grid", "rule", lines, stroke=GRID, strokeWidth=1),
        *_base(_tick_words(ticks, unit), plane),
    ]


def month_axis(ends: Sequence[date], plane: Plane) -> list[Layer]:
    """Draw the level axis: quarters, or half years or years where there is no room for them."""
    months = {i: short_month(ends[i]) for i in named_months(ends, plane.a_step)}
    foot = plane.y_at(plane.frame.down + _TICK)
    lines = [{"x": i, "y": plane.up[0], "y2": foot} for i in months]
    return [layer("ticks", "rule", lines, stroke=EDGE, strokeWidth=1), *_base(months, plane)]


def _base(words: Mapping[float, str], plane: Plane) -> list[Layer]:
    """Draw the line at the foot of a plot and, below it, words by the place that they name."""
    (left, right), low = plane.across, plane.up[0]
    below = plane.y_at(plane.frame.down + _BELOW)
    names = [{"x": x, "y": below, "text": text} for x, text in words.items()]
    line = {"x": left, "x2": right, "y": low}
    return [
        layer("tick", "text", names, align="center", **_LETTERING),
        layer("base", "rule", [line], stroke=EDGE, strokeWidth=1),
    ]


def _tick_words(ticks: Sequence[float], unit: str) -> dict[float, str]:
    """Write the numbers of an axis, all with as many places as one of them needs."""
    places = 0 if all(tick == int(tick) for tick in ticks) else 1
    return {tick: _written(tick, places, unit) for tick in ticks}


def named_months(ends: Sequence[date], pixels_a_month: float) -> list[int]:
    """Give the places of the months that are named: January, April, July, October, or fewer.

    A series too short for two of these, or of longer periods, has as many names as there is room.
    """
    for months in (3, 6, 12):
        ticked = [i for i, end in enumerate(ends) if (end.month - 4) % months == 0]
        if months * pixels_a_month >= _TICK_ROOM and len(ticked) > 1:
            return ticked
    every = max(1, ceil(_TICK_ROOM / pixels_a_month))
    return list(range(len(ends) - 1, -1, -every))[::-1]


def beside_ticks(frame: Frame, ticks: Sequence[float], unit: str) -> Frame:
    """Leave as much room at the left as the longest number of the axis takes."""
    longest = max(map(len, _tick_words(ticks, unit).values()))
    return replace(frame, left=ceil(longest * _DIGIT) + 8)
