"""What the readers of official statistics promise, on small files with invented figures."""

import gzip
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from ingest.readers.official import STANDARD_ALONE, is_official, read_official
from ingest.refusals import Refused

SEEDS = Path(__file__).parents[3] / "dbt_project" / "seeds"
PLACE = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,"
PLACE += "region_name,new_la_code,old_la_code,la_name"
WIRRAL = "Local authority,E92000001,England,E12000002,North West,E08000015,344,Wirral"
NATION = "National,E92000001,England,,,,,"
TIMELY = [
    *("plans_issued_den", "plans_issued_den_ex", "plans_issued_within_20_weeks"),
    *("plans_issued_20_weeks_ex", "pc_plans_issued_within_20_weeks"),
    *("PC_plans_issued_20_weeks_ex", "plans_issued_gt20weeks_ltYear"),
    *("plans_issued_gt20weeks_ltYear_ex", "pc_plans_issued_gt20weeks_ltYear"),
    *("PC_plans_issued_gt20weeks_ltYear_ex", "plans_issued_gt_1_year"),
    *("plans_issued_gt_1_year_ex", "pc_plans_issued_gt_1_year", "PC_plans_issued_gt_1_year_ex"),
]
SOUND = [200, 180, 50, 45, "25.0", "25.0", 100, 90, "50.0", "50.0", 50, 45, "25.0", "25.0"]
REVIEWS = [
    *("total_ehc_plans", "review_expected", "review_not_expected"),
    *("review_meeting_{next}", "review_meeting_{year}", "review_meeting_prior_{year}"),
    *("total_review_meeting", "no_review_meeting", "review_decision{next}"),
    *("review_decision{year}", "review_decision_prior{year}", "review_decision_not_due"),
    *("review_decision_outstanding", "outcome_amend", "outcome_cease", "outcome_maintan"),
    *("no_outcome", "number_decsion_4weeks", "number_decision_gt_4weeks"),
    *("pc_decsion_4weeks", "pc_decision_gt_4weeks"),
]


def sheet(columns, rows, place=PLACE, filters="breakdown_topic,breakdown"):
    lines = [",".join([place, filters, *columns])]
    return "\n".join([*lines, *(",".join(map(str, row)) for row in rows)]).encode() + b"\n"


def timely(values=SOUND, columns=TIMELY, year=2023, area=WIRRAL):
    return sheet(columns, [[year, "Calendar year", area, "Sex", "Male", *values]])


def found(edition, measure):
    cells = edition.cells[edition.cells["measure"] == measure]
    assert len(cells) == 1
    return cells.iloc[0]


def told(edition, rule):
    return [f.message for f in edition.findings if f.rule == rule]


def test_a_cell_carries_its_place_period_area_breakdown_and_unit():
    edition = read_official(timely(), "any name.txt")
    cell = found(edition, "plans_issued_den")
    assert (edition.dataset, cell["table"]) == ("dfe_sen2", "timeliness_20_week")
    assert (cell["source_file"], cell["source_row"], cell["source_column"]) == (
        "any name.txt",
        2,
        13,
    )
    assert (cell["period_type"], cell["period_label"]) == ("calendar_year", "2023 Calendar year")
    assert (cell["period_start"], cell["period_end"]) == (date(2023, 1, 1), date(2023, 12, 31))
    assert (cell["geo_level"], cell["geo_code"]) == ("local_authority", "E08000015")
    assert (cell["breakdown"], cell["breakdown_value"]) == (
        "breakdown_topic x breakdown",
        "Sex x Male",
    )
    assert (cell["value"], cell["value_text"], cell["unit"]) == (200, "200", "count")
    assert found(edition, "pc_plans_issued_gt_1_year")["unit"] == "pct"
    assert edition.findings == ()


def test_the_publication_day_comes_from_the_contract_or_by_its_rule():
    listed, later = read_official(timely(), "a.csv"), read_official(timely(year=2031), "a.csv")
    assert (listed.known_on, listed.known_how) == (date(2024, 6, 13), "contract")
    assert (later.known_on, later.known_how) == (date(2032, 7, 31), "rule")
    assert later.edition == "2031-12_published_2032-07-31"


