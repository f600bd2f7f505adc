"""What the answer to a sender promises: where to look, what would pass, and never a value."""

import pandas as pd
import pytest

from ingest.answers import COLUMNS, answer_of
from ingest.deliveries import open_delivery
from ingest.examine import examine
from ingest.policy import Refused
from ingest.synthetic.samples import FOLDER
from tests.deliveries import RECEIVED_AT, ROWS, csv_bytes, drop

SPOILT = {
    "birth_date": ("2019-05-04", "04/05/2019"),
    "service": (",SLT,", ",SALT,"),
    "referral_received_date": ("2025-01-10", ""),
    "setting_urn": ("999001", "99900"),
    "provider_code": ("999001,", "999001,RY7-2"),
}
"""A column, what stands in it, and what spoils it."""


def answer(tmp_path, data: bytes, **how) -> pd.DataFrame:
    delivery = open_delivery(drop(tmp_path, data, **how))
    try:
        outcome = examine(delivery, RECEIVED_AT.date())
    except Refused as refused:
        outcome = refused
    return answer_of(outcome, delivery)


def spoilt(column: str) -> str:
    return ROWS[0].replace(*SPOILT[column], 1)


@pytest.mark.parametrize(
    ("column", "rule", "expected"),
    [
        ("birth_date", "R-TYPE", "a date as YYYY-MM-DD"),
        ("service", "R-CODE", "one of SLT, OT, PT, CPAED, DIET, AUD"),
        ("referral_received_date", "R-REQ", "filled"),
        ("setting_urn", "R-TYPE", "six digits"),
        ("provider_code", "R-TYPE", "3 to 8 capital letters and digits"),
    ],
)
def test_a_bad_cell_is_answered_with_what_would_pass(tmp_path, column, rule, expected):
    told = answer(tmp_path, csv_bytes(spoilt(column), *ROWS[1:]))
    assert list(told.columns) == COLUMNS
    (row,) = told.to_dict("records")
    assert (row["where"], row["row"], row["column"]) == ("referrals", 2, column)
    assert (row["rule"], row["outcome"], row["what_we_expect"]) == (rule, "quarantine", expected)


def test_a_rule_of_the_row_is_answered_in_the_words_of_its_contract(tmp_path):
    early = ROWS[1].replace("2025-03-12", "2024-03-12")
    told = answer(tmp_path, csv_bytes(ROWS[0], early))
    assert list(told["what_we_expect"]) == ["received, then first contact, then discharge"]


def test_a_refusal_names_its_place_as_where_and_no_column(tmp_path):
    (row,) = answer(tmp_path, csv_bytes(ROWS[0].replace("SLT,", ""))).to_dict("records")
    assert row["where"] == "therapy_ptl_RY7_202503_01.csv, row 2"
    assert (row["row"], row["column"], row["outcome"]) == ("", "", "refuse")


def test_too_many_bad_rows_are_listed_below_the_refusal(tmp_path):
    many = [ROWS[0].replace("R1", f"R{n}").replace("SLT", "SALT") for n in range(5)]
    told = answer(tmp_path, csv_bytes(*many))
    assert list(told["rule"]) == ["R-BAD", *["R-CODE"] * 5]
    assert list(told["row"]) == ["", 2, 3, 4, 5, 6]
    assert told["what_we_expect"].str.startswith("one of SLT").sum() == 5


def test_a_hidden_sheet_is_to_be_deleted_or_unhidden(tmp_path):
    data = (FOLDER / "therapy_ptl__bad__hidden_sheet.xlsx").read_bytes()
    (row,) = answer(tmp_path, data, name="therapy_ptl_RY7_202503_01.xlsx").to_dict("records")
    assert row["what_to_do"] == (
        "delete it, or unhide it if it is the list: only the declared sheet is read"
    )


def test_no_answer_repeats_a_cell(tmp_path):
    for column, (_, bad) in SPOILT.items():
        told = answer(tmp_path, csv_bytes(spoilt(column), *ROWS[1:])).astype(str)
        assert not bad or not told.stack().str.contains(bad.strip(","), regex=False).any()


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("file_name,sender,notes", "no column extract_datetime, feed_version, reporting_month, "),
        ("file_name,sender,notes", "; unknown column notes"),
        ("Ada,9990000018", "a first row that holds no column name of a manifest"),
    ],
)
def test_a_manifest_with_other_columns_is_told_which(tmp_path, header, found):
    path = drop(tmp_path)
    path.with_name(f"{path.stem}.manifest.csv").write_text(f"{header}\n")
    with pytest.raises(Refused) as refusal:
        open_delivery(path)
    assert refusal.value.rule == "R-MANIFEST" and found in refusal.value.found
    assert "9990000018" not in str(refusal.value)
