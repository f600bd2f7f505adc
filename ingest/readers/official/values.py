"""Published text of a cell -> figure, symbol and what the symbol means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

BLANK = "No figure published"
UNKNOWN = "Not a figure, and not in the publisher's key"
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][-+]?\d+)?%?")


@dataclass(frozen=True)
class Column:
    """One column as codes into its distinct texts; -1 is a cell that is not there."""

    codes: np.ndarray
    words: list[str]


def encode(cells: list[str | None]) -> Column:
    """Turn cells into codes and distinct texts, in the order of first appearance."""
    encoded = pa.array(cells, pa.string()).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Column(codes.astype(np.int32), encoded.dictionary.to_pylist())


def is_filled(column: Column) -> bool:
    """Whether any cell of a column holds more than blanks."""
    return any(word.strip() for word in column.words)


def combine(columns: list[Column]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Give each row the code of its combination of texts, and the combinations; None is ''."""
    key = np.zeros(len(columns[0].codes), np.int64)
    for column in columns:
        key = key * (len(column.words) + 1) + column.codes + 1
    _, first, codes = np.unique(key, return_index=True, return_inverse=True)
    combinations = [
        tuple(
            column.words[column.codes[row]] if column.codes[row] >= 0 else "" for column in columns
        )
        for row in first
    ]
    return codes.astype(np.int32), combinations


def number(text: str) -> float | None:
    """A figure as published: 1,657 is 1657 and 2.10% is 2.1; None for anything else."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    return float(stripped.rstrip("%").replace(",", ""))


@dataclass
class Key:
    """The publisher's symbols, and the texts met that are neither figure nor symbol."""

    symbols: dict[str, str]
    zeros: tuple[str, ...] = ()
    unknown: set[str] = field(default_factory=set)

    def read(self, text: str, is_text: bool = False) -> tuple[float, str | None, str | None]:
        """Give value (NaN for none), symbol and its meaning; ``is_text`` cells need no figure."""
        stripped = text.strip()
        if stripped in self.symbols:
            value = 0.0 if stripped in self.zeros else np.nan
            return value, stripped, self.symbols[stripped]
        if not stripped:
            return np.nan, None, BLANK
        if is_text:
            return np.nan, None, None
        value = number(text)
        if value is None:
            self.unknown.add(stripped)
            return np.nan, None, UNKNOWN
        return value, None, None
