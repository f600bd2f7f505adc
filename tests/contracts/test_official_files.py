"""What the readers of official statistics promise of the real files, cell by cell.

The files are looked for in ``shared/data/published`` beside the repository and read a second time
here with plain loops over the csv module, calamine and json, which know nothing of the contracts:
only which columns are no figures.
"""

import csv
import datetime as dt
import gzip
import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import python_calamine

from ingest.readers.official import COLUMNS, read_official
from tests.worlds.published import PUBLISHED, published

WIRRAL, NORTH_WEST, ENGLAND = "E08000015", "E12000002", "E92000001"
SEN2 = "dfe_sen2/education-health-and-care-plans_2025.zip"
SEN2_OLD = "dfe_sen2/education-health-and-care-plans_2022.zip"
TRIBUNALS = "moj_tribunals/SEND_Tribunals_and_appeal_rate_2014-2024.csv"
TRIBUNALS_OLD = "moj_tribunals/send_appeal_rate_table_2022.ods"
# file -> dataset, edition, where its date comes from, cells
FILES = {
    SEN2: ("dfe_sen2", "2025-01_published_2025-07-01", "archive", 4_133_460),
    SEN2_OLD: ("dfe_sen2", "2022-01_published_2023-03-27", "archive", 1_058_195),
    "dfe_sen2/sen2_mi_2023.csv": ("dfe_sen2", "2022-12_published_2023-06-08", "contract", 106_288),
    "dfe_sen2/data-guidance_2024.txt": (
        *("dfe_sen2", "2024-01_published_2024-06-13", "contract", 104),
    ),
    "dfe_absence/d2i_pa10_by_SEN_LA_all_regions.json": (
        *("d2i_absence", "2025-08_published_2026-06-16", "generated_at", 20_289),
    ),
    "dfe_absence/d2i_sources.json": (
        *("d2i_sources", "undated_published_2026-06-03", "generated_at", 40),
    ),
    "dfe_absence/EES_ytd_data_202425.csv": (
        *("dfe_attendance", "2025-08_published_2025-08-31", "rule", 27_664),
    ),
    "dfe_alternative_provision/ap_placements_ap_census.csv.gz": (
        *("dfe_alternative_provision", "2023-01_published_2023-11-29", "archive", 101_220),
    ),
    "dfe_alternative_provision/spc_school_ap_placement.csv": (
        *("dfe_alternative_provision", "2023-01_published_2023-06-08", "contract", 3_992),
    ),
    "dfe_attainment/LA_L2L3_by_19_by_SEN_2005-2022.csv": (
        *("dfe_attainment", "2025-08_published_2023-04-30", "rule", 263_840),
    ),
    "dfe_cme/cme_census_202526_autumn_EXCERPT.csv": (
        *("dfe_cme", "2025-10_published_2026-03-31", "rule", 111),
    ),
    "dfe_exclusions/d2i_susp_rate_by_SEN_LA_north_west.json": (
        *("d2i_suspensions", "2025-03_published_2026-06-16", "generated_at", 7_266),
    ),
    "dfe_neet_scorecard/UD_NEETNK_LA_dashboard_2021_vg_removed.csv": (
        *("dfe_neet_scorecard", "2021-03_published_2022-08-31", "contract", 6_923),
    ),
    "dfe_neet_scorecard/UD_NEETNK_LA_dashboard_2022_final.csv": (
        *("dfe_neet_scorecard", "2022-03_published_2022-08-31", "rule", 6_240),
    ),
    "dfe_neet_scorecard/UD_NEETNK_LA_dashboard_2023_final.csv": (
        *("dfe_neet_scorecard", "2023-03_published_2023-08-31", "rule", 6_240),
    ),
    "dfe_neet_scorecard/UD_NEETNK_LA_dashboard_2024_at_4e3a0d5.csv": (
        *("dfe_neet_scorecard", "2024-03_published_2024-08-31", "rule", 6_118),
    ),
    TRIBUNALS: ("moj_tribunals", "2024-12_published_2025-06-12", "contract", 5_565),
    TRIBUNALS_OLD: ("moj_tribunals", "2022-12_published_2023-06-08", "contract", 4_239),
    "nhs_autism/AutismStatsDec22_subICB.csv.gz": (
        *("nhs_autism", "2022-09_published_2022-12-08", "contract", 163_699),
    ),
    "nhs_mhsds/MHSDS_time_series_Apr2016_Nov2022_FILTER_12F_QYG_RXA_England.csv": (
        *("nhs_mhsds", "2022-11_published_2023-02-09", "contract", 3_439),
    ),
    "reference/Sub_ICB_to_ICB_to_NHSER_July_2022.csv": (
        *("reference_nhs_areas", "2022-12_published_2022-12-31", "rule", 848),
    ),
    "reference/etr.csv": ("reference_trusts", "2023-06_published_2023-06-30", "rule", 5_275),
    "reference/la_code_list.xlsx": (
        *("reference_la_codes", "undated_published_2024-09-11", "document", 342),
    ),
    "reference/la_region_lookup_raw.xlsx": (
        *("reference_la_regions", "2022-01_published_2023-04-17", "document", 153),
    ),
    "reference/ons_mid-year_population_estimates_2012_to_2024.csv": (
        *("ons_population", "2024-06_published_2025-07-30", "contract", 2_132),
    ),
    "reference/sn_april_2021.xlsx": (
        *("reference_neighbours", "2021-04_published_2025-05-23", "document", 3_634),
    ),
    "reference/sn_may_2025.xlsx": (
        *("reference_neighbours", "2025-05_published_2025-05-23", "document", 3_634),
    ),
}
NOT_FIGURES = {
    *("time_period", "time_identifier", "geographic_level", "country_code", "country_name"),
    *("region_code", "region_name", "old_la_code", "new_la_code", "la_name"),
    *("breakdown_topic", "breakdown", "characteristic_age", "establishment_type", "Age"),
    *("establishment_group", "education_phase", "gender", "age", "ethnicity_minor", "fsm"),
    *("characteristic_grouping", "pupil_characteristic", "setting_type", "age_group"),
    *("cohort_19_in", "region", "la_code_9", "la_code_3", "sen"),
    *("REPORTING_PERIOD_START", "REPORTING_PERIOD_END", "STATUS", "BREAKDOWN", "METRIC"),
    *("PRIMARY_LEVEL", "PRIMARY_LEVEL_DESCRIPTION", "SECONDARY_LEVEL", "MEASURE_ID"),
    *("SECONDARY_LEVEL_DESCRIPTION", "METRIC_DESCRIPTION", "MEASURE_NAME"),
    *("metric", "metric_label", "metric_type", "direction", "academic_year", "region_label"),
    *("phase_type_grouping", "send_group", "source_slice_count", "key"),
    *("SICBL22CDH", "SICBL22NM", "LA Number", "LA Name", "LA num"),
}
TEXT = {"DMO", "DCO", "DMODCOFunction", "des_med_off", "des_clin_off", "des_so_care_off"}
PLAIN_CSV = [
    name
    for name in FILES
    if name.endswith(("csv", ".csv.gz", ".zip")) and not name.startswith(("moj", "reference/etr"))
]
SHEETS = {  # sheet -> row of its header and last row of data, read by eye
    "reference/la_code_list.xlsx": (1, 172),
    "reference/sn_april_2021.xlsx": (3, 164),
    "reference/sn_may_2025.xlsx": (3, 164),
}


