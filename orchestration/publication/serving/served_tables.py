"""What the database is to show: the tables of the current releases, with their descriptions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingest.store.durable import sha256_of
from orchestration.publication.release import history, rendering
from orchestration.publication.release.approvals import CURRENT
from orchestration.publication.serving.connection import NotServed

INTERNAL, PUBLIC = "internal", "public"
_CSVW_TYPES = {
    "string": "VARCHAR",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "date": "DATE",
    "boolean": "BOOLEAN",
}


@dataclass(frozen=True)
class Table:
    """One table: where its rows are, and what they are.

    ``content_hash`` is the manifest's; None where the manifest has the sha256 of the file.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    """Type in DuckDB by name, in their order."""
    words: Mapping[str, str]
    """Descriptions of the columns."""
    files: Sequence[Path]
    content_hash: str | None = None

    def read(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
        """Give the rows, typed."""
        if self.content_hash:
            return connection.read_parquet([str(path) for path in self.files])
        return read_csv(connection, self.files[0], self.columns, has_header=True)


def read_csv(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    columns: Mapping[str, str],
    *,
    has_header: bool,
) -> duckdb.DuckDBPyRelation:
    """Read a CSV file whose columns are known; where nothing stands between commas is null."""
    return connection.sql(
        "select * from read_csv(?, columns = ?, header = ?, auto_detect = false, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, parallel = false)",
        params=[str(path), dict(columns), has_header],
    )


@dataclass(frozen=True)
class Part:
    """The internal or the public part of a release, as the database shows it."""

    name: str
    release_id: str
    schema: str
    """Where its tables lie; it names the bytes of the manifest too."""
    facts: Mapping[str, Any] = field(repr=False)
    """What the manifest says of the release."""
    tables: Sequence[Table] = field(repr=False)

    @property
    def area(self) -> str:
        """Code of the area that it is about."""
        return self.facts["partnership"]["local_area"]


def wanted(home: Path) -> dict[str, Part | None]:
    """Give what the links of the data folder point to; None where a link is missing."""
    return {INTERNAL: _internal(_linked(home, "current")), PUBLIC: _public(_linked(home, CURRENT))}


def _linked(home: Path, name: str) -> history.ReleaseRecord | None:
    link = home / "releases" / name
    if not link.is_symlink():
        return None
    return history.release(home, "/".join(link.readlink().parts[:2]))


def _internal(record: history.ReleaseRecord | None) -> Part | None:
    """The tables of marts.duckdb: the descriptions travel in that file, the rows in Parquet."""
    if record is None:
        return None
    database = f"internal/{rendering.DATABASE}"
    sources = record.manifest["files"][database]["rendered_from"]
    described = _described(record.path / database)
    tables = [
        Table(
            name=name,
            columns=described[name].columns,
            description=described[name].description,
            words=described[name].words,
            files=[record.path / file for file in facts["files"]],
            content_hash=facts["content_hash"],
        )
        for name, facts in sorted(sources.items())
    ]
    return _part(INTERNAL, record, tables)


@dataclass(frozen=True)
class _Described:
    description: str
    columns: dict[str, str]
    words: dict[str, str]


def _described(database: Path) -> dict[str, _Described]:
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.sql("select table_name, comment from duckdb_tables()").fetchall()
        columns = connection.sql(
            "select table_name, column_name, data_type, comment from duckdb_columns() "
            "where not internal order by table_name, column_index"
        ).fetchall()
    found = {name: _Described(comment or "", {}, {}) for name, comment in tables}
    for table, name, kind, comment in columns:
        found[table].columns[name] = kind
        found[table].words[name] = comment or ""
    return found


def _public(record: history.ReleaseRecord | None) -> Part | None:
    """The public CSV files that have metadata of CSV on the Web: types and words are theirs."""
    if record is None:
        return None
    suffix = ".csv-metadata.json"
    tables = []
    for name in record.public_names:
        if name.endswith(suffix):
            _refuse_other_bytes(record, name)
            file = name.removesuffix("-metadata.json")
            _refuse_other_bytes(record, file)
            tables.append(_csv(record.path / file, record.path / name))
    return _part(PUBLIC, record, tables)


def _csv(file: Path, metadata: Path) -> Table:
    said = json.loads(metadata.read_text("utf-8"))
    columns = said["tableSchema"]["columns"]
    return Table(
        name=file.stem,
        description=said["dc:description"],
        columns={one["name"]: _CSVW_TYPES[_base(one["datatype"])] for one in columns},
        words={one["name"]: one["dc:description"] for one in columns},
        files=[file],
    )


def _base(datatype: str | Mapping[str, Any]) -> str:
    return datatype if isinstance(datatype, str) else datatype["base"]


def _refuse_other_bytes(record: history.ReleaseRecord, name: str) -> None:
    """Of Parquet files the content is compared once it is in the database; of these the bytes."""
    if sha256_of(record.path / name) != record.manifest["files"][name]["sha256"]:
        raise NotServed(
            f"{name} of release {record.release_id} is not what was released. Restore it from "
            "backup, or withdraw the release."
        )


def _part(name: str, record: history.ReleaseRecord, tables: Sequence[Table]) -> Part:
    made = sha256_of(record.path / history.MANIFEST)[:8]
    month = record.month.replace("-", "_")
    schema = f"lasp_{name}_{month}_r{record.revision}_{made}"
    return Part(name, record.release_id, schema, record.manifest, tables)
