"""Packs of counted parts: there whole or not at all, read only as they were written."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.run import kept_parts, transform
from orchestration.run.run_inputs import FEEDS_SCHEMA, RUN_SCHEMA

NOW = "these models"


@pytest.fixture
def home(tmp_path):
    """A data folder in which a run of three submissions has kept what it counted of two."""
    (tmp_path / "lake").mkdir()
    used = [{"feed": "ccis", "verdict": "used"}] * 3 + [{"feed": "tribunals", "verdict": "used"}]
    refused = [{"feed": "ccis", "verdict": "refused"}]
    _write(tmp_path / "lake/_run.parquet", RUN_SCHEMA, [*used, *refused])
    feeds = [{"feed": "ccis", "flow_look_back_months": 0}, {"feed": "tribunals"}]
    _write(tmp_path / "lake/_local_feeds.parquet", FEEDS_SCHEMA, feeds)
    _count(tmp_path, "new", "corrected")
    assert kept_parts.keep(tmp_path, NOW) == "1 submissions kept, 2 counted (1 corrected, 1 new)"
    return tmp_path


def _write(path, schema, rows):
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def _count(home, *reasons):
    """What dbt writes."""
    assert kept_parts.begin(home, NOW) == []
    for name, schema in kept_parts.TWINS.items():
        rows = [{"parts_key": reason, "reason": reason} for reason in reasons]
        _write(
            home / f"counting/{name}.parquet", schema.append(pa.field("reason", pa.string())), rows
        )


def _kept(home):
    return pq.read_table(sorted((home / "counted").glob("*/submissions.parquet")))["parts_key"]


def _pack(home):
    (pack,) = (path for path in (home / "counted").iterdir() if path.name != "none")
    return pack


def test_what_was_kept_is_read_again_and_nothing_is_said(home):
    assert kept_parts.begin(home, NOW) == []
    assert _kept(home).to_pylist() == ["new", "corrected"]


def test_a_run_that_counts_nothing_adds_no_pack(home):
    _count(home)
    assert kept_parts.keep(home, NOW) == "3 submissions kept, 0 counted"
    assert len(list((home / "counted").iterdir())) == 2


def test_what_a_killed_run_counted_is_neither_read_nor_kept_later(home):
    _count(home, "of a killed run")
    assert kept_parts.begin(home, NOW) == []
    assert "of a killed run" not in _kept(home).to_pylist()
    assert list((home / "counting").iterdir()) == []


@pytest.mark.parametrize("file", ["cells.parquet", "submissions.parquet", "pack.json"])
@pytest.mark.parametrize("is_lost", [True, False])
def test_a_pack_with_a_lost_or_changed_file_is_removed_and_counted_again(home, file, is_lost):
    path = _pack(home) / file
    if is_lost:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    name = _pack(home).name
    assert kept_parts.begin(home, NOW) == [
        f"Counted parts {name} were removed and are counted again: "
        "its bytes have changed since they were written."
    ]
    assert _kept(home).to_pylist() == []


def test_parts_that_other_models_counted_are_counted_again(home):
    (said,) = kept_parts.begin(home, "other models")
    assert said.endswith("counted again: the models have changed since.")
    assert _kept(home).to_pylist() == []


def test_what_is_forgotten_is_not_read(home):
    kept_parts.forget(home)
    assert kept_parts.begin(home, NOW) == []
    assert _kept(home).to_pylist() == []


def test_packs_of_several_runs_and_machines_are_read_together(home):
    other = home.parent / "other"
    shutil.copytree(home, other)
    shutil.rmtree(_pack(other))
    _count(other, "elsewhere")
    kept_parts.keep(other, NOW)
    shutil.copytree(_pack(other), home / "counted" / _pack(other).name)
    assert kept_parts.begin(home, NOW) == []
    assert sorted(_kept(home).to_pylist()) == ["corrected", "elsewhere", "new"]


@pytest.mark.parametrize(
    "file",
    ["project/macros/measures/casework.sql", "project/seeds/parameters.csv", "codes/sex.csv"],
)
def test_a_byte_of_a_measure_a_seed_or_a_code_list_is_another_generation(
    tmp_path, monkeypatch, file
):
    for name, folder in (("DBT_PROJECT", "project"), ("DOMAINS", "codes")):
        monkeypatch.setattr(transform, name, tmp_path / folder)
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text("one")
    before = transform.generation()
    assert transform.generation() == before
    path.write_text("two")
    assert transform.generation() != before


def test_another_duckdb_is_another_generation(monkeypatch):
    before = transform.generation()
    monkeypatch.setattr(transform.duckdb, "__version__", "another")
    assert transform.generation() != before
