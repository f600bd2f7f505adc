"""The report as a workbook: numbers are the release's, gaps say why, and everybody can read it."""

from __future__ import annotations

import csv
import hashlib
import os
import pickle
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook

from ingest.partnership import partnership
from orchestration.months import last_day
from orchestration.publication.report import Facts, Tables, workbook
from orchestration.publication.report.measures import Measures
from tests.worlds import workbooks
from tests.worlds.workbooks import barriers, grid, parts_of

ROOT = Path(__file__).parents[3]
LOCAL_AREA = partnership().local_area
FACTS = Facts(
    release_id="2025-10/r2", month="2025-10", revision=2, as_at=date(2025, 11, 18),
    is_synthetic=True, is_provisional=False, note="Demonstration: invented data",
)  # fmt: skip
TABS = [
    "Cover", "Contents", "Notes", "Headline measures", "My Voice", "My Health and Wellbeing",
    "My Support Needs", "My Development", "My Community", "My Future", "Waiting lists",
    "Improvement plan", "History",
]  # fmt: skip
SHORTHANDS = {"[c]", "[low]", "[x]", "[z]"}
World = dict[str, list[dict[str, Any]]]


# Id, unit, value or reason, status, numerator, denominator, plan, outcome measures.
_MEASURES = (
    ("plans_pct", "pct", 100 * 64 / 127, "value", 64, 127, 75.0, "My Voice; My Future"),
    ("list_n", "count", 1363.0, "value", 1363, None, None, "My Support Needs"),
    ("wait_weeks", "weeks", 11.3, "value", None, 400, None, "My Support Needs"),
    ("held_pct", "pct", "withheld:BASE-1", "not_available", None, None, 60.0, "My Voice"),
    ("nobody_pct", "pct", "nil_base", "not_applicable", None, None, None, "My Voice"),
    ("few_n", "count", "disclosure:small", "low", None, None, None, "My Future"),
    ("hidden_n", "count", "publisher:c", "suppressed", None, None, None, "My Community"),
)
_TITLES = {
    "plans_pct": "=1+1", "list_n": "@SUM(A1)", "wait_weeks": "-2+3", "held_pct": "+44",
    "nobody_pct": "{=1+1}", "few_n": "See [this](http://example.org)", "hidden_n": "?",
}  # fmt: skip


def _about(measure: tuple[Any, ...]) -> dict[str, Any]:
    name, unit, *_, outcomes = measure
    return {
        "indicator_id": name, "unit": unit, "direction": "higher", "owner_group": "Owners",
        "outcome_measures": outcomes, "is_headline": name != "few_n", "service": None,
        "short_title": _TITLES[name], "plain_definition": f"What {name} counts.",
    }  # fmt: skip


def _figure(measure: tuple[Any, ...], ago: int) -> dict[str, Any]:
    name, unit, value, status, numerator, denominator, plan, _ = measure
    end = last_day(f"2025-{10 - ago:02}")
    lacks = isinstance(value, str)
    figure = None if lacks else value + ago / 3
    return {
        "indicator_id": name, "basis": "local", "period_type": "month", "unit": unit,
        "period_start": end.replace(day=1), "period_end": end, "area_code": LOCAL_AREA,
        "area_name": "Sampleton", "value": figure, "value_status": status,
        "status_reason": value if lacks else None, "numerator": numerator,
        "denominator": denominator, "year_ago_value": None if figure is None else figure - 5.7,
        "trajectory_value": plan, "target_value": plan and plan + 5,
        "rag": "red" if plan else "grey", "spc_mean": figure,
        "spc_lower": figure and figure - 2.3, "spc_upper": figure and figure + 2,
        "spc_rule": "none", "spc_reason": "no_value" if lacks else None,
        "variation": "none" if lacks else "common_cause", "backlog": 77.0 if plan else None,
        "is_provisional": name == "list_n", "is_estimated": False, "is_complete": True,
        "base_flag": None, "short_title": _TITLES[name],
    }  # fmt: skip


