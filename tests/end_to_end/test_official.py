"""Official workbooks from the inbox to the release: look-alikes always, the real ones if there."""

import zipfile
from collections import Counter
from datetime import date

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from ingest.synthetic.nhs_lists import PROVIDERS, example_lists
from ingest.synthetic.nhs_workbooks import workbook
from tests.contracts.test_official_files import FILES, SEN2
from tests.end_to_end.lasp import WIRRAL, figure, lasp, table
from tests.worlds.published import published

MONTHS = {"2025-03": date(2025, 5, 15), "2025-04": date(2025, 6, 12), "2025-05": date(2025, 7, 10)}
SPEECH = "(CYP) Therapy interventions: Speech and language"
WORKBOOKS = "nhs_community_waits"
NEWEST = "2026-04/r1"


@pytest.fixture(scope="module")
def lookalikes(tmp_path_factory):
    """Three months of invented lists; in the last one provider reports nobody for any line."""
    home = tmp_path_factory.mktemp("lookalikes") / "var"
    lists = example_lists(list(MONTHS))
    sizes = lists["2025-04"].xs(SPEECH, level=1).sum(axis=1)
    zeroed = sizes.idxmax()
    lists["2025-05"].loc[zeroed] = 0
    (home / "inbox").mkdir(parents=True)
    for month, day in MONTHS.items():
        known = {m: frame for m, frame in lists.items() if m <= month}
        path = home / "inbox" / f"waiting lists {month}.xlsx"
        path.write_bytes(workbook("two_years", month, day, known))
    ran = lasp(home, "run", "--month", "2025-05", "--as-at", "2025-07-15")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return home, zeroed, sizes


def test_a_sound_published_list_is_an_indicator_of_its_organisation(lookalikes):
    home, _, sizes = lookalikes
    for provider in sizes.index:
        row = figure(home, "2025-05/r1", "slt_waiting_n", "2025-04", provider, "published")
        assert (row["value"], row["value_status"]) == (sizes[provider], "value")


def test_a_list_reported_as_zero_is_withheld_with_every_total_that_contains_it(lookalikes):
    home, zeroed, _ = lookalikes
    for area in (zeroed, "E92000001"):
        row = figure(home, "2025-05/r1", "slt_waiting_n", "2025-05", area, "published")
        assert (row["value"], row["value_status"]) == (None, "not_available")
        assert row["status_reason"].startswith("withheld:WL-")
    found = [f for f in table(home, "2025-05/r1", "quality_findings") if f["org_code"] == zeroed]
    assert {f["rule_id"] for f in found if f["severity"] != "note"} == {"WL-ZERO"}
    assert all(f["message"] and f["action"] for f in found)


def test_the_other_providers_keep_their_figures(lookalikes):
    home, zeroed, sizes = lookalikes
    others = [p.code for p in PROVIDERS if p.code in sizes.index and p.code != zeroed]
    for provider in others:
        row = figure(home, "2025-05/r1", "slt_waiting_n", "2025-05", provider, "published")
        assert row["value_status"] == "value"


def test_without_local_deliveries_the_local_figure_is_not_received(lookalikes):
    home, _, _ = lookalikes
    row = figure(home, "2025-05/r1", "slt_waiting_n", "2025-05")
    assert (row["value_status"], row["status_reason"]) == ("not_available", "not_received")


def test_a_published_figure_is_explained_down_to_sheet_row_and_column(lookalikes):
    home, _, sizes = lookalikes
    words = lasp(
        home, "explain", "slt_waiting_n", "--month", "2025-04",
        "--area", sizes.index[0], "--basis", "published",
    ).stdout  # fmt: skip
    assert "waiting lists 2025-04.xlsx#Table 4!R" in words.replace("\n", "")


@pytest.fixture(scope="module")
def official(tmp_path_factory):
    sent = sorted(published(WORKBOOKS).glob("*.xlsx"))
    home = tmp_path_factory.mktemp("official") / "var"
    received = lasp(home, "receive", *map(str, sent))
    assert received.returncode == 0, received.stdout
    ran = lasp(home, "run", "--month", "2025-05", "--as-at", "2025-07-15")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return home


@pytest.mark.soak
def test_every_cell_of_every_list_table_is_released_as_published(official):
    """Against a plain reading: sheet by sheet, each cell right of the labels, below the header."""
    position = ("source_file", "source_row", "source_column")
    released = {
        tuple(row[name] for name in position): (row["value"], row["value_text"])
        for row in table(official, "2025-05/r1", "official_statistics")
    }
    compared = 0
    for path in sorted(published(WORKBOOKS).glob("*.xlsx")):
        book = CalamineWorkbook.from_path(path)
        for sheet in (name for name in book.sheet_names if name.startswith("Table 4")):
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            header = next(i for i, row in enumerate(rows) if "(A) Audiology" in row)
            first = next(i for i, cell in enumerate(rows[header]) if str(cell).startswith("(A)"))
            for number, row in enumerate(rows[header + 1 :], header + 2):
                for column, cell in enumerate(row[first:], first + 1):
                    value, text = released[f"{path.name}#{sheet}", number, column]
                    assert value == (None if isinstance(cell, str) else cell)
                    assert text == (cell if isinstance(cell, str) else str(int(cell)))
                    compared += 1
    assert compared > 1_000_000


@pytest.mark.soak
def test_the_published_list_of_january_2023_comes_out_exactly(official):
    row = figure(official, "2025-05/r1", "slt_waiting_n", "2023-01", "RY7", "published")
    assert row["value"] == 1534


