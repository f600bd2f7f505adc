"""Readers of releases, as tools are: of the files and of the database, again and again.

``python -m tests.worlds.readers HOME STOP ADDRESS COUNT`` runs until the file STOP appears, and
prints what each reader saw as one line of JSON. Without address and count one reader does nothing
but ask where the links point to, hundreds of thousands of times a second.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb
import psycopg2
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

MARKS = (
    "select max(release_id) from {}releases",
    "select max(message) from {}quality_findings where rule_id = 'RELEASE'",
    "select max(file_names) from {}submissions where feed = 'nd_pathway'",
)
"""Three tables that hold the name of their release (``tests.publication.serving``)."""


@dataclass
class Seen:
    """What a reader saw: each release once, in order, how often it read, what was wrong."""

    releases: list[str] = field(default_factory=list)
    reads: int = 0
    wrong: list[str] = field(default_factory=list)

    def take(self, what: str, marks: set[str]) -> None:
        """Take what one reading found: the marks of its tables."""
        self.reads += 1
        if len(marks) != 1:
            self.wrong.append(f"{what}: a mixture of {sorted(map(str, marks))}")
            return
        (release,) = marks
        if release in self.releases[:-1]:
            self.wrong.append(f"{what}: back to {release}")
        elif release not in self.releases:
            self.releases.append(release)


def database_file(home: Path) -> set[str]:
    """A tool that opens one file by its name, through the link."""
    path = home / "releases/current/internal/marts.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return {connection.execute(mark.format("")).fetchone()[0] for mark in MARKS}


def parquet(home: Path) -> set[str]:
    """A program that resolves the link once, and then reads several files."""
    folder = (home / "releases/current").resolve(strict=True)
    marks = {json.loads((folder / "MANIFEST.json").read_text("utf-8"))["release_id"]}
    releases, findings = (
        pq.read_table(folder / f"internal/{name}.parquet").to_pylist()
        for name in ("releases", "quality_findings")
    )
    marks.add(max(row["release_id"] for row in releases))
    return marks | {row["message"] for row in findings if row["rule_id"] == "RELEASE"}


def public_file(home: Path) -> set[str]:
    """A program that reads what everybody may see."""
    folder = (home / "releases/current-public").resolve(strict=True)
    manifest = json.loads((folder.parent / "MANIFEST.json").read_text("utf-8"))
    content = hashlib.sha256((folder / "indicators.csv").read_bytes()).hexdigest()
    is_its = content == manifest["files"]["public/indicators.csv"]["sha256"]
    return {manifest["release_id"]} if is_its else {manifest["release_id"], "other bytes"}


def statement(connection: Connection) -> set[str]:
    """One statement over several tables."""
    connection.set_session(isolation_level="READ COMMITTED")
    columns = ", ".join(f"({mark.format('lasp_internal.')})" for mark in MARKS)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"select {columns}, (select release_id from lasp_public.this_release)")
        return set(cursor.fetchone())


def transaction(connection: Connection) -> set[str]:
    """Several statements of one transaction that repeats what it reads."""
    connection.set_session(isolation_level="REPEATABLE READ")
    found = set()
    with connection, connection.cursor() as cursor:
        for mark in MARKS:
            cursor.execute(mark.format("lasp_internal."))
            found.add(cursor.fetchone()[0])
        cursor.execute("select release_id from lasp_public.this_release")
        return found | {cursor.fetchone()[0]}


def _read(home: Path, address: str, stop: Path) -> Iterator[dict]:
    """Read in turn until it is enough; gives what was seen in files and in the database."""
    files, base = Seen(), Seen()
    with psycopg2.connect(address) as connection:
        pass
    turns: list[tuple[Seen, Callable[[], set[str]]]] = [
        (files, lambda: database_file(home)),
        (base, lambda: statement(connection)),
        (files, lambda: parquet(home)),
        (base, lambda: transaction(connection)),
        (Seen(), lambda: public_file(home)),
    ]
    public = turns[-1][0]
    while not stop.exists():
        for seen, look in turns:
            try:
                marks = look()
            except Exception as error:
                seen.wrong.append(f"{type(error).__name__}: {error}")
            else:
                seen.take(f"reading {seen.reads + 1}", marks)
            time.sleep(0.1)  # a reader looks at what it has read; two cores are for all
    connection.close()
    yield from (asdict(seen) for seen in (files, base, public))


def _links(home: Path, stop: Path) -> Seen:
    """Ask for nothing but the links: a moment without one is too short for who reads files."""
    seen, folder, names = Seen(), home / "releases", ("current", "current-public")
    while not stop.exists():
        for name in names * 500:
            seen.reads += 1
            try:
                os.readlink(f"{folder}/{name}")  # noqa: PTH115 - a Path costs ten times as long
            except OSError as error:
                seen.wrong.append(f"{name}: {type(error).__name__}")
    return seen


if __name__ == "__main__":
    os.nice(10)  # on two cores the publisher comes first
    home, stop, *database = sys.argv[1:]
    if not database:
        print(json.dumps(asdict(_links(Path(home), Path(stop)))))
        sys.exit()
    address, count = database[0], int(database[1])
    with ThreadPoolExecutor(count) as pool:
        readers = [
            pool.submit(lambda: list(_read(Path(home), address, Path(stop)))) for _ in range(count)
        ]
        print(json.dumps([reader.result() for reader in readers]))
