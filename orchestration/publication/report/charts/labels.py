"""Labels of the lines of a trend: at the right end, or where a line ends before the last month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from orchestration.publication.report.charts.axes import short_month
from orchestration.publication.report.charts.drawing import (
    LABEL,
    PAGE,
    TEXT,
    Box,
    Layer,
    Plane,
    apart,
    layer,
    width_of,
)

_APART = 18  # pixels from label to label
_BESIDE_PLOT = 16  # pixels from the last month to its label: past the edge of the plot
_OVER_TICKS = 4  # pixels: the lowest label keeps off the name of the last month
_BESIDE_POINT = 10  # pixels from a month's mark to a label that is level with it
_AWAY = (-17, 19)  # pixels from a month's mark to the middle of the label above and below it


@dataclass(frozen=True)
class Line:
    """What a label needs of a line: its class, name, colour, heights by month, and words."""

    kind: str
    name: str
    colour: str
    heights: Sequence[float | None]
    say: Callable[[float], str]

    @property
    def last(self) -> int | None:
        """The last month that has a height."""
        return max((i for i, height in enumerate(self.heights) if height is not None), default=None)


@dataclass(frozen=True)
class Label:
    """One text beside the month ``x``; ``pixel`` is the height of its middle."""

    line: Line
    x: int
    pixel: float
    words: str
    align: str = "left"
    dx: int = _BESIDE_PLOT

    @property
    def size(self) -> int:
        """Size of the letters; limits are quieter than figures."""
        return TEXT if self.line.kind == "limit" else LABEL

    def box(self, plane: Plane) -> Box:
        """Give the part of the plot that it covers."""
        width = width_of(self.words, self.size)
        left = plane.x_pixel(self.x) + self.dx - (width if self.align == "right" else 0)
        return Box(left, left + width, self.pixel - self.size / 2, self.pixel + self.size / 2)


def end_labels(lines: Sequence[Line], plane: Plane) -> list[Label]:
    """Label the lines that reach the last month, 18 pixels apart."""
    labels = []
    for line in lines:
        last = line.last
        if last is not None and last == len(line.heights) - 1:
            words = f"{line.name} {line.say(line.heights[last])}".strip()
            labels.append(Label(line, last, plane.y_pixel(line.heights[last]), words))
    return _spread(labels, plane)


def early_labels(
    lines: Sequence[Line], ends: Sequence[date], plane: Plane, taken: Sequence[Box]
) -> list[Label]:
    """Label the lines that end before the last month at their last point, with its month.

    A label takes the first place beside its point that is inside the plot and free of ``taken``.
    """
    labels: list[Label] = []
    for line in lines:
        last = line.last
        if last is not None and last < len(ends) - 1:
            words = f"{line.name} {short_month(ends[last])}: {line.say(line.heights[last])}"
            places = list(_places(line, last, words.strip(), plane))
            full = [*taken, *(label.box(plane) for label in labels)]
            free = (one for one in places if not any(one.box(plane).meets(box) for box in full))
            labels.append(next(free, places[0]))
    return labels


def _places(line: Line, last: int, words: str, plane: Plane) -> Iterator[Label]:
    """Give the places that a label may take: above, below, level; the first if none is inside."""
    at = plane.y_pixel(line.heights[last])
    sides = ({"align": "right", "dx": 6}, {"align": "left", "dx": -6})
    found = [Label(line, last, at + away, words, **side) for away in _AWAY for side in sides]
    found.append(Label(line, last, at, words, dx=_BESIDE_POINT))
    inside = [one for one in found if plane.frame.holds(one.box(plane))]
    yield from inside or found


def _spread(labels: Sequence[Label], plane: Plane) -> list[Label]:
    pixels = apart([label.pixel for label in labels], _APART, 0, plane.frame.down - _OVER_TICKS)
    return [replace(label, pixel=pixel) for label, pixel in zip(labels, pixels, strict=True)]


def label_layers(labels: Sequence[Label], plane: Plane) -> list[Layer]:
    """Write the labels; their outline has the colour of the page, so that lines pass below."""
    layers = []
    for kind, group in groupby(sorted(labels, key=_kind), _kind):
        group = list(group)
        rows = [{"x": one.x, "y": plane.y_at(one.pixel), "text": one.words} for one in group]
        look = {"fontSize": group[0].size, "align": group[0].align, "dx": group[0].dx}
        look |= {"fontWeight": "normal" if kind == "limit" else "bold", "baseline": "middle"}
        look |= {"fill": group[0].line.colour, "stroke": PAGE, "strokeWidth": 4}
        layers.append(layer(f"label {kind}", "text", rows, **look))
    return layers


def _kind(label: Label) -> str:
    return label.line.kind
