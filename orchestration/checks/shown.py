"""A reason as the Dagster UI shows it: its words as the description, its rows as a table."""

from typing import Any

import dagster as dg

from orchestration.checks.reasons import Reason


def shown(
    reason: Reason,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    check_key: dg.AssetCheckKey | None = None,
    **metadata: Any,
) -> dg.AssetCheckResult:
    """Give the result of a check; ``check_key`` where it does not follow from who asks."""
    if reason.rows:
        records = [dg.TableRecord(dict(row)) for row in reason.rows]
        metadata["reasons"] = dg.MetadataValue.table(records)
    named = {"asset_key": check_key.asset_key, "check_name": check_key.name} if check_key else {}
    return dg.AssetCheckResult(
        passed=reason.passed,
        severity=severity,
        description=reason.words,
        metadata=metadata,
        **named,
    )
