"""A search of public files for what names a person or a delivery, in every byte of them.

It knows nothing of how the files are made. What is found is named by its kind, never repeated.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ingest.contracts import local_feeds
from ingest.typed.national_identifiers import nhs_number_fault, uln_fault, upn_fault

# What could be one. No letter or digit stands beside it, and digits behind a point are decimals.
_CANDIDATE = re.compile(
    r"(?<![A-Za-z0-9.])"
    r"(?:\d{10}|\d{3}[ \u00a0-]\d{3}[ \u00a0-]\d{4}|[A-Za-z]\d{11}[0-9A-Za-z]|[0-9a-fA-F]{16,})"
    r"(?![A-Za-z0-9]|\.\d)"
)
_DELIVERED = re.compile(r"_20\d{4}_\d\d(?!\d)")
"""How the name of a sender's file ends: without it there is none, and the rest is not tried."""
_PSEUDONYM_DIGITS = 32
"""A pseudonym is 64 hex digits, and still one where somebody cut it in half."""


class Found(NamedTuple):
    """Something that no public file may hold."""

    file: str
    """With the part of it, where the file is an archive."""
    kind: str


def search(files: Mapping[str, bytes], submissions: Collection[str]) -> list[Found]:
    """Search files, their parts and their names.

    Args:
        files: by name.
        submissions: ids of the deliveries behind the figures.

    The checksum of one of the files is as long as a pseudonym, and is none.
    """
    checksums = {hashlib.sha256(data).hexdigest() for data in files.values()}
    return [
        Found(name, kind)
        for file, data in sorted(files.items())
        for name, text in _texts(file, data)
        for kind in _kinds_in(text, submissions, checksums)
    ]


def _texts(file: str, data: bytes) -> Iterator[tuple[str, str]]:
    yield file, file
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.namelist():
                yield from _texts(f"{file} ({part})", archive.read(part))
    else:
        yield file, data.decode("utf-8", errors="replace")


def _kinds_in(text: str, submissions: Collection[str], checksums: Collection[str]) -> list[str]:
    candidates = {found.lower() for found in _CANDIDATE.findall(text)} - {*checksums}
    kinds = {_kind(one, submissions) for one in candidates}
    if _DELIVERED.search(text) and _delivered_name().search(text):
        kinds.add("the name of a sender's file")
    return sorted(kinds - {""})


def _kind(candidate: str, submissions: Collection[str]) -> str:
    number = re.sub(r"\D", "", candidate) if len(candidate) == 12 else candidate
    if nhs_number_fault(number) is None:
        return "an NHS number"
    if uln_fault(number) is None:
        return "a unique learner number"
    if upn_fault(candidate.upper()) is None:
        return "a unique pupil number"
    if len(candidate) >= _PSEUDONYM_DIGITS:
        return "a pseudonym"
    return "the id of a delivery" if candidate in submissions else ""


def _delivered_name() -> re.Pattern[str]:
    """A file as senders are asked to name it: ``<feed>_<sender>_<YYYYMM>_<NN>``."""
    feeds = "|".join(sorted(local_feeds()))
    return re.compile(rf"(?<![a-z])(?:{feeds})_\w{{1,40}}?_20\d{{4}}_\d\d(?!\d)", re.IGNORECASE)
