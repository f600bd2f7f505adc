"""What a release says of itself: its name, its date of knowledge, whether its data are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from ingest.partnership import stated


@dataclass(frozen=True)
class Facts:
    """What the manifest of a release says of it, under the names that the manifest uses.

    ``note`` is what every page has to say first, such as that the data are invented.
    """

    release_id: str
    month: str
    revision: int
    as_at: date
    is_synthetic: bool
    is_provisional: bool
    note: str | None
    partnership: Mapping[str, str] = field(default_factory=stated)
    """Its name, the title of its report, its local area and its country. A release of an earlier
    version does not say: it was made for the one that is chosen."""

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Facts:
        """Read them from a manifest; KeyError when it lacks one."""
        told = {"partnership": stated()} | dict(manifest)
        own = {one.name: told[one.name] for one in fields(cls)}
        return cls(**own | {"as_at": date.fromisoformat(manifest["as_at"])})
