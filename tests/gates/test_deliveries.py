"""What deliveries say by themselves: each rule with a case that it catches and a near miss."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from expectations.screening import findings_of_run, told_of_feeds
from expectations.suites import deliveries
from ingest.door.senders import Sender

KNOWN = date(2025, 5, 3)


def told(*rows: dict) -> pd.DataFrame:
    usual = {
        "release_month": "2025-04",
        "as_at": date(2025, 5, 12),
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


def rules(frame: pd.DataFrame, owing: Sequence[Sender] = ()) -> list[tuple[str, str]]:
    found = deliveries.findings(frame, owing)
    return [(row.rule_id, row.period) for row in found.itertuples()]


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


def test_what_is_said_of_a_nil_or_refused_delivery_is_true_of_feeds_without_waits_or_figures():
    feeds = {"feed": "identity_map", "period": "2025-04"}
    nil = feeds | {"rows_landed": 0, "rows_kept": 0}
    refused = feeds | {"sender": "RBL", "verdict": "refused", "reasons": "R-HDR"}
    messages = deliveries.findings(told(nil, refused))["message"]
    assert len(messages) == 2 and not messages.str.contains("waits|figures").any()


def test_a_held_delivery_is_told_once_and_an_accepted_one_is_not():
    held = {"period": "2025-04", "sender": "RYT", "verdict": "held", "reasons": "R-SENDER"}
    frame = told({"period": "2025-04"}, held, held)
    (found,) = deliveries.findings(frame).to_dict("records")
    assert (found["rule_id"], found["org_code"], found["severity"]) == (
        *("DELIVERY-HELD", "RYT"),
        "note",
    )


RBL = Sender("therapy_ptl", "RBL", "Alpha Trust", "", "")


def test_who_sends_a_feed_and_sent_nothing_for_the_month_is_told_for_that_month_alone():
    frame = told(
        {"period": "2025-03"}, {"period": "2025-04"}, {"period": "2025-03", "sender": "RBL"}
    )
    (found,) = deliveries.findings(frame, [RBL]).to_dict("records")
    assert (found["rule_id"], found["period"], found["org_code"]) == (
        *("SENDER-OWES", "2025-04"),
        "RBL",
    )
    assert (
        found["message"] == "RBL (Alpha Trust) sends therapy_ptl, but sent no delivery for 2025-04."
    )


def test_a_sender_of_the_list_that_was_accepted_too_owes_once_and_one_without_name_is_a_code():
    accepted = [replace(RBL, name="RBL"), replace(RBL, code="RXA", name="RXA")]
    found = deliveries.findings(told({"period": "2025-04"}), [RBL, *accepted])
    assert found["message"].tolist() == [
        "RBL (Alpha Trust) sends therapy_ptl, but sent no delivery for 2025-04.",
        "RXA sends therapy_ptl, but sent no delivery for 2025-04.",
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"period": "2025-04", "sender": "RBL"},
        {"period": "2025-04", "sender": "RBL", "verdict": "refused", "reasons": "R-HDR"},
        {"period": "2025-04", "sender": "RXA", "feed": "nd_pathway"},
        {"period": "2025-04", "sender": "Z001A"},
    ],
    ids=["who sent it", "who was refused", "of another feed", "beside invented senders alone"],
)
def test_nobody_is_told_to_owe(row):
    assert "SENDER-OWES" not in [rule for rule, _ in rules(told(row), [RBL])]


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


def test_what_a_publisher_sends_is_published_and_all_else_is_local():
    sent = [{"feed": feed, "period": "2025-04"} for feed in ("therapy_ptl", "sen2_ehc", "ccis")]
    local = deliveries.findings(told(*({**one, "verdict": "refused"} for one in sent)))
    assert set(local["basis"]) == {"local"} and len(local) == 3
    assert deliveries.basis_of("chs_waits") == "published"


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


def published(*rows: dict) -> pd.DataFrame:
    usual = lists(0).iloc[0].to_dict() | {"basis": "published", "is_known": True}
    return pd.DataFrame([usual | row for row in rows])


def test_an_organisation_that_the_area_names_do_not_know_is_told_once_with_its_name():
    unknown = {"org_code": "X1Y2Z", "org_key": "X1Y2Z", "org_name": "Newcomer", "is_known": False}
    march = {"period": "2025-03", "period_end": date(2025, 3, 31)}
    nameless = {"org_code": None, "org_key": "NO CODE", "org_name": "No code", "is_known": False}
    frame = published(unknown, unknown | march, unknown | {"service_line": "OT"}, nameless, {})
    found = deliveries.unknown_areas(frame).set_index("org_key")
    assert found["period"].to_dict() == {"X1Y2Z": "2025-04", "NO CODE": "2025-04"}
    assert found.loc["X1Y2Z", "observed"] == "X1Y2Z, Newcomer"
    assert found.loc["NO CODE", "observed"] == "no code, No code"
    assert set(found["severity"]) == {"note"}


@pytest.mark.parametrize("row", [{}, {"basis": "local", "is_known": False}])
def test_a_known_organisation_and_a_sender_of_ours_are_not_told_as_unknown(row):
    assert deliveries.unknown_areas(published(row)).empty


def test_a_list_that_lost_nobody_is_not_told():
    assert deliveries.lost_waits(lists(0)).empty


def test_one_note_on_two_sheets_is_two_findings_and_in_two_editions_one(tmp_path):
    from expectations.suites.waiting_lists import BANDS

    empty = pd.DataFrame(columns=[*lists(0).columns, "is_known", "status", "total", *BANDS])
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
    edition = {"period": "2025-04", "feed": "chs_waits", "known_how": "publication"}
    used = told(edition | {"submission_id": "an edition", "file_names": "a workbook"})
    table = findings_of_run(tmp_path / "lists.parquet", used, notes, told_of_feeds(tmp_path, used))
    assert table["observed"].to_pylist().count("a#Table 4") == 1
    assert len(set(table["finding_id"].to_pylist())) == table.num_rows == 2
