"""The official files beside the repository, for the tests that read them."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[3] / "shared"
PUBLISHED = _SHARED / "data" / "published"


def published(name: str = "") -> Path:
    """A file or folder of official publications; without them the test is skipped, and says so."""
    if not PUBLISHED.is_dir():
        pytest.skip("the official files (shared/data/published) are not beside the repository")
    return PUBLISHED / name


def plan_as_printed() -> Path:
    """The improvement plan cell by cell, as read from the document; skips as `published`."""
    path = _SHARED / "domain" / "improvement_plan_trajectories.csv"
    if not path.is_file():
        pytest.skip("the printed plan (shared/domain) is not beside the repository")
    return path
