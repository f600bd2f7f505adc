"""What the reader of NHS England's community waiting lists promises.

The official workbooks are looked for in ``shared/data/published`` beside the repository; a small
workbook in the publication's shape, made here, carries the defects.
"""

import csv
import datetime as dt
import io
import re
from functools import cache

import openpyxl
import pandas as pd
import pytest
import python_calamine

from ingest.readers.nhs_community_waits import BANDS, SERVICE_LINES, is_edition, read_edition
from ingest.readers.xlsx import read_workbook
from ingest.refusals import Refused
from tests.worlds.published import published

# file -> month and day of publication, read by eye from titles and covers
OFFICIAL = {
    "community_health_2023-03-01.xlsx": ("2023-01", "2023-03-09"),
    "community_health_2023-04-01.xlsx": ("2023-02", "2023-04-13"),
    "community_health_2023-05-01.xlsx": ("2023-03", "2023-05-11"),
    "community_health_2023-06-01.xlsx": ("2023-04", "2023-06-08"),
    "community_health_2023-07-01.xlsx": ("2023-05", "2023-07-13"),
    "community_health_2023-08-01.xlsx": ("2023-06", "2023-08-10"),
    "community_health_2023-12-01.xlsx": ("2023-10", "2023-12-14"),
    "Community-health-services-waiting-lists-2024-25-August.xlsx": ("2024-08", "2024-10-10"),
    "Community-health-services-waiting-lists-2024-25-September.xlsx": ("2024-09", "2024-11-14"),
    "Community-health-services-waiting-lists-2024-25-October.xlsx": ("2024-10", "2024-12-12"),
    "Community-health-services-waiting-lists-2024-25-November.xlsx": ("2024-11", "2025-01-09"),
    "Community-health-services-waiting-lists-2024-25-January.xlsx": ("2025-01", "2025-03-13"),
    "Community-health-services-waiting-lists-2024-25-March.xlsx": ("2025-03", "2025-05-15"),
    "Community-health-services-waiting-lists-2025-26-April.xlsx": ("2025-04", "2025-06-12"),
    "Community-health-services-waiting-lists-2025-26-May.xlsx": ("2025-05", "2025-07-10"),
}
COLUMNS = [
    *("edition", "source_file", "source_sheet", "source_row", "source_column", "table_title"),
    *("measure", "period_label", "period_start", "period_end", "geo_level", "org_code", "org_name"),
    *("service_line", "wait_band", "value", "value_text", "symbol", "unit", "is_list"),
]


@cache
def official(name):
    data = published(f"nhs_community_waits/{name}").read_bytes()
    return data, read_edition(read_workbook(data, name), name)


def text(cell):
    return str(int(cell)) if isinstance(cell, float) else str(cell).strip()


@pytest.mark.parametrize("name", OFFICIAL)
def test_month_and_publication_are_those_of_the_cover(name):
    _, edition = official(name)
    assert (edition.month, str(edition.published_on)) == OFFICIAL[name]
    assert edition.revised_on is None
    assert edition.edition == "{}_published_{}".format(*OFFICIAL[name])
    assert list(edition.cells) == COLUMNS


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_cell_of_every_list_is_read_once_and_unchanged(name):
    """Read the lists again with plain loops, which know only where the service lines begin."""
    data, edition = official(name)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    expected = {}
    for sheet in (s for s in book.sheet_names if s.startswith("Table 4")):
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        at = next(i for i, row in enumerate(rows) if "(A) Audiology" in row)
        first = rows[at].index("(A) Adult safeguarding")
        for i, row in enumerate(rows[at + 1 :], at + 2):
            for j in range(first, len(row)):
                label = (rows[at][j].casefold(), row[first - 1].strip())
                expected[sheet, i, j + 1] = (*label, text(row[j]))
    lists = edition.cells[edition.cells["is_list"]]
    found = {
        (sheet, row, column): (line.casefold(), org, value)
        for sheet, row, column, line, org, value in zip(
            *(lists[c] for c in ("source_sheet", "source_row", "source_column")),
            *(lists[c] for c in ("service_line", "org_name", "value_text")),
            strict=True,
        )
    }
    assert len(found) == len(lists)
    assert found == expected


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_overview_and_the_series_repeat_the_national_rows_of_the_lists(name):
    _, edition = official(name)
    cells = edition.cells[edition.cells["geo_level"].eq("national")]
    cells = cells[cells["period_end"].map(str).str[:7].eq(edition.month)]
    key = ["service_line", "wait_band"]
    lists = cells[cells["is_list"]].set_index(key)["value"].dropna()
    for sheet in ("Table 2", "Table 3"):
        others = cells[cells["source_sheet"].eq(sheet) & cells["measure"].eq("waiting")]
        both = pd.concat([lists, others.set_index(key)["value"]], axis=1, join="inner").dropna()
        assert len(both) >= 47
        assert (both.iloc[:, 0] == both.iloc[:, 1]).all()


