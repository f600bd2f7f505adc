"""One cell at a time, from the delivered bytes to the lake: what each way of writing it means.

Cells that no feed has yet, such as publishers' figures, go through a contract made for them.
"""

import csv
import io
import os
from dataclasses import replace
from datetime import date
from typing import get_args

import pandas as pd
import pyarrow.parquet as pq
import pytest

from ingest.contracts import Column, Contract, contract_for
from ingest.contracts.model import NATIONAL_IDS
from ingest.door.answers import answer_of
from ingest.store.lake import lake_schema, lake_tables
from ingest.store.pseudonyms import Pseudonyms, open_pseudonyms
from ingest.typed.cells import Delivered
from ingest.typed.conform import Conformed
from ingest.typed.examined import Examined
from ingest.typed.national_identifiers import IDENTIFIERS
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable
from tests.worlds.small_deliveries import (
    RECEIVED_AT,
    SEN2,
    drop,
    drop_set,
    set_bytes,
    take,
    workbook_bytes,
)

COUNCIL = "E08000015"
ROWS = {
    "therapy_ptl": {
        "referral_id": "R1",
        "birth_date": "2019-05-04",
        "service": "SLT",
        "referral_received_date": "2021-01-10",
    },
    "cyp_mh": {"referral_id": "B1", "referral_received_date": "2021-01-10"},
    "annual_reviews": {"review_id": "V1", "case_id": "C1", "review_type": "annual"},
    "ehc_advice": {
        "advice_id": "A1",
        "case_id": "C1",
        "advice_body": "ep",
        "requested_date": "2021-01-10",
    },
    "ccis": {
        "young_person_id": "Y1",
        "birth_date": "2007-08-31",
        "la_code": "344",
        "activity_code": "210",
        "send_flag": "N",
    },
}
"""A sound row of each feed."""
SENDERS = {"therapy_ptl": "RY7", "cyp_mh": "BRANCH"}
MISSING = None


def rows_of(feed: str, **cells: object) -> tuple[list[str], list[object]]:
    names = [column.name for column in contract_for(feed, "2025-03").tables[0].columns]
    row = ROWS[feed] | cells
    return names, [row.get(name, "") for name in names]


def csv_of(feed: str, **cells: object) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows_of(feed, **cells))
    return text.getvalue().encode()


def landed(home, feed: str, data: bytes, ending: str = "csv") -> tuple[str, list[dict]]:
    """Outcome and reason of a delivery, and the rows that it brought to the lake."""
    name = f"{feed}_{SENDERS.get(feed, COUNCIL)}_202503_01.{ending}"
    path = drop(home / "sent", data, name=name)
    os.utime(path, (0, 0))  # it has settled long ago
    (outcome,) = take(home, [path])
    table = contract_for(feed, "2025-03").tables[0].name
    files = (home / "lake" / feed).glob(f"period=2025-03/*/{table}.parquet")
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    return f"{outcome.outcome} {outcome.why}", rows


def in_lake(home, feed: str, **cells: object) -> dict | None:
    """The first row of a delivery as the lake has it, or None where it is set aside."""
    key, *_ = contract_for(feed, "2025-03").tables[0].key
    beside = csv_of(feed, **{key: "beside it"}).partition(b"\n")[2]
    outcome, rows = landed(home, feed, csv_of(feed, **cells) + beside)
    assert outcome.startswith("accepted") and rows
    return rows[0] if rows[0]["source_row"] == 2 else None


def own_number(home, text: str) -> str:
    """What the lake makes of a provider's own number: text goes no further in any other form."""
    return open_pseudonyms(home / "pseudonym.key").of("therapy_ptl.RY7.referral_id", text)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2025-03-05", date(2025, 3, 5)),
        ("2025-03-05T00:00:00Z", date(2025, 3, 5)),
        ("2022-Sep-28 00:00:00", date(2022, 9, 28)),
        ("28-Sep-22", date(2022, 9, 28)),
        ("5 March 2025", date(2025, 3, 5)),
        ("25/03/2025", date(2025, 3, 25)),
        ("2025-03-05\u200b", date(2025, 3, 5)),
        ("0000-00-00", MISSING),
        ("N/A", MISSING),
        ("TBC", MISSING),
        ("", MISSING),
    ],
)
def test_a_day_is_read_in_each_of_its_forms(tmp_path, cell, day):
    assert in_lake(tmp_path, "therapy_ptl", first_contact_date=cell)["first_contact_date"] == day


