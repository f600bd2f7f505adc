"""Unmistakable identifiers, and a search for them in everything that a data folder holds."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

MAY_HOLD_THEM = ("inbox", "landing")
"""The folders of the senders' own bytes; quarantine/ holds numbers and rules, and is searched."""


@dataclass(frozen=True)
class Place:
    """Somewhere that was searched: a file, or a table or archive member in one."""

    name: str
    found: tuple[str, ...]


def search(home: Path, canaries: Iterable[str], *texts: tuple[str, str]) -> list[Place]:
    """Search every file below ``home`` outside the senders' own, and named texts such as stdout."""
    wanted = {canary: canary.encode() for canary in canaries}
    places = [_place(name, text.encode(), wanted) for name, text in texts]
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if path.is_symlink() or not path.is_file() or name.split("/")[0] in MAY_HOLD_THEM:
            continue
        places += [_place(part, data, wanted) for part, data in _contents(path, name)]
        places.append(_place(f"name of {name}", name.encode(), wanted))
    return places


def _place(name: str, data: bytes, wanted: dict[str, bytes]) -> Place:
    folded = data.lower()
    return Place(name, tuple(c for c, raw in wanted.items() if raw.lower() in folded))


def _contents(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file, and what they say once unpacked: compression hides a canary."""
    data = path.read_bytes()
    yield name, data
    if data.startswith(b"PAR1"):
        yield f"{name} (rows)", _parquet_text(path)
    elif data.startswith(b"SQLite format 3"):
        yield from ((f"{name} ({table})", text) for table, text in _sqlite_text(path))
    elif data[8:12] == b"DUCK":
        yield from ((f"{name} ({table})", text) for table, text in _duckdb_text(path))
    elif data.startswith(b"\x1f\x8b"):
        yield f"{name} (unpacked)", gzip.decompress(data)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from ((f"{name} ({part})", archive.read(part)) for part in archive.namelist())


def _parquet_text(path: Path) -> bytes:
    table = pq.read_table(path)
    words = [str(table.schema)]
    words += ["\n".join(map(str, column.to_pylist())) for column in table.columns]
    return "\n".join(words).encode()


def _sqlite_text(path: Path) -> Iterator[tuple[str, bytes]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in names:
            rows = database.execute(f'select * from "{table}"').fetchall()
            yield table, "\n".join(str(cell) for row in rows for cell in row).encode()


def _duckdb_text(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as database:
        tables = database.execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
        ).fetchall()
        for place in tables:
            quoted = ".".join(f'"{part}"' for part in place)
            rows = database.execute(f"select * from {quoted}").fetchall()
            yield ".".join(place), "\n".join(str(cell) for row in rows for cell in row).encode()
