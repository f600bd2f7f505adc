"""What a release says of itself: its name, its date of knowledge, whether its data are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any


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

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Facts:
        """Read them from a manifest; KeyError when it lacks one."""
        stated = {field.name: manifest[field.name] for field in fields(cls)}
        return cls(**stated | {"as_at": date.fromisoformat(manifest["as_at"])})
