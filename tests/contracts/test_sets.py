"""One delivery in every form that it may come in: the lake holds the same."""

from __future__ import annotations

import io
import random
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from ingest.contracts import contract_for
from tests.worlds.small_deliveries import (
    SEN2,
    SEN2_STEM,
    XML,
    drop,
    drop_set,
    sen2_sheets,
    set_bytes,
    take,
    template_rows,
    workbook_bytes,
)

pytestmark = pytest.mark.usefixtures("settled_at_once")

CONTRACT = contract_for("sen2_ehc", "2025-03")
TEMPLATE = "Data Entry Template"


def received(home: Path, form: str) -> Path:
    """The folder in the lake of the small delivery of several tables, received in a form."""
    if form == "csv":
        drop_set(home / "inbox", manifest={})
    elif form == "xml":
        drop(home / "inbox", XML.encode(), name=f"{SEN2_STEM}.xml")
    else:
        template = {"Guidance": [["how to"]], TEMPLATE: template_rows(), "Lookups": [["M"]]}
        data = workbook_bytes(sen2_sheets() if form == "sheets" else template)
        drop(home / "inbox", data, name=f"{SEN2_STEM}.xlsx")
    outcomes = take(home)
    assert {one.outcome for one in outcomes} == {"accepted"}, outcomes[0].why
    (folder,) = (home / "lake" / "sen2_ehc" / "period=2025-03").iterdir()
    return folder


def rows(folder: Path, table: str, *columns: str) -> list[dict]:
    return pq.read_table(folder / f"{table}.parquet", columns=list(columns)).to_pylist()


FORMS = ["csv", "xml", "sheets", "template"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_children_requests_and_plans(tmp_path, form):
    folder, same = received(tmp_path / form, form), received(tmp_path / "csv set", "csv")
    for table, columns in {
        "person": ("birth_month", "sex", "ethnicity", "has_valid_upn"),
        "requests": ("receiveddate", "requestoutcome", "requestoutcomedate"),
        "assessment": ("assessmentoutcome", "assessmentoutcomedate"),
        "namedplan": ("startdate", "planres", "ceasedate"),
        "plandetail": ("urn", "sensetting", "placementrank"),
        "placementdetail": ("urn", "placementrank"),
        "senneed": ("sentype", "sentyperank"),
    }.items():
        told = rows(folder, table, *columns)
        if (form, table) == ("xml", "person"):
            told[1]["ethnicity"] = "WBRI"  # the second child's is absent there
        assert told == rows(same, table, *columns), table


@pytest.mark.parametrize("form", FORMS)
def test_every_form_ties_each_row_to_its_parent(tmp_path, form):
    folder = received(tmp_path, form)
    keys = {t.name: t.column(t.key[0]).lake_name for t in CONTRACT.tables if t.name in SEN2}
    for table in CONTRACT.tables:
        for column in table.columns:
            if column.references:
                parent = rows(folder, column.references, keys[column.references])
                known = {row[keys[column.references]] for row in parent}
                told = {row[column.lake_name] for row in rows(folder, table.name, column.lake_name)}
                assert told and told <= known, (table.name, column.name)


def test_a_plan_hangs_on_the_request_of_the_child_it_is_for(tmp_path):
    folder = received(tmp_path, "template")
    (plan,) = rows(folder, "activeplans", "requeststableid", "reviewmeeting", "lastreview")
    requests = rows(folder, "requests", "requeststableid", "receiveddate")
    by_key = {row["requeststableid"]: str(row["receiveddate"]) for row in requests}
    assert by_key[plan["requeststableid"]] == "2024-03-01"
    assert (str(plan["reviewmeeting"]), str(plan["lastreview"])) == ("2025-03-03", "2025-03-20")


def test_rows_of_the_template_are_numbered_as_in_excel_and_unfilled_lines_are_none(tmp_path):
    folder = received(tmp_path, "template")
    numbers = [row["source_row"] for row in rows(folder, "person", "source_row")]
    assert numbers == [8, 9]


def without_title(cells: list) -> None:
    cells.remove(["Requests Records"])


def title_twice(cells: list) -> None:
    cells.append(["Person Record"])


def table_without_its_title(cells: list) -> None:
    cells[:0] = [["Person ID", "Sex"], ["Smith", "F"]]


def without_headings(cells: list) -> None:
    del cells[-3:]


def undeclared_heading(cells: list) -> None:
    cells[6].append("Smith")


def column_without_heading(cells: list) -> None:
    cells[7].append("Smith")


def heading_twice(cells: list) -> None:
    cells[6][3] = "Sex"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (without_title, "R-SHEET.*without the title Requests"),
        (title_twice, "R-SHEET.*title of the table person twice"),
        (table_without_its_title, "R-SHEET.*above the first title"),
        (without_headings, "R-HDR.*no headings"),
        (undeclared_heading, "R-COL"),
        (column_without_heading, "R-HDR.*no column name"),
        (heading_twice, "R-HDR.*same column name twice"),
    ],
)
def test_a_template_that_is_not_whole_is_refused_in_words(tmp_path, spoil, words):
    cells = template_rows()
    spoil(cells)
    drop(tmp_path / "inbox", workbook_bytes({TEMPLATE: cells}), name=f"{SEN2_STEM}.xlsx")
    (one,) = take(tmp_path)
    assert one.outcome == "refused" and "Smith" not in one.why
    assert all(part in one.why for part in words.split(".*")), one.why


