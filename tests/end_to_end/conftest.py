"""Two released months, made once for every worker; tests change copies of them."""

import shutil
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from orchestration.settings import PROJECT
from tests.end_to_end.lasp import lasp
from tests.worlds.once import made_once

MONTHS = ("2025-03", "2025-04")


class Demonstration(NamedTuple):
    """Two months of one feed; tests copy a folder and change the copy."""

    before: Path
    """The first month released, the second lying in the inbox."""
    after: Path
    """Both released."""
    seconds: float
    """How long the second run took."""


@pytest.fixture(scope="session")
def demonstrated() -> Demonstration:
    folder = made_once("demonstrated", _demonstrate)
    seconds = float((folder / "seconds").read_text())
    return Demonstration(folder / MONTHS[1], folder / "var", seconds)


def _demonstrate(folder: Path) -> None:
    home = folder / "var"
    of_repository = repository_files()
    for month in MONTHS:
        assert lasp(home, "demo", "--months", month, "--feeds", "therapy_ptl").returncode == 0
        shutil.copytree(home, folder / month, symlinks=True)
        began = time.monotonic()
        ran = lasp(home, "run", "--month", month)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    (folder / "seconds").write_text(str(time.monotonic() - began))
    assert repository_files() == of_repository


@pytest.fixture(scope="session")
def demonstration(demonstrated) -> Path:
    return demonstrated.after


@pytest.fixture
def home(demonstration, tmp_path) -> Path:
    return shutil.copytree(demonstration, tmp_path / "var", symlinks=True)


def repository_files() -> set[Path]:
    ignored = {".git", ".venv", "var", "__pycache__", ".pytest_cache", ".ruff_cache"}
    return {
        path for path in PROJECT.rglob("*") if not ignored & set(path.relative_to(PROJECT).parts)
    }
