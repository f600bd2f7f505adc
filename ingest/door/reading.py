"""The gate for names, and the bytes of what has passed it, no more of them than the cap allows."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.contracts import policy
from ingest.door.names import LOCAL_ENDINGS, SAFE_NAME, how_to_name
from ingest.door.shown_names import shown_name
from ingest.refusals import InWords, Refused
from ingest.store.durable import sha256_of

_ENDING = re.compile(r"\.[a-z0-9]{1,5}", re.ASCII)


class Unread(InWords):
    """A delivered file that the machine could not read: no fault of its sender, so no refusal."""

    def __init__(self, path: Path, error: OSError) -> None:
        """Say which file and what the system said; ``is_gone`` where somebody took it away."""
        self.is_gone = not os.path.lexists(path)
        system = os.strerror(error.errno) if error.errno else type(error).__name__
        found = "was removed meanwhile" if self.is_gone else f"could not be read: {system}"
        super().__init__(f"{shown_name(path)} {found}.")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say in words which file the machine could not read."""
    try:
        yield
    except OSError as error:
        raise Unread(path, error) from None


def is_there(path: Path) -> bool:
    """Whether a regular file lies there: a link could point anywhere, a pipe would hang."""
    return path.is_file() and not path.is_symlink()


def refuse_name(path: Path) -> None:
    """The name gate. The file is not opened: a pipe would hang and a link could point anywhere."""
    with reading(path):
        facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise _bad_name(path, "not a regular file (a link, folder or pipe)", "copy the file itself")
    if not SAFE_NAME.fullmatch(path.name):
        raise _bad_name(path, "a name with characters that are not allowed", how_to_name(path))
    _refuse_large(path, facts.st_size)


def _refuse_large(path: Path, size: int) -> None:
    largest = policy().largest_file_bytes
    if size > largest:
        found = f"{size:,} bytes"
        raise _bad_name(path, found, f"send {largest:,} bytes or fewer, or ask for a higher limit")


def _bad_name(path: Path, found: str, action: str) -> Refused:
    return Refused("R-NAME", shown_name(path), found, policy().rules["R-NAME"].rule, action)


def refuse_ending(path: Path) -> None:
    """Refuse a local delivery in a form that no feed takes."""
    if path.suffix.lower() not in LOCAL_ENDINGS:
        raise _bad_name(path, "a file type other than .csv, .xlsx and .xml", "send one of these")


def extension_of(path: Path) -> str:
    """The ending of a name, by which the file is stored; `file` where it has none."""
    ending = path.suffix.lower()
    return ending[1:] if _ENDING.fullmatch(ending) else "file"


def bytes_of(path: Path) -> bytes:
    """The bytes of a file, of which no more are read than the cap allows, however it grows."""
    with reading(path), path.open("rb") as file:
        data = file.read(policy().largest_file_bytes + 1)
    _refuse_large(path, len(data))
    return data


def hash_of(path: Path) -> str:
    """sha256 of a file's bytes, in pieces; of what is no regular file, of its name."""
    with reading(path):
        return (
            sha256_of(path)
            if is_there(path)
            else hashlib.sha256(os.fsencode(path.name)).hexdigest()
        )
