"""The command as its users run it: a data folder, an exit status, what is said, files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.run import transform
from tests.worlds.once import parsed_project

LASP = Path(sys.executable).with_name("lasp")
WIRRAL = "E08000015"


def environment(home: Path, **settings: str) -> dict[str, str]:
    return os.environ | {"LASP_HOME": str(home)} | settings


def lasp(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess:
    """Call the command in this process, where what it imports is there already.

    Dagster keeps its events in memory, 4 s a month instead of 10 s on its own files. Those are
    written and searched in test_canary, and by every call of `process`.
    """
    before = dict(os.environ)
    os.environ.update(environment(home, **settings))
    if arguments[0] == "run" and not (home / "dbt").exists():
        shutil.copytree(parsed_project(), home / "dbt")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dg.DagsterInstance, "get", dg.DagsterInstance.ephemeral)
            ran = CliRunner().invoke(main, arguments)
    finally:
        os.environ.clear()
        os.environ.update(before)
        transform.close()
    return subprocess.CompletedProcess(arguments, ran.exit_code, ran.stdout, ran.stderr)


def process(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess:
    """Call the command as its users do, in a process of its own."""
    return subprocess.run(
        [LASP, *arguments],
        env=environment(home, **settings),
        capture_output=True,
        text=True,
        cwd=home.parent,
        check=False,
    )


def table(home: Path, release: str, name: str) -> list[dict]:
    folder = home / "releases" / release / "internal"
    files = sorted(folder.glob(f"{name}*.parquet"))
    return [row for path in files for row in pq.read_table(path).to_pylist()]


def figure(
    home: Path,
    release: str,
    indicator: str,
    month: str,
    area: str = WIRRAL,
    basis: str = "local",
    breakdown_value: str = "all",
) -> dict:
    """The figure of the shortest period that ends in the month."""
    rows = [
        row
        for row in table(home, release, "indicator_values")
        if (row["indicator_id"], row["area_code"], row["basis"]) == (indicator, area, basis)
        and row["breakdown_value"] == breakdown_value
        and row["period_end"].strftime("%Y-%m") == month
    ]
    return max(rows, key=lambda row: row["period_start"])


def as_at_of(home: Path, release: str) -> str:
    manifest = home / "releases" / release / "MANIFEST.json"
    return json.loads(manifest.read_text("utf-8"))["as_at"]


def landed(home: Path, month: str) -> list[Path]:
    folder = home / "landing" / "therapy_ptl" / month
    return sorted(path for path in folder.glob("*/*") if path.name != "receipt.json")


def released_bytes(home: Path) -> dict[str, str]:
    """sha256 of every released file that must be the same everywhere, by its path."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "releases").rglob("*"))
        if path.is_file() and path.name != "marts.duckdb"
    }
