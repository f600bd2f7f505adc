"""Verdicts of the gates where a data engineer looks for them."""

import dagster as dg

from ingest.contracts import Contract
from orchestration import steps
from orchestration.assets.models import FINDINGS
from orchestration.assets.release import CANDIDATE
from orchestration.discretion import discreet
from orchestration.warehouse import Warehouse


def feed_gate(contract: Contract) -> dg.AssetChecksDefinition:
    """The suite derived from the contract, on the lake tables of every accepted submission."""

    @dg.asset_check(
        asset=dg.AssetKey(["lake", contract.feed]),
        name="feed_gate",
        description="Every lake table keeps its contract. Tells: one sender stops nothing.",
    )
    @discreet
    def judged(warehouse: Warehouse) -> dg.AssetCheckResult:
        verdicts = steps.judge_feed(warehouse.settings, contract.feed)
        failed = [submission for submission, passed in verdicts if not passed]
        return dg.AssetCheckResult(
            passed=not failed,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"tables": len(verdicts), "failed": failed},
        )

    return judged


@dg.asset_check(
    asset=FINDINGS,
    name="findings_gate",
    description="No list and no snapshot is unsound. Tells: what is found is withheld and said.",
)
@discreet
def findings_gate(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Count what was found by rule, for the screen; the sentences are in quality_findings."""
    counts = steps.findings_by_rule(warehouse.settings)
    unsound = sum(n for (severity, _), n in counts.items() if severity != "note")
    return dg.AssetCheckResult(
        passed=unsound == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={f"{rule} ({severity})": n for (severity, rule), n in sorted(counts.items())},
    )


@dg.asset_check(
    asset=CANDIDATE,
    name="mart_gate",
    blocking=True,
    description="Every file of the candidate passes its suite; receipts are bound to its bytes.",
)
@discreet
def mart_gate(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Judge the bytes that would be released; a failure stops the release."""
    failures = steps.judge_marts(warehouse.settings)
    return dg.AssetCheckResult(
        passed=not failures,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"failed_rules": failures},
    )
