"""A part of a release goes into a schema of its own, whole, and is read back and compared."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pc
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from orchestration.publication.release import rendering
from orchestration.publication.serving.connection import NotServed
from orchestration.publication.serving.served_tables import Part, Table, read_csv

RELEASE = "this_release"
"""The table of one row that says which release a reader sees."""
_TYPES = {"DOUBLE": "double precision", "VARCHAR": "text"}
"""The other types of a release have one name in DuckDB and PostgreSQL."""
# With every value quoted and no null, an empty text and a missing one stay two things.
_QUOTED = pc.WriteOptions(include_header=False, quoting_style="all_valid")


def is_loaded(connection: Connection, part: Part) -> bool:
    """Whether the database holds a part: its schema appears with all its rows, or not at all."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select to_regnamespace(%s) is not null", [part.schema])
        return cursor.fetchone()[0]


def load(connection: Connection, part: Part) -> None:
    """Copy a part into its schema, in one transaction; no reader may look there.

    Raises:
        NotServed: a table, read back, is not the one that was released. Nothing is kept.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        rendering.in_memory(Path(folder)) as reader,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.SQL("create schema {}").format(sql.Identifier(part.schema)))
        for table in part.tables:
            _create(cursor, part.schema, table)
            _copy(cursor, part.schema, table, reader)
            _compare(cursor, part, table, reader, Path(folder))
        _name_release(cursor, part)


def _create(cursor: Cursor, schema: str, table: Table) -> None:
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_TYPES.get(kind, kind)))
        for name, kind in table.columns.items()
    ]
    place = sql.Identifier(schema, table.name)
    cursor.execute(sql.SQL("create table {} ({})").format(place, sql.SQL(", ").join(columns)))
    _comment(cursor, schema, table.name, table.description)
    for name, words in table.words.items():
        statement = sql.SQL("comment on column {} is {}")
        column = sql.Identifier(schema, table.name, name)
        cursor.execute(statement.format(column, sql.Literal(words)))


def _comment(cursor: Cursor, schema: str, table: str, words: str) -> None:
    place = sql.Identifier(schema, table)
    cursor.execute(sql.SQL("comment on table {} is {}").format(place, sql.Literal(words)))


def _copy(cursor: Cursor, schema: str, table: Table, reader: duckdb.DuckDBPyConnection) -> None:
    place = sql.Identifier(schema, table.name)
    statement = sql.SQL("copy {} from stdin (format csv, freeze)").format(place)
    for batch in table.read(reader).to_arrow_reader(rendering.BATCH_ROWS):
        written = io.BytesIO()
        pc.write_csv(pa.Table.from_batches([batch]), written, _QUOTED)
        written.seek(0)
        cursor.copy_expert(statement, written)
    cursor.execute(sql.SQL("analyze {}").format(place))


def _compare(
    cursor: Cursor, part: Part, table: Table, reader: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    """Read a table back: every cell must be the one of which the manifest has the hash."""
    path = folder / "read_back.csv"
    statement = sql.SQL("copy {} to stdout (format csv, force_quote *)")
    with path.open("wb") as file:
        cursor.copy_expert(statement.format(sql.Identifier(part.schema, table.name)), file)
    found = rendering.sorted_hash(read_csv(reader, path, table.columns, has_header=False))
    if found != (table.content_hash or rendering.sorted_hash(table.read(reader))):
        raise NotServed(
            f"Table {table.name}, read back from the database, is not that of release "
            f"{part.release_id}. Check the release (`lasp verify {part.release_id}`), and restore "
            "it from backup if that finds a change; otherwise report the table."
        )


def _name_release(cursor: Cursor, part: Part) -> None:
    """Say in a table of one row which release it is, and that invented data are invented."""
    place = sql.Identifier(part.schema, RELEASE)
    cursor.execute(
        sql.SQL(
            "create table {} as select %s::text as release_id, %s::date as as_at, "
            "%s::boolean as is_provisional, %s::boolean as is_synthetic, %s::text as note"
        ).format(place),
        [part.release_id, *(part.facts[name] for name in _FACTS)],
    )
    _comment(cursor, part.schema, RELEASE, "One row: the release that the other tables are of.")
    for name, words in _RELEASE_WORDS.items():
        column = sql.Identifier(part.schema, RELEASE, name)
        cursor.execute(sql.SQL("comment on column {} is {}").format(column, sql.Literal(words)))


_FACTS = ("as_at", "is_provisional", "is_synthetic", "note")
_RELEASE_WORDS = {
    "release_id": "Month and revision, such as 2025-05/r1.",
    "as_at": "Date of knowledge: what became known later is not in the release.",
    "is_provisional": "True if deliveries of the month may still come.",
    "is_synthetic": "True if the data are invented.",
    "note": "What every use of the figures must say. Null: nothing.",
}
