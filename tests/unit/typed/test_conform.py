from collections import Counter
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from ingest.contracts import Column, contract_for, load_contracts
from ingest.contracts.model import codes, policy
from ingest.refusals import Refused
from ingest.typed.cells import Delivered, read_date, reader
from ingest.typed.conform import Conformed
from ingest.typed.date_columns import read_dates
from ingest.typed.headings import declared_name, heading
from ingest.typed.national_identifiers import IDENTIFIERS
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable

CONTRACT = contract_for("therapy_ptl", "2025-03")
NAMES = [column.name for column in CONTRACT.tables[0].columns]
GOOD = dict.fromkeys(NAMES) | {
    "referral_id": "R1",
    "nhs_number": "9990000018",
    "birth_date": "2019-05-04",
    "service": "SLT",
    "referral_received_date": "2025-01-10",
}
EXTRACT = Delivered(extract_date=date(2025, 4, 3), period="2025-03")


def delivered(*rows: dict, columns: list[str] = NAMES) -> TextTable:
    index = pd.RangeIndex(2, 2 + len(rows), name="source_row")
    frame = pd.DataFrame([GOOD | row for row in rows], index=index, columns=columns, dtype=object)
    return TextTable("referrals", frame, "utf-8")


def conform(text: TextTable, facts: Delivered) -> Conformed:
    return conform_all({"referrals": text}, CONTRACT, facts)["referrals"]


def many(count: int) -> list[dict]:
    return [{"referral_id": f"G{number}"} for number in range(count)]


def outcome(row: dict, facts: Delivered = EXTRACT) -> list[tuple[str, str]]:
    """Rules that one row breaks among nine sound ones, with what becomes of it."""
    result = conform(delivered(*many(9), row), facts)
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
        {"birth_date": "1999-01-11", "nhs_number": "9990000026"},
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
    result = conform(delivered({"nhs_number": number}), EXTRACT)
    assert result.kept["nhs_number"].isna().tolist() == [True]
    assert result.rejects[["rule", "outcome"]].to_numpy().tolist() == [["R-ID", "warning"]]


def test_rows_landed_are_kept_quarantined_or_discarded():
    rows = [*many(30), *many(1), {"referral_id": "D"}, {"referral_id": "D", "service": "OT"}]
    result = conform(delivered(*rows), EXTRACT)
    assert (result.landed, len(result.kept), result.quarantined, result.discarded) == (33, 30, 2, 1)


def test_of_exact_duplicates_the_first_is_kept_and_clashing_keys_are_all_set_aside():
    rows = [*many(20), {"referral_id": "G3"}, {"referral_id": "G4", "service": "OT"}]
    result = conform(delivered(*rows), EXTRACT)
    assert 5 in result.kept.index and 22 not in result.kept.index
    assert {6, 23}.isdisjoint(result.kept.index)


def test_columns_are_matched_by_name_and_never_by_position():
    turned = conform(delivered({}, columns=NAMES[::-1]), EXTRACT)
    assert turned.kept["referral_id"].tolist() == ["R1"]


def test_an_undeclared_column_refuses_a_person_level_delivery_without_repeating_its_name():
    with pytest.raises(Refused, match="position 17") as refused:
        conform(delivered({}, columns=[*NAMES, "mother_name"]), EXTRACT)
    assert refused.value.rule == "R-COL" and "mother_name" not in str(refused.value)


@pytest.mark.parametrize(
    "write",
    [
        lambda name: name.upper().replace("_", " "),
        lambda name: name.title().replace("_", ""),
        lambda name: name.replace("_", "-"),
        lambda name: f"\ufeff{name}\u200b",
        lambda name: name.replace("_", "\u00a0"),
        lambda name: f" {name.replace('_', '  ')}.",
    ],
)
def test_a_heading_is_known_by_its_letters(write):
    text = delivered({})
    frame = text.frame.rename(columns=write)
    result = conform(TextTable("referrals", frame, "utf-8"), EXTRACT)
    assert result.kept["referral_id"].tolist() == ["R1"] and result.rejects.empty