def _official(name: str, value: float | None, status: str) -> dict[str, Any]:
    row = _figure(next(one for one in _MEASURES if one[0] == name), 0)
    year = {"period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31)}
    return row | year | {
        "basis": "published", "period_type": "calendar_year", "value": value,
        "value_status": status, "status_reason": None if value else "publisher:c",
    }  # fmt: skip


def _waits() -> Iterator[dict[str, Any]]:
    for end, is_held in ((date(2025, 9, 30), True), (date(2025, 10, 31), False)):
        for band, count in (("365+", 122), ("0-7", 643), ("85-126", 281)):
            yield {
                "period_start": end.replace(day=1), "period_end": end, "basis": "local",
                "area_code": LOCAL_AREA, "service": "SLT", "provider_code": "RY7",
                "wait_band": band, "referral_count": None if is_held else count,
                "value_status": "not_available" if is_held else "value",
                "status_reason": "withheld:WL-ZERO" if is_held else None,
            }  # fmt: skip


def _plan() -> Iterator[dict[str, Any]]:
    for kind, end, raw, asked, actual, is_met in (
        ("target", date(2025, 10, 31), "75%", 75.0, 50.4, False),
        ("historic", date(2023, 10, 31), "30%", 30.0, None, None),
        ("trajectory", date(2025, 7, 31), "51%", 51.0, 52.25, True),
        ("trajectory", date(2026, 1, 31), "-", None, None, None),
        ("month", date(2026, 2, 28), None, None, 53.5, None),
        ("month", date(2025, 8, 31), None, None, 52.5, None),
    ):
        yield {
            "metric_number": 9, "metric": "Plans on time", "statement": 3, "kind": kind,
            "statement_title": "Timely plans", "period_end": end, "raw": raw, "unit": "pct",
            "target_value": asked, "actual_value": actual, "is_met": is_met, "reading": None,
            "actual_status": "value" if actual else None, "indicator_id": "plans_pct",
            "planned_as": "printed" if raw else "between_points" if end.year == 2025
            else "no_longer_planned",
        }  # fmt: skip


def world() -> World:
    """The tables that the workbook reads, fresh at each call."""
    words = ROOT / "dbt_project/seeds/status_reason_words.csv"
    with words.open(encoding="utf-8", newline="") as lines:
        reasons = [row | {"sort_order": int(row["sort_order"])} for row in csv.DictReader(lines)]
    official = [_official("plans_pct", 46.1, "value"), _official("list_n", None, "suppressed")]
    return {
        "indicators": [_about(one) for one in _MEASURES],
        "indicator_latest": [*(_figure(one, 0) for one in _MEASURES), *official],
        "indicator_status": [_figure(one, ago) for one in _MEASURES for ago in (2, 1, 0)],
        "waiting_list": list(_waits()),
        "improvement_plan": list(_plan()),
        "status_reasons": reasons,
        "breakdowns": [
            {"breakdown": "wait_band", "breakdown_value": band, "label": label}
            for band, label in (("0-7", "Up to 1 week"), ("365+", "Over 52 weeks"))
        ],
        "areas": [{"area_code": "RY7", "area_name": "A provider"}],
    }


def _made(folder: Path, tables: World, facts: Facts = FACTS) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    files = {name: [folder / f"{name}.parquet"] for name in tables}
    return workbook.render(Measures(Tables(files), facts, LOCAL_AREA))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> bytes:
    return _made(tmp_path_factory.mktemp("release"), world())


@pytest.fixture(scope="module")
def book(made) -> Workbook:
    return openpyxl.load_workbook(BytesIO(made))


MEASURED = {
    "Figure": "value", "Numerator": "numerator", "Denominator": "denominator",
    "Figure a year before": "year_ago_value", "Plan asks for": "trajectory_value",
    "Target of the plan": "target_value", "Backlog": "backlog", "Average": "spc_mean",
    "Expected from": "spc_lower", "Expected to": "spc_upper",
}  # fmt: skip
PLANNED = {"Asked, as a number": "target_value", "Actual": "actual_value"}


def _agree(shown: dict[str, Any], row: dict[str, Any], columns: dict[str, str]) -> int:
    """Hold the numbers of a row against the release's; gives how many there are."""
    numbers = 0
    for heading in columns.keys() & shown.keys():
        expected = row[columns[heading]]
        if expected is None:
            assert shown[heading] in SHORTHANDS, (heading, row)
        else:
            assert not isinstance(shown[heading], str), (heading, row)
            assert shown[heading] == pytest.approx(expected, rel=1e-15), (heading, row)
            numbers += 1
    return numbers


def test_every_number_is_the_unrounded_number_of_the_release(book):
    tables, numbers = world(), 0
    newest = {row["indicator_id"]: row for row in tables["indicator_latest"][: len(_MEASURES)]}
    past = {(row["indicator_id"], row["period_end"]): row for row in tables["indicator_status"]}
    for tab in TABS[3:10]:
        for shown in grid(book, tab):
            if shown["Indicator"] != "[x]":
                numbers += _agree(shown, newest[shown["Indicator"]], MEASURED)
    for shown in grid(book, "History"):
        numbers += _agree(shown, past[shown["Indicator"], shown["Period ends"].date()], MEASURED)
    plan = [one for one in tables["improvement_plan"] if one["planned_as"] != "between_points"]
    plan.sort(key=lambda row: row["period_end"])
    for shown, row in zip(grid(book, "Improvement plan"), plan, strict=True):
        numbers += _agree(shown, row, PLANNED)
        assert shown["Plan date"].date() == row["period_end"]
    assert numbers > 90


def test_each_outcome_measure_has_its_indicators_and_the_headlines_are_together(book):
    found = {tab: [row["Indicator"] for row in grid(book, tab)] for tab in TABS[3:10]}
    for name, *_, outcomes in _MEASURES:
        for tab in TABS[4:10]:
            assert (name in found[tab]) == (tab in outcomes.split("; "))
    assert set(found["Headline measures"]) == {name for name, *_ in _MEASURES} - {"few_n"}


def test_a_share_is_a_number_that_is_shown_to_one_place_and_a_count_whole(book):
    sheet = book["Headline measures"]
    column = next(c.column for row in sheet.iter_rows() for c in row if c.value == "Figure")
    shapes = {
        row[-1].value: row[column - 1].number_format
        for row in sheet.iter_rows()
        if isinstance(row[column - 1].value, (int, float))
    }
    assert shapes == {"plans_pct": "#,##0.0", "wait_weeks": "#,##0.0", "list_n": "#,##0"}


def test_a_change_is_the_difference_of_both_figures_with_its_sign(book):
    rows = {row["Indicator"]: row["Change on a year"] for row in grid(book, "Headline measures")}
    assert rows["list_n"] == pytest.approx(5.7)
    assert rows["held_pct"] == "[x]"


@pytest.mark.parametrize(
    ("tab", "indicator", "shorthand", "reason"),
    [
        ("My Voice", "held_pct", "[x]", "Not shown, because the data behind it failed a check."),
        ("My Voice", "nobody_pct", "[z]", "Nobody was in this group."),
        (
            "My Future",
            "few_n",
            "[low]",
            "Not shown, to protect children: a small number could be worked out from it.",
        ),
        ("My Community", "hidden_n", "[c]", "The publisher does not show this figure."),
        ("My Voice", "plans_pct", None, "[z]"),
    ],
)
def test_a_missing_figure_is_the_shorthand_of_its_status_with_the_reason_beside(
    book, tab, indicator, shorthand, reason
):
    row = next(row for row in grid(book, tab) if row["Indicator"] == indicator)
    assert row["Why there is no figure"] == reason
    if shorthand:
        assert row["Figure"] == row["Numerator"] == row["Denominator"] == shorthand


def test_shorthand_is_explained_on_its_sheet_and_reasons_on_the_notes(book):
    for sheet in book.worksheets[3:]:
        texts = [cell.value for row in sheet.iter_rows() for cell in row]
        for mark in SHORTHANDS & set(texts):
            assert any(str(text).startswith(f"{mark} means") for text in texts), sheet.title
    subjects = [row["Subject"] for row in grid(book, "Notes")]
    assert {f"Shorthand {mark}" for mark in SHORTHANDS} <= set(subjects)
    for row in world()["status_reasons"]:
        assert f"No figure: {row['family_text']}" in subjects


def test_a_list_tells_its_bands_from_the_shortest_wait_or_why_it_does_not(book):
    rows = grid(book, "Waiting lists")
    said = "Not shown, because the data behind it failed a check."
    assert [tuple(row.values())[2:] for row in rows] == [
        ("A provider", "Up to 1 week", "[x]", said), ("A provider", "85-126", "[x]", said),
        ("A provider", "Over 52 weeks", "[x]", said), ("A provider", "Up to 1 week", 643, "[z]"),
        ("A provider", "85-126", 281, "[z]"), ("A provider", "Over 52 weeks", 122, "[z]"),
    ]  # fmt: skip


def test_the_plan_stands_as_printed_beside_what_became_of_it(book):
    """The last step is of a month to come: nothing can be met yet."""
    rows = grid(book, "Improvement plan")
    assert [(r["Kind"], r["Asked, as printed"], r["Actual"], r["Met"]) for r in rows] == [
        ("Before the plan", "30%", "[x]", "[z]"), ("Step of the plan", "51%", 52.25, "Met"),
        ("Target", "75%", 50.4, "Not met"), ("Step of the plan", "Sign: -", "[x]", "[z]"),
        ("No longer planned", "[z]", 53.5, "[z]"),
    ]  # fmt: skip


def test_the_official_figure_stands_with_its_period_or_the_publishers_sign(book):
    rows = {row["Indicator"]: row for row in grid(book, "Headline measures")}
    columns = ("Official figure", "Period of the official figure")
    assert [rows["plans_pct"][name] for name in columns] == [46.1, "2024"]
    assert [rows["list_n"][name] for name in columns] == ["[c]", "2024"]
    assert [rows["wait_weeks"][name] for name in columns] == ["[z]", "[z]"]


def test_a_figure_that_the_release_withholds_is_nowhere_in_the_workbook(tmp_path):
    shown, withheld = world(), world()
    for tables, value in ((shown, 13.37193), (withheld, None)):
        for table in ("indicator_latest", "indicator_status"):
            for row in tables[table]:
                if row["indicator_id"] == "held_pct":
                    row |= {"numerator": 8642097, "denominator": 9753108, "value": value}
                    row |= {"value_status": "value"} if value else {}
    traces = re.compile(rb"13\.37193|8642097|9753108")
    for name, (tables, is_there) in {"a": (shown, True), "b": (withheld, False)}.items():
        parts = parts_of(_made(tmp_path / name, tables))
        assert any(traces.search(part) for part in parts.values()) == is_there


def test_text_that_a_spreadsheet_would_run_or_follow_stays_text(book, made):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    links = {name: part for name, part in parts_of(made).items() if name.endswith(".rels")}
    assert not [name for name, part in links.items() if b"example.org" in part]
    titles = {row["Measure"] for row in grid(book, "Headline measures")}
    assert titles == {"=1+1", "@SUM(A1)", "-2+3", "+44", "{=1+1}", "Sign: ?"}


def test_the_contents_lead_to_every_sheet_that_follows(book):
    places = [row[0].hyperlink.location for row in book["Contents"].iter_rows(min_row=5)]
    assert places == [f"'{tab}'!A1" for tab in TABS[2:]]


def test_every_sheet_says_that_the_data_are_invented_on_screen_and_on_paper(book, tmp_path):
    for sheet in book:
        texts = [cell.value for row in sheet.iter_rows(max_row=4) for cell in row]
        assert "Demonstration: invented data" in texts, sheet.title
        assert "Demonstration: invented data" in sheet.oddFooter.left.text, sheet.title
    real = parts_of(_made(tmp_path, world(), replace(FACTS, is_synthetic=False, note=None)))
    assert not [part for part in real.values() if b"Demonstration" in part]


def test_another_process_makes_the_same_bytes_whatever_the_day_and_the_order_of_sets(
    made, tmp_path
):
    assert _made(tmp_path, world()) == made
    files = {name: [tmp_path / f"{name}.parquet"] for name in world()}
    (tmp_path / "asked").write_bytes(pickle.dumps((files, FACTS)))
    again = (
        "import hashlib, pickle, sys\n"
        "from orchestration.publication.report import Tables, workbook\n"
        "from orchestration.publication.report.measures import Measures\n"
        "files, facts = pickle.load(open(sys.argv[1], 'rb'))\n"
        "made = workbook.render(Measures(Tables(files), facts, sys.argv[2]))\n"
        "print(hashlib.sha256(made).hexdigest())\n"
    )
    other = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Etc/GMT-14", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", again, tmp_path / "asked", LOCAL_AREA],
        env=os.environ | other, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(made).hexdigest()