@pytest.mark.parametrize(
    "cell",
    [
        "2025-02-31",
        "05/03/2025",
        "45000",
        "45000.0",
        "Tuesday, 5 March 2025",
        "2025",
        "March 2025",
        "2025-03-05T23:00:00Z",
    ],
)
def test_a_day_in_no_declared_form_sets_its_row_aside(tmp_path, cell):
    assert in_lake(tmp_path, "therapy_ptl", first_contact_date=cell) is None


@pytest.mark.parametrize("cell", [45000, 45000.0, "45000.0", date(2023, 3, 15), "2023-03-15"])
def test_a_workbook_counts_days_as_excel_does(tmp_path, cell):
    sheet = rows_of("therapy_ptl", first_contact_date=cell)
    _, (row,) = landed(tmp_path, "therapy_ptl", workbook_bytes({"referrals": sheet}), "xlsx")
    assert row["first_contact_date"] == date(2023, 3, 15)


@pytest.mark.parametrize("cell", [2019, "2019", "2019.0", 1, 0, 60, date(1905, 7, 11)])
def test_a_year_or_a_day_before_1906_in_a_workbook_is_no_date(tmp_path, cell):
    header, row = rows_of("therapy_ptl", first_contact_date=cell)
    _, beside = rows_of("therapy_ptl", referral_id="beside")
    data = workbook_bytes({"referrals": [header, row, beside]})
    _, (kept,) = landed(tmp_path, "therapy_ptl", data, "xlsx")
    assert kept["source_row"] == 3


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("05/03/2025", date(2025, 3, 5)),
        ("5/3/69", date(1969, 3, 5)),
        ("5/3/68", date(2068, 3, 5)),
        ("04/05/2025", date(2025, 5, 4)),
        ("31/02/2025", MISSING),
        ("03/25/2025", MISSING),
    ],
)
def test_day_and_month_follow_the_contract_and_are_never_guessed(cell, day):
    facts = Delivered(date(2100, 1, 1), day_first_dates=True)
    kept = small({"type": "date", "is_event": False}, cell, facts)
    assert (kept[0]["n"] if kept else None) == day


@pytest.mark.parametrize("cell", ["0123456", "00123", "12345"])
def test_a_local_number_keeps_its_leading_zeros(tmp_path, cell):
    row = in_lake(tmp_path, "therapy_ptl", referral_id=cell)
    pseudonyms = open_pseudonyms(tmp_path / "pseudonym.key")
    assert row["referral_id"] == pseudonyms.of("therapy_ptl.RY7.referral_id", cell)


def test_a_number_of_the_case_is_the_same_in_every_feed(tmp_path):
    review = in_lake(tmp_path, "annual_reviews", case_id="EHC344000001.0")
    advice = in_lake(tmp_path, "ehc_advice", case_id="EHC344000001.0")
    assert review["case_id"] == advice["case_id"]
    pseudonyms = open_pseudonyms(tmp_path / "pseudonym.key")
    assert advice["case_id"] == pseudonyms.of("case", "EHC344000001.0")


@pytest.mark.parametrize("cell", ["344", "0344", "E08000015"])
def test_a_text_stays_as_it_was_written(tmp_path, cell):
    row = in_lake(tmp_path, "therapy_ptl", referral_id=cell)
    assert row["referral_id"] == own_number(tmp_path, cell)