KNOWN_WRONG = {
    ("RY7", SPEECH): {"2023-02", "2023-03", "2023-05", "2024-10"},
    ("RBL", "(CYP) Community paediatric service"): {"2024-11"},
    ("RBL", "(CYP) Audiology"): {"2024-11", "2025-01"},
    ("RBL", "(CYP) Therapy interventions: Physiotherapy"): {"2025-01"},
    ("RXA", "(CYP) Nursing and Therapy teams support for long term conditions"): {"2025-05"},
}
"""Read by eye from the workbooks: months in which a list is zero, copied, absent or impossible."""


@pytest.mark.soak
@pytest.mark.parametrize(("provider", "line"), KNOWN_WRONG)
def test_the_wrong_months_of_wirrals_providers_are_found_and_no_sound_one(official, provider, line):
    found = {
        f["period_end"].strftime("%Y-%m")
        for f in table(official, "2025-05/r1", "quality_findings")
        if (f["org_code"], f["service_line"]) == (provider, line)
        and f["severity"] in ("withhold", "refuse")
    }
    assert found == KNOWN_WRONG[provider, line]


@pytest.fixture(scope="module")
def every_other(tmp_path_factory):
    """Every other official file, received and released."""
    sent = [str(published(name)) for name in FILES]
    home = tmp_path_factory.mktemp("published") / "var"
    received = lasp(home, "receive", *sent)
    assert received.returncode == 0, received.stdout
    ran = lasp(home, "run", "--month", NEWEST[:7], "--as-at", "2026-07-01")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return home


@pytest.mark.soak
def test_every_cell_of_every_official_file_is_released_under_its_edition(every_other):
    expected = Counter()
    for dataset, edition, _, cells in FILES.values():
        expected[f"official_statistics_{dataset}_{edition}.parquet"] += cells
    folder = every_other / "releases" / NEWEST / "internal"
    released = {
        path.name: pq.read_metadata(path).num_rows
        for path in folder.glob("official_statistics_*.parquet")
    }
    assert released == dict(expected)


ENOUGH = [
    *(name for name in FILES if name.startswith("dfe_neet_scorecard/")),
    "dfe_attainment/LA_L2L3_by_19_by_SEN_2005-2022.csv",
    "moj_tribunals/SEND_Tribunals_and_appeal_rate_2014-2024.csv",
]
"""With two tables of the EHC plans release, the files of the figures below."""


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """The files of the best-known figures, received and released."""
    folder = tmp_path_factory.mktemp("figures")
    with zipfile.ZipFile(published(SEN2)) as package:
        for name in ("timeliness_20_week.csv", "caseload.csv"):
            (folder / name).write_bytes(package.read(f"data/{name}"))
    sent = [*folder.glob("*.csv"), *(published(name) for name in ENOUGH)]
    received = lasp(folder / "var", "receive", *map(str, sent))
    assert received.returncode == 0, received.stdout
    ran = lasp(folder / "var", "run", "--month", NEWEST[:7], "--as-at", "2026-07-01")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder / "var"


CATALOGUE = {
    ("ehcp_20wk_inc_pct", "calendar_year"): {
        "2019-12": 32.0, "2020-12": 52.5, "2021-12": 18.3, "2022-12": 35.7, "2023-12": 32.5,
        "2024-12": 12.6,
    },
    ("ehcp_total_n", "census"): {
        "2019-01": 2121, "2020-01": 2728, "2021-01": 3053, "2022-01": 3291, "2023-01": 4017,
        "2024-01": 4427, "2025-01": 4858,
    },
    ("neet_nk_16_17_pct", "dec_feb"): {
        "2021-02": 5.1, "2022-02": 4.1, "2023-02": 4.5, "2024-02": 4.9,
    },
    ("tribunals_lodged_n", "calendar_year"): {"2014-12": 14, "2023-12": 112, "2024-12": 103},
    ("inmss_n", "census"): {"2025-01": 171},
}  # fmt: skip
"""Wirral, read by eye from the publishers' files."""


@pytest.mark.parametrize(("indicator", "period_type"), CATALOGUE)
def test_the_published_figures_of_wirral_come_out_exactly(figures, indicator, period_type):
    for month, value in CATALOGUE[indicator, period_type].items():
        row = figure(figures, NEWEST, indicator, month, WIRRAL, "published")
        assert (row["period_type"], round(row["value"], 1)) == (period_type, value)


def test_what_a_cohort_has_not_reached_is_withheld_and_said(figures):
    row = figure(figures, NEWEST, "l3_at_19_ehcp_pct", "2025-08", WIRRAL, "published")
    assert row["status_reason"] == "withheld:OFF-PLACEHOLDER"
    found = table(figures, NEWEST, "quality_findings")
    assert any(
        (f["rule_id"], f["org_code"], f["measure"])
        == ("OFF-PLACEHOLDER", WIRRAL, "l3_at_19_ehcp_pct")
        for f in found
    )


def test_a_figure_of_a_release_is_explained_down_to_its_cells(figures):
    words = lasp(
        figures, "explain", "ehcp_20wk_inc_pct", "--month", "2024-12", "--basis", "published"
    ).stdout
    flat = " ".join(words.split())
    assert "The figure is 12.6 %: 90 of 716." in flat
    assert "90 in the numerator" in flat and "716 in the denominator" in flat
    assert "[timeliness_20_week.csv!R" in flat
