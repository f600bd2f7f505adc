"""The jobs: one month, from the inbox to the release; and the inbox by itself."""

import dagster as dg

from orchestration.assets.intake import INBOX

JOURNAL = {"loggers": {"console": {"config": {"log_level": "INFO"}}}}
"""What a run says on the daemon's standard error: a line a delivery and one for the release. At
Dagster's own level, DEBUG, one month writes 600 lines; the UI shows them all the same."""

monthly_release = dg.define_asset_job(
    "monthly_release",
    selection=dg.AssetSelection.all(),
    config=JOURNAL,
    description="Receive the inbox, build the marts of one month, judge them, release them.",
)
receive_deliveries = dg.define_asset_job(
    "receive_deliveries",
    selection=dg.AssetSelection.assets(INBOX),
    config=JOURNAL,
    description="Take every complete delivery from the inbox into landing and lake, and answer it.",
)
