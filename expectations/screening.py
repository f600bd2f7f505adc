"""The findings of a run: waiting lists judged by their rules, deliveries by their history.

Findings are data: dbt reads them, withholds the figures they forbid and publishes them beside the
rest. Great Expectations judges the measurements; a failing measurement becomes a sentence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.derive import rules_suite
from expectations.gate import failing_rows
from expectations.suites import deliveries, waiting_lists
from expectations.suites.waiting_list_sentences import findings

FINDINGS_SCHEMA = pa.schema(
    [
        ("finding_id", pa.string()),
        ("known_on", pa.date32()),
        ("period", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("dataset", pa.string()),
        ("basis", pa.string()),
        ("org_level", pa.string()),
        ("org_code", pa.string()),
        ("org_name", pa.string()),
        ("org_key", pa.string()),
        ("measure", pa.string()),
        ("service_line", pa.string()),
        ("scope", pa.string()),
        ("rule_id", pa.string()),
        ("severity", pa.string()),
        ("observed", pa.string()),
        ("expected", pa.string()),
        ("message", pa.string()),
        ("action", pa.string()),
    ]
)
_IDENTITY = [
    *("rule_id", "dataset", "org_key", "service_line", "measure", "period"),
    *("observed", "message"),
]
_DATASET = {"published": "chs_waits", "local": "therapy_ptl"}


def findings_of_run(lists_file: Path, used: pd.DataFrame, notes: Sequence[dict]) -> pa.Table:
    """All findings of one run, in a stable order.

    Args:
        lists_file: the waiting lists that dbt handed over.
        used: the run's submissions with their verdicts.
        notes: what readers noted of used submissions: period, dataset, rule, where, message.
    """
    lists = pq.read_table(lists_file).to_pandas()
    parts = [
        _of_lists(lists, used),
        deliveries.findings(used),
        deliveries.reader_notes(notes),
    ]
    found = [part for part in parts if len(part)]
    if not found:
        return FINDINGS_SCHEMA.empty_table()
    frame = pd.concat(found, ignore_index=True)
    # Two editions of a month may carry the same note: it is told once.
    frame = frame.drop_duplicates(_IDENTITY, ignore_index=True)
    frame["finding_id"] = [_identity(row) for row in frame[_IDENTITY].itertuples(index=False)]
    frame["period_start"] = [date.fromisoformat(f"{period}-01") for period in frame["period"]]
    frame = frame.sort_values(["period", "dataset", "rule_id", "finding_id"], ignore_index=True)
    return pa.Table.from_pandas(frame[FINDINGS_SCHEMA.names], FINDINGS_SCHEMA, preserve_index=False)


def _of_lists(lists: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    judged = waiting_lists.evidence(lists)
    failing = failing_rows(judged, rules_suite(waiting_lists.RULES))
    unsound = findings(judged, failing).assign(measure="waiting")
    unsound = unsound[~deliveries.is_nil_return(unsound, used)]
    parts = [part for part in (unsound, deliveries.lost_waits(lists)) if len(part)]
    found = pd.concat(parts, ignore_index=True) if parts else unsound
    found["dataset"] = found["basis"].map(_DATASET)
    keys = pd.MultiIndex.from_frame(found[["dataset", "period"]])
    return found.assign(known_on=_known_on(used).reindex(keys).to_numpy())


def _known_on(used: pd.DataFrame) -> pd.Series:
    """The day on which the newest used submission of a feed and month was known."""
    counted = used[used["verdict"] == "used"]
    return counted.groupby(["feed", "period"])["known_on"].max()


def _identity(row: tuple) -> str:
    """Sixteen hex digits that stay the same for the same finding from run to run."""
    return hashlib.sha256("|".join(map(str, row)).encode()).hexdigest()[:16]
