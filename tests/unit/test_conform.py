from datetime import date

import pandas as pd
import pytest

from ingest.conform import Delivered, conform, read_date
from ingest.contracts import contract_for
from ingest.policy import Refused, TextTable

TABLE = contract_for("therapy_ptl", "2025-03").tables[0]
NAMES = [column.name for column in TABLE.columns]
GOOD = dict.fromkeys(NAMES) | {
    "referral_id": "R1",
    "nhs_number": "9990000018",
    "birth_date": "2019-05-04",
    "service": "SLT",
    "referral_received_date": "2025-01-10",
}
EXTRACT = Delivered(extract_date=date(2025, 4, 3))


def delivered(*rows: dict, columns: list[str] = NAMES) -> TextTable:
    index = pd.RangeIndex(2, 2 + len(rows), name="source_row")
    frame = pd.DataFrame([GOOD | row for row in rows], index=index, columns=columns, dtype=object)
    return TextTable("referrals", frame, "utf-8")


def many(count: int) -> list[dict]:
    return [{"referral_id": f"G{number}"} for number in range(count)]


def outcome(row: dict, facts: Delivered = EXTRACT) -> list[tuple[str, str]]:
    """Rules that one row breaks among nine sound ones, with what becomes of it."""
    result = conform(delivered(*many(9), row), TABLE, facts)
    return [(r.rule, r.outcome) for r in result.rejects.itertuples() if r.source_row == 11]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"referral_received_date": "2025-02-31"}, "R-TYPE"),
        ({"referral_received_date": "10/01/2025"}, "R-TYPE"),
        ({"service": "SALT"}, "R-CODE"),
        ({"referral_received_date": None}, "R-REQ"),
        ({"referral_received_date": "TBC"}, "R-REQ"),
        ({"first_contact_date": "2025-04-04"}, "R-FUTURE"),
        ({"birth_date": "1990-01-01", "referral_received_date": "1997-12-31"}, "R-OLD"),
        ({"first_contact_date": "2025-01-09"}, "TP1"),
        ({"birth_date": "1999-01-09"}, "TP3"),
        ({"clock_stop_date": "2025-01-09"}, "TP4"),
        ({"referral_outcome_date": "2025-01-09"}, "TP5"),
        ({"signposted_date": "2025-01-09"}, "TP6"),
        ({"support_offered_date": "2025-01-09"}, "TP7"),
        ({"last_family_contact_date": "2019-05-03"}, "R-OLD"),
        ({"setting_urn": "12345"}, "R-TYPE"),
    ],
)
def test_a_row_that_breaks_a_rule_goes_to_quarantine(row, rule):
    assert outcome({"referral_id": "X"} | row) == [(rule, "quarantine")]


@pytest.mark.parametrize(
    "row",
    [
        {"first_contact_date": "2025-04-03"},
        {"first_contact_date": "2025-01-10", "discharge_date": "2025-01-10"},
        {"birth_date": "1999-01-11"},
        {"clock_stop_date": "2025-01-10", "referral_outcome_date": "2025-01-10"},
        {"signposted_date": "2025-01-10", "support_offered_date": "2025-01-10"},
        {"last_family_contact_date": "2019-05-04"},
        {"last_family_contact_date": "2025-01-09"},
        {"first_contact_date": "N/A", "discharge_date": "—", "support_type": "not known"},
        {"service": "slt"},
        {"nhs_number": "999 000 0018"},
    ],
)
def test_a_near_miss_is_kept(row):
    assert outcome({"referral_id": "X"} | row) == []


@pytest.mark.parametrize("number", ["9990000019", "9999999999", "999000001", "not a number"])
def test_a_row_with_an_invalid_nhs_number_counts_but_links_to_nobody(number):
    result = conform(delivered({"nhs_number": number}), TABLE, EXTRACT)
    assert result.kept["nhs_number"].tolist() == [None]
    assert result.rejects[["rule", "outcome"]].to_numpy().tolist() == [["R-ID", "warning"]]


def test_rows_landed_are_kept_quarantined_or_discarded():
    rows = [*many(30), *many(1), {"referral_id": "D"}, {"referral_id": "D", "service": "OT"}]
    result = conform(delivered(*rows), TABLE, EXTRACT)
    assert (result.landed, len(result.kept), result.quarantined, result.discarded) == (33, 30, 2, 1)


