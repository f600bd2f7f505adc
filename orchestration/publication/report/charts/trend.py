"""One measure over time: a line with its plan and limits, large, or as small as a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any, Literal

from markupsafe import Markup

from orchestration.publication.report.charts.axes import (
    average,
    beside_ticks,
    month_axis,
    number,
    planned,
    ticks_up_to,
    value_axis,
)
from orchestration.publication.report.charts.drawing import (
    IMPROVEMENT,
    INK,
    MUTED,
    PAGE,
    PLAN,
    WORSENING,
    Drawing,
    Frame,
    Layer,
    Plane,
    across_months,
    image,
    layer,
)
from orchestration.publication.report.charts.gaps import (
    NO_FIGURE,
    gap_layer,
    gaps,
    reason_layer,
)
from orchestration.publication.report.charts.labels import (
    Line,
    early_labels,
    end_labels,
    label_layers,
)
from orchestration.publication.report.words import SHARES

_WIDE = Frame(760, 380, right=168, top=34, bottom=38)
_NARROW = Frame(344, 300, right=64, top=34, bottom=38)
_SMALL = Frame(132, 40, left=5, right=5, top=5, bottom=5)
_SIZE_OF_SMALL = {"width": str(_SMALL.width), "height": str(_SMALL.height)}
_INSET = 8  # pixels between the edge of the plot and the first and last month
_CROWDED = 11  # pixels a month: below it marks shrink, so that they do not cover each other
_SMALLEST = 0.6  # of the size of a mark
_BAND, _LIMIT = "var(--band)", "var(--bandl)"
_ACTUAL_LOOK = {"stroke": INK, "strokeWidth": 2.4, "strokeCap": "round"}
_PLAN_LOOK = {"stroke": PLAN, "strokeWidth": 2, "strokeDash": [7, 4]}
_DISC = ("circle", INK, 49)
# Shape, colour and size (the square of the width in pixels) of a month's mark.
_MARKS = {
    "common_cause": _DISC,
    "none": _DISC,
    "special_cause_improvement": ("triangle-up", IMPROVEMENT, 144),
    "special_cause_concern": ("diamond", WORSENING, 144),
    "special_cause_neutral": ("square", MUTED, 81),
}


@dataclass(frozen=True)
class Point:
    """One period of a measure, as a rule a month; a series leaves none out, in time order.

    ``value`` is None where there is no figure, and ``gap`` says why in words. ``plan`` is what the
    plan asks, a straight line between the dates that it prints (``is_milestone``). ``lower``,
    ``upper`` and ``mean`` are control limits. All are in the unit of the measure. A figure that
    ``is_rounded`` is whole.
    """

    end: date
    label: str
    value: float | None
    gap: str | None
    plan: float | None
    is_milestone: bool
    lower: float | None
    upper: float | None
    mean: float | None
    variation: Literal[
        "common_cause",
        "special_cause_improvement",
        "special_cause_concern",
        "special_cause_neutral",
        "none",
    ]
    is_rounded: bool = False


def trend(points: Sequence[Point], *, unit: str, alt: str, words: str | None = None) -> Drawing:
    """Draw a measure over time; ``words`` stand above the axis, else those of the unit.

    ``unit`` is one of the catalogue of indicators. A series without months is one empty box.
    """
    return Drawing(
        wide=_drawn(points, unit, words, _WIDE, image("wide", alt)),
        narrow=_drawn(points, unit, words, _NARROW, image("narrow", alt)),
    )


def sparkline(points: Sequence[Point], *, unit: str) -> Markup:
    """Draw a measure over time beside its number: own scale, no axis, nothing to read out."""
    plane = Plane(_SMALL, across_months(len(points), 0, _SMALL), _own_scale(points, unit))
    last = [{"x": i, "y": p.value} for i, p in enumerate(points) if p.value is not None][-1:]
    layers = [
        _band_layer(points, unit, plane),
        gap_layer(gaps(_reasons(points)), plane),
        *_line_layers("plan", [p.plan for p in points], **_PLAN_LOOK),
        *_line_layers("actual", [p.value for p in points], **_ACTUAL_LOOK),
        layer("mark", "symbol", last, fill=INK, size=49),
    ]
    return plane.draw(layers, {**_SIZE_OF_SMALL, "class": "sparkline", "aria-hidden": "true"})


def _drawn(
    points: Sequence[Point],
    unit: str,
    words: str | None,
    frame: Frame,
    attributes: Mapping[str, str],
) -> Markup:
    ticks = ticks_up_to(max([0.0, *_heights(points, unit)]), unit)
    frame = beside_ticks(frame, ticks, unit)
    across = across_months(len(points), _INSET, frame)
    plane = Plane(frame, across, (0, ticks[-1]))
    ends = [point.end for point in points]
    without = gaps(_reasons(points))
    lines = _labelled(points, unit, is_wide=frame.width == _WIDE.width)
    taken = [box for line in lines[:2] for box in plane.boxes_of_line(line.heights)]
    early = early_labels(lines[:2], ends, plane, taken)
    taken += [label.box(plane) for label in early]
    layers = [
        *value_axis(ticks, unit, words, plane),
        *month_axis(ends, plane),
        gap_layer(without, plane),
        _band_layer(points, unit, plane),
        *_edge_layers(points, unit, plane),
        *_line_layers("plan", [p.plan for p in points], **_PLAN_LOOK),
        _milestone_layer(points),
        *_line_layers("actual", [p.value for p in points], **_ACTUAL_LOOK),
        *_mark_layers(points, min(1.0, max(_SMALLEST, plane.a_step / _CROWDED))),
        reason_layer(without, plane, taken),
        *label_layers([*end_labels(lines, plane), *early], plane),
    ]
    return plane.draw(layers, attributes)


def _labelled(points: Sequence[Point], unit: str, is_wide: bool) -> list[Line]:
    """Give plan, figure and limits as lines with names; narrow drawings have room for two numbers.

    A limit that is cut has no label: it lies where no figure can be.
    """
    plan, actual = ("Plan", "Actual") if is_wide else ("", "")
    say = planned if any(point.is_rounded for point in points) else number
    lines = [
        Line("plan", plan, PLAN, [point.plan for point in points], partial(planned, unit=unit)),
        Line("actual", actual, INK, [point.value for point in points], partial(say, unit=unit)),
    ]
    if is_wide:
        for name, side, told in (
            ("Upper limit", "upper", number),
            ("Average", "mean", average),
            ("Lower limit", "lower", number),
        ):
            heights = [_shown(getattr(point, side), point, unit) for point in points]
            lines.append(Line("limit", name, MUTED, heights, partial(told, unit=unit)))
    return lines


def _reasons(points: Sequence[Point]) -> list[str | None]:
    return [(point.gap or NO_FIGURE) if point.value is None else None for point in points]


def _shown(height: float | None, point: Point, unit: str) -> float | None:
    limits = _limits(point, unit)
    return height if limits and height in limits else None


def _limits(point: Point, unit: str) -> tuple[float, float, float] | None:
    """Give lower limit, upper limit and mean; a limit that no figure can pass is cut there."""
    if point.lower is None or point.upper is None or point.mean is None:
        return None
    upper = min(point.upper, 100.0) if unit in SHARES else point.upper
    return max(point.lower, 0.0), upper, point.mean


def _heights(points: Sequence[Point], unit: str) -> list[float]:
    found = [height for point in points for height in (point.value, point.plan)]
    found += [limit for point in points for limit in _limits(point, unit) or ()]
    return [height for height in found if height is not None]


def _own_scale(points: Sequence[Point], unit: str) -> tuple[float, float]:
    heights = _heights(points, unit) or [0.0]
    low, high = min(heights), max(heights)
    return (low, high) if low < high else (low - 1, high + 1)


def _line_layers(name: str, heights: Sequence[float | None], **look: Any) -> list[Layer]:
    """Draw a line that breaks where there is no figure: each run of months is a line of its own."""
    runs = groupby(enumerate(heights), lambda month: month[1] is None)
    return [
        layer(name, "line", [{"x": i, "y": height} for i, height in months], **look)
        for is_gap, months in runs
        if not is_gap
    ]


def _spans(points: Sequence[Point], unit: str, plane: Plane) -> list[dict[str, float]]:
    """Give the runs of months with the same limits: a new start of the limits is a step."""
    spans = []
    for limits, months in groupby(enumerate(points), lambda month: _limits(month[1], unit)):
        places = [i for i, _ in months]
        if limits:
            left, right = plane.months(places[0], places[-1])
            lower, upper, mean = limits
            spans.append({"x": left, "x2": right, "y": lower, "y2": upper, "mean": mean})
    return spans


def _band_layer(points: Sequence[Point], unit: str, plane: Plane) -> Layer:
    return layer("band", "rect", _spans(points, unit, plane), fill=_BAND)


def _edge_layers(points: Sequence[Point], unit: str, plane: Plane) -> list[Layer]:
    spans = _spans(points, unit, plane)
    means = [{"x": span["x"], "x2": span["x2"], "y": span["mean"]} for span in spans]
    highest = 100.0 if unit in SHARES else None
    edges = [
        {"x": span["x"], "x2": span["x2"], "y": span[side]}
        for span in spans
        for side, end in (("y", 0.0), ("y2", highest))
        if span[side] != end
    ]
    return [
        layer("limit", "rule", edges, stroke=_LIMIT, strokeWidth=1.2, strokeDash=[2, 3]),
        layer("mean", "rule", means, stroke=_LIMIT, strokeWidth=1),
    ]


def _milestone_layer(points: Sequence[Point]) -> Layer:
    rows = [
        {"x": i, "y": point.plan}
        for i, point in enumerate(points)
        if point.is_milestone and point.plan is not None
    ]
    look = {"shape": "square", "fill": PAGE, "stroke": PLAN, "strokeWidth": 2}
    return layer("milestone", "symbol", rows, size=64, **look)


def _mark_layers(points: Sequence[Point], scale: float) -> list[Layer]:
    """Draw the months, the usual ones first: each kind has shape and colour of its own."""
    layers = []
    for shape, colour, size in dict.fromkeys(_MARKS.values()):
        rows = [
            {"x": i, "y": point.value}
            for i, point in enumerate(points)
            if point.value is not None and _MARKS[point.variation] == (shape, colour, size)
        ]
        look = {"shape": shape, "fill": colour, "size": size * scale**2}
        layers.append(layer(f"mark {shape.partition('-')[0]}", "symbol", rows, **look))
    return layers