@cache
def official(name):
    return read_official(published(name).read_bytes(), Path(name).name)


def members(name):
    """Every CSV inside a file, plainly: (source_file, text)."""
    data = published(name).read_bytes()
    if data[:2] == b"\x1f\x8b":
        return [(Path(name).name, gzip.decompress(data).decode("utf-8-sig"))]
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [(m, archive.read(m)) for m in archive.namelist() if m.endswith(".csv")]
        return [(m, t.decode("utf-8-sig")) for m, t in texts if "Tribunals" not in m]
    return [(Path(name).name, data.decode("utf-8-sig"))]


def texts(column):
    """A category column as an array of objects, None for what is missing."""
    words = np.array([*column.cat.categories, None], object)
    return words[column.cat.codes.to_numpy()]


def plain_number(text):
    try:
        return float(text.strip().rstrip("%").replace(",", ""))
    except ValueError:
        return np.nan


def assert_cells(cells, expected):
    """``expected``: (row, column, text) of every cell; values are what the text says."""
    found = cells.sort_values(["source_row", "source_column"], kind="stable")
    rows, columns, words = (np.array(part) for part in zip(*expected, strict=True))
    assert (found["source_row"].to_numpy() == rows).all()
    assert (found["source_column"].to_numpy() == columns).all()
    assert (texts(found["value_text"]) == words).all()
    number = {word: plain_number(word) for word in set(words.tolist())}
    values = np.array([number[word] for word in words.tolist()])
    values[np.isin(texts(found["unit"]), ["text", "code"])] = np.nan
    np.testing.assert_array_equal(found["value"].to_numpy(), values)