def test_no_part_of_the_archive_is_compressed_or_carries_a_time_or_a_system(made):
    """Builds of zlib compress the same text to other bytes, so that it would be another file."""
    with zipfile.ZipFile(BytesIO(made)) as archive:
        parts = archive.infolist()
    assert len(parts) > len(TABS)
    assert {part.compress_type for part in parts} == {zipfile.ZIP_STORED}
    assert {(part.date_time, part.create_system) for part in parts} == {((1980, 1, 1, 0, 0, 0), 3)}
    assert parts[0].filename == "[Content_Types].xml"


def test_another_build_of_the_compressor_makes_the_same_bytes(made, monkeypatch, tmp_path):
    monkeypatch.setattr(zlib, "Z_DEFAULT_COMPRESSION", 1)
    assert _made(tmp_path, world()) == made


def test_the_properties_name_title_release_language_and_the_day_of_knowledge(book, made):
    known = datetime(2025, 11, 18)
    assert book.properties.created == book.properties.modified == known
    assert book.properties.title.endswith("Performance Report, October 2025")
    assert book.properties.subject == "Release 2025-10/r2"
    assert book.custom_doc_props["Language"].value == "en-GB"
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_release_without_rows_has_every_sheet_too():
    empty = openpyxl.load_workbook(
        BytesIO(workbook.render(Measures(Tables({}), FACTS, LOCAL_AREA)))
    )
    assert empty.sheetnames == TABS and list(barriers(empty)) == []
    for tab in TABS[3:]:
        (row,) = grid(empty, tab)
        assert next(iter(row.values())) == "This release holds no such figures."


