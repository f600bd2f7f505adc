"""The one resource: the data folder, held by one run at a time."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from orchestration.lock import warehouse_lock
from orchestration.months import FIRST_MONTH
from orchestration.settings import Settings, from_environment

# Backfill policies have been called beta for years; said once a decorator it hides real warnings.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

CHANGE = "lasp/change"
"""Tag of a run that was asked for by itself: what it was asked for, so that it is asked once."""
BY_COMMAND = "lasp/by_command"
"""Tag of a run that lives in the process of `lasp run`."""

_PARTITION = "dagster/partition"  # Dagster's own tag, which it exports under no name
MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=FIRST_MONTH, fmt="%Y-%m", timezone="Europe/London"
)
ONE_RUN_A_MONTH = dg.BackfillPolicy.multi_run()  # a release a month, never one for several
MONTHLY: dict[str, Any] = {"partitions_def": MONTHS, "backfill_policy": ONE_RUN_A_MONTH}
_WAY = (
    "landing", "seeds", "lake", "staging", "prepare", "core", "count", "marts", "answers", "release"
)  # fmt: skip
GROUPS = {stage: f"{number:02}_{stage}" for number, stage in enumerate(_WAY, 1)}
"""Asset groups in the order of a record's way: the UI sorts groups by their names."""
EVERY_MONTH = dg.AllPartitionMapping()
"""A month's flows come from every snapshot that was known, later months' included."""


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
    return f"Dagster run {run.run_id[:8]} of {run.job_name} {run.tags.get(_PARTITION, '')}"
