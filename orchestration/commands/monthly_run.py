"""Run the Dagster job for some months, in this process, and say in words how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import dagster as dg

from ingest.refusals import InWords
from ingest.store.ledger import Ledger
from ingest.store.submissions import accepted, submissions
from orchestration.assets.asked import run_config
from orchestration.checks.served import SERVED
from orchestration.dagster_names import BY_COMMAND, RELEASE
from orchestration.definitions import ORIGIN, defs
from orchestration.instance import open_instance
from orchestration.lock import say_doing
from orchestration.progress import Move, Progress, Steps, in_words
from orchestration.publication.release import history, summary
from orchestration.run.transform import ensure_manifest
from orchestration.settings import Settings
from orchestration.timetable import endings
from orchestration.timetable.jobs import monthly_release

DONE, FAILED, REFUSED = 0, 1, 3
JOB = defs.resolve_job_def(monthly_release.name)
# Dagster's console log would bury our lines; everything it says is in its own event log.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_months(
    settings: Settings,
    months: list[str],
    as_at: date | None,
    required_feeds: Sequence[str],
    shown: Progress,
    *,
    from_nothing: bool = False,
) -> int:
    """Release month after month; stop at the first that fails or is refused.

    Of each month a line says what became of it, of the newest the summary says more. A serving
    database that does not follow keeps no month from being released.

    Returns:
        0 when all were released or unchanged, and are served where they are to be; 1 when a run
        failed or the last release is not served; 3 when a release was refused.
    """
    ensure_manifest(settings)  # the definitions may have been loaded over another data folder
    with open_instance() as instance:
        _end_dead_runs(instance)
        name_origin(instance)
        for number, month in enumerate(months, 1):
            place = f"{month} ({number} of {len(months)})" if len(months) > 1 else month
            began = monotonic()
            with shown.bar(place) as move:
                watch = _Watch(settings.home, place, len(JOB.graph.nodes), shown, move)
                asked = run_config(as_at, required_feeds, from_nothing=from_nothing)
                result = _run(instance, month, asked, watch)
            if not result.success:
                words, status = _failure(result)
                shown.say(f"{month}  {words}")
                shown.say(_next_step(settings.home, month, status))
                return status
            status, release_id = (_released(result)[name].value for name in ("status", "release"))
            record = history.release(settings.home, release_id)
            seconds = f"{monotonic() - began:.0f} s"
            shown.say(f"{month}  {status}: {summary.head(record)}, {seconds}")
            is_served = _say_whether_served(result, shown)
    as_at = date.fromisoformat(record.manifest["as_at"])
    late = _not_yet_known(settings.home, record.month, as_at)
    for line in summary.of(record, is_new=status == "released", not_yet_known=late):
        shown.say(line)
    return DONE if is_served else FAILED


def _say_whether_served(result: dg.ExecuteInProcessResult, shown: Progress) -> bool:
    """Say what the serving database shows; true where there is none."""
    found = [
        event.asset_check_evaluation_data
        for event in result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and event.asset_check_evaluation_data.check_name == SERVED
    ]
    for one in found:
        shown.say(one.description)
    return all(one.passed for one in found)


def make_release(settings: Settings, month: str, as_at: date, shown: Progress) -> str:
    """Release one month in a data folder; gives the name of the release.

    Raises:
        InWords: it failed or was refused, and why.
    """
    ensure_manifest(settings)
    with open_instance() as instance, shown.bar(month) as move:
        watch = _Watch(settings.home, month, len(JOB.graph.nodes), shown, move)
        result = _run(instance, month, run_config(as_at, (), from_nothing=True), watch)
    if not result.success:
        raise InWords(_failure(result)[0])
    return _released(result)["release"].value


class _Watch:
    """Shows the steps of one run as Dagster's events say them."""

    def __init__(self, home: Path, place: str, count: int, shown: Progress, move: Move) -> None:
        self._home, self._place, self._shown, self._move = home, place, shown, move
        self._steps = Steps(count)
        self._done = 0

    def __call__(self, event: dg.EventLogEntry) -> None:
        """Take an event of the run, once it is recorded."""
        told = event.dagster_event
        if told is None or told.step_key is None:
            return
        if told.is_step_start:
            line = self._steps.begin(told.step_key, event.timestamp)
            self._shown.step(f"{self._place}  {line}")
            self._move(in_words(told.step_key), self._done, self._steps.count)
            say_doing(self._home, f"{self._place}, {in_words(told.step_key)}")
        elif told.is_step_success or told.is_step_failure:
            self._done += 1
            if line := self._steps.end(told.step_key, event.timestamp):
                self._shown.step(f"{self._place}  {line}")


def _run(
    instance: dg.DagsterInstance, month: str, asked: Mapping[str, Any], watch: _Watch
) -> dg.ExecuteInProcessResult:
    run_id = str(uuid4())
    instance.add_event_listener(run_id, watch)
    return JOB.execute_in_process(
        partition_key=month, instance=instance, tags={BY_COMMAND: "yes"}, raise_on_error=False,
        run_config={**_QUIET, **asked}, run_id=run_id,
    )  # fmt: skip


def _released(result: dg.ExecuteInProcessResult) -> Mapping[str, dg.MetadataValue]:
    """What the release step says of itself."""
    events = result.get_asset_materialization_events()
    (release,) = (event for event in events if event.asset_key == RELEASE)
    return release.materialization.metadata


def _next_step(home: Path, month: str, status: int) -> str:
    """What to do after a month that was not released."""
    current = home / "releases" / "current"
    stands = f"{current.readlink()} stays current" if current.is_symlink() else "No release stands"
    if status == REFUSED:
        return (
            f"{stands}. Mend what is named (a delivery, a definition), then `lasp run --month "
            f"{month}` again; `lasp status` shows what has come, `lasp ui` the checks of this run."
        )
    return (
        f"{stands}. No delivery is at fault: mend what is named, then `lasp run --month {month}` "
        "again; `lasp ui` shows the step with its log."
    )


def _not_yet_known(home: Path, month: str, as_at: date) -> list[str]:
    """Deliveries up to the month that landed and count as known later, newest month first."""
    late = [
        s for s in accepted(submissions(Ledger(home))) if s.known_on > as_at and s.period <= month
    ]
    late.sort(key=lambda s: (s.period, s.known_on), reverse=True)
    return [f"{s.feed} {s.sender} {s.period} (known from {s.known_on})" for s in late]


def _failure(result: dg.ExecuteInProcessResult) -> tuple[str, int]:
    """Why nothing was released, in words."""
    if why := endings.refusal(result.all_events):
        return f"refused, nothing changed: {why}", REFUSED
    step, words = endings.failure(result.all_events)
    return f"failed in {step}, nothing changed: {words}", FAILED


def name_origin(instance: dg.DagsterInstance) -> None:
    """Let the runs that this process makes come from our code location, like those of the UI.

    A run in process comes from nowhere, and the UI's first page shows runs of code locations only.
    """
    origin = ORIGIN.get_job_origin(monthly_release.name)
    instance.create_run_for_job = partial(instance.create_run_for_job, remote_job_origin=origin)


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Whoever holds the warehouse lock is alone: another command's run that seems alive is dead."""
    unended = dg.RunsFilter(statuses=[*endings.UNENDED], tags={BY_COMMAND: "yes"})
    for record in instance.get_run_records(unended):
        instance.report_run_failed(record.dagster_run, "Its process ended before the run did.")
