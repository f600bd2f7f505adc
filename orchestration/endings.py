"""How a run ended, in words, from the events that Dagster kept of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import dagster as dg

from orchestration.assets.release import CANDIDATE
from orchestration.timetable import Standing
from orchestration.warehouse import CHANGE

_KIND = re.compile(r"[A-Za-z_][\w.]*: ", re.ASCII)
"""What Dagster puts before the message of an error: its class, with the module."""
_REFUSALS = ("ReleaseRefused", "NoReceipt")
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
    return event.step_key, words[kind.end() :] if (kind := _KIND.match(words)) else words


def standing(instance: dg.DagsterInstance, change: str) -> Standing | None:
    """What became of the newest run for a change; None when there was none."""
    records = instance.get_run_records(dg.RunsFilter(tags={CHANGE: change}))
    if not records:
        return None
    if any(record.dagster_run.status in UNENDED for record in records):
        return Standing.UNDER_WAY
    newest = records[0].dagster_run
    if newest.status is dg.DagsterRunStatus.SUCCESS:
        return Standing.DONE
    if newest.status is dg.DagsterRunStatus.CANCELED:
        return Standing.STOPPED
    is_refused = refusal(events_of(instance, newest.run_id)) is not None
    return Standing.REFUSED if is_refused else Standing.FAILED
