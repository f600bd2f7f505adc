"""From the inbox to the lake: two assets a feed, made from its contract."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from ingest.contracts import Contract, load_contracts, local_feeds
from ingest.door.receive import Received, receive
from ingest.refusals import InWords
from ingest.store.ledger import Ledger
from ingest.store.submissions import accepted, submissions
from orchestration.discretion import discreet
from orchestration.lake_building import build_lake, open_door
from orchestration.warehouse import CHANGE, GROUPS, MONTHLY, Warehouse

INBOX = dg.AssetKey("inbox")
OFFICIAL = dg.AssetKey(["lake", "official"])


@dg.asset(
    key=INBOX,
    group_name=GROUPS["landing"],
    kinds={"file"},
    description="One row per file in the inbox with its outcome: accepted, refused, held ...",
)
@discreet
def inbox(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
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
            partition = month if feed in local_feeds() else None
            key = dg.AssetKey([layer, feed])
            context.log_event(dg.AssetMaterialization(key, partition=partition))
    if faults := [f"{one.file}: {one.why}" for one in received if one.is_fault]:
        raise InWords("; ".join(faults))
    outcomes = [one.outcome for one in received]
    return dg.MaterializeResult(
        metadata={outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
        | {"files": len(received), "sha256": [one.sha256 for one in received]}
        | {"what became of each": told(home, received)}
    )


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


def landing_asset(contract: Contract) -> dg.AssetsDefinition:
    """What has landed of one feed."""

    @dg.asset(
        key=["landing", contract.feed],
        deps=[INBOX],
        **({} if contract.kind == "official" else MONTHLY),
        group_name=GROUPS["landing"],
        kinds={"file"},
        description=f"One row per delivered file of: {contract.title}. {contract.source}",
    )
    @discreet
    def landed(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        month = context.partition_key if context.has_partition_key else None
        known = [
            s
            for s in submissions(Ledger(warehouse.settings.home))
            if s.feed == contract.feed and (contract.kind == "official" or s.period == month)
        ]
        return dg.MaterializeResult(
            metadata={
                "accepted": sum(s.outcome == "accepted" for s in known),
                "refused": sum(s.outcome == "refused" for s in known),
                "sha256": [file["sha256"] for s in known for file in s.files],
            }
        )

    return landed


def lake_asset(contract: Contract) -> dg.AssetsDefinition:
    """One feed's typed, pseudonymised tables."""

    @dg.asset(
        key=["lake", contract.feed],
        deps=[dg.AssetKey(["landing", contract.feed])],
        **({} if contract.kind == "official" else MONTHLY),
        group_name=GROUPS["lake"],
        kinds={"parquet"},
        description=contract.tables[0].description + ", typed and without identifiers.",
    )
    @discreet
    def stored(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        built = build_lake(warehouse.settings, contract)
        return dg.MaterializeResult(metadata=built)

    return stored


def official_asset(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """What dbt reads of all official publications of one shape."""

    @dg.asset(
        key=OFFICIAL,
        deps=[dg.AssetKey(["lake", contract.feed]) for contract in contracts],
        group_name=GROUPS["lake"],
        kinds={"parquet"},
        description="One row per cell of every edition of the official publications together.",
    )
    @discreet
    def together(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        datasets = {contract.feed for contract in contracts}
        known = accepted(submissions(Ledger(warehouse.settings.home)))
        held = [s for s in known if s.feed in datasets]
        cells = sum(s.rows["kept"] for s in held)
        return dg.MaterializeResult(metadata={"editions": len(held), "cells": cells})

    return together


def feed_assets() -> list[dg.AssetsDefinition]:
    """The inbox, and landing and lake of every contract in force."""
    newest = {contract.feed: contract for contract in load_contracts()}
    assets: list[dg.AssetsDefinition] = [inbox]
    for contract in newest.values():
        assets += [landing_asset(contract), lake_asset(contract)]
    published = [contract for contract in newest.values() if contract.layouts]
    return [*assets, official_asset(published)]
