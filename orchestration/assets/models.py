"""The dbt models as assets, in two parts with the waiting-list gate between them."""

import json
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from ingest.contracts import local_feeds
from orchestration import transform
from orchestration.checks import reasons
from orchestration.checks.shown import shown
from orchestration.discretion import discreet
from orchestration.settings import Settings
from orchestration.ui.addresses import of_docs
from orchestration.warehouse import GROUPS, MONTHLY, PARTS_UP_TO_OWN, Warehouse

RUN_INPUTS = dg.AssetKey(["lake", "_run"])
FINDINGS = dg.AssetKey(["lake", "_findings"])
_RUN_TABLES = {"findings": FINDINGS}


class Translator(DagsterDbtTranslator):
    """Names models by layer and ties dbt's sources to the assets of the lake."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table in the warehouse, and for a source the lake asset that writes it."""
        name = dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            feed = dbt_resource_props["source_name"]
            return (
                _RUN_TABLES.get(name, RUN_INPUTS) if feed == "run" else dg.AssetKey(["lake", feed])
            )
        if dbt_resource_props["resource_type"] == "seed":
            return dg.AssetKey(["seeds", name])
        return dg.AssetKey([dbt_resource_props["schema"], name])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: its folder."""
        is_seed = dbt_resource_props["resource_type"] == "seed"
        return GROUPS["seeds" if is_seed else dbt_resource_props["fqn"][1]]

    def get_partition_mapping(
        self,
        dbt_resource_props: Mapping[str, Any],
        dbt_parent_resource_props: Mapping[str, Any],
    ) -> dg.PartitionMapping | None:
        """A month's models read the lake of every month up to their own."""
        is_feed = (
            dbt_parent_resource_props["resource_type"] == "source"
            and dbt_parent_resource_props["source_name"] in local_feeds()
        )
        return PARTS_UP_TO_OWN if is_feed else None


def model_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Part one (up to the lists) and part two (marts) of the dbt project."""
    manifest_path = transform.ensure_manifest(settings)
    manifest = json.loads(manifest_path.read_text("utf-8"))
    # One asset writes several of the run's tables, so several dbt sources share its key.
    translator = Translator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def part(name: str, **nodes: str) -> dg.AssetsDefinition:
        @dbt_assets(
            manifest=manifest,
            **nodes,
            name=name,
            **MONTHLY,
            dagster_dbt_translator=translator,
        )
        @discreet
        def models(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[Any]:
            if "select" in nodes:
                transform.begin(warehouse.settings)
            results = transform.build(nodes)
            selected = context.selected_asset_check_keys
            docs = partial(of_docs, transform.parsed_sources(warehouse.settings))
            yield from _events(results, manifest, translator, selected, docs)
            transform.require_success(results)

        return models

    return [
        part("up_to_lists", select=transform.UP_TO_LISTS),
        part("marts", exclude=transform.NOT_MARTS),
    ]


def _events(
    nodes: list[dict[str, Any]],
    manifest: Mapping[str, Any],
    translator: Translator,
    selected: AbstractSet[dg.AssetCheckKey],
    docs: Callable[[str], str],
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What happened to each node; a failed one yields its check, not its asset.

    A test between a model of this part and one of the other belongs to no part's checks and is
    not shown; it stops the run like every other.
    """
    for node in nodes:
        kind = node["unique_id"].partition(".")[0]
        facts = {"status": node["status"], "seconds": node["seconds"]}
        if kind == "test":
            key = get_asset_check_key_for_test(manifest, translator, node["unique_id"], None)
            if key in selected:
                promise = manifest["nodes"][node["unique_id"]]
                reason = reasons.of_test(node, promise, transform.compiled_place(promise))
                yield shown(reason, check_key=key, failures=node["failures"], **facts)
        elif kind in ("model", "seed") and node["status"] in transform.GOOD:
            props = manifest["nodes"][node["unique_id"]]
            facts["documentation"] = dg.MetadataValue.url(docs(node["unique_id"]))
            yield dg.MaterializeResult(asset_key=translator.get_asset_key(props), metadata=facts)
