"""Files of the dbt project that follow from contracts and measures."""

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from ingest.contracts import load_contracts
from orchestration.authoring import generated_files
from orchestration.cli import main
from tests.worlds.lakes import FEED_SCHEMAS, PROJECT


@pytest.mark.parametrize(
    "place",
    [
        generated_files.SOURCES,
        generated_files.PEOPLE,
        generated_files.CASES,
        generated_files.LISTS,
        generated_files.MEASURES,
    ],
)
def test_a_file_that_follows_is_as_it_follows_and_says_which_command_makes_it(place) -> None:
    text = generated_files.following_files(PROJECT)[place]
    written = (PROJECT / place).read_text("utf-8")
    assert written == text, f"run `{generated_files.COMMAND}`"
    assert f"Made by `{generated_files.COMMAND}`" in text.splitlines()[0]


def test_a_stale_file_is_written_anew_and_the_others_are_left(tmp_path: Path, monkeypatch) -> None:
    project = shutil.copytree(
        PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("target")
    )
    stale = project / generated_files.PEOPLE
    stale.write_text(stale.read_text("utf-8").replace("uln_id", "uln"))
    monkeypatch.setattr("orchestration.commands.adding.DBT_PROJECT", project)
    told = CliRunner().invoke(main, ["contracts"])
    assert told.exit_code == 0 and generated_files.PEOPLE in told.output
    assert generated_files.SOURCES not in told.output
    assert stale.read_text("utf-8") == (PROJECT / generated_files.PEOPLE).read_text("utf-8")
    assert "nothing to write" in CliRunner().invoke(main, ["contracts"]).output


def test_every_lake_column_has_the_words_of_its_contract() -> None:
    sources = yaml.safe_load((PROJECT / generated_files.SOURCES).read_text("utf-8"))["sources"]
    columns = {
        (source["name"], table["name"]): {c["name"]: c["description"] for c in table["columns"]}
        for source in sources
        for table in source["tables"]
    }
    read_alone = {contract.feed for contract in load_contracts() if not contract.layouts}
    lake = {place: s for place, s in FEED_SCHEMAS.items() if place[0] in read_alone}
    assert {place for place in columns if place[0] != "official"} == {*lake}
    assert all([*columns[place]] == schema.names for place, schema in lake.items())
    referrals = columns["therapy_ptl", "referrals"]
    assert all(referrals.values())
    assert "date of birth" in referrals["birth_month"]


def test_rows_name_people_by_a_number_that_others_know_and_a_map_names_nobody() -> None:
    tables = {(c.feed, t.name): t for c in load_contracts() for t in c.tables}
    named = {place for place, table in tables.items() if generated_files.names_people(table)}
    assert ("ehc_advice", "advice") in named and ("sen2_ehc", "person") in named
    assert not {("identity_map", "identities"), ("tribunals", "appeals")} & named


def test_a_column_that_names_a_list_says_which_lists_a_delivery_holds(monkeypatch) -> None:
    known = [one for one in load_contracts() if one.feed == "cyp_mh"]
    (table,) = known[0].tables
    columns = [
        one.model_copy(update={"is_list": one.name == "record_type"}) for one in table.columns
    ]
    listed = table.model_copy(update={"columns": tuple(columns)})
    contract = known[0].model_copy(update={"tables": (listed,)})
    monkeypatch.setattr(generated_files, "load_contracts", lambda: (*load_contracts(), contract))
    text = generated_files.following_files(PROJECT)[generated_files.LISTS]
    assert "        record_type as list\n    from {{ ref('stg_cyp_mh__referrals') }}" in text
    assert text.count("select distinct") == 3


def test_a_new_model_of_cases_becomes_an_input_of_the_unit_test_of_their_union(tmp_path) -> None:
    project = shutil.copytree(
        PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("target")
    )
    union = project / generated_files.CASES
    union.with_name("int_visit_cases__measured.sql").write_text("select 1\n", "utf-8")
    before = (project / generated_files.UNIT_TEST).read_text("utf-8")
    after = generated_files.following_files(project)[generated_files.UNIT_TEST]
    given = yaml.safe_load(after)["unit_tests"][0]["given"]
    assert {"input": "ref('int_visit_cases__measured')", "rows": []} in given
    assert len(given) == len(yaml.safe_load(before)["unit_tests"][0]["given"]) + 1
