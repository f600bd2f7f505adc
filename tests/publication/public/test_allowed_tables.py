"""A page of the public report reaches named tables and columns, and nothing else of a release."""

from __future__ import annotations

import pytest

from orchestration.publication import public
from orchestration.publication.public import tidy_csv
from orchestration.publication.public.allowed_tables import PublicTables, allowed
from orchestration.publication.report import Tables
from orchestration.publication.report.tables import KEYS
from tests.worlds import public_world, report_world
from tests.worlds.report_world import END, FACTS, PLANS, REVIEWS, WAITING


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> public_world.Made:
    return public_world.made_of(tmp_path_factory.mktemp("public"), public_world.world())


def test_every_table_and_column_of_the_list_is_one_of_the_contracts_and_says_why():
    """A rounded figure says by how much: that column is the public table's own."""
    for name, table in allowed().items():
        columns = set(table["columns"]) - {"rounded_to"}
        assert columns <= set(report_world.schemas()[name].names), name
        assert set(KEYS.get(name, ())) <= columns, name
        assert table["why"].endswith(".")


def test_the_public_tables_hold_the_columns_of_the_list_and_no_other(made):
    for name, table in allowed().items():
        assert made.tables.whole(name).column_names == table["columns"]


@pytest.mark.parametrize("table", sorted(set(report_world.schemas()) - set(allowed())))
def test_every_other_table_is_absent(made, table):
    assert table not in made.tables
    assert made.tables.rows(table, month="2025-10") == []


def test_a_column_that_is_not_on_the_list_is_an_error(made):
    with pytest.raises(KeyError):
        made.tables.rows("indicator_status", finding_count=0)
    with pytest.raises(KeyError):
        _ = made.tables.rows("indicator_status")[0]["finding_count"]


def test_a_table_that_the_release_lacks_is_absent(tmp_path):
    tables = Tables(report_world.write(tmp_path, {"indicators": []}))
    assert "roadmap" not in PublicTables(tables, [], b"", "E06999999")


def test_figures_of_other_areas_are_not_among_the_areas_own(made):
    for table in ("indicator_status", "indicator_latest"):
        areas = {row["area_code"] for row in made.tables.rows(table)}
        assert areas == {report_world.LOCAL_AREA}


def test_corrections_of_breakdowns_stay_in_the_file(made):
    assert {row["breakdown"] for row in made.tables.rows("restatements")} == {"all"}


def test_a_correction_has_its_reason_where_its_figure_is_exact(made):
    reasons = {row["indicator_id"]: row["reason"] for row in made.tables.rows("restatements")}
    assert reasons == {PLANS: "later_snapshot", REVIEWS: "definition", WAITING: None}


def test_of_rounded_figures_each_that_the_file_names_is_shown_whether_it_changed_or_not(tmp_path):
    """The file names totals beside corrected parts; which of them stayed only exact ones tell."""
    world = public_world.world() | {"restatements": []}
    tables = Tables(report_world.write(tmp_path, world))
    figures = public.edition(tables, FACTS).figures
    (tmp_path / "indicators.csv").write_bytes(tidy_csv.figures(figures))
    same = tidy_csv.shown_in(tmp_path / "indicators.csv")
    named = {key for key in same if key[0] in (PLANS, WAITING) and key[4] == str(END)}
    these = tidy_csv.corrected(figures, same, named)
    file = tidy_csv.restatements(these, same, "2025-09/r1", FACTS.release_id)
    shown = PublicTables(tables, figures, file, report_world.LOCAL_AREA).rows("restatements")
    assert {row["indicator_id"] for row in shown} == {WAITING}
