"""What everybody gets of a release: figures that tell nothing of a child, and an attack on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from orchestration.publication import report
from orchestration.publication.public import (
    accessible,
    audit,
    byte_search,
    cube,
    described,
    dictionary,
    ees,
    metadata,
    open_contract,
    rules,
    tidy_csv,
)
from orchestration.publication.public.allowed_tables import PublicTables
from orchestration.publication.public.audit import Finding
from orchestration.publication.public.byte_search import Found
from orchestration.publication.public.cube import Name, Public
from orchestration.publication.report import Facts, Tables

__all__ = [
    "FOLDER",
    "Before",
    "Edition",
    "Finding",
    "Name",
    "attack",
    "edition",
    "identifiers_in",
    "pages",
    "render",
    "restated",
    "tidy",
    "to_leave_out",
    "usefulness",
]

FOLDER = "public"
"""Where the public part of a release lies, below the release's folder."""
OF_THE_CATALOGUE = (
    "suppression_rule",
    "unit",
    "aggregation",
    "snapshot",
    "period_types",
    "short_title",
    "is_headline",
)
"""What the cube asks of the catalogue about each indicator."""


@dataclass(frozen=True)
class Edition:
    """The public cube of one release."""

    facts: Facts
    figures: Sequence[Public]


@dataclass(frozen=True)
class Before:
    """The public release before, and the figures that were corrected since it was made."""

    release_id: str
    folder: Path
    restated: frozenset[tuple[str, ...]]


def restated(before: Tables, now: Tables, area: str) -> set[tuple[str, ...]]:
    """Give the keys of an area's figures of which another release showed other counts.

    A figure comes with all parts of its breakdowns, and they with it: a part that is not named
    would be known to have stayed, and what the others grew by would tell of it.
    """
    old, new = _counts(before, area), _counts(now, area)
    groups = {key[:-2] for key in old.keys() & new.keys() if old[key] != new[key]}
    groups |= {key[:-2] for key in old.keys() ^ new.keys() if key[-2] != "all"}
    return {tidy_csv.written(key) for key in new if key[:-2] in groups}


