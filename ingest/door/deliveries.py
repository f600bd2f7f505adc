"""What lies in the inbox, and for which feed, sender and month it was sent.

A delivery is all files of one feed, sender, month and number: one file, or one CSV a table. A name
reaches nothing else before it passes the name gate. Month and sender come from the manifest, a
column that is declared to state the month, or the documented name
``<feed>_<sender>_<YYYYMM>_<NN>[_<table>].<ext>``; where several speak they must agree. They never
come from the dates inside. Official files say both in their content, whatever they are called.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from ingest.contracts import contract_for, load_contracts, local_feeds, policy
from ingest.contracts.official import load_publications, publishers
from ingest.readers.official import is_official
from ingest.refusals import InWords, Refused
from ingest.store.durable import sha256_of
from ingest.typed.identifiers import IDENTIFIERS

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,180}", re.ASCII)
# ODS codes, GSS codes (a capital letter and eight digits) and names of services; seven digits of
# any other kind may be an identifier.
_SENDER = r"(?:[EWSN]\d{8}|(?![A-Z0-9]*\d{7})[A-Z0-9]{3,12})"
_SENDER_FORM = re.compile(_SENDER, re.ASCII)
# What follows the feed in a name that is nearly as documented.
_MEANT = (
    r"[ _.-]+(?P<sender>[A-Za-z0-9]{3,12})[ _.-]+"
    r"(?P<month>20\d\d(?P<dash>-?)(?:0[1-9]|1[0-2]))(?:(?P=dash)[0-3]\d)?(?!\d)"
    r"(?:[ _-](?P<seq>\d{1,2})(?!\d))?"
)
_DOCUMENTED = re.compile(
    rf"(?P<stem>(?P<feed>[a-z0-9_]+?)_(?P<sender>{_SENDER})_(?P<month>\d{{6}})_(?P<seq>\d{{2}}))"
    r"(?:_(?P<table>[A-Za-z0-9_]+))?\.(?i:csv|xlsx|xml)",
    re.ASCII,
)
# Without a month a sender has a letter, or the month would be taken for it.
_SENDER_ALONE = re.compile(
    rf"(?P<feed>[a-z0-9_]+?)_(?=\d*[A-Z])(?P<sender>{_SENDER})\.(?i:csv|xlsx|xml)", re.ASCII
)
_LOCAL_ENDINGS = (".csv", ".xlsx", ".xml")
_ENDING = re.compile(r"\.[a-z0-9]{1,5}", re.ASCII)
_HIDDEN_NAME = re.compile(r"file [0-9a-f]{4}h[0-9a-f]{4}", re.ASCII)
# Seven digits may be an identifier, however they are set apart; 2023-03-01 and 2014-2024 are
# official files'.
_DAY_OR_YEARS = re.compile(r"20\d\d(0[1-9]|1[0-2])01|(20\d\d){2}", re.ASCII)
# The words of the publisher's file names and of ours; any other word may be a person's name.
_WORDS = (
    "therapy ptl chs community health service services waiting waits list lists time times "
    "statistics table tables data england nhs wirral monthly month year q good bad manifest sample "
    "final revised provisional published x csv xls xlsx xlsm exe txt zip pdf xml "
    "ods gz json ees ud la ap spc care send autismstatsdec subicb "
    "education plans sen dashboard region regions census school "
    "placement placements alternative provision pupil absence attendance pa susp rate rates ytd "
    "tribunals appeal appeals autism stats sub icb icbs to nhser mhsds time series filter rxa qyg "
    "by autumn spring summer excerpt neetnk at vg removed and of code lookup raw sn ons mid "
    "population estimates guidance sources etr cme mi all north west "
    "blade export extract return template collect nccis ehcp neet iyss "
    "january february march april may june july august september october november december "
    "copy new corrected correction version draft old "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
_MANIFEST_END = ".manifest.csv"
_LARGEST_MANIFEST_BYTES = 1_000_000  # one row per file, and a set has nine files
_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".download")
# What desktops and office programs leave beside files: their own, never a sender's.
_LITTER = re.compile(
    r"\..*|~\$.*|.*~|.*\.tmp|(eh)?thumbs(_vista)?\.db|desktop\.ini|icon\r|__macosx|\$recycle\.bin"
    r"|system volume information|.*:zone\.identifier|@eadir|lost\+found",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
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
_PERIOD = re.compile(r"20\d{2}-(0[1-9]|1[0-2])", re.ASCII)
_MANIFEST_FORMS = {
    "file_name": (_SAFE_NAME, "the plain name of a file"),
    "sha256": (re.compile(r"[0-9A-Fa-f]{64}", re.ASCII), "64 hexadecimal digits"),
    "row_count": (re.compile(r"\d{1,9}", re.ASCII), "a whole number"),
    "submission_seq": (re.compile(r"0?[1-9]|[1-9]\d", re.ASCII), "a whole number from 1 to 99"),
    "extract_datetime": (
        re.compile(r"(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d)?", re.ASCII),
        "YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS",
    ),
    "synthetic": (re.compile(r"[01]", re.ASCII), "0 or 1"),
}
NAMING = (
    "<feed>_<sender>_<YYYYMM>_<NN>.csv, .xlsx or .xml, for example therapy_ptl_RY7_202410_01.csv; "
    "of several tables as CSV one file a table, for example sen2_ehc_E08000015_202410_01_person.csv"
)


class Unread(InWords):
    """A delivered file that the machine could not read: no fault of its sender, so no refusal."""

    def __init__(self, path: Path, error: OSError) -> None:
        """Say which file and what the system said; ``is_gone`` where somebody took it away."""
        self.is_gone = not os.path.lexists(path)
        system = os.strerror(error.errno) if error.errno else type(error).__name__
        found = "was taken away meanwhile" if self.is_gone else f"could not be read: {system}"
        super().__init__(f"{shown_name(path)} {found}.")


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
        return _hash(self.data)

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


def shown_name(path: Path) -> str:
    """A file's name for a message; what could hold an identifier or a command is not repeated.

    Said are documented names, those made of known words, and what this function itself gave.
    """
    name = path.name
    if _is_documented(path) or _HIDDEN_NAME.fullmatch(name) or _has_only_known_words(path):
        return name
    digest = _hash(name.encode("utf-8", "surrogateescape"))
    return f"file {digest[:4]}h{digest[4:8]}"  # the h keeps eight digits from looking like a date


def published_name(path: Path) -> str:
    """The name of an official file as its publisher gave it; one with an identifier is hidden."""
    runs = re.findall(r"[A-Za-z]?\d{9,}[A-Za-z]?", re.sub(r"[^A-Za-z0-9]", "", path.stem))
    numbers = {text for run in runs for text in (run.upper(), re.sub(r"\D", "", run))}
    is_personal = any(kind.read(n) for n in numbers for kind in IDENTIFIERS.values())
    return path.name if _SAFE_NAME.fullmatch(path.name) and not is_personal else shown_name(path)


def shown_names(paths: Sequence[Path]) -> str:
    """A delivery's name for a message: that of its file, or what the names of its set share."""
    if len(paths) == 1 and not _table_of(paths[0]):
        return shown_name(paths[0])
    return _stem(paths[0])


