from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from expectations.wrong_rows import FIGURE_KEY
from orchestration.publication import report
from orchestration.publication.release import history, listing, verification
from orchestration.publication.release.differences import UNRECORDED, compare, told
from orchestration.publication.release.rendering import content_hash
from orchestration.publication.release.verification import verify
from tests.worlds.releasing import changed_tables, released, small_report_with

pytestmark = pytest.mark.usefixtures("quick_report")


def _writable(path: Path) -> Path:
    path.chmod(0o640)
    path.parent.chmod(0o750)
    return path


def _failed(home: Path, release_id: str | None = None) -> list[tuple[str, str]]:
    return [(check.file, check.words) for check in verify(home, release_id) if not check.ok]


def test_a_release_as_it_was_made_verifies_in_every_point(tmp_path):
    path = released(tmp_path).path
    checks = verify(tmp_path)
    assert [check for check in checks if not check.ok] == []
    files = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}
    also = {"The candidate", "public", "releases/current", "releases/current-public"}
    assert files | also == {check.file for check in checks}


def test_an_older_release_verifies_by_its_name(tmp_path):
    released(tmp_path)
    released(tmp_path, changed_tables(), "2025-05/r2")
    assert _failed(tmp_path, "2025-05/r1") == _failed(tmp_path) == []


def test_one_changed_byte_is_found(tmp_path):
    file = _writable(released(tmp_path).path / "internal/waiting_list.parquet")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert _failed(tmp_path)[0] == (
        "internal/waiting_list.parquet",
        "The bytes changed after the release. Restore it from backup.",
    )


def test_a_missing_file_is_found(tmp_path):
    _writable(released(tmp_path).path / "internal/waiting_list.parquet").unlink()
    assert _failed(tmp_path)[0][0] == "internal/waiting_list.parquet"


def test_a_missing_database_is_found(tmp_path):
    _writable(released(tmp_path).path / "internal/marts.duckdb").unlink()
    assert _failed(tmp_path)[0][0] == "internal/marts.duckdb"


def test_a_lost_receipt_is_found(tmp_path):
    path = released(tmp_path).path
    manifest = json.loads((path / history.MANIFEST).read_text("utf-8"))
    sha256 = manifest["files"]["internal/indicators.parquet"]["sha256"]
    (tmp_path / "receipts" / f"{sha256}.json").unlink()
    assert [file for file, _ in _failed(tmp_path)] == ["internal/indicators.parquet"]


