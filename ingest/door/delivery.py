"""One delivery: its bytes, and for which feed, sender and month it was sent.

A delivery is all files of one feed, sender, month and number: one file, or one CSV a table. A name
reaches nothing else before it passes the name gate. Month and sender come from the manifest, a
column that is declared to state the month, or the documented name
``<feed>_<sender>_<YYYYMM>_<NN>[_<table>].<ext>``; where several speak they must agree. They never
come from the dates inside. Official files say both in their content, whatever they are called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ingest.contracts.official import publishers
from ingest.door.manifest import Manifest, manifest_beside
from ingest.door.names import (
    NAMING,
    PERIOD,
    documented_parts,
    how_to_name,
    is_documented,
    named_feed,
    proper_name,
    stated_by_name,
    states_month_inside,
    table_of,
    tables_of,
)
from ingest.door.reading import bytes_of, extension_of, refuse_ending, refuse_name
from ingest.door.shown_names import published_name, shown_name, shown_names
from ingest.readers.official import is_official
from ingest.refusals import Refused


@dataclass(frozen=True)
class DeliveredFile:
    """The bytes of one file."""

    path: Path
    data: bytes
    extension: str
    """csv, xlsx or xml; of an official file whatever its name ends in, which may lie."""
    table: str = ""
    """The table that its name says; empty where the file holds the whole delivery."""
    is_published: bool = False
    """Whether its content is an official publication, so that its name is its publisher's."""

    @cached_property
    def sha256(self) -> str:
        """Hash of the delivered bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def shown_name(self) -> str:
        """The name as it may be shown."""
        return published_name(self.path) if self.is_published else shown_name(self.path)


@dataclass(frozen=True)
class Delivery:
    """The files of one delivery and what it says it is."""

    files: tuple[DeliveredFile, ...]
    """In the order of their names."""
    feed: str
    """Empty for a file whose content has yet to say."""
    sender: str
    period: str
    """Empty where only a column inside can say it."""
    sequence: int
    manifest: Manifest | None

    @property
    def hashes(self) -> list[str]:
        """Hash of each file."""
        return [file.sha256 for file in self.files]

    @property
    def extension(self) -> str:
        """The form of its files: csv, xlsx or xml."""
        return self.files[0].extension

    @property
    def shown_name(self) -> str:
        """The name of the file, or what the names of a set begin with, as it may be shown."""
        if self.files[0].is_published:
            return self.files[0].shown_name
        return shown_names([file.path for file in self.files])

    def as_published(self) -> Delivery:
        """The delivery, once its content is known to be an official publication."""
        return replace(self, files=tuple(replace(f, is_published=True) for f in self.files))

    def vouched_rows(self, file: DeliveredFile) -> int | None:
        """The manifest's count of a file's data rows."""
        return self.manifest.files[file.path.name].row_count if self.manifest else None


def open_delivery(*paths: Path) -> Delivery:
    """Read each file of one delivery once and say what it was sent as.

    Raises:
        Refused: R-NAME, R-SET, R-MANIFEST or R-PERIOD.
    """
    for path in paths:
        refuse_name(path)
    _refuse_muddled(paths)
    first = paths[0]
    files = tuple(
        DeliveredFile(path, bytes_of(path), extension_of(path), table_of(path)) for path in paths
    )
    manifest = manifest_beside(paths)
    if manifest:
        _refuse_unlike_manifest(files, manifest)
    feed = named_feed(first)
    is_claimed = is_documented(first) or (manifest and manifest.sender not in publishers())
    if not feed or (not is_claimed and is_official(files[0].data, first.name)):
        return Delivery(files, "", "", "", 1, manifest)
    refuse_ending(first)
    named_sender, named_month, named_number = stated_by_name(first)
    where = shown_names(paths)
    sender = _agreed("sender", where, manifest and manifest.sender, named_sender)
    if not sender and proper_name(first):
        found = "a file name that is close to a documented name"
        raise Refused("R-NAME", where, found, "a documented name", how_to_name(first))
    if not sender:
        raise no_period(where, "no sender in the file name or in a manifest")
    period = _agreed("month", where, manifest and manifest.reporting_month, named_month)
    if not period and not states_month_inside(feed):
        raise no_period(where, "no month in the file name or in a manifest")
    if period and not PERIOD.fullmatch(period):
        raise no_period(where, "a month that does not exist")
    sequence = manifest.submission_seq if manifest else named_number
    return Delivery(files, feed, sender, period, sequence, manifest)


def _refuse_muddled(paths: Sequence[Path]) -> None:
    """One number stands for one whole file, or for one CSV of each table."""
    tables = [table_of(path) for path in paths]
    known = tables_of(documented_parts(paths[0])["feed"]) if any(tables) else {""}
    if len(paths) > 1 and not all(tables):
        found = "whole files and files of single tables" if any(tables) else "several whole files"
    elif strange := [table for table in tables if table not in known]:
        found = f"{len(strange)} files for tables that the feed does not have"
    elif any(path.suffix.lower() != ".csv" for path in paths if table_of(path)):
        found = "a single table that is not a CSV file"
    elif len(set(tables)) < len(tables):
        twice = sorted({table for table in tables if tables.count(table) > 1})
        found = f"the table {', '.join(twice)} twice"
    else:
        return
    strangers = [path for path, table in zip(paths, tables, strict=True) if table not in known]
    names = [f"rename {shown_name(p)} {meant}" for p in strangers if (meant := proper_name(p))]
    raise Refused(
        "R-SET",
        shown_names(paths),
        f"{found} under one number",
        "either one file, or one CSV for each table"
        + (f" ({', '.join(sorted(known))})" if any(known) else ""),
        "; ".join([*names, "remove what does not belong to the delivery"])
        + " and send the others together again",
    )


def _agreed(what: str, where: str, stated: str | None, named: str) -> str:
    if stated and named and stated != named:
        raise Refused(
            "R-PERIOD",
            where,
            f"manifest and file name give a different {what}",
            f"one {what}",
            "correct manifest or file name, and send both again",
        )
    return stated or named


def no_period(where: str, found: str) -> Refused:
    """The refusal of a delivery that does not say for which month or from whom it is."""
    return Refused(
        "R-PERIOD",
        where,
        found,
        "the month of the snapshot and its sender",
        f"name the file {NAMING}, or put a manifest beside it with reporting_month (YYYY-MM) "
        "and sender",
    )


def _refuse_unlike_manifest(files: Sequence[DeliveredFile], manifest: Manifest) -> None:
    """Every statement is true of every file, and it names the files that came and no other."""
    first = files[0].path
    strangers = [file.path for file in files if file.path.name not in manifest.files]
    if strangers:
        raise _unlike(strangers[0], "another file_name")
    if absent := sorted(set(manifest.files) - {file.path.name for file in files}):
        names = ", ".join(shown_name(first.with_name(name)) for name in absent)
        raise _unlike(first, f"files that did not come: {names}")
    for file in files:
        if manifest.files[file.path.name].sha256 != file.sha256:
            raise _unlike(file.path, "a sha256 that does not match the file")
    if documented_parts(first) and stated_by_name(first)[2] != manifest.submission_seq:
        raise _unlike(first, "a submission_seq that differs from the number in the file name")


def _unlike(path: Path, found: str) -> Refused:
    return Refused(
        "R-MANIFEST",
        shown_name(path),
        f"a manifest with {found}",
        "the manifest of exactly these files",
        "a file was changed, cut or left out after the manifest was made: send all of them again",
    )