@pytest.mark.parametrize(
    ("heading_", "meant"),
    [
        ("referal_id", "referral_id"),
        ("REFERRAL NUMBER ID", "referral_id"),
        ("Referral date received", "referral_received_date"),
        ("mother_name", None),
        ("Ada Example", None),
    ],
)
def test_a_heading_that_is_like_a_missing_one_is_asked_after_and_not_repeated(heading_, meant):
    lost = meant or "referral_id"
    columns = [heading_ if name == lost else name for name in NAMES]
    with pytest.raises(Refused) as refused:
        conform(delivered({}, columns=columns), EXTRACT)
    assert refused.value.rule == "R-COL" and heading_ not in str(refused.value)
    asked = f"did you mean {meant} in position {columns.index(heading_) + 1}?"
    assert (asked in refused.value.found) == (meant is not None)
    assert ("there is no column referral_id" in refused.value.found) == (meant is None)
    assert refused.value.action.startswith("rename each column that belongs to the feed")


def test_an_undeclared_column_is_told_by_its_place_in_the_file_beside_blank_ones():
    columns = ["referal_id" if name == "referral_id" else name for name in NAMES]
    places = tuple(2 * at for at in range(1, len(columns) + 1))
    with pytest.raises(Refused, match=r"position 2; did you mean referral_id in position 2\?"):
        conform(replace(delivered({}, columns=columns), places=places), EXTRACT)


def test_a_missing_column_is_named():
    with pytest.raises(Refused, match="no column service"):
        conform(delivered({}, columns=[n for n in NAMES if n != "service"]), EXTRACT)


def test_no_rows_are_refused_unless_the_manifest_says_so():
    with pytest.raises(Refused, match="R-EMPTY"):
        conform(delivered(), EXTRACT)
    nil = conform(delivered(), Delivered(date(2025, 4, 3), is_nil_return=True))
    assert nil.landed == 0 and nil.kept.empty