@pytest.mark.parametrize("name", OFFICIAL)
def test_nothing_in_an_official_workbook_is_left_unrecognised(name):
    _, edition = official(name)
    cells = edition.cells
    assert set(cells["measure"]) == {"waiting", "organisations_not_submitting"}
    assert set(cells["geo_level"]) == {"national", "region", "icb", "provider"}
    assert set(cells["symbol"].dropna()) <= {"*", "blank"}
    assert (cells["value"].isna() == cells["symbol"].notna()).all()
    counts = cells[cells["value"].notna()]
    assert counts["value_text"].eq(counts["value"].astype("str")).all()
    top = {"365-728", "729+"} if edition.month >= "2024-12" else {"365+"}
    bands = {"all", *list(BANDS.values())[:6], *top}
    assert set(cells.loc[cells["is_list"], "wait_band"]) == bands
    has_codes = cells["org_code"].notna()
    assert cells.loc[has_codes, "org_code"].str.fullmatch(r"[A-Z0-9]{3,6}").all()
    assert {finding.rule for finding in edition.findings} <= {"CHS-MEASURE"}


def test_contents_that_contradict_a_title_are_noted_and_the_title_decides():
    noted = {OFFICIAL[name][0] for name in OFFICIAL if official(name)[1].findings}
    assert noted == {"2023-02", "2023-03", "2023-04", "2023-05"}


def test_the_area_names_give_each_organisation_the_parent_whose_lists_contain_its_own():
    """The registered office may lie in another ICB (three trusts), and a company in none."""
    names = pd.read_csv("dbt_project/seeds/area_names.csv")
    parents = names.groupby("area_code")["parent_code"].last()
    cells = official(list(OFFICIAL)[-1])[1].cells
    lists = cells[cells["is_list"] & cells["value"].notna()].astype({"value": int})
    key = ["service_line", "wait_band", "area"]
    for part, whole in (("provider", "icb"), ("icb", "region")):
        below, above = (lists[lists["geo_level"].eq(level)] for level in (part, whole))
        below = below.assign(area=below["org_code"].map(parents))
        summed = below[below["value"].gt(0)].groupby(key, observed=True)["value"].sum()
        stated = above[above["value"].gt(0)].assign(area=above["org_code"])
        pd.testing.assert_series_equal(
            summed, stated.groupby(key, observed=True)["value"].sum(), check_index_type=False
        )


def test_a_known_figure_is_found():
    cells = official("community_health_2023-03-01.xlsx")[1].cells
    of_trust = cells["org_name"].str.casefold().str.startswith("wirral community")
    line = cells["service_line"].eq("(CYP) Therapy interventions: Speech and language")
    found = cells[of_trust & line & cells["wait_band"].eq("all")]
    assert found["value"].tolist() == [1534]
    assert found["geo_level"].tolist() == ["provider"]


# --- a small workbook in the publication's shape -------------------------------------------------

with SERVICE_LINES.open(encoding="utf-8") as stream:
    LINES = [row["label"] for row in csv.DictReader(stream)]
