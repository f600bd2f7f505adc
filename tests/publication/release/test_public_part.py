"""The public part of a release: announced, rendered again, and refused if it names somebody."""

from __future__ import annotations

import json

import pytest

from orchestration.publication import public
from orchestration.publication.public.audit import figures
from orchestration.publication.release import history
from orchestration.publication.release.publishing import ReleaseRefused, publish
from orchestration.publication.release.verification import verify
from tests.worlds import good_candidate
from tests.worlds.releasing import AttackOnLists, bytes_of, prepare, released

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
    written = {name for name in bytes_of(path) if is_beside_the_pages(name)}
    assert announced == written == {f"public/{name}" for name in FILES}
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


def test_what_the_attack_finds_is_left_out_and_the_month_is_released(tmp_path, monkeypatch):
    monkeypatch.setattr(public, "attack", AttackOnLists)
    path = released(tmp_path).path
    manifest = json.loads((path / history.MANIFEST).read_text("utf-8"))
    left_out = manifest["public"]["left_out"]
    assert {one[0] for one in left_out} == {"slt_waiting_n"}
    rows = figures(path / "public/indicators.csv", {})
    gone = [one for one in rows if one.key.indicator_id == "slt_waiting_n"]
    assert {one.symbols["value"] for one in gone} == {"x"}
    assert {one.key.breakdown for one in gone} == {"all"}
    assert all(check.ok for check in verify(tmp_path))


def test_what_the_attack_finds_in_exact_figures_refuses_the_release(tmp_path, monkeypatch):
    tables = good_candidate.tables()
    for row in tables["indicators"]:
        row["suppression_rule"] = "SR0"
    asked = prepare(tmp_path, tables)
    monkeypatch.setattr(public, "attack", AttackOnLists)
    with pytest.raises(
        ReleaseRefused, match=r"Small numbers can be worked out .*: 2\. .*slt_waiting_n"
    ):
        publish(tmp_path, asked)
    assert bytes_of(tmp_path / "releases") == {}