@pytest.mark.parametrize("name", FILES)
def test_dataset_edition_date_and_number_of_cells_are_those_of_the_file(name):
    edition = official(name)
    found = (edition.dataset, edition.edition, edition.known_how, len(edition.cells))
    assert found == FILES[name]
    assert tuple(edition.cells) == COLUMNS
    assert not edition.cells.duplicated(
        ["source_file", "sheet", "source_row", "source_column"]
    ).any()


def test_every_official_file_but_the_waiting_lists_has_its_reader():
    found = {str(p.relative_to(published())) for p in published().rglob("*") if p.is_file()}
    assert {name for name in found if not name.startswith("nhs_community_waits/")} == set(FILES)


@pytest.mark.parametrize("name", PLAIN_CSV)
def test_every_cell_of_every_csv_is_read_once_at_its_place_and_unchanged(name):
    cells = official(name).cells
    for source_file, text in members(name):
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        figures = [i for i, column in enumerate(header) if column not in NOT_FIGURES]
        expected = [(n, i + 1, row[i]) for n, row in enumerate(rows, 2) for i in figures]
        assert_cells(cells[cells["source_file"] == source_file], expected)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".json")])
def test_every_field_of_every_record_is_read_once_and_unchanged(name):
    content = json.loads(published(name).read_text("utf-8"))
    cells = official(name).cells.sort_values(["source_row", "source_column"])
    records = content.get("records") or content["sources"]
    expected = [
        (n, i, value)
        for n, record in enumerate(records, 1)
        for i, (field, value) in enumerate(record.items(), 1)
        if field not in NOT_FIGURES
    ]
    assert list(zip(cells["source_row"], cells["source_column"], strict=True)) == [
        (row, column) for row, column, _ in expected
    ]
    values = [value if isinstance(value, float) else np.nan for *_, value in expected]
    np.testing.assert_array_equal(cells["value"].to_numpy(), values)


@pytest.mark.parametrize("name", SHEETS)
def test_every_cell_of_a_reference_workbook_is_read_once_and_unchanged(name):
    cells = official(name).cells
    first, last = SHEETS[name]
    book = python_calamine.CalamineWorkbook.from_path(str(published(name)))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    expected = [
        (n, i + 1, str(int(cell)) if isinstance(cell, float) else cell)
        for n, row in enumerate(rows[first:last], first + 1)
        for i, cell in enumerate(row)
        if rows[first - 1][i] not in {"", *NOT_FIGURES} and sum(map(bool, row)) > 1
    ]
    assert_cells(cells, expected)


def test_every_field_of_the_list_of_trusts_is_read_though_it_has_no_header():
    cells = official("reference/etr.csv").cells
    rows = list(csv.reader(io.StringIO(published("reference/etr.csv").read_text("utf-8"))))
    expected = [(n, i + 1, cell) for n, row in enumerate(rows, 1) for i, cell in enumerate(row)]
    assert_cells(cells, [cell for cell in expected if cell[1] > 2])
    wirral = cells[cells["org_code"] == "RBL"].set_index("measure")["value_text"]
    assert (wirral["icb_ods"], wirral["nhs_region_ods"]) == ("QYG", "Y62")


def test_the_table_of_headcounts_is_read_under_its_title():
    cells = official("reference/la_region_lookup_raw.xlsx").cells
    path = published("reference/la_region_lookup_raw.xlsx")
    rows = (
        python_calamine.CalamineWorkbook.from_path(str(path))
        .get_sheet_by_index(0)
        .to_python(skip_empty_area=False)
    )
    assert_cells(cells, [(n, 3, row[2]) for n, row in enumerate(rows, 1) if n > 3 and row[1]])
    wirral = cells[cells["geo_code"] == WIRRAL].iloc[0]
    assert (wirral["value"], wirral["breakdown_value"]) == (52_418, "North West")


