"""The answer to a sender: what to mend, by its own rows and columns, never a cell's value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ingest.contracts import Column, Contract, contract_for, policy
from ingest.contracts.model import codes
from ingest.deliveries import Delivery
from ingest.durable import write_whole
from ingest.examine import Examined
from ingest.policy import Refused

COLUMNS = ["file", "where", "row", "column", "rule", "outcome", "what_we_expect", "what_to_do"]
_FORMS = {
    "date": "a date as YYYY-MM-DD",
    "integer": "a whole number",
    "urn": "six digits",
    "ods_code": "3 to 8 capital letters and digits",
}
_MEND = {
    "quarantine": "correct the row in your system; it is left out of every figure until then",
    "warning": "correct the identifier; the row counts, but is linked to no other service",
    "note": "look at it; nothing was refused for it",
}


def answer_of(outcome: Examined | Refused, delivery: Delivery | None) -> pd.DataFrame:
    """One row per thing to mend, with the columns of ``COLUMNS``.

    ``where`` is the table of a row that breaks a rule, else the place that the reader names.
    """
    file = delivery.shown_name if delivery else ""
    if isinstance(outcome, Refused):
        lines = [_refusal(outcome)]
        if outcome.rejects is not None and delivery:
            contract = contract_for(delivery.feed, delivery.period)
            rows = outcome.rejects.assign(table=outcome.where)
            lines += [_row(row, contract) for row in rows.to_dict("records")]
    else:
        lines = [_row(row, outcome.contract) for row in outcome.rejects.to_dict("records")]
        lines += [
            (finding.where, "", "", finding.rule, "note", finding.message, finding.action)
            for finding in outcome.findings
        ]
    return pd.DataFrame([(file, *line) for line in lines], columns=COLUMNS)


def _refusal(refused: Refused) -> tuple[Any, ...]:
    return (
        refused.where, "", "", refused.rule, "refuse",
        f"{refused.expected}; found {refused.found}", refused.action,
    )  # fmt: skip


def _row(row: dict[Any, Any], contract: Contract) -> tuple[Any, ...]:
    return (
        row["table"], row["source_row"], row["column"], row["rule"], row["outcome"],
        _expected(row["rule"], row["column"], contract), _MEND[row["outcome"]],
    )  # fmt: skip


def _expected(rule: str, column: str, contract: Contract) -> str:
    """What would pass: of a cell its form or codes, else the sentence of the rule."""
    match rule:
        case "R-REQ":
            return "filled"
        case "R-TYPE":
            return _FORMS[_column(column, contract).type]
        case "R-CODE":
            return "one of " + ", ".join(codes(_column(column, contract).codes or ""))
    row_rules = {rule.id: rule.description for table in contract.tables for rule in table.rules}
    return row_rules.get(rule) or policy().rules[rule].rule


def _column(name: str, contract: Contract) -> Column:
    return next(c for table in contract.tables for c in table.columns if c.name == name)


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