def _counts(tables: Tables, area: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What a reader could be shown of each figure of an area, by its key."""
    figures = tables.whole("indicator_values")
    own = figures.filter(pc.equal(figures["area_code"], area))
    keys, cells = (
        zip(*(own[name].to_pylist() for name in names), strict=True)
        for names in (cube.KEY, (*cube.PARTS, "value", "value_status"))
    )
    return dict(zip(keys, cells, strict=True))


def edition(tables: Tables, facts: Facts, left_out: Collection[Name] = ()) -> Edition:
    """Cut the public cube of the local area from the tables of a release."""
    catalogue = {
        row["indicator_id"]: {name: row[name] for name in OF_THE_CATALOGUE}
        for row in tables.rows("indicators")
    }
    rows = tables.rows("indicator_values", area_code=facts.partnership["local_area"])
    figures = [dict(row.values) | catalogue[row["indicator_id"]] for row in rows]
    return Edition(facts, cube.cut(figures, left_out))


def to_leave_out(now: Edition, found: Iterable[Finding]) -> set[Name]:
    """Name the rounded figures of a cube that an attack found to give something away."""
    names = {cube.named(one.key) for one in found}
    return {cube.named(one.key) for one in now.figures if not one.is_exact} & names


def tidy(now: Edition, before: Before | None) -> dict[str, bytes]:
    """Write the figures and what was corrected: all that an attack reads."""
    shown: tidy_csv.Shown = {}
    revised: set[tidy_csv.Key] = set()
    these: list[Public] = []
    if before:
        shown = tidy_csv.shown_in(before.folder / audit.FIGURES)
        these = tidy_csv.corrected(now.figures, shown, before.restated)
        revised = tidy_csv.revised_in(before.folder / audit.FIGURES)
        revised |= {tidy_csv.written(one.key) for one in these}
    old, new = before.release_id if before else "", now.facts.release_id
    return {
        audit.FIGURES: tidy_csv.figures(now.figures, revised),
        audit.RESTATEMENTS: tidy_csv.restatements(these, shown, old, new),
    }


def render(now: Edition, before: Before | None, tables: Tables) -> dict[str, bytes]:
    """Render every public file but the report, by its name below ``public/``.

    Args:
        now: the public cube.
        before: what the public had before.
        tables: of the release: what ``allowed_tables.yaml`` names of them is read.
    """
    made = tidy(now, before)
    shown = _tables(now, made, tables)
    made |= ees.render(now.figures, shown, now.facts)
    made |= {
        accessible.FILE: accessible.render(now.figures, made[audit.RESTATEMENTS], shown, now.facts)
    }
    about = {open_contract.FILE: open_contract.render(now.facts)} | {
        f"{table.file}-metadata.json": metadata.csv_on_the_web(table, now.facts)
        for table in described.tables()
    }
    beside = [*made, *about, metadata.PACKAGE]
    page = dictionary.render(now.figures, shown, now.facts, beside)
    made |= {dictionary.FILE: page}
    package = metadata.data_package(now.figures, made, now.facts)
    return made | about | {metadata.PACKAGE: package}


def pages(now: Edition, made: Mapping[str, bytes], tables: Tables) -> dict[str, bytes]:
    """Render the public report, by the names of its pages below ``public/``.

    Args:
        now: the public cube.
        made: the other public files, by name: pages lead to them, and corrections come from there.
        tables: of the release.
    """
    return report.render(_tables(now, made, tables), now.facts, report.public(sorted(made)))


def _tables(now: Edition, made: Mapping[str, bytes], tables: Tables) -> PublicTables:
    area = now.facts.partnership["local_area"]
    return PublicTables(tables, now.figures, made[audit.RESTATEMENTS], area)


def identifiers_in(files: Mapping[str, bytes], submissions: Collection[str]) -> list[Found]:
    """Find what names a person or a delivery in the bytes of public files, by their name."""
    return byte_search.search(files, submissions)


def attack(seen: Iterable[Path]) -> audit.Attack:
    """Read the public releases that everybody has, in the order of publication.

    What definitions say of counts of each other is as public as the figures.
    """
    relations = [audit.Relation(**one) for one in cube.layout()["relations"]]
    return audit.Attack(seen, SYMBOLS, relations)


SYMBOLS: Mapping[str, tuple[int, int]] = {
    rule.symbol: (0 if rule.hides_zero else 1, rules.LEAST_SHOWN - 1)
    for rule in rules.RULES.values()
}
"""What a count can be for which a symbol stands: the legend of the public files says the same."""


def usefulness(now: Edition) -> dict[str, Any]:
    """Say how much of the figures the public sees: for the manifest.

    Headline figures of service performance that are shown, other counts of the whole area that
    are shown, each as a share of those that there are; and by how much rounding moves a count.
    """
    whole = [
        one
        for one in now.figures
        if (one.figure["basis"], one.figure["breakdown"]) == ("local", "all")
        and one.figure["value_status"] == "value"
    ]
    headline = [
        one
        for one in whole
        if one.figure["is_headline"] and one.figure["suppression_rule"] == cube.EXACT
    ]
    counts = [
        (float(one.figure[part]), getattr(one, part).value)
        for one in whole
        if not one.is_exact
        for part in cube.PARTS
        if one.figure[part] is not None and getattr(one, part).symbol != rules.NOT_APPLICABLE
    ]
    shown = [(true, value) for true, value in counts if value is not None]
    return {
        "service_performance_shown_pct": _share(
            sum(one.value.value is not None for one in headline), len(headline)
        ),
        "other_counts_shown_pct": _share(len(shown), len(counts)),
        "mean_rounding_error": round(sum(abs(t - v) for t, v in shown) / max(len(shown), 1), 2),
        "figures": len(now.figures),
    }


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