def _is_documented(path: Path) -> bool:
    """Whether a delivery, or its manifest, bears a documented name of a feed that we know."""
    data_name = path.name
    if is_manifest(path):
        data_name = data_name.removesuffix(_MANIFEST_END) + ".csv"
    data_path = path.with_name(data_name)
    documented, table = _documented(data_path), _table_of(data_path)
    if documented is None:
        return _with_sender_alone(data_path) is not None
    return not table or table in _tables(documented["feed"])


def _has_only_known_words(path: Path) -> bool:
    core = _meant(path)
    rest = path.name.replace(core[0], "") if core else path.name.removeprefix(_named_feed(path))
    words = re.findall(r"[a-z]+", rest.lower(), re.ASCII)
    numbers = re.findall(r"\d+", re.sub(r"(?<=\d)[^A-Za-z0-9]+(?=\d)", "", rest), re.ASCII)
    tables = "_".join(name for feed in local_feeds() for name in _tables(feed))
    published = "_".join(
        name for p in load_publications() for name in (p.dataset, *(table.id for table in p.tables))
    )
    known = {*_WORDS.split(), *tables.split("_"), *published.split("_")}
    return (
        _SAFE_NAME.fullmatch(path.name) is not None
        and all(len(word) == 1 or word in known for word in words)
        and all(len(n) < 7 or _DAY_OR_YEARS.fullmatch(n) for n in numbers)
    )


def _tables(feed: str) -> set[str]:
    """The tables of a feed in any of its contracts."""
    return {table.name for c in load_contracts() if c.feed == feed for table in c.tables}


def _named_feed(path: Path) -> str:
    named = [f for f in local_feeds() if re.match(rf"{f}[_.]", path.name, re.ASCII)]
    return max(named, key=len, default="")


