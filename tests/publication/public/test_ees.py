"""The DfE's platform would take the area's series: its rules, written from its published standard.

https://dfe-analytical-services.github.io/analysts-guide/statistics-production/ud.html
"""

import csv
import io
import re
from collections import defaultdict
from datetime import date

import pytest

from orchestration.publication.public import ees
from orchestration.publication.report.words import _MONTHS
from tests.worlds import public_release

PLACE = [
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
    "region_code", "region_name", "old_la_code", "new_la_code", "la_name",
]  # fmt: skip
META = [
    "col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp",
    "filter_hint", "filter_grouping_column",
]  # fmt: skip
FOUR_DIGITS = [{"Calendar year"}, set(_MONTHS)]
SIX_DIGITS = [
    {"Academic year"}, {"Financial year"}, {f"Financial year Q{n}" for n in (1, 2, 3, 4)},
    {f"{term} term" for term in ("Autumn", "Spring", "Summer")},
]  # fmt: skip
SYMBOLS = {"z", "x", "c", "low", "u"}
NO_DATA = {"", "NA", "na", "Null", "null", "NULL", "N/A", "n/a", ".", "..", "-", "~", ":", "*"}


def screened(name, data, meta):
    """Give what the DfE's screener would refuse, or what the standard forbids."""
    columns, rows = _table(data)
    about_columns, about = _table(meta)
    filters = [one for one in about if one["col_type"] == "Filter"]
    numbers = [one for one in about if one["col_type"] == "Indicator"]
    groups = [one["filter_grouping_column"] for one in filters if one["filter_grouping_column"]]
    by = [one["col_name"] for one in filters] + groups
    checks = {
        "file name": re.fullmatch(r"[a-z0-9_-]{1,50}\.csv", name),
        "mandatory columns of data": set(PLACE) <= set(columns),
        "mandatory columns of metadata": about_columns == META,
        "column names": all(re.fullmatch(r"[a-z][a-z0-9_]{0,49}", one) for one in columns),
        "every column is described once": sorted([*PLACE, *by, *(n["col_name"] for n in numbers)])
        == sorted(columns),
        "kinds of column": {one["col_type"] for one in about} <= {"Filter", "Indicator"},
        "labels": len({one["label"] for one in about}) == len(about)
        and all(0 < len(one["label"]) <= 80 for one in about),
        "filters have no unit": not any(
            one[name] for one in filters for name in META if name.startswith("indicator_")
        ),
        "numbers have no hint": not any(
            one[name] for one in numbers for name in META if name.startswith("filter_")
        ),
        "units": {one["indicator_unit"] for one in numbers} <= {"", "%", "pp", "£", "£m"},
        "decimal places": all(one["indicator_dp"].isdecimal() for one in numbers),
        "a group is no filter": not {one["col_name"] for one in filters} & set(groups),
        "blank filters": all(row[one].strip() == row[one] != "" for row in rows for one in by),
        "totals": all("Total" in {row[one] for row in rows} for one in by),
        "fewer groups than items": all(
            len({row[one["col_name"]] for row in rows})
            >= len({row[one["filter_grouping_column"]] for row in rows})
            for one in filters
        ),
        "no total of a place": not any(
            "total" in row[one].lower() for row in rows for one in PLACE
        ),
        "duplicate rows": len({tuple(row[one] for one in (*PLACE, *by)) for row in rows})
        == len(rows),
        "numbers and symbols": all(
            re.fullmatch(r"-?\d+(\.\d+)?", row[one["col_name"]]) or row[one["col_name"]] in SYMBOLS
            for row in rows
            for one in numbers
        ),
        "no data": not any(cell in NO_DATA for row in rows for cell in row.values()),
        "times": _is_one_kind({(row["time_identifier"], row["time_period"]) for row in rows}),
        "level": {row["geographic_level"] for row in rows} == {"Local authority"},
        "codes": all(
            re.fullmatch(r"E92\d{6}", row["country_code"])
            and re.fullmatch(r"E12\d{6}", row["region_code"])
            and re.fullmatch(r"E\d{8}", row["new_la_code"])
            and re.fullmatch(r"\d{3}", row["old_la_code"])
            for row in rows
        ),
    }
    return [name for name, holds in checks.items() if not holds]


def _table(text):
    read = csv.DictReader(io.StringIO(text))
    return list(read.fieldnames), [defaultdict(str, row) for row in read]


