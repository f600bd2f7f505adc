"""Read and conform one delivery, without keeping anything: what `receive` and `check` both ask."""

from __future__ import annotations

import hashlib
import re
from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from ingest.contracts import Contract, contract_for, load_contracts, local_feeds
from ingest.contracts.model import official_feeds
from ingest.contracts.official import sender_of
from ingest.door.deliveries import DeliveredFile, Delivery, how_to_name, no_period
from ingest.door.senders import is_invented
from ingest.readers.csv import read_csv
from ingest.readers.nhs_community_waits import is_edition, read_edition
from ingest.readers.official import STANDARD_ALONE, Content, Edition, read_official
from ingest.readers.person_workbook import read_person_workbook
from ingest.readers.xlsx import read_workbook
from ingest.readers.xml import read_xml
from ingest.refusals import Finding, Refused
from ingest.typed.cells import Delivered
from ingest.typed.characters import legible
from ingest.typed.conform import Conformed
from ingest.typed.date_columns import read_dates
from ingest.typed.headings import heading
from ingest.typed.identifiers import RESERVED_NHS_PREFIX
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable

OFFICIAL_SENDER = "NHSE"
_KNOWN_AND_REFUSED = ("R-EMPTY", "R-PERIOD")
"""Only a file whose tables are known is refused for these: its own words say more than R-NAME."""
_PACKED = (b"PK", b"\x1f\x8b", b"PAR1")
"""Zip, gzip and Parquet, of which no local feed sends any but a workbook."""
# Invented people: NHS numbers of the range for testing, UPNs of Wirral's establishment 0000. A ULN
# does not decide: no range of them is reserved.
_RESERVED = {"nhs_number": RESERVED_NHS_PREFIX, "upn": r"[A-Z]3440000"}


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
    is_synthetic: bool | None
    """None where nothing tells invented people from real ones."""
    tables: dict[str, Conformed]
    findings: tuple[Finding, ...]
    passed_over: int = 0
    """Elements that the contract has passed over."""
    edition: str = ""
    """Label of an official edition of several periods."""
    release: str = ""
    """The release that such an edition is of: its newest month."""
    dated_by: str = ""
    """What says when it was published: manifest, contract, rule, a date inside, or receipt."""
    contents: dict[str, Content] = field(default_factory=dict)
    """Of such an edition what its published tables hold."""

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
            [
                part.assign(table=name)
                for name, table in self.tables.items()
                for part in (table.rejects, table.again)
            ],
            ignore_index=True,
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
        return _examine_official(delivery, received_on)
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
    is_early = contract.cadence == "monthly" and known_on < month_end
    if is_early or known_on > received_on:
        monthly = "on the month's last day or later, and " if contract.cadence == "monthly" else ""
        raise Refused(
            "R-PERIOD",
            delivery.shown_name,
            f"an extract of {known_on} for {delivery.period}, received on {received_on}",
            f"an extract drawn {monthly}not after it was received",
            "check month and extract_datetime; a list of a month is drawn when the month is over",
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
        found = "one CSV, and nobody knows of which table" if "" in files else lacks
        stem = f"{delivery.feed}_{delivery.sender}_{delivery.period.replace('-', '')}"
        example = f"{stem}_{delivery.sequence:02d}_{(missing or names)[0]}.csv"
        optional = [table.name for table in contract.tables if table.is_optional]
        raise Refused(
            "R-SET",
            delivery.shown_name,
            found,
            f"one CSV of each of the tables {', '.join(n for n in names if n not in optional)}"
            + (f" ({', '.join(optional)} may be left out)" if optional else ""),
            f"send all of them together, each named like {example}; or one workbook",
        )
    return {name: files[name] for name in names if name in files}


def _is_synthetic(
    tables: dict[str, Conformed], contract: Contract, delivery: Delivery
) -> bool | None:
    """Whether the people are invented: their identifiers decide, else the manifest, else nobody.

    A manifest cannot make real people invented, and no invented organisation has real ones.
    """
    is_reserved = [
        re.match(_RESERVED[column.type], identifier) is not None
        for table in contract.tables
        for column in table.columns
        if column.type in _RESERVED and column.use != "discard"
        for identifier in tables[table.name].kept[column.name].dropna()
    ]
    says_synthetic = delivery.manifest.is_synthetic if delivery.manifest else None
    has_invented_sender = is_invented(delivery.sender)
    if (says_synthetic or has_invented_sender) and not all(is_reserved):
        why = "the manifest says synthetic" if says_synthetic else "the sender is invented"
        raise Refused(
            "R-MIXED",
            delivery.shown_name,
            f"{is_reserved.count(False)} NHS numbers or UPNs outside the ranges for testing",
            f"invented people only, as {why}",
            "correct manifest and sender; if people are real, send to the real data folder",
        )
    if has_invented_sender and not is_reserved:
        return True
    return all(is_reserved) if is_reserved else says_synthetic


def _examine_official(delivery: Delivery, received_on: date) -> Examined:
    """A file without a feed in its name says by its content what it is.

    Its manifest, where there is one, says on which day it was published.
    """
    if delivery.manifest:
        _refuse_future_publication(delivery, delivery.manifest.extract_date, received_on)
    try:
        workbook = read_workbook(delivery.files[0].data, delivery.shown_name)
    except Refused as refused:
        is_workbook = delivery.extension == "xlsx"
        return _examine_publication(delivery, received_on, refused if is_workbook else None)
    if not is_edition(workbook):
        return _examine_publication(delivery, received_on)
    delivery = delivery.as_published()
    edition = read_edition(workbook, delivery.shown_name)
    _refuse_other_sender(delivery, OFFICIAL_SENDER)
    contract = contract_for("chs_waits", edition.month)
    cells = edition.cells
    table = Conformed(cells, _no_rejects(), len(cells), 0, 0)
    stated_on = delivery.manifest and delivery.manifest.extract_date
    return Examined(
        contract,
        OFFICIAL_SENDER,
        edition.month,
        1,
        _publication_id(contract.feed, OFFICIAL_SENDER, edition.month, delivery),
        min(stated_on or edition.revised_on or edition.published_on, received_on),
        "publication",
        False,
        {contract.tables[0].name: table},
        tuple(edition.findings),
        dated_by="manifest" if stated_on else "",
    )


def _publication_id(feed: str, sender: str, period: str, delivery: Delivery) -> str:
    """Of the same bytes another one where a manifest states their day of publication."""
    stated = [f"{delivery.manifest.extract_date}"] if delivery.manifest else []
    return submission_id(feed, sender, period, [*delivery.hashes, *stated])


def _refuse_future_publication(delivery: Delivery, stated_on: date, received_on: date) -> None:
    if stated_on > received_on:
        raise Refused(
            "R-PERIOD",
            delivery.shown_name,
            f"a manifest with the day of publication {stated_on}, received on {received_on}",
            "a publication that was out when it was received",
            "correct extract_datetime of the manifest",
        )


def _refuse_other_sender(delivery: Delivery, publisher: str) -> None:
    if delivery.manifest and delivery.manifest.sender != publisher:
        raise Refused(
            "R-MANIFEST",
            delivery.shown_name,
            f"a manifest with {delivery.manifest.sender} as sender",
            f"{publisher}, the publisher of this file",
            "correct the manifest, or send the file without one",
        )


def _examine_publication(
    delivery: Delivery, received_on: date, as_workbook: Refused | None = None
) -> Examined:
    """A file of an official publication, whatever it is called.

    Raises:
        Refused: what a known file is refused for; of an unknown one ``as_workbook``, why it is not
            the workbook that its name announces, or R-NAME.
    """
    published = delivery.as_published()
    stated_on = delivery.manifest.extract_date if delivery.manifest else None
    data, name = delivery.files[0].data, published.shown_name
    try:
        edition = read_official(data, name, stated_on=stated_on, received_on=received_on)
    except Refused as refused:
        if refused.rule in _KNOWN_AND_REFUSED:
            raise
        is_damaged = refused.rule != "R-NAME" and data.startswith(_PACKED)
        if is_damaged and not as_workbook:
            raise _unnamed(refused, name, delivery.shown_name) from None
        raise as_workbook or _unknown_file(delivery, refused.found) from None
    (contract,) = (c for c in load_contracts() if c.feed == edition.dataset)
    period = f"{edition.known_on:%Y-%m}"
    cells = _lake_cells(edition, published.shown_name)
    sender = sender_of(edition.dataset)
    _refuse_other_sender(published, sender)
    return Examined(
        contract,
        sender,
        period,
        1,
        _publication_id(contract.feed, sender, period, delivery),
        edition.known_on,
        "publication",
        False,
        {contract.tables[0].name: Conformed(cells, _no_rejects(), len(cells), 0, 0)},
        edition.findings,
        edition=edition.edition,
        release=edition.release,
        dated_by=edition.known_how,
        contents=edition.contents,
    )


def _unnamed(refused: Refused, name: str, shown: str) -> Refused:
    """The refusal without the file's name: nobody knows yet whether it is a publisher's."""
    where = refused.where.replace(name, shown)
    return Refused(refused.rule, where, refused.found, refused.expected, refused.action)


def _lake_cells(edition: Edition, name: str) -> pd.DataFrame:
    """The cells as the lake keeps them; ``source_file`` names the file, its member and sheet."""
    cells = edition.cells
    inside = cells["source_file"].cat
    files = inside.rename_categories({m: f"{name}#{m}" for m in inside.categories if m != name})
    if cells["sheet"].notna().any():
        sheets = cells["sheet"].astype(object).map(lambda s: f"#{s}" if isinstance(s, str) else "")
        files = (files.astype(object) + sheets).astype("category")
    label = pd.Categorical([edition.edition] * len(cells))
    named = cells.rename(columns={"table": "source_table", "sheet": "source_sheet"})
    return named.assign(source_file=files, edition=label)


def _no_rejects() -> pd.DataFrame:
    return pd.DataFrame({"source_row": [], "column": [], "rule": [], "outcome": []})


def _unknown_file(delivery: Delivery, found: str) -> Refused:
    """The refusal of a file that neither its name nor its content makes known."""
    return Refused(
        "R-NAME",
        delivery.shown_name,
        found
        if found == STANDARD_ALONE
        else "a file that is neither named for a local feed nor an official publication we know",
        f"a name that begins with one of {', '.join(sorted(local_feeds()))}; or the content of "
        f"one of {', '.join(sorted(official_feeds()))}",
        f"{how_to_name(delivery.files[0].path)}; or ask the data team to add a contract for this "
        "publication",
    )
