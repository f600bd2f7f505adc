"""One measure beside other areas: the own area above, its neighbours below, on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from markupsafe import Markup

from orchestration.publication.report.charts.axes import level_axis, number, ticks_up_to
from orchestration.publication.report.charts.drawing import (
    IMPROVEMENT,
    INK,
    LABEL,
    LINE,
    MUTED,
    PAGE,
    PLAN,
    TEXT,
    Drawing,
    Frame,
    Layer,
    Plane,
    image,
    layer,
    width_of,
    wrapped,
)

_WIDE = Frame(760, 160, left=22, right=26, top=34, bottom=28)
_NARROW = Frame(344, 160, left=22, right=26, top=34, bottom=28)
# Heights of the name of the own area and of the two lanes in a plot that is 1 high.
_NAME, _OWN, _OTHERS = 0.86, 0.6, 0.2
_LEVELS = (0.0, 0.11, -0.11)  # of rings that would cover each other, from the middle of their lane
_RING_WIDTH = 11  # pixels, with its outline
# Sizes are the squares of widths in pixels. The diamond is wider than the disc.
_RING = {"stroke": "var(--nb)", "strokeWidth": 2, "size": 81}
_ENGLAND = {"stroke": PLAN, "strokeWidth": 2.6, "shape": "diamond", "size": 400}
_MEDIAN = {"stroke": IMPROVEMENT, "strokeWidth": 3}
_DISC = {"fill": INK, "stroke": PAGE, "strokeWidth": 2, "size": 200}


@dataclass(frozen=True)
class Strip:
    """One measure of the own area, England and the statistical neighbours.

    A figure that is not published is None, or missing among ``neighbours``. ``median`` is that of
    the neighbours. ``unit`` is one of the catalogue of indicators.
    """

    label: str
    unit: str
    own: float | None
    own_name: str
    england: float | None
    median: float | None
    neighbours: tuple[float, ...]


def neighbours(strip: Strip, *, alt: str) -> Drawing:
    """Draw a measure beside other areas; the open diamond is England.

    The diamond is wider than the disc, so that its corners show when figures are equal.
    """
    return Drawing(
        wide=_drawn(strip, _WIDE, image("wide", alt)),
        narrow=_drawn(strip, _NARROW, image("narrow", alt)),
    )


def _drawn(strip: Strip, frame: Frame, attributes: Mapping[str, str]) -> Markup:
    shown = [strip.own, strip.england, strip.median, *strip.neighbours]
    ticks = ticks_up_to(max((value for value in shown if value is not None), default=0), strip.unit)
    lines = wrapped(strip.label, frame.width) or [strip.label]
    above = (len(lines) - 1) * LINE
    frame = replace(frame, height=frame.height + above, top=frame.top + above)
    plane = Plane(frame, (0, ticks[-1]), (0, 1))
    heading = [
        {"x": plane.x_at(2 - frame.left), "y": plane.y_at(-18 - LINE * i), "text": line}
        for i, line in enumerate(reversed(lines))
    ]
    middle = [{"x": x, "y": _OTHERS - 0.17, "y2": _OTHERS + 0.17} for x in _known(strip.median)]
    quiet = {"fontSize": TEXT, "align": "left", "baseline": "alphabetic"}
    layers = [
        *level_axis(ticks, strip.unit, plane),
        layer("axis", "text", heading, fill=MUTED, **quiet),
        layer("neighbour", "symbol", _rings(strip.neighbours, plane), **_RING),
        layer("median", "rule", middle, **_MEDIAN),
        layer("england", "symbol", _dot(strip.england), **_ENGLAND),
        layer("own", "symbol", _dot(strip.own), **_DISC),
        _name_layer(strip, plane),
    ]
    return plane.draw(layers, attributes)


def _known(*values: float | None) -> list[float]:
    return [value for value in values if value is not None]


def _dot(value: float | None) -> list[dict[str, Any]]:
    return [{"x": x, "y": _OWN} for x in _known(value)]


def _rings(values: Sequence[float], plane: Plane) -> list[dict[str, Any]]:
    """Place the neighbours beside each other: a ring that would cover one moves up or down."""
    ends = dict.fromkeys(_LEVELS, -inf)
    rings = []
    for value in sorted(values):
        at = plane.x_pixel(value)
        level = next((level for level in _LEVELS if ends[level] <= at), _LEVELS[0])
        ends[level] = at + _RING_WIDTH
        rings.append({"x": value, "y": _OTHERS + level})
    return rings


def _name_layer(strip: Strip, plane: Plane) -> Layer:
    """Name the own area above its disc, inside the drawing; or say that it has no figure."""
    if strip.own is None:
        row = {"x": 0, "y": _OWN, "text": f"{strip.own_name}: no figure"}
        look = {"align": "left", "fontSize": TEXT, "fill": INK, "baseline": "middle"}
        return layer("reason", "text", [row], **look)
    words = f"{strip.own_name} {number(strip.own, strip.unit)}"
    at, half = plane.x_pixel(strip.own), width_of(words, LABEL) / 2
    align = "left" if at < half else "right" if at + half > plane.frame.across else "center"
    row = {"x": strip.own, "y": _NAME, "text": words}
    look = {"align": align, "fontSize": LABEL, "fontWeight": "bold", "baseline": "middle"}
    return layer("label", "text", [row], **look, fill=INK, stroke=PAGE, strokeWidth=4)
