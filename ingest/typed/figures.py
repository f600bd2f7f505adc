"""Figures as publishers write them: a number with its signs, or a symbol in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

_NUMBER = re.compile(
    r"(?P<minus>[-\u2212]?)(?P<pound>£?) ?"
    r"(?P<digits>\d{1,15}|\d{1,3}(?:[ ,\u00a0\u202f]\d{3}){1,4})"
    r"(?P<decimals>\.\d{1,15})? ?(?P<per>%?)",
    re.ASCII,
)
_THOUSANDS = re.compile(r"[ ,\u00a0\u202f]")
Figure = tuple[float | None, str | None]
"""A number in the unit of its column, or the symbol that stands in its place; never both."""


def read_figure(cell: str, unit: str, symbols: Mapping[str, str]) -> Figure | None:
    """One figure by whole match, or None where the cell is neither a number nor a symbol.

    ``unit`` is count, pct, proportion or gbp. A proportion goes further as a percentage (0.12 is
    12), and a percent sign says that it is one already. Signs of another unit do not match: a
    percentage in a column of counts is not a count. ``symbols``: case-folded to as published.
    """
    if symbol := symbols.get(cell.casefold()):
        return None, symbol
    match = _NUMBER.fullmatch(cell)
    if not match or not _signs_fit(match, unit):
        return None
    number = Decimal(_THOUSANDS.sub("", match["digits"]) + (match["decimals"] or ""))
    if unit == "count" and number % 1:
        return None
    if unit == "proportion" and not match["per"]:
        number *= 100
    return float(-number if match["minus"] else number), None


def _signs_fit(match: re.Match[str], unit: str) -> bool:
    if match["pound"]:
        return unit == "gbp" and not match["per"]
    return not match["per"] or unit in ("pct", "proportion")
