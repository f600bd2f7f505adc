"""What the schedule and the sensors ask for, over a data folder with deliveries."""

import fcntl
import os
import shutil
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRun

from ingest.door.receive import receive
from ingest.door.senders import SENDER_ACCEPTED
from ingest.refusals import InWords
from ingest.store.ledger import Ledger
from orchestration.assets import intake
from orchestration.assets.asked import CHOOSE
from orchestration.commands import standing
from orchestration.dagster_names import BY_COMMAND, CHANGE, RELEASE
from orchestration.lock import Busy
from orchestration.own_words import in_own_words
from orchestration.publication.release.publishing import ReleaseRefused
from orchestration.publication.serving import last_known
from orchestration.timetable import alerts, endings, schedules, sensors
from orchestration.timetable.alerts import outstanding
from orchestration.timetable.endings import failure, refusal
from orchestration.timetable.schedules import working_days
from orchestration.warehouse import Warehouse
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop, take


@pytest.fixture
def home(tmp_path, settled_at_once, monkeypatch):
    monkeypatch.setenv("LASP_HOME", str(tmp_path))
    drop(tmp_path / "inbox", csv_bytes(), name="therapy_ptl_RY7_202505_01.csv")
    take(tmp_path, at=datetime(2025, 6, 4, 9, tzinfo=UTC))
    return tmp_path


@pytest.fixture(scope="module")
def empty_history(tmp_path_factory):
    """Dagster's history before the first run: its tables take 0.3 s to make, a copy takes 0.1."""
    folder = tmp_path_factory.mktemp("history")
    with dg.instance_for_test(temp_dir=str(folder)) as instance:
        instance.get_runs(limit=1)
        instance.all_instigator_state()
        instance.get_asset_records([RELEASE])
    return folder


@pytest.fixture
def instance(empty_history, tmp_path_factory):
    folder = tmp_path_factory.mktemp("instance")
    shutil.copytree(empty_history, folder, dirs_exist_ok=True)
    with dg.instance_for_test(temp_dir=str(folder)) as instance:
        yield instance


def send(instance, home, now, cursor=None):
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        sensors._send(context, home, now)
        return context.cursor


def tick(instance, day, hour=7):
    at = datetime(2025, 6, day, hour, tzinfo=ZoneInfo("Europe/London"))
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
    return working_days(context)


def told(request):
    """The typed configuration that a run of the schedule is given."""
    return request.run_config["ops"][CHOOSE]["config"]


def ran(instance, tags, status, job="monthly_release"):
    run = DagsterRun(job_name=job, run_id=str(uuid.uuid4()), tags=tags, status=status)
    instance.add_run(run)
    return run


def test_the_schedule_is_on_by_default_and_looks_every_hour_of_the_day():
    assert working_days.default_status is dg.DefaultScheduleStatus.RUNNING
    assert (working_days.cron_schedule, working_days.execution_timezone) == (
        "0 7-18 * * *",
        "Europe/London",
    )


@pytest.mark.parametrize(
    ("day", "as_at"),
    [(9, None), (10, "2025-06-10"), (13, "2025-06-13"), (14, "2025-06-14"), (20, "2025-06-17")],
)
def test_the_schedule_asks_for_the_owed_month_as_known_that_day_or_on_the_final_one(
    home, instance, day, as_at
):
    answer = tick(instance, day)
    asked = [] if isinstance(answer, dg.SkipReason) else answer
    assert [(one.partition_key, told(one)["as_at"]) for one in asked] == (
        [("2025-05", as_at)] if as_at else []
    )


@pytest.mark.parametrize(
    ("status", "is_asked"),
    [
        (dg.DagsterRunStatus.STARTING, False),
        (dg.DagsterRunStatus.STARTED, False),
        (dg.DagsterRunStatus.SUCCESS, False),
        (dg.DagsterRunStatus.CANCELED, False),
        (dg.DagsterRunStatus.FAILURE, True),
    ],
)
def test_four_looks_make_one_run_and_a_failed_one_is_tried_again(
    home, instance, status, is_asked, monkeypatch
):
    monkeypatch.setattr(endings, "has_released", lambda *_: True)
    (first,) = tick(instance, 10)
    ran(instance, first.tags, status)
    later = tick(instance, 10, hour=8)
    if is_asked:
        assert later[0].tags == first.tags and later[0].run_key != first.run_key
    else:
        assert "2025-05 (provisional)" in later.skip_message


@pytest.mark.parametrize(("key", "is_asked"), [(RELEASE, False), (dg.AssetKey("inbox"), True)])
def test_a_run_that_did_not_come_to_its_release_is_no_release(home, instance, key, is_asked):
    """An operator may run a few steps of a failed run again; such a run has its tags."""

    @dg.asset(key=key)
    def made() -> None: ...

    (first,) = tick(instance, 10)
    dg.materialize([made], instance=instance, tags=first.tags)
    assert isinstance(tick(instance, 10, hour=8), list) == is_asked


