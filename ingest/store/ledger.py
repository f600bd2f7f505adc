"""The append-only, hash-chained record of what was received, run, released and withdrawn.

One JSON object a line. Each carries the hash of the one before, so a changed, removed or inserted
line breaks the chain from there on. A last line without its line end was never promised to anybody
(the machine stopped while writing) and is dropped before the next one is written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from ingest.refusals import InWords
from ingest.store.durable import naming, sync_folder

RELEASED = "released"
"""Kind of an entry: a release, the sha256 of its manifest, and who made it."""
_FIRST = "0" * 64
_Made = TypeVar("_Made")


class LedgerBroken(InWords):
    """The chain does not hold: a line was changed, removed or inserted."""


class ClockBehind(InWords):
    """The clock of this machine is behind the ledger: a day of receipt would be wrong."""


@dataclass(frozen=True)
class Entry:
    """One line: ``kind`` says what happened, ``body`` holds the facts, ``at`` is UTC."""

    number: int
    kind: str
    at: str
    body: dict[str, Any]
    previous: str
    hash: str


class Ledger:
    """The ledger of one data folder. One writer at a time: the warehouse lock sees to that."""

    def __init__(self, home: Path) -> None:
        """Open, or be ready to begin, ``ledger/ledger.jsonl`` under ``home``."""
        self.path = home / "ledger" / "ledger.jsonl"
        self._known: list[Entry] | None = None
        self._made: dict[Callable[[Entry], Any], list[Any]] = {}

    def entries(self) -> list[Entry]:
        """Every line in order; read and checked once, then kept up by ``append``.

        Raises:
            LedgerBroken: naming the first line whose hash or predecessor is wrong.
        """
        if self._known is None:
            self._known = list(self._read())
        return self._known

    def of_each(self, make: Callable[[Entry], _Made]) -> list[_Made]:
        """What is made of every line in order, of each line once: the door asks at each delivery.

        ``make`` gives the same for the same line, and nobody changes what it gave.
        """
        made = self._made.setdefault(make, [])
        made += [make(entry) for entry in self.entries()[len(made) :]]
        return [*made]

    def refuse_earlier(self, at: datetime) -> None:
        """Raise ClockBehind when ``at`` lies before the last line."""
        entries = self.entries()
        if entries and _stamp(at) < entries[-1].at:
            raise ClockBehind(
                f"The clock of this machine says {_stamp(at)}, before the last entry of "
                f"{self.path} ({entries[-1].at}). Set the clock. If the clock is right, that entry "
                "was written while it was ahead: restore the data folder from the backup before it."
            )

    def append(self, kind: str, body: dict[str, Any], at: datetime) -> Entry:
        """Write one line and sync it before returning."""
        entries = self.entries()
        previous = entries[-1].hash if entries else _FIRST
        fields = {
            "number": len(entries) + 1,
            "kind": kind,
            "at": _stamp(at),
            "body": body,
            "previous": previous,
        }
        entry = Entry(**fields, hash=_hash(fields))
        self._write(json.dumps(fields | {"hash": entry.hash}, sort_keys=True) + "\n", len(entries))
        entries.append(entry)
        return entry

    def _read(self) -> Iterator[Entry]:
        previous = _FIRST
        for number, line in enumerate(self._whole_lines(), 1):
            fields = _parse(line, number)
            claimed = fields.pop("hash", "")
            if fields.get("previous") != previous or _hash(fields) != claimed:
                raise LedgerBroken(
                    f"{self.path}, line {number}: the chain of hashes does not hold. The line, or "
                    "one before it, was altered. Restore the ledger from backup; do not edit it."
                )
            previous = claimed
            yield Entry(**fields, hash=claimed)

    def _whole_lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        return self.path.read_bytes().split(b"\n")[:-1]

    def _write(self, line: str, after: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o640)
        with naming(self.path), os.fdopen(handle, "r+b") as file:
            file.truncate(sum(len(file.readline()) for _ in range(after)))
            file.seek(0, os.SEEK_END)
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.path.parent)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _parse(line: bytes, number: int) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise LedgerBroken(f"ledger line {number} is not JSON; restore it from backup") from error
    if not isinstance(fields, dict):
        raise LedgerBroken(f"ledger line {number} is not an entry; restore it from backup")
    return fields


def _hash(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
