"""The findings of a run: waiting lists, deliveries and the feeds' snapshots judged by their rules.

Findings are data: dbt reads them, withholds the figures they forbid and publishes them beside the
rest. Great Expectations judges the measurements; a failing measurement becomes a sentence.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations import feed_rules
from expectations.derive import rules_suite
from expectations.gate import as_frame, canonical_digest, failing_rows
from expectations.suites import deliveries, feeds, waiting_lists
from expectations.suites.feed_sentences import sentences
from expectations.suites.waiting_list_sentences import findings
from ingest.contracts import Contract, contract_for, local_feeds
from ingest.door.answers import COLUMNS, file_of
from ingest.door.senders import Sender
from ingest.store.durable import write_whole
from ingest.store.lake import submission_folder

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
_DATASET = {deliveries.basis_of(feed): feed for feed in ("chs_waits", "therapy_ptl")}
"""The feed that the waiting lists of a basis come from."""


def findings_of_run(
    lists_file: Path,
    used: pd.DataFrame,
    notes: Sequence[dict],
    told: pd.DataFrame,
    owing: Sequence[Sender] = (),
) -> pa.Table:
    """All findings of one run, in a stable order.

    Args:
        lists_file: the waiting lists that dbt handed over.
        used: the run's submissions with their verdicts.
        notes: what readers noted of used submissions: period, dataset, rule, where, message.
        told: what the rules for feeds found in their snapshots, as `told_of_feeds` gives it.
        owing: who owes a delivery for the run's month.
    """
    lists = pq.read_table(lists_file).to_pandas()
    parts = [
        _of_lists(lists, used),
        deliveries.findings(used, owing),
        deliveries.reader_notes(notes),
        _of_feeds(told),
    ]
    found = [part for part in parts if len(part)]
    if not found:
        return FINDINGS_SCHEMA.empty_table()
    frame = pd.concat(found, ignore_index=True)
    # Two editions of a month may carry the same note: it is reported once.
    frame = frame.drop_duplicates(_IDENTITY, ignore_index=True)
    frame["finding_id"] = [_identity(row) for row in frame[_IDENTITY].itertuples(index=False)]
    frame["period_start"] = [date.fromisoformat(f"{period}-01") for period in frame["period"]]
    frame = frame.sort_values(["period", "dataset", "rule_id", "finding_id"], ignore_index=True)
    return pa.Table.from_pandas(frame[FINDINGS_SCHEMA.names], FINDINGS_SCHEMA, preserve_index=False)


def told_of_feeds(home: Path, used: pd.DataFrame) -> pd.DataFrame:
    """Judge the snapshots of local feeds that a run uses.

    Returns:
        One row per rule and place that it found: `feeds.PLACE`, `known_on`, `table`, `column`,
        `rows` (source rows, where a rule knows them) and the words of the finding.
    """
    counts = feeds.compared(_measured(home, used))
    told = sentences(counts, feed_rules.failing(counts))
    facts = used.drop_duplicates("submission_id").set_index("submission_id")
    return told.join(facts["known_on"], on="submission_id")


def answers_of_feeds(
    told: pd.DataFrame, files: Mapping[str, Sequence[Mapping]]
) -> dict[str, pd.DataFrame]:
    """What each sender is asked to mend: by submission id, with the columns of an answer.

    Args:
        told: as `told_of_feeds` gives it.
        files: by submission id, the name of each file and its table as the ledger has them.
    """
    answered = [code for code, rule in feed_rules.feed_rules().items() if rule.answer]
    known = told[told["rule_id"].isin(answered)]
    return {
        submission_id: pd.DataFrame(_answer_lines(found, files[submission_id]), columns=COLUMNS)
        for submission_id, found in known.groupby("submission_id")
    }


def _answer_lines(found: pd.DataFrame, files: Sequence[Mapping]) -> list[tuple]:
    lines = []
    for one in found.itertuples():
        file = file_of(files, one.table)
        place = (one.column, one.rule_id, one.severity)
        answer = feed_rules.feed_rules()[one.rule_id].answer
        words = (answer.expected, answer.action)
        lines += [(file, one.table, row, *place, *words) for row in one.rows]
    return lines


def _of_feeds(told: pd.DataFrame) -> pd.DataFrame:
    words = ["rule_id", "severity", "scope", "observed", "expected", "message", "action"]
    rows = [
        deliveries.finding(one["period"], one["feed"], one["sender"], one["known_on"])
        | {"measure": one["table"] or "snapshot"}
        | {word: one[word] for word in words}
        for one in told.to_dict("records")
    ]
    return pd.DataFrame(rows)


def _of_lists(lists: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    judged = waiting_lists.evidence(lists)
    failing = failing_rows(judged, rules_suite(waiting_lists.RULES))
    unsound = findings(judged, failing).assign(measure="waiting")
    delivered = used[used["feed"].isin(_DATASET.values())]
    unsound = unsound[~deliveries.is_nil_return(unsound, delivered)]
    more = (deliveries.lost_waits(lists), deliveries.unknown_areas(lists))
    parts = [part for part in (unsound, *more) if len(part)]
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


@dataclass(frozen=True)
class _Delivered:
    """One used submission of a local feed, and its files in the data folder."""

    home: Path
    feed: str
    sender: str
    period: str
    submission_id: str

    @property
    def month(self) -> pd.Period:
        return pd.Period(self.period, "M")

    @cached_property
    def files(self) -> dict[str, str]:
        """sha256 by name of everything that is measured of it: lake tables and rows set aside."""
        paths = [self._table(table.name) for table in feeds.judged_tables(self.contract)]
        return {path.name: _sha256(path) for path in [*paths, self._rejects]}

    @cached_property
    def rules(self) -> str:
        """What counts are made by, beside the files: the rules' source and the contract."""
        return canonical_digest([inspect.getsource(feeds), self.contract.digest])

    def snapshot(self) -> feeds.Snapshot:
        """Its tables, each read when first asked for."""
        read = lru_cache(lambda name: as_frame(pq.read_table(self._table(name))))
        return feeds.Snapshot(self.contract, self.period, read, self._set_aside)

    @property
    def contract(self) -> Contract:
        return contract_for(self.feed, self.period)

    def _table(self, name: str) -> Path:
        folder = submission_folder(self.home, self.feed, self.period, self.submission_id)
        return folder / f"{name}.parquet"

    @property
    def _rejects(self) -> Path:
        folder = self.home / "quarantine" / self.feed / self.period / self.submission_id
        return folder / "rejects.csv"

    def _set_aside(self) -> pd.DataFrame:
        return pd.read_csv(self._rejects, dtype={"table": "str", "rule": "str"})


