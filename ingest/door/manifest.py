"""What a sender says of a delivery in the CSV file beside it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.door.names import PERIOD, SAFE_NAME, SENDER_FORM, manifests_of
from ingest.door.reading import is_there, reading
from ingest.door.shown_names import shown_name
from ingest.refusals import Refused

_LARGEST_MANIFEST_BYTES = 1_000_000  # one row per file, and a set has nine files
_MANIFEST_COLUMNS = frozenset(
    (
        "file_name",
        "sha256",
        "row_count",
        "reporting_month",
        "extract_datetime",
        "sender",
        "submission_seq",
        "feed_version",
        "synthetic",
    )
)
_OF_ONE_FILE = {"file_name", "sha256", "row_count"}
_MANIFEST_FORMS = {
    "file_name": (SAFE_NAME, "the plain name of a file"),
    "sha256": (re.compile(r"[0-9A-Fa-f]{64}", re.ASCII), "64 hexadecimal digits"),
    "row_count": (re.compile(r"\d{1,9}", re.ASCII), "a whole number"),
    "submission_seq": (re.compile(r"0?[1-9]|[1-9]\d", re.ASCII), "a whole number from 1 to 99"),
    "extract_datetime": (
        re.compile(r"(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d)?", re.ASCII),
        "YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS",
    ),
    "synthetic": (re.compile(r"[01]", re.ASCII), "0 or 1"),
}


@dataclass(frozen=True)
class Vouched:
    """What a manifest says of one file: its hash and its data rows over all tables."""

    sha256: str
    row_count: int


@dataclass(frozen=True)
class Manifest:
    """What a sender says of a delivery; everything said is enforced."""

    files: Mapping[str, Vouched]
    """By file name."""
    reporting_month: str
    extract_date: date
    sender: str
    submission_seq: int
    is_synthetic: bool | None
    """None where the manifest has no such column."""

    @property
    def row_count(self) -> int:
        """Data rows of all files; none at all is a nil return."""
        return sum(file.row_count for file in self.files.values())


def manifest_beside(paths: Sequence[Path]) -> Manifest | None:
    """The manifest of a delivery, where one lies beside its files."""
    own, *others = manifests_of(paths)
    if strays := [path for path in others if is_there(path)]:
        raise _bad_manifest(shown_name(strays[0]), "a manifest for a single file of a set")
    return read_manifest(own) if is_there(own) else None


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a delivery: a header and one row for each file.

    Raises:
        Refused: R-MANIFEST, naming the column that cannot be read.
    """
    where = shown_name(path)
    with reading(path), path.open("rb") as file:
        data = file.read(_LARGEST_MANIFEST_BYTES + 1)
    if len(data) > _LARGEST_MANIFEST_BYTES:
        raise _bad_manifest(where, f"more than {_LARGEST_MANIFEST_BYTES:,} bytes")
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        delivered = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad_manifest(where, "bytes that are not UTF-8 comma-separated text") from error
    if found := _manifest_defect(list(reader.fieldnames or ()), delivered):
        raise _bad_manifest(where, found)
    rows = [{name: (value or "").strip() for name, value in row.items()} for row in delivered]
    for row in rows:
        _refuse_manifest_row(row, where)
    for name in sorted(_MANIFEST_COLUMNS - _OF_ONE_FILE):
        said = [row.get(name, "") for row in rows]  # of the moment of extract the day
        if len({text[:10] if name == "extract_datetime" else text for text in said}) > 1:
            raise _bad_manifest(where, f"{name} that differs between the rows")
    files = {
        row["file_name"]: Vouched(row["sha256"].lower(), int(row["row_count"])) for row in rows
    }
    if len(files) < len(rows):
        raise _bad_manifest(where, "the same file_name in two rows")
    row = rows[0]
    try:
        return Manifest(
            files=files,
            reporting_month=row["reporting_month"],
            extract_date=date.fromisoformat(row["extract_datetime"][:10]),
            sender=row["sender"],
            submission_seq=int(row["submission_seq"]),
            is_synthetic=row["synthetic"] == "1" if "synthetic" in row else None,
        )
    except ValueError as error:
        raise _bad_manifest(where, "extract_datetime of a day that does not exist") from error


def _refuse_manifest_row(row: dict[str, str], where: str) -> None:
    if not PERIOD.fullmatch(row["reporting_month"]) or not SENDER_FORM.fullmatch(row["sender"]):
        raise _bad_manifest(
            where, "reporting_month that is not YYYY-MM, or no ODS or GSS code as sender"
        )
    for name, (form, words) in _MANIFEST_FORMS.items():
        if not form.fullmatch(row.get(name, "0")):
            raise _bad_manifest(where, f"{name} that is not {words}")


def _manifest_defect(names: list[str], rows: list[dict]) -> str:
    """What is wrong with columns or rows, in words; a first row without any name is not shown."""
    missing = sorted(_MANIFEST_COLUMNS - set(names) - {"synthetic"})
    unknown = [str(at) for at, name in enumerate(names, 1) if name not in _MANIFEST_COLUMNS]
    if not _MANIFEST_COLUMNS & set(names):
        return "a first row without a column name of a manifest"
    if missing or unknown:
        lacks = f"no column {', '.join(missing)}" if missing else ""
        adds = f"{len(unknown)} unknown column(s), at position {', '.join(unknown)}"
        return "; ".join(filter(None, [lacks, adds if unknown else ""]))
    if not rows:
        return "no row below the header"
    return "more cells than column names" if any(None in row for row in rows) else ""


def _bad_manifest(where: str, found: str) -> Refused:
    return Refused(
        "R-MANIFEST",
        where,
        found,
        "one manifest a delivery, named like it without table and ending and then .manifest.csv: "
        "a header with " + ", ".join(sorted(_MANIFEST_COLUMNS)) + " and one row for each file",
        "correct the manifest, or send the delivery under its documented name without one",
    )