def test_a_number_changed_in_the_database_is_found(tmp_path):
    file = _writable(released(tmp_path).path / "internal/marts.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute("update waiting_list set referral_count = 11 where wait_band = '0-7'")
    assert _failed(tmp_path) == [
        ("internal/marts.duckdb", "Table waiting_list is not that of the Parquet files.")
    ]


def test_a_file_that_nobody_announced_is_found(tmp_path):
    path = released(tmp_path).path
    _writable(path / "internal/marts.duckdb")
    (path / "internal/children.csv").write_text("", "utf-8")
    assert [file for file, _ in _failed(tmp_path)] == ["internal/children.csv"]


PAGE, WORKBOOK = "internal/report/my_voice.html", "internal/report.xlsx"
RENDERED = "Rendered again from its tables, it has the same bytes."


def test_the_report_is_rendered_again_and_compared(tmp_path):
    released(tmp_path)
    said = {check.file: check.words for check in verify(tmp_path)}
    assert {said[PAGE], said[WORKBOOK], said["internal/report/index.html"]} == {RENDERED}


@pytest.mark.parametrize("name", [PAGE, WORKBOOK])
def test_an_altered_file_of_the_report_is_found(tmp_path, name):
    _writable(released(tmp_path).path / name).write_bytes(b"all is well")
    words = "The bytes changed after the release. Restore it from backup."
    assert _failed(tmp_path) == [(name, words)]


def test_a_missing_page_is_found(tmp_path):
    _writable(released(tmp_path).path / PAGE).unlink()
    words = "The file is missing. Restore the release from backup."
    assert _failed(tmp_path) == [(PAGE, words)]


def test_an_extra_page_is_found(tmp_path):
    path = released(tmp_path).path
    _writable(path / PAGE)
    (path / "internal/report/children.html").write_text("", "utf-8")
    words = "The manifest does not name this file. Find out who put it."
    assert _failed(tmp_path) == [("internal/report/children.html", words)]


def test_a_page_that_its_tables_never_made_is_found_even_when_the_manifest_names_it(
    tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(report, "render", small_report_with({"report/a.html": b"a"}))
        released(tmp_path)
    ((name, words),) = _failed(tmp_path)
    assert name == "internal/report/a.html" and "there is no such file" in words


@pytest.mark.parametrize(("page", "is_public"), [(PAGE, False), ("public/report/index.html", True)])
def test_a_page_of_other_words_than_its_tables_make_is_found(
    tmp_path, monkeypatch, page, is_public
):
    with monkeypatch.context() as patch:
        changed = {page.partition("/")[2]: b"a"}
        patch.setattr(report, "render", small_report_with(changed, is_public=is_public))
        released(tmp_path)
    ((name, words),) = _failed(tmp_path)
    assert name == page and "it has other bytes" in words and "withdraw the release" in words


def test_a_page_that_its_tables_make_and_the_manifest_does_not_name_is_found(tmp_path, monkeypatch):
    released(tmp_path)
    more = {"report/a.html": b"a"}
    monkeypatch.setattr(report, "render", small_report_with(more))
    words = "Its tables make this file, and the manifest does not name it."
    assert _failed(tmp_path) == [
        ("internal/report/a.html", f"{words} Restore the release from backup.")
    ]


def test_the_report_of_another_version_is_compared_by_its_checksums_only(tmp_path, monkeypatch):
    path = released(tmp_path).path
    monkeypatch.setattr(verification, "code_version", lambda: "another")
    monkeypatch.setattr(report, "render", lambda *of: pytest.fail("rendered"))
    wrote = json.loads((path / history.MANIFEST).read_text("utf-8"))["code_version"]
    said = {check.file: check.words for check in verify(tmp_path)}
    assert (
        said[PAGE]
        == said[WORKBOOK]
        == (
            "The bytes are those that were released. "
            f"Not rendered again: version {wrote} of the code wrote it, and this is another."
        )
    )
    _writable(path / PAGE).write_bytes(b"all is well")
    assert [file for file, _ in _failed(tmp_path)] == [PAGE]


def test_a_report_is_not_rendered_again_from_a_broken_table(tmp_path):
    _writable(released(tmp_path).path / "internal/indicators.parquet").write_bytes(b"broken")
    said = {check.file: check for check in verify(tmp_path)}
    assert not said["internal/indicators.parquet"].ok
    assert "internal/indicators.parquet must be mended first" in said[PAGE].words


def test_a_report_that_can_no_longer_be_rendered_is_found_without_its_cells(tmp_path, monkeypatch):
    released(tmp_path)

    def fail(*given):
        raise ValueError("of a cell")

    monkeypatch.setattr(report, "render", fail)
    failed = _failed(tmp_path)
    assert [name for name, _ in failed] == ["internal/report", "public"]
    for _, words in failed:
        assert "ValueError in tests/publication/release/test_verification.py" in words
        assert "of a cell" not in words


def test_a_manifest_that_cannot_be_read_is_named(tmp_path):
    path = released(tmp_path).path
    _writable(path / history.MANIFEST).write_text("{", "utf-8")
    with pytest.raises(history.ReleaseDamaged, match="2025-05/r1"):
        verify(tmp_path)


MENDED = "The next run, approval or withdrawal points it there."


def test_a_link_to_another_release_is_found(tmp_path):
    released(tmp_path)
    released(tmp_path, changed_tables(), "2025-05/r2")
    link = tmp_path / "releases/current"
    link.unlink()
    link.symlink_to("2025-05/r1")
    assert _failed(tmp_path) == [
        ("releases/current", f"It points to 2025-05/r1, not to 2025-05/r2. {MENDED}")
    ]


def test_an_unknown_release_is_answered_with_those_there_are(tmp_path):
    released(tmp_path)
    with pytest.raises(history.UnknownRelease, match="releases there: 2025-05/r1"):
        verify(tmp_path, "2025-05/r7")


def test_a_folder_without_releases_says_so(tmp_path):
    with pytest.raises(history.UnknownRelease, match="none yet"):
        verify(tmp_path)


def test_two_releases_are_compared_figure_by_figure(tmp_path):
    released(tmp_path)
    tables = changed_tables()
    figures = tables["indicator_values"]
    withheld = next(row for row in figures if row["indicator_id"] == "slt_vacancy_pct")
    withheld["status_reason"] = "not_received"
    late = next(row for row in figures if row["area_code"] == "R1A")
    figures.append(late | {"area_code": "RBL"})
    recounted = next(row for row in figures if row["denominator"] and row["breakdown"] == "all")
    recounted |= {name: 2 * recounted[name] for name in ("numerator", "denominator")}
    for step in tables["figure_steps"]:
        if all(step[name] == recounted[name] for name in FIGURE_KEY):
            names = ("counts_in_numerator", "counts_in_denominator")
            step |= {name: 2 * (step[name] or 0) for name in names}
    released(tmp_path, tables, "2025-05/r2")
    differences = compare(tmp_path, "2025-05/r1", "2025-05/r2")
    kinds = dict(zip(differences["indicator_id"], differences["kind"], strict=True))
    assert (
        kinds.pop(recounted["indicator_id"]) == "same value with another numerator or denominator"
    )
    differences = differences[differences["indicator_id"] != recounted["indicator_id"]]
    assert list(differences["change"]) == ["only_in_b", "changed"]
    assert list(differences["area_code"]) == ["RBL", "E08000015"]
    changed = differences.iloc[1]
    assert (changed["a_status_reason"], changed["b_status_reason"]) == ("no_feed", "not_received")
    month = f"{withheld['period_end']:%Y-%m}"
    assert list(told(differences, "2025-05/r1", "2025-05/r2")) == [
        "figures that differ between 2025-05/r1 and 2025-05/r2 in the same periods: 2",
        "by kind: still not shown 2",
        f"by reason: {UNRECORDED} 2",
        "headline figures of the local area among them: 0",
        "chs_waiting_n  published  RBL  2025-05  no figure -> not_available (withheld:WL-ZERO)",
        f"slt_vacancy_pct  local  E08000015  {month}  "
        "not_available (no_feed) -> not_available (not_received)",
    ]


def test_a_correction_is_listed_and_compared_with_its_reason_and_its_deliveries(tmp_path):
    released(tmp_path)
    tables = changed_tables()
    figure = next(
        row for row in tables["indicator_values"] if row["indicator_id"] == "slt_vacancy_pct"
    )
    figure["status_reason"] = "not_received"
    old, new = (row["submission_id"] for row in tables["submissions"][:2])
    restated = {name: figure[name] for name in FIGURE_KEY} | {
        "old_release": "2025-05/r1", "new_release": "2025-05/r2", "old_value": 5.0,
        "new_value": None, "old_status": "value", "new_status": "not_available",
        "reason": "corrected_delivery", "old_submissions": old, "new_submissions": new,
    }  # fmt: skip
    tables["restatements"].append(restated)
    released(tmp_path, tables, "2025-05/r2")
    said = list(told(compare(tmp_path, "2025-05/r1", "2025-05/r2"), "2025-05/r1", "2025-05/r2"))
    names = {
        row[
            "submission_id"
        ]: f"{row['feed']} {row['sender']} {row['month']} ({row['submission_id'][:8]})"
        for row in tables["submissions"]
    }
    assert said[-1] == f"    a corrected delivery: {names[new]} in place of {names[old]}"
    listed = "corrected: 1 figure of 2025-05/r1 (1 by a corrected delivery)"
    assert listed in [line.strip() for line in listing.lines(tmp_path)]


def test_a_release_compared_with_itself_shows_no_difference(tmp_path):
    released(tmp_path)
    assert compare(tmp_path, "2025-05/r1", "2025-05/r1").empty


def test_releases_come_newest_first_and_say_which_are_withdrawn(tmp_path):
    released(tmp_path)
    released(tmp_path, changed_tables(), "2025-05/r2")
    known = history.releases(tmp_path, withdrawn={"2025-05/r2"})
    assert [(r.release_id, r.is_withdrawn) for r in known] == [
        ("2025-05/r2", True),
        ("2025-05/r1", False),
    ]


class TestContentHash:
    import pyarrow as pa

    table = pa.table({"n": [1, None, 3], "t": ["a", "", None], "v": [0.5, 1.5, None]})

    def test_chunks_slices_and_wider_types_do_not_count(self):
        pa = self.pa
        wide = pa.schema([("n", pa.int32()), ("t", pa.large_string()), ("v", pa.float64())])
        pieces = pa.concat_tables([self.table.slice(0, 1), self.table.slice(1)])
        assert content_hash(pieces) == content_hash(self.table)
        assert content_hash(self.table.cast(wide)) == content_hash(self.table)

    def test_a_null_is_neither_zero_nor_empty(self):
        pa = self.pa
        for column, filler in ((0, [1, 0, 3]), (1, ["a", "", ""]), (2, [0.5, 1.5, 0.0])):
            name = self.table.column_names[column]
            filled = self.table.set_column(column, name, pa.array(filler))
            assert content_hash(filled) != content_hash(self.table)

    def test_the_order_of_rows_and_the_border_of_texts_count(self):
        pa = self.pa
        assert content_hash(self.table.take([1, 0, 2])) != content_hash(self.table)
        one, other = pa.table({"t": ["ab", "c"]}), pa.table({"t": ["a", "bc"]})
        assert content_hash(one) != content_hash(other)

    def test_the_names_of_columns_count(self):
        assert content_hash(self.table.rename_columns(["n", "t", "w"])) != content_hash(self.table)

    def test_a_type_that_it_cannot_compare_is_an_error(self):
        with pytest.raises(TypeError, match="Column parts"):
            content_hash(self.pa.table({"parts": [[1], [2]]}))


def test_a_manifest_that_is_not_the_one_in_the_ledger_is_found(tmp_path):
    path = released(tmp_path).path / "MANIFEST.json"
    path.chmod(0o640)
    path.write_text(path.read_text().replace('"as_at": "2025-07-10"', '"as_at": "2025-07-11"'))
    words = "It changed after the release. Restore the release from backup."
    assert ("MANIFEST.json", words) in _failed(tmp_path)