def _measured(home: Path, used: pd.DataFrame) -> pd.DataFrame:
    """The counts of every used snapshot: `feeds.PLACE` and the fields of `feeds.Measure`.

    They are kept in ``measurements/<key>.json``; the key is a sha256 over every file that they are
    made from and over the rules and contracts that made them, so other bytes or other rules never
    meet an old count. A kept file holds counts and row numbers only, may be deleted at any time,
    and is made anew when it cannot be read.
    """
    known = _delivered(home, used)
    place = {(one.feed, one.sender, one.period): one for one in known}
    rows = [
        (one.feed, one.sender, one.period, one.submission_id, *measure)
        for one in known
        for measure in _counts(one, _before(one, place), _beside(one, known))
    ]
    return pd.DataFrame(rows, columns=[*feeds.PLACE, *feeds.Measure._fields])


def _delivered(home: Path, used: pd.DataFrame) -> list[_Delivered]:
    """The used snapshots of local feeds; nil returns hold nothing to measure."""
    is_measured = used["verdict"].eq("used") & used["feed"].isin(local_feeds())
    is_measured &= used["rows_landed"].gt(0)
    names = feeds.PLACE
    ordered = used[is_measured].sort_values(names)[names].itertuples(index=False, name=None)
    return [_Delivered(home, *place) for place in ordered]


def _before(one: _Delivered, place: dict[tuple, _Delivered]) -> _Delivered | None:
    for months in range(1, feeds.longest_silence(one.contract, one.period) + 1):
        earlier = place.get((one.feed, one.sender, str(one.month - months)))
        if earlier:
            return earlier
    return None


def _beside(one: _Delivered, known: Sequence[_Delivered]) -> list[_Delivered]:
    feed = feeds.BESIDE.get(one.feed)
    same_month = (other for other in known if other.feed == feed and other.period == one.period)
    return [other for other in same_month if other != one]


def _counts(
    one: _Delivered, before: _Delivered | None, beside: Sequence[_Delivered]
) -> Iterator[tuple]:
    """The counts of one snapshot: those kept, or made now and kept."""
    read = [one, *([before] if before else []), *beside]
    parts = [[other.feed, other.period, other.rules, other.files] for other in read]
    key = canonical_digest([before is not None, parts])
    path = one.home / "measurements" / f"{key}.json"
    counted = _kept(path)
    if counted is None:
        earlier = before.snapshot() if before else None
        counted = feeds.measure(one.snapshot(), earlier, [other.snapshot() for other in beside])
        write_whole(path, json.dumps(counted).encode())
    return counted


def _kept(path: Path) -> list | None:
    try:
        return json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
