"""One run at a time, by a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.policy import InWords

WAIT_SECONDS = 600
_POLL_SECONDS = 1.0
_held: dict[Path, int] = {}


class Busy(InWords):
    """Another process has held the warehouse for longer than we wait."""


@contextmanager
def warehouse_lock(
    home: Path, tell: Callable[[str], None], wait_seconds: float = WAIT_SECONDS
) -> Iterator[None]:
    """Hold ``home``'s lock; within one process it may be entered again.

    Raises:
        Busy: naming the holder, after ``wait_seconds``.
    """
    path = home / "lock"
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        _acquire(handle, path, tell, wait_seconds)
        _held[path] = 1
        yield
    finally:
        _held.pop(path, None)
        os.close(handle)


def _acquire(handle: int, path: Path, tell: Callable[[str], None], wait_seconds: float) -> None:
    waited = 0.0
    while not _try(handle):
        if waited >= wait_seconds:
            raise Busy(
                f"The warehouse is in use by {_holder(path)} for more than {wait_seconds:.0f} "
                "seconds. Wait until it has ended and try again, or stop that process."
            )
        if waited % 10 == 0:
            tell(f"waiting for {_holder(path)} ({waited:.0f} s)")
        time.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()}".encode(), 0)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> str:
    return path.read_text("utf-8") or "another process"