def test_the_tables_of_one_release_have_one_day_though_they_end_in_different_months():
    assert read_official(timely(year=2025), "a.csv").known_on == date(2026, 7, 31)
    assert read_official(timely(year=2026), "a.csv").known_on == date(2027, 7, 31)
    transfers = f"{PLACE},{','.join(TRANSFERS)}\n2025,Calendar year,{WIRRAL},9,1,2,3,4\n"
    assert read_official(transfers.encode(), "a.csv").known_on == date(2026, 7, 31)


def test_columns_may_stand_in_any_order_and_in_any_spelling():
    columns = [column.upper() for column in reversed(TIMELY)]
    edition = read_official(timely(list(reversed(SOUND)), columns), "a.csv")
    assert found(edition, "plans_issued_den")["value"] == 200
    assert "names in another spelling" in told(edition, "OFF-COLUMN")[0]


def test_a_renamed_column_is_read_and_both_names_are_told():
    columns = ["plans_issued_denominator", *TIMELY[1:]]
    edition = read_official(timely(columns=columns), "a.csv")
    assert found(edition, "plans_issued_denominator")["value"] == 200
    added, gone = sorted(told(edition, "OFF-COLUMN"))
    assert added == "a column that the contract does not know; perhaps plans_issued_den renamed"
    assert gone == "columns that are not there: plans_issued_den"


def test_a_vanished_column_is_told():
    edition = read_official(timely(SOUND[1:], TIMELY[1:]), "a.csv")
    assert told(edition, "OFF-COLUMN") == ["columns that are not there: plans_issued_den"]


def test_an_added_column_of_figures_is_a_measure_of_unknown_unit():
    edition = read_official(timely([*SOUND, 7], [*TIMELY, "plans_sent_back"]), "a.csv")
    cell = found(edition, "plans_sent_back")
    assert (cell["value"], cell["unit"], cell["breakdown_value"]) == (7, "unknown", "Sex x Male")
    assert told(edition, "OFF-COLUMN") == ["a column that the contract does not know"]


def test_an_added_column_of_words_is_a_breakdown_so_that_rows_stay_apart():
    edition = read_official(timely([*SOUND, "Left handed"], [*TIMELY, "hand"]), "a.csv")
    cell = found(edition, "plans_issued_den")
    assert cell["breakdown_value"] == "Sex x Male x Left handed"


@pytest.mark.parametrize("year", [2024, 2025, 2029])
def test_column_names_that_carry_the_year_keep_their_measure(year):
    columns = [c.format(year=year % 100, next=year % 100 + 1) for c in REVIEWS]
    row = [year, "Calendar year", WIRRAL, "All annual reviews", "All annual reviews"]
    edition = read_official(sheet(columns, [[*row, *range(1, 22)]]), "a.csv")
    assert found(edition, "review_meeting_next_year")["value"] == 4
    assert found(edition, "review_meeting_in_year")["value"] == 5
    assert found(edition, "review_decision_before_year")["value"] == 11
    assert not told(edition, "OFF-COLUMN")


def test_a_measure_may_have_a_period_of_its_own():
    columns = [c.format(year=24, next=25) for c in REVIEWS]
    row = [2024, "Calendar year", WIRRAL, "Sex", "Male", *range(1, 22)]
    edition = read_official(sheet(columns, [row]), "a.csv")
    plans = found(edition, "total_ehc_plans")
    assert (plans["period_type"], plans["period_end"]) == ("census", date(2025, 1, 16))
    assert found(edition, "review_expected")["period_type"] == "calendar_year"


def test_the_newer_layout_of_a_table_is_known_too():
    columns = [
        *("total_ehc_plans", "review_expected_2026", "review_not_expected_2026"),
        *("review_completed_2026", "review_completed_prior_2026", "review_not_completed"),
        *("outcome_amended", "outcome_ceased", "outcome_maintained", "no_outcome_recorded"),
        *("decision_4_weeks", "decision_over_4_weeks"),
    ]
    row = [2026, "Calendar year", WIRRAL, "Sex", "Male", *range(1, 13)]
    edition = read_official(sheet(columns, [row]), "a.csv")
    assert found(edition, "review_completed_in_year")["value"] == 4
    assert set(edition.cells["table"]) == {"annual_reviews"}


