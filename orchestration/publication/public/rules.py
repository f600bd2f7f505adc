"""What of a count or a share may be shown to everybody: the rules SR0 to SR5 of the catalogue.

Two things are asked of each rule: what it shows by itself, as its publisher does, and what the
public cube shows by it. The cube hides at least 1 to 7 and rounds to 5 or more, as NHS England does
for hospital episodes below national level: hiding less than 5 beside totals and percentages let 63
of 65 cells be recovered in a trial, 1 to 7 and every figure rounded let none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

LEAST_SHOWN = 8
"""The public cube hides 1 to 7, whatever less a rule hides."""
ROUNDED_TO = 5
"""The public cube rounds to a multiple of this, or of what a rule says, if that is more."""
LEAST_BASE = 30
"""A share is public over at least so many, rounded: 1 of 30 moves it by 3 points."""
LEAST_CASES = 10
"""A mean or a median is public over at least so many cases, rounded: 8 or more."""
LEAST_CASES_OF_A_TAIL = 30
"""A 92nd percentile is public over so many, rounded: below, it is the value of one to three."""
UNAVAILABLE, NOT_APPLICABLE, UNRELIABLE, ROUNDS_TO_ZERO = "x", "z", "u", "low"
"""Symbols of the Department for Education: not available, no base, too small a base, low."""


class Shown(NamedTuple):
    """A number to show, or the symbol that stands in its place: never both, never neither."""

    value: float | None
    symbol: str | None = None


@dataclass(frozen=True)
class Rule:
    """How one code of the catalogue hides and rounds counts.

    Args:
        symbol: stands where a count or a share is hidden.
        least_shown: the smallest count above zero that the rule shows.
        hides_zero: a count of zero is hidden like a small one.
        rounded_to: counts are rounded to a multiple of it, half up.
    """

    symbol: str
    least_shown: int
    hides_zero: bool = False
    rounded_to: int = 1

    def count(self, count: int | None) -> Shown:
        """Show a count by this rule. A count that does not exist is hidden where zero is."""
        if count is None:
            return Shown(None, self.symbol if self.hides_zero else UNAVAILABLE)
        if count < self.least_shown and (count > 0 or self.hides_zero):
            return Shown(None, self.symbol)
        rounded = to_multiple(count, self.rounded_to)
        return Shown(None, ROUNDS_TO_ZERO) if count and not rounded else Shown(rounded)

    def share(self, part: int, whole: int, *, guards_complement: bool = False) -> Shown:
        """Show a share in whole per cent, unless its part, its whole or the rest is small.

        Args:
            part: the numerator.
            whole: the denominator.
            guards_complement: those who are not in the part are a small group like the part.
        """
        rest = whole - part
        is_small = min(part, whole) < self.least_shown
        if is_small or (guards_complement and 0 < rest < self.least_shown):
            return Shown(None, self.symbol)
        return Shown(to_multiple(100 * part / whole, 1))


RULES: Mapping[str, Rule] = {
    "SR1": Rule("*", least_shown=5, hides_zero=True, rounded_to=5),
    "SR2": Rule("*", least_shown=5, hides_zero=True, rounded_to=5),
    "SR2C": Rule("*", least_shown=5, hides_zero=True, rounded_to=5),
    "SR3": Rule("c", least_shown=5),
    "SR4": Rule("c", least_shown=1, rounded_to=10),
    "SR5": Rule("c", least_shown=1),
}
"""By code. SR0 has no row: what it covers is shown as it is. SR5 looks at the base of a share."""


def base_of_survey(base: int) -> str | None:
    """Say what becomes of a share of a survey by SR5: ``suppress``, ``flag``, or nothing."""
    return "suppress" if base < 10 else "flag" if base < LEAST_BASE else None


def to_multiple(number: float, step: int) -> int:
    """Round to the nearest multiple, half up: 12 to 10 and 13 to 15; 25 to 30 by tens."""
    return int((number + step / 2) // step) * step


def in_cube(code: str) -> Rule:
    """Give the rule by which the public cube shows what has this code: whichever hides more."""
    own = RULES[code]
    return Rule(
        own.symbol,
        least_shown=max(own.least_shown, LEAST_SHOWN),
        hides_zero=own.hides_zero,
        rounded_to=max(own.rounded_to, ROUNDED_TO),
    )
