"""The parts that every chart is made of: a frame, scales, layers, and the way to SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import altair
import vl_convert
from markupsafe import Markup

from orchestration.publication.report.charts.svg import cleaned

Rows = Sequence[Mapping[str, Any]]

# Custom properties of the page's style sheet.
INK, MUTED, EDGE = "var(--line)", "var(--muted)", "var(--edge)"
GRID, PAGE = "var(--grid)", "var(--bg)"
PLAN, IMPROVEMENT, WORSENING = "var(--plan)", "var(--impr)", "var(--conc)"
# Pixels. A drawing 344 wide stands in 328 on a phone of 360, where 14 are 13.3: the least to read.
TEXT, LABEL = 14, 15
LINE = 18  # pixels from line to line of text
_LETTER = 0.56  # of the font size: the mean letter of the wide fonts in the page's stack

# Channels beside x and y, by the column that a row has for them.
_CHANNELS = {
    "x2": altair.X2("x2:Q"),
    "y2": altair.Y2("y2:Q"),
    "words": altair.Text("words:N"),
    "run": altair.Detail("run:N"),
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
class Plane:
    """A frame with its two scales and the axes that are drawn for them."""

    frame: Frame
    across: tuple[float, float]
    up: tuple[float, float]
    x_axis: altair.Axis | None = None
    y_axis: altair.Axis | None = None

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

    @cached_property
    def _place(self) -> tuple[altair.X, altair.Y]:
        x = altair.X("x:Q", scale=_fixed(self.across), axis=self.x_axis)
        return x, altair.Y("y:Q", scale=_fixed(self.up), axis=self.y_axis)

    def layers(self, name: str, mark: str, rows: Rows, **look: Any) -> list[altair.Chart]:
        """Declare marks of one kind as a layer, or no layer where there are no rows.

        ``name`` is the class of the marks in the drawing; ``_`` parts two classes. A row has x and
        y, and as the mark needs x2, y2, ``words``, or ``run``: the line that it is a part of.
        """
        if not rows:
            return []
        others = [channel for column, channel in _CHANNELS.items() if column in rows[0]]
        data = altair.Data(values=[dict(row) for row in rows])
        chart = altair.Chart(data, name=name, mark=altair.MarkDef(type=mark, **look))
        return [chart.encode(*self._place, *others)]

    def draw(self, layers: Sequence[altair.Chart], attributes: Mapping[str, str]) -> Markup:
        """Draw the layers, the first at the bottom.

        Sizes are given, none is measured: a machine without fonts draws the same. Each part of the
        declaration was checked as it was made; checking the whole again would take a quarter more
        time.
        """
        frame = self.frame
        chart = altair.layer(*layers).properties(
            width=frame.across,
            height=frame.down,
            padding={side: getattr(frame, side) for side in ("left", "right", "top", "bottom")},
            autosize="none",
        )
        spec = chart.configure_view(stroke=None).to_dict(validate=False)
        return cleaned(vl_convert.vegalite_to_svg(spec), attributes)


def _fixed(domain: tuple[float, float]) -> altair.Scale:
    return altair.Scale(domain=list(domain), nice=False, zero=False)


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
