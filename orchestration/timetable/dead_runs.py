"""Runs whose process was killed are shown as failed, so that they block nothing for ever."""

from datetime import UTC, datetime

import dagster as dg

from orchestration.own_words import in_own_words
from orchestration.settings import from_environment
from orchestration.timetable.endings import end_dead_runs


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Shows runs as failed whose process was killed: one run that seems alive keeps "
    "all others waiting.",
)
@in_own_words
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look for runs that say nothing while nobody holds the data folder."""
    ended = end_dead_runs(context.instance, from_environment().home, datetime.now(UTC))
    return dg.SkipReason(f"ended: {', '.join(ended)}" if ended else "no run is dead")
