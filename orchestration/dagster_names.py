"""What Dagster knows runs and assets by: tags, partitions, groups and the keys that many name."""

import warnings
from typing import Any

import dagster as dg

from orchestration.months import FIRST_MONTH

# Backfill policies have been called beta for years; said once a decorator it hides real warnings.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

CHANGE = "lasp/change"
"""Tag of a run that was asked for by itself: what it was asked for, so that it is asked once."""
BY_COMMAND = "lasp/by_command"
"""Tag of a run that lives in the process of `lasp run`."""
PARTITION = "dagster/partition"
"""Dagster's own tag of a run, the month, which it exports under no name."""

MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=FIRST_MONTH, fmt="%Y-%m", timezone="Europe/London"
)
ONE_RUN_A_MONTH = dg.BackfillPolicy.multi_run()  # a release a month, never one for several
MONTHLY: dict[str, Any] = {"partitions_def": MONTHS, "backfill_policy": ONE_RUN_A_MONTH}
EVERY_MONTH = dg.AllPartitionMapping()
"""A month's flows come from every snapshot that was known, later months' included."""
_WAY = (
    "landing", "seeds", "lake", "staging", "prepare", "core", "count", "marts", "answers", "release"
)  # fmt: skip
GROUPS = {stage: f"{number:02}_{stage}" for number, stage in enumerate(_WAY, 1)}
"""Asset groups in the order of a record's way: the UI sorts groups by their names."""

CANDIDATE = dg.AssetKey("candidate")
RELEASE = dg.AssetKey(["release", "internal"])
