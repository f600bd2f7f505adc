"""What deliveries say by themselves: each rule with a case that it catches and a near miss."""

from datetime import date

import pandas as pd
import pytest

from expectations.screening import findings_of_run
from expectations.suites import deliveries

KNOWN = date(2025, 5, 3)


def told(*rows: dict) -> pd.DataFrame:
    usual = {
        "feed": "therapy_ptl",
        "sender": "RY7",
        "known_on": KNOWN,
        "known_how": "manifest",
        "verdict": "used",
        "rows_landed": 1000,
        "rows_kept": 1000,
        "reasons": None,
    }
    return pd.DataFrame([usual | row for row in rows])


def months(*kept: int) -> list[dict]:
    return [
        {"period": f"2025-{number:02d}", "rows_kept": rows, "rows_landed": rows}
        for number, rows in enumerate(kept, 1)
    ]


def rules(frame: pd.DataFrame) -> list[tuple[str, str]]:
    found = deliveries.findings(frame)
    return [(row.rule_id, row.period) for row in found.itertuples()]


@pytest.mark.parametrize("size", [499, 2001])
def test_a_delivery_of_less_than_half_or_more_than_twice_the_usual_rows_is_noted(size):
    assert rules(told(*months(1000, 900, 1100, size))) == [("R-SHRINK", "2025-04")]


@pytest.mark.parametrize("size", [500, 2000])
def test_a_delivery_at_half_or_twice_the_usual_rows_passes(size):
    assert rules(told(*months(1000, 900, 1100, size))) == []


def test_two_deliveries_are_too_few_to_say_what_is_usual():
    assert rules(told(*months(1000, 1000, 10))) == []


def test_a_refused_delivery_is_told_with_its_reasons():
    frame = told({"period": "2025-04", "verdict": "refused", "reasons": "R-HDR"})
    (found,) = deliveries.findings(frame).to_dict("records")
    assert found["rule_id"] == "DELIVERY-REFUSED" and "R-HDR" in found["message"]


def test_a_refused_delivery_beside_an_accepted_one_is_not_told():
    refused = {"period": "2025-04", "verdict": "refused", "reasons": "R-HDR"}
    assert rules(told(refused, {"period": "2025-04"})) == []


def test_a_nil_return_is_told_and_an_ordinary_list_is_not():
    frame = told({"period": "2025-03"}, {"period": "2025-04", "rows_landed": 0, "rows_kept": 0})
    assert rules(frame) == [("NIL-RETURN", "2025-04")]


def test_a_list_that_its_sender_declares_empty_is_not_doubted():
    found = pd.DataFrame(
        {
            "org_code": ["RY7", "RY7", "RBL"],
            "period": ["2025-04", "2025-03", "2025-04"],
            "basis": ["local"] * 3,
        }
    )
    nil = told({"period": "2025-04", "rows_landed": 0, "rows_kept": 0})
    assert deliveries.is_nil_return(found, nil).tolist() == [True, False, False]


def lists(*lost: int) -> pd.DataFrame:
    usual = {
        "basis": "local",
        "period": "2025-04",
        "period_end": date(2025, 4, 30),
        "org_level": "provider",
        "org_code": "RY7",
        "org_name": "Alpha",
        "org_key": "RY7",
        "service_line": "SLT",
    }
    return pd.DataFrame([usual | {"lost_count": count} for count in lost])


def test_people_who_waited_and_are_gone_without_being_closed_are_told():
    (found,) = deliveries.lost_waits(lists(3, 0)).to_dict("records")
    assert found["rule_id"] == "TP2" and found["message"].startswith("3 referrals")


def test_a_list_that_lost_nobody_is_not_told():
    assert deliveries.lost_waits(lists(0)).empty


def test_one_note_on_two_sheets_is_two_findings_and_in_two_editions_one(tmp_path):
    from expectations.suites.waiting_lists import BANDS

    empty = pd.DataFrame(columns=[*lists(0).columns, "status", "total", *BANDS])
    empty.to_parquet(tmp_path / "lists.parquet")
    note = {
        "period": "2025-04",
        "dataset": "chs_waits",
        "sender": "NHSE",
        "known_on": KNOWN,
        "rule": "CHS-LINE",
        "severity": "note",
        "message": "an unknown line",
        "action": "look at it",
    }
    notes = [note | {"where": where} for where in ("a#Table 4", "a#Table 4a", "a#Table 4")]
    used = told({"period": "2025-04", "feed": "chs_waits", "known_how": "publication"})
    table = findings_of_run(tmp_path / "lists.parquet", used, notes)
    assert table["observed"].to_pylist().count("a#Table 4") == 1
    assert len(set(table["finding_id"].to_pylist())) == table.num_rows == 2