@pytest.mark.parametrize(
    ("rows", "bad", "is_refused"),
    [
        (24, 5, True),
        (25, 5, False),
        (4, 3, False),
        (4, 4, True),
        (1, 1, True),
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
            conform(table, EXTRACT)
        assert len(refused.value.rejects) == bad
    else:
        assert conform(table, EXTRACT).quarantined == bad


@pytest.mark.parametrize(
    ("cell", "facts", "day"),
    [
        ("2025-03-05", {}, date(2025, 3, 5)),
        ("2025-03-05T00:00:00Z", {}, date(2025, 3, 5)),
        ("2022-Sep-28 00:00:00", {}, date(2022, 9, 28)),
        ("2025-01-10T23:59:59.999", {}, date(2025, 1, 10)),
        ("2024-06-01T00:00:00+01:00", {}, date(2024, 6, 1)),
        ("2024-06-01T00:00Z", {}, date(2024, 6, 1)),
        ("2024-06-01Z", {}, date(2024, 6, 1)),
        ("2024-06-01+01:00", {}, date(2024, 6, 1)),
        ("2024-01-15+00:00", {}, date(2024, 1, 15)),
        ("2024-01-15+01:00", {}, None),
        ("2024-01-15T00:00:00+01:00", {}, None),
        ("2024-06-01+05:30", {}, None),
        ("2024-05-31T23:00:00Z", {}, None),
        ("2024-05-31T23:00:00+01:00", {}, None),
        ("2024-05-31 23:00:00.000+0000", {}, None),
        ("2024-06-01T00:00:00+05:30", {}, None),
        ("2024-06-01T00:00:01Z", {}, None),
        ("2024-06-01 00:00:00 UTC", {}, None),
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
        ("2019", {"is_workbook": True}, None),
        ("2192", {"is_workbook": True}, None),
        ("2193", {"is_workbook": True}, date(1906, 1, 1)),
        ("2025-3-5", {}, None),
        ("２025-03-05", {}, None),
        ("2025-03-05 and later", {}, None),
    ],
)
def test_a_date_is_read_whole_in_a_declared_form_or_not_at_all(cell, facts, day):
    assert read_date(cell, Delivered(date(2025, 4, 3), **facts)) == day


def dates(*cells: str, facts: Delivered = EXTRACT) -> tuple[list, Conformed]:
    """What a column reads, and the result; the others of each row are sound."""
    rows = [{"referral_id": f"R{n}", "birth_date": c} for n, c in enumerate(cells)]
    result = conform(delivered(*many(40), *rows), facts)
    read = dict(zip(result.kept["referral_id"], result.kept["birth_date"], strict=True))
    return [read.get(row["referral_id"]) for row in rows], result


MAY = date(2018, 5, 14)


@pytest.mark.parametrize(
    ("cells", "days", "form"),
    [
        (["14/05/2018"], [MAY], "dd/mm/yyyy"),
        (["14/05/2018", "31/12/2017 00:00"], [MAY, date(2017, 12, 31)], "dd/mm/yyyy"),
        (["14.05.2018", "14.5.2018"], [MAY, MAY], "dd.mm.yyyy"),
        (["14-05-2018"], [MAY], "dd-mm-yyyy"),
        (["14/05/2018", "2018-05-14"], [MAY, MAY], "dd/mm/yyyy"),
        (["14 May 2018", "May 14, 2018", "14th may 2018"], [MAY] * 3, "the month as a word"),
        (["14-MAY-2018 09:30", "14/May/2018", "2018 May 14"], [MAY] * 3, "the month as a word"),
        (["Monday, 14 May 2018", "5 Sept 2018"], [MAY, date(2018, 9, 5)], "the month as a word"),
        (["14 May 2018", "14/05/2018"], [MAY, MAY], "the month as a word, dd/mm/yyyy"),
        (["14/05/2018", "31/02/2018"], [MAY, None], "dd/mm/yyyy"),
        (["14/05/2018", "none yet"], [MAY, None], "dd/mm/yyyy"),
    ],
)
def test_a_column_of_dates_that_has_one_reading_is_read_and_noted(cells, days, form):
    read, result = dates(*cells)
    assert read == days
    (finding,) = result.findings
    assert finding.severity == "note" and finding.where == "referrals, column birth_date"
    assert form in finding.message


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["05/04/2018", "06/04/2018"], "written dd/mm/yyyy or mm/dd/yyyy"),
        (["14/05/2018", "05/04/2018"], "written dd/mm/yyyy"),
        (["14/05/2018", "12/12/2018"], "written dd/mm/yyyy"),
        (["05/14/2018", "06/15/2018"], "written mm/dd/yyyy"),
        (["14/05/2018", "05/14/2018"], "written both dd/mm/yyyy and mm/dd/yyyy"),
        (["14/05/18", "15/05/18"], "a two-digit year"),
        (["14/05/2018", "14/05/18"], "a two-digit year"),
        (["2018/05/14", "20180514"], "the year first"),
        (["43234", "43235.0"], "an Excel day number"),
        (["2018", "2019"], "a year only"),
        (["May 2018", "2018-05"], "a month only"),
        (["2018-05-13T23:00:00Z"] * 2, "a time with a time zone"),
        (["2018-01-15T00:00:00+01:00", "2018-05-14+02"], "a time with a time zone"),
    ],
)
def test_a_column_of_dates_of_another_form_is_not_read_and_told_once(cells, form):
    read, result = dates(*cells)
    assert read == [None, None] and result.findings == ()
    assert result.quarantined == 2 and set(result.rejects["rule"]) == {"R-TYPE"}
    (why,) = set(result.rejects["why"])
    assert why.startswith("2 of 42 dates are written ") and form in why


WORKBOOK = Delivered(date(2025, 4, 3), is_workbook=True)


@pytest.mark.parametrize("text", ["14/05/2018", "05/14/2018", "31/12/2017 00:00"])
def test_days_that_excel_may_have_taken_for_months_are_not_read_and_told_once(text):
    """An American Excel makes 5 April of 04/05/2018 and leaves 14/05/2018 as text."""
    column = pd.Series([text, "2018-04-05", "43160.0"] * 2)
    read = read_dates(column.unique(), WORKBOOK)
    assert set(read.days.values()) == {None}
    assert "Excel dates that may have day and month exchanged" in read.said_of(
        read.unread(), Counter(column)
    )


@pytest.mark.parametrize(
    ("cells", "facts"),
    [
        (["14/05/2018", "2018-04-05", "2018-04-13"], WORKBOOK),
        (["14/05/2018", "2018-04-05"], EXTRACT),
        (["14 May 2018", "2018-04-05"], WORKBOOK),
        (["2018-04-05", "2018-04-06"], WORKBOOK),
    ],
)
def test_days_that_nothing_beside_them_puts_in_doubt_are_read(cells, facts):
    assert None not in read_dates(cells, facts).days.values()