@pytest.mark.parametrize(
    ("feed", "column"),
    [
        ("therapy_ptl", "nhs_number"),
        ("therapy_ptl", "referral_id"),
        ("therapy_ptl", "setting_urn"),
        ("annual_reviews", "upn"),
        ("annual_reviews", "case_id"),
        ("ccis", "uln"),
    ],
)
def test_a_number_without_its_last_digits_refuses_the_file(tmp_path, feed, column):
    outcome, rows = landed(tmp_path, feed, csv_of(feed, **{column: "1.23457E+12"}))
    assert outcome.startswith("refused R-SCI") and not rows


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,234", 1234),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("12.0", 12),
        ("0", 0),
        ("?", MISSING),
    ],
)
def test_a_count_is_read_with_its_separators(cell, number):
    (row,) = small({"type": "integer"}, cell)
    assert row["n"] == number


@pytest.mark.parametrize(
    ("cell", "number"), [("-2", -2), ("14.0", 14), ("-3", MISSING), ("15", MISSING)]
)
def test_a_year_group_lies_between_nursery_and_year_14(tmp_path, cell, number):
    row = in_lake(tmp_path, "annual_reviews", year_group=cell)
    assert (row and row["year_group"]) == number


@pytest.mark.parametrize(
    "cell",
    ["EHC344001", "ehc-344-001", " EHC 344\u00a0001 ", "EHC\u2011344\u2013001", "EHC344001\u200b"],
)
def test_the_number_of_a_case_is_one_however_it_is_written(tmp_path, cell):
    key = open_pseudonyms(tmp_path / "pseudonym.key")
    row = in_lake(tmp_path, "annual_reviews", case_id=cell)
    assert row["case_id"] == key.of("case", "EHC344001")


def test_a_local_number_of_a_single_sender_stays_as_it_is(tmp_path):
    row = in_lake(tmp_path, "therapy_ptl", referral_id="ab-1")
    assert row["referral_id"] == own_number(tmp_path, "ab-1")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *[(cell, False) for cell in ("0", "0.0", "N", "no", "FALSE", "", "n/a", "Not known")],
        *[(cell, True) for cell in ("1", "1.0", "Y", "true", "343", "343.0", "E08000016")],
        *[(cell, True) for cell in ("W06000015", "S12000033", "N09000003", "2024-05-01")],
    ],
)
def test_a_cell_that_says_no_is_not_filled(tmp_path, cell, value):
    assert exported(tmp_path, cell) == [value, False]


@pytest.mark.parametrize(
    "cell",
    ["N/K", "No.", "none known", "Liverpool", "see notes", "x", "999", "000", "12", "1900-01-01",
     "E99999999", "E12000002", "not yet", "Y?", "45000"],
)  # fmt: skip
def test_a_word_that_is_no_yes_no_authority_and_no_day_sets_the_row_aside(tmp_path, cell):
    assert exported(tmp_path, cell) == [False]


def exported(tmp_path, cell: str) -> list[bool]:
    """What the lake has of a request with such a cell, and of one without."""
    lines = [SEN2["requests"][0], SEN2["requests"][2], SEN2["requests"][2].replace("12,2", "13,2")]
    lines[1] += cell
    few = dict.fromkeys(("plandetail", "namedplan", "activeplans", "placementdetail", "senneed"))
    header = {name: SEN2[name][:1] for name in (*few, "assessment")}
    paths = drop_set(tmp_path / "sent", set_bytes(requests=lines, **header))
    for path in paths:
        os.utime(path, (0, 0))
    assert {one.outcome for one in take(tmp_path, paths)} == {"accepted"}
    (file,) = (tmp_path / "lake").rglob("submission=*/requests.parquet")
    return pq.read_table(file)["exported"].to_pylist()


@pytest.mark.parametrize("cell", ["", "null", "None", "NA", "n/a", "NaN", "Not known", "—", "?"])
def test_words_for_missing_are_missing(tmp_path, cell):
    row = in_lake(tmp_path, "cyp_mh", accepted=cell, triage_date=cell, service=cell)
    assert (row["accepted"], row["triage_date"], row["service"]) == (MISSING,) * 3
    assert row["_not_applicable"] is MISSING


