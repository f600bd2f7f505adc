"""Which rows break the rules of the gates: DuckDB in memory over Parquet where it lies.

No file of DuckDB is opened, and no table is held whole. Great Expectations judges what is found
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from expectations.gate import Expectation, GateError, refuse_what_hides_failures
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
SPILL = Path("dbt", "temp")
"""Where DuckDB keeps what is too large for memory: below the data folder, one run at a time."""
_IS_WRONG = "where _wrong is not false"
# Rows are distinguished by a hash, which takes less memory than their keys. Rows that share a hash
# are compared.
_ALIKE = """(
    with shared as (
        select hash({columns}) as mark from "{table}" where %s group by mark having count(*) > 1
    )
    select coalesce(sum(alike), 0) from (
        select count(*) as alike from "{table}"
        where %s and hash({columns}) in (from shared)
        group by {columns} having count(*) > 1
    )
)"""
_UNMET = {
    "expect_column_values_to_not_be_null": "count(*) filter (where {columns} is null)",
    "expect_column_values_to_be_in_set": (
        "count(*) filter (where not list_contains($set_{place}, {columns}))"
    ),
    "expect_column_values_to_be_unique": _ALIKE.replace("%s", "{columns} is not null"),
    "expect_compound_columns_to_be_unique": _ALIKE.replace("%s", "true"),
    "expect_table_row_count_to_be_between": "greatest({min_value} - count(*), 0)",
}
"""Expectations that contracts lead to, as the number of rows that break them."""


class Tables:
    """Tables as rules see them: one view a table, closed by ``with``.

    A number that is no number is null. Where a table has the columns, ``figure`` is the key of a
    figure and ``whole`` the key of the figure for all that it is part of.
    """

    def __init__(self, home: Path | None = None) -> None:
        """Open DuckDB in memory; what needs more than its share of it spills below ``home``."""
        spill = str(home / SPILL) if home else ""
        # One thread numbers the rows in their order.
        config = {"temp_directory": spill, "memory_limit": "1GB", "threads": 1}
        self._connection = duckdb.connect(":memory:", config=config)
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

    def broken(self, table: str, rules: Iterable[WrongRows]) -> dict[str, int]:
        """Count the rows of a table that break each rule that people wrote, by its code.

        Raises GateError, naming file and rule, when the SQL of a rule cannot be run.
        """
        query = 'select count(*) from (select (\n{}\n) as _wrong from "{}" as this) {}'
        return {
            rule.code: self._run(rule, query.format(rule.wrong, table, _IS_WRONG)).fetchall()[0][0]
            for rule in rules
        }

    def unmet(self, table: str, expectations: Sequence[Expectation]) -> list[int]:
        """Count the rows of a table that break each expectation of its contract, in one scan.

        Raises GateError when the table lacks a column of a rule, or DuckDB stops.
        """
        refuse_what_hides_failures(self._columns[table], expectations)
        counts, sets = [], {}
        for place, one in enumerate(expectations):
            if one.type not in _UNMET:
                raise GateError(f"Rule {one.rule}: the gate cannot count what breaks {one.type}.")
            columns = ", ".join(f'"{column}"' for column in one.columns)
            words = {"table": table, "columns": columns, "place": place, **one.kwargs}
            counts.append(_UNMET[one.type].format_map(words))
            if "value_set" in one.kwargs:
                sets[f"set_{place}"] = one.kwargs["value_set"]
        query = f'select {", ".join(["count(*)", *counts])} from "{table}"'
        try:
            return [int(n) for n in self._connection.execute(query, sets).fetchall()[0][1:]]
        except duckdb.Error as error:
            # Its message may repeat a cell.
            rules = ", ".join(sorted({one.rule for one in expectations}))
            raise GateError(
                f"Rules {rules} of {table} could not be judged: DuckDB stopped with "
                f"{type(error).__name__}. Compare the rules with the types of the columns."
            ) from None

    def _count(self, table: str) -> int:
        return self._connection.execute(f'select count(*) from "{table}"').fetchall()[0][0]

    def _positions(self, rule: WrongRows) -> np.ndarray:
        query = (
            f"with this as (select *, row_number() over () - 1 as _row from {rule.table}) "
            f"select _row from (select _row, (\n{rule.wrong}\n) as _wrong from this) {_IS_WRONG}"
        )
        return self._run(rule, query).fetchnumpy()["_row"]

    def _run(self, rule: WrongRows, query: str) -> duckdb.DuckDBPyConnection:
        place = f"{rule.file}, rule {rule.code}, key wrong"
        try:
            for macro in rule.macros:
                self._connection.execute(macro)
            return self._connection.execute(query, rule.values)
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