def test_impossible_days_of_a_declared_form_are_told_one_by_one():
    read, result = dates("2018-02-30", "2018-02-31", "tomorrow", "31-Jun-18")
    assert read == [None] * 4 and result.rejects["why"].tolist() == [""] * 4


def test_a_single_date_of_another_form_is_told_as_any_cell():
    read, result = dates("05/04/2018")
    assert read == [None] and result.rejects["why"].tolist() == [""]


def test_dates_that_are_refused_are_told_in_the_refusal_as_a_column():
    rows = [{"referral_id": f"R{n}", "birth_date": "05/04/2018"} for n in range(20)]
    with pytest.raises(Refused, match="birth_date: all 20 dates are written dd/mm/yyyy") as refused:
        conform(delivered(*rows), EXTRACT)
    assert refused.value.rule == "R-BAD" and "R-TYPE" not in refused.value.found


@pytest.mark.parametrize("cell", ["1905-12-31", "0001-01-01", "1900-01-01"])
def test_a_birth_before_1906_is_none_and_a_later_one_may_be(cell):
    assert branch({"birth_date": cell}).rejects["rule"].tolist()[:1] == ["R-OLD"]
    assert "R-OLD" not in branch({"birth_date": "1906-01-01"}).rejects["rule"].tolist()


def test_an_event_before_1998_and_before_birth_is_one_reject():
    row = {"referral_id": "X", "last_family_contact_date": "1997-12-31"}
    assert outcome(row) == [("R-OLD", "quarantine")]


def branch(*cells: dict) -> Conformed:
    """Branch referrals with these cells, conformed."""
    contract = contract_for("cyp_mh", "2025-03")
    names = [column.name for column in contract.tables[0].columns]
    rows = [{"referral_id": f"B{n}", "referral_received_date": "2025-01-10"} for n in range(9)]
    rows = [row | (cells[n] if n < len(cells) else {}) for n, row in enumerate(rows)]
    frame = pd.DataFrame(rows, pd.RangeIndex(2, 11, name="source_row"), names, dtype=object)
    text = TextTable("referrals", frame, "utf-8")
    result = conform_all({"referrals": text}, contract, EXTRACT)
    return result["referrals"]


@pytest.mark.parametrize("cell", ["1", "1.0", "Y", "yes", "TRUE", " true "])
def test_yes_has_many_spellings(cell):
    assert branch({"accepted": cell}).kept["accepted"].tolist()[0] is True


@pytest.mark.parametrize("cell", ["0", "0.0", "N", "No", "FALSE"])
def test_no_is_an_answer_and_not_missing(cell):
    assert branch({"accepted": cell}).kept["accepted"].tolist()[0] is False


@pytest.mark.parametrize("cell", ["", "?", "NA", "not known", "not applicable"])
def test_a_blank_is_missing_and_not_no(cell):
    result = branch({"accepted": cell})
    assert result.kept["accepted"].isna().tolist()[0] and result.rejects.empty


@pytest.mark.parametrize("cell", ["2", "1.5", "yes please", "-1", "true?"])
def test_a_word_that_is_neither_yes_nor_no_sets_the_row_aside(cell):
    assert branch({"accepted": cell}).rejects["rule"].tolist() == ["R-TYPE"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", 12), ("12.0", 12), ("1,234", 1234), ("1 234", 1234), ("1\u00a0234", 1234), ("-2", -2)],
)
def test_a_whole_number_is_read_with_its_separators(cell, number):
    assert reader(Column(name="n", type="integer", description="A number"), EXTRACT)(cell) == number


@pytest.mark.parametrize(
    ("cell", "rules"), [("0", []), ("500", []), ("-1", ["R-TYPE"]), ("501", ["R-TYPE"])]
)
def test_a_number_that_cannot_be_right_sets_the_row_aside(cell, rules):
    assert branch({"contacts_in_month": cell}).rejects["rule"].tolist() == rules


@pytest.mark.parametrize("cell", ["12.5", "1,23", "12%", "1E3", "9" * 20, "１２"])
def test_what_is_no_whole_number_sets_the_row_aside(cell):
    assert branch({"contacts_in_month": cell}).rejects["rule"].tolist() == ["R-TYPE"]


