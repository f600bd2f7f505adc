from datetime import date

import pyarrow.parquet as pq
import pytest

from ingest import landing
from ingest.ledger import Ledger
from ingest.submissions import submissions
from orchestration.run_inputs import default_as_at, plan, write_run_inputs
from tests.deliveries import ROWS, csv_bytes, drop, take


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(landing, "_is_fresh", lambda seen: False)
    drop(tmp_path / "inbox", manifest={})
    drop(
        tmp_path / "inbox",
        csv_bytes(*ROWS[:2]),
        name="therapy_ptl_RY7_202504_01.csv",
        manifest={"reporting_month": "2025-04", "extract_datetime": "2025-05-03T06:00:00"},
    )
    take(tmp_path)
    return tmp_path


def told(home, run, barred=()):
    write_run_inputs(home, run, barred)
    return pq.read_table(home / "lake" / "_run.parquet").to_pylist()


def test_a_month_is_known_as_on_its_release_day_by_default(home):
    assert default_as_at(submissions(Ledger(home)), "2025-03") == date(2025, 4, 16)


def test_a_delivery_known_later_moves_the_default_date(home):
    drop(
        home / "inbox",
        csv_bytes(*ROWS[1:]),
        name="therapy_ptl_RY7_202503_02.csv",
        manifest={"submission_seq": 2, "extract_datetime": "2025-05-20T06:00:00"},
    )
    take(home)
    assert default_as_at(submissions(Ledger(home)), "2025-03") == date(2025, 5, 20)


def test_what_was_not_yet_known_leaves_no_trace_in_the_release(home):
    run = plan(home, "2025-03", date(2025, 4, 16))
    assert [(row["period"], row["verdict"]) for row in told(home, run)] == [("2025-03", "used")]


def test_a_later_snapshot_that_was_known_is_used_for_earlier_flows(home):
    run = plan(home, "2025-03", date(2025, 5, 3))
    assert [row["verdict"] for row in told(home, run)] == ["used", "used"]


def test_a_run_without_any_delivery_still_knows_its_month(home):
    run = plan(home, "2025-03", date(2025, 4, 1))
    (row,) = told(home, run)
    assert row["submission_id"] is None
    assert (row["release_id"], row["as_at"]) == ("2025-03/r1", date(2025, 4, 1))


def test_a_submission_that_the_feed_gate_bars_counts_as_refused(home):
    run = plan(home, "2025-03", None)
    (submission, _) = submissions(Ledger(home))
    (row,) = told(home, run, {submission.submission_id})
    assert (row["verdict"], row["reasons"]) == ("refused", "FEED-GATE")


def test_a_run_is_of_invented_people_when_a_submission_that_it_uses_is(home):
    assert told(home, plan(home, "2025-03", None))[0]["is_synthetic"] is True


def test_what_a_run_does_not_use_says_nothing_of_it(home):
    data = b"urn,closed_from,reopens\n999001,2025-07-23,2025-09-02\n"
    own = {
        "sender": "E08000015",
        "reporting_month": "2025-02",
        "extract_datetime": "2025-02-28",
        "synthetic": 0,
    }
    name = "school_closures_E08000015_202502_01.csv"
    path = drop(home / "inbox", data, name=name, manifest=own)
    manifest = path.with_name(f"{path.stem}.manifest.csv")
    lines = [line.rpartition(",")[0] for line in manifest.read_text().splitlines()]
    manifest.write_text("\n".join([*lines, ""]))
    take(home)
    (row,) = told(home, plan(home, "2025-02", date(2025, 3, 1)))
    assert (row["feed"], row["is_synthetic"]) == ("school_closures", False)
