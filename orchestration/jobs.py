"""The main job: one month, from the inbox to the release."""

import dagster as dg

monthly_release = dg.define_asset_job(
    "monthly_release",
    selection=dg.AssetSelection.all(),
    description="Receive the inbox, build the marts of one month, judge them, release them.",
)
