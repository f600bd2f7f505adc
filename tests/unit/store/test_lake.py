"""What of a delivery reaches the lake, and in which form."""

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from ingest.contracts import Column, Contract, load_contracts
from ingest.store.durable import write_whole
from ingest.store.lake import _ARROW as lake_types
from ingest.store.lake import lake_schema, store_empty_twins
from orchestration.cli import main
from tests.worlds.small_deliveries import SEN2, SEN2_STEM, XML, drop, drop_set, set_bytes, take

EXPORTED = SEN2["requests"][2] + "1"
MOVED_IN = SEN2["activeplans"][1].replace("51,11,", "51,11,E08000012")


def lake(home, *paths) -> dict[str, list[dict]]:
    for path in paths:
        os.utime(path, (0, 0))  # it has settled long ago
    outcomes = take(home, paths)
    assert {outcome.outcome for outcome in outcomes} == {"accepted"}
    files = sorted((home / "lake").glob("sen2_ehc/period=2025-03/*/*.parquet"))
    return {file.stem: pq.read_table(file).to_pylist() for file in files}


def casework(home) -> dict[str, list[dict]]:
    changed = {
        "requests": [*SEN2["requests"][:2], EXPORTED],
        "activeplans": [SEN2["activeplans"][0], MOVED_IN],
    }
    return lake(home, *drop_set(home / "sent", set_bytes(**changed)))


def test_tables_of_a_case_still_meet_by_their_pseudonyms(tmp_path):
    tables = casework(tmp_path)
    for contract in load_contracts():
        for table in contract.tables if contract.feed == "sen2_ehc" else ():
            for column in table.columns:
                if column.references:
                    (key,) = contract.table(column.references).key
                    parents = {row[key] for row in tables[column.references]}
                    keys = {row[column.name] for row in tables[table.name]}
                    assert keys and keys <= parents and all(len(k) == 64 for k in keys)


def test_a_cell_of_which_only_its_presence_matters_becomes_yes_or_no(tmp_path):
    tables = casework(tmp_path)
    assert [row["exported"] for row in tables["requests"]] == [False, True]
    assert [row["transferla"] for row in tables["activeplans"]] == [True]


def test_nothing_that_identifies_reaches_the_lake(tmp_path):
    text = str(casework(tmp_path))
    for cell in (
        "Invented",
        "ZZ99",
        "A344000025001",
        "EHC344000001",
        "datetime.date(2016, 5, 4)",
        "E08000012",
    ):
        assert cell not in text
    assert "datetime.date(2016, 5, 1)" in text


def test_the_lake_keeps_the_age_on_the_days_that_the_contract_names_and_no_day_of_birth(tmp_path):
    requests = SEN2["requests"][1].replace("2024-Mar-01", "2024-Feb-29")
    later = SEN2["requests"][2].replace("2025-Feb-20", "2025-Feb-28")
    changed = {
        "person": [line.replace("2018-Feb-11", "2016-Feb-29") for line in SEN2["person"]],
        "requests": [SEN2["requests"][0], requests.replace("2024-Apr-10", "2024-May-03"), later],
        "assessment": [line.replace("2024-Jun-20", "2024-May-04") for line in SEN2["assessment"]],
    }
    tables = lake(tmp_path, *drop_set(tmp_path / "sent", set_bytes(**changed)))
    (decided, _), (found,), (plan,) = (
        tables[name] for name in ("requests", "assessment", "namedplan")
    )
    assert [row["receiveddate_age"] for row in tables["requests"]] == [7, 8]
    assert decided["requestoutcomedate_age"] == 7
    assert found["assessmentoutcomedate_age"] == plan["startdate_age"] == 8
    assert [row["birth_month"].day for row in tables["person"]] == [1, 1]


@pytest.mark.parametrize("feed", ["therapy_ptl", "nd_pathway", "cyp_mh"])
def test_an_age_stands_beside_each_day_that_figures_of_age_go_by(feed):
    (contract,) = [one for one in load_contracts() if one.feed == feed]
    (table,) = contract.tables
    aged = {column.name for column in table.columns if column.with_age}
    assert aged >= {"referral_received_date"}
    assert {f"{name}_age" for name in aged} <= {*lake_schema(contract, table).names}