def test_a_local_number_that_a_program_wrote_as_a_float_is_the_same_number():
    kept = branch({"referral_id": "12345.0"}, {"referral_id": "0123"}, {"referral_id": "1.5"}).kept
    assert kept["referral_id"].tolist()[:3] == ["12345", "0123", "1.5"]


def test_two_spellings_of_one_key_clash():
    result = branch({"referral_id": "77"}, {"referral_id": "77.0", "source": "GP"})
    assert result.rejects["rule"].tolist() == ["R-DUPKEY"] * 2


@pytest.mark.parametrize(
    "spellings",
    [
        ("SLT-001", "slt001"),
        ("SLT001", "slt001 "),
        ("ABC-123", "abc123", "ABC 123"),
        ("ABC-123", "ABC\u2011123"),
        ("ABC 123", "ABC\u00a0-123"),
        ("ABC\u200b-123", "abc-123"),
        ("'0123", "0123"),
        ("１２3a", "123A"),
        ("12-3", "1-23", "123"),
    ],
)
def test_numbers_that_differ_in_capitals_hyphens_or_blanks_alone_are_set_aside(spellings):
    rows = [{"referral_id": number} for number in spellings]
    result = conform(delivered(*many(40), *rows), EXTRACT)
    assert set(result.rejects["rule"]) == {"R-DUPKEY"} and result.quarantined == len(rows)
    assert len(result.kept) == 40 and result.landed == 40 + len(rows)
    (why,) = set(result.rejects["why"])
    assert why.startswith("rows 42, 43")


@pytest.mark.parametrize(
    "numbers",
    [("12-3", "1-23"), ("AB1", "AB2"), ("A1", "Á1"), ("0123", "123"), ("1.5", "15"), ("A_1", "A1")],
)
def test_numbers_that_differ_in_more_are_two(numbers):
    result = conform(delivered(*many(9), *({"referral_id": n} for n in numbers)), EXTRACT)
    assert len(result.kept) == 11 and result.rejects.empty


def test_a_number_with_an_unseen_character_is_the_number():
    kept = branch({"referral_id": "B1\u200b"}, {"referral_id": "\ufeffB2"}).kept
    assert kept["referral_id"].tolist()[:2] == ["B1", "B2"]
    rows = [{"referral_id": "B1"}, {"referral_id": "B1\u200b", "source": "GP"}]
    assert branch(*rows).rejects["rule"].tolist() == ["R-DUPKEY"] * 2


SOUND = [n for n in (f"999{n:07d}" for n in range(1000)) if IDENTIFIERS["nhs_number"].read(n)]


REFUSED_COLUMNS = [(0, 200, 0), (4, 196, 0), (0, 5, 5), (1, 4, 0), (10, 40, 0), (0, 20, 200)]
TOLD_COLUMNS = [(40, 10, 0), (10, 30, 0), (0, 4, 0), (0, 4, 200), (0, 5, 100), (50, 1, 0)]
"""Sound, broken and empty cells."""


def numbers(sound: int, broken: int, empty: int = 0) -> Conformed:
    cells = SOUND[:sound] + [f'="{n:010d}"' for n in range(broken)] + [None] * empty
    rows = [{"referral_id": f"R{n}", "nhs_number": cell} for n, cell in enumerate(cells)]
    return conform(delivered(*rows), EXTRACT)


@pytest.mark.parametrize(("sound", "broken", "empty"), REFUSED_COLUMNS)
def test_a_column_of_identifiers_in_which_nearly_nothing_is_sound_is_refused_once(
    sound, broken, empty
):
    with pytest.raises(Refused) as refused:
        numbers(sound, broken, empty)
    assert refused.value.rule == "R-NOID" and refused.value.rejects is None
    count = f"in {sound or 'none'} of {sound + broken} filled cells"
    assert f"a valid NHS number {count}" in refused.value.found


@pytest.mark.parametrize(("sound", "broken", "empty"), TOLD_COLUMNS)
def test_a_column_with_some_unsound_identifiers_or_few_cells_is_told_row_by_row(
    sound, broken, empty
):
    result = numbers(sound, broken, empty)
    assert len(result.kept) == sound + broken + empty
    assert result.rejects["rule"].tolist() == ["R-ID"] * broken


