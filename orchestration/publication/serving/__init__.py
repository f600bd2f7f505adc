"""The current releases in PostgreSQL, for tools that read a database.

``follow`` brings the database to what the data folder shows: schema ``lasp_internal`` to
``releases/current``, schema ``lasp_public`` to ``releases/current-public``. It can be repeated at
any time, and does nothing where the database shows both already.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.store.durable import write_whole
from orchestration.publication.serving import loading, served_tables, switching
from orchestration.publication.serving.connection import NotServed, connected

__all__ = ["ROLES", "NotServed", "Standing", "follow", "standing"]

ROLES = Path(__file__).with_name("roles.sql")
"""What an administrator runs once in the database: who may read what."""
_STANDING = "serving.json"


@dataclass(frozen=True)
class Standing:
    """What the database shows as far as the warehouse knows; ``trouble`` is why it could not."""

    internal: str | None = None
    public: str | None = None
    trouble: str = ""

    def __str__(self) -> str:
        """Say it in a line."""
        shown = f"{self.internal or 'nothing'}, to the public {self.public or 'nothing'}"
        if not self.trouble:
            return f"The serving database shows {shown}"
        return (
            f"The serving database could not be brought up to date and shows {shown}, as far as is "
            f"known: {self.trouble} Then repeat it: `lasp serve-database`"
        )


def follow(home: Path, address: str) -> Standing:
    """Let the database show what the data folder shows; what stands is kept for ``lasp status``.

    Args:
        home: the data folder.
        address: ``postgresql://USER:PASSWORD@HOST/NAME``, which no message repeats.

    Raises:
        NotServed: in words. Readers see what they saw before, and no release has changed.
    """
    try:
        found = _follow(home, address)
    except NotServed as error:
        before = standing(home) or Standing()
        _keep(home, Standing(before.internal, before.public, str(error)))
        raise
    _keep(home, found)
    return found


def standing(home: Path) -> Standing | None:
    """Give what was known last of the database; None where there never was one."""
    path = home / _STANDING
    return Standing(**json.loads(path.read_text("utf-8"))) if path.exists() else None


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


def _keep(home: Path, found: Standing) -> None:
    write_whole(home / _STANDING, json.dumps(asdict(found), indent=1).encode())
