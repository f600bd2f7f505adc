"""The report of a release as it was run: the same bytes wherever and whenever it is rendered."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.publication.release import history
from orchestration.settings import PROJECT

RENDER = """
import hashlib, json, sys
from pathlib import Path
import pyarrow as pa
from orchestration.publication.release.rendering import report_of

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
pa.set_cpu_count(threads)
files = report_of(folder, json.loads((folder / "MANIFEST.json").read_text("utf-8"))).files
print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}))
"""


def _rendered(folder: Path, threads: int, **environment: str) -> dict[str, str]:
    """sha256 by name of what a process of its own renders from a release's folder."""
    done = subprocess.run(
        [sys.executable, "-c", RENDER, folder, str(threads)],
        env=os.environ | {"PYTHONPATH": str(PROJECT)} | environment,
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_report_has_the_same_bytes_on_any_machine_in_any_folder_and_on_any_day(
    demonstration, tmp_path
):
    """The two time zones are 26 hours apart: it is never the same day in both."""
    record = history.release(demonstration)
    released = {
        name: hashlib.sha256((record.path / name).read_bytes()).hexdigest()
        for name in record.report_names
    }
    assert "internal/report/index.html" in released
    elsewhere = shutil.copytree(record.path, tmp_path / "year=1999" / "another folder")
    west = {"PYTHONHASHSEED": "1", "TZ": "Etc/GMT+12", "LC_ALL": "C"}
    east = {"PYTHONHASHSEED": "2", "TZ": "Etc/GMT-14", "LC_ALL": "C.UTF-8"}
    assert _rendered(record.path, 1, **west) == released
    assert _rendered(elsewhere, 4, **east) == released


def test_the_manifest_names_the_tables_that_the_report_was_rendered_from(demonstration):
    record = history.release(demonstration)
    files = record.manifest["files"]
    for name in record.report_names:
        tables = files[name]["rendered_from"]
        assert {"indicators", "indicator_latest", "indicator_status"} <= tables.keys(), name
        for table, sources in tables.items():
            assert {files[source]["table"] for source in sources["files"]} == {table}


def test_each_part_of_the_report_is_declared_with_the_tables_that_it_is_rendered_from(
    demonstration,
):
    manifest = json.loads((demonstration / "dbt" / "target" / "manifest.json").read_text())
    nodes, declared = manifest["nodes"], {}
    for one in manifest["exposures"].values():
        tables = {nodes[name]["alias"] for name in one["depends_on"]["nodes"]}
        declared[one["config"]["meta"]["place"]] = tables
    record = history.release(demonstration)
    for name in record.report_names:
        (place,) = (place for place in declared if name.startswith(place))
        assert record.manifest["files"][name]["rendered_from"].keys() == declared[place], name
