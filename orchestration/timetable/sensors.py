"""What is looked for between the hours: deliveries, failed runs, and alerts to be sent."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from ingest.door.inbox import Seen, held_deliveries, look, whole
from ingest.door.receive import freed_folders
from ingest.door.senders import accepted_senders, listed
from ingest.door.shown_names import shown_names
from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions
from orchestration.dagster_names import BY_COMMAND, CHANGE, PARTITION
from orchestration.lock import Busy
from orchestration.months import month_before, next_month, parameter, working_day
from orchestration.publication.serving import last_known
from orchestration.settings import channels, from_environment, serving_address
from orchestration.timetable.alerts import Alert, alerting, keep, key_of, outstanding, send_due
from orchestration.timetable.endings import UNENDED, events_of, failure, refusal
from orchestration.timetable.jobs import monthly_release, receive_deliveries
from orchestration.timetable.releases_owed import missing_deliveries

TIMES = ZoneInfo("Europe/London")
FAILED_FOR = timedelta(days=2)
"""How far back failed runs are looked for: a daemon that was off for a night hears of them."""
DUE_AT = time(16)
"""Deliveries are missed when the offices of their senders are still open."""


@dg.sensor(
    job=receive_deliveries,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Complete deliveries in the inbox are taken and answered at once; one that the "
    "machine could not take is tried again in the next hour.",
)
def deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask for one run for what has become complete since the last look."""
    home, now = from_environment().home, datetime.now(UTC)
    with alerting(home, context.sensor_name, now):
        return _look(context, home, now)


def _look(context: dg.SensorEvaluationContext, home: Path, now: datetime) -> dg.SensorResult:
    ready, waiting = whole(look(home), now)
    marks = {_mark(parts) for parts in ready}
    marks |= {
        folder.name for folder in freed_folders(home, Ledger(home)) if held_deliveries(folder)
    }
    asked = json.loads(context.cursor or "{}")
    hour = now.strftime("%Y-%m-%dT%H")
    new = sorted(mark for mark in marks if asked.get(mark) != hour)
    words = [f"{shown_names(one.paths)}: {one.why}" for one in waiting]
    if not new:
        if marks:
            words.append(
                f"{len(marks)} were asked for in this hour; if not taken, again in the next"
            )
        return _nothing(words, dict.fromkeys(marks, hour))
    if _is_under_way(context.instance):
        return _nothing([*words, "a run that takes them is queued or at work"], asked)
    # What is asked for, and not when: a delivery that fails again is one thing to be alerted of.
    change = hashlib.sha256("\n".join(sorted(marks)).encode()).hexdigest()[:16]
    request = dg.RunRequest(run_key=f"{change} in {hour}: {' '.join(new)}", tags={CHANGE: change})
    return dg.SensorResult([request], cursor=json.dumps(dict.fromkeys(marks, hour)))


def _nothing(words: Sequence[str], asked: dict[str, str]) -> dg.SensorResult:
    said = "; ".join(words) or "the inbox holds no delivery"
    return dg.SensorResult(skip_reason=dg.SkipReason(said), cursor=json.dumps(asked))


def _mark(parts: Sequence[Seen]) -> str:
    """What tells a delivery from any other at any time; its names go no further."""
    facts = [f"{one.path.name} {one.size} {one.touched.isoformat()}" for one in parts]
    text = "\n".join(facts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:16]


def _is_under_way(instance: dg.DagsterInstance) -> bool:
    unended = dg.RunsFilter(job_name=receive_deliveries.name, statuses=[*UNENDED])
    return bool(instance.get_run_records(unended, limit=1))


def failure_alert(
    run: dg.DagsterRun, events: Sequence[dg.DagsterEvent], now: datetime
) -> Alert | None:
    """What to say of a failed run; the same change that fails again is the same alert.

    None where the data folder was in use by another for too long: it is asked for again by itself.
    """
    if CHANGE in run.tags and _was_busy(events):
        return None
    month, change = run.tags.get(PARTITION, ""), run.tags.get(CHANGE, run.run_id)
    where = f"run {run.run_id[:8]} in the Dagster UI (`lasp ui`)"
    if why := refusal(events):
        what = f"The release of {month} was refused; nothing has changed"
        to_do = "Correct what the rule names: the delivery or the definition. A new delivery "
        to_do += f"releases {month} by itself; otherwise `lasp run --month {month}`."
        return Alert(key_of("refused", change), what, month, why, to_do, where, _stamp(now))
    step, words = failure(events)
    why = f"in {step}: {words}"
    if run.job_name == receive_deliveries.name:
        what = "Deliveries in the inbox could not be received; no sender is at fault"
        to_do = "Correct the fault of the machine. The deliveries are tried again every hour."
        return Alert(key_of("not-taken", change), what, "", why, to_do, where, _stamp(now))
    what = f"The run of {month} failed; nothing has changed"
    to_do = "Correct the fault of the machine. The month is tried hourly, 7 to 18, if the schedule "
    to_do += f"asked for it; otherwise `lasp run --month {month}`."
    return Alert(key_of("failed", change), what, month, why, to_do, where, _stamp(now))