def test_tables_that_share_their_columns_are_told_apart_by_their_periods():
    needs = ["asd", "hi", "mld", "msi", "oth", "pd", "pmld", "semh", "slcn", "sld", "spld", "vi"]
    columns = ["ehc_plans", *(f"number_{need}" for need in needs), "number_need_unknown"]
    columns += [*(f"{need}_pc" for need in needs), "unknown_pc"]
    old, new = (
        read_official(sheet(columns, [[*when, WIRRAL, "Sex", "Male", *range(27)]]), "a.csv")
        for when in ((202425, "Academic year"), (2024, "Calendar year"))
    )
    assert set(old.cells["table"]) == {"sen_needs_all_plans"}
    assert set(new.cells["table"]) == {"sen_need_newplans"}
    assert found(old, "ehc_plans")["period_end"] == date(2025, 1, 16)
    assert found(new, "ehc_plans")["period_end"] == date(2024, 12, 31)


@pytest.mark.parametrize(
    ("text", "symbol", "status"),
    [
        ("x", "x", "Unavailable"),
        (" z ", "z", "Not applicable"),
        ("", None, "No figure published"),
        ("~", None, "Not a figure, and not in the publisher's key"),
        ("12 or so", None, "Not a figure, and not in the publisher's key"),
    ],
)
def test_what_is_no_figure_is_never_a_zero(text, symbol, status):
    edition = read_official(timely([text, *SOUND[1:]]), "a.csv")
    cell = found(edition, "plans_issued_den")
    assert cell["value"] != cell["value"]
    assert cell["value_text"] == text
    assert (cell["symbol"] if symbol else None) == symbol
    assert cell["status_text"] == status
    assert bool(told(edition, "OFF-SYMBOL")) == status.startswith("Not a figure")


def test_the_same_column_twice_is_read_twice_under_two_names():
    edition = read_official(timely([*SOUND, 200], [*TIMELY, TIMELY[0]]), "a.csv")
    assert found(edition, "plans_issued_den")["source_column"] == 13
    assert found(edition, "plans_issued_den (2)")["source_column"] == 27
    assert told(edition, "OFF-COLUMN") == ["it stands in columns 13 and 27, with the same cells"]


def test_the_same_column_twice_with_other_cells_keeps_the_figures_back():
    edition = read_official(timely([*SOUND, 199], [*TIMELY, TIMELY[0]]), "a.csv")
    (finding,) = [f for f in edition.findings if f.rule == "OFF-COLUMN"]
    assert (finding.severity, finding.message[-16:]) == ("withhold", "with other cells")


@pytest.mark.parametrize(
    ("column", "value", "rule", "message"),
    [
        (0, -1, "OFF-VALUE", "1 cells below 0, as far as -1"),
        (4, "125.0", "OFF-VALUE", "1 cells over 100 per cent, as far as 125"),
        (0, 201, "OFF-SUM", "in 1 of 1 rows, by up to 1"),
        (4, "25.1", "OFF-SHARE", "is not plans_issued_within_20_weeks / plans_issued_den"),
    ],
)
def test_figures_that_cannot_be_are_told_and_kept(column, value, rule, message):
    values = list(SOUND)
    values[column] = value
    edition = read_official(timely(values), "a.csv")
    assert any(message in text for text in told(edition, rule))
    assert found(edition, TIMELY[column])["value"] == float(value)


def test_a_share_that_rounding_explains_is_no_finding():
    values = [
        300,
        300,
        100,
        100,
        "33.3",
        "33.3",
        100,
        100,
        "33.3",
        "33.3",
        100,
        100,
        "33.3",
        "33.3",
    ]
    assert read_official(timely(values), "a.csv").findings == ()


