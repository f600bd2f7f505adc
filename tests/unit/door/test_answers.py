"""What the answer to a sender promises: where to look, what would pass, and never a value."""

from typing import get_args

import pandas as pd
import pytest

from ingest.contracts import Column
from ingest.door import answers
from ingest.door.answers import COLUMNS, answer_of
from ingest.door.delivery import open_delivery
from ingest.door.examine import examine
from ingest.refusals import Refused
from ingest.synthetic.samples import FOLDER
from ingest.typed.national_identifiers import IDENTIFIERS
from tests.worlds.small_deliveries import (
    HEADER,
    RECEIVED_AT,
    ROWS,
    SEN2,
    SEN2_STEM,
    XML,
    csv_bytes,
    drop,
    drop_set,
    set_bytes,
    workbook_bytes,
)

SPOILT = {
    "birth_date": ("2019-05-04", "04/05/2019"),
    "service": (",SLT,", ",SALT,"),
    "referral_received_date": ("2025-01-10", ""),
    "setting_urn": ("999001", "99900"),
    "provider_code": ("999001,", "999001,RY7-2"),
}
"""A column, what stands in it, and what spoils it."""


def answer(tmp_path, data: bytes, **how) -> pd.DataFrame:
    return answer_to(drop(tmp_path, data, **how))


def answer_to_set(tmp_path, **changed) -> pd.DataFrame:
    """``changed``: table to row (from 0) and its new text."""
    lines = {name: list(SEN2[name]) for name in changed}
    for name, (at, text) in changed.items():
        lines[name][at + 1] = text
    return answer_to(*drop_set(tmp_path, set_bytes(**lines)))


def answer_to(*paths) -> pd.DataFrame:
    delivery = open_delivery(*paths)
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
        ("provider_code", "R-TYPE", "3 to 6 capital letters and digits"),
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


def dated_rows(cell: str, count: int) -> list[str]:
    """So many rows of which every second has ``cell`` for its birth date."""
    rows = [ROWS[0].replace("R1,9990000018", f"R{n},") for n in range(count)]
    return [row.replace("2019-05-04", cell) if n % 2 else row for n, row in enumerate(rows)]


def test_dates_of_another_form_are_one_line_for_the_column_with_all_of_its_rows(tmp_path):
    rows = [f"R{n},,05/04/2019,SLT,2025-01-10,,,,,,,,,,," for n in range(12, 20)]
    told = answer(tmp_path, csv_bytes(*rows[:2], *dated_rows("05/04/2019", 8)))
    bad, line = told.to_dict("records")
    assert bad["rule"] == "R-BAD" and "birth_date: 6 of 10 dates are" in bad["what_we_expect"]
    assert (line["row"], line["column"], line["rule"]) == (
        "2-3, 5, 7, 9, 11", "birth_date", "R-TYPE",
    )  # fmt: skip
    assert line["what_we_expect"] == (
        "a date as YYYY-MM-DD; 6 of 10 dates are written dd/mm/yyyy or mm/dd/yyyy"
    )
    assert line["what_to_do"].startswith(
        "format the column as YYYY-MM-DD in Excel before saving as CSV, or send the .xlsx"
    )


def test_a_feed_that_takes_no_workbook_is_not_asked_for_one(tmp_path):
    rows = [f"99900{n},0{n}/09/2024,2024-11-01" for n in range(1, 4)]
    data = "\n".join(["urn,closed_from,reopens", *rows, ""]).encode()
    told = answer(tmp_path, data, name="school_closures_E08000015_202503_01.csv")
    assert "xlsx" not in told["what_to_do"].to_list()[1]


def test_moments_of_a_time_zone_are_not_to_be_formatted_but_exported_as_local_days(tmp_path):
    told = answer(tmp_path, csv_bytes(*dated_rows("2019-05-04T23:00:00Z", 4)))
    line = told[told["rule"] == "R-TYPE"].to_dict("records")[-1]
    assert "time with a time zone" in line["what_we_expect"]
    assert line["what_to_do"].startswith("export the local date as YYYY-MM-DD, without time")