def test_of_exact_duplicates_the_first_is_kept_and_clashing_keys_are_all_set_aside():
    rows = [*many(20), {"referral_id": "G3"}, {"referral_id": "G4", "service": "OT"}]
    result = conform(delivered(*rows), TABLE, EXTRACT)
    assert 5 in result.kept.index and 22 not in result.kept.index
    assert {6, 23}.isdisjoint(result.kept.index)


def test_columns_are_matched_by_name_and_never_by_position():
    turned = conform(delivered({}, columns=NAMES[::-1]), TABLE, EXTRACT)
    assert turned.kept["referral_id"].tolist() == ["R1"]


def test_an_undeclared_column_refuses_a_person_level_delivery_without_repeating_its_name():
    with pytest.raises(Refused, match="position 17") as refused:
        conform(delivered({}, columns=[*NAMES, "mother_name"]), TABLE, EXTRACT)
    assert refused.value.rule == "R-COL" and "mother_name" not in str(refused.value)


def test_a_missing_column_is_named():
    with pytest.raises(Refused, match="no column service"):
        conform(delivered({}, columns=[n for n in NAMES if n != "service"]), TABLE, EXTRACT)


def test_no_rows_are_refused_unless_the_manifest_says_so():
    with pytest.raises(Refused, match="R-EMPTY"):
        conform(delivered(), TABLE, EXTRACT)
    nil = conform(delivered(), TABLE, Delivered(date(2025, 4, 3), is_nil_return=True))
    assert nil.landed == 0 and nil.kept.empty


@pytest.mark.parametrize(
    ("rows", "bad", "is_refused"),
    [
        (24, 5, True),
        (25, 5, False),
        (4, 4, False),
        (2500, 51, True),
        (2551, 51, False),
        (2000, 50, False),
    ],
)
def test_too_many_quarantined_rows_refuse_the_delivery(rows, bad, is_refused):
    table = delivered(
        *many(rows - bad), *[{"referral_id": f"B{n}", "service": "?!"} for n in range(bad)]
    )
    if is_refused:
        with pytest.raises(Refused, match=f"{bad} of {rows} rows") as refused:
            conform(table, TABLE, EXTRACT)
        assert len(refused.value.rejects) == bad
    else:
        assert conform(table, TABLE, EXTRACT).quarantined == bad


@pytest.mark.parametrize(
    ("cell", "facts", "day"),
    [
        ("2025-03-05", {}, date(2025, 3, 5)),
        ("2025-03-05T00:00:00Z", {}, date(2025, 3, 5)),
        ("2022-Sep-28 00:00:00", {}, date(2022, 9, 28)),
        ("2025-01-10T23:59:59.999", {}, date(2025, 1, 10)),
        ("2025-01-10T99:99:99", {}, None),
        ("2025-01-10T24:00:00", {}, None),
        ("2025-01-10 23:60", {}, None),
        ("2022-Sep-28 00:00:60", {}, None),
        ("28-Sep-22", {}, date(2022, 9, 28)),
        ("05/03/2025", {"day_first_dates": True}, date(2025, 3, 5)),
        ("5/3/69", {"day_first_dates": True}, date(1969, 3, 5)),
        ("04/05/2025", {"day_first_dates": True}, date(2025, 5, 4)),
        ("31/02/2025", {"day_first_dates": True}, None),
        ("05/03/2025", {}, None),
        ("45000.0", {"is_workbook": True}, date(2023, 3, 15)),
        ("45000", {}, None),
        ("60", {"is_workbook": True}, None),
        ("2025-3-5", {}, None),
        ("２025-03-05", {}, None),
        ("2025-03-05 and later", {}, None),
    ],
)
def test_a_date_is_read_whole_in_a_declared_form_or_not_at_all(cell, facts, day):
    assert read_date(cell, Delivered(date(2025, 4, 3), **facts)) == day


def test_an_event_before_1998_and_before_birth_is_one_reject():
    row = {"referral_id": "X", "last_family_contact_date": "1997-12-31"}
    assert outcome(row) == [("R-OLD", "quarantine")]
