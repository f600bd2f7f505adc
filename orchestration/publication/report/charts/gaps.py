"""Months without a figure: a dashed box with the reason in it, never a zero and never a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from orchestration.publication.report.charts.drawing import (
    EDGE,
    INK,
    LINE,
    TEXT,
    Box,
    Layer,
    Plane,
    layer,
    wrapped,
)

NO_FIGURE = "No figure"
NOTHING_YET = "No figures yet"
_FILL = "var(--gap)"
_MOST_LINES = 4  # of a reason; a narrow box holds its beginning
_BEGINNING_ENDS = re.compile(r"[.:](?:\s|$)")
_ABOVE, _BESIDE = 6, 3  # pixels at least between the words and the edge of their box


@dataclass(frozen=True)
class Gap:
    """A run of months that have no figure for one reason."""

    first: int
    last: int
    words: str


def gaps(reasons: Sequence[str | None]) -> list[Gap]:
    """Find the runs; a reason stands for each month without a figure, None for one with it.

    A series without months is one gap.
    """
    runs = [list(run) for _, run in groupby(enumerate(reasons), key=lambda month: month[1])]
    found = [Gap(run[0][0], run[-1][0], run[0][1]) for run in runs if run[0][1]]
    return found if reasons else [Gap(-2, -1, NOTHING_YET)]


def gap_layer(found: Sequence[Gap], plane: Plane) -> Layer:
    """Draw the boxes."""
    low, high = plane.up
    boxes = [
        {"x": left, "x2": right, "y": low, "y2": high}
        for left, right in (plane.months(gap.first, gap.last) for gap in found)
    ]
    look = {"fill": _FILL, "stroke": EDGE, "strokeDash": [3, 3], "strokeWidth": 1}
    return layer("gap", "rect", boxes, **look)


def reason_layer(found: Sequence[Gap], plane: Plane, taken: Sequence[Box]) -> Layer:
    """Write the reasons into their boxes where they fit and nothing of ``taken`` is drawn."""
    placed = [row for gap in found for row in _placed(gap, plane, taken)]
    look = {"fill": INK, "fontSize": TEXT, "align": "center", "baseline": "alphabetic"}
    return layer("reason", "text", placed, **look)


def _placed(gap: Gap, plane: Plane, taken: Sequence[Box]) -> list[dict[str, object]]:
    left, right = (plane.x_pixel(x) for x in plane.months(gap.first, gap.last))
    for words in (gap.words, _BEGINNING_ENDS.split(gap.words)[0]):
        lines = wrapped(words, right - left - 2 * _BESIDE) or []
        for top in _tops(len(lines), plane):
            box = Box(left, right, top, top + len(lines) * LINE)
            if not any(box.meets(other) for other in taken):
                return [
                    {
                        "x": plane.x_at((left + right) / 2),
                        "y": plane.y_at(top + (i + 1) * LINE - 4),
                        "text": line,
                    }
                    for i, line in enumerate(lines)
                ]
    return []


def _tops(lines: int, plane: Plane) -> Iterator[float]:
    """Give the heights at which lines may begin: at the top, at the bottom, in the middle."""
    room = plane.frame.down - lines * LINE
    if 1 <= lines <= _MOST_LINES and room >= 2 * _ABOVE:
        yield from (_ABOVE, room - _ABOVE, room / 2)
