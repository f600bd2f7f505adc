"""A column as codes into its distinct cells: each is judged once, however many rows have it.

The frames of a delivery hold such columns as pandas categories, in the order in which each value
first appears; a missing cell has the code -1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa


def text_column(cells: pd.Series) -> pd.Categorical:
    """A column of text and None as categories, in the order of their first appearance."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return cells.array
    return encoded(cells.to_numpy(object))


def encoded(cells: Sequence[str | None] | np.ndarray) -> pd.Categorical:
    """The same of cells that are in no frame yet."""
    return of_arrow(pa.array(cells, pa.string(), from_pandas=True).dictionary_encode())


def without_cells(rows: int) -> pd.Categorical:
    """A column in which every cell is missing."""
    return _categories(np.full(rows, -1, np.int8), [])


def of_arrow(column: pa.DictionaryArray) -> pd.Categorical:
    """What pyarrow has encoded."""
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return _categories(codes, column.dictionary.to_pylist())


def recoded(column: pd.Categorical, values: Sequence[object | None]) -> pd.Categorical:
    """``column`` with a value for each of its categories; equal values become one, None missing."""
    if values == column.categories.tolist():
        return column
    places: dict[object, int] = {}
    at = [-1 if value is None else places.setdefault(value, len(places)) for value in values]
    return _categories(np.array([*at, -1], np.int32)[column.codes], list(places))


def spread(column: pd.Categorical, values: np.ndarray) -> np.ndarray:
    """For each row what ``values`` has for its category; its last one is for missing cells."""
    return values[column.codes]


def _categories(codes: np.ndarray, values: list) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(values, dtype=object), validate=False)