@pytest.mark.parametrize(
    ("minutes", "is_held", "is_ended"), [(9, False, True), (9, True, False), (2, False, False)]
)
def test_a_run_that_was_killed_is_shown_as_failed_and_one_at_work_is_left(
    home, instance, minutes, is_held, is_ended
):
    run = ran(instance, {}, dg.DagsterRunStatus.STARTED)
    began = instance.get_run_record_by_id(run.run_id).update_timestamp.astimezone(UTC)
    now = began + timedelta(minutes=minutes)
    with (home / "lock").open("a") as file:
        if is_held:
            fcntl.flock(file, fcntl.LOCK_EX)
        assert endings.end_dead_runs(instance, home, now) == [run.run_id] * is_ended
    status = instance.get_run_by_id(run.run_id).status
    assert (status is dg.DagsterRunStatus.FAILURE) == is_ended


def test_the_schedule_says_what_it_waits_for(home, instance):
    assert tick(instance, 9).skip_message == (
        "no delivery has come for 2025-04, which is owed once one comes. Next: 2025-05 "
        "provisionally on 10 June 2025; a delivery that changes the newest month releases it again."
    )


@in_own_words
def _break(error):
    raise error


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ReleaseRefused("Feed ccis has no usable delivery: receive it."), True),
        (InWords("No space left on device, in /srv: mend that."), False),
        (ValueError("9990000018"), False),
    ],
)
def test_a_refusal_is_told_from_a_failure_by_what_the_run_recorded(instance, error, why):
    @dg.op
    def step():
        _break(error)

    @dg.job
    def work():
        step()

    result = work.execute_in_process(instance=instance, raise_on_error=False, tags={CHANGE: "x"})
    assert (refusal(result.all_events) == str(error)) == why
    said = failure(result.all_events)[1]
    assert "9990000018" not in said
    assert said == str(error) or isinstance(error, ValueError)


DAY = datetime(2030, 6, 4, 9, tzinfo=UTC)  # what a test has just written is long at rest
BEFORE = datetime(2025, 6, 1, 9, tzinfo=UTC)  # what Dagster has just recorded is news on it


@pytest.fixture
def at(monkeypatch):
    """Set the clock of what the daemon does."""

    def set_to(time):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return time.astimezone(tz)

        for module in (sensors, schedules):
            monkeypatch.setattr(module, "datetime", Clock)

    return set_to


def look(name, instance):
    if name == "working_days":
        return tick(instance, 10)
    with dg.build_sensor_context(instance=instance, sensor_name=name) as context:
        return getattr(sensors, name)(context)


@pytest.mark.parametrize("name", ["deliveries", "alerts", "working_days"])
def test_a_look_that_fails_is_one_alert_a_day_in_our_own_words(home, instance, at, name):
    (home / "ledger" / "ledger.jsonl").write_text("{}\n")
    for day, hour in ((10, 9), (10, 18), (11, 9)):  # May's deliveries were due on the 9th
        at(datetime(2025, 6, day, hour, tzinfo=UTC))
        with pytest.raises(InWords, match="chain of hashes"):
            look(name, instance)
    kept = outstanding(home, datetime(2025, 6, 11, 10, tzinfo=UTC))
    assert len(kept) == 2, "one a day"
    assert all(name in one.what and "Restore the ledger from backup" in one.why for one in kept)


@pytest.mark.parametrize("name", ["deliveries", "alerts", "working_days"])
def test_a_look_that_fails_on_a_full_disk_says_so_in_our_own_words(
    home, instance, at, name, monkeypatch
):
    (home / "ledger" / "ledger.jsonl").write_text("{}\n")
    at(datetime(2025, 6, 10, 9, tzinfo=UTC))

    def full(*_):
        raise OSError(28, "No space left on device", str(home / "inbox" / "9990000018.csv"))

    monkeypatch.setattr(alerts, "write_whole", full)
    with pytest.raises(InWords, match="No space left") as raised:
        look(name, instance)
    assert "9990000018" not in str(raised.value)


def look_at(instance, home, now, cursor=None):
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        return sensors._look(context, home, now)


def test_a_complete_delivery_is_asked_for_once_whatever_comes_of_it_until_the_next_hour(
    home, instance
):
    drop(home / "inbox", csv_bytes(), name="therapy_ptl_RBL_202505_01.csv")
    first = look_at(instance, home, DAY)
    (asked,) = first.run_requests
    again = look_at(instance, home, DAY.replace(minute=59), first.cursor)
    assert not again.run_requests and "again in the next" in again.skip_reason.skip_message
    (later,) = look_at(instance, home, DAY.replace(hour=10), again.cursor).run_requests
    assert later.tags == asked.tags and later.run_key != asked.run_key


