import hashlib
import json
import shutil
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.wrong_rows import FIGURE_KEY
from ingest.contracts import contract_for, load_contracts
from ingest.store.ledger import Ledger
from ingest.store.submissions import RECEIVED, submissions
from orchestration.months import last_day
from orchestration.publication.release.publishing import ReleaseRefused
from orchestration.run import run_inputs
from orchestration.run.run_inputs import (
    PREVIOUS_SCHEMA,
    default_as_at,
    due_months,
    feeds_in_force,
    plan,
    write_run_inputs,
)
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop, take


@pytest.fixture
def home(tmp_path, settled_at_once):
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


def test_a_feed_counts_from_its_first_contract_on_and_after_its_last(monkeypatch):
    """Months before may be run again when a feed is new, and later ones when it has ended."""
    known = [one for one in load_contracts() if one.feed not in ("ccis", "tribunals")]
    ccis, tribunals = (contract_for(feed, "2025-05") for feed in ("ccis", "tribunals"))
    later = ccis.model_copy(update={"effective_from": "2025-06"})
    ended = tribunals.model_copy(update={"effective_to": "2025-04"})
    monkeypatch.setattr(run_inputs, "load_contracts", lambda: (*known, later, ended))
    feeds = feeds_in_force("2025-05")["feed"].to_pylist()
    assert "ccis" not in feeds and "tribunals" in feeds
    assert "ccis" in feeds_in_force("2025-06")["feed"].to_pylist()


def test_a_month_is_due_by_the_contract_of_its_own_time(monkeypatch):
    """A feed that becomes termly in April still owed February, and one that nobody owes nothing."""
    monthly = contract_for("tribunals", "2025-05").model_copy(
        update={"effective_from": "2025-02", "effective_to": "2025-03"}
    )
    termly = monthly.model_copy(
        update={
            "cadence": "termly",
            "due_months": (1, 5, 10),
            "effective_from": "2025-04",
            "effective_to": None,
        }
    )
    unowed = contract_for("commentary", "2025-05")
    monkeypatch.setattr(run_inputs, "load_contracts", lambda: (monthly, termly, unowed))
    rows = due_months("2025-11").to_pylist()
    assert {row["feed"] for row in rows} == {"tribunals"}
    assert [row["period_start"].month for row in rows] == [2, 3, 5, 10]
    assert [row["period_start"].month for row in due_months("2025-05").to_pylist()] == [2, 3, 5]


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


@pytest.mark.parametrize(("feed", "barred"), [("ccis", False), ("therapy_ptl", True)])
def test_a_month_without_a_required_feed_is_refused_before_anything_is_written(home, feed, barred):
    run = plan(home, "2025-03", None)
    used = {submissions(Ledger(home))[0].submission_id}
    with pytest.raises(ReleaseRefused, match=f"Feed {feed} has no usable delivery for 2025-03"):
        write_run_inputs(home, run, used if barred else (), [feed])
    assert not (home / "lake" / "_run.parquet").exists()
    write_run_inputs(home, run, required_feeds=["therapy_ptl"])


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


PAGE = b"<html>log in</html>\n"


@pytest.mark.parametrize(
    "names",
    [
        ("therapy_ptl_RY7_202502_01.csv", "therapy_ptl_RY7_202501_01.csv"),  # two months
        ("therapy_ptl_RY7_202502_01.csv", "therapy_ptl_RBL_202502_01.csv"),  # two senders
        ("therapy_ptl_RY7_202502_01.csv", "ccis_E08000015_202502_01.csv"),  # two feeds
        ("therapy_ptl_RY7_202502_01.csv", "therapy_ptl_RY7_202502_02.csv"),  # one place
    ],
)
@pytest.mark.parametrize("manifest", [None, {"sha256": "0" * 64}])
def test_refusals_of_equal_bytes_are_each_one_row(home, names, manifest):
    for name in names:
        drop(home / "inbox", PAGE, name=name, manifest=manifest)
    assert {one.outcome for one in take(home)} == {"refused"}
    rows = told(home, plan(home, "2025-03", date(2025, 7, 1)))
    ids = [row["submission_id"] for row in rows]
    places = {(row["feed"], row["sender"], row["period"]) for row in rows}
    assert len(ids) == len(set(ids)) == len(places)
    assert [row["verdict"] for row in rows].count("refused") == len(places) - 2


