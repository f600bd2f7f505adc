"""What lies in the inbox, and for which feed, sender and month each file was sent.

A name reaches nothing else before it passes the name gate. Month and sender come from the
manifest, else from the documented name ``<feed>_<sender>_<YYYYMM>_<NN>.<ext>``; where both speak
they must agree. They never come from the dates inside. Official files say both in their content.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.contracts import load_contracts, policy
from ingest.policy import Refused

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,180}", re.ASCII)
_DOCUMENTED = re.compile(
    r"(?P<feed>[a-z0-9_]+?)_(?P<sender>[A-Z0-9]{3,8})_(?P<month>\d{6})_(?P<seq>\d{2})"
    r"\.(?P<ext>csv|xlsx)",
    re.ASCII,
)
_HIDDEN_NAME = re.compile(r"file [0-9a-f]{4}h[0-9a-f]{4}", re.ASCII)
# Seven digits may be an identifier, however they are set apart; 2023-03-01 is an official file's.
_LONG_NUMBER = re.compile(r"\d{7,}", re.ASCII)
_FIRST_OF_MONTH = re.compile(r"20\d\d(0[1-9]|1[0-2])01", re.ASCII)
# The words of the publisher's file names and of ours; any other word may be a person's name.
_WORDS = (
    "therapy ptl chs community health service services waiting waits list lists time times "
    "statistics table tables data england nhs wirral monthly month year q good bad manifest sample "
    "final revised provisional published x csv xls xlsx xlsm exe txt zip pdf "
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
_KNOWN_WORDS = frozenset(_WORDS.split())
_MANIFEST_END = ".manifest.csv"
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
_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_SENDER = re.compile(r"[A-Z0-9]{3,8}", re.ASCII)
_MANIFEST_FORMS = {
    "sha256": (re.compile(r"[0-9A-Fa-f]{64}", re.ASCII), "64 hexadecimal digits"),
    "row_count": (re.compile(r"\d{1,9}", re.ASCII), "a whole number"),
    "submission_seq": (re.compile(r"0?[1-9]|[1-9]\d", re.ASCII), "a whole number from 1 to 99"),
    "extract_datetime": (
        re.compile(r"(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d)?", re.ASCII),
        "YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS",
    ),
    "synthetic": (re.compile(r"[01]", re.ASCII), "0 or 1"),
}
NAMING = "<feed>_<sender>_<YYYYMM>_<NN>.csv or .xlsx, for example therapy_ptl_RY7_202410_01.csv"


@dataclass(frozen=True)
class Manifest:
    """What a sender says of one file; everything said is enforced."""

    file_name: str
    sha256: str
    row_count: int
    reporting_month: str
    extract_date: date
    sender: str
    submission_seq: int
    is_synthetic: bool


@dataclass(frozen=True)
class Delivery:
    """The bytes of one delivered file and what it says it is."""

    path: Path
    data: bytes
    feed: str
    """Empty for a workbook whose content has yet to say."""
    sender: str
    period: str
    sequence: int
    extension: str
    manifest: Manifest | None

    @property
    def sha256(self) -> str:
        """Hash of the delivered bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def shown_name(self) -> str:
        """The name as it may be shown."""
        return shown_name(self.path)