LONG = "REPORTING_PERIOD_START,REPORTING_PERIOD_END,STATUS,BREAKDOWN,PRIMARY_LEVEL,"
LONG += "PRIMARY_LEVEL_DESCRIPTION,SECONDARY_LEVEL,SECONDARY_LEVEL_DESCRIPTION,MEASURE_ID,"
LONG += "MEASURE_NAME,MEASURE_VALUE"
LONG_ROWS = [
    "01/11/2031,30/11/2031,Final,ICB,QYG,CHESHIRE,NONE,NONE,M1,Number of people,1500",
    "01/11/2031,30/11/2031,Final,Provider,RXA,TRUST,NONE,NONE,M2,Proportion seen,*",
    "01/09/2031,30/11/2031,Final,Provider,RXA,TRUST,NONE,NONE,M1,New people,7",
]


def test_a_table_of_one_figure_a_row_names_measure_unit_and_organisation():
    edition = read_official("\n".join([LONG, *LONG_ROWS, ""]).encode(), "a.csv")
    one, other, third = (edition.cells.iloc[i] for i in range(3))
    assert (one["measure"], one["value"], one["unit"]) == ("M1", 1500, "count")
    assert (one["geo_level"], one["geo_code"], one["org_code"]) == ("icb", "QYG", "QYG")
    assert (other["unit"], other["symbol"], other["geo_level"]) == ("pct", "*", "provider")
    assert third["period_type"] == "rolling_3m"
    assert told(edition, "OFF-MEASURE") == [
        "M1 is printed by month and rolling_3m, as New people / Number of people"
    ]


@pytest.mark.parametrize("gone", ["MEASURE_NAME", "BREAKDOWN", "SECONDARY_LEVEL"])
def test_a_vanished_column_of_period_area_or_words_is_told(gone):
    at = LONG.split(",").index(gone)
    lines = [line.split(",") for line in (LONG, *LONG_ROWS)]
    text = "\n".join(",".join(line[:at] + line[at + 1 :]) for line in lines) + "\n"
    edition = read_official(text.encode(), "a.csv")
    assert f"columns that are not there: {gone}" in told(edition, "OFF-COLUMN")
    assert len(edition.cells) == 3


def test_figures_without_a_period_are_refused_for_nobody_knows_since_when():
    text = "\n".join([LONG.replace("REPORTING_PERIOD_END", "Until"), *LONG_ROWS, ""])
    with pytest.raises(Refused) as refusal:
        read_official(text.encode(), "a.csv")
    assert refusal.value.rule == "R-PERIOD"


# --- archives, workbooks, records --------------------------------------------------------------


def archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in members.items():
            stamp = (2032, 7, 1, 10, 15, 0)
            package.writestr(
                zipfile.ZipInfo(name.replace("__", "/").replace("_csv", ".csv"), stamp), data
            )
    return buffer.getvalue()


def test_an_archive_is_known_by_its_bytes_whatever_its_name():
    edition = read_official(archive(data__any_csv=timely()), "table.csv.gz")
    assert set(edition.cells["source_file"]) == {"data/any.csv"}
    assert (edition.known_on, edition.known_how) == (date(2032, 7, 1), "archive")
    assert edition.published_on == date(2024, 6, 13)
    assert read_official(gzip.compress(timely()), "table.zip").dataset == "dfe_sen2"


def test_a_member_that_is_no_table_is_named():
    edition = read_official(archive(data__any_csv=timely(), picture_png=b"\x89PNG\0\0"), "a.zip")
    (finding,) = [f for f in edition.findings if f.rule == "OFF-FILE"]
    assert finding.where == "a.zip#picture_png"


def test_a_new_table_of_a_known_release_is_read_by_the_publishers_standard():
    new = sheet(["phase_transfers"], [[2023, "Calendar year", WIRRAL, "Sex", "Male", 5]])
    edition = read_official(archive(data__a_csv=timely(), data__new_csv=new), "a.zip")
    cell = found(edition, "phase_transfers")
    assert (cell["table"], cell["value"], cell["breakdown_value"]) == ("unlisted", 5, "Sex x Male")
    (finding,) = [f for f in edition.findings if f.rule == "OFF-FILE"]
    assert (finding.severity, finding.where) == ("withhold", "a.zip#data/new.csv")