TITLES = {
    "Table 1": "Number of organisations of 9 in scope that did not submit data",
    "Table 2": "National time series of total reported waiting list by service",
    "Table 3": "National overview of waiting list metrics by service, May 2025",
    "Table 4": "Total waiting list by service, May 2025",
    "Table 4a": "Number waiting 0-1 weeks (0-7 days) by service, May 2025",
    "Table 4b": "Number waiting >1-2 weeks (8-14 days) by service, May 2025",
    "Table 4c": "Number waiting >2-4 weeks (15-28 days) by service, May 2025",
    "Table 4d": "Number waiting >4-12 weeks (29-84 days) by service, May 2025",
    "Table 4e": "Number waiting >12-18 weeks (85-126 days) by service, May 2025",
    "Table 4f": "Number waiting >18-52 weeks (127-364 days) by service, May 2025",
    "Table 4g": "Number waiting >52-104 weeks (365-728 days) by service, May 2025",
    "Table 4h": "Number waiting over 104 weeks (over 2 years) by service, May 2025",
}
WAITS = [re.sub(r"Number waiting (over )?(\S+ weeks).*", r"\1\2", t) for t in TITLES.values()][4:]
OVERVIEW = ["Total waiting list", *(f"Waiting {w.replace('over ', '>')}" for w in WAITS)]
ORGANISATIONS = [("National", None, "England"), ("Provider", "ZAA", "INVENTED TRUST A")]


def small(change=lambda book: None, titles=TITLES):
    """Write nine people waiting at England's one trust, one in each band, for every line."""
    book = openpyxl.Workbook()
    book.active.title = "Cover page"
    book.active.append(["Title:", "Community Health Services Waiting Times"])
    book.active.append(["Published:", "10/07/2025"])
    book.active.append(["Revised:", "-"])
    book.create_sheet("Contents").append(["Contents"])
    for name, title in titles.items():
        book["Contents"].append([f"{name}: {title}"])
        book.create_sheet(name).append([title])
        book[name].append(["A sentence in place of the publisher's notes"])
    book["Table 1"].append(["Organisation Type", "Organisation Name", "Apr-25", "May-25", "Jun-25"])
    book["Table 1"].append([None, "England", 1, 0, None])
    book["Table 2"].append(["Service", "Apr-25", "May-25", "Jun-25"])
    book["Table 3"].append([None, *OVERVIEW])
    for line in ["England", "Adult services", "CYP services", *LINES]:
        book["Table 2"].append([line, 8, 9, None])
        book["Table 3"].append([line, 9, *[1] * 9][: len(OVERVIEW) + 1])
    for name in titles:
        if name.startswith("Table 4"):
            book[name].append(
                ["Organisation Type", "Organisation Code", "Organisation Name", *LINES]
            )
            for labels in ORGANISATIONS:
                book[name].append([*labels, *[9 if name == "Table 4" else 1] * len(LINES)])
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return read_workbook(stream.getvalue(), "small.xlsx")


def found(edition):
    return [(f.rule, f.severity, f.where.partition("#")[2]) for f in edition.findings]


def cell(edition, sheet, row, column):
    cells = edition.cells
    place = (cells["source_row"] == row) & (cells["source_column"] == column)
    (only,) = cells[cells["source_sheet"].eq(sheet) & place].to_dict("records")
    return only


def test_a_clean_edition_has_no_findings():
    edition = read_edition(small(), "small.xlsx")
    assert (found(edition), edition.edition) == ([], "2025-05_published_2025-07-10")
    assert len(edition.cells) == 3 + 50 * 3 + 50 * 9 + 9 * 2 * 47
    row = cell(edition, "Table 4c", 5, 4)
    assert (row["value"], row["wait_band"], row["org_code"]) == (1, "15-28", "ZAA")
    assert (row["geo_level"], row["service_line"]) == ("provider", LINES[0])
    assert row["source_file"] == "small.xlsx#Table 4c"
    row = cell(edition, "Table 2", 4, 4)
    assert (row["symbol"], str(row["period_end"]), row["service_line"]) == (
        *("blank", "2025-06-30", "All services"),
    )


def test_a_revision_is_another_edition():
    def change(book):
        book["Cover page"]["B3"] = dt.date(2025, 8, 14)

    edition = read_edition(small(change), "small.xlsx")
    assert edition.revised_on == dt.date(2025, 8, 14)
    assert edition.edition == "2025-05_published_2025-07-10_revised_2025-08-14"