def shown_name(path: Path) -> str:
    """A file's name for a message; what could hold an identifier or a command is not repeated.

    Said are documented names, those made of known words, and what this function itself gave.
    """
    name = path.name
    if _is_documented(path) or _HIDDEN_NAME.fullmatch(name) or _has_only_known_words(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return f"file {digest[:4]}h{digest[4:8]}"  # the h keeps eight digits from looking like a date


def _is_documented(path: Path) -> bool:
    """Whether a delivery, or its manifest, bears a documented name of a feed that we know."""
    data_name = path.name
    if is_manifest(path):
        data_name = data_name.removesuffix(_MANIFEST_END) + ".csv"
    documented = _DOCUMENTED.fullmatch(data_name)
    return (
        documented is not None
        and documented["feed"] in _local_feeds()
        and not _LONG_NUMBER.search(documented["sender"])
    )


def _has_only_known_words(name: str) -> bool:
    words = re.findall(r"[a-z]+", name.lower(), re.ASCII)
    numbers = re.findall(r"\d+", re.sub(r"(?<=\d)[^A-Za-z0-9]+(?=\d)", "", name), re.ASCII)
    return (
        _SAFE_NAME.fullmatch(name) is not None
        and _KNOWN_WORDS.issuperset(words)
        and all(len(n) < 7 or _FIRST_OF_MONTH.fullmatch(n) for n in numbers)
    )


def manifest_of(path: Path) -> Path:
    """Where the manifest of a delivered file lies, if it has one."""
    return path.with_name(path.stem + _MANIFEST_END)


def _has_manifest(path: Path) -> bool:
    """Whether a regular file lies there: a link could point anywhere, a pipe would hang."""
    manifest = manifest_of(path)
    return manifest.is_file() and not manifest.is_symlink()


def is_manifest(path: Path) -> bool:
    """Whether a file is a manifest and not a delivery."""
    return path.name.endswith(_MANIFEST_END)


def open_delivery(path: Path) -> Delivery:
    """Read one file once and say what it was sent as.

    Raises:
        Refused: R-NAME, R-MANIFEST or R-PERIOD.
    """
    _refuse_name(path)
    data = path.read_bytes()
    documented = _DOCUMENTED.fullmatch(path.name)
    manifest = read_manifest(manifest_of(path)) if _has_manifest(path) else None
    if manifest:
        _refuse_unlike_manifest(path, data, manifest)
    feed = _feed(path)
    if not feed:
        return Delivery(path, data, "", "", "", 1, path.suffix.lower()[1:], manifest)
    sender = _agreed(
        "sender",
        shown_name(path),
        manifest and manifest.sender,
        documented and documented["sender"],
    )
    named_month = documented and f"{documented['month'][:4]}-{documented['month'][4:]}"
    period = _agreed("month", shown_name(path), manifest and manifest.reporting_month, named_month)
    if not _PERIOD.fullmatch(period):
        raise _no_period(shown_name(path), "a month that does not exist")
    sequence = manifest.submission_seq if manifest else int(documented["seq"]) if documented else 1
    return Delivery(path, data, feed, sender, period, sequence, path.suffix.lower()[1:], manifest)


def claimed_by_name(path: Path) -> tuple[str, str, str]:
    """Feed, sender and month that a documented name claims; empty where it claims nothing.

    What a delivery that cannot even be opened was meant to be: its month is then known to lack it.
    """
    documented = _DOCUMENTED.fullmatch(path.name)
    if not documented or documented["feed"] != _named_feed(path):
        return "", "", ""
    period = f"{documented['month'][:4]}-{documented['month'][4:]}"
    return documented["feed"], documented["sender"], period if _PERIOD.fullmatch(period) else ""


def _refuse_name(path: Path) -> None:
    """The name gate. The file is not opened: a pipe would hang and a link could point anywhere."""
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise _bad_name(path, "not a regular file (a link, folder or pipe)", "copy the file itself")
    if not _SAFE_NAME.fullmatch(path.name):
        raise _bad_name(path, "a name with characters that we do not take", f"rename it: {NAMING}")
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise _bad_name(path, "an ending other than .csv and .xlsx", "send .csv or .xlsx")
    if facts.st_size > policy().largest_file_bytes:
        raise _bad_name(
            path,
            f"{facts.st_size:,} bytes",
            f"send less than {policy().largest_file_bytes:,} bytes",
        )


def _bad_name(path: Path, found: str, action: str) -> Refused:
    return Refused("R-NAME", shown_name(path), found, policy().rules["R-NAME"].rule, action)


def _feed(path: Path) -> str:
    """The feed whose id begins the name; a workbook may say it by its content instead."""
    named = _named_feed(path)
    if not named and path.suffix.lower() != ".xlsx":
        raise _bad_name(
            path,
            f"a name that begins with none of the feeds {', '.join(_local_feeds())}",
            f"name it {NAMING}",
        )
    return named


def _local_feeds() -> list[str]:
    return sorted({c.feed for c in load_contracts() if c.kind == "person"}, key=len, reverse=True)


def _named_feed(path: Path) -> str:
    return next((f for f in _local_feeds() if re.match(rf"{f}[_.]", path.name, re.ASCII)), "")


def _agreed(what: str, where: str, stated: str | None, named: str | None) -> str:
    if stated and named and stated != named:
        raise Refused(
            "R-PERIOD",
            where,
            f"the {what} of the manifest is not that of the file name",
            f"one {what}",
            "correct the one that is wrong and send both again",
        )
    if not stated and not named:
        raise _no_period(where, f"neither manifest nor file name states the {what}")
    return stated or named or ""


def _no_period(where: str, found: str) -> Refused:
    return Refused(
        "R-PERIOD",
        where,
        found,
        "the month of the snapshot and its sender",
        f"name the file {NAMING}, or put a manifest beside it with reporting_month (YYYY-MM) "
        "and sender",
    )


def read_manifest(path: Path) -> Manifest:
    """Read ``<stem>.manifest.csv``: a header and one row.

    Raises:
        Refused: R-MANIFEST, naming the column that cannot be read.
    """
    where = shown_name(path)
    try:
        reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad_manifest(where, "bytes that are not UTF-8 comma-separated text") from error
    if found := _manifest_defect(list(reader.fieldnames or ()), rows):
        raise _bad_manifest(where, found)
    row = {name: (value or "").strip() for name, value in rows[0].items()}
    if not _PERIOD.fullmatch(row["reporting_month"]) or not _SENDER.fullmatch(row["sender"]):
        raise _bad_manifest(where, "reporting_month that is not YYYY-MM, or no ODS code as sender")
    for name, (form, words) in _MANIFEST_FORMS.items():
        if not form.fullmatch(row.get(name, "0")):
            raise _bad_manifest(where, f"{name} that is not {words}")
    try:
        return Manifest(
            file_name=row["file_name"],
            sha256=row["sha256"].lower(),
            row_count=int(row["row_count"]),
            reporting_month=row["reporting_month"],
            extract_date=date.fromisoformat(row["extract_datetime"][:10]),
            sender=row["sender"],
            submission_seq=int(row["submission_seq"]),
            is_synthetic=row.get("synthetic", "0") == "1",
        )
    except ValueError as error:
        raise _bad_manifest(where, "extract_datetime of a day that does not exist") from error


def _manifest_defect(names: list[str], rows: list[dict]) -> str:
    """What is wrong with columns or rows, in words; a first row without any name is not shown."""
    missing = sorted(_MANIFEST_COLUMNS - set(names) - {"synthetic"})
    unknown = sorted(name or "(no name)" for name in set(names) - _MANIFEST_COLUMNS)
    if not _MANIFEST_COLUMNS & set(names):
        return "a first row that holds no column name of a manifest"
    if missing or unknown:
        lacks = f"no column {', '.join(missing)}" if missing else ""
        adds = f"unknown column {', '.join(unknown)}" if unknown else ""
        return "; ".join(filter(None, [lacks, adds]))
    if len(rows) != 1:
        return f"{len(rows)} rows below the header"
    return "more fields than column names" if None in rows[0] else ""


def _bad_manifest(where: str, found: str) -> Refused:
    return Refused(
        "R-MANIFEST",
        where,
        found,
        "a header with " + ", ".join(sorted(_MANIFEST_COLUMNS)) + " and one row",
        "correct the manifest, or send the file under its documented name without one",
    )


def _refuse_unlike_manifest(path: Path, data: bytes, manifest: Manifest) -> None:
    if manifest.file_name != path.name:
        raise _unlike(path, "another file_name")
    if manifest.sha256 != hashlib.sha256(data).hexdigest():
        raise _unlike(path, "a sha256 that is not that of these bytes")
    documented = _DOCUMENTED.fullmatch(path.name)
    if documented and int(documented["seq"]) != manifest.submission_seq:
        raise _unlike(path, "another submission_seq than the number in the file name")


def _unlike(path: Path, found: str) -> Refused:
    return Refused(
        "R-MANIFEST",
        shown_name(path),
        f"a manifest with {found}",
        "the manifest of this very file",
        "the file was changed or cut after the manifest was made: send both again",
    )
