"""The dbt models as assets, in two steps with the waiting-list gate between them."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from ingest.contracts import load_contracts, local_feeds
from orchestration.checks import reasons
from orchestration.checks.shown import shown
from orchestration.dagster_names import EVERY_MONTH, GROUPS, MONTHLY
from orchestration.own_words import in_own_words
from orchestration.run import steps, transform
from orchestration.ui.addresses import of_docs
from orchestration.warehouse import Warehouse

RUN_INPUTS = dg.AssetKey(["lake", "_run"])
FINDINGS = dg.AssetKey(["lake", "_findings"])
OFFICIAL = dg.AssetKey(["lake", "official"])
"""Stands for all official publications of one shape, which dbt reads as one source."""
_RUN_TABLES = {"findings": FINDINGS}


class Translator(DagsterDbtTranslator):
    """Names models by layer and ties dbt's sources to the assets of the lake."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table in the warehouse, and for a source the lake asset that writes it."""
        name = dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            feed = dbt_resource_props["source_name"]
            if feed in ("run", "kept"):
                return _RUN_TABLES.get(name, RUN_INPUTS)
            return dg.AssetKey(["lake", feed])
        if dbt_resource_props["resource_type"] == "seed":
            return dg.AssetKey(["seeds", name])
        return dg.AssetKey([dbt_resource_props["schema"], name])

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """What reads the source ``official`` reads the lake of every publication."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        others = [dep for dep in spec.deps if dep.asset_key != OFFICIAL]
        if len(others) == len([*spec.deps]):
            return spec
        published = sorted({one.feed for one in load_contracts() if one.layouts})
        deps = [dg.AssetDep(dg.AssetKey(["lake", feed])) for feed in published]
        return spec.replace_attributes(deps=[*others, *deps])

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
        return EVERY_MONTH if is_feed else None


def model_assets(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """The dbt project in two steps: up to the waiting lists, and the rest up to the marts."""
    # One asset writes several of the run's tables, so several dbt sources share its key.
    translator = Translator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def part(name: str, selector: str) -> dg.AssetsDefinition:
        @dbt_assets(
            manifest=manifest,
            selector=selector,
            name=name,
            **MONTHLY,
            dagster_dbt_translator=translator,
        )
        @in_own_words
        def models(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[Any]:
            steps.require_month(warehouse.settings, context.partition_key)
            if selector == transform.UP_TO_LISTS:
                transform.begin(warehouse.settings)
            else:
                for line in steps.begin_parts(warehouse.settings):
                    context.log.warning(line)
            results = transform.build(selector)
            selected = context.selected_asset_keys | context.selected_asset_check_keys
            docs = partial(of_docs, transform.parsed_sources(warehouse.settings))
            yield from _events(results, manifest, translator, selected, docs)
            transform.require_success(results)
            if selector == transform.AFTER_LISTS:
                context.log.info(f"Counted parts: {steps.keep_parts(warehouse.settings)}.")

        return models

    return [
        part("build_waiting_lists", transform.UP_TO_LISTS),
        part("build_marts", transform.AFTER_LISTS),
    ]


def _events(
    nodes: list[dict[str, Any]],
    manifest: Mapping[str, Any],
    translator: Translator,
    selected: AbstractSet[dg.AssetKey | dg.AssetCheckKey],
    docs: Callable[[str], str],
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What happened to each node; a failed one yields its check, not its asset.

    A step builds all of its models, and shows those that the run was asked for. A test between a
    model of this step and one of the other belongs to no step's checks and is not shown; it stops
    the run like every other.
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
            if (key := translator.get_asset_key(props)) in selected:
                yield dg.MaterializeResult(asset_key=key, metadata=facts)