@pytest.mark.parametrize("column", ["referral_id", "nhs_number"])
@pytest.mark.parametrize(
    "cell", ["1.23457E+12", "9.99e+09", "1E+12", "12.3457E+12", "1.23457E12", "1.23457 E+12"]
)
def test_a_number_in_scientific_notation_refuses_the_file(column, cell):
    with pytest.raises(Refused, match=f"R-SCI at referrals, column {column}") as refused:
        branch({column: cell})
    assert cell not in str(refused.value)


@pytest.mark.parametrize("cell", ["1E12", "E12", "12E+A", "12E4"])
def test_a_local_number_that_only_looks_scientific_is_kept(cell):
    assert branch({"referral_id": cell}).kept["referral_id"].tolist()[0] == cell


ULNS = ["9990000009", "9990000017", "9990000025"]


def test_a_column_that_holds_another_identifier_throughout_refuses_the_file():
    with pytest.raises(Refused, match="ULNs only, and no NHS number") as refused:
        branch(*[{"nhs_number": uln} for uln in ULNS])
    assert refused.value.rule == "R-SWAP"


@pytest.mark.parametrize(
    "identifier", ["9990000018", "9990000009", "A344000025001", "999 000 0018", "9990000018.0"]
)
@pytest.mark.parametrize("column", ["setting_urn", "provider_code"])
def test_an_identifier_in_a_column_that_goes_further_as_it_is_refuses_the_file(column, identifier):
    with pytest.raises(Refused, match=f"R-SWAP at referrals, column {column}") as refused:
        conform(delivered(*many(9), {column: identifier}), EXTRACT)
    assert identifier not in str(refused.value)


def test_a_number_that_is_no_sound_identifier_only_sets_its_row_aside():
    assert outcome({"referral_id": "X", "setting_urn": "9990000019"}) == [("R-TYPE", "quarantine")]


@pytest.mark.parametrize(("code", "rules"), [("12F", 0), ("BRANCH", 0), ("RY7", 0), ("OLIVIAS", 1)])
def test_an_ods_code_has_three_to_six_characters(code, rules):
    assert len(outcome({"referral_id": "X", "provider_code": code})) == rules


def test_one_nhs_number_of_two_birth_dates_links_nobody_and_of_one_it_links():
    rows = [{"referral_id": f"R{n}", "nhs_number": "9990000026"} for n in range(2)]
    assert conform(delivered(*rows), EXTRACT).kept["nhs_number"].notna().all()
    rows[1]["birth_date"] = "2011-01-01"
    result = conform(delivered(*many(2), *rows), EXTRACT)
    assert result.rejects["rule"].tolist() == ["R-IDDUP"] * 2
    assert result.kept["nhs_number"].notna().tolist() == [True, True, False, False]


@pytest.mark.parametrize("last", ["9990000018", "9990000019", None])
def test_a_column_with_some_other_identifiers_is_only_told_of_them(last):
    result = branch(*[{"nhs_number": number} for number in (*ULNS[:2], last)])
    assert set(result.rejects["rule"]) == {"R-ID"}


def test_the_fault_of_an_identifier_is_told_with_its_row():
    result = branch({"nhs_number": "9990000019"}, {"nhs_number": "999"}, {"nhs_number": "0" * 10})
    assert [why.split()[1] for why in result.rejects["why"]] == ["check", "does", "repeats"]


def test_not_applicable_is_missing_and_remembered_by_the_name_of_its_column():
    cells = {"first_contact_date": "Not applicable", "birth_date": "not applicable"}
    kept = branch(cells, {"first_contact_date": "n/a"}).kept
    assert kept["_not_applicable"].tolist()[0] == "birth_month, first_contact_date"
    assert kept["_not_applicable"].isna().tolist()[:2] == [False, True]
    assert kept["first_contact_date"].isna().all()


def test_not_applicable_does_not_fill_a_required_cell():
    assert branch({"referral_received_date": "not applicable"}).rejects["rule"].tolist() == [
        "R-REQ"
    ]


def test_columns_that_go_no_further_are_counted_and_dropped():
    assert branch().discarded_columns == 0
    result = branch({"source": "School", "team_type": "a team"}, {"source": "not applicable"})
    assert result.discarded_columns == 2
    assert (
        not {"source", "team_type"} & set(result.kept)
        and result.kept["_not_applicable"].isna().all()
    )


