"""The jobs: one month, from the inbox to the release; and the inbox by itself."""

import dagster as dg

from orchestration.assets.feeds import INBOX

monthly_release = dg.define_asset_job(
    "monthly_release",
    selection=dg.AssetSelection.all(),
    description="Receive the inbox, build the marts of one month, judge them, release them.",
)
receive_deliveries = dg.define_asset_job(
    "receive_deliveries",
    selection=dg.AssetSelection.assets(INBOX),
    description="Take every complete delivery from the inbox into landing and lake, and answer it.",
)