def _is_one_kind(times):
    named = {name for name, _ in times}
    if any(named <= kind for kind in FOUR_DIGITS):
        return all(re.fullmatch(r"\d{4}", period) for _, period in times)
    years = [re.fullmatch(r"\d\d(\d\d)(\d\d)", period) for _, period in times]
    return any(named <= kind for kind in SIX_DIGITS) and all(
        year and (int(year[1]) + 1) % 100 == int(year[2]) for year in years
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = public_release.write(tmp_path_factory.mktemp("ees")) / ees.FOLDER
    return {path.name: path.read_bytes().decode() for path in folder.iterdir()}


def pair(made, kind="month"):
    name = f"send_indicators_{kind}"
    return [f"{name}.csv", made[f"{name}.csv"], made[f"{name}.meta.csv"]]


KINDS = ["calendar_year", "census", "month"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_keeps_the_rules_of_the_platform(made, kind):
    assert set(made) == {
        f"send_indicators_{one}{end}.csv" for one in KINDS for end in ("", ".meta")
    }
    assert screened(*pair(made, kind)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (0, "send_indicators", "SEND indicators", "file name"),
        (1, "region_name", "region", "mandatory columns of data"),
        (1, "plans_n", "plans n", "column names"),
        (1, ",plans_n", ",plan_n", "every column is described once"),
        (1, "2025,December", "202526,December", "times"),
        (1, "2025,December", "2025,Calendar year", "times"),
        (1, ",Total,Total,", ",Total,all,", "totals"),
        (1, "Sex,Female", "Sex,", "blank filters"),
        (1, "Sex,Female", "Sex,Male", "duplicate rows"),
        (1, ",c,", ",*,", "numbers and symbols"),
        (1, ",c,", ",,", "no data"),
        (1, "Local authority", "Regional", "level"),
        (1, "E92000001", "England", "codes"),
        (2, "indicator_dp", "dp", "mandatory columns of metadata"),
        (2, ",Indicator,", ",Measure,", "kinds of column"),
        (2, "Short lists_n", "Short plans_n", "labels"),
        (2, ",%,", ",percent,", "units"),
        (2, ",,,One group", ",%,,One group", "filters have no unit"),
        (2, ",0,,", ",,,", "decimal places"),
        (2, ",0,,", ",0,Hint,", "numbers have no hint"),
    ],
)
def test_a_file_that_breaks_a_rule_is_found(made, file, old, new, found):
    asked = pair(made)
    assert old in asked[file]
    asked[file] = asked[file].replace(old, new, 1)
    assert found in screened(*asked)


def test_a_cell_holds_what_the_public_cube_shows(made):
    rows = list(csv.DictReader(io.StringIO(pair(made)[1])))
    assert [(row["breakdown_topic"], row["breakdown"]) for row in rows] == [
        ("Total", "Total"),
        ("Sex", "Female"),
        ("Sex", "Male"),
    ]
    whole = rows[0]
    assert (whole["plans_n"], rows[1]["plans_n"], rows[2]["plans_n"]) == ("45", "15", "25")
    assert (whole["on_time_pct"], whole["on_time_pct_numerator"]) == (repr(100 * 3 / 71), "3")
    assert (whole["lists_n"], whole["share_pct"]) == ("c", "x")
    assert "official_n" not in whole


def test_days_of_one_year_are_named_by_their_months(made):
    summer, autumn = csv.DictReader(io.StringIO(pair(made, "census")[1]))
    assert (summer["time_identifier"], autumn["time_identifier"]) == ("August", "September")
    assert (summer["summer_n"], summer["autumn_n"]) == ("80", "x")


@pytest.mark.parametrize(
    ("kind", "start", "end", "named"),
    [
        ("quarter", date(2025, 1, 1), date(2025, 3, 31), (202425, "Financial year Q4")),
        ("quarter", date(2025, 4, 1), date(2025, 6, 30), (202526, "Financial year Q1")),
        ("term", date(2024, 9, 1), date(2024, 12, 31), (202425, "Autumn term")),
        ("term", date(2025, 1, 1), date(2025, 3, 31), (202425, "Spring term")),
        ("term", date(2025, 4, 1), date(2025, 8, 31), (202425, "Summer term")),
        ("academic_year", date(1999, 9, 1), date(2000, 8, 31), (199900, "Academic year")),
        ("financial_year", date(2024, 4, 1), date(2025, 3, 31), (202425, "Financial year")),
        ("census", date(2025, 1, 16), date(2025, 1, 16), (2025, "January")),
    ],
)
def test_a_period_has_the_platforms_name(kind, start, end, named):
    assert ees.TIMES[kind](start, end) == named
