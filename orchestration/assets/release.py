"""From run inputs to the release: what stands around the dbt models."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from ingest.contracts import local_feeds
from orchestration import steps
from orchestration.assets.models import FINDINGS, RUN_INPUTS
from orchestration.discretion import discreet
from orchestration.publication import history
from orchestration.publication.release import ReleaseResult, publish, record
from orchestration.publication.report import INDEX, QUALITY
from orchestration.ui.addresses import of_data_docs, of_release
from orchestration.warehouse import AS_AT, GROUPS, MONTHLY, PARTS_UP_TO_OWN, REQUIRE, Warehouse

WORKLISTS = dg.AssetKey(["answers", "worklists"])
CANDIDATE = dg.AssetKey("candidate")
RELEASE = dg.AssetKey(["release", "internal"])


def run_inputs(feeds: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """What this run is told, from the lake of every feed."""

    @dg.asset(
        key=RUN_INPUTS,
        deps=[dg.AssetDep(key, partition_mapping=_mapping(key)) for key in feeds],
        **MONTHLY,
        group_name=GROUPS["lake"],
        kinds={"parquet"},
        description="One row per submission and what the month, as known at a date, makes of it.",
    )
    @discreet
    def told(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        as_at = context.run.tags.get(AS_AT)
        day = date.fromisoformat(as_at) if as_at else None
        run, used = steps.tell(warehouse.settings, context.partition_key, day)
        verdicts = used["verdict"].value_counts().to_dict()
        facts = {"release": run.release_id, "as_at": run.as_at.isoformat()}
        return dg.MaterializeResult(metadata=facts | {k: int(v) for k, v in verdicts.items()})

    return told


def _mapping(key: dg.AssetKey) -> dg.PartitionMapping | None:
    return PARTS_UP_TO_OWN if key.path[-1] in local_feeds() else None


@dg.asset(
    key=FINDINGS,
    deps=[dg.AssetKey(["intermediate", "int_waiting_lists__united"])],
    **MONTHLY,
    group_name=GROUPS["lake"],
    kinds={"parquet", "greatexpectations"},
    description="One row per finding of the gates of feeds and waiting lists.",
)
@discreet
def findings(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Judge the lists; what is found withholds figures, it never stops the month."""
    found = steps.screen(warehouse.settings)
    counts = found.group_by(["severity"]).aggregate([("finding_id", "count")]).to_pylist()
    return dg.MaterializeResult(
        metadata={row["severity"]: row["finding_id_count"] for row in counts}
    )


@dg.asset(
    key=WORKLISTS,
    deps=[dg.AssetKey(["intermediate", "int_worklists__listed"])],
    **MONTHLY,
    group_name=GROUPS["answers"],
    kinds={"csv"},
    description="One row per delivered row that reaches a limit soon, told to its sender alone.",
)
@discreet
def worklists(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Write each sender's worklist; nothing of it enters the release."""
    names = steps.write_worklists(warehouse.settings)
    return dg.MaterializeResult(metadata={"files": len(names)})


def candidate(marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The files that would be released."""

    @dg.asset(
        key=CANDIDATE,
        deps=marts,
        **MONTHLY,
        group_name=GROUPS["release"],
        kinds={"parquet"},
        description="One row per Parquet file that dbt handed over for this month's release.",
    )
    @discreet
    def handed_over(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        hashes = steps.name_candidate(warehouse.settings, context.partition_key)
        return dg.MaterializeResult(metadata={"files": len(hashes), "sha256": hashes})

    return handed_over


@dg.asset(
    key=RELEASE,
    deps=[CANDIDATE],
    **MONTHLY,
    group_name=GROUPS["release"],
    kinds={"parquet", "duckdb"},
    description="One row per released file of the month, for the partnership's own use.",
)
@discreet
def internal_release(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult:
    """Release the candidate, whole, if every file has a passing receipt for its bytes."""
    required = [feed for feed in context.run.tags.get(REQUIRE, "").split(",") if feed]
    request = steps.release_request(warehouse.settings, context.partition_key, required)
    result = publish(
        warehouse.settings.home, request, withdrawn=steps.withdrawals(warehouse.settings)
    )
    record(warehouse.settings.home, request, result, datetime.now(UTC))
    context.log.info(f"{result.release_id}: {result.status}")
    return dg.MaterializeResult(metadata=released_facts(warehouse.settings.home, result))


def released_facts(home: Path, result: ReleaseResult) -> dict[str, Any]:
    """What Dagster shows of a release; links to its report name neither a host nor a folder.

    Where the data folder lies may name whoever runs the warehouse.
    """
    facts: dict[str, Any] = {"release": result.release_id, "status": result.status}
    record = history.release(home, result.release_id)
    for fact, name in (("report", INDEX), ("findings", QUALITY)):
        if f"internal/{name}" in record.manifest["files"]:
            facts[fact] = dg.MetadataValue.url(of_release(result.release_id, name))
    facts["data_docs"] = dg.MetadataValue.url(of_data_docs(result.release_id))
    return facts
