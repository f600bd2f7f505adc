"""What is looked for between the hours: deliveries in the inbox."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from ingest.deliveries import shown_names
from ingest.inbox import Seen, held_deliveries, look, whole
from ingest.landing import freed_folders
from ingest.ledger import Ledger
from orchestration.discretion import discreet
from orchestration.endings import UNENDED
from orchestration.jobs import receive_deliveries
from orchestration.settings import from_environment
from orchestration.warehouse import CHANGE


@dg.sensor(
    job=receive_deliveries,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Complete deliveries in the inbox are taken and answered at once; one that the "
    "machine could not take is tried again in the next hour.",
)
def deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask for one run for what has become complete since the last look."""
    return _look(context, from_environment().home, datetime.now(UTC))


@discreet
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