@pytest.mark.parametrize("name", [TRIBUNALS, SEN2])
def test_every_cell_of_the_appeal_table_is_read_below_its_banner(name):
    cells = official(name).cells
    cells = cells[cells["table"] == "appeal_rate"]
    with published(TRIBUNALS).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    expected = [
        (n, i + 1, row[i])
        for n, row in enumerate(rows, 1)
        if n > 5 and any(cell.strip() for cell in row[2:])
        for i in range(2, 37)
    ]
    found = cells.sort_values(["source_row", "source_column"])
    key = list(zip(found["source_row"], found["source_column"], strict=True))
    assert list(zip(key, texts(found["value_text"]), strict=True)) == [
        ((row, column), text) for row, column, text in expected
    ]
    values = [0.0 if t.strip() == "-" else plain_number(t) for *_, t in expected]
    np.testing.assert_array_equal(found["value"].to_numpy(), values)


def test_every_cell_of_the_appeal_workbook_is_read():
    cells = official(TRIBUNALS_OLD).cells
    book = python_calamine.CalamineWorkbook.from_path(str(published(TRIBUNALS_OLD)))
    for sheet, last in (("SEND_1", 14), ("SEND_2", 172)):
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        expected = [
            (n, i + 1, cell)
            for n, row in enumerate(rows[:last], 1)
            if n > 5 and any(isinstance(cell, float) for cell in row[1:])
            for i, cell in enumerate(row)
            if i
        ]
        found = cells[cells["sheet"] == sheet].sort_values(["source_row", "source_column"])
        key = list(zip(found["source_row"], found["source_column"], strict=True))
        assert key == [(row, column) for row, column, _ in expected]
        values = [cell if isinstance(cell, float) else np.nan for *_, cell in expected]
        np.testing.assert_array_equal(found["value"].to_numpy(), values)


def test_the_zero_of_the_newer_appeal_table_is_the_number_0_of_the_older_one():
    keys = ["geo_code", "period_label", "measure"]
    new, old = (
        official(n).cells.astype(dict.fromkeys(keys, object)) for n in (TRIBUNALS, TRIBUNALS_OLD)
    )
    old = old[(old["sheet"] == "SEND_2") & (old["geo_level"] == "local_authority")]
    both = new[new["value_text"].str.strip() == "-"].merge(old, on=keys)
    assert len(both) == 31  # of 33; two are of 2024
    assert (both["value_y"] == 0).all() and (both["symbol_x"] == "-").all()
    assert (both["status_text_x"] == "Zero").all()


def test_authorities_of_the_appeal_table_go_by_name_where_their_codes_have_slipped():
    keys = ["geo_code", "period_label", "measure"]
    new, old = (
        official(n).cells.astype(dict.fromkeys(keys, object)) for n in (TRIBUNALS, TRIBUNALS_OLD)
    )
    counts = ["appeals_registered", "appealable_decisions"]
    new = new[new["measure"].isin(counts) & (new["geo_level"] == "local_authority")]
    old = old[old["measure"].isin(counts) & (old["geo_level"] == "local_authority")]
    both = new.merge(old, on=keys)
    assert len(both) > 2_500
    same = (both["value_x"] == both["value_y"]) | (both["value_x"].isna() & both["value_y"].isna())
    assert same.all()
    slipped = [f.message for f in official(TRIBUNALS).findings if f.rule == "OFF-AREA"]
    assert [re.search(", (.*):", message)[1] for message in slipped] == [
        *("Northamptonshire", "Nottingham", "Nottinghamshire"),
        *("Central Bedfordshire", "Cambridgeshire"),
    ]


# --- the figures that Wirral knows -------------------------------------------------------------


def figure(name, table, area, measure, year, breakdown=None):
    """The one value of a measure in an area, by the year in which its period ends."""
    cells = official(name).cells
    is_it = (cells["table"] == table) & (cells["geo_code"] == area) & (cells["measure"] == measure)
    found = cells[is_it]
    found = found[found["period_end"].map(lambda day: day.year == year).astype(bool)]
    if breakdown:
        found = found[found["breakdown_value"] == f"{breakdown} x {breakdown}"]
    assert len(found) == 1, (table, area, measure, year)
    return found["value"].iloc[0]


