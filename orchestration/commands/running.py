"""Months made from what was received."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime

import click

from orchestration.commands import options
from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import in_words
from orchestration.commands.receiving import take_deliveries
from orchestration.months import FIRST_MONTH, last_day
from orchestration.progress import Progress


@click.command()
@click.option("--month", "--months", "months", required=True, callback=options.months)
@click.option("--as-at", callback=options.day, help="knowledge date, YYYY-MM-DD")
@click.option(
    "--require",
    default="",
    callback=options.feeds,
    metavar="FEED,...",
    help="feeds without which nothing is released",
)
@click.option(
    "--from-nothing",
    is_flag=True,
    help="build the month also where nothing has changed, and count every delivery again",
)
@options.operator
@in_words
def run(
    months: list[str], as_at: date | None, require: list[str], by: str, *, from_nothing: bool
) -> None:
    """Receive the inbox, then make each month's release through Dagster, in this process."""
    if months[0] < FIRST_MONTH or last_day(months[-1]) >= datetime.now(UTC).date():
        raise click.UsageError(
            f"A month can be released from {FIRST_MONTH} on, once it has ended; asked were "
            f"{months[0]} to {months[-1]}."
        )
    early = next((month for month in months if as_at and as_at < last_day(month)), None)
    if early:
        raise click.UsageError(
            f"--as-at {as_at} lies before the end of {early}: a month is released as it was known "
            f"on its last day ({last_day(early)}) or later."
        )
    settings = prepared_settings(by)
    shown = Progress()
    with locked(settings, shown):
        take_deliveries(settings, shown)
        with shown.bar("loading Dagster and dbt"):  # costs seconds; the door has been passed
            from orchestration.commands.monthly_run import run_months
        status = run_months(settings, months, as_at, require, shown, from_nothing=from_nothing)
    sys.exit(status)
