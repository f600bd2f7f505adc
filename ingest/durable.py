"""Files that are there whole or not at all, also after a power cut, and what names their bytes."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path


def write_whole(path: Path, data: bytes, mode: int = 0o640) -> None:
    """Write ``data`` beside ``path``, sync it, and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes; they are read in pieces, so that their size costs no memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