def test_a_delivery_is_not_asked_for_beside_a_run_that_takes_the_inbox(home, instance):
    drop(home / "inbox", csv_bytes(), name="therapy_ptl_RBL_202505_01.csv")
    run = ran(instance, {}, dg.DagsterRunStatus.STARTED, job="receive_deliveries")
    first = look_at(instance, home, DAY)
    assert not first.run_requests
    instance.report_run_failed(run)
    assert look_at(instance, home, DAY, first.cursor).run_requests


def test_another_delivery_is_asked_for_at_once(home, instance):
    drop(home / "inbox", csv_bytes(), name="therapy_ptl_RBL_202505_01.csv")
    first = look_at(instance, home, DAY)
    drop(home / "inbox", csv_bytes(), name="therapy_ptl_RY7_202504_01.csv")
    assert look_at(instance, home, DAY, first.cursor).run_requests


def test_what_was_held_is_asked_for_once_its_sender_is_accepted(home, instance):
    drop(home / "inbox", csv_bytes(), name="therapy_ptl_RYT_202505_01.csv")
    (held,) = take(home, at=datetime(2025, 6, 5, tzinfo=UTC))
    assert held.outcome == "held"
    before = look_at(instance, home, DAY)
    assert not before.run_requests
    body = {"feed": "therapy_ptl", "sender": "RYT", "first_month": "2025-01"}
    body |= {"last_month": None, "by": "test"}
    Ledger(home).append(SENDER_ACCEPTED, body, datetime(2025, 6, 6, tzinfo=UTC))
    assert look_at(instance, home, DAY, before.cursor).run_requests


def test_what_waits_is_said_without_a_name_that_may_be_a_persons(home, instance):
    (home / "inbox" / "Jane Doe.csv.part").write_bytes(b"")
    said = look_at(instance, home, DAY).skip_reason.skip_message
    assert "still being sent" in said and "Jane" not in said


def test_the_run_of_a_delivery_says_what_became_of_each_file(home, instance, monkeypatch):
    drop(home / "inbox", csv_bytes(*ROWS[:2]), name="therapy_ptl_RBL_202505_01.csv")
    drop(home / "inbox", b"nonsense\n", name="therapy_ptl_RBL_202504_01.csv")
    monkeypatch.setattr(intake, "receive", lambda door: receive(replace(door, is_patient=False)))
    resources = {"warehouse": Warehouse()}
    result = dg.materialize([intake.receive_inbox], instance=instance, resources=resources)
    facts = result.asset_materializations_for_node("receive_inbox")[-1].metadata
    rows = {r.data["file"]: r.data for r in facts["what became of each"].records}
    assert rows["therapy_ptl_RBL_202505_01.csv"]["outcome"] == "accepted"
    refused = rows["therapy_ptl_RBL_202504_01.csv"]
    assert refused["outcome"] == "refused" and (home / refused["answer"]).is_file()
    assert "R-" in refused["why"]
    key = dg.AssetKey(["lake", "therapy_ptl"])
    assert instance.get_materialized_partitions(key) == {"2025-05"}


@pytest.mark.parametrize(
    ("job", "error", "what"),
    [
        ("monthly_release", ReleaseRefused("Feed ccis is required: receive it."), "was refused"),
        ("monthly_release", InWords("No space left on device."), "run of 2025-05 failed"),
        ("receive_deliveries", InWords("x.csv could not be read."), "could not be received"),
    ],
)
def test_a_run_that_fails_is_one_alert_however_often_it_fails(home, instance, job, error, what):
    @dg.op
    def step():
        _break(error)

    @dg.job(name=job)
    def work():
        step()

    tags = {CHANGE: "2025-05 final abc", "dagster/partition": "2025-05"}
    for _ in range(2):
        work.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        send(instance, home, BEFORE)
    (alert,) = outstanding(home, BEFORE)
    assert what in alert.what and str(error) in alert.why
    assert all((alert.to_do, alert.where, alert.at))


