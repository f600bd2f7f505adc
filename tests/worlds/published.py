"""The official files beside the repository, for the tests that read them."""

from pathlib import Path

import pytest

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "published"


def published(name: str = "") -> Path:
    """A file or folder of official publications; without them the test is skipped, and says so."""
    if not PUBLISHED.is_dir():
        pytest.skip("the official files (shared/data/published) are not beside the repository")
    return PUBLISHED / name
