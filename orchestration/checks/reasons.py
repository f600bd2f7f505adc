"""Why a check failed and what to do, in words: no cell, no identifier, no row's content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expectations.gate import Verdict
from expectations.receipts import Receipt
from ingest.store.submissions import Submission

SHOWN = 20
"""Rows in a reason's table; how many there are is said in its words."""
_GRAVEST_FIRST = ("refuse", "withhold", "note")
_AFTER_A_FEED = (
    "The month goes on without these deliveries, and says so. Ask each sender for a corrected "
    "file, put it into the inbox and materialise the month again."
)
_AFTER_FINDINGS = (
    "The month goes on; what is withheld is said in the release. Follow the actions below, have "
    "the file delivered again, and materialise the month again."
)
_AFTER_MARTS = (
    "Nothing was released and the release before stands. Correct the model that fills the table, "
    "or what it reads, and materialise the month again."
)
_AFTER_SKIPPING = (
    "Not checked, because an earlier step was not built. Look at the first failure of this "
    "run; nothing is wrong here as far as is known."
)


@dataclass(frozen=True)
class Reason:
    """Outcome of a check: words to read first, and a table of at most ``SHOWN`` rows."""

    passed: bool
    words: str
    rows: Sequence[Mapping[str, str | int]] = ()


def of_feed(judged: Sequence[tuple[Submission, Receipt]]) -> Reason:
    """Say which tables of which deliveries break which rules of their contract."""
    rows = [
        {
            "sender": submission.sender,
            "month": submission.period,
            "table": receipt.suite_id.rpartition(".")[2],
            "rule": result.rule,
            "rows": f"{_counted(result.failed_count)} of {receipt.rows:,}",
            "what is wrong": result.message,
            "what to do": result.action,
            "submission": submission.submission_id,
        }
        for submission, receipt in judged
        for result in receipt.refusals
    ]
    if not rows:
        return Reason(True, f"{len(judged)} tables meet their contract.")
    rows.sort(key=lambda row: (row["month"], row["sender"]), reverse=True)
    deliveries = len({row["submission"] for row in rows})
    words = f"Deliveries that break their contract: {deliveries}. {_AFTER_A_FEED} {_first(rows)}"
    return Reason(False, words, rows[:SHOWN])


def of_findings(findings: Sequence[Mapping[str, Any]], ours: Collection[str]) -> Reason:
    """Say what was found: what stops a figure first, ours before all others, newest first."""
    counts = Counter(finding["severity"] for finding in findings)
    counted = ", ".join(f"{counts[one]:,} {one}" for one in _GRAVEST_FIRST if counts[one])
    ordered = sorted(findings, key=lambda one: str(one["period_end"]), reverse=True)
    ordered.sort(key=lambda one: _GRAVEST_FIRST.index(one["severity"]))
    ordered.sort(key=lambda one: not _is_ours(one, ours))
    rows = [
        {
            "severity": one["severity"],
            "rule": one["rule_id"],
            "dataset": one["dataset"],
            "sender": one["org_code"] or "",
            "month": one["period"],
            "what was found": one["message"],
            "what to do": one["action"],
        }
        for one in ordered
    ]
    grave = [one for one in findings if one["severity"] != "note"]
    if not grave:
        return Reason(True, f"Nothing is withheld. Found: {counted or 'nothing'}.", rows[:SHOWN])
    of_ours = sum(_is_ours(one, ours) for one in grave)
    words = f"Figures are withheld. Findings that withhold: {len(grave):,}, about us: {of_ours:,}."
    return Reason(False, f"{words} {_AFTER_FINDINGS} {_first(rows)}", rows[:SHOWN])


def _is_ours(finding: Mapping[str, Any], ours: Collection[str]) -> bool:
    return finding["basis"] == "local" or finding["org_code"] in ours


def of_marts(verdicts: Sequence[Verdict]) -> Reason:
    """Say which rules the files break that would have been released."""
    rows = [
        {
            "table": verdict.suite_id.rpartition(".")[2],
            "rule": result.rule,
            "rows": f"{_counted(result.failed_count)} of {verdict.rows:,}",
            "what is wrong": result.message,
            "what to do": result.action,
        }
        for verdict in verdicts
        for result in verdict.failures
        if result.severity == "refuse"
    ]
    if not rows:
        return Reason(True, f"{len(verdicts)} verdicts passed; files judged before kept theirs.")
    words = f"Broken rules: {len(rows)}. {_AFTER_MARTS} {_first(rows)}"
    return Reason(False, words, rows[:SHOWN])


def of_test(node: Mapping[str, Any], promise: Mapping[str, Any], compiled: str) -> Reason:
    """Say which promises of the dbt project are broken, by how many rows, and how those are read.

    Args:
        node: what ``transform.build`` gives of a dbt test.
        promise: the test in dbt's manifest.
        compiled: place of its SQL below the data folder.
    """
    table = (promise.get("attached_node") or promise["name"]).rpartition(".")[2]
    column = f", column {promise['column_name']}" if promise.get("column_name") else ""
    about = f"{table}{column}: {_promised(promise)}"
    if node["status"] in ("pass", "success"):
        return Reason(True, about)
    if node["status"] == "skipped":
        return Reason(False, f"{about}. {_AFTER_SKIPPING}")
    if node["status"] == "error":
        return Reason(False, f"{about}. The test itself could not be run: see {compiled}.")
    asked = {"promise": _promised(promise), "rows": node["failures"], "reading": f"see {compiled}"}
    rows = [
        {"promise": one["promise"], "rows": f"{one['rows']:,}", "to read the rows": one["reading"]}
        for one in node["broken"] or [asked]
    ]
    told = "; ".join(f"{row['promise']} ({row['rows']} rows)" for row in rows)
    reading = (
        f"To read the rows, open warehouse.duckdb in the data folder read-only while nothing runs, "
        f"and run the SQL in the table below. It stands in {promise['original_file_path']} in "
        "dbt_project. "
    )
    return Reason(False, f"Broken promises of {table}: {told}. {reading}{_AFTER_MARTS}", rows)


def _promised(test: Mapping[str, Any]) -> str:
    """What a test of dbt holds, in words: kinds and columns of a table's promises, or its name."""
    kinds = [
        f"{kind} {', '.join(columns)}" for kind, columns in test["config"].get("meta", {}).items()
    ]
    said = test.get("description") or "; ".join(kinds) or test["name"]
    return " ".join(said.split())


def _counted(rows: int | None) -> str:
    return "not counted" if rows is None else f"{rows:,}"


def _first(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say the first row in a sentence, and how many more there are."""
    wrong = rows[0].get("what is wrong") or rows[0].get("what was found")
    more = f" {len(rows) - 1:,} more in the table below." if len(rows) > 1 else ""
    return f"First: {wrong} {rows[0]['what to do']}{more}"
