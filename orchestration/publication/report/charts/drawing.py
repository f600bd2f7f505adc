"""The parts that every chart is made of: a frame, scales, layers, and the way to SVG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import vl_convert
from markupsafe import Markup

from orchestration.publication.report.charts.svg import DRAWN, cleaned

Rows = Sequence[Mapping[str, Any]]

# Custom properties of the page's style sheet.
INK, MUTED, EDGE = "var(--line)", "var(--muted)", "var(--edge)"
GRID, PAGE = "var(--grid)", "var(--bg)"
PLAN, IMPROVEMENT, WORSENING = "var(--plan)", "var(--impr)", "var(--conc)"
# Pixels. A drawing 344 wide stands in 328 on a phone of 360, where 14 are 13.3: the least to read.
TEXT, LABEL = 14, 15
LINE = 18  # pixels from line to line of text
_ON_PIXELS = 0.5  # by which a line one pixel wide fills a row of pixels and not half of two
_LETTER = 0.56  # of the font size: the mean letter of the wide fonts in the page's stack

# What the columns of a row say of its mark.
_CHANNELS = {
    "x": {"scale": "x", "field": "x"},
    "x2": {"scale": "x", "field": "x2"},
    "y": {"scale": "y", "field": "y"},
    "y2": {"scale": "y", "field": "y2"},
    "text": {"field": "text"},
}


@dataclass(frozen=True)
class Drawing:
    """One chart twice, 760 and 344 pixels wide: a page shows the one that it has room for."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class Box:
    """A part of a plot, in pixels from its upper left corner."""

    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Tell whether one covers a part of the other."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Frame:
    """Size of a drawing and what is left free around its plot, in pixels."""

    width: int
    height: int
    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0

    @property
    def across(self) -> int:
        """Width of the plot."""
        return self.width - self.left - self.right

    @property
    def down(self) -> int:
        """Height of the plot."""
        return self.height - self.top - self.bottom

    def holds(self, box: Box) -> bool:
        """Tell whether a box lies inside the plot."""
        is_across = box.left >= 0 and box.right <= self.across
        return is_across and box.top >= 0 and box.bottom <= self.down


@dataclass(frozen=True)
class Layer:
    """Marks of one kind: their class in the drawing, what Vega calls them, a row each, their look.

    A row has x and y, and as the mark needs x2, y2 or ``text``; a line goes from row to row.
    """

    name: str
    mark: str
    rows: Rows
    look: Mapping[str, Any]

    def declared(self, data: str) -> dict[str, Any]:
        """Declare the marks to Vega, which knows the rows by the name ``data``."""
        places = {name: channel for name, channel in _CHANNELS.items() if name in self.rows[0]}
        looks = {name: {"value": value} for name, value in self.look.items()}
        return {
            "type": self.mark,
            "role": f"{DRAWN} {self.name}",
            "from": {"data": data},
            "encode": {"enter": places | looks},
        }


def layer(name: str, mark: str, rows: Rows, **look: Any) -> Layer:
    """Make a layer; one without rows is not drawn."""
    return Layer(name, mark, rows, look)


@dataclass(frozen=True)
class Plane:
    """A frame with its two scales."""

    frame: Frame
    across: tuple[float, float]
    up: tuple[float, float]

    def x_pixel(self, x: float) -> float:
        """Pixels from the left edge of the plot."""
        first, last = self.across
        return (x - first) / (last - first) * self.frame.across

    def y_pixel(self, y: float) -> float:
        """Pixels from the top of the plot."""
        low, high = self.up
        return (high - y) / (high - low) * self.frame.down

    def x_at(self, pixel: float) -> float:
        """Give the value that stands so many pixels right of the left edge of the plot."""
        first, last = self.across
        return first + pixel / self.frame.across * (last - first)

    def y_at(self, pixel: float) -> float:
        """Give the value that stands so many pixels below the top of the plot."""
        low, high = self.up
        return high - pixel / self.frame.down * (high - low)

    @property
    def a_step(self) -> float:
        """Pixels from a month to the next."""
        return self.x_pixel(1) - self.x_pixel(0)

    def months(self, first: int, last: int) -> tuple[float, float]:
        """Give the span of some months: half a month to each side, inside the plot."""
        return max(first - 0.5, self.across[0]), min(last + 0.5, self.across[1])

    def boxes_of_line(self, heights: Sequence[float | None]) -> list[Box]:
        """Give what a line covers, a box from each month to the next."""
        return [
            Box(
                self.x_pixel(i),
                self.x_pixel(i + 1),
                self.y_pixel(max(start, end)) - 2,
                self.y_pixel(min(start, end)) + 2,
            )
            for i, (start, end) in enumerate(pairwise(heights))
            if start is not None and end is not None
        ]

    def draw(self, layers: Sequence[Layer], attributes: Mapping[str, str]) -> Markup:
        """Draw the layers, the first at the bottom.

        Sizes are given and none that Vega measures is used: a machine without fonts draws the same.
        Axes are layers too: Vega's own measure each word several times, which costs more than all
        the rest of a trend.
        """
        frame = self.frame
        named = {f"rows_{i}": layer for i, layer in enumerate(layers) if layer.rows}
        spec = {
            "width": frame.across,
            "height": frame.down,
            "padding": {
                "left": frame.left + _ON_PIXELS,
                "top": frame.top + _ON_PIXELS,
                "right": frame.right - _ON_PIXELS,
                "bottom": frame.bottom - _ON_PIXELS,
            },
            "autosize": "none",
            "scales": [
                {"name": "x", "range": "width", "domain": self.across, "zero": False},
                {"name": "y", "range": "height", "domain": self.up, "zero": False},
            ],
            "data": [{"name": name, "values": layer.rows} for name, layer in named.items()],
            "marks": [layer.declared(name) for name, layer in named.items()],
        }
        return cleaned(_drawn(json.dumps(spec)), attributes)


# The report for the partnership and the one for everybody draw exact series alike: 204 drawings
# each, and 12 ms for each.
@lru_cache(maxsize=512)
def _drawn(spec: str) -> str:
    return vl_convert.vega_to_svg(spec)


def across_months(count: int, inset: float, frame: Frame) -> tuple[float, float]:
    """Give the scale of so many months, the first and last ``inset`` pixels inside the plot.

    A single month stands at the right end, where its label is.
    """
    steps = max(count - 1, 1)
    margin = steps * inset / (frame.across - 2 * inset)
    return count - 1 - steps - margin, count - 1 + margin


def image(kind: str, alt: str) -> dict[str, str]:
    """Give the attributes of a drawing that is read out as one image with one text."""
    return {"class": f"chart {kind}", "role": "img", "aria-label": alt}


def width_of(words: str, size: int) -> float:
    """Give the pixels that words take in a wide font; nothing of the machine is measured."""
    return len(words) * size * _LETTER


def wrapped(words: str, pixels: float, size: int = TEXT) -> list[str] | None:
    """Break words into lines of at most so many pixels; None when one word is too long."""
    room = int(pixels / (size * _LETTER))
    lines: list[str] = []
    for word in words.split():
        if len(word) > room:
            return None
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def apart(pixels: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels so that they stand at least ``gap`` apart between ``low`` and ``high``.

    Each moves as little as the ones above it allow; the order stays.
    """
    order = sorted(range(len(pixels)), key=lambda i: (pixels[i], i))
    moved = list(pixels)
    floor = low
    for i in order:
        moved[i] = floor = max(moved[i], floor)
        floor += gap
    ceiling = high
    for i in reversed(order):
        moved[i] = ceiling = min(moved[i], ceiling)
        ceiling -= gap
    return moved
