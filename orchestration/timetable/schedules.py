"""When a month is released: provisionally from working day 7, finally from working day 12 on."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions
from orchestration.assets.asked import run_config
from orchestration.dagster_names import CHANGE
from orchestration.publication.release import history
from orchestration.settings import from_environment
from orchestration.timetable import releases_owed
from orchestration.timetable.alerts import alerting
from orchestration.timetable.endings import standing
from orchestration.timetable.jobs import JOURNAL, monthly_release


@dg.schedule(
    job=monthly_release,
    cron_schedule="0 7-18 * * *",
    execution_timezone="Europe/London",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every hour of the day: the months that are owed a release and have none, once a "
    "change. Provisionally from working day 7, finally from working day 12, and again when a "
    "delivery changes the newest month.",
)
def working_days(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask for the releases that the timetable owes and no run is making."""
    home = from_environment().home
    with alerting(home, working_days.name, datetime.now(UTC)):
        return _asked(context, home)


def _asked(
    context: dg.ScheduleEvaluationContext, home: Path
) -> list[dg.RunRequest] | dg.SkipReason:
    now = context.scheduled_execution_time
    everything = submissions(Ledger(home))
    made = releases_owed.made(history.releases(home))
    owed = releases_owed.owed(everything, made, now.date())
    runs = {one: how for one in owed if (how := standing(context.instance, one.change))}
    asked = releases_owed.to_ask(owed, {one.change: how for one, how in runs.items()})
    if not asked:
        return dg.SkipReason(releases_owed.in_words(everything, made, runs, now.date()))
    return [_request(one, now.isoformat()) for one in asked]


def _request(wanted: releases_owed.Wanted, tick: str) -> dg.RunRequest:
    """One run; the tick is part of its key, so that a failed one can be asked for again."""
    return dg.RunRequest(
        run_key=f"{wanted.change} at {tick}",
        run_config=JOURNAL | run_config(wanted.as_at),
        tags={CHANGE: wanted.change},
        partition_key=wanted.month,
    )