def test_nothing_in_the_workbook_stops_a_reader(book):
    assert book.sheetnames == TABS
    assert list(barriers(book)) == []


def _spoil_merge(book: Workbook) -> None:
    book["My Voice"].merge_cells("A1:B1")


def _spoil_cell(book: Workbook) -> None:
    sheet = book["My Voice"]
    sheet.cell(sheet.max_row, 4).value = None


def _spoil_colour(book: Workbook) -> None:
    book["My Voice"]["A7"].fill = PatternFill("solid", fgColor="FFFF0000")


def _spoil_name(book: Workbook) -> None:
    book["My Voice"].title = "Sheet5"


def _spoil_table(book: Workbook) -> None:
    book["My Voice"].tables.clear()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_spoil_merge, "My Voice: merged cells"), (_spoil_cell, "My Voice: an empty cell"),
        (_spoil_colour, "My Voice: a colour"), (_spoil_table, "My Voice: 0 tables"),
        (_spoil_name, "Sheet5: the tab has no name of its own"),
    ],
)  # fmt: skip
def test_the_check_of_barriers_finds_them(made, spoil: Callable[[Workbook], None], said):
    spoiled = openpyxl.load_workbook(BytesIO(made))
    spoil(spoiled)
    assert said in list(barriers(spoiled))


@pytest.mark.skipif(not workbooks.LIBREOFFICE, reason=workbooks.NO_LIBREOFFICE)
def test_libreoffice_opens_the_workbook_and_reads_the_same_cells(made, tmp_path):
    assert workbooks.differences_in_libreoffice(made, tmp_path) == []
