"""Dagster's history, opened; where it cannot be, in words."""

import dagster as dg
from sqlalchemy.exc import DBAPIError

from ingest.refusals import InWords


class NoHistory(InWords):
    """The database that keeps Dagster's history cannot be used."""


def open_instance() -> dg.DagsterInstance:
    """The instance of this data folder.

    Raises:
        NoHistory: PostgreSQL does not answer, or refuses user, password or database.
    """
    try:
        return dg.DagsterInstance.get()
    except _faults() as error:
        kind = type(error.__cause__ or error).__name__
        raise NoHistory(
            f"Dagster's history cannot be opened in PostgreSQL ({kind}). Look whether the server "
            "of the address in the file of LASP_DAGSTER_POSTGRES_FILE runs and takes its user, "
            "password and database. Without that setting the history is kept in the data folder."
        ) from None


def _faults() -> tuple[type[Exception], ...]:
    """What a database raises; asked for where something was raised, as the import costs 0.7 s."""
    from dagster_postgres.utils import DagsterPostgresException

    return DagsterPostgresException, DBAPIError
