"""What the name of a file says: a feed, a sender, a month, a number and a table.

The documented name is ``<feed>_<sender>_<YYYYMM>_<NN>[_<table>].<ext>``. A name that is nearly one
is understood, so that the answer can give the right one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from ingest.contracts import load_contracts, local_feeds

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,180}", re.ASCII)
# ODS codes, GSS codes (a capital letter and eight digits) and names of services; seven digits of
# any other kind may be an identifier.
_SENDER = r"(?:[EWSN]\d{8}|(?![A-Z0-9]*\d{7})[A-Z0-9]{3,12})"
SENDER_FORM = re.compile(_SENDER, re.ASCII)
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
LOCAL_ENDINGS = (".csv", ".xlsx", ".xml")
MANIFEST_END = ".manifest.csv"
_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".download")
# What desktops and office programs leave beside files: their own, never a sender's.
_LITTER = re.compile(
    r"\..*|~\$.*|.*~|.*\.tmp|(eh)?thumbs(_vista)?\.db|desktop\.ini|icon\r|__macosx|\$recycle\.bin"
    r"|system volume information|.*:zone\.identifier|@eadir|lost\+found",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
PERIOD = re.compile(r"20\d{2}-(0[1-9]|1[0-2])", re.ASCII)
NAMING = (
    "<feed>_<sender>_<YYYYMM>_<NN>.csv, .xlsx or .xml, for example "
    "therapy_ptl_Z001A_202410_01.csv; for several tables as CSV, one file for each table, for "
    "example sen2_ehc_Z001L_202410_01_person.csv"
)


def documented_parts(path: Path) -> re.Match[str] | None:
    """The parts of a documented name of a feed that we know.

    A strange word after the number may be a table misspelt, but only where a table is a file.
    """
    match = _DOCUMENTED.fullmatch(path.name)
    if not match or match["feed"] not in local_feeds():
        return None
    table, tables = (match["table"] or "").casefold(), tables_of(match["feed"])
    may_be_table = len(tables) > 1 and path.suffix.lower() == ".csv"
    return match if not table or table in tables or may_be_table else None


def is_documented(path: Path) -> bool:
    """Whether a delivery, or its manifest, bears a documented name of a feed that we know."""
    data_name = path.name
    if is_manifest(path):
        data_name = data_name.removesuffix(MANIFEST_END) + ".csv"
    data_path = path.with_name(data_name)
    documented, table = documented_parts(data_path), table_of(data_path)
    if documented is None:
        return with_sender_alone(data_path) is not None
    return not table or table in tables_of(documented["feed"])


def meant_parts(path: Path) -> re.Match[str] | None:
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
    return sender.upper() if is_code and SENDER_FORM.fullmatch(sender.upper()) else ""


def tables_of(feed: str) -> set[str]:
    """The tables of a feed in any of its contracts."""
    return {table.name for c in load_contracts() if c.feed == feed for table in c.tables}


def named_feed(path: Path) -> str:
    """The local feed with which a name begins; empty where it begins with none."""
    named = [feed for feed in local_feeds() if path.name.startswith((f"{feed}_", f"{feed}."))]
    return max(named, key=len, default="")


def proper_name(path: Path) -> str:
    """The documented name that a file was meant to have; empty where nobody can tell.

    ``therapy_ptl_Z001A_202505_01 (1).csv`` and ``Therapy-PTL Z001A 2025-05.csv`` are both meant to
    be ``therapy_ptl_Z001A_202505_01.csv``. It holds nothing but a feed, a sender's code, digits
    and a table of the feed.
    """
    endings = [suffix.lower() for suffix in path.suffixes if suffix.lower() in LOCAL_ENDINGS]
    match = meant_parts(path)
    if not match or not endings:
        return ""
    spelt = re.sub("[ _.-]", "", match["feed"].lower())
    (feed,) = (known for known in local_feeds() if known.replace("_", "") == spelt)
    month, number = match["month"].replace("-", ""), int(match["seq"] or 1)
    table, tables = "", sorted(tables_of(feed))
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


def with_sender_alone(path: Path) -> re.Match[str] | None:
    """The parts of a name without a month, where the feed states it inside."""
    match = _SENDER_ALONE.fullmatch(path.name)
    return match if match and states_month_inside(match["feed"]) else None


def states_month_inside(feed: str) -> bool:
    """Whether a column of the feed states the month, so that its files need not."""
    return any(
        column.use == "period"
        for contract in load_contracts()
        if contract.feed == feed
        for table in contract.tables
        for column in table.columns
    )


def stem_of(path: Path) -> str:
    """What the files of one delivery share: a documented name without table and ending."""
    documented = documented_parts(path)
    return documented["stem"] if documented else path.stem


def table_of(path: Path) -> str:
    """The table that a documented name says; empty where it says none."""
    documented = documented_parts(path)
    return (documented["table"] or "").casefold() if documented else ""


def stated_by_name(path: Path) -> tuple[str, str, int]:
    """Sender, month and number as the name says them: empty, and 1, where it does not."""
    if documented := documented_parts(path):
        month = f"{documented['month'][:4]}-{documented['month'][4:]}"
        return documented["sender"], month, int(documented["seq"])
    alone = with_sender_alone(path)
    return (alone["sender"] if alone else "", "", 1)


def claimed_by_name(path: Path) -> tuple[str, str, str]:
    """Feed, sender and month that a name claims, or was meant to; empty where it claims nothing.

    What a delivery that cannot even be opened was meant to be: its month is then known to lack it.
    """
    path = path.with_name(proper_name(path) or path.name)
    documented = documented_parts(path)
    if not documented:
        return "", "", ""
    sender, period, _ = stated_by_name(path)
    return documented["feed"], sender, period if PERIOD.fullmatch(period) else ""


def manifests_of(paths: Sequence[Path]) -> list[Path]:
    """Where the manifest of a delivery lies if it has one, then where one of a single file would.

    A file of a set has no manifest of its own: one that lies there is refused with the set.
    """
    stems = [stem_of(paths[0]), *(path.stem for path in paths)]
    return [paths[0].with_name(stem + MANIFEST_END) for stem in dict.fromkeys(stems)]


def is_sender(text: str) -> bool:
    """Whether a text has the form of a sender's code."""
    return SENDER_FORM.fullmatch(text) is not None


def is_manifest(path: Path) -> bool:
    """Whether a file is a manifest and not a delivery."""
    return path.name.endswith(MANIFEST_END)


def is_litter(path: Path) -> bool:
    """Whether a name is one that an office program or a desktop gives to files of its own."""
    return _LITTER.fullmatch(path.name) is not None


def is_unfinished(path: Path) -> bool:
    """Whether a name is one that a program gives to a file until its transfer has ended."""
    return path.suffix.lower() in _UNFINISHED