def test_days_that_excel_may_have_exchanged_are_not_to_be_formatted_in_excel(tmp_path):
    rows = [line.split(",") for line in (HEADER, *dated_rows("14/05/2019", 4))]
    told = answer(
        tmp_path, workbook_bytes({"referrals": rows}), name="therapy_ptl_RY7_202503_01.xlsx"
    )
    line = told[told["rule"] == "R-TYPE"].to_dict("records")[-1]
    assert (line["row"], line["column"]) == ("2-5", "birth_date")
    assert "day and month exchanged" in line["what_we_expect"]
    assert line["what_to_do"].startswith("export the column again as text YYYY-MM-DD: Excel")


def test_dates_that_were_read_are_a_note(tmp_path):
    (note,) = answer(tmp_path, csv_bytes(*dated_rows("14/05/2019", 4))).to_dict("records")
    assert (note["outcome"], note["rule"], note["row"]) == ("note", "R-TYPE", "")
    assert note["what_we_expect"].startswith("2 of 4 dates are written dd/mm/yyyy, and read")


def test_two_spellings_of_one_number_are_answered_on_both_rows(tmp_path):
    rows = [*dated_rows("2019-05-04", 20), dated_rows("", 1)[0].replace("R0,", "r-3,")]
    told = answer(tmp_path, csv_bytes(*rows))
    assert told["row"].tolist() == [5, 22] and set(told["rule"]) == {"R-DUPKEY"}
    why = "rows 5, 22 have the same number in several spellings"
    assert told["what_we_expect"].str.endswith(why).all()


def test_a_hidden_sheet_is_to_be_deleted_or_unhidden(tmp_path):
    data = (FOLDER / "therapy_ptl__bad__hidden_sheet.xlsx").read_bytes()
    (row,) = answer(tmp_path, data, name="therapy_ptl_RY7_202503_01.xlsx").to_dict("records")
    assert row["what_to_do"] == (
        "delete the sheet, or unhide it if it is the list: only the declared sheet is read"
    )


def test_no_answer_repeats_a_cell(tmp_path):
    for column, (_, bad) in SPOILT.items():
        told = answer(tmp_path, csv_bytes(spoilt(column), *ROWS[1:])).astype(str)
        assert not bad or not told.stack().str.contains(bad.strip(","), regex=False).any()


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("file_name,sender,notes", "no column extract_datetime, feed_version, reporting_month, "),
        ("file_name,sender,notes", "; 1 unknown column(s), at position 3"),
        ("Ada,9990000018", "a first row without a column name of a manifest"),
    ],
)
def test_a_manifest_with_other_columns_is_told_which(tmp_path, header, found):
    path = drop(tmp_path)
    path.with_name(f"{path.stem}.manifest.csv").write_text(f"{header}\n")
    with pytest.raises(Refused) as refusal:
        open_delivery(path)
    assert refusal.value.rule == "R-MANIFEST" and found in refusal.value.found
    assert "9990000018" not in str(refusal.value)


REQUEST = "11,1,EHC344000001,2024-Mar-01 00:00:00,1,0,2024-Apr-10 00:00:00,Y,0,0,"


def test_a_row_of_a_set_is_answered_with_its_file_and_table(tmp_path):
    told = answer_to_set(tmp_path, requests=(0, REQUEST.replace("2024-Apr-10", "2024-Feb-10")))
    (row,) = told.to_dict("records")
    assert row["file"] == f"{SEN2_STEM}_requests.csv"
    assert (row["where"], row["row"], row["rule"]) == ("requests", 2, "S2")
    assert row["what_we_expect"] == "received, then decision to assess"
    assert row["outcome"] == "warning" and "it is used as it is until then" in row["what_to_do"]


