"""National identifiers: the normal form of each, and what is wrong with a text that is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ingest.typed.characters import packed

_TEN_DIGITS = re.compile(r"[0-9]{10}", re.ASCII)
_UPN = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]", re.ASCII)
_CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O, S
_ULN_DUMMY = "9999999999"
RESERVED_NHS_PREFIX = "999"
"""NHS numbers that begin so are for testing and belong to nobody."""


@dataclass(frozen=True)
class Identifier:
    """One kind of national identifier."""

    title: str
    form: str
    """How it is written, in words."""
    domain: str
    """Of its pseudonyms: the same in every feed, so that one child meets itself."""
    normalise: Callable[[str], str]
    fault: Callable[[str], str | None]
    """What is wrong with a normal text, in words; None when it is sound."""
    length: int
    are_sound: Callable[[np.ndarray], np.ndarray]
    """Of texts of this length, a row of ASCII codes each, which are sound as they stand."""

    def read(self, cell: str) -> str | None:
        """The normal form of a sound identifier, else None."""
        normal = self.normalise(cell)
        return None if self.fault(normal) else normal

    def read_each(self, cells: list[str]) -> list[str | None]:
        """The same of many: what is sound as it stands is found by one sum over all of them."""
        plain = cells
        if {*map(len, cells)} != {self.length} or not "".join(cells).isascii():
            plain = [cell for cell in cells if len(cell) == self.length and cell.isascii()]
        rows = np.frombuffer("".join(plain).encode("ascii"), np.uint8).reshape(-1, self.length)
        are_sound = self.are_sound(rows)
        if len(plain) == len(cells) and are_sound.all():
            return [*cells]
        is_sound = dict(zip(plain, are_sound.tolist(), strict=True))
        return [cell if is_sound.get(cell) else self.read(cell) for cell in cells]


def _weighted(digits: str) -> int:
    """The sum of ten digits with weights 10 to 1."""
    return sum(int(digit) * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True))


def nhs_number_fault(text: str) -> str | None:
    """What is wrong with an NHS number: ten digits, modulus 11, no repeated-digit filler.

    Source: NHS Data Dictionary, NHS NUMBER. Weights 10 to 2 over nine digits, 11 less the
    remainder is the check digit, 11 counts as 0 and 10 is never issued; equivalently the sum with
    weights 10 to 1 divides by 11. All repeated digits pass that sum and are fillers.
    """
    if not _TEN_DIGITS.fullmatch(text):
        return "it does not have ten digits"
    if len(set(text)) == 1:
        return "it repeats one digit, like a filler"
    if _weighted(text[:9] + "0") % 11 == 1:
        return "its first nine digits have no check digit, so it was never issued"
    return "its check digit does not fit" if _weighted(text) % 11 else None


def upn_fault(text: str) -> str | None:
    """What is wrong with a unique pupil number, permanent or temporary.

    Source: DfE, Unique pupil numbers. A check letter, eleven digits and a digit, or a letter in a
    temporary number. The check letter is the one at the remainder by 23 of the values of the
    other twelve with weights 2 to 13, a letter's value being its place in the same alphabet.
    """
    if len(text) != 13:
        return "it does not have thirteen characters"
    if not _UPN.fullmatch(text):
        return "it is not a letter, eleven digits and a digit or letter (never I, O or S)"
    values = [*map(int, text[1:12]), _last_value(text[12])]
    total = sum(value * weight for value, weight in zip(values, range(2, 14), strict=True))
    return None if text[0] == _CHECK_LETTERS[total % 23] else "its check letter does not fit"


def _last_value(character: str) -> int:
    return int(character) if character.isdigit() else _CHECK_LETTERS.index(character)


def uln_fault(text: str) -> str | None:
    """What is wrong with a unique learner number: ten digits, the sum by 11 leaves 10.

    Source: Learning Records Service, ULN check digit. 9999999999 is the individualised learner
    record's word for "has none".
    """
    if not _TEN_DIGITS.fullmatch(text) or text[0] == "0":
        return "it is not ten digits of which the first is not 0"
    if text == _ULN_DUMMY:
        return "it is the placeholder for learners without a number"
    return None if _weighted(text) % 11 == 10 else "its check digit does not fit"


def _digits_weighted(rows: np.ndarray, weights: range) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are of digits alone, and their sums with weights."""
    digits = rows - np.uint8(ord("0"))  # what stands before 0 comes round to more than 9
    sums = digits.astype(np.int16) @ np.array(weights, np.int16)
    return (digits <= 9).all(axis=1), sums


def _sound_nhs_numbers(rows: np.ndarray) -> np.ndarray:
    are_digits, sums = _digits_weighted(rows, range(10, 0, -1))
    return are_digits & (sums % 11 == 0) & (rows != rows[:, :1]).any(axis=1)


def _sound_ulns(rows: np.ndarray) -> np.ndarray:
    are_digits, sums = _digits_weighted(rows, range(10, 0, -1))
    is_dummy = (rows == ord(_ULN_DUMMY[0])).all(axis=1)
    return are_digits & (sums % 11 == 10) & (rows[:, 0] != ord("0")) & ~is_dummy


def _sound_upns(rows: np.ndarray) -> np.ndarray:
    """Permanent ones; a temporary one, whose last character is a letter, is judged by itself."""
    are_digits, sums = _digits_weighted(rows[:, 1:], range(2, 14))
    letters = np.frombuffer(_CHECK_LETTERS.encode("ascii"), np.uint8)
    return are_digits & (rows[:, 0] == letters[sums % len(letters)])


IDENTIFIERS = {
    "nhs_number": Identifier(
        "NHS number",
        "ten digits with their check digit",
        "nhs",
        packed,
        nhs_number_fault,
        10,
        _sound_nhs_numbers,
    ),
    "upn": Identifier(
        "UPN",
        "a check letter, eleven digits and a digit or, where temporary, a letter",
        "upn",
        lambda text: packed(text.strip()).upper(),
        upn_fault,
        13,
        _sound_upns,
    ),
    "uln": Identifier(
        "ULN",
        "ten digits with their check digit",
        "uln",
        lambda text: packed(text.strip()),
        uln_fault,
        10,
        _sound_ulns,
    ),
}
"""By column type."""