def test_not_applicable_is_told_from_missing(tmp_path):
    row = in_lake(tmp_path, "ehc_advice", received_date="Not applicable", not_required=" 1.0 ")
    assert (row["received_date"], row["not_required"]) == (MISSING, True)
    assert row["_not_applicable"] == "received_date"


@pytest.mark.parametrize(("cell", "value"), [("No", False), ("0.0", False), ("yes", True)])
def test_no_is_an_answer(tmp_path, cell, value):
    assert in_lake(tmp_path, "cyp_mh", accepted=cell)["accepted"] is value


NHS, UPN, ULN = (
    ("therapy_ptl", "nhs_number", "nhs_id", "nhs"),
    ("annual_reviews", "upn", "upn_id", "upn"),
    ("ccis", "uln", "uln_id", "uln"),
)


@pytest.mark.parametrize(
    ("kind", "cell", "normal"),
    [
        (NHS, "9990000018", "9990000018"),
        (NHS, "999 000 0018", "9990000018"),
        (NHS, "999-000-0026\n", "9990000026"),
        (NHS, "9990000034.0", "9990000034"),
        (UPN, "A344000000010", "A344000000010"),
        (UPN, " a34400000001a ", "A34400000001A"),
        (ULN, "9990000009", "9990000009"),
        (ULN, "9990000009\t", "9990000009"),
        (ULN, "9990000009.0", "9990000009"),
        (ULN, "999 0000009", "9990000009"),
        (UPN, "A344\u00a0000000010", "A344000000010"),
    ],
)
def test_a_sound_identifier_goes_on_as_the_pseudonym_of_its_normal_form(
    tmp_path, kind, cell, normal
):
    feed, column, name, domain = kind
    row = in_lake(tmp_path, feed, **{column: cell})
    assert row[f"has_valid_{column}"] is True
    assert row[name] == open_pseudonyms(tmp_path / "pseudonym.key").of(domain, normal)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (NHS, "9990000019"),
        (NHS, "999000001"),
        (NHS, "99900018"),
        (NHS, "0000000000"),
        (NHS, "1234567890"),
        (UPN, "B344000000010"),
        (UPN, "A34400000001"),
        (UPN, "A3440000000100"),
        (UPN, "A34400000001B"),
        (UPN, "A3440000O0010"),
        (UPN, "a1a1a"),
        (ULN, "9990000008"),
        (ULN, "9999999999"),
        (ULN, "1234567890"),
    ],
)
def test_an_unsound_identifier_links_nobody_and_the_row_counts(tmp_path, kind, cell):
    feed, column, name, _ = kind
    row = in_lake(tmp_path, feed, **{column: cell})
    assert (row[f"has_valid_{column}"], row[name]) == (False, MISSING)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(b"Ren\xe9", "René"), (b"Zo\xc3\xab", "Zoë"), (b"O\x92Neil", "O’Neil"), (b"plain", "plain")],
)
def test_letters_are_decoded_as_they_were_meant(tmp_path, cell, text):
    data = csv_of("therapy_ptl", referral_id="HERE").replace(b"HERE", cell)
    _, (row,) = landed(tmp_path, "therapy_ptl", data)
    assert row["referral_id"] == own_number(tmp_path, text)


def test_a_nul_byte_refuses_the_file(tmp_path):
    data = csv_of("therapy_ptl", referral_id="HERE").replace(b"HERE", b"\0")
    assert landed(tmp_path, "therapy_ptl", data)[0].startswith("refused R-ENC")


@pytest.mark.parametrize("footer", ["Notes: extracted 1 May", "Total,1,2", "Total"])
def test_a_note_below_a_table_that_is_kept_by_hand_is_dropped(tmp_path, footer):
    data = csv_of("annual_reviews") + f"{footer}\n".encode()
    outcome, rows = landed(tmp_path, "annual_reviews", data)
    assert outcome.startswith("accepted") and len(rows) == 1


