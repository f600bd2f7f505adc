"""The answer to a sender: what to mend, by its own rows and columns, never a cell's value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ingest.contracts import load_contracts, policy
from ingest.deliveries import Delivery
from ingest.durable import write_whole
from ingest.examine import Examined
from ingest.policy import Refused

COLUMNS = ["file", "table", "row", "column", "rule", "outcome", "what_we_expect", "what_to_do"]
_MEND = {
    "quarantine": "correct the row in your system; it is left out of every figure until then",
    "warning": "correct the identifier; the row counts, but is linked to no other service",
    "note": "look at it; nothing was refused for it",
}


def answer_of(outcome: Examined | Refused, delivery: Delivery | None) -> pd.DataFrame:
    """One row per thing to mend, with the columns of ``COLUMNS``."""
    file = delivery.shown_name if delivery else ""
    if isinstance(outcome, Refused):
        lines = [_refusal(outcome)]
        if outcome.rejects is not None:
            lines += [_row(row) for row in outcome.rejects.assign(table="").to_dict("records")]
    else:
        lines = [_row(row) for row in outcome.rejects.to_dict("records")]
        lines += [
            ("", "", finding.where, finding.rule, "note", finding.message, finding.action)
            for finding in outcome.findings
        ]
    return pd.DataFrame([(file, *line) for line in lines], columns=COLUMNS)


def _refusal(refused: Refused) -> tuple[Any, ...]:
    return (
        "", "", refused.where, refused.rule, "refuse",
        f"{refused.expected}; found {refused.found}", refused.action,
    )  # fmt: skip


def _row(row: dict[Any, Any]) -> tuple[Any, ...]:
    rule = row["rule"]
    meaning = policy().rules[rule].rule if rule in policy().rules else _row_rules()[rule]
    return (
        row["table"], row["source_row"], row["column"], rule, row["outcome"], meaning,
        _MEND[row["outcome"]],
    )  # fmt: skip


def _row_rules() -> dict[str, str]:
    return {
        rule.id: rule.description
        for contract in load_contracts()
        for table in contract.tables
        for rule in table.rules
    }


def write_answer(
    home: Path, body: dict[str, Any], answer: pd.DataFrame, beside: Path | None = None
) -> None:
    """Put the answer where its sender finds it, and beside a refused file."""
    data = answer.to_csv(index=False, lineterminator="\n").encode()
    if body["sender"]:
        name = f"{body['feed']}_{body['period']}_{body['submission_id']}.csv"
        write_whole(home / "answers" / body["sender"] / name, data)
    if beside:
        write_whole(beside, data)
