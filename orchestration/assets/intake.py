"""From the inbox to the lake: two assets a feed, made from its contract, in two steps."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION

from ingest.contracts import Contract, local_feeds
from ingest.door.receive import Received, receive
from ingest.refusals import InWords
from ingest.store.ledger import Ledger
from ingest.store.submissions import Submission, accepted, submissions
from orchestration.dagster_names import CHANGE, GROUPS, MONTHS, ONE_RUN_A_MONTH
from orchestration.own_words import in_own_words
from orchestration.run.lake_building import build_lake, open_door, open_lake, refuse_changed
from orchestration.warehouse import Warehouse

INBOX = dg.AssetKey("inbox")


@dg.multi_asset(
    name="receive_inbox",
    specs=[
        dg.AssetSpec(
            INBOX,
            group_name=GROUPS["landing"],
            kinds={"file"},
            description="One row per file in the inbox with its outcome: accepted, refused, held.",
        )
    ],
)
@in_own_words
def receive_inbox(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Receive what lies in the inbox; a refused delivery never stops a month.

    A run that nobody asked for by hand leaves what is not complete yet.

    What is accepted is in landing and lake at once, and is shown there for its feed and month. A
    file that the machine could not read fails the step: its month would say that it was not
    received.
    """
    home = warehouse.settings.home
    is_patient = CHANGE in context.run.tags
    received = receive(open_door(warehouse.settings, is_patient=is_patient))
    for one in received:
        context.log.info(f"{one.outcome}: {one.file} {one.why}".rstrip())
    for feed, month in sorted({(r.feed, r.period) for r in received if r.outcome == "accepted"}):
        for layer in ("landing", "lake"):
            _log_built(context, dg.AssetKey([layer, feed]), month)
    if faults := [f"{one.file}: {one.why}" for one in received if one.is_fault]:
        raise InWords("; ".join(faults))
    outcomes = [one.outcome for one in received]
    return dg.MaterializeResult(
        metadata={outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
        | {"files": len(received), "sha256": [one.sha256 for one in received]}
        | {"what became of each": told(home, received)}
    )


def _log_built(context: dg.AssetExecutionContext, key: dg.AssetKey, month: str) -> None:
    """Show what was built beside what the run is of: another step's asset, or another month."""
    partition = month if key.path[-1] in local_feeds() else None
    context.log_event(dg.AssetMaterialization(key, partition=partition))


def told(home: Path, received: Sequence[Received]) -> dg.TableMetadataValue:
    """One row a file, in the words of its answer; nothing of what a file holds."""
    columns = ("file", "feed", "sender", "month", "outcome", "why", "answer")
    rows = [
        (
            one.file, one.feed, one.sender, one.period, one.outcome, one.why,
            one.answer.relative_to(home).as_posix() if one.answer else "",
        )
        for one in received
    ]  # fmt: skip
    schema = dg.TableSchema([dg.TableColumn(name) for name in columns])
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in rows]
    return dg.MetadataValue.table(records, schema)


def store_feeds(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """What has landed of each feed, and its typed tables: one step for all feeds or some."""

    @dg.multi_asset(
        name="store_feeds",
        specs=[spec for contract in contracts for spec in _specs(contract)],
        can_subset=True,
        backfill_policy=ONE_RUN_A_MONTH,
    )
    @in_own_words
    def store(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[Any]:
        home = warehouse.settings.home
        pseudonyms = open_lake(warehouse.settings)
        known = {one.submission_id: one for one in accepted(submissions(Ledger(home)))}.values()
        month = context.partition_key if context.has_partition_key else None
        for contract in contracts:
            of_feed = [one for one in known if one.feed == contract.feed]
            own = [one for one in of_feed if contract.kind == "official" or one.period == month]
            landing, lake = (dg.AssetKey([layer, contract.feed]) for layer in ("landing", "lake"))
            if landing in context.selected_asset_keys:
                refuse_changed(home, own)
                hashes = [file["sha256"] for one in own for file in one.files]
                yield _event(landing, own, sha256=hashes)
            if lake in context.selected_asset_keys:
                stored = build_lake(home, of_feed, pseudonyms)
                others = {one.period for one in stored} - {one.period for one in own}
                for other in sorted(others):
                    _log_built(context, lake, other)
                yield _event(lake, own, stored_now=len(stored))

    return store


def _event(
    key: dg.AssetKey, deliveries: Sequence[Submission], **facts: Any
) -> dg.MaterializeResult | dg.Output:
    """A materialisation where something was delivered, and none where nothing was.

    Dagster skips whatever depends on an output that does not come, so a month without a delivery
    of one feed would end here. The output comes, marked as one that is shown by no event. The mark
    is Dagster's own and may go: tried with 1.13.27, held by tests/definitions/test_steps.py.
    """
    if deliveries:
        rows = sum(one.rows["kept"] for one in deliveries)
        facts = {"deliveries": len(deliveries), "rows_kept": rows} | facts
        return dg.MaterializeResult(asset_key=key, metadata=facts)
    is_shown_by_no_event = {SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True}
    return dg.Output(None, key.to_python_identifier(), metadata=is_shown_by_no_event)


def _specs(contract: Contract) -> Iterator[dg.AssetSpec]:
    months = None if contract.kind == "official" else MONTHS
    landing = dg.AssetKey(["landing", contract.feed])
    yield dg.AssetSpec(
        landing,
        deps=[INBOX],
        partitions_def=months,
        group_name=GROUPS["landing"],
        kinds={"file"},
        description=f"One row per delivered file of: {contract.title}. {contract.source}",
    )
    yield dg.AssetSpec(
        dg.AssetKey(["lake", contract.feed]),
        deps=[landing],
        partitions_def=months,
        group_name=GROUPS["lake"],
        kinds={"parquet"},
        description=contract.tables[0].description + ", typed and without identifiers.",
    )