def test_a_contract_names_no_age_without_a_birth_to_count_it_from():
    contract = next(one for one in load_contracts() if one.feed == "annual_reviews")
    told = contract.model_dump()
    (day,) = [c for c in told["tables"][0]["columns"] if c["name"] == "meeting_date"]
    day["with_age"] = True
    with pytest.raises(ValueError, match="no date of birth for ages on"):
        Contract.model_validate(told)


def test_only_a_day_that_is_kept_has_an_age_beside_it():
    with pytest.raises(ValueError, match="only a day that is kept"):
        Column(name="n", type="integer", with_age=True, description="A number")


@pytest.mark.parametrize("kind", ["nhs_number", "upn", "uln"])
def test_a_contract_cannot_let_an_identifier_through(kind):
    with pytest.raises(ValueError, match="a pseudonym or not"):
        Column(name="n", type=kind, description="A number")


def test_the_same_delivery_gives_the_same_bytes(tmp_path):
    casework(tmp_path / "a")
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a" / "pseudonym.key", tmp_path / "b")
    casework(tmp_path / "b")
    first, second = (
        {f.relative_to(home): f.read_bytes() for f in (home / "lake").rglob("*.parquet")}
        for home in (tmp_path / "a", tmp_path / "b")
    )
    assert first == second and len(first) == 9


def test_a_set_and_its_xml_say_the_same(tmp_path):
    by_set = lake(tmp_path / "a", *drop_set(tmp_path / "sent"))
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a" / "pseudonym.key", tmp_path / "b")
    by_xml = lake(tmp_path / "b", drop(tmp_path / "x", XML.encode(), name=f"{SEN2_STEM}.xml"))
    for table, columns in {
        "person": ["upn_id", "birth_month", "sex"],
        "namedplan": ["startdate"],
        "senneed": ["sentype", "sentyperank"],
    }.items():
        said = [
            [[row[name] for name in columns] for row in rows[table]] for rows in (by_set, by_xml)
        ]
        assert said[0] == said[1]


def twins(home) -> dict[str, Path]:
    return {f.relative_to(home).as_posix(): f for f in (home / "lake").rglob("*") if f.is_file()}


def test_every_table_has_a_typed_empty_twin(tmp_path):
    store_empty_twins(tmp_path)
    schemas = {
        f"lake/{contract.feed}/period=none/submission=none/{table.name}.parquet": (
            lake_schema(contract, table)
        )
        for contract in load_contracts()
        for table in contract.tables
    }
    found = {name: pq.read_table(path) for name, path in twins(tmp_path).items()}
    assert {name: table.schema for name, table in found.items()} == schemas
    assert not any(table.num_rows for table in found.values())


def test_a_twin_is_written_once_and_again_only_where_it_is_lost_or_another_contracts(
    tmp_path, monkeypatch
):
    written = []
    monkeypatch.setattr(
        "ingest.store.lake.write_whole",
        lambda path, data: (written.append(path), write_whole(path, data)),
    )
    store_empty_twins(tmp_path)
    assert sorted(written) == sorted(twins(tmp_path).values()) and len(written) > 30
    written.clear()
    store_empty_twins(tmp_path)
    assert written == []
    lost, older, *_ = sorted(twins(tmp_path).values())
    fresh = {path: path.read_bytes() for path in (lost, older)}
    lost.unlink()
    pq.write_table(pq.read_table(older).drop_columns("submission_id"), older)
    store_empty_twins(tmp_path)
    assert sorted(written) == [lost, older]
    assert {path: path.read_bytes() for path in fresh} == fresh


@pytest.mark.parametrize("contract", load_contracts(), ids=lambda contract: contract.feed)
def test_no_two_columns_of_a_lake_table_share_a_name(contract):
    for table in contract.tables:
        names = lake_schema(contract, table).names
        assert len(names) == len(set(names))
        assert ("_not_applicable" in names) == contract.is_local


@pytest.mark.parametrize(("lake_type", "status"), [(pa.string(), 0), (pa.int64(), 3)])
def test_check_types_a_delivery_as_the_lake_will(tmp_path, monkeypatch, lake_type, status):
    path = drop(tmp_path / "sent")
    monkeypatch.setenv("LASP_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(lake_types, "code", lake_type)
    checked = CliRunner().invoke(main, ["check", str(path)])
    assert checked.exit_code == status
    assert ("in ingest/store/lake.py" in checked.output) == (status == 3)
    assert "SLT" not in checked.output
