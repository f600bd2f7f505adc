"""Read large deliveries on the machine's other cores while the ones before them are put away.

What is read here is only ever used in place of the same reading in the receiving process: whatever
goes wrong in another process is met again in the receiving one, which says so.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from ingest.door.delivery import Delivery, open_delivery
from ingest.door.examine import dated, examine
from ingest.door.names import claimed_by_name
from ingest.typed.examined import Examined

_WORTH_BYTES = 100_000_000
"""Reading takes 0.7 CPU s in 10 MB, to hand over what another process read 0.2, and to start two of
them 3 CPU s together: a month of 48 MB took 8.1 CPU s with them and 4.6 without, and no less time.
"""
_AHEAD = 2
"""Deliveries read ahead for each process: each waits in memory, some 200 MB of 15 MB delivered."""


class Ahead:
    """Deliveries that were examined before their turn."""

    def __init__(
        self, pool: ProcessPoolExecutor | None = None, deliveries: Sequence[Sequence[Path]] = (),
        day: date = date.min, processes: int = 0,
    ) -> None:  # fmt: skip
        """``day`` is the day of receipt; without a pool nothing is read ahead."""
        self._pool, self._day = pool, day
        self._rest = deque(tuple(paths) for paths in deliveries)
        self._begun: dict[tuple[Path, ...], Future] = {}
        self._most = processes * _AHEAD

    def take(self, delivery: Delivery, day: date) -> Examined | None:
        """What was made of a delivery of the same bytes, claims and day of receipt, if anything."""
        try:
            self._begin()
            begun = self._begun.pop(tuple(file.path for file in delivery.files), None)
            found = begun and begun.result()
        except Exception:  # a process killed, or without memory: read where it can be reported
            self._pool = None
            return None
        facts, examined = found or (None, None)
        return examined if facts == _facts(delivery) and day == self._day else None

    def _begin(self) -> None:
        while self._pool and self._rest and len(self._begun) < self._most:
            paths = self._rest.popleft()
            self._begun[paths] = self._pool.submit(_read, paths, self._day)


NOTHING = Ahead()


@contextmanager
def reading_ahead(deliveries: Sequence[Sequence[Path]], day: date) -> Iterator[Ahead]:
    """Read those of documented names ahead, where there are cores and enough to be read."""
    named = [paths for paths in deliveries if any(claimed_by_name(paths[0]))]
    cores = len(os.sched_getaffinity(0))
    size = sum(path.stat().st_size for paths in named for path in paths if path.is_file())
    if cores < 2 or size < _WORTH_BYTES:
        yield NOTHING
        return
    # A forked process would inherit the locks of pyarrow's threads.
    pool = ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"))
    try:
        yield Ahead(pool, named, day, cores)
    finally:
        pool.shutdown(cancel_futures=True)


def _read(paths: Sequence[Path], day: date) -> tuple[Hashable, Examined] | None:
    try:
        delivery = dated(open_delivery(*paths))
        return _facts(delivery), examine(delivery, day)
    except Exception:  # a refusal, or a fault: the receiving process meets it in the same bytes
        return None


def _facts(delivery: Delivery) -> Hashable:
    """All that a delivery is, with its bytes by their hash."""
    claims = (delivery.feed, delivery.sender, delivery.period, delivery.sequence)
    return (*claims, tuple(delivery.hashes), repr(delivery.manifest))