def _documented(path: Path) -> re.Match[str] | None:
    """The parts of a documented name of a feed that we know.

    A strange word after the number may be a table misspelt, but only where a table is a file.
    """
    match = _DOCUMENTED.fullmatch(path.name)
    if not match or match["feed"] not in local_feeds():
        return None
    table, tables = (match["table"] or "").casefold(), _tables(match["feed"])
    may_be_table = len(tables) > 1 and path.suffix.lower() == ".csv"
    return match if not table or table in tables or may_be_table else None


def _meant(path: Path) -> re.Match[str] | None:
    """Feed, sender, month and number in a name that is not written as documented."""
    for feed in sorted(local_feeds(), key=len, reverse=True):
        loose = feed.replace("_", "[ _.-]?")
        pattern = rf"(?<![A-Za-z0-9])(?P<feed>(?i:{loose})){_MEANT}"
        match = re.search(pattern, path.name, re.ASCII)
        if match and _code(match["sender"]):
            return match
    return None


def _code(sender: str) -> str:
    """A sender's code in capitals, or nothing: a word of more than three letters may be a name."""
    letters = re.sub(r"\d", "", sender)
    is_code = len(letters) <= 3 and (len(letters) < len(sender) or sender.isupper())
    return sender.upper() if is_code and _SENDER_FORM.fullmatch(sender.upper()) else ""


def proper_name(path: Path) -> str:
    """The documented name that a file was meant to have; empty where nobody can tell.

    ``therapy_ptl_RY7_202505_01 (1).csv`` and ``Therapy-PTL RY7 2025-05.csv`` are both meant to be
    ``therapy_ptl_RY7_202505_01.csv``. It holds nothing but a feed, a sender's code, digits and a
    table of the feed.
    """
    endings = [suffix.lower() for suffix in path.suffixes if suffix.lower() in _LOCAL_ENDINGS]
    match = _meant(path)
    if not match or not endings:
        return ""
    spelt = re.sub("[ _.-]", "", match["feed"].lower())
    (feed,) = (known for known in local_feeds() if known.replace("_", "") == spelt)
    month, number = match["month"].replace("-", ""), int(match["seq"] or 1)
    table, tables = "", sorted(_tables(feed))
    if len(tables) > 1 and endings[-1] == ".csv":
        words = re.findall(r"[a-z0-9]+", path.name[match.end() :].lower(), re.ASCII)
        near = [t for word in words for t in difflib.get_close_matches(word, tables, 1, 0.8)]
        if not near:
            return ""
        table = f"_{near[0]}"
    name = f"{feed}_{_code(match['sender'])}_{month}_{number:02d}{table}{endings[-1]}"
    return name if name != path.name else ""


def how_to_name(path: Path) -> str:
    """What to call a file: the name that it was meant to have, or how names are made."""
    meant = proper_name(path)
    return f"rename it {meant} and send it again" if meant else f"name it {NAMING}"


def _with_sender_alone(path: Path) -> re.Match[str] | None:
    """The parts of a name without a month, where the feed states it inside."""
    match = _SENDER_ALONE.fullmatch(path.name)
    return match if match and _states_month_inside(match["feed"]) else None


def _stem(path: Path) -> str:
    """What the files of one delivery share: a documented name without table and ending."""
    documented = _documented(path)
    return documented["stem"] if documented else path.stem


def _table_of(path: Path) -> str:
    documented = _documented(path)
    return (documented["table"] or "").casefold() if documented else ""


def manifests_of(paths: Sequence[Path]) -> list[Path]:
    """Where the manifest of a delivery lies if it has one, then where one of a single file would.

    A file of a set has no manifest of its own: one that lies there is refused with the set.
    """
    stems = [_stem(paths[0]), *(path.stem for path in paths)]
    return [paths[0].with_name(stem + _MANIFEST_END) for stem in dict.fromkeys(stems)]


def is_sender(text: str) -> bool:
    """Whether a text has the form of a sender's code."""
    return _SENDER_FORM.fullmatch(text) is not None


def is_manifest(path: Path) -> bool:
    """Whether a file is a manifest and not a delivery."""
    return path.name.endswith(_MANIFEST_END)


def is_litter(path: Path) -> bool:
    """Whether a name is one that an office program or a desktop gives to files of its own."""
    return _LITTER.fullmatch(path.name) is not None


def is_unfinished(path: Path) -> bool:
    """Whether a name is one that a program gives to a file until its transfer has ended."""
    return path.suffix.lower() in _UNFINISHED


def _is_there(path: Path) -> bool:
    """Whether a regular file lies there: a link could point anywhere, a pipe would hang."""
    return path.is_file() and not path.is_symlink()


