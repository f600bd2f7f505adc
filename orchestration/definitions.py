"""Everything that Dagster knows, in one place."""

import json

import dagster as dg
from dagster._core.remote_origin import RemoteRepositoryOrigin
from dagster._core.workspace.load_target import ModuleTarget

from ingest.contracts import load_contracts
from orchestration.assets import feeds, models, release
from orchestration.checks import gates
from orchestration.dead_runs import dead_runs
from orchestration.jobs import monthly_release, receive_deliveries
from orchestration.schedules import working_days
from orchestration.sensors import alerts, deliveries
from orchestration.settings import from_environment, prepare
from orchestration.transform import ensure_manifest
from orchestration.warehouse import Warehouse


def definitions() -> dg.Definitions:
    """Assets and gates from contracts and models, the job, the schedule and the data folder."""
    settings = from_environment()
    prepare(settings)
    contracts = [*{contract.feed: contract for contract in load_contracts()}.values()]
    manifest = json.loads(ensure_manifest(settings).read_text("utf-8"))
    dbt = models.model_assets(manifest)
    marts = sorted(key for part in dbt for key in part.keys if key.path[0] == "marts")
    return dg.Definitions(
        assets=[
            feeds.receive_inbox,
            feeds.store_feeds(contracts),
            release.choose_deliveries([dg.AssetKey(["lake", one.feed]) for one in contracts]),
            *dbt,
            release.judge_waiting_lists,
            release.write_worklists,
            release.label_candidate(marts),
            release.release_month(manifest["exposures"].values()),
        ],
        asset_checks=[gates.judge_feeds(contracts), gates.judge_candidate],
        jobs=[monthly_release, receive_deliveries],
        schedules=[working_days],
        sensors=[deliveries, alerts, dead_runs],
        resources={"warehouse": Warehouse()},
        executor=dg.in_process_executor,
    )


defs = definitions()
(_location,) = ModuleTarget(__name__, None, None, None).create_origins()
ORIGIN = RemoteRepositoryOrigin(_location, defs.get_repository_def().name)
"""What the UI and the daemon take their runs to come from, and by which the UI finds them."""
