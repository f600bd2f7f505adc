"""Lists of children for an inspection, written out of the warehouse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from ingest.door.custody import refuse_lost_ledger
from ingest.store.ledger import Ledger
from orchestration.commands import options
from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import in_words
from orchestration.progress import Progress


@click.command()
@click.option(
    "--as-at", required=True, callback=options.day, help="as known on this day, YYYY-MM-DD"
)
@click.option(
    "--to", "folder", required=True, type=click.Path(path_type=Path),
    help="folder to write to; outside the data folder, and not there yet",
)  # fmt: skip
@click.option("--by", required=True, help="name of the person who answers; kept in the ledger")
@click.option(
    "--key-table", type=click.Path(path_type=Path),
    help="CSV of pseudonyms and your own numbers; read, and kept nowhere",
)  # fmt: skip
@in_words
def inspection(as_at: date, folder: Path, by: str, key_table: Path | None) -> None:
    """Write what an Area SEND inspection asks for first: lists of children by stage.

    Persons stand in them by pseudonym, or with --key-table by your own numbers.
    """
    if as_at > datetime.now(UTC).date():
        raise click.UsageError(f"--as-at {as_at} is a day to come: name today or a day before.")
    if not by.strip():
        raise click.UsageError("--by is blank: say who answers for the lists")
    settings, shown = prepared_settings(), Progress()
    with locked(settings, shown):
        with shown.bar("loading dbt"):  # costs seconds
            from orchestration.run import inspection as made
        made.refuse_place(settings, folder)
        if key_table:
            made.refuse_key_table_in(settings, key_table)
        pairs = made.read_key_table(key_table) if key_table else {}
        ledger = Ledger(settings.home)
        refuse_lost_ledger(settings.home, ledger)
        ledger.refuse_earlier(datetime.now(UTC))
        shown.step(f"making the lists as known on {as_at}")
        with shown.bar("making the lists"):
            lists = made.make_lists(settings, as_at)
        lists = made.reidentified(lists, pairs) if key_table else lists
        files = {f"{one.name}.csv": len(one.rows) for one in lists.lists}
        body = {"as_at": as_at.isoformat(), "by": by, "files": files, "month": lists.month}
        body |= {"has_own_numbers": key_table is not None}
        # First the record, then the lists: none leaves the warehouse without one.
        Ledger(settings.home).append(made.EXPORTED, body, datetime.now(UTC))
        made.write_lists(folder, lists)
    for name, rows in files.items():
        click.echo(f"{name:32} {rows:>8}")
    if lists.is_synthetic:
        click.echo("Demonstration: invented data")
    click.echo(f"lists: {folder}; contents.csv and columns.csv there say what they hold")