def gathered(paths: Iterable[Path]) -> list[list[Path]]:
    """The files of ``paths`` by delivery, in the order of their names; manifests go with them.

    A file of a set brings the others that lie beside it.
    """
    found: dict[tuple[Path, str], set[Path]] = {}
    for path in paths:
        if is_manifest(path):
            continue
        name = _stem(path) if _documented(path) else path.name
        members = found.setdefault((path.parent, name), {path})
        members.add(path)
        if _table_of(path):
            members.update(p for p in path.parent.iterdir() if _table_of(p) and _stem(p) == name)
    return [sorted(members) for members in found.values()]


def grouped(paths: Iterable[Path]) -> list[list[Path]]:
    """``paths`` by delivery, in the order of their names, from the names alone; no manifests."""
    found: dict[tuple[Path, str], list[Path]] = {}
    for path in sorted(path for path in paths if not is_manifest(path)):
        name = _stem(path) if _documented(path) else path.name
        found.setdefault((path.parent, name), []).append(path)
    return [*found.values()]


def missing_tables(paths: Sequence[Path]) -> list[str]:
    """Tables that a set of files lacks; none where a file holds the whole delivery."""
    if not all(_table_of(path) for path in paths):
        return []
    feed, _, month = claimed_by_name(paths[0])
    try:
        tables = contract_for(feed, month).tables
    except Refused:  # a month without a contract: the door says so
        return []
    own = {_table_of(path) for path in paths}
    return [table.name for table in tables if not table.is_optional and table.name not in own]


def open_delivery(*paths: Path) -> Delivery:
    """Read each file of one delivery once and say what it was sent as.

    Raises:
        Refused: R-NAME, R-SET, R-MANIFEST or R-PERIOD.
    """
    for path in paths:
        _refuse_name(path)
    _refuse_muddled(paths)
    first = paths[0]
    files = tuple(
        DeliveredFile(path, _bytes_of(path), _extension(path), _table_of(path)) for path in paths
    )
    manifest = _manifest(paths)
    if manifest:
        _refuse_unlike_manifest(files, manifest)
    feed = _named_feed(first)
    is_claimed = _is_documented(first) or (manifest and manifest.sender not in publishers())
    if not feed or (not is_claimed and is_official(files[0].data, first.name)):
        return Delivery(files, "", "", "", 1, manifest)
    _refuse_ending(first)
    named_sender, named_month, named_number = _named(first)
    where = shown_names(paths)
    sender = _agreed("sender", where, manifest and manifest.sender, named_sender)
    if not sender and proper_name(first):
        found = "a file name that is nearly one of ours"
        raise Refused("R-NAME", where, found, "a name as documented", how_to_name(first))
    if not sender:
        raise no_period(where, "neither manifest nor file name states the sender")
    period = _agreed("month", where, manifest and manifest.reporting_month, named_month)
    if not period and not _states_month_inside(feed):
        raise no_period(where, "neither manifest nor file name states the month")
    if period and not _PERIOD.fullmatch(period):
        raise no_period(where, "a month that does not exist")
    sequence = manifest.submission_seq if manifest else named_number
    return Delivery(files, feed, sender, period, sequence, manifest)


def _named(path: Path) -> tuple[str, str, int]:
    """Sender, month and number as the name says them: empty, and 1, where it does not."""
    if documented := _documented(path):
        month = f"{documented['month'][:4]}-{documented['month'][4:]}"
        return documented["sender"], month, int(documented["seq"])
    alone = _with_sender_alone(path)
    return (alone["sender"] if alone else "", "", 1)


def claimed_by_name(path: Path) -> tuple[str, str, str]:
    """Feed, sender and month that a name claims, or was meant to; empty where it claims nothing.

    What a delivery that cannot even be opened was meant to be: its month is then known to lack it.
    """
    path = path.with_name(proper_name(path) or path.name)
    documented = _documented(path)
    if not documented:
        return "", "", ""
    sender, period, _ = _named(path)
    return documented["feed"], sender, period if _PERIOD.fullmatch(period) else ""


def _states_month_inside(feed: str) -> bool:
    return any(
        column.use == "period"
        for contract in load_contracts()
        if contract.feed == feed
        for table in contract.tables
        for column in table.columns
    )


def _refuse_name(path: Path) -> None:
    """The name gate. The file is not opened: a pipe would hang and a link could point anywhere."""
    with _reading(path):
        facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise _bad_name(path, "not a regular file (a link, folder or pipe)", "copy the file itself")
    if not _SAFE_NAME.fullmatch(path.name):
        raise _bad_name(path, "a name with characters that we do not take", how_to_name(path))
    _refuse_large(path, facts.st_size)


