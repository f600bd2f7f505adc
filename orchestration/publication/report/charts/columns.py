"""A waiting list over time: a column a month, the longest waits at the bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from orchestration.publication.report.charts.axes import (
    beside_ticks,
    month_axis,
    number,
    ticks_up_to,
    value_axis,
)
from orchestration.publication.report.charts.drawing import (
    INK,
    LABEL,
    PAGE,
    Drawing,
    Frame,
    Plane,
    across_months,
    image,
    layer,
)
from orchestration.publication.report.charts.gaps import NO_FIGURE, gap_layer, gaps, reason_layer

_WIDE = Frame(760, 320, right=24, top=40, bottom=34)
_NARROW = Frame(344, 280, right=24, top=40, bottom=34)
_HALF, _WIDEST = 0.4, 20  # half the width of a column: of a month's room, and in pixels
# From the shortest wait to the longest, which contrasts most in light and in dark. The palest is
# below 3 to 1 against the page and has an edge.
_COLOURS = ("var(--w1)", "var(--w2)", "var(--w3)")
_EDGE = "var(--w2)"


@dataclass(frozen=True)
class ListMonth:
    """One month of a waiting list: how many wait, by band of wait, the shortest first.

    ``counts`` is None where there is no figure, and ``gap`` says why in words.
    """

    end: date
    label: str
    counts: tuple[int, ...] | None
    gap: str | None


def waiting_list(
    months: Sequence[ListMonth],
    bands: Sequence[str],
    *,
    alt: str,
    top: float | None = None,
    words: str = "Waiting",
) -> Drawing:
    """Draw a waiting list; ``top`` is the highest total of the lists that share one scale.

    Raises:
        ValueError: more bands than colours, or a month that counts other bands.
    """
    if not 1 <= len(bands) <= len(_COLOURS):
        raise ValueError(f"A waiting list of {len(bands)} bands; 1 to {len(_COLOURS)} can be told.")
    for month in months:
        if month.counts is not None and len(month.counts) != len(bands):
            raise ValueError(f"{month.label} has {len(month.counts)} counts, not {len(bands)}.")
    return Drawing(
        wide=_drawn(months, len(bands), top, words, _WIDE, image("wide", alt)),
        narrow=_drawn(months, len(bands), top, words, _NARROW, image("narrow", alt)),
    )


def _drawn(
    months: Sequence[ListMonth],
    bands: int,
    top: float | None,
    words: str,
    frame: Frame,
    attributes: Mapping[str, str],
) -> Markup:
    totals = [None if month.counts is None else sum(month.counts) for month in months]
    ticks = ticks_up_to(max([top or 0, *(total or 0 for total in totals)]), "count")
    frame = beside_ticks(frame, ticks, "count")
    across = across_months(len(months), frame.across / (2 * max(len(months), 2)), frame)
    plane = Plane(frame, across, (0, ticks[-1]))
    without = gaps([(m.gap or NO_FIGURE) if m.counts is None else None for m in months])
    layers = [
        *value_axis(ticks, "count", words, plane),
        *month_axis([month.end for month in months], plane),
        gap_layer(without, plane),
        reason_layer(without, plane, ()),
    ]
    for band, colour in enumerate(_colours_of(bands)):
        look = {"fill": _COLOURS[colour]} | ({"stroke": _EDGE} if colour == 0 else {})
        parts = _parts(months, band, min(_HALF, _WIDEST / plane.a_step))
        layers.append(layer(f"wait w{colour + 1}", "rect", parts, **look))
    newest = [
        {"x": i, "y": total, "text": number(total, "count")}
        for i, total in enumerate(totals)
        if total is not None
    ][-1:]
    look = {"fill": INK, "fontSize": LABEL, "fontWeight": "bold", "stroke": PAGE, "strokeWidth": 4}
    above = {"dy": -6, "align": "center", "baseline": "alphabetic"}
    layers.append(layer("label", "text", newest, **look, **above))
    return plane.draw(layers, attributes)


def _colours_of(bands: int) -> Sequence[int]:
    """Choose the colours of bands: the longest wait always has the strongest."""
    return {1: (2,), 2: (0, 2), 3: (0, 1, 2)}[bands]


def _parts(months: Sequence[ListMonth], band: int, half: float) -> list[dict[str, Any]]:
    """Give the part of each column that one band takes: it stands on all longer waits."""
    parts = []
    for i, month in enumerate(months):
        if month.counts is not None and month.counts[band]:
            below = sum(month.counts[band + 1 :])
            height = {"y": below, "y2": below + month.counts[band]}
            parts.append({"x": i - half, "x2": i + half, **height})
    return parts