def test_wirral_plans_issued_within_20_weeks_and_plans_in_january():
    rates = [
        figure(SEN2, "timeliness_20_week", WIRRAL, "pc_plans_issued_within_20_weeks", year, ISSUED)
        for year in range(2019, 2025)
    ]
    plans = [
        figure(SEN2, "caseload", WIRRAL, "ehcplans", year, "All EHC plans")
        for year in range(2019, 2026)
    ]
    assert rates == [32.0, 52.5, 18.3, 35.7, 32.5, 12.6]
    assert plans == [2121, 2728, 3053, 3291, 4017, 4427, 4858]


def test_wirral_young_people_neet_or_not_known():
    files = sorted(name for name in FILES if "NEETNK" in name)
    measure = "NEET_not_known_percent"
    found = [
        figure(name, "neet_scorecard", WIRRAL, measure, 2021 + i) for i, name in enumerate(files)
    ]
    assert found == [5.1, 4.1, 4.5, 4.9]


def test_a_scorecard_dates_each_measure_by_its_own_period():
    name = next(name for name in FILES if "NEETNK_LA_dashboard_2024" in name)
    cells = official(name).cells
    wirral = cells[cells["geo_code"] == WIRRAL].set_index("measure")
    periods = {m: tuple(map(str, wirral.loc[m, PERIOD])) for m in SCORECARD}
    assert periods == SCORECARD


PERIOD = ["period_type", "period_start", "period_end"]
SCORECARD = {
    "NEET_not_known_percent": ("dec_feb", "2023-12-01", "2024-02-29"),
    "TOTAL_participating_in_education_and_training_percent": ("month", "2024-03-01", "2024-03-31"),
    "September_guarantee_Offer_made_percent": ("month", "2023-09-01", "2023-09-30"),
    "avg_att8": ("academic_year", "2022-09-01", "2023-08-31"),
}
ISSUED = "All EHC plans issued"
REQUESTS = "All requests for EHC needs assessments"
REVIEWS = "All annual reviews"
# indicator -> table, breakdown, numerator, denominator, value (measures to add), per cent of them
COMPARATORS = {
    "ehcp_20wk_pct": (
        *("timeliness_20_week", ISSUED, ["plans_issued_20_weeks_ex"], ["plans_issued_den_ex"]),
        "PC_plans_issued_20_weeks_ex",
    ),
    "ehcp_20wk_inc_pct": (
        *("timeliness_20_week", ISSUED, ["plans_issued_within_20_weeks"], ["plans_issued_den"]),
        "pc_plans_issued_within_20_weeks",
    ),
    "ehcp_over_52wk_pct": (
        *("timeliness_20_week", ISSUED, ["plans_issued_gt_1_year"], ["plans_issued_den"]),
        "pc_plans_issued_gt_1_year",
    ),
    "ar_4wk_decided_pct": (
        *("annual_reviews", REVIEWS, ["number_decsion_4weeks"]),
        *(["number_decsion_4weeks", "number_decision_gt_4weeks"], "pc_decsion_4weeks"),
    ),
    "ar_reviewed_12m_pct": (
        *("annual_reviews", REVIEWS, ["review_meeting_in_year", "review_meeting_next_year"]),
        *(["review_expected"], None),
    ),
    "ehcna_requests_n": ("requests", REQUESTS, [], [], "requests_received_in_year"),
    "ehcna_6wk_decision_pct": (
        *("requests", REQUESTS, ["request_outcome_six_weeks"]),
        *(["request_outcome_six_weeks", "request_outcome_over_6_weeks"],),
        "request_outcome_six_weeks_pc",
    ),
    "ehcna_refused_pct": (
        *("requests", REQUESTS, ["requests_decided_not_to_assess"]),
        *(["requests_received_in_year"], None),
    ),
    "ehcp_total_n": ("caseload", "All EHC plans", [], [], "ehcplans"),
    "ehcp_mainstream_pct": (
        *("caseload", "All EHC plans", ["mainstream_total"], ["ehcplans"], "mainstream_total_pc"),
    ),
    "ehcp_neet_setting_pct": ("caseload", "All EHC plans", ["neet"], ["ehcplans"], None),
    "supported_internships_n": (
        *("work_based_placements", "All work based placements", [], [], "open_supp_intern"),
    ),
}


