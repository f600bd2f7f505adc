"""How things stand, on one screen, on any day of any data folder."""

import subprocess
import sys
from datetime import date

import pytest

from orchestration.commands import standing
from orchestration.settings import PROJECT
from tests.end_to_end.lasp import environment
from tests.worlds.small_deliveries import drop, take

pytestmark = pytest.mark.usefixtures("settled_at_once")
LINES, COLUMNS = 24, 100


def told(home, day, **how):
    lines = standing.of(home, day, **how)
    assert len(lines) <= LINES and max(map(len, lines[1:])) <= COLUMNS
    assert lines[0].endswith(f"data folder {home}"), "a path stays whole"
    return "\n".join(lines)


@pytest.fixture
def home(tmp_path):
    """March 2025 from RY7, extracted on 3 April; RBL was refused."""
    drop(tmp_path / "inbox", manifest={})
    drop(
        tmp_path / "inbox", b"<html>log in</html>\n", name="therapy_ptl_RBL_202503_01.csv",
        manifest={"sender": "RBL"},
    )  # fmt: skip
    take(tmp_path)
    return tmp_path


def test_an_empty_folder_says_that_nothing_has_come_and_what_is_due(tmp_path):
    said = told(tmp_path, date(2025, 11, 4))
    assert "No release stands yet." in said and "Inbox: nothing waits" in said
    assert "Month that is due: October 2025: files by 10 November 2025, provisional on" in said
    assert "Deliveries for October 2025: nothing has come" in said and "late since" not in said


def test_what_came_was_refused_and_why_is_said_by_feed_and_sender(home):
    said = told(home, date(2025, 6, 5))
    assert "Deliveries for March 2025:\n  came (1): therapy_ptl RY7 3 Apr" in said
    assert "refused (1): therapy_ptl RBL (R-ENC); answers in inbox/refused" in said


def test_what_is_not_yet_due_is_not_late_and_later_it_is(home):
    before, after = told(home, date(2025, 5, 6)), told(home, date(2025, 5, 20))
    assert "not yet come, due 9 May (2): therapy_ptl RBL, therapy_ptl RY7" in before
    assert "late since 9 May (2): therapy_ptl RBL, therapy_ptl RY7" in after


def test_nobody_is_late_in_a_folder_whose_last_month_is_long_ago(home):
    said = told(home, date(2027, 1, 20))
    assert "Deliveries for December 2026: nothing has come" in said and "late since" not in said
    assert "Deliveries for March 2025:" in said


def test_what_waits_in_the_inbox_and_what_others_say_come_last(home):
    drop(home / "inbox", name="therapy_ptl_RY7_202504_01.csv")
    *_, inbox, other = told(home, date(2025, 6, 5), also=["Daemon: alive"]).splitlines()
    assert inbox == "Inbox: deliveries to receive, by the daemon or with `lasp receive`: 1"
    assert other == "Daemon: alive"


def test_status_needs_neither_dagster_nor_dbt(tmp_path):
    code = (
        "import sys; from orchestration.cli import main\n"
        "main(['status', '--on', '2025-11-04'], standalone_mode=False)\n"
        "assert not {'dagster', 'dbt', 'great_expectations'} & sys.modules.keys()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Month that is due: October 2025" in ran.stdout
