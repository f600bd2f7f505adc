"""Files that are there whole or not at all, also after a power cut, and what names their bytes."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, data: bytes, mode: int = 0o640) -> None:
    """Write ``data`` beside ``path``, sync it, and rename it into place.

    Raises:
        OSError: with the name of the file, and without leaving a part of it on a full disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with naming(path), os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def swap_link(link: Path, target: str | None) -> None:
    """Let a link lead to ``target``, in one step and for good; None: to nothing.

    Whoever follows it meanwhile finds the one or the other.
    """
    if target is None:
        link.unlink(missing_ok=True)
    elif not link.is_symlink() or str(link.readlink()) != target:
        temporary = link.with_name(f".{link.name}.tmp-{os.getpid()}")
        temporary.symlink_to(target)
        temporary.replace(link)
        sync_folder(link.parent)


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes; they are read in pieces, so that their size costs no memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with naming(folder / "entries"):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system say of which file it is: those of a write do not by themselves."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
