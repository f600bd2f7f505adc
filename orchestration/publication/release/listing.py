"""Releases in a list, for whoever looks after them: public or not, and what each corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from ingest.store.ledger import Entry, Ledger
from orchestration.publication.release import approvals, history
from orchestration.publication.release.differences import CAUSES
from orchestration.publication.release.withdrawals import withdrawn
from orchestration.publication.report import words

REBUILT = "rebuilt"
"""Kind of a ledger entry: a release was made again from what landed, and what came out; the last
one says whether it still can be."""
_INDENT = " " * 15


def lines(home: Path) -> Iterator[str]:
    """List the releases, newest first: a line each, and below it what else there is to say."""
    ledger = Ledger(home)
    reasons, opened = withdrawn(ledger), approvals.openings(ledger)
    current = approvals.current(home)
    rebuilt = {e.body["release_id"]: e for e in ledger.entries() if e.kind == REBUILT}
    for record in history.releases(home, reasons):
        facts = record.manifest
        kind = "provisional" if facts["is_provisional"] else "final"
        note = f"  {facts['note']}" if facts["note"] else ""
        gone = f"  withdrawn: {reasons[record.release_id]}" if record.is_withdrawn else ""
        yield f"{record.release_id:14} as at {facts['as_at']}  {kind:11}{note}{gone}"
        is_current = current is not None and current.release_id == record.release_id
        yield f"{_INDENT}public: {_public(record, opened, is_current=is_current)}"
        if corrected := _corrected(record):
            yield f"{_INDENT}corrected: {corrected}"
        if record.release_id in rebuilt:
            entry = rebuilt[record.release_id]
            yield f"{_INDENT}rebuilt {entry.at[:10]}: {entry.body['words']}"


def public(home: Path, newest: Iterable[history.ReleaseRecord]) -> Iterator[str]:
    """Say which release is public, and which of the newest waits for a second person."""
    current, opened = approvals.current(home), approvals.openings(Ledger(home))
    waits = [one.release_id for one in newest if one.has_public and one.release_id not in opened]
    if current or waits:
        seen = current.release_id if current else "nothing yet"
        yield "; ".join(
            [seen, *(f"{one} waits for `lasp approve {one} --by NAME`" for one in waits)]
        )


def _public(record: history.ReleaseRecord, opened: Mapping[str, Entry], *, is_current: bool) -> str:
    """Whether everybody sees it, since when and who said so."""
    entry = opened.get(record.release_id)
    if not record.has_public:
        return "no public part, an earlier version made it"
    if entry is None:
        return "no, it was withdrawn before" if record.is_withdrawn else "not approved yet"
    state = "current" if is_current else "superseded"
    state = f"{'taken back' if record.is_withdrawn else state}, shown"
    if entry.kind == approvals.APPROVED:
        return f"{state} from {entry.at[:10]}, approved by {entry.body['by']}"
    why = "invented data" if record.manifest["is_synthetic"] else "no approval asked for"
    return f"{state} from {entry.at[:10]} ({why})"


def _corrected(record: history.ReleaseRecord) -> str:
    """How many figures of earlier releases it corrected, and why, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in record.files("restatements"):
        rows = pq.read_table(file, columns=["old_release", "reason"]).to_pylist()
        counts.update((row["old_release"], row["reason"]) for row in rows)
    told = []
    for old in sorted({old for old, _ in counts}):
        by = {why: n for (release, why), n in counts.most_common() if release == old}
        causes = ", ".join(f"{n:,} by {CAUSES.get(why, why)}" for why, n in by.items())
        told.append(f"{words.noun_of('figure')(sum(by.values()))} of {old} ({causes})")
    return "; ".join(told)
