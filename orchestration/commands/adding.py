"""What follows from contracts, and the skeleton of a new feed."""

from __future__ import annotations

from pathlib import Path

import click

from ingest.contracts import load_contracts, open_standard, policy
from ingest.contracts.synthetic import load_declared
from ingest.store.durable import write_whole
from orchestration.authoring.generated_files import write_following_files
from orchestration.authoring.new_feed import write_skeleton
from orchestration.commands.exits import in_words
from orchestration.settings import DBT_PROJECT


@click.command()
@click.option(
    "--odcs",
    type=click.Path(file_okay=False, path_type=Path),
    help="write the contract of each feed here too, in the Open Data Contract Standard",
)
@in_words
def contracts(odcs: Path | None) -> None:
    """Read all contracts, and write what follows from them and the measures in dbt_project.

    What is invented for the demonstration is read beside them.
    """
    policy()
    load_declared()
    if odcs:
        for contract in (one for one in load_contracts() if one.is_local):
            name = f"{contract.feed}-{contract.effective_from}.odcs.yaml"
            write_whole(odcs / name, open_standard.of_feed(contract))
    feeds = {contract.feed for contract in load_contracts()}
    written = write_following_files(DBT_PROJECT)
    click.echo(f"{len(feeds)} feeds and publications; no mistake in their contracts.")
    click.echo(f"Written in dbt_project: {', '.join(written)}" if written else "nothing to write")


@click.command("new-feed")
@click.argument("name")
@click.option("--table", required=True, help="what a row of its file is: orders")
@click.option("--key", required=True, help="the column that names a row: order_id")
@in_words
def new_feed(name: str, table: str, key: str) -> None:
    """Write the skeleton of a feed: contract, samples, invented deliveries, measures, tests."""
    written = write_skeleton(name, table, key)
    load_contracts.cache_clear()
    written += [f"dbt_project/{place}" for place in write_following_files(DBT_PROJECT)]
    click.echo("\n".join(written))
    click.echo("Each is a draft that passes the tests. What to do with them: docs/adding-a-feed.md")
