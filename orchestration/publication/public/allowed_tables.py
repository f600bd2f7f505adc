"""The tables of a release as everybody may see them: what a page of the public report reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from orchestration.publication.public import reported, tidy_csv
from orchestration.publication.public.cube import KEY, Public
from orchestration.publication.report import Tables

Rows = Iterable[Mapping[str, Any] | None]


@cache
def allowed() -> Mapping[str, Mapping[str, Any]]:
    """Give what a page can reach: ``allowed_tables.yaml``, by table its columns and the reason."""
    return yaml.safe_load(Path(__file__).with_name("allowed_tables.yaml").read_text("utf-8"))


class PublicTables(Tables):
    """Tables and columns of the allow-list; a page finds every other table absent.

    Figures come from the public cube, corrections from the public file of corrections.
    """

    def __init__(
        self, release: Tables, figures: Sequence[Public], corrections: bytes, area: str
    ) -> None:
        """Take the release, its public cube, ``restatements.csv`` and the local area's code."""
        super().__init__({})
        self._release = release
        self._corrections = corrections
        self._area = area
        self._figures = figures

    def __contains__(self, table: str) -> bool:
        """Tell whether the table is allowed and the release holds it."""
        return table in allowed() and table in self._release

    def _load(self, table: str) -> pa.Table:
        source = self._release.whole(table)
        names = allowed()[table]["columns"]
        if table not in _MADE:
            return source.select(names)
        made = _MADE[table](self, source.to_pylist())
        rows = [{name: row[name] for name in names} for row in made if row is not None]
        return pa.Table.from_pylist(rows, schema=_schema(source.schema, names))

    @cached_property
    def _shown(self) -> reported.Figures:
        return reported.Figures(self._figures)

    def _status(self, rows: Rows) -> Rows:
        backlogs = {
            row["indicator_id"]: row["backlog_indicator_id"] for row in self.rows("indicators")
        }
        own = (row for row in rows if row["area_code"] == self._area)
        return (reported.status(row, self._shown, backlogs) for row in own)

    def _latest(self, rows: Rows) -> Rows:
        own = [row for row in rows if row["area_code"] == self._area]
        return reported.latest(own, [row.values for row in self.rows("indicator_status")])

    def _plan(self, rows: Rows) -> Rows:
        return (reported.plan_cell(row, self._shown) for row in rows)

    def _promises(self, rows: Rows) -> Rows:
        newest = [row.values for row in self.rows("indicator_latest")]
        return (reported.promise(row, self._shown, newest) for row in rows)

    def _actions(self, rows: Rows) -> Rows:
        return (reported.action(row, self._shown) for row in rows)

    def _restatements(self, rows: Rows) -> Rows:
        """Give those of the whole area.

        The file names totals that only stand beside corrected parts. An exact one is no correction;
        of a rounded one nobody is to know whether it stayed.
        """
        reasons = {tidy_csv.written(row[name] for name in KEY): row["reason"] for row in rows}
        read = csv.DictReader(io.StringIO(self._corrections.decode(), newline=""))
        for row in read:
            reason = reasons.get(tuple(row[name] for name in KEY))
            is_exact = self._shown.is_exact(row["indicator_id"], row["basis"])
            is_told = not is_exact or reason is not None or _is_another(row)
            if row["breakdown"] == "all" and is_told:
                yield reported.restatement(_dated(row), reason, self._shown)


_MADE = {
    "indicator_status": PublicTables._status,
    "indicator_latest": PublicTables._latest,
    "improvement_plan": PublicTables._plan,
    "improvement_plan_actions": PublicTables._actions,
    "roadmap": PublicTables._promises,
    "restatements": PublicTables._restatements,
}
"""Tables that hold figures: each is made anew from the public cube and the words of the release."""


def _is_another(row: Mapping[str, str]) -> bool:
    sides = ([row[f"{age}_value{end}"] for end in ("", "_symbol")] for age in ("old", "new"))
    return len({tuple(side) for side in sides}) > 1


def _dated(row: Mapping[str, str]) -> dict[str, Any]:
    ends = ("period_start", "period_end")
    return {**row, **{name: date.fromisoformat(row[name]) for name in ends}}


def _schema(source: pa.Schema, names: Sequence[str]) -> pa.Schema:
    own = {"rounded_to": pa.int64()}
    return pa.schema(
        [(name, own[name] if name in own else source.field(name).type) for name in names]
    )
