"""One run at a time, by a lock that the kernel frees when its holder dies.

The file ``lock`` of the data folder says who holds it, for whoever waits. A program that locks it
without saying so (a backup under ``flock(1)``) keeps everybody out as well.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.refusals import InWords

WAIT_SECONDS = 600
SAID_EVERY = 30
"""Seconds between two lines of whoever waits; the first is said at once."""
_POLL_SECONDS = 1.0
_DAEMON = "daemon.lock"
_RECORD_BYTES = 4096


class Busy(InWords):
    """Another process has held the warehouse for longer than we wait."""


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: what was asked, where, since when (UTC), and what is being done now."""

    command: str
    process: int
    host: str
    since: str
    doing: str = ""

    def __str__(self) -> str:
        """Name the holder in the middle of a sentence."""
        where = "" if self.host == platform.node() else f" on {self.host}"
        now = f", now at: {self.doing}" if self.doing else ""
        return f"`{self.command}` (process {self.process}{where}, since {self.since} UTC{now})"

    @property
    def is_gone(self) -> bool:
        """Whether the process is known to have ended: of another machine nobody here can tell."""
        if self.host != platform.node():
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # it is another user's
            return False
        return False


@dataclass
class _Held:
    handle: int
    holder: Holder
    depth: int = 1


_held: dict[Path, _Held] = {}


@contextmanager
def warehouse_lock(
    home: Path,
    tell: Callable[[str], None],
    wait_seconds: float = WAIT_SECONDS,
    command: str = "",
) -> Iterator[None]:
    """Hold ``home``'s lock; within one process it may be entered again.

    ``command`` is how the holder is named to others, by default the program. While another holds
    the lock ``tell`` is given a line at once and every half minute.

    Raises:
        Busy: naming the holder, after ``wait_seconds``.
    """
    path = home / "lock"
    if held := _held.get(path):
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
        return
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        _acquire(handle, tell, wait_seconds)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        name = " ".join((command or Path(sys.argv[0]).name).split())[:200]
        _held[path] = _Held(handle, Holder(name, os.getpid(), platform.node(), now))
        _write(_held[path])
        yield
    finally:
        if _held.pop(path, None):
            os.ftruncate(handle, 0)  # before the lock is let go: a stale name would mislead
        os.close(handle)


def become_daemon(home: Path) -> None:
    """Hold, until this process or the program that it becomes ends, what tells of a daemon.

    Raises:
        Busy: a daemon runs already: two would ask for each month and send each alert twice.
    """
    handle = os.open(home / _DAEMON, os.O_RDWR | os.O_CREAT, 0o640)
    # Whoever looks whether there is a daemon holds the file for that moment.
    if not any(_try(handle) or time.sleep(0.2) for _ in range(5)):
        os.close(handle)
        raise Busy(
            f"A daemon runs over {home} already, and one is enough. `lasp status` shows what it "
            "has done; to run this one instead, stop the other first."
        )
    os.set_inheritable(handle, True)


def has_daemon(home: Path) -> bool:
    """Whether a daemon of this machine runs over the data folder."""
    path = home / _DAEMON
    if not path.exists():
        return False
    handle = os.open(path, os.O_RDWR)
    try:
        return not _try(handle)
    finally:
        os.close(handle)


def say_doing(home: Path, words: str) -> None:
    """Let those who wait know what is being done; without the lock nothing is said."""
    if held := _held.get(home / "lock"):
        held.holder = replace(held.holder, doing=words)
        _write(held)


def in_use_by(home: Path) -> str:
    """Who holds the lock now; empty when nobody does."""
    path = home / "lock"
    if not path.exists():
        return ""
    handle = os.open(path, os.O_RDWR)
    try:
        return "" if _try(handle) else str(_named(handle))
    finally:
        os.close(handle)


def _acquire(handle: int, tell: Callable[[str], None], wait_seconds: float) -> None:
    began, said = time.monotonic(), -1
    while not _try(handle):
        waited = time.monotonic() - began
        if waited >= wait_seconds:
            raise Busy(
                f"Waited {wait_seconds:.0f} seconds for the warehouse, which is in use by "
                f"{_named(handle)}. Try again when that has ended, or end that process."
            )
        if waited // SAID_EVERY > said:
            said = waited // SAID_EVERY
            tell(
                f"waiting for {_named(handle)}: one at a time "
                f"({waited:.0f} s of at most {wait_seconds:.0f} s)"
            )
        time.sleep(min(_POLL_SECONDS, wait_seconds - waited))


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(held: _Held) -> None:
    """Write the whole record, then cut what an older and longer one left behind it."""
    data = json.dumps(asdict(held.holder)).encode()
    os.pwrite(held.handle, data, 0)
    os.ftruncate(held.handle, len(data))


def _named(handle: int) -> Holder | str:
    """The holder as the file names it: not a process that was killed, and left its name."""
    data = os.pread(handle, _RECORD_BYTES, 0).decode("utf-8", "replace")
    try:
        fields, _ = json.JSONDecoder().raw_decode(data)
        holder = Holder(**fields)
    except (ValueError, TypeError):
        holder = None
    if holder is None or holder.is_gone:
        return "a program that does not say its name (a backup that locks the folder, perhaps)"
    return holder