def test_a_rule_that_several_tables_have_is_answered_in_the_words_of_the_row_s_own(tmp_path):
    plan = SEN2["namedplan"][1].replace("2024-Jul", "2024-May")
    (row,) = answer_to_set(tmp_path, namedplan=(0, plan)).to_dict("records")
    assert (row["where"], row["rule"]) == ("namedplan", "S2")
    assert row["what_we_expect"].endswith("then the final plan")


def test_rows_that_lost_their_parent_are_told_why(tmp_path):
    told = answer_to_set(
        tmp_path,
        requests=(0, REQUEST.replace("11,1,", "11,99,")),
        assessment=(0, SEN2["assessment"][1]),
    )
    assert set(told["rule"]) == {"R-PARENT"} and len(told) == 8
    words = dict(zip(told["where"], told["what_we_expect"], strict=True))
    assert words["requests"].endswith("person has no row with this number")
    assert words["assessment"].endswith("its row in requests is set aside")
    assert told["what_to_do"].str.startswith("correct or send the other row").all()


def test_the_fault_of_an_identifier_is_answered_in_words(tmp_path):
    person = SEN2["person"][1].replace("A344000025001", "B344000025001")
    (row,) = answer_to_set(tmp_path, person=(0, person)).to_dict("records")
    assert (row["rule"], row["outcome"]) == ("R-ID", "warning")
    assert row["what_we_expect"] == (
        "UPN of a check letter, eleven digits and a digit or, where temporary, a letter; "
        "its check letter does not fit"
    )
    assert row["what_to_do"].startswith("correct the identifier")


def test_one_child_on_two_rows_is_answered_on_both_with_the_other_and_without_the_number(tmp_path):
    second = SEN2["person"][1].replace("1,", "2,", 1)
    told = answer_to_set(tmp_path, person=(1, second))
    told = told[told["rule"] == "R-TWICE"]
    assert told["row"].tolist() == [2, 3] and set(told["column"]) == {"upn"}
    assert told["what_we_expect"].str.contains("also in row").all()
    assert told["what_to_do"].str.startswith("keep the right row").all()
    assert "A344000025001" not in told.to_csv()


def test_an_identifier_of_two_people_is_answered_on_both_rows(tmp_path):
    second = SEN2["person"][2].replace("P344000025002", "A344000025001")
    told = answer_to_set(tmp_path, person=(1, second))
    assert list(told["row"]) == [2, 3] and set(told["rule"]) == {"R-IDDUP"}
    assert told["what_to_do"].str.startswith("correct the identifier").all()


def test_too_many_bad_rows_of_a_set_are_listed_with_their_tables(tmp_path):
    needs = [f"{n},51,ZZZ,1" for n in range(5)]
    told = answer_to(*drop_set(tmp_path, set_bytes(senneed=[SEN2["senneed"][0], *needs])))
    assert list(told["rule"]) == ["R-BAD", *["R-CODE"] * 5]
    assert list(told["where"][1:]) == ["senneed"] * 5
    assert told["where"][0] == f"{SEN2_STEM}_senneed.csv"
    assert "senneed: 5 of 5 rows break a rule" in told["what_we_expect"][0]


def test_a_row_of_an_xml_file_is_answered_with_its_line(tmp_path):
    data = XML.replace("<SENtype>ASD", "<SENtype>ZZZ").encode()
    (row,) = answer(tmp_path, data, name=f"{SEN2_STEM}.xml").to_dict("records")
    line = XML[: XML.index("<SENtype>ASD")].count("\n") + 1
    assert (row["where"], row["row"], row["column"]) == ("senneed", line, "sentype")


def test_every_type_that_can_fail_has_a_form_in_words():
    types = {*get_args(Column.model_fields["type"].annotation)}
    assert types - {"text", "code", "prose"} == {*answers._FORMS, *IDENTIFIERS}
