"""The one resource: the data folder, held by one run at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.dagster_names import PARTITION
from orchestration.lock import warehouse_lock
from orchestration.settings import Settings, from_environment


class Warehouse(dg.ConfigurableResource):
    """Gives assets the settings, and holds the lock from a run's first step to its last."""

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return from_environment()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:
        """Wait for the lock, in the words of the run's log; a killed run loses it by itself."""
        tell = context.log.info if context.log else print
        with warehouse_lock(self.settings.home, tell, command=_named(context.run)):
            yield self


def _named(run: dg.DagsterRun | None) -> str:
    """How a run is named to whoever waits for it."""
    if run is None:
        return "Dagster"
    return f"Dagster run {run.run_id[:8]} of {run.job_name} {run.tags.get(PARTITION, '')}"
