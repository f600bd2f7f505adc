"""Two editions of one release: side by side, the newest counts, every change is told."""

from datetime import date

import pytest

from tests.end_to_end.lasp import lasp, table
from tests.worlds.official_editions import archive, compared_areas, placements, sheet

# Two whole releases; how a figure changes with its edition is a unit test of the models too.
pytestmark = pytest.mark.soak

FIRST, SECOND = date(2025, 7, 1), date(2025, 8, 20)
INDICATORS = {
    "open_supp_intern": "supported_internships_n",
    "open_apprentice": "apprenticeships_ehcp_n",
}
CHANGED = [(row, name) for row in range(50) for name in INDICATORS]  # 100 cells
REMOVED = [60, 75, 90]


@pytest.fixture(scope="module")
def before():
    return placements()


@pytest.fixture(scope="module")
def after(before):
    """100 cells changed, 3 rows removed, a column renamed."""
    edition = before.copy()
    for row, name in CHANGED:
        edition.loc[row, name] += 1000 + row
    return edition.drop(index=REMOVED).rename(columns={"open_trainee": "open_traineeship"})


@pytest.fixture(scope="module")
def home(tmp_path_factory, before, after):
    home = tmp_path_factory.mktemp("editions") / "var"
    (home / "inbox").mkdir(parents=True)
    for month, as_at, day, edition in (
        ("2025-07", "2025-08-10", FIRST, before),
        ("2025-08", "2025-09-10", SECOND, after),
    ):
        data = archive({"data/work_based_placements.csv": sheet(edition)}, day)
        (home / "inbox" / f"plans {month}.zip").write_bytes(data)
        ran = lasp(home, "run", "--month", month, "--as-at", as_at)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return home


def january(row):
    return row["period_end"].year


def test_both_editions_stand_side_by_side_with_every_cell(home, before, after):
    cells = table(home, "2025-08/r1", "official_statistics")
    counts = {}
    for cell in cells:
        counts[cell["edition"]] = counts.get(cell["edition"], 0) + 1
    assert counts == {
        f"2025-01_published_{FIRST}": 4 * len(before),
        f"2025-01_published_{SECOND}": 4 * len(after),
    }


def test_the_newest_edition_known_counts(home, before, after):
    for release, edition in (("2025-07/r1", before), ("2025-08/r1", after)):
        figures = {
            (row["indicator_id"], row["area_code"], january(row)): row["value"]
            for row in table(home, release, "indicator_values")
            if row["basis"] == "published"
        }
        assert figures == {
            (indicator, row["area"], row["year"]): row[name]
            for row in edition.to_dict("records")
            for name, indicator in INDICATORS.items()
        }


def test_each_changed_figure_and_each_vanished_one_is_restated_and_no_other(home, before, after):
    told = {
        (row["indicator_id"], row["area_code"], january(row)): (
            *(row["old_value"], row["new_value"], row["new_status"], row["reason"]),
        )
        for row in table(home, "2025-08/r1", "restatements")
    }
    place = {row: (before.loc[row, "area"], before.loc[row, "year"]) for row in before.index}
    expected = {
        (INDICATORS[name], *place[row]): (
            *(before.loc[row, name], after.loc[row, name], "value", "new_edition"),
        )
        for row, name in CHANGED
    }
    assert len(expected) == 100
    for row in REMOVED:
        for name, indicator in INDICATORS.items():
            gone = (before.loc[row, name], None, "not_available", "new_edition")
            expected[(indicator, *place[row])] = gone
    assert told == expected


def test_the_renamed_column_and_the_differing_cells_are_findings_and_nothing_else_is_found(home):
    found = [f for f in table(home, "2025-08/r1", "quality_findings") if f["dataset"] == "dfe_sen2"]
    assert sorted((f["rule_id"], f["message"]) for f in found) == [
        (
            "OFF-COLUMN",
            "a column that the contract does not know; perhaps open_trainee renamed",
        ),
        ("OFF-COLUMN", "columns that are not there: open_trainee"),
        (
            "OFF-EDITION",
            f"work_based_placements: 150 of 369 cells that 2025-01_published_{SECOND} and "
            f"2025-01_published_{FIRST} both hold differ, for 17 January 2019 to 16 January 2025. "
            "The later one counts.",
        ),
    ]
    assert all(f["action"] for f in found)


def test_a_published_figure_is_explained_down_to_member_row_and_column(home):
    words = lasp(
        home, "explain", "supported_internships_n", "--month", "2025-01", "--basis", "published"
    ).stdout.replace("\n", "")
    row = 2 + list(YEAR_PLACES).index(("E08000015", 2025))
    assert f"#data/work_based_placements.csv!R{row}C13" in words
    assert "The steps add up to the numerator" in words


def test_a_release_that_knows_only_the_first_edition_restates_nothing(home):
    assert table(home, "2025-07/r1", "restatements") == []


YEAR_PLACES = [(area, year) for area in compared_areas() for year in range(2019, 2026)]
