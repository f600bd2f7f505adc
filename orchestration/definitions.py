"""Everything that Dagster knows, in one place."""

import dagster as dg
from dagster._core.remote_origin import RemoteRepositoryOrigin
from dagster._core.workspace.load_target import ModuleTarget

from ingest.contracts import load_contracts
from orchestration.assets import intake, models, release_steps
from orchestration.checks import gates
from orchestration.run.dbt_manifest import manifest_of
from orchestration.run.transform import ensure_manifest
from orchestration.settings import from_environment, prepare
from orchestration.timetable.dead_runs import dead_runs
from orchestration.timetable.jobs import monthly_release, receive_deliveries
from orchestration.timetable.schedules import working_days
from orchestration.timetable.sensors import alerts, deliveries
from orchestration.warehouse import Warehouse


def definitions() -> dg.Definitions:
    """Assets and gates from contracts and models, the job, the schedule and the data folder."""
    settings = from_environment()
    prepare(settings)
    contracts = [*{contract.feed: contract for contract in load_contracts()}.values()]
    ensure_manifest(settings)
    manifest = manifest_of(settings)
    dbt = models.model_assets(manifest)
    marts = sorted(key for part in dbt for key in part.keys if key.path[0] == "marts")
    return dg.Definitions(
        assets=[
            intake.receive_inbox,
            intake.store_feeds(contracts),
            release_steps.choose_deliveries([dg.AssetKey(["lake", one.feed]) for one in contracts]),
            *dbt,
            release_steps.judge_waiting_lists,
            release_steps.write_worklists,
            release_steps.label_candidate(marts),
            release_steps.release_month(manifest["exposures"].values()),
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
