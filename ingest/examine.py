"""Read and conform one delivery, without keeping anything: what `receive` and `check` both ask."""

from __future__ import annotations

import hashlib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ingest.conform import Conformed, Delivered, conform
from ingest.contracts import Contract, contract_for
from ingest.deliveries import NAMING, Delivery
from ingest.policy import Finding, Refused, TextTable
from ingest.pseudonyms import RESERVED_NHS_PREFIX
from ingest.readers.csv import read_csv
from ingest.readers.nhs_community_waits import is_edition, read_edition
from ingest.readers.xlsx import read_person_workbook, read_workbook

OFFICIAL_SENDER = "NHSE"


@dataclass(frozen=True)
class Examined:
    """A delivery that can be used, with its typed tables."""

    contract: Contract
    sender: str
    period: str
    sequence: int
    submission_id: str
    known_on: date
    known_how: str
    """``publication``, ``manifest`` or ``receipt``: where ``known_on`` comes from."""
    is_synthetic: bool
    tables: dict[str, Conformed]
    findings: tuple[Finding, ...]

    def count(self, what: str) -> int:
        """Rows ``landed``, ``quarantined`` or ``discarded`` over all tables."""
        return sum(getattr(table, what) for table in self.tables.values())

    @property
    def kept(self) -> int:
        """Rows kept over all tables."""
        return sum(len(table.kept) for table in self.tables.values())

    @property
    def rejects(self) -> pd.DataFrame:
        """Rows in quarantine and warnings: table, source_row, column, rule, outcome."""
        return pd.concat(
            [t.rejects.assign(table=name) for name, t in self.tables.items()], ignore_index=True
        )


def submission_id(feed: str, sender: str, period: str, hashes: list[str]) -> str:
    """First 16 hex digits of the sha256 over feed, sender, month and the sorted file hashes."""
    text = "\n".join([feed, sender, period, *sorted(hashes)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def examine(delivery: Delivery, received_on: date) -> Examined:
    """Read ``delivery`` by its contract and type every cell.

    Raises:
        Refused: any refusing rule of the landing policy.
    """
    if not delivery.feed:
        return _examine_official(delivery)
    contract = contract_for(delivery.feed, delivery.period)
    manifest = delivery.manifest
    known_on = manifest.extract_date if manifest else received_on
    _refuse_impossible_day(delivery, known_on, received_on)
    delivered = Delivered(
        extract_date=known_on,
        is_workbook=delivery.extension == "xlsx",
        day_first_dates=contract.day_first_dates,
        is_nil_return=bool(manifest and manifest.row_count == 0),
    )
    texts = _read_person(delivery, contract)
    tables = {
        table.name: conform(text, table, delivered)
        for table, text in zip(contract.tables, texts, strict=True)
    }
    return Examined(
        contract,
        delivery.sender,
        delivery.period,
        delivery.sequence,
        submission_id(contract.feed, delivery.sender, delivery.period, [delivery.sha256]),
        known_on,
        "manifest" if manifest else "receipt",
        _is_synthetic(tables, contract, delivery),
        tables,
        tuple(finding for text in texts for finding in text.findings),
    )


def _refuse_impossible_day(delivery: Delivery, known_on: date, received_on: date) -> None:
    """A month-end list cannot be drawn before the month's end, nor after it was received."""
    year, month = int(delivery.period[:4]), int(delivery.period[5:])
    month_end = date(year, month, monthrange(year, month)[1])
    if not month_end <= known_on <= received_on:
        raise Refused(
            "R-PERIOD",
            delivery.shown_name,
            f"an extract of {known_on} for {delivery.period}, received on {received_on}",
            "an extract drawn on the month's last day or later, and not after it was received",
            "check month and extract_datetime; a list of a month is drawn when the month is over",
        )


def _read_person(delivery: Delivery, contract: Contract) -> list[TextTable]:
    rows = delivery.manifest.row_count if delivery.manifest else None
    if delivery.extension not in contract.formats:
        raise Refused(
            "R-NAME",
            delivery.shown_name,
            f"a .{delivery.extension} file",
            f"one of {', '.join(contract.formats)}",
            "export it in a format that the contract names",
        )
    if delivery.extension == "csv":
        return [
            read_csv(
                delivery.data, delivery.shown_name, encodings=contract.encodings, vouched_rows=rows
            )
        ]
    names = [table.name for table in contract.tables]
    return read_person_workbook(delivery.data, delivery.shown_name, names, vouched_rows=rows)


def _is_synthetic(tables: dict[str, Conformed], contract: Contract, delivery: Delivery) -> bool:
    """Invented people carry NHS numbers of the range that is reserved for testing.

    A manifest may say so too, but it cannot make real numbers invented.
    """
    numbers = pd.concat(
        [
            tables[table.name].kept[column.name].dropna()
            for table in contract.tables
            for column in table.columns
            if column.type == "nhs_number"
        ]
        or [pd.Series(dtype=object)]
    )
    reserved = numbers.str.startswith(RESERVED_NHS_PREFIX) if len(numbers) else numbers
    says_synthetic = bool(delivery.manifest and delivery.manifest.is_synthetic)
    if says_synthetic and len(numbers) and not reserved.all():
        raise Refused(
            "R-MIXED",
            delivery.shown_name,
            f"{int((~reserved.astype(bool)).sum())} NHS numbers outside the range for testing",
            "invented people only, as the manifest says synthetic",
            "correct the manifest; if people are real, send to the real data folder",
        )
    return says_synthetic or bool(len(numbers) and reserved.all())


def _examine_official(delivery: Delivery) -> Examined:
    """A workbook without a feed in its name says by its content what it is."""
    workbook = read_workbook(delivery.data, delivery.shown_name)
    if not is_edition(workbook):
        raise _unknown_workbook(delivery)
    edition = read_edition(workbook, delivery.shown_name)
    contract = contract_for("chs_waits", edition.month)
    cells = edition.cells
    table = Conformed(cells, _no_rejects(), len(cells), 0, 0)
    return Examined(
        contract,
        OFFICIAL_SENDER,
        edition.month,
        1,
        submission_id(contract.feed, OFFICIAL_SENDER, edition.month, [delivery.sha256]),
        edition.revised_on or edition.published_on,
        "publication",
        False,
        {contract.tables[0].name: table},
        tuple(edition.findings),
    )


def _no_rejects() -> pd.DataFrame:
    return pd.DataFrame({"source_row": [], "column": [], "rule": [], "outcome": []})


def _unknown_workbook(delivery: Delivery) -> Refused:
    return Refused(
        "R-NAME",
        delivery.shown_name,
        "a workbook that is neither named for a local feed nor an official publication we know",
        f"{NAMING}, or an NHS England community health services waiting-list workbook",
        "rename it, or ask the data team to add a contract for this publication",
    )
