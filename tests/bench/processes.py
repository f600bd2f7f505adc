"""A whole process and what it cost: time on the clock, processor time, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK = 0.05
"""Seconds between two looks at the memory of a process."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Spent:
    """What a process and all that it started spent."""

    wall_seconds: float
    cpu_seconds: float
    """User and system."""
    peak_mb: float
    """Resident memory of all of them together at its highest; what two share counts twice."""


def spend(arguments: Sequence[str], fine: Sequence[int] = (0,), **settings: str) -> Spent:
    """Run a process to its end; ``fine`` is how it may end.

    Raises:
        RuntimeError: it failed; with the end of what it printed.
    """
    with tempfile.TemporaryFile() as printed:
        begun, peak = time.monotonic(), 0.0
        process = subprocess.Popen(
            arguments, stdout=printed, stderr=subprocess.STDOUT, env=os.environ | settings
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, sum(map(_resident, _family(process.pid))))
            time.sleep(_LOOK)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in fine:
            printed.seek(0)
            tail = printed.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{tail}")
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Spent(wall, usage.ru_utime + usage.ru_stime, max(peak, largest) / 1e6)


def together(parts: Sequence[Spent]) -> Spent:
    """Of processes one after the other."""
    return Spent(
        sum(part.wall_seconds for part in parts),
        sum(part.cpu_seconds for part in parts),
        max(part.peak_mb for part in parts),
    )


def disk_mb(folder: Path) -> float:
    """Megabytes of the files below a folder; a file with several names counts once."""
    found = {
        (told.st_dev, told.st_ino): told.st_size
        for path in folder.rglob("*")
        for told in [path.lstat()]
        if not path.is_dir()
    }
    return sum(found.values()) / 1e6


def _family(pid: int) -> Iterator[int]:
    """A process and what it started, as far as the system shows it (Linux)."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return
    for child in children.split():
        yield from _family(int(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:  # it has ended between the two looks
        return 0
