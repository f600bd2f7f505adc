"""The answer to a sender: what to mend, by its own rows and columns, never a cell's value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ingest.contracts import Contract, Table, contract_for, policy
from ingest.contracts.model import CATALOGUE, codes
from ingest.door.delivery import Delivery
from ingest.door.senders import Held
from ingest.refusals import Refused
from ingest.store.durable import write_whole
from ingest.typed.conform import is_of_column
from ingest.typed.date_columns import EXCHANGED, MOMENT
from ingest.typed.examined import Examined
from ingest.typed.national_identifiers import IDENTIFIERS

COLUMNS = ["file", "where", "row", "column", "rule", "outcome", "what_we_expect", "what_to_do"]
_FORMS = {
    "date": "a date as YYYY-MM-DD",
    "integer": "a whole number",
    "boolean": "1 or 0, yes or no, true or false",
    "urn": "six digits",
    "ukprn": "eight digits of which the first is 1",
    "ods_code": "3 to 6 capital letters and digits",
    "la_code": "three digits",
    "figure": "a number, or one of the publisher's symbols",
    "number": "a number",
    "reference": "a number such as 12, D12 or D-2025-12",
}
_INDICATOR = "the identifier of an indicator in the catalogue"
_FILLED = "yes or no, the code of a local authority or a date"
_LEFT_OUT = "the rows are left out of every figure until then"
_MEND = {
    "quarantine": "correct the row in your system; it is left out of every figure until then",
    "warning": "correct or complete the row in your system; it is used as it is until then",
}
_MEND_IDENTIFIER = "correct the identifier; the row is counted, but not linked to other services"
_MEND_DATES = {
    "csv": "format the column as YYYY-MM-DD in Excel before saving as CSV{or_workbook}",
    "xlsx": "make them dates in Excel (Data, Text to Columns, Date), and send the workbook again",
    "xml": "export the dates as YYYY-MM-DD",
}
_MEND_TWICE = "keep the right row, and close or remove the others in your system"
_MEND_MOMENTS = "export the local date as YYYY-MM-DD, without time and time zone"
_MEND_EXCHANGED = (
    "export the column again as text YYYY-MM-DD: Excel may have exchanged day and month"
)
_MEND_PROSE = "remove what is named, and send the list again; the row is not shown until then"
_MEND_PARENT = "correct or send the other row; until then both rows are left out of every figure"


def answer_of(
    outcome: Examined | Refused, delivery: Delivery | None, name: str = ""
) -> pd.DataFrame:
    """One row per thing to mend, with the columns of ``COLUMNS``.

    ``where`` is the table of a row that breaks a rule, else the place that the reader names.
    ``name`` is what messages call a delivery that could not be opened.
    """
    if isinstance(outcome, Refused):
        lines = [_refusal(outcome)]
        if outcome.rejects is not None and delivery:
            contract = contract_for(delivery.feed, delivery.period)
            lines += _rows(outcome.rejects, contract, delivery.extension)
    else:
        extension = delivery.extension if delivery else ""
        lines = _rows(outcome.rejects, outcome.contract, extension)
        lines += [
            (finding.where, "", "", finding.rule, "note", finding.message, finding.action)
            for finding in outcome.findings
        ]
    whole = delivery.shown_name if delivery else name
    files = {file.table: file.shown_name for file in delivery.files} if delivery else {}
    return pd.DataFrame([(files.get(line[0], whole), *line) for line in lines], columns=COLUMNS)


def _refusal(refused: Refused) -> tuple[Any, ...]:
    outcome = "hold" if isinstance(refused, Held) else "refuse"
    return (
        refused.where, "", "", refused.rule, outcome,
        f"{refused.expected}; found {refused.found}", refused.action,
    )  # fmt: skip


def _rows(rejects: pd.DataFrame, contract: Contract, extension: str) -> list[tuple[Any, ...]]:
    """A line a rejected row; one for all rows of a column whose form is at fault."""
    rows_of: dict[tuple, list[int]] = defaultdict(list)
    for row in rejects.itertuples():
        place = (row.table, row.column, row.rule, row.outcome, row.why)
        own = "" if is_of_column(row.rule, row.why) else row.Index
        rows_of[(*place, own)].append(row.source_row)
    lines = []
    for (table, column, rule, outcome, why, _), rows in rows_of.items():
        expected = _expected(rule, column, contract.table(table))
        mend = _mend(rule, outcome)
        if is_of_column(rule, why):
            mend = f"{_mend_column(why, contract, extension)}; {_LEFT_OUT}"
        said = f"{expected}; {why}" if why else expected
        lines.append((table, _ranges(rows), column, rule, outcome, said, mend))
    return lines


def _ranges(rows: list[int]) -> int | str:
    """Rows as 2-21, 30: a number of its own where there is one."""
    if len(rows) == 1:
        return rows[0]
    numbers = {*rows}
    starts = sorted(n for n in numbers if n - 1 not in numbers)
    ends = sorted(n for n in numbers if n + 1 not in numbers)
    pairs = zip(starts, ends, strict=True)
    return ", ".join(str(one) if one == last else f"{one}-{last}" for one, last in pairs)


def _mend_column(why: str, contract: Contract, extension: str) -> str:
    if EXCHANGED in why:
        return _MEND_EXCHANGED
    if MOMENT in why:
        return _MEND_MOMENTS
    or_workbook = ", or send the .xlsx" if "xlsx" in contract.formats else ""
    return _MEND_DATES.get(extension, _MEND_DATES["xml"]).format(or_workbook=or_workbook)


def _mend(rule: str, outcome: str) -> str:
    if rule in ("R-ID", "R-IDDUP"):
        return _MEND_IDENTIFIER
    if rule == "R-TWICE":
        return _MEND_TWICE
    if rule == "R-PROSE":
        return _MEND_PROSE
    return _MEND_PARENT if rule == "R-PARENT" else _MEND[outcome]


def _expected(rule: str, column: str, table: Table) -> str:
    """What would pass: of a cell its form or codes, else the sentence of the rule."""
    match rule:
        case "R-REQ":
            return "filled"
        case "R-TYPE":
            if table.column(column).use == "filled":
                return _FILLED
            form, between = _FORMS[table.column(column).type], table.column(column).between
            return f"{form} from {between[0]} to {between[1]}" if between else form
        case "R-CODE":
            listed = table.column(column).codes or ""
            return _INDICATOR if listed == CATALOGUE else "one of " + ", ".join(codes(listed))
        case "R-ID":
            kind = IDENTIFIERS[table.column(column).type]
            return f"{kind.title} of {kind.form}"
    return {r.id: r.description for r in table.rules}.get(rule) or policy().rules[rule].rule


def file_of(files: Sequence[Mapping], table: str) -> str:
    """The name of the delivered file with a table; one file without a table holds them all."""
    named = {file.get("table", ""): file["name"] for file in files}
    return named.get(table) or named[""]


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
