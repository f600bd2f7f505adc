"""A sender that is accepted from a month on."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ingest.door.custody import refuse_lost_ledger
from ingest.door.inbox import held_deliveries, held_folder
from ingest.door.senders import SENDER_ACCEPTED
from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions
from orchestration.commands import options
from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import in_words
from orchestration.progress import Progress


@click.command("accept-sender")
@click.argument("feed", callback=options.local_feed)
@click.argument("sender", callback=options.sender)
@click.option(
    "--from", "first", required=True, callback=options.one_month, help="first month, YYYY-MM"
)
@click.option(
    "--to", "last", callback=options.last_month, help="last month, YYYY-MM; default: open"
)
@click.option("--by", required=True, help="name of the person who decides; kept in the ledger")
@in_words
def accept_sender(feed: str, sender: str, first: str, last: str | None, by: str) -> None:
    """Let SENDER send FEED from now on: the next `lasp receive` takes what was held of it.

    Of several acceptances of a feed and sender the last counts. Who sends which feed for everybody
    stands in senders.csv of the partnership.
    """
    settings = prepared_settings()
    if last and last < first:
        raise click.UsageError(f"--to {last} is before --from {first}")
    if not by.strip():
        raise click.UsageError("--by is blank: say who accepts the sender")
    with locked(settings, Progress()):
        body = {
            "feed": feed, "sender": sender, "first_month": first, "last_month": last, "by": by
        }  # fmt: skip
        ledger, now = Ledger(settings.home), datetime.now(UTC)
        refuse_lost_ledger(settings.home, ledger)
        ledger.refuse_earlier(now)
        ledger.append(SENDER_ACCEPTED, body, now)
        folders = {
            held_folder(settings.home, one.submission_id)
            for one in submissions(ledger)
            if (one.feed, one.sender, one.outcome) == (feed, sender, "held")
            and first <= one.period <= (last or one.period)
        }
        held = [files for folder in folders for files in held_deliveries(folder)]
    click.echo(
        f"accepted: {sender} sends {feed} from {first}{f' to {last}' if last else ' on'}; "
        f"held deliveries that the next `lasp receive` takes: {len(held)}"
    )