def comparators():
    path = PUBLISHED.parents[1] / "domain" / "comparators.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def in_published_order(row):
    return f"{row['indicator_id']}-{row['area_name']}-{row['period']}-{row['basis'][:20]}"


@pytest.mark.parametrize(
    "row", [r for r in comparators() if r["indicator_id"] in COMPARATORS], ids=in_published_order
)
def test_each_comparator_of_the_plans_release_comes_out_exactly(row):
    table, breakdown, over, under, measure = COMPARATORS[row["indicator_id"]]
    year = int(row["period"][:4]) + (len(row["period"]) == 6)

    def total(measures):
        of = (figure(SEN2, table, row["area_code"], m, year, breakdown) for m in measures)
        return sum(of)

    if row["numerator"]:
        assert (total(over), total(under)) == (float(row["numerator"]), float(row["denominator"]))
    found = total([measure]) if measure else round(100 * total(over) / total(under) + 1e-9, 1)
    assert found == float(row["value"])


@pytest.mark.parametrize(
    "row",
    [r for r in comparators() if r["indicator_id"] in ("tribunals_lodged_n", "appeal_rate_pct")],
    ids=in_published_order,
)
def test_each_comparator_of_the_appeal_table_comes_out_exactly(row):
    kind = "_in_development" if "in development" in row["basis"] else ""
    registered, decisions, rate = (
        figure(TRIBUNALS, "appeal_rate", WIRRAL, measure, int(row["period"]))
        for measure in (
            *("appeals_registered", f"appealable_decisions{kind}", f"appeal_rate{kind}"),
        )
    )
    if row["indicator_id"] == "tribunals_lodged_n":
        assert registered == float(row["value"])
    else:
        expected = (float(row[column]) for column in ("numerator", "denominator", "value"))
        assert (registered, decisions, rate) == tuple(expected)


def test_outstanding_review_decisions_are_those_of_this_edition():
    """The comparators quote a later edition (97,801, 15,277 and 3,691): editions differ."""
    found = [
        figure(SEN2, "annual_reviews", area, "review_decision_outstanding", 2024, REVIEWS)
        for area in (ENGLAND, NORTH_WEST, WIRRAL)
    ]
    assert found == [89_238, 14_220, 3_671]


# --- periods, symbols, areas -------------------------------------------------------------------


def test_plans_are_counted_on_the_census_day_of_january():
    cells = official(SEN2).cells
    days = cells.loc[cells["table"] == "caseload", PERIOD].drop_duplicates()
    assert set(days["period_type"]) == {"census"}
    assert max(days["period_end"]) == dt.date(2025, 1, 16)
    assert (days["period_start"].astype(object) == days["period_end"].astype(object)).all()


@pytest.mark.parametrize("name", FILES)
def test_no_symbol_becomes_a_figure_but_the_publishers_zero(name):
    cells = official(name).cells
    with_symbol = cells[cells["symbol"].notna()]
    zeros = with_symbol[with_symbol["value"].notna()]
    assert set(zeros["symbol"].unique()) <= (
        {"-"} if "tribunals" in name or name == SEN2 else set()
    )
    assert (zeros["value"] == 0).all()
    assert with_symbol["status_text"].notna().all()
    figures = cells[cells["value"].notna() & cells["symbol"].isna()]
    assert figures["status_text"].isna().all()


@pytest.mark.parametrize("name", FILES)
def test_every_cell_has_a_measure_and_where_the_file_has_periods_a_period(name):
    cells = official(name).cells
    assert cells[["table", "measure", "unit"]].notna().all().all()
    kinds = set(cells["period_type"].dropna().unique())
    assert kinds <= {
        *("month", "quarter", "term", "calendar_year", "academic_year", "financial_year"),
        *("census", "dec_feb", "autumn_spring", "rolling_3m", "rolling_12m", "ytd"),
    }
    without = cells["period_type"].isna() & cells["period_label"].notna()
    assert without.sum() == (1 if "nhs_autism" in name else 0)  # 1 July 2022 to 1 July 2022


def test_an_impossible_period_is_told_and_left_as_published():
    edition = official("nhs_autism/AutismStatsDec22_subICB.csv.gz")
    (finding,) = [f for f in edition.findings if f.rule == "OFF-PERIOD"]
    assert "1 rows from row 6" in finding.message
    cell = edition.cells[edition.cells["source_row"] == 6].iloc[0]
    assert (cell["period_end"], cell["value"], cell["geo_code"]) == (
        dt.date(2022, 7, 1),
        175,
        "01J",
    )


