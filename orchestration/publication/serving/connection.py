"""A connection to the serving database; what goes wrong is said without address or cell.

dagster-postgres brings psycopg2. Measured on a release of 290,000 rows, COPY through it takes 0.7 s
of CPU, and ADBC 0.4 s. But ADBC chooses the types itself (numeric without scale), cannot freeze the
rows as it copies, and would be two more packages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from ingest.refusals import InWords

_CONNECT_SECONDS = 10
_LONGEST_STATEMENT = "15min"
"""A server that hangs must not hold a run for ever; five million cells are copied in parts."""
_LOST = {"keepalives_idle": 30, "keepalives_interval": 10, "tcp_user_timeout": 60_000}
"""Nor must one that went away: the system would wait for two hours."""
_LOCK = 5_020_617
"""Of this database, held by whoever loads: two data folders must not load at once."""


class NotServed(InWords):
    """The database does not show what it should; no release has changed."""


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    """Connect, alone among those who load.

    Raises:
        NotServed: also for whatever the database raises within. Its message is not repeated: it
            may hold the address, which is a secret, or a cell.
    """
    try:
        connection = psycopg2.connect(
            address, connect_timeout=_CONNECT_SECONDS, application_name="lasp", **_LOST,
            options=f"-c statement_timeout={_LONGEST_STATEMENT} -c client_min_messages=warning",
        )  # fmt: skip
    except psycopg2.Error as error:
        raise NotServed(
            f"The database cannot be reached, or refuses its user ({_kind(error)}). Look whether "
            "the server of LASP_SERVING_URL runs and takes user, password and database."
        ) from None
    try:
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                raise NotServed("Another program loads this database at this moment. Wait for it.")
        connection.commit()
        yield connection
    except psycopg2.Error as error:
        raise NotServed(
            f"The database stopped with {_kind(error)}. Look into the log of the PostgreSQL server "
            "at this time for the reason (disk, memory, rights, connection)."
        ) from None
    finally:
        connection.close()


def _kind(error: psycopg2.Error) -> str:
    return f"{type(error).__name__} {error.pgcode}" if error.pgcode else type(error).__name__
