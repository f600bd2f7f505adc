from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds import postgres
from tests.worlds.postgres import Database


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    with postgres.server() as folder:
        yield folder


@pytest.fixture
def database(server: Path) -> Database:
    return postgres.database(server)
