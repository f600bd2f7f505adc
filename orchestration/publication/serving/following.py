"""The database is brought to what the data folder shows, and it is known whether it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ingest.faults import fault_of, place_of
from orchestration.publication.serving import last_known, loading, served_tables, switching
from orchestration.publication.serving.connection import NotServed, connected
from orchestration.publication.serving.last_known import Standing

ROLES = Path(__file__).with_name("roles.sql")
"""What an administrator runs once in the database: who may read what."""


def follow(home: Path, address: str) -> Standing:
    """Let the database show what ``current`` and ``current-public`` point to.

    It can be repeated at any time, and changes nothing where the database shows that already.

    Args:
        home: the data folder.
        address: ``postgresql://USER:PASSWORD@HOST/NAME``, which no message repeats.

    Raises:
        NotServed: in words. Readers see what they saw before, and no release has changed.
    """
    try:
        found = _follow(home, address)
    except Exception as error:
        trouble = error if isinstance(error, NotServed) else _unforeseen(error)
        before = last_known.standing(home) or Standing()
        last_known.keep(home, replace(before, trouble=str(trouble)))
        raise trouble from None
    last_known.keep(home, found)
    return found


def _follow(home: Path, address: str) -> Standing:
    wanted = served_tables.wanted(home)
    with connected(address) as connection:
        switching.refuse_another_database(connection, wanted.values())
        for part in wanted.values():
            if part and not loading.is_loaded(connection, part):
                loading.load(connection, part)
        switching.switch(connection, wanted)
        switching.tidy(connection)
    return Standing(**{name: part.release_id if part else None for name, part in wanted.items()})


def _unforeseen(error: Exception) -> NotServed:
    """Give kind and place alone: the message of an error may hold the address, or a cell."""
    return NotServed(f"{fault_of(error) or type(error).__name__} ({place_of(error)}).")
