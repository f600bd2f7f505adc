"""What may be said of an error that nobody foresaw: its kind and place, never its message."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from traceback import walk_tb

from ingest.refusals import Refused

_PROJECT = Path(__file__).resolve().parent.parent


def place_of(error: Exception) -> str:
    """Where an error was met: the last line of the project's own code on the way, with its file."""
    lines = [(Path(frame.f_code.co_filename), line) for frame, line in walk_tb(error.__traceback__)]
    own = [
        (path, line)
        for path, line in lines
        if path.is_relative_to(_PROJECT) and "site-packages" not in path.parts
    ]
    path, line = (own or lines)[-1]
    name = path.relative_to(_PROJECT).as_posix() if own else path.name
    return f"{name}, line {line}"


def fault_of(error: BaseException) -> str:
    """What the system says of a fault of its own, with the folder; empty for any other error.

    The system's errors have a number. Those that a reader raises over bytes, such as of a damaged
    gzip file, have none. A file's own name may hold a person's, so only its folder is said.
    """
    if isinstance(error, MemoryError):
        return os.strerror(errno.ENOMEM)
    if not isinstance(error, OSError) or error.errno is None:
        return ""
    name = error.filename2 or error.filename
    where = f", in {Path(os.fsdecode(name)).parent}" if isinstance(name, str | bytes) else ""
    return os.strerror(error.errno) + where


def unreadable(error: Exception, where: str) -> Refused:
    """The refusal of a delivery over which a reader stumbled; its message may hold a cell."""
    return Refused(
        "R-READ",
        where,
        f"something that nobody foresaw ({type(error).__name__} in {place_of(error)})",
        "a delivery that can be read to its end",
        "export it again; if that is refused too, report the kind and the place",
    )
