"""The words in which a delivery is refused, noted or returned to its sender.

Rule codes are those of the landing policy (``R-HDR``, ``R-NA`` ...); the table itself, with
each rule's outcome in a sentence, is ``ingest/contracts/policy.yaml``.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb

import pandas as pd

_PROJECT = Path(__file__).resolve().parent.parent


class InWords(Exception):
    """An error whose words are ours: for the person who meets it, and free of what was delivered.

    Any other error may repeat a cell in its message, and is told by its kind and place alone.
    """


class Refused(InWords):
    """A delivery that cannot be used, in words for the person who sent it.

    No part of the message may hold a cell's value: it names file, sheet, row, column and rule.
    """

    def __init__(
        self,
        rule: str,
        where: str,
        found: str,
        expected: str,
        action: str,
        rejects: pd.DataFrame | None = None,
    ) -> None:
        """Keep each part, so that an answer file can lay them out in columns.

        ``rejects`` holds the rows that led to the refusal: the fields of ``Conformed.rejects`` and
        ``table``.
        """
        super().__init__(rule, where, found, expected, action)
        self.rule, self.where, self.found = rule, where, found
        self.expected, self.action, self.rejects = expected, action, rejects

    def __str__(self) -> str:
        """Give one readable sentence: rule, place, what was found, what to do."""
        return (
            f"{self.rule} at {self.where}: {self.found}; expected {self.expected}. "
            f"What to do: {self.action}"
        )


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


@dataclass(frozen=True)
class Finding:
    """Something unusual that a person should see; ``severity`` is note, withhold or refuse."""

    rule: str
    severity: str
    where: str
    message: str
    action: str


@dataclass(frozen=True)
class TextTable:
    """One delivered table before typing.

    ``frame`` holds text or None only, columns named as delivered (trimmed), and its index
    ``source_row`` is the 1-based row in the file, the header included in the count.
    """

    name: str
    frame: pd.DataFrame
    encoding: str
    findings: tuple[Finding, ...] = ()
    passed_over: int = 0
    """Elements around the table that the contract has passed over, such as those of a header."""
    places: tuple[int, ...] = ()
    """Where each column stands in the file, from 1, if blank ones may stand between them."""
