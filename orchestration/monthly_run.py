"""Run the Dagster job for some months, in this process, and say in words how it ended."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import dagster as dg

from ingest.ledger import Ledger
from ingest.submissions import accepted, submissions
from orchestration import endings
from orchestration.assets.release import RELEASE
from orchestration.definitions import defs
from orchestration.instance import open_instance
from orchestration.jobs import monthly_release
from orchestration.months import last_day
from orchestration.publication import history
from orchestration.publication.explain import LOCAL_AREA
from orchestration.settings import Settings
from orchestration.transform import ensure_manifest
from orchestration.warehouse import AS_AT, BY_COMMAND, REQUIRE

DONE, FAILED, REFUSED = 0, 1, 3
SHOWN = 5  # deliveries named in a line; the rest is counted
# Dagster's console log would bury our lines; everything it says is in its own event log.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_months(
    settings: Settings,
    months: list[str],
    as_at: date | None,
    require: str,
    tell: Callable[[str], None],
) -> int:
    """Release month after month; stop at the first that fails or is refused.

    Returns:
        0 when all were released or unchanged, 1 when a run failed, 3 when a release was refused.
    """
    ensure_manifest(settings)  # the definitions may have been loaded over another data folder
    with open_instance() as instance:
        _end_dead_runs(instance)
        for number, month in enumerate(months, 1):
            if sys.stdout.isatty():
                tell(f"{month}  building, judging, releasing ({number} of {len(months)}) ...")
            status = _run(instance, settings.home, month, as_at, require, tell)
            if status != DONE:
                return status
    current = settings.home / "releases" / "current"
    record = history.release(settings.home)
    counts = Counter(record.table("quality_findings")["severity"].to_pylist())
    told = ", ".join(f"{count} {severity}" for severity, count in sorted(counts.items())) or "none"
    tell(f"current release: {current}")
    tell(f"findings in it: {told}; {current / 'internal'}/quality_findings*.parquet")
    tell(f"report: {record.first_page or f'none in {record.release_id}, of an earlier version'}")
    return DONE


def _run(
    instance: dg.DagsterInstance,
    home: Path,
    month: str,
    as_at: date | None,
    require: str,
    tell: Callable[[str], None],
) -> int:
    tags = {BY_COMMAND: "yes"} | ({REQUIRE: require} if require else {})
    tags |= {AS_AT: as_at.isoformat()} if as_at else {}
    job = defs.resolve_job_def(monthly_release.name)
    result = job.execute_in_process(
        partition_key=month, instance=instance, tags=tags, raise_on_error=False, run_config=_QUIET
    )
    if not result.success:
        words, status = _failure(result)
        tell(f"{month}  {words}")
        return status
    facts = result.asset_materializations_for_node(RELEASE.to_python_identifier())[0].metadata
    tell(f"{month}  {facts['status'].value}: {facts['release'].value}")
    for line in lacks(home, history.release(home, facts["release"].value)):
        tell(f"{'':9}{line}")
    return DONE


def lacks(home: Path, record: history.ReleaseRecord) -> Iterator[str]:
    """What a release lacks for its own month: at most three lines, one for each way to lack it."""
    as_at = date.fromisoformat(record.manifest["as_at"])
    yield from _listed("refused", _refused(record))
    yield from _listed(f"not yet known on {as_at}", _not_yet_known(home, record.month, as_at))
    figures = record.table(
        "indicator_values", basis="local", area_code=LOCAL_AREA, breakdown="all",
        period_end=last_day(record.month), value_status="not_available",
    ).to_pylist()  # fmt: skip
    reasons = Counter(figure["status_reason"] for figure in figures)
    for wanting in ("no_feed", "not_computed", "no_definition"):  # of the catalogue, not the month
        del reasons[wanting]
    missing = [f"{count} {reason}" for reason, count in reasons.most_common()]
    area = figures[0]["area_name"] if figures else LOCAL_AREA
    yield from _listed(f"{reasons.total()} local figures of {area} not available", missing)


def _listed(title: str, things: Sequence[str]) -> Iterator[str]:
    distinct = list(dict.fromkeys(things))
    more = f" and {len(distinct) - SHOWN} more" if len(distinct) > SHOWN else ""
    if distinct:
        yield f"{title}: {', '.join(distinct[:SHOWN])}{more}"


def _refused(record: history.ReleaseRecord) -> list[str]:
    """Refused deliveries of the release's month in whose place no other is used."""
    delivered = record.table("submissions", month=record.month).to_pylist()
    served = {(d["feed"], d["sender"]) for d in delivered if d["verdict"] == "used"}
    return [
        f"{d['feed']} {d['sender']} {d['month']} ({d['reasons']})"
        for d in delivered
        if d["verdict"] == "refused" and (d["feed"], d["sender"]) not in served
    ]


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


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Whoever holds the warehouse lock is alone: another command's run that seems alive is dead."""
    unended = dg.RunsFilter(statuses=[*endings.UNENDED], tags={BY_COMMAND: "yes"})
    for record in instance.get_run_records(unended):
        instance.report_run_failed(record.dagster_run, "Its process ended before the run did.")
