"""Under which name a file may be shown: no message repeats a name that may hold a person's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from ingest.contracts import local_feeds
from ingest.contracts.official import load_publications
from ingest.door.names import (
    SAFE_NAME,
    is_documented,
    meant_parts,
    named_feed,
    stem_of,
    table_of,
    tables_of,
)
from ingest.partnership import own_words
from ingest.typed.national_identifiers import IDENTIFIERS

_HIDDEN_NAME = re.compile(r"file [0-9a-f]{4}h[0-9a-f]{4}", re.ASCII)
# Seven digits may be an identifier, however they are set apart; 2023-03-01 and 2014-2024 are
# official files'.
_DAY_OR_YEARS = re.compile(r"20\d\d(0[1-9]|1[0-2])01|(20\d\d){2}", re.ASCII)
# The words of the publisher's file names and of ours; any other word may be a person's name.
_WORDS = (
    "therapy ptl chs community health service services waiting waits list lists time times "
    "statistics table tables data england nhs monthly month year q good bad manifest sample "
    "final revised provisional published x csv xls xlsx xlsm exe txt zip pdf xml "
    "ods gz json ees ud la ap spc care send autismstatsdec subicb "
    "education plans sen dashboard region regions census school "
    "placement placements alternative provision pupil absence attendance pa susp rate rates ytd "
    "tribunals appeal appeals autism stats sub icb icbs to nhser mhsds time series filter "
    "by autumn spring summer excerpt neetnk at vg removed and of code lookup raw sn ons mid "
    "population estimates guidance sources etr cme mi all north west "
    "blade export extract return template collect nccis ehcp neet iyss "
    "january february march april may june july august september october november december "
    "copy new corrected correction version draft old "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)


def shown_name(path: Path) -> str:
    """A file's name for a message; what could hold an identifier or a command is not repeated.

    Said are documented names, those made of known words, and what this function itself gave.
    """
    name = path.name
    if is_documented(path) or _HIDDEN_NAME.fullmatch(name) or _has_only_known_words(path):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return f"file {digest[:4]}h{digest[4:8]}"  # the h keeps eight digits from looking like a date


def published_name(path: Path) -> str:
    """The name of an official file as its publisher gave it; one with an identifier is hidden."""
    runs = re.findall(r"[A-Za-z]?\d{9,}[A-Za-z]?", re.sub(r"[^A-Za-z0-9]", "", path.stem))
    numbers = {text for run in runs for text in (run.upper(), re.sub(r"\D", "", run))}
    is_personal = any(kind.read(n) for n in numbers for kind in IDENTIFIERS.values())
    return path.name if SAFE_NAME.fullmatch(path.name) and not is_personal else shown_name(path)


def shown_names(paths: Sequence[Path]) -> str:
    """A delivery's name for a message: that of its file, or what the names of its set share."""
    if len(paths) == 1 and not table_of(paths[0]):
        return shown_name(paths[0])
    return stem_of(paths[0])


def _has_only_known_words(path: Path) -> bool:
    core = meant_parts(path)
    rest = path.name.replace(core[0], "") if core else path.name.removeprefix(named_feed(path))
    words = re.findall(r"[a-z]+", rest.lower(), re.ASCII)
    numbers = re.findall(r"\d+", re.sub(r"(?<=\d)[^A-Za-z0-9]+(?=\d)", "", rest), re.ASCII)
    tables = "_".join(name for feed in local_feeds() for name in tables_of(feed))
    published = "_".join(
        name for p in load_publications() for name in (p.dataset, *(table.id for table in p.tables))
    )
    known = {*_WORDS.split(), *own_words(), *tables.split("_"), *published.split("_")}
    return (
        SAFE_NAME.fullmatch(path.name) is not None
        and all(len(word) == 1 or word in known for word in words)
        and all(len(n) < 7 or _DAY_OR_YEARS.fullmatch(n) for n in numbers)
    )
