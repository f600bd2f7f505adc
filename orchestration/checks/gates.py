"""Verdicts of the gates where a data engineer looks for them."""

from collections.abc import Iterator, Sequence

import dagster as dg

from ingest.contracts import Contract
from orchestration.checks import reasons
from orchestration.checks.shown import shown
from orchestration.dagster_names import CANDIDATE
from orchestration.own_words import in_own_words
from orchestration.run import steps
from orchestration.ui.addresses import of_data_docs
from orchestration.warehouse import Warehouse


def judge_feeds(contracts: Sequence[Contract]) -> dg.AssetChecksDefinition:
    """The suite derived from each contract, on the lake tables of every accepted submission."""
    specs = [
        dg.AssetCheckSpec(
            "feed_gate",
            asset=dg.AssetKey(["lake", contract.feed]),
            description="Every lake table meets its contract. A failure stops no month: the "
            "delivery is left out, and the release says so.",
        )
        for contract in contracts
    ]

    @dg.multi_asset_check(name="judge_feeds", specs=specs, can_subset=True)
    @in_own_words
    def judge(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult]:
        """Show a verdict of each feed that was ever delivered; of others there is none."""
        keys = {key.asset_key.path[-1]: key for key in context.selected_asset_check_keys}
        for feed, judged in steps.judge_feeds(warehouse.settings, keys).items():
            yield shown(
                reasons.of_feed(judged), dg.AssetCheckSeverity.WARN, keys[feed], tables=len(judged)
            )

    return judge


@dg.multi_asset_check(
    name="judge_candidate",
    specs=[
        dg.AssetCheckSpec(
            "mart_gate",
            asset=CANDIDATE,
            blocking=True,
            description="Every file of the candidate passes its suite; receipts are bound to its "
            "bytes.",
        )
    ],
)
@in_own_words
def judge_candidate(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Judge the bytes that would be released; a failure stops the release."""
    verdicts = steps.judge_marts(warehouse.settings)
    page = dg.MetadataValue.url(of_data_docs(steps.document_marts(warehouse.settings)))
    failed = steps.failures(verdicts)
    return shown(reasons.of_marts(verdicts), failed_rules=failed, data_docs=page)