def _refuse_large(path: Path, size: int) -> None:
    largest = policy().largest_file_bytes
    if size > largest:
        found = f"{size:,} bytes"
        raise _bad_name(path, found, f"send {largest:,} bytes or fewer, or ask for a higher limit")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say in words which file the machine could not read."""
    try:
        yield
    except OSError as error:
        raise Unread(path, error) from None


def _bytes_of(path: Path) -> bytes:
    """The bytes of a file, of which no more are read than the cap allows, however it grows."""
    with _reading(path), path.open("rb") as file:
        data = file.read(policy().largest_file_bytes + 1)
    _refuse_large(path, len(data))
    return data


def hash_of(path: Path) -> str:
    """sha256 of a file's bytes, in pieces; of what is no regular file, of its name."""
    with _reading(path):
        return sha256_of(path) if _is_there(path) else _hash(os.fsencode(path.name))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refuse_ending(path: Path) -> None:
    if path.suffix.lower() not in _LOCAL_ENDINGS:
        raise _bad_name(path, "an ending other than .csv, .xlsx and .xml", "send one of these")


def _extension(path: Path) -> str:
    """The ending of a name, by which the file is stored; `file` where it has none."""
    ending = path.suffix.lower()
    return ending[1:] if _ENDING.fullmatch(ending) else "file"


def _bad_name(path: Path, found: str, action: str) -> Refused:
    return Refused("R-NAME", shown_name(path), found, policy().rules["R-NAME"].rule, action)


def _refuse_muddled(paths: Sequence[Path]) -> None:
    """One number stands for one whole file, or for one CSV of each table."""
    tables = [_table_of(path) for path in paths]
    known = _tables(_documented(paths[0])["feed"]) if any(tables) else {""}
    if len(paths) > 1 and not all(tables):
        found = "whole files and files of single tables" if any(tables) else "several whole files"
    elif strange := [table for table in tables if table not in known]:
        found = f"{len(strange)} files of tables that the feed does not have"
    elif any(path.suffix.lower() != ".csv" for path in paths if _table_of(path)):
        found = "a table by itself that is no CSV"
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
        "either one file, or one CSV of each table"
        + (f" ({', '.join(sorted(known))})" if any(known) else ""),
        "; ".join([*names, "take away what does not belong to the delivery"])
        + " and send the others together again",
    )


def _agreed(what: str, where: str, stated: str | None, named: str) -> str:
    if stated and named and stated != named:
        raise Refused(
            "R-PERIOD",
            where,
            f"the {what} of the manifest is not that of the file name",
            f"one {what}",
            "correct the one that is wrong and send both again",
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


def _manifest(paths: Sequence[Path]) -> Manifest | None:
    own, *others = manifests_of(paths)
    if strays := [path for path in others if _is_there(path)]:
        raise _bad_manifest(shown_name(strays[0]), "a manifest of one file of a set")
    return read_manifest(own) if _is_there(own) else None


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a delivery: a header and one row for each file.

    Raises:
        Refused: R-MANIFEST, naming the column that cannot be read.
    """
    where = shown_name(path)
    with _reading(path), path.open("rb") as file:
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
        raise _bad_manifest(where, "one file_name in two rows")
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
    if not _PERIOD.fullmatch(row["reporting_month"]) or not _SENDER_FORM.fullmatch(row["sender"]):
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
        return "a first row that holds no column name of a manifest"
    if missing or unknown:
        lacks = f"no column {', '.join(missing)}" if missing else ""
        adds = f"{len(unknown)} unknown column(s), at position {', '.join(unknown)}"
        return "; ".join(filter(None, [lacks, adds if unknown else ""]))
    if not rows:
        return "no row below the header"
    return "more fields than column names" if any(None in row for row in rows) else ""


def _bad_manifest(where: str, found: str) -> Refused:
    return Refused(
        "R-MANIFEST",
        where,
        found,
        "one manifest a delivery, named like it without table and ending and then .manifest.csv: "
        "a header with " + ", ".join(sorted(_MANIFEST_COLUMNS)) + " and one row for each file",
        "correct the manifest, or send the delivery under its documented name without one",
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
            raise _unlike(file.path, "a sha256 that is not that of these bytes")
    if _documented(first) and _named(first)[2] != manifest.submission_seq:
        raise _unlike(first, "another submission_seq than the number in the file name")


def _unlike(path: Path, found: str) -> Refused:
    return Refused(
        "R-MANIFEST",
        shown_name(path),
        f"a manifest with {found}",
        "the manifest of these very files",
        "a file was changed, cut or left out after the manifest was made: send all of them again",
    )
