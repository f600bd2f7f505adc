"""From run inputs to the release: what stands around the dbt models."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from ingest.contracts import local_feeds
from ingest.door.senders import listed
from ingest.partnership import partnership
from ingest.store.ledger import Ledger
from orchestration.assets.asked import CHOOSE, Asked
from orchestration.assets.models import FINDINGS, RUN_INPUTS
from orchestration.checks import reasons, served
from orchestration.checks.shown import shown
from orchestration.dagster_names import CANDIDATE, EVERY_MONTH, GROUPS, MONTHLY, RELEASE
from orchestration.own_words import in_own_words
from orchestration.publication.release import history
from orchestration.publication.release.publishing import (
    ReleaseResult,
    confirm,
    publish,
    record,
)
from orchestration.publication.release.withdrawals import withdrawn
from orchestration.publication.report import INDEX, QUALITY
from orchestration.run import kept_parts, steps, unchanged
from orchestration.ui.addresses import of_data_docs, of_release
from orchestration.warehouse import Warehouse

WORKLISTS = dg.AssetKey(["answers", "worklists"])


def choose_deliveries(feeds: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """What this run uses, from the lake of every feed."""

    @dg.multi_asset(
        name=CHOOSE,
        specs=[
            dg.AssetSpec(
                RUN_INPUTS,
                deps=[dg.AssetDep(key, partition_mapping=_mapping(key)) for key in feeds],
                group_name=GROUPS["lake"],
                kinds={"parquet"},
                description="One row per submission and what the month, as known at a date, makes "
                "of it.",
                skippable=True,
            )
        ],
        **MONTHLY,
    )
    @in_own_words
    def choose(
        context: dg.AssetExecutionContext, warehouse: Warehouse, config: Asked
    ) -> Iterator[dg.MaterializeResult]:
        settings, month = warehouse.settings, context.partition_key
        run, used, rests_on = steps.choose_deliveries(settings, month, config.day, config.feeds)
        is_asked = config.from_nothing or not _is_whole(context.run)
        if not is_asked and (standing := unchanged.standing(settings, month, rests_on)):
            _stands(context, settings.home, standing)
            return
        if config.from_nothing:
            kept_parts.forget(settings.home)
        if _is_whole(context.run):
            unchanged.begin(settings, context.run_id, rests_on)
        verdicts = used["verdict"].value_counts().to_dict()
        facts = {"release": run.release_id, "as_at": run.as_at.isoformat()}
        yield dg.MaterializeResult(metadata=facts | {k: int(v) for k, v in verdicts.items()})

    return choose


def _is_whole(run: dg.DagsterRun) -> bool:
    """Whether a run is of every asset: whoever picks some wants them built."""
    return not run.asset_selection


def _stands(context: dg.AssetExecutionContext, home: Path, standing: history.ReleaseRecord) -> None:
    """Show the release as unchanged. Nothing else is: without run inputs Dagster skips the rest."""
    # Of each check of a step that is skipped Dagster would warn that nothing waits for it.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    result = confirm(home, standing, withdrawn(Ledger(home)))
    context.log.info(f"{result.release_id}: {result.status}, made from the same. Nothing is built.")
    context.log_event(
        dg.AssetMaterialization(
            RELEASE, partition=standing.month, metadata=released_facts(home, result)
        )
    )
    for result in served.serve(home):
        context.log_event(served.event_of(result, standing.month))


def _mapping(key: dg.AssetKey) -> dg.PartitionMapping | None:
    return EVERY_MONTH if key.path[-1] in local_feeds() else None


@dg.multi_asset(
    name="judge_waiting_lists",
    specs=[
        dg.AssetSpec(
            FINDINGS,
            deps=[dg.AssetKey(["intermediate", "int_waiting_lists__united"])],
            group_name=GROUPS["lake"],
            kinds={"parquet", "greatexpectations"},
            description="One row per finding of the gates of feeds and waiting lists.",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "findings_gate",
            asset=FINDINGS,
            description="No list and no snapshot is unsound. A failure stops no month: what is "
            "found is withheld, and the release says so.",
        )
    ],
    **MONTHLY,
)
@in_own_words
def judge_waiting_lists(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult:
    """Judge the lists; what is found withholds figures, it never stops the month.

    The check shows what was found, ours first; all of it is in the release's quality_findings.
    """
    found = steps.find_unusual(warehouse.settings).to_pylist()
    ours = {partnership().local_area, *(one.code for one in listed() if not one.is_invented)}
    reason = reasons.of_findings(found, ours)
    check = shown(reason, dg.AssetCheckSeverity.WARN, findings=len(found))
    return dg.MaterializeResult(
        metadata=dict(Counter(one["severity"] for one in found)), check_results=[check]
    )


@dg.multi_asset(
    name="write_worklists",
    specs=[
        dg.AssetSpec(
            WORKLISTS,
            deps=[dg.AssetKey(["intermediate", "int_worklists__listed"])],
            group_name=GROUPS["answers"],
            kinds={"csv"},
            description="One row per delivered row that reaches a limit soon, told to its sender "
            "alone.",
        )
    ],
    **MONTHLY,
)
@in_own_words
def write_worklists(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult:
    """Write each sender's worklist; nothing of it enters the release."""
    names = steps.write_worklists(warehouse.settings)
    return dg.MaterializeResult(metadata={"files": len(names)})


def label_candidate(marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The files that would be released."""

    @dg.multi_asset(
        name="label_candidate",
        specs=[
            dg.AssetSpec(
                CANDIDATE,
                deps=marts,
                group_name=GROUPS["release"],
                kinds={"parquet"},
                description="One row per Parquet file that dbt handed over for this month's "
                "release.",
            )
        ],
        **MONTHLY,
    )
    @in_own_words
    def label(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        hashes = steps.name_candidate(warehouse.settings, context.partition_key)
        return dg.MaterializeResult(metadata={"files": len(hashes), "sha256": hashes})

    return label


def release_month(exposures: Iterable[Mapping[str, Any]]) -> dg.AssetsDefinition:
    """What is released: the tables and reports that dbt declares as exposures."""

    @dg.multi_asset(
        name="release_month",
        specs=[
            dg.AssetSpec(
                RELEASE,
                deps=[CANDIDATE],
                group_name=GROUPS["release"],
                kinds={"parquet", "duckdb"},
                metadata={"what is published": published(exposures)},
                description="One row per released file of the month, for the partnership's own "
                "use.",
            )
        ],
        check_specs=served.specs(),
        **MONTHLY,
    )
    @in_own_words
    def release(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        """Release the candidate, whole, if every file has a passing receipt for its bytes."""
        request = steps.release_request(warehouse.settings, context.partition_key)
        settings = warehouse.settings
        home = settings.home
        result = publish(home, request, withdrawn=withdrawn(Ledger(home)))
        record(
            home, request, result, datetime.now(UTC),
            by=settings.operator, needs_approval=settings.needs_approval,
        )  # fmt: skip
        unchanged.keep(settings, context.run_id, result.release_id)
        context.log.info(f"{result.release_id}: {result.status}")
        return dg.MaterializeResult(
            metadata=released_facts(home, result),
            check_results=served.serve(home),
        )

    return release


def published(exposures: Iterable[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """One row a publication: who answers for it, where it lies, and what a reader must know."""
    rows = [
        {
            "publication": one["label"],
            "place": one["config"]["meta"]["place"],
            "owner": one["owner"]["name"],
            "key": one["config"]["meta"]["key"],
            "caveats": " ".join(one["config"]["meta"]["caveats"]),
        }
        for one in exposures
    ]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows])


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
