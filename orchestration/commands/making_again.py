"""A release made again from what landed, to see that it comes out."""

from __future__ import annotations

import sys
from datetime import date
from functools import partial

import click

from orchestration.commands import options
from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import FAILED, REFUSED, in_words, stop
from orchestration.progress import Progress
from orchestration.settings import unserved


@click.command()
@click.argument("month", callback=options.one_month)
@click.option("--as-at", callback=options.day, required=True, help="of the release, YYYY-MM-DD")
@in_words
def rebuild(month: str, as_at: date) -> None:
    """Make a release again from the landed files and the ledger, and compare it byte for byte."""
    settings = prepared_settings()
    shown = Progress()
    with unserved(), locked(settings, shown):
        with shown.bar("loading Dagster and dbt"):
            from orchestration.commands.monthly_run import make_release
            from orchestration.run import rebuilding
        record = rebuilding.release_of(settings.home, month, as_at)
        try:
            outcome = rebuilding.rebuild(settings, record, partial(make_release, shown=shown))
        except rebuilding.NotKept as error:
            stop(str(error), REFUSED)
    shown.say(f"{record.release_id} as at {as_at}, made again from what landed: {outcome.words}")
    sys.exit(FAILED if outcome.kind == rebuilding.OTHER else 0)
