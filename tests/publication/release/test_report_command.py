"""What the report says of its release, and the command that opens it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.store.ledger import Ledger
from orchestration.cli import main
from orchestration.commands import releases
from orchestration.publication import report
from orchestration.publication.release.withdrawals import WITHDRAWN
from tests.worlds.releasing import changed_tables, released, small_report


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """What would have been opened, on a machine with a display."""
    seen: list[str] = []
    monkeypatch.setattr(releases, "has_display", lambda: True)
    monkeypatch.setattr(releases.click, "launch", lambda path: seen.append(path) or 0)
    monkeypatch.setattr(report, "render", small_report)
    return seen


def _asked(home: Path, *arguments: str) -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["report", *arguments], env={"LASP_HOME": str(home)})
    return ran.exit_code, ran.output


def test_the_current_report_is_opened_and_its_files_are_named(tmp_path, opened):
    released(tmp_path)
    internal = released(tmp_path, changed_tables(), "2025-05/r2").path / "internal"
    assert _asked(tmp_path) == (
        0,
        f"report: {internal}/report/index.html\n"
        f"workbook: {internal}/report.xlsx\n"
        f"page: {internal}/report/my_voice.html\n"
        "Demonstration: invented data\n",
    )
    assert opened == [f"{internal}/report/index.html"]


def test_without_a_display_the_report_is_named_only(tmp_path, opened, monkeypatch):
    released(tmp_path)
    monkeypatch.setattr(releases, "has_display", lambda: False)
    status, said = _asked(tmp_path)
    assert (status, opened) == (0, []) and "report/index.html" in said


def test_where_no_program_opens_pages_the_path_is_still_said(tmp_path, opened, monkeypatch):
    released(tmp_path)
    monkeypatch.setattr(releases.click, "launch", lambda path: 1)
    status, said = _asked(tmp_path)
    assert status == 1 and "report/index.html" in said and "open the path in a browser" in said


def test_a_withdrawn_report_is_shown_to_who_names_it_with_the_reason(tmp_path, opened):
    released(tmp_path)
    body = {"release_id": "2025-05/r1", "reason": "a wrong list"}
    Ledger(tmp_path).append(WITHDRAWN, body, datetime(2025, 7, 11, tzinfo=UTC))
    status, said = _asked(tmp_path, "2025-05/r1")
    assert status == 0 and "2025-05/r1 was withdrawn: a wrong list" in said


def test_without_a_release_there_is_no_report(tmp_path, opened):
    status, said = _asked(tmp_path)
    assert status == 1 and "There is no current release" in said and "none yet" in said


def test_a_release_of_an_earlier_version_has_no_report_and_says_so(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(report, "render", lambda *given: {})
    released(tmp_path)
    status, said = _asked(tmp_path)
    assert status == 1 and "2025-05/r1 has no report" in said and "--month 2025-05" in said
    assert opened == []


@pytest.mark.parametrize("spoil", [Path.unlink, lambda page: page.write_bytes(b"all is well")])
def test_a_report_with_a_page_that_was_altered_or_removed_is_not_opened(tmp_path, opened, spoil):
    page = released(tmp_path).path / "internal/report/my_voice.html"
    page.parent.chmod(0o750)
    page.chmod(0o640)
    spoil(page)
    status, said = _asked(tmp_path)
    assert status == 1 and "my_voice.html of release 2025-05/r1 is not what was released" in said
    assert opened == []
