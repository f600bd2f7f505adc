"""Dagster's history in SQLite, in Dagster's own files, written without opening them each time.

A month has 1,900 events. Dagster makes an engine for each write, so that SQLAlchemy compiles the
same insert anew, and waits for the disk at each commit: 4 ms of CPU an event, and the disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._serdes import ConfigurableClassData

_WAITED_SECONDS = 60
"""How long a write waits for another process's."""


class EventFiles(SqliteEventLogStorage):
    """The events of all runs: a file a run, of which the last stays open, and the index."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open the folder; what is not there yet is made at the first write."""
        self._open: dict[str, sa.Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> EventFiles:
        """Make it as `dagster.yaml` has it: ``base_dir`` is the home of the whole instance."""
        # Where Dagster keeps them by default.
        return cls(str(Path(config_value["base_dir"]) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> sa.Engine:
        if shard not in self._open:
            for other in self._open.keys() - {INDEX_SHARD_NAME}:
                self._open.pop(other).dispose()
            engine = sa.create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": _WAITED_SECONDS}
            )
            sa.event.listen(engine, "connect", _wait_at_checkpoints)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._open[shard] = engine
        return self._open[shard]

    def dispose(self) -> None:
        """Close every file."""
        super().dispose()
        while self._open:
            self._open.popitem()[1].dispose()


def _wait_at_checkpoints(connection: Any, _: object) -> None:
    """Wait for the disk now and then: a power cut takes the last events, never the file.

    The run that wrote them ends with its process, and is found as a dead one.
    """
    connection.execute("pragma synchronous = normal")