def test_a_row_that_only_begins_like_a_total_is_data(tmp_path):
    data = (
        csv_of("annual_reviews")
        + csv_of("annual_reviews", review_id="Total Recall Ltd").partition(b"\n")[2]
    )
    assert len(landed(tmp_path, "annual_reviews", data)[1]) == 2


def test_a_note_below_a_table_that_a_system_writes_refuses_it(tmp_path):
    data = csv_of("therapy_ptl") + b"Notes: extracted 1 May\n"
    assert landed(tmp_path, "therapy_ptl", data)[0].startswith("refused")


SOUND = {
    "text": ("x", "x"),
    "date": ("2025-03-05", date(2025, 3, 5)),
    "integer": ("1,234", 1234),
    "number": ("-1,234.5", -1234.5),
    "prose": ("Two posts are empty.", "Two posts are empty."),
    "reference": ("D-2025-12", "D-2025-12"),
    "boolean": ("yes", True),
    "code": ("slt", "SLT"),
    "figure": ("12%", 12.0),
    "nhs_number": ("999 000 0018", "9990000018"),
    "upn": ("a344000000010", "A344000000010"),
    "uln": ("9990000009", "9990000009"),
    "urn": ("999001", "999001"),
    "ukprn": ("10000001", "10000001"),
    "ods_code": ("ry7", "RY7"),
    "la_code": ("344", "344"),
}
"""A sound cell of each type, and its value."""
NEEDED = {"code": {"codes": "therapy_services"}, "figure": {"unit": "pct"}}


def of_type(kind: str, **facts) -> dict:
    linked = NATIONAL_IDS.get(kind)
    use = {"use": "pseudonym", "becomes": linked} if linked else {}
    return {"type": kind} | use | NEEDED.get(kind, {}) | facts


def test_every_type_that_a_contract_may_declare_is_tried_here():
    assert {*SOUND} == {*get_args(Column.model_fields["type"].annotation)}


@pytest.mark.parametrize("kind", SOUND)
def test_every_type_that_a_contract_may_declare_is_read_and_has_its_type_in_the_lake(kind):
    cell, value = SOUND[kind]
    contract = small_contract(of_type(kind))
    (table,) = contract.tables
    text = TextTable("rows", small_frame(cell), "utf-8")
    result = conform_all({"rows": text}, contract, Delivered(RECEIVED_AT.date()))
    assert result["rows"].kept["n"].tolist()[0] == value and result["rows"].rejects.empty
    ((_, arrow),) = lake_tables(examined(contract, result), Pseudonyms(bytes(32)))
    assert arrow.schema == lake_schema(contract, table)
    if kind not in IDENTIFIERS:
        assert arrow["n"].to_pylist() == [value, None]


@pytest.mark.parametrize("kind", sorted({*SOUND} - {"text", "prose"}))
def test_every_type_that_can_fail_sets_its_cell_aside_in_words(kind):
    contract = small_contract(of_type(kind))
    text = TextTable("rows", small_frame("?!"), "utf-8")
    result = conform_all({"rows": text}, contract, Delivered(RECEIVED_AT.date()))
    (line,) = answer_of(examined(contract, result), None).to_dict("records")
    assert (line["row"], line["column"]) == (2, "n") and len(line["what_we_expect"]) > 5
    assert "?!" not in str(line)


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("use", ["keep", "discard", "pseudonym", "month", "filled", "period"])
def test_a_contract_declares_no_use_that_the_lake_has_no_type_for(kind, use):
    try:
        contract = small_contract(of_type(kind, use=use))
    except ValueError:
        return
    cell, _ = ("yes", True) if use == "filled" else SOUND[kind]
    texts = {"rows": TextTable("rows", small_frame(cell), "utf-8")}
    result = conform_all(texts, contract, Delivered(RECEIVED_AT.date()))
    ((_, arrow),) = lake_tables(examined(contract, result), Pseudonyms(bytes(32)))
    assert arrow.num_rows == 2


def examined(contract: Contract, tables: dict[str, Conformed]) -> Examined:
    day = RECEIVED_AT.date()
    return Examined(contract, "S", "2025-03", 1, "id", day, "receipt", None, tables, ())


