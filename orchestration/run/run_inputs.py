"""Inputs of one run: which release it makes, as known when, from which submissions.

Everything reaches dbt as Parquet under ``lake/_*.parquet``; no run parameter travels any other way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.wrong_rows import FIGURE_KEY
from ingest.contracts import load_contracts, local_feeds
from ingest.door.senders import Sender, accepted_senders
from ingest.store.durable import write_whole
from ingest.store.lake import parquet_bytes
from ingest.store.ledger import Ledger
from ingest.store.submissions import Submission, submissions, verdicts
from orchestration.months import last_day, parameter, release_day
from orchestration.publication.release import history
from orchestration.publication.release.publishing import ReleaseRefused
from orchestration.publication.release.withdrawals import withdrawn

RUN_SCHEMA = pa.schema(
    [
        ("release_id", pa.string()),
        ("release_month", pa.string()),
        ("revision", pa.int64()),
        ("as_at", pa.date32()),
        ("is_synthetic", pa.bool_()),
        ("generation", pa.string()),
        ("feed", pa.string()),
        ("sender", pa.string()),
        ("period", pa.string()),
        ("submission_id", pa.string()),
        ("lake_sha256", pa.string()),
        ("submission_seq", pa.int64()),
        ("files", pa.int64()),
        ("file_names", pa.string()),
        ("sha256", pa.string()),
        ("rows_landed", pa.int64()),
        ("rows_kept", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_discarded", pa.int64()),
        ("known_on", pa.date32()),
        ("known_how", pa.string()),
        ("edition", pa.string()),
        ("verdict", pa.string()),
        ("reasons", pa.string()),
    ]
)
SENDERS_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("sender", pa.string()),
        ("valid_to", pa.date32()),
        ("valid_from", pa.date32()),
    ]
)
FEEDS_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("kind", pa.string()),
        ("title", pa.string()),
        ("flow_look_back_months", pa.int64()),
        ("sender_is_area", pa.bool_()),
    ]
)
DUE_SCHEMA = pa.schema([("feed", pa.string()), ("period_start", pa.date32())])
RELEASES_SCHEMA = pa.schema(
    [
        ("release_id", pa.string()),
        ("release_month", pa.string()),
        ("revision", pa.int64()),
        ("as_at", pa.date32()),
        ("is_provisional", pa.bool_()),
        ("submissions", pa.int64()),
    ]
)
_FIGURE = [
    ("indicator_id", pa.string()),
    ("basis", pa.string()),
    ("period_type", pa.string()),
    ("period_start", pa.date32()),
    ("period_end", pa.date32()),
    ("area_code", pa.string()),
    ("breakdown", pa.string()),
    ("breakdown_value", pa.string()),
    ("area_name", pa.string()),
    ("numerator", pa.decimal128(18, 4)),
    ("denominator", pa.decimal128(18, 4)),
    ("value", pa.float64()),
    ("value_status", pa.string()),
    ("status_reason", pa.string()),
    ("is_provisional", pa.bool_()),
    ("is_estimated", pa.bool_()),
    ("is_revised", pa.bool_()),
    ("known_on", pa.date32()),
    ("source_feed", pa.string()),
]
EARLIER_SCHEMA = pa.schema(
    [
        ("release_month_end", pa.date32()),
        ("indicator_id", pa.string()),
        ("period_type", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("area_code", pa.string()),
        ("value", pa.float64()),
    ]
)
PREVIOUS_SCHEMA = pa.schema([*_FIGURE, ("release_id", pa.string()), ("submissions", pa.string())])


@dataclass(frozen=True)
class Run:
    """One release in the making."""

    month: str
    revision: int
    as_at: date

    @property
    def release_id(self) -> str:
        """As releases are named: ``2025-05/r1``."""
        return f"{self.month}/r{self.revision}"

    @property
    def is_provisional(self) -> bool:
        """Whether it is made from what was known before the day of the final release."""
        return self.as_at < release_day(self.month)


def default_as_at(everything: Collection[Submission], month: str) -> date:
    """The day of the final release, or the newest day on which the month became better known.

    A refusal is known too: its month then says `delivery_refused` and not `not_received`.
    """
    known = [s.known_on for s in everything if s.period == month]
    return max([release_day(month), *known])


def as_at_on(everything: Collection[Submission], month: str, today: date) -> date:
    """As known when a month is released on a day.

    Before the day of the final release the day itself, so that the release is provisional; from
    then on that day, or the newest day on which a local delivery up to the month became known: a
    correction of an older month re-releases the newest one.
    """
    if today < release_day(month):
        return today
    known = [s.known_on for s in everything if concerns(s, month) and s.known_on <= today]
    return max([release_day(month), *known])


def concerns(submission: Submission, month: str) -> bool:
    """Whether a month is released again for a delivery: a local one up to the month, not held."""
    is_local = submission.feed in local_feeds()
    return is_local and submission.period <= month and submission.outcome != "held"


def plan(home: Path, month: str, as_at: date | None) -> Run:
    """The release that a run of ``month`` would make next."""
    made = [r.revision for r in history.releases(home) if r.month == month]
    known = submissions(Ledger(home))
    return Run(month, max(made, default=0) + 1, as_at or default_as_at(known, month))


def write_run_inputs(
    home: Path,
    run: Run,
    barred: Collection[str] = (),
    required_feeds: Collection[str] = (),
    *,
    lake_hashes: Mapping[str, str] | None = None,
    generation: str = "",
) -> pd.DataFrame:
    """Write the inputs of dbt and return every submission with its verdict.

    ``barred`` names submissions that the feed gate found unusable. dbt receives only what was
    known and may be used, so that a release says the same whatever else has landed since.
    ``lake_hashes`` of submissions and the ``generation`` of what counts them are what kept parts
    are known by.

    Raises:
        ReleaseRefused: a required feed has no used delivery for the month; nothing was written.
    """
    ledger = Ledger(home)
    everything = submissions(ledger)
    table = verdicts([_bar(s, barred) for s in everything], run.month, run.as_at)
    _refuse_missing(table, run, required_feeds)
    used = {*table.loc[table["verdict"] == "used", "submission_id"]}
    stated = table[~table["verdict"].isin(["not_yet_known", "later_period"])]
    stated = stated if len(stated) else stated.reindex([0])
    stated = stated.assign(
        release_id=run.release_id,
        release_month=run.month,
        revision=run.revision,
        as_at=run.as_at,
        is_synthetic=any(s.is_synthetic for s in everything if s.submission_id in used),
        generation=generation,
        lake_sha256=stated["submission_id"].map(lake_hashes or {}),
    ).sort_values(["feed", "sender", "period", "submission_id", "known_on"])
    _write(home, "_run", pa.Table.from_pandas(stated, RUN_SCHEMA, preserve_index=False))
    _write(home, "_accepted_senders", _senders(accepted_senders(ledger, run.as_at)))
    _write(home, "_local_feeds", feeds_in_force(run.month))
    _write(home, "_due_months", due_months(run.month))
    earlier = [r for r in history.releases(home, withdrawn(ledger)) if not r.is_withdrawn]
    before = [r for r in earlier if _comes_before(r, run)]
    _write(home, "_releases", _released(before))
    _write(home, "_previous", _previous(before[0]) if before else PREVIOUS_SCHEMA.empty_table())
    _write(home, "_earlier", _earlier(before, run))
    return table


def _refuse_missing(table: pd.DataFrame, run: Run, required_feeds: Collection[str]) -> None:
    is_usable = (table["verdict"] == "used") & (table["period"] == run.month)
    if missing := sorted(set(required_feeds) - {*table.loc[is_usable, "feed"]}):
        raise ReleaseRefused(
            f"Feed {', '.join(missing)} has no usable delivery for {run.month} and was required. "
            "Receive it, or run the month without requiring it."
        )


def _comes_before(record: history.ReleaseRecord, run: Run) -> bool:
    """A release made from later knowledge is no predecessor: nothing was restated since."""
    is_earlier = (record.month, record.revision) < (run.month, run.revision)
    return is_earlier and date.fromisoformat(record.manifest["as_at"]) <= run.as_at


def _bar(submission: Submission, barred: Collection[str]) -> Submission:
    if submission.submission_id not in barred:
        return submission
    reason = {"rule": "FEED-GATE"}
    return replace(submission, outcome="refused", reasons=(*submission.reasons, reason))


def _write(home: Path, name: str, table: pa.Table) -> None:
    write_whole(home / "lake" / f"{name}.parquet", parquet_bytes(table))


def _senders(senders: list[Sender]) -> pa.Table:
    rows = [
        {
            "feed": one.feed,
            "sender": one.code,
            "valid_to": last_day(one.last_month) if one.last_month else None,
            "valid_from": date.fromisoformat(f"{one.first_month}-01") if one.first_month else None,
        }
        for one in senders
    ]
    return pa.Table.from_pylist(rows, SENDERS_SCHEMA)


def feeds_in_force(month: str) -> pa.Table:
    """What local organisations send, by the contracts of a month (YYYY-MM): a row a feed.

    A feed whose contract begins later is left out. One whose contract has ended still counts for
    the months before, so its last contract stands.
    """
    begun = [one for one in load_contracts() if one.feed in local_feeds()]
    last = {
        one.feed: one
        for one in sorted(begun, key=lambda one: one.effective_from)
        if one.effective_from <= month
    }
    contracts = [last[feed] for feed in sorted(last)]
    rows = [{name: getattr(one, name) for name in FEEDS_SCHEMA.names} for one in contracts]
    return pa.Table.from_pylist(rows, FEEDS_SCHEMA)


def due_months(month: str) -> pa.Table:
    """The months up to one (YYYY-MM) for which a feed is due, each by its own contract.

    A feed that becomes termly still owes the months before, of which its contract said monthly.
    """
    rows = [
        {"feed": one.feed, "period_start": period.start_time.date()}
        for one in load_contracts()
        if one.feed in local_feeds()
        for period in pd.period_range(
            one.effective_from, min(one.effective_to or month, month), freq="M"
        )
        if one.is_owed_in(str(period))
    ]
    return pa.Table.from_pylist(rows, DUE_SCHEMA)


def _released(records: list[history.ReleaseRecord]) -> pa.Table:
    rows = [
        {
            "release_id": record.release_id,
            "release_month": record.month,
            "revision": record.revision,
            "as_at": date.fromisoformat(record.manifest["as_at"]),
            "is_provisional": record.manifest["is_provisional"],
            "submissions": len(record.manifest["submissions"]),
        }
        for record in sorted(records, key=lambda r: (r.month, r.revision))
    ]
    return pa.Table.from_pylist(rows, RELEASES_SCHEMA)


def _previous(record: history.ReleaseRecord) -> pa.Table:
    """The figures of the release that this one follows, with the submissions behind each."""
    key = list(FIGURE_KEY)
    inputs = record.table("figure_inputs").sort_by("submission_id")
    behind = inputs.group_by(key, use_threads=False).aggregate([("submission_id", "list")])
    told = pc.binary_join(behind["submission_id_list"], " ")
    behind = behind.select(key).append_column("submissions", told)
    figures = record.table("indicator_values")
    figures = figures.append_column("row", pa.array(range(len(figures))))  # a join has no order
    joined = figures.join(behind, keys=key).sort_by("row")
    joined = joined.append_column("release_id", pa.repeat(record.release_id, len(joined)))
    return joined.select(PREVIOUS_SCHEMA.names).cast(PREVIOUS_SCHEMA)


def _earlier(records: list[history.ReleaseRecord], run: Run) -> pa.Table:
    """The local figures of the months before, each as a release of its month published it first.

    Not as published last: a month released again with later knowledge would hide every change.
    """
    reach = parameter("complete_months")
    first = str(pd.Period(run.month) - reach)
    told = [
        _recent(record, reach)
        for record in sorted(records, key=lambda r: (r.month, r.revision))
        if first <= record.month < run.month
    ]
    if not told:
        return EARLIER_SCHEMA.empty_table()
    key = EARLIER_SCHEMA.names[:-1]
    figures = pd.concat(told).drop_duplicates(key).sort_values(key)
    return pa.Table.from_pandas(figures, EARLIER_SCHEMA, preserve_index=False)


def _recent(record: history.ReleaseRecord, reach: int) -> pd.DataFrame:
    """The local figures of a release for periods that ended in its last ``reach`` months."""
    figures = record.table(
        "indicator_values", basis="local", breakdown="all", value_status="value"
    ).to_pandas()
    oldest = last_day(str(pd.Period(record.month) - reach))
    figures = figures.assign(release_month_end=last_day(record.month))
    return figures.loc[figures["period_end"] > oldest, EARLIER_SCHEMA.names]