def test_no_code_is_a_word_for_missing():
    words = {*policy().null_tokens, *policy().not_applicable_tokens}
    lists = {c.codes for k in load_contracts() for t in k.tables for c in t.columns if c.codes}
    assert not [code for name in lists for code in codes(name) if code.casefold() in words]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Date of Birth \n(ccyy-mm-dd)", "dateofbirth"),
        ("UPN - Unique Pupil Number (13 characters)", "upnuniquepupilnumber"),
        ("SEN Setting – Establishment type", "sensettingestablishmenttype"),
        ("ActivityCode", "activitycode"),
        (" week20_ground\r\nlocal", "week20ground"),
        ("Sex(as in law)", "sexasinlaw"),
    ],
)
def test_a_heading_is_its_letters_and_digits_up_to_its_hint(label, name):
    assert heading(label) == name


def test_no_two_columns_of_a_table_share_a_heading():
    for contract in load_contracts():
        for table in contract.tables:
            names = [{heading(n) for n in (c.name, *c.also_named)} for c in table.columns]
            assert sum(map(len, names)) == len(set().union(*names)), (contract.feed, table.name)


CCIS_ROW = {
    "YoungPersonsID": "1",
    "DOB": "2007-08-31",
    "LeadLEA": "344",
    "ActivityCode": "210",
    "SENDFlag": "Y",
    "GivenName": "Invented",
}


def young_people(row: dict) -> Conformed:
    frame = pd.DataFrame([row], pd.Index([2], name="source_row"), dtype=object)
    contract = contract_for("ccis", "2025-03")
    text = TextTable("young_people", frame, "utf-8")
    return conform_all({"young_people": text}, contract, EXTRACT)["young_people"]


def test_columns_go_by_the_names_of_the_standard_form_and_optional_ones_may_be_missing():
    result = young_people(CCIS_ROW)
    (row,) = result.kept.to_dict("records")
    assert row["birth_date"] == date(2007, 8, 31) and row["send_flag"] is True
    assert pd.isna(row["upn"]) and pd.isna(row["offer_flag"]) and result.discarded_columns == 1


@pytest.mark.parametrize("name", ["startdate (proposed)", "UPN (former)"])
def test_a_name_with_a_remark_is_another_column(name):
    contract = contract_for("sen2_ehc", "2025-03")
    plain = name.partition(" ")[0].lower()
    table = next(t for t in contract.tables if plain in [c.name for c in t.columns])
    assert declared_name(name, table) is None and declared_name(plain.upper(), table) == plain


def test_a_label_of_the_standard_form_may_bear_its_hint():
    person = contract_for("sen2_ehc", "2025-03").table("person")
    assert declared_name("Date of Birth (ccyy-mm-dd)", person) == "personbirthdate"


def test_one_column_under_two_names_is_refused():
    with pytest.raises(Refused, match=r"R-HDR .* more than one column young_person_id"):
        young_people(CCIS_ROW | {"young_person_id": "1"})


def test_only_columns_that_may_be_missing_may_be_missing():
    with pytest.raises(Refused, match="no column send_flag") as refused:
        young_people({name: cell for name, cell in CCIS_ROW.items() if name != "SENDFlag"})
    assert "postcode" not in refused.value.expected


def test_a_planned_day_may_lie_ahead_and_an_event_may_not():
    result = young_people(CCIS_ROW | {"ReviewDate": "2025-09-01", "StartDate": "2025-05-01"})
    assert result.rejects.empty
    assert branch({"triage_date": "2025-04-04"}).rejects["rule"].tolist() == ["R-FUTURE"]


def test_the_month_of_the_delivery_is_no_birth_date():
    result = young_people(CCIS_ROW | {"month": "2025-03-01", "StartDate": "2024-09-02"})
    assert result.rejects.empty


def test_rows_of_an_xml_file_in_one_line_are_judged_one_by_one():
    rows = [GOOD | {"referral_id": f"X{n}"} for n in range(9)]
    rows[4]["service"] = "?!"
    frame = pd.DataFrame(rows, pd.Index([1] * 9, name="source_row"), NAMES, dtype=object)
    result = conform(TextTable("referrals", frame, "utf-8"), EXTRACT)
    assert (len(result.kept), result.quarantined) == (8, 1)
    assert result.kept.index.tolist() == [1] * 8
