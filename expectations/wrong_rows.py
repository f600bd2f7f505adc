"""Which rows break the rules of the mart gate: DuckDB in memory over the candidate's Parquet.

No file of DuckDB is opened and nothing is written. Great Expectations judges what is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from expectations.gate import GateError
from expectations.rule_files import WrongRows

FIGURE_KEY = (
    "indicator_id",
    "basis",
    "period_type",
    "period_start",
    "period_end",
    "area_code",
    "breakdown",
    "breakdown_value",
)
_OF_THE_WHOLE = FIGURE_KEY[:6]
_KEYS = {"figure": FIGURE_KEY, "whole": _OF_THE_WHOLE}


class Tables:
    """Tables as rules see them: one view a table, closed by ``with``.

    A number that is no number is null. Where a table has the columns, ``figure`` is the key of a
    figure and ``whole`` the key of the figure for all that it is part of.
    """

    def __init__(self) -> None:
        """Open DuckDB in memory."""
        # One thread numbers the rows in their order.
        self._connection = duckdb.connect(":memory:", config={"temp_directory": "", "threads": 1})
        self._columns: dict[str, list[str]] = {}

    def __enter__(self) -> Tables:
        """Give the tables themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database in memory."""
        self._connection.close()

    def add(self, table: str, content: pa.Table | Sequence[Path]) -> int:
        """Add a table from Arrow or from its Parquet files; gives its number of rows."""
        if isinstance(content, pa.Table):
            rows = self._connection.from_arrow(content)
        else:
            rows = self._connection.read_parquet([str(path) for path in content])
        numbers = [
            name for name, kind in zip(rows.columns, rows.types, strict=True) if kind == "DOUBLE"
        ]
        added = [f"nullif({name}, 'nan'::double) as {name}" for name in numbers]
        replaced = f"replace ({', '.join(added)})" if added else ""
        keys = [
            f"row({', '.join(columns)}) as {name}"
            for name, columns in _KEYS.items()
            if set(columns) <= set(rows.columns)
        ]
        rows.project(", ".join([f"* {replaced}", *keys])).create_view(table)
        self._columns[table] = rows.columns
        return self._count(table)

    def wrong(self, table: str, rules: Iterable[WrongRows]) -> pd.DataFrame:
        """Measure a table: a column a rule, true where the row is wrong; rows in their order.

        Raises GateError, naming file and rule, when the SQL of a rule cannot be run.
        """
        count = self._count(table)
        measured = {}
        for rule in rules:
            is_wrong = np.zeros(count, dtype=bool)
            is_wrong[self._positions(rule)] = True
            measured[rule.code] = is_wrong
        return pd.DataFrame(measured, index=range(count))

    def _count(self, table: str) -> int:
        return self._connection.execute(f"select count(*) from {table}").fetchall()[0][0]

    def _positions(self, rule: WrongRows) -> np.ndarray:
        query = (
            f"with this as (select *, row_number() over () - 1 as _row from {rule.table}) "
            f"select _row from (select _row, (\n{rule.wrong}\n) as _wrong from this) "
            "where _wrong is not false"
        )
        place = f"{rule.file}, rule {rule.code}, key wrong"
        try:
            for macro in rule.macros:
                self._connection.execute(macro)
            return self._connection.execute(query, rule.values).fetchnumpy()["_row"]
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            columns = ", ".join(self._columns[rule.table])
            raise GateError(
                f"{place}: {error}\nThe columns of {rule.table} are {columns}."
            ) from error
        except duckdb.Error as error:
            # The message of any other error may repeat a cell.
            raise GateError(
                f"{place}: DuckDB stopped with {type(error).__name__}. Run the SQL on the "
                "candidate's files to see why."
            ) from None
