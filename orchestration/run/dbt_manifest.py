"""The dbt manifest, read once for all steps of a process: 6 MB of JSON, a quarter of a second."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestration.settings import Settings


def manifest_of(settings: Settings) -> Mapping[str, Any]:
    """Give the manifest of a data folder, as it was parsed last."""
    return _read(settings.manifest, settings.manifest.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, parsed_at: int) -> Mapping[str, Any]:
    return json.loads(path.read_text("utf-8"))