def test_the_same_delivery_may_be_refused_first_and_accepted_later(home):
    header = csv_bytes().split(b"\n")[0] + b"\n"
    name, own = "therapy_ptl_RY7_202502_01.csv", {"reporting_month": "2025-02"}
    drop(home / "inbox", header, name=name)
    take(home)
    drop(home / "inbox", header, name=name, manifest=own)
    take(home)
    rows = told(home, plan(home, "2025-02", date(2025, 7, 1)))
    verdicts = {row["submission_id"]: row["verdict"] for row in rows if row["period"] == "2025-02"}
    assert sorted(verdicts.values()) == ["refused", "used"]


def test_bytes_that_are_held_back_do_not_take_away_what_they_were_before(home):
    """Superseded bytes that come again are refused; earlier dates still use them."""
    first, second = csv_bytes(ROWS[0]), csv_bytes(ROWS[0].replace("R1", "R9"))
    name, own = "therapy_ptl_RY7_202502_01.csv", {"reporting_month": "2025-02"}
    for data, day in ((first, "2025-03-03"), (second, "2025-04-03"), (first, "2025-05-03")):
        drop(home / "inbox", data, name=name, manifest=own | {"extract_datetime": day})
        take(home)
    early = told(home, plan(home, "2025-02", date(2025, 3, 10)))
    assert [(row["verdict"], row["rows_kept"]) for row in early] == [("used", 1)]


def older(home, *bodies: dict) -> None:
    """Receipts as they were written when a refusal was named by its bytes alone."""
    ledger = Ledger(home)
    for body in bodies:
        usual = {
            "feed": "therapy_ptl", "sender": "RY7", "period": "2025-02", "files": [],
            "submission_id": "28b6601e186d4247", "sequence": 1, "outcome": "refused",
            "known_on": "2025-06-04", "known_how": "receipt", "is_synthetic": None, "rows": {},
            "reasons": [{"rule": "R-PERIOD"}],
        }  # fmt: skip
        ledger.append(RECEIVED, usual | body, datetime(2025, 6, 4, 9, 0, tzinfo=UTC))


FILE = {"name": "x.csv", "stored_as": "file-1.csv", "sha256": "28b6601e" * 8, "bytes": 9}


@pytest.mark.parametrize("files", [[], [FILE]])
def test_a_ledger_from_before_that_holds_one_id_twice_makes_a_release(home, files):
    bodies = [{"files": files, "period": month} for month in ("2025-01", "2025-02", "2025-02")]
    older(home, *bodies, {"files": files, "sender": "RBL"}, {"files": files, "feed": "ccis"})
    rows = told(home, plan(home, "2025-02", date(2025, 7, 1)))
    refused = {row["submission_id"]: row for row in rows if row["verdict"] == "refused"}
    assert len(refused) == 4 and len(rows) == 6
    assert len({(row["feed"], row["sender"], row["period"]) for row in refused.values()}) == 4


def test_a_refusal_is_known_no_later_than_it_was_received(home):
    """An extract date of 2052 is refused, and moves no month into 2052."""
    mistyped = {"reporting_month": "2025-02", "extract_datetime": "2052-03-03"}
    drop(
        home / "inbox", csv_bytes(ROWS[0]), name="therapy_ptl_RY7_202502_01.csv", manifest=mistyped
    )
    (refused,) = take(home)
    assert refused.outcome == "refused"
    assert default_as_at(submissions(Ledger(home)), "2025-02") == date(2025, 6, 4)