def test_merged_cells_are_refused_in_tables_and_not_in_titles(tmp_path):
    for area, outcome in (("A6:D6", "accepted"), ("D8:E8", "refused")):
        book = openpyxl.load_workbook(io.BytesIO(workbook_bytes({TEMPLATE: template_rows()})))
        book[TEMPLATE].merge_cells(area)
        stream = io.BytesIO()
        book.save(stream)
        drop(tmp_path / area[:2] / "inbox", stream.getvalue(), name=f"{SEN2_STEM}.xlsx")
        (one,) = take(tmp_path / area[:2])
        assert one.outcome == outcome, one.why


def test_two_rows_of_one_request_in_the_template_are_set_aside(tmp_path):
    cells = template_rows()
    at = cells.index(["Named Plan Records"])
    cells.insert(at - 1, [1, 11, "N", cells[at - 2][3], 0])
    cells.insert(at - 1, [2, 12, "N", cells[at - 2][3], 0])
    drop(tmp_path / "inbox", workbook_bytes({TEMPLATE: cells}), name=f"{SEN2_STEM}.xlsx")
    (one,) = take(tmp_path)
    assert one.outcome == "accepted", one.why
    (rejects,) = tmp_path.rglob("rejects.csv")
    assert rejects.read_text().count("R-DUPKEY") == 2


def test_an_exact_duplicate_is_one_row_in_every_form(tmp_path):
    cells = template_rows()
    cells.append(cells[-1])
    drop(
        tmp_path / "template" / "inbox", workbook_bytes({TEMPLATE: cells}), name=f"{SEN2_STEM}.xlsx"
    )
    need = "<SENneed><SENtype>ASD</SENtype><SENtypeRank>2</SENtypeRank></SENneed>"
    twice = XML.replace(need, need * 2).encode()
    drop(tmp_path / "xml" / "inbox", twice, name=f"{SEN2_STEM}.xml")
    for form in ("template", "xml"):
        (one,) = take(tmp_path / form)
        assert "1 discarded" in one.why and "0 in quarantine" in one.why, one.why


def test_a_row_of_the_template_that_names_another_child_than_its_request_is_set_aside(tmp_path):
    cells = template_rows()
    cells.append([2, 11, "SLD", 3])
    drop(tmp_path / "inbox", workbook_bytes({TEMPLATE: cells}), name=f"{SEN2_STEM}.xlsx")
    (one,) = take(tmp_path)
    assert "1 in quarantine" in one.why, one.why
    (rejects,) = tmp_path.rglob("rejects.csv")
    assert "R-PARENT" in rejects.read_text()


def test_a_child_without_its_parent_is_set_aside_and_the_rest_is_used(tmp_path):
    lines = [*SEN2["senneed"], "73,52,SLD,1"]
    drop_set(tmp_path / "inbox", set_bytes(senneed=lines))
    assert {one.outcome for one in take(tmp_path)} == {"accepted"}
    (rejects,) = tmp_path.rglob("rejects.csv")
    assert "R-PARENT" in rejects.read_text() and "\n4," in rejects.read_text()


def test_no_message_of_a_refused_set_holds_what_stands_in_it(tmp_path):
    chance = random.Random(20250531)
    for turn in range(40):
        files = set_bytes()
        name = chance.choice(list(files))
        data = bytearray(files[name].replace(b"Invented", b"Smith"))
        at = chance.randrange(len(data))
        data[at : at + chance.randint(0, 3)] = chance.choice(
            [b"", b",", b'"', b"\n", b"\xff", b"x"]
        )
        home = tmp_path / str(turn)
        drop_set(home / "inbox", files | {name: bytes(data)})
        told = take(home)
        assert len({one.outcome for one in told}) == 1
        said = " ".join(one.why + one.file for one in told)
        assert "Smith" not in said and "A344000025001" not in said
