"""Read and conform one delivery, without keeping anything: what `receive` and `check` both ask."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ingest.contracts import Contract, contract_for, load_contracts
from ingest.door.delivery import DeliveredFile, Delivery, no_period
from ingest.door.publications import examine_official
from ingest.door.senders import is_invented
from ingest.readers.csv import read_csv
from ingest.readers.person_workbook import read_person_workbook
from ingest.readers.xml import read_xml
from ingest.refusals import Refused
from ingest.store.submissions import submission_id
from ingest.typed.cells import Delivered
from ingest.typed.characters import legible
from ingest.typed.coded import spread
from ingest.typed.conform import Conformed
from ingest.typed.date_columns import read_dates
from ingest.typed.examined import Examined
from ingest.typed.headings import heading
from ingest.typed.national_identifiers import RESERVED_NHS_PREFIX
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable

# Invented people: NHS numbers of the range for testing, UPNs of an establishment 0000, which no
# authority has. A ULN does not decide: no range of them is reserved.
_RESERVED = {"nhs_number": RESERVED_NHS_PREFIX, "upn": r"[A-Z]\d{3}0000"}


def examine(delivery: Delivery, received_on: date) -> Examined:
    """Read ``delivery`` by its contract and type every cell.

    Raises:
        Refused: any refusing rule of the landing policy.
    """
    if not delivery.feed:
        return examine_official(delivery, received_on)
    contract = contract_for(delivery.feed, delivery.period)
    manifest = delivery.manifest
    known_on = manifest.extract_date if manifest else received_on
    _refuse_impossible_day(delivery, contract, known_on, received_on)
    texts = _read_person(delivery, contract)
    delivered = Delivered(
        extract_date=known_on,
        is_workbook=delivery.extension == "xlsx",
        day_first_dates=contract.day_first_dates,
        has_filler_dates=contract.has_filler_dates,
        is_nil_return=bool(manifest and manifest.row_count == 0),
        period=delivery.period,
    )
    tables = conform_all(texts, contract, delivered)
    return Examined(
        contract,
        delivery.sender,
        delivery.period,
        delivery.sequence,
        submission_id(contract.feed, delivery.sender, delivery.period, delivery.hashes),
        known_on,
        "manifest" if manifest else "receipt",
        _is_synthetic(tables, contract, delivery),
        tables,
        tuple(
            dict.fromkeys(
                finding
                for table in (*texts.values(), *tables.values())
                for finding in table.findings
            )
        ),
        max(text.passed_over for text in texts.values()),
    )


def dated(delivery: Delivery) -> Delivery:
    """The delivery with its month, from the declared column where nothing else states it.

    Raises:
        Refused: R-PERIOD when the column states no month or several, or whatever makes the
            delivery unreadable.
    """
    if delivery.period or not delivery.feed:
        return delivery
    contract = [c for c in load_contracts() if c.feed == delivery.feed][-1]
    delivered = Delivered(
        date.max, delivery.extension == "xlsx", day_first_dates=contract.day_first_dates
    )
    texts = _read_person(delivery, contract)
    days = read_dates(map(legible, _stated_months(texts, contract)), delivered).days
    months = {f"{day:%Y-%m}" for day in days.values() if day}
    if len(months) != 1:
        found = f"{len(months) or 'no'} months in the column that states the month"
        raise no_period(delivery.shown_name, found)
    return replace(delivery, period=months.pop())


def _stated_months(texts: dict[str, TextTable], contract: Contract) -> set[str]:
    """The filled cells of the columns that state the month."""
    names = {
        heading(name)
        for table in contract.tables
        for column in table.columns
        if column.use == "period"
        for name in (column.name, *column.also_named)
    }
    frames = [text.frame for text in texts.values()]
    return {
        cell
        for frame in frames
        for name in frame
        if heading(name) in names
        for cell in frame[name].dropna().unique()
    }


def _refuse_impossible_day(
    delivery: Delivery, contract: Contract, known_on: date, received_on: date
) -> None:
    """A month-end list cannot be drawn before the month's end, nor any after it was received.

    A yearly list is of the month in which it is delivered, and may be drawn within it.
    """
    year, month = int(delivery.period[:4]), int(delivery.period[5:])
    month_end = date(year, month, monthrange(year, month)[1])
    is_early = contract.is_of_month_end and known_on < month_end
    if is_early or known_on > received_on:
        monthly = "on the month's last day or later, and " if contract.is_of_month_end else ""
        raise Refused(
            "R-PERIOD",
            delivery.shown_name,
            f"an extract of {known_on} for {delivery.period}, received on {received_on}",
            f"an extract made {monthly}not later than the day it was received",
            "check month and extract_datetime; make the extract of a month after its last day",
        )


def _read_person(delivery: Delivery, contract: Contract) -> dict[str, TextTable]:
    """The text tables of a delivery by name, from whichever form it came in."""
    file, *_ = delivery.files
    if file.extension not in contract.formats:
        raise Refused(
            "R-NAME",
            delivery.shown_name,
            f"a .{file.extension} file",
            f"one of {', '.join(contract.formats)}",
            "export it in a format that the contract names",
        )
    if file.extension == "csv":
        return _read_set(delivery, contract)
    rows = delivery.vouched_rows(file)
    if file.extension == "xml":
        return read_xml(file.data, file.shown_name, contract, rows)
    return read_person_workbook(
        file.data,
        file.shown_name,
        contract.tables,
        ignored_sheets=contract.ignored_sheets,
        footers=contract.footers,
        vouched_rows=rows,
    )


def _read_set(delivery: Delivery, contract: Contract) -> dict[str, TextTable]:
    """One CSV a table; whether a table may be empty is judged with the others."""
    return {
        name: read_csv(
            file.data,
            file.shown_name,
            encodings=contract.encodings,
            footers=contract.footers,
            vouched_rows=delivery.vouched_rows(file),
            may_be_empty=contract.table(name).may_be_empty,
        )
        for name, file in _files_by_table(delivery, contract).items()
    }


def _files_by_table(delivery: Delivery, contract: Contract) -> dict[str, DeliveredFile]:
    """The file of each table; a single table needs no name."""
    names = [table.name for table in contract.tables]
    if len(names) == 1:
        return {names[0]: delivery.files[0]}
    files = {file.table: file for file in delivery.files}
    missing = [t.name for t in contract.tables if not t.is_optional and t.name not in files]
    if files.keys() - set(names) or missing:
        lacks = "no file of " + ", ".join(missing) if missing else "a file of another table"
        found = "one CSV file without the name of its table" if "" in files else lacks
        stem = f"{delivery.feed}_{delivery.sender}_{delivery.period.replace('-', '')}"
        example = f"{stem}_{delivery.sequence:02d}_{(missing or names)[0]}.csv"
        optional = [table.name for table in contract.tables if table.is_optional]
        raise Refused(
            "R-SET",
            delivery.shown_name,
            found,
            f"one CSV of each of the tables {', '.join(n for n in names if n not in optional)}"
            + (f" ({', '.join(optional)} may be left out)" if optional else ""),
            f"send all of them together, each named like {example}; or send one workbook",
        )
    return {name: files[name] for name in names if name in files}


def _is_synthetic(
    tables: dict[str, Conformed], contract: Contract, delivery: Delivery
) -> bool | None:
    """Whether the people are invented: their identifiers decide, else the manifest, else nobody.

    A manifest cannot make real people invented, and no invented organisation has real ones.
    """
    identifiers = [
        (tables[table.name].kept[column.name], _RESERVED[column.type])
        for table in contract.tables
        for column in table.columns
        if column.type in _RESERVED and column.use != "discard"
    ]
    reserved = sum(_matching(column, form) for column, form in identifiers)
    others = sum(int(column.notna().sum()) for column, _ in identifiers) - reserved
    says_synthetic = delivery.manifest.is_synthetic if delivery.manifest else None
    has_invented_sender = is_invented(delivery.sender)
    if (says_synthetic or has_invented_sender) and others:
        why = "the manifest says synthetic" if says_synthetic else "the sender is invented"
        raise Refused(
            "R-MIXED",
            delivery.shown_name,
            f"{others} NHS numbers or UPNs outside the ranges for testing",
            f"invented people only, as {why}",
            "correct manifest and sender; if people are real, send to the real data folder",
        )
    if has_invented_sender and not reserved:
        return True
    return not others if reserved or others else says_synthetic


def _matching(column: pd.Series, form: str) -> int:
    """How many rows have a text that begins in a form."""
    texts = pa.array(column.cat.categories, pa.string())
    is_one = pc.match_substring_regex(texts, f"^(?:{form})").to_numpy(zero_copy_only=False)
    return int(spread(column.array, np.append(is_one, False)).sum())