def _was_busy(events: Sequence[dg.DagsterEvent]) -> bool:
    """Whether a run never began because it did not get the lock: its resource says so."""
    failed = [e.job_failure_data for e in events if e.is_job_failure]
    error = failed[0].error if failed else None
    while error and error.cause:
        error = error.cause
    return error is not None and error.cls_name == Busy.__name__


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends alerts by webhook or e-mail, each once; keeps one of a run that failed, and "
    "of the deliveries that are missing at 16:00 of the working day on which they are due.",
)
def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Send what is due, then look for runs that failed and for who is missing."""
    home, now = from_environment().home, datetime.now(UTC)
    with alerting(home, context.sensor_name, now):
        return dg.SkipReason(_send(context, home, now))


def _send(context: dg.SensorEvaluationContext, home: Path, now: datetime) -> str:
    """Send first: what hinders the look may be what an alert tells of.

    Whoever's files are in hand is not missing; one that the machine cannot take tells so.
    """
    lines = send_due(home, channels(), now)
    if _keep_failed(context, home, now):
        lines += send_due(home, channels(), now)
    is_in_hand = _is_under_way(context.instance) or whole(look(home), now)[0]
    if not is_in_hand and (alert := missing_alert(Ledger(home), now)) and keep(home, alert):
        lines += send_due(home, channels(), now)
    if (alert := unserved_alert(home, now)) and keep(home, alert):
        lines += send_due(home, channels(), now)
    return "; ".join(lines) or f"nothing to send; {len(outstanding(home, now))} alerts not sent"


def _keep_failed(context: dg.SensorEvaluationContext, home: Path, now: datetime) -> bool:
    """Keep an alert of each failed run that was not looked at yet; gives whether one is new.

    The cursor names the runs whose alerts are kept, and is written only then: a full disk loses
    none of them.
    """
    records = [
        record
        for job in (monthly_release, receive_deliveries)
        for record in context.instance.get_run_records(
            dg.RunsFilter(
                job_name=job.name,
                statuses=[dg.DagsterRunStatus.FAILURE],
                updated_after=now - FAILED_FOR,
            )
        )
    ]
    runs = [one.dagster_run for one in records if BY_COMMAND not in one.dagster_run.tags]
    seen = json.loads(context.cursor or "[]")
    new = [run for run in runs if run.run_id not in seen]
    told = [failure_alert(run, events_of(context.instance, run.run_id), now) for run in new]
    kept = [keep(home, alert) for alert in told if alert]
    context.update_cursor(json.dumps([run.run_id for run in runs]))
    return any(kept)


def unserved_alert(home: Path, now: datetime) -> Alert | None:
    """What to say of a serving database that does not follow; one trouble is one alert."""
    found = last_known.standing(home) if serving_address() else None
    if found is None or not found.trouble:
        return None
    return Alert(
        key=key_of("not-served", str(found)),
        what="The serving database does not show the current releases",
        month="",
        why=str(found),
        to_do="Correct the fault of the database, then `lasp serve-database`. The next release "
        "tries it again.",
        where="the check `served` of release/internal in the Dagster UI (`lasp ui`)",
        at=_stamp(now),
    )


def missing_alert(ledger: Ledger, now: datetime) -> Alert | None:
    """Who has not delivered the month of which the deliveries were due last."""
    local = now.astimezone(TIMES)
    month = month_before(local.date())
    due = working_day(next_month(month), parameter("due_working_day"))
    if local.replace(tzinfo=None) < datetime.combine(due, DUE_AT):
        return None
    missing = missing_deliveries(submissions(ledger), [*listed(), *accepted_senders(ledger)], month)
    if missing is None or not missing.places:
        return None
    places = [f"{feed} from {sender}" for feed, sender in missing.places]
    return Alert(
        key=key_of("missing", month),
        what=f"Missing deliveries for {month}: {len(places)}",
        month=month,
        why=f"Not in the inbox and not refused by 16:00 of {due}: {', '.join(places)}"
        f"{missing.never_in_words}.",
        to_do="Ask the senders. The month is released without them on the next working day, and "
        "again when they come.",
        where="`lasp status`",
        at=_stamp(now),
    )


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