def test_another_workbook_is_not_an_edition():
    def change(book):
        book["Cover page"]["B1"] = "Mental Health Services Waiting Times"

    assert is_edition(small())
    assert not is_edition(small(change))
    with pytest.raises(Refused, match="another workbook"):
        read_edition(small(change), "small.xlsx")


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        ({"Table 4d": TITLES["Table 4d"].replace("May", "April")}, "2025-04 in Table 4d"),
        ({name: title.replace(", May 2025", "") for name, title in TITLES.items()}, "no month"),
    ],
)
def test_titles_that_disagree_on_the_month_refuse_the_workbook(titles, words):
    with pytest.raises(Refused, match=words) as refusal:
        read_edition(small(titles=TITLES | titles), "small.xlsx")
    assert refusal.value.rule == "R-PERIOD"


def test_a_title_without_its_month_is_helped_by_the_others():
    titles = TITLES | {"Table 4d": TITLES["Table 4d"].replace(", May 2025", "")}
    assert read_edition(small(titles=titles), "small.xlsx").month == "2025-05"


@pytest.mark.parametrize("published", ["30/05/2025", "soon", None])
def test_a_cover_without_a_possible_date_refuses_the_workbook(published):
    def change(book):
        book["Cover page"]["B2"] = published

    with pytest.raises(Refused, match="R-PERIOD"):
        read_edition(small(change), "small.xlsx")


def wait_of_another_table(book):
    book["Table 4c"]["A1"] = TITLES["Table 4b"]


def unknown_title(book):
    book["Table 4c"]["A1"] = "Number waiting some weeks by service, May 2025"


def vanished_table(book):
    del book["Table 4h"]


def vanished_line(book):
    for name in ("Table 4", "Table 4a"):
        book[name].delete_cols(4)


def vanished_organisation(book):
    book["Table 4f"].delete_rows(5)


def unknown_line(book):
    book["Table 4a"].cell(3, 51, "(CYP) Invented service")


def unknown_column(book):
    book["Table 4a"].cell(3, 51, "Notes")


def repeated_line(book):
    book["Table 4a"].cell(3, 5, LINES[0])


def repeated_organisation(book):
    book["Table 4a"].append(["Provider", "ZAA", "INVENTED TRUST A", *[1] * 47])


def unknown_level(book):
    book["Table 4a"].cell(5, 1, "Place")


def figures_without_a_name(book):
    book["Table 4a"].cell(5, 3).value = None


def note_below_the_table(book):
    book["Table 4a"].append(["* A sentence below the table"])


def unknown_symbol(book):
    book["Table 4a"].cell(5, 4, "-")


def unknown_sheet(book):
    book.create_sheet("Extra")


def renamed_list(book):
    book["Table 4"].title = "Providers"


def copied_list(book):
    book.copy_worksheet(book["Table 4a"]).title = "Table 4a (2)"


def macro_sheet_hidden(book):
    book["Contents"].sheet_state = "hidden"


def series_of_another_month(book):
    for row in range(4, 54):
        book["Table 2"].cell(row, 4, 9)


@pytest.mark.parametrize("sheet", ["Table 1", "Table 2", "Table 3", "Table 4", "Table 4c"])
@pytest.mark.parametrize("name", ["Waits", "table 4 (2)", "Table 14"])
def test_a_renamed_sheet_is_read_by_its_title_and_withholds_nothing(sheet, name):
    def renamed(book):
        book[sheet].title = name

    workbook = small(renamed)
    assert is_edition(workbook)
    edition, as_usual = read_edition(workbook, "a"), read_edition(small(), "a")
    assert [(f.rule, f.severity) for f in edition.findings] == [("CHS-TABLE", "note")]
    columns = ["measure", "wait_band", "org_name", "service_line", "value_text"]
    read = [e.cells[columns].astype(str).sort_values(columns) for e in (edition, as_usual)]
    assert read[0].values.tolist() == read[1].values.tolist()


