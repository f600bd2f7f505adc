"""The small release of the report as everybody sees it: exact, rounded, hidden, absent figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from orchestration.publication import public, report
from orchestration.publication.public.allowed_tables import PublicTables, allowed
from orchestration.publication.public.cube import KEY
from orchestration.publication.release.rendering import tables_of
from tests.worlds import public_release, report_pages, report_world
from tests.worlds.report_pages import Element, Release
from tests.worlds.report_world import (
    AVERAGE,
    FACTS,
    LATE,
    LOCAL_AREA,
    LONG,
    MEDIAN,
    RATE,
    VISITS,
    WAITING,
    World,
)

RULES = {
    WAITING: "SR1", MEDIAN: "SR2", LONG: "SR2", AVERAGE: "SR2", RATE: "SR2", LATE: "SR2",
    VISITS: "SR2C",
}  # fmt: skip
"""Indicators whose figures the public sees rounded, by rule; all others are exact."""
FEW = ((LONG, 0, 12), (AVERAGE, 6, 4), (VISITS, 0, 65))
"""Figures over few cases, or of which few are left over: indicator, months before the newest,
cases. They are hidden."""


@dataclass(frozen=True)
class Made:
    """Public files by name, and the tables that the pages among them were made from."""

    files: Mapping[str, bytes]
    tables: PublicTables

    @property
    def pages(self) -> dict[str, str]:
        """The pages of the report by name."""
        return {
            name.removeprefix("report/"): data.decode()
            for name, data in self.files.items()
            if name.startswith("report/")
        }

    def csv(self, name: str) -> list[dict[str, str]]:
        """The rows of a public table."""
        return list(csv.DictReader(io.StringIO(self.files[name].decode(), newline="")))

    def write_tables(self, folder: Path) -> dict[str, list[Path]]:
        """Write the public tables as Parquet, for a reader of its own."""
        found = {name: folder / f"{name}.parquet" for name in allowed() if name in self.tables}
        for name, path in found.items():
            pq.write_table(self.tables.whole(name), path)
        return {name: [path] for name, path in found.items()}


def world() -> World:
    """The tables of the release, the figures of the cube among them."""
    made = report_world.world()
    figures = {_key(row): _countable(row) for row in made["indicator_status"]}
    for row in (*made["indicator_status"], *made["indicator_latest"]):
        row |= figures[_key(row)]
    for row in made["indicators"]:
        kinds = {one[2] for one in figures if one[0] == row["indicator_id"]}
        row |= {"suppression_rule": RULES.get(row["indicator_id"], "SR0")}
        row |= {"period_types": "; ".join(sorted(kinds))}
    made["indicator_values"] = [_value(row) for row in made["indicator_status"]]
    made["areas"] = public_release.rows()["areas"]
    _name_figures(made)
    return made


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["indicator_id"], row["basis"], row["period_type"], row["period_end"]


def _countable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the parts of a figure as marts hold them: a count has no base, a rate has a part."""
    value = row["value"]
    if value is None or row["basis"] == "published":
        return {"numerator": None, "denominator": None}
    if row["unit"] == "count":
        return {"numerator": Decimal(int(value)), "denominator": None}
    if row["unit"] == "rate_per_100":
        part = round(4 * value)
        return {"numerator": Decimal(part), "denominator": Decimal(400), "value": part / 4}
    few = {report_world.month_end(ago): cases for name, ago, cases in FEW if name == _key(row)[0]}
    cases = few.get(row["period_end"], row["denominator"])
    part = row["numerator"] if row["numerator"] is None else Decimal(row["numerator"])
    return {"numerator": part, "denominator": Decimal(cases)}


def _name_figures(made: World) -> None:
    """Let plan, promises and actions say which figures stand beside them, as marts do."""
    values = {_key(row): row["value"] for row in made["indicator_status"]}
    for row in made["improvement_plan"]:
        key = (row["indicator_id"], "local", "month", row["period_end"])
        row |= {"actual_period_type": "month", "actual_value": values.get(key)}
    for row in made["roadmap"]:
        key = (row["indicator_id"], "local", "month", row["period_end"])
        row |= {"indicator_ids": row["indicator_id"], "actual_value": values.get(key)}
    for row in made["improvement_plan_actions"]:
        named = (row.get("better_ids"), row.get("worse_ids"))
        row["indicator_ids"] = "; ".join(one for one in named if one)


def made_of(folder: Path, world: World) -> Made:
    """Make the public part of a release of these tables."""
    tables = report.Tables(report_world.write(folder, world))
    edition = public.edition(tables, FACTS)
    files = public.render(edition, _before(folder, tables, world), tables)
    with report_world.drawn_once():
        files |= public.pages(edition, files, tables)
    corrections = files["restatements.csv"]
    return Made(files, PublicTables(tables, edition.figures, corrections, LOCAL_AREA))


def of_release(folder: Path, tables: Path) -> tuple[dict[str, Element], Release]:
    """Read the public report of a release; the public tables are written to ``tables``."""
    manifest = json.loads((folder / "MANIFEST.json").read_text("utf-8"))
    of_release, facts = tables_of(folder, manifest), report.Facts.of(manifest)
    left_out = {tuple(one) for one in manifest["public"]["left_out"]}
    figures = public.edition(of_release, facts, left_out).figures
    corrections = (folder / "public/restatements.csv").read_bytes()
    area = facts.partnership["local_area"]
    made = Made({}, PublicTables(of_release, figures, corrections, area))
    found = sorted((folder / "public/report").glob("*.html"))
    pages = {path.name: report_pages.read(path.read_text("utf-8")) for path in found}
    return pages, Release(made.write_tables(tables), manifest, pages)


def _before(folder: Path, tables: report.Tables, world: World) -> public.Before:
    """The release before: what is restated since stood there with its former value."""
    earlier = folder / "before"
    former = {tuple(row[name] for name in KEY): row for row in world["restatements"]}
    values = []
    for row in world["indicator_values"]:
        change = former.get(tuple(row[name] for name in KEY))
        old = {} if change is None else {"value": change["old_value"]}
        if old and row["denominator"] is None:
            old["numerator"] = Decimal(int(change["old_value"]))
        values.append(row | old)
    old_tables = report.Tables(report_world.write(earlier, world | {"indicator_values": values}))
    shown = public.edition(old_tables, replace(FACTS, release_id="2025-09/r1"))
    for name, data in public.render(shown, None, old_tables).items():
        path = earlier / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    restated = public.restated(old_tables, tables, LOCAL_AREA)
    return public.Before("2025-09/r1", earlier, frozenset(restated))


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    """The figure behind a row of ``indicator_status``."""
    names = report_world.schemas()["indicator_values"].names
    return {name: row.get(name) for name in names} | {"breakdown": "all", "breakdown_value": "all"}
