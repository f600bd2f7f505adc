"""The frame that every official table becomes: one row a cell, texts held once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

TEXTS = (
    *("table", "source_file", "sheet", "column_name", "period_type", "period_start", "period_end"),
    *("period_label", "geo_level", "geo_code", "geo_name", "org_code", "org_name", "measure"),
    *("breakdown", "breakdown_value", "value_text", "symbol", "unit", "status_text"),
    *("withheld_by", "noted_by"),
)
"""Columns held as categories; the period's days are dates, the others text."""
COLUMNS = (
    *("table", "source_file", "sheet", "source_row", "source_column", "column_name"),
    *("period_type", "period_start", "period_end", "period_label"),
    *("geo_level", "geo_code", "geo_name", "org_code", "org_name"),
    *("measure", "breakdown", "breakdown_value"),
    *("value", "value_text", "symbol", "unit", "status_text", "withheld_by", "noted_by"),
)
"""The columns of ``Edition.cells``: those of ``official_statistics``, with table and sheet, and
the ids of the rules that speak against the cell."""

Word = str | date | None
Coded = tuple[np.ndarray, list]
"""Codes into a list of words."""


@dataclass
class Cells:
    """Cells gathered block by block; 4 million of them take about 200 MB."""

    _codes: dict[str, list[np.ndarray]] = field(default_factory=lambda: {c: [] for c in TEXTS})
    _words: dict[str, dict[Word, int]] = field(default_factory=lambda: {c: {} for c in TEXTS})
    _rows: list[np.ndarray] = field(default_factory=list)
    _columns: list[np.ndarray] = field(default_factory=list)
    _values: list[np.ndarray] = field(default_factory=list)

    def add(
        self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, **texts: Coded | Word
    ) -> None:
        """Add one cell for each of ``values``; a text is one word for all, or coded words."""
        self._rows.append(rows.astype(np.int32))
        self._columns.append(columns.astype(np.int16))
        self._values.append(values.astype(np.float64))
        for column in TEXTS:
            given = texts[column]
            if not isinstance(given, tuple):
                given = (np.zeros(len(values), np.int8), [given])
            self._codes[column].append(self._coded(column, *given))

    def _coded(self, column: str, codes: np.ndarray, words: Iterable[Word]) -> np.ndarray:
        """Turn a block's own codes into those of the whole frame; None has the code -1."""
        known = self._words[column]
        own = [-1 if word is None else known.setdefault(word, len(known)) for word in words]
        kind = np.min_scalar_type(-len(known) - 1)  # most columns have a few words: a byte a cell
        return np.array([*own, -1], kind)[codes]

    def __len__(self) -> int:
        """The number of cells so far."""
        return sum(map(len, self._values))

    def frame(self) -> pd.DataFrame:
        """All cells in the order of their addition; the gathered blocks are given up."""
        built: dict[str, object] = {
            "source_row": _joined(self._rows),
            "source_column": _joined(self._columns),
            "value": _joined(self._values),
        }
        for column in TEXTS:
            codes = _joined(self._codes.pop(column))
            categories = pd.Index(list(self._words[column]), dtype=object)
            built[column] = pd.Categorical.from_codes(codes, categories)
        return pd.DataFrame({column: built[column] for column in COLUMNS})


def _joined(blocks: list[np.ndarray]) -> np.ndarray:
    """The blocks together, which are given up."""
    together = np.concatenate(blocks)
    blocks.clear()
    return together
