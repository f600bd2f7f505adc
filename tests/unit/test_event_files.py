"""Dagster's history: its own files, written without opening them for each event."""

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_files import EventFiles
from orchestration.settings import from_environment, prepare

ASSET = dg.AssetKey("thing")


@dg.asset(key=ASSET, check_specs=[dg.AssetCheckSpec("sound", asset=ASSET)])
def thing():
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, check_name="sound")])


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("LASP_HOME", str(tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DAGSTER_HOME", "DBT_TARGET_PATH", "DBT_LOG_PATH"):
            patch.setenv(name, "")  # `prepare` sets them for good
        prepare(from_environment())
        with dg.DagsterInstance.get() as opened:
            yield opened


def run(instance: dg.DagsterInstance) -> str:
    result = dg.materialize([thing], instance=instance)
    assert result.success
    return result.run_id


def test_the_data_folder_says_that_events_are_written_so(instance):
    assert isinstance(instance.event_log_storage, EventFiles)


def test_dagster_reads_every_event_with_its_own_storage(instance, tmp_path):
    runs = [run(instance), run(instance)]
    theirs = SqliteEventLogStorage(str(tmp_path / "dagster/history/runs"))
    for run_id in runs:
        written = instance.event_log_storage.get_logs_for_run(run_id)
        assert theirs.get_logs_for_run(run_id) == written
        assert [one.dagster_event_type for one in written if one.is_dagster_event].count(
            dg.DagsterEventType.ASSET_MATERIALIZATION
        ) == 1
    ours, found = (
        [record.run_id for record in storage.fetch_materializations(ASSET, limit=9).records]
        for storage in (instance.event_log_storage, theirs)
    )
    assert ours == found == [*reversed(runs)]


def test_what_dagster_wrote_by_itself_is_read_and_goes_on(instance, tmp_path):
    run_id = run(instance)
    events = instance.all_logs(run_id)
    folder = tmp_path / "history/runs"
    theirs = SqliteEventLogStorage(str(folder))
    ours = EventFiles.from_config_value(None, {"base_dir": str(tmp_path)})
    half = len(events) // 2
    for event in events[:half]:
        theirs.store_event(event)
    assert ours.get_logs_for_run(run_id) == events[:half]
    for event in events[half:]:
        ours.store_event(event)
    assert theirs.get_logs_for_run(run_id) == events


def test_only_the_index_and_the_last_run_stay_open(instance):
    run(instance)
    last = run(instance)
    assert instance.event_log_storage._open.keys() == {"index", last}
    instance.event_log_storage.dispose()
    assert not instance.event_log_storage._open
