"""Which files are one delivery: one file, or one CSV a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ingest.contracts import contract_for
from ingest.door.names import claimed_by_name, documented_parts, is_manifest, stem_of, table_of
from ingest.refusals import Refused


def gathered(paths: Iterable[Path]) -> list[list[Path]]:
    """The files of ``paths`` by delivery, in the order of their names; manifests go with them.

    A file of a set brings the others that lie beside it.
    """
    found: dict[tuple[Path, str], set[Path]] = {}
    for path in paths:
        if is_manifest(path):
            continue
        name = stem_of(path) if documented_parts(path) else path.name
        members = found.setdefault((path.parent, name), {path})
        members.add(path)
        if table_of(path):
            members.update(p for p in path.parent.iterdir() if table_of(p) and stem_of(p) == name)
    return [sorted(members) for members in found.values()]


def grouped(paths: Iterable[Path]) -> list[list[Path]]:
    """``paths`` by delivery, in the order of their names, from the names alone; no manifests."""
    found: dict[tuple[Path, str], list[Path]] = {}
    for path in sorted(path for path in paths if not is_manifest(path)):
        name = stem_of(path) if documented_parts(path) else path.name
        found.setdefault((path.parent, name), []).append(path)
    return [*found.values()]


def missing_tables(paths: Sequence[Path]) -> list[str]:
    """Tables that a set of files lacks; none where a file holds the whole delivery."""
    if not all(table_of(path) for path in paths):
        return []
    feed, _, month = claimed_by_name(paths[0])
    try:
        tables = contract_for(feed, month).tables
    except Refused:  # a month without a contract: the door says so
        return []
    own = {table_of(path) for path in paths}
    return [table.name for table in tables if not table.is_optional and table.name not in own]
