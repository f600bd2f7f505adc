"""How a run ended, in words, from the events that Dagster kept of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from orchestration.dagster_names import CANDIDATE, CHANGE, RELEASE
from orchestration.lock import in_use_by
from orchestration.progress import in_words
from orchestration.timetable.releases_owed import Standing

_KIND = re.compile(r"[A-Za-z_][\w.]*: ", re.ASCII)
"""What Dagster puts before the message of an error: its class, with the module."""
_REFUSALS = ("ReleaseRefused", "NoReceipt")
SILENT_MINUTES = 5
"""A run takes the lock within a minute of its start and lets it go within seconds of its end."""
UNENDED = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
"""Statuses of a run that is waiting or at work."""


def events_of(instance: dg.DagsterInstance, run_id: str) -> list[dg.DagsterEvent]:
    """Every event of a run, in order."""
    return [log.dagster_event for log in instance.all_logs(run_id) if log.dagster_event]


def refusal(events: Sequence[dg.DagsterEvent]) -> str | None:
    """Why the release was refused; None if that is not how the run ended."""
    for event in events:
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluation = event.asset_check_evaluation_data
            if evaluation.asset_key == CANDIDATE and not evaluation.passed:
                return "; ".join(evaluation.metadata["failed_rules"].value)
    for event in events:
        error = event.step_failure_data.error if event.is_step_failure else None
        while error:
            if error.cls_name in _REFUSALS:
                return error.message.partition(":")[2].strip() or error.message
            error = error.cause
    return None


def failure(events: Sequence[dg.DagsterEvent]) -> tuple[str, str]:
    """The step that failed first and its innermost message: our own words, not the framework's."""
    event = next((event for event in events if event.is_step_failure), None)
    if event is None:
        return "the run", "no step says why: its process ended before the run did"
    error = event.step_failure_data.error
    while getattr(error, "cause", None):
        error = error.cause
    words = str(getattr(error, "message", "no step says why")).strip()
    said = words[kind.end() :] if (kind := _KIND.match(words)) else words
    return in_words(event.step_key), said


def has_released(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run came to its release, new or unchanged."""
    return any(
        event.is_step_materialization and event.asset_key == RELEASE
        for event in events_of(instance, run_id)
    )


def end_dead_runs(instance: dg.DagsterInstance, home: Path, now: datetime) -> list[str]:
    """Show as failed what was killed, and return the ids: power lost, or memory.

    Dagster cannot tell of its own launcher's runs whether they live. A run at work holds the lock
    of the data folder; nobody holds it, and the run has said nothing for ``SILENT_MINUTES``.
    """
    if in_use_by(home):
        return []
    begun = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
    silent = [
        record.dagster_run
        for record in instance.get_run_records(begun)
        if now - record.update_timestamp.astimezone(UTC) > timedelta(minutes=SILENT_MINUTES)
    ]
    for run in silent:
        instance.report_run_failed(run, "Its process ended before the run did.")
    return [run.run_id for run in silent]


def standing(instance: dg.DagsterInstance, change: str) -> Standing | None:
    """What became of the newest run for a change; None when there was none."""
    records = instance.get_run_records(dg.RunsFilter(tags={CHANGE: change}))
    if not records:
        return None
    if any(record.dagster_run.status in UNENDED for record in records):
        return Standing.UNDER_WAY
    newest = records[0].dagster_run
    if newest.status is dg.DagsterRunStatus.SUCCESS:
        # A re-run of a few steps bears the tags of the run that failed, and releases nothing.
        return Standing.DONE if has_released(instance, newest.run_id) else Standing.FAILED
    if newest.status is dg.DagsterRunStatus.CANCELED:
        return Standing.STOPPED
    is_refused = refusal(events_of(instance, newest.run_id)) is not None
    return Standing.REFUSED if is_refused else Standing.FAILED
