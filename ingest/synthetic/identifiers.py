"""Invented identifiers from ranges reserved for testing."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

_AREA_BLOCK = 170_000
"""Numbers set aside for each area: Wirral has 83,000 children by December 2030, an area twice as
large 166,000. The range holds 909,090, so the first five areas share no child."""

_STRIDE = 611_953
"""A prime that does not divide the length of the range: neighbours do not look alike."""


def check_digit(first_nine: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the NHS check digit (modulus 11, weights 10 to 2) of nine-digit numbers.

    A result of 10 means that such a number is never issued.
    """
    digits = (first_nine[:, None] // 10 ** np.arange(8, -1, -1)) % 10
    return (11 - (digits * np.arange(10, 1, -1)).sum(axis=1) % 11) % 11


@functools.cache
def reserved_range() -> NDArray[np.int64]:
    """List every valid NHS number that begins 999, except the filler 999 999 9999."""
    first_nine = 999_000_000 + np.arange(1_000_000)
    check = check_digit(first_nine)
    numbers = (first_nine * 10 + check)[check < 10]
    return numbers[numbers != 9_999_999_999]


def nhs_numbers(child: NDArray[np.int64], area: int) -> NDArray[np.str_]:
    """Give each child's serial number within an area (from 0) its NHS number, as text."""
    numbers = reserved_range()
    place = (child + (area - 1) * _AREA_BLOCK) * _STRIDE % len(numbers)
    return numbers[place].astype(str)


def setting_urns(choice: NDArray[np.int64], area: int) -> NDArray[np.str_]:
    """Give each choice of a setting within an area (from 0) an invented URN, 999000 to 999999."""
    return (999_000 + (choice + area * 137) % 1000).astype(str)
