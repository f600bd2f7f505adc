"""Scales and axes: round numbers up, months across, and how a number stands beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import ceil, floor, log10
from typing import Any

import altair

from orchestration.publication.report.charts.drawing import (
    EDGE,
    GRID,
    MUTED,
    TEXT,
    Frame,
    wrapped,
)
from orchestration.publication.report.words import SHARES, month_name, rounded

_UNIT_WORDS = {
    "pct": "Share",
    "distribution": "Share",
    "rate_per_100": "In each 100",
    "weeks": "Weeks",
    "days": "Days",
    "count": "Number",
}
_MOST_STEPS = 5
_DIGIT = 8.9  # pixels: the widest digit of the page's fonts at the size of a tick
_TICK_ROOM = 60  # pixels: "Oct 24" is about 48 wide and needs air
# How every axis is written: nothing is left out or moved by the size of a text.
_LETTERING: dict[str, Any] = {
    "labelColor": MUTED,
    "labelFontSize": TEXT,
    "labelOverlap": False,
    "labelBound": False,
    "labelFlush": False,
}


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


def value_axis(ticks: Sequence[float], unit: str, words: str | None, frame: Frame) -> altair.Axis:
    """Give the upright axis: round numbers, level lines, its words flat above it.

    Words that one line cannot hold give way to those of the unit.
    """
    fits = words and len(wrapped(words, frame.width) or ()) == 1
    return altair.Axis(
        values=list(ticks),
        labelExpr=_tick_words(ticks, unit),
        labelPadding=6,
        title=words if fits else _UNIT_WORDS[unit],
        titleAngle=0,
        titleAlign="left",
        titleAnchor="start",
        titleBaseline="alphabetic",
        titleX=2 - frame.left,
        titleY=-16,
        titleColor=MUTED,
        titleFontSize=TEXT,
        titleFontWeight="normal",
        domain=False,
        ticks=False,
        gridColor=GRID,
        **_LETTERING,
    )


def level_axis(ticks: Sequence[float], unit: str) -> altair.Axis:
    """Give a level axis of figures: round numbers with upright lines."""
    return altair.Axis(
        values=list(ticks),
        labelExpr=_tick_words(ticks, unit),
        labelPadding=8,
        title=None,
        ticks=False,
        domainColor=EDGE,
        gridColor=GRID,
        **_LETTERING,
    )


def _tick_words(ticks: Sequence[float], unit: str) -> str:
    places = 0 if all(tick == int(tick) for tick in ticks) else 1
    return f"format(datum.value, ',.{places}f') + '{'%' if unit in SHARES else ''}'"


def month_axis(ends: Sequence[date], pixels_a_month: float) -> altair.Axis:
    """Give the level axis: quarters, or half years or years where there is no room for them."""
    ticked = named_months(ends, pixels_a_month)
    return altair.Axis(
        values=ticked,
        labelExpr=f"{json.dumps({i: short_month(ends[i]) for i in ticked})}[datum.value]",
        labelPadding=4,
        title=None,
        grid=False,
        domainColor=EDGE,
        tickColor=EDGE,
        **_LETTERING,
    )


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
    longest = max(len(planned(tick, unit)) for tick in ticks)
    return replace(frame, left=ceil(longest * _DIGIT) + 8)