TRANSFERS = ["number_plans", "due_25", "due_26", "final_25", "final_26"]


def test_phase_transfers_are_read_alone_as_they_are_read_inside_their_release():
    area = [2025, "Calendar year", WIRRAL]
    alone = sheet(TRANSFERS, [[*area, 6480, 106, 168, 26, 0]], filters="x")
    alone = alone.replace(b"la_name,x,", b"la_name,")
    release = archive(data__a_csv=timely(year=2025), data__b_csv=alone)
    for data in (alone, release):
        edition = read_official(data, "a")
        cells = edition.cells[edition.cells["table"] == "phase_transfers"]
        read = cells.set_index("measure")["value"].to_dict()
        assert read == {
            "number_plans": 6480, "due_in_year": 106, "due_next_year": 168, "final_in_year": 26,
            "final_next_year": 0,
        }  # fmt: skip
        assert str(cells.set_index("measure")["period_end"]["number_plans"]) == "2026-01-15"


def test_a_table_of_the_standard_that_no_contract_knows_is_refused_by_its_kind_alone():
    new = sheet(["phase_transfer_cost"], [[2023, "Calendar year", WIRRAL, "Sex", "Male", 5]])
    with pytest.raises(Refused) as caught:
        read_official(new, "a.csv")
    assert caught.value.found == STANDARD_ALONE


NEET_2025 = (
    "avgcohort,avgNEETNK,avgNEET,avgNK,NEETNKprop,NEETprop,Notknownprop,annual_change_NEETNK"
)
NEET_2026 = "avg_cohort_count,avg_neet_nk_count,avg_neet_count,avg_nk_count,neet_nk_percent,"
NEET_2026 += "neet_percent,nk_percent,annual_change_neet_nk_percent"


@pytest.mark.parametrize(
    ("filters", "columns", "age"),
    [
        ("Age,Characteristic_grouping,Characteristic", NEET_2025, "16-17"),
        ("age,characteristic_grouping,characteristic", NEET_2026, "16 to 17"),
    ],
)
def test_the_neet_publication_is_one_series_in_both_spellings(filters, columns, age):
    row = [2025, "Calendar year", WIRRAL, age, "SEND", "SEN EHC/statement", 400, 60, 40, 20]
    data = sheet(columns.split(","), [[*row, "15.0", "10.0", "5.0", "z"]], filters=filters)
    edition = read_official(data, "a.csv")
    assert edition.dataset == "dfe_neet" and not told(edition, "OFF-COLUMN")
    share = found(edition, "neet_nk_percent")
    assert (share["value"], share["unit"], share["period_type"]) == (15, "pct", "dec_feb")
    assert (share["period_start"], share["period_end"]) == (date(2024, 12, 1), date(2025, 2, 28))
    assert share["breakdown_value"] == f"{age} x SEND x SEN EHC/statement"
    assert found(edition, "avg_cohort_count")["value"] == 400
    seed = pd.read_csv(SEEDS / "published_measures.csv").set_index("series_id")
    patterns = seed.loc[["dfe_neet_nk_ehcp"], "breakdown_pattern"]
    assert re.fullmatch(patterns.iloc[0], share["breakdown_value"])


def test_guidance_in_an_archive_is_read_for_its_variables_footnotes_and_symbols():
    guidance = """Education, health and care plans
Reporting year 2024

x - unavailable
q - estimated

Filename: timeliness_20_week.csv

Variable name     |  Variable description
----------------  |  --------------------
plans_issued_den  |  Plans issued

Footnotes:

1. One authority could not report.
"""
    edition = read_official(archive(data__a_csv=timely(), guide=guidance), "a.zip")
    words = edition.cells[edition.cells["table"] == "data_guidance"].iloc[0]
    assert (words["measure"], words["value_text"]) == ("plans_issued_den", "Plans issued")
    assert told(edition, "OFF-NOTE") == ["the publisher notes: One authority could not report."]
    assert told(edition, "OFF-SYMBOL") == ["'q' is explained as 'estimated'"]


