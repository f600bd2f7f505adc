"""Whether the serving database, where there is one, shows the releases that stand."""

from pathlib import Path

import dagster as dg

from orchestration.dagster_names import RELEASE
from orchestration.publication.serving.connection import NotServed
from orchestration.publication.serving.following import follow
from orchestration.publication.serving.last_known import standing
from orchestration.settings import serving_address

SERVED = "served"


def specs() -> list[dg.AssetCheckSpec]:
    """The check of a release; none without a serving database."""
    words = "The serving database shows this release. A failure takes no release back: mend the "
    words += "database, then `lasp serve-database`."
    return (
        [dg.AssetCheckSpec(SERVED, asset=RELEASE, description=words)] if serving_address() else []
    )


def serve(home: Path) -> list[dg.AssetCheckResult]:
    """Let the database follow; what goes wrong there is shown, and the release stands."""
    address = serving_address()
    if not address:
        return []
    try:
        found = follow(home, address)
    except NotServed:
        found = standing(home)
    return [
        dg.AssetCheckResult(
            asset_key=RELEASE,
            check_name=SERVED,
            passed=not found.trouble,
            metadata={"internal": found.internal or "", "public": found.public or ""},
            severity=dg.AssetCheckSeverity.ERROR,
            description=str(found),
        )
    ]


def event_of(result: dg.AssetCheckResult, month: str) -> dg.AssetCheckEvaluation:
    """The same as an event, for a step that is not the release's own."""
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
        partition=month,
    )
