"""What a release holds beside its Parquet files is rendered from them, and can be rendered again.

``marts.duckdb`` has the same rows and nothing else. Its bytes differ at every writing, so it is
compared, and recorded, by the content of its tables. The report has the same bytes at every
rendering by one version of the code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.publication import public, report
from orchestration.publication.release.history import ReleaseRecord

DATABASE = "marts.duckdb"
BATCH_ROWS = 100_000  # of a million rows, so that they are never in memory twice


class Rendered(NamedTuple):
    """The bytes of each rendered file, and the files of each table that was read for them.

    Names are as in the manifest: relative to the release's folder.
    """

    files: dict[str, bytes]
    sources: dict[str, list[str]]


def report_of(folder: Path, manifest: Mapping[str, Any]) -> Rendered:
    """Render the report of a release from the Parquet files in its folder.

    Raises what rendering raises; nothing is written.
    """
    tables = tables_of(folder, manifest)
    rendered = report.render(tables, report.Facts.of(manifest))
    return _from(tables, folder, {f"internal/{name}": rendered[name] for name in sorted(rendered)})


def _from(tables: report.Tables, folder: Path, files: dict[str, bytes]) -> Rendered:
    sources = {
        table: [path.relative_to(folder).as_posix() for path in paths]
        for table, paths in tables.sources().items()
    }
    return Rendered(files, sources)


def tables_of(folder: Path, manifest: Mapping[str, Any]) -> report.Tables:
    """Give the tables of a release, read from its Parquet files when they are asked for."""
    files: dict[str, list[Path]] = {}
    for name, facts in manifest["files"].items():
        if facts["table"]:
            files.setdefault(facts["table"], []).append(folder / name)
    return report.Tables(files)


class PublicSources(NamedTuple):
    """What the public part of a release is made from."""

    tables: report.Tables
    facts: report.Facts
    before: public.Before | None

    @classmethod
    def of(
        cls, folder: Path, manifest: Mapping[str, Any], before: ReleaseRecord | None
    ) -> PublicSources:
        """Take a release, and the one that the public had before it."""
        tables, facts = tables_of(folder, manifest), report.Facts.of(manifest)
        known = None
        if before is not None:
            earlier = tables_of(before.path, before.manifest)
            corrected = public.restated(earlier, tables, facts.partnership["local_area"])
            known = public.Before(before.release_id, before.public, frozenset(corrected))
        return cls(tables, facts, known)

    def edition(self, left_out: Collection[public.Name]) -> public.Edition:
        """Cut the public cube, without the figures that would give something away."""
        return public.edition(self.tables, self.facts, left_out)


def public_of(sources: PublicSources, edition: public.Edition, folder: Path) -> Rendered:
    """Render the public part of the release in ``folder``."""
    made = public.render(edition, sources.before, sources.tables)
    made |= public.pages(edition, made, sources.tables)
    files = {f"{public.FOLDER}/{name}": made[name] for name in sorted(made)}
    return _from(sources.tables, folder, files)


def content_hash(rows: pa.Table | pa.RecordBatchReader) -> str:
    """sha256 over a table's column names, kinds, nulls and values, rows in the order given.

    The width of a type and the size of batches do not count: what is read from DuckDB and from
    Parquet hashes alike when the rows are alike.
    """
    columns = [(field, _kind(field)) for field in rows.schema]
    parts = [tuple(hashlib.sha256() for _ in range(3)) for _ in columns]
    row_count = 0
    for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
        row_count += batch.num_rows
        for (_, kind), column, hashers in zip(columns, batch.columns, parts, strict=True):
            for hasher, data in zip(hashers, _canonical(kind, column), strict=True):
                hasher.update(data)
    digest = hashlib.sha256(str(row_count).encode())
    for (field, kind), hashers in zip(columns, parts, strict=True):
        digest.update(f"\n{field.name}\t{kind}\n".encode())
        digest.update(b"".join(hasher.digest() for hasher in hashers))
    return digest.hexdigest()


def parquet_hashes(folder: Path, files: Mapping[str, Sequence[str]], spill: Path) -> dict[str, str]:
    """Hash the content of each table from its Parquet files (names by table), rows sorted."""
    with in_memory(spill) as connection:
        return {
            table: sorted_hash(
                connection.read_parquet([str(folder / name) for name in sorted(names)])
            )
            for table, names in sorted(files.items())
        }


def database_hashes(path: Path, spill: Path) -> dict[str, str]:
    """Hash the content of each table of a DuckDB file, rows sorted; the file is only read."""
    quoted = str(path).replace("'", "''")
    with in_memory(spill) as connection:
        connection.execute(f"attach '{quoted}' as rendering (read_only)")
        names = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'rendering' order by 1"
        ).fetchall()
        return {name: sorted_hash(connection.sql(f'from rendering."{name}"')) for (name,) in names}


def in_memory(spill: Path) -> duckdb.DuckDBPyConnection:
    """Open DuckDB; ``spill`` takes what sorting needs beyond 512 MB, and is another process's
    never: five million official cells take 5 GB."""
    config = {"temp_directory": str(spill), "memory_limit": "512MB"}
    return duckdb.connect(":memory:", config=config)


def sorted_hash(rows: duckdb.DuckDBPyRelation) -> str:
    """Rows are sorted by every column: a table split over files has no order of its own."""
    return content_hash(rows.order("all").to_arrow_reader(BATCH_ROWS))


def _kind(field: pa.Field) -> str:
    for kind, (is_kind, _, _) in _KINDS.items():
        if is_kind(field.type):
            return kind
    raise TypeError(f"Column {field.name}: a release does not know how to compare {field.type}.")


def _canonical(kind: str, column: pa.Array) -> tuple[bytes, bytes, bytes]:
    """Give a column's nulls, its values (of texts: their lengths) and its characters, as bytes."""
    _, target, filler = _KINDS[kind]
    values = pc.fill_null(column.cast(target), filler)
    valid = _bytes(pc.is_valid(column).cast(pa.uint8()))
    if target == pa.large_string():
        return valid, _bytes(pc.binary_length(values)), _characters(values)
    return valid, _bytes(values), b""


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _bytes(values: pa.Array) -> bytes:
    return values.to_numpy(zero_copy_only=False).tobytes()


def _characters(texts: pa.Array) -> bytes:
    """Give the characters of a large_string array as they stand in memory, one after another."""
    _, offsets, characters = texts.buffers()
    if characters is None or not len(texts):
        return b""
    bounds = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return characters[int(bounds[0]) : int(bounds[-1])].to_pybytes()


# The widest type of each kind of column, and what stands in the place of a null beside its mark.
_KINDS = {
    "truth": (pa.types.is_boolean, pa.uint8(), 0),
    "integer": (pa.types.is_integer, pa.int64(), 0),
    "number": (pa.types.is_floating, pa.float64(), 0.0),
    "decimal": (pa.types.is_decimal, pa.large_string(), ""),
    "date": (pa.types.is_date32, pa.int32(), 0),
    "time": (pa.types.is_timestamp, pa.int64(), 0),
    "text": (_is_text, pa.large_string(), ""),
}