def small_frame(cell: str) -> pd.DataFrame:
    index = pd.Index([2, 3], name="source_row")
    return pd.DataFrame({"key": ["1", "2"], "n": [cell, None]}, index, dtype=object)


@pytest.mark.parametrize(
    "cell",
    ["01/01/1900", "1900-01-01", "1900-01-01T00:00:00", "01-Jan-1900", "1900-Jan-01 00:00:00",
     "1899-12-30", "00/01/1900", "1900-01-00"],
)  # fmt: skip
@pytest.mark.parametrize("column", [{}, {"is_event": False}])
def test_a_filler_date_is_missing_where_the_contract_says_so_and_else_no_date(cell, column):
    filler, facts = {"type": "date"} | column, Delivered(RECEIVED_AT.date())
    (row,) = small(filler, cell, replace(facts, has_filler_dates=True))
    assert row["n"] is None
    assert small(filler, cell, facts) == []


@pytest.mark.parametrize("is_workbook", [True, False])
@pytest.mark.parametrize("cell", ["0", "1.0", "00:00:00", "2"])
def test_day_0_and_day_1_are_fillers_in_a_workbook_alone(cell, is_workbook):
    facts = Delivered(RECEIVED_AT.date(), is_workbook=is_workbook, has_filler_dates=True)
    kept = small({"type": "date"}, cell, facts)
    assert bool(kept) == (is_workbook and cell != "2") and not any(row["n"] for row in kept)


def small(column: dict, cell: str, facts: Delivered | None = None) -> list[dict]:
    """The kept row, if it is, of such a column ``n`` beside its key, above a row without value."""
    contract = small_contract(column)
    texts = {"rows": TextTable("rows", small_frame(cell), "utf-8")}
    facts = facts or Delivered(RECEIVED_AT.date())
    kept = conform_all(texts, contract, facts)["rows"].kept[:-1].astype(object)
    return kept.where(kept.notna(), None).to_dict("records")


def small_contract(column: dict) -> Contract:
    key = {"name": "key", "type": "text", "description": "Key"}
    table = {
        "name": "rows",
        "description": "One row per figure",
        "key": ["key"],
        "columns": [key, {"name": "n", "description": "The column"} | column],
    }
    facts = {"kind": "official", "cadence": "monthly", "effective_from": "2020-01"}
    words = dict.fromkeys(("feed", "title", "sender", "source"), "test")
    return Contract.model_validate(facts | words | {"formats": ["csv"], "tables": [table]})


@pytest.mark.parametrize(
    ("cell", "unit", "figure", "symbol"),
    [
        ("1,234", "count", 1234, None),
        ("1\u00a0234", "count", 1234, None),
        ("*", "count", None, "*"),
        ("C", "count", None, "c"),
        ("x", "pct", None, "x"),
        ("low", "count", None, "low"),
        ("12%", "pct", 12, None),
        ("0.12", "proportion", 12, None),
        ("£1,200", "gbp", 1200, None),
        ("n/a", "count", None, None),
    ],
)
def test_a_publishers_figure_is_a_number_or_a_symbol(cell, unit, figure, symbol):
    (row,) = small({"type": "figure", "unit": unit, "symbols": "dfe_symbols"}, cell)
    assert (row["n"], row["n_symbol"]) == (figure, symbol)


@pytest.mark.parametrize(
    ("cell", "unit"), [("12%", "count"), ("1.23457E+12", "count"), ("~", "pct")]
)
def test_what_is_no_figure_sets_its_row_aside(cell, unit):
    assert small({"type": "figure", "unit": unit, "symbols": "dfe_symbols"}, cell) == []


def test_the_lake_has_the_symbol_beside_the_figure():
    contract = small_contract({"type": "figure", "unit": "count", "symbols": "dfe_symbols"})
    schema = lake_schema(contract, contract.tables[0])
    assert [str(schema.field(name).type) for name in ("n", "n_symbol")] == ["double", "string"]
