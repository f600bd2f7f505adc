"""Read one delivered file of official statistics: its content says what it is, not its name."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from ingest.contracts import contract_for, load_contracts, local_feeds
from ingest.contracts.model import official_feeds
from ingest.contracts.official import sender_of
from ingest.door.delivery import Delivery
from ingest.door.names import how_to_name
from ingest.readers.nhs_community_waits import is_edition, read_edition
from ingest.readers.official import STANDARD_ALONE, Edition, read_official
from ingest.readers.xlsx import read_workbook
from ingest.refusals import Refused
from ingest.store.submissions import submission_id
from ingest.typed.conform import Conformed
from ingest.typed.examined import Examined

OFFICIAL_SENDER = "NHSE"
_KNOWN_AND_REFUSED = ("R-EMPTY", "R-PERIOD")
"""Only a file whose tables are known is refused for these: its own words say more than R-NAME."""
_PACKED = (b"PK", b"\x1f\x8b", b"PAR1")
"""Zip, gzip and Parquet, of which no local feed sends any but a workbook."""


def examine_official(delivery: Delivery, received_on: date) -> Examined:
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
            "a publication date not later than the day it was received",
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
    label = pd.Categorical.from_codes(np.zeros(len(cells), np.int8), [edition.edition])
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
        else "neither the name of a local feed nor the content of a known official publication",
        f"a name that begins with one of {', '.join(sorted(local_feeds()))}; or the content of "
        f"one of {', '.join(sorted(official_feeds()))}",
        f"{how_to_name(delivery.files[0].path)}; or ask the data team to add a contract for this "
        "publication",
    )