# --- what is found on the way ------------------------------------------------------------------

FOUND = [
    (SEN2, "OFF-COLUMN", "review_meeting_prior_24", "columns 18 and 19, with the same cells"),
    (SEN2, "OFF-VALUE", "review_decision_outstanding", "1717 cells below 0"),
    (SEN2, "OFF-REGION", "number_sld", "25025 against 25681"),
    (SEN2, "OFF-REGION", "number_spld", "15030 against 14374"),
    (SEN2, "OFF-REGION", "Res_tot", "2196 against 4488"),
    (SEN2, "OFF-REGION", "new_ehc_plans", "15 authorities print their region's figure"),
    (SEN2, "OFF-COHORT", "total_ceased", "fell to half or less"),
    (SEN2, "OFF-PARTS", "ehcplans", "is not its parts by Sex together in 3 of 324 rows"),
    (SEN2, "OFF-SHARE", "request_outcome_six_weeks_pc", "in 238 of 12045 rows"),
    (SEN2, "OFF-BREAK", "ed_elsewhere", "moved by half or more"),
    (SEN2, "OFF-SUM", "plans_issued_den", "340 of 11526 rows"),
    (SEN2, "OFF-NOTE", "timeliness_20_week.csv", "Dorset and City of London"),
    (SEN2_OLD, "OFF-NOTE", "sen2_mi.csv", "St. Helens notified"),
    ("dfe_sen2/sen2_mi_2023.csv", "OFF-VALUE", "new_all_ehc_pc", "113.51"),
    ("dfe_attainment/LA_L2L3_by_19_by_SEN_2005-2022.csv", "OFF-PLACEHOLDER", "l3_by19", "2023"),
    (
        *("dfe_neet_scorecard/UD_NEETNK_LA_dashboard_2021_vg_removed.csv", "OFF-AREA"),
        *("2021_vg_removed.csv", "LA demo"),
    ),
    (
        *("dfe_neet_scorecard/UD_NEETNK_LA_dashboard_2023_final.csv", "OFF-VALUE"),
        *("September_guarantee_Offer_made_percent", "100.2"),
    ),
    (
        *("nhs_mhsds/MHSDS_time_series_Apr2016_Nov2022_FILTER_12F_QYG_RXA_England.csv",),
        *("OFF-MEASURE", "MHSDS_time_series", "MHS32 is printed by month and rolling_3m"),
    ),
    (TRIBUNALS, "OFF-SYMBOL", "SEND_Tribunals", "'x' is neither"),
]


@pytest.mark.parametrize(("name", "rule", "where", "message"), FOUND)
def test_what_is_wrong_in_a_real_file_is_told(name, rule, where, message):
    told = [f for f in official(name).findings if f.rule == rule and where in f.where]
    assert any(message in f.message for f in told)


def test_the_frame_is_small_enough_for_a_small_machine():
    size = official(SEN2).cells.memory_usage(deep=True).sum()
    assert size < 250_000_000
    assert all(isinstance(official(SEN2).cells[c].dtype, pd.CategoricalDtype) for c in PERIOD)


def test_the_cells_that_are_wrong_are_marked_and_their_neighbours_are_not():
    cells = official(SEN2).cells
    of_2022 = cells[
        (cells["table"] == "newplans")
        & (cells["measure"] == "new_ehc_plans")
        & (cells["period_label"] == "2022 Calendar year")
        & (cells["breakdown_value"] == "New EHC plans x New EHC plans")
    ].set_index("geo_name")["withheld_by"]
    assert of_2022["Leeds"] == of_2022["York"] == "OFF-REGION"
    assert of_2022[["Wirral", "Yorkshire and The Humber", "England"]].isna().all()
    ceased = cells[
        (cells["table"] == "ceased_plans")
        & (cells["measure"] == "total_ceased")
        & (cells["geo_name"] == "Wirral")
        & (cells["breakdown_value"] == "All ceased EHC plans x All ceased EHC plans")
    ].set_index("period_label")["withheld_by"]
    assert ceased.dropna().to_dict() == {"2024 Calendar year": "OFF-COHORT"}  # 642, then 59
