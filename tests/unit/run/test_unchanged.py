"""When a month is not built again: its standing release was made from the very same."""

import json
import re
import shutil
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from ingest import partnership
from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions
from orchestration.publication.release.history import MANIFEST
from orchestration.publication.release.withdrawals import WITHDRAWN
from orchestration.run import run_inputs, unchanged
from orchestration.run.run_inputs import Run, write_run_inputs
from orchestration.settings import DBT_PROJECT, Settings
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop, take

AS_AT = date(2025, 6, 17)
RUN, NEXT = Run("2025-05", 1, AS_AT), Run("2025-05", 2, AS_AT)
RELEASED = {"as_at": "2026-01-01", "files": {}}
"""Manifest of a release from later knowledge: no run here reads figures of it."""


@pytest.fixture
def settings(tmp_path, settled_at_once):
    drop(tmp_path / "inbox", manifest={})
    take(tmp_path)
    return Settings(tmp_path, tmp_path / "pseudonym.key", 1)


def rests_on(settings, run=RUN, lake="bytes"):
    names = [one.submission_id for one in submissions(Ledger(settings.home))]
    write_run_inputs(settings.home, run, lake_hashes={name: f"{lake} of {name}" for name in names})
    return unchanged.made_from(settings)


def release(settings):
    """A run of every step, to its release."""
    unchanged.begin(settings, "run", rests_on(settings))
    path = settings.home / "releases" / "2025-05" / "r1"
    path.mkdir(parents=True)
    (path / MANIFEST).write_text(json.dumps(RELEASED))
    unchanged.keep(settings, "run", "2025-05/r1")
    return path


def stands(settings, made_from):
    found = unchanged.standing(settings, "2025-05", made_from)
    return found and found.release_id


def test_the_next_revision_of_the_same_is_the_release_that_stands(settings):
    release(settings)
    assert stands(settings, rests_on(settings, NEXT)) == "2025-05/r1"


def test_a_new_delivery_another_day_and_other_bytes_in_the_lake_are_built(settings):
    release(settings)
    assert stands(settings, rests_on(settings, Run("2025-05", 2, date(2025, 6, 18)))) is None
    assert stands(settings, rests_on(settings, lake="other bytes")) is None
    more = {"reporting_month": "2025-04", "extract_datetime": "2025-05-03T06:00:00"}
    name = "therapy_ptl_RY7_202504_01.csv"
    drop(settings.home / "inbox", csv_bytes(*ROWS[:2]), name=name, manifest=more)
    take(settings.home)
    assert stands(settings, rests_on(settings)) is None


def test_figures_that_an_earlier_month_published_first_are_part_of_it(settings, monkeypatch):
    release(settings)
    told = pa.table({"indicator_id": ["slt_waiting_n"]})
    monkeypatch.setattr(run_inputs, "_earlier", lambda records, run: told)
    assert stands(settings, rests_on(settings, NEXT)) is None


def test_other_code_builds_the_month(settings, monkeypatch):
    release(settings)
    monkeypatch.setattr(unchanged, "code_version", lambda: "0.1.0+other")
    assert stands(settings, rests_on(settings)) is None


def test_another_edition_of_the_partnerships_folder_builds_the_month(
    settings, tmp_path, monkeypatch
):
    release(settings)
    edition = shutil.copytree(partnership.chosen_folder(), tmp_path / "partnership")
    monkeypatch.setattr(partnership, "_chosen", edition)
    assert stands(settings, rests_on(settings)) == "2025-05/r1"
    with (edition / "senders.csv").open("a", encoding="utf-8") as lines:
        lines.write("therapy_ptl,ZZ9A1,,,Sampleton,Partnership\n")
    assert stands(settings, rests_on(settings)) is None


def test_code_that_changed_during_the_run_leaves_no_note(settings, monkeypatch):
    unchanged.begin(settings, "run", rests_on(settings))
    monkeypatch.setattr(unchanged, "code_version", lambda: "0.1.0+other")
    unchanged.keep(settings, "run", "2025-05/r1")
    assert not (settings.home / "dbt" / "built" / "2025-05").exists()


def test_a_release_of_another_run_than_that_which_chose_leaves_no_note(settings):
    """A step that is run by itself may release what was built from earlier deliveries."""
    unchanged.keep(settings, "run by itself", "2025-05/r1")
    unchanged.begin(settings, "run", rests_on(settings))
    unchanged.keep(settings, "run by itself", "2025-05/r1")
    assert not (settings.home / "dbt" / "built" / "2025-05").exists()


def test_only_the_newest_revision_stands_and_only_as_it_was_released(settings):
    path = release(settings)
    same = rests_on(settings)
    (path / MANIFEST).write_text(json.dumps(RELEASED | {"note": "another release"}))
    assert stands(settings, same) is None
    newer = path.with_name("r2")
    newer.mkdir()
    (newer / MANIFEST).write_text(json.dumps(RELEASED))
    assert stands(settings, same) is None


def test_a_withdrawn_release_does_not_stand(settings):
    release(settings)
    body = {"release_id": "2025-05/r1", "reason": "a definition was wrong"}
    Ledger(settings.home).append(WITHDRAWN, body, datetime(2026, 1, 1, tzinfo=UTC))
    assert stands(settings, rests_on(settings)) is None


def test_inputs_about_the_release_before_make_only_what_each_revision_has_of_its_own():
    """Its name, the releases before and the figures before: two tables, and a mark that stays."""
    told = re.compile(r"\b(release_id|revision|stg_run__(releases|previous_figures))\b")
    models = (DBT_PROJECT / "models").rglob("*.sql")
    readers = {path.stem for path in models if told.search(path.read_text())}
    assert readers - {"stg_run__settings", "stg_run__releases", "stg_run__previous_figures"} == {
        "restatements",
        "releases",
        "int_figures__united",  # marks what is revised, as its unit tests say: once and for good
    }
