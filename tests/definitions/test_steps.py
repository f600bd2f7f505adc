"""What the steps of feeds show of themselves, run alone, and what a run may be asked for."""

import re
import shutil
from datetime import UTC, datetime

import dagster as dg
import pytest

from ingest.contracts import load_contracts
from orchestration.assets.asked import Asked, WrongAsked, run_config
from orchestration.assets.intake import store_feeds
from orchestration.assets.models import RUN_INPUTS
from orchestration.assets.release_steps import choose_deliveries
from orchestration.checks.gates import judge_feeds
from orchestration.dagster_names import RELEASE
from orchestration.publication.release import history
from orchestration.run import steps, unchanged
from orchestration.warehouse import Warehouse
from tests.unit.checks.test_reasons import judged, result
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop, take

CONTRACTS = list({contract.feed: contract for contract in load_contracts()}.values())
PTL, CCIS = dg.AssetKey(["lake", "therapy_ptl"]), dg.AssetKey(["lake", "ccis"])


@pytest.fixture
def home(tmp_path, settled_at_once, monkeypatch):
    """A delivery of one feed for May, and one for April."""
    monkeypatch.setenv("LASP_HOME", str(tmp_path))
    for month, rows in (("202504", ROWS[:1]), ("202505", ROWS[:2])):
        drop(tmp_path / "inbox", csv_bytes(*rows), name=f"therapy_ptl_RY7_{month}_01.csv")
    take(tmp_path, at=datetime(2025, 6, 4, 9, tzinfo=UTC))
    return tmp_path


def run(assets, selection=None, month="2025-05", **more):
    return dg.materialize(
        assets,
        partition_key=month,
        selection=selection,
        resources={"warehouse": Warehouse()},
        **more,
    )


def shown(ran):
    """Asset and month of each materialisation."""
    events = ran.get_asset_materialization_events()
    return [(one.asset_key.to_user_string(), one.partition) for one in events]


def test_what_is_shown_as_built_was_built_and_a_feed_without_a_delivery_is_not(home):
    ran = run([store_feeds(CONTRACTS)])
    assert sorted(shown(ran)) == [
        ("lake/therapy_ptl", "2025-05"),
        ("landing/therapy_ptl", "2025-05"),
    ]
    assert shown(run([store_feeds(CONTRACTS)], month="2025-03")) == []


def test_a_feed_without_a_delivery_keeps_nothing_after_it_from_running(home):
    @dg.asset(deps=[PTL, CCIS])
    def after() -> None: ...

    assert ("after", None) in shown(run([store_feeds(CONTRACTS), after]))


def test_one_feed_is_run_again_by_itself(home):
    drop(home / "inbox", csv_bytes(), name="therapy_ptl_RBL_202505_01.csv")
    take(home, at=datetime(2025, 6, 5, 9, tzinfo=UTC))
    shutil.rmtree(home / "lake" / "therapy_ptl" / "period=2025-05")
    assets = [store_feeds(CONTRACTS), judge_feeds(CONTRACTS)]
    selection = dg.AssetSelection.assets(PTL) | dg.AssetSelection.checks_for_assets(
        dg.AssetKey(["lake", "therapy_ptl"])
    )
    ran = run(assets, selection)
    (event,) = ran.get_asset_materialization_events()
    facts = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (event.asset_key, facts["deliveries"], facts["stored_now"]) == (PTL, 2, 2)
    assert len(list((home / "lake" / "therapy_ptl" / "period=2025-05").iterdir())) == 2
    (check,) = ran.get_asset_check_evaluations()
    assert check.asset_key == PTL and check.passed


def test_another_month_that_is_stored_beside_is_shown_for_that_month(home):
    shutil.rmtree(home / "lake" / "therapy_ptl")
    ran = run([store_feeds(CONTRACTS)], [PTL])
    assert shown(ran) == [("lake/therapy_ptl", "2025-04"), ("lake/therapy_ptl", "2025-05")]


def test_a_publication_is_stored_without_a_month_and_shown_once_there_is_an_edition(home):
    key = dg.AssetKey(["lake", "dfe_neet"])
    assert shown(run([store_feeds(CONTRACTS)], [key], month=None)) == []


def test_landed_bytes_that_were_changed_are_not_shown_as_landed(home):
    (path,) = (home / "landing" / "therapy_ptl" / "2025-05").glob("*/file-1.csv")
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1])
    ran = run([store_feeds(CONTRACTS)], raise_on_error=False)
    failed = ran.failure_data_for_node("store_feeds").error
    assert "landing/therapy_ptl/2025-05" in str(failed) and "Restore the file" in str(failed)
    assert shown(ran) == []


def test_the_gate_of_a_feed_that_was_never_delivered_says_nothing(home):
    ran = run([store_feeds(CONTRACTS), judge_feeds(CONTRACTS)])
    assert [one.asset_key for one in ran.get_asset_check_evaluations()] == [PTL]


def test_a_feed_gate_that_fails_stops_nothing(home, monkeypatch):
    monkeypatch.setattr(steps, "judge_feeds", lambda *_: {"therapy_ptl": [judged(result())]})

    @dg.asset(deps=[PTL])
    def after() -> None: ...

    ran = run([store_feeds(CONTRACTS), judge_feeds(CONTRACTS), after])
    (check,) = ran.get_asset_check_evaluations()
    assert not check.passed and ("after", None) in shown(ran)


def test_nothing_after_the_choice_runs_where_the_release_stands_and_that_is_shown(
    home, monkeypatch
):
    path = home / "releases" / "2025-05" / "r1"
    path.mkdir(parents=True)
    (path / "MANIFEST.json").write_text('{"as_at": "2026-01-01", "files": {}}')
    monkeypatch.setattr(unchanged, "standing", lambda *_: history.release(home, "2025-05/r1"))

    @dg.asset(deps=[RUN_INPUTS])
    def after() -> None: ...

    assets = [store_feeds(CONTRACTS), choose_deliveries([PTL]), after]
    job = dg.Definitions(
        assets, resources={"warehouse": Warehouse()}, executor=dg.in_process_executor
    ).resolve_implicit_global_asset_job_def()
    ran = job.execute_in_process(partition_key="2025-05")
    (released,) = (
        one for one in ran.get_asset_materialization_events() if one.asset_key == RELEASE
    )
    assert released.partition == "2025-05"
    assert released.materialization.metadata["status"].value == "unchanged"
    assert {"after", "lake/_run"}.isdisjoint(name for name, _ in shown(ran))
    assert (home / "releases" / "current").readlink().as_posix() == "2025-05/r1"
    (home / "counted").mkdir()
    asked = run_config(None, from_nothing=True)
    built = shown(job.execute_in_process(partition_key="2025-05", run_config=asked))
    assert {("after", None), ("lake/_run", "2025-05")} <= {*built}
    assert not (home / "counted").exists()
    assert "release/internal" not in dict(built)


def test_the_launchpad_says_of_each_field_what_it_is_for():
    fields = Asked.to_fields_dict()
    assert set(fields) == {"as_at", "from_nothing", "required_feeds"}
    assert all(field.description and not field.is_required for field in fields.values())


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"as_at": "17/06/2025"}, "as_at is '17/06/2025'. Expected is a date as YYYY-MM-DD"),
        ({"required_feeds": ["therapy"]}, "required_feeds names therapy, which is not a feed"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_words(asked, words):
    config = Asked(**asked)
    with pytest.raises(WrongAsked, match=re.escape(words)):
        _ = config.day, config.feeds