def test_records_are_read_field_by_field_and_their_announced_number_is_checked():
    record = {
        **{"new_la_code": "E08000015", "la_name": "Wirral", "metric": "susp_rate"},
        **{"time_period": "203031", "time_identifier": "Spring term"},
        **{"education_phase": "Total", "send_group": "EHC plan", "send_value": 9.50},
        **{"no_sen_value": None, "gap_to_no_sen": 8.25},
    }
    content = {"generated_at": "2032-05-04T10:00:00", "record_count": 2, "records": [record]}
    edition = read_official(json.dumps(content).encode(), "a.txt")
    cell = found(edition, "send_value")
    assert (edition.dataset, edition.known_on) == ("d2i_suspensions", date(2032, 5, 4))
    assert (cell["value"], cell["value_text"], cell["source_row"]) == (9.5, "9.5", 1)
    assert (cell["period_type"], cell["period_start"]) == ("term", date(2031, 1, 1))
    assert found(edition, "no_sen_value")["status_text"] == "No figure published"
    assert told(edition, "OFF-ROW") == ["the file announces 2 records and holds 1"]


def test_a_lookup_in_a_workbook_is_found_below_rows_of_letters_and_numbers():
    book = openpyxl.Workbook()
    heads = ["LA num", "LA Name", "LA number", "GOInd", "GOReg"]
    heads += [head for n in range(1, 11) for head in (f"SN{n}", "SNP")]
    book.active.append(list("ABCDEFGHIJKLMNOPQRSTUVWXY"))
    book.active.append(list(range(1, 26)))
    book.active.append(heads)
    book.active.append([344, "Wirral", 344, 5, "North West", *([840, "Close"] * 10)])
    book.active.append([None, "Old SNs:"])
    buffer = io.BytesIO()
    book.save(buffer)
    edition = read_official(buffer.getvalue(), "a.bin")
    assert (edition.dataset, edition.known_how) == ("reference_neighbours", "document")
    assert found(edition, "SN2")["value_text"] == "840"
    assert found(edition, "SNP (10)")["source_column"] == 25
    assert set(edition.cells["geo_code"]) == {"E08000015"}
    assert told(edition, "OFF-ROW") == ["row 5 holds no figures: Old SNs:"]


BANNER = """"Table 1: Appeal rate to the SEND Tribunal, invented, 2030-20312,3",,,,,,
,,,,,,
Local Authority,LA code,2030,,,2031,,
,,Appeals registered4,Total Appealable Decisions1,SEND Tribunal Appeal Rate2,{second}
NORTH WEST,,,,,,,
Wirral,344,12,"1,200",1.00%, - ,900,0.00%
Durham,344,.. ,x,,5,500,1.00%
"England Total4,9",,"4,108","251,096",1.60%,1,2,50.00%
Sources:,The courts,,,,,,
1. A note,,,,,,,
"""
SECOND = '"Appeals registered4","Total Appealable Decisions1,9",SEND Tribunal Appeal Rate2'


def test_a_table_under_banner_rows_is_read_with_its_years_and_without_note_numbers():
    edition = read_official(BANNER.format(second=SECOND).encode(), "a.csv")
    wirral = edition.cells[edition.cells["geo_code"] == "E08000015"]
    assert (
        wirral["measure"].tolist()
        == ["appeals_registered", "appealable_decisions", "appeal_rate"] * 2
    )
    assert wirral["value"].tolist() == [12, 1200, 1, 0, 900, 0]
    assert wirral["period_label"].tolist() == ["2030"] * 3 + ["2031"] * 3
    assert wirral["symbol"].tolist()[3] == "-"
    england = edition.cells[edition.cells["geo_level"] == "national"]
    assert england["source_row"].unique().tolist() == [8]
    assert len(edition.cells) == 18


def test_a_code_that_belongs_to_another_authority_gives_way_to_the_name():
    edition = read_official(BANNER.format(second=SECOND).encode(), "a.csv")
    assert "E06000047" in set(edition.cells["geo_code"])
    assert told(edition, "OFF-AREA") == ["row 7, Durham: its code 344 belongs to Wirral"]