def test_bytes_that_stand_again_do_not_leave_the_dates_at_which_they_stood_before(home):
    shutil.rmtree(home / "ledger")
    accepted = {"outcome": "accepted", "rows": {"landed": 3, "kept": 3}}
    first = accepted | {"submission_id": "a" * 16}
    second = accepted | {"submission_id": "b" * 16, "known_on": "2025-06-20"}
    older(home, first, second, first | {"known_on": "2025-07-04"})
    used = {
        day: [row["submission_id"][0] for row in rows if row["verdict"] == "used"]
        for day in ((6, 10), (6, 25), (7, 10))
        if (rows := told(home, plan(home, "2025-02", date(2025, *day))))
    }
    assert used == {(6, 10): ["a"], (6, 25): ["b"], (7, 10): ["a"]}


def test_a_month_of_the_year_zero_in_an_older_ledger_is_left_out(home):
    older(home, {"period": "0000-01"})
    assert {s.period for s in submissions(Ledger(home))} == {"2025-03", "2025-04"}


FIGURE = {"indicator_id": "n", "basis": "local", "period_type": "month", "area_code": "A"}
FIGURE |= {"breakdown": "all", "breakdown_value": "all", "value_status": "value"}


def _month(month: str) -> dict[str, date]:
    return {"period_start": date.fromisoformat(f"{month}-01"), "period_end": last_day(month)}


def _release(home, release_id, as_at, *figures):
    """A release as far as the next one reads it."""
    folder = home / "releases" / release_id
    folder.mkdir(parents=True)
    rows = [FIGURE | figure for figure in figures]
    values = pa.Table.from_pylist(rows, PREVIOUS_SCHEMA).drop_columns(["release_id", "submissions"])
    key = pa.schema(
        [*(PREVIOUS_SCHEMA.field(n) for n in FIGURE_KEY), ("submission_id", pa.string())]
    )
    inputs = key.empty_table()
    files = {}
    for table, content in {"indicator_values": values, "figure_inputs": inputs}.items():
        pq.write_table(content, folder / f"{table}.parquet")
        sha256 = hashlib.sha256((folder / f"{table}.parquet").read_bytes()).hexdigest()
        files[f"{table}.parquet"] = {"table": table, "sha256": sha256}
    manifest = {"files": files, "as_at": str(as_at), "is_provisional": False, "submissions": []}
    (folder / "MANIFEST.json").write_text(json.dumps(manifest), "utf-8")


def test_a_run_is_told_how_each_figure_stood_in_the_first_release_of_an_earlier_month(tmp_path):
    may, april, old = _month("2025-05"), _month("2025-04"), _month("2024-11")
    missing = {"value": None, "value_status": "not_available"}
    _release(tmp_path, "2025-05/r1", date(2025, 6, 10), may | missing, april | {"value": 40})
    _release(
        tmp_path, "2025-05/r2", date(2025, 6, 17),
        may | {"value": 50}, april | {"value": 41}, old | {"value": 1},
        may | {"value": 9, "breakdown": "sex"}, may | {"value": 8, "basis": "published"},
    )  # fmt: skip
    _release(tmp_path, "2025-05/r3", date(2025, 12, 1), may | {"value": 60})
    _release(tmp_path, "2025-06/r1", date(2025, 7, 16), may | {"value": 55})
    _release(tmp_path, "2024-12/r1", date(2025, 1, 17), _month("2024-12") | {"value": 3})

    def told_for(month, as_at):
        write_run_inputs(tmp_path, plan(tmp_path, month, as_at))
        rows = pq.read_table(tmp_path / "lake/_earlier.parquet").to_pylist()
        return {(f"{r['release_month_end']:%m}", f"{r['period_end']:%m}"): r["value"] for r in rows}

    assert told_for("2025-07", date(2025, 8, 18)) == {
        ("05", "04"): 40, ("05", "05"): 50, ("06", "05"): 55,
    }  # fmt: skip
    assert told_for("2025-06", date(2025, 8, 18)) == {
        ("12", "12"): 3, ("05", "04"): 40, ("05", "05"): 50,
    }  # fmt: skip
    assert told_for("2025-05", date(2025, 8, 18)) == {("12", "12"): 3}