@pytest.mark.parametrize(
    ("defect", "finding"),
    [
        (wait_of_another_table, ("CHS-TITLE", "withhold", "Table 4c")),
        (unknown_title, ("CHS-TITLE", "withhold", "Table 4c")),
        (vanished_table, ("CHS-TABLE", "withhold", "Contents")),
        (vanished_line, ("CHS-LINE", "withhold", "Table 4a")),
        (vanished_organisation, ("CHS-ROW", "withhold", "Table 4f")),
        (unknown_line, ("CHS-LINE", "note", "Table 4a")),
        (unknown_column, ("R-COL", "note", "Table 4a")),
        (repeated_line, ("R-HDR", "withhold", "Table 4a")),
        (repeated_organisation, ("CHS-ROW", "withhold", "Table 4a")),
        (unknown_level, ("CHS-LEVEL", "note", "Table 4a")),
        (figures_without_a_name, ("CHS-ROW", "withhold", "Table 4a")),
        (note_below_the_table, ("CHS-ROW", "note", "Table 4a")),
        (unknown_symbol, ("CHS-SYMBOL", "note", "Table 4a")),
        (unknown_sheet, ("R-SHEET", "note", "Extra")),
        (renamed_list, ("CHS-TABLE", "note", "Providers")),
        (copied_list, ("CHS-TITLE", "withhold", "Table 4a (2)")),
        (macro_sheet_hidden, ("R-SHEET", "note", "")),
        (series_of_another_month, ("R-PERIOD", "withhold", "")),
    ],
)
def test_what_is_not_as_usual_is_a_finding(defect, finding):
    assert finding in found(read_edition(small(defect), "small.xlsx"))


@pytest.mark.parametrize("defect", [wait_of_another_table, unknown_title])
def test_a_table_whose_wait_is_unclear_is_kept_as_unrecognised(defect):
    cells = read_edition(small(defect), "small.xlsx").cells
    unclear = cells[cells["source_sheet"].eq("Table 4c")]
    assert set(unclear["measure"]) == {"unrecognised"}
    assert unclear["wait_band"].isna().all()
    assert not unclear["is_list"].any()
    assert len(unclear) == 2 * 47


@pytest.mark.parametrize(
    ("published", "value", "symbol"),
    [
        ("*", None, "*"),
        ("-", None, "-"),
        (None, None, "blank"),
        (" ", None, "blank"),
        (0, 0, None),
        ("1,234", 1234, None),
        (-1, None, "invalid"),
        (1.5, None, "invalid"),
        (10**15, None, "invalid"),
    ],
)
def test_a_cell_is_a_count_or_says_why_not(published, value, symbol):
    def change(book):
        book["Table 4a"].cell(5, 4).value = published

    row = cell(read_edition(small(change), "small.xlsx"), "Table 4a", 5, 4)
    assert (None if pd.isna(row["value"]) else row["value"]) == value
    assert (None if pd.isna(row["symbol"]) else row["symbol"]) == symbol
    assert row["value_text"] == ("" if published is None else str(published).strip())


def test_a_table_may_move_and_lose_its_headers():
    """As in early 2023: from column B, no header labels, levels on the first row of a group."""

    def change(book):
        sheet = book["Table 4"]
        sheet.delete_cols(2)
        sheet.insert_cols(1)
        sheet.insert_rows(3)
        sheet["B4"], sheet["C4"], sheet["B5"] = None, None, None
        sheet.append([None, None, "INVENTED TRUST B", *[0] * 47])
        sheet["B6"] = "Organisation"

    edition = read_edition(small(change), "small.xlsx")
    rows = edition.cells[edition.cells["source_sheet"].eq("Table 4")]
    organisations = rows[["geo_level", "org_name"]].drop_duplicates().values.tolist()
    assert organisations == [
        ["national", "England"],
        ["provider", "INVENTED TRUST A"],
        ["provider", "INVENTED TRUST B"],
    ]
    assert cell(edition, "Table 4", 6, 4)["value"] == 9
    assert rows["org_code"].isna().all()


def test_a_table_that_counts_submitters_is_another_measure():
    titles = TITLES | {"Table 1": "Number of organisations that submitted data"}
    edition = read_edition(small(titles=titles), "small.xlsx")
    assert ("CHS-MEASURE", "note", "Table 1") in found(edition)
    rows = edition.cells[edition.cells["source_sheet"].eq("Table 1")]
    assert set(rows["measure"]) == {"organisations_submitting"}
    assert set(rows["unit"]) == {"organisations"}


def test_service_lines_match_whatever_their_capitals_dashes_and_blanks():
    line = "(CYP) New-born hearing screening"

    def change(book):
        book["Table 4a"].cell(3, 4 + LINES.index(line), "(cyp)  NEW–BORN hearing\u00a0screening ")

    edition = read_edition(small(change), "small.xlsx")
    assert found(edition) == []
    assert set(edition.cells["service_line"].dropna()) >= {line}