def test_a_run_by_command_alerts_nobody(home, instance):
    run = ran(instance, {BY_COMMAND: "yes"}, dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(run)
    send(instance, home, BEFORE)
    assert outstanding(home, BEFORE) == []


@pytest.mark.parametrize(
    ("day", "hour", "is_told"),
    [(9, 14, False), (9, 15, True), (20, 8, True), (2, 15, False)],  # 15:00 UTC is 16:00 there
)
def test_who_is_missing_at_four_on_working_day_six_is_told_once(home, day, hour, is_told):
    for sender in ("RY7", "RBL"):
        drop(home / "inbox", csv_bytes(*ROWS[:1]), name=f"therapy_ptl_{sender}_202504_01.csv")
    take(home, at=datetime(2025, 6, 5, 9, tzinfo=UTC))
    alert = sensors.missing_alert(Ledger(home), datetime(2025, 6, day, hour, tzinfo=UTC))
    assert (alert is not None) == is_told
    if alert:
        assert alert.key == "missing-2025-05"
        assert alert.what == "Missing deliveries for 2025-05: 1"
        assert "therapy_ptl from RBL; never delivered yet: " in alert.why
        assert "therapy_ptl from RY7" not in alert.why
        status = "\n".join(standing.of(home, date(2025, 6, 10)))
        assert "late since 9 Jun (1): therapy_ptl RBL; never delivered yet: " in status


@pytest.mark.parametrize(("in_hand", "is_kept"), [(False, True), (True, False)])
def test_whose_files_lie_in_the_inbox_is_not_missing_yet(home, instance, in_hand, is_kept):
    for sender in ("RY7", "RBL"):
        drop(home / "inbox", csv_bytes(*ROWS[:1]), name=f"therapy_ptl_{sender}_202504_01.csv")
    take(home, at=datetime(2025, 6, 5, 9, tzinfo=UTC))
    if in_hand:
        drop(home / "inbox", csv_bytes(*ROWS[:1]), name="therapy_ptl_RBL_202505_01.csv")
    at = datetime(2025, 6, 9, 15, tzinfo=UTC)
    for path in (home / "inbox").glob("*.csv"):
        os.utime(path, (0, 0))
    send(instance, home, at)
    assert bool(outstanding(home, at)) == is_kept


def test_alerts_are_sent_although_the_ledger_is_broken_and_new_ones_at_once(
    home, instance, monkeypatch
):
    sent = []
    monkeypatch.setattr(sensors, "send_due", lambda *_: sent.append("sent") or [])
    for sender in ("RY7", "RBL"):
        drop(home / "inbox", csv_bytes(*ROWS[:1]), name=f"therapy_ptl_{sender}_202504_01.csv")
    take(home, at=datetime(2025, 6, 5, 9, tzinfo=UTC))
    at = datetime(2025, 6, 9, 15, tzinfo=UTC)
    send(instance, home, at)
    assert sent == ["sent", "sent"]
    (home / "ledger" / "ledger.jsonl").write_text("{}\n")
    with pytest.raises(InWords, match="chain of hashes"):
        send(instance, home, at)
    assert sent == ["sent"] * 3


@pytest.mark.parametrize("is_set", [True, False])
def test_a_database_that_does_not_follow_is_one_alert_where_one_is_to_be_served(
    home, instance, monkeypatch, is_set
):
    last_known.keep(home, last_known.Standing("2025-04/r1", None, "The disk is full."))
    if is_set:
        monkeypatch.setenv("LASP_SERVING_URL", "postgresql:///served")
    now = datetime(2025, 6, 3, 9, tzinfo=UTC)
    for minutes in (0, 1):
        send(instance, home, now + timedelta(minutes=minutes))
    kept = outstanding(home, now)
    assert [one.what for one in kept] == [
        "The serving database does not show the current releases"
    ] * is_set
    assert all("The disk is full." in one.why and "serve-database" in one.to_do for one in kept)


def failed_run(instance, error, name="receive_deliveries"):
    @dg.op
    def step():
        _break(error)

    @dg.job(name=name)
    def work():
        step()

    work.execute_in_process(instance=instance, raise_on_error=False, tags={CHANGE: "abc"})


def test_a_failed_run_is_alerted_of_once_the_disk_takes_its_alert(home, instance, monkeypatch):
    failed_run(instance, InWords("x.csv could not be read."))
    now = BEFORE
    with monkeypatch.context() as patch, pytest.raises(InWords, match="No space left"):
        patch.setattr(sensors, "keep", lambda *_: _break(OSError(28, "No space left on device")))
        send(instance, home, now)
    cursor = send(instance, home, now)
    assert [one.key for one in outstanding(home, now)] == ["not-taken-abc"]
    monkeypatch.setattr(sensors, "events_of", lambda *_: pytest.fail("looked at again"))
    send(instance, home, now, cursor)


def test_a_run_that_waited_for_the_data_folder_in_vain_alerts_nobody(home, instance):
    class InUse(dg.ConfigurableResource):
        @contextmanager
        def yield_for_execution(self, context):
            raise Busy("Waited 600 seconds for the warehouse.")
            yield

    @dg.op
    def step(warehouse: InUse):
        pass

    @dg.job(name="receive_deliveries", resource_defs={"warehouse": InUse()})
    def work():
        step()

    result = work.execute_in_process(instance=instance, raise_on_error=False, tags={CHANGE: "abc"})
    assert not result.success
    (record,) = instance.get_run_records()
    send(instance, home, record.update_timestamp)
    assert outstanding(home, BEFORE) == []
