"""The public workbook: public numbers and nothing else, for everybody's reader."""

import csv
import os
import subprocess
import sys
import zipfile
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from orchestration.publication.public import Before, accessible
from orchestration.publication.public.described import symbols
from tests.worlds import public_release, workbooks
from tests.worlds.workbooks import barriers, grid, parts_of

ROOT = Path(__file__).parents[3]
TABS = [
    "Cover", "Contents", "Notes", "Latest figures", "By month", "Latest breakdowns", "Corrections",
    "Measures",
]  # fmt: skip
SHORTHANDS = {"[c]", "[low]", "[u]", "[x]", "[z]"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A release after another one in which a count was another."""
    earlier = public_release.figures()
    earlier[1] |= {"numerator": 53, "value": 53.0}
    before = public_release.write(
        tmp_path_factory.mktemp("before"),
        tables=public_release.rows() | {"indicator_values": earlier},
    )
    now = tmp_path_factory.mktemp("now")
    return public_release.write(now, Before("2025-11/r1", before, frozenset()))


@pytest.fixture(scope="module")
def made(folder):
    return (folder / accessible.FILE).read_bytes()


@pytest.fixture(scope="module")
def book(made):
    return openpyxl.load_workbook(BytesIO(made))


def test_every_number_is_a_public_one_and_stands_beside_its_symbol(folder, book):
    with (folder / "indicators.csv").open(encoding="utf-8", newline="") as lines:
        public = {
            (row["title"], row["period_type"] == "month", row["breakdown_value"]): row
            for row in csv.DictReader(lines)
        }
    label = {"Female": "F", "Male": "M"}
    seen = 0
    for tab in ("Latest figures", "By month", "Latest breakdowns"):
        for row in grid(book, tab):
            kind = "2025" not in row["Period"] or row["Period"].startswith("December")
            there = public[row["Measure"], kind, label.get(row.get("Group"), "all")]
            for heading, name in (
                ("Figure", "value"),
                ("Numerator", "numerator"),
                ("Denominator", "denominator"),
            ):
                symbol = there[f"{name}_symbol"]
                if symbol:
                    assert row[heading] in SHORTHANDS
                    assert row[f"{heading} symbol"] == {"*": "star"}.get(symbol, symbol)
                else:
                    assert row[heading] == float(there[name])
                    assert row[f"{heading} symbol"] == "none"
                    seen += 1
    assert seen > 15


def test_the_newest_figure_of_each_measure_is_shown_once(book):
    rows = [(row["Indicator"], row["Basis"]) for row in grid(book, "Latest figures")]
    assert len(set(rows)) == len(rows) == len(public_release.CATALOGUE)


def test_a_correction_stands_with_both_figures(book):
    (row,) = grid(book, "Corrections")
    assert (row["Indicator"], row["Figure before"], row["Figure now"]) == ("plans_n", 55, 45)


def test_every_symbol_and_shorthand_is_explained(book):
    explained = {row["Subject"] for row in grid(book, "Notes")}
    named = {{"*": "star"}.get(symbol, symbol) for symbol in symbols()}
    assert {f"Symbol {name}" for name in named} <= explained
    assert {f"Shorthand {mark}" for mark in SHORTHANDS} <= explained


def test_a_text_that_a_spreadsheet_would_run_is_a_text_even_when_saved_as_another_file(made, book):
    assert not [part for part in parts_of(made).values() if b"<f>" in part]
    titles = {row["Measure"] for row in grid(book, "Measures")}
    assert "'=1+1" in titles and "=1+1" not in titles


def test_nothing_in_the_workbook_stops_a_reader(book):
    assert book.sheetnames == TABS
    assert list(barriers(book)) == []


def test_a_release_without_breakdowns_and_corrections_has_every_sheet_too(tmp_path):
    whole = [one for one in public_release.figures() if one["breakdown"] == "all"]
    tables = public_release.rows() | {"indicator_values": whole}
    made = (public_release.write(tmp_path, tables=tables) / accessible.FILE).read_bytes()
    assert list(barriers(openpyxl.load_workbook(BytesIO(made)))) == []


def test_another_process_makes_the_same_bytes_whatever_the_day_and_the_order_of_sets(tmp_path):
    made = public_release.write(tmp_path / "here")
    again = "import pathlib, sys; from tests.worlds import public_release as world; "
    again += "world.write(pathlib.Path(sys.argv[1]))"
    other = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Etc/GMT-14", "LC_ALL": "C"}
    subprocess.run(
        [sys.executable, "-c", again, tmp_path / "there"],
        env=os.environ | other, check=True,
    )  # fmt: skip
    files = {
        path.relative_to(made): sha256(path.read_bytes()).hexdigest()
        for path in made.rglob("*")
        if path.is_file()
    }
    there = tmp_path / "there" / made.name
    assert len(files) > 10
    assert {name: sha256((there / name).read_bytes()).hexdigest() for name in files} == files


def test_the_properties_hold_no_time_but_the_day_of_knowledge(book, made):
    assert book.properties.created == book.properties.modified == datetime(2026, 1, 20)
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.skipif(not workbooks.LIBREOFFICE, reason=workbooks.NO_LIBREOFFICE)
def test_libreoffice_opens_the_workbook_and_reads_the_same_cells(made, tmp_path):
    assert workbooks.differences_in_libreoffice(made, tmp_path) == []
