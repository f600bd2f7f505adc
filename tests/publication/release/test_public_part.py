"""The public part of a release: announced, rendered again, and refused if it names somebody."""

from __future__ import annotations

import json

import pytest

from orchestration.publication.release import history
from orchestration.publication.release.publishing import ReleaseRefused, publish
from orchestration.publication.release.verification import verify
from tests.worlds import good_candidate
from tests.worlds.releasing import bytes_of, prepare, released

pytestmark = pytest.mark.usefixtures("quick_report")
NHS = "9990000018"
FILES = {
    "data_dictionary.html", "datapackage.json", "ees/send_indicators_month.csv",
    "ees/send_indicators_month.meta.csv", "indicators.csv", "indicators.csv-metadata.json",
    "indicators.odcs.yaml", "indicators.xlsx", "restatements.csv",
    "restatements.csv-metadata.json",
}  # fmt: skip


def is_beside_the_pages(name: str) -> bool:
    return name.startswith("public/") and not name.startswith("public/report/")


def test_every_public_file_is_announced_with_the_tables_it_was_made_from(tmp_path):
    path = released(tmp_path).path
    manifest = json.loads((path / history.MANIFEST).read_text("utf-8"))
    announced = {name for name in manifest["files"] if is_beside_the_pages(name)}
    assert (
        announced
        == {f"public/{name}" for name in FILES}
        == {f"public/{name}" for name in bytes_of(path / "public")}
    )
    made_from = manifest["files"]["public/data_dictionary.html"]["rendered_from"]
    assert {"indicators", "indicator_values"} <= set(made_from)


def test_every_public_file_is_rendered_again_by_verify_and_searched(tmp_path):
    path = released(tmp_path).path
    checks = {check.file: check.ok for check in verify(tmp_path)}
    assert {"public", *(f"public/{name}" for name in FILES)} <= set(checks)
    assert all(checks.values())
    (path / "public").chmod(0o750)
    (path / "public/more.txt").write_text(f"plan of {NHS}")
    failed = {(check.file, check.words) for check in verify(tmp_path) if not check.ok}
    assert {file for file, _ in failed} == {"public/more.txt"}
    assert any("an NHS number" in words for _, words in failed)
    assert not any(NHS in words for _, words in failed)


def test_a_release_whose_public_part_names_somebody_is_refused(tmp_path):
    tables = good_candidate.tables()
    tables["indicators"][0]["short_title"] = f"Plans {NHS}"
    asked = prepare(tmp_path, tables)
    with pytest.raises(
        ReleaseRefused, match=r"public/\S+ of 2025-05/r1 holds an NHS number"
    ) as said:
        publish(tmp_path, asked)
    assert NHS not in str(said.value)
    assert bytes_of(tmp_path / "releases") == {}
