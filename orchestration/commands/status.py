"""How things stand, on one screen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click

from ingest.store.ledger import Ledger
from orchestration.commands import options, standing
from orchestration.commands.data_folder import prepared_settings
from orchestration.commands.exits import in_words
from orchestration.lock import has_daemon, in_use_by
from orchestration.publication.release.withdrawals import withdrawn
from orchestration.publication.serving import last_known
from orchestration.settings import serving_address
from orchestration.timetable.alerts import outstanding

SHOWN_ALERTS = 3  # of one screen


@click.command()
@click.option(
    "--on", "day", callback=options.day, help="day to report on, YYYY-MM-DD; default: today"
)
@in_words
def status(day: date | None) -> None:
    """Show on one screen which release stands, what has come, what is late and what waits."""
    settings = prepared_settings()
    now = datetime.now(UTC)
    today = day or now.date()
    also = [
        f"Alert not sent: {one.what}{f' ({one.trouble})' if one.trouble else ''}"
        for one in outstanding(settings.home, now)
    ]
    if len(also) > SHOWN_ALERTS:
        also[SHOWN_ALERTS:] = [f"and {len(also) - SHOWN_ALERTS} more in {settings.home / 'alerts'}"]
    also += [f"In use by {holder}"] if (holder := in_use_by(settings.home)) else []
    if not has_daemon(settings.home):
        also.append("No daemon runs here: nothing happens automatically (`lasp daemon`)")
    if serving_address() and (found := last_known.standing(settings.home)):
        also.append(str(found))
    taken_back = withdrawn(Ledger(settings.home))
    for line in standing.of(settings.home, today, taken_back, also):
        click.echo(line)