def test_a_new_measure_under_a_banner_is_read_and_a_missing_one_told():
    second = '"Appeals registered4","Something else5",SEND Tribunal Appeal Rate2'
    edition = read_official(BANNER.format(second=second).encode(), "a.csv")
    assert set(edition.cells.loc[edition.cells["measure"] == "Something else", "unit"]) == {
        "unknown"
    }
    new = "a column that the contract does not know, under 2031: no series uses it"
    assert new in told(edition, "OFF-COLUMN")


NEWLY_COLLECTED = """SEND tribunal appealable decisions rate 2030 - 2031,,,,,,,
"SEND Appeal rate table 1: Appeal rate to the SEND Tribunal, invented, 2030-2031",,,,,,,
Sources:,The courts,,,,,,
,,2030,,,2031,,
,Old LA code,Appeals registered,Total Appealable Decisions,SEND Tribunal Appeal Rate2,{second}
Wirral,344,12,"1,200",1.00%,13,900,1.40%
Footnotes:,,,,,,,
"""


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("Appeals,Total Appealable decisions,SEND Tribunal Appeal Rate", None),
        ("Hearings,Total Appealable decisions,SEND Tribunal Appeal Rate", "Hearings"),
    ],
)
def test_the_appeal_table_that_counts_other_decisions_has_its_own_columns(second, found):
    edition = read_official(NEWLY_COLLECTED.format(second=second).encode(), "a.csv")
    new = ["appealable_decisions_in_development", "appeal_rate_in_development"]
    appeals = "Hearings" if found else "appeals_registered"
    assert edition.cells["measure"].tolist() == ["appeals_registered", *new, appeals, *new]
    assert edition.cells["period_label"].tolist() == ["2030"] * 3 + ["2031"] * 3
    assert len(told(edition, "OFF-COLUMN")) == bool(found)


def test_figures_under_a_bare_year_are_told_where_the_contract_has_several_measures():
    bare = """"Appeal rate to the SEND Tribunal, invented",,,
,,,
Local Authority,LA code,2030,2031
Wirral,344,12,13
"""
    edition = read_official(bare.encode(), "a.csv")
    assert edition.cells[["measure", "unit"]].values.tolist() == [
        ["2030", "unknown"], ["2031", "unknown"],
    ]  # fmt: skip
    assert any("does not know: no series" in message for message in told(edition, "OFF-COLUMN"))


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"colour,number\nred,1\nblue,2\n", "R-NAME"),
        (b"PK\x03\x04 broken", "R-SHEET"),
        (b"\x1f\x8bbroken", "R-ENC"),
        (b"<html>log in</html>", "R-ENC"),
        (b"{broken", "R-ENC"),
        (b'{"answer": 42}', "R-HDR"),
        (timely().replace(b"Sex", b'"Sex'), "R-ROW"),
    ],
)
def test_what_is_no_official_table_is_refused(data, rule):
    with pytest.raises(Refused) as refusal:
        read_official(data, "a.csv")
    assert refusal.value.rule == rule
    assert not is_official(data, "a.csv")


def test_a_bomb_is_refused_before_it_is_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("bomb.csv", b"0" * 50_000_000)
    with pytest.raises(Refused, match="far too large"):
        read_official(buffer.getvalue(), "a.zip")


def test_rows_of_another_length_are_read_and_told():
    data = timely() + b"2023,Calendar year\n"
    edition = read_official(data, "a.csv")
    assert "1 rows have not 26 fields, first row 3" in told(edition, "OFF-ROW")[0]
    assert len(edition.cells) == 28


def test_reading_twice_gives_the_same_cells():
    one, other = (read_official(timely(), "a.csv").cells for _ in range(2))
    assert one.equals(other)


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_without_figures_is_refused(rows):
    lines = BANNER.format(second=SECOND).splitlines(keepends=True)[: 4 + rows]
    with pytest.raises(Refused) as refusal:
        read_official("".join(lines).encode(), "a.csv")
    assert refusal.value.rule == "R-EMPTY"
