"""Verdicts of the gates where a data engineer looks for them."""

from typing import Any

import dagster as dg

from ingest.contracts import Contract
from ingest.door.senders import listed
from orchestration import steps
from orchestration.assets.models import FINDINGS
from orchestration.assets.release import CANDIDATE
from orchestration.checks import reasons
from orchestration.checks.shown import shown
from orchestration.discretion import discreet
from orchestration.publication.explain import LOCAL_AREA
from orchestration.ui.addresses import of_data_docs
from orchestration.warehouse import Warehouse

TELLS: dict[str, Any] = {"severity": dg.AssetCheckSeverity.WARN}


def feed_gate(contract: Contract) -> dg.AssetChecksDefinition:
    """The suite derived from the contract, on the lake tables of every accepted submission."""

    @dg.asset_check(
        asset=dg.AssetKey(["lake", contract.feed]),
        name="feed_gate",
        description="Every lake table keeps its contract. Tells: one sender stops nothing.",
    )
    @discreet
    def judged(warehouse: Warehouse) -> dg.AssetCheckResult:
        receipts = steps.judge_feed(warehouse.settings, contract.feed)
        return shown(reasons.of_feed(receipts), **TELLS, tables=len(receipts))

    return judged


@dg.asset_check(
    asset=FINDINGS,
    name="findings_gate",
    description="No list and no snapshot is unsound. Tells: what is found is withheld and said.",
)
@discreet
def findings_gate(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Show what was found, ours first; all of it is in the release's quality_findings."""
    found = steps.findings_of_this_run(warehouse.settings)
    ours = {LOCAL_AREA, *(one.code for one in listed() if not one.is_invented)}
    return shown(reasons.of_findings(found, ours), **TELLS, findings=len(found))


@dg.asset_check(
    asset=CANDIDATE,
    name="mart_gate",
    blocking=True,
    description="Every file of the candidate passes its suite; receipts are bound to its bytes.",
)
@discreet
def mart_gate(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Judge the bytes that would be released; a failure stops the release."""
    verdicts = steps.judge_marts(warehouse.settings)
    page = dg.MetadataValue.url(of_data_docs(steps.document_marts(warehouse.settings)))
    failed = steps.failures(verdicts)
    return shown(reasons.of_marts(verdicts), failed_rules=failed, data_docs=page)
