"""Invented identifiers from ranges reserved for testing, in an area each for one child only."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from ingest.partnership import partnership

Serials = NDArray[np.int64]

NHS_BLOCK = 303_000
"""NHS numbers set aside for each area: an area twice as large as the local one uses up to 273,000
by December 2030. The range holds 909,090: the first three areas share no number, a fourth begins
again with the numbers of the first."""

UPN_BLOCK = 70_000
"""Pupil numbers that an area's children keep; numbers from here on are given in passing."""

_UPN_IN_PASSING = 12_500
"""Numbers given in passing set aside for each area."""

AREAS = 152
"""As many areas as can be asked for, the local one being area 1; England had 153 in 2025."""

_UPN_AREAS = 4
"""Areas whose pupil numbers fit into the 330,000 of one authority's establishment 0000."""

_STRIDE = 611_953
"""A prime that does not divide the length of a range: neighbours do not look alike."""

_UPN_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))
"""Check and temporary letters of pupil numbers: no I, O and S."""

_PSEUDO_POSTCODES = np.array(["ZZ99 3WZ", "ZZ99 3VZ", "ZZ99 3CZ"], dtype=object)
"""Postcodes of the ONS for addresses that are not known, not fixed or not told."""


def _digits(numbers: Serials, count: int) -> Serials:
    return (np.asarray(numbers)[:, None] // 10 ** np.arange(count - 1, -1, -1)) % 10


def check_digit(first_nine: Serials) -> Serials:
    """Give the NHS check digit (modulus 11, weights 10 to 2) of nine-digit numbers.

    A result of 10 means that such a number is never issued.
    """
    return (11 - (_digits(first_nine, 9) * np.arange(10, 1, -1)).sum(axis=1) % 11) % 11


@functools.cache
def reserved_range() -> Serials:
    """List every valid NHS number that begins 999, except the filler 999 999 9999."""
    first_nine = 999_000_000 + np.arange(1_000_000)
    check = check_digit(first_nine)
    numbers = (first_nine * 10 + check)[check < 10]
    return numbers[numbers != 9_999_999_999]


@functools.cache
def _learner_range() -> Serials:
    """List every valid ULN that begins 999, except the dummy of the learner record."""
    first_nine = 999_000_000 + np.arange(1_000_000)
    rest = (_digits(first_nine, 9) * np.arange(10, 1, -1)).sum(axis=1) % 11
    numbers = (first_nine * 10 + 10 - rest)[rest > 0]
    return numbers[numbers != 9_999_999_999]


def nhs_numbers(child: Serials, area: int) -> NDArray[np.str_]:
    """Give each child's serial number within an area (from 0) its NHS number, as text."""
    numbers = reserved_range()
    place = (child + (area - 1) * NHS_BLOCK) * _STRIDE % len(numbers)
    return numbers[place].astype(str)


def learner_numbers(person: Serials, area: int) -> NDArray[np.str_]:
    """Give each person's serial number within an area (from 0) its ULN, as text."""
    numbers = _learner_range()
    return numbers[(person + (area - 1) * NHS_BLOCK) * _STRIDE % len(numbers)].astype(str)


def pupil_numbers(serial: Serials, area: int) -> NDArray[np.object_]:
    """Give each serial number within an area (from 0 to 82,499) its UPN, of establishment 0000.

    The first four areas have numbers of the local council, each further four of an LA that does not
    exist, 001 to 037: the codes of authorities begin at 201. The first 100,000 of an LA are
    permanent; the rest end in a letter, which marks a temporary number. The check letter is the sum
    of values x weights 2 to 13, modulus 23.
    """
    own = np.asarray(serial)
    if own.size and own.max() >= UPN_BLOCK + _UPN_IN_PASSING:
        raise ValueError(f"area {area} needs more pupil numbers than are set aside for it")
    group, at = divmod(area - 1, _UPN_AREAS)
    la = group or int(partnership().local_la_code)
    passing = _UPN_AREAS * UPN_BLOCK + at * _UPN_IN_PASSING + own - UPN_BLOCK
    serial = np.where(own < UPN_BLOCK, at * UPN_BLOCK + own, passing)
    place = serial * 61_953 % 100_000
    stem, letter = np.divmod(np.maximum(serial - 100_000, 0), 23)
    is_permanent = serial < 100_000
    values = np.where(is_permanent, la * 10**9 + place, la * 10**8 + stem)
    values = _digits(values, 12)
    shifted = np.column_stack([values[:, 1:], letter])
    values = np.where(is_permanent[:, None], values, shifted)
    check = _UPN_LETTERS[(values * np.arange(2, 14)).sum(axis=1) % 23]
    text = values.astype(str).astype(object)
    last = np.where(is_permanent, text[:, 11], _UPN_LETTERS[letter].astype(object))
    return check.astype(object) + text[:, :11].sum(axis=1) + last


def setting_urns(choice: Serials, area: int) -> NDArray[np.str_]:
    """Give each choice of a setting within an area (from 0) an invented URN, 999000 to 999999."""
    return (999_000 + (choice + area * 137) % 1000).astype(str)


def postcodes(share: NDArray[np.float64]) -> NDArray[np.object_]:
    """Give numbers in [0, 1) one of three postcodes that belong to no place."""
    return _PSEUDO_POSTCODES[(share * len(_PSEUDO_POSTCODES)).astype(np.int64)]
