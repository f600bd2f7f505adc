"""What speaks against official figures: each rule finds its case and passes its near miss."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from ingest.contracts import policy
from ingest.readers.official import checks, read_official
from tests.unit.readers.test_read_official_tables import SOUND, TIMELY, sheet, timely

PLACES = 30


def local(n, region="E12000002"):
    return f"Local authority,E92000001,England,{region},North West,E0900{n:04d},{n},Place {n}"


REGION = "Regional,E92000001,England,E12000002,North West,,,"
NATION = "National,E92000001,England,,,,,"


def pupils(rows):
    """A table of one count: each row an area, year, gender, age and figure."""
    data = [[year, "Calendar year", area, gender, age, n] for area, year, gender, age, n in rows]
    return read_official(sheet(["number_of_pupils"], data, filters="gender,age"), "a.csv")


def told(edition, rule):
    return [f.message for f in edition.findings if f.rule == rule]


def marked(edition, column):
    """Row of the file -> rules that withhold or note its cells."""
    cells = edition.cells[edition.cells[column].notna()]
    return dict(zip(cells["source_row"], cells[column].astype(str), strict=True))


@pytest.mark.parametrize(
    ("column", "value", "rule", "severity"),
    [
        (0, -1, "OFF-VALUE", "withheld_by"),
        (4, "100.1", "OFF-VALUE", "withheld_by"),
        (0, 201, "OFF-SUM", "noted_by"),
        (4, "25.1", "OFF-SHARE", "noted_by"),
    ],
)
def test_the_cell_that_a_rule_speaks_against_says_so(column, value, rule, severity):
    values = list(SOUND)
    values[column] = value
    cells = read_official(timely(values), "a.csv").cells
    (rules,) = cells.loc[cells["measure"] == TIMELY[column], severity]
    assert rule in rules
    sound = read_official(timely(), "a.csv").cells
    assert sound["withheld_by"].isna().all() and sound["noted_by"].isna().all()


@pytest.mark.parametrize(("share", "is_found"), [("25.05", False), ("25.07", True)])
def test_a_share_may_differ_from_its_parts_by_rounding(share, is_found):
    values = list(SOUND)
    values[4] = share
    assert bool(told(read_official(timely(values), "a.csv"), "OFF-SHARE")) == is_found


def test_rows_with_different_figures_for_one_thing_are_withheld_and_the_same_row_twice_noted():
    one = (local(1), 2023, "Boys", "Age 9", 5)
    same = pupils([one, one])
    assert told(same, "OFF-ROW")[0].endswith("first in row 2")
    assert not marked(same, "withheld_by")
    other = pupils([one, (*one[:4], 6), (local(2), 2023, "Boys", "Age 9", 6)])
    assert marked(other, "withheld_by") == {2: "OFF-ROW", 3: "OFF-ROW"}


@pytest.mark.parametrize(
    ("last", "is_found"),
    [(0, True), (1, False)],
    ids=["zero everywhere", "one figure in the last year"],
)
def test_a_column_that_is_zero_in_every_row_of_a_period_is_a_placeholder(last, is_found):
    rows = [(local(n), year, "Boys", "Age 9", 40 + n) for year in (2022, 2023) for n in range(25)]
    rows += [(local(n), 2024, "Boys", "Age 9", last if n == 0 else 0) for n in range(25)]
    edition = pupils(rows)
    assert bool(told(edition, "OFF-PLACEHOLDER")) == is_found
    held = [r for r, rule in marked(edition, "withheld_by").items() if "PLACEHOLDER" in rule]
    assert held == (list(range(52, 77)) if is_found else [])


def breakdowns(wrong=0, missing=False):
    """Boys and girls of thirty places and years, and all; the last place is ``wrong``."""
    for n in range(PLACES):
        is_last = n == PLACES - 1
        girls = "x" if missing and is_last else 20
        yield (local(n), 2023, "Total", "Total", 30 + n + wrong * is_last)
        yield (local(n), 2023, "Boys", "Total", 10 + n)
        yield (local(n), 2023, "Girls", "Total", girls)


@pytest.mark.parametrize(
    ("wrong", "missing", "is_found"), [(1, False, True), (0, False, False), (1, True, False)]
)
def test_a_total_that_is_not_its_parts_is_noted_where_the_table_adds_up(wrong, missing, is_found):
    edition = pupils(breakdowns(wrong, missing))
    assert bool(told(edition, "OFF-PARTS")) == is_found
    assert marked(edition, "noted_by") == ({89: "OFF-PARTS"} if is_found else {})


def test_parts_that_do_not_add_up_anywhere_promise_nothing():
    rows = [row for row in breakdowns() if row[2] != "Girls"]
    assert not told(pupils(rows), "OFF-PARTS")


def areas(figures, region, nation, year=2023):
    rows = [(local(n), year, "All", "All", figure) for n, figure in enumerate(figures)]
    return [*rows, (REGION, year, "All", "All", region), (NATION, year, "All", "All", nation)]


@pytest.mark.parametrize(
    ("nation", "last", "found"),
    [
        (1200, 10, None),
        (1215, 10, None),  # rounding of so many authorities
        (1300, "x", None),  # one that is not printed may be the difference
        (2400, 10, "1200 against 2400"),
    ],
)
def test_a_nation_that_is_not_its_authorities_is_withheld(nation, last, found):
    edition = pupils(areas([10] * 119 + [last], 1200, nation))
    messages = told(edition, "OFF-REGION")
    assert found in messages[0] if found else not messages
    assert marked(edition, "withheld_by") == ({123: "OFF-REGION"} if found else {})


@pytest.mark.parametrize(
    ("region", "withheld", "noted"),
    [(18, 0, 0), (19, 0, 1), (68, 1, 0)],
    ids=["their sum", "off by what rounding explains", "another figure"],
)
def test_a_region_is_judged_where_other_years_add_up_and_its_own_does_not(region, withheld, noted):
    sound = [row for year in range(2001, 2024) for row in areas([5, 6, 7], 18, 99, year)]
    edition = pupils([*sound, *areas([5, 6, 7], region, 99, 2024)])
    assert list(marked(edition, "withheld_by").values()) == ["OFF-REGION"] * withheld
    assert list(marked(edition, "noted_by").values()) == ["OFF-REGION"] * noted
    assert not told(pupils(areas([5, 6, 7], region, 99)), "OFF-REGION")  # perhaps an excerpt


def test_a_region_is_not_judged_in_a_year_that_lacks_the_row_of_one_of_its_authorities():
    sound = [row for year in range(2001, 2024) for row in areas([50, 60, 70], 180, 99, year)]
    last = areas([50, 60, 70], 180, 99, 2024)
    assert not told(pupils([*sound, *last[1:]]), "OFF-REGION")
    assert not told(pupils([*sound[1:], *last]), "OFF-REGION")


def test_an_authority_that_prints_its_regions_figure_is_withheld_and_the_region_is_not():
    sound = [row for year in range(2001, 2024) for row in areas([50, 60, 70], 180, 999, year)]
    edition = pupils([*sound, *areas([50, 180, 70], 180, 999, 2024)])
    (message,) = told(edition, "OFF-REGION")
    assert message.startswith("1 authorities print their region's figure as their own")
    assert list(marked(edition, "withheld_by").values()) == ["OFF-REGION"]
    # The only authority of a region is the region.
    alone = [row for year in range(2001, 2025) for row in areas([180], 180, 999, year)]
    assert not told(pupils(alone), "OFF-REGION")


def years(before, after, of_others=1.1, column="plans_issued_den"):
    """Two years of thirty places with one denominator; the first place is the one in question."""
    rng = np.random.default_rng(4)
    at = TIMELY.index(column)
    rows = []
    for year, factor in ((2023, 1.0), (2024, of_others)):
        for n in range(PLACES):
            values = ["x"] * len(TIMELY)
            own = round(factor * (400 + int(rng.integers(-20, 20))))
            values[at] = (before if year == 2023 else after) if n == 0 else own
            rows.append([year, "Calendar year", local(n), "Sex", "Male", *values])
    return read_official(sheet(TIMELY, rows), "a.csv")


@pytest.mark.parametrize(
    ("before", "after", "of_others", "is_found"),
    [
        (400, 150, 1.1, True),
        (400, 300, 1.1, False),  # no more than a year may bring
        (400, 150, 0.4, False),  # as everywhere
        (40, 15, 1.1, False),  # few: chance
    ],
)
def test_a_cohort_that_falls_to_half_beside_steady_others_is_withheld(
    before, after, of_others, is_found
):
    edition = years(before, after, of_others)
    assert bool(told(edition, "OFF-COHORT")) == is_found
    assert marked(edition, "withheld_by") == ({32: "OFF-COHORT"} if is_found else {})


@pytest.mark.parametrize(
    ("after", "of_others", "found"),
    [
        (1500, 1.1, "rose threefold while other areas' did not"),
        (900, 1.1, None),
        (700, 1.7, "moved by half or more in the middle of all areas"),
    ],
)
def test_a_series_that_breaks_alone_or_with_its_whole_column_is_noted(after, of_others, found):
    edition = years(400, after, of_others, "plans_issued_within_20_weeks")
    messages = told(edition, "OFF-BREAK")
    assert found in messages[0] if found else not messages
    assert bool(marked(edition, "noted_by")) == bool(found)


def test_a_figure_that_cannot_be_does_not_make_the_next_one_look_wrong():
    edition = years(-4000, 400)
    assert set(marked(edition, "withheld_by").values()) == {"OFF-VALUE"}


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("E08000015", "Wirral", None),
        ("E08000015", "WIRRAL", None),
        ("E08000099", "Westshire", "code no list of areas knows: E08000099 Westshire from row 2"),
        ("E08000099", "Liverpool", "code no list of areas knows: E08000099 Liverpool from row 2"),
        ("E08000015", "Wyral", "name no list of areas knows: E08000015 Wyral from row 2"),
    ],
)
def test_a_code_or_name_that_no_list_knows_is_noted_and_its_figures_stand(code, name, message):
    area = f"Local authority,E92000001,England,E12000002,North West,{code},344,{name}"
    edition = read_official(timely(area=area), "a.csv")
    assert told(edition, "OFF-AREA") == ([f"1 areas whose {message}"] if message else [])
    assert not marked(edition, "withheld_by")


def test_a_region_that_no_list_knows_is_noted():
    area = "Regional,E92000001,England,E12000099,Mercia,,,"
    (message,) = told(read_official(timely(area=area), "a.csv"), "OFF-AREA")
    assert message == "1 areas whose code no list of areas knows: E12000099 Mercia from row 2"


@pytest.mark.parametrize(
    ("code", "name", "is_found"),
    [
        ("E08000015", "Wirral", False),
        ("E08000015", "Liverpool", True),
        ("E08000099", "Liverpool", False),  # a code of other boundaries
    ],
)
def test_a_code_of_one_authority_beside_the_name_of_another_is_withheld(code, name, is_found):
    area = f"Local authority,E92000001,England,E12000002,North West,{code},344,{name}"
    edition = read_official(timely(area=area), "a.csv")
    withheld = [f for f in edition.findings if (f.rule, f.severity) == ("OFF-AREA", "withhold")]
    assert bool(withheld) == is_found
    assert bool(marked(edition, "withheld_by")) == is_found


def test_a_row_with_a_field_too_few_is_withheld_and_the_rows_around_it_are_not():
    rows = pupils([(local(n), 2023, "Boys", "Age 9", 5) for n in range(3)])
    assert not marked(rows, "withheld_by")
    data = [[2023, "Calendar year", local(n), "Boys", "Age 9", 5] for n in range(3)]
    lines = sheet(["number_of_pupils"], data, filters="gender,age").decode().splitlines()
    lines[2] = lines[2].removesuffix(",5")
    torn = read_official("\n".join(lines).encode(), "a.csv")
    assert marked(torn, "withheld_by") == {3: "OFF-ROW"}


@pytest.mark.parametrize("year", ["0000", "0001", "9999"])
def test_a_year_that_cannot_be_is_no_period_and_no_failure(year):
    edition = read_official(
        sheet(
            TIMELY,
            [
                [year, "Calendar year", local(1), "Sex", "Male", *SOUND],
                [2023, "Calendar year", local(2), "Sex", "Male", *SOUND],
            ],
        ),
        "a.csv",
    )
    assert told(edition, "OFF-PERIOD")
    assert edition.known_on.year == 2024


@pytest.mark.parametrize(("share", "rule"), [("25.5", None), ("27.0", "OFF-SHARE")])
def test_a_share_more_than_a_point_off_is_withheld_and_its_parts_are_not(share, rule):
    values = list(SOUND)
    values[4] = share
    cells = read_official(timely(values), "a.csv").cells.set_index("measure")["withheld_by"]
    held = cells.dropna().to_dict()
    assert held == ({"pc_plans_issued_within_20_weeks": rule} if rule else {})


def test_a_part_of_what_shares_are_divided_by_may_fall():
    edition = years(400, 150, 1.1, "plans_issued_gt_1_year")
    assert not told(edition, "OFF-COHORT")


def test_every_rule_is_in_the_policy_and_has_words_for_the_figures_that_it_speaks_against():
    code = Path(checks.__file__).read_text().partition("_ACTION =")[2]
    assert set(re.findall(r'"(OFF-[A-Z]+)"', code)) - {"OFF-MEASURE"} == checks.CELL_RULES
    assert policy().rules.keys() >= checks.CELL_RULES
    seed = Path(__file__).parents[3] / "dbt_project" / "seeds" / "published_figure_rules.csv"
    with seed.open(newline="") as lines:
        told = {row["rule_id"] for row in csv.DictReader(lines)}
    assert told == {*checks.CELL_RULES, *checks.SERIES_RULES}
