"""The tables of a release as rows that know where they stand.

What a page shows is decided by the tables that it is given: the same templates serve every edition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_FIGURE = ("indicator_id", "basis", "period_type", "period_end", "area_code")
KEYS: Mapping[str, tuple[str, ...]] = {
    "commentary": ("indicator_id", "period_end", "author_role", "sender"),
    "breakdowns": ("breakdown", "breakdown_value"),
    "comparators": ("set_id", "indicator_id", "period_type", "period_end", "area_code"),
    "coverage": ("kind", "promise_id"),
    "decisions": ("decision_id",),
    "feed_scorecard": ("feed", "sender", "month"),
    "forecasts": ("period_end", "area_code", "kind", "subject", "horizon_date"),
    "improvement_plan": ("metric_number", "statement", "kind", "plan_column"),
    "improvement_plan_actions": ("statement", "ref"),
    "indicator_latest": ("indicator_id", "basis", "area_code"),
    "indicator_status": _FIGURE,
    "indicators": ("indicator_id",),
    "parameters": ("name",),
    "plan_and_official": ("statement", "metric_number", "basis", "indicator_id"),
    "priority_action_areas": ("priority_area",),
    "quality_findings": ("finding_id",),
    "releases": ("release_id",),
    "restatements": (*_FIGURE[:3], "period_start", *_FIGURE[3:], "breakdown", "breakdown_value"),
    "roadmap": ("commitment_id",),
    "status_reasons": ("reason",),
    "submissions": ("submission_id",),
    "trajectory_points": ("indicator_id", "period_end"),
    "waiting_list": ("period_end", "basis", "area_code", "service", "provider_code", "wait_band"),
}
"""The key of each table whose rows a page points to one by one."""


@dataclass(frozen=True, eq=False)
class Row:
    """One row of a table of the release."""

    table: str
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        """Give a cell; KeyError when the table has no such column."""
        return self.values[column]

    @property
    def is_rounded(self) -> bool:
        """Whether its figures are rounded, as those of a public table may be."""
        return bool(self.values.get("rounded_to"))

    def place(self, column: str) -> str:
        """Say where a cell stands: ``table/key/key#column``, each part quoted as in a URL."""
        keys = (quote(plain(self.values[name]), safe="") for name in KEYS[self.table])
        return f"{self.table}/{'/'.join(keys)}#{column}"


class Tables:
    """The tables of one release."""

    def __init__(self, files: Mapping[str, Sequence[Path]]) -> None:
        """Take the Parquet files of each table; a table is read when a page first asks for it."""
        self._files = files
        self._read: dict[str, pa.Table] = {}
        self._found: dict[tuple[Any, ...], list[Row]] = {}

    def __contains__(self, table: str) -> bool:
        """Tell whether the release holds a table of that name."""
        return table in self._files

    def rows(self, table: str, **where: Any) -> list[Row]:
        """Give the rows of a table that agree with ``where``, in the order of the files.

        A list in ``where`` means any of its values. A table that the release lacks has no rows.
        """
        if table not in self:
            return []
        asked = (table, *((name, *_any_of(wanted)) for name, wanted in where.items()))
        if asked not in self._found:
            self._found[asked] = [Row(table, row) for row in self._where(table, where).to_pylist()]
        return list(self._found[asked])

    def whole(self, table: str) -> pa.Table:
        """Give a table with all its rows, in the order of the files; KeyError without it."""
        if table not in self._read:
            self._read[table] = self._load(table)
        return self._read[table]

    def _load(self, table: str) -> pa.Table:
        parts = [pq.read_table(path) for path in sorted(self._files[table])]
        return pa.concat_tables(parts).combine_chunks()

    def _where(self, table: str, where: Mapping[str, Any]) -> pa.Table:
        found = self.whole(table)
        agree = [_is_one_of(found[name], wanted) for name, wanted in where.items()]
        return found.filter(reduce(pc.and_, agree)) if agree else found

    def sources(self) -> dict[str, list[Path]]:
        """Give the files of each table that was read so far: what a page was made from."""
        return {table: sorted(self._files[table]) for table in sorted(self._read)}

    def row(self, table: str, **where: Any) -> Row | None:
        """Give the one row that agrees, or None; ValueError when several do."""
        found = self.rows(table, **where)
        if len(found) > 1:
            raise ValueError(f"{table} has {len(found)} rows with {where}; one was asked for.")
        return found[0] if found else None


def place_of(table: str, where: Mapping[str, Any], what: str) -> str:
    """Say which rows were counted or added up: ``table?column=value#what``."""
    pairs = [(name, plain(value)) for name, wanted in where.items() for value in _any_of(wanted)]
    return f"{table}?{urlencode(pairs)}#{what}"


def _is_one_of(column: pa.ChunkedArray, wanted: Any) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(_any_of(wanted), column.type))


def _any_of(wanted: Any) -> Sequence[Any]:
    return wanted if isinstance(wanted, (list, tuple)) else (wanted,)


def plain(value: Any) -> str:
    """Write a cell so that a program reads it back: nothing rounded, nothing grouped."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (float, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else repr(value)
    return str(value)
